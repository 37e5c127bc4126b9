/* SPDX-License-Identifier: MIT */
/*
 * Calls that sleep, each so that it never returns unless it is disturbed, and
 * what they sleep on: what interrupted_calls.c disturbs.
 */
#ifndef TEST_SLEEPERS_H
#define TEST_SLEEPERS_H

#include <poll.h>
#include <spawn.h>
#include <sys/select.h>
#include <sys/uio.h>
#include <thread.h>
#include <time.h>
#include "tap.h"

#define LONG_S		1000		/* nobody waits that long */

/* What the sleepers sleep on; set up before they are made. */
static int empty[2], full[2], ep, event, timer, sigs, held, watch;
static int lonely, crowded;		/* listeners: nobody calls; too many */
static int quiet[2], stuffed[2];	/* socket pairs like empty and full */
static pid_t child;			/* of WANTS_CHILD; it never ends */
static volatile int word = 1;

static const struct timespec ages = { LONG_S, 0 };

/* Each returns only when something ended its sleep.  => as the call */
static long s_read(void) { char c; return read(empty[0], &c, 1); }
static long s_write(void) { return write(full[1], "abcd", 4); }
static long s_wait4(void) { return waitpid(-1, NULL, __WALL); }
static long s_waitid(void) { return waitid(P_ALL, 0, NULL, WEXITED); }
static long s_futex(void) { return futex(&word, FUTEX_WAIT, 1, NULL, NULL, 0); }

static long s_sleep(void) { return nanosleep(&ages, NULL); }
static long s_suspend(void) { return sigsuspend(&(sigset_t){ 0 }); }
static long s_fifo_in(void) { return open("fifo", O_RDONLY); }
static long s_fifo_out(void) { return open("fifo2", O_WRONLY); }

static int semaphores;			/* a set of one, which is 0 */

static long s_semop(void)
{
	struct {
		unsigned short num;
		short op, flags;
	} take = { 0, -1, 0 };

#ifdef __i386__
	return syscall(SYS_semtimedop_time64, semaphores, &take, 1, NULL);
#else
	return syscall(SYS_semop, semaphores, &take, 1);
#endif
}

static int messages, full_messages;	/* empty; no room */

static long s_msgrcv(void)
{
	long message[4];

	return syscall(SYS_msgrcv, messages, message, 8, 0, 0);
}

static long s_msgsnd(void)
{
	long message[4] = { 1 };

	return syscall(SYS_msgsnd, full_messages, message, 8, 0);
}

static long s_futex_timed(void)
{
	return futex(&word, FUTEX_WAIT, 1, &ages, NULL, 0);
}

static long s_clock(void)
{
	struct timespec t = { (int64_t)(now_ns() / 1000000000) + LONG_S, 0 };
	int err = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);

	errno = err;
	return err ? -1 : 0;
}

static long s_poll(void)
{
	struct pollfd p = { .fd = empty[0], .events = POLLIN };

	return poll(&p, 1, -1);
}

static long s_ppoll(void)
{
	struct pollfd p = { .fd = full[1], .events = POLLOUT };
	/* writable: Linux does not restart if it cannot store what is left */
	struct timespec left = ages;

	return syscall(ABI_ppoll, &p, 1, &left, &(sigset_t){ 0 }, 8);
}

static long s_select(void)
{
	unsigned long set[1024 / 8 / sizeof(long)] = { 0 };

	set[0] = 1UL << empty[0];
	return syscall(ABI_pselect6, empty[0] + 1, set, NULL, NULL, NULL,
		       NULL);
}

static long s_epoll(void)
{
	char events[64];

	return syscall(SYS_epoll_pwait, ep, events, 1, -1, NULL, 8);
}

static long s_event(void)
{
	uint64_t n;

	return read(event, &n, 8);
}

static long s_timer(void)
{
	uint64_t n;

	return read(timer, &n, 8);
}

static long s_signalfd(void)
{
	char info[128];

	return read(sigs, info, sizeof(info));
}

static long s_flock(void)
{
	int fd = open("held", O_RDWR);
	long r = syscall(SYS_flock, fd, 2);
	int err = errno;

	close(fd);
	errno = err;
	return r;
}

static long s_sigwait(void)
{
	sigset_t s = sigmask(SIGUSR2);

	return sigtimedwait(&s, NULL, NULL);
}

static struct iovec iov = { "x", 1 };

static long s_readv(void) { return readv(empty[0], &iov, 1); }
static long s_writev(void) { return writev(full[1], &iov, 1); }
static long s_pause(void) { return pause(); }
static long s_join(void) { return join(child); }

static long s_preadv2(void)
{
	return syscall(SYS_preadv2, empty[0], &iov, 1, -1L, -1L, 0);
}

static long s_pwritev2(void)
{
	return syscall(SYS_pwritev2, full[1], &iov, 1, -1L, -1L, 0);
}

static long s_splice(void)
{
	return syscall(SYS_splice, empty[0], NULL, full[1], NULL, 1, 0);
}

static long s_tee(void)
{
	return syscall(SYS_tee, empty[0], full[1], 1, 0);
}

static long s_vmsplice(void)
{
	return syscall(SYS_vmsplice, full[1], &iov, 1, 0);
}

static long s_sendfile(void)
{
	int fd = open("/proc/self/exe", O_RDONLY);
	long r = syscall(SYS_sendfile, full[1], fd, NULL, 4096);
	int err = errno;

	close(fd);
	errno = err;
	return r;
}

/* A record of the file whose owner is the test itself. */
static long lock_record(int fd, int cmd)
{
	struct {
		short type, whence;
		long start, len;
		int pid;
	} l = { .type = 1 };

	return fcntl(fd, cmd, &l);
}

static long s_record(void)
{
	int fd = open("records", O_RDWR);
	long r = lock_record(fd, 7);	/* F_SETLKW */
	int err = errno;

	close(fd);
	errno = err;
	return r;
}

static long s_watch(void)
{
	char event[300];

	return read(watch, event, sizeof(event));
}

/* A name in the abstract space of AF_UNIX, of this run alone. */
static struct { unsigned short family; char path[12]; } place = { 1, "" };

static long place_call(int nr, int fd, char which)
{
	memcpy(place.path + 1, "blk", 3);
	place.path[4] = which;
	memcpy(place.path + 5, &(int){ getpid() }, 4);
	return syscall(nr, fd, &place, 2 + 9);
}

static int listening_socket(char which)
{
	int fd = (int)syscall(SYS_socket, 1, 1, 0);

	place_call(SYS_bind, fd, which);
	syscall(SYS_listen, fd, 0);
	return fd;
}

static long s_accept(void)
{
	return syscall(SYS_accept4, lonely, NULL, NULL, 0);
}

static long s_connect(void)
{
	return syscall(SYS_connect, (int)syscall(SYS_socket, 1, 1, 0), &place,
		       2 + 9);
}

/* A message header of this ABI over one byte, and its length for sendmmsg. */
static struct many {
	struct {
		void *name;
		int name_len;
		struct iovec *iov;
		size_t n;
		void *control;
		size_t control_len;
		int flags;
	} h;
	unsigned len;
} message = { .h = { .iov = &iov, .n = 1 } };

static long s_recvfrom(void)
{
	char c;

	return syscall(SYS_recvfrom, quiet[0], &c, 1, 0, NULL, NULL);
}

static long s_recvmsg(void)
{
	return syscall(SYS_recvmsg, quiet[0], &message, 0);
}

static long s_recvmmsg(void)
{
	return syscall(SYS_recvmmsg, quiet[0], &message, 1, 0, NULL);
}

static long s_sendto(void)
{
	return syscall(SYS_sendto, stuffed[0], "x", 1, 0, NULL, 0);
}

static long s_sendmsg(void)
{
	return syscall(SYS_sendmsg, stuffed[0], &message, 0);
}

static long s_sendmmsg(void)
{
	return syscall(SYS_sendmmsg, stuffed[0], &message, 1, 0);
}

static int until_killed(void *arg)
{
	return (int)s_read();
}

/* A vfork whose child does not let go until it is killed. */
static long s_vfork(void)
{
	static char stack[4096] __attribute__((aligned(16)));

	return __clone(until_killed, stack + sizeof(stack),
		       CLONE_VM | CLONE_VFORK | SIGCHLD, NULL, NULL, NULL,
		       NULL);
}

enum { RESTARTS = 1, WANTS_CHILD = 2, NOT_IN_THREAD = 4, HANDLER_LATE = 8,
       STOP_ENDS = 16, OURS_ONLY = 32 };

/* covers: the calls of the table that end in this sleep, or "". */
static const struct sleeper {
	const char *name;
	long (*fn)(void);
	int how;
	const char *covers;
} sleepers[] = {
	{ "read of a pipe", s_read, RESTARTS, "read" },
	{ "write to a pipe", s_write, RESTARTS, "write" },
	{ "readv", s_readv, RESTARTS, "readv" },
	{ "writev", s_writev, RESTARTS, "writev" },
	{ "preadv2", s_preadv2, RESTARTS, "preadv2" },
	{ "pwritev2", s_pwritev2, RESTARTS, "pwritev2" },
	{ "splice", s_splice, RESTARTS, "splice" },
	{ "tee", s_tee, RESTARTS, "tee" },
	{ "vmsplice", s_vmsplice, RESTARTS, "vmsplice" },
	{ "sendfile", s_sendfile, RESTARTS, "sendfile sendfile64" },
	{ "wait4", s_wait4, RESTARTS | WANTS_CHILD, "wait4 waitpid" },
	{ "waitid", s_waitid, RESTARTS | WANTS_CHILD, "waitid" },
	{ "join", s_join, RESTARTS | WANTS_CHILD | OURS_ONLY, "lt_join" },
	{ "futex", s_futex, RESTARTS, "futex futex_time64" },
	{ "futex with a limit", s_futex_timed, 0, "" },
	{ "semop", s_semop, STOP_ENDS,
	  "semop semtimedop semtimedop_time64 ipc" },
	{ "msgrcv", s_msgrcv, 0, "msgrcv" },
	{ "msgsnd", s_msgsnd, 0, "msgsnd" },
	{ "nanosleep", s_sleep, 0, "nanosleep" },
	{ "clock_nanosleep", s_clock, 0,
	  "clock_nanosleep clock_nanosleep_time64" },
	{ "poll", s_poll, 0, "poll" },
	{ "ppoll", s_ppoll, 0, "ppoll ppoll_time64" },
	{ "pselect", s_select, 0,
	  "pselect6 pselect6_time64 select _newselect" },
	{ "epoll_wait", s_epoll, STOP_ENDS,
	  "epoll_wait epoll_pwait epoll_pwait2" },
	{ "pause", s_pause, 0, "pause" },
	{ "sigsuspend", s_suspend, 0, "rt_sigsuspend sigsuspend" },
	{ "sigtimedwait", s_sigwait, STOP_ENDS,
	  "rt_sigtimedwait rt_sigtimedwait_time64" },
	{ "open of a FIFO to read", s_fifo_in, RESTARTS,
	  "open openat openat2" },
	{ "open of a FIFO to write", s_fifo_out, RESTARTS, "creat" },
	{ "read of an eventfd", s_event, RESTARTS, "" },
	{ "read of a timerfd", s_timer, RESTARTS, "" },
	{ "read of a signalfd", s_signalfd, RESTARTS, "" },
	{ "read of an inotify", s_watch, RESTARTS, "" },
	{ "flock", s_flock, RESTARTS, "flock" },
	{ "fcntl", s_record, RESTARTS, "fcntl fcntl64" },
	{ "accept", s_accept, RESTARTS, "accept accept4 socketcall" },
	{ "connect", s_connect, RESTARTS, "connect" },
	{ "recvfrom", s_recvfrom, RESTARTS, "recvfrom" },
	{ "recvmsg", s_recvmsg, RESTARTS, "recvmsg" },
	{ "recvmmsg", s_recvmmsg, RESTARTS, "recvmmsg recvmmsg_time64" },
	{ "sendto", s_sendto, RESTARTS, "sendto" },
	{ "sendmsg", s_sendmsg, RESTARTS, "sendmsg" },
	{ "sendmmsg", s_sendmmsg, RESTARTS, "sendmmsg" },
	{ "vfork", s_vfork, HANDLER_LATE | NOT_IN_THREAD,
	  "vfork clone clone3" },
};

/* A kernel may not have all of them. */
static int is_here(const struct sleeper *s)
{
	if (s->fn == s_splice || s->fn == s_tee || s->fn == s_vmsplice)
		return raw_syscall(SYS_splice, -1, 0, -1, 0, 1, 0) != -ENOSYS;
	if (s->fn == s_signalfd && sigs < 0)
		return 0;
	if (s->fn == s_watch && watch < 0)
		return 0;
	return !(s->how & OURS_ONLY) || !on_other_kernel();
}

static void set_up_sockets(void)
{
	char page[4096] = { 0 };

	syscall(SYS_socketpair, 1, 1, 0, quiet);
	syscall(SYS_socketpair, 1, 1, 0, stuffed);
	fcntl(stuffed[0], F_SETFL, O_NONBLOCK);
	while (write(stuffed[0], page, sizeof(page)) > 0)
		;
	fcntl(stuffed[0], F_SETFL, 0);
	lonely = listening_socket('l');
	crowded = listening_socket('c');
	place_call(SYS_connect, (int)syscall(SYS_socket, 1, 1, 0), 'c');
}

static void set_sleepers_up(void)
{
	sigset_t rare = sigmask(SIGUSR2);
	char page[4096] = { 0 };

	pipe(empty);
	pipe(full);
	fcntl(full[1], F_SETFL, O_NONBLOCK);
	while (write(full[1], page, sizeof(page)) > 0)
		;
	fcntl(full[1], F_SETFL, 0);
	mknod("fifo", S_IFIFO | 0600, 0);
	mknod("fifo2", S_IFIFO | 0600, 0);
	ep = (int)syscall(SYS_epoll_create1, 0);
	event = (int)syscall(SYS_eventfd2, 0, 0);
	semaphores = (int)syscall(SYS_semget, 0, 1, 0600);
	messages = (int)syscall(SYS_msgget, 0, 0600);
	full_messages = (int)syscall(SYS_msgget, 0, 0600);
	memset(page, 1, sizeof(page));	/* any type */
	while (!syscall(SYS_msgsnd, full_messages, page, 1024, 04000))
		;
	timer = (int)syscall(SYS_timerfd_create, CLOCK_MONOTONIC, 0);
	sigs = (int)syscall(SYS_signalfd4, -1, &rare, 8, 0);
	watch = (int)syscall(SYS_inotify_init1, 0);
	close(open("records", O_RDWR | O_CREAT, 0600));
	lock_record(open("records", O_RDWR), 6);	/* F_SETLK */
	held = open("held", O_RDWR | O_CREAT, 0600);
	syscall(SYS_flock, held, 2);
	sigprocmask(SIG_BLOCK, &rare, NULL);
	set_up_sockets();
}

#endif
