/* SPDX-License-Identifier: MIT */
/* What the tests of System V's three kinds of objects share. */
#ifndef TEST_SYSV_H
#define TEST_SYSV_H

#include "tap.h"

#define IPC_PRIVATE	0
#define IPC_CREAT	01000
#define IPC_EXCL	02000
#define IPC_NOWAIT	04000
#define IPC_RMID	0
#define IPC_SET		1
#define IPC_STAT	2
#define IPC_INFO	3

/* struct msqid64_ds, as msgctl(2) tells it on either machine. */
struct queue_ds {
	int key;
	unsigned int uid, gid, cuid, cgid, mode;
	unsigned short seq, pad;
	unsigned long unused[2];
#if __SIZEOF_LONG__ == 4
	unsigned long stime, stime_high, rtime, rtime_high, ctime, ctime_high;
#else
	unsigned long stime, rtime, ctime;
#endif
	unsigned long bytes, count, room;
	int lspid, lrpid;
	unsigned long more[2];
};

UNUSED static long msgctl(long id, int cmd, void *buf)
{
	return syscall(SYS_msgctl, id, cmd, buf);
}

/* In a child: a user to whom the object is a stranger's. */
UNUSED static void become_other(void)
{
	setresgid(1001, 1001, 1001);
	if (setresuid(1001, 1001, 1001))
		_exit(1);
}

/* In that child: the call must give -1 and this errno, else it exits with n. */
#define refused(err, n, call)	do {					\
	if ((long)(call) != -1 || errno != (err))			\
		_exit(n);						\
} while (0)

/*
 * as_other becomes another user and exits with 2 when its first call is not
 * refused; set_mode gives the object a mode that allows only that.
 */
UNUSED static int other_users(void (*as_other)(void *), void (*set_mode)(unsigned),
		       unsigned mode, const char *what)
{
	if (geteuid()) {
		tap_skip("permissions", "for root");
		return 0;
	}
	check_eq(in_child(as_other, NULL), 0, "another user may do nothing");
	set_mode(mode);
	check_eq(in_child(as_other, NULL), 2 << 8, "... or %s, by the mode",
		 what);
	return 1;
}

#endif
