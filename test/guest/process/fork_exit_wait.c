/* SPDX-License-Identifier: MIT */
/*
 * The life of processes: fork, exit, every form of wait, orphans, vfork,
 * what exec keeps and what it resets (rows B14, B16, C1, D10).
 */
#include <sched.h>
#include <sys/resource.h>
#include "tap.h"

#define PR_SET_CHILD_SUBREAPER	36

static void exit_with_code(void *code)
{
	_exit((int)(long)code);
}

static void die_of(void *sig)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	kill(getpid(), (int)(long)sig);
	_exit(99);
}

static void identities(void)
{
	pid_t me = getpid(), pid = fork();
	int st;

	if (pid == 0)
		_exit(getppid() == me && getpid() != me &&
		      gettid() == getpid() ? 0 : 1);
	check(pid > 0 && pid != me, "fork gives the parent a new pid");
	check_eq(waitpid(pid, &st, 0), pid, "waitpid returns that pid");
	check_eq(st, 0, "the child saw itself and its parent");
}

static void statuses(void)
{
	static const int codes[] = { 0, 1, 42, 255 };
	static const int sigs[] = { SIGKILL, SIGTERM, SIGSEGV, SIGABRT,
				    SIGUSR1, SIGPIPE };
	int st;

	for (int i = 0; i < COUNT(codes); i++)
		check_eq(in_child(exit_with_code, (void *)(long)codes[i]),
			 codes[i] << 8, "exit(%d)", codes[i]);
	check_eq(in_child(exit_with_code, (void *)0x1234), 0x3400,
		 "exit keeps eight bits");
	for (int i = 0; i < COUNT(sigs); i++) {
		st = in_child(die_of, (void *)(long)sigs[i]);
		check(WIFSIGNALED(st) && WTERMSIG(st) == sigs[i],
		      "death by signal %d", sigs[i]);
	}
}

static void wait_forms(void)
{
	pid_t pid;
	int st;

	check_err(ECHILD, waitpid(-1, &st, 0), "wait without children");
	check_err(ECHILD, waitpid(getpid(), &st, 0), "wait for oneself");
	check_err(EINVAL, waitpid(-1, &st, 0x40), "unknown option");
	check_err(ESRCH, waitpid(-0x7fffffff - 1, &st, 0), "pid INT_MIN");
	pid = start_child(pause_forever, NULL);
	check_eq(waitpid(pid, &st, WNOHANG), 0, "WNOHANG, still running");
	check_err(ECHILD, waitpid(-pid, &st, WNOHANG), "no such group");
	check_eq(waitpid(0, &st, WNOHANG), 0, "group of the caller");
	check_err(EFAULT, (kill(pid, SIGKILL), waitpid(pid, BAD, 0)),
		  "status at a bad address");
	check_err(ECHILD, waitpid(pid, &st, 0), "the child is gone anyway");
}

static void stop_and_continue(void)
{
	pid_t pid = start_child(pause_forever, NULL);
	siginfo_t si;
	int st;

	kill(pid, SIGSTOP);
	check_eq(waitpid(pid, &st, WUNTRACED), pid, "stopped child");
	check(WIFSTOPPED(st) && WSTOPSIG(st) == SIGSTOP, "stop status");
	check_eq(waitpid(pid, &st, WUNTRACED | WNOHANG), 0,
		 "a stop is reported once");
	kill(pid, SIGCONT);
	check_eq(waitpid(pid, &st, WCONTINUED), pid, "continued child");
	check(WIFCONTINUED(st), "continue status");
	kill(pid, SIGSTOP);
	memset(&si, 0, sizeof(si));
	check_eq(waitid(P_PID, pid, &si, WSTOPPED), 0, "waitid WSTOPPED");
	check(si.si_code == CLD_STOPPED && si.si_status == SIGSTOP &&
	      si.si_pid == pid, "waitid says stopped");
	kill(pid, SIGKILL);
	check_eq(waitpid(pid, &st, 0), pid, "SIGKILL ends a stopped child");
	check(WIFSIGNALED(st) && WTERMSIG(st) == SIGKILL, "kill status");
}

static void waitid_forms(void)
{
	siginfo_t si;
	pid_t pid = start_child(exit_with_code, (void *)7);

	check_err(EINVAL, waitid(P_ALL, 0, &si, 0), "waitid without events");
	check_err(EINVAL, waitid(77, 0, &si, WEXITED), "waitid bad kind");
	memset(&si, 0, sizeof(si));
	check_eq(waitid(P_PID, pid, &si, WEXITED | WNOWAIT), 0,
		 "waitid WNOWAIT");
	check(si.si_signo == SIGCHLD && si.si_code == CLD_EXITED &&
	      si.si_status == 7 && si.si_pid == pid, "its siginfo");
	check_eq(kill(pid, 0), 0, "a zombie can be signalled");
	memset(&si, 0, sizeof(si));
	check_eq(waitid(P_ALL, 0, &si, WEXITED), 0, "and waited for again");
	check_eq(si.si_pid, pid, "same child");
	check_err(ECHILD, waitid(P_ALL, 0, &si, WEXITED), "then no more");
	pid = start_child(pause_forever, NULL);
	si.si_pid = 5;
	check_eq(waitid(P_PID, pid, &si, WEXITED | WNOHANG), 0,
		 "waitid WNOHANG");
	check_eq(si.si_pid, 0, "nothing to report: pid 0");
	kill(pid, SIGKILL);
	waitid(P_PID, pid, &si, WEXITED);
	check(si.si_code == CLD_KILLED && si.si_status == SIGKILL,
	      "waitid says killed");
}

static void auto_reap(void)
{
	struct sigaction sa = { .sa_handler = SIG_DFL,
				.sa_flags = SA_NOCLDWAIT }, old;
	int st;

	sigaction(SIGCHLD, &sa, &old);
	start_child(exit_with_code, NULL);
	start_child(exit_with_code, NULL);
	check_err(ECHILD, waitpid(-1, &st, 0), "SA_NOCLDWAIT: no zombies");
	signal(SIGCHLD, SIG_IGN);
	start_child(exit_with_code, NULL);
	check_err(ECHILD, wait(&st), "SIGCHLD ignored: no zombies");
	sigaction(SIGCHLD, &old, NULL);
}

static void reap_orphans(void)
{
	int p[2], st;
	pid_t pid, seen;
	char c;

	check_eq(syscall(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1), 0,
		 "become a subreaper");
	pipe(p);
	pid = fork();
	if (pid == 0) {
		pid_t mid = getpid();

		if (fork() == 0) {
			while (getppid() == mid)
				usleep(1000);
			seen = getppid();
			write(p[1], &seen, sizeof(seen));
			_exit(3);
		}
		_exit(0);
	}
	waitpid(pid, &st, 0);
	close(p[1]);
	check_eq(read(p[0], &seen, sizeof(seen)), sizeof(seen),
		 "the orphan reports");
	check_eq(seen, getpid(), "its parent is the subreaper");
	check(waitpid(-1, &st, 0) > 0 && st == 3 << 8,
	      "which can wait for it");
	check_eq(read(p[0], &c, 1), 0, "all writers are gone");
	close(p[0]);
	syscall(SYS_prctl, PR_SET_CHILD_SUBREAPER, 0);
}

static volatile int vfork_seen;

static int vfork_child(void *arg)
{
	usleep(20000);
	vfork_seen = 1;
	raw_syscall(SYS_exit, 9);
	return 0;
}

#define PATIENCE 20000			/* ms */

/* Shared by those who end a parent during its vfork, and it. */
static volatile struct {
	int child, let_go, child_ended;
} *vforker;

static int wait_to_be_let_go(void *arg)
{
	vforker->child = getpid();
	for (int ms = 0; ms < PATIENCE && !vforker->let_go; ms++)
		usleep(1000);
	vforker->child_ended = 1;
	raw_syscall(SYS_exit, 0);
	return 0;
}

static void vfork_for_long(void)
{
	static char stack[16384] __attribute__((aligned(16)));

	__clone(wait_to_be_let_go, stack + sizeof(stack),
		CLONE_VM | CLONE_VFORK | SIGCHLD, NULL, NULL, NULL, NULL);
	_exit(1);
}

/* The wait for the child ends with a signal that is deadly by default. */
static void end_during_vfork(int signo)
{
	pid_t pid;
	int st;

	memset((void *)vforker, 0, sizeof(*vforker));
	pid = fork();
	if (!pid)
		vfork_for_long();
	while (!vforker->child)
		usleep(1000);
	kill(pid, signo);
	waitpid(pid, &st, 0);
	check(WIFSIGNALED(st) && WTERMSIG(st) == signo &&
	      !vforker->child_ended, "signal %d ends a parent in vfork", signo);
	vforker->let_go = 1;
	while (!vforker->child_ended)
		usleep(1000);
}

static void ended_vforks(void)
{
	vforker = mmap(NULL, PG, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	end_during_vfork(SIGKILL);
	end_during_vfork(SIGTERM);
	end_during_vfork(SIGRTMIN + 3);
	munmap((void *)vforker, PG);
}

static void vfork_like(void)
{
	static char stack[16384] __attribute__((aligned(16)));
	int st;
	long pid = __clone(vfork_child, stack + sizeof(stack),
			   CLONE_VM | CLONE_VFORK | SIGCHLD, NULL, NULL, NULL,
			   NULL);

	check_eq(vfork_seen, 1, "vfork: the parent waited, memory is shared");
	check_eq(waitpid((pid_t)pid, &st, 0), pid, "vfork: child reaped");
	check_eq(st, 9 << 8, "vfork: its status");
}

static void wait_for_many(void)
{
	static pid_t pid[100];
	int st, sum = 0;

	for (int i = 0; i < 100; i++)
		pid[i] = start_child(exit_with_code, (void *)(long)i);
	for (int i = 99; i >= 0; i--)
		if (waitpid(pid[i], &st, 0) == pid[i])
			sum += WEXITSTATUS(st);
	check_eq(sum, 4950, "100 children, waited for in reverse");
}

/* What the program finds when it runs itself. */
static int find_after_exec(char **argv)
{
	struct sigaction ign, usr;
	sigset_t mask;
	int bad = 0;

	sigaction(SIGHUP, NULL, &ign);
	sigaction(SIGUSR1, NULL, &usr);
	sigprocmask(SIG_BLOCK, NULL, &mask);
	bad |= ign.sa_handler != SIG_IGN;
	bad |= (usr.sa_handler != SIG_DFL) << 1;
	bad |= (mask != sigmask(SIGUSR2)) << 2;
	bad |= (getpid() != atoi(argv[2])) << 3;
	bad |= (fcntl(50, F_GETFD) != 0) << 4;
	bad |= (fcntl(51, F_GETFD) != -1) << 5;
	bad |= (umask(0) != 0123) << 6;
	return bad;
}

static void exec_with_state(void *arg)
{
	sigset_t m = sigmask(SIGUSR2);
	char pid[16];

	signal(SIGHUP, SIG_IGN);
	signal(SIGUSR1, ignore_signal);
	sigprocmask(SIG_SETMASK, &m, NULL);
	dup2(1, 50);
	dup3(1, 51, O_CLOEXEC);
	umask(0123);
	snprintf(pid, sizeof(pid), "%d", getpid());
	execv(tap_self, (char *[]){ "x", "-after", pid, NULL });
	_exit(98);
}

static void exec_errors(void)
{
	char *argv[] = { "x", NULL };
	static char longname[300];

	tap_scratch("fork_exit_wait");
	put_file("plain", "#!/bin/true\n", 12, 0644);
	put_file("empty", "", 0, 0755);
	put_file("text", "hello world, no program", 23, 0755);
	symlink("loop", "loop");
	memset(longname, 'x', 299);
	check_err(ENOENT, execv("missing", argv), "exec of nothing");
	check_err(ENOENT, execv("", argv), "exec of an empty name");
	check_err(EACCES, execv("plain", argv), "exec of a plain file");
	check_err(EACCES, execv(".", argv), "exec of a folder");
	check_err(ENOEXEC, execv("empty", argv), "exec of an empty file");
	check_err(ENOEXEC, execv("text", argv), "exec of text");
	check_err(ENOTDIR, execv("plain/x", argv), "exec below a file");
	check_err(ELOOP, execv("loop", argv), "exec of a symlink loop");
	check_err(ENAMETOOLONG, execv(longname, argv), "exec of a long name");
	check_err(EFAULT, execv(BAD, argv), "exec with a bad path");
	check_err(EFAULT, execve("text", BAD, NULL),
		  "exec with a bad argv");
	check_err(EFAULT, execve("text", (char *[]){ BAD, NULL }, NULL),
		  "exec with a bad argument");
	unlink("plain");
	unlink("empty");
	unlink("text");
	unlink("loop");
	tap_scratch_end();
}

int main(int argc, char **argv)
{
	if (argc > 2 && !strcmp(argv[1], "-after"))
		return find_after_exec(argv);
	tap_find_self(argv[0]);
	identities();
	statuses();
	wait_forms();
	stop_and_continue();
	waitid_forms();
	auto_reap();
	reap_orphans();
	vfork_like();
	ended_vforks();
	wait_for_many();
	check_eq(in_child(exec_with_state, NULL), 0,
		 "what exec keeps and resets");
	exec_errors();
	return tap_done();
}
