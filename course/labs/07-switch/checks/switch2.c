/* SPDX-License-Identifier: MIT */
/* Lab 7, hidden checks: turns that end by force, new programs, a crowd. */
#include "regs.h"
#include <sched.h>
#include <sys/resource.h>

static volatile int *shared;

static void spin(void *arg)
{
	unsigned seed = (unsigned)(intptr_t)arg;
	struct values in, out;
	struct rusage r;

	values_fill(&in, seed);
	hold_spin(&in, &out, shared);
	integers_must_be(&out, &in);
	floats_must_be(&out, &in);
	control_must_be(&out, &in);
	lab_must(getrusage(RUSAGE_SELF, &r), "getrusage");
	lab_check(r.ru_nivcsw > 0, "the loop was never interrupted");
}

#define LOOPS	3

/* Three loops that make no system call: the timer ends their turns. */
static void preempt(void)
{
	struct timespec t = { 0, 40000000 };
	pid_t pids[LOOPS];

	shared = shared_words();
	for (int i = 0; i < LOOPS; i++)
		pids[i] = lab_fork(spin, (void *)(intptr_t)(i + 1));
	lab_must(nanosleep(&t, NULL), "nanosleep");
	*shared = 1;
	for (int i = LOOPS - 1; i >= 0; i--)
		lab_join(pids[i]);
	munmap((void *)shared, LAB_PAGE);
}

/* A new program must not find numbers of another one in its registers. */
static void fresh(void)
{
	static struct values v;
	int status = 0;
	pid_t pid;

	for (unsigned seed = 1; seed < 5; seed++) {
		values_fill(&v, seed);
		float_set(&v);
		pid = (pid_t)raw_syscall(SYS_clone, SIGCHLD);
		if (pid == 0) {
			execv("/lab/child", (char *[]){ "child", NULL });
			_exit(90);
		}
		float_get(&v);
		lab_equal(waitpid(pid, &status, 0), pid, "waitpid");
		lab_check(WIFEXITED(status) && WEXITSTATUS(status) != 90,
			  "the new program ended with status %x", status);
		lab_equal(WEXITSTATUS(status), 1,
			  "the program (1: clean registers, 2: numbers of "
			  "another program)");
	}
}

#define CROWD	6

static void member(void *arg)
{
	unsigned seed = 1 + (unsigned)(intptr_t)arg;
	struct values in, out;
	int status;
	pid_t pid;

	for (unsigned round = 0; round < 24; round++) {
		values_fill(&in, seed + CROWD * round);
		hold_yield(&in, &out, NULL);
		integers_must_be(&out, &in);
		floats_must_be(&out, &in);
		control_must_be(&out, &in);
		if (round % 4)
			continue;
		pid = fork();
		if (pid == 0) {
			values_fill(&in, 1000 * seed + round);
			hold_yield(&in, &out, NULL);
			_exit(memcmp(&in, &out, sizeof(in)) ? 1 : 0);
		}
		lab_equal(waitpid(pid, &status, 0), pid, "waitpid");
		lab_equal(status, 0, "a grandchild's status (1: registers "
			  "changed)");
	}
}

/* Six programs and their children, all with float numbers, come and go. */
static void crowd(void)
{
	pid_t pids[CROWD];

	for (int i = 0; i < CROWD; i++)
		pids[i] = lab_fork(member, (void *)(intptr_t)i);
	for (int i = CROWD - 1; i >= 0; i--)
		lab_join(pids[i]);
}

static const struct lab_case cases[] = {
	{ "preempt", preempt },
	{ "fresh", fresh },
	{ "crowd", crowd },
};

LAB_MAIN(cases)
