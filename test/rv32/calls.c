/* SPDX-License-Identifier: MIT */
/*
 * Calls of riscv32's Linux whose structures are not those of 64 bits, rule by
 * rule, each with pointers to nowhere.  test/guest/topics/rv32/narrow.c starts
 * them.
 */
#include "calls.h"

enum { NR_EPOLL_CREATE1 = 20, NR_DUP = 23, NR_FCNTL64 = 25, NR_IOCTL = 29,
       NR_STATFS64 = 43, NR_FSTATFS64, NR_FTRUNCATE64 = 46, NR_FALLOCATE,
       NR_OPENAT = 56, NR_PIPE2 = 59, NR_LLSEEK = 62, NR_READ,
       NR_READV = 65, NR_WRITEV, NR_PREAD, NR_PREADV = 69, NR_PWRITEV,
       NR_VMSPLICE = 75, NR_SYNC_RANGE = 84,
       NR_SET_ROBUST = 99, NR_GET_ROBUST, NR_GETITIMER = 102, NR_SETITIMER,
       NR_TIMER_CREATE = 107, NR_TIMER_OVERRUN = 109, NR_TIMER_DELETE = 111,
       NR_SIGPROCMASK = 135, NR_SIGQUEUE = 138,
       NR_TIMES = 153, NR_GETRUSAGE = 165, NR_PRCTL = 167,
       NR_GETTID = 178, NR_SYSINFO, NR_MSGGET = 186, NR_MSGCTL, NR_MSGRCV,
       NR_MSGSND, NR_SEMGET, NR_SEMCTL, NR_SEMOP = 193, NR_SHMGET, NR_SHMCTL,
       NR_SHMAT, NR_SHMDT, NR_SOCKET, NR_SOCKETPAIR, NR_BIND,
       NR_SETSOCKOPT = 208, NR_GETSOCKOPT, NR_SENDMSG = 211, NR_RECVMSG,
       NR_READAHEAD, NR_FADVISE = 223, NR_TGSIGQUEUE = 240, NR_SETNS = 268, NR_SENDMMSG,
       NR_VM_READV, NR_VM_WRITEV, NR_MEMFD = 279, NR_PREADV2 = 286, NR_PWRITEV2,
       NR_TIMER_GETTIME64 = 408, NR_TIMER_SETTIME64, NR_PSELECT64 = 413,
       NR_RECVMMSG64 = 417, NR_SEMTIMEDOP64 = 420, NR_SIGTIMEDWAIT64, NR_PIDFD_SIGNAL = 424,
       NR_PIDFD_OPEN = 434, NR_CLONE3 };
enum { E2BIG = 7, EAGAIN = 11, ENOTTY = 25,
       ENOTSOCK = 88, EMSGSIZE = 90, ENOBUFS = 105, EDOM = 33 };
enum { SIGALRM = 14 };
enum { SOL_SOCKET = 1, SCM_RIGHTS = 1, SCM_CREDENTIALS, SO_PASSCRED = 16,
       MSG_CTRUNC = 8, MSG_TRUNC = 0x20, MSG_DONTWAIT = 0x40 };

/* ---- arrays of buffers --------------------------------------------------- */

struct iovec { void *base; long len; };

static void vectors_are_moved(long fd)
{
	char a[4] = "", b[4] = "";
	struct iovec out[] = { { "ab", 2 }, { 0, 0 }, { "cde", 3 } };
	struct iovec in[] = { { a, 1 }, { b, 3 } };

	CHECK(call(NR_WRITEV, fd, out, 3) == 5);
	CHECK(call(NR_PREADV, fd, in, 2, 1, 0) == 4);
	CHECK(a[0] == 'b' && equal(b, "cde", 3));
	CHECK(call(NR_PWRITEV, fd, out, 1, 0x10, 1) == 2);
	CHECK(call(NR_PREADV, fd, in, 1, 0x11, 1) == 1 && a[0] == 'b');
	CHECK(call(NR_PREADV, fd, in, 1, 0x11, -1) == -EINVAL);
	CHECK(call(NR_PREADV2, fd, in, 1, 0x10, 1, 0) == 1 && a[0] == 'a');
	CHECK(!call(NR_LLSEEK, fd, 0, 4, a, 0));
	CHECK(call(NR_PREADV2, fd, in, 1, -1, -1, 0) == 1 && a[0] == 'e');
	CHECK(call(NR_PWRITEV2, fd, out, 1, 0x20, 1, 0) == 2);
	CHECK(call(NR_PREADV, fd, in, 2, 0x20, 1) == 2 && b[0] == 'b');
	CHECK(call(NR_READV, fd, in, 0) == 0);
}

static void vectors_are_refused(long fd)
{
	struct iovec *at = edge(2 * sizeof(*at));
	char c = 'x';

	at[0] = (struct iovec){ &c, 1 };
	at[1] = (struct iovec){ &c, 1 };
	CHECK(call(NR_PREADV, fd, at, 2, 0, 0) == 2);
	CHECK(call(NR_PREADV, fd, at, 3, 0, 0) == -EFAULT);
	CHECK(call(NR_READV, fd, at, 1025) == -EINVAL);
	CHECK(call(NR_READV, fd, at, -1) == -EINVAL);
	CHECK(call(NR_READV, -1, 8, 2) == -EBADF);
	at[1].len = -1;
	CHECK(call(NR_WRITEV, fd, at, 2) == -EINVAL);
	at[1].len = 1;
	FAULTS(NR_READV, fd, bad, 1);
	FAULTS(NR_WRITEV, fd, bad, 1);
	FAULTS(NR_PREADV, fd, bad, 1, 0, 0);
	FAULTS(NR_PWRITEV2, fd, bad, 1, 0, 0, 0);
	for (u32 i = 0; i < COUNT(nowhere); i++) {
		at[0].base = (void *)nowhere[i];
		CHECK(call(NR_PREADV, fd, at, 2, 0, 0) == -EFAULT);
		CHECK(call(NR_PWRITEV, fd, at, 2, 0, 0) == -EFAULT);
	}
}

static void trial_vectors(void)
{
	static struct iovec many[1024];
	static char bytes[1024];
	long fd = call(NR_MEMFD, "vectors", 0), fds[2];

	vectors_are_moved(fd);
	vectors_are_refused(fd);
	for (u32 i = 0; i < 1024; i++)
		many[i] = (struct iovec){ bytes + 1023 - i, 1 };
	CHECK(!call(NR_FTRUNCATE64, fd, 0, 0));
	bytes[0] = 'l';
	CHECK(call(NR_PWRITEV, fd, many, 1024, 0, 0) == 1024);
	CHECK(call(NR_PREAD, fd, bytes + 1, 1, 1023, 0) == 1 && bytes[1] == 'l');
	CHECK(!call(NR_PIPE2, fds, 0));
	CHECK(call(NR_PREADV, fds[0], many, 1, 0, 0) == -ESPIPE);
	many[0] = (struct iovec){ "splice", 6 };
	CHECK(call(NR_VMSPLICE, fds[1], many, 1, 0) == 6);
	CHECK(call(NR_READ, fds[0], bytes, 9) == 6 && equal(bytes, "spl", 3));
	FAULTS(NR_VMSPLICE, fds[1], bad, 1, 0);
}

static void trial_others(void)
{
	static char there[] = "there", here[8];
	struct iovec own[] = { { here, 2 }, { here + 2, 3 } };
	struct iovec its = { there, 5 };
	long me = call(NR_GETPID);

	CHECK(call(NR_VM_READV, me, own, 2, &its, 1, 0) == 5);
	CHECK(equal(here, "there", 5));
	here[0] = 'w';
	CHECK(call(NR_VM_WRITEV, me, own, 1, &its, 1, 0) == 2);
	CHECK(there[0] == 'w');
	CHECK(call(NR_VM_READV, me, own, 2, &its, 1025, 0) == -EINVAL);
	CHECK(call(NR_VM_READV, me, own, 2, &its, 1, 1) == -EINVAL);
	FAULTS(NR_VM_READV, me, bad, 2, &its, 1, 0);
	FAULTS(NR_VM_READV, me, own, 2, bad, 1, 0);
	for (u32 i = 0; i < COUNT(nowhere); i++) {
		its.base = (void *)nowhere[i];
		CHECK(call(NR_VM_READV, me, own, 1, &its, 1, 0) == -EFAULT);
	}
	CHECK(equal(here, "where", 5) || equal(here, "wh", 2));
}

/* Of a socket and of a file; a descriptor may be 0. */
static void trial_spaces(void)
{
	long s = call(NR_SOCKET, 2, 2, 0), fd;

	CHECK(!call(NR_CLOSE, 0));
	CHECK(call(NR_IOCTL, s, 0x894c, 0) == 0);	/* SIOCGSKNS */
	CHECK(call(NR_IOCTL, 0, 0xb703) == 0x40000000);	/* NS_GET_NSTYPE */
	CHECK(!call(NR_SETNS, 0, 0x40000000));
	CHECK(call(NR_SETNS, 0, 0x04000000) == -EINVAL);
	fd = call(NR_OPENAT, 0, "/proc/self/ns/net", 0);
	CHECK(fd > 0 && !call(NR_SETNS, fd, 0));
	CHECK(call(NR_SETNS, s, 0) == -EINVAL);
	CHECK(call(NR_SETNS, 99, 0) == -EBADF);
}

/* ---- messages ------------------------------------------------------------ */

struct msghdr {
	void *name;
	u32 name_len;
	struct iovec *iov;
	u32 nr_iov;
	void *control;
	u32 control_len, flags;
};
struct mmsghdr { struct msghdr h; u32 len; };
struct cmsg { u32 len, level, type; long data[3]; };

_Static_assert(sizeof(struct mmsghdr) == 32, "as the kernel's");

static char text[16];
static struct iovec buffer = { text, sizeof(text) };
static long pair[2];

static struct msghdr message(void *control, u32 len)
{
	return (struct msghdr){ 0, 0, &buffer, 1, control, len, 4711 };
}

static void make_pair(void)
{
	CHECK(!call(NR_SOCKETPAIR, 1, 2, 0, pair));
}

/* The lowest descriptor that is free. */
static long lowest(void)
{
	long fd = call(NR_DUP, 1);

	CHECK(fd > 0 && !call(NR_CLOSE, fd));
	return fd;
}

static void send_files(u32 n)
{
	struct cmsg c = { 12 + 4 * n, SOL_SOCKET, SCM_RIGHTS, { 1, 1, 1 } };
	struct msghdr m = message(&c, c.len);

	CHECK(call(NR_SENDMSG, pair[0], &m, 0) == sizeof(text));
}

/* Three files, in `room` bytes: so many come, and no other is open. */
static void files_come(u32 room, u32 n)
{
	struct { struct cmsg c; long guard; } in = { .guard = 4711 };
	struct msghdr m = message(&in, room);
	long before = lowest();

	send_files(3);
	CHECK(call(NR_RECVMSG, pair[1], &m, 0) == sizeof(text));
	CHECK(m.flags == (n < 3 ? MSG_CTRUNC : 0) && in.guard == 4711);
	CHECK(m.control_len == (n ? 12 + 4 * n : 0));
	if (n)
		CHECK(in.c.len == 12 + 4 * n && in.c.level == SOL_SOCKET &&
		      in.c.type == SCM_RIGHTS && in.c.data[0] == before);
	CHECK(lowest() == before + (long)n);
	for (u32 i = 0; i < n; i++)
		CHECK(!call(NR_CLOSE, in.c.data[i]));
}

static void trial_rights(void)
{
	make_pair();
	files_come(24, 3);
	files_come(23, 2);
	files_come(20, 2);
	files_come(16, 1);
	files_come(15, 0);
	files_come(12, 0);
	files_come(4, 0);
	files_come(0, 0);
}

/* Who has sent, and two files: heads of 12 bytes one behind the other. */
static void trial_control(void)
{
	struct { struct cmsg cred; u32 len, level, type; long fd; } c = {
		{ 24, SOL_SOCKET, SCM_CREDENTIALS, { 0 } },
		16, SOL_SOCKET, SCM_RIGHTS, 1 };
	struct msghdr m = message(&c, sizeof(c));
	u8 odd[40] = { 0 };
	long one = 1, me = call(NR_GETPID);

	make_pair();
	CHECK(!call(NR_SETSOCKOPT, pair[1], SOL_SOCKET, SO_PASSCRED, &one, 4));
	c.cred.data[0] = me;
	CHECK(call(NR_SENDMSG, pair[0], &m, 0) == sizeof(text));
	memset(&c, 0, sizeof(c));
	CHECK(call(NR_RECVMSG, pair[1], &m, 0) == sizeof(text));
	CHECK(m.control_len == 40 && m.flags == 0 && c.cred.len == 24);
	CHECK(c.cred.type == SCM_CREDENTIALS && c.cred.data[0] == me);
	CHECK(c.len == 16 && c.type == SCM_RIGHTS && c.fd > pair[1]);
	CHECK(!call(NR_CLOSE, c.fd));
	/* credentials cut: as many bytes as there is room for */
	m = message(odd, 21);
	CHECK(call(NR_SENDMSG, pair[0], &(struct msghdr){ .iov = &buffer,
	      .nr_iov = 1 }, 0) == sizeof(text));
	CHECK(call(NR_RECVMSG, pair[1], &m, 0) == sizeof(text));
	CHECK(m.flags == MSG_CTRUNC && m.control_len == 21 && odd[0] == 21);
	CHECK(equal(odd + 12, &me, 4) && !odd[21]);
	/* control data that nobody can have */
	m = message(0, 40);
	send_files(3);
	one = lowest();
	CHECK(call(NR_RECVMSG, pair[1], &m, 0) == sizeof(text));
	CHECK(m.flags & MSG_CTRUNC && lowest() == one);
}

static void trial_bad_messages(void)
{
	struct cmsg c = { 11, SOL_SOCKET, SCM_RIGHTS, { 1 } };
	struct msghdr m = message(&c, 16), *last = edge(sizeof(m));
	long before = lowest();

	make_pair();
	CHECK(call(NR_SENDMSG, pair[0], &m, 0) == -EINVAL);
	c.len = 17;
	CHECK(call(NR_SENDMSG, pair[0], &m, 0) == -EINVAL);
	c.len = 0x80000000;
	CHECK(call(NR_SENDMSG, pair[0], &m, 0) == -EINVAL);
	c.len = 16;
	c.data[0] = 99;
	CHECK(call(NR_SENDMSG, pair[0], &m, 0) == -EBADF);
	m.control_len = 0x7fffffff;
	CHECK(call(NR_SENDMSG, pair[0], &m, 0) == -ENOBUFS);
	m = message(0, 0);
	m.nr_iov = 1025;
	CHECK(call(NR_SENDMSG, pair[0], &m, 0) == -EMSGSIZE);
	CHECK(call(NR_RECVMSG, pair[0], &m, 0) == -EMSGSIZE);
	CHECK(call(NR_SENDMSG, 1, &m, 0) == -ENOTSOCK);
	CHECK(call(NR_SENDMSG, 99, 8, 0) == -EBADF);
	FAULTS(NR_SENDMSG, pair[0], bad, 0);
	FAULTS(NR_RECVMSG, pair[0], bad, MSG_DONTWAIT);
	for (u32 i = 0; i < COUNT(nowhere); i++) {
		m = message((void *)nowhere[i], 16);
		CHECK(call(NR_SENDMSG, pair[0], &m, 0) == -EFAULT);
		m = message(0, 0);
		m.iov = (void *)nowhere[i];
		CHECK(call(NR_SENDMSG, pair[0], &m, 0) == -EFAULT);
		CHECK(call(NR_RECVMSG, pair[0], &m, 0) == -EFAULT);
	}
	CHECK(call(NR_RECVMSG, pair[1], &m, MSG_DONTWAIT) == -EFAULT);
	m = message(0, 0);
	CHECK(call(NR_RECVMSG, pair[1], &m, MSG_DONTWAIT) == -EAGAIN);
	/* one that lies at the end of memory */
	*last = message(0, 0);
	CHECK(call(NR_SENDMSG, pair[0], last, 0) == sizeof(text));
	CHECK(call(NR_RECVMSG, pair[1], last, 0) == sizeof(text));
	CHECK(last->flags == 0 && lowest() == before + 2);
}

static void trial_many(void)
{
	struct mmsghdr m[3];
	s64 limit[2] = { 5, 0 };
	struct { u16 family; char path[14]; } to = { 1, "\0narrow" };
	long a = call(NR_SOCKET, 1, 2, 0), b = call(NR_SOCKET, 1, 2, 0);
	char from[20];

	CHECK(!call(NR_BIND, a, &to, 9));
	for (u32 i = 0; i < 3; i++)
		m[i] = (struct mmsghdr){ { &to, 9, &buffer, 1, 0, 0, 0 }, 0 };
	CHECK(call(NR_SENDMMSG, b, m, 3, 0) == 3 && m[2].len == sizeof(text));
	m[1].h.iov = (void *)8;
	CHECK(call(NR_SENDMMSG, b, m, 3, 0) == 1);
	m[1] = m[2];
	for (u32 i = 0; i < 3; i++)
		m[i] = (struct mmsghdr){ { from, 20, &buffer, 1, 0, 0, 7 }, 0 };
	CHECK(call(NR_RECVMMSG64, a, m, 3, 0, limit) == 3);
	CHECK(m[2].len == sizeof(text) && !m[2].h.flags && !m[0].h.name_len);
	CHECK(limit[0] < 5 && limit[0] >= 0);
	CHECK(call(NR_RECVMMSG64, a, m, 3, 0x10000, 0) == 1);
	CHECK(call(NR_RECVMMSG64, a, m, 3, MSG_DONTWAIT, 0) == -EAGAIN);
	CHECK(call(NR_SENDMMSG, 1, m, 0, 0) == -ENOTSOCK);
	CHECK(call(NR_RECVMMSG64, 99, m, 0, 0, 0) == -EBADF);
	FAULTS(NR_SENDMMSG, b, bad, 1, 0);
	FAULTS(NR_RECVMMSG64, a, bad, 1, MSG_DONTWAIT, 0);
	FAULTS(NR_RECVMMSG64, a, m, 1, MSG_DONTWAIT, bad);
}

static void trial_options(void)
{
	long t[2] = { 3, 250000 }, got[3] = { 0, 0, 4711 }, n = 8, type = 0;
	s64 wide[2] = { 0, 0 };

	make_pair();
	CHECK(!call(NR_SETSOCKOPT, pair[0], SOL_SOCKET, 20, t, 8));
	CHECK(!call(NR_GETSOCKOPT, pair[0], SOL_SOCKET, 20, got, &n));
	CHECK(n == 8 && got[0] == 3 && got[1] == 250000 && got[2] == 4711);
	n = 16;
	CHECK(!call(NR_GETSOCKOPT, pair[0], SOL_SOCKET, 66, wide, &n));
	CHECK(n == 16 && wide[0] == 3 && wide[1] == 250000);
	n = 12;
	CHECK(!call(NR_GETSOCKOPT, pair[0], SOL_SOCKET, 20, got, &n) && n == 8);
	n = 5;
	got[1] = 0x01010101;
	CHECK(!call(NR_GETSOCKOPT, pair[0], SOL_SOCKET, 20, got, &n) && n == 5);
	CHECK(got[1] == 0x01010190);
	n = -1;
	CHECK(call(NR_GETSOCKOPT, pair[0], SOL_SOCKET, 20, got, &n) == -EINVAL);
	CHECK(call(NR_SETSOCKOPT, pair[0], SOL_SOCKET, 21, t, 7) == -EINVAL);
	t[1] = 1000000;
	CHECK(call(NR_SETSOCKOPT, pair[0], SOL_SOCKET, 21, t, 8) == -EDOM);
	FAULTS(NR_SETSOCKOPT, pair[0], SOL_SOCKET, 21, bad, 8);
	n = 8;
	FAULTS(NR_GETSOCKOPT, pair[0], SOL_SOCKET, 21, bad, &n);
	FAULTS(NR_GETSOCKOPT, pair[0], SOL_SOCKET, 21, got, bad);
	n = 4;
	CHECK(!call(NR_GETSOCKOPT, pair[0], SOL_SOCKET, 3, &type, &n));
	CHECK(type == 2);
}

/* ---- timers and signals -------------------------------------------------- */

static const s64 at_once[4] = { 0, 0, 0, 1 }, soon[2] = { 60, 0 };

static void block(int signo)
{
	u64 set = 1ull << (signo - 1);

	CHECK(!call(NR_SIGPROCMASK, 0, &set, 0, 8));
}

static struct info next_signal(int signo)
{
	u64 set = 1ull << (signo - 1);
	struct info info;

	CHECK(call(NR_SIGTIMEDWAIT64, &set, &info, soon, 8) == signo);
	CHECK(info.signo == signo);
	return info;
}

static void trial_intervals(void)
{
	long t[4] = { 0, 0, 100, 5 }, was[4] = { 0 };

	CHECK(!call(NR_SETITIMER, 0, t, 0));
	CHECK(!call(NR_GETITIMER, 0, was) && was[2] > 90 && was[2] <= 100);
	t[0] = 7;
	t[1] = 8;
	CHECK(!call(NR_SETITIMER, 0, t, was) && was[0] == 0 && was[2] > 90);
	CHECK(!call(NR_GETITIMER, 0, was) && was[0] == 7 && was[1] == 8);
	t[3] = -1;
	CHECK(call(NR_SETITIMER, 0, t, was) == -EINVAL && was[0] == 7);
	FAULTS(NR_GETITIMER, 0, bad);
	FAULTS(NR_SETITIMER, 0, bad, 0);
	CHECK(!call(NR_GETITIMER, 0, was) && was[0] == 7);
	CHECK(call(NR_GETITIMER, 9, was) == -EINVAL);
}

static void trial_timers(void)
{
	struct { long value, signo, notify, tid, rest[12]; } event = {
		4711, SIGUSR1, 0, 0, { 0 } }, *last = edge(16);
	struct info info;
	s64 left[4];
	long id = -1;

	block(SIGUSR1);
	CHECK(!call(NR_TIMER_CREATE, 1, &event, &id));
	CHECK(!call(NR_TIMER_SETTIME64, id, 0, at_once, 0));
	info = next_signal(SIGUSR1);
	CHECK(info.code == -2 && info.pid == id && info.status == 4711);
	CHECK(!call(NR_TIMER_GETTIME64, id, left) && !left[2] && !left[3]);
	CHECK(call(NR_TIMER_OVERRUN, id) == 0 && !call(NR_TIMER_DELETE, id));
	/* for a thread; where no more than what is read is there */
	last->value = 8;
	last->signo = SIGUSR1;
	last->notify = 4;
	last->tid = call(NR_GETTID);
	CHECK(!call(NR_TIMER_CREATE, 1, last, &id));
	CHECK(!call(NR_TIMER_SETTIME64, id, 0, at_once, 0));
	CHECK(next_signal(SIGUSR1).status == 8 && !call(NR_TIMER_DELETE, id));
	last->tid = 1;
	CHECK(call(NR_TIMER_CREATE, 1, last, &id) == -EINVAL);
	event.notify = 77;
	CHECK(call(NR_TIMER_CREATE, 1, &event, &id) == -EINVAL);
	FAULTS(NR_TIMER_CREATE, 1, bad, &id);
	FAULTS(NR_TIMER_CREATE, 1, 0, bad);
}

static void trial_queue(void)
{
	struct info info = { 99, 0, -1, 0, 0, 4711, { 0 } }, got;
	long me = call(NR_GETPID), fd;

	info.pid = me;
	info.uid = 77;
	block(SIGUSR1);
	CHECK(!call(NR_SIGQUEUE, me, SIGUSR1, &info));
	got = next_signal(SIGUSR1);
	CHECK(got.code == -1 && got.pid == me && got.uid == 77);
	CHECK(got.status == 4711 && !got.rest[0]);
	info.status = -5;
	CHECK(!call(NR_TGSIGQUEUE, me, call(NR_GETTID), SIGUSR1, &info));
	CHECK(next_signal(SIGUSR1).status == -5);
	fd = call(NR_PIDFD_OPEN, me, 0);
	CHECK(call(NR_PIDFD_SIGNAL, fd, SIGUSR1, &info, 0) == -EINVAL);
	info.signo = SIGUSR1;
	CHECK(!call(NR_PIDFD_SIGNAL, fd, SIGUSR1, &info, 0));
	CHECK(next_signal(SIGUSR1).status == -5);
	CHECK(!call(NR_PIDFD_SIGNAL, fd, SIGUSR1, 0, 0));
	CHECK(next_signal(SIGUSR1).code == 0);
	info.code = 0;			/* as if kill had been called */
	CHECK(call(NR_SIGQUEUE, 1, SIGUSR1, &info) == -EPERM);
	FAULTS(NR_SIGQUEUE, me, SIGUSR1, bad);
	FAULTS(NR_TGSIGQUEUE, me, me, SIGUSR1, bad);
	FAULTS(NR_PIDFD_SIGNAL, fd, SIGUSR1, bad, 0);
	info.code = -1;
	CHECK(call(NR_SIGQUEUE, me, SIGUSR1, edge(64)) == -EFAULT);
	CHECK(call(NR_SIGTIMEDWAIT64, &(u64){ 1 << (SIGUSR1 - 1) }, 0,
		   &(s64[2]){ 0, 0 }, 8) == -EAGAIN);
}

/* ---- what was used, what there is ---------------------------------------- */

struct rusage { long utime[2], stime[2], maxrss, unused[3], minflt, rest[9]; };

static void trial_usage(void)
{
	struct { struct rusage u; long guard; } u = { .guard = 4711 };
	struct info info;
	long t[5] = { -1, -1, -1, -1, 4711 }, pid;

	CHECK(!call(NR_GETRUSAGE, 0, &u) && u.guard == 4711);
	CHECK(u.u.minflt > 0 && u.u.maxrss > 0 && u.u.utime[0] == 0);
	CHECK(u.u.utime[1] >= 0 && u.u.utime[1] < 1000000 && !u.u.unused[0]);
	CHECK(call(NR_GETRUSAGE, 9, &u) == -EINVAL);
	FAULTS(NR_GETRUSAGE, 0, bad);
	CHECK(call(NR_TIMES, t) > 0 && t[0] >= 0 && t[3] == 0 && t[4] == 4711);
	CHECK(call(NR_TIMES, 0) > 0);
	FAULTS(NR_TIMES, bad);
	pid = fork();
	if (!pid)
		call(NR_EXIT, 3);
	u.u.minflt = -1;
	CHECK(!call(NR_WAITID, 1, pid, &info, 4, &u) && info.status == 3);
	CHECK(u.u.minflt >= 0 && u.u.utime[0] == 0 && u.guard == 4711);
	/* nobody has ended: nothing is told */
	pid = fork();
	if (!pid)
		call(NR_SIGTIMEDWAIT64, &(u64){ 2 }, 0, soon, 8);
	u.u.minflt = -1;
	CHECK(!call(NR_WAITID, 1, pid, &info, 5, &u));
	CHECK(u.u.minflt == -1 && info.pid == 0);
	call(NR_KILL, pid, 9);
	FAULTS(NR_WAITID, 1, pid, 0, 0x01000004, bad);
	CHECK(status_of(pid) == -9);
}

static void trial_system(void)
{
	struct {
		long uptime;
		u32 loads[3], total, free, shared, buffers, swap[2];
		u16 procs, pad;
		u32 high[2], unit;
		char fill[8];
		long guard;
	} s = { .guard = 4711 };
	struct {
		u32 type, bsize;
		u64 blocks[5];
		u32 fsid[2], namelen, frsize, flags, spare[4];
		u32 pad, guard;
	} f = { .guard = 4711 };
	long fd = call(NR_OPENAT, -100, "/", 0, 0), p = 0;

	CHECK(sizeof(s) == 68 && !call(NR_SYSINFO, &s) && s.guard == 4711);
	CHECK(s.unit == 1 && s.total > 1 << 20 && s.free < s.total);
	CHECK(s.procs > 1 && s.uptime >= 0);
	FAULTS(NR_SYSINFO, bad);
	CHECK(!call(NR_STATFS64, "/", 88, &f) && f.guard == 4711);
	CHECK(f.bsize == PG && f.namelen == 255 && f.frsize == PG);
	f.bsize = 0;
	CHECK(!call(NR_FSTATFS64, fd, 88, &f) && f.bsize == PG);
	CHECK(call(NR_STATFS64, "/", 84, &f) == -EINVAL);
	CHECK(call(NR_FSTATFS64, 99, 96, &f) == -EINVAL);
	CHECK(call(NR_FSTATFS64, 99, 88, &f) == -EBADF);
	FAULTS(NR_STATFS64, "/", 88, bad);
	FAULTS(NR_FSTATFS64, fd, 88, bad);
	FAULTS(NR_STATFS64, bad, 88, &f);
	CHECK(call(96, &p) > 0);		/* set_tid_address */
	CHECK(!call(NR_PRCTL, 40, &p) && p == (long)&p);
	FAULTS(NR_PRCTL, 40, bad);
}

/* ---- messages of System V and POSIX -------------------------------------- */

struct perm { u32 key, uid, gid, cuid, cgid, mode; u16 seq, pad; u32 no[2]; };

struct msqid { struct perm perm; u32 times[6], bytes, count, room;
	       long lspid, lrpid; u32 no[2]; };
struct semid { struct perm perm; u32 times[4], n, no[2]; };
struct shmid { struct perm perm; u32 size, times[6]; long cpid, lpid;
	       u32 attached, no[2]; };

static void trial_msg(void)
{
	struct { struct msqid d; long guard; } q = { .guard = 4711 };
	struct { long type; char text[4]; } m = { 7, "abc" }, *last = edge(8);
	long id = call(NR_MSGGET, 0, 0600);

	CHECK(id >= 0 && !call(NR_MSGSND, id, &m, 3, 0));
	m.type = 5;
	CHECK(!call(NR_MSGSND, id, &m, 4, 0));
	m.type = -1;
	CHECK(call(NR_MSGSND, id, &m, 4, 0) == -EINVAL);
	CHECK(!call(NR_MSGCTL, id, 2, &q) && q.guard == 4711);
	CHECK(q.d.count == 2 && q.d.bytes == 7 && q.d.perm.mode == 0600);
	CHECK(q.d.lspid == call(NR_GETPID) && !q.d.lrpid && q.d.times[0]);
	CHECK(!q.d.times[1] && q.d.room == 16384);
	q.d.room = 100;
	q.d.perm.mode = 0640;
	CHECK(!call(NR_MSGCTL, id, 1, &q) && !call(NR_MSGCTL, id, 2, &q));
	CHECK(q.d.room == 100 && q.d.perm.mode == 0640);
	FAULTS(NR_MSGCTL, id, 1, bad);
	FAULTS(NR_MSGCTL, id, 2, bad);
	FAULTS(NR_MSGSND, id, bad, 4, 0);
	*(long *)last = 1;
	CHECK(call(NR_MSGSND, id, last, 5, 0) == -EFAULT);
	/* MSG_COPY: the first stays */
	memset(&m, 0, sizeof(m));
	CHECK(call(NR_MSGRCV, id, &m, 4, 0, 044000) == 3 && m.type == 7);
	CHECK(equal(m.text, "abc", 3));
	CHECK(call(NR_MSGRCV, id, &m, 4, 1, 044000) == 4 && m.type == 5);
	for (u32 i = 0; i < COUNT(nowhere); i++)
		CHECK(call(NR_MSGRCV, id, nowhere[i], 4, 0, 044000) == -EFAULT);
	CHECK(call(NR_MSGRCV, id, &m, 1, 0, 0) == -E2BIG);
	CHECK(call(NR_MSGRCV, id, last, 4, -6, 0) == 4 && last->type == 5);
	CHECK(last->text[0] == 'a');
	CHECK(call(NR_MSGRCV, id, &m, 4, 0, 0) == 3 && m.type == 7);
	CHECK(call(NR_MSGRCV, id, &m, 4, 0, 04000) == -42);
	m.type = 1;
	for (u32 i = 0; i < COUNT(nowhere); i++) {
		CHECK(!call(NR_MSGSND, id, &m, 4, 0));
		CHECK(call(NR_MSGRCV, id, nowhere[i], 4, 0, 04000) == -EFAULT);
	}
	CHECK(!call(NR_MSGCTL, id, 0, 0) && call(NR_MSGCTL, id, 2, &q) == -EINVAL);
}

static void trial_sem(void)
{
	struct { struct semid d; long guard; } s = { .guard = 4711 };
	struct { u16 num; short op, flags; } up = { 1, 3, 0 };
	u16 values[2] = { 9, 9 };
	s64 now[2] = { 0, 0 };
	long id = call(NR_SEMGET, 0, 2, 0600);

	CHECK(id >= 0 && !call(NR_SEMOP, id, &up, 1));
	CHECK(!call(NR_SEMCTL, id, 0, 2, &s) && s.guard == 4711);
	CHECK(s.d.n == 2 && s.d.perm.mode == 0600 && s.d.times[0]);
	CHECK(!s.d.times[1] && !s.d.times[3]);
	s.d.perm.mode = 0640;
	CHECK(!call(NR_SEMCTL, id, 0, 1, &s) && !call(NR_SEMCTL, id, 0, 2, &s));
	CHECK(s.d.perm.mode == 0640);
	CHECK(!call(NR_SEMCTL, id, 0, 13, values) && values[1] == 3);
	CHECK(!call(NR_SEMCTL, id, 0, 16, 8) && call(NR_SEMCTL, id, 0, 12) == 8);
	up.op = -4;
	CHECK(call(NR_SEMTIMEDOP64, id, &up, 1, now) == -EAGAIN);
	FAULTS(NR_SEMCTL, id, 0, 2, bad);
	FAULTS(NR_SEMCTL, id, 0, 1, bad);
	FAULTS(NR_SEMCTL, id, 0, 13, bad);
	CHECK(!call(NR_SEMCTL, id, 0, 0));
}

static void trial_shm(void)
{
	struct { struct shmid d; long guard; } s = { .guard = 4711 };
	struct { long used; u32 total, rss, swp, no[2]; long guard; } u;
	struct { u32 max, min, mni, seg, all, no[4]; long guard; } i;
	long id = call(NR_SHMGET, 0, 5000, 0600), at;

	at = call(NR_SHMAT, id, 0, 0);
	CHECK(id >= 0 && (u32)at < TOP && (u32)at % PG == 0);
	*(char *)at = 'x';
	CHECK(!call(NR_SHMCTL, id, 2, &s) && s.guard == 4711);
	CHECK(s.d.size == 5000 && s.d.attached == 1 && s.d.times[0]);
	CHECK(!s.d.times[1] && s.d.cpid == call(NR_GETPID));
	s.d.perm.mode = 0640;
	CHECK(!call(NR_SHMCTL, id, 1, &s) && !call(NR_SHMCTL, id, 2, &s));
	CHECK((s.d.perm.mode & 0777) == 0640);
	u.guard = i.guard = 4711;
	CHECK(call(NR_SHMCTL, 0, 14, &u) >= 0 && u.used > 0 && u.total >= 2);
	CHECK(u.guard == 4711 && call(NR_SHMCTL, 0, 3, &i) >= 0);
	CHECK(i.max == 0x7fffffff && i.min == 1 && i.guard == 4711);
	FAULTS(NR_SHMCTL, id, 2, bad);
	FAULTS(NR_SHMCTL, id, 1, bad);
	FAULTS(NR_SHMCTL, 0, 3, bad);
	FAULTS(NR_SHMCTL, 0, 14, bad);
	CHECK(!call(NR_SHMCTL, id, 0, 0) && !call(NR_SHMDT, at));
	CHECK(call(NR_SHMCTL, id, 2, &s) == -EINVAL);
}

/* ---- robust lists -------------------------------------------------------- */

/* The list leads from `next` to `next`, the offset back to the word. */
struct lock { u32 word, next; };
struct shared {
	struct { u32 first; long offset; u32 pending; } head;
	struct lock own, other, taking;
	u32 guard;
};

/* A child that ends has its locks marked: one, the next, one it was taking. */
static void trial_robust(void)
{
	struct shared *s = (void *)call(NR_MMAP2, 0, PG, READ_WRITE, 0x21, -1, 0);
	long head = 1, len = 1, tid;

	CHECK((u32)s < TOP);
	CHECK(call(NR_SET_ROBUST, &s->head, 24) == -EINVAL);
	CHECK(!call(NR_SET_ROBUST, &s->head, 12));
	CHECK(!call(NR_GET_ROBUST, 0, &head, &len));
	CHECK(head == (long)&s->head && len == 12);
	FAULTS(NR_GET_ROBUST, 0, bad, &len);
	FAULTS(NR_GET_ROBUST, 0, &head, bad);
	CHECK(!call(NR_SET_ROBUST, 0, 12));
	s->guard = 4711;
	s->other.word = 99;		/* somebody else's */
	tid = fork();
	if (!tid) {
		u32 me = (u32)call(NR_GETTID);

		s->head.first = (u32)&s->own.next;
		s->head.offset = -4;
		s->head.pending = (u32)&s->taking.next;
		s->own = (struct lock){ me, (u32)&s->other.next };
		s->other.next = (u32)&s->head;
		s->taking.word = me | 0x80000000;
		call(NR_SET_ROBUST, &s->head, 12);
		call(NR_EXIT, 0);
	}
	CHECK(status_of(tid) == 0);
	CHECK(s->own.word == 0x40000000 && s->other.word == 99);
	CHECK(s->taking.word == 0xc0000000 && s->guard == 4711);
	/* lists that lead nowhere, or round */
	for (u32 i = 0; i <= COUNT(nowhere); i++) {
		tid = fork();
		if (!tid) {
			s->head.first = s->own.next = i < COUNT(nowhere) ?
				nowhere[i] : (u32)&s->own.next;
			s->head.pending = 0;
			call(NR_SET_ROBUST, i % 2 ? nowhere[i / 2] :
			     (u32)&s->head, 12);
			call(NR_EXIT, 0);
		}
		CHECK(status_of(tid) == 0);
	}
}

/* ---- select, ioctl, and calls that are the same -------------------------- */

static void trial_select(void)
{
	u32 *in = edge(4), *out = edge(4);
	struct { const u64 *at; u32 size; } mask;
	s64 now[2] = { 0, 0 };
	u64 none = 0;
	long fds[2];

	CHECK(!call(NR_PIPE2, fds, 0) && fds[1] < 31);
	*in = 1u << fds[0];
	*out = 1u << fds[1];
	CHECK(call(NR_PSELECT64, fds[1] + 1, in, out, 0, now, 0) == 1);
	CHECK(!*in && *out == 1u << fds[1]);
	call(NR_WRITE, fds[1], "x", 1);
	*in = 1u << fds[0] | 1u << 31;
	mask.at = &none;
	mask.size = 8;
	CHECK(call(NR_PSELECT64, fds[1] + 1, in, 0, 0, 0, &mask) == 1);
	CHECK(*in == 1u << fds[0]);
	mask.size = 4;
	CHECK(call(NR_PSELECT64, 1, 0, 0, 0, now, &mask) == -EINVAL);
	CHECK(call(NR_PSELECT64, -1, 0, 0, 0, now, 0) == -EINVAL);
	CHECK(call(NR_PSELECT64, 1000000, 0, 0, 0, now, 0) == 0);
	CHECK(call(NR_PSELECT64, 33, in, 0, 0, now, 0) == -EFAULT);
	FAULTS(NR_PSELECT64, 1, bad, 0, 0, now, 0);
	FAULTS(NR_PSELECT64, 1, 0, bad, 0, now, 0);
	FAULTS(NR_PSELECT64, 1, 0, 0, bad, now, 0);
	FAULTS(NR_PSELECT64, 1, 0, 0, 0, bad, 0);
	FAULTS(NR_PSELECT64, 1, 0, 0, 0, now, bad);
	mask.at = (void *)8;
	mask.size = 8;
	CHECK(call(NR_PSELECT64, 1, 0, 0, 0, now, &mask) == -EFAULT);
}

struct ifreq { char name[16]; union { long index; char no[16]; }; };

static void trial_ioctl(void)
{
	struct { struct ifreq r; long guard; } i = { { "lo", { 0 } }, 4711 };
	struct ifreq list[2];
	struct { long len; struct ifreq *at; } conf = { sizeof(list), list };
	long n = 0, fds[2], s = call(NR_SOCKET, 2, 2, 0);

	CHECK(!call(NR_PIPE2, fds, 0) && call(NR_WRITE, fds[1], "abc", 3) == 3);
	CHECK(!call(NR_IOCTL, fds[0], 0x541b, &n) && n == 3);
	CHECK(call(NR_IOCTL, fds[0], 0x5401, &n) == -ENOTTY);
	CHECK(call(NR_IOCTL, 99, 0x5401, &n) == -EBADF);
	FAULTS(NR_IOCTL, fds[0], 0x541b, bad);
	CHECK(!call(NR_IOCTL, s, 0x8933, &i) && i.r.index == 1);
	CHECK(i.guard == 4711 && same(i.r.name, "lo"));
	memset(&i.r, 0, sizeof(i.r));
	i.r.index = 1;
	CHECK(!call(NR_IOCTL, s, 0x8910, &i) && same(i.r.name, "lo"));
	CHECK(!call(NR_IOCTL, s, 0x8912, &conf) && conf.len == 32);
	CHECK(same(list[0].name, "lo") && list[0].no[4] == 127);
	conf.at = 0;
	conf.len = 0;
	CHECK(!call(NR_IOCTL, s, 0x8912, &conf) && conf.len == 32);
	conf.at = list;
	conf.len = 31;
	CHECK(!call(NR_IOCTL, s, 0x8912, &conf) && !conf.len);
	conf.len = 64;
	for (u32 k = 0; k < COUNT(nowhere); k++) {
		conf.at = (void *)nowhere[k];
		CHECK(call(NR_IOCTL, s, 0x8912, &conf) == -EFAULT);
		CHECK(conf.len == 64);
	}
	FAULTS(NR_IOCTL, s, 0x8912, bad);
	FAULTS(NR_IOCTL, s, 0x8933, bad);
	CHECK(call(NR_IOCTL, fds[0], 0x8912, &conf) == -ENOTTY);
}

/* Offsets in two words each, and a structure of 64 bits in both. */
static void trial_offsets(void)
{
	struct { u64 flags, pidfd, child, parent, exit, stack[2], tls; } c = {
		.exit = SIGCHLD };
	long fd = call(NR_MEMFD, "offsets", 0), pid;
	s64 end = 0;

	CHECK(!call(NR_FALLOCATE, fd, 0, 0x1000, 1, 0x2000, 0));
	CHECK(!call(NR_LLSEEK, fd, 0, 0, &end, 2) && end == 0x100003000);
	CHECK(call(NR_FALLOCATE, fd, 0, 0, -1, 1, 0) == -EINVAL);
	CHECK(!call(NR_FADVISE, fd, 0, 1, 0, 1, 0));
	CHECK(call(NR_FADVISE, fd, 0, 1, 0, 1, 77) == -EINVAL);
	CHECK(!call(NR_READAHEAD, fd, 0, 1, PG));
	CHECK(call(NR_SYNC_RANGE, fd, 0, -1, 0, 0, 0) == -EINVAL);
	CHECK(!call(NR_SYNC_RANGE, fd, 0, 1, 0x1000, 0, 0));
	pid = call(NR_CLONE3, &c, sizeof(c));
	if (!pid)
		call(NR_EXIT, 5);
	CHECK(pid > 0 && status_of(pid) == 5);
	FAULTS(NR_CLONE3, bad, sizeof(c));
	CHECK(call(NR_EPOLL_CREATE1, 0) > 0);
}

/* ---- padding, small masks, execveat -------------------------------------- */

/* What follows a `long tv_nsec` says nothing, wherever a time is taken. */
static void trial_padding(void)
{
	struct time { s64 sec; u32 nsec, rubbish; } none = { 0, 0, 0xdeadbeef };
	struct time some[2] = { none, { 0, 1000, 0x80000000 } }, t;
	struct { u16 num; short op, flags; } down = { 0, -1, 0 };
	u64 set = 1ull << (SIGUSR1 - 1);
	u32 word = 1;
	long id, q, fd = call(85, 1, 0);	/* timerfd_create */

	CHECK(call(407, 1, 0, some + 1, 0) == 0);	/* clock_nanosleep */
	t = none;
	CHECK(call(414, 0, 0, &t, 0, 8) == 0);		/* ppoll */
	t = none;
	CHECK(call(NR_PSELECT64, 0, 0, 0, 0, &t, 0) == 0);
	CHECK(call(441, call(NR_EPOLL_CREATE1, 0), &set, 1, &none, 0, 8) == 0);
	CHECK(call(422, &word, 0, 1, some + 1) == -110);	/* futex */
	CHECK(call(NR_SIGTIMEDWAIT64, &set, 0, &none, 8) == -EAGAIN);
	CHECK(!call(411, fd, 0, some, 0));		/* timerfd_settime */
	CHECK(!call(NR_TIMER_CREATE, 1, 0, &id));
	CHECK(!call(NR_TIMER_SETTIME64, id, 0, &(struct time[2]){ none, none },
		    0));
	id = call(NR_SEMGET, 0, 1, 0600);
	CHECK(call(NR_SEMTIMEDOP64, id, &down, 1, some + 1) == -EAGAIN);
	CHECK(!call(NR_SEMCTL, id, 0, 0));
	fd = call(NR_MEMFD, "times", 0);
	CHECK(!call(412, fd, 0, some, 0));		/* utimensat */
	some[1].nsec = 1000000000;
	CHECK(call(407, 1, 0, some + 1, 0) == -EINVAL);
	CHECK(call(412, fd, 0, some, 0) == -EINVAL);
}

static void trial_affinity(void)
{
	u32 mask[3] = { 0, 4711, 4711 };

	CHECK(call(123, 0, 4, mask) == 4 && mask[0] && mask[1] == 4711);
	CHECK(call(123, 0, 8, mask) == 8 && !mask[1] && mask[2] == 4711);
	CHECK(call(123, 0, 2, mask) == -EINVAL);
	CHECK(call(122, 0, 4, mask) == 0);
	FAULTS(123, 0, 4, bad);
}

static void trial_execveat(void)
{
	char *args[] = { argv[0], "affinity", 0 }, *env[] = { 0 };
	long pid = fork();

	if (!pid) {
		call(NR_CLOSE, 1);
		call(NR_EXIT, call(281, -100, argv[0], args, env, 0));
	}
	CHECK(status_of(pid) == 0);
	FAULTS(281, -100, argv[0], bad, env, 0);
	FAULTS(281, -100, bad, args, env, 0);
}

/* ---- by name ------------------------------------------------------------- */

static const struct trial trials[] = {
	{ "vectors", trial_vectors }, { "others", trial_others },
	{ "rights", trial_rights }, { "control", trial_control },
	{ "bad_messages", trial_bad_messages }, { "many", trial_many },
	{ "options", trial_options }, { "intervals", trial_intervals },
	{ "timers", trial_timers }, { "queue", trial_queue },
	{ "usage", trial_usage }, { "system", trial_system },
	{ "msg", trial_msg }, { "sem", trial_sem }, { "shm", trial_shm },
	{ "robust", trial_robust },
	{ "select", trial_select }, { "ioctl", trial_ioctl },
	{ "offsets", trial_offsets }, { "padding", trial_padding },
	{ "affinity", trial_affinity }, { "execveat", trial_execveat },
	{ "spaces", trial_spaces },
	{ 0, 0 },
};
