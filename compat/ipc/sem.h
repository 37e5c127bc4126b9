/* SPDX-License-Identifier: MIT */
/*
 * System V semaphores: sets (compat/ipc/sem.c), and what semctl(2) needs of
 * them.  Between sem_enter() and sem_leave() a task may use a set; a set is
 * gone, with its memory, when IPC_RMID returns.
 */
#ifndef COMPAT_IPC_SEM_H
#define COMPAT_IPC_SEM_H

#include "ipc.h"
#include <kernel/wait/wait.h>
#include <lt/atomic.h>
#include <lt/list.h>

#define SEM_UNDO	0x1000

#define SEMVMX		32767		/* the largest value */
#define SEMMNS		1024000000	/* defaults of limits */
#define SEMOPM		500

/* One semaphore; [sem_lock], as all below. */
struct sem {
	int value;
	int pid;			/* of who changed it last */
};

struct sem_set {
	struct ipc_object ipc;
	ktime_t otime;			/* of the last operation; 0: never */
	struct list pending;		/* sem_request, as they came */
	struct list undos;		/* sem_undo.of_set */
	unsigned n;			/* const */
	struct sem sem[];
};

struct sembuf {
	u16 num;
	s16 op, flags;
};

/* Operations that wait, on the stack of the task that wants them. */
struct sem_request {
	struct list link;
	struct sembuf *ops;		/* const */
	unsigned n;			/* const */
	int pid;			/* const */
	unsigned blocker;		/* index of what cannot be done */
	struct sem_undo *undo;
	int result;
	bool done;			/* off the queue, with the result */
	struct wait_queue wait;
};

/* What the end of a list's last task adds to a set. */
struct sem_undo {
	struct list of_set, of_list;
	struct sem_set *set;		/* const */
	struct sem_undo_list *list;	/* const */
	s16 adjust[];
};

struct sem_undo_list {
	ref_t refs;			/* tasks */
	struct list undos;		/* sem_undo.of_list */
	unsigned long bytes;		/* of them; a hint */
};

void sem_enter(void);			/* takes sem_lock */
void sem_leave(void);
/* A value was set: nobody undoes what was before; then who waits goes on. */
void sem_forget(struct sem_set *s, unsigned first, unsigned n);
void sem_changed(struct sem_set *s);
/* How many wait for it to become greater, or zero. */
unsigned sem_waiting(const struct sem_set *s, unsigned num, bool zero);
/* The set goes; all who wait get EIDRM. */
void sem_remove(struct sem_set *s);

#endif
