/* SPDX-License-Identifier: MIT */
/*
 * Checks of the lock rules while the kernel runs (rows B9, B11, B12, B13), in
 * a kernel built with --check lock; else they cost nothing.
 *
 * Locks of one name are a class.  Taking B while A is held draws an edge A ->
 * B; an edge that closes a circle is reported with both places where the
 * order was set, though nothing has waited yet.  Two locks of one class are
 * taken by rising address.  A class taken by an interrupt handler must block
 * that handler's level.  A function whose caller must hold a lock says so by
 * "[lock]" in its comment, and by spin_must_hold() or mutex_must_hold().
 *
 * A report is a panic; `locks=warn` makes it a line in the log, and a self-test
 * may expect it.
 *
 * `jitter=N` lets one of N lock operations wait a little, for tests of races.
 */
#ifndef KERNEL_LOCK_LOCK_DEBUG_H
#define KERNEL_LOCK_LOCK_DEBUG_H

#include <lt/compiler.h>
#include <lt/types.h>

struct mutex;
struct rwlock;

enum lock_kind { LOCK_SPIN, LOCK_MUTEX, LOCK_READ, LOCK_WRITE };

enum lock_take {
	TAKE_PLAIN,
	TAKE_TRY,	/* does not wait, so the order does not matter */
	TAKE_BELOW,	/* others of its class may be held, in any order */
};

#define HELD_MAX 16

struct held_lock {
	const void *lock;
	unsigned long at;		/* who took it */
	u8 class;
	u8 kind;			/* enum lock_kind */
};

struct held_locks {
	unsigned nr;
	struct held_lock lock[HELD_MAX];
};

#ifdef CHECK_LOCK

/* About to take the lock, or (TAKE_TRY) has it.  level: of a spin lock;
 * at: the caller's. */
void lock_debug_take(const void *lock, const char *name, enum lock_kind kind,
		     unsigned level, enum lock_take how, unsigned long at);
void lock_debug_give(const void *lock, const char *name, enum lock_kind kind);
/* The caller holds this spin lock, or it is reported. */
void lock_debug_holds(const void *lock, const char *name);
/* The caller has this mutex, or it is reported. */
void lock_debug_owns(const struct mutex *m);
/* The caller holds this lock for writing, or it is reported. */
void lock_debug_writes(const struct rwlock *l);
/*
 * The caller may sleep here.
 * Return: false: it may not, which has been reported.
 */
bool lock_debug_sleep(void);
/* Nothing is held and no level raised where the kernel is left. */
void lock_debug_exit(void);
/* cpu_self(): the caller cannot move to another CPU. */
void lock_debug_cpu(void);
/*
 * Until the next call, count reports instead of making them.
 * Return: how many there were since the last.
 */
unsigned lock_debug_expect(bool expect);

#else
static inline void lock_debug_take(const void *lock __unused,
		const char *name __unused, enum lock_kind kind __unused,
		unsigned level __unused, enum lock_take how __unused,
		unsigned long at __unused)
{
}

static inline void lock_debug_give(const void *lock __unused,
		const char *name __unused, enum lock_kind kind __unused)
{
}

static inline void lock_debug_holds(const void *lock __unused,
				    const char *name __unused)
{
}

static inline void lock_debug_owns(const struct mutex *m __unused)
{
}

static inline void lock_debug_writes(const struct rwlock *l __unused)
{
}

static inline bool lock_debug_sleep(void)
{
	return true;
}

static inline void lock_debug_exit(void)
{
}

#endif

#define LOCK_CALLER ((unsigned long)__builtin_return_address(0))

#endif
