/* SPDX-License-Identifier: MIT */
/*
 * The linker's interface for debuggers (row D18).  The program's DT_DEBUG
 * points to _r_debug, which has the list of objects and the address of a
 * function where debuggers set a breakpoint.  The linker calls the function
 * when the list begins to change (state 1: grows, 2: shrinks) and when it is
 * consistent again (0).
 */
#include "rtld.h"

struct r_debug {
	int version;
	struct object *map;
	uintptr_t brk;
	int state;
	uintptr_t base;
};

EXPORT struct r_debug _r_debug;
EXPORT void _dl_debug_state(void);

__attribute__((noinline)) void _dl_debug_state(void)
{
	__asm__ volatile("");
}

void tell_debugger(int state)
{
	_r_debug.state = state;
	_dl_debug_state();
}

void start_debugger(struct object *program)
{
	_r_debug = (struct r_debug){ 1, objects, (uintptr_t)_dl_debug_state,
				     0, rtld_object.base };
	for (Elf_Dyn *d = program->dynamic; d->d_tag != DT_NULL; d++)
		if (d->d_tag == DT_DEBUG)
			d->d_val = (uintptr_t)&_r_debug;
	tell_debugger(1);
}
