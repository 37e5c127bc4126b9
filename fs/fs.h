/* SPDX-License-Identifier: MIT */
/*
 * Bodies of file system calls with plain arguments, for the adapters of
 * 32-bit layouts (compat/compat32/calls.c).  Each returns the result or
 * -errno.
 */
#ifndef FS_FS_H
#define FS_FS_H

#include <fs/vfs.h>

/* The stat family; flags: AT_.  stat_copy() writes the port's uabi_stat. */
long do_fstatat(int dirfd, uaddr_t name, int flags, struct kstat *st);
long do_fstat(int fd, struct kstat *st);
/* As do_fstatat(); also sets *mount to the number of the file's mount, or 0. */
long do_fstatat_mount(int dirfd, uaddr_t name, int flags, struct kstat *st,
		      int *mount);
long stat_copy(uaddr_t to, const struct kstat *st);

/*
 * Split ns into whole seconds (*sec) and the remainder.  Divides only once, as
 * 32-bit machines are slow at dividing 64-bit numbers.
 * Return: the remainder in ns.
 */
static inline u32 split_time(u64 ns, u64 *sec)
{
	*sec = ns / NSEC_PER_SEC;
	return (u32)(ns - *sec * NSEC_PER_SEC);
}

/* The struct flock of F_GETLK, F_SETLK and so on, in the 64-bit layout. */
struct kflock {
	s16 type, whence;
	loff_t start, len;
	int pid;
};
/* cmd: F_GETLK, F_SETLK, F_SETLKW, F_OFD_...; F_GETLK updates *l. */
long do_fcntl_lock(int fd, unsigned cmd, struct kflock *l);

/*
 * Do poll(2) or select(2) until `deadline`: a time of arch_clock() in ns; 0:
 * wait forever; 1: do not wait.  mask NULL: keep the signal mask.
 */
long do_poll(uaddr_t fds, unsigned n, ktime_t deadline, const sigmask_t *mask);
long do_select(int n, uaddr_t in, uaddr_t out, uaddr_t ex, ktime_t deadline,
	       const sigmask_t *mask);
/* Receive messages until the deadline, which is checked after each message. */
long do_recvmmsg(int fd, uaddr_t msgs, unsigned n, unsigned flags,
		 ktime_t deadline);
/*
 * Save the error that ended a receive of several messages for the next call;
 * NULL without extension sockets.
 */
extern void (*recvmmsg_keep)(int fd, long err);
/* Return: the deadline ns nanoseconds from now; 0 (wait forever) if ns < 0. */
ktime_t poll_deadline(s64 ns);
/* Return: the ns left until the deadline, for select to write back. */
s64 poll_left(ktime_t deadline);

/* True if fd is an open file. */
bool fd_is_open(int fd);
/*
 * Handle the lock commands of fcntl(2) in the layouts of 32-bit programs; NULL
 * without extension compat32.
 * Context: fd is open.
 */
extern long (*fcntl_lock32)(int fd, unsigned cmd, uaddr_t at);

#endif
