/* SPDX-License-Identifier: MIT */
/*
 * A transfer in progress between a file and memory: user or kernel buffers, one
 * or many.  read and write take a uio; the uio_ functions advance it.
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
	struct uio_segment seg;			/* the current segment, without
						 * the bytes already moved */
	const struct uio_segment *rest;		/* the segments after it */
	unsigned nr_rest;
	unsigned long left;			/* bytes left in all */
	bool kernel;				/* buffers of the kernel */
	unsigned flags;				/* O_ flags of this transfer
						 * only */
};

#define UIO_NO_APPEND	0x80000000u	/* in flags: ignores f's O_APPEND */

#define UIO_WAITS	0x40000000u	/* in flags: ignores f's O_NONBLOCK */
#define UIO_PARTS	0x20000000u	/* in flags: a fault inside a page of a
					 * pipe does not undo the part copied
					 * before */

/* True if a transfer by a file with these flags must not sleep. */
static inline bool uio_nonblock(unsigned flags, const struct uio *u)
{
	return (flags | u->flags) & O_NONBLOCK && !(u->flags & UIO_WAITS);
}

/* True if a transfer by a file with these flags appends. */
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
/*
 * Set up a transfer with n segments.  The caller has checked the segments (at
 * most SSIZE_MAX bytes in all), and keeps them until the transfer ends.
 */
void uio_vector(struct uio *u, const struct uio_segment *segs, unsigned n);

/*
 * Move at most n bytes, and advance u: uio_put() and uio_zero() store into the
 * uio's buffers, uio_get() reads from them.
 * Return: bytes moved; fewer than min(n, left) only after a fault.
 */
unsigned long uio_put(struct uio *u, const void *from, unsigned long n);
unsigned long uio_zero(struct uio *u, unsigned long n);
unsigned long uio_get(struct uio *u, void *to, unsigned long n);

#endif
