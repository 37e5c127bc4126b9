/* SPDX-License-Identifier: MIT */
/*
 * A table of descriptors that is full (rows A9, B5): every call that makes one
 * says EMFILE, does nothing else, and leaves nothing behind.
 */
#include <sched.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include "audit.h"
#include "sockets.h"

#define STREAM		1
#define FULL		40		/* descriptors */
#define TIMES		3

static int pidfd, listener, pair[2], directory;

static long make_open(void)
{
	return open("/", O_RDONLY);
}

static long opens_nothing(void)
{
	return open("nothing", O_RDONLY);
}

static long make_file_by_open(void)
{
	return open("new", O_RDWR | O_CREAT, 0600);
}

static long nameless(void)
{
	return open(".", O_RDWR | O_TMPFILE, 0600);
}

static long open_by_how(void)
{
	uint64_t h[3] = { 0, 0, 0 };

	return syscall(437, directory, ".", h, sizeof(h));	/* openat2 */
}

static long make_pipe(void)
{
	int p[2];

	return pipe2(p, 0);
}

static long make_socket(void)
{
	return syscall(SYS_socket, AF_UNIX, STREAM, 0);
}

static long inet_sockets(void)
{
	return syscall(SYS_socket, AF_INET, STREAM, 0);
}

static long pairs(void)
{
	int p[2];

	return syscall(SYS_socketpair, AF_UNIX, STREAM, 0, p);
}

static long accepts(void)
{
	return syscall(SYS_accept4, listener, NULL, NULL, 0);
}

static long make_eventfd(void)
{
	return syscall(SYS_eventfd2, 0, 0);
}

static long make_timerfd(void)
{
	return syscall(SYS_timerfd_create, 1, 0);
}

static long make_signalfd(void)
{
	unsigned long mask[2] = { 1 };

	return syscall(SYS_signalfd4, -1, mask, 8, 0);
}

static long make_epoll(void)
{
	return syscall(SYS_epoll_create1, 0);
}

static long make_inotify(void)
{
	return syscall(SYS_inotify_init1, 0);
}

static long make_memfd(void)
{
	return syscall(SYS_memfd_create, "m", 0);
}

static long make_pidfd(void)
{
	return syscall(SYS_pidfd_open, getpid(), 0);
}

static long of_process(void)
{
	return syscall(SYS_pidfd_getfd, pidfd, 1, 0);
}

/* No child is made. */
static long make_clone(void)
{
	int fd = -1;
	long pid = raw_syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, 0, &fd, 0, 0);

	if (pid == 0)
		_exit(0);
	if (pid > 0) {
		waitpid((pid_t)pid, NULL, 0);
		return pid;
	}
	errno = (int)-pid;
	return -1;
}

static long make_copy(void)
{
	return dup(1);
}

static long copies_above(void)
{
	return fcntl(1, F_DUPFD, 5L);
}

static long make_terminal(void)
{
	return open("/dev/ptmx", O_RDWR | O_NOCTTY);
}

static const struct {
	const char *name;
	long (*fn)(void);
} calls[] = {
	{ "open", make_open },
	{ "open of nothing", opens_nothing },
	{ "O_CREAT", make_file_by_open },
	{ "O_TMPFILE", nameless },
	{ "openat2", open_by_how },
	{ "pipe2", make_pipe },
	{ "socket", make_socket },
	{ "socket of AF_INET", inet_sockets },
	{ "socketpair", pairs },
	{ "accept4", accepts },
	{ "eventfd2", make_eventfd },
	{ "timerfd_create", make_timerfd },
	{ "signalfd4", make_signalfd },
	{ "epoll_create1", make_epoll },
	{ "inotify_init1", make_inotify },
	{ "memfd_create", make_memfd },
	{ "pidfd_open", make_pidfd },
	{ "pidfd_getfd", of_process },
	{ "clone, CLONE_PIDFD", make_clone },
	{ "dup", make_copy },
	{ "F_DUPFD", copies_above },
	{ "/dev/ptmx", make_terminal },
};

/* ---- files that are sent ------------------------------------------------- */

static void send_file(void)
{
	struct iovec v = { "x", 1 };
	struct {
		unsigned long len;
		int level, type, fd;
	} c = { sizeof(long) + 3 * sizeof(int), 1, 1, 1 };
	struct message h = { NULL, 0, &v, 1, &c, sizeof(c), 0 };

	if (syscall(SYS_sendmsg, pair[0], &h, 0) != 1)
		tap_bail("sendmsg");
}

static void receive_file(void)
{
	char byte = 0, room[64];
	struct iovec v = { &byte, 1 };
	struct message h = { NULL, 0, &v, 1, room, sizeof(room), 0 };

	send_file();
	check_eq(syscall(SYS_recvmsg, pair[1], &h, 0), 1, "a byte comes");
	check_eq((int)h.flags & MSG_CTRUNC, MSG_CTRUNC, "the file is cut off");
	check_eq((long)h.control_len, 0, "nothing is told of it");
}

/* ---- the table ----------------------------------------------------------- */

static int last;

static void fill_table(void)
{
	int fd;

	while ((fd = dup(1)) >= 0)
		last = fd;
}

static void prepare(void)
{
	struct rlimit r = { FULL, FULL };
	struct { uint16_t family; char path[20]; } a = { AF_UNIX, "listens" };
	int c;

	pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	directory = open(".", O_RDONLY);
	listener = (int)syscall(SYS_socket, AF_UNIX, STREAM, 0);
	c = (int)syscall(SYS_socket, AF_UNIX, STREAM, 0);
	if (syscall(SYS_socketpair, AF_UNIX, STREAM, 0, pair) || c < 0 ||
	    syscall(SYS_bind, listener, &a, sizeof(a)) ||
	    syscall(SYS_listen, listener, 1) ||
	    syscall(SYS_connect, c, &a, sizeof(a)) ||
	    setrlimit(RLIMIT_NOFILE, &r))
		tap_bail("sockets");
	fill_table();
}

static void all_of_them(int told)
{
	for (int k = 0; k < COUNT(calls); k++) {
		long r = calls[k].fn();

		if (told)
			check(r == -1 && errno == EMFILE, "%s", calls[k].name);
	}
}

int main(void)
{
	struct stat st;

	tap_scratch("full_fd_table");
	prepare();
	all_of_them(1);
	check_err(ENOENT, stat("new", &st), "nothing was created");
	check_err(EINVAL, fcntl(1, F_DUPFD, (long)FULL), "above the limit");
	check_err(EBADF, dup2(1, FULL), "dup2 to there");
	receive_file();
	close(last);
	if (audit_take() == 0) {
		fill_table();
		for (int i = 0; i < TIMES; i++)
			all_of_them(0);
		close(last);
		check(audit_same(0), "the audit balances");
	}
	check(accepts() >= 0, "the connection waited");
	unlink("listens");
	tap_scratch_end();
	return tap_done();
}
