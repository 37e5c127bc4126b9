/* SPDX-License-Identifier: MIT */
/*
 * /proc (row D1): the children of a task, the directory of a process that has
 * ended, how many threads a process has that loses its first one.  And files of
 * /proc/sys that a program polls for a change.
 */
#include <poll.h>
#include <thread.h>
#include "tap.h"

static char text[4096];

static const char *read_text(const char *path)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
	return n < 0 ? NULL : text;
}

static int threads_of(pid_t pid)
{
	const char *t = read_text(task_file(pid, "status"));

	t = t ? strstr(t, "\nThreads:") : NULL;
	return t ? atoi(t + 9) : -1;
}

/* => does the task's file of children name this one, and how many? */
static int children_name(pid_t tid, pid_t child, int *n)
{
	char path[64], *at, *rest;
	int found = 0;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", tid);
	*n = -1;
	if (!read_text(path))
		return 0;
	*n = 0;
	for (at = strtok_r(text, " ", &rest); at;
	     at = strtok_r(NULL, " ", &rest)) {
		found |= atoi(at) == child;
		++*n;
	}
	return found;
}

static void ended(void)
{
	static const char *const names[] = {
		"exe", "cwd", "fd", "stat", "task", "no such"
	};
	pid_t pid = start_pausing();
	char buf[256];
	siginfo_t si;
	int dir, n;

	dir = open(task_file(pid, ""), O_RDONLY | O_DIRECTORY);
	check(children_name(getpid(), pid, &n) && n == 1,
	      "a task's file of children names its child");
	check_ok(readlinkat(dir, "exe", buf, sizeof(buf)), "its program");
	kill(pid, SIGKILL);
	waitid(P_PID, pid, &si, WEXITED | WNOWAIT);
	check_eq(threads_of(pid), 1, "a zombie is one thread");
	check(children_name(getpid(), pid, &n) && n == 1,
	      "and still a child");
	wait_status(pid);
	children_name(getpid(), pid, &n);
	check_eq(n, 0, "until it is waited for");
	check_err(ENOENT, open(task_file(pid, "children"), O_RDONLY),
		  "a process itself has no such file");
	for (int i = 0; i < COUNT(names); i++) {
		check_err(ESRCH, readlinkat(dir, names[i], buf, sizeof(buf)),
			  "link %s of one that has ended", names[i]);
		check_err(ESRCH, openat(dir, names[i], O_RDONLY), "file %s",
			  names[i]);
	}
	check_err(ENOENT, syscall(SYS_getdents64, dir, buf, sizeof(buf)),
		  "nor is there a list");
	close(dir);
}

/* The thread that goes on is one of two, until the process ends. */
static void *outlive(void *arg)
{
	(void)arg;
	if (!eventually(tap_state(getpid(), getpid()) == 'Z'))
		syscall(SYS_exit_group, 2);
	syscall(SYS_exit_group, threads_of(getpid()) != 2);
	return NULL;
}

static void lose_leader(void *arg)
{
	struct thread t;

	thread_create(&t, outlive, arg);
	syscall(SYS_exit, 0);
}

static int polled(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLPRI };

	return poll(&p, 1, 0) == 1 ? p.revents : 0;
}

static void poll_name(const char *path, int call)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text));

	if (!check(fd >= 0 && n > 0, "%s", path))
		return;
	check_eq(polled(fd), POLLIN, "nothing has changed");
	check_ok(syscall(call, text, n - 1), "it is set");
	check_eq(polled(fd), POLLIN | POLLPRI | POLLERR, "which a poll tells");
	check_eq(polled(fd), POLLIN, "once");
	close(fd);
}

int main(void)
{
	ended();
	check_eq(in_child(lose_leader, NULL), 0,
		 "a first thread that has ended is counted");
	check(read_text("/proc/stat") && strstr(text, "\nsoftirq "),
	      "/proc/stat counts soft interrupts");
	poll_name("/proc/sys/kernel/hostname", SYS_sethostname);
	poll_name("/proc/sys/kernel/domainname", SYS_setdomainname);
	return tap_done();
}
