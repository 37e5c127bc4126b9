/* SPDX-License-Identifier: MIT */
/*
 * Threads (row E14): each is a thread of our C library with a TEB.  A stack can
 * be unmapped only when its thread has left it, so ended threads stay in a list
 * until another thread calls threads_reap(), as zombies wait for a parent.  The
 * end of the last thread ends the process.
 */
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "loader.h"

#define LEAST_STACK	(64u << 10)
#define USUAL_STACK	(1u << 20)

static unsigned int running = 1;	/* [loader lock] */
static struct object *ended;		/* [loader lock] */

void threads_reap(void)
{
	struct object *o;

	loader_lock();
	o = ended;
	ended = NULL;
	loader_unlock();
	while (o) {
		struct object *next = o->next_ended;

		thread_join(&o->thread);
		object_put(o);
		o = next;
	}
}

/* Do the PE side of a thread's end; the C library does the rest. */
static void leave(struct object *o, uint32_t status)
{
	loader_lock();
	if (running == 1)
		process_exit(status);
	detach_thread();
	teb_destroy();
	running--;
	if (o) {
		o->status = status;
		o->next_ended = ended;
		ended = o;
		object_signal(o);
	}
	loader_unlock();
}

static void *begin(void *arg)
{
	struct object *o = arg;
	uintptr_t top = (uintptr_t)o->thread.stack + o->thread.size;

	if (teb_create((uint32_t)top, (uint32_t)(uintptr_t)o->thread.stack))
		_exit(127);
	teb()->object = o;
	o->id = teb()->thread;
	if (!setjmp(teb()->end)) {
		attach_thread();
		thread_end(machine_call(o->start, o->argument, 0, 0));
	}
	leave(o, o->status);
	return NULL;
}

void thread_end(uint32_t status)
{
	struct object *o = teb()->object;

	if (o) {
		o->status = status;
		longjmp(teb()->end, 1);
	}
	leave(NULL, status);
	for (;;)			/* only the first thread */
		raw_syscall(SYS_exit, 0);
}

/* Return: a handle, or 0. */
handle_t thread_start(uintptr_t start, uint32_t argument, uint32_t stack,
		      uint32_t *id)
{
	struct object *o = object_new(THREAD);
	handle_t h;
	int err;

	threads_reap();
	if (!o)
		return fails(ERROR_NOT_ENOUGH_MEMORY);
	o->start = start;
	o->argument = argument;
	o->refs++;			/* the thread's own */
	h = handle_new(o);
	if (!h) {
		object_put(o);
		return fails(ERROR_NOT_ENOUGH_MEMORY);
	}
	stack = stack < LEAST_STACK ? USUAL_STACK : (stack + 4095) & ~4095u;
	loader_lock();			/* delays the new thread's attach */
	err = thread_create_sized(&o->thread, begin, o, stack);
	running += !err;
	loader_unlock();
	if (err) {
		handle_close(h);
		object_put(o);
		return fails(ERROR_NOT_ENOUGH_MEMORY);
	}
	if (id)
		*id = (uint32_t)o->thread.tid;
	return h;
}
