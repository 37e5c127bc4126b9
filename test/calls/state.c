/* SPDX-License-Identifier: MIT */
/*
 * The state that a program left, as text: descriptors, signals, memory, the
 * folder.  Whatever two kernels must differ in (numbers of inodes, addresses
 * they chose) is left out here.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "executor.h"

#define FDS	40

__attribute__((format(printf, 1, 2)))
static void print(const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(shared->state + shared->nr_state,
		      sizeof(shared->state) - shared->nr_state, fmt, ap);
	va_end(ap);
	if (n > 0 && shared->nr_state + (unsigned)n < sizeof(shared->state))
		shared->nr_state += (unsigned)n;
}

static void show_fd(int fd)
{
	struct stat st;

	if (fd == inject_fd || fstat(fd, &st))
		return;
	/* files of no kind share a node, which other programs changed */
	print("fd %d: mode %o flags %lo cloexec %ld", fd,
	      st.st_mode & S_IFMT ? st.st_mode : 0,
	      raw_syscall(SYS_fcntl, fd, F_GETFL),
	      raw_syscall(SYS_fcntl, fd, F_GETFD));
	if (S_ISREG(st.st_mode))
		print(" size %lld links %u at %lld", (long long)st.st_size,
		      (unsigned)st.st_nlink,
		      (long long)lseek(fd, 0, SEEK_CUR));
	print("\n");
}

/* Lines of /proc/self/status that a program can change. */
static void show_status(char *text, unsigned size)
{
	static const char *const lines[] = {
		"Umask", "Uid", "Gid", "Groups", "SigPnd", "ShdPnd", "SigBlk",
		"SigIgn", "SigCgt", "CapInh", "CapPrm", "CapEff", "CapBnd",
		"CapAmb", "NoNewPrivs", "Threads",
	};
	char *line, *rest;

	file_text("/proc/self/status", text, size);
	for (line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		for (int i = 0; i < COUNT(lines); i++) {
			size_t n = strlen(lines[i]);

			if (!strncmp(line, lines[i], n) && line[n] == ':')
				print("%s\n", line);
		}
}

/* Areas where programs work: place, rights, offset. */
static void show_maps(char *text, unsigned size)
{
	char *line, *rest, *end;

	file_text("/proc/self/maps", text, size);
	for (line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		unsigned long from = strtoul(line, &end, 16);
		unsigned long to = *end == '-' ? strtoul(end + 1, &end, 16) : 0;

		if (from >= DATA_AT && to < SHARED_AT)
			print("map %lx-%lx%.14s\n", from, to, end);
	}
}

static void show_folder(const char *name)
{
	DIR *d = opendir(name);
	struct dirent *e;
	static char seen[32][32];
	int n = 0;

	while (d && (e = readdir(d)) && n < COUNT(seen))
		if (e->d_name[0] != '.' && strlen(e->d_name) < 24)
			snprintf(seen[n++], 32, "%s", e->d_name);
	if (d)
		closedir(d);
	/* in the order of names: that of a directory is its own */
	for (int i = 0; i < n; i++)
		for (int k = i + 1; k < n; k++)
			if (strcmp(seen[k], seen[i]) < 0) {
				char t[32];

				memcpy(t, seen[i], 32);
				memcpy(seen[i], seen[k], 32);
				memcpy(seen[k], t, 32);
			}
	for (int i = 0; i < n; i++) {
		char path[64];
		struct stat st;

		snprintf(path, sizeof(path), "%s/%s", name, seen[i]);
		if (lstat(path, &st))
			continue;
		print("file %s: mode %o owner %u %u", path, st.st_mode,
		      st.st_uid, st.st_gid);
		if (!S_ISDIR(st.st_mode))
			print(" size %lld links %u", (long long)st.st_size,
			      (unsigned)st.st_nlink);
		print("\n");
	}
}

void state_write(void)
{
	static char text[32 << 10];
	static const char *const folder[] = { "/tmp/calls", "/tmp/calls/d" };
	struct stat in, top;
	char cwd[256];

	shared->nr_state = 0;
	for (int fd = 0; fd < FDS; fd++)
		show_fd(fd);
	show_status(text, sizeof(text));
	show_maps(text, sizeof(text));
	if (getcwd(cwd, sizeof(cwd)))
		print("cwd %s\n", cwd);
	/* what is mounted there is each kernel's own */
	for (int i = 0; i < 2; i++)
		if (!stat(folder[i], &in) && !stat("/tmp", &top) &&
		    in.st_dev == top.st_dev)
			show_folder(folder[i]);
}
