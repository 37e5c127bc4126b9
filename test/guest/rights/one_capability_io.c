/* SPDX-License-Identifier: MIT */
/*
 * As one_capability.c, of time, sockets and files: one capability allows each
 * call, and nothing else does (capabilities(7), row B17).
 */
#include "one_capability.h"

#define SOFT		"/proc/sys/fs/pipe-user-pages-soft"

static int held;			/* "theirs", opened by root */

/* ---- time ----------------------------------------------------------------- */

static long sets_time(void)
{
	long zone[2] = { 0, 0 };

	return syscall(SYS_settimeofday, NULL, zone);
}

static long adjusts(void)
{
	unsigned buf[64] = { 0x100 };		/* on by nothing */

	return syscall(SYS_adjtimex, buf);
}

static long wakes_machine(void)
{
	return syscall(SYS_timerfd_create, 9, 0);
}

static long timer_that_wakes(void)
{
	int id;

	return syscall(SYS_timer_create, 9, NULL, &id);
}

static long sleep_that_wakes(void)
{
	long zero[2] = { 0, 0 };

	return syscall(SYS_clock_nanosleep, 9, 0, zero, NULL);
}

/* ---- sockets -------------------------------------------------------------- */

static long set_on_new_socket(int family, int name, const void *value, int n)
{
	int s = (int)syscall(SYS_socket, family, 2, 0);

	return syscall(SYS_setsockopt, s, 1, name, value, n);
}

static long large_buffer(void)
{
	return set_on_new_socket(1, 32, &(int){ 10000 },
				 4);	/* SO_SNDBUFFORCE */
}

static long first_priority(void)
{
	return set_on_new_socket(1, 12, &(int){ 7 },
				 4);		/* SO_PRIORITY */
}

static long leaves_device(void)
{
	int s = (int)syscall(SYS_socket, 2, 2, 0);

	syscall(SYS_setsockopt, s, 1, 25, "lo", 3);
	return syscall(SYS_setsockopt, s, 1, 25, "", 1);
}

static long low_port(void)
{
	unsigned short a[8] = { 2, 0x0900 };		/* 9 */

	return syscall(SYS_bind, syscall(SYS_socket, 2, 2, 0), a, sizeof(a));
}

static long raw_socket(void)
{
	return syscall(SYS_socket, 2, 3, 1);
}

/* A byte, and beside it n words of SCM_RIGHTS (1) or SCM_CREDENTIALS (2). */
static long send_with_control(int s, int type, const int *words, unsigned n)
{
	struct { unsigned long len; int level, type, is[3]; } c = {
		sizeof(long) + 8 + n * sizeof(int), 1, type, { 0 } };
	struct { void *base; unsigned long len; } v = { "", 1 };
	struct { void *name; long n; void *iov; unsigned long nr; void *control;
		 unsigned long len; int flags; } m = {
		NULL, 0, &v, 1, &c, c.len, 0 };

	memcpy(c.is, words, n * sizeof(int));
	return syscall(SYS_sendmsg, s, &m, 0);
}

static long says_it_is(int pid, int uid, int gid)
{
	int p[2];

	syscall(SYS_socketpair, 1, 2, 0, p);
	return send_with_control(p[0], 2, (int[]){ pid, uid, gid }, 3);
}

/* More descriptors on their way than one may have open. */
static long many_on_their_way(void)
{
	long r = 0;
	int p[2];

	syscall(SYS_socketpair, 1, 2, 0, p);
	set_limit(RLIMIT_NOFILE, 3);
	for (int i = 0; i < 6 && r >= 0; i++) {
		r = send_with_control(p[0], 1, p, 1);
		if (r < 0 && i < 3)
			return 0;
	}
	return r;
}

static long other_pid(void) { return says_it_is(other, USER, USER); }
static long other_uid(void) { return says_it_is(getpid(), OTHER, USER); }
static long other_gid(void) { return says_it_is(getpid(), USER, OTHER); }

/* ---- files: "theirs" is another's and 0666, "private" 0600 ---------------- */

static long change_others_mode(void)
{
	return chmod("theirs", 0666);
}

static long changes_times(void)
{
	long ts[4] = { 1, 1, 1, 1 };

	return syscall(SYS_utimensat, AT_FDCWD, "theirs", ts, 0);
}

static long hides_reading(void)
{
	return open("theirs", O_RDONLY | 01000000);	/* O_NOATIME */
}

static long leases(void)
{
	return fcntl(open("theirs", O_RDONLY), 1024, 0);	/* F_SETLEASE */
}

static long reads_file(void)
{
	return open("private", O_RDONLY);
}

static long write_private(void)
{
	return open("private", O_WRONLY);
}

static long remove_sticky(void)
{
	return unlink("sticky/theirs");
}

static long gives_away(uid_t uid, gid_t gid)
{
	int fd = open("own", O_CREAT | O_RDWR, 0600), err;
	long r = fchown(fd, uid, gid);

	err = errno;
	unlink("own");
	errno = err;
	return r;
}

static long gives_to_user(void) { return gives_away(OTHER, (gid_t)-1); }
static long gives_to_group(void) { return gives_away((uid_t)-1, OTHER); }

/* Its owner's alone: what is asked for here is that set-id bits go. */
static long drops_bits(void)
{
	return chown("setid", (uid_t)-1, (gid_t)-1);
}

static long links_open(void)
{
	long r = syscall(SYS_linkat, held, "", AT_FDCWD, "linked", 0x1000);

	if (r == 0)
		unlink("linked");
	return r;
}

static long makes_device(void)
{
	long r = syscall(SYS_mknodat, AT_FDCWD, "device", 020600, 0x103);

	if (r == 0)
		unlink("device");
	return r;
}

static long mount_nonesuch(void)
{
	return syscall(SYS_mount, "none", ".", "nonesuch", 0, NULL);
}

static long unmounts(void)
{
	return syscall(SYS_umount2, ".", 0);
}

static long pivots(void)
{
	return syscall(SYS_pivot_root, ".", ".");
}

static long hangs_up(void)
{
	return syscall(SYS_vhangup);
}

static long large_pipe(void)
{
	int p[2];

	if (pipe(p))
		return 0;
	return fcntl(p[0], 1031, 2 << 20);		/* F_SETPIPE_SZ */
}

/* Past what the soft limit leaves to a user's pipes. */
static long one_more_pipe(void)
{
	int p[2];

	if (pipe(p))
		return 0;
	return fcntl(p[0], 1031, 32 * PG);
}

static long advises(void)
{
	struct { void *base; unsigned long len; } v = {
		anon_pages(1, PROT_READ), PG };
	int fd = (int)syscall(SYS_pidfd_open, getpid(), 0);

	return syscall(SYS_process_madvise, fd, &v, 1, 20, 0);	/* COLD */
}

/* A process of the same user, which it may look into. */
static long advises_other(void)
{
	struct { void *base; unsigned long len; } v = {
		anon_pages(1, PROT_READ), PG };
	pid_t pid;
	long r;
	int err;

	syscall(SYS_prctl, 4, 1, 0, 0, 0);		/* PR_SET_DUMPABLE */
	pid = fork();
	if (pid == 0)
		for (;;)
			pause();
	r = syscall(SYS_process_madvise, syscall(SYS_pidfd_open, pid, 0), &v,
		    1, 20, 0);
	err = errno;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	errno = err;
	return r;
}

/* A terminal of the caller's own, which TIOCVHANGUP ends for all. */
static long hangs_up_master(void)
{
	return syscall(SYS_ioctl, open("/dev/ptmx", O_RDWR | O_NOCTTY), 0x5437,
		       0);
}

static long hangs_up_own(void)
{
	int fd = open("/dev/ptmx", O_RDWR | O_NOCTTY), zero = 0;

	syscall(SYS_ioctl, fd, 0x40045431, &zero);	/* TIOCSPTLCK */
	/* TIOCGPTPEER */
	fd = (int)syscall(SYS_ioctl, fd, 0x5441, O_RDWR | O_NOCTTY);
	return syscall(SYS_ioctl, fd, 0x5437, 0);
}

/* Its own, of which the frames are told. */
static long reads_tables(void)
{
	int fd;

	syscall(SYS_prctl, 4, 1, 0, 0, 0);
	fd = open("/proc/self/tables", O_RDONLY);
	if (fd < 0 && errno == ENOENT)
		errno = EOPNOTSUPP;
	return fd;
}

/* ---- all of them ---------------------------------------------------------- */

static const struct probe probes[] = {
	{ "settimeofday", sets_time, EPERM, C(SYS_TIME) },
	{ "adjtimex", adjusts, EPERM, C(SYS_TIME) },
	{ "timerfd_create that wakes", wakes_machine, EPERM, C(WAKE_ALARM) },
	{ "timer_create that wakes", timer_that_wakes, EPERM,
	  C(WAKE_ALARM) },
	{ "clock_nanosleep that wakes", sleep_that_wakes, EPERM,
	  C(WAKE_ALARM) },
	{ "SO_SNDBUFFORCE", large_buffer, EPERM, C(NET_ADMIN) },
	{ "SO_PRIORITY", first_priority, EPERM, C(NET_ADMIN) | C(NET_RAW) },
	{ "SO_BINDTODEVICE, once more", leaves_device, EPERM, C(NET_RAW) },
	{ "a low port", low_port, EACCES, C(BIND_SERVICE) },
	{ "a raw socket", raw_socket, EPERM, C(NET_RAW) },
	{ "SCM_CREDENTIALS: a process", other_pid, EPERM, C(SYS_ADMIN) },
	{ "... a user", other_uid, EPERM, C(SETUID) | INSIDE },
	{ "... a group", other_gid, EPERM, C(SETGID) | INSIDE },
	{ "descriptors on their way", many_on_their_way, ETOOMANYREFS,
	  C(SYS_RESOURCE) | C(SYS_ADMIN) },
	{ "chmod", change_others_mode, EPERM, C(FOWNER) | INSIDE },
	{ "utimensat", changes_times, EPERM, C(FOWNER) | INSIDE },
	{ "O_NOATIME", hides_reading, EPERM, C(FOWNER) | INSIDE },
	{ "unlink in a sticky folder", remove_sticky, EPERM,
	 C(FOWNER) | INSIDE },
	{ "F_SETLEASE", leases, EACCES, C(LEASE) },
	{ "open to read", reads_file, EACCES,
	  C(DAC_OVERRIDE) | C(DAC_READ_SEARCH) | INSIDE },
	{ "open to write", write_private, EACCES, C(DAC_OVERRIDE) | INSIDE },
	{ "chown to another user", gives_to_user, EPERM, C(CHOWN) | INSIDE },
	{ "chown to another group", gives_to_group, EPERM, C(CHOWN) | INSIDE },
	{ "chown to nobody, set-id", drops_bits, EPERM, C(FOWNER) | INSIDE },
	{ "linkat of another's descriptor", links_open, ENOENT,
	  C(DAC_READ_SEARCH) },
	{ "mknod", makes_device, EPERM, C(MKNOD) },
	{ "mount", mount_nonesuch, EPERM, C(SYS_ADMIN) },
	{ "umount", unmounts, EPERM, C(SYS_ADMIN) },
	{ "pivot_root", pivots, EPERM, C(SYS_ADMIN) },
	{ "vhangup", hangs_up, EPERM, C(TTY_CONFIG) },
	{ "TIOCVHANGUP", hangs_up_own, EPERM, C(SYS_ADMIN) },
	{ "... of a master", hangs_up_master, EPERM, C(SYS_ADMIN) },
	{ "/proc/self/tables", reads_tables, EACCES, C(SYS_ADMIN) },
	{ "process_madvise of another", advises_other, EPERM, C(SYS_NICE) },
	{ "a pipe of 2 MB", large_pipe, EPERM, C(SYS_RESOURCE) },
	{ "a pipe past the soft limit", one_more_pipe, EPERM,
	  C(SYS_RESOURCE) | C(SYS_ADMIN) },
};

static const struct probe own_memory = { "process_madvise", advises, 0, 0 };

static void make_files(void)
{
	tap_scratch("one_capability_io");
	chmod(".", 0777);
	put_file("theirs", "", 0, 0666);
	put_file("private", "", 0, 0600);
	put_file("setid", "", 0, 04755);
	held = open("theirs", O_RDONLY);
	mkdir("sticky", 0700);
	chmod("sticky", 01777);
	put_file("sticky/theirs", "", 0, 0666);
}

static void remove_files(void)
{
	unlink("theirs");
	unlink("private");
	unlink("setid");
	unlink("sticky/theirs");
	rmdir("sticky");
	tap_scratch_end();
}

static void soft_limit(const char *pages)
{
	int fd = open(SOFT, O_WRONLY);

	if (fd < 0 || write(fd, pages, strlen(pages)) < 0)
		tap_bail(SOFT);
	close(fd);
}

int main(void)
{
	if (geteuid())
		return tap_skip_all("only root can become somebody with one");
	make_other();
	make_files();
	soft_limit("16");
	for (int i = 0; i < COUNT(probes); i++)
		probe_one(&probes[i]);
	soft_limit("16384");
	/* some of Linux want CAP_SYS_NICE for that, too */
	check(on_other_kernel() || tried(&own_memory, 0) == 0,
	      "process_madvise of one's own memory asks for none");
	end_other();
	remove_files();
	return tap_done();
}
