/* SPDX-License-Identifier: MIT */
/* Rows of fork, copy-on-write and exec. */
#include "kbench.h"

void fork_rows(const char *tag, long n)
{
	u64 lat = 0, tot = 0, min = ~0ULL;
	char b[64];

	settle();
	for (long i = -1; i < n; i++) {		/* the first warms up */
		u64 t0 = now(), t1, t2;
		long pid;

		ROW_BEGINS("fork_call");
		ROW_BEGINS("fork_callmin");
		ROW_BEGINS("fork_exit_wait");
		pid = raw_fork();
		if (pid == 0)
			raw_exit(0);
		ROW_ENDS("fork_call");
		ROW_ENDS("fork_callmin");
		t1 = now();
		if (pid < 0) {
			not_done(tag, "fork");
			return;
		}
		raw_wait(pid);
		ROW_ENDS("fork_exit_wait");
		t2 = now();
		if (i < 0)
			continue;
		if (t1 - t0 - clk_cost < min)
			min = t1 - t0 - clk_cost;
		lat += t1 - t0 - clk_cost;
		tot += t2 - t0 - 2 * clk_cost;
	}
	snprintf(b, sizeof(b), "fork_call_%s", tag);
	row(b, lat + clk_cost, n);
	snprintf(b, sizeof(b), "fork_callmin_%s", tag);
	row(b, min + clk_cost, 1);
	snprintf(b, sizeof(b), "fork_exit_wait_%s", tag);
	row(b, tot + clk_cost, n);
}

/* A child that sleeps until the other end of the pipe is closed. */
static long sleeper(int p[2])
{
	long pid = raw_fork();
	char c;

	if (pid == 0) {
		syscall(SYS_close, p[1]);
		syscall(SYS_read, p[0], &c, 1);
		raw_exit(0);
	}
	return pid;
}

/*
 * The parent writes every page while the child sleeps: copies.  Then a child
 * exits before the parent writes: the pages are its own, no copy is needed.
 */
static void cow_rows(const char *tag, char *p, size_t size, long n)
{
	u64 copy = 0, sole = 0, t;
	int pipefd[2];
	char b[64];
	long pid;

	settle();
	for (long i = 0; i < n; i++) {
		if (pipe2(pipefd, 0)) {
			not_done(tag, "pipe2");
			return;
		}
		pid = sleeper(pipefd);
		if (pid < 0) {
			not_done(tag, "fork");
			return;
		}
		t = now();
		ROW_BEGINS("cow_fault_copy");
		touch(p, size);
		ROW_ENDS("cow_fault_copy");
		copy += now() - t - clk_cost;
		close(pipefd[1]);
		raw_wait(pid);
		close(pipefd[0]);
		pid = raw_fork();
		if (pid == 0)
			raw_exit(0);
		raw_wait(pid);
		t = now();
		ROW_BEGINS("cow_fault_sole");
		touch(p, size);
		ROW_ENDS("cow_fault_sole");
		sole += now() - t - clk_cost;
	}
	snprintf(b, sizeof(b), "cow_fault_copy_%s", tag);
	row(b, copy + clk_cost, n * (long)(size / PG));
	snprintf(b, sizeof(b), "cow_fault_sole_%s", tag);
	row(b, sole + clk_cost, n * (long)(size / PG));
}

static void read_all_write_some(char *p, size_t size)
{
	unsigned int s = 0;

	for (size_t o = 0; o < size; o += PG)
		s += (unsigned int)*(volatile char *)(p + o);
	for (size_t o = 0; o < size; o += 16 * PG)
		*(volatile char *)(p + o) = 2;
	raw_exit(s == 0);
}

/*
 * What deferral only puts off: every page is dirty again before each fork,
 * and the whole cycle is paid: fork; the child reads every page and writes
 * one in 16; exit, wait; the parent writes every page.
 */
static void fork_dirty_rows(const char *tag, char *p, size_t size, long n)
{
	u64 lat = 0, cycle = 0;
	char b[64];

	settle();
	for (long i = -1; i < n; i++) {
		u64 t0, t1, t2;
		long pid;

		touch(p, size);
		t0 = now();
		ROW_BEGINS("fork_call_dirty");
		ROW_BEGINS("fork_cycle_dirty");
		pid = raw_fork();
		if (pid == 0)
			read_all_write_some(p, size);
		ROW_ENDS("fork_call_dirty");
		t1 = now();
		if (pid < 0) {
			not_done(tag, "fork");
			return;
		}
		raw_wait(pid);
		touch(p, size);
		ROW_ENDS("fork_cycle_dirty");
		t2 = now();
		if (i < 0)
			continue;
		lat += t1 - t0 - clk_cost;
		cycle += t2 - t0 - 2 * clk_cost;
	}
	snprintf(b, sizeof(b), "fork_call_dirty_%s", tag);
	row(b, lat + clk_cost, n);
	snprintf(b, sizeof(b), "fork_cycle_dirty_%s", tag);
	row(b, cycle + clk_cost, n);
}

static void fork_sized(const char *name, size_t mb, long n, int huge)
{
	size_t size = mb << 20;
	char *p = anon(size + ALIGN), *q, tag[32];

	if (!p) {
		not_done(name, "mmap");
		return;
	}
	q = aligned(p);
	if (!huge)
		nohuge(q, size);
	touch(q, size);
	snprintf(tag, sizeof(tag), "%s%s", name, huge ? "_thp" : "");
	fork_rows(tag, times(n));
	if (mb == 16)
		cow_rows(tag, q, size, times(2));
	fork_dirty_rows(tag, q, size, times(3));
	munmap(p, size + ALIGN);
}

void bench_fork(void)
{
	static const struct {
		const char *name;
		size_t mb;
		long n;
	} sizes[] = { { "16M", 16, 8 }, { "64M", 64, 5 }, { "256M", 256, 4 } };

	fork_rows("tiny", times(50));
	for (int i = 0; i < 3; i++)
		for (int huge = 0; huge < 2; huge++)
			fork_sized(sizes[i].name, sizes[i].mb, sizes[i].n,
				   huge);
}

static void exec_self(void)
{
	char *argv[] = { (char *)self, "-x", NULL };
	long n = times(20);
	u64 tot = 0;

	for (long i = -1; i < n; i++) {
		u64 t = now();
		int st = 0;
		long pid;

		ROW_BEGINS("fork_exec_wait");
		pid = raw_fork();
		if (pid == 0) {
			syscall(SYS_execve, self, argv, environ);
			raw_exit(99);
		}
		syscall(SYS_wait4, pid, &st, 0, 0);
		ROW_ENDS("fork_exec_wait");
		if (i >= 0)
			tot += now() - t;
		if (st) {
			errno = st;
			not_done("fork_exec_wait", "exec");
			return;
		}
	}
	row("fork_exec_wait", tot, n);
}

static void exec_tiny(const char *path)
{
	char *argv[] = { (char *)path, NULL };
	long n = times(20);
	u64 tot = 0;

	for (long i = -1; i < n; i++) {
		u64 t = now();
		long pid;

		ROW_BEGINS("fork_exec_wait_nolibc");
		pid = raw_fork();
		if (pid == 0) {
			syscall(SYS_execve, path, argv, environ);
			raw_exit(99);
		}
		raw_wait(pid);
		ROW_ENDS("fork_exec_wait_nolibc");
		if (i >= 0)
			tot += now() - t;
	}
	row("fork_exec_wait_nolibc", tot, n);
}

/*
 * The same program by Lectern's spawn and join (docs/processes.md), without a
 * copy of this process; other kernels answer ENOSYS.
 */
#define SYS_lt_spawn	0x4c540001L
#define SYS_lt_join	0x4c540002L

static void spawn_tiny(const char *path)
{
	char *argv[] = { (char *)path, NULL };
	struct {
		u64 path, argv, envp, actions;
		unsigned int nr_actions, flags, pgid, zero;
		u64 mask, defaults;
	} a = { .path = (unsigned long)path, .argv = (unsigned long)argv,
		.envp = (unsigned long)environ };
	long n = times(20);
	u64 tot = 0;

	for (long i = -1; i < n; i++) {
		u64 t = now();
		long pid;

		ROW_BEGINS("spawn_join");
		pid = syscall(SYS_lt_spawn, &a, sizeof(a));
		if (pid < 0) {
			not_done("spawn_join", "spawn");
			return;
		}
		syscall(SYS_lt_join, pid);
		ROW_ENDS("spawn_join");
		if (i >= 0)
			tot += now() - t;
	}
	row("spawn_join", tot, n);
}

void bench_exec(void)
{
	static const char *const tiny[] = {
		"/tiny", "./tiny", "/usr/lectern/bench/tiny"
	};

	exec_self();
	for (int i = 0; i < 3; i++)
		if (access(tiny[i], X_OK) == 0) {
			exec_tiny(tiny[i]);
			spawn_tiny(tiny[i]);
			break;
		}
}
