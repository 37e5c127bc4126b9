/* SPDX-License-Identifier: MIT */
/*
 * What a task has moved (/proc/PID/io; row D1).  Bytes and calls of read(2)
 * and its kin are counted from the first look at a process's file on, for it
 * and its descendants: others' calls only test whether they are to be.  Bytes
 * of disks are always counted.
 */
#ifndef LIB_IOCOUNT_H
#define LIB_IOCOUNT_H

#include <lt/compiler.h>
#include <lt/types.h>

struct io_counts {
	bool any;			/* one of the others is not 0 */
	u64 rchar, wchar;		/* bytes that calls moved */
	u64 syscr, syscw;		/* such calls */
	u64 read_bytes, write_bytes;	/* asked of disks, made dirty */
	u64 cancelled;			/* dirty bytes cut off before */
};

/* Most tasks end without any. */
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

/* Bytes more in `of`, which is one of c's. */
static inline void io_count(struct io_counts *c, u64 *of, u64 bytes)
{
	c->any = true;
	*of += bytes;
}

/* A call ended with n, bytes or -errno. */
static inline void io_count_call(struct io_counts *c, u64 *bytes, u64 *calls,
				 long n)
{
	io_count(c, bytes, n > 0 ? (u64)n : 0);
	++*calls;
}

#endif
