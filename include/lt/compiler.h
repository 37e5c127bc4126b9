/* SPDX-License-Identifier: MIT */
/* Names for compiler features, and arithmetic on sizes. */
#ifndef LT_COMPILER_H
#define LT_COMPILER_H

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)
#define __noreturn	__attribute__((noreturn))
#define __packed	__attribute__((packed))
#define __aligned(n)	__attribute__((aligned(n)))
#define __section(s)	__attribute__((section(s)))
#define __printf(f, a)	__attribute__((format(printf, f, a)))
#define __unused	__attribute__((unused))
#define __weak		__attribute__((weak))
#define __used		__attribute__((used))
#define __noinline	__attribute__((noinline))
#define __inlined	inline __attribute__((always_inline))
#define __must_check	__attribute__((warn_unused_result))
#define fallthrough	__attribute__((fallthrough))

/*
 * A function that --check address does not watch, because it reads whole
 * stacks.
 */
#define __unwatched	__attribute__((no_sanitize_address))
/*
 * A function that --check race does not watch: its writes may race, and its
 * comment says why.
 */
#define __may_race	__attribute__((no_sanitize_thread))

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define container_of(p, type, member) \
	((type *)((char *)(p) - __builtin_offsetof(type, member)))
#define READ_ONCE(x)	(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
#define barrier()	__asm__ volatile("" ::: "memory")

/*
 * Read data that other tasks may be changing, without their lock.  The value
 * may be outdated at once; the caller can accept an old value, or checks again
 * under the lock.  These macros mark such reads for the reader and for --check
 * race.  HINT: one word, read once.  PEEK: an expression.
 */
#ifdef CHECK_RACE
void race_peek(int more);
#define PEEK(x) ({ race_peek(1); __typeof__(x) peek_ = (x); race_peek(-1); \
	peek_; })
#else
#define PEEK(x)		(x)
#endif
#define HINT(x)		PEEK(READ_ONCE(x))

/* min/max evaluate each argument once; both must have the same type. */
#define min(a, b) ({ __typeof__(a) a_ = (a); __typeof__(b) b_ = (b); \
	(void)(&a_ == &b_); a_ < b_ ? a_ : b_; })
#define max(a, b) ({ __typeof__(a) a_ = (a); __typeof__(b) b_ = (b); \
	(void)(&a_ == &b_); a_ > b_ ? a_ : b_; })

/* Rounding to a power of two, in the type of x. */
#define ALIGN_DOWN(x, a) ((x) & ~((__typeof__(x))(a) - 1))
#define ALIGN_UP(x, a)	ALIGN_DOWN((x) + (__typeof__(x))(a) - 1, a)
#define IS_ALIGNED(x, a) (((x) & ((__typeof__(x))(a) - 1)) == 0)
#define BIT(n)		(1ul << (n))
#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))

#endif
