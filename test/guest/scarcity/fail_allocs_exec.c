/* SPDX-License-Identifier: MIT */
/*
 * Every allocation of fork, exec, execveat, clone and a signal's queue fails
 * once in its turn: the call reports an error and the caller goes on unharmed,
 * and afterwards nothing has leaked (rows A9, D11).  Only Lectern can inject.
 */
#include <sched.h>
#include "audit.h"

#define INJECT	"/proc/lectern/fault_inject"
#define TURNS	2000
#define DONE	8		/* it went through and nothing failed */
#define REFUSED	127		/* what a dynamic linker ends with */
#define SCRIPT	"/tmp/fail_allocs_exec.script"
#define DYNAMIC	"/usr/lectern/test/rtld_chatty.exe"

static int inject_fd;
static int ending = 7;		/* of a program that has run */
static char stack[8192] __attribute__((aligned(16)));

static int return_seven(void *arg)
{
	(void)arg;
	return 7;
}

/* The n-th allocation from now fails.  => what is left of the last order */
static long order_failure(long n)
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
static int status_of_call(int (*fn)(long), long n)
{
	int st = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(fn(n));
	waitpid(pid, &st, 0);
	return st;
}

/* E2BIG: the new stack has no page for the arguments, as on Linux. */
static int exec_path(const char *path, long n)
{
	char *argv[] = { (char *)path, "-exit", NULL };

	order_failure(n);
	execv(path, argv);
	return errno == ENOMEM || errno == E2BIG ? 20 : 21;
}

static int exec_once(long n)
{
	return exec_path(tap_self, n);
}

/* By a descriptor, which needs a name to be made. */
static int execveat_once(long n)
{
	char *argv[] = { tap_self, "-exit", NULL }, *envp[] = { NULL };
	int fd = open(tap_self, O_RDONLY);

	order_failure(n);
	syscall(SYS_execveat, fd, "", argv, envp, 0x1000);
	return errno == ENOMEM || errno == E2BIG ? 20 : 21;
}

static int script_once(long n)
{
	return exec_path(SCRIPT, n);
}

/* Its linker may be what is refused, and says so to nobody. */
static int dynamic_once(long n)
{
	int null = open("/dev/null", O_WRONLY);

	dup2(null, 1);
	dup2(null, 2);
	return exec_path(DYNAMIC, n);
}

static int fork_once(long n)
{
	pid_t pid;
	long left;
	int st;

	order_failure(n);
	pid = fork();
	if (pid < 0)
		return errno == ENOMEM || errno == EAGAIN ? 20 : 21;
	if (pid == 0)
		_exit(7);
	left = order_failure(0);
	if (waitpid(pid, &st, 0) != pid || (st != 7 << 8 && st != SIGKILL))
		return 22;
	return left ? DONE : 7;
}

/* The child runs on our stack, so it does no more than end. */
static int vfork_once(long n)
{
	long left, pid;
	int st;

	order_failure(n);
	pid = __clone(return_seven, stack + sizeof(stack),
		      CLONE_VFORK | CLONE_VM | SIGCHLD, NULL, NULL, NULL,
		      NULL);
	left = order_failure(0);
	if (pid < 0)
		return pid == -ENOMEM || pid == -EAGAIN ? 20 : 21;
	if (waitpid((pid_t)pid, &st, 0) != pid || st != 7 << 8)
		return 22;
	return left ? DONE : 7;
}

static int queue_once(long n)
{
	unsigned long long rt = 1ull << (35 - 1);
	long left;
	int sent;

	syscall(SYS_rt_sigprocmask, 0, &rt, 0, 8);
	order_failure(n);
	for (sent = 0; sent < 20; sent++) {
		siginfo_t si = { .si_code = -1, .si_pid = getpid() };

		if (syscall(SYS_rt_sigqueueinfo, getpid(), 35, &si))
			break;
	}
	left = order_failure(0);
	if (sent == 20)
		return left ? DONE : 7;
	return errno == EAGAIN ? 20 : 21;
}

/*
 * Raise n until nothing of the order is left over: then every allocation of
 * the call has failed once.  One may hit a page fault around the call, which
 * has no error to return: it kills, and only by SIGKILL.
 */
static void fail_each_in_exec(const char *what, int (*fn)(long))
{
	int failed = 0, odd = 0;
	long n;

	for (n = 1; n < TURNS; n++) {
		int st = status_of_call(fn, n);
		long left = order_failure(0);

		if (st == 20 << 8)
			failed++;
		else if (st != ending << 8 && st != DONE << 8 &&
			 st != SIGKILL && !(fn == dynamic_once &&
					    st == REFUSED << 8) && odd++ < 5)
			printf("# %s, allocation %ld: %#x\n", what, n, st);
		if (left || st == DONE << 8)
			break;
	}
	printf("# %s: %ld allocations, %d refusals\n", what, n - 1, failed);
	check_eq(odd, 0, "%s: an error or success each time", what);
	check(failed > 0 && n < TURNS, "%s: failed, then went through", what);
}

/* What it ends with when nothing fails: other tests look at that. */
static void dynamic(void)
{
	int st;

	if (access(DYNAMIC, X_OK)) {
		tap_skip("a dynamic program", "there is none");
		return;
	}
	st = status_of_call(dynamic_once, 0);
	check(WIFEXITED(st) && st != REFUSED << 8, "a dynamic program runs");
	ending = WEXITSTATUS(st);
	fail_each_in_exec("exec of a dynamic program", dynamic_once);
	ending = 7;
}

static void exec_script_failing(void)
{
	char text[600];

	put_file(SCRIPT, text, (size_t)snprintf(text, sizeof(text), "#!%s\n",
						tap_self), 0755);
	fail_each_in_exec("exec of a script", script_once);
	unlink(SCRIPT);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return 7;
	tap_find_self(argv[0]);
	inject_fd = open(INJECT, O_RDWR);
	if (inject_fd < 0)
		return tap_skip_all("no fault injection here");
	fail_each_in_exec("warm-up", exec_once);
	exec_script_failing();
	dynamic();
	audit_take();
	fail_each_in_exec("exec", exec_once);
	fail_each_in_exec("execveat", execveat_once);
	exec_script_failing();
	dynamic();
	fail_each_in_exec("fork", fork_once);
	fail_each_in_exec("vfork", vfork_once);
	fail_each_in_exec("sigqueue", queue_once);
	check(audit_same(0), "the audit balances");
	return tap_done();
}
