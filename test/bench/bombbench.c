/* SPDX-License-Identifier: MIT */
/*
 * bombbench [RUNS] - how long root's `ls` takes while a user's fork bomb goes
 * on under the default limits, and how long it takes to kill the bomb: a row a
 * line, its name and milliseconds.
 */
#define _GNU_SOURCE
#include "bench.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define USER		1000
#define MOST_RUNS	1000

static double took[MOST_RUNS];

static void become_user(void)
{
	if (setgroups(0, NULL) || setgid(USER) || setuid(USER))
		_exit(98);
}

static pid_t start_bomb(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		setpgid(0, 0);		/* by which they are waited for */
		become_user();
		for (;;)
			fork();
	}
	return pid;
}

/* => milliseconds; root may have to wait, but is never refused */
static double list_once(void)
{
	double begin = now_ms();
	int st = -1, fd;
	pid_t pid = fork();

	if (pid == 0) {
		fd = open("/dev/null", O_WRONLY);
		dup2(fd, 1);
		execl("/bin/ls", "ls", "/", (char *)NULL);
		_exit(99);
	}
	if (pid < 0 || waitpid(pid, &st, 0) != pid || st) {
		fprintf(stderr, "bombbench: root's ls failed: %s, status %x\n",
			pid < 0 ? strerror(errno) : "it ran", st);
		exit(1);
	}
	return now_ms() - begin;
}

/* Until none is left: what is forked during one kill of all lives on. */
static double kill_bomb(pid_t bomb)
{
	double begin = now_ms();
	pid_t killer = fork();
	int st;

	if (killer == 0) {
		become_user();
		for (;;) {
			kill(-1, SIGKILL);
			usleep(1000);
		}
	}
	while (waitpid(-bomb, &st, 0) > 0)
		;
	begin = now_ms() - begin;
	kill(killer, SIGKILL);
	waitpid(killer, &st, 0);
	return begin;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	int runs = argc > 1 ? atoi(argv[1]) : 100;
	pid_t bomb;

	setvbuf(stdout, NULL, _IOLBF, 0);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (runs < 1 || runs > MOST_RUNS) {
		fprintf(stderr, "bombbench: from 1 to %d runs\n", MOST_RUNS);
		return 2;
	}
	list_once();		/* from now on its pages are in memory */
	printf("alone\t%.1f\n", list_once());
	bomb = start_bomb();
	for (int i = 0; i < runs; i++)
		took[i] = list_once();
	qsort(took, (size_t)runs, sizeof(*took), by_size);
	printf("median\t%.1f\n", took[runs / 2]);
	printf("p99\t%.1f\n", took[runs * 99 / 100]);
	printf("most\t%.1f\n", took[runs - 1]);
	printf("killed\t%.1f\n", kill_bomb(bomb));
	return 0;
}
