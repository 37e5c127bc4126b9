/* SPDX-License-Identifier: MIT */
/*
 * Waiting real-time tasks (row B14).  Each priority, 1 to 99, has a list.
 * Above these is a list for tasks with deadlines (extension scheduling), sorted
 * by deadline.  A bit for each list tells whether the list has tasks.  The
 * running task is in no list.  A quota limits the time of all real-time tasks
 * in a period while ordinary tasks wait, so that a user can still stop a
 * real-time task that never sleeps.  Pure logic, tested by
 * test/host/test_fair.c.
 */
#ifndef KERNEL_SCHED_POLICY_RT_H
#define KERNEL_SCHED_POLICY_RT_H

#include <lt/compiler.h>
#include <lt/list.h>
#include <lt/types.h>

#define RT_DEADLINE	100		/* above all priorities */
#define RT_LEVELS	101		/* priority 0 is not used */
#define RT_WORD		(8 * sizeof(unsigned long))
#define RT_WORDS	((RT_LEVELS + RT_WORD - 1) / RT_WORD)
#define RT_QUANTUM	100000000	/* ns: a turn of SCHED_RR among
					   equals */

/* The queue; protected by the run queue's lock. */
struct rt_queue {
	unsigned nr;
	unsigned long waiting[RT_WORDS];	/* bit p: level[p] has tasks */
	struct list level[RT_LEVELS];
};

/*
 * CPU time used by the real-time tasks of a CPU in a period; protected by the
 * run queue's lock.
 */
struct rt_quota {
	u64 since;		/* start of the period, ns */
	u64 used;		/* time used since then, ns */
};

/*
 * Charge the quota for real-time tasks that have run for ns nanoseconds until
 * now.
 */
static inline void rt_use(struct rt_quota *q, u64 now, u64 ns, u64 period)
{
	if (now - q->since >= period) {
		q->since = now - ns;
		q->used = 0;
	}
	q->used += ns;
}

/* True if real-time tasks have used up `most` ns in the current period. */
static inline bool rt_used_up(const struct rt_quota *q, u64 now, u64 period,
			      u64 most)
{
	return q->used >= most && now - q->since < period;
}

static inline void rt_queue_init(struct rt_queue *q)
{
	for (unsigned i = 0; i < RT_LEVELS; i++)
		list_init(&q->level[i]);
}

/*
 * Return: the highest priority below limit (1 to 101) with a waiting task; 0:
 * there is none.
 */
static inline unsigned rt_below(const struct rt_queue *q, unsigned limit)
{
	unsigned word = limit / RT_WORD;
	unsigned long bits = q->waiting[word] &
		((1ul << limit % RT_WORD) - 1);

	while (!bits && word)
		bits = q->waiting[--word];
	return bits ? word * RT_WORD + RT_WORD - 1 - __builtin_clzl(bits) : 0;
}

static inline unsigned rt_highest(const struct rt_queue *q)
{
	return q->nr ? rt_below(q, RT_LEVELS) : 0;
}

/*
 * Insert link before next, which is a task of the same level, or the level's
 * head to insert link as the last.
 */
static inline void rt_insert(struct rt_queue *q, struct list *link,
			     unsigned priority, struct list *next)
{
	list_append(next, link);
	q->waiting[priority / RT_WORD] |= 1ul << priority % RT_WORD;
	q->nr++;
}

static inline void rt_remove(struct rt_queue *q, struct list *link,
			     unsigned priority)
{
	list_remove(link);
	if (list_empty(&q->level[priority]))
		q->waiting[priority / RT_WORD] &=
			~(1ul << priority % RT_WORD);
	q->nr--;
}

#endif
