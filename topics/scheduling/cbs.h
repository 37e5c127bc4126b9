/* SPDX-License-Identifier: MIT */
/*
 * The constant bandwidth server (Abeni and Buttazzo, "Integrating Multimedia
 * Applications in Hard Real-Time Systems", 1998).  Each SCHED_DEADLINE task has
 * one.  Whatever the task does, the server limits it to `runtime` in each
 * `period`, so tasks that keep their limits meet their deadlines.
 *
 *	        wakes: due = now + deadline, left = runtime
 *	        |                 left = 0: waits until due - deadline + period
 *	        v                 |                 v  due += period,
 *	--------#######----####---#.................####------>  left += runtime
 *	        |<--- deadline ------------->|
 *	        |<--- period ---------------------->|
 *
 * Pure logic without clock or locks: test/host/test_cbs.c runs it on the build
 * machine.  Times are ns of any monotonic clock.
 */
#ifndef TOPICS_SCHEDULING_CBS_H
#define TOPICS_SCHEDULING_CBS_H

#include <lt/compiler.h>
#include <lt/types.h>

#define CBS_ONE		(1u << 20)	/* the share of a whole CPU */
#define CBS_LEAST	1024u		/* ns: the shortest runtime */
#define CBS_SHORTEST	100000u		/* ns: the shortest period */
#define CBS_LONGEST	4194304000ull	/* ns: the longest period */

/* Parameters of a task, in ns; see cbs_valid(). */
struct cbs_params {
	u64 runtime, deadline, period;
};

/* A task's server.  All fields: [lock of the task's runqueue]. */
struct cbs {
	struct cbs_params want;
	u64 due;			/* absolute deadline */
	s64 left;			/* remaining runtime until due */
};

/* True if the parameters are valid.  A period of 0 means the deadline. */
static inline bool cbs_valid(const struct cbs_params *p)
{
	u64 period = p->period ? p->period : p->deadline;

	return p->runtime >= CBS_LEAST && p->deadline >= p->runtime &&
		period >= p->deadline && period >= CBS_SHORTEST &&
		period <= CBS_LONGEST;
}

/* Return: the share of a CPU, in units of 1/CBS_ONE. */
static inline u64 cbs_share(const struct cbs_params *p)
{
	return p->runtime * CBS_ONE / p->period;
}

/*
 * True if a task with share `old` may get share `new`, when all tasks together
 * have share `all` and the maximum is `most`.
 */
static inline bool cbs_fits(u64 all, u64 old, u64 new, u64 most)
{
	return all - old + new <= most;
}

/* Begin a new period now. */
static inline void cbs_begin(struct cbs *s, u64 now)
{
	s->due = now + s->want.deadline;
	s->left = (s64)s->want.runtime;
}

/* Return: the time at which a server without budget is replenished. */
static inline u64 cbs_next(const struct cbs *s)
{
	return s->due - s->want.deadline + s->want.period;
}

/*
 * Replenish the server at or after cbs_next().  Skip as many periods as it
 * takes to pay back an overrun.
 */
static inline void cbs_replenish(struct cbs *s, u64 now)
{
	u64 periods = (u64)-min(s->left, (s64)0) / s->want.runtime + 1;

	s->due += periods * s->want.period;
	s->left += (s64)(periods * s->want.runtime);
	if (s->due < now)
		cbs_begin(s, now);
}

/*
 * Return: the budget that is proportional to the time left until the deadline.
 */
static inline u64 cbs_may_use(const struct cbs *s, u64 now)
{
	return ((s->due - now) >> 10) * (s->want.runtime >> 10) /
		(s->want.deadline >> 10) << 10;
}

/*
 * Handle a wakeup of the task.  Keep the remaining budget if it is at most
 * cbs_may_use().  If it is more, a new period begins; but if the deadline is
 * before the end of the period, the budget is cut to cbs_may_use() instead.
 * Return: 0: the task may run; else the time when it may, because its deadline
 * has passed but its period has not ended.
 */
static inline u64 cbs_wake(struct cbs *s, u64 now)
{
	bool constrained = s->want.deadline < s->want.period;

	if (constrained && s->due < now && now < cbs_next(s)) {
		s->left = 0;
		return cbs_next(s);
	}
	if (s->due <= now)
		cbs_begin(s, now);
	else if (s->left > (s64)cbs_may_use(s, now)) {
		if (constrained)
			s->left = (s64)cbs_may_use(s, now);
		else
			cbs_begin(s, now);
	}
	return 0;
}

#endif
