/* SPDX-License-Identifier: MIT */
/*
 * The stress program (rows B11-B13, C9): one process a worker, all at once,
 * for the time asked.  It prints TAP.  `-s SEED` repeats the choices of a
 * run, though not its timing.
 *	stress [-s SEED] [-t SECONDS] [-n COPIES] [-a 0] [WORKER...]
 * The run comes in parts; after each the kernel's audit must show what it
 * showed after the first, which filled caches; not with -a 0.
 */
#include <sys/stat.h>
#include "stress.h"
#include "watch.h"

#define PART		20		/* seconds, at most */
#define AUDIT		"/proc/lectern/audit"

static const struct work *const works[] = {
	&work_fork, &work_exec, &work_spawn, &work_orphan, &work_stop,
	&work_queue, &work_handler, &work_group, &work_pidfd, &work_records,
	&work_poll, &work_breakpipe, &work_tokens, &work_fifo, &work_waiters,
	&work_mutex,
	&work_barrier, &work_join, &work_killgroup, &work_cow, &work_forget,
	&work_maps, &work_fault, &work_compute, &work_move, &work_nice,
	&work_proc, &work_files, &work_rename, &work_locks, &work_mapfile,
	&work_glance, &work_cutcopy, &work_compare,
	&work_sleep, &work_timers, &work_tty,
};

struct shared *shared;
struct slot *slot;
char self[256];
int cpus;

static unsigned long seed = 1;
static long seconds = 20;
static int copies = 1;
static int audits = 1;
static int points, bad_points;

static void point(int ok, const char *what)
{
	printf("%sok %d - %s\n", ok ? "" : "not ", ++points, what);
	bad_points += !ok;
}

/* ---- the audit ----------------------------------------------------------- */

static int read_audit(char *text, size_t n)
{
	int fd = open(AUDIT, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read_all(fd, text, n - 1);

	if (fd >= 0)
		close(fd);
	text[got > 0 ? got : 0] = '\0';
	return got > 0;
}

/*
 * What ended may still be on its way out of the kernel, and a disk still to be
 * told of what was deleted: the audit has some tries.  => the two agree
 */
static int balanced(const char *before)
{
	char now[1024], was[1024], *a, *b, *sa, *sb;

	/* the first time, too: it takes pages of our own stack */
	for (int i = 0; i < 3000; i++) {
		sync();
		read_audit(now, sizeof(now));
		if (!strcmp(before, now) || !before[0])
			return 1;
		nap(20 * MS);
	}
	snprintf(was, sizeof(was), "%s", before);
	a = strtok_r(was, "\n", &sa);
	b = strtok_r(now, "\n", &sb);
	for (; a && b; a = strtok_r(NULL, "\n", &sa),
	     b = strtok_r(NULL, "\n", &sb))
		if (strcmp(a, b))
			printf("# audit before: %s; after: %s\n", a, b);
	return 0;
}

/* ---- workers ------------------------------------------------------------- */

static void work_until_stop(const struct work *w, int number)
{
	char name[32];

	snprintf(name, sizeof(name), "s-%s", w->name);
	syscall(SYS_prctl, 15, name);		/* PR_SET_NAME */
	rnd_seed(seed * 1000003 + (unsigned)number * 7919 + 1);
	if (w->setup)
		w->setup();
	while (!stopping()) {
		w->round();
		slot->rounds++;
		step();
	}
	if (w->end)
		w->end();
	_exit(0);
}

static int wanted(const struct work *w, char **names)
{
	if (!*names)
		return 1;
	for (; *names; names++)
		if (!strcmp(*names, w->name))
			return 1;
	return 0;
}

/* => how many there are; name[i]: what slot i does */
static int start_all(char **names, const char **name)
{
	int n = 0;

	for (int c = 0; c < copies; c++)
		for (int i = 0; i < COUNT(works) && n < 64; i++) {
			if (!wanted(works[i], names))
				continue;
			name[n] = works[i]->name;
			slot = &shared->slot[n];
			memset(slot, 0, sizeof(*slot));
			slot->pid = fork();
			if (slot->pid == 0) {
				slot->pid = getpid();
				work_until_stop(works[i], n);
			}
			need(slot->pid > 0);
			n++;
		}
	return n;
}

/* One part of the run.  => the workers that ended badly; rounds in *total */
static int run_part(char **names, long part, unsigned long *total)
{
	const char *name[64];
	int n, bad;

	shared->stop = 0;
	n = start_all(names, name);
	bad = watch(n, name, part);
	for (int i = 0; i < n; i++) {
		*total += shared->slot[i].rounds;
		if (!shared->slot[i].rounds)
			printf("# %s: no round\n", name[i]);
	}
	seed++;
	return bad;
}

static int options(int argc, char **argv)
{
	int i = 1;

	for (; i + 1 < argc && argv[i][0] == '-'; i += 2) {
		long v = atol(argv[i + 1]);

		switch (argv[i][1]) {
		case 's': seed = (unsigned long)v; break;
		case 't': seconds = v; break;
		case 'n': copies = (int)v; break;
		case 'a': audits = v != 0; break;
		}
	}
	return i;
}

/* A program that a worker runs: says by its status who it is. */
static int as_child(char **argv)
{
	if (!strcmp(argv[1], "-exit"))
		return atoi(argv[2]);
	pause();
	return 1;
}

int main(int argc, char **argv)
{
	static char before[1024];
	unsigned long mask = 0, total = 0;
	int first, bad = 0;

	if (argc == 3 && (!strcmp(argv[1], "-exit") ||
			  !strcmp(argv[1], "-pause")))
		return as_child(argv);
	snprintf(self, sizeof(self), "%s", argv[0]);
	first = options(argc, argv);
	syscall(SYS_sched_getaffinity, 0, sizeof(mask), &mask);
	cpus = __builtin_popcountl(mask);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	memset(before, 0, sizeof(before));	/* now it has its page */
	mkdir("/tmp/stress", 0755);
	need(!chdir("/tmp/stress"));
	printf("# stress: seed %lu, %ld s, %d CPUs\n", seed, seconds, cpus);
	for (long left = seconds, part; left > 0 && !bad; left -= part) {
		part = left == seconds ? (left + 3) / 4 : left;
		part = part > PART ? PART : part;
		bad = run_part(argv + first, part, &total);
		bad += audits && !balanced(before);
		if (!before[0])
			read_audit(before, sizeof(before));
	}
	point(!shared->failures, "every check held");
	if (shared->failures)
		printf("# %d failed; first: %s\n", shared->failures,
		       shared->first);
	point(!bad, audits ? "workers end well, and the audit balances" :
	      "workers end well");
	point(total > 0, "there was work");
	printf("# %lu rounds\n1..%d\n", total, points);
	return bad_points != 0;
}
