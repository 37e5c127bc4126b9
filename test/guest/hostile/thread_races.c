/* SPDX-License-Identifier: MIT */
/*
 * Threads that pull memory, descriptors and processes away under each
 * other's system calls: every call ends with success or an error, data is
 * never another's, and nothing hangs (rows B4, B11).
 */
#include <sched.h>
#include <thread.h>
#include <time.h>
#include "tap.h"

#define RUN_MS	300
#define N	16UL

static volatile int stop;
static char *area;

static int has_time_left(void)
{
	static uint64_t end;

	if (!end || stop) {
		end = now_ns() + RUN_MS * 1000000u;
		stop = 0;
	}
	if (now_ns() < end)
		return 1;
	end = 0;
	return 0;
}

/* Maps and unmaps the pages that others copy into. */
static void *unmapper(void *arg)
{
	unsigned int i = 0;

	while (!stop) {
		char *p = area + (i++ % N) * PG;

		munmap(p, PG);
		sched_yield();
		mmap(p, PG, PROT_READ | PROT_WRITE, MAP_PRIVATE |
		     MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		if (i % 7 == 0)
			mprotect(p, PG, PROT_READ);
		if (i % 16 == 0)
			sched_yield();
	}
	return NULL;
}

static int plausible(ssize_t r)
{
	return r >= 0 || errno == EFAULT || errno == EBADF || errno == EPIPE ||
	       errno == EAGAIN || errno == EINTR || errno == ENOMEM;
}

static void copy_unmapped(void)
{
	struct thread t;
	int fd = open("f", O_RDWR | O_CREAT, 0600), bad = 0;
	long rounds = 0;

	area = anon_pages(N, PROT_READ | PROT_WRITE);
	ftruncate(fd, N * (off_t)PG);
	stop = 0;
	thread_create(&t, unmapper, NULL);
	while (has_time_left()) {
		bad += !plausible(pread(fd, area, N * PG, 0));
		bad += !plausible(pwrite(fd, area, N * PG, 0));
		bad += !plausible(syscall(SYS_uname, area + 4 * PG - 50));
		bad += !plausible(syscall(SYS_getcwd, area + PG, 100));
		rounds++;
	}
	stop = 1;
	thread_join(&t);
	check_eq(bad, 0, "unmap during copies, %ld rounds", rounds);
	munmap(area, N * PG);
	close(fd);
	unlink("f");
}

static volatile int shared_fd[2];

static void *closer(void *arg)
{
	while (!stop) {
		int p[2];

		if (pipe2(p, O_NONBLOCK))
			continue;
		write(p[1], "0123456789", 10);
		shared_fd[0] = p[0];
		shared_fd[1] = p[1];
		sched_yield();
		close(p[0]);
		sched_yield();
		close(p[1]);
	}
	return NULL;
}

static void close_under_calls(void)
{
	struct thread t;
	int bad = 0;
	char b[16];

	stop = 0;
	signal(SIGPIPE, SIG_IGN);
	thread_create(&t, closer, NULL);
	while (has_time_left()) {
		int copy;

		bad += !plausible(read(shared_fd[0], b, sizeof(b)));
		bad += !plausible(write(shared_fd[1], b, 4));
		copy = dup(shared_fd[0]);
		bad += !plausible(copy);
		if (copy > 2)
			close(copy);
		sched_yield();
	}
	stop = 1;
	thread_join(&t);
	signal(SIGPIPE, SIG_DFL);
	check_eq(bad, 0, "close during read, write, dup");
}

/* A blocked reader whose descriptor is closed must not be lost. */
static int blocked[2];

static void *blocked_reader(void *arg)
{
	char c;

	return (void *)(long)read(blocked[0], &c, 1);
}

static void close_under_reader(void)
{
	struct thread t;

	pipe(blocked);
	thread_create(&t, blocked_reader, NULL);
	wait_asleep(t.tid);
	close(blocked[0]);
	write(blocked[1], "x", 1);
	close(blocked[1]);
	check((long)thread_join(&t) >= 0, "close under a blocked reader");
}

static void *fork_until_stop(void *arg)
{
	while (!stop) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		if (pid > 0)
			waitpid(pid, NULL, 0);
	}
	return NULL;
}

static void fork_and_map(void)
{
	struct thread t[2];
	int bad = 0;

	stop = 0;
	area = anon_pages(N, PROT_READ | PROT_WRITE);
	thread_create(&t[0], fork_until_stop, NULL);
	thread_create(&t[1], fork_until_stop, NULL);
	for (unsigned int i = 0; has_time_left(); i++) {
		char *p = area + (i % N) * PG;

		p[0] = (char)i;
		mprotect(p, PG, PROT_READ);
		bad += p[0] != (char)i;
		mprotect(p, PG, PROT_READ | PROT_WRITE);
		p[0]++;
		bad += p[0] != (char)(i + 1);
		if (i % 5 == 0)
			madvise(p, PG, MADV_DONTNEED);
	}
	stop = 1;
	thread_join(&t[0]);
	thread_join(&t[1]);
	check_eq(bad, 0, "fork during mprotect, stores, DONTNEED");
	munmap(area, N * PG);
}

/* Threads that fault on the same new pages at once. */
static volatile unsigned long lost;

static void *touch_area_until_stop(void *arg)
{
	for (unsigned long i = 0; i < 64; i++)
		__atomic_fetch_add((unsigned long *)(area + i * PG), 1,
				   __ATOMIC_RELAXED);
	return NULL;
}

static void same_page(void)
{
	struct thread t[4];

	for (int round = 0; round < 50; round++) {
		area = anon_pages(64, PROT_READ | PROT_WRITE);
		for (int i = 0; i < 4; i++)
			thread_create(&t[i], touch_area_until_stop, NULL);
		for (int i = 0; i < 4; i++)
			thread_join(&t[i]);
		for (unsigned long i = 0; i < 64; i++)
			lost += *(unsigned long *)(area + i * PG) != 4;
		munmap(area, 64 * PG);
	}
	check_eq(lost, 0, "four threads fault on the same pages");
}

/* ---- one open file of /proc, read by several ----------------------------- */

static int maps;

/* Areas rise, and a line begins with where one does. */
static int in_order(const char *at, const char *end)
{
	unsigned long last = 0, from;
	char *dash;

	for (; at < end; at++) {
		from = strtoul(at, &dash, 16);
		if (*dash != '-' || from < last)
			return 0;
		last = from;
		at = memchr(at, '\n', (size_t)(end - at));
		if (!at)
			return 0;
	}
	return 1;
}

static void *map_reader(void *arg)
{
	static char text[4][0x8000];
	char *buf = text[(long)arg];
	ssize_t n;

	while (!stop) {
		n = pread(maps, buf, sizeof(text[0]), 0);
		if (n <= 0 || !in_order(buf, buf + n))
			__atomic_fetch_add(&lost, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

/* Its text is now of a few lines, now of many. */
static void one_text(void)
{
	struct thread t[4];

	maps = open("/proc/self/maps", O_RDONLY);
	area = anon_pages(128, PROT_READ);
	stop = 0;
	lost = 0;
	for (long i = 0; i < 4; i++)
		thread_create(&t[i], map_reader, (void *)i);
	while (has_time_left()) {
		for (unsigned long i = 0; i < 128; i += 2)
			mprotect(area + i * PG, PG, PROT_NONE);
		mprotect(area, 128 * PG, PROT_READ);
	}
	stop = 1;
	for (int i = 0; i < 4; i++)
		thread_join(&t[i]);
	close(maps);
	munmap(area, 128 * PG);
	check_eq(lost, 0, "one text for each of several readers");
}

static void *exec_again(void *arg)
{
	execv(tap_self, (char *[]){ tap_self, "-exit", NULL });
	return NULL;
}

static void many_execs(void *arg)
{
	static struct thread t[4];

	for (int i = 0; i < 4; i++)
		thread_create(&t[i], exec_again, NULL);
	for (;;)
		pause();
}

static void kill_while_forking(void *arg)
{
	static struct thread t[4];

	stop = 0;
	for (int i = 0; i < 4; i++)
		thread_create(&t[i], fork_until_stop, NULL);
	usleep(5000);
	kill(getpid(), SIGKILL);
	for (;;)
		pause();
}

static void exec_from_threads(void)
{
	int bad = 0, st;

	for (int i = 0; i < 20; i++)
		bad += in_child(many_execs, NULL) != 7 << 8;
	check_eq(bad, 0, "four threads exec at once, one wins");
	bad = 0;
	for (int i = 0; i < 20; i++) {
		st = in_child(kill_while_forking, NULL);
		bad += !WIFSIGNALED(st) || WTERMSIG(st) != SIGKILL;
	}
	check_eq(bad, 0, "SIGKILL among forking threads");
}

/* A signal sent over and over to a process that starts and ends. */
static void signal_storm(void)
{
	int bad = 0, st;

	for (int i = 0; i < 100; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			signal(SIGUSR1, SIG_IGN);
			execv(tap_self, (char *[]){ tap_self, "-exit", NULL });
			_exit(1);
		}
		for (int k = 0; k < i % 20; k++)
			kill(pid, i % 2 ? SIGCONT : SIGSTOP);
		kill(pid, SIGCONT);
		if (waitpid(pid, &st, 0) != pid || st != 7 << 8)
			bad++;
	}
	check_eq(bad, 0, "stop and continue while it starts");
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return 7;
	tap_find_self(argv[0]);
	tap_scratch("thread_races");
	copy_unmapped();
	close_under_calls();
	close_under_reader();
	fork_and_map();
	same_page();
	one_text();
	exec_from_threads();
	signal_storm();
	tap_scratch_end();
	return tap_done();
}
