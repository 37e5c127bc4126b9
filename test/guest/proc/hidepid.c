/* SPDX-License-Identifier: MIT */
/*
 * Options of a mount of proc: hidepid, gid and subset decide what a user sees
 * of the tasks of others, and a remount counts at once (rows B17, D1).
 */
#include <dirent.h>
#include <sys/mount.h>
#include "tap.h"

#define GROUP	123

enum { NONE = 0, HIS_GROUP = 1 };

/* How a user in GROUP (or not) finds what belongs to root: errnos, 0: fine. */
struct seen {
	int listed;			/* process 1 is in the list */
	int itself, file, folder, thread; /* stat 1, stat 1/stat, open 1, ... */
	int asked, entered;		/* access 1, chdir 1 */
	int own;			/* his own stat */
	int uptime;			/* of the system */
};

static struct seen *seen;		/* shared with the child */

static int lists(const char *name)
{
	DIR *d = opendir("proc");
	struct dirent *e;
	int found = 0;

	while (d && (e = readdir(d)))
		found += !strcmp(e->d_name, name);
	if (d)
		closedir(d);
	return found;
}

static int error_of(int result)
{
	return result < 0 ? errno : 0;
}

static int stat_error(const char *path)
{
	struct stat st;

	return error_of(stat(path, &st));
}

static int open_error(const char *path)
{
	int fd = open(path, O_RDONLY), err = error_of(fd);

	if (fd >= 0)
		close(fd);
	return err;
}

static void look_as_user(void *in_group)
{
	gid_t group = GROUP;

	if (setgroups(in_group ? 1 : 0, &group) ||
	    setresgid(1000, 1000, 1000) || setresuid(1000, 1000, 1000))
		_exit(1);
	seen->listed = lists("1");
	seen->itself = stat_error("proc/1");
	seen->folder = open_error("proc/1");
	seen->file = open_error("proc/1/stat");
	seen->thread = stat_error("proc/1/task/1/stat");
	seen->asked = error_of(access("proc/1", X_OK));
	seen->own = open_error("proc/self/stat");
	seen->uptime = open_error("proc/uptime");
	seen->entered = error_of(chdir("proc/1"));
	_exit(0);
}

/* A user sees of root's: in the list, stat of 1, what is below. */
static void expect_seen(const char *what, int group, int listed, int itself,
			int below)
{
	memset(seen, 0xff, sizeof(*seen));
	check_eq(in_child(look_as_user, group ? seen : NULL), 0, "%s", what);
	check_eq(seen->listed, listed, "... process 1 in the list");
	check_eq(seen->itself, itself, "... its folder");
	check_eq(seen->folder, below, "... open");
	check_eq(seen->file, below, "... a file");
	check_eq(seen->thread, below, "... of a thread");
	check_eq(seen->asked, below, "... access");
	check_eq(seen->entered, below, "... chdir");
	check_eq(seen->own, 0, "... and the user's own");
}

/* The line of the mount in /proc/self/mounts ends with these options. */
static void expect_options(const char *options)
{
	static char text[16384];
	char want[128];
	int fd = open("/proc/self/mounts", O_RDONLY);
	ssize_t n = 0, part;

	while ((part = read(fd, text + n, sizeof(text) - 1 - (size_t)n)) > 0)
		n += part;
	close(fd);
	text[n] = '\0';
	snprintf(want, sizeof(want), "/proc proc rw,relatime%s 0 0\n",
		 options);
	check(strstr(text, want) != NULL, "shown as \"%s\"", options);
}

static void again(const char *options)
{
	check_ok(mount("proc", "proc", "proc", MS_REMOUNT, options),
		 "remount with %s", options);
}

/* Each level, given as its number or name. */
static void levels(void)
{
	expect_seen("hidepid=off", NONE, 1, 0, 0);
	expect_options("");
	again("hidepid=1");
	expect_options(",hidepid=noaccess");
	expect_seen("noaccess", NONE, 1, 0, EPERM);
	expect_seen("noaccess, in the group", HIS_GROUP, 1, 0, EPERM);
	again("hidepid=invisible");
	expect_options(",hidepid=invisible");
	expect_seen("invisible", NONE, 0, ENOENT, ENOENT);
	again("gid=123");
	expect_options(",gid=123,hidepid=invisible");
	expect_seen("invisible, in the group", HIS_GROUP, 1, 0, 0);
	expect_seen("not in it", NONE, 0, ENOENT, ENOENT);
	again("hidepid=4");
	expect_options(",gid=123,hidepid=ptraceable");
	expect_seen("ptraceable, in the group", HIS_GROUP, 0, ENOENT, ENOENT);
	check(lists("1") && !stat_error("proc/1/stat"), "root sees all");
	again("hidepid=0,gid=0");
	expect_options("");
	expect_seen("off again", NONE, 1, 0, 0);
}

static void enter_as_user(void *fd)
{
	if (setgroups(0, NULL) || setresgid(1000, 1000, 1000) ||
	    setresuid(1000, 1000, 1000))
		_exit(1);
	seen->entered = error_of(fchdir(*(int *)fd));
	_exit(0);
}

/* A folder that root has opened is as closed as the name. */
static void held_folder(void)
{
	static const struct {
		const char *option;
		int err;
	} levels[] = {
		{ "hidepid=0", 0 }, { "hidepid=1", EPERM },
		{ "hidepid=2", ENOENT }, { "hidepid=4", EPERM },
	};
	int fd = open("proc/1", O_RDONLY);

	for (size_t i = 0; i < COUNT(levels); i++) {
		again(levels[i].option);
		check_eq(in_child(enter_as_user, &fd), 0, "a user");
		check_eq(seen->entered, levels[i].err, "... fchdir");
	}
	close(fd);
	again("hidepid=0");
}

static void only_tasks(void)
{
	again("subset=pid");
	expect_options(",subset=pid");
	expect_seen("subset=pid", NONE, 1, 0, 0);
	check_eq(seen->uptime, ENOENT, "no other file");
	check_eq(stat_error("proc/sys/kernel"), ENOENT, "for root neither");
	check(!lists("uptime") && lists("self") && lists("thread-self"),
	      "they are not in the list");
}

static void bad_options(void)
{
	static const char *const bad[] = {
		"hidepid=3", "hidepid=5", "hidepid=all", "hidepid=",
		"gid=users", "subset=all", "unknown=1", "hidepid",
	};

	for (size_t i = 0; i < COUNT(bad); i++)
		check_err(EINVAL, mount("proc", "proc", "proc", 0, bad[i]),
			  "%s", bad[i]);
}

int main(void)
{
	if (geteuid() != 0)
		return tap_skip_all("mounts");
	tap_scratch("hidepid");
	chmod(".", 0755);
	seen = mmap(NULL, PG, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	mkdir("proc", 0755);
	bad_options();
	check_ok(mount("proc", "proc", "proc", 0, "hidepid=0"), "mount");
	levels();
	held_folder();
	only_tasks();
	check_ok(umount2("proc", 0), "umount");
	check_ok(mount("proc", "proc", "proc", 0, "hidepid=2,subset=pid"),
		 "two options of one mount");
	expect_options(",hidepid=invisible,subset=pid");
	expect_seen("both", NONE, 0, ENOENT, ENOENT);
	umount2("proc", 0);
	rmdir("proc");
	tap_scratch_end();
	return tap_done();
}
