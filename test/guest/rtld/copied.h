/* SPDX-License-Identifier: MIT */
/* Libraries and programs that a test of the linker takes elsewhere. */
#ifndef TEST_RTLD_COPIED_H
#define TEST_RTLD_COPIED_H

static char from[256];			/* where they lie */

static void copy_from(const char *name, const char *to)
{
	static char buf[256 << 10];
	char path[300];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", from, name);
	fd = open(path, O_RDONLY);
	n = read(fd, buf, sizeof(buf));
	if (n <= 0)
		tap_bail(path);
	put_file(to, buf, (size_t)n, 0755);
	close(fd);
}

#endif
