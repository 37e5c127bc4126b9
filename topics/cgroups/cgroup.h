/* SPDX-License-Identifier: MIT */
/*
 * Control groups, version 2 (row D9): a tree of sets of processes, with limits
 * on what each set may use.  docs/cgroups.md has the rules, as programs see
 * them.
 *
 *  /sys/fs/cgroup        cgroup_root      tasks without a member record, or
 *       |                                 with one whose cg is the root
 *       +-- lab          struct cgroup    a directory; its files are dentries
 *            |             members --> member --> member     live tasks
 *            |             dying ----> member                ended, not reaped
 *            +-- one     struct cgroup
 *
 * A task in the root group normally has no record, and no hook is called for
 * it.  The first mkdir(2) sets cgroups_made of <kernel/ops/cgroup_ops.h>.
 * "[tree]" stands for tree_lock.
 *
 * Invariants, under tree_lock: a member is on one list of its group from the
 * moment its task is published until it is reaped.  A charge counts in the
 * group of the task and in all its ancestors, except the root.
 */
#ifndef TOPICS_CGROUPS_CGROUP_H
#define TOPICS_CGROUPS_CGROUP_H

#include <fs/vfs.h>
#include <kernel/cred/cred.h>
#include <kernel/task/part.h>
#include <kernel/task/work.h>
#include <lt/seq.h>

#define CG_UNLIMITED	0x7fffffff	/* "max", for depth and descendants */

/* Controllers, as bits, in the order in which Linux lists them. */
#define CG_CPU		1u
#define CG_MEMORY	2u
#define CG_PIDS		4u
#define CG_CONTROLLERS	3
#define CG_ALL		((1u << CG_CONTROLLERS) - 1)
/* Controllers that work on single threads. */
#define CG_THREADED	(CG_CPU | CG_PIDS)

/* Files that notify watchers (inotify, poll) when they change. */
enum cg_event { CG_QUIET, CG_EVENTS, CG_PIDS_EVENTS, CG_PIDS_LOCAL,
		CG_MEM_EVENTS, CG_MEM_LOCAL, CG_SWAP_EVENTS, CG_NR_EVENTS };

struct cg_notice {
	unsigned count;			/* [tree] number of changes */
	bool due;			/* [tree] must tell inotify watchers */
	struct dentry *d;		/* [tree] referenced; NULL: no file */
};

struct pids_state {
	s64 now, peak;			/* [tree] tasks not yet reaped */
	s64 max;			/* [tree] -1: no limit */
	u64 hit, hit_here;		/* [tree] refusals: in subtree, here */
};

/* State of the controller cpu.  "[cpu]" stands for cpu_guard of cpu.c. */
struct cpu_state {
	u32 shares;			/* [cpu] 1024 is a cpu.weight of 100 */
	bool idle;			/* [cpu] cpu.idle: fixed least shares */
	u64 load;			/* [cpu] weights of runnable members */
	unsigned nr;			/* [cpu] runnable tasks in subtree */
	/* the group's lag (cpu_lag.c) */
	u32 rivals;			/* [cpu] shares of runnable children */
	u64 vtime;			/* [cpu] virtual time of the children */
	/* [cpu] the parent's vtime when it was last read; time of reading */
	u64 seen, seen_at;
	s64 lag;			/* [cpu] ns the group is owed */
	/* [cpu] ns that were due to the group, but that it could not use */
	s64 unused;
	u64 quota, period;		/* [cpu] ns; no limit: CPU_NO_QUOTA */
	u64 burst;			/* [cpu] ns carried over at most */
	s64 left;			/* [cpu] ns left in this period */
	s64 begun;			/* [cpu] `left` when the period began */
	bool active;			/* [cpu] the period's timer is set */
	u64 end;			/* [cpu] time when the timer fires */
	bool used;			/* [cpu] time was used in this period */
	bool throttled;			/* [cpu] no time is left */
	u64 since;			/* [cpu] time when it was throttled */
	u64 throttled_ns, nr_periods, nr_throttled;	/* [cpu] for cpu.stat */
	u64 burst_ns, nr_bursts;	/* [cpu] used beyond the quota */
	struct timer timer;		/* fires at the period's end */
	struct timer stopper;		/* fires at once, to make tasks rest */
};
#define CPU_NO_QUOTA	(~0ull)

/* Lines of memory.events, in this order. */
enum mem_event { MEM_MAX, MEM_OOM, MEM_OOM_KILL, MEM_OOM_GROUP,
		 MEM_NR_EVENTS };

/* Lines of memory.swap.events, in this order. */
enum swap_event { SWAP_MAX, SWAP_FAIL, SWAP_NR_EVENTS };

/* Slots of swap.  All fields [mem]. */
struct swap_state {
	unsigned long now, peak;	/* charged here and below */
	unsigned long max;
	u64 events[SWAP_NR_EVENTS];	/* counted here and below */
	bool due;			/* memory.swap.events has changed */
};

/*
 * State of the controller memory, in pages.  "[mem]" stands for mem_lock of
 * memory.c.
 */
struct mem_state {
	int id;				/* const: index in `groups`; root: 0 */
	bool on;			/* [tree, mem] controller is enabled */
	unsigned long now, peak;	/* [mem] charged here and below */
	unsigned long files;		/* [mem] part of `now`: PAGE_CACHE */
	unsigned long stacks;		/* [mem] part of `now`: kernel stacks */
	unsigned long max;		/* [mem] */
	u64 events[MEM_NR_EVENTS];	/* [mem] counted here and below */
	u64 local[MEM_NR_EVENTS];	/* [mem] counted here */
	bool due, local_due;		/* [mem] event files have changed */
	bool as_one;			/* [mem] memory.oom.group */
	ktime_t patience_ends;		/* [tree] end of wait for dying tasks */
	struct swap_state swap;
};
#define MEM_UNLIMITED	((sizeof(long) == 8 ? ~0ul / PAGE_SIZE : ~0ul) >> 1)

struct cgroup {
	ref_t refs;
	struct cgroup *parent;		/* const, referenced; root: NULL */
	char *name;			/* const */
	unsigned depth;			/* const; root: 0 */
	struct dentry *dir;		/* const; referenced until dead */
	struct inode *procs;		/* file cgroup.procs; valid as dir */
	struct list children, sibling;	/* [tree] */
	struct list members, dying;	/* [tree] struct member */
	unsigned nr_members, nr_frozen;	/* [tree] live members; frozen ones */
	struct cgroup *dom;		/* [tree] its domain, perhaps itself */
	bool dead;			/* [tree] removed */
	unsigned control;		/* [tree] CG_* enabled for children */
	unsigned nr_descendants, nr_dying;	/* [tree] */
	int max_depth, max_descendants;	/* [tree] */
	/*
	 * [tree] Number of children with tasks in them or below, by kind; and
	 * number of all threaded children.
	 */
	unsigned busy_domains, busy_threaded, nr_threaded;
	bool freeze;			/* [tree] cgroup.freeze */
	bool freezing;			/* [tree] freeze here or above */
	bool frozen;			/* [tree] all tasks of subtree frozen */
	u64 utime, stime;		/* [tree] ns, of former members */
	struct cg_notice notices[CG_NR_EVENTS];
	struct wait_queue poll;
	struct pids_state pids;
	struct cpu_state cpu;
	struct mem_state mem;
};

/* Record of a task that is, or was, in another group than the root. */
struct member {
	struct task *task;		/* const */
	struct cgroup *cg;		/* [tree] referenced, even the root */
	struct list link;		/* [tree] in members or dying */
	bool charged;			/* [tree] counted in cg->pids */
	bool live;			/* [tree] on cg's list of members */
	bool frozen;			/* [tree] asleep because of freezing */
	bool resting;			/* [tree] asleep, frozen or throttled */
	bool work_due;			/* [tree] `work` is queued */
	struct task_work work;
	u64 utime, stime;		/* [tree] task's times at joining cg */
	struct cgroup *share;		/* [run queue] group for cpu, or NULL */
	u32 counted;			/* [cpu] own weight in share's load */
	/* [run queue] `stamp` of cpu.c when the weight was calculated */
	unsigned stamp;
	struct cgroup *into;		/* [own task] of CLONE_INTO_CGROUP */
	struct cgroup *payer;		/* [mem] group charged, or NULL */
	int full;			/* [own task] id of the full group */
	unsigned long lacking;		/* [own task] number of pages refused */
	bool mem_due;			/* [mem] mem_work is queued */
	bool killed;			/* [tree] killed for memory */
	struct task_work mem_work;
};

extern struct cgroup cgroup_root;

/*
 * The opener of a file.  Writes to the file are judged by the rights and the
 * cgroup namespace of the opener, since the writer may be another process that
 * was handed the descriptor.
 */
struct cg_opener {
	struct cred *cred;		/* referenced */
	struct cgroup *top;		/* referenced: root of its namespace */
};

/*
 * Hook of extension namespaces: return the root of current's cgroup namespace,
 * without a reference.  NULL: there is only one namespace.
 */
extern struct cgroup *(*cg_namespace)(void);

/* Return the group that is "/" to current. */
static inline struct cgroup *cg_top(void)
{
	return cg_namespace ? cg_namespace() : &cgroup_root;
}

/*
 * The mount option nsdelegate.  If it is set, a process inside a cgroup
 * namespace can neither move processes into or out of the namespace nor change
 * the limits of its root.
 */
extern bool cg_nsdelegate;

/* ---- tree.c: groups ------------------------------------------------------ */

static inline bool cg_is_threaded(const struct cgroup *cg)
{
	return cg->dom != cg;
}

static inline bool cg_populated(const struct cgroup *cg)
{
	return cg->nr_members || cg->busy_domains || cg->busy_threaded;
}

static inline void cg_get(struct cgroup *cg)
{
	ref_get(&cg->refs);
}
void cg_put(struct cgroup *cg);
/* True if cg is top or below it. */
bool cg_below(const struct cgroup *cg, const struct cgroup *top);
/*
 * Return the group that follows cg in a walk over top and all groups below,
 * parents first; NULL: the walk is over.
 * Context: [tree].
 */
struct cgroup *cg_next(struct cgroup *cg, struct cgroup *top);
#define cg_for_each(cg, top) \
	for (cg = top; cg; cg = cg_next(cg, top))
/* Allocate a group that is not in the tree yet.  Return: NULL: no memory. */
struct cgroup *cg_alloc(struct cgroup *parent, const char *name);
/*
 * Link cg into the tree.
 * Context: [tree].
 * Return: 0, -ENODEV, -EAGAIN: a limit.
 */
int cg_link(struct cgroup *cg);
/* Unlink cg from the tree.  Context: [tree].  Return: 0, -EBUSY. */
int cg_unlink(struct cgroup *cg);
/*
 * Return the controllers that can be enabled for cg's children.
 * Context: [tree].
 */
unsigned cg_available(const struct cgroup *cg);
bool cg_valid_domain(const struct cgroup *cg);		/* [tree] */
bool cg_thread_root(const struct cgroup *cg);		/* [tree] */
bool cg_may_be_thread_root(const struct cgroup *cg);	/* [tree] */
/*
 * Update cg and its ancestors after cg got its first member (by: 1) or lost its
 * last member (-1).
 * Context: [tree].
 */
void cg_populate(struct cgroup *cg, int by);
/*
 * Note that a file of cg has changed; cg_tell() notifies watchers.
 * Context: [tree].
 */
void cg_note(struct cgroup *cg, enum cg_event event);
/*
 * Notify watchers of what has changed in cg and its ancestors.
 * Context: no lock; may sleep; the caller has a reference to cg.
 */
void cg_tell(struct cgroup *cg);
/*
 * Show a path like "/lab/one", relative to current's root: "/../two" is a
 * sibling of that root.
 */
void cg_show_path(struct seq *s, const struct cgroup *cg);

/* ---- member.c: who is where ---------------------------------------------- */

/* Context: own task, or [tree]. */
struct member *member_of(struct task *t);
struct cgroup *cg_of(struct task *t);			/* [tree] */
/* Give t a record, so that no later step can fail.  Return: 0 or -ENOMEM. */
int member_prepare(struct task *t);			/* [tree] */
/* Enable the hooks of the core, when the first group is made. */
void members_begin(void);
/* See <kernel/ops/cgroup_ops.h> (into.c). */
int cg_clone_into(int fd, bool thread);
/*
 * Move a process (or with `thread` one thread) to cg, if the opener may do so.
 * number: its id; 0: the caller.
 * Return: 0 or -errno.
 */
int cg_attach(struct cgroup *cg, int number, bool thread,
	      const struct cg_opener *o);
/*
 * Check that the opener may move a task from `from` to `to`.
 * Return: 0; -EACCES; -ENOENT: outside the opener's namespace.
 */
int cg_may_attach(struct cgroup *from, struct cgroup *to,
		  const struct cg_opener *o);
/* Check if c may write cgroup.procs of cg.  Return: 0, -EACCES, -ENODEV. */
int cg_may_write(struct cgroup *cg, const struct cred *c);
/*
 * Check if cg can have tasks.
 * Context: [tree].
 * Return: 0, -ENODEV, -EBUSY, -EOPNOTSUPP.
 */
int cg_takes_tasks(struct cgroup *cg);
int cg_show_procs(struct seq *s, struct cgroup *cg);
int cg_show_threads(struct seq *s, struct cgroup *cg);

/* ---- freeze.c, kill ------------------------------------------------------ */

void freeze_init_member(struct member *m);
/* Have m's task check, on its way to user mode, whether it must rest. */
void rest_later(struct member *m);			/* [tree] */
/* Wake m's task, so that it checks now whether to rest.  Context: [tree]. */
void rest_ends(struct member *m);
/* Freeze or thaw m, which has joined its group.  Context: [tree]. */
void freeze_entered(struct member *m);
/*
 * Update m's group, which m leaves: the tasks that stay may all be frozen.
 * Context: [tree].
 */
void freeze_left(struct member *m);
void freeze_refresh(struct cgroup *cg);			/* [tree] */
int cg_freeze(struct cgroup *cg, bool freeze);
int cg_kill(struct cgroup *cg);

/* ---- pids.c -------------------------------------------------------------- */

/*
 * Charge one task to cg and its ancestors.
 * Context: [tree].
 * Return: 0; -EAGAIN: *full is the group that is at its limit.
 */
int pids_try(struct cgroup *cg, struct cgroup **full);
void pids_charge(struct cgroup *cg, int by);		/* [tree] */
void pids_enabled(struct cgroup *cg);			/* [tree] */

/* ---- cpu.c, cpu_max.c ---------------------------------------------------- */

void cpu_init(struct cgroup *cg);
/* Stop cg's timers for good.  Context: may sleep. */
void cpu_end(struct cgroup *cg);
/* Update m, which has changed its group.  Context: [tree]. */
void cpu_regroup(struct member *m);
/*
 * Update members in and below cg, where cpu was enabled or disabled.
 * Context: [tree].
 */
void cpu_regroup_all(struct cgroup *cg);
/*
 * Reset cg's settings, because the controller was enabled or disabled.
 * Context: [tree].
 */
void cpu_reset(struct cgroup *cg);
/* True if t must rest because cg or an ancestor is throttled. */
bool cpu_must_rest(struct cgroup *cg, const struct task *t);
/*
 * Set the shares.  Context of all cpu_set_ functions: no lock.
 * Return: 0; -EINVAL: cg is idle.
 */
int cpu_set_shares(struct cgroup *cg, u32 shares);
/*
 * Set or clear cpu.idle.  An idle group gets the least shares; a group that
 * ceases to be idle gets the default.
 */
void cpu_set_idle(struct cgroup *cg, bool idle);
/* Set quota and period, or the burst, in ns.  CPU_NO_QUOTA: no limit. */
void cpu_set_max(struct cgroup *cg, u64 quota, u64 period);
void cpu_set_burst(struct cgroup *cg, u64 burst);
void cpu_show_stat(struct seq *s, struct cgroup *cg);

/* ---- memory.c: whose pages are whose ------------------------------------- */

extern struct spinlock mem_lock;
/* Give cg an id.  Return: false: no memory, or too many groups. */
bool mem_init(struct cgroup *cg);
void mem_free(struct cgroup *cg);
void mem_init_member(struct member *m);
/* Update m after a move, or after its payer has changed.  Context: [tree]. */
void mem_regroup(struct member *m);
void mem_left(struct member *m);			/* [tree] */
/* Update cg, where the controller is enabled or disabled.  Context: [tree]. */
void mem_switch(struct cgroup *cg, bool on);
/*
 * Move the charges of groups without the controller to their nearest ancestors
 * with it.
 * Context: no lock; no such group gets the controller meanwhile.
 */
void mem_settle(void);
/* Return the nearest group from cg upwards with the controller, or the root. */
struct cgroup *mem_payer(struct cgroup *cg);
/*
 * Return the group that p is charged to, or the root if p is not charged.
 * Context: [mem].
 */
struct cgroup *mem_owner(const struct page *p);
/* Return the group with an id, or NULL.  Context: [mem]. */
struct cgroup *mem_group(int id);
/*
 * Return the first group from cg upwards whose limit leaves no room for n more
 * pages (n = 0: the first that is over its limit); NULL: there is none.
 * Context: [mem].
 */
struct cgroup *mem_full(struct cgroup *cg, unsigned long n);
/*
 * Return the group that charges of cg belong to: cg, or an ancestor if cg is
 * dead or without the controller.
 * Context: [mem].
 */
struct cgroup *mem_heir(struct cgroup *cg);
/*
 * Charge p, which is in use, to the group `to`, whatever the limit of `to`.
 * Context: [mem].
 */
void mem_give(struct page *p, struct cgroup *to);
/* Queue mem_work() for m's task, on its way to user mode.  Context: [mem]. */
void mem_work_later(struct member *m);
void mem_count(struct cgroup *cg, enum mem_event event);	/* [mem] */
void mem_count_swap(struct cgroup *cg, enum swap_event event);	/* [mem] */
/*
 * Notify watchers of events counted in cg and its ancestors.
 * Context: no lock.
 */
void mem_tell(struct cgroup *cg);

/* ---- memory_files.c ------------------------------------------------------ */

/*
 * Parse text (bytes, or "max"), and set the limit *to under mem_lock.
 * Context: no lock.
 * Return: 0, -EINVAL.
 */
int mem_store_pages(const char *text, unsigned long *to);
int mem_show_pages(struct seq *s, unsigned long n);	/* Return: 0 */
int mem_show_limit(struct seq *s, unsigned long n);	/* Return: 0 */

/* ---- memory_room.c ------------------------------------------------------- */

bool mem_may_take(const struct page *p);
/*
 * True if p belongs to the group that mem_squeeze() works on.
 * Context: [mem].
 */
bool mem_may_squeeze(const struct page *p);
int mem_make_room(void);
void mem_work(struct task_work *w);
/*
 * Reclaim up to n pages from cg and the groups below it.
 * Context: no lock; the caller has a reference to cg; may sleep.
 * Return: the approximate number of pages reclaimed.
 */
unsigned long mem_squeeze(struct cgroup *cg, unsigned long n);
void mem_set_max(struct cgroup *cg, unsigned long max);

/*
 * Hooks of extension swap; NULL: there is no swap.  mem_swap_out() swaps out up
 * to n pages of cg and returns how many (context: no lock; may sleep).
 * mem_swap_settle() does for swap slots what mem_settle() does for pages.
 */
extern unsigned long (*mem_swap_out)(struct cgroup *cg, unsigned long n);
extern void (*mem_swap_settle)(void);

/* ---- memory_oom.c -------------------------------------------------------- */

/*
 * Kill the task with most memory in or below cg, or wait for one that is dying.
 * Context: no lock; may sleep.
 * Return: false: there is no task to kill.
 */
bool mem_oom(struct cgroup *cg);
/*
 * Hooks of extension oom.  mem_badness() returns the badness of t's process, as
 * if `most` pages were all the memory there is (0: do not kill it).  mem_kill()
 * kills the process.
 * Context: [tree].
 */
extern unsigned long (*mem_badness)(const struct task *t,
				    unsigned long most);
extern void (*mem_kill)(struct task *t);

/* ---- files.c: what the files say ----------------------------------------- */

struct cg_file {
	const char *name;
	unsigned mode;
	unsigned controller;		/* CG_; 0: exists in every group */
	bool not_root;
	bool delegated;			/* writable despite nsdelegate */
	u8 event;			/* enum cg_event of its changes */
	/* Return: 0 or -errno. */
	int (*show)(struct seq *s, struct cgroup *cg);
	/* text: the written text, without spaces at its ends. */
	int (*store)(struct cgroup *cg, char *text,
		     const struct cg_opener *o);
};

/* All sets of files; each set ends with a file without a name. */
extern const struct cg_file *cg_file_sets[];
#define CG_SET_SWAP	0	/* index of the files of swap */
extern const struct cg_file cg_core_files[], cg_cpu_files[], cg_pids_files[],
	cg_memory_files[];
/* Parse like kstrtoll(text, 0) of Linux.  Return: 0, -EINVAL, -ERANGE. */
int cg_number(const char *text, s64 *value);
int cg_int(const char *text, int *value);
/* Show a line such as "cpu memory pids". */
void cg_show_names(struct seq *s, unsigned controllers);
extern const char *const cg_names[CG_CONTROLLERS];

/* ---- text.c -------------------------------------------------------------- */

/*
 * Operations of an inode with its cgroup in private and its cg_file in fs_info.
 */
extern const struct file_ops cg_text_fops;

/* ---- fs.c ---------------------------------------------------------------- */

/*
 * Return the group of the open directory f; NULL: f is no directory of cgroup2.
 */
struct cgroup *cg_of_file(const struct file *f);
/*
 * Enable and disable controllers in cgroup.subtree_control.
 * Return: 0 or -errno.
 */
int cg_change_control(struct cgroup *cg, unsigned on, unsigned off);

#endif
