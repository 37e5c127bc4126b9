/* SPDX-License-Identifier: MIT */
/*
 * One file whose size, rights, owner, times and names change while others ask
 * for them, read it and look at its end: whoever asks is told a state that the
 * file has had (rows A1, B11).
 */
#include <sys/wait.h>
#include <time.h>
#include "tap.h"

#define ROUNDS	2000
#define SMALL	100
#define LARGE	9000

static char text[LARGE];

/* In the parent: what the file is, over and over. */
static int change_for_ever(int fd)
{
	int bad = 0;

	for (int i = 0; i < ROUNDS; i++) {
		bad |= pwrite(fd, text, LARGE, 0) != LARGE;
		bad |= fchmod(fd, i & 1 ? 0600 : 0644);
		bad |= fchown(fd, i & 1 ? 7 : 9, i & 1 ? 7 : 9);
		bad |= link("file", "other");
		bad |= (int)syscall(SYS_utimensat, fd, NULL, NULL, 0);
		bad |= unlink("other");
		bad |= ftruncate(fd, SMALL);
	}
	return bad;
}

/* Sizes between the two are those of a write under way, a page at a time. */
static int size_ok(off_t size)
{
	return size >= SMALL && size <= LARGE;
}

static int stat_ok(const struct stat *s, time_t start)
{
	time_t now = time(NULL);

	return size_ok(s->st_size) && s->st_uid <= 9 && s->st_nlink >= 1 &&
		s->st_nlink <= 2 && (s->st_mode & 07777 & ~0044) == 0600 &&
		s->st_mtime >= start - 1 && s->st_mtime <= now + 1;
}

/* => a bit for each kind of wrong answer */
static int ask_racing(int fd, time_t start)
{
	char got[LARGE];
	struct stat s;
	int bad = 0;

	while (access("end", F_OK)) {
		ssize_t n = pread(fd, got, LARGE, 0);

		bad |= (n < SMALL || memcmp(got, text, SMALL)) << 0;
		bad |= (fstat(fd, &s) || !stat_ok(&s, start)) << 1;
		bad |= (stat("file", &s) || !stat_ok(&s, start)) << 2;
		bad |= !size_ok(lseek(fd, 0, SEEK_END)) << 3;
		bad |= (access("file", R_OK) != 0) << 4;
	}
	return bad;
}

/*
 * The owner sets the set-user-id bit again and again, while root takes the file
 * and gives it back: what is root's never has the bit.
 */
static void given_away(void)
{
	int fd = open("program", O_CREAT | O_RDWR, 0755), bad = 0;
	pid_t owner;
	struct stat s;

	fchown(fd, 1000, 1000);
	owner = fork();
	if (owner == 0) {
		if (setgid(1000) || setuid(1000))
			_exit(1);
		for (;;)
			fchmod(fd, 04755);
	}
	for (int i = 0; i < 4 * ROUNDS; i++) {
		fchown(fd, 0, 0);
		for (int k = 0; k < 4; k++) {
			fstat(fd, &s);
			bad += s.st_uid == 0 && s.st_mode & S_ISUID;
		}
		fchown(fd, 1000, 1000);
	}
	kill(owner, SIGKILL);
	waitpid(owner, NULL, 0);
	check_eq(bad, 0, "no program of root's with its owner's bit");
	close(fd);
	unlink("program");
}

int main(void)
{
	int fd, st, bad = 0;
	time_t start = time(NULL);
	pid_t pids[3];

	tap_scratch("inode_races");
	memset(text, 'x', LARGE);
	fd = open("file", O_CREAT | O_RDWR, 0600);
	check_eq(pwrite(fd, text, LARGE, 0), LARGE, "a file");
	for (int i = 0; i < 3; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(ask_racing(open("file", O_RDONLY), start));
	}
	check_eq(change_for_ever(fd), 0, "it changes");
	close(open("end", O_CREAT, 0600));
	for (int i = 0; i < 3; i++) {
		waitpid(pids[i], &st, 0);
		bad |= st;
	}
	check_eq(bad, 0, "each answer was true at some time");
	close(fd);
	unlink("file");
	unlink("end");
	given_away();
	tap_scratch_end();
	return tap_done();
}
