/* SPDX-License-Identifier: MIT */
/*
 * Storms of several hogs of one kind, all of an ordinary user (row D13): memory
 * of their own, shared memory, page tables, pipes, sockets, memfds, System V's
 * objects.
 * A hog is killed each time, the log says why in a table, and root's innocent
 * parent, which is larger than some of them, has all it had.  What the user
 * held comes back.  Only on a small machine, as `./lectern run --mem 48M` makes
 * it, and only on Lectern: whom another kernel takes is its own choice.
 */
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include "audit.h"
#include "sysv.h"
#include "texts.h"

#define SMALL_KIB	(160L << 10)
#define USER		1000
#define HOGS		3
#define OURS		512		/* pages of root's process */
#define MORE		1900
#define KEYS		4000		/* objects that the hogs may make */
#define LEFT		512		/* pages, when another wants MORE */
#define SLACK		63		/* pages that page tables and the like keep */
#define LIMIT_S		120
#define AF_UNIX		1
#define SOCK_STREAM	1
#define PR_SET_CHILD_SUBREAPER	36

static char junk[65536];
static unsigned char *ours;

/* ---- hogs ---------------------------------------------------------------- */

static void take(int flags, unsigned long size, unsigned long step)
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
static void pages(void)
{
	for (;;)
		take(MAP_PRIVATE, 64 * PG, PG);
}

static void shared(void)
{
	for (;;)
		take(MAP_SHARED, 64 * PG, PG);
}

/* As much in tables as in pages: of each table one entry. */
static void tables(void)
{
	take(MAP_PRIVATE, 64ul << 21, 1ul << 21);
	pages();
}

static void pipes(void)
{
	int p[2];

	while (pipe2(p, O_NONBLOCK) == 0)
		while (write(p[1], junk, sizeof(junk)) > 0)
			;
	pages();
}

static int fill_socket(void)
{
	int p[2];

	if (syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM | O_NONBLOCK, 0, p))
		return 0;
	for (int i = 0; i < 2; i++)
		while (write(p[i], junk, sizeof(junk)) > 0)
			;
	return 1;
}

static void sockets(void)
{
	while (fill_socket())
		;
	pages();
}

static void no_segment(int signo)
{
	(void)signo;
	pages();
}

/* These go with the last who has them.  All together may have half of memory. */
static void segments(void)
{
	signal(SIGBUS, no_segment);
	for (;;) {
		long id = syscall(SYS_shmget, 0, 64 * PG, 0600);
		char *p = (char *)syscall(SYS_shmat, id, 0, 0);

		syscall(SYS_shmctl, id, IPC_RMID, 0);
		if (id < 0 || p == (char *)-1)
			pages();
		for (int i = 0; i < 64; i++)
			p[i * PG] = 1;
	}
}

/* These stay when their maker dies, so there must be an end to them. */
static void messages(void)
{
	static struct { long type; char text[8192]; } m = { 1, "" };

	for (int key = 1; key < KEYS; key++) {
		long id = syscall(SYS_msgget, key,
				  IPC_CREAT | IPC_EXCL | 0600);

		while (id >= 0 && !syscall(SYS_msgsnd, id, &m, sizeof(m.text),
					   IPC_NOWAIT))
			;
		if (errno == ENOMEM)
			break;
	}
	pages();
}

static void semaphores(void)
{
	for (int key = 1; key < KEYS; key++)
		if (syscall(SYS_semget, key, 4000,
			    IPC_CREAT | IPC_EXCL | 0600) < 0 && errno == ENOMEM)
			break;
	pages();
}

/* Nobody maps them, so they are no process's pages. */
static void memfds(void)
{
	long fd = syscall(SYS_memfd_create, "hog", 0);

	while (write((int)fd, junk, sizeof(junk)) > 0)
		;
	pages();
}

/* ---- around them --------------------------------------------------------- */

static int intact(void)
{
	for (int i = 0; i < OURS; i++)
		if (ours[i * PG] != (unsigned char)i ||
		    ours[i * PG + 99] != (unsigned char)~i)
			return 0;
	return 1;
}

static void remove_objects(void)
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
static int end_all(pid_t group)
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

static void storm(const char *name, void (*fn)(void))
{
	int st = 0;
	pid_t group;

	audit_take();
	group = start_hogs(fn);
	if (!check(waitpid(-1, &st, 0) > 0 && WIFSIGNALED(st) &&
		   WTERMSIG(st) == SIGKILL, "%s: a hog is killed", name))
		printf("# status %#x\n", st);
	check(end_all(group), "%s: all of them end", name);
	remove_objects();
	check(intact(), "%s: root's parent has all it had", name);
	check(log_explains(), "%s: the log's table has the user's row starred",
	      name);
	check(audit_same(SLACK), "%s: all comes back", name);
}

/* ---- what a dead one had --------------------------------------------------- */

static int has_free(long pages)
{
	return text_number("/proc/meminfo", "MemFree:") >
		pages * (long)(PG >> 10);
}

/* A file of root's takes memory until this much is free. */
static void fill_up(const char *file, long pages)
{
	int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	while (has_free(pages) && write(fd, junk, sizeof(junk)) > 0)
		;
	close(fd);
}

/*
 * A process that was killed has no pages any more, but its sockets are still
 * being freed: who wants memory then waits for them.
 */
static void giving_back(void)
{
	static const char file[] = "/tmp/filler";
	pid_t hog, other;
	int p[2], st = 0;
	char full;

	audit_take();
	pipe(p);
	hog = fork();
	if (hog == 0) {
		munmap(ours, OURS * PG);
		if (setgroups(0, NULL) || setgid(USER) || setuid(USER))
			_exit(45);
		while (has_free(2 * LEFT) && fill_socket())
			;
		write(p[1], "", 1);
		pause();
	}
	close(p[1]);
	check(read(p[0], &full, 1) == 1, "sockets of a dead one: it had them");
	close(p[0]);
	fill_up(file, LEFT);
	kill(hog, SIGKILL);
	other = fork();
	if (other == 0) {
		memset(anon_pages(MORE, PROT_READ | PROT_WRITE), 1, MORE * PG);
		_exit(0);
	}
	check(waitpid(other, &st, 0) == other && st == 0,
	      "sockets of a dead one are waited for");
	check(intact(), "sockets of a dead one: root's parent has all it had");
	waitpid(hog, NULL, 0);
	unlink(file);
	check(audit_same(SLACK), "sockets of a dead one: all comes back");
}

int main(void)
{
	struct rlimit r = { 1 << 20, 1 << 20 };
	char *more;

	if (getuid() != 0 || on_other_kernel())
		return tap_skip_all("for root on Lectern");
	if (text_number("/proc/meminfo", "MemTotal:") > SMALL_KIB)
		return tap_skip_all("only with little memory (--mem 48M)");
	setrlimit(RLIMIT_NOFILE, &r);
	syscall(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1);
	ours = (unsigned char *)anon_pages(OURS, PROT_READ | PROT_WRITE);
	for (int i = 0; i < OURS; i++) {
		ours[i * PG] = (unsigned char)i;
		ours[i * PG + 99] = (unsigned char)~i;
	}
	storm("memory", pages);
	storm("shared memory", shared);
	storm("page tables", tables);
	storm("pipes", pipes);
	storm("sockets", sockets);
	storm("System V segments", segments);
	/* larger than what is left for the hogs' own pages */
	more = anon_pages(MORE, PROT_READ | PROT_WRITE);
	memset(more, 1, MORE * PG);
	storm("memfds", memfds);
	munmap(more, MORE * PG);
	storm("System V messages", messages);
	storm("System V semaphores", semaphores);
	giving_back();
	return tap_done();
}
