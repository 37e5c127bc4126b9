/* SPDX-License-Identifier: MIT */
/*
 * A library with everything: an address that the program has already, TLS, an
 * entry point and a TLS callback that say what they are called for.  NAME is
 * what it calls itself.
 */
#include "pe.h"

#ifndef NAME
#define NAME "lib"
#endif
#ifndef ANSWER
#define ANSWER 1
#endif

u32 tls_index = 77;
int shared_number = 5;
static int *pointer = &shared_number;	/* to be relocated */

struct copy {
	u32 first, second;
	u32 zero;
};

__attribute__((section(".tls"), used))
static struct copy template = { 11, 22, 0 };

static const char *const why[] = { "process detach", "process attach",
				   "thread attach", "thread detach" };

static void WINAPI callback(void *base, u32 reason, void *reserved)
{
	say(NAME " callback: ");
	say(why[reason]);
	tell(", own", ((struct copy *)own_copy(tls_index))->first++);
}

void (WINAPI *tls_callbacks[2])(void *, u32, void *) = { callback, 0 };

int WINAPI entry(void *base, u32 reason, void *reserved);
int *WINAPI where(void);
u32 WINAPI bump(void);
u32 WINAPI secret(u32 n);

int WINAPI entry(void *base, u32 reason, void *reserved)
{
	say(NAME ": ");
	say(why[reason]);
	say(reserved ? ", with the process\n" : "\n");
	return ANSWER;
}

int *WINAPI where(void)
{
	return pointer;
}

/* => how often this thread has called it, and 22 */
u32 WINAPI bump(void)
{
	struct copy *own = own_copy(tls_index);

	return own->second++ + own->zero;
}

u32 WINAPI secret(u32 n)
{
	return n * 3;
}
