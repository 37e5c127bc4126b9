/* SPDX-License-Identifier: MIT */
/*
 * System V's calls: which of two bad arguments is told, what each question
 * tells, and where segments lie at the ends of memory (row D10).
 */
#include <stdint.h>
#include "arguments.h"

#define SOMEBODY	4711
#define HUGE_LOG(n)	((unsigned)(n) << 26)

static char buf[512];
static struct { int64_t sec, nsec; } late = { 0, 2000000000 };

static void call_badly(void)
{
	long msg = 0;

	bad(EINVAL, semget, 0, -1, 0);
	bad(EINVAL, semget, 0, 0, 0600);
	bad(ENOENT, semget, 0x77665544, 0, 0);
	bad(EINVAL, semget, 0x77665544, 100000, 0);
	bad(EINVAL, semop_timed, -1, BAD, 0, NULL);
	bad(EFAULT, semop_timed, -1, BAD, 1, NULL);
	bad(E2BIG, semop_timed, 12345, BAD, 100000, NULL);
	bad(EFAULT, semop_timed, 12345, BAD, 1, NULL);
	bad(EFAULT, semop_timed, -1, BAD, 0, BAD);
	bad(EFAULT, semop_timed, 12345, BAD, 1, &late);
	bad(EINVAL, semop_timed, -1, buf, 1, &late);
	bad(E2BIG, semop_timed, -1, BAD, 100000, &late);
	bad(EINVAL, semctl, -1, 0, 99, BAD);
	bad(EINVAL, semctl, 12345, 0, 2, BAD);
	bad(EFAULT, semctl, 12345, 0, 1, BAD);
	bad(EINVAL, semctl, 12345, 0, 17, BAD);
	bad(ERANGE, semctl, 12345, 0, 16, -1L);
	bad(EINVAL, semctl, 12345, -1, 12, 0L);
	bad(EFAULT, semctl, 0, 0, 3, BAD);
	bad(EINVAL, msgctl, -1, 99, BAD);
	bad(EINVAL, msgctl, 12345, 2, BAD);
	bad(EFAULT, msgctl, 12345, 1, BAD);
	bad(ENOENT, msgget, 0x77665544, 0);
	bad(EFAULT, msgsnd, -1, BAD, 1L, 0);
	bad(EINVAL, msgsnd, -1, &msg, 100000L, 0);
	bad(EFAULT, msgsnd, 12345, BAD, 100000L, 0);
	bad(EINVAL, msgsnd, 12345, &msg, 0L, 0);
	bad(EINVAL, msgrcv, -1, BAD, -1L, 0L, 0);
	bad(EINVAL, msgrcv, 12345, BAD, 1L, 0L, 0);
	bad(EINVAL, msgrcv, 12345, BAD, 1L, 0L, 040000);
	bad(EINVAL, msgrcv, 12345, BAD, 1L, 0L, 064000);
	bad(EFAULT, msgrcv, 12345, BAD, 1L, 0L, 044000);
	bad(EINVAL, shmget, 0, 0L, 0600);
	bad(ENOENT, shmget, 0x77665544, 0L, 0);
	bad(EINVAL, shmctl, 12345, 2, BAD);
	bad(EFAULT, shmctl, 12345, 1, BAD);
	bad(EINVAL, shmctl, -1, 1, BAD);
	bad(EINVAL, shmctl, 12345, 99, BAD);
	bad(EINVAL, shmat, -1, 1, 0);
	bad(EINVAL, shmat, 12345, 0, 0);
	bad(EINVAL, shmdt, 1);
}

static void ask_each_question(void)
{
	enum { CREAT = 01000, EXCL = 02000, NORESERVE = 010000, RMID = 0 };
	char ds[256];
	unsigned short values[2];
	int id, last;

	id = (int)syscall(SYS_shmget, 4711, 100, CREAT | EXCL | NORESERVE |
			  0600);
	check(id >= 0, "IPC_CREAT, IPC_EXCL, SHM_NORESERVE");
	check_err(EEXIST, syscall(SYS_shmget, 4711, 100, CREAT | EXCL | 0600),
		  "twice");
	last = (int)syscall(SYS_shmctl, 0, 14, ds);
	check(last >= 0, "SHM_INFO tells the last place that is taken");
	check_eq(syscall(SYS_shmctl, last, 15, ds), id, "SHM_STAT_ANY");
	check_eq(syscall(SYS_shmctl, last, 13, ds), id, "SHM_STAT");
	syscall(SYS_shmctl, id, RMID, NULL);
	id = (int)syscall(SYS_semget, 4711, 2, CREAT | EXCL | 0600);
	last = (int)syscall(SYS_semctl, 0, 0, 19, ds);
	check(last >= 0, "SEM_INFO");
	check_eq(syscall(SYS_semctl, last, 0, 18, ds), id, "SEM_STAT");
	check_eq(syscall(SYS_semctl, last, 0, 20, ds), id, "SEM_STAT_ANY");
	check_ok(syscall(SYS_semctl, id, 0, 13, values), "GETALL");
	check_err(EINVAL, syscall(SYS_semctl, id, 0, 99, ds), "no command");
	syscall(SYS_semctl, id, 0, RMID, NULL);
	id = (int)syscall(SYS_msgget, 4711, CREAT | EXCL | 0600);
	last = (int)syscall(SYS_msgctl, 0, 12, ds);
	check(last >= 0, "MSG_INFO");
	check_eq(syscall(SYS_msgctl, last, 11, ds), id, "MSG_STAT");
	check_eq(syscall(SYS_msgctl, last, 13, ds), id, "MSG_STAT_ANY");
	syscall(SYS_msgctl, id, RMID, NULL);
}

static void ask_set_as_user(void *arg)
{
	long id;

	(void)arg;
	become_user(SOMEBODY);
	id = raw_syscall(SYS_semget, 0, 3, 01000);	/* for nobody */
	if (raw_syscall(SYS_semctl, id, 9, 0x10, 3) != -EINVAL)
		_exit(1);
	if (raw_syscall(SYS_semctl, id, 0, 0x10, 3) != -EACCES)
		_exit(2);
	if (raw_syscall(SYS_semctl, id, 9, 0xc, 0) != -EACCES)
		_exit(3);
	_exit(raw_syscall(SYS_semctl, id, 0, 0, 0) ? 4 : 0);	/* it goes */
}

#ifdef SYS_ipc
#define ipc_control(call, cmd)	raw_syscall(SYS_ipc, call, 0, cmd, cmd, buf)

static void control_below_zero(void)
{
	check_eq(ipc_control(3, -1), -EINVAL, "semctl by ipc: no command");
	check_eq(ipc_control(14, -1), -EINVAL, "msgctl");
	check_eq(ipc_control(24, -1), -EINVAL, "shmctl");
	check_eq(ipc_control(24, ~0x100), -EINVAL, "without IPC_64");
}
#else
static void control_below_zero(void)
{
}
#endif

#ifdef SYS_shmat
static void attach_at_ends(void)
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
static void attach_at_ends(void)
{
}
#endif

int main(void)
{
	call_badly();
	ask_each_question();
	check_eq(in_child(ask_set_as_user, NULL), 0,
		 "semctl: which one is asked before who may, of SETVAL");
	control_below_zero();
	attach_at_ends();
	check_eq(raw_syscall(SYS_shmget, 0, PG, 01000 | 04000 | HUGE_LOG(63)),
		 -EINVAL, "SHM_HUGETLB of such a size");
	return tap_done();
}
