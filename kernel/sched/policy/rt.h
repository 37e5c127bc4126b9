/* SPDX-License-Identifier: MIT */
/*
 * Waiting real-time tasks (row B14): a list for each priority, 1 to 99, one by
 * due times above them for tasks with deadlines (extension scheduling), and a
 * bit for each list that is not empty.  The running task is in none.  And what
 * they may have of each period together, while others wait: so that one that
 * never sleeps can be stopped by somebody.  Pure: test/host/test_fair.c.
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
#define RT_QUANTUM	100000000	/* ns: a turn among equals, SCHED_RR */

/* [its lock] */
struct rt_queue {
	unsigned nr;
	unsigned long waiting[RT_WORDS];	/* bit p: level p has some */
	struct list level[RT_LEVELS];
};

/* Of the time of a CPU, used by its real-time tasks.  [its lock] */
struct rt_quota {
	u64 since;		/* ns: the period began */
	u64 used;		/* ns since then */
};

/* They ran ns until now. */
static inline void rt_use(struct rt_quota *q, u64 now, u64 ns, u64 period)
{
	if (now - q->since >= period) {
		q->since = now - ns;
		q->used = 0;
	}
	q->used += ns;
}

/* Have they had all that they may, so that it is the turn of others? */
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

/* The highest priority that waits below `limit`, 1 to 101.  Return: 0: none. */
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

/* next: before that one of its level, or the level itself: behind its equals */
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
