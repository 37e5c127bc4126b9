/* SPDX-License-Identifier: MIT */
/*
 * Name spaces of control groups (rows D8, D9): where "/" is in /proc and in new
 * mounts, who is in one, and what a delegation keeps from who is inside.
 */
#include <sys/mount.h>
#include "../cgroups/cg.h"
#include "spaces.h"

#ifndef CLONE_NEWCGROUP
#define CLONE_NEWCGROUP	0x02000000
#endif
#define LIMIT	"/proc/sys/user/max_cgroup_namespaces"
#define PLACE	"/tmp/cgroup_ns"

/* Is that the group of process pid, to the caller? */
static int group_of_is(int pid, const char *want)
{
	char path[64], line[300];

	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	snprintf(line, sizeof(line), "0::%s\n", want);
	if (!strcmp(read_text(path), line))
		return 1;
	printf("# %s: want %s# got  %s", path, line, read_text(path));
	return 0;
}

/* The test's folder with `below`, as the first name space calls it. */
static const char *path_outside(const char *below)
{
	static char path[300];

	snprintf(path, sizeof(path), "%s%s", cg_dir + strlen(CG_TOP), below);
	return path;
}

/* Move the caller to a group of the test's and make it "/". */
static void begin_in(const char *name)
{
	char procs[64];

	snprintf(procs, sizeof(procs), "%s/cgroup.procs", name);
	NEED(cg_put(procs, "0") == 0);
	NEED(!syscall(SYS_unshare, CLONE_NEWCGROUP));
}

/* ---- what is seen -------------------------------------------------------- */

static void see_from_space(void)
{
	int mine = opened(getpid(), "cgroup"), me = getpid();

	check_eq(IN_CHILD(
		begin_in("a");
		NEED(group_of_is(getpid(), "/"));
		NEED(!same_ns(mine, opened(getpid(), "cgroup")));
		NEED(group_of_is(me, "/../.."))),
		0, "a group is the root to who began there, and the rest is "
		"above it");
	check_eq(IN_CHILD(
		begin_in("a");
		NEED(cg_put("a/inner/cgroup.procs", "0") == 0);
		NEED(group_of_is(getpid(), "/inner"));
		NEED(cg_put("b/cgroup.procs", "0") == 0);
		NEED(group_of_is(getpid(), "/../b"));
		NEED(!syscall(SYS_setns, mine, 0));
		NEED(group_of_is(getpid(), path_outside("/b")))),
		0, "below it, beside it, and as the first one calls it");
	close(mine);
}

static int begins_at_root(void *arg)
{
	(void)arg;
	return !group_of_is(getpid(), "/") || !group_of_is(getppid(), "/");
}

static void clone_into_cgroup_space(void)
{
	check_eq(IN_CHILD(
		NEED(cg_put("a/cgroup.procs", "0") == 0);
		NEED(in_clone(CLONE_NEWCGROUP, begins_at_root) == 0);
		NEED(in_clone3(CLONE_NEWCGROUP, begins_at_root) == 0);
		NEED(group_of_is(getpid(), path_outside("/a")))),
		0, "clone(2) and clone3(2); the maker stays");
}

static void seen_from_outside(void)
{
	int pipe_fd[2], pid;
	char c;

	if (pipe(pipe_fd))
		tap_bail("pipe");
	pid = fork();
	if (!pid) {
		begin_in("a");
		c = (char)write(pipe_fd[1], "x", 1);
		cg_pause(NULL);
	}
	if (read(pipe_fd[0], &c, 1) != 1)
		tap_bail("read");
	check(group_of_is(pid, path_outside("/a")),
	      "outside nothing has changed");
	cg_end(pid);
	close(pipe_fd[0]);
	close(pipe_fd[1]);
}

/* ---- mounts -------------------------------------------------------------- */

/* Does mountinfo call this the root of the mount at `place`? */
static int root_of_mount_is(const char *place, const char *want)
{
	char field[300];

	snprintf(field, sizeof(field), " %s %s ", want, place);
	return strstr(read_text("/proc/self/mountinfo"), field) != NULL;
}

static void mount_in_cgroup_space(void)
{
	check_eq(IN_CHILD(
		begin_in("a");
		NEED(!mount("cgroup2", PLACE, "cgroup2", 0, NULL));
		NEED(!access(PLACE "/inner/cgroup.procs", F_OK));
		NEED(!access(PLACE "/cgroup.type", F_OK));
		NEED(access(PLACE "/b", F_OK) && errno == ENOENT);
		NEED(atoi(read_text(PLACE "/cgroup.procs")) == getpid());
		NEED(root_of_mount_is(PLACE, "/"));
		NEED(root_of_mount_is(CG_TOP, "/../.."));
		NEED(!umount2(PLACE, 0))),
		0, "a mount made inside shows the group, and none beside it");
	check_eq(IN_CHILD(
		NEED(cg_make("gone") == 0);
		begin_in("gone");
		NEED(cg_put("a/cgroup.procs", "0") == 0);
		NEED(cg_drop("gone") == 0);
		NEED(mount("cgroup2", PLACE, "cgroup2", 0, NULL) &&
		     errno == ENOENT)),
		0, "a removed one shows nothing");
}

/* ---- delegation ---------------------------------------------------------- */

static int mount_with_options(const char *options)
{
	return mount("cgroup2", PLACE, "cgroup2", 0, options) ||
		umount2(PLACE, 0);
}

static void delegated(void)
{
	const char *was = strstr(read_text("/proc/mounts"), "nsdelegate");

	check_eq(IN_CHILD(
		begin_in("a");
		NEED(cg_put("b/cgroup.procs", "0") == 0);
		NEED(cg_put("a/cgroup.max.depth", "7") == 0)),
		0, "a boundary is none until it is asked for");
	if (mount_with_options("nsdelegate"))
		tap_bail("nsdelegate");
	check(strstr(read_text("/proc/mounts"), ",nsdelegate") != NULL,
	      "/proc/mounts tells of nsdelegate");
	check_eq(IN_CHILD(
		begin_in("a");
		NEED(cg_put("b/cgroup.procs", "0") == ENOENT);
		NEED(cg_put("a/inner/cgroup.procs", "0") == 0)),
		0, "with it nobody leaves");
	check_eq(IN_CHILD(
		begin_in("a");
		NEED(cg_put("a/cgroup.max.depth", "9") == EPERM);
		NEED(cg_put("a/cgroup.freeze", "0") == EPERM);
		NEED(cg_put("a/inner/cgroup.max.depth", "9") == 0);
		NEED(cg_put("a/cgroup.procs", "0") == 0)),
		0, "what its maker set for it stays, and all below is its own");
	check_eq(IN_CHILD(
		begin_in("a");
		NEED(!mount_with_options(NULL));
		NEED(cg_put("b/cgroup.procs", "0") == ENOENT)),
		0, "and nobody inside can undo that");
	check_eq(IN_CHILD(
		NEED(cg_put("a/cgroup.procs", "0") == 0);
		NEED(cg_put("a/cgroup.max.depth", "max") == 0);
		NEED(cg_put("b/cgroup.procs", "0") == 0)),
		0, "outside it is as ever");
	check(!mount_with_options(was ? "nsdelegate" : NULL) &&
	      !strstr(read_text("/proc/mounts"), "nsdelegate") == !was,
	      "it is as it was");
}

/* Those that are known, whole; empty ones are passed over. */
static void parse_options(void)
{
	static const char *const wrong[] = {
		"nonsense", "nsdelegat", "nsdelegates", "nsdelegate,nonsense",
	};

	check_eq(mount_with_options(",memory_recursiveprot,,nsdelegate,"), 0,
		 "options that are known");
	check(strstr(read_text("/proc/mounts"), "nsdelegate") != NULL,
	      "one of several counts");
	for (int i = 0; i < (int)(sizeof(wrong) / sizeof(*wrong)); i++)
		check(mount_with_options(wrong[i]) && errno == EINVAL, "%s",
		      wrong[i]);
	check(!mount_with_options(NULL), "none");
}

/* What counts is who opened the file. */
static void opened_outside(void)
{
	if (mount_with_options("nsdelegate"))
		tap_bail("nsdelegate");
	check_eq(IN_CHILD(
		int fd = open(cg_path("b/cgroup.procs"), O_WRONLY);
		begin_in("a");
		NEED(write(fd, "0", 1) == 1);
		NEED(group_of_is(getpid(), "/../b"))),
		0, "a file that was opened outside moves as outside");
	if (mount_with_options(NULL))
		tap_bail("remount");
}

/* ---- limits, rights ------------------------------------------------------ */

static void refuse_cgroup_spaces(void)
{
	char was[32];

	snprintf(was, sizeof(was), "%s", read_text(LIMIT));
	write_text(LIMIT, "1");
	check_eq(IN_CHILD(
		NEED(!syscall(SYS_unshare, CLONE_NEWCGROUP));
		NEED(syscall(SYS_unshare, CLONE_NEWCGROUP) && errno == ENOSPC)),
		0, "one more than a user may have");
	write_text(LIMIT, was);
	check_eq(IN_CHILD(
		NEED(!setuid(1000));
		NEED(syscall(SYS_unshare, CLONE_NEWCGROUP) && errno == EPERM)),
		0, "a user may make none");
}

int main(void)
{
	if (!cg_begin("cgroup_ns"))
		return tap_skip_all("no control groups");
	mkdir(PLACE, 0755);
	if (cg_make("a") || cg_make("b") || cg_make("a/inner"))
		tap_bail("mkdir");
	see_from_space();
	clone_into_cgroup_space();
	seen_from_outside();
	mount_in_cgroup_space();
	delegated();
	parse_options();
	opened_outside();
	refuse_cgroup_spaces();
	check_ok(rmdir(PLACE), "rmdir");
	check(!cg_drop("a/inner") && !cg_drop("a") && !cg_drop("b"),
	      "name spaces that ended keep no group");
	cg_finish();
	return tap_done();
}
