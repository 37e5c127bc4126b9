/* SPDX-License-Identifier: MIT */
/* What programs of test/guest/rtld use of our C library and others lack. */
#include <unistd.h>

__attribute__((unused)) static int write_all(int fd, const void *buf, size_t n)
{
	for (const char *p = buf; n; ) {
		ssize_t done = write(fd, p, n);

		if (done <= 0)
			return -1;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}
