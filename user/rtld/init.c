/* SPDX-License-Identifier: MIT */
/*
 * Constructors and destructors (row C7).  An object's constructors run after
 * those of all objects that it needs; the program's run last, when its start
 * code calls __construct_program().  Of objects that do not need each other the
 * one loaded later comes first; in a cycle, the one that the walk reaches last.
 * One object may ask to come before all others (DF_1_INITFIRST).  Destructors
 * run in the opposite order.
 */
#include "rtld.h"

EXPORT void __construct_program(void);

typedef void (*init_fn)(int argc, char **argv, char **envp);

static int argc;
static char **argv, **envp;
static struct object *last;	/* list, the one initialized last first */

static void call(uintptr_t function)
{
	((init_fn)function)(argc, argv, envp);
}

static void call_init(const struct object *o)
{
	if (o->init)
		call(o->init);
	for (size_t i = 0; i < o->ninit; i++)
		call(o->init_array[i]);
}

/* The program's start code runs its constructors, but not its destructors. */
static void construct_one(struct object *o)
{
	o->visited = 1;
	o->initialized = last;
	last = o;
	if (o == &program)
		return;
	if (o->init || o->ninit)
		debug(DEBUG_LIBS, "calling init: ", name_of(o));
	call_init(o);
}

static void construct(struct object *o)
{
	if (o->visited)
		return;
	o->visited = 1;
	for (size_t i = 0; i < o->nneeds; i++)
		construct(o->needs[i]);
	construct_one(o);
}

/* Construct the DF_1_INITFIRST object; if several, only the one loaded last. */
static void construct_first(void)
{
	for (struct object *o = last_object(); o; o = o->prev)
		if (o->initfirst) {
			if (!o->visited)
				construct_one(o);
			return;
		}
}

/* Construct all objects that have not been yet, those loaded later first. */
void construct_backwards(void)
{
	construct_first();
	for (struct object *o = last_object(); o; o = o->prev)
		construct(o);
}

void run_constructors(struct object *program, int ac, char **av, char **ev)
{
	argc = ac;
	argv = av;
	envp = ev;
	construct_first();
	for (size_t i = 0; i < program->npreinit; i++)
		call(program->preinit_array[i]);
	construct_backwards();
}

/* Called by the program's start code, before main. */
void __construct_program(void)
{
	call_init(&program);
}

static void destruct(struct object *o)
{
	if (o->fini || o->nfini)
		debug(DEBUG_LIBS, "calling fini: ", o->name, " [0]");
	for (size_t i = o->nfini; i > 0; i--)
		((void (*)(void))o->fini_array[i - 1])();
	if (o->fini)
		((void (*)(void))o->fini)();
}

/* Called by exit(), after the functions of atexit(). */
void run_destructors(void)
{
	while (last) {
		struct object *o = last;

		last = o->initialized;
		destruct(o);
	}
}

/* Run the destructors of the objects that are to be unloaded. */
void destruct_unwanted(void)
{
	struct object **at = &last;

	while (*at) {
		struct object *o = *at;

		if (o->wanted) {
			at = &o->initialized;
			continue;
		}
		*at = o->initialized;
		destruct(o);
	}
}
