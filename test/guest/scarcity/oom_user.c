/* SPDX-License-Identifier: MIT */
/*
 * An ordinary user fills memory with what no process of its shows much of:
 * pipes, sockets, many small processes, all of it at once.  Its processes die
 * for it, a larger one of root's lives, and all comes back (row D13).  Nor does
 * a larger one of its own die for who fills pipes or sockets; so with root.
 * Only on a small machine, as `./lectern run --mem 48M` makes it, and only on
 * Lectern: whom another kernel takes is its own choice.
 */
#include <sys/resource.h>
#include "audit.h"
#include "texts.h"

#define MiB		(1UL << 20)
#define SMALL_KIB	(160L << 10)
#define USER		1000
#define OTHER		1001
#define QUIET_PAGES	512		/* of a process that does nothing */
#define FEW_PAGES	16		/* of each of the user's many */
#define MANY		1500		/* more of them than memory has room */
#define SLACK		63		/* pages that page tables and the like keep */
#define LIMIT_S		120
#define AF_UNIX		1
#define SOCK_STREAM	1
#define PR_SET_CHILD_SUBREAPER	36

static char junk[65536], few[FEW_PAGES * 4096];

/* ---- what the user does -------------------------------------------------- */

/* Memory is full: whoever wants more of it now meets the killer. */
static void want_more(void)
{
	for (;;) {
		char *p = mmap(NULL, 16 * PG, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			usleep(1000);
		else
			memset(p, 1, 16 * PG);
	}
}

static void fill_user_pipes(void)
{
	int p[2];

	while (pipe2(p, O_NONBLOCK) == 0)
		while (write(p[1], junk, sizeof(junk)) > 0)
			;
	want_more();
}

static void fill_user_sockets(void)
{
	int p[2];

	while (syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM | O_NONBLOCK, 0,
		       p) == 0)
		for (int i = 0; i < 2; i++)
			while (write(p[i], junk, sizeof(junk)) > 0)
				;
	want_more();
}

static void small_one(void)
{
	memset(few, 1, sizeof(few));
	for (;;)
		pause();
}

/* Until one of them was killed.  Its own death is as good. */
static void fork_small_ones(void)
{
	for (int i = 0; i < MANY; i++) {
		pid_t pid = fork();
		int st;

		if (pid == 0)
			small_one();
		if (waitpid(-1, &st, WNOHANG) > 0 && WIFSIGNALED(st) &&
		    WTERMSIG(st) == SIGKILL)
			raise(SIGKILL);
		if (pid < 0)
			want_more();
	}
	_exit(43);
}

static void hog_as_user(void)
{
	for (;;) {
		char *p = mmap(NULL, MiB, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			usleep(1000);
		else
			memset(p, 1, MiB);
	}
}

/* Until all were killed: so is the caller then, by itself. */
static void each(void (*const all[])(void), int n)
{
	int killed = 0, st;

	for (int i = 0; i < n; i++)
		if (fork() == 0)
			all[i]();
	while (wait(&st) > 0)
		killed += WIFSIGNALED(st) && WTERMSIG(st) == SIGKILL;
	if (killed == n)
		raise(SIGKILL);
	_exit(44);
}

static void fill_together(void)
{
	static void (*const all[])(void) = { fill_user_pipes, fill_user_sockets,
					    fork_small_ones, hog_as_user,
					    hog_as_user };

	each(all, COUNT(all));
}

/* None of them is as large as another user's quiet one at first. */
static void hogs(void)
{
	static void (*const all[])(void) = { hog_as_user, hog_as_user,
					    hog_as_user, hog_as_user,
					    hog_as_user, hog_as_user,
					     hog_as_user, hog_as_user,
					     hog_as_user, hog_as_user };

	each(all, COUNT(all));
}

/* ---- around it ----------------------------------------------------------- */

static void become_hog_user(unsigned uid)
{
	if (setgroups(0, NULL) || setgid(uid) || setuid(uid))
		_exit(45);
}

static pid_t quiet_process(unsigned uid)
{
	unsigned long pages = (uid == OTHER ? 4 : 1) * QUIET_PAGES;
	pid_t pid = fork();

	if (pid == 0) {
		text_set("/proc/self/oom_score_adj", "0");
		become_hog_user(uid);
		memset(anon_pages(pages, PROT_READ | PROT_WRITE), 1,
		       pages * PG);
		for (;;)
			pause();
	}
	comes_to(pid, "S");
	return pid;
}

/* By no child: there may be no memory for one yet. */
static void end_users(void)
{
	setresuid(USER, USER, 0);
	kill(-1, SIGKILL);
	setresuid(0, 0, 0);
}

/* All of the user's and `quiet`, whoever their parent was.  => did they end? */
static int reap_users(pid_t quiet)
{
	uint64_t end = now_ns() + LIMIT_S * 1000000000ULL;

	kill(quiet, SIGKILL);
	for (;;) {
		pid_t pid = waitpid(-1, NULL, WNOHANG);

		if (pid < 0 && errno == ECHILD)
			return 1;
		if (now_ns() > end)
			return 0;
		end_users();
		if (pid == 0)
			usleep(1000);
	}
}

enum whose { USERS, ROOTS, USERS_BESIDE_ITS, USERS_BESIDE_ANOTHERS };

/* One does fn, and another of root's, its own or one more user's is quiet. */
static void storm_of_user(const char *name, void (*fn)(void), enum whose whose)
{
	pid_t quiet, taker;
	int st = 0;

	audit_take();
	quiet = quiet_process(whose == USERS_BESIDE_ITS ? USER :
			      whose == USERS_BESIDE_ANOTHERS ? OTHER : 0);
	taker = fork();
	if (taker == 0) {
		text_set("/proc/self/oom_score_adj", "0");
		if (whose != ROOTS)
			become_hog_user(USER);
		fn();
	}
	waitpid(taker, &st, 0);
	if (!check(WIFSIGNALED(st) && WTERMSIG(st) == SIGKILL,
		   "%s: who takes it is killed", name))
		printf("# status %#x\n", st);
	check(waitpid(quiet, &st, WNOHANG) == 0, "%s: the quiet one lives",
	      name);
	check(reap_users(quiet), "%s: all who took part end", name);
	check(audit_same(SLACK), "%s: all comes back", name);
}

int main(void)
{
	struct rlimit r = { 1 << 20, 1 << 20 };

	if (getuid() != 0 || on_other_kernel())
		return tap_skip_all("for root on Lectern");
	if (text_number("/proc/meminfo", "MemTotal:") > SMALL_KIB)
		return tap_skip_all("only with little memory (--mem 48M)");
	text_set("/proc/self/oom_score_adj", "-1000");
	setrlimit(RLIMIT_NOFILE, &r);
	syscall(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1);
	end_users();	/* its own credentials, from now on */
	storm_of_user("pipes", fill_user_pipes, USERS);
	storm_of_user("sockets", fill_user_sockets, USERS);
	storm_of_user("many small processes", fork_small_ones, USERS);
	storm_of_user("all at once", fill_together, USERS);
	storm_of_user("pipes beside its own", fill_user_pipes,
		      USERS_BESIDE_ITS);
	storm_of_user("sockets beside its own", fill_user_sockets,
		      USERS_BESIDE_ITS);
	storm_of_user("ten beside another user's", hogs, USERS_BESIDE_ANOTHERS);
	storm_of_user("pipes of root's", fill_user_pipes, ROOTS);
	storm_of_user("sockets of root's", fill_user_sockets, ROOTS);
	return tap_done();
}
