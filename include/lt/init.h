/* SPDX-License-Identifier: MIT */
/*
 * Start-up of what the core does not know by name.  A file says at its end
 *
 *	INIT(fs, ext2_init);
 *
 * and the linker gathers such lines of all files into a table for each level
 * (<lt/tables.ld>), so that an extension adds no line to a list elsewhere.
 * Within a level the order is not defined.  The levels, as they come:
 *
 *	fs	kinds of files and file systems; nothing is mounted, no task
 *		runs, interrupts are off
 *	task	the first task: threads can be created, locks slept for
 *	ready	devices and all CPUs run: what /proc and /sys show
 */
#ifndef LT_INIT_H
#define LT_INIT_H

#include <lt/compiler.h>

typedef void (*init_call_t)(void);

#define INIT(level, fn)							\
	static init_call_t const init_call_##fn __used			\
		__section(".table.init_" #level) = fn

#define init_level(level) do {						\
		extern init_call_t const __init_##level##_start[];	\
		extern init_call_t const __init_##level##_end[];	\
		init_calls(__init_##level##_start, __init_##level##_end); \
	} while (0)

static inline void init_calls(const init_call_t *first,
			      const init_call_t *end)
{
	for (const init_call_t *init = first; init < end; init++)
		(*init)();
}

#endif
