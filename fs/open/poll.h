/* SPDX-License-Identifier: MIT */
/* Asking a file for events. */
#ifndef FS_OPEN_POLL_H
#define FS_OPEN_POLL_H

#include <fs/vfs.h>

struct poll_set;		/* poll.c: one call's entries on wait queues */

/* What poll_wait() does with a queue that a file names. */
struct poll_table {
	void (*queue)(struct poll_table *t, struct wait_queue *q);
};

#define POLL_ALWAYS (POLLERR | POLLHUP)	/* reported asked for or not */
#define POLL_NO_WAIT 1			/* a deadline long past */

/*
 * The POLL bits of events that f has now, errors and hang-ups too; with a
 * table f's queues are given to it.
 */
unsigned file_poll(struct file *f, struct poll_table *t, unsigned events);
/*
 * Which of `events` the descriptor has; with a set, its queues are entered.
 * Return: POLL bits; POLLNVAL: no such descriptor.
 */
unsigned poll_fd(int fd, struct poll_set *t, unsigned events);
/*
 * Call scan until it counts something, the deadline passes or a signal comes;
 * it gets a set only as long as entries are still to be queued.
 * Context: may sleep.
 * Return: scan's count; 0: the time is over; -ENOMEM, -ERESTARTNOHAND.
 */
long poll_loop(long (*scan)(void *arg, struct poll_set *t), void *arg,
	       ktime_t deadline);
/* poll(2) until the deadline of poll_deadline(), restarting by itself. */
long poll_until(uaddr_t fds, unsigned n, ktime_t deadline);

/*
 * The signal mask of ppoll, pselect and epoll_pwait (NULL: none).  leave: a
 * call that a signal ended (-ERESTARTNOHAND, -EINTR) keeps the mask until the
 * handler has been chosen under it; then the frame puts the old one back.
 */
sigmask_t poll_mask_enter(const sigmask_t *mask);
void poll_mask_leave(const sigmask_t *mask, sigmask_t old, long result);
/*
 * A user's mask argument; at 0: *m stays unset.
 * Return: 0, -EINVAL, -EFAULT.
 */
int poll_mask_get(sigmask_t *m, uaddr_t at, unsigned long size);
/* A user's 64-bit struct timespec as a deadline; 0: for ever. */
int poll_deadline_get(uaddr_t at, ktime_t *deadline);
/* Store what is left of it to the user; at 0: nowhere.  Return: 0, -EFAULT. */
int poll_put_left(uaddr_t at, ktime_t deadline);
/*
 * How a call ends that tells what is left of its timeout, unless the program's
 * personality is STICKY_TIMEOUTS: poll_tells_left() asks for that.
 * told: it was stored; a store that fails is no error, but a call that is not
 * told of it cannot be made again.
 * Return: what the call returns for `found`.
 */
bool poll_tells_left(void);
long poll_end(long found, uaddr_t timeout, bool told);
/* All of that for a 64-bit struct timespec. */
long poll_tell_left(long found, uaddr_t timeout, ktime_t deadline);

#endif
