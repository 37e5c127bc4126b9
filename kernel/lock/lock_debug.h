/* SPDX-License-Identifier: MIT */
/*
 * Run-time checks of the lock rules (rows B9, B11, B12, B13) in a kernel built
 * with --check lock; in other kernels they cost nothing.
 *
 * Locks of one name form a class.  Taking B while A is held adds an edge A ->
 * B.  An edge that closes a cycle is reported with both places in the code that
 * set the order, even if no task has waited yet.  Two locks of one class are
 * taken by rising address.  A class taken by an interrupt handler must block
 * that handler's level.  A function whose caller must hold a lock says so by
 * "[lock]" in its comment, and by spin_must_hold() or mutex_must_hold().
 *
 * A report is a panic; `locks=warn` turns it into a line of the log, and a
 * self-test may expect reports.
 *
 * `jitter=N` delays one of N lock operations a little, to provoke races.
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
	TAKE_TRY,	/* the caller does not wait, so the order does not
			   matter */
	TAKE_BELOW,	/* the caller may hold other locks of the class, in any
			   order */
};

#define HELD_MAX 16

struct held_lock {
	const void *lock;
	unsigned long at;		/* address of the code that took the
					   lock */
	u8 class;
	u8 kind;			/* enum lock_kind */
};

struct held_locks {
	unsigned nr;
	struct held_lock lock[HELD_MAX];
};

#ifdef CHECK_LOCK

/*
 * The caller is about to take the lock or, with TAKE_TRY, has taken it.
 * level: of a spin lock; at: the address of the caller.
 */
void lock_debug_take(const void *lock, const char *name, enum lock_kind kind,
		     unsigned level, enum lock_take how, unsigned long at);
void lock_debug_give(const void *lock, const char *name, enum lock_kind kind);
/* spin_must_hold(): report an error unless the caller holds this spin lock. */
void lock_debug_holds(const void *lock, const char *name);
/* mutex_must_hold(): report an error unless the caller holds this mutex. */
void lock_debug_owns(const struct mutex *m);
/*
 * Report an error unless the caller holds this reader-writer lock for writing.
 */
void lock_debug_writes(const struct rwlock *l);
/*
 * Report an error unless the caller may sleep.
 * Return: false: an error was reported.
 */
bool lock_debug_sleep(void);
/*
 * Check, on the way to user mode, that no lock is held and no level is raised.
 */
void lock_debug_exit(void);
/* Check, for cpu_self(), that the caller cannot move to another CPU. */
void lock_debug_cpu(void);
/*
 * lock_debug_raise: the level has risen from IPL_NONE without a lock.
 * lock_debug_lower: it is about to fall to IPL_NONE.
 * lock_debug_enter, lock_debug_leave: the outermost interrupt of this CPU
 * begins, served by a function at this address, and ends.
 */
void lock_debug_raise(void);
void lock_debug_lower(void);
void lock_debug_enter(unsigned long at);
void lock_debug_leave(void);
/*
 * expect: until the next call, count reports instead of making them.
 * Return: the number of reports since the last call.
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

static inline void lock_debug_raise(void)
{
}

static inline void lock_debug_lower(void)
{
}

static inline void lock_debug_enter(unsigned long at __unused)
{
}

static inline void lock_debug_leave(void)
{
}

#endif

#define LOCK_CALLER ((unsigned long)__builtin_return_address(0))

#endif
