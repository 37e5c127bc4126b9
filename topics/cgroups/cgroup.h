/* SPDX-License-Identifier: MIT */
/*
 * Control groups, version 2 (row D9): sets of processes in a tree, with what
 * each set may use.  docs/cgroups.md has the rules, as programs see them.
 *
 *   /sys/fs/cgroup        cgroup_root      tasks without a member record, or
 *        |                                 with one whose cg is the root
 *        +-- lab          struct cgroup    a directory; its files are dentries
 *             |             members --> member --> member     tasks that live
 *             |             dying ----> member                ended, unwaited
 *             +-- one     struct cgroup
 *
 * A task in the root has no record, and nothing is called for it; the first
 * mkdir(2) sets cgroups_made of <kernel/ops/cgroup_ops.h>.
 *
 * Invariants, under tree_lock: a member is on one list of its group from the
 * moment its task is published until it is reaped; whoever is charged is
 * charged in its group and in all groups above it, but for the root.
 */
#ifndef TOPICS_CGROUPS_CGROUP_H
#define TOPICS_CGROUPS_CGROUP_H

#include <fs/vfs.h>
#include <kernel/cred/cred.h>
#include <kernel/task/part.h>
#include <kernel/task/work.h>
#include <lt/seq.h>

#define CG_UNLIMITED	0x7fffffff	/* of depth and descendants: "max" */

/* Controllers, as bits, in the order in which Linux lists them. */
#define CG_CPU		1u
#define CG_MEMORY	2u
#define CG_PIDS		4u
#define CG_CONTROLLERS	3
#define CG_ALL		((1u << CG_CONTROLLERS) - 1)
/* Those that work on threads. */
#define CG_THREADED	(CG_CPU | CG_PIDS)

/* Files that tell when they change. */
enum cg_event { CG_QUIET, CG_EVENTS, CG_PIDS_EVENTS, CG_PIDS_LOCAL,
		CG_MEM_EVENTS, CG_MEM_LOCAL, CG_SWAP_EVENTS, CG_NR_EVENTS };

struct cg_notice {
	unsigned count;			/* [tree] how often it has changed */
	bool due;			/* [tree] watchers have yet to hear */
	struct dentry *d;		/* [tree] referenced; NULL: no file */
};

struct pids_state {
	s64 now, peak;			/* [tree] tasks, reaped ones not */
	s64 max;			/* [tree] -1: no limit */
	u64 hit, hit_here;		/* [tree] forks refused */
};

/* Of a group with the controller cpu.  [cpu] = cpu_guard of cpu.c. */
struct cpu_state {
	u32 shares;			/* [cpu] its weight: 1024 is 100 */
	bool idle;			/* [cpu] cpu.idle: it has no other */
	u64 load;			/* [cpu] weights of what wants to run */
	unsigned nr;			/* [cpu] tasks, in it and below, that do */
	/* what it is owed (cpu_lag.c) */
	u32 rivals;			/* [cpu] shares of its groups that do */
	u64 vtime;			/* [cpu] ... what one share of them got */
	u64 seen, seen_at;		/* [cpu] vtime above it, and the clock */
	s64 lag;			/* [cpu] ns that it is owed */
	s64 unused;			/* [cpu] ns that it could not run */
	u64 quota, period;		/* [cpu] ns; CPU_NO_QUOTA */
	u64 burst;			/* [cpu] ns: unused, kept at most */
	s64 left;			/* [cpu] of this period's quota */
	s64 begun;			/* [cpu] ... when the period began */
	bool active;			/* [cpu] the timer is set */
	u64 end;			/* [cpu] ... to this */
	bool used;			/* [cpu] since the period began */
	bool throttled;			/* [cpu] nothing was left; a word */
	u64 since;			/* [cpu] throttled at */
	u64 throttled_ns, nr_periods, nr_throttled;	/* [cpu] */
	u64 burst_ns, nr_bursts;	/* [cpu] used beyond the quota */
	struct timer timer;		/* the period's end */
	struct timer stopper;		/* at once: its tasks are to rest */
};
#define CPU_NO_QUOTA	(~0ull)

/* Lines of memory.events, in its order. */
enum mem_event { MEM_MAX, MEM_OOM, MEM_OOM_KILL, MEM_OOM_GROUP,
		 MEM_NR_EVENTS };

/* Lines of memory.swap.events, in its order. */
enum swap_event { SWAP_MAX, SWAP_FAIL, SWAP_NR_EVENTS };

/* Slots of swap.  [mem] */
struct swap_state {
	unsigned long now, peak;	/* charged in it and below */
	unsigned long max;
	u64 events[SWAP_NR_EVENTS];	/* in it and below */
	bool due;			/* the file is to tell of those */
};

/* In pages; [mem] = mem_lock of memory.c. */
struct mem_state {
	int id;				/* const: stands for it; root: 0 */
	bool on;			/* [tree, mem] it has the controller */
	unsigned long now, peak;	/* [mem] charged in it and below */
	unsigned long files;		/* [mem] of them: of kind PAGE_CACHE */
	unsigned long stacks;		/* [mem] ... of its tasks' stacks */
	unsigned long max;		/* [mem] */
	u64 events[MEM_NR_EVENTS];	/* [mem] in it and below */
	u64 local[MEM_NR_EVENTS];	/* [mem] in it */
	bool due, local_due;		/* [mem] files are to tell of those */
	bool as_one;			/* [mem] all are killed if one is */
	ktime_t patience_ends;		/* [tree] for those who are dying */
	struct swap_state swap;
};
#define MEM_UNLIMITED	((sizeof(long) == 8 ? ~0ul / PAGE_SIZE : ~0ul) >> 1)

struct cgroup {
	ref_t refs;
	struct cgroup *parent;		/* const, referenced; root: NULL */
	char *name;			/* const */
	unsigned depth;			/* const; root: 0 */
	struct dentry *dir;		/* const; referenced until it is dead */
	struct inode *procs;		/* const, likewise: cgroup.procs */
	struct list children, sibling;	/* [tree] */
	struct list members, dying;	/* [tree] of struct member */
	unsigned nr_members, nr_frozen;	/* [tree] that live; of them */
	struct cgroup *dom;		/* [tree] itself, unless threaded */
	bool dead;			/* [tree] removed */
	unsigned control;		/* [tree] CG_: what its children have */
	unsigned nr_descendants, nr_dying;	/* [tree] */
	int max_depth, max_descendants;	/* [tree] */
	/* [tree] Children with tasks in or below them; all threaded ones */
	unsigned busy_domains, busy_threaded, nr_threaded;
	bool freeze;			/* [tree] asked for */
	bool freezing;			/* [tree] ... here or above */
	bool frozen;			/* [tree] all in and below it are */
	u64 utime, stime;		/* [tree] ns, of those that left */
	struct cg_notice notices[CG_NR_EVENTS];
	struct wait_queue poll;
	struct pids_state pids;
	struct cpu_state cpu;
	struct mem_state mem;
};

/* What a task has that is, or was, in another group than the root. */
struct member {
	struct task *task;		/* const */
	struct cgroup *cg;		/* [tree] referenced, but the root */
	struct list link;		/* [tree] members or dying */
	bool charged;			/* [tree] it counts in cg */
	bool live;			/* [tree] on cg's members */
	bool frozen;			/* [tree] it sleeps for cg->freezing */
	bool resting;			/* [tree] ... or for cpu.max */
	bool work_due;			/* [tree] work is queued */
	struct task_work work;
	u64 utime, stime;		/* [tree] its times when it came */
	struct cgroup *share;		/* [run queue] with CG_CPU, or NULL */
	u32 counted;			/* [cpu] its weight in share's load */
	unsigned stamp;			/* [run queue] of the weight it has */
	struct cgroup *into;		/* own task: of CLONE_INTO_CGROUP */
	struct cgroup *payer;		/* [mem] charged for memory, or NULL */
	int full;			/* own task: id of who refused the last */
	unsigned long lacking;		/* own task: ... these pages */
	bool mem_due;			/* [mem] mem_work is queued */
	bool killed;			/* [tree] for memory: is to die */
	struct task_work mem_work;
};

extern struct cgroup cgroup_root;

/*
 * Who opened a file.  What is written to it is judged by the rights and the
 * name space of this process, as the writer may be another one, which was
 * handed the descriptor.
 */
struct cg_opener {
	struct cred *cred;		/* referenced */
	struct cgroup *top;		/* referenced: its name space's root */
};

/*
 * Set by extension namespaces: tells the root of current's name space of groups,
 * which stays as long as current is in that.  NULL: there is but one.
 */
extern struct cgroup *(*cg_namespace)(void);

/* The group that is "/" to current. */
static inline struct cgroup *cg_top(void)
{
	return cg_namespace ? cg_namespace() : &cgroup_root;
}

/*
 * A word: the mount option nsdelegate.  Processes cannot be moved into or out
 * of a name space from inside it, nor can its root's limits be changed there.
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
/* Is cg top, or below it? */
bool cg_below(const struct cgroup *cg, const struct cgroup *top);
/*
 * After cg among top and those below it, parents first; NULL: there is none.
 * Context: [tree].
 */
struct cgroup *cg_next(struct cgroup *cg, struct cgroup *top);
#define cg_for_each(cg, top) \
	for (cg = top; cg; cg = cg_next(cg, top))
/* A group that is not in the tree yet.  Return: NULL: no memory. */
struct cgroup *cg_alloc(struct cgroup *parent, const char *name);
/* Hang it in.  Context: [tree].  Return: 0, -ENODEV, -EAGAIN: a limit. */
int cg_link(struct cgroup *cg);
/* Take it out.  Context: [tree].  Return: 0, -EBUSY. */
int cg_unlink(struct cgroup *cg);
/* What may be enabled below cg.  Context: [tree]. */
unsigned cg_available(const struct cgroup *cg);
bool cg_valid_domain(const struct cgroup *cg);		/* [tree] */
bool cg_thread_root(const struct cgroup *cg);		/* [tree] */
bool cg_may_be_thread_root(const struct cgroup *cg);	/* [tree] */
/* One member more, the first; or the last one less.  Context: [tree]. */
void cg_populate(struct cgroup *cg, int by);
/* A file of cg has changed: cg_tell() tells watchers.  Context: [tree]. */
void cg_note(struct cgroup *cg, enum cg_event event);
/*
 * Tell what has changed in cg and above.
 * Context: no lock; may sleep; a reference to cg.
 */
void cg_tell(struct cgroup *cg);
/* "/lab/one", as current sees it: "/../two" lies beside its root. */
void cg_show_path(struct seq *s, const struct cgroup *cg);

/* ---- member.c: who is where ---------------------------------------------- */

/* Context: own task, or [tree]. */
struct member *member_of(struct task *t);
struct cgroup *cg_of(struct task *t);			/* [tree] */
/* t gets a record, so that nothing fails later.  Return: 0 or -ENOMEM. */
int member_prepare(struct task *t);			/* [tree] */
/* The first group is made: from now on, the core tells. */
void members_begin(void);
/* As <kernel/ops/cgroup_ops.h> says (into.c). */
int cg_clone_into(int fd, bool thread);
/*
 * Have the process (threads: only that thread) of that number, 0: the caller's,
 * be in cg, as far as whoever opened the file may.
 * Return: 0 or -errno.
 */
int cg_attach(struct cgroup *cg, int number, bool thread,
	      const struct cg_opener *o);
/*
 * The same check as for a move from `from` to `to`.
 * Return: 0, -EACCES; -ENOENT: beyond what was delegated.
 */
int cg_may_attach(struct cgroup *from, struct cgroup *to,
		  const struct cg_opener *o);
/* May it write cgroup.procs?  Return: 0, -EACCES, -ENODEV. */
int cg_may_write(struct cgroup *cg, const struct cred *c);
/* May tasks be in cg?  Context: [tree].  Return: 0, -EBUSY, -EOPNOTSUPP... */
int cg_takes_tasks(struct cgroup *cg);
int cg_show_procs(struct seq *s, struct cgroup *cg);
int cg_show_threads(struct seq *s, struct cgroup *cg);

/* ---- freeze.c, kill ------------------------------------------------------ */

void freeze_init_member(struct member *m);
/* m is to look, on its way to user mode, whether it must rest. */
void rest_later(struct member *m);			/* [tree] */
void rest_ends(struct member *m);			/* [tree] it looks now */
/* m came to a group: it freezes with it, or thaws.  Context: [tree]. */
void freeze_entered(struct member *m);
/* m leaves, and cg may be frozen without it.  Context: [tree]. */
void freeze_left(struct member *m);
void freeze_refresh(struct cgroup *cg);			/* [tree] */
int cg_freeze(struct cgroup *cg, bool freeze);
int cg_kill(struct cgroup *cg);

/* ---- pids.c -------------------------------------------------------------- */

/* Context: [tree].  Return: 0; -EAGAIN: not one more, by *full. */
int pids_try(struct cgroup *cg, struct cgroup **full);
void pids_charge(struct cgroup *cg, int by);		/* [tree] */
void pids_enabled(struct cgroup *cg);			/* [tree] */

/* ---- cpu.c, cpu_max.c ---------------------------------------------------- */

void cpu_init(struct cgroup *cg);
/* It goes: nothing of it is left to come.  Context: may sleep. */
void cpu_end(struct cgroup *cg);
/* m belongs to another group, or to none.  Context: [tree]. */
void cpu_regroup(struct member *m);
/* Of those in and below cg: controllers came or went.  Context: [tree]. */
void cpu_regroup_all(struct cgroup *cg);
/* It is switched on or off: as if it were new.  Context: [tree]. */
void cpu_reset(struct cgroup *cg);
/* Must t rest, as its group or one above has had all it may? */
bool cpu_must_rest(struct cgroup *cg, const struct task *t);
/* Context of these: no lock.  Return: 0; -EINVAL: it is idle. */
int cpu_set_shares(struct cgroup *cg, u32 shares);
/* Idle: the least share there is; not any more: the usual one. */
void cpu_set_idle(struct cgroup *cg, bool idle);
/* ns; CPU_NO_QUOTA: all of it. */
void cpu_set_max(struct cgroup *cg, u64 quota, u64 period);
void cpu_set_burst(struct cgroup *cg, u64 burst);
void cpu_show_stat(struct seq *s, struct cgroup *cg);

/* ---- memory.c: whose pages are whose ------------------------------------- */

extern struct spinlock mem_lock;
/* Return: false: no memory, or too many groups. */
bool mem_init(struct cgroup *cg);
void mem_free(struct cgroup *cg);
void mem_init_member(struct member *m);
/* m came to its group, or that has another payer.  Context: [tree]. */
void mem_regroup(struct member *m);
void mem_left(struct member *m);			/* [tree] */
/* It got the controller, or loses it.  Context: [tree]. */
void mem_switch(struct cgroup *cg, bool on);
/*
 * What was charged in groups without the controller is charged above them.
 * Context: no lock; none of them gets it meanwhile.
 */
void mem_settle(void);
/* The nearest one from cg upwards with the controller, or the root. */
struct cgroup *mem_payer(struct cgroup *cg);
/* The group of a page; the root's are nobody's.  Context: [mem]. */
struct cgroup *mem_owner(const struct page *p);
/* Whose id that is, or NULL.  Context: [mem]. */
struct cgroup *mem_group(int id);
/*
 * The first one from cg upwards whose limit has no room for n pages more; of 0,
 * that has too much.  Context: [mem].  Return: NULL: there is none.
 */
struct cgroup *mem_full(struct cgroup *cg, unsigned long n);
/* Who has what is charged to cg: itself, unless it goes.  Context: [mem]. */
struct cgroup *mem_heir(struct cgroup *cg);
/* p, in use, is to be this group's, whatever its limit.  Context: [mem]. */
void mem_give(struct page *p, struct cgroup *to);
/* Its task, which is current, tells on its way to user mode.  [mem] */
void mem_work_later(struct member *m);
void mem_count(struct cgroup *cg, enum mem_event event);	/* [mem] */
void mem_count_swap(struct cgroup *cg, enum swap_event event);	/* [mem] */
/* Files of cg and above tell of what was counted.  Context: no lock. */
void mem_tell(struct cgroup *cg);

/* ---- memory_files.c ------------------------------------------------------ */

/*
 * Set a limit, *to, which mem_lock guards, to what text says: bytes, or "max".
 * Context: no lock.  Return: 0, -EINVAL.
 */
int mem_store_pages(const char *text, unsigned long *to);
int mem_show_pages(struct seq *s, unsigned long n);	/* 0 */
int mem_show_limit(struct seq *s, unsigned long n);	/* 0 */

/* ---- memory_room.c ------------------------------------------------------- */

bool mem_may_take(const struct page *p);
/* The same for the group that mem_squeeze() is about.  Context: [mem]. */
bool mem_may_squeeze(const struct page *p);
int mem_make_room(void);
void mem_work(struct task_work *w);
/*
 * Take up to n pages from cg and those below it.
 * Context: no lock; a reference to cg; may sleep.
 * Return: how many, by the look of it.
 */
unsigned long mem_squeeze(struct cgroup *cg, unsigned long n);
void mem_set_max(struct cgroup *cg, unsigned long max);

/*
 * Set by extension swap: have up to n pages of those of cg go out, return how
 * many (context: no lock; may sleep); and what was charged to groups that go is
 * charged above them, as in mem_settle().  NULL: there is no swap.
 */
extern unsigned long (*mem_swap_out)(struct cgroup *cg, unsigned long n);
extern void (*mem_swap_settle)(void);

/* ---- memory_oom.c -------------------------------------------------------- */

/*
 * Kill who has most in or below cg, or wait for one that is dying.
 * Context: as above.
 * Return: false: there is nobody.
 */
bool mem_oom(struct cgroup *cg);
/*
 * Set by extension oom: how bad t's process is where `most` pages are all there
 * are, 0: it must live; and to kill it.  Context: [tree].
 */
extern unsigned long (*mem_badness)(const struct task *t,
				    unsigned long most);
extern void (*mem_kill)(struct task *t);

/* ---- files.c: what the files say ----------------------------------------- */

struct cg_file {
	const char *name;
	unsigned mode;
	unsigned controller;		/* CG_; 0: it is always there */
	bool not_root;
	bool delegated;			/* nsdelegate leaves it writable */
	u8 event;			/* enum cg_event */
	/* Return: 0 or -errno. */
	int (*show)(struct seq *s, struct cgroup *cg);
	/* The text without spaces around it. */
	int (*store)(struct cgroup *cg, char *text,
		     const struct cg_opener *o);
};

/* All there are, each ended by one without a name. */
extern const struct cg_file *cg_file_sets[];
#define CG_SET_SWAP	0	/* of extension swap; nothing without it */
extern const struct cg_file cg_core_files[], cg_cpu_files[], cg_pids_files[],
	cg_memory_files[];
/* As kstrtoll(text, 0).  Return: 0, -EINVAL, -ERANGE. */
int cg_number(const char *text, s64 *value);
int cg_int(const char *text, int *value);
/* "cpu memory pids" with a line's end. */
void cg_show_names(struct seq *s, unsigned controllers);
extern const char *const cg_names[CG_CONTROLLERS];

/* ---- text.c -------------------------------------------------------------- */

/* Of an inode with its cgroup as private, its cg_file as fs_info. */
extern const struct file_ops cg_text_fops;

/* ---- fs.c ---------------------------------------------------------------- */

/* The group of an open directory.  NULL: f is none. */
struct cgroup *cg_of_file(const struct file *f);
/* cgroup.subtree_control is to be this.  Return: 0 or -errno. */
int cg_change_control(struct cgroup *cg, unsigned on, unsigned off);

#endif
