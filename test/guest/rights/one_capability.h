/* SPDX-License-Identifier: MIT */
/*
 * What the tests of capabilities share: a call is tried by an ordinary user
 * who has none, by one who has all but those that allow it, by users who have
 * one of those alone, and by one who has all, but in a name space of its own.
 */
#ifndef TEST_ONECAP_H
#define TEST_ONECAP_H

#include <sched.h>
#include <sys/resource.h>
#include "tap.h"

#define USER		1000
#define OTHER		1001
#define ALL		((1ull << 41) - 1)

enum { CHOWN = 0, DAC_OVERRIDE = 1, DAC_READ_SEARCH = 2, FOWNER = 3, KILL = 5,
       SETGID = 6, SETUID = 7, SETPCAP = 8, BIND_SERVICE = 10, NET_ADMIN = 12,
       NET_RAW = 13, IPC_LOCK = 14, IPC_OWNER = 15, SYS_RAWIO = 17,
       SYS_CHROOT = 18, SYS_PTRACE = 19, SYS_PACCT = 20, SYS_ADMIN = 21,
       SYS_BOOT = 22, SYS_NICE = 23, SYS_RESOURCE = 24, SYS_TIME = 25, TTY_CONFIG = 26,
       MKNOD = 27, LEASE = 28, SYSLOG = 34, WAKE_ALARM = 35,
       CHECKPOINT_RESTORE = 40 };

#define C(cap)	(1ull << (cap))
#define OR_ADMIN	C(63)		/* some kernels take CAP_SYS_ADMIN */
#define INSIDE		C(62)		/* over one's own space will do */

struct caps { unsigned effective, permitted, inheritable; };

static pid_t other;			/* another user's */

static int caps_set(unsigned long long keep)
{
	struct { unsigned version; int pid; } h = { 0x20080522, 0 };
	unsigned low = (unsigned)keep, high = (unsigned)(keep >> 32);
	struct caps c[2] = { { low, low, 0 }, { high, high, 0 } };

	return (int)syscall(SYS_capset, &h, c);
}

/* Each call gives -1 and errno, or not. */
struct probe {
	const char *name;
	long (*call)(void);
	int err;
	unsigned long long caps;	/* each allows it */
};

/* => the errno of a probe by the user with these capabilities */
static int tried(const struct probe *p, unsigned long long keep)
{
	int st = -1;
	pid_t pid = fork();

	if (pid == 0) {
		syscall(SYS_prctl, 8, 1, 0, 0, 0);	/* PR_SET_KEEPCAPS */
		set_limit(RLIMIT_MEMLOCK, PG);
		if (syscall(SYS_setgroups, 0, NULL) ||
		    setresgid(USER, USER, USER) ||
		    setresuid(USER, USER, USER) || caps_set(keep))
			_exit(99);
		_exit(p->call() < 0 ? errno : 0);
	}
	waitpid(pid, &st, 0);
	return WIFEXITED(st) ? WEXITSTATUS(st) : -1;
}

/* The ids of a space are those of outside. */
static int map_ids(pid_t pid, const char *file)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, "0 0 65536\n", 10) != 10)
		return -1;
	return close(fd);
}

/*
 * => the errno of a probe by the user with all rights over a name space of
 * users that is its own, and with no others; 98: there are no such spaces
 */
static int tried_inside(const struct probe *p)
{
	int to[2], back[2], st = -1;
	char c = 98;
	pid_t pid;

	if (pipe(to) || pipe(back))
		tap_bail("pipe");
	pid = fork();
	if (pid == 0) {
		set_limit(RLIMIT_MEMLOCK, PG);
		if (syscall(SYS_setgroups, 0, NULL) ||
		    setresgid(USER, USER, USER) ||
		    setresuid(USER, USER, USER))
			_exit(99);
		/* its files in /proc are its own */
		syscall(SYS_prctl, 4, 1, 0, 0, 0);
		if (syscall(SYS_unshare, CLONE_NEWUSER))
			_exit(98);
		if (write(back[1], &c, 1) != 1 || read(to[0], &c, 1) != 1)
			_exit(99);
		for (int i = 0; i < 2; i++) {
			close(to[i]);
			close(back[i]);
		}
		_exit(p->call() < 0 ? errno : 0);
	}
	close(back[1]);
	if (read(back[0], &c, 1) == 1 &&
	    (map_ids(pid, "uid_map") || map_ids(pid, "gid_map")))
		tap_bail("maps of ids");
	if (write(to[1], &c, 1) != 1)
		tap_bail("pipe");
	close(back[0]);
	close(to[0]);
	close(to[1]);
	waitpid(pid, &st, 0);
	return WIFEXITED(st) ? WEXITSTATUS(st) : -1;
}

/* What is asked for is a right over the machine, or one over the space. */
static void one_inside(const struct probe *p)
{
	int err = tried_inside(p);

	if (err == 98)
		tap_skip(p->name, "no name spaces of users");
	else if (p->caps & INSIDE)
		check(err != p->err, "... or with all in a name space");
	else
		check_eq(err, p->err, "... nor with all in a name space");
}

static void probe_one(const struct probe *p)
{
	unsigned long long more = p->caps & OR_ADMIN ? C(SYS_ADMIN) : 0;
	int err = tried(p, 0);

	if (err == EOPNOTSUPP)
		return tap_skip(p->name, "not on this machine");
	check_eq(err, p->err, "%s: not without a right", p->name);
	check_eq(tried(p, ALL & ~(p->caps | more)), p->err,
		 "... and with others");
	for (int cap = 0; cap < 41; cap++)
		if (p->caps & C(cap))
			check(tried(p, C(cap)) != p->err, "... but with %d",
			      cap);
	one_inside(p);
}

static void make_other(void)
{
	other = fork();
	if (other == 0) {
		if (setresgid(OTHER, OTHER, OTHER) ||
		    setresuid(OTHER, OTHER, OTHER))
			_exit(1);
		for (;;)
			pause();
	}
	if (other < 0)
		tap_bail("another user's process");
	comes_to(other, "S");
}

static void end_other(void)
{
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
}

#endif
