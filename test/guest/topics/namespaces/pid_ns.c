/* SPDX-License-Identifier: MIT */
/*
 * Name spaces of process numbers (rows D8, D10): a number at each level, init
 * of a space with its rights and its end, signals across, unshare(2), setns(2)
 * and what is refused.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <thread.h>
#include "spaces.h"

#define LIMIT		"/proc/sys/user/max_pid_namespaces"
#define NS_GET_PARENT	0xb702
#define NS_GET_PID_FROM_PIDNS	0x8004b706u
#define NS_GET_TGID_FROM_PIDNS	0x8004b707u
#define NS_GET_PID_IN_PIDNS	0x8004b708u
#define NS_GET_TGID_IN_PIDNS	0x8004b709u
#define LEVELS		32

/* As IN_CHILD, by number 1 of a space of its own. */
#define IN_SPACE(...)	IN_CHILD(					\
	NEED(!syscall(SYS_unshare, CLONE_NEWPID));			\
	PASS(IN_CHILD(__VA_ARGS__)))
#define PASS(status)	do {						\
	int s_ = (status);						\
	if (s_)								\
		_exit(s_ > 0 ? s_ : 126);				\
} while (0)

/* What an outer process and one of a space tell each other. */
static struct {
	volatile int ready, go, from, other;
} *shared;

static int flag_rises(volatile int *flag)
{
	return eventually(*flag);
}

/* ---- numbers ------------------------------------------------------------- */

static void check_own_numbers(void)
{
	int outer = getpid(), status = 0;

	check_eq(IN_SPACE(
		NEED(getpid() == 1 && getppid() == 0);
		NEED(syscall(SYS_gettid) == 1);
		NEED(getpgid(0) == 0 && getsid(0) == 0);
		NEED(kill(outer, 0) == -1 && errno == ESRCH)),
		0, "the first process is 1, and its parent 0");
	check_eq(IN_SPACE(
		int pid = fork();
		if (!pid)
			_exit(getpid() == 2 && getppid() == 1 ? 7 : 1);
		NEED(pid == 2);
		NEED(waitpid(-1, &status, 0) == 2 && status == 7 << 8)),
		0, "its child is 2, for fork and wait");
	check_eq(IN_SPACE(
		NEED(setsid() == 1 && getpgid(0) == 1 && getsid(1) == 1);
		NEED(IN_CHILD(
			NEED(getpgid(0) == 1 && !setpgid(0, 0));
			NEED(getpgid(0) == 2 && getpgid(2) == 2);
			NEED(getsid(0) == 1);
			NEED(setpgid(0, 77) == -1 && errno == EPERM)) == 0)),
		0, "groups and sessions");
	check_eq(IN_SPACE(
		NEED(syscall(SYS_getpriority, 0, 1) == 20);
		NEED(syscall(SYS_sched_getscheduler, 1) == 0);
		NEED(syscall(SYS_sched_getscheduler, outer) == -1);
		NEED(errno == ESRCH);
		NEED(getpgid(outer) == -1 && errno == ESRCH);
		NEED(syscall(SYS_tgkill, 1, 1, 0) == 0);
		NEED(syscall(SYS_tgkill, 1, outer, 0) == -1)),
		0, "calls by number");
}

static void *tell_tid(void *arg)
{
	*(int *)arg = (int)syscall(SYS_gettid);
	return NULL;
}

static void number_threads(void)
{
	struct thread t;
	int tid = 0;

	check_eq(IN_SPACE(
		NEED(!thread_create(&t, tell_tid, &tid));
		thread_join(&t);
		NEED(tid == 2 && getpid() == 1)), 0, "a thread has the next");
	check_eq(IN_CHILD(
		NEED(!syscall(SYS_unshare, CLONE_NEWPID));
		NEED(thread_create(&t, tell_tid, &tid));
		NEED(IN_CHILD(NEED(getpid() == 1)) == 0)),
		0, "who made a space for children makes no thread");
}

/* ---- levels -------------------------------------------------------------- */

/* => how many more there can be, or -1 */
static int deeper(int level)
{
	int pid, status;

	if (syscall(SYS_unshare, CLONE_NEWPID))
		return errno == ENOSPC ? level : 100;
	pid = fork();
	if (!pid)
		_exit(getpid() == 1 ? deeper(level + 1) : 101);
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ?
		WEXITSTATUS(status) : 102;
}

/* The numbers of a line of pid's status file, behind its name. */
static int parse_status_line(int pid, const char *name, int out[4])
{
	char path[64];
	const char *at;
	int n = 0;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	at = strstr(read_text(path), name);
	if (!at)
		return 0;
	at += strlen(name);
	while (*at == '\t' && n < 4) {
		out[n++] = atoi(at + 1);
		at += 1 + strcspn(at + 1, "\t\n");
	}
	return n;
}

static void number_levels(void)
{
	int pid = fork(), nr[4] = { 0, 0, 0, 0 }, st;
	const char *at;

	if (!pid)
		_exit(deeper(0));
	check_eq(exit_of(pid), LEVELS, "so many levels, then ENOSPC");
	pid = fork();
	if (!pid) {
		if (syscall(SYS_unshare, CLONE_NEWPID))
			_exit(1);
		pid = fork();
		if (pid) {
			shared->other = pid;
			_exit(waitpid(-1, &st, 0) < 0);
		}
		if (!flag_rises(&shared->other))
			_exit(1);
		if (fork())		/* 2, so that 3 has two levels */
			_exit(waitpid(-1, &st, 0) < 0);
		if (syscall(SYS_unshare, CLONE_NEWPID))
			_exit(1);
		if (fork())
			_exit(waitpid(-1, &st, 0) < 0);
		shared->ready = 1;
		_exit(!flag_rises(&shared->go));
	}
	check(flag_rises(&shared->ready), "a process two levels below");
	at = read_text("/proc/self/task/../../self/status");
	check(strstr(at, "NSpid:") != NULL, "NSpid is a line of status");
	check_eq(parse_status_line(shared->other, "NSpid:", nr), 2,
		 "one below: two");
	check(nr[0] == shared->other && nr[1] == 1, "its own is 1");
	for (int i = 1; i < 10 && (parse_status_line(shared->other + i,
						     "NSpid:", nr) != 3 ||
	     nr[2] != 1); i++)
		;
	check(nr[1] == 3 && nr[2] == 1, "two below: three of them");
	check(parse_status_line(nr[0], "PPid:", nr) && nr[0] > shared->other,
	      "its parent is seen from here");
	shared->go = 1;
	check_eq(exit_of(pid), 0, "all end");
	shared->ready = shared->go = 0;
}

/* ---- init ---------------------------------------------------------------- */

static void noted(int sig, siginfo_t *info, void *context)
{
	(void)context;
	shared->from = info->si_pid;
	shared->go = sig;
}

static void handle_in_space(int sig)
{
	struct sigaction a = { .sa_sigaction = noted,
		.sa_flags = SA_SIGINFO | SA_RESTART };

	sigaction(sig, &a, NULL);
}

static void protected(void)
{
	check_eq(IN_SPACE(
		NEED(IN_CHILD(
			NEED(!kill(1, SIGTERM) && !kill(1, SIGKILL));
			NEED(!kill(1, SIGSTOP))) == 0)),
		0, "no signal from inside ends or stops it");
	shared->go = 0;
	check_eq(IN_SPACE(
		handle_in_space(SIGTERM);
		NEED(IN_CHILD(NEED(!kill(1, SIGTERM))) == 0);
		NEED(shared->go == SIGTERM && shared->from == 2)),
		0, "but one with a handler comes, from 2");
	shared->go = 0;
}

/* => the outer number of a process 1 that waits, with a handler of SIGUSR1 */
static int waiting_init(int *parent)
{
	int st, pid;

	shared->ready = shared->go = shared->other = 0;
	*parent = fork();
	if (*parent) {
		if (!flag_rises(&shared->ready))
			tap_bail("init");
		return shared->other;
	}
	if (syscall(SYS_unshare, CLONE_NEWPID))
		_exit(1);
	pid = fork();
	if (pid) {
		shared->other = pid;
		waitpid(-1, &st, WUNTRACED);
		if (WIFSTOPPED(st)) {
			shared->go = WSTOPSIG(st);
			kill(pid, SIGCONT);
			waitpid(-1, &st, 0);
		}
		_exit(WIFSIGNALED(st) ? WTERMSIG(st) : 99);
	}
	handle_in_space(SIGUSR1);
	if (!flag_rises(&shared->other))
		_exit(1);
	shared->ready = 1;
	for (;;)
		pause();
}

static void signal_from_outside(void)
{
	int parent, init = waiting_init(&parent);

	shared->from = -1;
	check_ok(kill(init, SIGUSR1), "a signal from outside");
	check(flag_rises(&shared->go) && shared->from == 0, "is from 0");
	shared->go = 0;
	check_ok(kill(init, SIGTERM), "without a handler it is lost");
	check_ok(kill(init, SIGSTOP), "SIGSTOP");
	check(eventually(shared->go == SIGSTOP), "stops it");
	check_ok(kill(init, SIGKILL), "SIGKILL");
	check_eq(exit_of(parent), SIGKILL, "ends it");
}

static void adopt_orphans(void)
{
	shared->from = 0;
	check_eq(IN_SPACE(
		int status = 0;
		NEED(IN_CHILD(
			if (!fork()) {
				(void)eventually(getppid() == 1);
				shared->from = getppid();
				_exit(5);
			}) == 0);
		NEED(waitpid(-1, &status, 0) == 3 && status == 5 << 8);
		NEED(shared->from == 1)), 0, "orphans are init's");
}

static void all_of_it(void)
{
	int out = fork();

	if (!out)
		for (;;)
			pause();
	check_eq(IN_SPACE(
		int a = fork();
		int status = 0;
		if (!a)
			for (;;)
				pause();
		NEED(IN_CHILD(NEED(!kill(-1, SIGKILL))) == 0);
		NEED(waitpid(a, &status, 0) == a && status == SIGKILL)),
		0, "-1 is all of the space but init");
	check_eq(waitpid(out, NULL, WNOHANG), 0, "nobody outside");
	kill(out, SIGKILL);
	waitpid(out, NULL, 0);
}

/* A space in which others, and a space below, wait; its init ends at once. */
static void populated(int pipe_end)
{
	if (fork() && fork()) {
		if (fork())
			_exit(3);
		if (syscall(SYS_unshare, CLONE_NEWPID) || fork())
			pause();
	}
	signal(SIGTERM, SIG_IGN);
	for (;;)
		pause();
	(void)pipe_end;
}

static void end_space(void)
{
	int p[2], pid, status = 0;
	char c;

	if (pipe(p))
		tap_bail("pipe");
	check_eq(IN_CHILD(
		NEED(!syscall(SYS_unshare, CLONE_NEWPID));
		pid = fork();
		if (!pid)
			populated(p[1]);
		close(p[1]);
		NEED(waitpid(pid, &status, 0) == pid && status == 3 << 8);
		NEED(fork() == -1 && errno == ENOMEM);
		NEED(fork() == -1 && errno == ENOMEM)),
		0, "a space without init takes nobody: ENOMEM");
	close(p[1]);
	check_eq(read(p[0], &c, 1), 0, "all in it have ended with it");
	close(p[0]);
}

/* ---- calls --------------------------------------------------------------- */

static void unshare_pids(void)
{
	int mine = opened(getpid(), "pid");

	check_eq(IN_CHILD(
		int fd = -1;
		NEED(!syscall(SYS_unshare, CLONE_NEWPID));
		NEED(same_ns(mine, opened(getpid(), "pid")));
		fd = opened(getpid(), "pid_for_children");
		NEED(fd == -1 && errno == ENOENT);
		NEED(syscall(SYS_unshare, CLONE_NEWPID) == -1);
		NEED(errno == EINVAL);
		NEED(!syscall(SYS_setns, mine, CLONE_NEWPID));
		NEED(getpid() != 1 && !syscall(SYS_unshare, CLONE_NEWPID))),
		0, "unshare: of children alone, once");
	close(mine);
}

static long number_by(int fd, unsigned cmd, int nr)
{
	return syscall(SYS_ioctl, fd, cmd, nr);
}

/* A thread of this process asks about itself. */
static void *thread_asks(void *arg)
{
	int self = (int)syscall(SYS_gettid), mine = opened(getpid(), "pid");

	check_eq(number_by(mine, NS_GET_PID_IN_PIDNS, self), self, "a thread");
	check_eq(number_by(mine, NS_GET_TGID_IN_PIDNS, self), getpid(),
		 "and its process");
	check_eq(number_by(mine, NS_GET_PID_FROM_PIDNS, self), self,
		 "from there");
	check_eq(number_by(mine, NS_GET_TGID_FROM_PIDNS, self), getpid(),
		 "and its process");
	close(mine);
	return arg;
}

/* What one space calls a task as another does: since Linux 6.11. */
static void renumbered(void)
{
	int mine = opened(getpid(), "pid"), uts = opened(getpid(), "uts");
	int parent, init, fd;
	struct thread t;

	if (number_by(mine, NS_GET_PID_IN_PIDNS, getpid()) < 0 &&
	    errno == ENOTTY) {
		tap_skip("numbers of other spaces", "an older kernel");
		close(mine);
		close(uts);
		return;
	}
	thread_create(&t, thread_asks, NULL);
	thread_join(&t);
	init = waiting_init(&parent);
	fd = opened(init, "pid");
	check_eq(number_by(fd, NS_GET_PID_IN_PIDNS, init), 1, "an init is 1");
	check_eq(number_by(fd, NS_GET_TGID_IN_PIDNS, init), 1,
		 "its process too");
	check_eq(number_by(fd, NS_GET_PID_FROM_PIDNS, 1), init,
		 "1 is that init");
	check_eq(number_by(fd, NS_GET_TGID_FROM_PIDNS, 1), init,
		 "its process too");
	check_err(ESRCH, number_by(fd, NS_GET_PID_IN_PIDNS, getpid()),
		  "not in there");
	check_err(ESRCH, number_by(fd, NS_GET_PID_FROM_PIDNS, 3),
		  "nobody there");
	check_err(ESRCH, number_by(fd, NS_GET_PID_FROM_PIDNS, -1), "no number");
	check_err(ESRCH, number_by(mine, NS_GET_PID_IN_PIDNS, 0), "no number");
	check_err(ESRCH, number_by(mine, NS_GET_PID_FROM_PIDNS, -1),
		  "nor that");
	check_err(EINVAL, number_by(uts, NS_GET_PID_IN_PIDNS, 1),
		  "a space of something else");
	check_eq(IN_CHILD(
		NEED(!syscall(SYS_setns, fd, CLONE_NEWPID));
		NEED(IN_CHILD(
			NEED(number_by(mine, NS_GET_PID_IN_PIDNS, 1) == init);
			NEED(number_by(mine, NS_GET_PID_FROM_PIDNS, init) == 1);
			NEED(number_by(mine, NS_GET_PID_FROM_PIDNS,
				       getppid() ?: 1) == -1);
			NEED(errno == ESRCH)) == 0)),
		0, "as they are told inside");
	kill(init, SIGKILL);
	check_eq(exit_of(parent), SIGKILL, "its end");
	check_err(ESRCH, number_by(fd, NS_GET_PID_FROM_PIDNS, 1),
		  "then nobody");
	close(fd);
	close(mine);
	close(uts);
}

static void enter_pid_space(void)
{
	int parent, init = waiting_init(&parent), fd = opened(init, "pid");
	int mine = opened(getpid(), "pid"), up;

	check(!same_ns(fd, mine), "spaces differ");
	up = (int)syscall(SYS_ioctl, fd, NS_GET_PARENT);
	check(up >= 0 && same_ns(up, mine), "NS_GET_PARENT");
	check_err(EPERM, syscall(SYS_ioctl, mine, NS_GET_PARENT),
		  "not of the first");
	close(up);
	check_eq(IN_CHILD(
		NEED(!syscall(SYS_setns, fd, CLONE_NEWPID));
		NEED(same_ns(fd, opened(getpid(), "pid_for_children")));
		NEED(IN_CHILD(
			NEED(getpid() == 2 && getppid() == 0);
			NEED(syscall(SYS_setns, mine, 0) == -1);
			NEED(errno == EINVAL);
			NEED(syscall(SYS_ioctl, fd, NS_GET_PARENT) == -1);
			NEED(errno == EPERM);
			NEED(!syscall(SYS_setns, fd, 0))) == 0)),
		0, "setns: of children; never up");
	kill(init, SIGKILL);
	check_eq(exit_of(parent), SIGKILL, "its end");
	check_eq(IN_CHILD(
		NEED(!syscall(SYS_setns, fd, CLONE_NEWPID));
		NEED(fork() == -1 && errno == ENOMEM)),
		0, "setns into a dead one");
	close(fd);
	close(mine);
}

static int is_first(void *arg)
{
	(void)arg;
	return getpid() == 1 && getppid() == 0 ? 0 : 1;
}

static char stack[16384] __attribute__((aligned(16)));

static int clone_and_wait(int flags)
{
	int told = 0;
	int pid = (int)__clone(is_first, stack + sizeof(stack), flags | SIGCHLD,
			       NULL, &told, NULL, NULL);

	if (pid <= 0)
		return pid == -1 ? -errno : pid;
	return flags & CLONE_PARENT_SETTID && told != pid ? 100 : exit_of(pid);
}

/* As clone3(2) has them. */
struct birth {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack,
		stack_size, tls, set_tid, set_tid_size, cgroup;
};

#define CHECKPOINT_RESTORE	(1ull << 40)
#define SYS_ADMIN		(1ull << 21)

/* => the child's number with these capabilities, which it had; or -errno */
static int born_with(struct birth *a, unsigned long long caps)
{
	struct { unsigned version; int pid; } h = { 0x20080522, 0 };
	unsigned data[6] = { 0 };
	int pid;

	data[0] = data[1] = (unsigned)caps;
	data[3] = data[4] = (unsigned)(caps >> 32);
	if (syscall(SYS_capset, &h, data))
		_exit(125);
	pid = (int)syscall(SYS_clone3, a, sizeof(*a));
	if (!pid)
		_exit(0);
	return pid < 0 ? -errno : exit_of(pid) ? -1 : pid;
}

/* In each space by the capabilities of the users' space that owns it. */
static void numbers_by_right(void)
{
	int want[2] = { 30, 20200 };
	struct birth a = { .exit_signal = SIGCHLD, .set_tid_size = 1,
			   .set_tid = (unsigned long)want };

	check_eq(IN_CHILD(
		NEED(!setuid(1000) && !syscall(SYS_unshare, CLONE_NEWUSER));
		PASS(IN_SPACE(
			PASS(IN_CHILD(NEED(born_with(&a, SYS_ADMIN) == 30)));
			PASS(IN_CHILD(
				NEED(born_with(&a, CHECKPOINT_RESTORE) == 30)));
			PASS(IN_CHILD(NEED(born_with(&a, ~(SYS_ADMIN |
				CHECKPOINT_RESTORE) & ((1ull << 40) - 1)) ==
				-EPERM)));
			a.set_tid_size = 2;
			PASS(IN_CHILD(NEED(born_with(&a, SYS_ADMIN |
				CHECKPOINT_RESTORE) == -EPERM)))))), 0,
		"set_tid: in one's own space, by either right; not outside");
}

static void clone_pid_space(void)
{
	struct birth a = { .exit_signal = SIGCHLD, .flags = CLONE_NEWPID };
	int want[2] = { 1, 20123 };
	int pid;

	check_eq(clone_and_wait(CLONE_NEWPID | CLONE_PARENT_SETTID), 0,
		 "clone(2)");
	a.set_tid = (unsigned long)want;
	a.set_tid_size = 2;
	pid = (int)syscall(SYS_clone3, &a, sizeof(a));
	if (!pid)
		_exit(getpid() != 1);
	check_eq(pid, 20123, "clone3(2): set_tid at both levels");
	check_eq(exit_of(pid), 0, "and 1 inside");
	want[0] = 2;
	check_err(EINVAL, syscall(SYS_clone3, &a, sizeof(a)),
		  "where nobody is, only 1 can be");
	check_eq(IN_CHILD(
		NEED(!syscall(SYS_unshare, CLONE_NEWPID));
		NEED(clone_and_wait(CLONE_NEWPID) == -EINVAL)),
		0, "not another one for children");
}

static void limit_pid_spaces(void)
{
	char old[32];

	snprintf(old, sizeof(old), "%s", read_text(LIMIT));
	write_text(LIMIT, "0");
	check_eq(IN_CHILD(
		NEED(syscall(SYS_unshare, CLONE_NEWPID) == -1);
		NEED(errno == ENOSPC)), 0, "ENOSPC beyond the limit");
	write_text(LIMIT, old);
	check_eq(IN_CHILD(
		NEED(!setuid(1000));
		NEED(syscall(SYS_unshare, CLONE_NEWPID) == -1);
		NEED(errno == EPERM)), 0, "others than root");
}

/* ---- the end of a space -------------------------------------------------- */

/* => the signal of which init is said to have died; by: who asked for that */
static int rebooted(unsigned cmd, int by)
{
	int pid = fork(), status = -1;

	if (pid)
		return exit_of(pid);
	NEED(!syscall(SYS_unshare, CLONE_NEWPID));
	pid = fork();
	if (!pid && (by == 1 || !fork())) {
		syscall(SYS_reboot, 0xfee1deadu, 672274793, cmd, "again");
		_exit(errno);
	}
	while (!pid)
		pause();
	NEED(waitpid(pid, &status, 0) == pid);
	_exit(WIFSIGNALED(status) ? WTERMSIG(status) : 64);
}

/* It is all that those inside can end. */
static void reboot_space(void)
{
	check_eq(rebooted(0x01234567, 2), SIGHUP, "a space starts anew");
	check_eq(rebooted(0xa1b2c3d4, 1), SIGHUP, "... by init, with words");
	check_eq(rebooted(0xcdef0123, 2), SIGINT, "it is halted");
	check_eq(rebooted(0x4321fedc, 1), SIGINT, "... and switched off");
	check_eq(IN_SPACE(
		NEED(syscall(SYS_reboot, 0xfee1deadu, 672274793, 0, 0) == -1 &&
		     errno == EINVAL);
		NEED(syscall(SYS_reboot, 0xfee1deadu, 1, 0x01234567, 0) == -1 &&
		     errno == EINVAL)), 0, "it has no keys");
}

int main(void)
{
	if (geteuid())
		return tap_skip_all("not root");
	shared = mmap(NULL, PG, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check_own_numbers();
	number_threads();
	number_levels();
	protected();
	signal_from_outside();
	adopt_orphans();
	all_of_it();
	end_space();
	unshare_pids();
	enter_pid_space();
	renumbered();
	clone_pid_space();
	numbers_by_right();
	limit_pid_spaces();
	reboot_space();
	return tap_done();
}
