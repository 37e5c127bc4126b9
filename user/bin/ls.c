/* SPDX-License-Identifier: MIT */
/* ls [-l] [PATH...]: list directories sorted by name, with -l in long form. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int long_form;

static char type_of(mode_t m)
{
	return S_ISDIR(m) ? 'd' : S_ISLNK(m) ? 'l' : S_ISCHR(m) ? 'c' :
	       S_ISBLK(m) ? 'b' : S_ISFIFO(m) ? 'p' : '-';
}

static void show(const char *path, const char *name)
{
	char bits[] = "rwxrwxrwx", target[256];
	struct stat st;
	ssize_t n;

	if (!long_form) {
		puts(name);
		return;
	}
	if (lstat(path, &st)) {
		dprintf(2, "ls: %s: %s\n", path, strerror(errno));
		return;
	}
	for (int i = 0; i < 9; i++)
		if (!(st.st_mode & (0400u >> i)))
			bits[i] = '-';
	printf("%c%s %3u %5u %5u %8lld %s", type_of(st.st_mode), bits,
	       (unsigned int)st.st_nlink, (unsigned int)st.st_uid,
	       (unsigned int)st.st_gid, (long long)st.st_size, name);
	n = S_ISLNK(st.st_mode) ? readlink(path, target, 255) : 0;
	printf(n > 0 ? " -> %.*s\n" : "\n", (int)n, target);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int list(const char *path)
{
	char **names = NULL, full[4096];
	size_t n = 0, room = 0;
	struct dirent *e;
	struct stat st;
	DIR *d;

	if (lstat(path, &st) == 0 && !S_ISDIR(st.st_mode)) {
		show(path, path);
		return 0;
	}
	d = opendir(path);
	if (!d) {
		dprintf(2, "ls: %s: %s\n", path, strerror(errno));
		return 1;
	}
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		if (n == room) {
			room = room ? 2 * room : 64;
			names = realloc(names, room * sizeof(*names));
		}
		names[n++] = strdup(e->d_name);
	}
	closedir(d);
	qsort(names, n, sizeof(*names), by_name);
	for (size_t i = 0; i < n; i++) {
		snprintf(full, sizeof(full), "%s/%s", path, names[i]);
		show(full, names[i]);
		free(names[i]);
	}
	free(names);
	return 0;
}

int main(int argc, char **argv)
{
	int i = 1, bad = 0;

	if (argc > 1 && !strcmp(argv[1], "-l")) {
		long_form = 1;
		i++;
	}
	if (i == argc)
		return list(".");
	for (; i < argc; i++)
		bad |= list(argv[i]);
	return bad;
}
