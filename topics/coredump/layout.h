/* SPDX-License-Identifier: MIT */
/*
 * The layout of a core file (row B6) for one word size: elf(5) and
 * <sys/procfs.h>.  Each file that includes this header compiles it for one word
 * size.  It defines these first:
 *
 *	core_word_t		a word of the program
 *	CORE_BITS, CORE_CLASS	number of bits in a word; ELF class of the file
 *	core_siginfo(to, info)	encode a siginfo_t of SIGINFO_SIZE bytes
 *
 * and puts note_files() and write_head() into its struct core_format.
 */
#include <arch/elf.h>
#include <arch/uabi.h>
#include "writer.h"
#include <topics/debugger/uapi.h>
#include <topics/debugger/regset.h>
#include <kernel/cred/cred.h>
#include <kernel/signal/siginfo.h>
#include <kernel/task/state.h>
#include <lib/elf.h>
#include <lib/mem.h>
#include <mm/frames/slab.h>

#define ET_CORE		4

struct elf_ident {
	u8 magic[4], class, data, version, rest[9];
	u16 type, machine;
	u32 version2;
	core_word_t entry, phoff, shoff;
	u32 flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

/* In ELF64 the flags are the second field. */
struct elf_phdr {
	u32 type;
#if CORE_BITS == 64
	u32 flags;
#endif
	core_word_t offset, vaddr, paddr, filesz, memsz;
#if CORE_BITS == 32
	u32 flags;
#endif
	core_word_t align;
};

struct elf_note {
	u32 namesz, descsz, type;
	char name[8];
};

struct timeval_abi {
	core_word_t sec, usec;
};

/*
 * The fields of struct elf_prstatus before the registers; pr_fpvalid follows
 * the registers.
 */
struct prstatus {
	s32 signo, code, err;
	s16 cursig;
	core_word_t pending, held;
	s32 pid, ppid, pgrp, sid;
	struct timeval_abi utime, stime, cutime, cstime;
};

struct prpsinfo {
	char state, sname, zombie, nice;
	core_word_t flags;
	uabi_core_id_t uid, gid;
	s32 pid, ppid, pgrp, sid;
	char fname[TASK_COMM];
	char args[80];
};

/*
 * Build NT_FILE: the count, the page size, three words per file, then the
 * names.
 */
static int note_files(struct core_writer *w, char *name)
{
	unsigned long room = 2 * sizeof(core_word_t) +
		w->space->nr_vmas * (3 * sizeof(core_word_t) + 128);
	core_word_t n = 0, *word;
	struct vma *v;
	char *text;
	int err;

	w->files = kmalloc(room);
	if (!w->files)
		return -ENOMEM;
	list_for_each(v, &w->space->vmas, link)
		n += v->object != NULL;
	word = (core_word_t *)w->files;
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
			/* no room for more names: leave the rest empty */
			path = "";
			len = 1;
		}
		*word++ = (core_word_t)v->start;
		*word++ = (core_word_t)v->end;
		*word++ = (core_word_t)v->pgoff;
		memcpy(text, path, len);
		text += len;
	}
	w->files_size = (unsigned long)(text - w->files);
	return 0;
}

/* ---- notes --------------------------------------------------------------- */

static unsigned long note_size(unsigned long desc)
{
	return sizeof(struct elf_note) + ALIGN_UP(desc, 4ul);
}

/*
 * Begin a note.  Notes that only Linux has carry the name "LINUX": a machine's
 * own register sets.
 */
static void note_head(struct core_writer *w, unsigned type, unsigned long size)
{
	bool own = type == NT_PRXFPREG || (type >= 0x100 && type < 0x1000);
	struct elf_note n = {
		.namesz = own ? 6 : 5, .descsz = (u32)size, .type = type,
	};

	memcpy(n.name, own ? "LINUX" : "CORE", n.namesz);
	core_emit(w, &n, sizeof(n));
}

static void note(struct core_writer *w, unsigned type, const void *desc,
		 unsigned long size)
{
	note_head(w, type, size);
	core_emit(w, desc, size);
	core_align(w, 4);
}

static struct timeval_abi timeval(u64 ns)
{
	u64 sec = ns / NSEC_PER_SEC;

	return (struct timeval_abi){
		(core_word_t)sec,
		(core_word_t)((ns - sec * NSEC_PER_SEC) / 1000),
	};
}

static unsigned long status_size(void)
{
	return ALIGN_UP(sizeof(struct prstatus) + arch_regsets(current)->size +
			4, sizeof(core_word_t));
}

_Static_assert(sizeof(struct prstatus) + ARCH_REGSET_MAX + 8 <= PAGE_SIZE,
	       "a note of registers fits into the writer's page");

/*
 * Write NT_PRSTATUS, one per thread; debuggers take the first one for the
 * thread that died.
 */
static void note_status(struct core_writer *w, struct task *t)
{
	const struct arch_regset *general = arch_regsets(t);
	const struct siginfo *info = &w->core->info;
	struct prstatus *s = (struct prstatus *)w->page;
	u8 *regs = (u8 *)(s + 1);
	struct process *p = t->process;
	u64 utime, stime;

	memset(s, 0, sizeof(*s));
	s->signo = s->cursig = (s16)info->signo;
	s->code = info->code;
	s->err = info->err;
	s->pending = (core_word_t)HINT(t->pending.mask);
	s->held = (core_word_t)t->blocked;
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
	arch_regset_get(t, general, regs);
	memset(regs + general->size, 0, 8);
	*(u32 *)(regs + general->size) = 1;	/* pr_fpvalid */
	note(w, NT_PRSTATUS, s, status_size());
}

static void note_process(struct core_writer *w)
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
	core_command(w->space, i.args, sizeof(i.args));
	note(w, NT_PRPSINFO, &i, sizeof(i));
}

static void note_registers(struct core_writer *w, struct task *t)
{
	for (const struct arch_regset *r = arch_regsets(t) + 1; r->note; r++) {
		arch_regset_get(t, r, w->page);
		note(w, r->note, w->page, r->size);
	}
}

/*
 * Return: the size of all notes, which must be known first: the segment table
 * precedes them.
 */
static unsigned long notes_size(const struct core_writer *w)
{
	unsigned long thread = note_size(status_size());

	for (const struct arch_regset *r = arch_regsets(current) + 1; r->note;
	     r++)
		thread += note_size(r->size);
	return w->core->nr_threads * thread +
		note_size(sizeof(struct prpsinfo)) +
		note_size(SIGINFO_SIZE) +
		note_size(w->space->auxv_words * sizeof(long)) +
		note_size(w->files_size);
}

static void write_notes(struct core_writer *w)
{
	unsigned long info[SIGINFO_SIZE / sizeof(long)];
	struct core *c = w->core;

	core_siginfo(info, &c->info);
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

static void write_header(struct core_writer *w)
{
	struct elf_ident h = {
		.magic = "\177ELF", .class = CORE_CLASS, .data = 1,
		.version = 1, .type = ET_CORE, .machine = ARCH_ELF_MACHINE,
		.version2 = 1, .phoff = sizeof(h), .ehsize = sizeof(h),
		.phentsize = sizeof(struct elf_phdr),
		.phnum = (u16)(w->nr + 1),
	};

	core_emit(w, &h, sizeof(h));
}

static void write_segments(struct core_writer *w)
{
	unsigned long at = sizeof(struct elf_ident) +
		(w->nr + 1) * sizeof(struct elf_phdr);
	struct elf_phdr p = {
		.type = PT_NOTE, .offset = (core_word_t)at,
		.filesz = (core_word_t)notes_size(w),
	};

	core_emit(w, &p, sizeof(p));
	at = ALIGN_UP(at + p.filesz, PAGE_SIZE);
	for (unsigned i = 0; i < w->nr; i++) {
		const struct core_area *a = &w->areas[i];

		p = (struct elf_phdr){
			.type = PT_LOAD, .offset = (core_word_t)at,
			.vaddr = (core_word_t)a->start,
			.filesz = (core_word_t)a->dumped,
			.memsz = (core_word_t)(a->end - a->start),
			.flags = (a->prot & MAP_R ? 4 : 0) |
				 (a->prot & MAP_W ? 2 : 0) |
				 (a->prot & MAP_X ? 1 : 0),
			.align = PAGE_SIZE,
		};
		core_emit(w, &p, sizeof(p));
		at += a->dumped;
	}
}

static void write_head(struct core_writer *w)
{
	write_header(w);
	write_segments(w);
	write_notes(w);
}
