/* SPDX-License-Identifier: MIT */
/*
 * A system call that finds no memory has somebody killed for it, as a page
 * fault has (row D13): an idle process of an ordinary user has nearly all, and
 * none of root's calls fails.  Only on a small machine, as
 * `./lectern run --mem 48M` makes it, and only on Lectern: whom another kernel
 * takes is its own choice.
 */
#include "storm.h"

#define LEFT		600		/* pages, before root's calls */
#define MORE		1500		/* pages that root's calls take */
#define FORKS		150
#define PIPE_BYTES	65536
#define PIPES		((int)(MORE / (PIPE_BYTES / PG)))
#define AREAS		30000
#define AF_UNIX		1
#define SOCK_STREAM	1

static char junk[PIPE_BYTES];
static long failed;			/* errno of the first call that did */

static int works(long result)
{
	if (result < 0 && !failed)
		failed = errno;
	return result >= 0;
}

/* ---- what root does ------------------------------------------------------ */

static void fork_until_killed(void)
{
	for (int i = 0; i < FORKS; i++) {
		pid_t pid = fork();

		if (!works(pid))
			return;
		if (pid == 0) {
			pause();
			_exit(0);
		}
	}
}

static void fill_pipes(void)
{
	int p[2];

	for (int i = 0; i < PIPES; i++)
		if (!works(pipe(p)) || !works(write(p[1], junk, PIPE_BYTES)))
			return;
}

static void fill_sockets(void)
{
	int p[2];

	for (int i = 0; i < PIPES; i++) {
		if (!works(syscall(SYS_socketpair, AF_UNIX,
				   SOCK_STREAM | O_NONBLOCK, 0, p)))
			return;
		while (write(p[1], junk, PIPE_BYTES) > 0)
			;
		if (errno != EAGAIN) {
			works(-1);
			return;
		}
	}
}

/* A write that has written something says how much, here as there. */
static void fill_file(void)
{
	long fd = syscall(SYS_memfd_create, "root's", 0), n = 0;

	for (long left = MORE * PG; left > 0 && works(n); left -= n)
		n = write((int)fd, junk, PIPE_BYTES);
}

/* No two neighbours may be one. */
static void many_areas(void)
{
	for (int i = 0; i < AREAS; i++) {
		void *p = mmap(NULL, PG, i & 1 ? PROT_READ : PROT_NONE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (!works(p == MAP_FAILED ? -1 : 0))
			return;
	}
}

/* => the errno of its exec, or 0; who succeeds stays */
static int exec_fails(char *const *argv)
{
	char *envp[] = { NULL };
	char err = 0;
	int p[2];

	if (!works(pipe2(p, O_CLOEXEC)))
		return errno;
	if (fork() == 0) {
		execve(argv[0], argv, envp);
		err = (char)errno;
		write(p[1], &err, 1);
		_exit(0);
	}
	close(p[1]);
	read(p[0], &err, 1);
	close(p[0]);
	return err;
}

static void exec_many(void)
{
	static char word[100000];
	char *argv[] = { (char *)"/usr/lectern/test/oom_calls", word, NULL };

	memset(word, 'x', sizeof(word) - 1);
	for (int i = 0; i < MORE / 40 && !failed; i++)
		failed = exec_fails(argv);
}

/* ---- who has it all ------------------------------------------------------ */

static pid_t start_idle_hog(void)
{
	pid_t hog;
	int p[2];
	char full;

	pipe(p);
	hog = fork();
	if (hog == 0) {
		munmap(ours, OURS * PG);
		if (setgroups(0, NULL) || setgid(USER) || setuid(USER))
			_exit(45);
		while (has_free(LEFT))
			memset(anon_pages(16, PROT_READ | PROT_WRITE), 1,
			       16 * PG);
		write(p[1], "", 1);
		for (;;)
			pause();
	}
	close(p[1]);
	if (read(p[0], &full, 1) != 1)
		hog = -1;
	close(p[0]);
	return hog;
}

/* Root's process holds what its calls made until the hog is dead. */
static void calls_work(const char *name, void (*calls)(void))
{
	pid_t hog, root;
	int st = 0;

	audit_take();
	hog = start_idle_hog();
	check(hog > 0, "%s: a user's process has nearly all memory", name);
	root = fork();
	if (root == 0) {
		setpgid(0, 0);
		calls();
		_exit((int)failed);
	}
	waitpid(root, &st, 0);
	check(st == 0, "%s: no call fails: status %#x", name, st);
	kill(hog, SIGTERM);		/* or nobody would end it */
	check(waitpid(hog, &st, 0) == hog && WIFSIGNALED(st) &&
	      WTERMSIG(st) == SIGKILL, "%s: who has it all dies", name);
	check(end_hogs(root), "%s: all end", name);
	check(ours_intact(), "%s: root's parent has all it had", name);
	check(audit_same(SLACK), "%s: all comes back", name);
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1) {
		pause();
		return 0;
	}
	if (!storms_begin())
		return tap_skip_all("only on a small Lectern (--mem 48M)");
	calls_work("fork", fork_until_killed);
	calls_work("exec", exec_many);
	calls_work("pipes", fill_pipes);
	calls_work("sockets", fill_sockets);
	calls_work("a file in memory", fill_file);
	calls_work("areas", many_areas);
	return tap_done();
}
