/* SPDX-License-Identifier: MIT */
/*
 * What name spaces of process numbers (rows D8, D10) show across: procfs as it
 * was mounted, credentials on sockets, owners of files and locks, pidfds, the
 * last users of IPC, tracers.
 */
#include <dirent.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include "../../compat/sockets/unix_message.h"
#include "ptrace.h"
#include "spaces.h"
#include "sysv.h"

#define AT		"/tmp/pid_views"
#define F_SETOWN_	8
#define F_GETOWN_	9
#define PASSCRED	16
#define PEERCRED	17
#define CREDENTIALS	2
#define AF_UNIX		1
#define SOCK_STREAM	1
#ifndef SOL_SOCKET
#define SOL_SOCKET	1
#endif

struct cred {
	int pid;
	unsigned uid, gid;
};

static struct {
	volatile int ready, go, outer;
} *shared;

/* A process of a space of its own that runs fn and ends.  => its number here */
static int start_inside(int (*fn)(void), int *parent)
{
	int pid, st;

	shared->ready = shared->go = shared->outer = 0;
	*parent = fork();
	if (*parent)
		return eventually(shared->ready) ? shared->outer : -1;
	if (syscall(SYS_unshare, CLONE_NEWPID))
		_exit(120);
	pid = fork();
	if (pid) {
		shared->outer = pid;
		waitpid(pid, &st, 0);
		_exit(WIFEXITED(st) ? WEXITSTATUS(st) : 121);
	}
	if (!eventually(shared->outer))
		_exit(122);
	_exit(fn());
}

static int ready_and_go(void)
{
	shared->ready = 1;
	return eventually(shared->go);
}

/* ---- procfs -------------------------------------------------------------- */

static int count_numbers_below(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;
	int n = 0;

	while (d && (e = readdir(d)) != NULL)
		n += e->d_name[0] >= '1' && e->d_name[0] <= '9';
	if (d)
		closedir(d);
	return n;
}

static int link_is(const char *path, const char *want)
{
	char to[64] = "";

	return readlink(path, to, sizeof(to) - 1) > 0 && !strcmp(to, want);
}

static int mount_own_proc(void)
{
	if (mount("proc", AT, "proc", 0, NULL))
		return 1;
	if (!link_is(AT "/self", "1") || !link_is(AT "/thread-self",
						  "1/task/1"))
		return 2;
	if (!strstr(read_text(AT "/self/status"), "\nNSpid:\t1\n") ||
	    !strstr(read_text(AT "/1/status"), "\nPPid:\t0\n"))
		return 3;
	if (strncmp(read_text(AT "/1/stat"), "1 (", 3))
		return 4;
	if (count_numbers_below(AT) != 1 ||
	    count_numbers_below(AT "/1/task") != 1)
		return 5;
	return ready_and_go() ? 0 : 6;
}

static void procfs(void)
{
	int parent, inner;
	char text[64];

	mkdir(AT, 0700);
	inner = start_inside(mount_own_proc, &parent);
	check(inner > 1, "a process that mounts procfs");
	check_eq(count_numbers_below(AT), 1,
		 "the mount shows those of its space");
	check(strstr(read_text(AT "/1/status"), "\nPid:\t1\n") != NULL,
	      "by its numbers, whoever reads");
	check_err(ENOENT, readlink(AT "/self", text, sizeof(text)),
		  "who reads is not there");
	snprintf(text, sizeof(text), "/proc/%d/status", inner);
	check(strstr(read_text(text), "\t1\n") != NULL, "ours shows both");
	shared->go = 1;
	check_eq(exit_of(parent), 0, "inside it is the same");
	check_eq(count_numbers_below(AT), 0, "an empty space");
	check_ok(syscall(SYS_umount2, AT, 0), "umount");
	rmdir(AT);
}

/* ---- sockets ------------------------------------------------------------- */

static int sockets[2];

/* One byte, with what the kernel says of its sender.  => its number or -1 */
static int sender(int fd)
{
	struct {
		unsigned long len;
		int level, type;
		struct cred from;
		int pad;
	} c;
	char byte;
	struct iovec v = { &byte, 1 };
	struct message m = { .iov = &v, .nr_iov = 1, .control = &c,
			     .control_len = sizeof(c) };

	if (syscall(SYS_recvmsg, fd, &m, 0) != 1 || m.control_len < HEAD ||
	    c.type != CREDENTIALS)
		return -1;
	return c.from.pid;
}

static int pass_cred_on(int fd)
{
	int on = 1;

	return !syscall(SYS_setsockopt, fd, SOL_SOCKET, PASSCRED, &on,
			sizeof(on));
}

static int talks(void)
{
	int own[2];
	struct cred c;
	unsigned n = sizeof(c);

	if (!pass_cred_on(sockets[1]) || write(sockets[1], "a", 1) != 1)
		return 1;
	if (!ready_and_go())
		return 2;
	if (sender(sockets[1]) != 0)
		return 3;
	if (syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, own) ||
	    syscall(SYS_getsockopt, own[0], SOL_SOCKET, PEERCRED, &c, &n) ||
	    c.pid != 1)
		return 4;
	if (syscall(SYS_getsockopt, sockets[1], SOL_SOCKET, PEERCRED, &c,
		    &n) || c.pid)
		return 5;
	return 0;
}

static void translate_credentials(void)
{
	int parent, inner;

	if (syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, sockets) ||
	    !pass_cred_on(sockets[0]))
		tap_bail("socketpair");
	inner = start_inside(talks, &parent);
	check_eq(sender(sockets[0]), inner, "a message from inside");
	check(write(sockets[0], "b", 1) == 1, "and an answer");
	shared->go = 1;
	check_eq(exit_of(parent), 0, "which is from 0");
	close(sockets[0]);
	close(sockets[1]);
}

/* ---- files --------------------------------------------------------------- */

#ifdef SYS_fcntl64			/* what fcntl() calls: of 64 bits */
#define F_GETLK		12
#define F_SETLK		13
#else
#define F_GETLK		5
#define F_SETLK		6
#endif
#define F_WRLCK		1
#define F_UNLCK		2

struct lock {
	short type, whence;
	int64_t start, len;
	int pid;
};

static int file;

static int locker(int fd)
{
	struct lock l = { .type = F_WRLCK };

	return fcntl(fd, F_GETLK, &l) ? -2 :
		l.type == F_UNLCK ? -3 : l.pid;
}

static int lock_and_own(void)
{
	struct lock l = { .type = F_WRLCK };
	int got = -1;

	if (fcntl(file, F_SETLK, &l) || fcntl(file, F_SETOWN_, 1) ||
	    fcntl(file, F_GETOWN_) != 1)
		return 1;
	if (IN_CHILD(got = locker(file); NEED(got == 1)))
		return 2;
	if (fcntl(file, F_SETOWN_, shared->outer) != -1 || errno != ESRCH)
		return 3;
	return ready_and_go() ? 0 : 4;
}

static int see_no_locker(void)
{
	return locker(file) ? 1 : 0;
}

static void own_lock_files(void)
{
	struct lock l = { .type = F_WRLCK };
	int parent, inner;

	file = open("/tmp/pid_views.lock", O_CREAT | O_RDWR, 0600);
	inner = start_inside(lock_and_own, &parent);
	check_eq(locker(file), inner, "who has the lock, seen from here");
	check_eq(fcntl(file, F_GETOWN_), inner, "and owns the file");
	shared->go = 1;
	check_eq(exit_of(parent), 0, "inside both are 1");
	check_ok(fcntl(file, F_SETLK, &l), "our lock");
	check_eq(IN_CHILD(
		NEED(!syscall(SYS_unshare, CLONE_NEWPID));
		NEED(IN_CHILD(NEED(!see_no_locker())) == 0)), 0,
			"is nobody's inside");
	close(file);
	unlink("/tmp/pid_views.lock");
}

/* ---- pidfds -------------------------------------------------------------- */

static int outer_pidfd;

static int describes(void)
{
	char path[64];
	int fd = (int)syscall(SYS_pidfd_open, 1, 0);

	if (fd < 0 || syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0))
		return 1;
	if (syscall(SYS_pidfd_open, shared->outer, 0) != -1 || errno != ESRCH)
		return 2;
	if (syscall(SYS_pidfd_send_signal, outer_pidfd, 0, NULL, 0) != -1 ||
	    errno != EINVAL)
		return 3;
	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", shared->outer, fd);
	if (!strstr(read_text(path), "\t1\n"))
		return 4;
	return ready_and_go() ? 0 : 5;
}

static void describe_pidfds(void)
{
	int parent, inner, fd;
	char path[64], want[64];

	outer_pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	inner = start_inside(describes, &parent);
	fd = (int)syscall(SYS_pidfd_open, inner, 0);
	check_ok(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0),
		 "a pidfd of one inside");
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	snprintf(want, sizeof(want), "Pid:\t%d\nNSpid:\t%d\t1\n", inner, inner);
	check(strstr(read_text(path), want) != NULL, "Pid, NSpid of fdinfo");
	shared->go = 1;
	check_eq(exit_of(parent), 0, "one of one outside: EINVAL");
	check(strstr(read_text(path), "Pid:\t-1\nNSpid:\t-1\n") != NULL,
	      "it has gone");
	close(fd);
	close(outer_pidfd);
}

/* ---- IPC, tracers -------------------------------------------------------- */

static long queue;

static int last_sender(void)
{
	struct queue_ds d;

	return syscall(SYS_msgctl, queue, IPC_STAT, &d) ? -1 : d.lspid;
}

static int send_and_ask(void)
{
	struct { long type; char text; } m = { 1, 'x' };

	if (syscall(SYS_msgsnd, queue, &m, 1, 0) || last_sender() != 1)
		return 1;
	return ready_and_go() ? 0 : 2;
}

static void ipc(void)
{
	int parent, inner;

	queue = syscall(SYS_msgget, IPC_PRIVATE, 0600);
	inner = start_inside(send_and_ask, &parent);
	check_eq(last_sender(), inner, "the last sender of a message");
	shared->go = 1;
	check_eq(exit_of(parent), 0, "inside it is 1");
	syscall(SYS_msgctl, queue, IPC_RMID, 0);
}

static int trace_by_numbers(void)
{
	int st, pid = fork();
	unsigned long told = 0;

	if (!pid) {
		if (ptrace(PTRACE_TRACEME, 0, 0, 0))
			_exit(1);
		kill(getpid(), SIGSTOP);
		fork();
		_exit(0);
	}
	if (pid != 2 || waitpid(2, &st, 0) != 2 || !WIFSTOPPED(st))
		return 1;
	if (ptrace(PTRACE_SETOPTIONS, 2, 0, O(FORK)) ||
	    ptrace(PTRACE_CONT, 2, 0, 0) || waitpid(2, &st, 0) != 2 ||
	    ptrace(PTRACE_GETEVENTMSG, 2, 0, (unsigned long)&told) ||
	    told != 3)
		return 2;
	return 0;	/* all end with us */
}

static void tracers(void)
{
	if (tap_lacks(ptrace(PTRACE_CONT, 0, 0, 0), "ptrace"))
		return;
	check_eq(IN_CHILD(
		NEED(!syscall(SYS_unshare, CLONE_NEWPID));
		int pid = fork();
		if (!pid)
			_exit(trace_by_numbers());
		_exit(exit_of(pid))), 0, "a tracer inside, of 2 that makes 3");
}

int main(void)
{
	if (geteuid())
		return tap_skip_all("not root");
	shared = mmap(NULL, PG, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	procfs();
	translate_credentials();
	own_lock_files();
	describe_pidfds();
	ipc();
	tracers();
	return tap_done();
}
