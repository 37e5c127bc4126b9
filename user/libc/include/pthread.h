/* SPDX-License-Identifier: MIT */
/* POSIX threads, as far as libraries here need them. */
#ifndef LIBC_PTHREAD_H
#define LIBC_PTHREAD_H

#include <signal.h>
#include <thread.h>
#include <time.h>

typedef unsigned long pthread_t;
typedef struct pthread_attr pthread_attr_t;	/* none is supported */

#define PTHREAD_MUTEX_NORMAL		0
#define PTHREAD_MUTEX_RECURSIVE		1
#define PTHREAD_MUTEX_ERRORCHECK	2
#define PTHREAD_MUTEX_INITIALIZER	{ .kind = PTHREAD_MUTEX_NORMAL }
#define PTHREAD_COND_INITIALIZER	{ .clock = 0 }

/* Has the size of glibc's type, and `kind` at the same offset. */
typedef struct {
	struct mutex lock;
	unsigned int count;	/* additional locks by the owner */
	int owner;		/* tid; not for PTHREAD_MUTEX_NORMAL */
#if __SIZEOF_LONG__ == 8
	int users;
#endif
	int kind;		/* constant */
	char rest[__SIZEOF_LONG__ == 8 ? 20 : 8];
} pthread_mutex_t;

typedef struct {
	volatile int turn;	/* futex: incremented by each signal */
	int clock;		/* constant: clock of timeouts */
	long long rest[5];
} pthread_cond_t;

typedef struct {
	int kind;
} pthread_mutexattr_t;

typedef struct {
	int clock;
} pthread_condattr_t;

int pthread_create(pthread_t *id, const pthread_attr_t *attr,
		   void *(*fn)(void *), void *arg);
int pthread_join(pthread_t id, void **result);
int pthread_sigmask(int how, const sigset_t *set, sigset_t *old);

int pthread_mutexattr_init(pthread_mutexattr_t *a);
int pthread_mutexattr_destroy(pthread_mutexattr_t *a);
int pthread_mutexattr_settype(pthread_mutexattr_t *a, int kind);
int pthread_mutex_init(pthread_mutex_t *m, const pthread_mutexattr_t *a);
int pthread_mutex_destroy(pthread_mutex_t *m);
int pthread_mutex_lock(pthread_mutex_t *m);
int pthread_mutex_trylock(pthread_mutex_t *m);
int pthread_mutex_unlock(pthread_mutex_t *m);

int pthread_condattr_init(pthread_condattr_t *a);
int pthread_condattr_destroy(pthread_condattr_t *a);
int pthread_condattr_setclock(pthread_condattr_t *a, int clock);
int pthread_cond_init(pthread_cond_t *c, const pthread_condattr_t *a);
int pthread_cond_destroy(pthread_cond_t *c);
int pthread_cond_wait(pthread_cond_t *c, pthread_mutex_t *m);
int pthread_cond_timedwait(pthread_cond_t *c, pthread_mutex_t *m,
			   const struct timespec *until)
	__TIME64("__pthread_cond_timedwait64");
int pthread_cond_signal(pthread_cond_t *c);
int pthread_cond_broadcast(pthread_cond_t *c);

#endif
