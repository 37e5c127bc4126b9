/* SPDX-License-Identifier: MIT */
/*
 * Memory that a tracer may not see (rows B6, B17): of a program that its user
 * may run but not read, and of one that made itself undumpable after it was
 * attached to.  Each access asks, by the rights that the tracer attached with.
 */
#include <sched.h>
#include <sys/uio.h>
#include "ptrace.h"

#define USER		1000
#define PR_SET_DUMPABLE	4

static volatile long secret = 0x5ec7e7;

/* 0 if the tracer reads and writes the word, else the two errors' sum */
static int errors_of_access(pid_t pid)
{
	long word = 0;
	int err = 0;

	if (ptrace(PTRACE_PEEKDATA, pid, (unsigned long)&secret,
		   (unsigned long)&word) < 0)
		err += errno;
	else if (word != secret)
		_exit(90);
	if (ptrace(PTRACE_POKEDATA, pid, (unsigned long)&secret, secret) < 0)
		err += errno;
	return err;
}

static long reads_remotely(pid_t pid)
{
	long word = 0;
	struct iovec to = { &word, sizeof(word) };
	struct iovec from = { (void *)&secret, sizeof(word) };

	return syscall(SYS_process_vm_readv, pid, &to, 1, &from, 1, 0);
}

/* What the tracer, who is `user`, may do.  It ends with 0 if all is right. */
static void tracer_sees(pid_t pid, unsigned user)
{
	struct regs r;
	int want = user ? 2 * EIO : 0;

	if (errors_of_access(pid) != want)
		_exit(10);
	if (reads_remotely(pid) != (user ? -1 : (long)sizeof(long)))
		_exit(11);
	if (get_regs(pid, &r))
		_exit(12);
	end_tracee(pid);
	_exit(0);
}

static void become_tracer(unsigned user)
{
	if (user && (setgid(user) || setuid(user)))
		_exit(20);
	/* what the change of ids took */
	syscall(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static void runs_hidden(void)
{
	execv("./hidden", (char *[]){ "hidden", NULL });
	_exit(30);
}

static void trace_unreadable(void *arg)
{
	unsigned user = *(unsigned *)arg;
	pid_t pid;

	become_tracer(user);
	pid = traced_child(runs_hidden);
	ptrace(PTRACE_CONT, pid, 0, 0);
	if (next_stop(pid) != SIGTRAP)
		_exit(13);
	tracer_sees(pid, user);
}

/* Its user's rights over a name space of its own do not open it. */
static void unreadable_inside(void *arg)
{
	pid_t pid;

	(void)arg;
	become_tracer(USER);
	if (syscall(SYS_unshare, CLONE_NEWUSER))
		_exit(21);
	pid = traced_child(runs_hidden);
	ptrace(PTRACE_CONT, pid, 0, 0);
	if (next_stop(pid) != SIGTRAP)
		_exit(13);
	tracer_sees(pid, USER);
}

/* The hidden program tells of a child of its own by this descriptor. */
#define TELLS	9

static void forks_hidden(void)
{
	pid_t pid = fork();

	if (pid && write(TELLS, &pid, sizeof(pid)) != sizeof(pid))
		_exit(1);
	for (;;)
		pause();
}

static void forked_inside(void *arg)
{
	pid_t pid, child = 0;
	int p[2];

	(void)arg;
	become_tracer(USER);
	if (pipe(p) || syscall(SYS_unshare, CLONE_NEWUSER))
		_exit(21);
	pid = fork();
	if (pid == 0) {
		dup2(p[1], TELLS);
		execv("./hidden", (char *[]){ "hidden", "forks", NULL });
		_exit(30);
	}
	if (read(p[0], &child, sizeof(child)) != sizeof(child))
		_exit(22);
	if (reads_remotely(child) != -1 || errno != EPERM)
		_exit(23);
	if (ptrace(PTRACE_SEIZE, child, 0, 0) != -1 || errno != EPERM)
		_exit(24);
	kill(child, SIGKILL);
	end_tracee(pid);
	_exit(0);
}

static void closes_itself(void)
{
	syscall(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
	raise(SIGUSR1);
}

static void trace_closing(void *arg)
{
	unsigned user = *(unsigned *)arg;
	pid_t pid;

	become_tracer(user);
	pid = traced_child(closes_itself);
	if (errors_of_access(pid))
		_exit(14);
	ptrace(PTRACE_CONT, pid, 0, 0);
	if (next_stop(pid) != SIGUSR1)
		_exit(15);
	tracer_sees(pid, user);
}

/* Root began it, and gave up what it was: its rights of then count. */
static void was_root(void *arg)
{
	unsigned user = *(unsigned *)arg;
	pid_t pid = traced_child(closes_itself);

	become_tracer(user);
	ptrace(PTRACE_CONT, pid, 0, 0);
	if (next_stop(pid) != SIGUSR1)
		_exit(16);
	if (errors_of_access(pid))
		_exit(17);
	ptrace(PTRACE_KILL, pid, 0, 0);		/* kill(2) is root's */
	end_tracee(pid);
	_exit(0);
}

int main(int argc, char **argv)
{
	unsigned root = 0, user = USER;

	if (argc == 1 && !strcmp(argv[0], "hidden"))
		pause();
	if (argc == 2)
		forks_hidden();
	if (getuid())
		return tap_skip_all("only root can be two users");
	tap_find_self(argv[0]);
	tap_scratch("ptrace_closed");
	chmod(".", 0755);
	copy_self("hidden", 0700);
	chmod("hidden", 0711);
	check_eq(in_child(trace_unreadable, &user), 0,
		 "a program that is unreadable");
	check_eq(in_child(trace_unreadable, &root), 0, "root sees it");
	check_eq(in_child(unreadable_inside, NULL), 0,
		 "with rights over a name space alone");
	check_eq(in_child(forked_inside, NULL), 0, "nor what it forks");
	check_eq(in_child(trace_closing, &user), 0, "one that closed itself");
	check_eq(in_child(trace_closing, &root), 0, "root sees it");
	check_eq(in_child(was_root, &user), 0, "by the rights of then");
	unlink("hidden");
	tap_scratch_end();
	return tap_done();
}
