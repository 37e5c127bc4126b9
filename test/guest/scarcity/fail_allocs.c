/* SPDX-License-Identifier: MIT */
/*
 * Everything that can fail is made to fail (row D11): for each operation the
 * N-th allocation from its start fails, for N = 1, 2, ... until the operation
 * has succeeded many times in a row, so none of its allocations is left out.
 * Afterwards the kernel's audit is what it was.
 */
#include <sched.h>
#include <spawn.h>
#include <sys/resource.h>
#include <thread.h>
#include "fail_allocs.h"
#include "texts.h"

static int do_fork(int n)
{
	int st = -1;
	pid_t pid;

	inject_nth(n);
	pid = fork();
	if (pid == 0)
		_exit(0);
	inject_nth(0);
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
		inject_nth(n);
		execv(tap_self, argv);
		_exit(99);
	}
	waitpid(pid, &st, 0);
	inject_nth(0);
	return st == 7 << 8;
}

static int do_thread(int n)
{
	static struct thread t;
	int err;

	inject_nth(n);
	err = thread_create(&t, return_argument, NULL);
	inject_nth(0);
	if (!err)
		thread_join(&t);
	return !err;
}

static int do_memory(int n)
{
	char *p;

	inject_nth(n);
	p = mmap(NULL, 64 * PG, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p != MAP_FAILED) {
		memset(p, 1, 8 * PG);
		mprotect(p + PG, PG, PROT_READ);
		munmap(p + 3 * PG, PG);
	}
	inject_nth(0);
	if (p == MAP_FAILED)
		return 0;
	munmap(p, 64 * PG);
	return 1;
}

static int lost_targets;

/* What is mapped at a fixed target is there until the call succeeds. */
static int do_remap(int n)
{
	char *from = anon_pages(4, PROT_READ | PROT_WRITE);
	char *to = anon_pages(4, PROT_READ | PROT_WRITE), c = 0, *at;
	int p[2];

	memset(from, 'F', 4 * PG);
	memset(to, 'T', 4 * PG);
	pipe(p);
	inject_nth(n);
	at = mremap(from, 4 * PG, 4 * PG, MREMAP_MAYMOVE | MREMAP_FIXED, to);
	inject_nth(0);
	write(p[1], to, 1);
	fcntl(p[0], F_SETFL, O_NONBLOCK);
	read(p[0], &c, 1);
	lost_targets += c != (at == MAP_FAILED ? 'T' : 'F');
	close(p[0]);
	close(p[1]);
	if (at == MAP_FAILED)
		munmap(from, 4 * PG);
	munmap(to, 4 * PG);
	return at != MAP_FAILED;
}

static int do_files(int n)
{
	int fd, pp[2], ok;

	inject_nth(n);
	fd = open("f", O_RDWR | O_CREAT, 0600);
	ok = fd >= 0 && write(fd, audit_before, 600) == 600 && pipe(pp) == 0;
	inject_nth(0);
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

	inject_nth(n);
	pid = raw_syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, 0, &pidfd, 0, 0);
	if (pid == 0)
		_exit(0);
	inject_nth(0);
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

	inject_nth(n);
	pid = spawn(tap_self, argv, environ, a, COUNT(a), NULL);
	inject_nth(0);
	unlink("g");
	return pid > 0 && join(pid) == 7 << 8;
}

/* ---- what few tasks have: undo lists, I/O contexts, System V ------------- */

#define IPC_RMID	0
#define SEM_UNDO	0x1000

static int end_thread_at_once(void *arg)
{
	(void)arg;
	return 0;
}

/*
 * In a child, whose undo list and I/O context begin with it: an operation to
 * be undone, an I/O priority, and a clone that shares the one and copies the
 * other.  => all of it worked; what did is undone by the end
 */
static int rare_of_clone(int n)
{
	struct { unsigned short num; short op, flags; } one = { 0, 1,
							       SEM_UNDO };
	static char stack[8192] __attribute__((aligned(16)));
	static long set;
	long pid;
	int ok;

	set = syscall(SYS_semget, 0, 1, 0600);
	if (set < 0)
		return 0;
	inject_nth(n);
#ifdef __i386__
	ok = !syscall(SYS_ipc, 1, set, 1, 0, &one, 0);
#else
	ok = !syscall(SYS_semop, set, &one, 1);
#endif
	ok = !syscall(SYS_ioprio_set, 1, 0, 2 << 13 | 5) && ok;
	pid = __clone(end_thread_at_once, stack + sizeof(stack),
		      CLONE_SYSVSEM | SIGCHLD,
		      NULL, NULL, NULL, NULL);
	inject_nth(0);
	if (pid > 0)
		waitpid((pid_t)pid, NULL, 0);
	syscall(SYS_semctl, set, 0, IPC_RMID, 0);
	return ok && pid > 0;
}

static int do_rare(int n)
{
	int st = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(rare_of_clone(n) ? 5 : 6);
	if (pid > 0)
		waitpid(pid, &st, 0);
	return st == 5 << 8;
}

static int do_shm(int n)
{
	long id, at = -1;

	inject_nth(n);
	id = syscall(SYS_shmget, 0, 3 * PG, 0600);
	if (id >= 0)
		at = (long)syscall(SYS_shmat, id, 0, 0);
	inject_nth(0);
	if (at != -1) {
		*(volatile char *)at = 1;
		syscall(SYS_shmdt, at);
	}
	if (id >= 0)
		syscall(SYS_shmctl, id, IPC_RMID, 0);
	return at != -1;
}

static int do_messages(int n)
{
	long id, out[4] = { 1, 2, 3, 4 };
	int ok;

	inject_nth(n);
	id = syscall(SYS_msgget, 0, 0600);
	ok = id >= 0 && !syscall(SYS_msgsnd, id, out, 16, 0) &&
		syscall(SYS_msgrcv, id, out, 16, 0, 0) == 16 &&
		!syscall(SYS_msgsnd, id, out, 16, 0);
	inject_nth(0);
	if (id >= 0)
		syscall(SYS_msgctl, id, IPC_RMID, 0);
	return ok;
}

/* A core file that cannot be written whole: the process ends all the same. */
static int do_core(int n)
{
	int st = -1;
	pid_t pid = fork();

	if (pid == 0) {
		inject_nth(n);
		kill(getpid(), SIGQUIT);
		_exit(1);
	}
	if (pid > 0)
		waitpid(pid, &st, 0);
	inject_nth(0);
	unlink("core");
	return WIFSIGNALED(st) && WTERMSIG(st) == SIGQUIT && st & 0x80;
}

static void set_or_bail(const char *name, const char *text)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/sys/kernel/%s", name);
	if (text_set(path, text))
		tap_bail(path);
}

/* This program as the one that reads it. */
static int read_core(void)
{
	static char buf[65536];

	while (read(0, buf, sizeof(buf)) > 0)
		;
	return 0;
}

static void core_to_program(void)
{
	char pattern[128];

	snprintf(pattern, sizeof(pattern), "|%s core %%E", tap_self);
	set_or_bail("core_pattern", pattern);
	set_or_bail("core_pipe_limit", "1");
	walk_and_measure(do_core, "a core file to a program");
	set_or_bail("core_pattern", "core");
	set_or_bail("core_pipe_limit", "0");
}

static void allow_core(void)
{
	struct rlimit most = { RLIM_INFINITY, RLIM_INFINITY };

	setrlimit(RLIMIT_CORE, &most);
}

int main(int argc, char **argv)
{
	if (argc > 2)
		return read_core();
	if (argc > 1)
		return 7;
	if (inject_open())
		return tap_skip_all("no " INJECT);
	tap_find_self(argv[0]);
	tap_scratch("fail_allocs");
	walk_and_measure(do_fork, "fork");
	walk_and_measure(do_exec, "exec");
	walk_and_measure(do_thread, "thread");
	walk_and_measure(do_pidfd, "clone with a pidfd");
	walk_and_measure(do_spawn, "spawn");
	walk_and_measure(do_memory, "mmap, mprotect, munmap");
	walk_and_measure(do_remap, "mremap onto something");
	check_eq(lost_targets, 0, "what was there stays when it fails");
	walk_and_measure(do_files, "files and pipes");
	walk_and_measure(do_rare, "clone with an undo list and an I/O context");
	walk_and_measure(do_shm, "shared memory");
	walk_and_measure(do_messages, "messages");
	allow_core();
	walk_and_measure(do_core, "a core file");
	core_to_program();
	tap_scratch_end();
	return tap_done();
}
