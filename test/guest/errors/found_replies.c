/* SPDX-License-Identifier: MIT */
/*
 * Still more answers that random programs found to differ from Linux's (row
 * B3): what is read and looked at first of what is sent, of a clone's number,
 * and what a descriptor says of how it was opened.
 */
#include <termios.h>
#include "tap.h"

#define SOMEBODY	4711
#define AF_UNIX		1
#define AF_INET		2
#define AF_NETLINK	16
#define SOCK_STREAM	1
#define SOCK_DGRAM	2
#define SOCK_SEQPACKET	5
#define MSG_OOB		1
#define MSG_DONTWAIT	0x40
#define MSG_NOSIGNAL	0x4000
#define MUCH		(16u << 20)	/* more than a socket has room for */

static char buf[256];

struct bytes {
	const void *at;
	unsigned long n;
};

struct message {
	const void *name;
	unsigned name_len;
	struct bytes *iov;
	unsigned long nr_iov;
	const void *control;
	unsigned long control_len;
	unsigned flags;
};

static int sock(int family, int type)
{
	return (int)raw_syscall(SYS_socket, family, type, 0);
}

/* ---- what is sent -------------------------------------------------------- */

static void control_of_no_use(void)
{
	struct bytes v = { buf, 1 };
	struct message m = { .iov = &v, .nr_iov = 1, .control = BAD,
			     .control_len = 1 };
	int s[2], fd;

	raw_syscall(SYS_socketpair, AF_UNIX, SOCK_DGRAM, 0, s);
	check_eq(raw_syscall(SYS_sendmsg, s[0], &m, 0), -EFAULT,
		 "sendmsg: control data are read, too few as they are");
	m.control = buf;
	check_eq(raw_syscall(SYS_sendmsg, s[0], &m, 0), 1, "and mean nothing");
	close(s[0]);
	close(s[1]);
	m.control = BAD;
	fd = sock(AF_UNIX, SOCK_DGRAM);
	check_eq(raw_syscall(SYS_sendmsg, fd, &m, 0), -EFAULT,
		 "before it is asked who would get it");
	close(fd);
	fd = sock(AF_NETLINK, SOCK_DGRAM);
	check_eq(raw_syscall(SYS_sendmsg, fd, &m, 0), -EFAULT, "of netlink");
	close(fd);
}

static long send(int fd, const void *from, unsigned long n)
{
	return raw_syscall(SYS_sendto, fd, from, n, MSG_NOSIGNAL, NULL, 0);
}

static void ends_before_bytes(int type, const char *what)
{
	int s[2];

	raw_syscall(SYS_socketpair, AF_UNIX, type, 0, s);
	check_eq(send(s[0], BAD, 1), -EFAULT, "%s: bytes that are not there",
		 what);
	check_eq(send(s[0], BAD, MUCH), -EMSGSIZE, "too many of them");
	raw_syscall(SYS_shutdown, s[0], 1);
	check_eq(send(s[0], BAD, 1), -EPIPE, "after shutdown it is the end");
	check_eq(send(s[0], BAD, MUCH), -EMSGSIZE, "unless they are too many");
	close(s[0]);
	close(s[1]);
}

static void partners_that_left(void)
{
	int s[2];

	raw_syscall(SYS_socketpair, AF_UNIX, SOCK_SEQPACKET, 0, s);
	close(s[1]);
	check_eq(send(s[0], BAD, 1), -EPIPE, "packets to one that left");
	close(s[0]);
	raw_syscall(SYS_socketpair, AF_UNIX, SOCK_DGRAM, 0, s);
	close(s[1]);
	check_eq(send(s[0], BAD, 1), -EFAULT, "datagrams: the bytes first");
	check_eq(send(s[0], buf, 1), -ECONNREFUSED, "then who gets them");
	close(s[0]);
}

static void errors_of_packets(void)
{
	int s[2], fd = sock(AF_UNIX, SOCK_SEQPACKET);

	check_eq(raw_syscall(SYS_sendto, fd, buf, 1, MSG_OOB, 0, 0), -ENOTCONN,
		 "packets to nobody, before out of band");
	close(fd);
	raw_syscall(SYS_socketpair, AF_UNIX, SOCK_SEQPACKET, 0, s);
	send(s[0], buf, 1);
	close(s[1]);
	check_eq(raw_syscall(SYS_sendto, s[0], buf, MUCH, MSG_OOB, 0, 0),
		 -ECONNRESET, "what was never read is told first");
	check_eq(send(s[0], buf, 1), -EPIPE, "once");
	close(s[0]);
	raw_syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, s);
	send(s[0], buf, 1);
	close(s[1]);
	check_eq(send(s[0], buf, 1), -EPIPE, "streams have ended");
	check_eq(raw_syscall(SYS_recvfrom, s[0], buf, 1, 0, 0, 0), -ECONNRESET,
		 "and tell it to a reader");
	close(s[0]);
}

static void receivers_last(void)
{
	static const char name[] = "\1\0\0nobody, anywhere";
	static const unsigned short other[8] = { AF_INET };
	struct bytes v = { buf, 1 };
	struct message m = { .name = other, .name_len = sizeof(other),
			     .iov = &v, .nr_iov = 1 };
	int fd = sock(AF_UNIX, SOCK_DGRAM);

	check_eq(send(fd, BAD, MUCH), -ENOTCONN, "to nobody: before the size");
	check_eq(raw_syscall(SYS_sendto, fd, buf, MUCH, 0, name, sizeof(name)),
		 -EMSGSIZE, "to a name: the size");
	check_eq(raw_syscall(SYS_sendto, fd, BAD, 1, 0, name, sizeof(name)),
		 -EFAULT, "the bytes");
	check_eq(raw_syscall(SYS_sendto, fd, buf, 1, 0, name, sizeof(name)),
		 -ECONNREFUSED, "and then whose it is");
	m.iov = BAD;
	check_eq(raw_syscall(SYS_sendmsg, fd, &m, 0), -EFAULT,
		 "sendmsg: where the bytes are, before whose name it is");
	m.iov = &v;
	check_eq(raw_syscall(SYS_sendmsg, fd, &m, 0), -EINVAL, "then that");
	close(fd);
	fd = sock(AF_UNIX, SOCK_SEQPACKET);
	check_eq(send(fd, BAD, MUCH), -ENOTCONN, "packets likewise");
	close(fd);
}

/* ---- datagrams that lose their partner ----------------------------------- */

static void closed_partners(void)
{
	char name[64];
	int s[2], len = sizeof(name);

	raw_syscall(SYS_socketpair, AF_UNIX, SOCK_DGRAM, 0, s);
	send(s[1], "left", 4);
	close(s[1]);
	check_eq(raw_syscall(SYS_getpeername, s[0], name, &len), 0,
		 "a partner that closed");
	check_eq(send(s[0], buf, 1), -ECONNREFUSED, "is missed by a send");
	check_eq(raw_syscall(SYS_getpeername, s[0], name, &len), -ENOTCONN,
		 "from then on there is none");
	check_eq(send(s[0], buf, 1), -ENOTCONN, "nobody to send to");
	check_eq(raw_syscall(SYS_recvfrom, s[0], buf, 9, MSG_DONTWAIT, 0, 0),
		 -EAGAIN, "and what it left is gone");
	close(s[0]);
}

static void left_partners(void)
{
	static const unsigned short none[8];
	int s[2];

	raw_syscall(SYS_socketpair, AF_UNIX, SOCK_DGRAM, 0, s);
	check_eq(raw_syscall(SYS_connect, s[0], none, 16), 0,
		 "AF_UNSPEC leaves a partner");
	check_eq(send(s[1], "x", 1), 1, "which hears of nothing");
	raw_syscall(SYS_connect, s[0], none, 16);
	check_eq(raw_syscall(SYS_recvfrom, s[0], buf, 9, MSG_DONTWAIT, 0, 0),
		 1, "nothing is lost of whoever is not connected");
	close(s[0]);
	close(s[1]);
	raw_syscall(SYS_socketpair, AF_UNIX, SOCK_DGRAM, 0, s);
	send(s[1], "x", 1);
	raw_syscall(SYS_connect, s[0], none, 16);
	check_eq(raw_syscall(SYS_recvfrom, s[0], buf, 9, MSG_DONTWAIT, 0, 0),
		 -EAGAIN, "what was sent before is lost");
	check_eq(send(s[1], buf, MUCH), -EMSGSIZE, "too much of it");
	check_eq(send(s[1], "x", 1), -ECONNRESET, "and the partner is told");
	check_eq(send(s[1], "x", 1), 1, "once");
	close(s[0]);
	close(s[1]);
}

/* ---- a device to send by ------------------------------------------------- */

#define SOL_SOCKET	1
#define SO_BINDTODEVICE	25

static long set_device(int fd, const void *name, int len)
{
	return raw_syscall(SYS_setsockopt, fd, SOL_SOCKET, SO_BINDTODEVICE,
			   name, len);
}

static long get_device(int fd, int *len)
{
	return raw_syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_BINDTODEVICE,
			   buf, len);
}

static void bind_as_nobody(void *arg)
{
	int fd = *(int *)arg, own = sock(AF_INET, SOCK_DGRAM);

	setgid(SOMEBODY);
	setuid(SOMEBODY);
	if (set_device(fd, "", 0) != -EPERM || set_device(fd, "lo", 2) != -EPERM)
		_exit(1);
	if (set_device(fd, "none", 4) != -ENODEV)
		_exit(2);
	_exit(set_device(own, "lo", 2) ? 3 : 0);
}

static void devices(void)
{
	int fd = sock(AF_NETLINK, SOCK_DGRAM), len = 16;

	check_eq(set_device(fd, BAD, 0), 0, "SO_BINDTODEVICE: no name");
	check_eq(set_device(fd, BAD, 1), -EFAULT, "one that is not there");
	check_eq(set_device(fd, "none", 4), -ENODEV, "of no device");
	check_eq(set_device(fd, "lo-and-much-more-behind", 2), 0, "a part");
	close(fd);
	fd = sock(AF_INET, SOCK_DGRAM);
	check_eq(get_device(fd, &len), 0, "any device");
	check_eq(len, 0, "has no name");
	check_eq(set_device(fd, "lo\0 what is behind", 18), 0, "lo");
	len = 15;
	check_eq(get_device(fd, &len), -EINVAL, "no room for every name");
	len = 16;
	check_eq(get_device(fd, &len), 0, "its name");
	check(len == 3 && !memcmp(buf, "lo", 3), "is lo");
	check_eq(in_child(bind_as_nobody, &fd), 0, "only root takes it back");
	check_eq(set_device(fd, "", 1), 0, "the name of no bytes takes it");
	close(fd);
}

/* ---- parts of what is not there ------------------------------------------ */

static void halves_of_pipes(void)
{
	char *p = anon_pages(2, PROT_READ | PROT_WRITE), *end = p + PG;
	int fd[2], n = -1;

	munmap(end, PG);
	pipe(fd);
	check_eq(raw_syscall(SYS_write, fd[1], end - 8, 16), -EFAULT,
		 "a pipe takes no part of a page");
	check_eq(raw_syscall(SYS_ioctl, fd[0], FIONREAD, &n), 0, "FIONREAD");
	check_eq(n, 0, "nothing went in");
	write(fd[1], "0123456789abcdef", 16);
	check_eq(raw_syscall(SYS_write, fd[1], end - 8, 16), -EFAULT,
		 "nor behind something");
	check_eq(raw_syscall(SYS_read, fd[0], end - 8, 16), -EFAULT,
		 "and gives none");
	check_eq(raw_syscall(SYS_read, fd[0], end - 8, 8), 8, "but few bytes");
	check(!memcmp(end - 8, "01234567", 8), "the first");
	check_eq(raw_syscall(SYS_read, fd[0], buf, 99), 8, "the rest");
	munmap(p, PG);
	p = anon_pages(4, PROT_READ | PROT_WRITE);
	munmap(p + 3 * PG, PG);
	write(fd[1], p, 2 * PG);
	check_eq(raw_syscall(SYS_read, fd[0], p + 2 * PG - 8, 2 * PG), PG,
		 "whole pages go");
	check_eq(raw_syscall(SYS_read, fd[0], p, 2 * PG), PG, "one by one");
	check_eq(raw_syscall(SYS_write, fd[1], p + 2 * PG - 8, 2 * PG), PG,
		 "both ways");
	close(fd[0]);
	close(fd[1]);
	munmap(p, 3 * PG);
}

static void halves_that_are_lent(void)
{
	char *p = anon_pages(2, PROT_READ | PROT_WRITE), *end = p + PG;
	struct bytes v[2] = { { end - 8, 16 }, { BAD, 9 } };
	int fd[2];

	munmap(end, PG);
	pipe(fd);
	check_eq(raw_syscall(SYS_vmsplice, fd[1], v, 1, 2), 8,
		 "vmsplice: what there is");
	v[0] = (struct bytes){ buf, 5 };
	check_eq(raw_syscall(SYS_vmsplice, fd[1], v, 2, 2), 5, "likewise");
	close(fd[0]);
	close(fd[1]);
	munmap(p, PG);
}

static void halves_of_streams(void)
{
	char *p = anon_pages(2, PROT_READ | PROT_WRITE), *end = p + PG;
	int s[2];

	munmap(end, PG);
	raw_syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, s);
	check_eq(raw_syscall(SYS_write, s[1], end - 8, 16), -EFAULT,
		 "a stream takes no part of a piece");
	write(s[1], "0123456789abcdef", 16);
	check_eq(raw_syscall(SYS_read, s[0], end - 8, 16), -EFAULT,
		 "and gives none");
	check_eq(raw_syscall(SYS_read, s[0], buf, 99), 16, "it is still there");
	close(s[0]);
	close(s[1]);
	munmap(p, PG);
}

static void events_that_end(void)
{
	char *p = anon_pages(2, PROT_READ | PROT_WRITE), *end = p + PG;
	int id;

	munmap(end, PG);
	memset(p, 0, PG);
	*(int *)(end - 32 + sizeof(long)) = SIGUSR1;
	check_eq(raw_syscall(SYS_timer_create, 1, end - 32, &id), -EFAULT,
		 "timer_create: an event that is cut off");
	*(int *)(end - 64 + sizeof(long)) = SIGUSR1;
	check_eq(raw_syscall(SYS_timer_create, 1, end - 64, &id), 0, "a whole");
	raw_syscall(SYS_timer_delete, id);
	munmap(p, PG);
}

static void nothing_to_lock(void)
{
	char *p = anon_pages(3, PROT_READ | PROT_WRITE);

	mprotect(p, 2 * PG, PROT_NONE);
	check_eq(raw_syscall(SYS_mlock, p, 0), 0, "mlock of no bytes");
	check_eq(raw_syscall(SYS_mlock, p + PG, 0), 0, "of a middle");
	check_eq(raw_syscall(SYS_mlock, p + 1, 0), -ENOMEM,
		 "unless they are within a page");
	munmap(p, 3 * PG);
	check_eq(raw_syscall(SYS_mlock, p, 0), 0, "nor is there a hole in none");
	check_eq(raw_syscall(SYS_munlock, p, 0), 0, "munlock");
}

/* ---- signals ------------------------------------------------------------- */

/* A child sends it once the caller is likely to wait. */
static long wait_for(int sig)
{
	sigset_t set = sigmask(sig);
	long t[2] = { 0, 200000000 }, r;
	int child = fork();

	if (!child) {
		usleep(20000);
		kill(getppid(), sig);
		_exit(0);
	}
	r = raw_syscall(SYS_rt_sigtimedwait, &set, NULL, t, 8);
	waitpid(child, NULL, 0);
	return r;
}

static void never(int sig)
{
	(void)sig;
	_exit(1);
}

static void await_the_end(void *arg)
{
	(void)arg;
	_exit((int)wait_for(SIGUSR2));
}

static void signal_everybody(void *arg)
{
	(void)arg;
	setgid(SOMEBODY);
	setuid(SOMEBODY);
	if (kill(-1, 0) || kill(1, 0) != -1 || errno != EPERM)
		_exit(1);
	_exit(kill(-1, 99) == -1 && errno == EINVAL ? 0 : 2);
}

static void awaited_and_ignored(void)
{
	sigset_t set = sigmask(SIGURG);

	check_eq(wait_for(SIGURG), -EAGAIN,
		 "sigtimedwait: what is ignored by default is not awaited");
	sigprocmask(SIG_BLOCK, &set, NULL);
	check_eq(wait_for(SIGURG), SIGURG, "unless it is blocked");
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	signal(SIGUSR2, SIG_IGN);
	check_eq(wait_for(SIGUSR2), -EAGAIN, "nor what the program ignores");
	signal(SIGUSR2, never);
	check_eq(wait_for(SIGUSR2), SIGUSR2, "what is handled is, unhandled");
	signal(SIGUSR2, SIG_DFL);
	check_eq(wait_for(SIGSEGV), SIGSEGV, "and what would leave a core");
	check_eq(in_child(await_the_end, NULL), SIGUSR2,
		 "but what ends a program does so");
}

/* ---- commands of System V ------------------------------------------------ */

#ifdef SYS_ipc
#define ipc_control(call, cmd)	raw_syscall(SYS_ipc, call, 0, cmd, cmd, buf)

static void commands_below(void)
{
	check_eq(ipc_control(3, -1), -EINVAL, "semctl by ipc: no command");
	check_eq(ipc_control(14, -1), -EINVAL, "msgctl");
	check_eq(ipc_control(24, -1), -EINVAL, "shmctl");
	check_eq(ipc_control(24, ~0x100), -EINVAL, "without IPC_64");
}
#else
static void commands_below(void)
{
}
#endif

/* ---- clone3 -------------------------------------------------------------- */

struct clone_args {
	unsigned long long flags, pidfd, child_tid, parent_tid, exit_signal,
		stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

static long clone3(struct clone_args *a)
{
	long r = raw_syscall(SYS_clone3, a, sizeof(*a));

	if (r == 0)
		_exit(0);
	return r;
}

static void chosen_numbers(void)
{
	static const int zero[2];
	struct clone_args a = {
		.exit_signal = 65, .set_tid = (unsigned long)BAD,
		.set_tid_size = 1,
	};

	check_eq(clone3(&a), -EINVAL, "clone3: no such signal");
	a.exit_signal = SIGCHLD;
	check_eq(clone3(&a), -EFAULT, "then the list of numbers");
	a.flags = 1;
	check_eq(clone3(&a), -EFAULT, "before flags");
	a.set_tid = (unsigned long)zero;
	check_eq(clone3(&a), -EINVAL, "flags");
	a.flags = 0;
	check_eq(clone3(&a), -EINVAL, "a number that is none");
	a.set_tid_size = 2;
	check_eq(clone3(&a), -EINVAL, "as many levels as there are not");
}

/* For whoever may not choose, too. */
static void chosen_by_nobody(void *arg)
{
	int wanted = 0;
	struct clone_args a = {
		.exit_signal = SIGCHLD, .set_tid = (unsigned long)&wanted,
		.set_tid_size = 1,
	};

	(void)arg;
	setgid(SOMEBODY);
	setuid(SOMEBODY);
	if (clone3(&a) != -EINVAL)
		_exit(1);
	wanted = 30000;
	if (clone3(&a) != -EPERM)
		_exit(2);
	a.flags = 0x800;			/* handlers without memory */
	_exit(clone3(&a) == -EINVAL ? 0 : 3);
}

/* ---- descriptors --------------------------------------------------------- */

static void flags_of_nameless_files(void)
{
	int fd = open(".", O_TMPFILE | O_RDWR | O_EXCL, 0600);

	check_eq(raw_syscall(SYS_fcntl, fd, F_GETFL) & ~0100000,
		 O_TMPFILE | O_RDWR, "O_TMPFILE is told by F_GETFL");
	close(fd);
}

/* From a name that begins with a slash it does not begin at the directory. */
static void absolute_names(void)
{
	struct { unsigned long long flags, mode, resolve; } how = { 0, 0, 4 };
	int p[2], fd;

	pipe(p);
	fd = (int)raw_syscall(SYS_openat2, p[0], "/", &how, 24);
	check(fd >= 0, "openat2: what is no directory, and not asked");
	close(fd);
	fd = (int)raw_syscall(SYS_openat2, 99, "/", &how, 24);
	check(fd >= 0, "what is not open");
	close(fd);
	how.resolve = 0x10;
	check_eq(raw_syscall(SYS_openat2, p[0], "/", &how, 24), -ENOTDIR,
		 "asked as a root");
	check_eq(raw_syscall(SYS_openat2, 99, "/", &how, 24), -EBADF,
		 "likewise");
	check_eq(raw_syscall(SYS_openat2, 99, "", &how, 24), -ENOENT,
		 "no name is told before what it would belong to");
	close(p[0]);
	close(p[1]);
}

/* => the id of files after such a call; setfs*id(-1) only tells it */
static long files_id(int set, int setfs, int r, int e, int s)
{
	raw_syscall(setfs, SOMEBODY);
	raw_syscall(set, r, e, s);
	return raw_syscall(setfs, -1);
}

static void ids_that_stay(void *arg)
{
	static const int call[2][2] = {
		{ SYS_setresuid, SYS_setfsuid },
		{ SYS_setresgid, SYS_setfsgid },
	};

	(void)arg;
	for (int i = 0; i < 2; i++) {
		if (files_id(call[i][0], call[i][1], -1, -1, 0) != SOMEBODY)
			_exit(1 + 4 * i);
		if (files_id(call[i][0], call[i][1], 0, -1, 0) != SOMEBODY)
			_exit(2 + 4 * i);
		if (files_id(call[i][0], call[i][1], -1, 0, -1) != 0)
			_exit(3 + 4 * i);
		if (files_id(call[i][0], call[i][1], -1, -1, 7) != 0)
			_exit(4 + 4 * i);
	}
	_exit(0);
}

static void names_at_the_end(void)
{
	char *p = anon_pages(2, PROT_READ | PROT_WRITE), *last = p + PG - 1;
	int fd[2];

	munmap(p + PG, PG);
	pipe(fd);
	check_eq(raw_syscall(SYS_readlinkat, fd[1], last, buf, 16), -ENOENT,
		 "readlinkat of a pipe, by the last byte there is");
	check_eq(raw_syscall(SYS_faccessat2, fd[1], "", R_OK, 0x1000), 0,
		 "faccessat2 of a pipe");
	check_eq(raw_syscall(SYS_faccessat2, fd[1], "", 1, 0x1000), -EACCES,
		 "which nobody runs");
	check_eq(raw_syscall(SYS_execveat, fd[1], "", 0, 0, 0x1000), -EACCES,
		 "execveat likewise");
	close(fd[0]);
	close(fd[1]);
	munmap(p, PG);
}

static void links_by_nobody(void *arg)
{
	(void)arg;
	setgid(SOMEBODY);
	setuid(SOMEBODY);
	if (chdir("/") || link("/proc/version", "version") != -1)
		_exit(1);
	if (errno != EXDEV)
		_exit(2);
	_exit(link("/proc/version", "proc") == -1 && errno == EEXIST ? 0 : 3);
}

static void dead_to_the_waiter(void)
{
	char info[128];
	int child = fork();

	if (!child)
		_exit(0);
	/* WEXITED | WNOWAIT: it has ended; then WNOHANG | WCONTINUED */
	raw_syscall(SYS_waitid, 1, child, info, 0x1000004, NULL);
	check_eq(raw_syscall(SYS_waitid, 1, child, info, 9, NULL), -ECHILD,
		 "waitid: who ended is nobody to wait for otherwise");
	waitpid(child, NULL, 0);
}

static void numbers_of_fifos(void)
{
	struct stat st = { .st_rdev = 1 };

	check_eq(raw_syscall(SYS_mknodat, AT_FDCWD, "fifo", S_IFIFO | 0600,
			     0x103), 0, "mknod of a FIFO, with a number");
	check(!stat("fifo", &st) && !st.st_rdev, "which is no device's");
	unlink("fifo");
}

static void paths_in_sets(void)
{
	unsigned long in[2] = { 0 }, out[2] = { 0 }, ex[2] = { 0 };
	long t[2] = { 0, 0 };
	int fd = open(".", O_PATH);

	in[0] = out[0] = ex[0] = 1ul << fd;
	check_eq(raw_syscall(SYS_pselect6, fd + 1, in, out, ex, t, NULL), 3,
		 "select: O_PATH is ready for everything");
	check(in[0] == 1ul << fd && out[0] == in[0] && ex[0] == in[0],
	      "in each set");
	close(fd);
	check_eq(raw_syscall(SYS_pselect6, fd + 1, in, out, ex, t, NULL), -EBADF,
		 "what is closed is not");
}

/* Where no descriptors are, there must be room for them nevertheless. */
static void polls_of_none(void)
{
	struct timespec now = { 0, 0 };

	check_eq(raw_syscall(SYS_ppoll, -1l, 0, &now, NULL, 8), -EFAULT,
		 "ppoll of none at the end of memory");
	check_eq(raw_syscall(SYS_ppoll, NULL, 0, &now, NULL, 8), 0,
		 "of none at its beginning");
}

int main(void)
{
	tap_scratch("found_replies");
	polls_of_none();
	control_of_no_use();
	ends_before_bytes(SOCK_DGRAM, "datagrams");
	ends_before_bytes(SOCK_SEQPACKET, "packets");
	partners_that_left();
	errors_of_packets();
	receivers_last();
	closed_partners();
	left_partners();
	devices();
	halves_of_pipes();
	halves_that_are_lent();
	halves_of_streams();
	events_that_end();
	nothing_to_lock();
	awaited_and_ignored();
	check_eq(in_child(signal_everybody, NULL), 0,
		 "kill(-1) of others' processes alone is no error");
	commands_below();
	chosen_numbers();
	check_eq(in_child(chosen_by_nobody, NULL), 0,
		 "who may choose is asked after what is wrong");
	flags_of_nameless_files();
	absolute_names();
	paths_in_sets();
	names_at_the_end();
	dead_to_the_waiter();
	numbers_of_fifos();
	check_eq(in_child(ids_that_stay, NULL), 0,
		 "setres*id that change nothing leave the ids of files");
	check_eq(in_child(links_by_nobody, NULL), 0,
		 "link: another file system is told before who may write here");
	tap_scratch_end();
	return tap_done();
}
