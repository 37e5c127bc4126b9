/* SPDX-License-Identifier: MIT */
/* Pipes, beyond their file operations. */
#ifndef FS_PIPE_PIPE_H
#define FS_PIPE_PIPE_H

#include <fs/vfs.h>

/* Both ends, [0] to read; flags: O_NONBLOCK...  Return: 0, -ENFILE, -ENOMEM. */
int pipe_create_files(struct file *end[2], unsigned flags);

/* ---- pipe_hold.c, for splice --------------------------------------------- */

struct pipe;

/* Return: NULL: f is no pipe. */
struct pipe *pipe_of(const struct file *f);
/*
 * At most n bytes from the front into buf, without taking them; until
 * pipe_let_go() nobody else reads.
 * Return: bytes; 0: the end; -EAGAIN (nonblock), -ERESTARTSYS: then nothing is
 * held.
 */
long pipe_hold(struct pipe *p, void *buf, unsigned long n, bool nonblock);
void pipe_let_go(struct pipe *p, unsigned long taken);
/*
 * Wait for room; until pipe_fill() nobody else writes.
 * Return: free bytes; -EAGAIN, -ERESTARTSYS; -EPIPE, with SIGPIPE: then nothing
 * is held.
 */
long pipe_reserve(struct pipe *p, bool nonblock);
/*
 * Put u in; packet: as one packet.
 * Return: bytes; -EFAULT, -ENOMEM, -EAGAIN (packet).
 */
long pipe_fill(struct pipe *p, struct uio *u, bool packet);
/* Wait until there is something to read (write: room), or no partner. */
int pipe_wait(struct pipe *p, bool write, bool packet);
/* Is what a hold gave a packet?  Context: between hold and release. */
bool pipe_holds_packet(const struct pipe *p);

#endif
