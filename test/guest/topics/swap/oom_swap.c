/* SPDX-License-Identifier: MIT */
/*
 * Memory and swap are both full (row D13).  Storms of several hogs of a user,
 of
 * each kind: who fills pages, who fills page tables, who forks.  Each time hogs
 * die and the quiet process of root's lives, with all it had, most of which was
 * in swap; the log tells why in a table.  For a machine with little memory.
 */
#include <sys/wait.h>
#include "swap.h"

#define HOGS	3
#define OURS	256			/* pages of root's process */
#define AREA	1024			/* pages of swap at least */

static char *ours;

static void store_for_ever(void)
{
	for (;;) {
		char *p = mmap(NULL, 64 * PG, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			_exit(0);
		for (int i = 0; i < 64; i++)
			p[i * PG] = 1;
	}
}

/* A page and a table for each piece of the address space. */
static void fill_sparse_tables(void)
{
	unsigned long step = 4ul << 20;

	for (;;) {
		char *p = mmap(NULL, 64 * step, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
			       -1, 0);

		if (p == MAP_FAILED)
			store_for_ever();
		for (int i = 0; i < 64; i++)
			p[i * step] = 1;
	}
}

static void fork_and_store(void)
{
	char *p = mmap(NULL, 256 * PG, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (int n = 0;; n++) {
		for (int i = 0; i < 256; i++)
			p[i * PG] = (char)n;
		if (fork() < 0)
			store_for_ever();
	}
}

static int bystander_intact(void)
{
	for (int i = 0; i < OURS; i++)
		if (ours[i * PG] != (char)i || ours[i * PG + 99] != (char)~i)
			return 0;
	return 1;
}

/*
 * Kill the user's processes, as the user: root's kill would reach init as well.
 * No child does it: fork may fail here, and the killer of hogs may choose it.
 */
static void kill_hogs(void)
{
	setresuid(1000, 1000, 0);
	kill(-1, SIGKILL);
	setresuid(0, 0, 0);
}

/* Until none of the user's processes is left, or too long. */
static int hogs_gone(void)
{
	for (int i = 0; i < 600; i++) {
		kill_hogs();
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD)
			return 1;
		usleep(100000);
	}
	return 0;
}

static void storm_into_swap(const char *kind, void (*fn)(void))
{
	int died = 0, status;
	pid_t pid;

	for (int i = 0; i < HOGS; i++) {
		pid = fork();
		if (!pid) {
			if (setuid(1000))
				_exit(1);
			fn();
		}
	}
	/* as soon as one was killed we end the others: they would go on */
	pid = waitpid(-1, &status, 0);
	died = pid > 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	check(died, "%s: a hog was killed", kind);
	check(hogs_gone(), "%s: all of them are gone", kind);
	check(bystander_intact(), "%s: root's process has all it had", kind);
}

static int logged(const char *what)
{
	static char log[65536];
	long n = syscall(SYS_syslog, 3, log, sizeof(log) - 1);

	log[n > 0 ? n : 0] = 0;
	return strstr(log, what) != NULL;
}

int main(void)
{
	if (access(DISK, R_OK) || text_number("/proc/meminfo",
					      "MemTotal:") > 65536)
		return tap_skip_all("it takes a disk and little memory");
	write_header(good_header());
	if (disk_pages < AREA)
		return tap_skip_all("the disk is small");
	check_eq(syscall(SYS_swapon, DISK, 0), 0, "swapon");
	syscall(SYS_prctl, 36, 1, 0, 0, 0);	/* PR_SET_CHILD_SUBREAPER */
	ours = mmap(NULL, OURS * PG, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (int i = 0; i < OURS; i++) {
		ours[i * PG] = (char)i;
		ours[i * PG + 99] = (char)~i;
	}
	storm_into_swap("pages", store_for_ever);
	storm_into_swap("tables", fill_sparse_tables);
	storm_into_swap("forks", fork_and_store);
	check(logged("points name"), "the log has the table");
	check_eq(syscall(SYS_swapoff, DISK), 0, "swapoff");
	return tap_done();
}
