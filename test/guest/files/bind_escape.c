/* SPDX-License-Identifier: MIT */
/*
 * A directory is moved out of the part of a file system that a bind shows,
 * while somebody stands in it (row A1): no name leads out from there.
 *
 *   tree/ shown/ here/ below      tree/shown is bound to `view`
 *         beside/                 here is moved to tree/beside/here
 */
#include <sys/mount.h>
#include <sys/stat.h>
#include "tap.h"

#define MS_BIND	4096

static char name[512];

static const char *working_directory(void)
{
	long n = raw_syscall(SYS_getcwd, name, sizeof(name));

	return n < 0 ? "" : name;
}

static const char *text_of_link(const char *path)
{
	ssize_t n = readlink(path, name, sizeof(name) - 1);

	name[n > 0 ? n : 0] = '\0';
	return name;
}

static void make_bound_tree(void)
{
	if (mkdir("tree", 0755) || mkdir("tree/shown", 0755) ||
	    mkdir("tree/beside", 0755) || mkdir("tree/shown/here", 0755) ||
	    mkdir("tree/shown/here/below", 0755) || mkdir("view", 0755) ||
	    mount("tree/shown", "view", "", MS_BIND, NULL))
		tap_bail("a tree");
}

/* With the program standing in `here` through the bind. */
static void stand_outside(int fd)
{
	struct stat st;

	check_err(ENOENT, chdir(".."), "chdir(\"..\")");
	check_err(ENOENT, open("../..", O_RDONLY), "open(\"../..\")");
	check_err(ENOENT, stat("../../beside", &st), "a name beside");
	check_err(ENOENT, openat(fd, "..", O_RDONLY), "from a descriptor");
	check_err(ENOENT, stat("below/..", &st), "up from below");
	check_ok(stat("below", &st), "down it goes");
	check_ok(stat(".", &st), "and where it is");
	check(!strcmp(working_directory(), "(unreachable)/"), "getcwd: %s",
	      name);
	check(!strcmp(text_of_link("/proc/self/cwd"), "/"),
	      "/proc/self/cwd: %s",
	      name);
}

int main(void)
{
	char to[128], from[128];
	struct stat st;
	int fd;

	if (getuid())
		return tap_skip_all("only root binds");
	tap_scratch("bind_escape");
	make_bound_tree();
	snprintf(from, sizeof(from), "%s/tree/shown/here", tap_dir);
	snprintf(to, sizeof(to), "%s/tree/beside/here", tap_dir);
	fd = open("view/here", O_RDONLY);
	if (fd < 0 || chdir("view/here"))
		tap_bail("the view");
	check_ok(stat("../here/below", &st), "before, it goes up and down");
	check_ok(rename(from, to), "it is moved out");
	stand_outside(fd);
	check_ok(rename(to, from), "it is moved back");
	check_ok(stat("../here/below", &st), "it goes up again");
	check(strstr(working_directory(), "/view/here") != NULL,
	      "and has a name");
	close(fd);
	if (chdir(tap_dir) || umount2("view", 0))
		tap_bail("the way back");
	rmdir("tree/shown/here/below");
	rmdir("tree/shown/here");
	rmdir("tree/shown");
	rmdir("tree/beside");
	rmdir("tree");
	rmdir("view");
	tap_scratch_end();
	return tap_done();
}
