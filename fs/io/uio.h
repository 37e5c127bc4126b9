/* SPDX-License-Identifier: MIT */
/*
 * A transfer in progress between a file and memory: user or kernel buffers,
 * one or many.  read and write take one; uio_* moves it along.
 */
#ifndef FS_IO_UIO_H
#define FS_IO_UIO_H

#include <lt/compiler.h>
#include <lt/types.h>
#include <uapi/fs.h>

struct uio_segment {
	uaddr_t base;		/* user address, or kernel pointer as number */
	unsigned long len;	/* bytes */
};

struct uio {
	struct uio_segment seg;			/* current one, front cut */
	const struct uio_segment *rest;		/* those after it */
	unsigned nr_rest;
	unsigned long left;			/* bytes in all */
	bool kernel;				/* buffers are the kernel's */
	unsigned flags;				/* O_ of this transfer alone */
};

#define UIO_NO_APPEND	0x80000000u	/* of flags: whatever the file's say */

#define UIO_WAITS	0x40000000u	/* likewise: though it be O_NONBLOCK */
#define UIO_PARTS	0x20000000u	/* a part of a pipe's page or packet
					   counts */

/* Is a transfer by a file of these flags to end rather than sleep? */
static inline bool uio_nonblock(unsigned flags, const struct uio *u)
{
	return (flags | u->flags) & O_NONBLOCK && !(u->flags & UIO_WAITS);
}

/* Does a transfer by a file of these flags go to the end? */
static inline bool uio_appends(unsigned flags, const struct uio *u)
{
	return unlikely((flags | u->flags) & O_APPEND) &&
		!(u->flags & UIO_NO_APPEND);
}

static inline void uio_user(struct uio *u, uaddr_t at, unsigned long n)
{
	*u = (struct uio){ .seg = { at, n }, .left = n };
}
static inline void uio_kernel(struct uio *u, void *at, unsigned long n)
{
	*u = (struct uio){ .seg = { (uaddr_t)at, n }, .left = n,
			   .kernel = true };
}
/* segs stay the caller's, checked and summed already (<= SSIZE_MAX). */
void uio_vector(struct uio *u, const struct uio_segment *segs, unsigned n);

/*
 * Move at most n bytes into / out of the uio's buffers, advancing it.
 * Return: bytes moved; fewer than min(n, left) only after a fault.
 */
unsigned long uio_put(struct uio *u, const void *from, unsigned long n);
unsigned long uio_zero(struct uio *u, unsigned long n);
unsigned long uio_get(struct uio *u, void *to, unsigned long n);

#endif
