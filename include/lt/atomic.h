/* SPDX-License-Identifier: MIT */
/*
 * Order of atomic operations, and atomic counters.
 *
 * An atomic operation that acquires and releases, even one of SEQ_CST, is not a
 * fence: where it is a load and a store, what follows may be done between the
 * two, and a later load before the store (docs/barriers.md).  So a CPU that
 * stores by an atomic operation and then looks at another word needs
 * mb_after_atomic() in between.
 *
 * A reference count starts at 1, is never revived from 0 and
 * cannot wrap: ref_get() panics at REF_MAX, and between REF_MAX and the sign
 * bit there is room for every CPU to be in ref_get() at once.
 */
#ifndef LT_ATOMIC_H
#define LT_ATOMIC_H

#include <lt/bug.h>
#include <lt/compiler.h>
#include <arch/cpu.h>

typedef struct { int v; } atomic_t;
typedef struct { int v; } ref_t;

#define REF_MAX	0x40000000

/*
 * Order the atomic operation before it against all accesses after it.  A port
 * whose atomic operations are fences defines ARCH_ATOMIC_IS_FENCE.
 * Context: any.
 */
static inline void mb_after_atomic(void)
{
#ifdef ARCH_ATOMIC_IS_FENCE
	barrier();
#else
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

/*
 * Publish v: store it to *p, after all earlier accesses, if *p is *old;
 * otherwise set *old to *p.  GCC 12 for RISC-V takes the fence of a
 * compare-exchange from the order of its failure, which cannot be RELEASE; so
 * both orders are SEQ_CST.
 * Context: any.
 * Return: true if v was stored.
 */
#define atomic_publish(p, old, v)					\
	__atomic_compare_exchange_n(p, old, v, false, __ATOMIC_SEQ_CST,	\
				    __ATOMIC_SEQ_CST)

static inline int atomic_read(const atomic_t *a)
{
	return __atomic_load_n(&a->v, __ATOMIC_RELAXED);
}

static inline void atomic_set(atomic_t *a, int v)
{
	__atomic_store_n(&a->v, v, __ATOMIC_RELAXED);
}

/* Add n.  Return: the new value. */
static inline int atomic_add(atomic_t *a, int n)
{
	return __atomic_add_fetch(&a->v, n, __ATOMIC_ACQ_REL);
}

static inline void ref_init(ref_t *r)
{
	__atomic_store_n(&r->v, 1, __ATOMIC_RELAXED);
}

static inline int ref_read(const ref_t *r)
{
	return __atomic_load_n(&r->v, __ATOMIC_RELAXED);
}

/* Take one more reference; the caller holds one already. */
static inline void ref_get(ref_t *r)
{
	int old = __atomic_fetch_add(&r->v, 1, __ATOMIC_RELAXED);

	/* one comparison: 0 and negative counts become the largest values */
	ASSERT((unsigned)old - 1 < REF_MAX - 1u);
}

/*
 * Take a reference to an object that may have no reference left.  A count of 0
 * stays, because the object is being freed, or has been reused by now.
 * Return: false: the count was 0.
 */
static inline bool ref_try_get(ref_t *r)
{
	int old = ref_read(r);

	do {
		if (__builtin_expect(old <= 0, 0))
			return false;
	} while (!__atomic_compare_exchange_n(&r->v, &old, old + 1, false,
			__ATOMIC_ACQUIRE, __ATOMIC_RELAXED));
	return true;
}

/* Drop n references.  Return: true if these were the last ones. */
static inline bool ref_put_n(ref_t *r, int n)
{
	int old = __atomic_fetch_sub(&r->v, n, __ATOMIC_ACQ_REL);

	ASSERT(old >= n);
	return old == n;
}
static inline bool ref_put(ref_t *r)
{
	return ref_put_n(r, 1);
}

#endif
