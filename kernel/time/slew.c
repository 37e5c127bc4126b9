/* SPDX-License-Identifier: MIT */
/*
 * The rate of the clock (row B10).  The counter of the machine runs as it
 * likes; from the first correction on, the clock is a straight line over it
 * that begins anew, where it stands, with every new rate: it has no jumps and
 * never goes back.  Until then the clock is the counter, and costs no more.
 */
#include <kernel/seqlock.h>
#include <kernel/time.h>

struct seqlock clock_lock = SEQLOCK_INIT("clock", IPL_HIGH);
static struct line {
	ktime_t counter, clock;		/* where the line begins */
	s64 rate;			/* ns gained in 2^32 ns */
	bool corrected;			/* once, and for good */
} line;					/* [clock_lock] */

/* The product is split, so that it fits however long ago the line began. */
static ktime_t follow(ktime_t from, ktime_t counter, ktime_t clock, s64 rate)
{
	u64 past = counter - from;
	s64 whole = (s64)(past >> 32) * rate;
	s64 part = (s64)(past & 0xffffffff) * rate >> 32;

	return clock + past + (u64)(whole + part);
}

/*
 * A reader that was held up between the counter and here finds a line that
 * began later: its beginning is what it is told.
 */
ktime_t clock_corrected(ktime_t counter)
{
	struct line l;
	unsigned seq;

	do {
		seq = seq_read_begin(&clock_lock);
		l = PEEK(line);
	} while (seq_read_retry(&clock_lock, seq));
	return counter <= l.counter ? l.clock :
		follow(l.counter, counter, l.clock, l.rate);
}

/* The first rate makes everybody come here. */
void clock_set_rate(s64 rate)
{
	ktime_t now;

	seq_write_lock(&clock_lock);
	if (!line.corrected)
		arch_vdso.leave_clock(arch_vdso.image);
	now = arch_counter();
	line.clock = line.corrected ?
		follow(line.counter, now, line.clock, line.rate) : now;
	line.counter = now;
	line.rate = rate;
	line.corrected = true;
	seq_write_unlock(&clock_lock);
}

/* ---- clocks that are ahead of it ----------------------------------------- */

s64 realtime_offset, tai_offset;	/* [clock_lock] */

/* The vDSO has a copy of its own, for a clock_gettime(2) without a call. */
void clock_set_offsets(s64 realtime, s64 tai)
{
	seq_write_lock(&clock_lock);
	WRITE_ONCE(realtime_offset, realtime);
	WRITE_ONCE(tai_offset, tai);
	if (arch_vdso.set_realtime && !line.corrected)
		arch_vdso.set_realtime(realtime);
	seq_write_unlock(&clock_lock);
}
