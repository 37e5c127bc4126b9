/* SPDX-License-Identifier: MIT */
/*
 * Many processes at once: each forks, execs, maps, writes, signals and
 * waits, with its own seed; all must see only their own data and end well
 * (rows B11, E4).  Ends with the kernel's audit where there is one.
 */
#include <sched.h>
#include "tap.h"

#define WORKERS	8
#define ROUNDS	60

static unsigned int seed;

static unsigned int random_less(unsigned int n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % n;
}

static void memory_round(unsigned int id)
{
	unsigned long n = 1 + random_less(64);
	char *p = anon_pages(n, PROT_READ | PROT_WRITE);
	pid_t pid;
	int st;

	for (unsigned long i = 0; i < n; i++)
		p[i * PG] = (char)(id + i);
	pid = fork();
	need(pid >= 0, 10);
	if (pid == 0) {
		for (unsigned long i = 0; i < n; i += 2)
			p[i * PG] = 'c';
		sched_yield();
		for (unsigned long i = 0; i < n; i++)
			need(p[i * PG] == (i % 2 ? (char)(id + i) : 'c'), 11);
		_exit(0);
	}
	for (unsigned long i = 1; i < n; i += 2)
		p[i * PG] = 'p';
	need(waitpid(pid, &st, 0) == pid && st == 0, 12);
	for (unsigned long i = 0; i < n; i++)
		need(p[i * PG] == (i % 2 ? 'p' : (char)(id + i)), 13);
	munmap(p, n * PG);
}

static void pipe_round(void)
{
	static char buf[20000];
	int p[2], st;
	size_t n = 1 + random_less(sizeof(buf) - 1), got = 0;
	pid_t pid;

	need(pipe(p) == 0, 20);
	memset(buf, 'd', n);
	pid = fork();
	need(pid >= 0, 21);
	if (pid == 0) {
		close(p[0]);
		need(write_all(p[1], buf, n) == 0, 22);
		_exit(0);
	}
	close(p[1]);
	for (ssize_t k; (k = read(p[0], buf, 1 + random_less(5000))) > 0;)
		got += (size_t)k;
	close(p[0]);
	need(waitpid(pid, &st, 0) == pid && st == 0, 23);
	need(got == n, 24);
}

static void exec_round(void)
{
	pid_t pid = fork();
	int st;

	need(pid >= 0, 30);
	if (pid == 0) {
		execv(tap_self, (char *[]){ tap_self, "-exit", NULL });
		_exit(31);
	}
	if (random_less(4) == 0) {
		kill(pid, SIGKILL);
		need(waitpid(pid, &st, 0) == pid, 32);
	} else {
		need(waitpid(pid, &st, 0) == pid && st == 7 << 8, 33);
	}
}

static void file_round(unsigned int id)
{
	char name[16], buf[64];
	int fd;

	snprintf(name, sizeof(name), "w%u", id);
	fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	need(fd >= 0, 40);
	memset(buf, (int)id, sizeof(buf));
	for (int i = 0; i < 100; i++)
		need(write(fd, buf, sizeof(buf)) == sizeof(buf), 41);
	need(pread(fd, buf, 64, 6400 - 64) == 64 && buf[63] == (char)id, 42);
	close(fd);
	need(unlink(name) == 0, 43);
}

static void stress_at_random(unsigned int id)
{
	seed = id * 7919;
	for (int i = 0; i < ROUNDS; i++) {
		switch (random_less(4)) {
		case 0: memory_round(id); break;
		case 1: pipe_round(); break;
		case 2: exec_round(); break;
		case 3: file_round(id); break;
		}
	}
	_exit(0);
}

int main(int argc, char **argv)
{
	pid_t pid[WORKERS];
	int st;

	if (argc > 1)
		return 7;
	tap_find_self(argv[0]);
	tap_scratch("process_stress");
	for (unsigned int i = 0; i < WORKERS; i++) {
		pid[i] = fork();
		if (pid[i] == 0)
			stress_at_random(i + 1);
	}
	for (int i = 0; i < WORKERS; i++) {
		waitpid(pid[i], &st, 0);
		check_eq(st, 0, "worker %d", i);
	}
	check_err(ECHILD, waitpid(-1, &st, 0), "no one is left");
	tap_scratch_end();
	return tap_done();
}
