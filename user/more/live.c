/* SPDX-License-Identifier: MIT */
/*
 * live [PORT]: write what happens in the machine to PORT, as lines of JSON, and
 * take commands from there, for ./lectern live and the page (docs/live.md).
 * Without PORT it is the file that LECTERN_LIVE names, else /dev/ttyS1.
 *
 * It closes its standard output once it has begun.  SIGTERM ends it, after
 * a last look.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include "live/live.h"

#define PORT_WAIT_MS	5000	/* for the host to announce its ports */
#define LOOK_MS		50	/* between two looks into the pipe */
#define TASKS_LOOKS	5	/* looks between two lists of tasks, at least */
#define LINE_MAX_BYTES	200

pid_t self, chosen;
static volatile int ending;

static void on_term(int sig)
{
	(void)sig;
	ending = 1;
}

/* A terminal must pass every byte on, and echo none. */
static void make_raw(int fd)
{
	struct termios t;

	if (tcgetattr(fd, &t))
		return;
	t.c_iflag = 0;
	t.c_oflag = 0;
	t.c_lflag = 0;
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	tcsetattr(fd, TCSANOW, &t);
}

static int open_port(const char *path)
{
	const struct timespec step = { 0, 10 * 1000000 };
	int fd = -1;

	for (int ms = 0; ms < PORT_WAIT_MS; ms += 10) {
		fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
		if (fd >= 0 || errno != ENOENT || !strstr(path, "vport"))
			break;
		nanosleep(&step, NULL);
	}
	if (fd < 0) {
		dprintf(2, "live: %s: %s\n", path, strerror(errno));
		exit(1);
	}
	make_raw(fd);
	return fd;
}

static void refuse(const char *why, const char *what)
{
	out("{\"is\":\"refused\",\"why\":");
	out_text(why, strlen(why));
	out(",\"what\":");
	out_text(what, strlen(what));
	out("}\n");
}

/* ---- commands ------------------------------------------------------------ */

static void on_command(char *line)
{
	char *end;
	long pid;

	if (!strncmp(line, "space ", 6)) {
		pid = strtol(line + 6, &end, 10);
		if (end == line + 6 || *end || pid < 0) {
			refuse("not a process", line);
			return;
		}
		chosen = (pid_t)pid;
		space_show(1);
	} else if (!strcmp(line, "tasks")) {
		tasks_show();
	} else if (!strcmp(line, "kinds") || !strncmp(line, "kinds ", 6)) {
		if (trace_kinds(line + 5 + (line[5] == ' ')))
			refuse("no such kind of events", line);
	} else {
		refuse("no such command", line);
	}
}

/* Return: 0, or -1: the host has closed the port. */
static int take_commands(int port)
{
	static char line[LINE_MAX_BYTES];
	static size_t used;
	char buf[256];
	ssize_t n = read(port, buf, sizeof(buf));

	if (n <= 0)
		return n < 0 && errno == EINTR ? 0 : -1;
	for (ssize_t i = 0; i < n; i++) {
		if (buf[i] != '\n') {
			if (used < sizeof(line) - 1)
				line[used++] = buf[i];
			continue;
		}
		line[used] = '\0';
		used = 0;
		on_command(line);
	}
	return 0;
}

/* ---- looks --------------------------------------------------------------- */

/* events: the kernel has them; without, tasks are listed at intervals. */
static void look(int events)
{
	static int since, due = 1;
	struct look seen;

	trace_look(&seen);
	due |= seen.events || !events;
	if (seen.family || (due && ++since >= TASKS_LOOKS)) {
		tasks_show();
		since = due = 0;
	}
	if (seen.chosen)
		space_show(0);
	out_flush();
}

static void follow(int port, int events)
{
	struct pollfd p = { .fd = port, .events = POLLIN };

	while (!ending && !out_failed()) {
		p.revents = 0;
		if (poll(&p, 1, LOOK_MS) > 0 &&
		    (p.revents & POLLHUP || take_commands(port)))
			break;
		look(events);
	}
}

int main(int argc, char **argv)
{
	const char *path = argc > 1 ? argv[1] : getenv("LECTERN_LIVE");
	struct sigaction sa = { .sa_handler = on_term };
	int port = open_port(path ? path : "/dev/ttyS1"), events;

	self = getpid();
	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGTERM, &sa, NULL);
	out_to(port);
	out("{\"is\":\"hello\",\"version\":1,\"cpus\":%ld,\"self\":%d}\n",
	    sysconf(_SC_NPROCESSORS_ONLN), self);
	events = !trace_begin();
	if (!events)
		refuse("this kernel reports no events", "/sys/kernel/tracing");
	tasks_show();
	out_flush();
	close(1);
	follow(port, events);
	look(events);
	trace_end();
	out("{\"is\":\"end\"}\n");
	out_flush();
	close(port);
	return 0;
}
