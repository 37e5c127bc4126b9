/* SPDX-License-Identifier: MIT */
/* The packets of a pipe's ring, for those who move or resize it; and limits. */
#ifndef COMPAT_PIPES_PACKET_H
#define COMPAT_PIPES_PACKET_H

#include <fs/pipe/pipe_ring.h>

/* As one packet.  Context: [p->lock].  Return: bytes moved, or -errno. */
long packet_put(struct pipe *p, struct uio *u);
/* Bytes at the front, of one packet or of none; and away with n of them. */
unsigned packet_front(const struct pipe *p);		/* Context: [p->lock] */
void packet_drop(struct pipe *p, unsigned n);		/* Context: [p->lock] */
bool packet_fits(const struct pipe *p);
/* Context: [p->lock].  Return: -EBUSY, -ENOMEM. */
int packet_resize(struct pipe *p, unsigned slots);

/* How large F_SETPIPE_SZ may make a pipe, rounded up.  Return: 0 or -EINVAL. */
int pipe_size_limit(u64 bytes);

#endif
