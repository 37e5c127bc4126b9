/* SPDX-License-Identifier: MIT */
/* Polling a file for events. */
#ifndef FS_OPEN_POLL_H
#define FS_OPEN_POLL_H

#include <fs/vfs.h>

struct poll_set;		/* poll.c: the wait-queue entries of one call */

/*
 * State of a poll: queue() is called with each wait queue that .poll of a file
 * passes to poll_wait().
 */
struct poll_table {
	void (*queue)(struct poll_table *t, struct wait_queue *q);
};

#define POLL_ALWAYS (POLLERR | POLLHUP)	/* reported even if not requested */
#define POLL_NO_WAIT 1			/* a deadline in the past */

/*
 * Return: the POLL bits of `events` that f has now, and errors and hang-ups.
 * With a table, f's queues are passed to it.
 */
unsigned file_poll(struct file *f, struct poll_table *t, unsigned events);
/*
 * Poll a descriptor for `events`.  t: put entries of this set on the wait
 * queues of the file; NULL: queue nothing.
 * Return: POLL bits; POLLNVAL: no such descriptor.
 */
unsigned poll_fd(int fd, struct poll_set *t, unsigned events);
/*
 * Call scan until it returns nonzero, the deadline passes or a signal comes;
 * scan gets a set only while entries are still to be queued.
 * Context: may sleep.
 * Return: scan's result; 0: the deadline has passed; -ENOMEM, -ERESTARTNOHAND.
 */
long poll_loop(long (*scan)(void *arg, struct poll_set *t), void *arg,
	       ktime_t deadline);
/*
 * Do poll(2) until a deadline from poll_deadline(); restart the call after a
 * stop signal.
 */
long poll_until(uaddr_t fds, unsigned n, ktime_t deadline);

/*
 * poll_mask_enter() sets the signal mask of ppoll, pselect and epoll_pwait
 * (NULL: none) and returns the old mask; poll_mask_leave() restores the old
 * mask.  A call that a signal ended (result -ERESTARTNOHAND or -EINTR) keeps
 * its mask until the handler has been chosen under it; then the signal frame
 * restores the old mask.
 */
sigmask_t poll_mask_enter(const sigmask_t *mask);
void poll_mask_leave(const sigmask_t *mask, sigmask_t old, long result);
/*
 * Read a signal mask from user memory.  If `at` is 0, *m stays unset.
 * Return: 0, -EINVAL, -EFAULT.
 */
int poll_mask_get(sigmask_t *m, uaddr_t at, unsigned long size);
/* Convert a 64-bit struct timespec in user memory to a deadline; 0: forever. */
int poll_deadline_get(uaddr_t at, ktime_t *deadline);
/*
 * Store the time left in user memory; if `at` is 0, do nothing.
 * Return: 0, -EFAULT.
 */
int poll_put_left(uaddr_t at, ktime_t deadline);
/*
 * For calls that store the time left of their timeout.  poll_tells_left(): true
 * if the time is to be stored, which a personality with STICKY_TIMEOUTS
 * forbids.  poll_end(): find the result of the call from `found`, the result of
 * the wait.  told: the time was stored.  If the time was not stored, a call
 * that a signal ended is not restarted, but fails with EINTR.
 */
bool poll_tells_left(void);
long poll_end(long found, uaddr_t timeout, bool told);
/* As poll_end(), after storing the time left in a 64-bit struct timespec. */
long poll_tell_left(long found, uaddr_t timeout, ktime_t deadline);

#endif
