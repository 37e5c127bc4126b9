/* SPDX-License-Identifier: MIT */
/* utimensat(2): times as they are asked for (row B17). */
#include "tap.h"

/* Of another's file: the time of now with a right to write, and no other. */
static void by_others(void *arg)
{
	const struct timespec *t = arg;

	if (setuid(1000))
		_exit(1);
	if (utimensat(AT_FDCWD, "f", NULL, 0) != -1 || errno != EACCES)
		_exit(2);
	if (utimensat(AT_FDCWD, "f", t, 0) != -1 || errno != EPERM)
		_exit(3);
	if (utimensat(AT_FDCWD, "open", NULL, 0))
		_exit(4);
	if (utimensat(AT_FDCWD, "open", t, 0) != -1 || errno != EPERM)
		_exit(5);
}

static long set_times(int dir, const char *name, long ns, int flags)
{
	tap_word t[4] = { 0, ns, 0, ns };

	return raw_syscall(SYS_utimensat, dir, name, t, flags);
}

#define NO_FD	999
#define OMIT	0x3ffffffeL
#define NEVER	1000000000L	/* nanoseconds that there are not */

static void look_at_file_first(void)
{
	put_file("file", "x", 1, 0644);
	check_eq(set_times(AT_FDCWD, "none", NEVER, 0), -ENOENT,
		 "utimensat: the file before its time");
	check_eq(set_times(AT_FDCWD, "file/x", NEVER, 0), -ENOTDIR, "its path");
	check_eq(set_times(NO_FD, NULL, NEVER, 0), -EBADF, "its descriptor");
	check_eq(set_times(AT_FDCWD, "file", NEVER, 0), -EINVAL,
		 "then the time");
	check_eq(set_times(AT_FDCWD, "file", 0, 7), -EINVAL, "flags");
	check_eq(set_times(NO_FD, "none", OMIT, 7), 0,
		 "nothing to be changed is done first of all");
	unlink("file");
}

int main(void)
{
	struct timespec t[2] = { { 1000, 5 }, { 2000000000, 7 } };
	struct stat st;

	tap_scratch("utimes");
	put_file("f", "f", 1, 0644);
	check_ok(utimensat(AT_FDCWD, "f", t, 0), "utimensat");
	stat("f", &st);
	check(st.st_atime == 1000 && st.st_mtime == 2000000000 &&
	      st.st_mtime_nsec == 7, "stored");
	t[0].tv_nsec = UTIME_OMIT;
	t[1].tv_nsec = UTIME_NOW;
	utimensat(AT_FDCWD, "f", t, 0);
	stat("f", &st);
	check(st.st_atime == 1000 && st.st_mtime != 2000000000,
	      "UTIME_OMIT and UTIME_NOW");
	t[0].tv_nsec = 1000000000;
	check_err(EINVAL, utimensat(AT_FDCWD, "f", t, 0), "bad time");
	if (!geteuid()) {
		put_file("open", "o", 1, 0666);
		chmod("open", 0666);
		t[0].tv_nsec = t[1].tv_nsec = 5;
		check_eq(in_child(by_others, t), 0, "by another user");
		unlink("open");
	}
	unlink("f");
	look_at_file_first();
	tap_scratch_end();
	return tap_done();
}
