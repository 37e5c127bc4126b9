/* SPDX-License-Identifier: MIT */
/*
 * Answers that random programs found to differ from Linux's (row B3): which
 * of two faults is told, and what is no fault at all.
 */
#include <poll.h>
#include "locked.h"
#include "tap.h"

#define NOBODY		4711
#define MISSING		99		/* a descriptor that is not open */
#define AF_UNIX		1
#define AF_INET		2
#define AF_INET6	10
#define AF_NETLINK	16
#define SOCK_STREAM	1
#define SOCK_DGRAM	2
#define SOCK_RAW	3
#define SOCK_SEQPACKET	5
#define MSG_DONTWAIT	0x40
#define MSG_ERRQUEUE	0x2000
#define PROTOCOL	"system.sockprotoname"
#define HUGE_LOG(n)	((unsigned)(n) << 26)

static char long_name[8192];
static char buf[256];

/* ---- times and names ----------------------------------------------------- */

#ifdef SYS__newselect
static long select_for(long sec, long usec)
{
	long t[2] = { sec, usec };

	return raw_syscall(SYS__newselect, 0, NULL, NULL, NULL, t);
}

static void microseconds(void)
{
	check_eq(select_for(0, 1000000), 0, "select: 1000000 us are a second");
	check_eq(select_for(-1, 1000000), 0, "and make up for one");
	check_eq(select_for(-2, 1000000), -EINVAL, "but not for two");
	check_eq(select_for(0, -1), -EINVAL, "less than none");
	check_eq(select_for(1, -1000000), 0, "but a whole second less");
}
#else
static void microseconds(void)
{
}
#endif

static long utimes(int dir, const char *name, long ns, int flags)
{
	long t[4] = { 0, ns, 0, ns };

	return raw_syscall(SYS_utimensat, dir, name, t, flags);
}

#define OMIT	0x3ffffffeL
#define NEVER	1000000000L	/* nanoseconds that there are not */

static void times_of_files(void)
{
	put_file("file", "x", 1, 0644);
	check_eq(utimes(AT_FDCWD, "none", NEVER, 0), -ENOENT,
		 "utimensat: the file before its time");
	check_eq(utimes(AT_FDCWD, "file/x", NEVER, 0), -ENOTDIR, "its path");
	check_eq(utimes(MISSING, NULL, NEVER, 0), -EBADF, "its descriptor");
	check_eq(utimes(AT_FDCWD, "file", NEVER, 0), -EINVAL, "then the time");
	check_eq(utimes(AT_FDCWD, "file", 0, 7), -EINVAL, "flags");
	check_eq(utimes(MISSING, "none", OMIT, 7), 0,
		 "nothing to be changed is done first of all");
	unlink("file");
}

static void long_names(void)
{
	memset(long_name, 'x', sizeof(long_name) - 1);
	check_eq(raw_syscall(SYS_renameat2, AT_FDCWD, "no/a", AT_FDCWD,
			     long_name, 0), -ENOENT,
		 "renameat2: the old name's folder before the new name");
	check_eq(raw_syscall(SYS_renameat2, MISSING, "a", AT_FDCWD, BAD, 0),
		 -EBADF, "and its descriptor");
	check_eq(raw_syscall(SYS_renameat2, AT_FDCWD, "none", AT_FDCWD,
			     long_name, 0), -ENAMETOOLONG,
		 "the new name before the old one's last part");
	check_eq(raw_syscall(SYS_renameat2, AT_FDCWD, "none", AT_FDCWD, BAD,
			     0), -EFAULT, "likewise");
	check_eq(raw_syscall(SYS_linkat, AT_FDCWD, "none", AT_FDCWD,
			     long_name, 0), -ENOENT, "linkat: all of it");
}

/* ---- sockets ------------------------------------------------------------- */

static int sock(int family, int type, int protocol)
{
	return (int)raw_syscall(SYS_socket, family, type, protocol);
}

static void protocol_names(void)
{
	static const struct { int family, type; const char *name; } kind[] = {
		{ AF_UNIX, SOCK_STREAM, "UNIX-STREAM" },
		{ AF_UNIX, SOCK_DGRAM, "UNIX" },
		{ AF_UNIX, SOCK_SEQPACKET, "UNIX" },
		{ AF_INET, SOCK_STREAM, "TCP" },
		{ AF_INET, SOCK_DGRAM, "UDP" },
		{ AF_INET6, SOCK_DGRAM, "UDPv6" },
		{ AF_NETLINK, SOCK_RAW, "NETLINK" },
	};
	int n, fd;

	for (int i = 0; i < COUNT(kind); i++) {
		fd = sock(kind[i].family, kind[i].type, 0);
		if (fd == -EAFNOSUPPORT) {
			tap_skip(kind[i].name, "no such family");
			continue;
		}
		n = (int)raw_syscall(SYS_fgetxattr, fd, PROTOCOL, buf, 64);
		check(n == (int)strlen(kind[i].name) + 1 &&
		      !strcmp(buf, kind[i].name), "%s", kind[i].name);
		close(fd);
	}
	fd = sock(AF_UNIX, SOCK_DGRAM, 0);
	check_eq(raw_syscall(SYS_fgetxattr, fd, PROTOCOL, NULL, 0), 5,
		 "its length");
	check_eq(raw_syscall(SYS_fgetxattr, fd, PROTOCOL, buf, 4), -ERANGE,
		 "no room");
	check_eq(raw_syscall(SYS_flistxattr, fd, buf, 64), sizeof(PROTOCOL),
		 "its attributes");
	check(!memcmp(buf, PROTOCOL, sizeof(PROTOCOL)), "are this one");
	check_eq(raw_syscall(SYS_flistxattr, fd, buf, 4), -ERANGE, "no room");
	check_eq(raw_syscall(SYS_fsetxattr, fd, PROTOCOL, "x", 1, 0),
		 -EOPNOTSUPP, "nobody sets it");
	close(fd);
}

static void errors_of_packets(void)
{
	int s[2], fd;

	for (int type = SOCK_STREAM; type <= SOCK_DGRAM; type++) {
		raw_syscall(SYS_socketpair, AF_UNIX, type, 0, s);
		write(s[1], "x", 1);
		check_eq(raw_syscall(SYS_recvfrom, s[0], buf, 9, MSG_DONTWAIT |
				     MSG_ERRQUEUE, 0, 0), 1,
			 "type %d of unix: MSG_ERRQUEUE means nothing", type);
		close(s[0]);
		close(s[1]);
	}
	fd = sock(AF_INET, SOCK_DGRAM, 0);
	check_eq(raw_syscall(SYS_recvfrom, fd, buf, 9, MSG_ERRQUEUE, 0, 0),
		 -EAGAIN, "of IP it asks for errors, and there are none");
	close(fd);
}

static void empty_requests(void)
{
	static const unsigned short name[8] = { AF_INET };
	int fd = sock(AF_NETLINK, SOCK_RAW, 0);

	check_eq(raw_syscall(SYS_sendto, fd, buf, 0, 0, NULL, 0), -ENODATA,
		 "netlink: a request of nothing");
	check_eq(raw_syscall(SYS_sendto, fd, buf, 1, 0, name, 16), -EINVAL,
		 "to another family");
	close(fd);
}

static void pairs(void)
{
	int s[2];

	check_eq(raw_syscall(SYS_socketpair, AF_INET, SOCK_STREAM, 0, s),
		 -EOPNOTSUPP, "no pairs of IP");
	check_eq(raw_syscall(SYS_socketpair, AF_INET, SOCK_STREAM, 17, s),
		 -EPROTONOSUPPORT, "the protocol comes first");
	check_eq(raw_syscall(SYS_socketpair, AF_INET, SOCK_RAW, 0, s),
		 -EPROTONOSUPPORT, "likewise");
	check_eq(raw_syscall(SYS_socketpair, AF_NETLINK, SOCK_RAW, 0, s),
		 -EOPNOTSUPP, "no pairs of netlink");
}

#define SIGPIPE_OFF	0x4000	/* MSG_NOSIGNAL */

static void ends_of_what_never_was(void)
{
	int fd = sock(AF_UNIX, SOCK_STREAM, 0);

	check_eq(raw_syscall(SYS_shutdown, fd, 2), 0,
		 "shutdown of a stream of unix that is not connected");
	close(fd);
	fd = sock(AF_INET, SOCK_STREAM, 0);
	check_eq(raw_syscall(SYS_recvfrom, fd, buf, 9, 0, 0, 0), -ENOTCONN,
		 "a stream of IP");
	check_eq(raw_syscall(SYS_shutdown, fd, 0), -ENOTCONN, "is not, either");
	check_eq(raw_syscall(SYS_recvfrom, fd, buf, 9, 0, 0, 0), 0,
		 "but is at its end from then on");
	close(fd);
}

static void names_that_are_given(void)
{
	static const unsigned short name[16] = { AF_INET, 0x901f };
	static const unsigned short other[16] = { AF_NETLINK };
	static const unsigned short unix_name[16] = { AF_UNIX }, none[16];
	int s[2], fd = sock(AF_INET, SOCK_STREAM, 0);

	check_eq(raw_syscall(SYS_sendto, fd, buf, 1, SIGPIPE_OFF, other, 16),
		 -EPIPE, "a stream of IP does not look at a name");
	check_eq(raw_syscall(SYS_sendto, fd, buf, 0, SIGPIPE_OFF, 0, 0),
		 -EPIPE, "and sends nothing to nobody");
	close(fd);
	fd = sock(AF_INET6, SOCK_DGRAM, 0);
	if (fd >= 0) {
		check_eq(raw_syscall(SYS_sendto, fd, buf, 1, 0, other, 16),
			 -EINVAL, "a datagram of IPv6 to another family");
		check_eq(raw_syscall(SYS_sendto, fd, buf, 1, 0, name, 16), 1,
			 "to one of IPv4");
		check_eq(raw_syscall(SYS_sendto, fd, buf, 1, 0, name, 9),
			 -EINVAL, "that is cut off");
		close(fd);
	}
	raw_syscall(SYS_socketpair, AF_UNIX, SOCK_DGRAM, 0, s);
	check_eq(raw_syscall(SYS_sendto, s[0], buf, 1, 0, unix_name, 2),
		 -EINVAL, "of unix, to a name that is a family alone");
	check_eq(raw_syscall(SYS_sendto, s[0], buf, 1, 0, none, 9), -EINVAL,
		 "or has none");
	check_eq(raw_syscall(SYS_sendto, s[0], buf, 1, 0, name, 0), 1,
		 "of unix, to a name of no bytes: to the peer");
	close(s[0]);
	close(s[1]);
}

static void datagrams_at_the_end(void)
{
	static const char name[] = "\1\0none";
	int s[2], on = 1;

	raw_syscall(SYS_socketpair, AF_UNIX, SOCK_DGRAM, 0, s);
	raw_syscall(SYS_shutdown, s[0], 2);
	check_eq(raw_syscall(SYS_recvfrom, s[0], buf, 9, MSG_DONTWAIT, 0, 0),
		 -EAGAIN, "datagrams: whoever does not wait sees no end");
	check_eq(raw_syscall(SYS_recvfrom, s[0], buf, 9, 0, 0, 0), 0,
		 "whoever waits does");
	check_eq(raw_syscall(SYS_sendto, s[0], buf, 1, 0, name, sizeof(name)),
		 -EPIPE, "nothing is sent, wherever to");
	check_eq(raw_syscall(SYS_setsockopt, s[0], 1, 15, &on, sizeof(on)),
		 -EOPNOTSUPP, "SO_REUSEPORT: unix has no ports");
	on = 0;
	check_eq(raw_syscall(SYS_setsockopt, s[0], 1, 15, &on, sizeof(on)), 0,
		 "which may be said");
	close(s[0]);
	close(s[1]);
}

/* ---- files --------------------------------------------------------------- */

static void folders_are_not_read(void)
{
	int fd = open(".", O_RDONLY);

	check_eq(raw_syscall(SYS_read, fd, buf, 9), -EISDIR, "a folder");
	check_eq(raw_syscall(SYS_read, fd, ~0ul - 5, 65536), -EFAULT,
		 "where to before that");
	check_eq(raw_syscall(SYS_pread64, fd, ~0ul - 5, 65536, ARG64(0)),
		 -EFAULT, "at a position, too");
	check_eq(raw_syscall(SYS_read, fd, buf, 1ul << (8 * sizeof(long) - 1)),
		 sizeof(long) == 8 ? -EFAULT : -EINVAL, "then how much");
	close(fd);
}

static void flags_of_nothing(void)
{
	int fd = (int)raw_syscall(SYS_eventfd2, 0, 0);
	struct { void *at; unsigned long n; } v[2] = { { buf, 0 }, { buf, 0 } };

	check_eq(raw_syscall(SYS_pwritev2, fd, v, 2, -1, -1, 0x4), 0,
		 "pwritev2 of no bytes");
	check_eq(raw_syscall(SYS_pwritev2, fd, v, 2, -1, -1, 0x40000), 0,
		 "with any flag");
	v[0].n = 1;
	check_eq(raw_syscall(SYS_pwritev2, fd, v, 2, -1, -1, 0x40000),
		 -EOPNOTSUPP, "but not of one");
	close(fd);
}

static long room(int fd, int mode)
{
	return raw_syscall(SYS_fallocate, fd, mode, ARG64(0), ARG64(8));
}

static void limits_of_open(void)
{
	struct { unsigned long long flags, mode, resolve; } how = { 0, 0, 8 };

	check_eq(raw_syscall(SYS_openat2, MISSING, "/", &how, 24), -EXDEV,
		 "openat2: an absolute name, wherever it is to stay below");
	how.resolve = 0x20;
	how.flags = O_TMPFILE;
	check_eq(raw_syscall(SYS_openat2, AT_FDCWD, ".", &how, 24), -EINVAL,
		 "O_TMPFILE that is not to be written");
	how.flags = O_CREAT | O_DIRECTORY;
	check_eq(raw_syscall(SYS_openat2, AT_FDCWD, BAD, &how, 24), -EINVAL,
		 "a folder is not made, whatever its name");
}

static void not_to_be_asked(void)
{
	struct { void *at; unsigned long n; } v = { buf, 1 };
	int fd = open("/dev/full", O_WRONLY);

	check_eq(raw_syscall(SYS_preadv2, fd, &v, 1, -1, -1, 8), -EBADF,
		 "RWF_NOWAIT of what is not read at all");
	close(fd);
#ifdef SYS_fcntl64
	check_eq(raw_syscall(SYS_fcntl, MISSING, 12, 0), -EBADF,
		 "fcntl of 32 bits: the descriptor before the command");
#endif
}

/* Input is waited for, and only then a missing reader told. */
static void input_before_readers(void)
{
	int in[2], out[2];

	pipe2(in, O_NONBLOCK);
	pipe2(out, O_NONBLOCK);
	close(out[0]);
	signal(SIGPIPE, SIG_IGN);
	check_eq(raw_syscall(SYS_tee, in[0], out[1], 8, 0), -EAGAIN,
		 "tee of nothing to nobody");
	check_eq(raw_syscall(SYS_splice, in[0], 0, out[1], 0, 8, 0), -EAGAIN,
		 "splice likewise");
	write(in[1], "x", 1);
	check_eq(raw_syscall(SYS_tee, in[0], out[1], 8, 0), -EPIPE,
		 "of something");
	signal(SIGPIPE, SIG_DFL);
	close(in[0]);
	close(in[1]);
	close(out[1]);
}

static void attributes_of_nameless(void)
{
	int fd = (int)raw_syscall(SYS_memfd_create, "x", 0), p[2];
	long long from = 1, to = 1;

	check_eq(raw_syscall(SYS_copy_file_range, fd, &from, fd, &to, 64, 0), 0,
		 "copy_file_range of nothing overlaps nothing");
	from = to = -1;
	check_eq(raw_syscall(SYS_copy_file_range, fd, &from, fd, &to, 64, 0),
		 -EOVERFLOW, "across the last byte");
	close(fd);
	pipe(p);
	check_eq(utimes(p[0], "", 0, 0x1000), 0,
		 "utimensat: AT_EMPTY_PATH of a pipe");
	check_eq(raw_syscall(SYS_fchownat, p[0], "", -1, -1, 0x1000), 0,
		 "fchownat likewise");
	close(p[0]);
	close(p[1]);
}

static void modes_of_room(void)
{
	int fd = (int)raw_syscall(SYS_eventfd2, 0, 0), p[2];

	check_eq(room(fd, 0x40), -ENODEV, "fallocate of an eventfd");
	check_eq(room(fd, 8), -ENODEV, "in any mode that there is");
	check_eq(room(fd, 2), -EOPNOTSUPP, "or was never");
	check_eq(room(fd, 0x800), -EOPNOTSUPP, "or is not yet");
	pipe(p);
	check_eq(room(p[1], 0x20), -ESPIPE, "of a pipe");
	check_eq(room(p[0], 0x10), -EBADF, "of its reader");
	close(p[0]);
	close(p[1]);
	close(fd);
}

static void unknown_watches(void)
{
	check_eq(raw_syscall(SYS_inotify_add_watch, MISSING, ".", 0x1001),
		 -EINVAL, "inotify: an event that there is not");
	check_eq(raw_syscall(SYS_inotify_add_watch, MISSING, ".", 1), -EBADF,
		 "then the descriptor");
}

static void sizes_of_blocks(void)
{
	int p[2], size = 0;

	pipe(p);
	check_eq(raw_syscall(SYS_ioctl, p[0], 2, &size), 0, "FIGETBSZ");
	check(size == (int)PG, "of a pipe is a page");
	close(p[0]);
	close(p[1]);
}

/* ---- memory -------------------------------------------------------------- */

#ifdef SYS_mmap2
#define map_at(fd, flags, page)	\
	raw_syscall(SYS_mmap2, 0, 2 * PG, 0, flags, fd, page)
#else
#define map_at(fd, flags, page)	\
	raw_syscall(SYS_mmap, 0, 2 * PG, 0, flags, fd, (page) * (long)PG)
#endif

static void far_pages(void)
{
	int p[2], wide = sizeof(long) == 8;

	pipe(p);
	check_eq(map_at(-1, MAP_PRIVATE | MAP_ANONYMOUS, -1L), -EOVERFLOW,
		 "mmap: pages that end behind the last number");
	check_eq(map_at(p[0], 0, -1L), -EOVERFLOW, "before anything else");
	check_eq(map_at(p[0], 0, (long)(1ULL << (wide ? 50 : 20))),
		 wide ? -EINVAL : -EOVERFLOW, "of what has no size");
	check_eq(map_at(p[0], MAP_PRIVATE | 0x40000, 0L), -EINVAL,
		 "MAP_HUGETLB of a pipe");
	check_eq(map_at(-1, MAP_PRIVATE | MAP_ANONYMOUS | 0x40000 |
			(int)HUGE_LOG(63), 0L), -EINVAL, "of such a size");
	check_eq(map_at(-1, MAP_PRIVATE | MAP_ANONYMOUS | 0x40000 |
			(int)HUGE_LOG(31), 0L), -EINVAL, "nor of 2 GiB");
	check_eq(raw_syscall(SYS_shmget, 0, PG, 01000 | 04000 | HUGE_LOG(63)),
		 -EINVAL, "SHM_HUGETLB likewise");
	close(p[0]);
	close(p[1]);
}

static void locks_up_to_a_hole(void)
{
	char *p = anon_pages(3, PROT_READ | PROT_WRITE);

	munmap(p + PG, PG);
	check_eq(raw_syscall(SYS_mlock, p, 3 * PG), -ENOMEM, "mlock: a hole");
	check_eq(locked(), 4, "what lies before it is locked");
	check_eq(raw_syscall(SYS_munlock, p, 3 * PG), -ENOMEM, "munlock");
	check_eq(locked(), 0, "likewise");
	mprotect(p, PG, PROT_NONE);
	check_eq(raw_syscall(SYS_mlock, p, PG), -ENOMEM,
		 "pages that do not come");
	munmap(p, 3 * PG);
}

static void others_memory(void)
{
	struct { void *at; unsigned long n; } here = { buf, 9 }, none = { 0 };
	struct { void *at; unsigned long n; } odd[2] = { { buf + 1, 0 } };
	int self = (int)raw_syscall(SYS_pidfd_open, getpid(), 0);

	check_eq(raw_syscall(SYS_process_vm_readv, 0, &here, 1, &none, 1, 0),
		 0, "process_vm_readv of nothing of nobody");
	check_eq(raw_syscall(SYS_process_vm_readv, 0, &none, 1, BAD, 1, 0), 0,
		 "or to nowhere");
	check_eq(raw_syscall(SYS_process_vm_readv, 0, &here, 1, &here, 1, 0),
		 -ESRCH, "of nobody");
	here.at = (void *)(~0ul - 3);
	check_eq(raw_syscall(SYS_process_vm_readv, 0, &here, 1, &here, 1, 0),
		 -EFAULT, "to where no memory can be, before who it is");
	check_eq(raw_syscall(SYS_process_madvise, MISSING, &here, 1, 20, 0),
		 -EFAULT, "process_madvise likewise");
	check_eq(raw_syscall(SYS_process_madvise, self, odd, 2, 3, 0), 0,
		 "where no bytes are it looks at no address");
	close(self);
}

/* At the end of what is there. */
static void half_of_it(void)
{
	char *p = anon_pages(2, PROT_READ | PROT_WRITE);

	munmap(p + PG, PG);
	check_eq(raw_syscall(SYS_getrandom, p + PG - 8, 32, 4), 8,
		 "getrandom: as much as there is room");
	check_eq(raw_syscall(SYS_getrandom, p + PG, 64, 4), -EFAULT, "none");
	check_eq(raw_syscall(SYS_getrandom, -PG, 0, 4), -EFAULT,
		 "nor of nothing in the kernel");
	munmap(p, PG);
}

static void sizes_of_masks(void)
{
	check_eq(raw_syscall(SYS_sched_getaffinity, 0, 0xc0000000u, buf),
		 -EINVAL, "sched_getaffinity: a size of no bits");
}

/* ---- processes and System V ---------------------------------------------- */

static void flags_of_the_high_word(void)
{
	if (sizeof(long) == 4)
		return;
	check_eq(raw_syscall(SYS_mount, "none", ".", "tmpfs",
			     1ul << (8 * sizeof(long) - 2), 0), -EINVAL,
		 "mount: a flag of the high word");
}

static void odd_priorities(void)
{
	check_eq(raw_syscall(SYS_ioprio_set, 1, 0x7fffffff, 0xc0000000),
		 -ESRCH, "ioprio_set: high bits say nothing");
}

static void masks_before_times(void)
{
	long t[2] = { -1, 0 };

	check_eq(raw_syscall(SYS_pselect6, 0, 0, 0, 0, t, BAD), -EFAULT,
		 "pselect6: where the mask is, before the time");
}

static void groups_below(void)
{
	check_eq(raw_syscall(SYS_setpgid, -1, 0), -EINVAL,
		 "setpgid: a process below zero leads no group");
	check_eq(raw_syscall(SYS_setpgid, -1, 1), -ESRCH, "and is none");
}

static void natural_priorities(void *arg)
{
	int param = 1;

	(void)arg;
	setpgid(0, 0);
	raw_syscall(SYS_ioprio_set, 1, 0, 0);	/* as if nobody had */
	raw_syscall(SYS_sched_setscheduler, 0, 1, &param);
	if (raw_syscall(SYS_ioprio_get, 2, 0) != (1 << 13 | 4))
		_exit(1);
	param = 0;
	raw_syscall(SYS_sched_setscheduler, 0, 5, &param);
	if (raw_syscall(SYS_ioprio_get, 2, 0) != (3 << 13 | 4))
		_exit(2);
	raw_syscall(SYS_sched_setscheduler, 0, 0, &param);
	if (setgid(NOBODY) || setuid(NOBODY))
		_exit(3);
	_exit(raw_syscall(SYS_ioprio_get, 3, 0) == (2 << 13 | 4) ? 0 : 4);
}

static void become(void)
{
	if (setgid(NOBODY) || setuid(NOBODY))
		_exit(100);
}

/* Some machines have no clock that wakes them. */
static void alarms(void *arg)
{
	long past[2] = { 0, 0 }, r;

	(void)arg;
	become();
	r = raw_syscall(SYS_clock_nanosleep, 8, 1, past, NULL);
	_exit(r != -EPERM && r != -EINVAL && r != -EOPNOTSUPP);
}

static void informations(void)
{
	char *p = anon_pages(2, PROT_READ | PROT_WRITE);
	int *info = (int *)(p + PG - 64);

	munmap(p + PG, PG);
	info[2] = -1;
	check_eq(raw_syscall(SYS_rt_sigqueueinfo, -1, 12, info), -ESRCH,
		 "rt_sigqueueinfo reads what its code says");
	info[2] = 77;
	check_eq(raw_syscall(SYS_rt_sigqueueinfo, -1, 12, info), -EFAULT,
		 "all of what it does not know");
	info = (int *)p;
	info[2] = 77;
	info[20] = 1;
	check_eq(raw_syscall(SYS_rt_sigqueueinfo, -1, 12, info), -E2BIG,
		 "of which nothing may be set");
	munmap(p, PG);
}

static void one_of_a_set(void *arg)
{
	long id;

	(void)arg;
	become();
	id = raw_syscall(SYS_semget, 0, 3, 01000);	/* for nobody */
	if (raw_syscall(SYS_semctl, id, 9, 0x10, 3) != -EINVAL)
		_exit(1);
	if (raw_syscall(SYS_semctl, id, 0, 0x10, 3) != -EACCES)
		_exit(2);
	if (raw_syscall(SYS_semctl, id, 9, 0xc, 0) != -EACCES)
		_exit(3);
	_exit(raw_syscall(SYS_semctl, id, 0, 0, 0) ? 4 : 0);	/* it goes */
}

/* A list that has three bytes: not what an access control list has. */
static void lists_before_owners(void *arg)
{
	(void)arg;
	become();
	_exit((int)-raw_syscall(SYS_setxattr, "file",
				"system.posix_acl_access", "abc", 3, 0));
}

/* A character device of number 0, and one that is none. */
static void marks_of_users(void *arg)
{
	(void)arg;
	if (chdir("open"))
		_exit(1);
	become();
	if (raw_syscall(SYS_mknodat, AT_FDCWD, "mark", S_IFCHR, 0))
		_exit(2);
	unlink("mark");
	if (raw_syscall(SYS_mknodat, AT_FDCWD, "b", S_IFBLK, 0) != -EPERM)
		_exit(3);
	_exit(raw_syscall(SYS_mknodat, AT_FDCWD, "n", S_IFCHR, 1) != -EPERM);
}

static void no_groups(void *arg)
{
	(void)arg;
	if (raw_syscall(SYS_setgroups, 0, NULL))
		_exit(1);
	_exit(raw_syscall(SYS_getgroups, 2, -1) != 0);
}

static void others(void)
{
	check_eq(in_child(natural_priorities, NULL), 0,
		 "ioprio_get: what follows from policies; the caller's user");
	check_eq(in_child(one_of_a_set, NULL), 0,
		 "semctl: which one is asked before who may, of SETVAL");
	put_file("file", "x", 1, 0644);
	check_eq(in_child(lists_before_owners, NULL), EINVAL << 8,
		 "setxattr: what is no list, before who owns the file");
	unlink("file");
	mkdir("open", 0777);
	chmod("open", 0777);
	check_eq(in_child(marks_of_users, NULL), 0,
		 "mknodat: a mark of number 0 is anybody's to make");
	rmdir("open");
	check_eq(in_child(no_groups, NULL), 0,
		 "getgroups: no bytes are good at any address");
}

int main(void)
{
	tap_scratch("found_errors");
	microseconds();
	times_of_files();
	long_names();
	protocol_names();
	errors_of_packets();
	datagrams_at_the_end();
	empty_requests();
	pairs();
	ends_of_what_never_was();
	names_that_are_given();
	folders_are_not_read();
	flags_of_nothing();
	modes_of_room();
	input_before_readers();
	attributes_of_nameless();
	limits_of_open();
	not_to_be_asked();
	unknown_watches();
	sizes_of_blocks();
	far_pages();
	locks_up_to_a_hole();
	others_memory();
	half_of_it();
	sizes_of_masks();
	odd_priorities();
	masks_before_times();
	groups_below();
	flags_of_the_high_word();
	informations();
	check_eq(in_child(alarms, NULL), 0, "clocks that wake need a right");
	others();
	tap_scratch_end();
	return tap_done();
}
