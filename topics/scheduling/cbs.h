/* SPDX-License-Identifier: MIT */
/*
 * The constant bandwidth server (Abeni and Buttazzo, "Integrating Multimedia
 * Applications in Hard Real-Time Systems", 1998), one for each task of
 * SCHED_DEADLINE: whatever the task does, it wants no more than `runtime` of
 * each `period`, so those that keep to theirs meet their deadlines.
 *
 *	        wakes: due = now + deadline, left = runtime
 *	        |                 left = 0: waits until due - deadline + period
 *	        v                 |                 v  due += period,
 *	--------#######----####---#.................####------>  left += runtime
 *	        |<--- deadline ------------->|
 *	        |<--- period ---------------------->|
 *
 * Pure logic without clock and lock: test/host/test_cbs.c runs it on the build
 * machine.  Times are ns of any clock that does not go back.
 */
#ifndef TOPICS_SCHEDULING_CBS_H
#define TOPICS_SCHEDULING_CBS_H

#include <lt/compiler.h>
#include <lt/types.h>

#define CBS_ONE		(1u << 20)	/* a whole CPU, as a share */
#define CBS_LEAST	1024u		/* ns: the shortest runtime */
#define CBS_SHORTEST	100000u		/* ns: the shortest period */
#define CBS_LONGEST	4194304000ull	/* ns: the longest */

/* What a task asks for, ns; valid: see cbs_valid(). */
struct cbs_params {
	u64 runtime, deadline, period;
};

/* [the lock of the task's queue] */
struct cbs {
	struct cbs_params want;
	u64 due;			/* absolute: its deadline */
	s64 left;			/* of the runtime, till then */
};

/* May it be asked for?  A period of 0 is as long as the deadline. */
static inline bool cbs_valid(const struct cbs_params *p)
{
	u64 period = p->period ? p->period : p->deadline;

	return p->runtime >= CBS_LEAST && p->deadline >= p->runtime &&
		period >= p->deadline && period >= CBS_SHORTEST &&
		period <= CBS_LONGEST;
}

/* The share of a CPU that it comes to, of CBS_ONE. */
static inline u64 cbs_share(const struct cbs_params *p)
{
	return p->runtime * CBS_ONE / p->period;
}

/* Is there room beside `all` for one that had `old` of it and wants `new`? */
static inline bool cbs_fits(u64 all, u64 old, u64 new, u64 most)
{
	return all - old + new <= most;
}

/* A period begins now. */
static inline void cbs_begin(struct cbs *s, u64 now)
{
	s->due = now + s->want.deadline;
	s->left = (s64)s->want.runtime;
}

/* When one without anything left gets more. */
static inline u64 cbs_next(const struct cbs *s)
{
	return s->due - s->want.deadline + s->want.period;
}

/* It is that time, or later: periods pass until what it overran is paid. */
static inline void cbs_replenish(struct cbs *s, u64 now)
{
	u64 periods = (u64)-min(s->left, (s64)0) / s->want.runtime + 1;

	s->due += periods * s->want.period;
	s->left += (s64)(periods * s->want.runtime);
	if (s->due < now)
		cbs_begin(s, now);
}

/* What may still be used until it is due, by its share of that time. */
static inline u64 cbs_may_use(const struct cbs *s, u64 now)
{
	return ((s->due - now) >> 10) * (s->want.runtime >> 10) /
		(s->want.deadline >> 10) << 10;
}

/*
 * Its task wakes.  What is left is kept if it is no more than its share of the
 * time until it is due; otherwise a period begins, or, if deadlines come before
 * the ends of periods, that share is all that it has.
 * Return: 0: it may run; or when it may, as its deadline is over and its period
 * is not.
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
