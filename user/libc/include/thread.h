/* SPDX-License-Identifier: MIT */
/* Threads and locks: the minimum that shows how they work. */
#ifndef LIBC_THREAD_H
#define LIBC_THREAD_H

#include <stddef.h>

struct thread {
	volatile int tid;	/* futex; the kernel clears it at the end */
	void *stack;		/* mapping that holds guard, stack, TLS */
	size_t size;
	void *(*fn)(void *);
	void *arg;
	void *ret;
	void *tls;		/* thread pointer */
};

/* t must live until thread_join().  Return: 0 or an errno. */
int thread_create(struct thread *t, void *(*fn)(void *), void *arg);
int thread_create_sized(struct thread *t, void *(*fn)(void *), void *arg,
			size_t stack);
void *thread_join(struct thread *t);

struct mutex {
	int state;		/* 0 free, 1 taken, 2 taken with waiters */
};

#define MUTEX_INIT	{ 0 }

void mutex_lock(struct mutex *m);
void mutex_unlock(struct mutex *m);

#define FUTEX_WAIT		0
#define FUTEX_WAKE		1
#define FUTEX_REQUEUE		3
#define FUTEX_CMP_REQUEUE	4
#define FUTEX_WAKE_OP		5
#define FUTEX_WAIT_BITSET	9
#define FUTEX_WAKE_BITSET	10
#define FUTEX_PRIVATE_FLAG	128
#define FUTEX_CLOCK_REALTIME	256

struct timespec;

/* The system call.  Return: its result, or -1 with errno. */
long futex(volatile int *word, int op, int val,
	   const struct timespec *timeout, volatile int *word2, int val3);

#endif
