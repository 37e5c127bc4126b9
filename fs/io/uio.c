/* SPDX-License-Identifier: MIT */
/*
 * Move bytes between the kernel and the buffers of a uio, piece by piece.
 *
 *   readv(fd, iov, 3) after 9 bytes, the 7 of iov[0] and 2 more:
 *
 *     iov[0]      iov[1]           iov[2]
 *     [#######]   [##|........]    [................]
 *                    ^ seg: what   ^ rest, nr_rest = 1
 *                      is left       left: bytes of both
 *
 * User memory may be missing from any page on.  Then the call returns the
 * number of bytes moved before that page (short read or write), and EFAULT only
 * if no byte was moved.
 */
#include "uio.h"
#include <lib/mem.h>
#include <lt/compiler.h>
#include <mm/uaccess.h>

/* The first piece has length 0, so that transfer() advances to *rest. */
void uio_vector(struct uio *u, const struct uio_segment *segs, unsigned n)
{
	*u = (struct uio){ .rest = segs, .nr_rest = n };
	for (unsigned i = 0; i < n; i++)
		u->left += segs[i].len;
}

enum direction { PUT, ZERO, GET };

/* Move one piece that lies in one segment.  Return: false after a fault. */
static bool uio_move_piece(struct uio *u, char *kernel, unsigned long n,
			   enum direction dir)
{
	uaddr_t at = u->seg.base;

	if (u->kernel) {
		if (dir == PUT)
			memcpy((void *)at, kernel, n);
		else if (dir == GET)
			memcpy(kernel, (void *)at, n);
		else
			memset((void *)at, 0, n);
		return true;
	}
	if (dir == PUT)
		return !copy_to_user(at, kernel, n);
	if (dir == GET)
		return !copy_from_user(kernel, at, n);
	return !clear_user(at, n);
}

/*
 * After a piece failed, move it again in parts that do not cross a page, as
 * bytes up to the bad page may be accessible.
 * Return: bytes moved.
 */
static unsigned long move_slowly(struct uio *u, char *kernel, unsigned long n,
				 enum direction dir)
{
	unsigned long done = 0;

	while (done < n) {
		unsigned long part = PAGE_SIZE -
			(u->seg.base & (PAGE_SIZE - 1));

		part = min(part, n - done);
		if (!uio_move_piece(u, kernel ? kernel + done : NULL, part,
				    dir))
			break;
		u->seg.base += part;
		u->seg.len -= part;
		u->left -= part;
		done += part;
	}
	return done;
}

/*
 * Move n bytes and advance u.
 * Return: bytes moved, fewer than n after a fault.
 */
static unsigned long transfer(struct uio *u, char *kernel, unsigned long n,
			      enum direction dir)
{
	unsigned long done = 0;

	n = min(n, u->left);
	while (done < n) {
		unsigned long part = min(n - done, u->seg.len);
		char *at = kernel ? kernel + done : NULL;

		if (!part) {
			u->seg = *u->rest++;
			u->nr_rest--;
			continue;
		}
		if (unlikely(!uio_move_piece(u, at, part, dir)))
			return done + move_slowly(u, at, part, dir);
		u->seg.base += part;
		u->seg.len -= part;
		u->left -= part;
		done += part;
	}
	return done;
}

/*
 * True in by far the most common case, which needs no loop: the piece lies in
 * the current segment, and the segment lies in user memory.
 */
static inline bool one_piece(const struct uio *u, unsigned long n)
{
	return likely(!u->kernel && n <= u->seg.len &&
		      user_range_ok(u->seg.base, n));
}

static inline unsigned long move_on(struct uio *u, unsigned long n)
{
	u->seg.base += n;
	u->seg.len -= n;
	u->left -= n;
	return n;
}

unsigned long uio_put(struct uio *u, const void *from, unsigned long n)
{
	if (one_piece(u, n) && likely(!copy_to_user(u->seg.base, from, n)))
		return move_on(u, n);
	return transfer(u, (char *)from, n, PUT);
}

unsigned long uio_zero(struct uio *u, unsigned long n)
{
	return transfer(u, NULL, n, ZERO);
}

unsigned long uio_get(struct uio *u, void *to, unsigned long n)
{
	if (one_piece(u, n) && likely(!copy_from_user(to, u->seg.base, n)))
		return move_on(u, n);
	return transfer(u, to, n, GET);
}
