/* SPDX-License-Identifier: MIT */
/*
 * What debuggers know of a linker (row D18): the program's DT_DEBUG leads to
 * _r_debug, which has the list of objects, and a function where they set a
 * breakpoint, because it is called when the list begins to change (1: grows,
 * 2: shrinks) and when it is whole again (0).
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
