/* SPDX-License-Identifier: MIT */
/* I/O counts of a task (/proc/PID/io; row D1), from its start on. */
#ifndef LIB_IOCOUNT_H
#define LIB_IOCOUNT_H

#include <lt/types.h>

struct io_counts {
	u64 rchar, wchar;		/* bytes that calls transferred */
	u64 syscr, syscw;		/* number of these calls */
	u64 read_bytes, write_bytes;	/* bytes read from disks, and made
					   dirty */
	u64 cancelled;			/* bytes made dirty and truncated before
					   they were written */
};

/* Add the counts of an ending task to another's. */
static inline void io_counts_add(struct io_counts *to,
				 const struct io_counts *by)
{
	to->rchar += by->rchar;
	to->wchar += by->wchar;
	to->syscr += by->syscr;
	to->syscw += by->syscw;
	to->read_bytes += by->read_bytes;
	to->write_bytes += by->write_bytes;
	to->cancelled += by->cancelled;
}

/* Count a call that returned n: bytes, or -errno. */
static inline void io_count_call(u64 *bytes, u64 *calls, long n)
{
	if (n > 0)
		*bytes += (unsigned long)n;
	++*calls;
}

#endif
