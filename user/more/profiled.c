/* SPDX-License-Identifier: MIT */
/*
 * profiled PROGRAM [ARGUMENT]... - becomes the program when it has read a line,
 * which `./lectern profile` sends as soon as it counts.
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
	/* byte by byte: what follows is the program's */
	while (c != '\n')
		if (read(0, &c, 1) != 1)
			return 125;
	execvp(argv[1], argv + 1);
	fprintf(stderr, "profiled: %s: %s\n", argv[1], strerror(errno));
	return errno == ENOENT ? 127 : 126;
}
