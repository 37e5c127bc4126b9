/* SPDX-License-Identifier: MIT */
/*
 * ptrace(2) of processes that did not ask: attach and seize, group stops,
 * children and threads that are traced with their maker, who may do it, and
 * either side's death at any moment (rows B6, B16, D2, D10).
 */
#include <poll.h>
#include <sched.h>
#include <thread.h>
#include "ptrace.h"

#define PR_SET_DUMPABLE		4
#define PR_SET_PTRACER		0x59616d61

#define STOP_EVENT(sig)	((sig) | PTRACE_EVENT_STOP << 8)

static char state_now(pid_t pid)
{
	return tap_state(pid, pid);
}

static int comes_to_one(pid_t pid, char want)
{
	return comes_to(pid, (char[]){ want, 0 });
}

/* Of a stop by a signal that nobody sent.  => its si_code; -1: there is more */
static int code_alone(pid_t pid, int sig)
{
	siginfo_t si;

	memset(&si, 0xff, sizeof(si));
	if (ptrace(PTRACE_GETSIGINFO, pid, 0, (unsigned long)&si) ||
	    si.si_signo != sig || si.si_pid || si.si_uid)
		return -1;
	return si.si_code;
}

/* ---- attach -------------------------------------------------------------- */

static void attach_and_detach(void)
{
	pid_t pid = start_pausing();
	siginfo_t si;

	check_eq(ptrace(PTRACE_ATTACH, pid, 0, 0), 0, "ATTACH");
	check_eq(next_stop(pid), SIGSTOP, "... stops it");
	check_eq(code_alone(pid, SIGSTOP), SI_KERNEL, "... by the kernel");
	check_eq(state_now(pid), 't', "... as a tracee");
	check(waitid(P_PID, pid, &si, WSTOPPED | WNOHANG) == 0 &&
	      si.si_pid == 0, "a stop is told once");
	check_err(EIO, ptrace(PTRACE_DETACH, pid, 0, 99), "DETACH, bad signal");
	check_eq(ptrace(PTRACE_DETACH, pid, 0, 0), 0, "DETACH");
	check(comes_to_one(pid, 'S'), "... it sleeps on");
	ptrace(PTRACE_ATTACH, pid, 0, 0);
	next_stop(pid);
	check_eq(ptrace(PTRACE_DETACH, pid, 0, SIGTERM), 0,
		 "DETACH with a signal");
	check_eq(next_stop(pid), KILLED(SIGTERM), "... that kills it");
}

/* One that job control has stopped already. */
static void attach_stopped(void)
{
	pid_t pid = start_pausing();
	int st;

	kill(pid, SIGSTOP);
	waitpid(pid, &st, WUNTRACED);
	check_eq(ptrace(PTRACE_SEIZE, pid, 0, 0), 0, "SEIZE a stopped one");
	check(comes_to_one(pid, 't'), "... T becomes t");
	check_eq(next_stop(pid), STOP_EVENT(SIGSTOP), "... and is told");
	check_eq(ptrace(PTRACE_DETACH, pid, 0, 0), 0, "DETACH");
	check(comes_to_one(pid, 'T'), "... it is stopped as before");
	kill(pid, SIGCONT);
	check(comes_to_one(pid, 'S'), "... until SIGCONT");
	end_tracee(pid);
}

/* Without SEIZE the stop that it was in comes first, and is no signal's. */
static void attach_old_stop(void)
{
	pid_t pid = start_pausing();
	siginfo_t si;
	int st;

	kill(pid, SIGSTOP);
	waitpid(pid, &st, WUNTRACED);
	check_eq(ptrace(PTRACE_ATTACH, pid, 0, 0), 0, "ATTACH to a stopped one");
	check_eq(next_stop(pid), SIGSTOP, "... is told of the stop");
	check_err(EINVAL, ptrace(PTRACE_GETSIGINFO, pid, 0,
				 (unsigned long)&si), "... which no signal is");
	ptrace(PTRACE_CONT, pid, 0, 0);
	check_eq(next_stop(pid), SIGSTOP, "... and then of its own signal");
	check_eq(ptrace(PTRACE_GETSIGINFO, pid, 0, (unsigned long)&si), 0,
		 "... which is one");
	ptrace(PTRACE_DETACH, pid, 0, 0);
	kill(pid, SIGCONT);
	end_tracee(pid);
	pid = start_pausing();
	kill(pid, SIGSTOP);
	waitpid(pid, &st, WUNTRACED);
	ptrace(PTRACE_ATTACH, pid, 0, 0);
	next_stop(pid);
	ptrace(PTRACE_DETACH, pid, 0, 0);
	check(comes_to_one(pid, 'T'), "DETACH: it is stopped as before");
	check_eq(waitpid(pid, &st, WUNTRACED | WNOHANG), 0, "... untold");
	kill(pid, SIGCONT);
	check(comes_to_one(pid, 'S'), "... until SIGCONT");
	end_tracee(pid);
}

/* ---- seize --------------------------------------------------------------- */

static void refuse_seizing(void)
{
	pid_t pid = start_pausing();
	siginfo_t si;
	int st = 0;

	check_err(EIO, ptrace(PTRACE_SEIZE, pid, 1, 0), "SEIZE: address");
	check_err(EIO, ptrace(PTRACE_SEIZE, pid, 0, 1u << 30),
		  "SEIZE: option");
	check_eq(ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACESYSGOOD), 0,
		 "SEIZE");
	usleep(20000);
	check_eq(waitpid(pid, &st, WNOHANG), 0, "... stops nothing");
	check_eq(ptrace(PTRACE_INTERRUPT, pid, 0, 0), 0, "INTERRUPT");
	check_eq(next_stop(pid), STOP_EVENT(SIGTRAP), "... stops it");
	ptrace(PTRACE_GETSIGINFO, pid, 0, (unsigned long)&si);
	check(si.si_signo == SIGTRAP && si.si_code == STOP_EVENT(SIGTRAP),
	      "... by no signal");
	ptrace(PTRACE_CONT, pid, 0, 0);
	check(comes_to_one(pid, 'S'), "the call it was in goes on");
	kill(pid, SIGSTOP);
	check_eq(next_stop(pid), SIGSTOP, "SIGSTOP is told as a signal");
	ptrace(PTRACE_CONT, pid, 0, SIGSTOP);
	check_eq(next_stop(pid), STOP_EVENT(SIGSTOP), "... then the stop");
	check_eq(ptrace(PTRACE_LISTEN, pid, 0, 0), 0, "LISTEN");
	check_err(ESRCH, ptrace(PTRACE_CONT, pid, 0, 0),
		  "... it takes no other request");
	kill(pid, SIGCONT);
	check(waitid(P_PGID, getpgrp(), &si, WSTOPPED | WNOWAIT) == 0
	      && si.si_pid == pid, "its group is waited for");
	st = (int)syscall(SYS_pidfd_open, pid, 0);
	check(waitid(3, st, &si, WSTOPPED | WNOWAIT) == 0
	      && si.si_pid == pid, "and it by a descriptor");
	close(st);
	check_eq(next_stop(pid), STOP_EVENT(SIGTRAP), "the end of it is told");
	ptrace(PTRACE_CONT, pid, 0, 0);
	check_eq(next_stop(pid), SIGCONT, "then SIGCONT itself");
	ptrace(PTRACE_CONT, pid, 0, 0);
	check(comes_to_one(pid, 'S'), "it goes on");
	end_tracee(pid);
}

/* Without SEIZE: the stop has no siginfo, and CONT ends it. */
static void old_group_stop(void)
{
	pid_t pid = start_pausing();
	siginfo_t si;

	ptrace(PTRACE_ATTACH, pid, 0, 0);
	next_stop(pid);
	ptrace(PTRACE_CONT, pid, 0, SIGSTOP);
	check_eq(next_stop(pid), SIGSTOP, "group stop without SEIZE");
	check_err(EINVAL, ptrace(PTRACE_GETSIGINFO, pid, 0,
				 (unsigned long)&si), "... has no siginfo");
	ptrace(PTRACE_CONT, pid, 0, 0);
	check(comes_to_one(pid, 'S'), "CONT: it runs, though stopped");
	end_tracee(pid);
}

/* ---- children ------------------------------------------------------------ */

static char stack[65536] __attribute__((aligned(16)));

static int child_quits(void *arg)
{
	return (int)(long)arg;
}

static unsigned long clone_flags;

static void cloning_child(void)
{
	long pid = __clone(child_quits, stack + sizeof(stack),
			   (long)clone_flags, (void *)11, NULL, NULL, NULL);
	int st = 0;

	if (waitpid((pid_t)pid, &st, __WALL) != pid || st != 11 << 8)
		_exit(1);
	_exit(33);
}

/* flags: of the clone; event: the one expected; options: what is wanted */
static void one_event(unsigned long flags, int event, unsigned long options,
		      const char *what)
{
	unsigned long msg = 0;
	pid_t pid, child;

	clone_flags = flags;
	pid = traced_child(cloning_child);
	ptrace(PTRACE_SETOPTIONS, pid, 0, options);
	ptrace(PTRACE_CONT, pid, 0, 0);
	check_eq(next_stop(pid), EVENT(event), "%s: told", what);
	ptrace(PTRACE_GETEVENTMSG, pid, 0, (unsigned long)&msg);
	child = (pid_t)msg;
	check_eq(next_stop(child), SIGSTOP, "%s: the child is traced", what);
	check_eq(code_alone(child, SIGSTOP), SI_USER, "%s: from nobody", what);
	ptrace(PTRACE_CONT, child, 0, 0);
	if (flags & CLONE_VFORK && options & O(VFORK_DONE)) {
		ptrace(PTRACE_CONT, pid, 0, 0);
		check_eq(next_stop(child), EXITED(11), "%s: its end", what);
		check_eq(next_stop(pid), EVENT(PTRACE_EVENT_VFORK_DONE),
			 "%s: done", what);
		ptrace(PTRACE_CONT, pid, 0, 0);
	} else {
		check_eq(next_stop(child), EXITED(11), "%s: its end", what);
		ptrace(PTRACE_CONT, pid, 0, 0);
	}
	/* SIGCHLD may come first; then the parent waits, after us */
	for (int st = next_stop(pid); ; st = next_stop(pid)) {
		if (st == SIGCHLD) {
			ptrace(PTRACE_CONT, pid, 0, 0);
			continue;
		}
		check_eq(st, EXITED(33), "%s: the parent had it too", what);
		break;
	}
}

static void tell_each_event(void)
{
	one_event(SIGCHLD, PTRACE_EVENT_FORK, O(FORK), "FORK");
	one_event(CLONE_VFORK | CLONE_VM | SIGCHLD, PTRACE_EVENT_VFORK,
		  O(VFORK) | O(VFORK_DONE), "VFORK");
	one_event(0, PTRACE_EVENT_CLONE, O(CLONE), "CLONE");
}

static void exit_event(void)
{
	clone_flags = SIGCHLD;
	pid_t pid = traced_child(cloning_child);
	unsigned long msg = 0;
	int st;

	ptrace(PTRACE_SETOPTIONS, pid, 0, O(EXIT));
	ptrace(PTRACE_CONT, pid, 0, 0);
	st = next_stop(pid);
	if (st == SIGCHLD) {
		ptrace(PTRACE_CONT, pid, 0, 0);
		st = next_stop(pid);
	}
	check_eq(st, EVENT(PTRACE_EVENT_EXIT), "TRACEEXIT: before its end");
	ptrace(PTRACE_GETEVENTMSG, pid, 0, (unsigned long)&msg);
	check_eq(msg, 33 << 8, "... with its status");
	check_eq(state_now(pid), 't', "... stopped");
	ptrace(PTRACE_CONT, pid, 0, 0);
	check_eq(next_stop(pid), EXITED(33), "... then it ends");
}

/* ---- threads ------------------------------------------------------------- */

static void thread_child(void)
{
	struct thread t;

	thread_create(&t, return_argument, NULL);
	thread_join(&t);
	_exit(12);
}

static void trace_threads(void)
{
	pid_t pid = traced_child(thread_child), tid;
	unsigned long msg = 0;

	ptrace(PTRACE_SETOPTIONS, pid, 0, O(CLONE));
	ptrace(PTRACE_CONT, pid, 0, 0);
	check_eq(next_stop(pid), EVENT(PTRACE_EVENT_CLONE), "a thread begins");
	ptrace(PTRACE_GETEVENTMSG, pid, 0, (unsigned long)&msg);
	tid = (pid_t)msg;
	check_eq(next_stop(tid), SIGSTOP, "it is traced");
	ptrace(PTRACE_CONT, tid, 0, 0);
	/* after an exit of the whole process it would tell that one's */
	check_eq(next_stop(tid), EXITED(0), "its end is told by its number");
	ptrace(PTRACE_CONT, pid, 0, 0);
	check_eq(next_stop(pid), EXITED(12), "then that of the process");
}

/* Each thread traces another: the process waits for all of them. */
static pid_t interrupted;
static volatile int may_end;

static void *interrupt_thread(void *arg)
{
	ptrace(PTRACE_SEIZE, interrupted, 0, 0);
	ptrace(PTRACE_INTERRUPT, interrupted, 0, 0);
	while (!may_end)
		usleep(1000);
	return arg;
}

static void tracees_of_threads(void)
{
	pid_t quiet = start_pausing();
	struct thread t;
	int st = 0;

	interrupted = start_pausing();
	ptrace(PTRACE_SEIZE, quiet, 0, 0);
	thread_create(&t, interrupt_thread, NULL);
	check(eventually(waitpid(-1, &st, WNOHANG | __WALL) == interrupted) &&
	      st >> 8 == STOP_EVENT(SIGTRAP),
	      "the stop of another thread's, beside one that runs");
	may_end = 1;
	thread_join(&t);
	end_tracee(interrupted);
	end_tracee(quiet);
}

/* A stopped process that its tracer lets run: what it makes is stopped. */
static struct started {
	struct thread t;
	volatile int ran;
} *started;

static void *says_so(void *arg)
{
	started->ran = 1;
	return arg;
}

static void starts_thread(void)
{
	thread_create(&started->t, says_so, NULL);
	for (;;)
		pause();
}

static void thread_of_stopped(void)
{
	pid_t pid;

	started = mmap(NULL, PG, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid = traced_child(starts_thread);
	ptrace(PTRACE_CONT, pid, 0, SIGSTOP);
	check_eq(next_stop(pid), SIGSTOP, "a group stop");
	ptrace(PTRACE_CONT, pid, 0, 0);
	check(eventually(started->ran ||
			 (started->t.tid &&
			  tap_state(pid, started->t.tid) == 'T')) &&
	      !started->ran, "a thread made in it stops at once");
	kill(pid, SIGCONT);
	check(eventually(started->ran), "... until SIGCONT");
	end_tracee(pid);
	munmap(started, PG);
}

/* ---- tracers that are not parents ---------------------------------------- */

static void attach_from_outside(void)
{
	int pipes[2], st;
	pid_t pid = start_pausing(), tracer;
	char c;

	if (pipe(pipes))
		tap_bail("pipe");
	tracer = fork();
	if (tracer == 0) {
		c = ptrace(PTRACE_ATTACH, pid, 0, 0) ? '!' : 'a';
		next_stop(pid);
		write(pipes[1], &c, 1);
		c = ptrace(PTRACE_CONT, pid, 0, 0) ? '!' : 'c';
		/* the child is killed: we are told first */
		c = next_stop(pid) == KILLED(SIGTERM) ? 'k' : '!';
		ptrace(PTRACE_CONT, pid, 0, SIGTERM);
		c = next_stop(pid) == KILLED(SIGTERM) ? 'd' : '!';
		write(pipes[1], &c, 1);
		for (;;)
			pause();
	}
	read(pipes[0], &c, 1);
	check_eq(c, 'a', "another child of ours attaches");
	kill(pid, SIGTERM);
	check_eq(waitpid(pid, &st, 0), pid, "its end comes to us as well");
	check(WIFSIGNALED(st) && WTERMSIG(st) == SIGTERM, "... as it was");
	read(pipes[0], &c, 1);
	check_eq(c, 'd', "the tracer was told first");
	end_tracee(tracer);
	close(pipes[0]);
	close(pipes[1]);
}

/* A tracer that ends lets its tracees go, or takes them with it. */
static void tracer_ends(unsigned long options)
{
	int pipes[2], st;
	pid_t pid = start_pausing(), tracer;
	char c;

	if (pipe(pipes))
		tap_bail("pipe");
	tracer = fork();
	if (tracer == 0) {
		ptrace(PTRACE_SEIZE, pid, 0, options);
		ptrace(PTRACE_INTERRUPT, pid, 0, 0);
		next_stop(pid);
		write(pipes[1], "r", 1);
		for (;;)
			pause();
	}
	read(pipes[0], &c, 1);
	check_eq(state_now(pid), 't', "stopped by another child of ours");
	end_tracee(tracer);
	if (options) {
		check_eq(waitpid(pid, &st, 0), pid, "EXITKILL");
		check(WIFSIGNALED(st) && WTERMSIG(st) == SIGKILL,
		      "... it dies with its tracer");
	} else {
		check(comes_to_one(pid, 'S'), "its tracer dead, it goes on");
		end_tracee(pid);
	}
	close(pipes[0]);
	close(pipes[1]);
}

/* ---- who may ------------------------------------------------------------- */

static pid_t target;

/* As another user. => 0, or the errno */
static void attach_as(void *uid)
{
	if (setresuid((uid_t)(long)uid, (uid_t)(long)uid, (uid_t)(long)uid))
		_exit(200);
	if (ptrace(PTRACE_SEIZE, target, 0, 0))
		_exit(errno);
	ptrace(PTRACE_DETACH, target, 0, 0);
}

static pid_t sleeper_as(uid_t uid, int dumpable, long ptracer)
{
	int pipes[2];
	pid_t pid;
	char c;

	if (pipe(pipes))
		tap_bail("pipe");
	pid = fork();
	if (pid == 0) {
		if (uid && setresuid(uid, uid, uid))
			_exit(1);
		syscall(SYS_prctl, PR_SET_DUMPABLE, dumpable, 0, 0, 0);
		if (ptracer)
			syscall(SYS_prctl, PR_SET_PTRACER, ptracer, 0, 0, 0);
		write(pipes[1], "r", 1);
		for (;;)
			pause();
	}
	read(pipes[0], &c, 1);
	close(pipes[0]);
	close(pipes[1]);
	return pid;
}

static int scope(const char *value)
{
	int fd = open("/proc/sys/kernel/yama/ptrace_scope", O_WRONLY);
	int ok = fd >= 0 && write(fd, value, 1) == 1;

	close(fd);
	return ok;
}

static void check_attach_rights(void)
{
	if (geteuid()) {
		tap_skip("who may attach", "for root");
		return;
	}
	target = sleeper_as(1000, 1, 0);
	check_eq(in_child(attach_as, (void *)1000), 0, "the same user may");
	check_eq(in_child(attach_as, (void *)1001), EPERM << 8,
		 "another may not");
	check_eq(in_child(attach_as, (void *)0), 0, "root may");
	end_tracee(target);
	target = sleeper_as(1000, 0, 0);
	check_eq(in_child(attach_as, (void *)1000), EPERM << 8,
		 "not dumpable: the same user may not");
	check_eq(in_child(attach_as, (void *)0), 0, "root may");
	end_tracee(target);
	target = start_pausing();
	check_eq(in_child(attach_as, (void *)1000), EPERM << 8,
		 "a user may not trace root");
	end_tracee(target);
	if (!scope("1")) {
		tap_skip("ptrace_scope 1", "not there");
		return;
	}
	target = sleeper_as(1000, 1, 0);
	check_eq(in_child(attach_as, (void *)1000), EPERM << 8,
		 "ptrace_scope 1: no descendant, so no");
	end_tracee(target);
	target = sleeper_as(1000, 1, -1);
	check_eq(in_child(attach_as, (void *)1000), 0,
		 "PR_SET_PTRACER: any may");
	end_tracee(target);
	target = sleeper_as(1000, 1, getpid());
	check_eq(in_child(attach_as, (void *)1000), 0,
		 "... or one, and its descendants");
	end_tracee(target);
	scope("2");
	target = sleeper_as(1000, 1, -1);
	check_eq(in_child(attach_as, (void *)1000), EPERM << 8,
		 "ptrace_scope 2: nobody may");
	check_eq(in_child(attach_as, (void *)0), 0, "but with CAP_SYS_PTRACE");
	end_tracee(target);
	scope("0");
	check_err(EINVAL, syscall(SYS_prctl, PR_SET_PTRACER, 0x7ffffff, 0, 0,
				  0), "PR_SET_PTRACER: nobody's number");
}

/* ---- death at any moment ------------------------------------------------- */

/* Busy with requests, while the tracee or this is killed. */
static void pester(pid_t pid)
{
	struct regs r;

	if (ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACESYSGOOD))
		_exit(1);
	for (;;) {
		int st;

		ptrace(PTRACE_INTERRUPT, pid, 0, 0);
		st = next_stop(pid);
		if (st < 0)
			_exit(0);
		if (!get_regs(pid, &r))
			set_regs(pid, &r);
		ptrace(PTRACE_SYSCALL, pid, 0, 0);
		next_stop(pid);
		ptrace(PTRACE_CONT, pid, 0, 0);
	}
}

static void deaths(void)
{
	int lost = 0;

	for (int i = 0; i < 40; i++) {
		pid_t pid = fork(), tracer;

		if (pid == 0)
			for (;;)
				getppid();
		tracer = fork();
		if (tracer == 0)
			pester(pid);
		usleep(i * 300);
		kill(i & 1 ? pid : tracer, SIGKILL);
		usleep(i * 50);
		kill(i & 1 ? tracer : pid, SIGKILL);
		lost += waitpid(tracer, NULL, 0) != tracer;
		lost += waitpid(pid, NULL, 0) != pid;
	}
	check_eq(lost, 0, "killed in the middle of tracing: all are found");
}

int main(void)
{
	attach_and_detach();
	attach_stopped();
	attach_old_stop();
	refuse_seizing();
	old_group_stop();
	tell_each_event();
	exit_event();
	trace_threads();
	tracees_of_threads();
	thread_of_stopped();
	attach_from_outside();
	tracer_ends(0);
	tracer_ends(PTRACE_O_EXITKILL);
	check_attach_rights();
	deaths();
	return tap_done();
}
