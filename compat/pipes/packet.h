/* SPDX-License-Identifier: MIT */
/*
 * Packets in a pipe's ring, for code that moves data of a ring or resizes it;
 * and limits of a pipe's size.
 */
#ifndef COMPAT_PIPES_PACKET_H
#define COMPAT_PIPES_PACKET_H

#include <fs/pipe/pipe_ring.h>

/* Put data as packets.  Context: [p->lock].  Return: bytes moved, or -errno. */
long packet_put(struct pipe *p, struct uio *u);
/*
 * packet_front: count the bytes up to the end of the first packet or slot.
 * packet_drop: remove the first n bytes; n is at most that count.
 */
unsigned packet_front(const struct pipe *p);		/* Context: [p->lock] */
void packet_drop(struct pipe *p, unsigned n);		/* Context: [p->lock] */
bool packet_fits(const struct pipe *p);
/*
 * Context: [p->lock], `at` lies before p->head.
 * Return: the bytes from `at` to the end of its slot, and whether they are a
 * packet's.
 */
unsigned packet_part(const struct pipe *p, unsigned at, bool *packet);
/*
 * Change the number of slots.  Context: [p->lock].  Return: 0, -EBUSY, -ENOMEM.
 */
int packet_resize(struct pipe *p, unsigned slots);

/* Set the maximum for F_SETPIPE_SZ, rounded up.  Return: 0 or -EINVAL. */
int pipe_size_limit(u64 bytes);

#endif
