/* SPDX-License-Identifier: MIT */
/* Controller memory: what its files share. */
#ifndef TOPICS_CGROUPLIMITS_MEMORY_H
#define TOPICS_CGROUPLIMITS_MEMORY_H

#include "limits.h"

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

/* What a group keeps, in pages.  "[mem]" stands for mem_lock of memory.c. */
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

/* What a member keeps. */
struct mem_member {
	struct cgroup *payer;		/* [mem] group charged, or NULL */
	int full;			/* [own task] id of the full group */
	unsigned long lacking;		/* [own task] number of pages refused */
	bool due;			/* [mem] `work` is queued */
	bool killed;			/* [tree] killed for memory */
	struct task_work work;
};

static inline struct mem_state *group_mem(const struct cgroup *cg)
{
	return cg->state[CG_MEMORY];
}

static inline struct mem_member *member_mem(const struct member *m)
{
	return m->state[CG_MEMORY];
}

/* ---- memory.c: whose pages are whose ------------------------------------- */

extern struct spinlock mem_lock;
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

extern const struct cg_file memory_files[];
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

#endif
