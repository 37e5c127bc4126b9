/* SPDX-License-Identifier: MIT */
/*
 * Threads: clone(2) on a mapping that holds, from low to high addresses, a
 * guard page, the stack, and the TLS block (rows A7, D1).  The kernel clears
 * `tid` and wakes its futex after the thread's last user instruction, so the
 * joiner may unmap the stack without a race.
 */
#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <thread.h>
#include <unistd.h>
#include "internal.h"

#define STACK	(64UL << 10)
#define FLAGS	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | \
		 CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS | \
		 CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID)

long futex(volatile int *word, int op, int val,
	   const struct timespec *timeout, volatile int *word2, int val3)
{
	return syscall(ABI_futex, word, op, val, timeout, word2, val3);
}

static int thread_main(void *arg)
{
	struct thread *t = arg;

	t->ret = t->fn(t->arg);
	if (__malloc_thread_end)
		__malloc_thread_end();
	return 0;
}

int thread_create(struct thread *t, void *(*fn)(void *), void *arg)
{
	return thread_create_sized(t, fn, arg, STACK);
}

int thread_create_sized(struct thread *t, void *(*fn)(void *), void *arg,
			size_t stack)
{
	size_t tls = (__tls_size() + 63) & ~(size_t)63;
	struct __tls_arg ta;
	char *top;
	long err;

	t->size = PAGE_SIZE + stack + ((tls + PAGE_SIZE - 1) &
				       ~(PAGE_SIZE - 1));
	t->stack = mmap(NULL, t->size, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (t->stack == MAP_FAILED)
		return errno;
	mprotect(t->stack, PAGE_SIZE, PROT_NONE);
	t->fn = fn;
	t->arg = arg;
	top = (char *)t->stack + t->size - tls;
	t->tls = __tls_setup(top);
	err = __clone(thread_main, top, FLAGS, t, (int *)&t->tid,
		      __tls_clone_arg(&ta, t->tls),
		      (int *)&t->tid);
	if (err < 0) {
		__tls_free(t->tls);
		munmap(t->stack, t->size);
	}
	return err < 0 ? (int)-err : 0;
}

void *thread_join(struct thread *t)
{
	int tid, was = errno;

	while ((tid = __atomic_load_n(&t->tid, __ATOMIC_ACQUIRE)))
		futex(&t->tid, FUTEX_WAIT, tid, NULL, NULL, 0);
	errno = was;		/* futex: EAGAIN if t ended just now */
	__tls_free(t->tls);
	munmap(t->stack, t->size);
	return t->ret;
}

static int cmpxchg(int *p, int old, int new)
{
	__atomic_compare_exchange_n(p, &old, new, 0, __ATOMIC_ACQUIRE,
				    __ATOMIC_RELAXED);
	return old;
}

/* State 2 stays while there may be waiters, so that unlock wakes one. */
void mutex_lock(struct mutex *m)
{
	int c = cmpxchg(&m->state, 0, 1);

	if (!c)
		return;
	if (c != 2)
		c = __atomic_exchange_n(&m->state, 2, __ATOMIC_ACQUIRE);
	while (c) {
		futex(&m->state, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 2, NULL,
		      NULL, 0);
		c = __atomic_exchange_n(&m->state, 2, __ATOMIC_ACQUIRE);
	}
}

void mutex_unlock(struct mutex *m)
{
	if (__atomic_exchange_n(&m->state, 0, __ATOMIC_RELEASE) == 2)
		futex(&m->state, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL,
		      NULL, 0);
}
