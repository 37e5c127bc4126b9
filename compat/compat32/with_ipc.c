/* SPDX-License-Identifier: MIT */
/*
 * ipc(2): the one system call for all of System V IPC on 32-bit machines, still
 * used by C libraries that support old kernels (row D10).  Only the layouts
 * with 32-bit ids are supported: IPC_64 in the command.
 */
#include <compat/ipc/ipc.h>
#include <mm/uaccess.h>
#include <syscalls.h>

enum { SEMOP = 1, SEMGET, SEMCTL, SEMTIMEDOP, MSGSND = 11, MSGRCV, MSGGET,
       MSGCTL, SHMAT = 21, SHMDT, SHMGET, SHMCTL };

/* Return: cmd without IPC_64; -EINVAL: the command uses an older layout. */
static int command(int cmd, bool structure)
{
	if (!(cmd & IPC_64) && structure)
		return -EINVAL;
	return cmd & ~IPC_64;
}

static bool common(int cmd)
{
	cmd &= ~IPC_64;
	return cmd == IPC_SET || cmd == IPC_STAT;
}

/* The fourth argument of semctl is read from memory. */
static long ipc_semctl(int id, int num, int cmd, uaddr_t at)
{
	enum { SEM_STAT = 18, SEM_STAT_ANY = 20 };
	int plain = cmd & ~IPC_64;
	unsigned long arg;

	if (!at)
		return -EINVAL;
	if (get_user(&arg, at))
		return -EFAULT;
	plain = command(cmd, common(cmd) || plain == SEM_STAT ||
			plain == SEM_STAT_ANY);
	return plain < 0 ? -EINVAL : sys_semctl(id, num, plain, arg);
}

static long ipc_msgctl(int id, int cmd, uaddr_t buf)
{
	enum { MSG_STAT = 11, MSG_STAT_ANY = 13 };
	int plain = cmd & ~IPC_64;

	plain = command(cmd, common(cmd) || plain == MSG_STAT ||
			plain == MSG_STAT_ANY);
	return plain < 0 ? -EINVAL : sys_msgctl(id, plain, buf);
}

static long ipc_shmctl(int id, int cmd, uaddr_t buf)
{
	enum { SHM_STAT = 13, SHM_STAT_ANY = 15 };
	int plain = cmd & ~IPC_64;

	plain = command(cmd, common(cmd) || plain == IPC_INFO ||
			plain == SHM_STAT || plain == SHM_STAT_ANY);
	return plain < 0 ? -EINVAL : sys_shmctl(id, plain, buf);
}

/*
 * msgrcv(2).  Version 0 passes two arguments in memory, as there were only five
 * registers.
 */
static long ipc_msgrcv(unsigned version, int id, unsigned long size,
		       int flags, uaddr_t ptr, long type)
{
	unsigned long packed[2];

	if (version)
		return sys_msgrcv(id, ptr, size, type, flags);
	if (!ptr)
		return -EINVAL;
	if (copy_from_user(packed, ptr, sizeof(packed)))
		return -EFAULT;
	return sys_msgrcv(id, packed[0], size, (long)packed[1], flags);
}

/*
 * shmat(2).  The resulting address is stored in memory, because as a return
 * value it could look like an error.
 */
static long ipc_shmat(unsigned version, int id, uaddr_t at, int flags,
		      uaddr_t to)
{
	int err;

	if (version == 1)
		return -EINVAL;
	err = shm_attach(id, &at, flags);
	return err ? err : put_user(at, to);
}

long sys_ipc(unsigned call, int first, unsigned long second,
	     unsigned long third, uaddr_t ptr, unsigned long fifth)
{
	unsigned version = call >> 16;

	switch (call & 0xffff) {
	case SEMOP:
		return sys_semop(first, ptr, (unsigned)second);
	case SEMGET:
		return sys_semget(first, (int)second, (int)third);
	case SEMCTL:
		return ipc_semctl(first, (int)second, (int)third, ptr);
	case SEMTIMEDOP:
		return sys_semtimedop_time32(first, ptr, (unsigned)second,
					     fifth);
	case MSGSND:
		return sys_msgsnd(first, ptr, second, (int)third);
	case MSGRCV:
		return ipc_msgrcv(version, first, second, (int)third, ptr,
				  (long)fifth);
	case MSGGET:
		return sys_msgget(first, (int)second);
	case MSGCTL:
		return ipc_msgctl(first, (int)second, ptr);
	case SHMAT:
		return ipc_shmat(version, first, ptr, (int)second, third);
	case SHMDT:
		return sys_shmdt(ptr);
	case SHMGET:
		return sys_shmget(first, second, (int)third);
	case SHMCTL:
		return ipc_shmctl(first, (int)second, ptr);
	}
	return -ENOSYS;
}
