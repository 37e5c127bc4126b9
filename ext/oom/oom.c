/* SPDX-License-Identifier: MIT */
/*
 * Whom to kill when memory is out (row D13).  Where giving back what is kept
 * for reuse was not enough (kernel/oom.c), the process that holds most is
 * killed, and the fault tried again once its memory is there.
 *
 * Badness, in pages: what dies with the process (resident pages, page tables,
 * kernel stacks), plus what its user holds beside its largest process, plus
 * oom_score_adj thousandths of all memory.  So who holds most is the user whose
 * processes, pipes and messages do, together.  Root's processes answer each for
 * itself: what it fills is the machine's work.  Of the user of the worst, that
 * process dies that is worst with what is in its pipes and sockets, too.
 * Never init, kernel threads, oom_score_adj -1000.
 */
#define LOG_PREFIX "oom"
#include <fs/fd.h>
#include <kernel/cred.h>
#include <kernel/oom.h>
#include <kernel/part.h>
#include <kernel/task.h>
#include <kernel/user.h>
#include <lt/init.h>
#include <lt/log.h>
#include <lt/procfile.h>
#include <mm/page.h>
#include <mm/vm.h>
#include <uapi/signal.h>

#define OOM_ADJ_MIN	(-1000)		/* never kill */
#define OOM_ADJ_MAX	1000
#define OOM_NAP		4000000		/* ns between looks at a dying victim */
#define OOM_PATIENCE	40000000	/* ns before another is chosen */
#define USERS		32		/* whose figures are kept */

static struct {
	/* [tree_lock]; read without: a hint.  Until then nobody else is
	 * chosen, and nobody looks for memory: the victim needs the CPU. */
	ktime_t patience_ends;
	bool waited;			/* [tree_lock] once for who dies */
} oom;

/* ---- what a process has of it ---------------------------------------------- */

struct part {
	int score_adj;			/* /proc/PID/oom_score_adj; inherited */
	bool killed;			/* [tree_lock] for memory: is to die */
};

static unsigned part_at;

static struct part *part_of(struct process *p)
{
	return process_slot(p, part_at);
}

static void inherit_score(struct process *p, struct process *parent)
{
	if (parent)
		part_of(p)->score_adj = part_of(parent)->score_adj;
}

static const struct process_part parts[] __table(process_part) = {
	{ .size = sizeof(struct part), .at = &part_at, .init = inherit_score },
};

/* ---- whom to kill -------------------------------------------------------- */

/* What users hold beside their largest process, as one choice finds it. */
static struct {
	unsigned nr;
	struct {
		unsigned uid;
		unsigned long beside;
	} of[USERS];
} users;				/* [tree_lock] */

/*
 * A thread of p that has memory.
 * Context: [tree_lock].
 * Return: it, or NULL; *dying: it will give its memory back without our help.
 */
static struct task *holder(struct process *p, bool *dying)
{
	struct task *t, *found = NULL;

	spin_must_hold(&tree_lock);
	*dying = false;
	list_for_each(t, &p->threads, thread_link) {
		if (!t->space)
			continue;
		found = t;
		if (!(HINT(t->flags) & TF_EXITING))
			break;
	}
	if (found)
		*dying = HINT(found->flags) & TF_EXITING || p->exiting ||
			part_of(p)->killed;
	return found;
}

static bool may_die(struct process *p)
{
	return p != init_process && part_of(p)->score_adj != OOM_ADJ_MIN;
}

static unsigned uid_of(const struct task *t)
{
	return t->cred ? t->cred->uid : 0;
}

/* Pages for t's process to be there at all. */
static unsigned long overhead(const struct task *t)
{
	return (unsigned long)atomic_read(&t->space->pt_pages) +
		(unsigned long)t->process->nr_live * (KSTACK_SIZE / PAGE_SIZE);
}

/* Without files: many programs map the same pages of those. */
static unsigned long own_pages(const struct task *t)
{
	const struct vm_space *s = t->space;

	return (unsigned long)atomic_read(&s->rss_anon) +
		(unsigned long)atomic_read(&s->rss_shmem) + overhead(t);
}

/*
 * Of those who may die: others' memory would not come back.
 * Context: [tree_lock].
 */
static unsigned long count_beside(unsigned uid)
{
	unsigned long all = user_pages(uid), largest = 0;
	struct process *p;

	spin_must_hold(&tree_lock);
	list_for_each(p, &all_processes, all_link) {
		bool dying;
		struct task *t = holder(p, &dying);

		if (!t || dying || !may_die(p) || uid_of(t) != uid)
			continue;
		all += own_pages(t);
		largest = max(largest, own_pages(t));
	}
	return all - largest;
}

/* Counted once for each user, while there is room.  Context: [tree_lock]. */
static unsigned long beside(unsigned uid)
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

/* Context: [tree_lock].  Return: 0: must not be killed. */
static unsigned long badness(const struct task *t)
{
	struct process *p = t->process;
	long points;

	spin_must_hold(&tree_lock);
	if (!may_die(p))
		return 0;
	points = (long)(vm_rss(t->space) + overhead(t) + beside(uid_of(t)));
	points += part_of(p)->score_adj * (long)(page_total() / 1000);
	return points > 0 ? (unsigned long)points : 1;
}

/*
 * Context: [tree_lock].
 * Return: how much p is to blame, in pages; 0: it must live.
 */
static unsigned long process_badness(struct process *p)
{
	bool dying;
	struct task *t = holder(p, &dying);

	users.nr = 0;
	return t ? badness(t) : 0;
}

/* Bytes its files hold in memory, of each the part that is its own. */
static unsigned long files_held(struct files *t)
{
	unsigned long bytes = 0;

	spin_lock(&t->lock);
	for (unsigned fd = 0; fd < t->size; fd++) {
		const struct file *f = t->fd[fd];

		if (f && f->ops && f->ops->held)
			bytes += f->ops->held(f) / ref_read(&f->object.refs);
	}
	spin_unlock(&t->lock);
	return bytes;
}

static unsigned long badness_inside(const struct task *t)
{
	unsigned long points = badness(t);

	if (points && t->files)
		points += files_held(t->files) >> PAGE_SHIFT;
	return points;
}

/*
 * The worst of all, or of the user of `like`.  One that was chosen before is
 * not chosen again: it dies as soon as it runs, however long the others let it
 * wait.
 * Context: [tree_lock].
 * Return: it, or NULL; *dying: is there another one that will give memory back?
 */
static struct task *worst(const struct task *like, bool *dying)
{
	unsigned long most = 0, points;
	struct task *t, *bad = NULL;
	struct process *p;
	bool ends;

	spin_must_hold(&tree_lock);
	*dying = false;
	list_for_each(p, &all_processes, all_link) {
		t = holder(p, &ends);
		if (!t)
			continue;
		if (ends) {
			*dying |= p != current->process;
			continue;
		}
		if (like && uid_of(t) != uid_of(like))
			continue;
		points = like ? badness_inside(t) : badness(t);
		if (points > most) {
			most = points;
			bad = t;
		}
	}
	return bad;
}

/*
 * The task to kill.
 * Context: [tree_lock].
 * Return: it, or NULL; *dying as above.
 */
static struct task *select_bad(bool *dying)
{
	struct task *bad;

	users.nr = 0;
	bad = worst(NULL, dying);
	return bad ? worst(bad, dying) : NULL;
}

/* Context: [tree_lock]. */
static void kill_task(struct task *t)
{
	const struct vm_space *s = t->space;
	struct process *p = t->process;

	spin_must_hold(&tree_lock);
	part_of(p)->killed = true;
	log_err("Out of memory: Killed process %d (%s) total-vm:%lukB, "
		"anon-rss:%dkB, file-rss:%dkB, shmem-rss:%dkB, UID:%u "
		"pgtables:%dkB oom_score_adj:%d", p->pid, t->comm,
		s->total << (PAGE_SHIFT - 10),
		atomic_read(&s->rss_anon) << (PAGE_SHIFT - 10),
		atomic_read(&s->rss_file) << (PAGE_SHIFT - 10),
		atomic_read(&s->rss_shmem) << (PAGE_SHIFT - 10),
		uid_of(t),
		atomic_read(&s->pt_pages) << (PAGE_SHIFT - 10),
		part_of(p)->score_adj);
	signal_kernel_locked(p, SIGKILL);
}

/* Not by schedule() alone: a real-time task would never let the victim run. */
static void nap(void)
{
	wait_set_state(TASK_UNINTERRUPTIBLE);
	wait_sleep(TASK_UNINTERRUPTIBLE, arch_clock() + OOM_NAP);
	wait_set_running();
}

/*
 * A process that is dying gets one period of patience to give back what it has;
 * if nothing came of it, another is chosen.
 * Context: [tree_lock].
 * Return: is there anything to wait for?
 */
static bool kill_or_wait(void)
{
	bool dying;
	struct task *bad = select_bad(&dying);

	if (!dying && !bad)
		return false;
	if (bad && (!dying || oom.waited)) {
		kill_task(bad);
		dying = false;
	}
	oom.waited = dying;
	WRITE_ONCE(oom.patience_ends, arch_clock() + OOM_PATIENCE);
	return true;
}

static bool is_patient(void)
{
	return arch_clock() < READ_ONCE(oom.patience_ends);
}

/*
 * One is killed, or is dying: wait.
 * Return: false: the caller itself is to die.
 */
static bool choose_victim(void)
{
	bool hope = true;

	if (!is_patient() && oom_make_room())
		return true;
	spin_lock(&tree_lock);
	if (!is_patient())
		hope = kill_or_wait();
	spin_unlock(&tree_lock);
	if (!hope)
		panic("out of memory, and nobody to kill");
	if (signal_pending_fatal())
		return false;
	nap();
	return true;
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
	/* Linux's scale: 0 to 1000 without an adjustment, up to 2000 with */
	seq_print(s, "%lu\n", points * 1000 / all);
	return 0;
}

static int show_adjustment(struct seq *s, struct task *t)
{
	seq_print(s, "%d\n", t->process ? part_of(t->process)->score_adj : 0);
	return 0;
}

/* proc_pid_oom_score_adj(5): only the privileged make it less likely to die. */
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
	if (v < part_of(t->process)->score_adj && !capable(CAP_SYS_RESOURCE))
		return -EACCES;
	part_of(t->process)->score_adj = v;
	return 0;
}

PID_FILES(pid_files) = {
	{ .name = "oom_score", .mode = 0444, .show = show_score },
	{ .name = "oom_score_adj", .mode = 0644, .show = show_adjustment,
	  .store = store_adjustment },
};
