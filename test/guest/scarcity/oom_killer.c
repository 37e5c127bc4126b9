/* SPDX-License-Identifier: MIT */
/*
 * Out of memory: the largest process dies of SIGKILL, others and the
 * machine live on, and everything it had comes back; oom_score_adj chooses
 * another (row D13).  Only on Lectern: elsewhere it could hit a stranger.
 */
#include "tap.h"
#include "texts.h"

#define MiB	(1UL << 20)

static long free_pages(void)
{
	return text_number("/proc/meminfo", "MemFree:") / 4;
}

/* Takes memory until it is killed. */
static void hog_until_killed(void *arg)
{
	for (;;) {
		char *p = mmap(NULL, MiB, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
			       -1, 0);

		if (p == MAP_FAILED)
			_exit(42);
		for (unsigned long i = 0; i < MiB; i += PG)
			p[i] = (char)i + 1;
	}
}

/*
 * Holds some memory and what a pipe can, which counts for no more than it is,
 * and sleeps; first to be taken with adjust 1000.
 */
static void bystander(void *arg)
{
	char *p = anon_pages(2048, PROT_READ | PROT_WRITE);
	int fds[2];

	if (pipe2(fds, O_NONBLOCK) || write(fds[1], p, 16 * PG) <= 0)
		_exit(1);
	if (arg)
		text_set("/proc/self/oom_score_adj", arg);
	for (unsigned long i = 0; i < 2048; i++)
		p[i * PG] = 1;
	for (;;)
		pause();
}

static void kill_hogs_one_by_one(void)
{
	pid_t quiet = start_child(bystander, NULL);
	long before;
	int bad = 0, st;

	comes_to(quiet, "S");
	before = free_pages();
	for (int i = 0; i < 5; i++) {
		st = in_child(hog_until_killed, NULL);
		bad += !WIFSIGNALED(st) || WTERMSIG(st) != SIGKILL;
	}
	check_eq(bad, 0, "five storms, the hog dies each time");
	check_eq(waitpid(quiet, &st, WNOHANG), 0, "the bystander lives");
	check(eventually(free_pages() > before - 256), "the memory is back");
	kill(quiet, SIGKILL);
	waitpid(quiet, &st, 0);
}

static void chosen(void)
{
	pid_t victim;
	int st;

	if (access("/proc/self/oom_score_adj", F_OK)) {
		tap_skip("oom_score_adj 1000 is taken first", "not there");
		return;
	}
	victim = start_child(bystander, (void *)"1000");
	comes_to(victim, "S");
	in_child(hog_until_killed, NULL);
	check(eventually(waitpid(victim, &st, WNOHANG) == victim) &&
	      WIFSIGNALED(st) &&
	      WTERMSIG(st) == SIGKILL, "oom_score_adj 1000 is taken first");
}

/* Holds 16 MiB as the user *arg. */
static void hold_as_user(void *arg)
{
	const char *p = anon_pages(4096, PROT_READ | PROT_WRITE);

	if (setgid(*(uid_t *)arg) || setuid(*(uid_t *)arg))
		_exit(1);
	for (unsigned long i = 0; i < 4096; i++)
		((volatile char *)p)[i * PG] = 1;
	for (;;)
		pause();
}

static pid_t hold_as(uid_t uid)
{
	pid_t pid = start_child(hold_as_user, &uid);

	comes_to(pid, "S");
	return pid;
}

static long oom_score(pid_t pid)
{
	char name[64];
	long score;

	snprintf(name, sizeof(name), "/proc/%d/oom_score", (int)pid);
	score = text_number(name, "");
	if (score < 0)
		tap_bail("oom_score");
	return score;
}

/* What a user has in many processes counts for each, and nobody else's does. */
static void blamed(void)
{
	pid_t p[5];
	int alone;

	p[0] = hold_as(1000);
	alone = oom_score(p[0]);
	p[1] = hold_as(2000);
	p[2] = hold_as(2000);
	check_eq(oom_score(p[0]), alone,
		 "others' memory is not blamed on a user");
	p[3] = hold_as(1000);
	p[4] = hold_as(1000);
	check(oom_score(p[0]) > alone, "but all that is the user's own");
	for (int i = 0; i < 5; i++) {
		kill(p[i], SIGKILL);
		waitpid(p[i], NULL, 0);
	}
}

static void hog_together(void)
{
	int killed = 0, st;

	for (int i = 0; i < 4; i++)
		start_child(hog_until_killed, NULL);
	for (int i = 0; i < 4; i++) {
		wait(&st);
		killed += WIFSIGNALED(st) && WTERMSIG(st) == SIGKILL;
	}
	check_eq(killed, 4, "four hogs at once all die in the end");
}

int main(void)
{
	if (on_other_kernel())
		return tap_skip_all("not on another kernel");
	kill_hogs_one_by_one();
	chosen();
	blamed();
	hog_together();
	return tap_done();
}
