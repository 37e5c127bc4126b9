/* SPDX-License-Identifier: MIT */
/*
 * POSIX threads and locks, built on thread.c.  The types have the size of
 * glibc's, for libraries that were compiled with its headers, and begin with
 * the fields used here; a mutex of all zeros is free.  Not supported, and
 * refused: attributes of threads, locks between processes, priority
 * inheritance.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

int pthread_create(pthread_t *id, const pthread_attr_t *attr,
		   void *(*fn)(void *), void *arg)
{
	struct thread *t;
	int err;

	if (attr)
		return EINVAL;
	t = malloc(sizeof(*t));
	if (!t)
		return EAGAIN;
	err = thread_create_sized(t, fn, arg, 8UL << 20);
	if (err)
		free(t);
	else
		*id = (pthread_t)t;
	return err == ENOMEM ? EAGAIN : err;
}

int pthread_join(pthread_t id, void **result)
{
	struct thread *t = (struct thread *)id;
	void *r = thread_join(t);

	free(t);
	if (result)
		*result = r;
	return 0;
}

int pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
	int was = errno, err = sigprocmask(how, set, old) ? errno : 0;

	errno = was;
	return err;
}

int pthread_mutexattr_init(pthread_mutexattr_t *a)
{
	a->kind = PTHREAD_MUTEX_NORMAL;
	return 0;
}

int pthread_mutexattr_destroy(pthread_mutexattr_t *a)
{
	(void)a;
	return 0;
}

int pthread_mutexattr_settype(pthread_mutexattr_t *a, int kind)
{
	if (kind < PTHREAD_MUTEX_NORMAL || kind > PTHREAD_MUTEX_ERRORCHECK)
		return EINVAL;
	a->kind = kind;
	return 0;
}

int pthread_mutex_init(pthread_mutex_t *m, const pthread_mutexattr_t *a)
{
	memset(m, 0, sizeof(*m));
	m->kind = a ? a->kind : PTHREAD_MUTEX_NORMAL;
	return 0;
}

int pthread_mutex_destroy(pthread_mutex_t *m)
{
	return __atomic_load_n(&m->lock.state, __ATOMIC_RELAXED) ? EBUSY : 0;
}

/*
 * Handle a lock by the owner; not for PTHREAD_MUTEX_NORMAL, which has none.
 * Return: 0: not the owner; -1: locked once more; or an errno.
 */
static int relock_owned(pthread_mutex_t *m)
{
	if (__atomic_load_n(&m->owner, __ATOMIC_RELAXED) != gettid())
		return 0;
	if (m->kind == PTHREAD_MUTEX_ERRORCHECK)
		return EDEADLK;
	if (m->count == ~0U)
		return EAGAIN;
	m->count++;
	return -1;
}

static void now_mine(pthread_mutex_t *m)
{
	if (m->kind != PTHREAD_MUTEX_NORMAL)
		__atomic_store_n(&m->owner, gettid(), __ATOMIC_RELAXED);
}

int pthread_mutex_lock(pthread_mutex_t *m)
{
	int r = m->kind == PTHREAD_MUTEX_NORMAL ? 0 : relock_owned(m);

	if (r)
		return r < 0 ? 0 : r;
	mutex_lock(&m->lock);
	now_mine(m);
	return 0;
}

int pthread_mutex_trylock(pthread_mutex_t *m)
{
	int r = m->kind == PTHREAD_MUTEX_NORMAL ? 0 : relock_owned(m), free = 0;

	if (r)
		return r < 0 ? 0 : EBUSY;
	if (!__atomic_compare_exchange_n(&m->lock.state, &free, 1, 0,
					 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return EBUSY;
	now_mine(m);
	return 0;
}

int pthread_mutex_unlock(pthread_mutex_t *m)
{
	if (m->kind != PTHREAD_MUTEX_NORMAL) {
		if (__atomic_load_n(&m->owner, __ATOMIC_RELAXED) != gettid())
			return EPERM;
		if (m->count) {
			m->count--;
			return 0;
		}
		__atomic_store_n(&m->owner, 0, __ATOMIC_RELAXED);
	}
	mutex_unlock(&m->lock);
	return 0;
}

int pthread_condattr_init(pthread_condattr_t *a)
{
	a->clock = CLOCK_REALTIME;
	return 0;
}

int pthread_condattr_destroy(pthread_condattr_t *a)
{
	(void)a;
	return 0;
}

int pthread_condattr_setclock(pthread_condattr_t *a, int clock)
{
	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
		return EINVAL;
	a->clock = clock;
	return 0;
}

int pthread_cond_init(pthread_cond_t *c, const pthread_condattr_t *a)
{
	memset(c, 0, sizeof(*c));
	c->clock = a ? a->clock : CLOCK_REALTIME;
	return 0;
}

/* No thread may be waiting any more, and there is nothing to free. */
int pthread_cond_destroy(pthread_cond_t *c)
{
	(void)c;
	return 0;
}

/*
 * Read the turn before the mutex is released: a signal after the release
 * changes it, and then the kernel does not let this thread sleep.
 */
static int wait_for(pthread_cond_t *c, pthread_mutex_t *m,
		    const struct timespec *until)
{
	int turn = __atomic_load_n(&c->turn, __ATOMIC_ACQUIRE), was = errno;
	int op = FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG;
	int err = pthread_mutex_unlock(m);

	if (err)
		return err;
	if (c->clock == CLOCK_REALTIME)
		op |= FUTEX_CLOCK_REALTIME;
	if (futex(&c->turn, op, turn, until, NULL, -1) < 0)
		err = errno == ETIMEDOUT || errno == EINVAL ? errno : 0;
	errno = was;
	pthread_mutex_lock(m);
	return err;
}

int pthread_cond_wait(pthread_cond_t *c, pthread_mutex_t *m)
{
	return wait_for(c, m, NULL);
}

int pthread_cond_timedwait(pthread_cond_t *c, pthread_mutex_t *m,
			   const struct timespec *until)
{
	if (until->tv_nsec < 0 || until->tv_nsec >= 1000000000)
		return EINVAL;
	return wait_for(c, m, until);
}

static int wake(pthread_cond_t *c, int threads)
{
	int was = errno;

	__atomic_add_fetch(&c->turn, 1, __ATOMIC_RELEASE);
	futex(&c->turn, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, threads, NULL, NULL,
	      0);
	errno = was;
	return 0;
}

int pthread_cond_signal(pthread_cond_t *c)
{
	return wake(c, 1);
}

int pthread_cond_broadcast(pthread_cond_t *c)
{
	return wake(c, 0x7fffffff);
}
