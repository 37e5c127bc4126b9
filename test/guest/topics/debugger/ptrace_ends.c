/* SPDX-License-Identifier: MIT */
/*
 * The ends of a traced process of threads, each with its stop of
 * PTRACE_O_TRACEEXIT: exit_group, deadly signals, exec and its tracer's death;
 * and what ends such a stop (rows B16, D2).
 */
#include <sys/resource.h>
#include <thread.h>
#include "ptrace.h"

enum { LEADER, IDLE, ENDER, ROLES };

static const char *const role_names[ROLES] = { "leader", "idle", "ender" };

/* Between us and the tracee, through its execs too. */
static struct {
	volatile int go;
	volatile pid_t tid[ROLES];
} *shared;

/* What came of each thread: x a stop at exit, e at exec, E its end. */
static struct {
	char marks[8];
	unsigned long message;		/* of the last event */
	int status;
} saw[ROLES];

static unsigned hold;			/* roles that are left at exit stops */

/* ---- the tracee ---------------------------------------------------------- */

static void (*leader_does)(void), (*idle_does)(void), (*ender_does)(void);

static void wait_go(int go)
{
	while (shared->go < go)
		usleep(1000);
}

static void do_or_sleep(void (*fn)(void))
{
	if (fn)
		fn();
	for (;;)
		pause();
}

static void *idle_thread(void *arg)
{
	shared->tid[IDLE] = gettid();
	wait_go(1);
	do_or_sleep(idle_does);
	return arg;
}

static void *ender_thread(void *arg)
{
	shared->tid[ENDER] = gettid();
	wait_go(1);
	do_or_sleep(ender_does);
	return arg;
}

static struct thread threads[2];

static void group(void)
{
	thread_create(&threads[0], idle_thread, NULL);
	thread_create(&threads[1], ender_thread, NULL);
	wait_go(1);
	do_or_sleep(leader_does);
}

static void exits_all(void)
{
	syscall(SYS_exit_group, 7);
}

static void exits_all_later(void)
{
	wait_go(2);
	exits_all();
}

static void exits_alone(void)
{
	syscall(SYS_exit, 4);
}

static void exits_last(void)
{
	wait_go(2);
	syscall(SYS_exit, 5);
}

static void aborts(void)
{
	syscall(SYS_tkill, gettid(), SIGABRT);
}

static void exec_and_quit(void)
{
	execve(tap_self, (char *[]){ "ptrace_ends", "quit", NULL },
	       (char *[]){ NULL });
}

/* ---- the tracer ---------------------------------------------------------- */

static int role_of(pid_t tid)
{
	for (int i = 0; i < ROLES; i++)
		if (shared->tid[i] == tid)
			return i;
	return -1;
}

static void mark_role(int role, char c)
{
	unsigned n = (unsigned)strlen(saw[role].marks);

	if (n < sizeof(saw->marks) - 1)
		saw[role].marks[n] = c;
}

/* It stops, and goes on unless it is held. */
static void take_stop(pid_t tid, int role, int st)
{
	int event = st >> 16, signo = WSTOPSIG(st);

	if (event || signo == SIGSTOP || signo == SIGTRAP)
		signo = 0;
	if (role >= 0 &&
	    (event == PTRACE_EVENT_EXIT || event == PTRACE_EVENT_EXEC)) {
		mark_role(role, event == PTRACE_EVENT_EXIT ? 'x' : 'e');
		if (ptrace(PTRACE_GETEVENTMSG, tid, 0,
			   (unsigned long)&saw[role].message))
			mark_role(role, '!');
		if (event == PTRACE_EVENT_EXIT && hold & 1u << role)
			return;
	}
	ptrace(PTRACE_CONT, tid, 0, (unsigned long)signo);
}

/* All there is to hear at once.  => true: nobody is left */
static int nobody_left(void)
{
	pid_t tid;
	int st;

	while ((tid = waitpid(-1, &st, WNOHANG | __WALL)) > 0) {
		int role = role_of(tid);

		if (WIFSTOPPED(st)) {
			take_stop(tid, role, st);
		} else if (role >= 0) {
			mark_role(role, 'E');
			saw[role].status = st;
		}
	}
	return tid < 0 && errno == ECHILD;
}

/* => the process, whose threads all run until shared->go */
static pid_t begin_roles(void (*leader)(void), void (*idle)(void),
			 void (*ender)(void), unsigned held)
{
	pid_t pid;

	memset(shared, 0, sizeof(*shared));
	memset(saw, 0, sizeof(saw));
	leader_does = leader;
	idle_does = idle;
	ender_does = ender;
	hold = held;
	pid = traced_child(group);
	shared->tid[LEADER] = pid;
	ptrace(PTRACE_SETOPTIONS, pid, 0,
	       O(CLONE) | O(EXEC) | O(EXIT) | PTRACE_O_EXITKILL);
	ptrace(PTRACE_CONT, pid, 0, 0);
	if (!eventually(!nobody_left() && shared->tid[IDLE] &&
			shared->tid[ENDER]))
		tap_bail("no threads");
	shared->go = 1;
	return pid;
}

/* => have those that are held all come to their stops? */
static int held_come(void)
{
	unsigned at = 0;

	nobody_left();
	for (int i = 0; i < ROLES; i++)
		at |= (unsigned)!!strchr(saw[i].marks, 'x') << i;
	return (at & hold) == hold;
}

static void wait_held(const char *what)
{
	check(eventually(held_come()), "%s: the stops come", what);
}

static void wait_all(const char *what)
{
	hold = 0;
	if (!eventually(nobody_left()))
		tap_bail(what);
	check(1, "%s: the end of it is told", what);
}

/* A thread's story. */
static void check_role(const char *what, int role, const char *marks,
		       unsigned long message, int status)
{
	check(strcmp(saw[role].marks, marks) == 0, "%s: %s: %s, is %s", what,
	      role_names[role], marks, saw[role].marks);
	check_eq(saw[role].message, message, "%s: %s: message", what,
		 role_names[role]);
	check_eq(saw[role].status, status, "%s: %s: status", what,
		 role_names[role]);
}

static void check_all(const char *what, unsigned long message, int status)
{
	for (int i = 0; i < ROLES; i++)
		check_role(what, i, "xE", message, status);
}

/* ---- every end ----------------------------------------------------------- */

static void group_ends(void)
{
	pid_t pid;

	begin_roles(NULL, NULL, exits_all, 0);
	wait_all("exit_group by a thread");
	check_all("exit_group by a thread", 7 << 8, 7 << 8);

	begin_roles(exits_all, NULL, NULL, 0);
	wait_all("exit_group by the leader");
	check_all("exit_group by the leader", 7 << 8, 7 << 8);

	begin_roles(NULL, NULL, aborts, 0);
	wait_all("a thread's deadly signal");
	check_all("a thread's deadly signal", SIGABRT, SIGABRT);

	pid = begin_roles(NULL, NULL, NULL, 0);
	kill(pid, SIGTERM);
	wait_all("SIGTERM");
	check_all("SIGTERM", SIGTERM, SIGTERM);

	pid = begin_roles(NULL, NULL, NULL, 0);
	kill(pid, SIGKILL);
	wait_all("SIGKILL");
	check_all("SIGKILL", SIGKILL, SIGKILL);
}

/* Each by itself, the leader first: the last one's status is the process's. */
static void single_ends(void)
{
	const char *what = "exit of each";

	begin_roles(exits_alone, exits_alone, exits_last, 0);
	check(eventually((nobody_left(), strchr(saw[LEADER].marks, 'x') &&
			  strchr(saw[IDLE].marks, 'E'))),
	      "a thread ends, and the leader stops");
	check_eq(saw[LEADER].status, 0, "... whose end is not told yet");
	shared->go = 2;
	wait_all(what);
	check_role(what, LEADER, "xE", 4 << 8, 5 << 8);
	check_role(what, IDLE, "xE", 4 << 8, 4 << 8);
	check_role(what, ENDER, "xE", 5 << 8, 5 << 8);
}

static void exec_ends(void)
{
	begin_roles(exec_and_quit, NULL, NULL, 0);
	wait_all("exec by the leader");
	check_role("exec by the leader", LEADER, "exE", 42 << 8, 42 << 8);
	check_role("exec by the leader", IDLE, "xE", 0, 0);
	check_role("exec by the leader", ENDER, "xE", 0, 0);

	/* it goes on as the leader, and no end of its old name is told */
	begin_roles(NULL, NULL, exec_and_quit, 0);
	wait_all("exec by a thread");
	check_role("exec by a thread", LEADER, "xexE", 42 << 8, 42 << 8);
	check_role("exec by a thread", IDLE, "xE", 0, 0);
	check_role("exec by a thread", ENDER, "", 0, 0);
}

/* ---- what ends a stop at exit -------------------------------------------- */

static int is_stopped(int role)
{
	unsigned long message;

	return ptrace(PTRACE_GETEVENTMSG, shared->tid[role], 0,
		      (unsigned long)&message) == 0;
}

/* The process ends already: another signal for it is too late. */
static void killed_in_group_end(void)
{
	const char *what = "SIGKILL after exit_group";
	pid_t pid = begin_roles(NULL, NULL, exits_all, 7);
	struct regs r;

	wait_held(what);
	check_eq(get_regs(pid, &r), 0, "registers of one that ends");
	kill(pid, SIGKILL);
	for (int i = 0; i < 20; i++)
		usleep(1000);
	for (int i = 0; i < ROLES; i++) {
		check(is_stopped(i), "%s: %s: still stopped", what,
		      role_names[i]);
		check_eq(ptrace(PTRACE_CONT, shared->tid[i], 0, 0), 0,
			 "... until its tracer lets it go");
	}
	wait_all(what);
	check_all(what, 7 << 8, 7 << 8);
}

/* A thread's own end: that of the process is one more, and waits for none. */
static void group_ends_meanwhile(void)
{
	const char *what = "exit_group after a thread's exit";

	begin_roles(NULL, exits_alone, exits_all_later, 1u << IDLE);
	wait_held(what);
	check(is_stopped(IDLE), "%s: the thread stands", what);
	shared->go = 2;
	wait_all(what);
	check_role(what, IDLE, "xE", 4 << 8, 7 << 8);
	check_role(what, LEADER, "xE", 7 << 8, 7 << 8);
}

static void killed_in_single_ends(void)
{
	const char *what = "SIGKILL after two threads' exit";
	pid_t pid = begin_roles(NULL, exits_alone, exits_alone,
				1u << IDLE | 1u << ENDER);

	wait_held(what);
	kill(pid, SIGKILL);
	wait_all(what);
	check_role(what, IDLE, "xE", 4 << 8, SIGKILL);
	check_role(what, ENDER, "xE", 4 << 8, SIGKILL);
	check_role(what, LEADER, "xE", SIGKILL, SIGKILL);
}

/* The last one of a process ends that, too. */
static void killed_in_last_end(void)
{
	pid_t pid = traced_child(exits_alone);

	ptrace(PTRACE_SETOPTIONS, pid, 0, O(EXIT));
	ptrace(PTRACE_CONT, pid, 0, 0);
	check_eq(next_stop(pid), EVENT(PTRACE_EVENT_EXIT), "exit, the last");
	kill(pid, SIGKILL);
	check_eq(ptrace(PTRACE_CONT, pid, 0, 0), 0, "SIGKILL is too late");
	check_eq(next_stop(pid), EXITED(4), "... for its status, too");
}

/* exec waits for those that it ends, but not for ever. */
static void kill_waiting_exec(void)
{
	const char *what = "SIGKILL of an exec that waits";
	pid_t pid = begin_roles(NULL, NULL, exec_and_quit,
				1u << LEADER | 1u << IDLE);

	wait_held(what);
	kill(pid, SIGKILL);
	wait_all(what);
	check_role(what, LEADER, "xE", 0, SIGKILL);
	check_role(what, IDLE, "xE", 0, SIGKILL);
	check_role(what, ENDER, "xE", SIGKILL, SIGKILL);
}

static void aborts_with_core(void)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	setrlimit(RLIMIT_CORE, &all);
	aborts();
}

/* The file is written before the stops, so nobody waits for a tracer. */
static void dumps_core(void)
{
	const char *what = "a core file";

	tap_scratch("ptrace_ends");
	begin_roles(NULL, NULL, aborts_with_core, 1u << LEADER | 1u << IDLE);
	check(eventually((nobody_left(), strchr(saw[ENDER].marks, 'E'))),
	      "a core file: the thread ends, the others at their stops");
	wait_held(what);
	for (int i = LEADER; i <= IDLE; i++)
		check_eq(ptrace(PTRACE_CONT, shared->tid[i], 0, 0), 0,
			 "... which go on");
	wait_all(what);
	check_eq(saw[IDLE].status & 0x7f, SIGABRT, "... its signal");
	unlink("core");
	tap_scratch_end();
}

static void detach_all_roles(void)
{
	const char *what = "DETACH of one that ends";
	pid_t pid = begin_roles(NULL, NULL, exits_all, 7);

	wait_held(what);
	for (int i = 0; i < ROLES; i++)
		check_eq(ptrace(PTRACE_DETACH, shared->tid[i], 0, 0), 0,
			 "%s", what);
	check_eq(next_stop(pid), EXITED(7), "... it ends");
}

/* A process of its own, which ends with its tracees at their stops. */
static void dies_tracing(void *arg)
{
	(void)arg;
	begin_roles(NULL, NULL, exits_all, 7);
	_exit(eventually(held_come()) ? 0 : 1);
}

#define PR_SET_CHILD_SUBREAPER	36

static void tracer_dies(void)
{
	int st = 0;

	syscall(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	check_eq(in_child(dies_tracing, NULL), 0, "a tracer dies");
	check(eventually(waitpid(-1, &st, WNOHANG) > 0),
	      "its tracees, at the stops of their end, go on");
	check_eq(st, 7 << 8, "... as they would have");
}

/* A tracee is waited for by any kind of wait, also by one for "clones". */
static void reap_as_clone(void)
{
	int st = 0, p[2];
	char c;
	pid_t pid;

	if (pipe(p))
		tap_bail("pipe");
	pid = fork();
	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		write(p[1], "", 1);
		raise(SIGSTOP);
		_exit(5);
	}
	/* before it is a tracee, such a wait finds no child */
	read(p[0], &c, 1);
	close(p[0]);
	close(p[1]);
	check_eq(waitpid(pid, &st, (int)__WCLONE), pid,
		 "__WCLONE: one's own tracee has stopped");
	ptrace(PTRACE_CONT, pid, 0, 0);
	check_eq(waitpid(pid, &st, (int)__WCLONE), pid, "and ended");
	check_eq(st, 5 << 8, "so");
	check_err(ECHILD, waitpid(pid, &st, 0), "it is reaped");
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return 42;
	tap_find_self(argv[0]);
	shared = mmap(NULL, PG, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	group_ends();
	single_ends();
	exec_ends();
	killed_in_group_end();
	group_ends_meanwhile();
	killed_in_single_ends();
	killed_in_last_end();
	kill_waiting_exec();
	dumps_core();
	detach_all_roles();
	tracer_dies();
	reap_as_clone();
	return tap_done();
}
