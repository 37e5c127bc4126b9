/* SPDX-License-Identifier: MIT */
/*
 * Each allocation of the file layer is made to fail in turn (row D11): names,
 * mounts, descriptor tables, pipes, polls, event files, locks, /proc.  An
 * operation either works or fails with a reason and leaves nothing behind.
 */
#include <dirent.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/select.h>
#include "fail_allocs.h"

#define LONG	"a-name-that-is-too-long-for-the-short-form-of-a-dentry"

static char big[40000];

/* Each: do it with the n-th allocation failing, undo, say whether it worked */

static int do_names(int n)
{
	int ok;

	inject_nth(n);
	ok = !mkdir("d", 0755) && !mkdir("d/" LONG, 0755) &&
		!symlink("target", "d/l") && !rename("d/l", "d/" LONG "2") &&
		!mknod("d/p", S_IFIFO | 0600, 0) &&
		!link("d/p", "d/" LONG "3") && !rmdir("d/" LONG);
	inject_nth(0);
	unlink("d/" LONG "3");
	unlink("d/p");
	unlink("d/" LONG "2");
	unlink("d/l");
	rmdir("d/" LONG);
	rmdir("d");
	return ok;
}

static int do_mount(int n)
{
	int ok;

	mkdir("m", 0755);
	inject_nth(n);
	ok = !mount("none", "m", "tmpfs", 0, "size=1m,mode=755");
	ok = ok && !mkdir("m/x", 0755);
	inject_nth(0);
	umount2("m", 0);
	rmdir("m");
	return ok;
}

static int do_listing(int n)
{
	char b[64];
	struct dirent *e;
	DIR *d;
	int ok = 0;

	inject_nth(n);
	d = opendir("/proc/self");
	if (d) {
		errno = 0;
		while ((e = readdir(d)))
			ok++;
		ok = ok > 10;
		closedir(d);
	}
	ok = ok && getcwd(b, sizeof(b)) &&
		readlink("/proc/self/cwd", b, sizeof(b)) > 0;
	inject_nth(0);
	return ok;
}

static int do_proc(int n)
{
	static const char *const files[] = {
		"/proc/self/maps", "/proc/self/status", "/proc/self/stat",
		"/proc/meminfo", "/proc/mounts", "/proc/self/fdinfo/1",
		"/proc/self/cmdline",
	};
	int ok = 1;

	inject_nth(n);
	for (int i = 0; i < COUNT(files) && ok; i++) {
		int fd = open(files[i], O_RDONLY);

		ok = fd >= 0 && read(fd, big, sizeof(big)) > 0;
		close(fd);
	}
	inject_nth(0);
	return ok;
}

/* A descriptor beyond the first 64 makes the table grow. */
static int do_table(int n)
{
	int fd, ok, st;
	pid_t pid;

	inject_nth(n);
	fd = fcntl(1, F_DUPFD, 200L);
	pid = fd < 0 ? -1 : fork();
	if (pid == 0)
		_exit(0);
	ok = pid > 0;
	inject_nth(0);
	if (pid > 0)
		waitpid(pid, &st, 0);
	close(fd);
	return ok;
}

static int do_pipe(int n)
{
	int p[2] = { -1, -1 }, ok;

	inject_nth(n);
	ok = !pipe2(p, O_NONBLOCK) && write(p[1], big, 30000) == 30000 &&
		fcntl(p[1], F_SETPIPE_SZ, 131072L) == 131072 &&
		read(p[0], big, 30000) == 30000;
	inject_nth(0);
	close(p[0]);
	close(p[1]);
	return ok;
}

static int do_poll(int n)
{
	struct pollfd p[40];
	int pp[2], ok;
	fd_set set;
	struct timespec t = { 0, 1000000 };

	if (pipe(pp))
		return 0;
	for (int i = 0; i < COUNT(p); i++)
		p[i] = (struct pollfd){ pp[0], POLLIN, 0 };
	FD_ZERO(&set);
	FD_SET(pp[0], &set);
	inject_nth(n);
	ok = !poll(p, COUNT(p), 1) && !pselect(300, &set, NULL, NULL, &t, NULL);
	inject_nth(0);
	close(pp[0]);
	close(pp[1]);
	return ok;
}

static int do_events(int n)
{
	uint64_t one = 1;
	struct { uint32_t e[4]; } ev = { { POLLIN, 0, 0, 0 } };
	int ok, e, t, ep;

	inject_nth(n);
	e = (int)syscall(SYS_eventfd2, 0, 0);
	t = (int)syscall(SYS_timerfd_create, 1, 0);
	ep = (int)syscall(SYS_epoll_create1, 0);
	ok = e >= 0 && t >= 0 && ep >= 0 &&
		!syscall(SYS_epoll_ctl, ep, 1, e, &ev) &&
		!syscall(SYS_epoll_ctl, ep, 1, t, &ev) &&
		write(e, &one, 8) == 8;
	inject_nth(0);
	close(e);
	close(t);
	close(ep);
	return ok;
}

static int do_nameless(int n)
{
	int ok, a, b;

	inject_nth(n);
	a = open(".", O_RDWR | O_TMPFILE, 0600);
	b = (int)syscall(SYS_memfd_create, "m", 0);
	ok = a >= 0 && b >= 0 && write(a, big, 10000) == 10000 &&
		write(b, big, 10000) == 10000;
	inject_nth(0);
	close(a);
	close(b);
	return ok;
}

struct lock {
	short type, whence;
	long start, len;
	int pid;
};

static int do_locks(int n)
{
	struct lock all = { 1, 0, 0, 100, 0 }, hole = { 2, 0, 10, 10, 0 };
	int fd = open("f", O_RDWR | O_CREAT, 0600), ok;

	inject_nth(n);
	ok = !fcntl(fd, 6, &all) && !fcntl(fd, 6, &hole) &&
		!syscall(SYS_flock, fd, 2);
	inject_nth(0);
	close(fd);
	unlink("f");
	return ok;
}

/* A write that fails half way has written what it says. */
static int write_failing(int n)
{
	int fd = open("f", O_RDWR | O_CREAT | O_TRUNC, 0600);
	struct stat st;
	ssize_t done;

	if (fd < 0)
		return 0;
	inject_nth(n);
	done = write(fd, big, sizeof(big));
	inject_nth(0);
	if (fstat(fd, &st) || st.st_size != (done < 0 ? 0 : done))
		check(0, "a failed write: %ld, size %ld", (long)done,
		      (long)st.st_size);
	close(fd);
	unlink("f");
	return done == (ssize_t)sizeof(big);
}

int main(void)
{
	if (inject_open())
		return tap_skip_all("no " INJECT);
	tap_scratch("fail_allocs_fs");
	memset(big, 1, sizeof(big));
	walk_and_measure(do_names, "names");
	walk_and_measure(do_mount, "mount");
	walk_and_measure(do_listing, "listing");
	walk_and_measure(do_proc, "/proc");
	walk_and_measure(do_table, "a larger table");
	walk_and_measure(do_pipe, "pipe");
	walk_and_measure(do_poll, "poll and select");
	walk_and_measure(do_events, "event files");
	walk_and_measure(do_nameless, "nameless files");
	walk_and_measure(do_locks, "locks");
	walk_and_measure(write_failing, "write");
	tap_scratch_end();
	return tap_done();
}
