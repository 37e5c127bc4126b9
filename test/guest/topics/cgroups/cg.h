/* SPDX-License-Identifier: MIT */
/* Groups for tests: files by "group/file", below a folder of the test's own. */
#ifndef TEST_GUEST_TOPICS_CGROUPS_CG_H
#define TEST_GUEST_TOPICS_CGROUPS_CG_H

#include "tap.h"

#define CG_TOP "/sys/fs/cgroup"

static char cg_dir[64];
static char cg_added[64];	/* what the root gives on for the test alone */

UNUSED static const char *cg_path(const char *name)
{
	static char path[2][256];
	static int turn;

	turn ^= 1;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", cg_dir, name);
	return path[turn];
}

/* => the errno of writing text to a file; 0: it was taken */
UNUSED static int cg_put(const char *name, const char *text)
{
	int fd = open(cg_path(name), O_WRONLY), err = 0;

	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		err = errno;
	close(fd);
	return err;
}

UNUSED static int cg_put_number(const char *name, long v)
{
	char text[32];

	snprintf(text, sizeof(text), "%ld", v);
	return cg_put(name, text);
}

/* What the file says; "" and errno if it cannot be read. */
UNUSED static const char *cg_get(const char *name)
{
	static char text[2][4096];
	static int turn;
	int fd = open(cg_path(name), O_RDONLY);
	ssize_t n = -1;

	turn ^= 1;
	text[turn][0] = '\0';
	if (fd < 0)
		return text[turn];
	n = read(fd, text[turn], sizeof(text[turn]) - 1);
	text[turn][n > 0 ? n : 0] = '\0';
	close(fd);
	return text[turn];
}

UNUSED static int cg_is(const char *name, const char *want)
{
	const char *got = cg_get(name);

	if (strcmp(got, want))
		printf("# %s: \"%s\", want \"%s\"\n", name, got, want);
	return !strcmp(got, want);
}

/* Linux has some files only since a later version. */
UNUSED static int cg_has(const char *name)
{
	return !access(cg_path(name), F_OK);
}

UNUSED static long cg_number(const char *name)
{
	return strtol(cg_get(name), NULL, 10);
}

/* The number behind a word of a file; -1: it has no such line. */
UNUSED static long long cg_field(const char *name, const char *field)
{
	const char *at = cg_get(name);
	size_t n = strlen(field);

	while (at && *at) {
		if (!strncmp(at, field, n) && at[n] == ' ')
			return strtoll(at + n + 1, NULL, 10);
		at = strchr(at, '\n');
		at += at != NULL;
	}
	return -1;
}

UNUSED static int cg_make(const char *name)
{
	return mkdir(cg_path(name), 0755) ? errno : 0;
}

UNUSED static int cg_drop(const char *name)
{
	return rmdir(cg_path(name)) ? errno : 0;
}

/* Is the process listed in the group? */
UNUSED static int cg_lists(const char *name, pid_t pid)
{
	const char *at = cg_get(name);

	while (*at) {
		if (strtol(at, (char **)&at, 10) == pid)
			return 1;
		while (*at == '\n')
			at++;
	}
	return 0;
}

UNUSED static void cg_pause(void *arg)
{
	(void)arg;
	for (;;)
		pause();
}

UNUSED static void cg_end(pid_t pid)
{
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* Have the root give on a controller, as a system's init may do. */
UNUSED static void cg_want(const char *controller)
{
	char text[32];

	snprintf(cg_dir, sizeof(cg_dir), CG_TOP);
	if (strstr(cg_get("cgroup.subtree_control"), controller))
		return;
	snprintf(text, sizeof(text), "+%s", controller);
	if (cg_put("cgroup.subtree_control", text) == 0)
		snprintf(cg_added + strlen(cg_added), 16, " -%s", controller);
}

/* A folder of the test's own.  => 0: there are no groups here */
UNUSED static int cg_begin(const char *test)
{
	snprintf(cg_dir, sizeof(cg_dir), CG_TOP);
	if (access(cg_path("cgroup.procs"), F_OK))
		return 0;
	snprintf(cg_dir, sizeof(cg_dir), CG_TOP "/%s.%d", test, getpid());
	if (mkdir(cg_dir, 0755))
		tap_bail(cg_dir);
	return 1;
}

UNUSED static void cg_finish(void)
{
	check_ok(rmdir(cg_dir), "nothing is left in %s", cg_dir);
	snprintf(cg_dir, sizeof(cg_dir), CG_TOP);
	if (cg_added[0])
		check_eq(cg_put("cgroup.subtree_control", cg_added), 0,
			 "what the root gave on is off again");
}

#endif
