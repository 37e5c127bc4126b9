/* SPDX-License-Identifier: MIT */
/*
 * Many processes and threads at once (rows B16, D1, D6, D8): each has run and
 * blocks, /proc lists them all, and when they have ended memory balances.
 * By hand, with figures (docs/scaling.md):
 *	./lectern run --mem 2G -- /usr/lectern/test/many_tasks PROCESSES THREADS
 */
#include <dirent.h>
#include <sched.h>
#include <thread.h>
#include <time.h>
#include "audit.h"
#include "texts.h"

#define STACK	(64UL << 10)
#define FLAGS	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | \
		 CLONE_THREAD | CLONE_SYSVSEM)

static volatile int *arrived;		/* shared with the children */
static volatile int go;
static int processes = 200, threads = 600;

static double seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int count_numbers_in(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;
	int n = 0;

	while (d && (e = readdir(d)))
		n += e->d_name[0] >= '0' && e->d_name[0] <= '9';
	if (d)
		closedir(d);
	return n;
}

static void tell_costs(const char *what, int n, double from, double to,
		       long kib)
{
	printf("# %d %s: %d us each to make, %ld.%ld KiB each\n", n, what,
	       (int)((to - from) * 1e6 / n), kib / n, kib * 10 / n % 10);
}

/* Until n have arrived.  => whether they do, within ten minutes */
static int all_arrive(int n)
{
	for (int i = 0; i < 60000 && *arrived < n; i++)
		usleep(10000);
	return *arrived == n;
}

/* ---- processes ----------------------------------------------------------- */

static __attribute__((noreturn)) void child(int fd)
{
	char c;

	__atomic_fetch_add(arrived, 1, __ATOMIC_RELAXED);
	_exit(read(fd, &c, 1) == 0 ? 3 : 4);
}

static int make_processes(int n, int fd[2])
{
	for (int i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			close(fd[1]);
			child(fd[0]);
		}
		if (pid < 0) {
			printf("# %d: %s\n", i, strerror(errno));
			return i;
		}
	}
	return n;
}

static void crowd_of_processes(int n, int last)
{
	long before = text_number("/proc/meminfo", "MemFree:"), kib;
	int fd[2], made, listed, good = 0, st;
	double t0 = seconds_now(), t1, t2;

	*arrived = 0;
	if (pipe(fd))
		tap_bail("pipe");
	made = make_processes(n, fd);
	if (last)
		check_eq(made, n, "%d processes are made", n);
	if (!all_arrive(made) || last)
		check_eq(*arrived, made, "each of them runs");
	t1 = seconds_now();
	kib = before - text_number("/proc/meminfo", "MemFree:");
	listed = count_numbers_in("/proc");
	if (last)
		check(listed >= made, "/proc lists them");
	t2 = seconds_now();
	close(fd[1]);
	close(fd[0]);
	for (int i = 0; i < made; i++)
		good += wait(&st) > 0 && st == 3 << 8;
	if (!last)
		return;
	check_eq(good, made, "they end, each waited for");
	tell_costs("processes", made, t0, t1, kib);
	printf("# %d ms to list them, %d us each to end\n",
	       (int)((t2 - t1) * 1e3),
		       (int)((seconds_now() - t2) * 1e6 / made));
}

/* ---- threads ------------------------------------------------------------- */

static int wait_in_crowd(void *arg)
{
	volatile char local[16];

	local[0] = (char)(long)arg;
	__atomic_fetch_add(arrived, 1, __ATOMIC_RELAXED);
	while (!go)
		futex(&go, FUTEX_WAIT, 0, NULL, NULL, 0);
	return local[0];
}

static int make_threads(int n, char *stacks)
{
	for (int i = 0; i < n; i++) {
		char *top = stacks + (i + 1UL) * STACK;
		long tid = __clone(wait_in_crowd, top, FLAGS, NULL, NULL, 0,
				   NULL);

		if (tid < 0) {
			printf("# %d: %s\n", i, strerror((int)-tid));
			return i;
		}
	}
	return n;
}

/* In a process of its own.  at_once: ended by exit_group, not one by one */
static void crowd_of_threads(int n, int last, int at_once)
{
	long before = text_number("/proc/meminfo", "MemFree:"), kib;
	char *stacks = mmap(NULL, (size_t)n * STACK, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
			    0);
	double t0 = seconds_now(), t1, t2;
	int made, listed;

	if (stacks == MAP_FAILED)
		tap_bail("mmap");
	/* a superpage would be the memory of 32 stacks */
	madvise(stacks, (size_t)n * STACK, MADV_NOHUGEPAGE);
	*arrived = go = 0;
	made = make_threads(n, stacks);
	if (last)
		check_eq(made, n, "%d threads with 64 KiB of stack are made",
			 n);
	if (!all_arrive(made) || last)
		check_eq(*arrived, made, "each of them runs");
	t1 = seconds_now();
	kib = before - text_number("/proc/meminfo", "MemFree:");
	listed = count_numbers_in("/proc/self/task");
	if (last)
		check_eq(listed, made + 1, "/proc/self/task lists them");
	t2 = seconds_now();
	if (at_once)
		return;
	go = 1;
	futex(&go, FUTEX_WAKE, 0x7fffffff, NULL, NULL, 0);
	while (text_number("/proc/self/status", "Threads:") > 1)
		usleep(10000);
	munmap(stacks, (size_t)n * STACK);
	if (!last)
		return;
	tell_costs("threads", made, t0, t1, kib);
	printf("# %d ms to list them, %d us each to end\n",
	       (int)((t2 - t1) * 1e3),
		       (int)((seconds_now() - t2) * 1e6 / made));
}

static void exit_with_crowd(void *arg)
{
	crowd_of_threads(threads, 0, 1);
	_exit(arg ? 5 : 6);
}

/* ---- balance; the first round makes page tables that stay ---------------- */

int main(int argc, char **argv)
{
	int audited;

	if (argc > 2) {
		processes = atoi(argv[1]);
		threads = atoi(argv[2]);
	}
	arrived = mmap(NULL, PG, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (processes)
		crowd_of_processes(processes, 0);
	if (threads) {
		crowd_of_threads(threads, 0, 0);
		in_child(exit_with_crowd, &threads);
	}
	audited = audit_take() == 0;
	if (processes)
		crowd_of_processes(processes, 1);
	if (threads) {
		crowd_of_threads(threads, 1, 0);
		check_eq(in_child(exit_with_crowd, &threads), 5 << 8,
			 "%d threads end with their process", threads);
	}
	if (audited)
		check(audit_same(0), "the audit balances");
	else
		tap_skip("the audit balances", "not Lectern");
	return tap_done();
}
