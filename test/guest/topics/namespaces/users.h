/* SPDX-License-Identifier: MIT */
/* What the tests of user name spaces have in common. */
#ifndef TEST_GUEST_TOPICS_NAMESPACES_USERS_H
#define TEST_GUEST_TOPICS_NAMESPACES_USERS_H

#include "spaces.h"

#define GET_DUMPABLE	3
#define SET_DUMPABLE	4
#define USER		1000
#define NOBODY		65534
#define ALL_CAPS	((1ull << 41) - 1)

#define CAP_BIT(name)	(1ull << CAP_##name)
enum { CAP_SETGID = 6, CAP_SETUID = 7, CAP_SYS_PTRACE = 19, CAP_SYS_ADMIN = 21,
       CAP_SETFCAP = 31 };

/* This process is that user's from now on, who may look into it. */
static inline void become_dumpable(unsigned uid)
{
	if (setgroups(0, NULL) || setresgid(uid, uid, uid) ||
	    setresuid(uid, uid, uid) || syscall(SYS_prctl, SET_DUMPABLE, 1, 0,
						0, 0))
		_exit(120);
}

/* => 0 or errno of one write to a file of pid's */
static inline int write_proc_file(int pid, const char *file, const char *text)
{
	return text_set(task_file(pid, file), text);
}

static inline int map_root(unsigned uid)
{
	char line[32];

	snprintf(line, sizeof(line), "0 %u 1\n", uid);
	return write_proc_file(getpid(), "setgroups", "deny") ||
		write_proc_file(getpid(), "uid_map", line) ||
		write_proc_file(getpid(), "gid_map", line);
}

static inline unsigned long long effective(void)
{
	struct { unsigned version; int pid; } h = { 0x20080522, 0 };
	unsigned c[6] = { 0 };

	return syscall(SYS_capget, &h, c) ? 0 :
		c[0] | (unsigned long long)c[3] << 32;
}

/* All capabilities that one may have are in effect, but for these. */
static inline void lay_down(unsigned long long caps)
{
	struct { unsigned version; int pid; } h = { 0x20080522, 0 };
	unsigned c[6];			/* effective, permitted, inheritable */

	if (syscall(SYS_capget, &h, c))
		_exit(122);
	c[0] = c[1] & ~(unsigned)caps;
	c[3] = c[4] & ~(unsigned)(caps >> 32);
	if (syscall(SYS_capset, &h, c))
		_exit(123);
}

/*
 * A child in a space of its own, made by uid, with these maps, which root
 * writes; it does fn(arg) there and exits with its result.
 */
static inline int begin_in_space(unsigned uid, const char *uids,
				 const char *gids,
				 int (*fn)(void *), void *arg)
{
	int to[2], back[2], pid;
	char c = 0;

	if (pipe(to) || pipe(back))
		tap_bail("pipe");
	pid = fork();
	if (!pid) {
		close(to[1]);
		close(back[0]);
		if (uid)
			become_dumpable(uid);
		if (syscall(SYS_unshare, CLONE_NEWUSER) ||
		    write(back[1], &c, 1) != 1 || read(to[0], &c, 1) != 1)
			_exit(121);
		close(to[0]);
		close(back[1]);
		_exit(fn(arg));
	}
	close(to[0]);
	close(back[1]);
	if (read(back[0], &c, 1) == 1 &&
	    ((uids && write_proc_file(pid, "uid_map", uids)) ||
	     (gids && write_proc_file(pid, "gid_map", gids)) ||
	     write(to[1], &c, 1) != 1))
		printf("# no maps: %s\n", strerror(errno));
	close(to[1]);
	close(back[0]);
	return pid;
}

#define IN_SPACE(uid, uids, gids, fn, arg) \
	exit_of(begin_in_space(uid, uids, gids, fn, arg))

#endif
