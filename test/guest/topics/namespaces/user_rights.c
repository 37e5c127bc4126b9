/* SPDX-License-Identifier: MIT */
/*
 * What root of a name space of users may do, and to whom (rows B8, B17, D8):
 * ids that it sets, files, signals, tracing, programs with set-id bits; and how
 * ids look from either side.  The space is user 1000's: ids 0 and 1 to 10 in it
 * are 1000 and 2001 to 2010 outside.
 */
#include <sys/resource.h>
#include <sys/uio.h>
#include "sockets.h"
#include "../../ptrace.h"
#include "../../sysv.h"
#include "users.h"

#define MAP		"0 1000 1\n1 2001 10\n"
#define SO_PRIORITY	12
#define SO_RCVBUFFORCE	33
#define SHM_LOCK	11
#define SHM_UNLOCK	12
#define FAILS(err, call)	NEED((long)(call) == -1 && errno == (err))

#ifdef SYS_getgroups32			/* else they are of 16 bits */
#define GETGROUPS	SYS_getgroups32
#else
#define GETGROUPS	SYS_getgroups
#endif

static const char *program;

/* ---- ids ----------------------------------------------------------------- */

static int change_ids_inside(void *arg)
{
	gid_t list[2] = { 3, 9 }, got[2];
	uid_t r, e, s;

	(void)arg;
	NEED(getuid() == 0 && getgid() == 0);
	NEED(!setgroups(2, list));
	NEED(syscall(GETGROUPS, 2, got) == 2);
	NEED(got[0] == 3 && got[1] == 9);
	list[0] = 50;
	FAILS(EINVAL, setgroups(1, list));
	FAILS(EINVAL, setresuid(1, 2, 50));
	FAILS(EINVAL, syscall(SYS_setreuid, 11, -1));
	FAILS(EINVAL, syscall(SYS_setuid, 65534));
	NEED(syscall(SYS_setfsuid, 3) == 0 && syscall(SYS_setfsuid, 50) == 3);
	NEED(syscall(SYS_setfsgid, 4) == 0 && syscall(SYS_setfsgid, 50) == 4);
	NEED(!setresgid(4, 5, 6) && getgid() == 4 && getegid() == 5);
	NEED(!setresuid(1, 2, 0) && !effective());
	NEED(!getresuid(&r, &e, &s));
	NEED(r == 1 && e == 2 && s == 0);
	NEED(strstr(read_text("/proc/self/status"), "Uid:\t1\t2\t0\t2\n"));
	NEED(strstr(read_text("/proc/self/status"), "Groups:\t3 9 \n"));
	NEED(!setresuid(-1, 0, -1) && effective() == ALL_CAPS);
	return 0;
}

/* ---- files --------------------------------------------------------------- */

static void make_owned_file(const char *name, unsigned uid, unsigned gid,
			    unsigned mode)
{
	int fd = open(name, O_CREAT | O_WRONLY, 0600);

	if (fd < 0 || fchown(fd, uid, gid) || fchmod(fd, mode))
		tap_bail(name);
	close(fd);
}

static int stat_uid(const char *name)
{
	struct stat st;

	return stat(name, &st) ? -1 : (int)st.st_uid;
}

static int use_files_as_root(void *arg)
{
	(void)arg;
	NEED(!setgroups(0, NULL));
	NEED(stat_uid("inner") == 3 && stat_uid("outer") == NOBODY);
	NEED(open("inner", O_RDWR) >= 0);
	FAILS(EACCES, open("outer", O_RDONLY));
	FAILS(EACCES, open("half", O_RDONLY));
	NEED(!chmod("half", 0640));
	FAILS(EPERM, chmod("outer", 0640));
	NEED(!chown("inner", 4, 4) && stat_uid("inner") == 4);
	FAILS(EINVAL, chown("inner", 50, 4));
	FAILS(EINVAL, chown("inner", 4, 50));
	FAILS(EPERM, chown("outer", 4, 4));
	FAILS(EPERM, chown("half", 4, 4));
	FAILS(EPERM, unlink("sticky/outer"));
	NEED(!unlink("sticky/inner"));
	make_owned_file("made", 0, 0, 0600);
	FAILS(EPERM, mknod("device", S_IFCHR | 0600, 0x103));
	FAILS(EPERM, syscall(SYS_mount, "none", "sticky", "tmpfs", 0, 0));
	NEED(!chroot("sticky"));
	return 0;
}

static void prepare_files(void)
{
	mkdir("sticky", 0755);
	chmod("sticky", 01777);
	chmod(".", 0777);
	make_owned_file("inner", 2003, 2003, 0600);
	make_owned_file("outer", 3000, 3000, 0600);
	make_owned_file("half", 2003, 3000, 0600);
	make_owned_file("sticky/inner", 2003, 2003, 0600);
	make_owned_file("sticky/outer", 3000, 2003, 0600);
	chown("sticky", 3000, 3000);
}

static void use_files_inside(void)
{
	prepare_files();
	check_eq(IN_SPACE(USER, MAP, MAP, use_files_as_root, NULL), 0,
		 "files: those whose ids are known inside");
	check_eq(stat_uid("made"), USER, "what root inside makes");
	unlink("outer");
	unlink("half");
	unlink("made");
	unlink("inner");
	unlink("sticky/outer");
	rmdir("sticky");
}

/* ---- signals ------------------------------------------------------------- */

static int uid_from(int sig)
{
	sigset_t set = sigmask(sig);
	struct timespec t = { 20, 0 };
	siginfo_t i;

	return sigtimedwait(&set, &i, &t) == sig ? (int)i.si_uid : -1;
}

static long queue(int pid, int sig, unsigned uid)
{
	siginfo_t i = { .si_signo = sig, .si_code = -1 };

	i.si_pid = getpid();
	i.si_uid = uid;
	return syscall(SYS_rt_sigqueueinfo, pid, sig, &i);
}

/* Is it that user's by now? */
static int is_of_user(int pid, unsigned uid)
{
	char path[32], want[32];

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	snprintf(want, sizeof(want), "Uid:\t%u\t%u", uid, uid);
	return eventually(strstr(read_text(path), want));
}

/* A child of this space that sleeps as that user. */
static int helper(unsigned uid)
{
	int pid = fork();

	if (!pid) {
		if (setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
			_exit(1);
		syscall(SYS_prctl, SET_DUMPABLE, 1, 0, 0, 0);
		for (;;)
			pause();
	}
	is_of_user(pid, uid);
	return pid;
}

/* others: a process of 2002's, and one of 1000's, outside */
static int signal_by_ids(void *arg)
{
	int *others = arg, pid;

	FAILS(EPERM, kill(others[0], 0));
	NEED(!kill(others[1], 0));
	FAILS(EPERM, kill(1, 0));
	pid = helper(2);
	NEED(!kill(pid, SIGKILL) && waitpid(pid, NULL, 0) == pid);
	NEED(!kill(getpid(), SIGUSR1) && uid_from(SIGUSR1) == 0);
	NEED(!queue(getpid(), SIGUSR1, 2) && uid_from(SIGUSR1) == 2);
	NEED(uid_from(SIGUSR2) == NOBODY);
	NEED(!kill(others[1], SIGUSR1) && !queue(others[1], SIGUSR2, 2));
	return 0;
}

/* 1000's, outside: hears from inside, and answers. */
static int hears(void)
{
	int pid = fork(), who;

	if (pid)
		return pid;
	become_dumpable(USER);
	if (uid_from(SIGUSR1) != USER || uid_from(SIGUSR2) != 2002)
		_exit(1);
	who = uid_from(SIGRTMIN);
	_exit(who ? 2 : 0);
}

static void of_signals(void)
{
	sigset_t set = sigmask(SIGUSR1) | sigmask(SIGUSR2) | sigmask(SIGRTMIN),
		 old;
	int others[2], pid;
	siginfo_t i;

	sigprocmask(SIG_BLOCK, &set, &old);
	others[0] = helper(2002);
	others[1] = hears();
	is_of_user(others[1], USER);
	pid = begin_in_space(USER, MAP, MAP, signal_by_ids, others);
	check_ok(kill(pid, SIGUSR2), "root outside sends a signal");
	memset(&i, 0, sizeof(i));
	check_eq(syscall(SYS_waitid, 1, pid, &i, 4 | 0x01000000, NULL), 0,
		 "waitid");
	check_eq(i.si_uid, USER, "whose it was");
	check_eq(exit_of(pid), 0, "signals: si_uid of either side");
	kill(others[1], SIGRTMIN);
	check_eq(exit_of(others[1]), 0, "as one outside hears them");
	kill(others[0], SIGKILL);
	waitpid(others[0], NULL, 0);
	sigprocmask(SIG_SETMASK, &old, NULL);
}

/* ---- sockets ------------------------------------------------------------- */

struct ucred { int pid; unsigned uid, gid; };

struct control {
	unsigned long len;
	int level, type;
	struct ucred cred;
};

static long send_credentials(int fd, unsigned uid, unsigned gid)
{
	char c = 'x';
	struct iovec v = { &c, 1 };
	struct control k = { sizeof(unsigned long) + 8 + sizeof(struct ucred),
		SOL_SOCKET, SCM_CREDENTIALS, { getpid(), uid, gid } };
	struct message m = { .iov = &v, .nr_iov = 1, .control = &k,
		.control_len = sizeof(k) };

	return syscall(SYS_sendmsg, fd, &m, 0);
}

static int receive_uid(int fd)
{
	char c;
	struct iovec v = { &c, 1 };
	struct control k = { 0, 0, 0, { 0, 0, 0 } };
	struct message m = { .iov = &v, .nr_iov = 1, .control = &k,
		.control_len = sizeof(k) };

	return syscall(SYS_recvmsg, fd, &m, 0) == 1 ? (int)k.cred.uid : -1;
}

static int peer(int fd)
{
	struct ucred c;
	unsigned len = sizeof(c);

	return syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_PEERCRED, &c, &len) ?
		-1 : (int)c.uid;
}

static int send_ids(void *arg)
{
	int fd = *(int *)arg;

	NEED(peer(fd) == NOBODY);
	NEED(send_credentials(fd, 0, 0) == 1 &&
	     send_credentials(fd, 2, 3) == 1);
	FAILS(EINVAL, send_credentials(fd, 50, 0));
	FAILS(EINVAL, send_credentials(fd, 0, 50));
	NEED(write(fd, "x", 1) == 1);
	NEED(receive_uid(fd) == NOBODY && receive_uid(fd) == 2);
	return 0;
}

static void of_sockets(void)
{
	int fd[2], one = 1, pid;

	if (syscall(SYS_socketpair, 1, 5, 0, fd) ||
	    syscall(SYS_setsockopt, fd[0], 1, SO_PASSCRED, &one, 4) ||
	    syscall(SYS_setsockopt, fd[1], 1, SO_PASSCRED, &one, 4))
		tap_bail("a socket");
	pid = begin_in_space(USER, MAP, MAP, send_ids, &fd[1]);
	check_eq(peer(fd[0]), 0, "SO_PEERCRED");
	check_eq(receive_uid(fd[0]), USER, "SCM_CREDENTIALS: root inside");
	check_eq(receive_uid(fd[0]), 2002, "and another it may be");
	check_eq(receive_uid(fd[0]), USER, "who says nothing");
	send_credentials(fd[0], 0, 0);
	send_credentials(fd[0], 2002, 0);
	check_eq(exit_of(pid), 0, "and how it hears");
	close(fd[0]);
	close(fd[1]);
}

/* ---- programs with set-id bits ------------------------------------------- */

/* => its effective user, and 50 more if it has a capability; run as 1 */
static int user_of_program(const char *name)
{
	int pid = fork();
	char *argv[] = { (char *)name, (char *)"report", NULL };

	if (!pid) {
		if (setresgid(1, 1, 1) || setresuid(1, 1, 1))
			_exit(100);
		execve(name, argv, NULL);
		_exit(101);
	}
	return exit_of(pid);
}

static int set_ids(void *arg)
{
	(void)arg;
	NEED(user_of_program("plain") == 1);
	NEED(user_of_program("five") == 5);
	NEED(user_of_program("root") == 50);
	NEED(user_of_program("outer") == 1);
	NEED(user_of_program("group") == 1);
	NEED(user_of_program("first") == 1);
	return 0;
}

static void copy_to(const char *name, unsigned uid, unsigned gid, unsigned mode)
{
	static char buf[1 << 16];
	int from = open(program, O_RDONLY), to;
	ssize_t n;

	make_owned_file(name, uid, gid, 0700);
	to = open(name, O_WRONLY);
	while ((n = read(from, buf, sizeof(buf))) > 0)
		if (write(to, buf, (size_t)n) != n)
			tap_bail(name);
	fchmod(to, mode);
	close(to);
	close(from);
}

static void of_set_ids(void)
{
	static const char *const made[] = { "plain", "five", "root", "outer",
		"group", "first" };

	copy_to("plain", 0, 0, 0755);
	copy_to("five", 2005, 2005, 04755);
	copy_to("root", USER, USER, 04755);
	copy_to("outer", 3000, 2001, 04755);
	copy_to("group", 2005, 3000, 06755);
	copy_to("first", 0, 0, 04755);
	check_eq(IN_SPACE(USER, MAP, MAP, set_ids, NULL), 0,
		 "set-id programs: of owners that are known inside");
	for (int i = 0; i < COUNT(made); i++)
		unlink(made[i]);
}

/* ---- tracing ------------------------------------------------------------- */

static long attach_briefly(int pid)
{
	if (ptrace(PTRACE_SEIZE, pid, 0, 0))
		return -1;
	return ptrace(PTRACE_INTERRUPT, pid, 0, 0) || next_stop(pid) < 0 ||
		ptrace(PTRACE_DETACH, pid, 0, 0);
}

static unsigned told;

static void note_sender(int sig, siginfo_t *i, void *frame)
{
	(void)sig;
	(void)frame;
	told = i->si_uid;
}

static void raises(void)
{
	struct sigaction a = { .sa_sigaction = note_sender,
			      .sa_flags = SA_SIGINFO };

	sigaction(SIGUSR1, &a, NULL);
	raise(SIGUSR1);
	_exit(told == 77 ? 0 : 1);
}

static int trace_inside(void *arg)
{
	int outside = *(int *)arg, pid = helper(2);
	siginfo_t i;

	NEED(!attach_briefly(pid));
	FAILS(EPERM, attach_briefly(outside));
	FAILS(EPERM, attach_briefly(getppid()));
	FAILS(EPERM, syscall(SYS_prlimit64, outside, 7, NULL, NULL));
	NEED(!syscall(SYS_prlimit64, pid, 7, NULL, NULL));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	pid = traced_child(raises);
	NEED(!ptrace(PTRACE_CONT, pid, 0, 0) && next_stop(pid) == SIGUSR1);
	NEED(!ptrace(PTRACE_GETSIGINFO, pid, 0, (unsigned long)&i));
	NEED(i.si_uid == 0);
	i.si_uid = 77;
	NEED(!ptrace(PTRACE_SETSIGINFO, pid, 0, (unsigned long)&i));
	NEED(!ptrace(PTRACE_CONT, pid, 0, SIGUSR1));
	NEED(next_stop(pid) == EXITED(0));
	return 0;
}

/* Starts in the space and tells a pipe its number. */
static int tell_number_and_wait(void *fd)
{
	int pid = helper(3);

	if (write(*(int *)fd, &pid, sizeof(pid)) != sizeof(pid))
		return 1;
	waitpid(pid, NULL, 0);
	return 0;
}

static void of_tracing(void)
{
	int outside, p[2], maker, pid = 0;

	if (tap_lacks(ptrace(PTRACE_CONT, 0, 0, 0), "ptrace"))
		return;
	outside = helper(2002);
	check_eq(IN_SPACE(USER, MAP, MAP, trace_inside, &outside), 0,
		 "tracing: whoever is inside");
	kill(outside, SIGKILL);
	waitpid(outside, NULL, 0);
	if (pipe(p))
		tap_bail("pipe");
	maker = begin_in_space(USER, MAP, MAP, tell_number_and_wait, &p[1]);
	if (read(p[0], &pid, sizeof(pid)) != sizeof(pid))
		tap_bail("a child inside");
	check_eq(IN_CHILD(
		become_dumpable(USER + 1);
		FAILS(EPERM, attach_briefly(pid));
		FAILS(EPERM, kill(pid, 0))), 0, "nobody else's");
	check_eq(IN_CHILD(
		become_dumpable(USER);
		NEED(!effective() && is_of_user(pid, 2003));
		NEED(!attach_briefly(pid) && !kill(pid, 0))), 0,
		"its maker, though the user is another");
	check_eq(attach_briefly(pid), 0, "and root");
	kill(pid, SIGKILL);
	check_eq(exit_of(maker), 0, "that was all");
	close(p[0]);
	close(p[1]);
}

/* ---- the rest ------------------------------------------------------------ */

static int own_queues(void *arg)
{
	struct queue_ds d;

	NEED(!syscall(SYS_msgctl, *(int *)arg, IPC_STAT | 0x100, &d) ||
	     !syscall(SYS_msgctl, *(int *)arg, IPC_STAT, &d));
	NEED(d.uid == NOBODY && d.cuid == NOBODY);
	FAILS(EPERM, syscall(SYS_msgctl, *(int *)arg, IPC_RMID, NULL));
	return 0;
}

/*
 * So much memory is the machine's to give, though the objects are those of an
 * own space.
 */
static int large_objects(void *arg)
{
	struct rlimit limit = { PG, PG };
	struct queue_ds d;
	int one, two, id;

	(void)arg;
	NEED(!syscall(SYS_unshare, CLONE_NEWIPC));
	NEED(!setrlimit(RLIMIT_MEMLOCK, &limit));
	one = (int)syscall(SYS_shmget, IPC_PRIVATE, PG, 0600);
	two = (int)syscall(SYS_shmget, IPC_PRIVATE, 2 * PG, 0600);
	NEED(!syscall(SYS_shmctl, one, SHM_LOCK, NULL));
	FAILS(ENOMEM, syscall(SYS_shmctl, two, SHM_LOCK, NULL));
	limit = (struct rlimit){ 0, 0 };
	NEED(!setrlimit(RLIMIT_MEMLOCK, &limit));
	NEED(!syscall(SYS_shmctl, one, SHM_LOCK, NULL));
	NEED(!syscall(SYS_shmctl, one, SHM_UNLOCK, NULL));
	FAILS(ENOMEM, syscall(SYS_shmctl, one, SHM_LOCK, NULL));
	id = (int)syscall(SYS_msgget, IPC_PRIVATE, 0600);
	NEED(!syscall(SYS_msgctl, id, IPC_STAT, &d));
	d.room = 100000;
	FAILS(EPERM, syscall(SYS_msgctl, id, IPC_SET, &d));
	return 0;
}

/* A space of numbers that is root's of inside ends by it, the machine not. */
static int reboot_as_root_inside(void *arg)
{
	int pid, status;

	(void)arg;
	FAILS(EPERM, syscall(SYS_reboot, 0xfee1deadu, 672274793, 0, NULL));
	NEED(!syscall(SYS_unshare, CLONE_NEWPID));
	pid = fork();
	if (!pid) {
		syscall(SYS_reboot, 0xfee1deadu, 672274793, 0x4321fedcu, NULL);
		_exit(1);
	}
	NEED(waitpid(pid, &status, 0) == pid && status == SIGINT);
	return 0;
}

/* Who made a space has all rights over who is in it, and may weigh them so. */
static void of_weights(void)
{
	int p[2], maker, pid, none = 0;
	unsigned long cpus = 1;

	if (pipe(p))
		tap_bail("pipe");
	maker = begin_in_space(USER, MAP, MAP, tell_number_and_wait, &p[1]);
	if (read(p[0], &pid, sizeof(pid)) != sizeof(pid))
		tap_bail("a child inside");
	check_eq(IN_CHILD(
		become_dumpable(USER);
		NEED(!syscall(SYS_ioprio_set, 1, maker, 2 << 13 | 5));
		NEED(!syscall(SYS_sched_setscheduler, maker, 3, &none));
		NEED(!syscall(SYS_sched_setaffinity, maker, sizeof(cpus),
			      &cpus));
		NEED(!syscall(SYS_setpriority, 0, maker, 1))), 0,
		"priorities of who is inside");
	check_eq(IN_CHILD(
		become_dumpable(USER + 1);
		FAILS(EPERM, syscall(SYS_ioprio_set, 1, maker, 2 << 13 | 5));
		FAILS(EPERM, syscall(SYS_setpriority, 0, maker, 1))), 0,
		"are not anybody's to set");
	kill(pid, SIGKILL);
	check_eq(exit_of(maker), 0, "it has ended");
	close(p[0]);
	close(p[1]);
}

/* Memory of the kernel's is the machine's, whoever owns the network. */
static int large_buffers(void *arg)
{
	int n = 100000, s;

	(void)arg;
	NEED(!syscall(SYS_unshare, CLONE_NEWNET));
	s = (int)syscall(SYS_socket, 1, 1, 0);
	NEED(s >= 0);
	FAILS(EPERM, syscall(SYS_setsockopt, s, SOL_SOCKET, SO_SNDBUFFORCE, &n,
			     sizeof(n)));
	FAILS(EPERM, syscall(SYS_setsockopt, s, SOL_SOCKET, SO_RCVBUFFORCE, &n,
			     sizeof(n)));
	/* the network is */
	n = 7;
	NEED(!syscall(SYS_setsockopt, s, SOL_SOCKET, SO_PRIORITY, &n,
		      sizeof(n)));
	return 0;
}

int main(int argc, char **argv)
{
	int id;

	if (argc > 1)
		return effective() ? 50 + (int)geteuid() : (int)geteuid();
	tap_find_self(argv[0]);
	program = tap_self;
	tap_scratch("user_rights");
	check_eq(IN_SPACE(USER, MAP, MAP, change_ids_inside, NULL), 0,
		 "ids: those in the map");
	use_files_inside();
	of_signals();
	of_sockets();
	of_set_ids();
	of_tracing();
	id = (int)syscall(SYS_msgget, IPC_PRIVATE, 0666);
	if (id >= 0) {
		check_eq(IN_SPACE(USER, MAP, MAP, own_queues, &id), 0,
			 "a queue's owner");
		syscall(SYS_msgctl, id, IPC_RMID, NULL);
	}
	check_eq(IN_SPACE(USER, MAP, MAP, large_buffers, NULL), 0,
		 "buffers beyond the limit are for the first space");
	check_eq(IN_SPACE(USER, MAP, MAP, large_objects, NULL), 0,
		 "and so are locked segments, long queues");
	of_weights();
	check_eq(IN_SPACE(USER, MAP, MAP, reboot_as_root_inside, NULL), 0,
		 "what reboot ends");
	tap_scratch_end();
	return tap_done();
}
