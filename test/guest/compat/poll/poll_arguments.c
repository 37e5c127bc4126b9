/* SPDX-License-Identifier: MIT */
/*
 * Calls that wait for many files, and those that make such files: which of two
 * bad arguments is told, and what is no fault at all (rows B3, B11).
 */
#include <poll.h>
#include <stdint.h>
#include "arguments.h"
#include "sockets.h"

static int pr[2], file, ep;
static char buf[64];
static struct { uint64_t sec, nsec; } late = { 0, 2000000000 };

static void watch_badly(void)
{
	bad(EINVAL, epoll_create1, MANY_FLAGS);
	bad(EFAULT, epoll_ctl, NO_FD, 1, NO_FD, BAD);
	bad(EFAULT, epoll_ctl, ep, 77, pr[0], BAD);
	bad(EBADF, epoll_ctl, NO_FD, 2, NO_FD, BAD);
	bad(EBADF, epoll_ctl, pr[0], 2, NO_FD, BAD);
	bad(EPERM, epoll_ctl, pr[0], 2, file, BAD);
	bad(EPERM, epoll_ctl, ep, 77, file, buf);
	bad(EPERM, epoll_ctl, file, 1, file, buf);
	bad(EINVAL, epoll_ctl, ep, 2, ep, buf);
	bad(ENOENT, epoll_ctl, ep, 2, pr[0], BAD);
	bad(EINVAL, epoll_pwait, NO_FD, BAD, 0, 0, 0, 8);
	bad(EINVAL, epoll_pwait, NO_FD, BAD, 1, 0, BAD, 7);
	bad(EFAULT, epoll_pwait, NO_FD, BAD, 0, 0, BAD, 8);
	bad(EFAULT, epoll_pwait, NO_FD, NOWHERE, 1, 0, 0, 8);
	bad(EBADF, epoll_pwait, NO_FD, BAD, 1, 0, 0, 8);
	bad(EINVAL, epoll_pwait, pr[0], BAD, 1, 0, 0, 8);
	bad(EFAULT, epoll_pwait2, NO_FD, BAD, 0, BAD, BAD, 7);
	bad(EINVAL, epoll_pwait2, NO_FD, BAD, 0, &late, BAD, 8);
	bad(EINVAL, epoll_pwait2, NO_FD, BAD, 0, 0, BAD, 7);
	bad(EINVAL, ppoll, BAD, 1 << 30, 0, 0, 8);
	bad(EFAULT, ppoll, BAD, 1 << 30, BAD, BAD, 7);
	bad(EINVAL, ppoll, BAD, 1, 0, BAD, 7);
	bad(EFAULT, ppoll, BAD, 1, 0, BAD, 8);
	bad(EFAULT, pselect6, -1, 0, 0, 0, BAD, BAD);
	bad(EINVAL, pselect6, -1, BAD, 0, 0, 0, 0);
	bad(EFAULT, pselect6, -1, 0, 0, 0, 0, BAD);
	bad(EINVAL, eventfd2, 0, MANY_FLAGS);
	bad(EINVAL, signalfd4, NO_FD, BAD, 7, MANY_FLAGS);
	bad(EFAULT, signalfd4, NO_FD, BAD, 8, MANY_FLAGS);
	bad(EINVAL, signalfd4, NO_FD, buf, 8, MANY_FLAGS);
	bad(EBADF, signalfd4, NO_FD, buf, 8, 0);
	bad(EINVAL, signalfd4, pr[0], buf, 8, 0);
	bad(EINVAL, timerfd_create, 99, MANY_FLAGS);
	bad(EFAULT, timerfd_settime, NO_FD, MANY_FLAGS, BAD, BAD);
	bad(EINVAL, timerfd_settime, NO_FD, MANY_FLAGS, buf, BAD);
	bad(EBADF, timerfd_settime, NO_FD, 0, buf, BAD);
	bad(EINVAL, timerfd_settime, pr[0], 0, buf, BAD);
	bad(EBADF, timerfd_gettime, NO_FD, BAD);
	bad(EINVAL, timerfd_gettime, pr[0], BAD);
	bad(EINVAL, pipe2, BAD, MANY_FLAGS);
}

#ifdef SYS__newselect
static long select_for(long sec, long usec)
{
	long t[2] = { sec, usec };

	return raw_syscall(SYS__newselect, 0, NULL, NULL, NULL, t);
}

static void count_microseconds(void)
{
	check_eq(select_for(0, 1000000), 0, "select: 1000000 us are a second");
	check_eq(select_for(-1, 1000000), 0, "and make up for one");
	check_eq(select_for(-2, 1000000), -EINVAL, "but not for two");
	check_eq(select_for(0, -1), -EINVAL, "less than none");
	check_eq(select_for(1, -1000000), 0, "but a whole second less");
}
#else
static void count_microseconds(void)
{
}
#endif

static void read_mask_first(void)
{
	long t[2] = { -1, 0 };

	check_eq(raw_syscall(SYS_pselect6, 0, 0, 0, 0, t, BAD), -EFAULT,
		 "pselect6: where the mask is, before the time");
}

/* Where no descriptors are, there must be room for them nevertheless. */
static void poll_none(void)
{
	struct timespec now = { 0, 0 };

	check_eq(raw_syscall(SYS_ppoll, -1l, 0, &now, NULL, 8), -EFAULT,
		 "ppoll of none at the end of memory");
	check_eq(raw_syscall(SYS_ppoll, NULL, 0, &now, NULL, 8), 0,
		 "of none at its beginning");
}

static void select_paths(void)
{
	unsigned long in[2] = { 0 }, out[2] = { 0 }, ex[2] = { 0 };
	long t[2] = { 0, 0 };
	int fd = open(".", O_PATH);

	in[0] = out[0] = ex[0] = 1ul << fd;
	check_eq(raw_syscall(SYS_pselect6, fd + 1, in, out, ex, t, NULL), 3,
		 "select: O_PATH is ready for everything");
	check(in[0] == 1ul << fd && out[0] == in[0] && ex[0] == in[0],
	      "in each set");
	close(fd);
	check_eq(raw_syscall(SYS_pselect6, fd + 1, in, out, ex, t, NULL),
		 -EBADF, "what is closed is not");
}

static void poll_every_event(void)
{
	struct pollfd p = { .events = 0x40 | 0x80 | 0x100 | 0x200 | 2 };
	int s[2];

	open_pair(SOCK_STREAM, s);
	write(s[1], "x", 1);
	p.fd = s[0];
	check_eq(poll(&p, 1, 0), 1, "POLLRDNORM, POLLWRNORM and kin");
	check_eq(p.revents & ~0x200, 0x40 | 0x100, "both are told");
	p.events = 0;
	close(s[1]);
	check_eq(poll(&p, 1, 0), 1, "without being asked");
	check_eq(p.revents, POLLHUP, "POLLHUP");
	close(s[0]);
	check_eq(poll(&p, 1, 0), 1, "a closed descriptor");
	check_eq(p.revents, POLLNVAL, "POLLNVAL");
}

/* ---- inotify ------------------------------------------------------------- */

static void refuse_unknown_watches(void)
{
	check_eq(raw_syscall(SYS_inotify_add_watch, NO_FD, ".", 0x1001),
		 -EINVAL, "inotify: an event that there is not");
	check_eq(raw_syscall(SYS_inotify_add_watch, NO_FD, ".", 1), -EBADF,
		 "then the descriptor");
}

static void add_watches(void)
{
	int fd = (int)syscall(SYS_inotify_init1, 0), wd;

	wd = (int)syscall(SYS_inotify_add_watch, fd, ".", 2 | 0x1000000);
	check(wd >= 0, "IN_ONLYDIR");
	check_err(ENOTDIR, syscall(SYS_inotify_add_watch, fd, "f",
				   2 | 0x1000000), "a file is none");
	check_err(EEXIST, syscall(SYS_inotify_add_watch, fd, ".",
				  4 | 0x10000000), "IN_MASK_CREATE");
	check(syscall(SYS_inotify_add_watch, fd, "f", 2 | 0x10000000) > wd,
	      "where none is");
	close(fd);
#ifdef SYS_inotify_init
	close((int)syscall(SYS_inotify_init));
#endif
}

int main(void)
{
	tap_scratch("poll_arguments");
	put_file("f", "text", 4, 0600);
	file = open("f", O_RDWR);
	ep = (int)syscall(SYS_epoll_create1, 0);
	if (pipe(pr) || file < 0 || ep < 0)
		tap_bail("descriptors");
	watch_badly();
	count_microseconds();
	read_mask_first();
	poll_none();
	select_paths();
	poll_every_event();
	refuse_unknown_watches();
	add_watches();
	unlink("f");
	tap_scratch_end();
	return tap_done();
}
