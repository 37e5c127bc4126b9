/* SPDX-License-Identifier: MIT */
/*
 * Patience with processes that are dying (row D13): how long no other victim is
 * chosen.  Pure code, tested on the host.
 *
 * A dying process never returns to user mode, so what it runs it runs to free
 * its memory, for example to close thousands of sockets.  So another period of
 * patience is granted while a dying process is runnable or has run, and when
 * one has gone, even the last one: who wants memory may have looked for it just
 * before.  But a process that never ends, although it always runs, must not keep
 * memory from all others: without one that goes, PATIENCE_MOST periods are the
 * end.
 */
#ifndef TOPICS_OOM_PATIENCE_H
#define TOPICS_OOM_PATIENCE_H

#include <lt/types.h>

#define PATIENCE_MOST	500		/* periods in which none of them goes */
#define PATIENCE_WORK	5000000	/* ns of CPU time; less may be spent checking */

/* Processes that are going to free their memory. */
struct dying {
	bool any;
	bool runs;	/* a thread of these processes is runnable */
	/* ns of CPU time of these processes; decreases when one is gone */
	u64 ran;
};

struct patience {		/* [tree_lock] */
	bool waited;		/* the last period is the last one */
	unsigned periods;	/* since one has gone, or the first began */
	u64 ran;		/* dying.ran at the last period */
};

/*
 * At the end of a period: tell whether another victim is to be chosen.  If not,
 * another period begins.
 * Context: [tree_lock].
 */
static inline bool patience_is_over(struct patience *p, const struct dying *d)
{
	bool gone = d->ran < p->ran;
	bool work = d->runs || gone || d->ran - p->ran > PATIENCE_WORK;
	bool over;

	if (gone || !d->any)
		p->periods = 0;
	over = (!d->any && !gone) || (p->waited && !work) ||
		p->periods >= PATIENCE_MOST;
	p->ran = d->ran;
	p->waited = !over;
	p->periods = over ? 0 : p->periods + 1;
	return over;
}

#endif
