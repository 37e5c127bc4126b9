/* SPDX-License-Identifier: MIT */
/* Asking a file for events. */
#ifndef FS_POLL_H
#define FS_POLL_H

#include <fs/vfs.h>

/*
 * The POLL bits of events that f has now, errors and hang-ups too; with a
 * table the caller is queued for later ones.
 */
unsigned file_poll(struct file *f, struct poll_table *t, unsigned events);
/* poll(2) until the deadline of poll_deadline(), restarting by itself. */
long poll_until(uaddr_t fds, unsigned n, ktime_t deadline);

#endif
