/* SPDX-License-Identifier: MIT */
/*
 * Kernel preemption (rows B9, B14): a task in the middle of a long system
 * call loses its CPU to one that wakes.  The call is mincore(), which stores
 * what it finds in ascending order: who sees the beginning stored and the end
 * not yet, on the same CPU, runs in the middle of it.  No clock decides.
 */
#include "sched_calls.h"
#include "texts.h"

#define AREA	(256ul << 20)
#define PAGES	(AREA / PG)
#define UNSET	0xff

static struct shared {
	volatile int in_call, stop;
	volatile unsigned char vec[PAGES];
} *s;

static void call_mincore(void)
{
	char *area = mmap(NULL, AREA, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS |
			  MAP_NORESERVE, -1, 0);

	while (!s->stop) {
		memset((void *)s->vec, UNSET, PAGES);
		s->in_call = 1;
		if (syscall(SYS_mincore, area, AREA, s->vec))
			_exit(1);
		s->in_call = 0;
	}
	_exit(0);
}

/* Sleeps and looks.  => 1: it has come between; a minute is for ever */
static int comes_between(void)
{
	for (int i = 0; i < 60000; i++) {
		usleep(1000);
		if (s->in_call && s->vec[0] != UNSET &&
		    s->vec[PAGES - 1] == UNSET)
			return 1;
	}
	return 0;
}

int main(void)
{
	pid_t pid;
	int st;

	if (text_behind("/proc/cmdline", "preempt=none"))
		return tap_skip_all("preempt=none");
	s = share_memory(sizeof(*s));
	set_cpus(0, 1);
	pid = fork();
	if (pid == 0)
		call_mincore();
	check(comes_between(), "an ordinary task runs in the middle of a call");
	if (set_policy(0, SCHED_FIFO, 1))
		tap_skip("a real-time task too", "not allowed to be one");
	else
		check(comes_between(), "a real-time task too");
	s->stop = 1;
	set_policy(0, SCHED_OTHER, 0);
	check(waitpid(pid, &st, 0) == pid && st == 0, "the call is not harmed");
	return tap_done();
}
