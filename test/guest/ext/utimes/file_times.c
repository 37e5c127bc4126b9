/* SPDX-License-Identifier: MIT */
/* utimensat(2): times as they are asked for (row B17). */
#include "tap.h"

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
	unlink("f");
	tap_scratch_end();
	return tap_done();
}
