/* SPDX-License-Identifier: MIT */
/*
 * Choose the process to kill when memory is exhausted (row D13).  If freeing
 * caches was not enough (kernel/process/oom.c), the process responsible for
 * most memory is killed, and the fault is tried again once that memory is free.
 *
 * Badness, in pages: the memory that dies with the process (weigh.c), plus the
 * memory of its user's other processes, without the largest, plus oom_score_adj
 * thousandths of all memory.  So the victim belongs to the user whose
 * processes, pipes and messages hold most memory together.  Root's processes
 * are judged one by one, because what root fills is the machine's work.  The
 * worst process determines the user.  Of that user's processes the victim is
 * the one with the highest badness including the contents of its pipes and
 * sockets.  Init, kernel threads and processes with oom_score_adj -1000 are
 * never killed.
 */
#define LOG_PREFIX "oom"
#include "oom.h"
#include "patience.h"
#include <kernel/cred/cred.h>
#include <kernel/process/oom.h>
#include <kernel/task/part.h>
#include <kernel/cred/user.h>
#include <lt/init.h>
#include <lt/log.h>
#include <lt/procfile.h>
#include <mm/frames/page.h>
#include <mm/vm.h>
#include <uapi/signal.h>

#define OOM_ADJ_MIN	(-1000)		/* never kill */
#define OOM_ADJ_MAX	1000
#define OOM_NAP		4000000	/* ns between checks of a dying victim */
#define OOM_PATIENCE	40000000	/* ns before another victim is chosen */
#define ROWS		8		/* rows of the table in the log */
#define USERS		32		/* users whose sums are cached */

static struct {
	/*
	 * [tree_lock]; a read without the lock gives a hint.  Until this time
	 * no other victim is chosen and no task looks for memory, because the
	 * victim needs the CPU.
	 */
	ktime_t patience_ends;
	struct patience patience;		/* [tree_lock] */
} oom;

/* ---- a process's part ---------------------------------------------------- */

struct part {
	int score_adj;			/* /proc/PID/oom_score_adj; inherited */
	bool killed;			/* [tree_lock] chosen as a victim */
	/* [tree_lock] badness at the last comparison; 0: not to be killed */
	unsigned long points;
	/* [tree_lock] memory at the last comparison */
	struct oom_weight weight;
};

static unsigned part_at;

static struct part *oom_part_of(struct process *p)
{
	return process_slot(p, part_at);
}

static void inherit_score(struct process *p, struct process *parent)
{
	if (parent)
		oom_part_of(p)->score_adj = oom_part_of(parent)->score_adj;
}

static const struct process_part parts[] __table(process_part) = {
	{ .size = sizeof(struct part), .at = &part_at, .init = inherit_score },
};

/* ---- the choice ---------------------------------------------------------- */

/* Cache: the memory that each user holds besides its largest process. */
static struct {
	unsigned nr;
	struct {
		unsigned uid;
		unsigned long beside;
	} of[USERS];
} users;				/* [tree_lock] */

/*
 * Find a thread of p that has an address space.
 * Context: [tree_lock].
 * Return: the thread, or NULL.  *dying: true if p will free its memory soon, or
 * is freeing it now.  A task that is freeing its space has no pointer to the
 * space any more, but is still exiting.
 */
static struct task *oom_find_holder(struct process *p, bool *dying)
{
	struct task *t, *found = NULL;

	spin_must_hold(&tree_lock);
	*dying = false;
	list_for_each(t, &p->threads, thread_link) {
		if (!t->space) {
			*dying |= HINT(t->flags) & TF_EXITING &&
				HINT(t->state) != TASK_ZOMBIE;
			continue;
		}
		found = t;
		if (!(HINT(t->flags) & TF_EXITING))
			break;
	}
	if (found)
		*dying = HINT(found->flags) & TF_EXITING || p->exiting ||
			oom_part_of(p)->killed;
	return found;
}

static bool may_die(struct process *p)
{
	return p != init_process && oom_part_of(p)->score_adj != OOM_ADJ_MIN;
}

static unsigned uid_of(const struct task *t)
{
	return t->cred ? t->cred->uid : 0;
}

/*
 * Return: the memory that uid holds besides its largest process.  Only
 * processes that may be killed count: the memory of others would not come back.
 * Context: [tree_lock].
 */
static unsigned long count_beside(unsigned uid)
{
	unsigned long all = user_pages(uid), largest = 0;
	struct oom_weight w;
	struct process *p;

	spin_must_hold(&tree_lock);
	list_for_each(p, &all_processes, all_link) {
		bool dying;
		struct task *t = oom_find_holder(p, &dying);

		if (!t || dying || !may_die(p) || uid_of(t) != uid)
			continue;
		oom_weigh(t, &w);
		all += w.own;
		largest = max(largest, w.own);
	}
	return all - largest;
}

/*
 * Return: the result of count_beside(), cached for the first USERS users; 0 for
 * root.
 * Context: [tree_lock].
 */
static unsigned long oom_user_rest(unsigned uid)
{
	unsigned long n;

	if (!uid)
		return 0;
	for (unsigned i = 0; i < users.nr; i++)
		if (users.of[i].uid == uid)
			return users.of[i].beside;
	n = count_beside(uid);
	if (users.nr < USERS) {
		users.of[users.nr].uid = uid;
		users.of[users.nr++].beside = n;
	}
	return n;
}

/*
 * Return: the badness of t's process, plus `more` pages that its user holds; 0:
 * the process must not be killed.
 * Context: [tree_lock].
 */
static unsigned long oom_badness_with(const struct task *t, unsigned long all,
				      unsigned long more)
{
	struct process *p = t->process;
	struct oom_weight *w = &oom_part_of(p)->weight;
	long points;

	spin_must_hold(&tree_lock);
	if (!may_die(p))
		return 0;
	oom_weigh(t, w);
	points = (long)(w->own + (unsigned)atomic_read(&t->space->rss_file) +
			more);
	points += oom_part_of(p)->score_adj * (long)all / 1000;
	return points > 0 ? (unsigned long)points : 1;
}

/*
 * Return: the badness of t's process; 0: the process must not be killed.
 * Context: [tree_lock].
 */
static unsigned long badness(const struct task *t)
{
	unsigned long more = may_die(t->process) ? oom_user_rest(uid_of(t)) : 0;

	return oom_badness_with(t, page_total(), more);
}

unsigned long oom_points(const struct task *t, unsigned long all)
{
	return oom_badness_with(t, min(all, page_total()), 0);
}

/*
 * Return: the badness of p in pages; 0: p must not be killed.
 * Context: [tree_lock].
 */
static unsigned long process_badness(struct process *p)
{
	bool dying;
	struct task *t = oom_find_holder(p, &dying);

	users.nr = 0;
	return t ? badness(t) : 0;
}

/* True if a thread of p is runnable.  Context: [tree_lock]. */
static bool can_run(const struct process *p)
{
	const struct task *t;

	spin_must_hold(&tree_lock);
	list_for_each(t, &p->threads, thread_link)
		if (HINT(t->state) == TASK_RUNNING)
			return true;
	return false;
}

/*
 * Set the badness of every process.  The processes continue to run on other
 * CPUs, but the choice and the log use the values found here.
 * Context: [tree_lock].
 */
static struct dying compare_all(void)
{
	struct dying d = { .any = false };
	struct process *p;
	u64 user, system;

	spin_must_hold(&tree_lock);
	users.nr = 0;
	list_for_each(p, &all_processes, all_link) {
		bool dying;
		struct task *t = oom_find_holder(p, &dying);

		oom_part_of(p)->points = t && !dying ? badness(t) : 0;
		if (!dying)
			continue;
		process_times(p, &user, &system);
		d.ran += user + system;
		if (p == current->process)
			continue;
		d.any = true;
		d.runs |= can_run(p);
	}
	return d;
}

/*
 * Find the worst process, or if `like` is set, the worst of like's user
 * including the contents of its pipes and sockets.  A process that was chosen
 * before is not chosen again: it dies as soon as it runs, however long others
 * keep it from running.
 * Context: [tree_lock].
 * Return: its task, or NULL.
 */
static struct task *oom_worst(const struct task *like)
{
	unsigned long most = 0;
	struct task *bad = NULL;
	struct process *p;

	spin_must_hold(&tree_lock);
	list_for_each(p, &all_processes, all_link) {
		unsigned long points = oom_part_of(p)->points;
		bool dying;
		struct task *t = points ? oom_find_holder(p, &dying) : NULL;

		if (!t || dying || (like && uid_of(t) != uid_of(like)))
			continue;
		if (like)
			points += oom_part_of(p)->weight.queued;
		if (points > most) {
			most = points;
			bad = t;
		}
	}
	return bad;
}

/*
 * Select the task to kill.
 * Context: [tree_lock].
 * Return: the task, or NULL; *dying as from compare_all().
 */
static struct task *select_bad(struct dying *dying)
{
	struct task *bad;

	*dying = compare_all();
	bad = oom_worst(NULL);
	return bad ? oom_worst(bad) : NULL;
}

/*
 * Return: the process for the next row: the next lower badness, or the same
 * with a higher pid.
 */
static struct process *next_row(unsigned long *most, int *pid)
{
	unsigned long best = 0;
	struct process *p, *row = NULL;

	spin_must_hold(&tree_lock);
	list_for_each(p, &all_processes, all_link) {
		unsigned long points = oom_part_of(p)->points;

		if (!points || points > *most ||
		    (points == *most && p->pid <= *pid))
			continue;
		if (points < best ||
		    (points == best && row && row->pid < p->pid))
			continue;
		best = points;
		row = p;
	}
	*most = best;
	*pid = row ? row->pid : 0;
	return row;
}

/* Log the row of t, a thread of p.  Context: [tree_lock]. */
static void log_row(char mark, struct process *p, const struct task *t)
{
	const struct oom_weight *w = &oom_part_of(p)->weight;

	log_err("%c%5d %5u %7lu %7d %7lu %7lu %7lu %7lu %5d %7lu %s",
		mark, p->pid, uid_of(t), vm_rss(t->space),
		atomic_read(&t->space->pt_pages), HINT(t->space->swapped),
		w->kernel, oom_user_rest(uid_of(t)), w->files + w->queued,
		oom_part_of(p)->score_adj, oom_part_of(p)->points, t->comm);
}

/*
 * Log why the victim was chosen: the worst processes of the comparison, in
 * pages.  The columns: "kernel" is the memory that the kernel keeps for the
 * process, "user" the memory that its user holds besides the user's largest
 * process.  "files" is the memory in memfds, pipes and sockets of the process,
 * which decides among the processes of one user.
 * Context: [tree_lock].
 */
static void log_table(const struct task *victim)
{
	unsigned long most = ~0ul;
	struct process *p;
	int pid = 0;

	log_err("   pid   uid     rss  tables    swap  kernel    user   files"
		"   adj  points name");
	for (unsigned i = 0; i < ROWS && (p = next_row(&most, &pid)); i++) {
		bool dying;
		const struct task *t = p == victim->process ? victim :
			oom_find_holder(p, &dying);

		if (t)
			log_row(t == victim ? '*' : ' ', p, t);
	}
}

void oom_kill(struct task *t, const char *why)
{
	const struct vm_space *s = t->space;
	struct process *p = t->process;

	spin_must_hold(&tree_lock);
	oom_part_of(p)->killed = true;
	log_err("%s: Killed process %d (%s) total-vm:%lukB, "
		"anon-rss:%dkB, file-rss:%dkB, shmem-rss:%dkB, UID:%u "
		"pgtables:%dkB oom_score_adj:%d", why, p->pid, t->comm,
		s->total << (PAGE_SHIFT - 10),
		atomic_read(&s->rss_anon) << (PAGE_SHIFT - 10),
		atomic_read(&s->rss_file) << (PAGE_SHIFT - 10),
		atomic_read(&s->rss_shmem) << (PAGE_SHIFT - 10),
		uid_of(t),
		atomic_read(&s->pt_pages) << (PAGE_SHIFT - 10),
		oom_part_of(p)->score_adj);
	signal_kernel_locked(p, SIGKILL);
}

/*
 * Kill a process, unless one is dying already and has not used up its patience
 * (patience.h).  A period of patience lasts OOM_PATIENCE.
 * Context: [tree_lock].
 * Return: true if memory can be expected.
 */
static bool oom_kill_or_wait(void)
{
	struct dying dying;
	struct task *bad = select_bad(&dying);

	if (!dying.any && !bad)
		return false;
	if (patience_is_over(&oom.patience, &dying) && bad) {
		log_table(bad);
		oom_kill(bad, "Out of memory");
	}
	WRITE_ONCE(oom.patience_ends, arch_clock() + OOM_PATIENCE);
	return true;
}

static bool is_patient(void)
{
	return arch_clock() < READ_ONCE(oom.patience_ends);
}

/* Free caches, or kill a process or wait for a dying one. */
static enum oom_answer choose_victim(void)
{
	bool hope = true;

	if (!is_patient()) {
		if (oom_make_room())
			return OOM_AGAIN;
		if (signal_pending_fatal())
			return OOM_DIE;
		/*
		 * this task has just looked for memory in vain, so it may
		 * decide, unless another one has decided meanwhile
		 */
		spin_lock(&tree_lock);
		if (!is_patient())
			hope = oom_kill_or_wait();
		spin_unlock(&tree_lock);
	}
	if (!hope)
		return OOM_NOBODY;
	if (signal_pending_fatal())
		return OOM_DIE;
	/* not schedule(): a real-time task would never let the victim run */
	wait_nap(OOM_NAP);
	return OOM_AGAIN;
}

static void oom_init(void)
{
	oom_choose = choose_victim;
}
INIT(fs, oom_init);

/* ---- /proc/PID ----------------------------------------------------------- */

static int show_score(struct seq *s, struct task *t)
{
	unsigned long points, all = page_total();

	spin_lock(&tree_lock);
	points = t->process ? process_badness(t->process) : 0;
	spin_unlock(&tree_lock);
	/*
	 * Linux's scale: 0 to 1000 without an adjustment, up to 2000 with one
	 */
	seq_print(s, "%lu\n", points * 1000 / all);
	return 0;
}

static int show_adjustment(struct seq *s, struct task *t)
{
	seq_print(s, "%d\n",
		  t->process ? oom_part_of(t->process)->score_adj : 0);
	return 0;
}

/*
 * Store the adjustment.  Lowering it needs CAP_SYS_RESOURCE
 * (proc_pid_oom_score_adj(5)).
 */
static int store_adjustment(struct task *t, const char *text, size_t n)
{
	bool minus = n && *text == '-';
	size_t i = minus, digits = 0;
	int v = 0;

	for (; i < n && text[i] >= '0' && text[i] <= '9' && v <= OOM_ADJ_MAX;
	     i++, digits++)
		v = v * 10 + (text[i] - '0');
	if (i < n && text[i] == '\n')
		i++;
	if (!digits || i < n || v > OOM_ADJ_MAX || !t->process)
		return -EINVAL;
	v = minus ? -v : v;
	if (v < oom_part_of(t->process)->score_adj &&
	    !capable(CAP_SYS_RESOURCE))
		return -EACCES;
	oom_part_of(t->process)->score_adj = v;
	return 0;
}

PID_FILES(pid_files) = {
	{ .name = "oom_score", .mode = 0444, .show = show_score },
	{ .name = "oom_score_adj", .mode = 0644, .show = show_adjustment,
	  .store = store_adjustment },
};
