/* SPDX-License-Identifier: MIT */
/*
 * Log the faults that kill a program at one of its own instructions (rows E3,
 * B6).  The first line is the one that Linux prints; the next lines show the
 * VMA and the page-table entry of the address.  The lines from "mended before"
 * on show the same for the last fault that the kernel resolved, because the
 * kernel may have resolved it wrongly:
 *
 *	sh[7]: segfault at 0x10 pc 0x10234 (sh+0x234) write,
 *	VMA none, entry none;
 *	mended before: 0x3ffffff8, VMA 0x3fffe000-0x40000000 rw-p [stack],
 *	entry rw-, 1 ref
 *
 * If the parent's address space maps the same frame at the same address, the
 * report says "also in NAME[PID]".  After fork the frame must have two or
 * more references; if it has fewer, one was not counted.
 *
 * Hooks into the fault observers of kernel/trap.c.  Invariant: everybody may
 * read the log, so a report contains no address of the kernel or of a frame.
 * For a program that its user may not inspect it contains no address at all.
 * At most BURST reports are logged in a PERIOD, however many programs die;
 * reports about process 1 are always logged.
 */
#define LOG_PREFIX "fault"
#include "core.h"
#include <fs/vfs.h>
#include <kernel/signal/signal.h>
#include <kernel/lock/spin.h>
#include <kernel/task/task.h>
#include <lib/mem.h>
#include <lib/printf.h>
#include <lt/log.h>
#include <mm/frames/page.h>
#include <mm/tables/pt.h>
#include <mm/frames/slab.h>
#include <mm/vm.h>

#define BURST	10
#define PERIOD	(5 * NSEC_PER_SEC)
#define TEXT	104		/* usual size of the text of a line */

struct place {
	char area[TEXT];	/* the VMA at the address, with its name */
	char entry[TEXT];	/* the page-table entry, described */
	/* name of the parent, if it maps the same frame */
	char sharer[TASK_COMM + 16];
	/* the entry, if its frame is counted; else none */
	pte_t e;
};

struct report {
	char path[PATH_MAX];	/* buffer for path_name() */
	char code[TEXT];	/* where the instruction is: NAME+OFFSET */
	struct place at, before;
};

/* ---- rate limit ---------------------------------------------------------- */

static struct spinlock limit_lock = SPIN_INIT("faultlog", IPL_SOFT);
static ktime_t period_start;		/* [limit_lock] */
/* [limit_lock] numbers of reports logged, suppressed */
static unsigned in_period, unsaid;

/*
 * Return: true if a report may be logged now.  *missed: number of reports
 * suppressed since the last one.
 */
static bool faultlog_allowed(bool always, unsigned *missed)
{
	ktime_t now = arch_clock();
	bool ok;

	spin_lock(&limit_lock);
	if (!period_start || now - period_start > PERIOD) {
		period_start = now;
		in_period = 0;
	}
	ok = always || in_period < BURST;
	*missed = ok ? unsaid : 0;
	unsaid = ok ? 0 : unsaid + 1;
	in_period += ok;
	spin_unlock(&limit_lock);
	return ok;
}

/* ---- an address ---------------------------------------------------------- */

/*
 * Replace unprintable characters: a program chooses its names, and they must
 * not imitate other lines of the log.
 */
static void faultlog_sanitize(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

/*
 * Return: the last component of the file's name, or the name of the area in
 * /proc/PID/maps.
 */
static const char *short_name(struct vma *v, char *buf)
{
	const char *name = vma_name(v), *slash;
	struct file *f = object_file(v->object);
	int err;

	if (f && f->path.dentry)
		name = path_name(&f->path, buf, PATH_MAX, &err);
	if (!name)
		return "?";
	slash = strrchr(name, '/');
	return slash ? slash + 1 : name;
}

static struct vma *faultlog_find_vma(struct vm_space *s, uaddr_t at)
{
	struct vma *v = at < USER_TOP ? vm_find(s, at) : NULL;

	return v && v->start <= at ? v : NULL;
}

static void faultlog_show_area(char *text, struct vm_space *s, uaddr_t at,
			       char *buf)
{
	struct vma *v = faultlog_find_vma(s, at);

	if (!v) {
		fmt_print(text, TEXT, "VMA none");
		return;
	}
	fmt_print(text, TEXT, "VMA %#lx-%#lx %c%c%c%c %s", v->start, v->end,
		  v->prot & MAP_R ? 'r' : '-', v->prot & MAP_W ? 'w' : '-',
		  v->prot & MAP_X ? 'x' : '-',
		  v->flags & VM_SHARED ? 's' : 'p', short_name(v, buf));
}

/*
 * Return: the entry at that address; none if there is no page table.  *level:
 * set to its level.
 */
static pte_t faultlog_read_pte(struct vm_space *s, uaddr_t at, unsigned *level)
{
	pte_t *slot = NULL, e = { 0 };

	if (at < USER_TOP)
		slot = pt_walk(s->root, ALIGN_DOWN(at, PAGE_SIZE), level,
			       false);
	if (slot)
		e = pte_read(slot);
	return e;
}

/*
 * Describe the entry at that address.  The "refs" shown are those of the frame,
 * one per page-table entry or other use.
 */
static void faultlog_show_entry(struct place *p, struct vm_space *s, uaddr_t at)
{
	unsigned level = 0, refs = 0, prot;
	pte_t e;

	p->e = (pte_t){ 0 };
	spin_lock(&s->pt_lock);
	e = faultlog_read_pte(s, at, &level);
	if (pte_present(e) && !level && !(pte_soft(e) & PTE_SPECIAL)) {
		refs = (unsigned)ref_read(&pfn_page(pte_pfn(e))->refs);
		p->e = e;
	}
	spin_unlock(&s->pt_lock);
	prot = pte_prot(e);
	if (!pte_present(e))
		fmt_print(p->entry, TEXT, pte_none(e) ? "entry none" :
			  "entry swapped out");
	else
		fmt_print(p->entry, TEXT, "entry %c%c%c%s%s, %u ref%s",
			  prot & MAP_R ? 'r' : '-', prot & MAP_W ? 'w' : '-',
			  prot & MAP_X ? 'x' : '-',
			  pte_soft(e) & PTE_COW ? " cow" : "",
			  level ? " superpage" : "", refs,
			  refs == 1 ? "" : "s");
}

static void show_place(struct place *p, struct vm_space *s, uaddr_t at,
		       char *buf)
{
	faultlog_show_area(p->area, s, at, buf);
	faultlog_show_entry(p, s, at);
	p->sharer[0] = 0;
}

/*
 * Return: the parent's space, referenced, and its name in `name`; NULL if it
 * may not be reported.
 */
static struct vm_space *space_of_parent(char *name)
{
	struct vm_space *s = NULL;
	struct process *parent;

	spin_lock(&tree_lock);
	parent = current->process->parent;
	if (parent && parent->leader)
		s = parent->leader->space;
	if (s && s->dumpable == DUMP_USER && s != current->space &&
	    vm_space_get_live(s)) {
		fmt_print(name, TASK_COMM + 16, "%s[%d]", parent->leader->comm,
			  parent->leader->tid);
	} else {
		s = NULL;
	}
	spin_unlock(&tree_lock);
	return s;
}

/*
 * Store the name of the parent if the parent maps the same frame.  Called
 * without the lock of current's space: fork takes the locks of both spaces, in
 * its own order.
 */
static void find_sharer(struct place *p, uaddr_t at)
{
	char name[TASK_COMM + 16];
	struct vm_space *s = pte_none(p->e) ? NULL : space_of_parent(name);
	unsigned level = 0;
	pte_t e;

	if (!s)
		return;
	rw_read_lock(&s->lock);
	spin_lock(&s->pt_lock);
	e = faultlog_read_pte(s, at, &level);
	spin_unlock(&s->pt_lock);
	rw_read_unlock(&s->lock);
	vm_space_put(s);
	if (pte_present(e) && !level && pte_pfn(e) == pte_pfn(p->e)) {
		faultlog_sanitize(name);
		fmt_print(p->sharer, sizeof(p->sharer), "%s", name);
	}
}

/*
 * Store the place of pc as NAME+OFFSET: a file, and the offset in that file,
 * which tools translate to the name of a function.
 */
static void show_code(char *text, struct vm_space *s, uaddr_t pc, char *buf)
{
	struct vma *v = faultlog_find_vma(s, pc);

	if (!v)
		fmt_print(text, TEXT, "?");
	else
		fmt_print(text, TEXT, "%s+%#lx", short_name(v, buf),
			  pc - v->start + (v->object ? v->pgoff << PAGE_SHIFT :
					   0));
}

/* ---- a report ------------------------------------------------------------ */

static const char *signal_words(int signo)
{
	return signo == SIGSEGV ? "segfault" : signo == SIGBUS ? "bus error" :
		"exception";
}

static void faultlog_describe(struct report *r, struct vm_space *s, uaddr_t pc,
			      uaddr_t at)
{
	rw_read_lock(&s->lock);
	show_code(r->code, s, pc, r->path);
	show_place(&r->at, s, at, r->path);
	show_place(&r->before, s, current->mended, r->path);
	rw_read_unlock(&s->lock);
	find_sharer(&r->before, current->mended);
	faultlog_sanitize(r->code);
	faultlog_sanitize(r->at.area);
	faultlog_sanitize(r->before.area);
}

static void faultlog_tell(const struct trapframe *tf,
			  const struct siginfo *info, const char *what,
			  enum log_level level)
{
	struct task *t = current;
	struct report *r = NULL;
	char name[TASK_COMM];

	task_get_comm(t, name);
	faultlog_sanitize(name);
	if (t->space->dumpable == DUMP_USER)
		r = kmalloc(sizeof(*r));
	if (!r) {
		log_print(level, LOG_PREFIX, "%s[%d]: %s (%s)", name, t->tid,
			  signal_words(info->signo), what);
		return;
	}
	faultlog_describe(r, t->space, tf_pc(tf), info->addr);
	log_print(level, LOG_PREFIX, "%s[%d]: %s at %#lx pc %#lx (%s) %s,\n"
		  "%s, %s;\nmended before: %#lx, %s,\n%s%s%s", name, t->tid,
		  signal_words(info->signo), info->addr, tf_pc(tf), r->code,
		  what, r->at.area, r->at.entry, t->mended, r->before.area,
		  r->before.entry, r->before.sharer[0] ? ", also in " : "",
		  r->before.sharer);
	kfree(r);
}

/* Report a fault that ends the program, unless a debugger handles it. */
static __noinline void faultlog_report_end(const struct trapframe *tf,
					   const struct siginfo *info,
					   const char *what)
{
	bool first = current->process == init_process;
	unsigned missed;

	if (info->signo == SIGKILL || info->signo == SIGTRAP ||
	    current->trace.tracer || !faultlog_allowed(first, &missed))
		return;
	if (missed)
		log_info("%u faults of programs were not told", missed);
	faultlog_tell(tf, info, what, first ? LOG_EMERG : LOG_INFO);
}

/* Report the fault, unless the program handles the signal and survives. */
void faultlog_told(const struct trapframe *tf,
			  const struct siginfo *info, const char *what)
{
	struct task *t = current;
	uaddr_t handler = sighand_action(t->sighand, info->signo)->handler;

	if (handler == SIG_DFL || handler == SIG_IGN ||
	    t->blocked & sig_bit(info->signo))
		faultlog_report_end(tf, info, what);
}

/*
 * Report a missing loader: a shell says only "not found", although the program
 * exists.
 */
void faultlog_no_loader(const char *program, const char *loader)
{
	char *names[] = { kstrdup(program), kstrdup(loader) };
	char name[TASK_COMM];
	unsigned missed;

	str_copy(name, current->comm, sizeof(name));
	faultlog_sanitize(name);
	if (names[0] && names[1] && faultlog_allowed(false, &missed)) {
		faultlog_sanitize(names[0]);
		faultlog_sanitize(names[1]);
		log_info("%s[%d]: cannot start %s: its loader %s is missing",
			 name, current->tid, names[0], names[1]);
	}
	kfree(names[0]);
	kfree(names[1]);
}
