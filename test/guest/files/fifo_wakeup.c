/* SPDX-License-Identifier: MIT */
/*
 * Who waits for another one's turn (rows B5, B11): readers of one terminal
 * one of whom must be killable while the first sleeps on; a FIFO's partner
 * who comes and goes at once; all that wait on one epoll set.
 */
#include <sys/stat.h>
#include <thread.h>
#include "epoll.h"
#include "tap.h"

#define TIOCSPTLCK	0x40045431
#define TIOCGPTN	0x80045430

static int open_slave(int *master)
{
	int n = 0, no = 0;
	char name[32];

	*master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	if (*master < 0 || syscall(SYS_ioctl, *master, TIOCGPTN, &n) ||
	    syscall(SYS_ioctl, *master, TIOCSPTLCK, &no))
		tap_bail("/dev/ptmx");
	snprintf(name, sizeof(name), "/dev/pts/%d", n);
	return open(name, O_RDWR | O_NOCTTY);
}

static pid_t start_fifo_reader(int fd)
{
	pid_t pid = fork();
	char c;

	if (pid == 0) {
		read(fd, &c, 1);
		_exit(c == 'x' ? 1 : 2);
	}
	comes_to(pid, "SD");
	return pid;
}

static void terminal(void)
{
	int master, fd = open_slave(&master), st = 0;
	pid_t first = start_fifo_reader(fd), second = start_fifo_reader(fd);
	char c;

	fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK);
	check_err(EAGAIN, read(fd, &c, 1), "who does not block does not wait");
	fcntl(fd, F_SETFL, O_RDWR);
	kill(second, SIGKILL);
	check(waitpid(second, &st, 0) == second && st == SIGKILL,
	      "who waits for his turn can be killed");
	write(master, "x\n", 2);
	check(waitpid(first, &st, 0) == first && st == 1 << 8,
	      "the first reads on");
	close(fd);
	close(master);
}

static void fifo(void)
{
	int fd, st, bad = 0;

	syscall(SYS_mknodat, AT_FDCWD, "fifo", S_IFIFO | 0600, 0);
	for (int i = 0; i < 500; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			close(open("fifo", O_WRONLY));
			_exit(0);
		}
		fd = open("fifo", O_RDONLY);
		bad += fd < 0;
		close(fd);
		waitpid(pid, &st, 0);
		bad += st != 0;
	}
	check_eq(bad, 0, "a partner of a moment is a partner");
	unlink("fifo");
}

static int ep, event;

static void *wait_set(void *arg)
{
	struct epoll_event out;

	syscall(SYS_epoll_pwait, ep, &out, 1, -1, NULL, 8);
	return arg;
}

static void wake_whole_set(void)
{
	struct epoll_event e = { .events = EPOLLIN };
	uint64_t one = 1;

	for (int i = 0; i < 100; i++) {
		struct thread t[3];

		ep = (int)syscall(SYS_epoll_create1, 0);
		event = (int)syscall(SYS_eventfd2, 0, 0);
		syscall(SYS_epoll_ctl, ep, 1, event, &e);
		for (int k = 0; k < COUNT(t); k++)
			thread_create(&t[k], wait_set, NULL);
		write(event, &one, 8);
		for (int k = 0; k < COUNT(t); k++)
			thread_join(&t[k]);
		close(event);
		close(ep);
	}
	check(1, "what stays ready is told to all who wait");
}

int main(void)
{
	tap_scratch("fifo_wakeup");
	terminal();
	fifo();
	wake_whole_set();
	tap_scratch_end();
	return tap_done();
}
