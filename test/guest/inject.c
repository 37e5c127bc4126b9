/* SPDX-License-Identifier: MIT */
/*
 * Everything that can fail is made to fail (row D11): for each operation the
 * N-th allocation from its start fails, for N = 1, 2, ... until the operation
 * has succeeded many times in a row, so none of its allocations is left out.
 * Afterwards the kernel's audit is what it was.
 */
#include <sched.h>
#include <spawn.h>
#include <thread.h>
#include "inject.h"

static int do_fork(int n)
{
	int st = -1;
	pid_t pid;

	inject(n);
	pid = fork();
	if (pid == 0)
		_exit(0);
	inject(0);
	if (pid < 0)
		return 0;
	waitpid(pid, &st, 0);
	return st == 0;
}

/* A failing exec leaves its caller whole; past that point it may be killed. */
static int do_exec(int n)
{
	char *argv[] = { tap_self, "-exit", NULL };
	int st = -1;
	pid_t pid = fork();

	if (pid < 0)
		return 0;
	if (pid == 0) {
		inject(n);
		execv(tap_self, argv);
		_exit(99);
	}
	waitpid(pid, &st, 0);
	inject(0);
	return st == 7 << 8;
}

static void *nothing(void *arg)
{
	return arg;
}

static int do_thread(int n)
{
	static struct thread t;
	int err;

	inject(n);
	err = thread_create(&t, nothing, NULL);
	inject(0);
	if (!err)
		thread_join(&t);
	return !err;
}

static int do_memory(int n)
{
	char *p;

	inject(n);
	p = mmap(NULL, 64 * PG, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p != MAP_FAILED) {
		memset(p, 1, 8 * PG);
		mprotect(p + PG, PG, PROT_READ);
		munmap(p + 3 * PG, PG);
	}
	inject(0);
	if (p == MAP_FAILED)
		return 0;
	munmap(p, 64 * PG);
	return 1;
}

static int do_files(int n)
{
	int fd, pp[2], ok;

	inject(n);
	fd = open("f", O_RDWR | O_CREAT, 0600);
	ok = fd >= 0 && write(fd, audit_before, 600) == 600 && pipe(pp) == 0;
	inject(0);
	if (ok) {
		close(pp[0]);
		close(pp[1]);
	}
	close(fd);
	unlink("f");
	return ok;
}

static int do_pidfd(int n)
{
	int pidfd = -1, st = -1;
	long pid;

	inject(n);
	pid = raw_syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, 0, &pidfd, 0, 0);
	if (pid == 0)
		_exit(0);
	inject(0);
	if (pid < 0)
		return 0;
	close(pidfd);
	waitpid((pid_t)pid, &st, 0);
	return st == 0;
}

static int do_spawn(int n)
{
	char *argv[] = { tap_self, "-exit", NULL };
	struct spawn_action a[] = {
		{ .op = SPAWN_DUP2, .fd = 200, .from = 1 },
		{ .op = SPAWN_OPEN, .fd = 9, .flags = O_RDWR | O_CREAT,
		  .mode = 0600, .path = (unsigned long)"g" },
	};
	pid_t pid;

	inject(n);
	pid = spawn(tap_self, argv, environ, a, COUNT(a), NULL);
	inject(0);
	unlink("g");
	return pid > 0 && join(pid) == 7 << 8;
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return 7;
	if (inject_open())
		return tap_skip_all("no " INJECT);
	tap_find_self(argv[0]);
	tap_scratch("inject");
	measure(do_fork, "fork");
	measure(do_exec, "exec");
	measure(do_thread, "thread");
	measure(do_pidfd, "clone with a pidfd");
	measure(do_spawn, "spawn");
	measure(do_memory, "mmap, mprotect, munmap");
	measure(do_files, "files and pipes");
	tap_scratch_end();
	return tap_done();
}
