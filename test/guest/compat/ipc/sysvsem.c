/* SPDX-License-Identifier: MIT */
/*
 * System V semaphores (row D10): sets, operations all at once or not at all,
 * what SEM_UNDO undoes and who shares that, permissions and limits.
 */
#include <sched.h>
#include <time.h>
#include "sysv.h"
#include "note.h"

#define SEM_UNDO	0x1000
#define GETPID		11
#define GETVAL		12
#define GETALL		13
#define GETNCNT		14
#define GETZCNT		15
#define SETVAL		16
#define SETALL		17
#define SEM_STAT	18
#define SEM_INFO	19

struct sembuf {
	unsigned short num;
	short op, flags;
};

static long semget(int key, int n, int flags)
{
	return syscall(SYS_semget, key, n, flags);
}

static long semctl(long id, int num, int cmd, unsigned long arg)
{
	return syscall(SYS_semctl, id, num, cmd, arg);
}

static long semops(long id, struct sembuf *ops, unsigned n,
		   struct timespec *timeout)
{
#ifdef __i386__
	return syscall(SYS_semtimedop_time64, id, ops, n, timeout);
#else
	return syscall(SYS_semtimedop, id, ops, n, timeout);
#endif
}

static long semop1(long id, int num, int op, int flags)
{
	struct sembuf b = { (unsigned short)num, (short)op, (short)flags };

	return semops(id, &b, 1, NULL);
}

static long semaphore_of_set(long id, int num)
{
	return semctl(id, num, GETVAL, 0);
}

static long id;

/* A key is no secret; what is asked for with it must be allowed. */
static void find_set_as_other(void *arg)
{
	int key = *(int *)arg;

	become_other();
	if (semget(key, 0, 0) < 0)
		_exit(1);
	refused(EACCES, 2, semget(key, 0, 0400));
	refused(EACCES, 3, semget(key, 0, 0200));
}

/* ---- sets ---------------------------------------------------------------- */

static void make_sets(void)
{
	int key = 0x4c540000 + getpid();
	long a, b;

	a = semget(key, 3, IPC_CREAT | 0600);
	check(a >= 0, "semget makes a set");
	check_eq(semget(key, 0, 0), a, "its key finds it");
	if (!geteuid())
		check_eq(in_child(find_set_as_other, &key), 0,
			 "another user finds it, but without rights");
	check_eq(semget(key, 3, IPC_CREAT), a, "with IPC_CREAT, too");
	check_err(EEXIST, semget(key, 3, IPC_CREAT | IPC_EXCL), "IPC_EXCL");
	check_err(EINVAL, semget(key, 4, 0), "it has not as many");
	check_err(ENOENT, semget(key + 1, 1, 0), "no such key");
	check_err(EINVAL, semget(key + 1, 0, IPC_CREAT), "none at all");
	check_err(EINVAL, semget(key + 1, -1, IPC_CREAT), "less than none");
	check_err(EINVAL, semget(key + 1, 32001, IPC_CREAT), "too many");
	b = semget(IPC_PRIVATE, 1, 0600);
	check(b >= 0 && b != a, "IPC_PRIVATE: a new one");
	check_eq(semctl(b, 0, IPC_RMID, 0), 0, "IPC_RMID");
	check_err(EINVAL, semaphore_of_set(b, 0), "it is gone");
	check_err(EINVAL, semctl(-1, 0, GETVAL, 0), "no id");
	check_err(EINVAL, semctl(a, 0, 999, 0), "no such command");
	semctl(a, 0, IPC_RMID, 0);
	check_err(ENOENT, semget(key, 0, 0), "nor has the key a set now");
}

/* Of many keys, in no order: each finds its own, and once gone, nothing. */
static void many_keys(void)
{
	enum { MANY = 600 };
	static long of[MANY];
	int base = 0x4c550000 + getpid(), wrong = 0;

#define KEY(k)	(base + (k) * 7919 % MANY)
	for (int k = 0; k < MANY; k++)
		of[k] = semget(KEY(k), 1, IPC_CREAT | IPC_EXCL | 0600);
	for (int k = 0; k < MANY; k++)
		wrong += of[k] < 0 || semget(KEY(k), 1, 0) != of[k];
	check_eq(wrong, 0, "%d keys find their sets", MANY);
	for (int k = 0; k < MANY; k += 2)
		wrong += semctl(of[k], 0, IPC_RMID, 0) != 0;
	for (int k = 0; k < MANY; k++)
		wrong += k % 2 ? semget(KEY(k), 1, 0) != of[k] :
			semget(KEY(k), 1, 0) != -1 || errno != ENOENT;
	check_eq(wrong, 0, "every other one gone, the rest found");
	for (int k = 1; k < MANY; k += 2)
		semctl(of[k], 0, IPC_RMID, 0);
#undef KEY
}

static void set_values(void)
{
	unsigned short v[3] = { 1, 2, 3 };

	check_eq(semaphore_of_set(id, 1), 0, "values begin with 0");
	check_eq(semctl(id, 1, SETVAL, 5), 0, "SETVAL");
	check_eq(semaphore_of_set(id, 1), 5, "GETVAL");
	check_eq(semctl(id, 1, GETPID, 0), getpid(), "GETPID");
	check_err(ERANGE, semctl(id, 1, SETVAL, 32768), "SETVAL: too great");
	check_err(ERANGE, semctl(id, 1, SETVAL, -1ul), "below 0");
	check_err(EINVAL, semctl(id, 3, SETVAL, 0), "no such semaphore");
	check_eq(semctl(id, 0, SETALL, (unsigned long)v), 0, "SETALL");
	memset(v, 0, sizeof(v));
	check_eq(semctl(id, 0, GETALL, (unsigned long)v), 0, "GETALL");
	check(v[0] == 1 && v[1] == 2 && v[2] == 3, "all three");
	check_err(EFAULT, semctl(id, 0, GETALL, 8), "GETALL to nowhere");
	v[2] = 40000;
	check_err(ERANGE, semctl(id, 0, SETALL, (unsigned long)v),
		  "SETALL: one too great");
	check_eq(semaphore_of_set(id, 0), 1, "... changes none");
}

/* ---- operations ---------------------------------------------------------- */

static void operate_on_set(void)
{
	struct sembuf both[] = { { 0, -1, 0 }, { 1, -9, IPC_NOWAIT } };
	struct timespec ts = { 0, 20000000 }, bad = { 0, 1000000000 };

	semctl(id, 0, SETVAL, 1);
	semctl(id, 1, SETVAL, 2);
	check_eq(semop1(id, 0, 3, 0), 0, "adding");
	check_eq(semop1(id, 0, -4, 0), 0, "taking all");
	check_eq(semop1(id, 0, 0, 0), 0, "waiting for 0");
	check_err(EAGAIN, semop1(id, 0, -1, IPC_NOWAIT), "taking too much");
	check_err(EAGAIN, semop1(id, 1, 0, IPC_NOWAIT), "it is not 0");
	semctl(id, 0, SETVAL, 1);
	check_err(EAGAIN, semops(id, both, 2, NULL), "two: one cannot be");
	check_eq(semaphore_of_set(id, 0), 1, "... so none is done");
	both[1].op = -2;
	check_eq(semops(id, both, 2, NULL), 0, "two that can");
	check(semaphore_of_set(id, 0) == 0 && semaphore_of_set(id, 1) == 0,
	      "... are both done");
	check_err(EAGAIN, semops(id, both, 1, &ts), "a time limit passes");
	check_err(EINVAL, semops(id, both, 1, &bad), "no time");
	check_err(EFBIG, semop1(id, 3, 1, 0), "no such semaphore");
	check_err(EINVAL, semops(id, both, 0, NULL), "no operation");
	check_err(E2BIG, semops(id, both, 501, NULL), "too many");
	check_err(EFAULT, semops(id, BAD, 1, NULL), "from nowhere");
	check_err(EINVAL, semop1(-1, 0, 1, 0), "no set");
	semctl(id, 0, SETVAL, 32767);
	check_err(ERANGE, semop1(id, 0, 1, 0), "more than the greatest");
	semctl(id, 0, SETVAL, 0);
}

/* A child that waits; until is a GETNCNT or GETZCNT that counts it. */
static pid_t start_set_waiter(int op, int until)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(semop1(id, 0, op, 0) ? errno : 0);
	while (semctl(id, 0, until, 0) != 1)
		usleep(1000);
	return pid;
}

static int set_child_result(pid_t pid)
{
	int st = -1;

	waitpid(pid, &st, 0);
	return st >> 8;
}

static void wait_for_values(void)
{
	struct sigaction sa = { .sa_handler = note, .sa_flags = SA_RESTART };
	pid_t a, b;
	long other;

	a = start_set_waiter(-2, GETNCNT);
	semop1(id, 0, 1, 0);
	check_eq(semctl(id, 0, GETNCNT, 0), 1, "one is not enough");
	semop1(id, 0, 1, 0);
	check_eq(set_child_result(a), 0, "two are: the waiter goes on");
	check_eq(semaphore_of_set(id, 0), 0, "with both");
	check_eq(semctl(id, 0, GETPID, 0), a, "GETPID: it was the last");
	semctl(id, 0, SETVAL, 1);
	b = start_set_waiter(0, GETZCNT);
	check_eq(semop1(id, 0, -1, 0), 0, "to 0");
	check_eq(set_child_result(b), 0, "who waited for that goes on");
	a = start_set_waiter(-1, GETNCNT);
	semctl(id, 0, SETVAL, 1);
	check_eq(set_child_result(a), 0, "SETVAL lets waiters go on");
	sigaction(SIGUSR1, &sa, NULL);
	a = start_set_waiter(-1, GETNCNT);
	kill(a, SIGUSR1);
	check_eq(set_child_result(a), EINTR,
		 "a signal: EINTR, even with SA_RESTART");
	check_eq(semctl(id, 0, GETNCNT, 0), 0, "it waits no more");
	other = id;
	id = semget(IPC_PRIVATE, 1, 0600);
	a = start_set_waiter(-1, GETNCNT);
	semctl(id, 0, IPC_RMID, 0);
	check_eq(set_child_result(a), EIDRM, "the set goes: EIDRM");
	id = other;
}

/* ---- undo ---------------------------------------------------------------- */

static void take_undo(void *arg)
{
	(void)arg;
	_exit(semop1(id, 0, -2, SEM_UNDO) || semaphore_of_set(id, 0) != 1);
}

/* Twice in one set, and a try that fails half-way, which takes nothing. */
static void take_again(void *arg)
{
	struct sembuf ops[2] = { { 0, -1, SEM_UNDO | IPC_NOWAIT },
				 { 0, -9, SEM_UNDO | IPC_NOWAIT } };

	(void)arg;
	if (semop1(id, 0, -1, SEM_UNDO) || semop1(id, 0, -1, SEM_UNDO))
		_exit(1);
	if (semops(id, ops, 2, NULL) != -1 || errno != EAGAIN)
		_exit(2);
	_exit(semaphore_of_set(id, 0) != 1);
}

/* One of each of two sets. */
static void take_of_two(void *arg)
{
	int second = *(int *)arg;

	_exit(semop1(id, 0, -1, SEM_UNDO) || semop1(second, 0, -1, SEM_UNDO) ||
	      semaphore_of_set(id, 0) != 2 || semaphore_of_set(second, 0) != 4);
}

static void take_reset(void *arg)
{
	(void)arg;
	semop1(id, 0, -2, SEM_UNDO);
	semctl(id, 0, SETVAL, 3);
	_exit(0);
}

static char stack[16384] __attribute__((aligned(16)));

static int take_with_undo(void *arg)
{
	(void)arg;
	return semop1(id, 0, -1, SEM_UNDO) != 0;
}

/* The value while the maker of a task that took one lives, and after. */
static long seen;

static void clone_one(void *arg)
{
	long flags = (long)arg;
	long pid = __clone(take_with_undo, stack + sizeof(stack),
			   flags | SIGCHLD,
			   NULL, NULL, NULL, NULL);

	waitpid((pid_t)pid, NULL, 0);
	_exit((int)semaphore_of_set(id, 0));
}

static void undo(void)
{
	int second;

	semctl(id, 0, SETVAL, 3);
	check_eq(in_child(take_undo, NULL), 0, "a child takes two");
	check_eq(semaphore_of_set(id, 0), 3,
		 "SEM_UNDO: its end gives them back");
	check_eq(in_child(take_again, NULL), 0, "one takes two in turn");
	check_eq(semaphore_of_set(id, 0), 3,
		 "SEM_UNDO: both come back, and no more");
	second = semget(IPC_PRIVATE, 1, 0600);
	semctl(second, 0, SETVAL, 5);
	check_eq(in_child(take_of_two, &second), 0, "one of each of two sets");
	check(semaphore_of_set(id, 0) == 3 && semaphore_of_set(second, 0) == 5,
	      "SEM_UNDO: each set has its own back");
	semctl(second, 0, IPC_RMID, 0);
	in_child(take_reset, NULL);
	check_eq(semaphore_of_set(id, 0), 3,
		 "SETVAL forgets what was to be undone");
	semctl(id, 0, SETVAL, 3);
	seen = in_child(clone_one, NULL);
	check_eq(seen >> 8, 3, "a clone's own list: undone at its end");
	seen = in_child(clone_one, (void *)(long)CLONE_SYSVSEM);
	check_eq(seen >> 8, 2, "CLONE_SYSVSEM: not before the last one's");
	check_eq(semaphore_of_set(id, 0), 3, "... which it was");
	semctl(id, 0, SETVAL, 0);
}

/* ---- status and permission ----------------------------------------------- */

struct ds {
	int key;
	unsigned int uid, gid, cuid, cgid, mode;
	unsigned short seq, pad;
	unsigned long words[9];
};

#if __SIZEOF_LONG__ == 4
enum { W_OTIME = 2, W_CTIME = 4, W_NSEMS = 6 };
#else
enum { W_OTIME = 2, W_CTIME = 3, W_NSEMS = 4 };
#endif

static void check_set_status(void)
{
	int info[10];
	struct ds d;

	memset(&d, 0, sizeof(d));
	check_eq(semctl(id, 0, IPC_STAT, (unsigned long)&d), 0, "IPC_STAT");
	check((d.mode & 0777) == 0600 && d.uid == geteuid() &&
	      d.cuid == geteuid(), "owner and mode");
	check_eq(d.words[W_NSEMS], 3, "how many");
	check(d.words[W_CTIME] && d.words[W_OTIME], "times of changes");
	d.mode = 0640;
	check_eq(semctl(id, 0, IPC_SET, (unsigned long)&d), 0, "IPC_SET");
	semctl(id, 0, IPC_STAT, (unsigned long)&d);
	check_eq(d.mode & 0777, 0640, "the new mode");
	check(semctl(0, 0, IPC_INFO, (unsigned long)info) >= 0 &&
	      info[4] == 32000 && info[5] == 500 && info[8] == 32767,
	      "IPC_INFO: the limits");
	check(semctl(0, 0, SEM_INFO, (unsigned long)info) >= 0 &&
	      info[7] >= 1 && info[9] >= 3, "SEM_INFO: what is in use");
}

static void use_set_as_other(void *arg)
{
	(void)arg;
	become_other();
	refused(EACCES, 2, semaphore_of_set(id, 0));
	refused(EACCES, 3, semop1(id, 0, 1, 0));
	refused(EPERM, 4, semctl(id, 0, IPC_RMID, 0));
}

static void set_set_mode(unsigned mode)
{
	struct ds d;

	semctl(id, 0, IPC_STAT, (unsigned long)&d);
	d.mode = mode;
	semctl(id, 0, IPC_SET, (unsigned long)&d);
}

#ifdef __i386__
/* ipc(2): the older number for all of it. */
static void call_set_by_ipc(void)
{
	struct sembuf b = { 0, 1, 0 };
	unsigned long arg = 7;
	long a = syscall(SYS_ipc, 2, IPC_PRIVATE, 1, 0600, 0, 0);

	check(a >= 0, "ipc: semget");
	check_eq(syscall(SYS_ipc, 3, a, 0, SETVAL, &arg, 0), 0,
		 "ipc: semctl");
	check_eq(syscall(SYS_ipc, 1, a, 1, 0, &b, 0), 0, "ipc: semop");
	check_eq(semaphore_of_set(a, 0), 8, "they did");
	semctl(a, 0, IPC_RMID, 0);
	check_err(EINVAL, syscall(SYS_ipc, 3, id, 0, GETVAL, 0, 0),
		  "ipc: semctl without an argument");
}
#endif

int main(void)
{
	make_sets();
	many_keys();
	id = semget(IPC_PRIVATE, 3, 0600);
	set_values();
	operate_on_set();
	wait_for_values();
	undo();
	check_set_status();
	other_users(use_set_as_other, set_set_mode, 0644, "read");
	semctl(id, 0, IPC_RMID, 0);
#ifdef __i386__
	call_set_by_ipc();
#endif
	return tap_done();
}
