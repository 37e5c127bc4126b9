/* SPDX-License-Identifier: MIT */
/*
 * Names of one file that come and go in several directories at once, by
 * link(2), unlink(2) and rename(2): no count is lost, or the file would stay
 * for ever, or go too early.
 */
#include <sched.h>
#include "tap.h"

#define WORKERS	4

/* In a directory of one's own only the file is shared with the others. */
static int link_and_unlink(int n)
{
	char at[40], other[40], spare[40];
	int rounds = tap_rounds(3000);

	snprintf(at, sizeof(at), "d%d", n);
	if (mkdir(at, 0700))
		return 1;
	snprintf(at, sizeof(at), "d%d/a", n);
	snprintf(other, sizeof(other), "d%d/b", n);
	snprintf(spare, sizeof(spare), "d%d/c", n);
	for (int i = 0; i < rounds; i++) {
		int fd = open(spare, O_CREAT | O_WRONLY, 0600);

		/* spare replaces one of the two names, by rename */
		if (fd < 0 || close(fd) || link("file", at) ||
		    link(at, other) || rename(spare, at) || unlink(at) ||
		    unlink(other))
			return 1;
	}
	snprintf(at, sizeof(at), "d%d", n);
	return rmdir(at) ? 1 : 0;
}

int main(void)
{
	int fd, failed = 0, st;
	struct stat s;

	tap_scratch("link_counts");
	fd = open("file", O_CREAT | O_RDWR, 0600);
	check_ok(fd, "a file");
	for (int n = 0; n < WORKERS; n++)
		if (fork() == 0)
			_exit(link_and_unlink(n));
	for (int n = 0; n < WORKERS; n++)
		failed += wait(&st) < 0 || st;
	check_eq(failed, 0, "all names come and go");
	check_ok(fstat(fd, &s), "its status");
	check_eq(s.st_nlink, 1, "it has the one name that is left");
	check_ok(unlink("file"), "which goes");
	check_ok(fstat(fd, &s), "its status");
	check_eq(s.st_nlink, 0, "then it has none");
	check_err(ENOENT, linkat(fd, "", AT_FDCWD, "back", AT_EMPTY_PATH),
		  "and gets none again");
	close(fd);
	tap_scratch_end();
	return tap_done();
}
