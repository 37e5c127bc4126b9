/* SPDX-License-Identifier: MIT */
/*
 * System V semaphores: sets (compat/ipc/sem.c), and the functions that
 * semctl(2) needs.  A task may use a set between sem_enter() and sem_leave().
 * When IPC_RMID returns, the set is gone and its memory is free.
 */
#ifndef COMPAT_IPC_SEM_H
#define COMPAT_IPC_SEM_H

#include "ipc.h"
#include <kernel/wait/wait.h>
#include <lt/atomic.h>
#include <lt/list.h>

#define SEM_UNDO	0x1000

#define SEMVMX		32767		/* largest value of a semaphore */
#define SEMMNS		1024000000	/* default limits */
#define SEMOPM		500

/* One semaphore; all fields below: [sem_lock]. */
struct sem {
	int value;
	int pid;			/* last process that changed it */
};

struct sem_set {
	struct ipc_object ipc;
	ktime_t otime;			/* last operation; 0: never */
	struct list pending;		/* struct sem_request, in order of
					   arrival */
	struct list undos;		/* sem_undo.of_set */
	unsigned n;			/* const */
	struct sem sem[];
};

struct sembuf {
	u16 num;
	s16 op, flags;
};

/* Blocked operations, on the stack of the task that waits. */
struct sem_request {
	struct list link;
	struct sembuf *ops;		/* const */
	unsigned n;			/* const */
	int pid;			/* const */
	unsigned blocker;		/* index of the operation that blocks */
	struct sem_undo *undo;
	int result;
	bool done;			/* off the queue, result is set */
	struct wait_queue wait;
};

/* Adjustments to a set when the last task of an undo list exits. */
struct sem_undo {
	struct list of_set, of_list;
	struct sem_set *set;		/* const */
	struct sem_undo_list *list;	/* const */
	s16 adjust[];
};

struct sem_undo_list {
	ref_t refs;			/* held by the tasks that use the
					   list */
	struct list undos;		/* sem_undo.of_list */
	unsigned long bytes;		/* size of the undos, a hint */
};

void sem_enter(void);			/* takes sem_lock */
void sem_leave(void);
/*
 * sem_forget: drop undo adjustments of n semaphores from `first` on, whose
 * values were set.  sem_changed: then wake the requests that can proceed.
 */
void sem_forget(struct sem_set *s, unsigned first, unsigned n);
void sem_changed(struct sem_set *s);
/*
 * Count the tasks that wait until semaphore num increases or, if `zero` is
 * true, until it is 0.
 */
unsigned sem_waiting(const struct sem_set *s, unsigned num, bool zero);
/* Remove a set; tasks that wait get EIDRM. */
void sem_remove(struct sem_set *s);

#endif
