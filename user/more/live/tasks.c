/* SPDX-License-Identifier: MIT */
/* Tasks, and the memory of the chosen one, as /proc shows them. */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "live.h"

#define AREAS_SIZE	131072
#define TABLES_SIZE	262144

/* Return: the number of bytes read, or -1.  A NUL is added. */
ssize_t slurp(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n = -1;

	if (fd < 0)
		return -1;
	while (len < size - 1 && (n = read(fd, buf + len, size - 1 - len)) > 0)
		len += (size_t)n;
	close(fd);
	buf[len] = '\0';
	return n < 0 && !len ? -1 : (ssize_t)len;
}

/* ---- tasks --------------------------------------------------------------- */

/*
 * Of "TID (NAME) STATE PPID ...", whose name may contain anything, take the
 * fields that proc_pid_stat(5) numbers 3, 4, 18, 20 and 39.
 */
static int show_task(const char *path, int pid, int tid, int *threads, int more)
{
	char buf[1024], *name, *end, *at, *save;
	long fields[40] = { 0 };
	char state;

	if (slurp(path, buf, sizeof(buf)) <= 0)
		return more;			/* it ended meanwhile */
	name = strchr(buf, '(');
	end = strrchr(buf, ')');
	if (!name || !end || !end[1])
		return more;
	state = end[2];
	at = strtok_r(end + 3, " ", &save);
	for (int i = 4; at && i < 40; i++, at = strtok_r(NULL, " ", &save))
		fields[i] = atol(at);
	*threads = (int)fields[20];
	out("%s[%d,%d,%ld,\"%c\",%ld,%ld,", more ? "," : "", pid, tid,
	    fields[4], isalpha(state) ? state : '?', fields[39], fields[18]);
	out_text(name + 1, (size_t)(end - name - 1));
	out("]");
	return 1;
}

static int show_threads(int pid, int more)
{
	char path[64];
	struct dirent *e;
	DIR *d;
	int one;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		int tid = atoi(e->d_name);

		if (tid <= 0 || tid == pid)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
		more = show_task(path, pid, tid, &one, more);
	}
	if (d)
		closedir(d);
	return more;
}

void tasks_show(void)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	char path[64];
	int more = 0;

	if (!d)
		return;
	out("{\"is\":\"tasks\",\"list\":[");
	while ((e = readdir(d))) {
		int pid = atoi(e->d_name), threads = 1;

		if (pid <= 0 || pid == self)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/stat", pid);
		more = show_task(path, pid, pid, &threads, more);
		if (threads > 1)
			more = show_threads(pid, more);
	}
	closedir(d);
	out("]}\n");
}

/* ---- the memory of one --------------------------------------------------- */

/* FNV-1a: tells whether the text differs from the last one. */
static unsigned long sum(unsigned long h, const char *text, ssize_t n)
{
	for (ssize_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)text[i]) * 16777619ul;
	return h;
}

/* always: show it even if it has not changed. */
void space_show(int always)
{
	static char areas[AREAS_SIZE], tables[TABLES_SIZE];
	static unsigned long last;
	unsigned long now;
	ssize_t a, t;
	char path[64];

	if (!chosen)
		return;
	snprintf(path, sizeof(path), "/proc/%d/space", chosen);
	a = slurp(path, areas, sizeof(areas));
	snprintf(path, sizeof(path), "/proc/%d/tables", chosen);
	t = slurp(path, tables, sizeof(tables));
	if (a < 0) {
		out("{\"is\":\"space\",\"pid\":%d,\"gone\":true}\n", chosen);
		chosen = 0;
		return;
	}
	now = sum(sum(2166136261ul, areas, a), tables, t);
	if (now == last && !always)
		return;
	last = now;
	out("{\"is\":\"space\",\"pid\":%d,\"cut\":%s,\"areas\":", chosen,
	    a == AREAS_SIZE - 1 || t == TABLES_SIZE - 1 ? "true" : "false");
	out_text(areas, (size_t)a);
	out(",\"tables\":");
	out_text(tables, t > 0 ? (size_t)t : 0);
	out("}\n");
}
