/* SPDX-License-Identifier: MIT */
/* ps: print pid, parent, state and name of every process, from /proc. */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Parse PID (NAME) STATE PPID ...; the last ')' ends the name. */
static void show(const char *pid)
{
	char path[64], buf[512], *name, *end;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return;			/* it ended meanwhile */
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	if (n <= 0)
		return;
	buf[n] = '\0';
	name = strchr(buf, '(');
	end = strrchr(buf, ')');
	if (!name || !end)
		return;
	*end = '\0';
	printf("%5s %5d %c %s\n", pid, atoi(end + 4), end[2], name + 1);
}

int main(void)
{
	DIR *d = opendir("/proc");
	struct dirent *e;

	if (!d) {
		perror("ps: /proc");
		return 1;
	}
	puts("  PID  PPID S NAME");
	while ((e = readdir(d)))
		if (isdigit(e->d_name[0]))
			show(e->d_name);
	closedir(d);
	return 0;
}
