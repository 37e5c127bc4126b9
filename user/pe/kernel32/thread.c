/* SPDX-License-Identifier: MIT */
/* Threads and their slots (row E14). */
#include <sched.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "kernel32.h"

#define THIS_PROCESS	0xffffffffu
#define THIS_THREAD	0xfffffffeu
#define STILL_ACTIVE	259u
#define NO_SLOT		0xffffffffu
#define SLOTS		COUNT(((struct teb *)0)->slots)

static handle_t WINAPI CreateThread(void *security, uint32_t stack,
				    uintptr_t start, uint32_t argument,
				    dword_t flags, uint32_t *id)
{
	if (flags & 4)			/* to be suspended */
		return fails(ERROR_NOT_SUPPORTED);
	return thread_start(start, argument, stack, id);
}

static void WINAPI ExitThread(dword_t status)
{
	thread_end(status);
}

static bool_t WINAPI GetExitCodeThread(handle_t h, dword_t *status)
{
	struct object *o = handle_object(h, THREAD);

	if (!o)
		return (bool_t)fails(ERROR_INVALID_HANDLE);
	*status = __atomic_load_n(&o->signalled, __ATOMIC_ACQUIRE) ?
		o->status : STILL_ACTIVE;
	object_put(o);
	return 1;
}

static dword_t WINAPI GetCurrentThreadId(void)
{
	return teb()->thread;
}

static dword_t WINAPI GetCurrentProcessId(void)
{
	return teb()->process;
}

static handle_t WINAPI GetCurrentThread(void)
{
	return THIS_THREAD;
}

static handle_t WINAPI GetCurrentProcess(void)
{
	return THIS_PROCESS;
}

static void WINAPI Sleep(dword_t milliseconds)
{
	struct timespec t = { milliseconds / 1000,
			      milliseconds % 1000 * 1000000 };

	if (!milliseconds) {
		sched_yield();
		return;
	}
	while (milliseconds == INFINITE)
		pause();
	while (nanosleep(&t, &t))
		;
}

static bool_t WINAPI SwitchToThread(void)
{
	return !sched_yield();
}

/* --- slots: each thread's own words, by numbers that all share ------------- */

static struct mutex lock;
static uint64_t taken;

static dword_t WINAPI TlsAlloc(void)
{
	dword_t n = 0;

	mutex_lock(&lock);
	while (n < SLOTS && taken >> n & 1)
		n++;
	if (n < SLOTS)
		taken |= 1ull << n;
	mutex_unlock(&lock);
	if (n == SLOTS) {
		fails(ERROR_NOT_ENOUGH_MEMORY);
		return NO_SLOT;
	}
	loader_lock();
	for (struct teb *t = threads; t; t = t->next)
		t->slots[n] = NULL;
	loader_unlock();
	return n;
}

static bool_t WINAPI TlsFree(dword_t n)
{
	int was;

	if (n >= SLOTS)
		return (bool_t)fails(ERROR_INVALID_PARAMETER);
	mutex_lock(&lock);
	was = taken >> n & 1;
	taken &= ~(1ull << n);
	mutex_unlock(&lock);
	return was ? 1 : (bool_t)fails(ERROR_INVALID_PARAMETER);
}

/* Sets the last error also on success, because a value may be NULL. */
static void *WINAPI TlsGetValue(dword_t n)
{
	if (n >= SLOTS) {
		fails(ERROR_INVALID_PARAMETER);
		return NULL;
	}
	fails(ERROR_SUCCESS);
	return teb()->slots[n];
}

static bool_t WINAPI TlsSetValue(dword_t n, void *value)
{
	if (n >= SLOTS)
		return (bool_t)fails(ERROR_INVALID_PARAMETER);
	teb()->slots[n] = value;
	return 1;
}

static dword_t WINAPI GetLastError(void)
{
	return teb()->last_error;
}

static void WINAPI SetLastError(dword_t error)
{
	teb()->last_error = error;
}

static const struct function list[] = {
	FUNCTION(CreateThread), FUNCTION(ExitThread),
	FUNCTION(GetCurrentProcess), FUNCTION(GetCurrentProcessId),
	FUNCTION(GetCurrentThread), FUNCTION(GetCurrentThreadId),
	FUNCTION(GetExitCodeThread), FUNCTION(GetLastError),
	FUNCTION(SetLastError), FUNCTION(Sleep), FUNCTION(SwitchToThread),
	FUNCTION(TlsAlloc), FUNCTION(TlsFree), FUNCTION(TlsGetValue),
	FUNCTION(TlsSetValue),
};

const struct functions thread_functions = { list, COUNT(list) };
