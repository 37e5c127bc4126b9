/* SPDX-License-Identifier: MIT */
/*
 * Waiting and mutual exclusion (row E14), all with futexes.  WINE waits in its
 * server, because the object may belong to another process.
 */
#include <errno.h>
#include <time.h>
#include <unistd.h>
#include "kernel32.h"

#define WAIT_FAILED	0xffffffffu

dword_t wait_word(volatile int *word, int value, dword_t milliseconds)
{
	uint64_t end = now_ns() + (uint64_t)milliseconds * 1000000u, now;
	struct timespec left;

	while (__atomic_load_n(word, __ATOMIC_ACQUIRE) == value) {
		now = now_ns();
		if (milliseconds != INFINITE && now >= end)
			return WAIT_TIMEOUT;
		left.tv_sec = (int64_t)((end - now) / 1000000000u);
		left.tv_nsec = (int64_t)((end - now) % 1000000000u);
		futex(word, FUTEX_WAIT, value,
		      milliseconds == INFINITE ? NULL : &left, NULL, 0);
	}
	return 0;
}

/*
 * Try to pass a signalled object.  A manual event or a thread lets all waiters
 * pass; an event that resets itself lets one pass, like a semaphore with count
 * 1.
 * Return: 1 if the caller may pass, else 0.
 */
static int take(struct object *o)
{
	int n = __atomic_load_n(&o->signalled, __ATOMIC_RELAXED);

	if (o->kind == THREAD || o->manual)
		return 1;
	while (n > 0)
		if (__atomic_compare_exchange_n(&o->signalled, &n, n - 1, 0,
						__ATOMIC_ACQ_REL,
						__ATOMIC_RELAXED))
			return 1;
	return 0;
}

static dword_t WINAPI WaitForSingleObject(handle_t h, dword_t milliseconds)
{
	struct object *o = handle_object(h, FREE);
	dword_t result = 0;

	if (!o || o->kind == OPEN_FILE) {
		if (o)
			object_put(o);
		fails(ERROR_INVALID_HANDLE);
		return WAIT_FAILED;
	}
	do {
		result = wait_word(&o->signalled, 0, milliseconds);
	} while (!result && !take(o));
	object_put(o);
	threads_reap();
	return result;
}

/* Waits for all objects, one after the other; waiting for any is missing. */
static dword_t WINAPI WaitForMultipleObjects(dword_t n, const handle_t *h,
					     bool_t all, dword_t milliseconds)
{
	if (!n || n > 64 || (!all && n > 1)) {
		fails(ERROR_NOT_SUPPORTED);
		return WAIT_FAILED;
	}
	for (dword_t i = 0; i < n; i++) {
		dword_t result = WaitForSingleObject(h[i], milliseconds);

		if (result)
			return result;
	}
	return 0;
}

static handle_t WINAPI CreateEventA(void *security, bool_t manual, bool_t set,
				    const char *name)
{
	struct object *o = object_new(EVENT);
	handle_t h = 0;

	if (o) {
		o->manual = manual;
		o->signalled = !!set;
		h = handle_new(o);
	}
	return h ? h : fails(ERROR_NOT_ENOUGH_MEMORY);
}

/* The count of a semaphore is in `signalled`. */
static handle_t WINAPI CreateSemaphoreA(void *security, int32_t count,
					int32_t most, const char *name)
{
	struct object *o;
	handle_t h = 0;

	if (count < 0 || most < 1 || count > most)
		return fails(ERROR_INVALID_PARAMETER);
	o = object_new(SEMAPHORE);
	if (o) {
		o->most = most;
		o->signalled = count;
		h = handle_new(o);
	}
	return h ? h : fails(ERROR_NOT_ENOUGH_MEMORY);
}

static bool_t WINAPI ReleaseSemaphore(handle_t h, int32_t by, int32_t *was)
{
	struct object *o = handle_object(h, SEMAPHORE);
	int n;

	if (!o)
		return (bool_t)fails(ERROR_INVALID_HANDLE);
	n = __atomic_load_n(&o->signalled, __ATOMIC_RELAXED);
	do {
		if (by < 1 || by > o->most - n) {
			object_put(o);
			return (bool_t)fails(298);	/* too many posts */
		}
	} while (!__atomic_compare_exchange_n(&o->signalled, &n, n + by, 0,
					      __ATOMIC_RELEASE,
					      __ATOMIC_RELAXED));
	futex(&o->signalled, FUTEX_WAKE, by, NULL, NULL, 0);
	object_put(o);
	if (was)
		*was = n;
	return 1;
}

static bool_t event_becomes(handle_t h, int set)
{
	struct object *o = handle_object(h, EVENT);

	if (!o)
		return (bool_t)fails(ERROR_INVALID_HANDLE);
	if (set)
		object_signal(o);
	else
		__atomic_store_n(&o->signalled, 0, __ATOMIC_RELEASE);
	object_put(o);
	return 1;
}

static bool_t WINAPI SetEvent(handle_t h)
{
	return event_becomes(h, 1);
}

static bool_t WINAPI ResetEvent(handle_t h)
{
	return event_becomes(h, 0);
}

/* --- critical sections ---------------------------------------------------- */

/* Size and fields are Windows'; programs may initialize one statically. */
struct section {
	void *debug;
	int32_t count;
	int32_t depth;
	uint32_t owner;
	struct mutex mutex;		/* Windows' semaphore */
	uint32_t spin;
};

_Static_assert(sizeof(struct section) == 24, "RTL_CRITICAL_SECTION");

static void WINAPI InitializeCriticalSection(struct section *s)
{
	*s = (struct section){ .count = -1 };
}

static bool_t WINAPI InitializeCriticalSectionAndSpinCount(struct section *s,
							   dword_t spin)
{
	InitializeCriticalSection(s);
	return 1;
}

static void WINAPI DeleteCriticalSection(struct section *s)
{
	InitializeCriticalSection(s);
}

static void WINAPI EnterCriticalSection(struct section *s)
{
	uint32_t me = teb()->thread;

	if (__atomic_load_n(&s->owner, __ATOMIC_RELAXED) != me) {
		mutex_lock(&s->mutex);
		__atomic_store_n(&s->owner, me, __ATOMIC_RELAXED);
	}
	s->depth++;
}

static bool_t WINAPI TryEnterCriticalSection(struct section *s)
{
	uint32_t me = teb()->thread;
	int free = 0;

	if (__atomic_load_n(&s->owner, __ATOMIC_RELAXED) != me) {
		if (!__atomic_compare_exchange_n(&s->mutex.state, &free, 1, 0,
						 __ATOMIC_ACQUIRE,
						 __ATOMIC_RELAXED))
			return 0;
		__atomic_store_n(&s->owner, me, __ATOMIC_RELAXED);
	}
	s->depth++;
	return 1;
}

static void WINAPI LeaveCriticalSection(struct section *s)
{
	if (--s->depth)
		return;
	__atomic_store_n(&s->owner, 0, __ATOMIC_RELAXED);
	mutex_unlock(&s->mutex);
}

/* --- words that change in one step ---------------------------------------- */

static int32_t WINAPI InterlockedIncrement(int32_t *p)
{
	return __atomic_add_fetch(p, 1, __ATOMIC_SEQ_CST);
}

static int32_t WINAPI InterlockedDecrement(int32_t *p)
{
	return __atomic_sub_fetch(p, 1, __ATOMIC_SEQ_CST);
}

static int32_t WINAPI InterlockedExchange(int32_t *p, int32_t value)
{
	return __atomic_exchange_n(p, value, __ATOMIC_SEQ_CST);
}

static int32_t WINAPI InterlockedExchangeAdd(int32_t *p, int32_t value)
{
	return __atomic_fetch_add(p, value, __ATOMIC_SEQ_CST);
}

static int32_t WINAPI InterlockedCompareExchange(int32_t *p, int32_t value,
						 int32_t old)
{
	__atomic_compare_exchange_n(p, &old, value, 0, __ATOMIC_SEQ_CST,
				    __ATOMIC_SEQ_CST);
	return old;
}

static const struct function list[] = {
	FUNCTION(CreateEventA), FUNCTION(CreateSemaphoreA),
	/* the W functions differ only in the name, which is ignored */
	{ "CreateEventW", CreateEventA },
	{ "CreateSemaphoreW", CreateSemaphoreA },
	FUNCTION(DeleteCriticalSection), FUNCTION(ReleaseSemaphore),
	FUNCTION(EnterCriticalSection), FUNCTION(InitializeCriticalSection),
	FUNCTION(InitializeCriticalSectionAndSpinCount),
	FUNCTION(InterlockedCompareExchange), FUNCTION(InterlockedDecrement),
	FUNCTION(InterlockedExchange), FUNCTION(InterlockedExchangeAdd),
	FUNCTION(InterlockedIncrement), FUNCTION(LeaveCriticalSection),
	FUNCTION(ResetEvent), FUNCTION(SetEvent),
	FUNCTION(TryEnterCriticalSection), FUNCTION(WaitForMultipleObjects),
	FUNCTION(WaitForSingleObject),
};

const struct functions sync_functions = { list, COUNT(list) };
