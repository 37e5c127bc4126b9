/* SPDX-License-Identifier: MIT */
/*
 * The contents of a core file (row B6): an ELF header, a segment a mapping, a
 * segment of notes, then the notes and the pages.  Its size is known before
 * its first byte is written.  Pages nobody has touched become holes.
 */
#include <arch/elf.h>
#include <arch/uabi.h>
#include <ext/coredump/core.h>
#include <ext/ptrace/uapi.h>
#include <ext/regset/regset.h>
#include <fs/internal.h>
#include <kernel/cred.h>
#include <kernel/signal/siginfo.h>
#include <kernel/task/state.h>
#include <lib/mem.h>
#include <lib/printf.h>
#include <mm/pt.h>
#include <mm/slab.h>
#include <mm/vm.h>

#define ET_CORE		4
#define PT_LOAD		1
#define PT_NOTE		4

/*
 * The file's layouts: elf(5) and <sys/procfs.h>.  Built from long, they are
 * those of either word size.
 */
struct elf_ident {
	u8 magic[4], class, data, version, rest[9];
	u16 type, machine;
	u32 version2;
	unsigned long entry, phoff, shoff;
	u32 flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

/* Flags come second where words are long. */
struct elf_phdr {
	u32 type;
#if __SIZEOF_LONG__ == 8
	u32 flags;
#endif
	unsigned long offset, vaddr, paddr, filesz, memsz;
#if __SIZEOF_LONG__ == 4
	u32 flags;
#endif
	unsigned long align;
};

struct elf_note {
	u32 namesz, descsz, type;
	char name[8];
};

struct timeval_abi {
	unsigned long sec, usec;
};

/* struct elf_prstatus up to its registers; a word follows them. */
struct prstatus {
	s32 signo, code, err;
	s16 cursig;
	unsigned long pending, held;
	s32 pid, ppid, pgrp, sid;
	struct timeval_abi utime, stime, cutime, cstime;
};

struct prpsinfo {
	char state, sname, zombie, nice;
	unsigned long flags;
	uabi_core_id_t uid, gid;
	s32 pid, ppid, pgrp, sid;
	char fname[TASK_COMM];
	char args[80];
};

/* A mapping as it was when all was stopped. */
struct area {
	uaddr_t start, end;
	unsigned long dumped;		/* bytes of it in the file */
	unsigned prot;
	bool file;			/* its untouched pages are not zeros */
};

struct writer {
	struct core *core;
	struct vm_space *space;
	u64 pos;
	int err;
	struct area *areas;
	unsigned nr;
	char *files;			/* the text of NT_FILE */
	unsigned long files_size;
	char *page;
};

/* ---- bytes --------------------------------------------------------------- */

/* Only SIGKILL ends a dump before it is whole. */
static bool killed(void)
{
	return sig_bit(SIGKILL) &
		PEEK(current->pending.mask | current->process->pending.mask);
}

/*
 * After the first error nothing is written, but the position goes on: so the
 * callers need not ask.  The limit is RLIMIT_CORE.
 */
static void emit(struct writer *w, const void *buf, unsigned long n)
{
	long done;

	if (w->err)
		return;
	if (w->pos + n > w->core->limit) {
		w->err = -EFBIG;
	} else if (killed()) {
		w->err = -EINTR;
	} else {
		w->core->file->pos = (loff_t)w->pos;
		done = file_write(w->core->file, buf, n);
		if (done != (long)n)
			w->err = done < 0 ? (int)done : -ENOSPC;
	}
	w->pos += n;
}

/* The bytes between become a hole. */
static void align_to(struct writer *w, unsigned long to)
{
	w->pos = ALIGN_UP(w->pos, (u64)to);
}

/* ---- the mappings -------------------------------------------------------- */

static bool is_elf(struct vm_space *s, uaddr_t at)
{
	u8 magic[4];

	return vm_copy_from(s, magic, at, 4) == 4 &&
		!memcmp(magic, "\177ELF", 4);
}

/* How much of v belongs in the file by the filter, but for ELF headers. */
static bool wanted(const struct vma *v, unsigned filter)
{
	bool shared = v->flags & VM_SHARED;

	if (v->flags & VM_SPECIAL)
		return true;
	if (v->flags & VM_DONTDUMP)
		return false;
	/* written to: what is in the file does not tell it */
	if (!shared && v->flags & VM_ANONED && filter & CORE_ANON_PRIVATE)
		return true;
	if (!v->object)
		return filter & (shared ? CORE_ANON_SHARED :
				 CORE_ANON_PRIVATE);
	return filter & (shared ? CORE_FILE_SHARED : CORE_FILE_PRIVATE);
}

/* An ELF header is looked for later, without the lock. */
#define MAYBE_ELF 1

static int note_areas(struct writer *w)
{
	unsigned filter = *core_filter(current->process);
	struct vma *v;
	struct area *a;

	w->areas = kmalloc(w->space->nr_vmas * sizeof(*a));
	if (!w->areas)
		return -ENOMEM;
	list_for_each(v, &w->space->vmas, link) {
		a = &w->areas[w->nr++];
		*a = (struct area){
			.start = v->start, .end = v->end, .prot = v->prot,
			.file = v->object != NULL,
		};
		if (wanted(v, filter))
			a->dumped = v->end - v->start;
		else if (v->object && !v->pgoff && v->prot & MAP_R &&
			 filter & CORE_ELF_HEADERS)
			a->dumped = MAYBE_ELF;
	}
	return 0;
}

/* NT_FILE: a count, the page size, three words a file, then the names. */
static int note_files(struct writer *w, char *name)
{
	unsigned long n = 0, room, *word;
	struct vma *v;
	char *text;
	int err;

	room = 2 * sizeof(long) + w->space->nr_vmas * (3 * sizeof(long) + 128);
	w->files = kmalloc(room);
	if (!w->files)
		return -ENOMEM;
	list_for_each(v, &w->space->vmas, link)
		n += v->object != NULL;
	word = (unsigned long *)w->files;
	*word++ = n;
	*word++ = PAGE_SIZE;
	text = (char *)(word + 3 * n);
	list_for_each(v, &w->space->vmas, link) {
		const char *path;
		size_t len;

		if (!v->object)
			continue;
		path = path_name(&object_file(v->object)->path, name,
				 PATH_MAX, &err);
		if (!path)
			path = "?";
		len = strlen(path) + 1;
		if (text + len > w->files + room) {
			/* names as long as that: all go without */
			path = "";
			len = 1;
		}
		*word++ = v->start;
		*word++ = v->end;
		*word++ = v->pgoff;
		memcpy(text, path, len);
		text += len;
	}
	w->files_size = (unsigned long)(text - w->files);
	return 0;
}

/*
 * One look at the mappings under the lock; what is written later is this list,
 * so that header and contents agree. vm_copy_from() needs the lock itself.
 */
static int note_space(struct writer *w)
{
	char *name = kmalloc(PATH_MAX);
	int err = -ENOMEM;

	if (!name)
		return err;
	rw_read_lock(&w->space->lock);
	err = w->space->nr_vmas < 0xffff ? note_areas(w) : -E2BIG;
	if (!err)
		err = note_files(w, name);
	rw_read_unlock(&w->space->lock);
	kfree(name);
	for (unsigned i = 0; !err && i < w->nr; i++)
		if (w->areas[i].dumped == MAYBE_ELF)
			w->areas[i].dumped = is_elf(w->space,
						    w->areas[i].start) ?
				PAGE_SIZE : 0;
	return err;
}

/* ---- notes --------------------------------------------------------------- */

static unsigned long note_size(unsigned long desc)
{
	return sizeof(struct elf_note) + ALIGN_UP(desc, 4ul);
}

/* Linux's names for those that are not every Unix's. */
static void note_head(struct writer *w, unsigned type, unsigned long size)
{
	bool own = type == NT_PRXFPREG || type == NT_386_TLS;
	struct elf_note n = {
		.namesz = own ? 6 : 5, .descsz = (u32)size, .type = type,
	};

	memcpy(n.name, own ? "LINUX" : "CORE", n.namesz);
	emit(w, &n, sizeof(n));
}

static void note(struct writer *w, unsigned type, const void *desc,
		 unsigned long size)
{
	note_head(w, type, size);
	emit(w, desc, size);
	align_to(w, 4);
}

static struct timeval_abi timeval(u64 ns)
{
	u64 sec = ns / NSEC_PER_SEC;

	return (struct timeval_abi){
		(unsigned long)sec,
		(unsigned long)((ns - sec * NSEC_PER_SEC) / 1000),
	};
}

#define PRSTATUS_SIZE(regs) \
	ALIGN_UP(sizeof(struct prstatus) + (regs) + 4, sizeof(long))

/* NT_PRSTATUS, one a thread; debuggers take the first for the one that died. */
static void note_status(struct writer *w, struct task *t)
{
	const struct siginfo *info = &w->core->info;
	const struct arch_regset *r = &arch_regsets[0];
	u8 buf[sizeof(struct prstatus) + ARCH_REGSET_MAX + 8] __aligned(16);
	struct prstatus *s = (struct prstatus *)buf;
	struct process *p = t->process;
	u64 utime, stime;

	memset(buf, 0, sizeof(buf));
	s->signo = s->cursig = (s16)info->signo;
	s->code = info->code;
	s->err = info->err;
	s->pending = (unsigned long)HINT(t->pending.mask);
	s->held = (unsigned long)t->blocked;
	s->pid = t->vtid;
	spin_lock(&tree_lock);
	s->ppid = p->ppid;
	s->pgrp = pid_shown(p->pgid);
	s->sid = pid_shown(p->sid);
	task_times(t, &utime, &stime);
	s->cutime = timeval(p->cutime);
	s->cstime = timeval(p->cstime);
	spin_unlock(&tree_lock);
	s->utime = timeval(utime);
	s->stime = timeval(stime);
	arch_regset_get(t, r, buf + sizeof(*s));
	*(u32 *)(buf + sizeof(*s) + r->size) = 1;	/* floats follow */
	note(w, NT_PRSTATUS, buf, PRSTATUS_SIZE(r->size));
}

/* The words of the command, with blanks between them. */
static void command(struct vm_space *s, char *to, unsigned size)
{
	unsigned long n = min(s->arg_end - s->arg_start,
			      (unsigned long)size - 1);

	n = vm_copy_from(s, to, s->arg_start, n);
	for (unsigned i = 0; i < n; i++)
		if (!to[i])
			to[i] = ' ';
}

static void note_process(struct writer *w)
{
	const struct task *t = current;
	struct process *p = t->process;
	struct prpsinfo i;

	memset(&i, 0, sizeof(i));
	i.sname = 'R';
	i.nice = (char)HINT(t->nice);
	i.uid = (uabi_core_id_t)uid_shown(t->cred->uid);
	i.gid = (uabi_core_id_t)gid_shown(t->cred->gid);
	i.pid = p->vpid;
	i.ppid = p->ppid;
	i.pgrp = pid_shown(p->pgid);
	i.sid = pid_shown(p->sid);
	memcpy(i.fname, t->comm, sizeof(i.fname));
	command(w->space, i.args, sizeof(i.args));
	note(w, NT_PRPSINFO, &i, sizeof(i));
}

static void note_registers(struct writer *w, struct task *t)
{
	u8 buf[ARCH_REGSET_MAX] __aligned(16);

	for (const struct arch_regset *r = &arch_regsets[1]; r->note; r++) {
		arch_regset_get(t, r, buf);
		note(w, r->note, buf, r->size);
	}
}

/* Known before anything is written: the segment table stands in front. */
static unsigned long notes_size(const struct writer *w)
{
	unsigned long thread = note_size(PRSTATUS_SIZE(arch_regsets[0].size));

	for (const struct arch_regset *r = &arch_regsets[1]; r->note; r++)
		thread += note_size(r->size);
	return w->core->nr_threads * thread +
		note_size(sizeof(struct prpsinfo)) +
		note_size(SIGINFO_SIZE) +
		note_size(w->space->auxv_words * sizeof(long)) +
		note_size(w->files_size);
}

static void write_notes(struct writer *w)
{
	unsigned long info[SIGINFO_SIZE / sizeof(long)];
	struct core *c = w->core;

	siginfo_encode(info, &c->info);
	note_status(w, current);
	note_process(w);
	note(w, NT_SIGINFO, info, sizeof(info));
	note(w, NT_AUXV, w->space->auxv, w->space->auxv_words * sizeof(long));
	note(w, NT_FILE, w->files, w->files_size);
	note_registers(w, current);
	for (unsigned i = 1; i < c->nr_threads; i++) {
		note_status(w, c->threads[i]);
		note_registers(w, c->threads[i]);
	}
}

/* ---- headers ------------------------------------------------------------- */

static void write_header(struct writer *w)
{
	struct elf_ident h = {
		.magic = "\177ELF", .class = ARCH_ELF_CLASS, .data = 1,
		.version = 1, .type = ET_CORE, .machine = ARCH_ELF_MACHINE,
		.version2 = 1, .phoff = sizeof(h), .ehsize = sizeof(h),
		.phentsize = sizeof(struct elf_phdr),
		.phnum = (u16)(w->nr + 1),
	};

	emit(w, &h, sizeof(h));
}

static void write_segments(struct writer *w)
{
	unsigned long at = sizeof(struct elf_ident) +
		(w->nr + 1) * sizeof(struct elf_phdr);
	struct elf_phdr p = {
		.type = PT_NOTE, .offset = at, .filesz = notes_size(w),
	};

	emit(w, &p, sizeof(p));
	at = ALIGN_UP(at + p.filesz, PAGE_SIZE);
	for (unsigned i = 0; i < w->nr; i++) {
		const struct area *a = &w->areas[i];

		p = (struct elf_phdr){
			.type = PT_LOAD, .offset = at, .vaddr = a->start,
			.filesz = a->dumped, .memsz = a->end - a->start,
			.flags = (a->prot & MAP_R ? 4 : 0) |
				 (a->prot & MAP_W ? 2 : 0) |
				 (a->prot & MAP_X ? 1 : 0),
			.align = PAGE_SIZE,
		};
		emit(w, &p, sizeof(p));
		at += a->dumped;
	}
}

/* ---- pages --------------------------------------------------------------- */

/* Is there anything at that page but zeros nobody wrote? */
static bool touched(struct vm_space *s, uaddr_t at)
{
	unsigned level = 0;
	bool yes = false;
	pte_t *slot;

	spin_lock(&s->pt_lock);
	slot = pt_walk(s->root, at, &level, false);
	if (slot)
		yes = !pte_none(pte_read(slot));
	spin_unlock(&s->pt_lock);
	return yes;
}

/*
 * What cannot be read becomes a hole, too: a core file with gaps is of more use
 * than none.
 */
static void write_area(struct writer *w, const struct area *a)
{
	for (uaddr_t at = a->start; at < a->start + a->dumped && !w->err;
	     at += PAGE_SIZE) {
		cond_resched();
		if ((a->file || touched(w->space, at)) &&
		    vm_copy_from(w->space, w->page, at, PAGE_SIZE) ==
		    PAGE_SIZE)
			emit(w, w->page, PAGE_SIZE);
		else
			w->pos += PAGE_SIZE;
	}
}

static void write_all(struct writer *w)
{
	write_header(w);
	write_segments(w);
	write_notes(w);
	align_to(w, PAGE_SIZE);
	for (unsigned i = 0; i < w->nr; i++)
		write_area(w, &w->areas[i]);
	/* the last pages may be holes */
	if (!w->err && w->pos > w->core->limit)
		w->err = -EFBIG;
	if (!w->err)
		w->err = inode_truncate(w->core->file->inode, (loff_t)w->pos);
}

int core_write(struct core *c)
{
	struct writer w = { .core = c, .space = current->space };

	w.page = kmalloc(PAGE_SIZE);
	w.err = w.page ? note_space(&w) : -ENOMEM;
	if (!w.err)
		write_all(&w);
	kfree(w.page);
	kfree(w.areas);
	kfree(w.files);
	return w.err;
}
