/* SPDX-License-Identifier: MIT */
/*
 * More answers that random programs found to differ from Linux's (row B3): of
 * what the kernel itself made, a socket, a queue, a file of procfs; of clocks;
 * and who may change whose priority.
 */
#include <poll.h>
#include <sys/mount.h>
#include "tap.h"

#define SOMEBODY	4711
#define AF_UNIX		1
#define AF_INET		2
#define AF_INET6	10
#define AF_NETLINK	16
#define SOCK_STREAM	1
#define SOCK_DGRAM	2
#define SOCK_SEQPACKET	5
#define SO_SNDBUFFORCE	32

static char buf[256];

static int sock(int family, int type)
{
	return (int)raw_syscall(SYS_socket, family, type, 0);
}

/* ---- attributes of what has no name -------------------------------------- */

static void attributes_of_sockets(void)
{
	int fd = sock(AF_UNIX, SOCK_STREAM);

	check_eq(raw_syscall(SYS_fremovexattr, fd, "security.x"), -EAGAIN,
		 "removing what a security module would keep of a socket");
	check_eq(raw_syscall(SYS_fsetxattr, fd, "security.x", "v", 1, 0),
		 -EOPNOTSUPP, "setting it");
	check_eq(raw_syscall(SYS_fgetxattr, fd, "security.x", buf, 9),
		 -EOPNOTSUPP, "reading it");
	check_eq(raw_syscall(SYS_fgetxattr, fd, "security.", buf, 9), -EINVAL,
		 "a class alone");
	check_eq(raw_syscall(SYS_fremovexattr, fd, "trusted.x"), -EOPNOTSUPP,
		 "no other class");
	close(fd);
}

/* Who is root but for files asks for no permission of trusted attributes. */
static void trusted_by_root(void *arg)
{
	int fd = (int)raw_syscall(SYS_eventfd2, 0, 0);

	(void)arg;
	raw_syscall(SYS_setfsuid, SOMEBODY);
	_exit((int)-raw_syscall(SYS_fremovexattr, fd, "trusted.x"));
}

static long link_to(int fd, const char *name)
{
	return raw_syscall(SYS_linkat, fd, "", AT_FDCWD, name, 0x1000);
}

static void links_to_nameless(void)
{
	int p[2];

	pipe(p);
	check_eq(link_to(p[0], "new"), -EXDEV,
		 "linkat AT_EMPTY_PATH of a pipe: in another file system");
	check_eq(link_to(p[0], "."), -EEXIST, "than a name that is taken");
	check_eq(link_to(p[0], "none/new"), -ENOENT, "or cannot be");
	close(p[0]);
	close(p[1]);
}

static void one_node(void)
{
	int a = (int)raw_syscall(SYS_eventfd2, 0, 0);
	int b = (int)raw_syscall(SYS_epoll_create1, 0);
	struct stat st;

	check_eq(fchown(a, SOMEBODY, 12), 0, "an eventfd is given away");
	check(!fstat(b, &st) && st.st_uid == SOMEBODY && st.st_gid == 12,
	      "and with it the node of epoll, which is the same");
	fchown(a, 0, 0);
	check_eq(fchmod(b, 0640), 0, "the mode likewise");
	check(!fstat(a, &st) && (st.st_mode & 07777) == 0640, "both ways");
	fchmod(b, 0600);
	close(a);
	close(b);
}

static void become(void)
{
	if (setgid(SOMEBODY) || setuid(SOMEBODY))
		_exit(100);
}

/* Newer Linux has other errors, but for nobody's success. */
static void pidfd_of_root(void *arg)
{
	struct stat st;
	int fd;

	(void)arg;
	become();
	fd = (int)raw_syscall(SYS_pidfd_open, getpid(), 0);
	if (fd < 0 || fstat(fd, &st) || st.st_uid)
		_exit(1);
	_exit(raw_syscall(SYS_fchmod, fd, 0644) != -EPERM);
}

/* ---- procfs, queues ------------------------------------------------------ */

static void modes_that_stay(void)
{
	check_eq(chmod("/proc/self/status", 0600) ? errno : 0, EPERM,
		 "chmod of a task's file");
	check_eq(chmod("/proc/self/fd", 0700) ? errno : 0, EPERM, "folder");
	check_eq(chmod("/proc/self/task", 0700) ? errno : 0, EPERM, "task/");
	check_eq(chmod("/proc/sys/kernel/hostname", 0600) ? errno : 0, EPERM,
		 "of a sysctl");
	check_eq(chmod("/proc/sys/kernel", 0700) ? errno : 0, EPERM,
		 "of its folder");
	check_eq(chown("/proc/sys/kernel/hostname", 12, -1) ? errno : 0, EPERM,
		 "chown of a sysctl");
	check_eq(chown("/proc/sys/kernel/hostname", -1, -1), 0,
		 "to nobody else");
	check_eq(raw_syscall(SYS_utimensat, AT_FDCWD, "/proc/self", NULL, 0),
		 -EPERM, "utimensat of a task's folder");
	check_eq(raw_syscall(SYS_utimensat, AT_FDCWD, "/proc/self/stat", NULL,
			     0), 0, "of a file in it");
	check_eq(chmod("/proc/uptime", 0440), 0, "chmod of other files");
	chmod("/proc/uptime", 0444);
}

static long map(int fd, int prot, int flags)
{
#ifdef SYS_mmap2
	return raw_syscall(SYS_mmap2, 0, PG, prot, flags, fd, 0);
#else
	return raw_syscall(SYS_mmap, 0, PG, prot, flags, fd, 0L);
#endif
}

static void nothing_to_map(void)
{
	int fd = open("/proc/self/status", O_RDONLY);

	check_eq(map(fd, PROT_READ, MAP_PRIVATE), -ENODEV,
		 "mmap of a file of procfs");
	check_eq(map(fd, PROT_EXEC, MAP_PRIVATE), -EPERM, "nothing runs there");
	close(fd);
	fd = open("/sys", O_RDONLY);
	check_eq(map(fd, PROT_EXEC | PROT_READ, MAP_PRIVATE), -EPERM,
		 "nor in sysfs");
	close(fd);
	check_eq(map(-1, PROT_READ, 0x40000 | MAP_ANONYMOUS), -EINVAL,
		 "MAP_HUGETLB: neither shared nor private");
}

static int news(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT | POLLPRI };

	return poll(&p, 1, 0) < 0 ? -1 : p.revents;
}

static void mounts_that_change(void)
{
	int fd = open("/proc/self/mounts", O_RDONLY);
	int info = open("/proc/self/mountinfo", O_RDONLY);
	int changed = POLLIN | POLLPRI | POLLERR;

	mkdir("m", 0755);
	check_eq(news(fd), POLLIN, "poll of mounts: readable");
	check_eq(raw_syscall(SYS_mount, "none", "m", "tmpfs", 0, 0), 0,
		 "a mount");
	check_eq(news(fd), changed, "is told");
	check_eq(news(fd), POLLIN, "once");
	check_eq(news(info), changed, "to each file");
	raw_syscall(SYS_mount, "none", "m", "", 32 | 4096 | 1, 0);
	check_eq(news(fd), changed, "so are its flags");
	raw_syscall(SYS_mount, "none", "m", "", 1 << 18, 0);
	check_eq(news(fd), POLLIN, "but not how it spreads");
	raw_syscall(SYS_umount2, "m", 0);
	check_eq(news(fd), changed, "and its end");
	raw_syscall(SYS_umount2, "m", 0);
	check_eq(news(fd), POLLIN, "that fails: nothing");
	rmdir("m");
	close(fd);
	close(info);
}

static void locks_of_pipes(void)
{
	struct { short type, whence; long start, len; int pid; } l = {
		1, SEEK_CUR, 0, 1, 0,
	};
	int p[2];

	pipe(p);
	check_eq(raw_syscall(SYS_fcntl, p[1], 6, &l), 0,
		 "a lock from where a pipe stands");
	l.type = 2;
	check_eq(raw_syscall(SYS_fcntl, p[1], 6, &l), 0, "and its end");
	close(p[0]);
	close(p[1]);
}

/* ---- clocks -------------------------------------------------------------- */

static void clocks_of_processes(void)
{
	long bad[2] = { 0, -1 };
	int id = -7;

	check_eq(raw_syscall(SYS_clock_settime, -1, BAD), -EFAULT,
		 "clock_settime of a clock without a number: the time first");
	check_eq(raw_syscall(SYS_clock_settime, -1, bad), -EINVAL, "then it");
	check_eq(raw_syscall(SYS_clock_settime, 1, BAD), -EINVAL,
		 "of one that has one, the clock");
	check_eq(raw_syscall(SYS_clock_nanosleep, -1, 0, BAD, 0), -EFAULT,
		 "clock_nanosleep likewise");
	check_eq(raw_syscall(SYS_clock_nanosleep, -1, 0, bad, 0), -EINVAL,
		 "its nanoseconds");
	memset(buf, 0, sizeof(buf));
	check_eq(raw_syscall(SYS_clock_adjtime, -1, buf), -EOPNOTSUPP,
		 "clock_adjtime: what is not adjusted, whoever's it is");
	check_eq(raw_syscall(SYS_timer_create, -1, 0, BAD), -EFAULT,
		 "timer_create: where the number goes");
	check_eq(raw_syscall(SYS_timer_create, -1, 0, &id), -EINVAL,
		 "before whose clock it is");
	check(id != -7, "and it was told");
	check_eq(raw_syscall(SYS_timer_delete, id), -EINVAL, "of no timer");
}

/* There is one such descriptor even where no clock wakes. */
static void timers_of_the_weak(void *arg)
{
	long at[4] = { 0 };
	int fd = (int)raw_syscall(SYS_timerfd_create, 9, 0);

	(void)arg;
	become();
	_exit((int)-raw_syscall(SYS_timerfd_settime, fd, 0, at, NULL));
}

/* Some machines have no clock that wakes them. */
static int wakes(void)
{
	long past[2] = { 0, 0 };

	return raw_syscall(SYS_clock_nanosleep, 8, 1, past, 0) == 0;
}

static void timers_of_alarms(void *arg)
{
	long past[2] = { 0, 0 };
	int id;

	(void)arg;
	become();
	if (raw_syscall(SYS_clock_nanosleep, 8, 2, past, 0) != -EINVAL)
		_exit(1);
	if (raw_syscall(SYS_timer_create, 9, 0, BAD) != -EFAULT)
		_exit(2);
	_exit(raw_syscall(SYS_timer_create, 8, 0, &id) != -EPERM);
}

static void alarm_clocks(void)
{
	static const char what[] = "clocks that wake";
	int id = -1;

	if (!wakes()) {
		tap_skip(what, "no such clock");
		return;
	}
	for (int clock = 8; clock <= 9; clock++) {
		check_eq(raw_syscall(SYS_timer_create, clock, 0, &id), 0,
			 "%s: %d", what, clock);
		check_eq(raw_syscall(SYS_timer_delete, id), 0, "have timers");
	}
	check_eq(in_child(timers_of_alarms, NULL), 0,
		 "for who may; flags and addresses come first");
}

/* ---- rights -------------------------------------------------------------- */

struct cap { unsigned effective, permitted, inheritable; };

static void lower(int low, int high)
{
	unsigned head[2] = { 0x20080522, 0 };
	struct cap c[2];

	raw_syscall(SYS_capget, head, c);
	c[0].effective = c[0].permitted &= (unsigned)low;
	c[1].effective = c[1].permitted &= (unsigned)high;
	raw_syscall(SYS_capset, head, c);
}

/* CAP_SYS_NICE is 23.  The parent has all that the caller gave up. */
static void weak(void *arg)
{
	unsigned long mask = 1;
	int zero = 0, parent = getppid();

	(void)arg;
	lower(~(1 << 23), ~0);
	if (raw_syscall(SYS_setpriority, 0, parent, 0) != -EPERM)
		_exit(1);
	if (raw_syscall(SYS_sched_setscheduler, parent, 0, &zero) != -EPERM)
		_exit(2);
	if (raw_syscall(SYS_sched_setaffinity, parent, sizeof(mask), &mask) !=
	    -EPERM)
		_exit(3);
	if (raw_syscall(SYS_ioprio_set, 1, parent, 0) != -EPERM)
		_exit(4);
	if (raw_syscall(SYS_setpriority, 0, parent, -1) != -EACCES)
		_exit(5);
	_exit(raw_syscall(SYS_setpriority, 0, 0, 0) != 0);
}

static void rights_of_files(void *arg)
{
	unsigned head[2] = { 0x20080522, 0 };
	struct cap c[2];

	(void)arg;
	raw_syscall(SYS_setfsuid, SOMEBODY);
	raw_syscall(SYS_capget, head, c);
	/* 9 and 32: CAP_LINUX_IMMUTABLE, CAP_MAC_OVERRIDE */
	_exit((c[0].effective & 0x0800021fu) || c[1].effective & 1);
}

/* ---- sockets, lengths ---------------------------------------------------- */

static void names_of_the_bound(void)
{
	static const char a[] = "\1\0s1", b[] = "\1\0s2";
	int s[2];

	raw_syscall(SYS_socketpair, AF_UNIX, SOCK_SEQPACKET, 0, s);
	check_eq(raw_syscall(SYS_bind, s[0], a, sizeof(a)), 0, "bind");
	check_eq(raw_syscall(SYS_bind, s[0], a, sizeof(a)), -EADDRINUSE,
		 "again: the name is in use");
	check_eq(raw_syscall(SYS_bind, s[0], b, sizeof(b)), -EINVAL,
		 "to another: it has one");
	check(access("s2", F_OK) && errno == ENOENT, "which is not made");
	unlink("s1");
	check_eq(raw_syscall(SYS_setsockopt, s[0], 1, SO_SNDBUFFORCE,
			     &(int){ 8192 }, 4), 0, "SO_SNDBUFFORCE of unix");
	close(s[0]);
	close(s[1]);
}

static void names_of_other_families(void)
{
	static const unsigned short none[16], v4[8] = { AF_INET, 0x901f,
							127, 0x100 };
	int fd = (int)raw_syscall(SYS_socket, AF_NETLINK, SOCK_DGRAM, 0);

	check_eq(raw_syscall(SYS_bind, fd, none, 12), -EINVAL,
		 "bind of netlink to no family");
	check_eq(raw_syscall(SYS_sendto, fd, buf, 1, 0, none, 12), -EINVAL,
		 "sendto likewise");
	check_eq(raw_syscall(SYS_connect, fd, none, 12), 0,
		 "connect: an end of it");
	close(fd);
	fd = sock(AF_INET6, SOCK_DGRAM);
	if (fd < 0) {
		tap_skip("connect", "no IPv6");
		return;
	}
	check_eq(raw_syscall(SYS_connect, fd, v4, 15), -EINVAL,
		 "connect of datagrams of IPv6: half an address");
	check_eq(raw_syscall(SYS_connect, fd, v4, 16), 0, "one of IPv4");
	check_eq(raw_syscall(SYS_getpeername, fd, buf, &(int){ 64 }), 0,
		 "is the peer's");
	check(buf[0] == AF_INET6 && (unsigned char)buf[18] == 0xff &&
	      buf[20] == 127 && buf[23] == 1, "as IPv6 writes it");
	check_eq(raw_syscall(SYS_bind, fd, v4, 28), -EAFNOSUPPORT,
		 "which is no name to bind to");
	close(fd);
}

static void out_of_band(void)
{
	static const unsigned short name[8] = { AF_NETLINK };
	int fd = sock(AF_UNIX, SOCK_DGRAM);

	check_eq(raw_syscall(SYS_sendto, fd, buf, 1, 1, name, 16),
		 -EOPNOTSUPP, "MSG_OOB of a datagram, before its name");
	check_eq(raw_syscall(SYS_sendto, fd, buf, 1, 1, name, 129), -EINVAL,
		 "but for its length");
	check_eq(raw_syscall(SYS_sendto, fd, buf, 1, 1, BAD, 16), -EFAULT,
		 "and its address");
	close(fd);
	fd = sock(AF_INET, SOCK_DGRAM);
	check_eq(raw_syscall(SYS_sendto, fd, buf, 1, 1, name, 16),
		 -EOPNOTSUPP, "of UDP");
	close(fd);
}

static void senders_of_streams(void)
{
	unsigned char name[64];
	int len = sizeof(name), fd = sock(AF_INET, SOCK_STREAM);

	memset(name, 0x5a, sizeof(name));
	raw_syscall(SYS_shutdown, fd, 0);
	check_eq(raw_syscall(SYS_recvfrom, fd, buf, 9, 0, name, &len), 0,
		 "recvfrom at the end of a stream");
	check(len == 0 && name[0] == 0x5a, "says nothing of who sent it");
	close(fd);
	fd = sock(AF_INET6, SOCK_STREAM);
	if (fd < 0) {
		tap_skip("getsockopt", "no IPv6");
		return;
	}
	len = -1;
	check_eq(raw_syscall(SYS_getsockopt, fd, 41, 26, buf, &len), 0,
		 "getsockopt of IPv6: a length below zero is a large one");
	check_eq(len, 4, "of which a number takes four bytes");
	close(fd);
}

static void counts_of_vectors(void)
{
	int p[2];

	if (sizeof(long) == 4) {
		tap_skip("a count of 64 bits", "no such");
		return;
	}
	pipe2(p, O_NONBLOCK);
	check_eq(raw_syscall(SYS_vmsplice, p[1], BAD, 1ul << 16 << 16, 0), 0,
		 "vmsplice: 32 bits of the count are looked at");
	check_eq(raw_syscall(SYS_writev, p[1], BAD, 1ul << 16 << 16), 0,
		 "writev likewise");
	check_eq(raw_syscall(SYS_process_vm_readv, getpid(), BAD,
			     1ul << 16 << 16, BAD, 1, 0), 0, "the caller's");
	close(p[0]);
	close(p[1]);
}

static long send_from(int out, int in, unsigned long n)
{
	return raw_syscall(SYS_sendfile, out, in, NULL, n);
}

static void what_is_spliced(void)
{
	int null = open("/dev/null", O_RDWR), dir = open("/", O_RDONLY);
	int task = open("/proc/self/status", O_RDONLY), p[2];
	int fd = (int)raw_syscall(SYS_eventfd2, 0, O_NONBLOCK);
	int mem = (int)raw_syscall(SYS_memfd_create, "x", 0);

	pipe2(p, O_NONBLOCK);
	check_eq(send_from(null, dir, 5), -EINVAL, "sendfile of a folder");
	check_eq(send_from(null, dir, 0), 0, "but nothing of it");
	check_eq(send_from(null, task, 5), -EINVAL, "of a task's file");
	check_eq(raw_syscall(SYS_splice, task, 0, p[1], 0, 5, 0), -EINVAL,
		 "splice of it");
	check_eq(raw_syscall(SYS_splice, null, 0, p[1], 0, 5, 0), -EINVAL,
		 "of /dev/null");
	check_eq(send_from(fd, mem, 5), 0,
		 "sendfile of a file's end, to an eventfd");
	check_eq(write(mem, "12345678", 8), 8, "bytes");
	lseek(mem, 0, SEEK_SET);
	check_eq(send_from(fd, mem, 8), -EINVAL, "are not sent there");
	check_eq(send_from(null, mem, 8), 8, "but to /dev/null");
	close(null);
	close(dir);
	close(task);
	close(fd);
	close(mem);
	close(p[0]);
	close(p[1]);
}

/* Lengths first, then addresses. */
static void lengths_of_vectors(void)
{
	struct { unsigned long at, len; } v[2] = { { ~0ul - 3, 8 },
						   { 8, ~0ul } };
	int p[2];

	pipe2(p, O_NONBLOCK);
	check_eq(raw_syscall(SYS_writev, p[1], v, 2), -EINVAL,
		 "writev: no vector has a length below zero");
	check_eq(raw_syscall(SYS_writev, p[1], v, 1), -EFAULT,
		 "and none lies where no memory can be");
	close(p[0]);
	close(p[1]);
}

static void sizes_of_pipes(void)
{
	unsigned got;
	int p[2];

	pipe(p);
	got = (unsigned)raw_syscall(SYS_fcntl, p[0], 1031, 0x80000000u);
	check(got == 0x80000000u || got == (unsigned)-ENOMEM,
	      "F_SETPIPE_SZ: the largest, or no memory for it");
	check_eq((unsigned)raw_syscall(SYS_fcntl, p[0], 1032, 0),
		 got == 0x80000000u ? got : 65536, "is told");
	close(p[0]);
	close(p[1]);
}

static void marks_of_packets(void)
{
	int fd = sock(AF_INET, SOCK_DGRAM), n = 0x1003, len = 4;

	check_eq(raw_syscall(SYS_setsockopt, fd, 0, 1, &n, 4), 0,
		 "IP_TOS: a byte of the number");
	raw_syscall(SYS_getsockopt, fd, 0, 1, &n, &len);
	check_eq(n, 3, "is kept");
	close(fd);
	fd = sock(AF_INET, SOCK_STREAM);
	raw_syscall(SYS_setsockopt, fd, 0, 1, &(int){ 0x1017 }, 4);
	raw_syscall(SYS_getsockopt, fd, 0, 1, &n, &len);
	check_eq(n, 0x14, "of a stream without two bits");
	close(fd);
}

static void stacks_that_are_off(void)
{
	struct { void *sp; int flags; unsigned long size; } old, off = {
		NULL, (int)0x80000002, 0,
	};

	check_eq(raw_syscall(SYS_sigaltstack, &off, 0), 0,
		 "sigaltstack: SS_DISABLE and SS_AUTODISARM");
	raw_syscall(SYS_sigaltstack, 0, &old);
	check_eq((unsigned)old.flags, 0x80000002u, "are told");
	off.flags = 2;
	raw_syscall(SYS_sigaltstack, &off, 0);
	raw_syscall(SYS_sigaltstack, 0, &old);
	check_eq(old.flags, 2, "SS_DISABLE alone");
}

#ifdef SYS_shmat
static void ends_of_memory(void)
{
	long id = raw_syscall(SYS_shmget, 0, PG, 01600);

	check_eq(raw_syscall(SYS_shmat, id, 0 - PG, 0), -EINVAL,
		 "shmat behind the last page");
	check_eq(raw_syscall(SYS_shmat, id, 0 - PG, 040000), -ENOMEM,
		 "SHM_REMAP there");
	check_eq(raw_syscall(SYS_shmat, id, 1, 020000), 0,
		 "SHM_RND to page zero, which root may have");
	check_eq(raw_syscall(SYS_shmat, id, 1, 020000), 0,
		 "and replaces unasked");
	raw_syscall(SYS_shmdt, 0);
	raw_syscall(SYS_shmctl, id, 0, 0);
}
#else
static void ends_of_memory(void)
{
}
#endif

int main(void)
{
	tap_scratch("found_objects");
	attributes_of_sockets();
	check_eq(in_child(trusted_by_root, NULL), EOPNOTSUPP << 8,
		 "trusted. of what is another's");
	links_to_nameless();
	one_node();
	check_eq(in_child(pidfd_of_root, NULL), 0, "pidfds are root's");
	modes_that_stay();
	nothing_to_map();
	mounts_that_change();
	locks_of_pipes();
	clocks_of_processes();
	alarm_clocks();
	check_eq(in_child(timers_of_the_weak, NULL), EPERM << 8,
		 "timerfd_settime of one: the same right");
	check_eq(in_child(weak, NULL), 0,
		 "whoever may do less changes nobody's priority");
	check_eq(in_child(rights_of_files, NULL), 0,
		 "setfsuid takes all rights of files away");
	names_of_the_bound();
	names_of_other_families();
	out_of_band();
	senders_of_streams();
	counts_of_vectors();
	what_is_spliced();
	lengths_of_vectors();
	sizes_of_pipes();
	marks_of_packets();
	ends_of_memory();
	stacks_that_are_off();
	tap_scratch_end();
	return tap_done();
}
