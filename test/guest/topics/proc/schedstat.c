/* SPDX-License-Identifier: MIT */
/*
 * /proc/PID/schedstat: how long a task ran, how long it waited for a CPU, and
 * how often it got one (rows B14, D2).  What it waits is what its rival runs,
 * by the same file, so that nothing depends on the host.
 */
#include <sched.h>
#include <sys/wait.h>
#include "texts.h"

struct stat_line {
	unsigned long long ran, waited, turns;
};

static struct stat_line schedstat_of(pid_t pid)
{
	struct stat_line s = { 0, 0, 0 };
	char text[128], *end = text;

	if (text_read(task_file(pid, "schedstat"), text, sizeof(text)) <= 0)
		return s;
	s.ran = strtoull(end, &end, 10);
	s.waited = strtoull(end, &end, 10);
	s.turns = strtoull(end, &end, 10);
	return s;
}

static unsigned long long cpu_ns_used(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (unsigned long long)t.tv_sec * 1000000000 +
		(unsigned long long)t.tv_nsec;
}

static pid_t start_rival(void)
{
	pid_t pid = fork();

	while (!pid)
		;
	return pid;
}

/* Both want this CPU all the time: one waits while the other runs. */
static void wait_beside_rival(pid_t other)
{
	struct stat_line was = schedstat_of(getpid()), is,
		its = schedstat_of(other), it_is;
	struct stat_line since = schedstat_of(getpid());
	unsigned long long from = cpu_ns_used(), ran;

	/* its turns are some ms long at most, so that it gets many */
	while (cpu_ns_used() - from < 200000000)
		;
	ran = schedstat_of(getpid()).ran - since.ran;
	it_is = schedstat_of(other);
	is = schedstat_of(getpid());
	printf("# ran %llu, waited %llu in %llu turns; its rival ran %llu, "
	       "waited %llu in %llu\n", is.ran - was.ran,
	       is.waited - was.waited, is.turns - was.turns,
	       it_is.ran - its.ran, it_is.waited - its.waited,
	       it_is.turns - its.turns);
	check(is.ran - was.ran >= 180000000 && is.ran <= cpu_ns_used(),
	      "what it ran is what its clock says");
	check(it_is.ran > its.ran && it_is.turns > its.turns,
	      "its rival had turns");
	check(is.turns > was.turns, "it had turns, too");
	check((is.waited - was.waited) * 10 / 9 >= it_is.ran - its.ran,
	      "it waited while its rival ran");
	/* what it waits is told once it has its next turn */
	check(eventually(schedstat_of(other).turns > it_is.turns),
	      "its rival goes on");
	check((schedstat_of(other).waited - its.waited) * 10 / 9 >= ran,
	      "and waited while this one ran");
}

/* Who is stopped does not want to run. */
static void stop_rival(pid_t other)
{
	struct stat_line was, is;

	kill(other, SIGSTOP);
	check(comes_to(other, "T"), "its rival is stopped");
	was = schedstat_of(other);
	usleep(50000);
	is = schedstat_of(other);
	check(is.waited == was.waited && is.ran == was.ran &&
	      is.turns == was.turns, "and waits for nothing");
	kill(other, SIGCONT);
	check(eventually(schedstat_of(other).turns > was.turns), "it goes on");
}

int main(void)
{
	unsigned long first = 1;
	struct stat_line of_thread;
	pid_t other;

	if (access("/proc/self/schedstat", R_OK) && on_other_kernel())
		return tap_skip_all("this kernel does not tell it");
	of_thread = schedstat_of(getpid());
	check(of_thread.ran && of_thread.turns, "three numbers");
	syscall(SYS_sched_setaffinity, 0, sizeof(first), &first);
	other = start_rival();
	wait_beside_rival(other);
	stop_rival(other);
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
	return tap_done();
}
