/* SPDX-License-Identifier: MIT */
/*
 * smpbench: what a second CPU is worth, by wall clock (row B13).  Each row is
 * the same work by two processes at once, or by two threads of one, however
 * many CPUs there are.
 *	smpbench [ROW]...	prints  name<TAB>milliseconds
 * ROW: a part of the name of rows; none: all.
 */
#define _GNU_SOURCE
#include "bench.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define JOBS		2
#define COMPUTE		60000000u	/* steps */
#define CALLS		60000
#define FORKS		60
#define ROUNDS		3000
#define OPENS		20000
#define OWN_ROUNDS	30000
#define PLAIN_FORKS	400
#define MAPS		3000
#define MAP_PAGES	16ul
#define BIG_MAPS	400
#define BIG_PAGES	256ul
#define AREA_PAGES	16384ul
#define PAGE		4096ul

static char *self;
static char **rows;			/* asked for, then NULL */
static int there[2], back[2];

static int asked_for(const char *name)
{
	for (char **row = rows; *row; row++)
		if (strstr(name, *row))
			return 1;
	return !*rows;
}

static void compute(int job)
{
	volatile unsigned sink;
	unsigned v = (unsigned)job;

	for (unsigned i = 0; i < COMPUTE; i++)
		v = v * 1664525u + 1013904223u;
	sink = v;
	(void)sink;
}

static void calls(int job)
{
	char c;
	int fd = open("/dev/zero", O_RDONLY);

	(void)job;
	if (fd < 0)
		die("/dev/zero");
	for (int i = 0; i < CALLS; i++) {
		syscall(SYS_getppid);
		if (read(fd, &c, 1) != 1)
			die("read");
	}
}

static void forks(int job)
{
	(void)job;
	for (int i = 0; i < FORKS; i++) {
		int st;
		pid_t pid = fork();

		if (pid == 0) {
			execl(self, self, "-exit", (char *)NULL);
			_exit(1);
		}
		if (pid < 0 || waitpid(pid, &st, 0) != pid || st)
			die("fork, exec, wait");
	}
}

/* The two on CPUs of their own, if there are two. */
static void ball(int job)
{
	int from = job ? there[0] : back[0], to = job ? back[1] : there[1];
	cpu_set_t set;
	char c = 0;

	CPU_ZERO(&set);
	CPU_SET(job, &set);
	sched_setaffinity(0, sizeof(set), &set);
	for (int i = 0; i < ROUNDS; i++) {
		if (!job && write(to, &c, 1) != 1)
			die("write");
		if (read(from, &c, 1) != 1)
			die("read");
		if (job && write(to, &c, 1) != 1)
			die("write");
	}
}

/*
 * The same, real-time, where another computes on the CPU of the second: each
 * wake-up has to interrupt it.  Told by the tick, it would take 10 ms.
 */
static void interrupting_ball(int job)
{
	struct sched_param p = { .sched_priority = 1 };

	if (sched_setscheduler(0, SCHED_FIFO, &p))
		die("SCHED_FIFO");
	ball(job);
}

static void opens(int job)
{
	(void)job;
	for (int i = 0; i < OPENS; i++) {
		int fd = open("/usr/share/smpbench", O_RDONLY);

		if (fd < 0)
			die("the common file");
		close(fd);
	}
}

static void own_pipe(int job)
{
	int p[2];
	char c = 0;

	(void)job;
	if (pipe(p))
		die("pipe");
	for (int i = 0; i < OWN_ROUNDS; i++)
		if (write(p[1], &c, 1) != 1 || read(p[0], &c, 1) != 1)
			die("own pipe");
}

static void plain_forks(int job)
{
	(void)job;
	for (int i = 0; i < PLAIN_FORKS; i++) {
		pid_t pid = fork();
		int st;

		if (pid == 0)
			_exit(0);
		if (pid < 0 || waitpid(pid, &st, 0) != pid || st)
			die("fork, wait");
	}
}

/* ---- two threads --------------------------------------------------------- */

static char *area;			/* that both store to */

static char *map_pages(unsigned long pages)
{
	char *p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || madvise(p, pages * PAGE, MADV_NOHUGEPAGE))
		die("mmap");
	return p;
}

static void map_and_unmap(int times, unsigned long pages)
{
	for (int i = 0; i < times; i++) {
		char *p = map_pages(pages);

		for (unsigned long k = 0; k < pages; k++)
			p[k * PAGE] = 1;
		munmap(p, pages * PAGE);
	}
}

static void *maps(void *job)
{
	map_and_unmap(MAPS, MAP_PAGES);
	return job;
}

static void *big_maps(void *job)
{
	map_and_unmap(BIG_MAPS, BIG_PAGES);
	return job;
}

/* Each its half, as they would come from one malloc. */
static void *fault_half(void *job)
{
	char *half = area + (job ? AREA_PAGES / 2 * PAGE : 0);

	for (unsigned long k = 0; k < AREA_PAGES / 2; k++)
		half[k * PAGE] = 1;
	return job;
}

static void measure_threads(const char *name, void *(*work)(void *))
{
	pthread_t other;
	double start;

	if (!asked_for(name))
		return;
	area = map_pages(AREA_PAGES);
	start = now_ms();
	if (pthread_create(&other, NULL, work, area))
		die("pthread_create");
	work(NULL);
	pthread_join(other, NULL);
	printf("%s\t%.1f\n", name, now_ms() - start);
	fflush(stdout);
	munmap(area, AREA_PAGES * PAGE);
}

static pid_t start_busy(void)
{
	pid_t pid = fork();
	cpu_set_t set;

	if (pid)
		return pid;
	CPU_ZERO(&set);
	CPU_SET(1, &set);
	sched_setaffinity(0, sizeof(set), &set);
	for (;;)
		;
}

static void measure_jobs(const char *name, void (*work)(int))
{
	double start;

	if (!asked_for(name))
		return;
	start = now_ms();
	for (int job = 0; job < JOBS; job++)
		if (fork() == 0) {
			work(job);
			_exit(0);
		}
	for (int job = 0; job < JOBS; job++) {
		int st;

		if (wait(&st) < 0 || st)
			die("a job");
	}
	printf("%s\t%.1f\n", name, now_ms() - start);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	pid_t busy;

	self = argv[0];
	if (argc > 1 && !strcmp(argv[1], "-exit"))
		return 0;
	rows = argv + 1;
	if (pipe(there) || pipe(back))
		die("pipe");
	measure_jobs("compute", compute);
	measure_jobs("system_calls", calls);
	measure_jobs("fork_exec", forks);
	measure_jobs("fork_wait", plain_forks);
	if (mkdir("/usr/share", 0755) && errno != EEXIST)
		die("/usr/share");
	close(open("/usr/share/smpbench", O_CREAT | O_RDONLY, 0644));
	measure_jobs("open_close_one_path", opens);
	measure_jobs("own_pipe", own_pipe);
	measure_threads("threads_map_fault_unmap", maps);
	measure_threads("threads_map_fault_unmap_1M", big_maps);
	measure_threads("threads_fault_one_vma", fault_half);
	measure_jobs("pipe_between_cpus", ball);
	busy = start_busy();
	measure_jobs("pipe_to_busy_cpu", interrupting_ball);
	kill(busy, SIGKILL);
	waitpid(busy, NULL, 0);
	return 0;
}
