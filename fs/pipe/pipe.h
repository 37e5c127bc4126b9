/* SPDX-License-Identifier: MIT */
/* Interface to pipes, beyond their file operations. */
#ifndef FS_PIPE_PIPE_H
#define FS_PIPE_PIPE_H

#include <fs/vfs.h>

/*
 * Create both ends, [0] for reading; flags: O_NONBLOCK...
 * Return: 0, -ENFILE, -ENOMEM.
 */
int pipe_create_files(struct file *end[2], unsigned flags);

/* ---- pipe_hold.c, for splice --------------------------------------------- */

struct pipe;

/* Return: the pipe of f; NULL: f is no pipe. */
struct pipe *pipe_of(const struct file *f);
/*
 * Copy at most n bytes from the front into buf, without removing them.  No
 * other task can read until pipe_let_go(), which removes `taken` bytes.
 * Return: bytes; 0: end of file; -EAGAIN (nonblock), -ERESTARTSYS: the pipe is
 * not held then.
 */
long pipe_hold(struct pipe *p, void *buf, unsigned long n, bool nonblock);
void pipe_let_go(struct pipe *p, unsigned long taken);
/*
 * Wait for room for a page.  No other task can write until pipe_fill().
 * Return: free bytes; -EAGAIN, -ERESTARTSYS; -EPIPE, with SIGPIPE: the pipe is
 * not held then.
 */
long pipe_reserve(struct pipe *p, bool nonblock);
/*
 * Write the bytes of u into the pipe; if `packet`, as one packet.
 * Return: bytes; -EFAULT, -ENOMEM, -EAGAIN (packet).
 */
long pipe_fill(struct pipe *p, struct uio *u, bool packet);
/*
 * Copy the first n bytes of one pipe to another, as many as are there and as
 * fit, and packets as packets.  Neither pipe changes meanwhile.
 * Return: bytes; 0: no writer left; -EAGAIN: nothing is there or fits, or a
 * splice holds an end; -EPIPE, with SIGPIPE; -ENOMEM.
 */
long pipe_copy(struct pipe *from, struct pipe *to, unsigned long n);
/* Wait until the pipe has bytes (write: room), or no other end is open. */
int pipe_wait(struct pipe *p, bool write, bool packet);
/*
 * True if pipe_hold() returned a packet.
 * Context: between pipe_hold() and pipe_let_go().
 */
bool pipe_holds_packet(const struct pipe *p);

#endif
