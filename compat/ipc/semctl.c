/* SPDX-License-Identifier: MIT */
/* semctl(2): reading and changing sets of semaphores (row D10). */
#include "sem.h"
#include <kernel/cred/cred.h>
#include <kernel/task/task.h>
#include <lib/mem.h>
#include <lt/seq.h>
#include <mm/frames/slab.h>
#include <mm/uaccess.h>
#include <syscalls.h>

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

/*
 * Layout of struct semid64_ds: words are two times, the number of semaphores,
 * two unused ones.
 */
struct semid_ds {
	struct uabi_ipc_perm perm;
	unsigned long words[IPC_TIMES(2) + 3];
};

struct seminfo {
	int semmap, semmni, semmns, semmnu, semmsl, semopm, semume, semusz,
	    semvmx, semaem;
};

/* ---- a set --------------------------------------------------------------- */

/*
 * Fill in d, which is copied to the user without the lock.
 * Context: [sem_lock].
 */
static void semctl_fill(const struct sem_set *s, struct semid_ds *d)
{
	unsigned long *w = d->words;

	memset(d, 0, sizeof(*d));
	ipc_fill(&d->perm, &s->ipc);
	w = ipc_put_time(w, s->otime);
	w = ipc_put_time(w, s->ipc.ctime);
	*w = s->n;
}

/*
 * Report the status of a set; any: without a check of permissions.
 * Return: 0; the id if the set was given by index; -errno.
 */
static long semctl_stat(int id, bool by_index, bool any, uaddr_t to)
{
	struct sem_set *s;
	struct semid_ds d;
	long result = 0;
	int err;

	sem_enter();
	if (by_index) {
		s = ipc_at(&ipc_space()->sem, id);
		id = s ? s->ipc.id : -1;
	}
	s = ipc_find(&ipc_space()->sem, id, any ? 0 : 0444, &err);
	if (s) {
		semctl_fill(s, &d);
		if (by_index)
			result = s->ipc.id;
	}
	sem_leave();
	if (!s)
		return err;
	return copy_to_user(to, &d, sizeof(d)) ? -EFAULT : result;
}

/* IPC_RMID, or IPC_SET: set owner and mode. */
static long semctl_change(int id, int cmd, uaddr_t from)
{
	struct semid_ds d;
	struct sem_set *s;
	int err;

	if (cmd == IPC_SET && copy_from_user(&d, from, sizeof(d)))
		return -EFAULT;
	sem_enter();
	s = ipc_find(&ipc_space()->sem, id, 0, &err);
	if (s && !ipc_owns(&s->ipc))
		err = -EPERM;
	else if (s && cmd == IPC_RMID)
		sem_remove(s);
	else if (s)
		err = ipc_set(&s->ipc, &d.perm);
	sem_leave();
	return err;
}

/* ---- values -------------------------------------------------------------- */

/* GETVAL, GETPID, GETNCNT, GETZCNT; all need read permission (semctl(2)). */
static long sem_query_one(int id, unsigned num, int cmd)
{
	struct sem_set *s;
	long result;
	int err;

	sem_enter();
	s = ipc_find(&ipc_space()->sem, id, 0444, &err);
	result = err;
	if (s && num >= s->n)
		result = -EINVAL;
	else if (s && cmd == GETVAL)
		result = s->sem[num].value;
	else if (s && cmd == GETPID)
		result = pid_shown(s->sem[num].pid);
	else if (s)
		result = sem_waiting(s, num, cmd == GETZCNT);
	sem_leave();
	return result;
}

/*
 * SETVAL: set a value, drop the undo adjustments of all tasks for the
 * semaphore, and wake waiting tasks.
 */
static long semctl_set_one(int id, unsigned num, int value)
{
	struct sem_set *s;
	int err;

	if (value < 0 || value > SEMVMX)
		return -ERANGE;
	sem_enter();
	/* unlike GETVAL, checks num before permissions */
	s = ipc_find(&ipc_space()->sem, id, 0, &err);
	if (s && num >= s->n)
		err = -EINVAL;
	else if (s)
		s = ipc_find(&ipc_space()->sem, id, 0222, &err);
	if (!err) {
		s->sem[num].value = value;
		s->sem[num].pid = current->process->pid;
		sem_forget(s, num, 1);
		sem_changed(s);
	}
	sem_leave();
	return err;
}

/* Context: [sem_lock]. */
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

/*
 * GETALL, SETALL.  The number of values never changes, but the set may be
 * removed while the lock is dropped.
 */
static long sem_get_set_all(int id, bool set, uaddr_t at)
{
	struct sem_set *s;
	unsigned n = 0;
	u16 *values;
	int err;

	sem_enter();
	s = ipc_find(&ipc_space()->sem, id, set ? 0222 : 0444, &err);
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
		s = ipc_find(&ipc_space()->sem, id, 0, &err);
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

/* Report limits or, for SEM_INFO, usage.  Return: the highest index in use. */
static long semctl_limits(int cmd, uaddr_t to)
{
	struct ipc_space *n = ipc_space();
	struct seminfo i = {
		/* these three have no effect, as on Linux */
		.semmap = SEMMNS, .semmnu = SEMMNS, .semume = SEMOPM,
		.semmni = (int)READ_ONCE(n->sem.most),
		.semmns = (int)READ_ONCE(n->semmns),
		.semmsl = (int)READ_ONCE(n->semmsl),
		.semopm = (int)READ_ONCE(n->semopm),
		.semusz = 20, .semvmx = SEMVMX, .semaem = SEMVMX,
	};
	unsigned nsets, nsems;
	int highest;

	sem_enter();
	highest = ipc_highest(&n->sem);
	nsets = n->sem.used;
	nsems = n->sems;
	sem_leave();
	if (cmd == SEM_INFO) {
		i.semusz = (int)nsets;
		i.semaem = (int)nsems;
	}
	if (copy_to_user(to, &i, sizeof(i)))
		return -EFAULT;
	return highest;
}

long sys_semctl(int id, int num, int cmd, unsigned long arg)
{
	if (id < 0)
		return -EINVAL;
	switch (cmd) {
	case IPC_INFO:
	case SEM_INFO:
		return semctl_limits(cmd, arg);
	case IPC_STAT:
	case SEM_STAT:
	case SEM_STAT_ANY:
		return semctl_stat(id, cmd != IPC_STAT, cmd == SEM_STAT_ANY,
				   arg);
	case IPC_SET:
	case IPC_RMID:
		return semctl_change(id, cmd, arg);
	case GETVAL:
	case GETPID:
	case GETNCNT:
	case GETZCNT:
		return sem_query_one(id, (unsigned)num, cmd);
	case SETVAL:
		return semctl_set_one(id, (unsigned)num, (int)arg);
	case GETALL:
	case SETALL:
		return sem_get_set_all(id, cmd == SETALL, arg);
	}
	return -EINVAL;
}

/* ---- /proc/sysvipc/sem --------------------------------------------------- */

void sem_show(struct seq *q)
{
	struct sem_set *s;

	seq_print(q, "       key      semid perms      nsems   uid   gid  cuid"
		  "  cgid      otime      ctime\n");
	sem_enter();
	for (int i = 0; (s = ipc_next(&ipc_space()->sem, &i)) != NULL; i++)
		seq_print(q, "%10d %10d  %4o %10u %5u %5u %5u %5u %10llu "
			  "%10llu\n", s->ipc.key, s->ipc.id, s->ipc.mode, s->n,
			  uid_shown(s->ipc.uid), gid_shown(s->ipc.gid),
			  uid_shown(s->ipc.cuid), gid_shown(s->ipc.cgid),
			  (unsigned long long)(s->otime / NSEC_PER_SEC),
			  (unsigned long long)(s->ipc.ctime / NSEC_PER_SEC));
	sem_leave();
}
