/* SPDX-License-Identifier: MIT */
/*
 * The events of the kernel, counted and traced (rows B1, B14, D2): a read of
 * an empty pipe is seen from its entry over the sleep and the wake-up to its
 * return, each state on the way is one of the table's.
 */
#include <spawn.h>
#include "texts.h"

#define EVENTS	"/proc/lectern/events"
#define TRACE	"/proc/lectern/trace"
#define WORK	"/proc/lectern/task_work"

static char text[400000];

static int write_event_file(const char *path, const char *what)
{
	return text_set(path, what) ? -1 : 0;
}

static const char *read_event_file(const char *path)
{
	text_read(path, text, sizeof(text));
	return text;
}

/* The number behind key in the events of a task. */
static long event_count(pid_t pid, const char *key)
{
	char path[64];
	const char *p;

	snprintf(path, sizeof(path), "/proc/%d/lectern_events", pid);
	p = strstr(read_event_file(path), key);
	return p ? atoi(p + strlen(key)) : -1;
}

/* ---- rights -------------------------------------------------------------- */

/* A file that root has opened, read by a stranger. */
static void read_as_stranger(void *arg)
{
	char c;
	int fd = *(int *)arg;

	if (pread(fd, &c, 1, 0) != 1)
		_exit(1);		/* root itself */
	if (setresgid(1000, 1000, 1000) || setresuid(1000, 1000, 1000))
		_exit(2);
	if (pread(fd, &c, 1, 0) != -1 || errno != EACCES)
		_exit(3);
	/* who counts is the reader, not who opened the file */
	_exit(open("/proc/1/lectern_events", O_RDONLY) < 0 &&
	      errno == EACCES ? 0 : 4);
}

static void refuse_strangers(void)
{
	int fd = open("/proc/1/lectern_events", O_RDONLY);

	if (geteuid() == 0)
		check_eq(in_child(read_as_stranger, &fd), 0,
			 "a stranger learns nothing of a program of root");
	close(fd);
}

/* ---- counters ------------------------------------------------------------ */

static void count_events(void)
{
	long a = event_count(getpid(), "syscalls "), b;
	char *p;
	int st;
	int pp[2];
	pid_t pid;
	char c = 0;

	b = event_count(getpid(), "syscalls ");
	for (int i = 0; i < 100; i++)
		getppid();
	/* reading it is a few calls itself, always as many */
	check_eq(event_count(getpid(), "syscalls ") - b, b - a + 100,
		 "a hundred calls are counted");
	a = event_count(getpid(), "page_faults ");
	p = anon_pages(8, PROT_READ | PROT_WRITE);
	for (int i = 0; i < 8; i++)
		p[i * PG] = 1;
	check(event_count(getpid(), "page_faults ") - a >= 1, "page faults");
	munmap(p, 8 * PG);
	a = event_count(getpid(), "interrupts ");
	while (event_count(getpid(), "interrupts ") == a)
		;			/* the clock's come to all who run */
	check(event_count(getpid(), "interrupts ") > a, "interrupts");
	a = event_count(getpid(), "wakeups ");
	usleep(20000);
	check(event_count(getpid(), "wakeups ") > a, "the end of a sleep");
	a = event_count(getpid(), "asts ");
	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR1, SIG_DFL);
	pipe(pp);
	pid = fork();
	if (pid == 0) {
		/* whoever is awake is so because its parent sleeps */
		for (;; write(pp[1], &c, 1))
			comes_to(getppid(), "S");
	}
	for (int i = 0; i < 20; i++)
		read(pp[0], &c, 1);
	check(event_count(getpid(), "switches ") >= 20, "switches");
	check(event_count(getpid(), "wakeups ") >= 20, "wake-ups");
	check(event_count(getpid(), "interrupts ") >= 0, "interrupts");
	kill(pid, SIGKILL);
	waitpid(pid, &st, 0);
	close(pp[0]);
	close(pp[1]);
	check(strstr(read_event_file(EVENTS), "cpu0 syscalls ") != NULL,
	      "a line a CPU");
	check(strstr(text, "trace off") != NULL, "the trace is off");
}

/* ---- the trace ----------------------------------------------------------- */

/* The next line from `from` on that is of task tid and begins with what. */
static const char *find_event(const char *from, pid_t tid, const char *what)
{
	for (const char *p = from; p && *p; p = strchr(p, '\n')) {
		const char *q;

		p += *p == '\n';
		if (!*p)
			break;
		q = strchr(p, ' ');		/* time */
		q = q ? strchr(q + 1, ' ') : NULL;	/* CPU */
		if (!q || atoi(q + 1) != tid)
			continue;
		q = strchr(q + 1, ' ');
		if (q && !strncmp(q + 1, what, strlen(what)))
			return p;
	}
	return NULL;
}

/*
 * Until the process is in that state.  What we do to see it is traced too, so
 * looks become rare before they push what matters out of the ring.
 */
static void traced_until(pid_t pid, char state)
{
	for (unsigned us = 1000; tap_state(pid, pid) != state; us *= 2)
		usleep(us < 10000000 ? us : 10000000);
}

static void pipe_read(void)
{
	char c, want[64];
	const char *p, *t;
	int in[2], out[2], st;
	pid_t pid;

	pipe(in);
	pipe(out);
	pid = fork();
	if (pid == 0) {
		read(out[0], &c, 1);		/* go */
		st = (int)read(in[0], &c, 1);	/* the one to be seen */
		write(out[1], "x", 1);
		_exit(st == 1 ? 0 : 1);
	}
	comes_to(pid, "S");
	check_eq(write_event_file(EVENTS, "1"), 0, "trace on");
	write(out[1], "x", 1);
	traced_until(pid, 'S');
	write(in[1], "y", 1);
	waitpid(pid, &st, 0);
	check_eq(write_event_file(EVENTS, "0\n"), 0, "trace off");
	t = read_event_file(TRACE);
	/* the read before was entered untraced, so it has no line */
	p = find_event(t, pid, "syscall read");
	check(p != NULL, "the system call");
	p = p ? find_event(p, pid, "state running to sleeping") : NULL;
	check(p != NULL, "it goes to sleep");
	p = p ? find_event(p, pid, "switch to ") : NULL;
	check(p != NULL, "another task runs");
	snprintf(want, sizeof(want), "wakeup %d from sleeping", pid);
	p = p ? find_event(p, getpid(), want) : NULL;
	check(p != NULL, "the writer wakes it");
	snprintf(want, sizeof(want), "switch to %d", pid);
	check(p && strstr(p, want), "it is switched to");
	p = p ? find_event(p, pid, "return read 1") : NULL;
	check(p != NULL, "the call returns one byte");
	p = p ? find_event(p, pid, "syscall write") : NULL;
	check(p != NULL, "the next call");
	p = p ? find_event(p, pid, "syscall exit") : NULL;
	p = p ? find_event(p, pid, "state running to zombie") : NULL;
	check(p != NULL, "its end");
	check(strstr(read_event_file(EVENTS), "trace off") != NULL,
	      "off again");
	for (int i = 0; i < 2; i++) {
		close(in[i]);
		close(out[i]);
	}
}

/* Every kind of entry, and a native call. */
static void record_each_kind(void)
{
	char *argv[] = { "true", NULL };
	char *p = anon_pages(1, PROT_READ | PROT_WRITE);
	int ticks = 0;

	madvise(p, PG, MADV_DONTNEED);
	write_event_file(EVENTS, "1");
	*(volatile char *)p = 1;
	spawn("/does/not/exist", argv, argv + 1, NULL, 0, NULL);
	kill(getpid(), SIGCONT);
	write_event_file(EVENTS, "0");
	read_event_file(TRACE);
	munmap(p, PG);
	check(find_event(text, getpid(), "fault write") != NULL, "a fault");
	check(find_event(text, getpid(), "syscall native") != NULL,
	      "a native call");
	check(find_event(text, getpid(), "return native -2") != NULL,
	      "its result");
	/* the clock interrupts somebody, and in the end us */
	for (int i = 0; i < 1000 && !ticks; i++) {
		volatile unsigned long spin = 0;

		write_event_file(EVENTS, "1");
		while (spin < 3000000)
			spin++;
		write_event_file(EVENTS, "0");
		read_event_file(TRACE);
		ticks = find_event(text, getpid(), "interrupt timer") != NULL;
	}
	check(ticks, "the clock");
}

/* The ring keeps the last ones. */
static void overrun_ring(void)
{
	int lines = 0;

	write_event_file(EVENTS, "1");
	for (int i = 0; i < 3000; i++)
		getppid();
	write_event_file(EVENTS, "0");
	for (const char *p = read_event_file(TRACE); (p = strchr(p, '\n')); p++)
		lines++;
	check_eq(lines, 1024, "the ring holds so many");
	check(find_event(text, getpid(), "syscall getppid") != NULL,
	      "the last ones");
	check_eq(write_event_file(EVENTS, "2"), -1, "only 0 and 1 are known");
}

/* Every sleep and end there is, checked against the table as it happens. */
static void state_machine(void)
{
	int p[2], st;
	pid_t pid;
	char c;

	pipe(p);
	write_event_file(EVENTS, "1");
	pid = fork();
	if (pid == 0) {
		raise(SIGSTOP);
		read(p[0], &c, 1);
		_exit(0);
	}
	waitpid(pid, &st, WUNTRACED);
	traced_until(pid, 'T');		/* its stop is told a bit before */
	kill(pid, SIGCONT);
	traced_until(pid, 'S');
	write(p[1], "x", 1);
	waitpid(pid, &st, 0);
	write_event_file(EVENTS, "0");
	read_event_file(TRACE);
	check(find_event(text, pid, "state running to stopped") != NULL,
	      "running to stopped");
	check(strstr(text, "from stopped") != NULL, "stopped to running");
	check(find_event(text, pid, "state running to sleeping") != NULL,
	      "running to sleeping");
	check(find_event(text, pid, "state running to zombie") != NULL,
	      "running to zombie");
	check(find_event(text, pid, "state sleeping to zombie") == NULL,
	      "never from sleep to death");
	close(p[0]);
	close(p[1]);
}

/* ---- task work ----------------------------------------------------------- */

static int runs_so_far(int *last)
{
	const char *p = strstr(read_event_file(WORK), "last ");

	*last = p ? atoi(p + 5) : -1;
	return atoi(text + 4);
}

static void task_work(void)
{
	char me[16];
	int p[2], before, last, st;
	pid_t pid;
	char c;

	before = runs_so_far(&last);
	snprintf(me, sizeof(me), "%d\n", getpid());
	check_eq(write_event_file(WORK, me), 0, "work for oneself");
	check(runs_so_far(&last) == before + 1 && last == getpid(),
	      "was done on the way out of that call");
	pipe(p);
	pid = fork();
	if (pid == 0) {
		read(p[0], &c, 1);
		_exit(0);
	}
	comes_to(pid, "S");
	snprintf(me, sizeof(me), "%d", pid);
	check_eq(write_event_file(WORK, me), 0, "work for one that sleeps");
	usleep(20000);
	check_eq(runs_so_far(&last), before + 1, "does not wake it");
	write(p[1], "x", 1);
	waitpid(pid, &st, 0);
	check(runs_so_far(&last) == before + 2 && last == pid,
	      "and is done when it goes on");
	check_eq(write_event_file(WORK, me), -1, "none for the dead");
	check_eq(write_event_file(WORK, "2"), -1, "nor for kernel threads");
	close(p[0]);
	close(p[1]);
}

int main(void)
{
	if (access(EVENTS, F_OK))
		return tap_skip_all("no " EVENTS);
	refuse_strangers();
	count_events();
	pipe_read();
	record_each_kind();
	overrun_ring();
	state_machine();
	task_work();
	return tap_done();
}
