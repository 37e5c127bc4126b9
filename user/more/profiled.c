/* SPDX-License-Identifier: MIT */
/*
 * profiled PROGRAM [ARGUMENT]... - exec the program after reading a line, which
 * `./lectern profile` sends when it has started to count.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	static const char ready[] = "@@ready\n";
	char c = 0;

	if (argc < 2) {
		fprintf(stderr, "usage: profiled PROGRAM [ARGUMENT]...\n");
		return 2;
	}
	if (write(2, ready, sizeof(ready) - 1) < 0)
		return 125;
	/* byte by byte: the rest of the input is for the program */
	while (c != '\n')
		if (read(0, &c, 1) != 1)
			return 125;
	execvp(argv[1], argv + 1);
	fprintf(stderr, "profiled: %s: %s\n", argv[1], strerror(errno));
	return errno == ENOENT ? 127 : 126;
}
