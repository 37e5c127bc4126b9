/* SPDX-License-Identifier: MIT */
/*
 * One lock for all data that changes while there may be threads: the list of
 * objects, GOT entries, blocks of thread-local variables.  The holder may take
 * it again, because constructors run under the lock and may load libraries.
 */
#include "rtld.h"
#include "sys.h"

#define FUTEX_WAIT_PRIVATE	128
#define FUTEX_WAKE_PRIVATE	129

static int state;		/* 0 free, 1 held, 2 held and waited for */
static void *holder;		/* thread pointer of the holder */
static int depth;

void lock(void)
{
	void *me = thread_pointer();
	int free = 0;

	if (__atomic_load_n(&holder, __ATOMIC_RELAXED) == me) {
		depth++;
		return;
	}
	if (!__atomic_compare_exchange_n(&state, &free, 1, 0,
					 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		while (__atomic_exchange_n(&state, 2, __ATOMIC_ACQUIRE))
			raw_syscall(ABI_futex, &state, FUTEX_WAIT_PRIVATE, 2,
				    NULL, NULL, 0);
	__atomic_store_n(&holder, me, __ATOMIC_RELAXED);
	depth = 1;
}

void unlock(void)
{
	if (--depth)
		return;
	__atomic_store_n(&holder, NULL, __ATOMIC_RELAXED);
	if (__atomic_exchange_n(&state, 0, __ATOMIC_RELEASE) == 2)
		raw_syscall(ABI_futex, &state, FUTEX_WAKE_PRIVATE, 1, NULL,
			    NULL, 0);
}
