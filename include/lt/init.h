/* SPDX-License-Identifier: MIT */
/*
 * Start-up of what the core does not know by name.  A file says at its end
 *
 *	INIT(fs, ext2_init);
 *
 * and the linker gathers such lines of all files into a table for each level,
 * so that an extension adds no line to a list elsewhere.  Within a level the
 * order is not defined.  The levels, as they come:
 *
 *	fs	kinds of files and file systems; nothing is mounted, no task
 *		runs, interrupts are off
 *	task	the first task: threads can be created, locks slept for
 *	device	the console is there, other devices are to be found
 *	ready	devices and all CPUs run
 *	end	all of this is there; no program runs yet
 */
#ifndef LT_INIT_H
#define LT_INIT_H

#include <lt/table.h>

struct init_call {
	void (*init)(void);
};

#define INIT(level, fn)							\
	static const struct init_call init_call_##fn			\
		__table_of(init_##level, struct init_call) = { fn }

#define init_level(level) do {						\
		extern const struct init_call __table_init_##level[];	\
		extern const struct init_call __table_init_##level##_end[]; \
		init_calls(__table_init_##level, __table_init_##level##_end); \
	} while (0)

static inline void init_calls(const struct init_call *call,
			      const struct init_call *end)
{
	for (; call < end; call++)
		call->init();
}

#endif
