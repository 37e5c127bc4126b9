/* SPDX-License-Identifier: MIT */
/*
 * IPC name spaces (row D10): System V's objects and their limits are a space's own
 * and go with it; what is mapped stays.  What SEM_UNDO undoes is done before the
 * caller leaves.
 */
#include <sys/mman.h>
#include "spaces.h"
#include "sysv.h"

#define LIMIT		"/proc/sys/user/max_ipc_namespaces"
#define KEY		0x6e53
#define SEM_UNDO	0x1000
#define GETVAL		12
#define SETVAL		16

static long sem, shm, msg;		/* ids in the first space */
static int mine;			/* a descriptor of that */

static int unshare_ipc(void)
{
	return !syscall(SYS_unshare, CLONE_NEWIPC);
}

static int return_to_ipc(void)
{
	return !syscall(SYS_setns, mine, CLONE_NEWIPC);
}

/* => 1: nothing with the test's key or name is there */
static int holds_no_objects(void)
{
	return syscall(SYS_semget, KEY, 1, 0) < 0 && errno == ENOENT &&
		syscall(SYS_shmget, KEY, 1, 0) < 0 && errno == ENOENT &&
		syscall(SYS_msgget, KEY, 0) < 0 && errno == ENOENT;
}

static int make_ipc_objects(void)
{
	sem = syscall(SYS_semget, KEY, 1, IPC_CREAT | 0600);
	shm = syscall(SYS_shmget, KEY, PG, IPC_CREAT | 0600);
	msg = syscall(SYS_msgget, KEY, IPC_CREAT | 0600);
	return sem >= 0 && shm >= 0 && msg >= 0;
}

static void unmake(void)
{
	syscall(SYS_semctl, sem, 0, IPC_RMID, 0);
	syscall(SYS_shmctl, shm, IPC_RMID, 0);
	syscall(SYS_msgctl, msg, IPC_RMID, 0);
}

/* ---- apart --------------------------------------------------------------- */

static int count_lines_of(const char *path)
{
	const char *at = read_text(path);
	int n = 0;

	while ((at = strchr(at, '\n')) != NULL) {
		at++;
		n++;
	}
	return n;
}

static void separate_objects(void)
{
	check_eq(IN_CHILD(
		NEED(unshare_ipc() && !same_ns(mine, opened(getpid(), "ipc")));
		NEED(holds_no_objects());
		NEED(make_ipc_objects() &&
		     IN_CHILD(NEED(!holds_no_objects())) == 0);
		NEED(syscall(SYS_semctl, sem, 0, SETVAL, 7) == 0);
		NEED(return_to_ipc() && same_ns(mine, opened(getpid(), "ipc")));
		NEED(!holds_no_objects())), 0,
			"unshare: nothing is there, and a key is free");
	check(!syscall(SYS_semctl, sem, 0, GETVAL, 0) && !holds_no_objects(),
	      "nothing of it is seen outside");
	check_eq(IN_CHILD(
		NEED(count_lines_of("/proc/sysvipc/sem") == 2);
		NEED(unshare_ipc());
		NEED(count_lines_of("/proc/sysvipc/sem") == 1);
		NEED(count_lines_of("/proc/sysvipc/shm") == 1);
		NEED(count_lines_of("/proc/sysvipc/msg") == 1);
		NEED(make_ipc_objects() &&
		     count_lines_of("/proc/sysvipc/msg") == 2)),
		0, "/proc/sysvipc has the reader's");
}

static int make_in_space(void *arg)
{
	(void)arg;
	return !holds_no_objects() || !make_ipc_objects();
}

static void clone_ipc_space(void)
{
	check_eq(in_clone(CLONE_NEWIPC, make_in_space), 0,
		 "clone(2) with CLONE_NEWIPC");
	check_eq(in_clone(CLONE_NEWIPC | CLONE_SYSVSEM, make_in_space), -EINVAL,
		 "not with CLONE_SYSVSEM");
}

/* ---- limits -------------------------------------------------------------- */

static void separate_limits(void)
{
	char was[64];

	snprintf(was, sizeof(was), "%s", read_text("/proc/sys/kernel/msgmni"));
	check_eq(IN_CHILD(
		NEED(unshare_ipc());
		write_text("/proc/sys/kernel/msgmni", "1");
		write_text("/proc/sys/kernel/sem", "3 4 5 6");
		write_text("/proc/sys/kernel/shmmax", "4096");
		NEED(!strcmp(read_text("/proc/sys/kernel/msgmni"), "1\n"));
		NEED(syscall(SYS_msgget, KEY, IPC_CREAT) >= 0);
		NEED(syscall(SYS_msgget, KEY + 1, IPC_CREAT) == -1);
		NEED(errno == ENOSPC);
		NEED(syscall(SYS_semget, KEY, 4, IPC_CREAT) == -1);
		NEED(errno == EINVAL);
		NEED(syscall(SYS_shmget, KEY, PG + 1, IPC_CREAT) == -1);
		NEED(errno == EINVAL)), 0, "limits are a space's own");
	check(!strcmp(read_text("/proc/sys/kernel/msgmni"), was),
	      "outside nothing changed");
}

/* ---- ends ---------------------------------------------------------------- */

static void keep_attached(void)
{
	check_eq(IN_CHILD(
		char *at = NULL;
		long old = -1;
		NEED(unshare_ipc() && make_ipc_objects());
		old = shm;
		at = (char *)syscall(SYS_shmat, old, NULL, 0);
		NEED(at != (char *)-1);
		strcpy(at, "stays");
		NEED(return_to_ipc() && !strcmp(at, "stays"));
		at[0] = 'S';
		NEED(IN_CHILD(NEED(!strcmp(at, "Stays"))) == 0);
		NEED(!syscall(SYS_shmdt, at));
		NEED(syscall(SYS_shmdt, at) == -1 && errno == EINVAL)),
		0, "a segment that is mapped outlives its space");
}

static int take_semaphore_down(void)
{
	struct { unsigned short num; short op, flags; }
		op = { 0, -1, SEM_UNDO };

	return !syscall(SYS_semctl, sem, 0, SETVAL, 1) &&
#ifdef SYS_semtimedop_time64
		!syscall(SYS_semtimedop_time64, sem, &op, 1, NULL);
#else
		!syscall(SYS_semtimedop, sem, &op, 1, NULL);
#endif
}

static int semaphore_value(void)
{
	return (int)syscall(SYS_semctl, sem, 0, GETVAL, 0);
}

static void undone(void)
{
	int other = -1;

	check_eq(IN_CHILD(
		NEED(take_semaphore_down() && semaphore_value() == 0 &&
		     unshare_ipc());
		NEED(return_to_ipc() && semaphore_value() == 1)), 0,
			"unshare undoes SEM_UNDO's");
	check_eq(IN_CHILD(
		NEED(IN_CHILD(NEED(unshare_ipc());
			      other = opened(getpid(), "ipc");
			      NEED(other >= 0);
			      NEED(return_to_ipc() && take_semaphore_down());
			      NEED(!syscall(SYS_setns, other, 0));
			      NEED(return_to_ipc() &&
				   semaphore_value() == 1)) == 0)),
		0, "and setns");
}

static void limit_ipc_spaces(void)
{
	char old[32];

	snprintf(old, sizeof(old), "%s", read_text(LIMIT));
	write_text(LIMIT, "1");
	check_eq(IN_CHILD(
		/* Linux ends those that nobody is in by and by */
		NEED(eventually(unshare_ipc()) && make_ipc_objects());
		NEED(!unshare_ipc() && errno == ENOSPC)), 0, "ENOSPC beyond");
	/* the end of who was in it may come after its wait */
	check(eventually(IN_CHILD(NEED(unshare_ipc())) == 0),
	      "with its objects it is no more");
	write_text(LIMIT, old);
	check_eq(IN_CHILD(
		NEED(!setuid(1000) && !unshare_ipc() && errno == EPERM)),
		0, "others than root");
}

int main(void)
{
	mine = opened(getpid(), "ipc");
	if (geteuid() || mine < 0)
		return tap_skip_all("not root");
	check(make_ipc_objects(), "objects outside");
	separate_objects();
	clone_ipc_space();
	separate_limits();
	keep_attached();
	undone();
	limit_ipc_spaces();
	unmake();
	return tap_done();
}
