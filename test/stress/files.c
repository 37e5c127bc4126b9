/* SPDX-License-Identifier: MIT */
/*
 * Files (rows A1, B5, E8): /proc read while what it tells of goes away; one
 * folder in which several create, rename and remove; locks that exclude; a
 * mapped file that is truncated.
 */
#include <dirent.h>
#include <setjmp.h>
#include <sys/stat.h>
#include "stress.h"

/* ---- /proc --------------------------------------------------------------- */

/* => bytes, all of the file; -1: it went away */
static long read_file(const char *path)
{
	char text[1500];
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	long all = 0;
	ssize_t n;

	if (fd < 0)
		return -1;
	while (all < 200000 && (n = read(fd, text, sizeof(text))) > 0)
		all += n;
	close(fd);
	return all;
}

static void read_process(int pid)
{
	static const char *const names[] = {
		"stat", "status", "maps", "cmdline", "statm", "limits",
		"smaps", "environ", "auxv", "comm", "wchan", "mounts",
		"syscall", "stack",
	};
	char path[64];

	for (int i = 0; i < COUNT(names); i++) {
		snprintf(path, sizeof(path), "/proc/%d/%s", pid, names[i]);
		read_file(path);
	}
	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	readlink(path, path, sizeof(path));
	snprintf(path, sizeof(path), "/proc/%d/fd/%u", pid, rnd(6));
	readlink(path, path, sizeof(path));
	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, pid);
	read_file(path);
	step();
}

static void list(const char *path)
{
	DIR *d = opendir(path);

	if (!d)
		return;
	while (readdir(d))
		;
	closedir(d);
}

static void proc_round(void)
{
	static const char *const names[] = {
		"stat", "meminfo", "interrupts", "loadavg", "uptime",
		"slabinfo", "vmstat", "buddyinfo", "mounts", "cpuinfo",
		"lectern/events", "lectern/sched", "lectern/vm",
		"lectern/traps", "self/maps",
	};
	DIR *d = opendir("/proc");
	struct dirent *e;
	char path[64];

	need(d);
	while ((e = readdir(d))) {
		int pid = atoi(e->d_name);

		if (pid <= 0)
			continue;
		read_process(pid);
		snprintf(path, sizeof(path), "/proc/%d/fd", pid);
		list(path);
		snprintf(path, sizeof(path), "/proc/%d/task", pid);
		list(path);
	}
	closedir(d);
	for (int i = 0; i < COUNT(names); i++) {
		snprintf(path, sizeof(path), "/proc/%s", names[i]);
		read_file(path);
		step();
	}
	need(read_file("/proc/self/stat") > 0);
}

const struct work work_proc = { "proc", NULL, proc_round, NULL };

/* ---- a task whose stack is read while it ends ---------------------------- */

#define GLANCES 4

/* Asleep, and gone: each in its own time. */
static void *nap_and_end(void *arg)
{
	nap((long)arg);
	return NULL;
}

/* Nothing but its registers is asked for, so most looks are just then. */
static void glance_round(void)
{
	struct thread t[GLANCES];
	int fd[GLANCES], left = GLANCES;
	char path[64], text[200];

	for (long i = 0; i < GLANCES; i++) {
		need(!thread_create(&t[i], nap_and_end,
				    (void *)(long)(50000 * (1 + rnd(20)))));
		snprintf(path, sizeof(path), "/proc/self/task/%d/syscall",
			 t[i].tid);
		fd[i] = open(path, O_RDONLY | O_CLOEXEC);
	}
	while (left) {
		left = 0;
		for (int i = 0; i < GLANCES; i++)
			left += pread(fd[i], text, sizeof(text), 0) > 0;
		step();
	}
	for (int i = 0; i < GLANCES; i++) {
		thread_join(&t[i]);
		close(fd[i]);
	}
}

const struct work work_glance = { "glance", NULL, glance_round, NULL };

/* ---- files of one's own -------------------------------------------------- */

static void fill(unsigned char *p, unsigned n, unsigned key)
{
	for (unsigned i = 0; i < n; i++)
		p[i] = (unsigned char)(key + i * 7);
}

static void files_round(void)
{
	static unsigned char want[20000], got[20000];
	unsigned n = 1 + rnd(sizeof(want)), at = 0;
	char name[32], other[32];
	int fd;

	snprintf(name, sizeof(name), "f%d", getpid());
	snprintf(other, sizeof(other), "g%d", getpid());
	fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	need(fd >= 0);
	fill(want, n, n);
	while (at < n) {
		unsigned k = 1 + rnd(4000);

		k = k < n - at ? k : n - at;
		need(pwrite(fd, want + at, k, at) == (ssize_t)k);
		at += k;
	}
	need(!link(name, other) && !unlink(name));
	need(pread(fd, got, sizeof(got), 0) == (ssize_t)n);
	need(!memcmp(got, want, n));
	need(!ftruncate(fd, n / 2) && !ftruncate(fd, n));
	need(pread(fd, got, n, 0) == (ssize_t)n);
	for (unsigned i = n / 2; i < n; i++)
		need(got[i] == 0);
	close(fd);
	need(!unlink(other));
	step();
}

const struct work work_files = { "files", NULL, files_round, NULL };

/* ---- names in one folder ------------------------------------------------- */

#define NAMES	4
#define MOVERS	3

static void rename_setup(void)
{
	char dir[32];

	snprintf(dir, sizeof(dir), "d%d", getpid());
	need(!mkdir(dir, 0700) && !chdir(dir));
}

/* Names move over each other; each file keeps its inode's content. */
static void move_names(void)
{
	char a[8], b[8], text[8];

	for (int i = 0; i < 60; i++) {
		int fd;

		snprintf(a, sizeof(a), "n%u", rnd(NAMES));
		snprintf(b, sizeof(b), "%sn%u", rnd(3) ? "" : "s/",
			 rnd(NAMES));
		switch (rnd(5)) {
		case 0:
			fd = open(a, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
			need(fd >= 0 || errno == EISDIR);
			if (fd >= 0) {
				need(write(fd, "content", 7) == 7);
				close(fd);
			}
			break;
		case 1:
			syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, 0);
			break;
		case 2:
			syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b,
				RENAME_EXCHANGE);
			break;
		case 3:
			if (unlink(b))
				need(errno == ENOENT || errno == EISDIR);
			break;
		case 4:
			fd = open(b, O_RDONLY | O_CLOEXEC);
			if (fd >= 0) {
				ssize_t n = read(fd, text, sizeof(text));

				need(n == 0 || (n == 7 &&
				     !memcmp(text, "content", 7)));
				close(fd);
			}
			break;
		}
		step();
	}
	_exit(86);
}

static void rename_round(void)
{
	pid_t pid[MOVERS];
	char name[8];

	need(!mkdir("s", 0700));
	for (int i = 0; i < MOVERS; i++) {
		pid[i] = branch();
		if (pid[i] == 0)
			move_names();
	}
	for (int i = 0; i < MOVERS; i++)
		reap(pid[i], 86);
	for (unsigned i = 0; i < NAMES; i++) {
		snprintf(name, sizeof(name), "n%u", i);
		unlink(name);
		snprintf(name, sizeof(name), "s/n%u", i);
		unlink(name);
	}
	need(!unlinkat(AT_FDCWD, "s", AT_REMOVEDIR));
}

static void rename_end(void)
{
	char dir[32];

	snprintf(dir, sizeof(dir), "../d%d", getpid());
	need(!rmdir(dir));
}

const struct work work_rename = { "rename", rename_setup, rename_round,
	rename_end };

/* ---- locks on a file ----------------------------------------------------- */

#define LOCKERS	3
#define ADDS	40

/* Not atomic: read, wait, write; a lock makes it right. */
static void add_locked(const char *name)
{
	int fd = open(name, O_RDWR | O_CLOEXEC);
	unsigned v;

	need(fd >= 0);
	for (int i = 0; i < ADDS; i++) {
		while (syscall(SYS_flock, fd, 2))	/* LOCK_EX */
			need(errno == EINTR);
		need(pread(fd, &v, 4, 0) == 4);
		if (rnd(4) == 0)
			sched_yield();
		v++;
		need(pwrite(fd, &v, 4, 0) == 4);
		need(!syscall(SYS_flock, fd, 8));	/* LOCK_UN */
		step();
	}
	_exit(87);
}

static void locks_round(void)
{
	pid_t pid[LOCKERS];
	unsigned v = 0;
	char name[32];
	int fd;

	snprintf(name, sizeof(name), "l%d", getpid());
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	need(fd >= 0 && write(fd, &v, 4) == 4);
	for (int i = 0; i < LOCKERS; i++) {
		pid[i] = branch();
		if (pid[i] == 0)
			add_locked(name);
	}
	for (int i = 0; i < LOCKERS; i++)
		reap(pid[i], 87);
	need(pread(fd, &v, 4, 0) == 4 && v == LOCKERS * ADDS);
	close(fd);
	need(!unlink(name));
}

const struct work work_locks = { "locks", NULL, locks_round, NULL };

/* ---- a mapped file that shrinks and grows -------------------------------- */

#define FILE_PAGES 8u

static sigjmp_buf gone;
static unsigned char *mapped;

static void on_bus(int sig)
{
	siglongjmp(gone, sig);
}

static void mapfile_setup(void)
{
	struct sigaction sa = { .sa_handler = on_bus };

	sigaction(SIGBUS, &sa, NULL);
}

/* What is read is what was written, or 0 since it was cut off. */
static void touch_file(void)
{
	for (volatile int i = 0; i < 200; i++) {
		volatile unsigned char *p = mapped + rnd(FILE_PAGES) * PG;

		if (sigsetjmp(gone, 1) == 0) {
			unsigned char v = *p;

			need(v == 0 || v == 0xa5);
			*p = 0xa5;
		}
		step();
	}
	_exit(88);
}

static void mapfile_round(void)
{
	pid_t pid[2];
	char name[32];
	int fd, left = COUNT(pid), status;

	snprintf(name, sizeof(name), "m%d", getpid());
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	need(fd >= 0 && !ftruncate(fd, FILE_PAGES * (off_t)PG));
	mapped = mmap(NULL, FILE_PAGES * PG, PROT_READ | PROT_WRITE,
		      MAP_SHARED, fd, 0);
	need(mapped != MAP_FAILED && !unlink(name));
	for (int i = 0; i < COUNT(pid); i++) {
		pid[i] = branch();
		if (pid[i] == 0)
			touch_file();
	}
	while (left) {
		need(!ftruncate(fd, rnd(FILE_PAGES) * (off_t)PG));
		if (rnd(2))
			sched_yield();
		need(!ftruncate(fd, FILE_PAGES * (off_t)PG));
		if (wait_for(-1, &status, WNOHANG) > 0) {
			need(status == 88 << 8);
			left--;
		}
		step();
	}
	need(!munmap(mapped, FILE_PAGES * PG));
	close(fd);
}

const struct work work_mapfile = { "mapfile", mapfile_setup, mapfile_round,
	NULL };

/* ---- a private copy made while its page is cut off ----------------------- */

#define CUTS 60

static struct {
	char *page;
	int zero;		/* of /dev/zero */
	unsigned turn, done;	/* atomic: which cut it is */
} copy;

/* By a call's own fault, which cannot come as a signal. */
static void *make_copies(void *arg)
{
	(void)arg;
	for (unsigned i = 1; i <= CUTS; i++) {
		while (__atomic_load_n(&copy.turn, __ATOMIC_ACQUIRE) != i)
			sched_yield();
		read(copy.zero, copy.page, 1);
		__atomic_store_n(&copy.done, i, __ATOMIC_RELEASE);
	}
	return NULL;
}

/* Behind the end nothing is mapped, copies neither. */
static void cutcopy_round(void)
{
	struct thread t;
	char name[32];
	int fd, p[2];

	snprintf(name, sizeof(name), "c%d", getpid());
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	copy.zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	copy.page = mmap(NULL, PG, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	copy.turn = copy.done = 0;
	need(fd >= 0 && copy.zero >= 0 && copy.page != MAP_FAILED);
	need(!unlink(name) && !pipe2(p, O_CLOEXEC));
	need(!thread_create(&t, make_copies, NULL));
	for (unsigned i = 1; i <= CUTS; i++) {
		need(pwrite(fd, "x", 1, PG - 1) == 1);
		__atomic_store_n(&copy.turn, i, __ATOMIC_RELEASE);
		for (unsigned k = rnd(400); k; k--)
			__asm__ volatile("");
		need(!ftruncate(fd, 0));
		while (__atomic_load_n(&copy.done, __ATOMIC_ACQUIRE) != i)
			sched_yield();
		errno = 0;
		need(write(p[1], copy.page, 1) == -1 && errno == EFAULT);
		step();
	}
	thread_join(&t);
	need(!munmap(copy.page, PG));
	close(fd);
	close(copy.zero);
	close(p[0]);
	close(p[1]);
}

const struct work work_cutcopy = { "cutcopy", NULL, cutcopy_round, NULL };
