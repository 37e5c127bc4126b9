/* SPDX-License-Identifier: MIT */
/*
 * Descriptors of processes (rows B5, B16): what they name, what can be done
 * with them, and that a number used again is not mistaken for the process.
 */
#include <poll.h>
#include <thread.h>
#include "tap.h"

#define PIDFD_NONBLOCK	O_NONBLOCK

static int pidfd_open(pid_t pid, unsigned flags)
{
	return (int)syscall(SYS_pidfd_open, pid, flags);
}

static int send_signal(int fd, int sig, siginfo_t *si, unsigned flags)
{
	return (int)syscall(SYS_pidfd_send_signal, fd, sig, si, flags);
}

static int getfd(int pidfd, int fd, unsigned flags)
{
	return (int)syscall(SYS_pidfd_getfd, pidfd, fd, flags);
}

/* A child that exits with 7 when the other end of the pipe is closed. */
static pid_t start_until_closed(int *end)
{
	int p[2];
	char c;
	pid_t pid;

	if (pipe(p))
		tap_bail("pipe");
	pid = fork();
	if (pid == 0) {
		close(p[1]);
		read(p[0], &c, 1);
		_exit(7);
	}
	close(p[0]);
	*end = p[1];
	return pid;
}

static int pidfd_readable(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, ms) == 1 && p.revents & POLLIN;
}

static void open_pidfds(void)
{
	int end, fd;
	pid_t pid = start_until_closed(&end);
	char c;

	fd = pidfd_open(pid, 0);
	check(fd >= 0, "pidfd_open");
	check_eq(fcntl(fd, F_GETFD), FD_CLOEXEC, "closes on exec");
	check_err(EINVAL, read(fd, &c, 1), "nothing to read in it");
	check_err(EINVAL, pidfd_open(pid, 1), "unknown flag");
	check_err(EINVAL, pidfd_open(0, 0), "number 0");
	check_err(EINVAL, pidfd_open(-1, 0), "number -1");
	check_err(ESRCH, pidfd_open(0x3ffffff, 0), "no such process");
	check(!pidfd_readable(fd, 0), "not readable while it lives");
	close(end);
	check(pidfd_readable(fd, -1), "readable at its end");
	waitpid(pid, NULL, 0);
	check(pidfd_readable(fd, 0), "and after it was waited for");
	check_err(ESRCH, send_signal(fd, 0, NULL, 0),
		  "then it takes no signal");
	check_err(ESRCH, getfd(fd, 0, 0), "and has no files");
	check_err(ECHILD, waitid(P_PIDFD, fd, NULL, WEXITED), "nor is a child");
	check_err(ESRCH, pidfd_open(pid, 0), "its number means nothing");
	close(fd);
}

static void fdinfo_of_pidfd(int fd)
{
	char path[64], text[512], want[32];
	int f;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = open(path, O_RDONLY);
	n = read(f, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	close(f);
	snprintf(want, sizeof(want), "Pid:\t%d\n", getpid());
	check(strstr(text, want) != NULL, "fdinfo names the process");
}

static volatile int got, got_value;

static void note_value(int sig, siginfo_t *si, void *uc)
{
	got = sig;
	got_value = si->si_value.sival_int;
}

static void signalling(void)
{
	struct sigaction sa = { .sa_sigaction = note_value,
			       .sa_flags = SA_SIGINFO };
	siginfo_t si;
	int fd = pidfd_open(getpid(), 0), end, other, st;
	pid_t pid;

	fdinfo_of_pidfd(fd);
	sigaction(SIGUSR1, &sa, NULL);
	check_ok(send_signal(fd, SIGUSR1, NULL, 0), "a signal to oneself");
	check_eq(got, SIGUSR1, "it came");
	memset(&si, 0, sizeof(si));
	si.si_signo = SIGUSR1;
	si.si_code = SI_QUEUE;
	si.si_value.sival_int = 42;
	check_ok(send_signal(fd, SIGUSR1, &si, 0), "with a value");
	check_eq(got_value, 42, "it came");
	si.si_signo = SIGUSR2;
	check_err(EINVAL, send_signal(fd, SIGUSR1, &si, 0),
		  "the two must name one signal");
	check_err(EFAULT, send_signal(fd, SIGUSR1, BAD, 0), "bad pointer");
	check_err(EINVAL, send_signal(fd, 65, NULL, 0), "bad signal");
	check_err(EINVAL, send_signal(fd, 0, NULL, 0x80), "bad flags");
	for (unsigned to = 1; to <= 4; to <<= 1) {
		/* a thread, a process, a group: where they are known */
		int r = send_signal(fd, 0, NULL, to);

		check(r == 0 || (r == -1 && errno == EINVAL), "to %u", to);
	}
	si.si_signo = 0;
	si.si_code = SI_USER;
	check(send_signal(fd, 0, &si, 4) == -1 &&
	      (errno == EPERM || errno == EINVAL),
	      "one's group cannot be told it is a kill");
	check_err(EBADF, send_signal(999, 0, NULL, 0), "no descriptor");
	check_err(EBADF, send_signal(0, 0, NULL, 0), "not of a process");
	pid = start_until_closed(&end);
	other = pidfd_open(pid, 0);
	si.si_signo = SIGTERM;
	si.si_code = SI_USER;
	check_err(EPERM, send_signal(other, SIGTERM, &si, 0),
		  "others cannot be told it is a kill");
	check_ok(send_signal(other, SIGTERM, NULL, 0), "a signal to a child");
	waitpid(pid, &st, 0);
	check(WIFSIGNALED(st) && WTERMSIG(st) == SIGTERM, "it died of it");
	close(end);
	close(other);
	close(fd);
}

/* An open folder /proc/PID is as good, for signals only. */
static void by_folder(void)
{
	int end, fd, other, st;
	pid_t pid = start_until_closed(&end);
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d", pid);
	fd = open(path, O_RDONLY | O_DIRECTORY);
	check_ok(send_signal(fd, 0, NULL, 0), "a folder of /proc, signal 0");
	check_err(EBADF, getfd(fd, 0, 0), "it gives no descriptors");
	check_err(EBADF, waitid(P_PIDFD, fd, NULL, WEXITED), "nor waits");
	other = open(path, O_PATH);
	check_err(EBADF, send_signal(other, 0, NULL, 0), "not by O_PATH");
	close(other);
	snprintf(path, sizeof(path), "/proc/%d/task/%d", pid, pid);
	other = open(path, O_RDONLY);
	check_err(EBADF, send_signal(other, 0, NULL, 0), "not of a thread");
	close(other);
	other = open("/proc", O_RDONLY);
	check_err(EBADF, send_signal(other, 0, NULL, 0), "not /proc itself");
	close(other);
	check_ok(send_signal(fd, SIGTERM, NULL, 0), "it ends the process");
	waitpid(pid, &st, 0);
	check(WIFSIGNALED(st) && WTERMSIG(st) == SIGTERM, "it died of it");
	check_err(ESRCH, send_signal(fd, 0, NULL, 0), "then it means nobody");
	close(fd);
	close(end);
}

/* The child's number is used again, but the descriptor still means it. */
static void not_fooled(void)
{
	int end, fd, st, same = 0;
	pid_t pid = start_until_closed(&end), other;

	fd = pidfd_open(pid, 0);
	close(end);
	waitpid(pid, &st, 0);
	for (int i = 0; i < 40000 && !same; i++) {
		other = fork();
		if (other == 0) {
			pause();
			_exit(0);
		}
		same = other == pid;
		if (same)
			check_err(ESRCH, send_signal(fd, SIGKILL, NULL, 0),
				  "a new process of the number is not meant");
		kill(other, SIGKILL);
		waitpid(other, &st, 0);
		if (i == 200 && !same)
			break;
	}
	if (!same)
		tap_skip("a new process of the number", "it takes too long");
	close(fd);
}

static void get_descriptors(void)
{
	int end, fd, copy, p[2];
	pid_t pid;
	char c = 0;

	pipe(p);
	pid = start_until_closed(&end);	/* inherits p */
	close(p[0]);
	fd = pidfd_open(pid, 0);
	copy = getfd(fd, p[0], 0);
	check(copy >= 0, "pidfd_getfd");
	check_eq(fcntl(copy, F_GETFD), FD_CLOEXEC, "closes on exec");
	write(p[1], "x", 1);
	check(read(copy, &c, 1) == 1 && c == 'x', "it is the same pipe");
	check_err(EBADF, getfd(fd, 999, 0), "a descriptor it has not");
	check_err(EINVAL, getfd(fd, 0, 1), "flags");
	check_err(EBADF, getfd(p[1], 0, 0), "not a pidfd");
	close(copy);
	close(p[1]);
	close(end);
	waitpid(pid, NULL, 0);
	close(fd);
}

static void wait_by_pidfd(void)
{
	int end, fd, slow;
	pid_t pid = start_until_closed(&end);
	siginfo_t si;

	fd = pidfd_open(pid, PIDFD_NONBLOCK);
	slow = pidfd_open(pid, 0);
	check_err(EAGAIN, waitid(P_PIDFD, fd, &si, WEXITED),
		  "PIDFD_NONBLOCK: the wait does not block");
	si.si_pid = 77;
	check(waitid(P_PIDFD, slow, &si, WEXITED | WNOHANG) == 0 &&
	      si.si_pid == 0, "WNOHANG: not yet");
	close(end);
	check_eq(waitid(P_PIDFD, slow, &si, WEXITED | WNOWAIT), 0, "WNOWAIT");
	check_eq(si.si_status, 7, "status");
	check_eq(waitid(P_PIDFD, fd, &si, WEXITED), 0, "then for good");
	check(si.si_pid == pid && si.si_code == CLD_EXITED, "who and how");
	check_err(EBADF, waitid(P_PIDFD, 999, &si, WEXITED), "no descriptor");
	check_err(EINVAL, waitid(P_PIDFD, -1, &si, WEXITED), "below zero");
	check_err(EBADF, waitid(P_PIDFD, 0, &si, WEXITED), "no pidfd");
	close(fd);
	close(slow);
	fd = pidfd_open(getppid(), 0);
	check_err(ECHILD, waitid(P_PIDFD, fd, &si, WEXITED), "not a child");
	close(fd);
}

static volatile int tid;

static void *show_tid(void *arg)
{
	tid = gettid();
	while (tid)
		usleep(1000);
	return arg;
}

static void of_threads(void)
{
	struct thread t;

	thread_create(&t, show_tid, NULL);
	while (!tid)
		usleep(1000);
	errno = 0;
	check(pidfd_open(tid, 0) == -1 && (errno == EINVAL || errno == ENOENT),
	      "a thread's number names no process");
	tid = 0;
	thread_join(&t);
}

int main(void)
{
	open_pidfds();
	signalling();
	by_folder();
	not_fooled();
	get_descriptors();
	wait_by_pidfd();
	of_threads();
	return tap_done();
}
