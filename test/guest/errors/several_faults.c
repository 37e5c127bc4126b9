/* SPDX-License-Identifier: MIT */
/*
 * Which answer a call with several faults gives, and what it writes when it
 * has nothing to tell (row B3).
 */
#include <sys/mman.h>
#include <sys/uio.h>
#include "audit.h"
#include "tap.h"

#define FILLED		0xa5
#define NOBODY		4711
#define MISSING		99		/* a descriptor that is not open */
#define LARGE		0100000		/* O_LARGEFILE by its number */

static void waitid_clears(void)
{
	unsigned char info[128];
	long r;

	memset(info, FILLED, sizeof(info));
	r = raw_syscall(SYS_waitid, 1, 0x7fffffff, info, 8, NULL);
	check_eq(r, -ECHILD, "waitid finds no such child");
	check_eq(info[0] | info[4] | info[8], 0, "its structure is cleared");
	check_eq(info[sizeof(long) == 8 ? 27 : 23], 0, "as far as it tells");
	check_eq(info[28], FILLED, "and no further");
	r = raw_syscall(SYS_waitid, 1, 0x7fffffff, BAD, 0, NULL);
	check_eq(r, -EFAULT, "it is written even when options are wrong");
}

static void files_before_vectors(void)
{
	int p[2];

	pipe(p);
	check_eq(raw_syscall(SYS_preadv, p[0], BAD, 1, 0, 0), -ESPIPE,
		 "preadv of a pipe, before its vector");
	check_eq(raw_syscall(SYS_pwritev, p[1], BAD, 1, 0, 0), -ESPIPE,
		 "pwritev likewise");
	check_eq(raw_syscall(SYS_readv, MISSING, BAD, 1), -EBADF,
		 "readv of no file, before its vector");
	check_eq(raw_syscall(SYS_writev, MISSING, BAD, 1), -EBADF,
		 "writev likewise");
	check_eq(raw_syscall(SYS_readv, p[0], BAD, 1), -EFAULT,
		 "then the vector");
	check_eq(raw_syscall(SYS_sync_file_range, MISSING, ARG64(-1), ARG64(8),
			     4), -EBADF, "sync_file_range of no file");
	close(p[0]);
	close(p[1]);
}

/* eventfd(2) takes eight bytes and no others; of no bytes it is not asked. */
static void vectors_of_nothing(void)
{
	int e = (int)raw_syscall(SYS_eventfd2, 3, O_NONBLOCK);
	long iov[2] = { 0, 0 };

	check_eq(raw_syscall(SYS_writev, e, iov, 0), 0, "writev of no buffers");
	check_eq(raw_syscall(SYS_writev, e, iov, 1), 0, "writev of no bytes");
	check_eq(raw_syscall(SYS_readv, e, iov, 1), 0, "readv likewise");
	check_eq(raw_syscall(SYS_readv, MISSING, iov, 1), -EBADF,
		 "a file there must be");
	close(e);
}

static void packets_by_the_writer(void)
{
	int p[2];

	check_ok(pipe2(p, O_DIRECT), "a pipe of packets");
	check_eq(fcntl(p[0], F_GETFL), O_RDONLY, "its reader has no flag");
	check_eq(fcntl(p[1], F_GETFL), O_WRONLY | O_DIRECT, "its writer has");
	close(p[0]);
	close(p[1]);
}

static void counts_of_messages(void)
{
	check_eq(raw_syscall(SYS_sendmmsg, MISSING, NULL, 0, 0), -EBADF,
		 "sendmmsg of no messages asks for the socket");
	check_eq(raw_syscall(SYS_recvmmsg, MISSING, NULL, 0, 0, NULL), -EBADF,
		 "recvmmsg likewise");
}

static void clocks(void)
{
	check_eq(raw_syscall(SYS_clock_adjtime, 1, BAD), -EFAULT,
		 "clock_adjtime reads before it looks at the clock");
}

static void make_device(void *arg)
{
	(void)arg;
	_exit(setgid(NOBODY) || setuid(NOBODY) ||
	      raw_syscall(SYS_mknodat, AT_FDCWD, "there", S_IFBLK, 0) !=
	      -EEXIST);
}

static void names_before_rights(void)
{
	put_file("there", "x", 1, 0666);
	check_eq(in_child(make_device, NULL), 0,
		 "a device under a name that is taken: EEXIST");
	unlink("there");
}

static void flags_of_files(void)
{
	int fd = (int)raw_syscall(SYS_openat, AT_FDCWD, "/dev/null",
				  0x80000000u | O_RDWR, 0);
	long flags = fcntl(fd, F_GETFL);

	check_eq(flags & ~LARGE, O_RDWR, "unknown flags of open are dropped");
	check_eq(!!(flags & LARGE), sizeof(long) == 8,
		 "files are large where words are");
	close(fd);
}

/* Of tmpfs, where folders grow by each name. */
static void sizes_of_folders(void)
{
	struct stat before, after;

	mkdir("d", 0755);
	stat("d", &before);
	put_file("d/f", "x", 1, 0644);
	stat("d", &after);
	check(before.st_size > 0 || after.st_size == 0,
	      "an empty folder has a size, if any has");
	unlink("d/f");
	rmdir("d");
}

/* ---- structures that grow ------------------------------------------------ */

static long ask_clone3(void *at, unsigned long size)
{
	return raw_syscall(SYS_clone3, at, size);
}

static long ask_openat2(void *at, unsigned long size)
{
	return raw_syscall(SYS_openat2, AT_FDCWD, "none", at, size);
}

/*
 * What is behind the fields that a kernel knows is looked at first, up to the
 * first byte that is not zero.
 */
static void grows(const char *name, long (*ask)(void *, unsigned long))
{
	char *m = mmap(NULL, 3 * PG, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *end = m + 2 * PG;

	munmap(end, PG);
	check_eq(ask(end - PG, PG + 1), -E2BIG, "%s: over a page", name);
	check_eq(ask(end - 1000, 1001), -EFAULT, "%s: what is there", name);
	end[-1] = 1;
	check_eq(ask(end - PG, PG), -E2BIG, "%s: the last byte", name);
	check_eq(ask(end - 1000, 1001), -E2BIG,
		 "%s: a byte, before what is not there", name);
	end[-1] = 0;
	end[-PG + 200] = 1;
	mprotect(m, PG, PROT_NONE);
	check_eq(ask(end - PG - 8, PG), -E2BIG,
		 "%s: the rest, before the fields", name);
	munmap(m, 2 * PG);
}

/* ---- files without names ------------------------------------------------- */

#define KINDS	7

static const char *const kinds[KINDS] = {
	"eventfd", "timerfd", "signalfd", "inotify", "epoll", "pidfd", "pipe",
};

static void open_kinds(int fd[KINDS + 1])
{
	static const unsigned long none[2];

	fd[0] = (int)raw_syscall(SYS_eventfd2, 0, 0);
	fd[1] = (int)raw_syscall(SYS_timerfd_create, 1, 0);
	fd[2] = (int)raw_syscall(SYS_signalfd4, -1, none, 8, 0);
	fd[3] = (int)raw_syscall(SYS_inotify_init1, 0);
	fd[4] = (int)raw_syscall(SYS_epoll_create1, 0);
	fd[5] = (int)raw_syscall(SYS_pidfd_open, getpid(), 0);
	pipe(fd + 6);
}

static void close_kinds(const int fd[KINDS + 1])
{
	for (int k = 0; k <= KINDS; k++)
		close(fd[k]);
}

static void positions(void)
{
	int fd[KINDS + 1];

	open_kinds(fd);
	for (int k = 0; k < KINDS; k++) {
		long want = k < 5 ? 0 : -ESPIPE;

		check_eq(lseek(fd[k], 8, SEEK_SET) < 0 ? -errno : 0, want,
			 "lseek of %s", kinds[k]);
	}
	check_eq(lseek(fd[0], 8, SEEK_SET), 0, "its position stays 0");
	check_err(ESPIPE, pread(fd[0], fd, 8, 0), "nor may it be given");
	close_kinds(fd);
}

/* Whoever may not change what modules of security keep: does any look? */
static void ask_secure(void *arg)
{
	int *fd = arg, bad = 0;

	if (setgid(NOBODY) || setuid(NOBODY))
		_exit(99);
	for (int k = 0; k < KINDS; k += k == 4 ? 2 : 1) {
		long want = k < 5 ? -EOPNOTSUPP : -EPERM;

		bad |= (raw_syscall(SYS_fremovexattr, fd[k], "security.x") !=
			want) << k;
		bad |= (raw_syscall(SYS_fsetxattr, fd[k], "security.x", "y", 1,
				    0) != want) << k;
	}
	_exit(bad);
}

static void secure_attributes(void)
{
	int fd[KINDS + 1];

	open_kinds(fd);
	check_eq(in_child(ask_secure, fd), 0,
		 "a user's security.x: EPERM of a pipe, else ENOTSUP");
	close_kinds(fd);
}

static void locks_are_given_back(void)
{
	int fd[KINDS + 1];

	if (audit_take() < 0) {
		tap_skip("locks of files without names", "no audit");
		return;
	}
	for (int i = 0; i < 100; i++) {
		open_kinds(fd);
		for (int k = 0; k < KINDS; k++)
			raw_syscall(SYS_flock, fd[k], 1);
		close_kinds(fd);
	}
	check(audit_same(8), "locks of files without names leave nothing");
}

/* ---- mounts -------------------------------------------------------------- */

static int mount_of(int fd)
{
	char name[64], text[512], *at;

	snprintf(name, sizeof(name), "/proc/self/fdinfo/%d", fd);
	fd = open(name, O_RDONLY);
	text[read_all(fd, text, sizeof(text) - 1)] = '\0';
	close(fd);
	at = strstr(text, "mnt_id:");
	return at ? atoi(at + 7) : -1;
}

static void tells_mount(const char *what, int fd)
{
	unsigned char x[256];
	unsigned mask, id;

	memset(x, 0, sizeof(x));
	check_ok(raw_syscall(SYS_statx, fd, "", 0x1000, 0x7ff, x),
		 "statx of %s", what);
	memcpy(&mask, x, 4);
	memcpy(&id, x + 144, 4);
	check_eq(mask & 0x1000, 0x1000, "it tells the mount, asked or not");
	check_eq(id, mount_of(fd), "the one that fdinfo tells");
}

static void mounts(void)
{
	int fd = open(".", O_RDONLY), p[2];

	pipe(p);
	tells_mount("a folder", fd);
	tells_mount("a pipe", p[0]);
	close(fd);
	close(p[0]);
	close(p[1]);
}

/* ---- names of whom is connected ------------------------------------------ */

#define LOCAL		1		/* AF_UNIX, and kinds of its sockets */
#define STREAM		1
#define DGRAM		2
#define SEQPACKET	5

static void names_to_peers(void)
{
	int p[2];

	raw_syscall(SYS_socketpair, LOCAL, SEQPACKET, 0, p);
	check_eq(raw_syscall(SYS_sendto, p[0], "x", 1, 0, "??????", 6), 1,
		 "a packet's name is not looked at");
	check_eq(raw_syscall(SYS_sendto, p[0], "x", 1, 0, BAD, 6), -EFAULT,
		 "but read");
	close(p[0]);
	close(p[1]);
	raw_syscall(SYS_socketpair, LOCAL, STREAM, 0, p);
	check_eq(raw_syscall(SYS_sendto, p[0], "x", 1, 0, "??????", 6),
		 -EISCONN, "a stream takes none");
	close(p[0]);
	close(p[1]);
	raw_syscall(SYS_socketpair, LOCAL, DGRAM, 0, p);
	check_eq(raw_syscall(SYS_sendto, p[0], "x", 1, 0, "??????", 6),
		 -EINVAL, "a datagram's must be right");
	close(p[0]);
	close(p[1]);
}

/* ---- vmsplice ------------------------------------------------------------ */

static void put_in(void *arg)
{
	struct iovec v = { "x", 1 };

	_exit(raw_syscall(SYS_vmsplice, ((int *)arg)[1], &v, 1, 0) != 1);
}

static void take_out(void *arg)
{
	char byte;
	struct iovec v = { &byte, 1 };

	_exit(raw_syscall(SYS_vmsplice, ((int *)arg)[0], &v, 1, 0) != 1);
}

/* => the child that does it, and sleeps if it has to */
static pid_t sleeper(void (*fn)(void *), int *p)
{
	pid_t pid = fork();

	if (!pid)
		fn(p);
	comes_to(pid, "SZ");
	return pid;
}

static int ends_well(pid_t pid)
{
	int status = -1;

	waitpid(pid, &status, 0);
	return status == 0;
}

/* It sleeps by its own flag, not by that of the file. */
static void vmsplice_sleeps(void)
{
	static char page[PG];
	int p[2];
	pid_t pid;

	pipe2(p, O_NONBLOCK);
	while (write(p[1], page, PG) > 0)
		;
	pid = sleeper(put_in, p);
	read(p[0], page, PG);
	check(ends_well(pid), "vmsplice in waits for room");
	while (read(p[0], page, PG) > 0)
		;
	pid = sleeper(take_out, p);
	write(p[1], "x", 1);
	check(ends_well(pid), "vmsplice out waits for bytes");
	close(p[0]);
	close(p[1]);
}

int main(void)
{
	tap_scratch("several_faults");
	waitid_clears();
	files_before_vectors();
	vectors_of_nothing();
	packets_by_the_writer();
	counts_of_messages();
	clocks();
	names_before_rights();
	flags_of_files();
	sizes_of_folders();
	grows("clone3", ask_clone3);
	grows("openat2", ask_openat2);
	positions();
	secure_attributes();
	locks_are_given_back();
	mounts();
	names_to_peers();
	vmsplice_sleeps();
	tap_scratch_end();
	return tap_done();
}
