/* SPDX-License-Identifier: MIT */
/*
 * The position of an open file that somebody takes while its only owner is in
 * a call (pidfd_getfd(2)): a read counts from where it began, and a list of
 * names goes on undisturbed (row B5).  The call is held by the fault of the
 * page that it copies to.
 */
#include "uffd.h"

#define BYTES	100
#define MOVED	7
#define SMALL	64			/* room for a name or two */

static struct {
	int pidfd, uffd, fd;		/* the last two by their numbers there */
	char *page;
	int told[2], done[2];		/* pipes */
	volatile int *moves;		/* shared: the other is at its lseek */
} held;

static int taken(int fd)
{
	return (int)syscall(SYS_pidfd_getfd, held.pidfd, fd, 0);
}

/* Calls with the page that is not there, and says where that left the file. */
static void owner(const char *path, int lists)
{
	long result[2];

	held.page = anon_pages(1, RW);
	held.uffd = uffd_new(0, 0);
	held.fd = open(path, O_RDONLY);
	if (held.uffd < 0 || held.fd < 0 ||
	    uffd_register(held.uffd, held.page, PG, MISSING) ||
	    write(held.told[1], &held, sizeof(held)) != sizeof(held))
		_exit(1);
	result[0] = lists ?
		syscall(SYS_getdents64, held.fd, held.page, SMALL) :
		read(held.fd, held.page, BYTES);
	/* whoever moves it has come to its end, too */
	if (read(held.done[0], &result[1], 1) != 1)
		_exit(2);
	result[1] = lseek(held.fd, 0, SEEK_CUR);
	_exit(write(held.told[1], result, sizeof(result)) != sizeof(result));
}

/* Moves the file; it may have to wait for the call's end. */
static int mover(int to)
{
	int pid = fork(), fd;

	if (pid)
		return pid;
	fd = taken(held.fd);
	*held.moves = 1;
	_exit(fd < 0 || lseek(fd, to, SEEK_SET) != to);
}

/* => where the position is after both; *got: what the call gave */
static long moved(const char *path, int lists, int to, long *got)
{
	int pid, other, uffd, pidfd, status;
	long result[2] = { -1, -1 };

	if (pipe(held.told) || pipe(held.done))
		tap_bail("pipe");
	*held.moves = 0;
	pid = fork();
	if (!pid)
		owner(path, lists);
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (read(held.told[0], &held, sizeof(held)) != sizeof(held))
		tap_bail("no owner");
	held.pidfd = pidfd;
	uffd = taken(held.uffd);
	if (uffd < 0 || !next_msg(uffd).address)
		tap_bail("no fault");
	other = mover(to);
	/* it has moved the file, or waits until it may */
	if (!eventually(*held.moves) || !comes_to(other, "ZD"))
		tap_bail("nobody moves the file");
	if (uffd_zero(uffd, held.page, PG, 0))
		tap_bail("the page");
	waitpid(other, &status, 0);
	check_eq(status, 0, "%s: moved by another", path);
	if (write(held.done[1], "", 1) != 1 ||
	    read(held.told[0], result, sizeof(result)) != sizeof(result))
		tap_bail("no end");
	waitpid(pid, NULL, 0);
	close(uffd);
	close(pidfd);
	for (int i = 0; i < 2; i++) {
		close(held.told[i]);
		close(held.done[i]);
	}
	*got = result[0];
	return result[1];
}

static void reads(const char *path)
{
	long got, at = moved(path, 0, MOVED, &got);

	check_eq(got, BYTES, "%s: read", path);
	check(at == BYTES || at == MOVED, "one of the two counts: %ld", at);
}

static void lists(void)
{
	long got, at = moved("/proc/self/ns", 1, 0, &got);

	check(got > 0, "names: %ld bytes", got);
	check_eq(at, 0, "a directory is moved when they are listed");
	at = moved(".", 1, 0, &got);
	check(got > 0, "names: %ld bytes", got);
	check_eq(at, 0, "likewise");
}

int main(void)
{
	static char text[BYTES];
	int fd;

	if (geteuid())
		return tap_skip_all("only root holds faults of the kernel");
	held.moves = mmap(NULL, PG, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	tap_scratch("uffd_position");
	fd = open("file", O_CREAT | O_WRONLY, 0600);
	for (int i = 0; i < 3; i++)
		if (write(fd, text, BYTES) != BYTES)
			tap_bail("file");
	close(fd);
	reads("file");
	reads("/proc/self/status");
	lists();
	unlink("file");
	tap_scratch_end();
	return tap_done();
}
