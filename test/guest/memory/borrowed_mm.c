/* SPDX-License-Identifier: MIT */
/*
 * Borrowed address spaces (row D3): while a program sleeps its CPU idles in
 * the space that is loaded, and nothing is loaded when it goes on.  Counted by
 * the kernel; with several CPUs a sleeper may wake on another one, so it is
 * kept on the first.
 */
#include "sched_calls.h"

#define SLEEPS	100

int main(void)
{
	unsigned long lent, kept, done = 0;

	if (on_other_kernel())
		return tap_skip_all("the counts are Lectern's");
	set_cpus(0, 1);
	lent = text_number("/proc/lectern/vm", "spaces_lent ");
	kept = text_number("/proc/lectern/vm", "spaces_kept ");
	/* what else runs on this CPU may come in between, but not for ever */
	for (int i = 0; i < 60000 && done < SLEEPS; i++) {
		usleep(1000);
		done = text_number("/proc/lectern/vm", "spaces_kept ") - kept;
	}
	lent = text_number("/proc/lectern/vm", "spaces_lent ") - lent;
	check(done >= SLEEPS, "who goes on finds its space loaded");
	check(lent >= SLEEPS, "which was borrowed meanwhile");
	return tap_done();
}
