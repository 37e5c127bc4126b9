/* SPDX-License-Identifier: MIT */
/*
 * Storms: several hogs of one kind, all of an ordinary user, beside an innocent
 * parent of root's (row D13).  Only on a small machine, as
 * `./lectern run --mem 48M` makes it, and only on Lectern: whom another kernel
 * takes is its own choice.
 */
#ifndef TEST_STORM_H
#define TEST_STORM_H

#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include "audit.h"
#include "sysv.h"
#include "texts.h"

#define SMALL_KIB	(160L << 10)
#define USER		1000
#define HOGS		3
#ifndef OURS
#define OURS		512		/* pages of root's process */
#endif
#define KEYS		4000		/* objects that the hogs may make */
#define SLACK		63		/* pages that page tables and the like keep */
#define LIMIT_S		120
#define PR_SET_CHILD_SUBREAPER	36

static unsigned char *ours;

static void take_for_ever(int flags, unsigned long size, unsigned long step)
{
	for (;;) {
		char *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
			       flags | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		if (p == MAP_FAILED)
			return;
		for (unsigned long at = 0; at < size; at += step)
			p[at] = 1;
	}
}

/* What else is full, who wants more meets the killer. */
static inline void take_pages_for_ever(void)
{
	for (;;)
		take_for_ever(MAP_PRIVATE, 64 * PG, PG);
}

static inline int has_free(long pages)
{
	return text_number("/proc/meminfo", "MemFree:") >
		pages * (long)(PG >> 10);
}

static int ours_intact(void)
{
	for (int i = 0; i < OURS; i++)
		if (ours[i * PG] != (unsigned char)i ||
		    ours[i * PG + 99] != (unsigned char)~i)
			return 0;
	return 1;
}

static inline void remove_objects(void)
{
	for (int key = 1; key < KEYS; key++) {
		long id = syscall(SYS_msgget, key, 0);

		if (id >= 0)
			syscall(SYS_msgctl, id, IPC_RMID, 0);
		id = syscall(SYS_semget, key, 0, 0);
		if (id >= 0)
			syscall(SYS_semctl, id, 0, IPC_RMID, 0);
	}
}

/* All of the group; who is yet to fork may be late.  => did they end? */
static int end_hogs(pid_t group)
{
	uint64_t end = now_ns() + LIMIT_S * 1000000000ULL;

	while (now_ns() < end) {
		kill(-group, SIGKILL);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD)
			return 1;
		usleep(10000);
	}
	return 0;
}

/*
 * The last table in the log: its row with the star is a process of the user's.
 * => 1; 0: there is none, or it is another's
 */
static int log_explains(void)
{
	static char log[65536];
	long n = syscall(SYS_syslog, 3, log, sizeof(log) - 1);
	char *at = log, *table = NULL;

	log[n > 0 ? n : 0] = 0;
	while ((at = strstr(at, "points name")))
		table = ++at;
	at = table ? strchr(table, '*') : NULL;
	if (!at)
		return 0;
	strtol(at + 1, &at, 10);		/* its number */
	return strtol(at, NULL, 10) == USER;
}

static pid_t start_hogs(void (*fn)(void))
{
	pid_t group = 0;

	for (int i = 0; i < HOGS; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			setpgid(0, group);
			munmap(ours, OURS * PG);
			if (setgroups(0, NULL) || setgid(USER) || setuid(USER))
				_exit(45);
			fn();
		}
		setpgid(pid, group);
		if (!group)
			group = pid;
	}
	return group;
}

static inline void storm(const char *name, void (*fn)(void))
{
	int st = 0;
	pid_t group;

	audit_take();
	group = start_hogs(fn);
	if (!check(waitpid(-1, &st, 0) > 0 && WIFSIGNALED(st) &&
		   WTERMSIG(st) == SIGKILL, "%s: a hog is killed", name))
		printf("# status %#x\n", st);
	check(end_hogs(group), "%s: all of them end", name);
	remove_objects();
	check(ours_intact(), "%s: root's parent has all it had", name);
	check(log_explains(), "%s: the log's table has the user's row starred",
	      name);
	check(audit_same(SLACK), "%s: all comes back", name);
}

/* => 0: not here */
static int storms_begin(void)
{
	struct rlimit r = { 1 << 20, 1 << 20 };

	if (getuid() != 0 || on_other_kernel() ||
	    text_number("/proc/meminfo", "MemTotal:") > SMALL_KIB)
		return 0;
	setrlimit(RLIMIT_NOFILE, &r);
	syscall(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1);
	ours = (unsigned char *)anon_pages(OURS, PROT_READ | PROT_WRITE);
	for (int i = 0; i < OURS; i++) {
		ours[i * PG] = (unsigned char)i;
		ours[i * PG + 99] = (unsigned char)~i;
	}
	return 1;
}

#endif
