/* SPDX-License-Identifier: MIT */
/*
 * Storms of several hogs that pin kernel memory, of which no page is theirs
 * (row D13): mappings, threads, processes, open files, what waits in epoll,
 * inotify, poll and signal queues, timers, locks, texts of /proc, System V's
 * undo.  As in oom_storms.c, a hog of the user's dies for it each time, never
 * root's innocent parent, though that is larger than what the hogs map.
 */
#include <poll.h>
#include <sched.h>
#include <thread.h>

#define OURS		2000		/* pages of root's parent */
#include "storm.h"

#define MAPPINGS	30000
#define KIDS		200		/* of each hog */
#define STACK		16384
#define SIGRT		40
#define EPOLL_CTL_ADD	1
#define IN_SOME		0x6		/* IN_MODIFY, IN_ATTRIB */
#define EVENTS		8192		/* of each kind: a queue is full */
#define F_SETLK		6
#define SEM_UNDO	0x1000
#define AF_UNIX		1
#define SOCK_STREAM	1

/* ---- in one process ------------------------------------------------------ */

/* One mapping, and every other page of it has other rights. */
static char *split(void)
{
	char *p = mmap(NULL, 2 * MAPPINGS * PG, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	for (int i = 0; p != MAP_FAILED && i < MAPPINGS; i++)
		if (mprotect(p + 2 * (unsigned long)i * PG, PG, PROT_READ))
			break;
	return p;
}

static void pin_mappings(void)
{
	split();
	take_pages_for_ever();
}

static void pin_open_files(void)
{
	while (open("/dev/null", O_RDONLY) >= 0)
		;
	take_pages_for_ever();
}

static void pin_eventfds(void)
{
	while (syscall(SYS_eventfd2, 0, 0) >= 0)
		;
	take_pages_for_ever();
}

static void empty_pipes(void)
{
	int p[2];

	while (pipe2(p, O_NONBLOCK) == 0)
		;
	take_pages_for_ever();
}

static void empty_sockets(void)
{
	int p[2];

	while (syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, p) == 0)
		;
	take_pages_for_ever();
}

static void epoll_items(void)
{
	static struct { uint32_t events; uint64_t data; } e;
	int fds[500];

	for (int i = 0; i < COUNT(fds); i++)
		fds[i] = (int)syscall(SYS_eventfd2, 0, 0);
	for (;;) {
		long ep = syscall(SYS_epoll_create1, 0);

		if (ep < 0)
			break;
		for (int i = 0; i < COUNT(fds); i++)
			syscall(SYS_epoll_ctl, ep, EPOLL_CTL_ADD, fds[i], &e);
	}
	take_pages_for_ever();
}

/* Two kinds of events in turn, as equal ones in a row are one. */
static void inotify_events(void)
{
	int fd = (int)syscall(SYS_memfd_create, "watched", 0);
	char file[32];

	snprintf(file, sizeof(file), "/proc/self/fd/%d", fd);
	for (;;) {
		long in = syscall(SYS_inotify_init1, 0);

		if (in < 0 ||
		    syscall(SYS_inotify_add_watch, in, file, IN_SOME) < 0)
			break;
	}
	for (int i = 0; i < EVENTS; i++)
		if (fchmod(fd, 0600) || write(fd, "", 1) != 1)
			break;
	take_pages_for_ever();
}

static void pin_locks(void)
{
	/* as fcntl(2) takes it on both machines: F_RDLCK, SEEK_SET */
	struct { short type, whence; long start, len; int pid; } l = { 0 };
	int bad = 0;

	l.len = 1;

	while (!bad) {
		int fd = (int)syscall(SYS_memfd_create, "locks", 0);

		bad = fd < 0;
		for (int i = 0; !bad && i < 500; i++) {
			l.start = 2 * i;
			bad = fcntl(fd, F_SETLK, &l) != 0;
		}
	}
	take_pages_for_ever();
}

static void proc_texts(void)
{
	char c;
	int fd;

	split();
	while ((fd = open("/proc/self/maps", O_RDONLY)) >= 0 &&
	       read(fd, &c, 1) == 1)
		;
	take_pages_for_ever();
}

static void pin_terminals(void)
{
	while (open("/dev/ptmx", O_RDWR | O_NOCTTY) >= 0)
		;
	take_pages_for_ever();
}

/* ---- in many processes --------------------------------------------------- */

static void kids(void (*fn)(void))
{
	for (int i = 0; i < KIDS; i++) {
		pid_t pid = fork();

		if (pid < 0)
			break;
		if (pid == 0) {
			fn();
			for (;;)
				pause();
		}
	}
	take_pages_for_ever();
}

static void use_no_more(void)
{
}

static void pin_processes(void)
{
	kids(use_no_more);
}

static void many_timers(void)
{
	int id;

	while (syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &id) == 0)
		;
}

static void pin_timers(void)
{
	kids(many_timers);
}

/* A table as long as its last descriptor asks for. */
static void high_descriptor(void)
{
	dup2(0, 500000);
}

static void pin_descriptor_tables(void)
{
	kids(high_descriptor);
}

static void many_undos(void)
{
	struct sembuf { unsigned short num; short op, flg; };
	struct sembuf op = { 0, 1, SEM_UNDO };

	for (int key = 1; key <= 8; key++) {
		long id = syscall(SYS_semget, key, 4000, IPC_CREAT | 0600);

		if (id < 0)
			break;
#ifdef SYS_semop
		syscall(SYS_semop, id, &op, 1);
#else
		syscall(SYS_semtimedop_time64, id, &op, 1, NULL);
#endif
	}
}

static void undos(void)
{
	kids(many_undos);
}

/* ---- in many threads ----------------------------------------------------- */

static void threads_of(void *(*fn)(void *))
{
	static struct thread t[KIDS];

	for (int i = 0; i < KIDS; i++)
		if (thread_create_sized(&t[i], fn, NULL, STACK))
			break;
	take_pages_for_ever();
}

static void pin_threads(void)
{
	threads_of(pause_thread);
}

static void *queue_until_refused(void *arg)
{
	char info[128] = { 0 };

	((int *)info)[0] = SIGRT;
	((int *)info)[2] = -1;			/* SI_QUEUE */
	while (syscall(SYS_rt_tgsigqueueinfo, getpid(), syscall(SYS_gettid),
		       SIGRT, info) == 0)
		;
	return pause_thread(arg);
}

static void pin_queued_signals(void)
{
	sigset_t set = sigmask(SIGRT);

	sigprocmask(SIG_BLOCK, &set, NULL);
	threads_of(queue_until_refused);
}

static struct pollfd waited[4096];

static void *poll_many(void *arg)
{
	for (;;)
		poll(waited, COUNT(waited), -1);
	return arg;
}

static void pin_polls(void)
{
	int fd = (int)syscall(SYS_eventfd2, 0, 0);

	for (int i = 0; i < COUNT(waited); i++)
		waited[i] = (struct pollfd){ fd, POLLIN, 0 };
	threads_of(poll_many);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*fn)(void);
	} kinds[] = {
		{ "mappings", pin_mappings },
		{ "threads", pin_threads },
		{ "processes", pin_processes },
		{ "open files", pin_open_files },
		{ "eventfds", pin_eventfds },
		{ "empty pipes", empty_pipes },
		{ "empty sockets", empty_sockets },
		{ "epoll items", epoll_items },
		{ "inotify events", inotify_events },
		{ "locks", pin_locks },
		{ "texts of /proc", proc_texts },
		{ "terminals", pin_terminals },
		{ "timers", pin_timers },
		{ "descriptor tables", pin_descriptor_tables },
		{ "undo of semaphores", undos },
		{ "signals", pin_queued_signals },
		{ "polls", pin_polls },
	};

	if (!storms_begin())
		return tap_skip_all("only on a small Lectern (--mem 48M)");
	close(open("/dev/ptmx", O_RDWR | O_NOCTTY));	/* its first records */
	for (int i = 0; i < COUNT(kinds); i++)
		if (argc < 2 || !strcmp(argv[1], kinds[i].name))
			storm(kinds[i].name, kinds[i].fn);
	return tap_done();
}
