/* SPDX-License-Identifier: MIT */
/*
 * Initialization of parts that the core does not know by name.  A file has at
 * its end
 *
 *	INIT(fs, ext2_init);
 *
 * and the linker collects such lines of all files into one table for each
 * level.  So an extension need not be named in any list.  Within a level the
 * order is not defined.  The levels, in order:
 *
 *	memory	memory can be allocated; the port's first page table is in use,
 *		no task runs, interrupts are off
 *	tables	the same, with the kernel's own page table
 *	fs	kinds of files and file systems; nothing is mounted, no task
 *		runs, interrupts are off
 *	task	the first task runs: threads can be created, sleeping locks used
 *	device	the console works, other devices are being found
 *	ready	devices and all CPUs run
 *	end	everything above is done; no program runs yet
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
