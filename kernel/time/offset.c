/* SPDX-License-Identifier: MIT */
/*
 * The clocks that are ahead of arch_clock(), and can be set: CLOCK_REALTIME and
 * CLOCK_TAI.  Everything that waits for them learns of a change here.
 */
#include <kernel/time/time.h>
#include <lt/arch.h>

struct seqlock clock_lock = SEQLOCK_INIT("clock", IPL_HIGH);
s64 realtime_offset, tai_offset;	/* [clock_lock] */

/*
 * Set the offsets.  The vDSO has a copy of them, for clock_gettime(2) without a
 * trap.
 */
void clock_set_offsets(s64 realtime, s64 tai)
{
	seq_write_lock(&clock_lock);
	WRITE_ONCE(realtime_offset, realtime);
	WRITE_ONCE(tai_offset, tai);
	if (arch_vdso.set_realtime)
		arch_vdso.set_realtime(realtime);
	seq_write_unlock(&clock_lock);
	timers_clock_set();
}
