/* SPDX-License-Identifier: MIT */
/*
 * semctl(2): reading and changing sets of semaphores, and i386's ipc(2), the
 * one number that stands for all of System V's calls there (row D10).
 */
#include <kernel/cred.h>
#include <kernel/ipc/sem.h>
#include <kernel/syscall/syscalls.h>
#include <kernel/task.h>
#include <lib/mem.h>
#include <mm/slab.h>
#include <mm/uaccess.h>

#define IPC_RMID	0
#define IPC_SET		1
#define IPC_STAT	2
#define IPC_INFO	3
#define GETPID		11
#define GETVAL		12
#define GETALL		13
#define GETNCNT		14
#define GETZCNT		15
#define SETVAL		16
#define SETALL		17
#define SEM_STAT	18
#define SEM_INFO	19
#define SEM_STAT_ANY	20
#define IPC_64		0x100

/* struct semid64_ds: times have a high word where words are short. */
struct semid_ds {
	s32 key;
	u32 uid, gid, cuid, cgid, mode;
	u16 seq, pad;
	unsigned long unused[2];
	unsigned long otime;
	unsigned long otime_high;
	unsigned long ctime;
	unsigned long ctime_high;
	unsigned long nsems, unused2[2];
};

struct seminfo {
	int semmap, semmni, semmns, semmnu, semmsl, semopm, semume, semusz,
	    semvmx, semaem;
};

/* ---- struct semid64_ds --------------------------------------------------- */

/* 64-bit machines have no high words: what follows moves up. */
#define SHORT_TIMES (sizeof(long) == 4)

struct times {
	unsigned long w[7];
};

static void fill(const struct sem_set *s, struct semid_ds *d)
{
	u64 otime = s->otime / NSEC_PER_SEC, ctime = s->ctime / NSEC_PER_SEC;
	unsigned long *w = &d->otime;

	*d = (struct semid_ds){
		.key = s->key, .uid = s->uid, .gid = s->gid, .cuid = s->cuid,
		.cgid = s->cgid, .mode = s->mode, .seq = (u16)s->seq,
	};
	*w++ = (unsigned long)otime;
	if (SHORT_TIMES)
		*w++ = (unsigned long)(otime >> 32);
	*w++ = (unsigned long)ctime;
	if (SHORT_TIMES)
		*w++ = (unsigned long)(ctime >> 32);
	*w = s->n;
}

#define DS_SIZE (sizeof(struct semid_ds) - \
		 (SHORT_TIMES ? 0 : 2 * sizeof(unsigned long)))

/* any: for everybody.  => the id for SEM_STAT, or 0 */
static long stat(int id, bool by_index, bool any, uaddr_t to)
{
	struct sem_set *s;
	struct semid_ds d;
	long result = 0;
	int err;

	sem_enter();
	if (by_index) {
		s = sem_at(id, NULL);
		id = s ? s->id : -1;
	}
	s = sem_find(id, any ? 0 : 0444, &err);
	if (s) {
		fill(s, &d);
		if (by_index)
			result = s->id;
	}
	sem_leave();
	if (!s)
		return err;
	return copy_to_user(to, &d, DS_SIZE) ? -EFAULT : result;
}

static bool owns(const struct sem_set *s)
{
	return current->cred->euid == s->cuid ||
		current->cred->euid == s->uid || capable(CAP_SYS_ADMIN);
}

/* IPC_RMID; IPC_SET: new owner and mode. */
static long change(int id, int cmd, uaddr_t from)
{
	struct semid_ds d;
	struct sem_set *s;
	int err;

	if (cmd == IPC_SET && copy_from_user(&d, from, DS_SIZE))
		return -EFAULT;
	sem_enter();
	s = sem_find(id, 0, &err);
	if (s && !owns(s)) {
		err = -EPERM;
	} else if (s && cmd == IPC_RMID) {
		sem_remove(s);
	} else if (s) {
		s->uid = d.uid;
		s->gid = d.gid;
		s->mode = d.mode & 0777;
		s->ctime = realtime_from(arch_clock());
	}
	sem_leave();
	return err;
}

/* ---- values -------------------------------------------------------------- */

static long one(int id, unsigned num, int cmd)
{
	struct sem_set *s;
	long result;
	int err;

	sem_enter();
	s = sem_find(id, 0444, &err);
	result = err;
	if (s && num >= s->n)
		result = -EINVAL;
	else if (s && cmd == GETVAL)
		result = s->sem[num].value;
	else if (s && cmd == GETPID)
		result = s->sem[num].pid;
	else if (s)
		result = sem_waiting(s, num, cmd == GETZCNT);
	sem_leave();
	return result;
}

static long set_one(int id, unsigned num, int value)
{
	struct sem_set *s;
	int err;

	if (value < 0 || value > SEMVMX)
		return -ERANGE;
	sem_enter();
	s = sem_find(id, 0222, &err);
	if (s && num >= s->n) {
		err = -EINVAL;
	} else if (s) {
		s->sem[num].value = value;
		s->sem[num].pid = current->process->pid;
		sem_forget(s, num, 1);
		sem_changed(s);
	}
	sem_leave();
	return err;
}

/* [sem_lock] */
static int set_values(struct sem_set *s, const u16 *values)
{
	for (unsigned i = 0; i < s->n; i++)
		if (values[i] > SEMVMX)
			return -ERANGE;
	for (unsigned i = 0; i < s->n; i++) {
		s->sem[i].value = values[i];
		s->sem[i].pid = current->process->pid;
	}
	sem_forget(s, 0, s->n);
	sem_changed(s);
	return 0;
}

/* GETALL, SETALL: the number of values is const, the set may go meanwhile. */
static long all(int id, bool set, uaddr_t at)
{
	struct sem_set *s;
	unsigned n = 0;
	u16 *values;
	int err;

	sem_enter();
	s = sem_find(id, set ? 0222 : 0444, &err);
	if (s)
		n = s->n;
	sem_leave();
	if (!s)
		return err;
	values = kmalloc(n * sizeof(*values));
	if (!values)
		return -ENOMEM;
	err = set ? copy_from_user(values, at, n * sizeof(*values)) : 0;
	sem_enter();
	if (!err)
		s = sem_find(id, 0, &err);
	if (err == -EINVAL)
		err = -EIDRM;
	for (unsigned i = 0; !err && !set && i < n; i++)
		values[i] = (u16)s->sem[i].value;
	if (!err && set)
		err = set_values(s, values);
	sem_leave();
	if (!err && !set)
		err = copy_to_user(at, values, n * sizeof(*values));
	kfree(values);
	return err;
}

/* => the highest place in use */
static long limits(int cmd, uaddr_t to)
{
	struct seminfo i = {
		.semmap = SEMMNS, .semmni = SEMMNI, .semmns = SEMMNS,
		.semmnu = SEMMNS, .semmsl = SEMMSL, .semopm = SEMOPM,
		.semume = SEMOPM, .semusz = 20, .semvmx = SEMVMX,
		.semaem = SEMVMX,
	};
	unsigned nsets, nsems;
	int highest;

	sem_enter();
	sem_at(-1, &highest);
	sem_count(&nsets, &nsems);
	sem_leave();
	if (cmd == SEM_INFO) {
		i.semusz = (int)nsets;
		i.semaem = (int)nsems;
	}
	if (copy_to_user(to, &i, sizeof(i)))
		return -EFAULT;
	return max(highest, 0);
}

long sys_semctl(int id, int num, int cmd, unsigned long arg)
{
	if (id < 0)
		return -EINVAL;
	switch (cmd) {
	case IPC_INFO:
	case SEM_INFO:
		return limits(cmd, arg);
	case IPC_STAT:
	case SEM_STAT:
	case SEM_STAT_ANY:
		return stat(id, cmd != IPC_STAT, cmd == SEM_STAT_ANY, arg);
	case IPC_SET:
	case IPC_RMID:
		return change(id, cmd, arg);
	case GETVAL:
	case GETPID:
	case GETNCNT:
	case GETZCNT:
		return one(id, (unsigned)num, cmd);
	case SETVAL:
		return set_one(id, (unsigned)num, (int)arg);
	case GETALL:
	case SETALL:
		return all(id, cmd == SETALL, arg);
	}
	return -EINVAL;
}

/* ---- i386 ---------------------------------------------------------------- */

/*
 * Of semctl's structures only the ones with 32-bit ids: IPC_64 in cmd.  The
 * calls of message queues and shared memory are not there yet.
 */
static long ipc_semctl(int id, int num, int cmd, uaddr_t at)
{
	unsigned long arg;
	int plain = cmd & ~IPC_64;

	if (!at)
		return -EINVAL;
	if (get_user(&arg, at))
		return -EFAULT;
	if (plain == cmd && (cmd == IPC_STAT || cmd == IPC_SET ||
			     cmd == SEM_STAT || cmd == SEM_STAT_ANY))
		return -EINVAL;
	return sys_semctl(id, num, plain, arg);
}

long sys_ipc(unsigned call, int first, unsigned long second,
	     unsigned long third, uaddr_t ptr, unsigned long fifth)
{
	enum { SEMOP = 1, SEMGET, SEMCTL, SEMTIMEDOP, MSGSND = 11,
	       MSGCTL = 14, SHMAT = 21, SHMCTL = 24 };

	call &= 0xffff;
	switch (call) {
	case SEMOP:
		return sys_semop(first, ptr, (unsigned)second);
	case SEMGET:
		return sys_semget(first, (int)second, (int)third);
	case SEMCTL:
		return ipc_semctl(first, (int)second, (int)third, ptr);
	case SEMTIMEDOP:
		return sys_semtimedop_time32(first, ptr, (unsigned)second,
					     fifth);
	}
	return -ENOSYS;
}
