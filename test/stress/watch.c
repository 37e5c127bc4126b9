/* SPDX-License-Identifier: MIT */
/*
 * The watchdog.  A worker hangs when its steps stand still while those of
 * the others show that it would have had its turn often; or when nobody moves
 * though the CPUs idle.  A machine that is merely slow moves all of them
 * slowly, and one whose host stops it now and then has lost the time though
 * nobody had a turn: so what counts is how often the watchdog looked.  When
 * it fires it has the kernel print where all CPUs and tasks are, and ends the
 * rest.
 */
#include "stress.h"
#include "watch.h"

#define LOOK		(100 * MS)	/* at least, from one to the next */
#define STILL_LOOKS	2000		/* nobody hangs before */
#define STILL_OTHERS	20000		/* steps of others meanwhile */
#define NOBODY_LOOKS	3000		/* nobody at all moves: a livelock */
#define IDLE_LOOKS	200		/* nobody moves, and the CPUs idle */

struct seen {
	unsigned long steps;		/* when it last moved */
	unsigned long others;		/* steps of all at that moment */
	unsigned long looks;		/* and since */
	uint64_t at;			/* the time */
	int ended;
};

/* Idle time of all CPUs in ticks of 10 ms, from the first line. */
static unsigned long idle_ticks(void)
{
	char text[256], *p = text;
	int fd = open("/proc/stat", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	for (int field = 0; field < 4 && p; field++) {
		p = strchr(p, ' ');
		while (p && *p == ' ')
			p++;
	}
	return p ? strtoul(p, NULL, 10) : 0;
}

static void sysrq(const char *letter)
{
	int fd = open("/proc/sysrq-trigger", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	write(fd, letter, 1);
	close(fd);
}

/* Where everybody is, into the kernel's log. */
static void report(int n, const char *const *name, const struct seen *seen,
		   const char *why)
{
	uint64_t now = now_ns();

	printf("# HANG: %s\n", why);
	for (int i = 0; i < n; i++) {
		struct slot *s = &shared->slot[i];

		printf("# %-10s pid %d rounds %lu steps %lu at %s:%u, still for "
		       "%llu s%s\n", name[i], s->pid, s->rounds, s->steps,
		       s->file ? s->file : "?", s->line, (unsigned long long)
		       ((now - seen[i].at) / (uint64_t)SEC),
		       seen[i].ended ? ", ended" : "");
	}
	sysrq("l");
	sysrq("t");
}

static unsigned long total_steps(int n)
{
	unsigned long sum = 0;

	for (int i = 0; i < n; i++)
		sum += __atomic_load_n(&shared->slot[i].steps,
				       __ATOMIC_RELAXED);
	return sum;
}

/* => why one hangs, or NULL */
static const char *hanging(int n, struct seen *seen)
{
	static uint64_t moved_at;
	static unsigned long idle_at, total_at, looks;
	unsigned long total = total_steps(n);
	uint64_t now = now_ns();

	if (total != total_at || !moved_at) {
		moved_at = now;
		total_at = total;
		idle_at = idle_ticks();
		looks = 0;
	} else if (++looks > NOBODY_LOOKS) {
		return "nobody moves";
	} else if (looks > IDLE_LOOKS &&
		   (idle_ticks() - idle_at) * (10 * MS) >
		   (now - moved_at) / 10 * 9 * (unsigned)cpus) {
		return "nobody moves, and the CPUs are idle";
	}
	for (int i = 0; i < n; i++) {
		unsigned long steps = __atomic_load_n(&shared->slot[i].steps,
						      __ATOMIC_RELAXED);

		if (steps != seen[i].steps || !seen[i].at) {
			seen[i].steps = steps;
			seen[i].others = total;
			seen[i].looks = 0;
			seen[i].at = now;
		} else if (!seen[i].ended && ++seen[i].looks > STILL_LOOKS &&
			   total - seen[i].others > STILL_OTHERS) {
			return "one stands still while others move";
		}
	}
	return NULL;
}

/* Collect who has ended.  => how many are left; bad ones are counted */
static int collect(int n, const char *const *name, struct seen *seen,
		   int *bad)
{
	int left = 0, status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (int i = 0; i < n; i++) {
			if (shared->slot[i].pid != pid)
				continue;
			seen[i].ended = 1;
			if (status || !stopping()) {
				printf("# %s ended with 0x%x\n", name[i],
				       status);
				++*bad;
			}
		}
	for (int i = 0; i < n; i++)
		left += !seen[i].ended;
	return left;
}

int watch(int n, const char *const *name, long seconds)
{
	static struct seen seen[64];
	uint64_t end = now_ns() + (uint64_t)seconds * SEC, beat = 0;
	const char *why = NULL;
	int bad = 0, left;

	memset(seen, 0, sizeof(seen));
	while ((left = collect(n, name, seen, &bad)) && !why) {
		why = hanging(n, seen);
		if (now_ns() >= end || bad)
			__atomic_store_n(&shared->stop, 1, __ATOMIC_RELAXED);
		if (now_ns() >= beat) {
			beat = now_ns() + 5 * SEC;
			printf("# beat: %d workers, %lu steps\n", left,
			       total_steps(n));
		}
		nap(LOOK);
	}
	if (!why)
		return bad;
	report(n, name, seen, why);
	for (int i = 0; i < n; i++)
		if (!seen[i].ended)
			kill(shared->slot[i].pid, SIGKILL);
	return bad + left;
}
