/* SPDX-License-Identifier: MIT */
/*
 * Bodies of file system calls with plain arguments, for the adapters of
 * 32-bit layouts (compat/compat32/calls.c).  Each returns the result or
 * -errno.
 */
#ifndef FS_FS_H
#define FS_FS_H

#include <fs/vfs.h>

/* stat family: flags are AT_.  stat_copy writes the port's struct uabi_stat. */
long do_fstatat(int dirfd, uaddr_t name, int flags, struct kstat *st);
long do_fstat(int fd, struct kstat *st);
/* With the number of its mount, or 0. */
long do_fstatat_mount(int dirfd, uaddr_t name, int flags, struct kstat *st,
		      int *mount);
long stat_copy(uaddr_t to, const struct kstat *st);

/* One division, not a second for the rest: 32-bit machines are slow at it. */
static inline u32 split_time(u64 ns, u64 *sec)
{
	*sec = ns / NSEC_PER_SEC;
	return (u32)(ns - *sec * NSEC_PER_SEC);
}

/* F_GETLK and friends, in the 64-bit layout. */
struct kflock {
	s16 type, whence;
	loff_t start, len;
	int pid;
};
/* cmd: F_GETLK, F_SETLK, F_SETLKW, F_OFD_...; l is updated by a GETLK. */
long do_fcntl_lock(int fd, unsigned cmd, struct kflock *l);

/*
 * poll and select until `deadline` (arch_clock() ns; 0: for ever; 1: do not
 * wait).  mask NULL: leave the signal mask.
 */
long do_poll(uaddr_t fds, unsigned n, ktime_t deadline, const sigmask_t *mask);
long do_select(int n, uaddr_t in, uaddr_t out, uaddr_t ex, ktime_t deadline,
	       const sigmask_t *mask);
/* Messages until that deadline, which is looked at after each of them. */
long do_recvmmsg(int fd, uaddr_t msgs, unsigned n, unsigned flags,
		 ktime_t deadline);
/*
 * A timeout as a deadline for them, at most the last there is; -1 ns: for ever.
 */
ktime_t poll_deadline(s64 ns);
/* ns left until deadline, for select's write-back. */
s64 poll_left(ktime_t deadline);

/* Does fd name an open file? */
bool fd_is_open(int fd);
/* fcntl(2) of locks in the layouts of 32-bit programs, or NULL; fd is open. */
extern long (*fcntl_lock32)(int fd, unsigned cmd, uaddr_t at);

#endif
