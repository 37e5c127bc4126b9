/* SPDX-License-Identifier: MIT */
/*
 * Every allocation of fork, exec, clone and a signal's queue fails once in
 * its turn: the call reports an error and the caller goes on unharmed, and
 * afterwards nothing has leaked (rows A9, D11).  Only Lectern can inject.
 */
#include <sched.h>
#include "audit.h"

#define INJECT	"/proc/lectern/fault_inject"
#define TURNS	2000
#define DONE	8		/* it went through and nothing failed */

static int inject_fd;

/* The n-th allocation from now fails.  => what is left of the last order */
static long order(long n)
{
	char buf[32];
	long left;
	ssize_t k;

	lseek(inject_fd, 0, SEEK_SET);
	k = read(inject_fd, buf, sizeof(buf) - 1);
	buf[k > 0 ? k : 0] = '\0';
	left = atoi(buf);
	snprintf(buf, sizeof(buf), "%ld\n", n);
	lseek(inject_fd, 0, SEEK_SET);
	write(inject_fd, buf, strlen(buf));
	return left;
}

/* => wait status of a child that does fn(n); it was not injected itself */
static int child(int (*fn)(long), long n)
{
	int st = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(fn(n));
	waitpid(pid, &st, 0);
	return st;
}

static int exec_once(long n)
{
	char *argv[] = { tap_self, "-exit", NULL };

	order(n);
	execv(tap_self, argv);
	return errno == ENOMEM || errno == E2BIG ? 20 : 21;
}

static int fork_once(long n)
{
	pid_t pid;
	long left;
	int st;

	order(n);
	pid = fork();
	if (pid < 0)
		return errno == ENOMEM || errno == EAGAIN ? 20 : 21;
	if (pid == 0)
		_exit(7);
	left = order(0);
	if (waitpid(pid, &st, 0) != pid || (st != 7 << 8 && st != SIGKILL))
		return 22;
	return left ? DONE : 7;
}

static int queue_once(long n)
{
	unsigned long long rt = 1ull << (35 - 1);
	long left;
	int sent;

	syscall(SYS_rt_sigprocmask, 0, &rt, 0, 8);
	order(n);
	for (sent = 0; sent < 20; sent++) {
		siginfo_t si = { .si_code = -1, .si_pid = getpid() };

		if (syscall(SYS_rt_sigqueueinfo, getpid(), 35, &si))
			break;
	}
	left = order(0);
	if (sent == 20)
		return left ? DONE : 7;
	return errno == EAGAIN ? 20 : 21;
}

/*
 * Raise n until nothing of the order is left over: then every allocation of
 * the call has failed once.  One may hit a page fault around the call, which
 * has no error to return: it kills, and only by SIGKILL.
 */
static void walk(const char *what, int (*fn)(long))
{
	int failed = 0, odd = 0;
	long n;

	for (n = 1; n < TURNS; n++) {
		int st = child(fn, n);
		long left = order(0);

		if (st == 20 << 8)
			failed++;
		else if (st != 7 << 8 && st != DONE << 8 && st != SIGKILL &&
			 odd++ < 5)
			printf("# %s, allocation %ld: %#x\n", what, n, st);
		if (left || st == DONE << 8)
			break;
	}
	printf("# %s: %ld allocations, %d refusals\n", what, n - 1, failed);
	check_eq(odd, 0, "%s: an error or success each time", what);
	check(failed > 0 && n < TURNS, "%s: failed, then went through", what);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return 7;
	tap_find_self(argv[0]);
	inject_fd = open(INJECT, O_RDWR);
	if (inject_fd < 0)
		return tap_skip_all("no fault injection here");
	walk("warm-up", exec_once);
	audit_take();
	walk("exec", exec_once);
	walk("fork", fork_once);
	walk("sigqueue", queue_once);
	check(audit_same(0), "the audit balances");
	return tap_done();
}
