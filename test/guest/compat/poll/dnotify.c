/* SPDX-License-Identifier: MIT */
/*
 * fcntl F_NOTIFY (row B5): SIGIO for what happens in a directory, once or
 * until it is closed, and never to a process that did not ask.
 */
#include "tap.h"

#ifndef F_NOTIFY
#define F_NOTIFY	1026
#endif
#define DN_ACCESS	0x00000001u
#define DN_MODIFY	0x00000002u
#define DN_CREATE	0x00000004u
#define DN_DELETE	0x00000008u
#define DN_RENAME	0x00000010u
#define DN_ATTRIB	0x00000020u
#define DN_MULTISHOT	0x80000000u

static volatile int signals;

static void count_sigio(int sig)
{
	signals++;
}

/* How often SIGIO came since the last question. */
static int sigio_since(void)
{
	int n = signals;

	signals = 0;
	return n;
}

static void once_and_for_good(int dir)
{
	check_ok(fcntl(dir, F_NOTIFY, DN_CREATE), "asked for one new name");
	touch_file("d/a");
	check_eq(sigio_since(), 1, "it is told");
	touch_file("d/b");
	check_eq(sigio_since(), 0, "the next is not");
	check_ok(fcntl(dir, F_NOTIFY, DN_CREATE | DN_MULTISHOT), "for all");
	touch_file("d/c");
	check_eq(sigio_since(), 1, "the first");
	mkdir("d/e", 0700);
	check_eq(sigio_since(), 1, "a directory");
	unlink("d/c");
	check_eq(sigio_since(), 0, "not what was not asked for");
	check_ok(fcntl(dir, F_NOTIFY, DN_DELETE), "more events");
	unlink("d/b");
	rmdir("d/e");
	check_eq(sigio_since(), 2, "are for good, too");
	check_ok(fcntl(dir, F_NOTIFY, DN_MULTISHOT), "no event");
	touch_file("d/c");
	check_eq(sigio_since(), 0, "ends it");
}

static void tell_each_kind(int dir)
{
	char c;
	int fd;

	check_ok(fcntl(dir, F_NOTIFY, DN_ATTRIB | DN_MULTISHOT), "attributes");
	chmod("d/a", 0640);
	check_eq(sigio_since(), 1, "of a file in it");
	check_ok(fcntl(dir, F_NOTIFY, DN_MODIFY | DN_ACCESS), "contents");
	fd = open("d/a", O_RDWR);
	sigio_since();
	write(fd, "x", 1);
	check_eq(sigio_since(), 1, "written");
	pread(fd, &c, 1, 0);
	check_eq(sigio_since(), 1, "read");
	close(fd);
	check_eq(sigio_since(), 0, "not closed");
	check_ok(fcntl(dir, F_NOTIFY, 0), "no more of it");
	check_ok(fcntl(dir, F_NOTIFY, DN_RENAME | DN_MULTISHOT), "names");
	rename("d/a", "d/r");
	check_eq(sigio_since(), 1, "within it");
	touch_file("d/n");
	check_eq(sigio_since(), 0, "a new one is none");
	check_ok(fcntl(dir, F_NOTIFY, 0), "no more of these");
}

/* Who asked is told, and only as long as he has the directory open. */
static void end_requests(int dir)
{
	int copy = dup(dir), st;
	pid_t pid;

	check_ok(fcntl(dir, F_NOTIFY, DN_CREATE | DN_MULTISHOT), "asked");
	pid = fork();
	if (pid == 0) {
		close(dir);
		close(copy);
		touch_file("d/child");
		_exit(signals);
	}
	waitpid(pid, &st, 0);
	check(WIFEXITED(st) && WEXITSTATUS(st) == 0, "a child is not told");
	check_eq(sigio_since(), 1, "its parent is");
	close(copy);
	touch_file("d/copy");
	check_eq(sigio_since(), 0, "closing a copy of the descriptor ends it");
	check_ok(fcntl(dir, F_NOTIFY, DN_DELETE | DN_MULTISHOT), "again");
	close(dir);
	unlink("d/copy");
	check_eq(sigio_since(), 0, "so does closing it");
	pid = fork();
	if (pid == 0) {
		dir = open("d", O_RDONLY);
		_exit(fcntl(dir, F_NOTIFY, DN_CREATE | DN_MULTISHOT) != 0);
	}
	waitpid(pid, &st, 0);
	check(st == 0, "a process that ends with one");
	touch_file("d/later");
	check_eq(sigio_since(), 0, "is not told, nor anybody");
}

/* The whole system's switch (proc_sys_fs(5)). */
static void switched_off(int dir)
{
	int fd = open("/proc/sys/fs/dir-notify-enable", O_RDWR);
	char on[4] = "";

	if (fd < 0) {
		tap_skip("the switch", "needs root");
		return;
	}
	check_eq(read(fd, on, sizeof(on)), 2, "the switch is there");
	check_eq(on[0], '1', "and on");
	pwrite(fd, "0\n", 2, 0);
	check_err(EINVAL, fcntl(dir, F_NOTIFY, DN_CREATE), "switched off");
	check_err(EINVAL, fcntl(dir, F_NOTIFY, 0), "nor can it be ended");
	check_eq(pwrite(fd, "1\n", 2, 0), 2, "switched on");
	check_ok(fcntl(dir, F_NOTIFY, 0), "it goes again");
	close(fd);
}

int main(void)
{
	static const char *const left[] = {
		"file", "d/c", "d/r", "d/n", "d/child", "d/later",
	};
	int dir, fd;

	signal(SIGIO, count_sigio);
	mkdir("d", 0700);
	dir = open("d", O_RDONLY | O_DIRECTORY);
	once_and_for_good(dir);
	tell_each_kind(dir);
	end_requests(dir);
	dir = open("d", O_RDONLY | O_DIRECTORY);
	switched_off(dir);
	close(dir);
	touch_file("file");
	fd = open("file", O_RDONLY);
	check_err(ENOTDIR, fcntl(fd, F_NOTIFY, DN_CREATE), "not a directory");
	check_ok(fcntl(fd, F_NOTIFY, 0), "asking a file for nothing");
	close(fd);
	fd = open("d", O_PATH);
	check_err(EBADF, fcntl(fd, F_NOTIFY, DN_CREATE), "not by O_PATH");
	close(fd);
	check_err(EBADF, fcntl(fd, F_NOTIFY, DN_CREATE), "no descriptor");
	/* the directory itself goes while it is asked about */
	mkdir("gone", 0700);
	dir = open("gone", O_RDONLY);
	check_ok(fcntl(dir, F_NOTIFY, DN_DELETE | DN_MULTISHOT), "asked");
	check_ok(rmdir("gone"), "removed");
	check_ok(close(dir), "closed");
	for (unsigned i = 0; i < sizeof(left) / sizeof(*left); i++)
		unlink(left[i]);
	rmdir("d");
	return tap_done();
}
