/* SPDX-License-Identifier: MIT */
/*
 * I/O counts of a task (/proc/PID/io; row D1).  Bytes and calls of read(2) and
 * similar calls are counted for a process, and for its descendants, after
 * somebody has read the process's file for the first time; calls of other tasks
 * only test whether to count.  Bytes of disks are always counted.
 */
#ifndef LIB_IOCOUNT_H
#define LIB_IOCOUNT_H

#include <lt/compiler.h>
#include <lt/types.h>

struct io_counts {
	bool any;			/* some other member is not 0 */
	u64 rchar, wchar;		/* bytes that calls transferred */
	u64 syscr, syscw;		/* number of these calls */
	u64 read_bytes, write_bytes;	/* bytes read from disks, and made
					   dirty */
	u64 cancelled;			/* bytes made dirty and truncated before
					   they were written */
};

/* Add the counts of an ending task to another's; most tasks have no counts. */
static inline void io_counts_add(struct io_counts *to,
				 const struct io_counts *by)
{
	if (likely(!by->any))
		return;
	to->any = true;
	to->rchar += by->rchar;
	to->wchar += by->wchar;
	to->syscr += by->syscr;
	to->syscw += by->syscw;
	to->read_bytes += by->read_bytes;
	to->write_bytes += by->write_bytes;
	to->cancelled += by->cancelled;
}

/* Add bytes to `of`, a member of c. */
static inline void io_count(struct io_counts *c, u64 *of, u64 bytes)
{
	c->any = true;
	*of += bytes;
}

/* Count a call that returned n: bytes, or -errno. */
static inline void io_count_call(struct io_counts *c, u64 *bytes, u64 *calls,
				 long n)
{
	io_count(c, bytes, n > 0 ? (u64)n : 0);
	++*calls;
}

#endif
