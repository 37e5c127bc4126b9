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
#include "storm.h"

#define MORE		1900
#define LEFT		512		/* pages, when another wants MORE */
#define AF_UNIX		1
#define SOCK_STREAM	1

static char junk[65536];

/* ---- hogs ---------------------------------------------------------------- */

static void take_shared(void)
{
	for (;;)
		take_for_ever(MAP_SHARED, 64 * PG, PG);
}

/* As much in tables as in pages: of each table one entry. */
static void fill_page_tables(void)
{
	take_for_ever(MAP_PRIVATE, 64ul << 21, 1ul << 21);
	take_pages_for_ever();
}

static void storm_of_pipes(void)
{
	int p[2];

	while (pipe2(p, O_NONBLOCK) == 0)
		while (write(p[1], junk, sizeof(junk)) > 0)
			;
	take_pages_for_ever();
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

static void storm_of_sockets(void)
{
	while (fill_socket())
		;
	take_pages_for_ever();
}

static void no_segment(int signo)
{
	(void)signo;
	take_pages_for_ever();
}

/* These go with the last who has them.  All together may have half of memory. */
static void fill_segments(void)
{
	signal(SIGBUS, no_segment);
	for (;;) {
		long id = syscall(SYS_shmget, 0, 64 * PG, 0600);
		char *p = (char *)syscall(SYS_shmat, id, 0, 0);

		syscall(SYS_shmctl, id, IPC_RMID, 0);
		if (id < 0 || p == (char *)-1)
			take_pages_for_ever();
		for (int i = 0; i < 64; i++)
			p[i * PG] = 1;
	}
}

/* These stay when their maker dies, so there must be an end to them. */
static void fill_queues(void)
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
	take_pages_for_ever();
}

static void fill_semaphores(void)
{
	for (int key = 1; key < KEYS; key++)
		if (syscall(SYS_semget, key, 4000,
			    IPC_CREAT | IPC_EXCL | 0600) < 0 && errno == ENOMEM)
			break;
	take_pages_for_ever();
}

/* Nobody maps them, so they are no process's pages. */
static void fill_memfds(void)
{
	long fd = syscall(SYS_memfd_create, "hog", 0);

	while (write((int)fd, junk, sizeof(junk)) > 0)
		;
	take_pages_for_ever();
}

/* ---- what a dead one had --------------------------------------------------- */

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
	check(ours_intact(),
	      "sockets of a dead one: root's parent has all it had");
	waitpid(hog, NULL, 0);
	unlink(file);
	check(audit_same(SLACK), "sockets of a dead one: all comes back");
}

int main(void)
{
	char *more;

	if (!storms_begin())
		return tap_skip_all("only on a small Lectern (--mem 48M)");
	storm("memory", take_pages_for_ever);
	storm("shared memory", take_shared);
	storm("page tables", fill_page_tables);
	storm("pipes", storm_of_pipes);
	storm("sockets", storm_of_sockets);
	storm("System V segments", fill_segments);
	/* larger than what is left for the hogs' own pages */
	more = anon_pages(MORE, PROT_READ | PROT_WRITE);
	memset(more, 1, MORE * PG);
	storm("memfds", fill_memfds);
	munmap(more, MORE * PG);
	storm("System V messages", fill_queues);
	storm("System V semaphores", fill_semaphores);
	giving_back();
	return tap_done();
}
