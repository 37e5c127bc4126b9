/* SPDX-License-Identifier: MIT */
/*
 * Folders where everybody may write (row A1): the last symlink of a path, a
 * file that is opened with O_CREAT and was there, and a hard link to another's
 * file are refused as the settings fs.protected_* say.
 */
#include <sys/mount.h>
#include <sys/stat.h>

#include "numbers.h"

#define SETTING(name) "/proc/sys/fs/protected_" name
#define OWNER	1000			/* of what lies there */
#define OTHER	1001

static char was[4][32];
static const char *const settings[4] = {
	SETTING("symlinks"), SETTING("hardlinks"), SETTING("fifos"),
	SETTING("regular"),
};

/* => 0 or the errno, as a user, of what fn(path) does */
static int as(unsigned uid, int (*fn)(const char *), const char *path)
{
	pid_t pid = fork();
	int st;

	if (pid == 0) {
		if (uid && (syscall(SYS_setgroups, 0, NULL) || setgid(uid) ||
			    setuid(uid)))
			_exit(255);
		_exit(fn(path) < 0 ? errno : 0);
	}
	if (waitpid(pid, &st, 0) != pid || !WIFEXITED(st))
		return -1;
	return WEXITSTATUS(st);
}

static int open_quickly(const char *path)
{
	return open(path, O_RDONLY | O_NONBLOCK);
}

static int opens_itself(const char *path)
{
	return open(path, O_RDONLY | O_NOFOLLOW);
}

static int create_quickly(const char *path)
{
	return open(path, O_RDWR | O_CREAT | O_NONBLOCK, 0600);
}

static int creates_new(const char *path)
{
	return open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
}

static int stat_path(const char *path)
{
	struct stat st;

	return stat(path, &st);
}

static int lstats(const char *path)
{
	struct stat st;

	return lstat(path, &st);
}

static int reads_link(const char *path)
{
	char to[64];

	return (int)readlink(path, to, sizeof(to));
}

static int link_briefly(const char *path)
{
	if (link(path, "/tmp/sticky/free/link"))
		return -1;
	return unlink("/tmp/sticky/free/link");
}

static int links_to_there(const char *path)
{
	return link(path, "/tmp/sticky/file");
}

/* ---- what lies there ----------------------------------------------------- */

static void make_owned(const char *path, unsigned mode, unsigned owner)
{
	int err = 0;

	if (S_ISDIR(mode))
		err = mkdir(path, 0700);
	else
		err = mknod(path, S_ISFIFO(mode) ? S_IFIFO | 0600 :
			    S_IFREG | 0600, 0);
	if (err || chown(path, owner, owner) || chmod(path, mode & 07777))
		tap_bail(path);
}

static void make_link(const char *path, const char *to, unsigned owner)
{
	if (symlink(to, path) || syscall(SYS_fchownat, AT_FDCWD, path, owner,
					 owner, AT_SYMLINK_NOFOLLOW))
		tap_bail(path);
}

static void scene(void)
{
	if (mkdir("/tmp/sticky", 0755) ||
	    mount("none", "/tmp/sticky", "tmpfs", 0, "mode=755"))
		tap_bail("/tmp/sticky");
	make_owned("/tmp/sticky/file", S_IFREG | 0666, 0);
	make_owned("/tmp/sticky/all", S_IFDIR | 01777, 0);
	make_owned("/tmp/sticky/free", S_IFDIR | 0777, 0);
	make_owned("/tmp/sticky/group", S_IFDIR | 01775, 0);
}

/* ---- symlinks ------------------------------------------------------------ */

static void followed(void)
{
	make_link("/tmp/sticky/all/l", "/tmp/sticky/file", OWNER);
	make_link("/tmp/sticky/all/d", "/tmp/sticky", OWNER);
	make_link("/tmp/sticky/all/roots", "/tmp/sticky/file", 0);
	make_link("/tmp/sticky/all/new", "/tmp/sticky/free/new", OWNER);
	make_link("/tmp/sticky/free/l", "/tmp/sticky/file", OWNER);
	make_link("/tmp/sticky/free/twice", "/tmp/sticky/all/l", OTHER);
	make_link("/tmp/sticky/group/l", "/tmp/sticky/file", OWNER);
	check_eq(as(OWNER, open_quickly, "/tmp/sticky/all/l"), 0,
		 "one's own link");
	check_eq(as(OTHER, open_quickly, "/tmp/sticky/all/l"), EACCES,
		 "another's");
	check_eq(as(0, open_quickly, "/tmp/sticky/all/l"), EACCES,
		 "root's, too");
	check_eq(as(0, stat_path, "/tmp/sticky/all/l"), EACCES, "stat");
	check_eq(as(0, create_quickly, "/tmp/sticky/all/l"), EACCES, "O_CREAT");
	check_eq(as(0, create_quickly, "/tmp/sticky/all/new"), EACCES,
		 "where nothing is, too");
	check_eq(as(0, creates_new, "/tmp/sticky/all/l"), EEXIST, "O_EXCL");
	check_eq(as(0, opens_itself, "/tmp/sticky/all/l"), ELOOP, "O_NOFOLLOW");
	check_eq(as(0, lstats, "/tmp/sticky/all/l"), 0, "lstat");
	check_eq(as(0, reads_link, "/tmp/sticky/all/l"), 0, "readlink");
	check_eq(as(0, open_quickly, "/tmp/sticky/all/d/file"), 0,
		 "on the way");
	check_eq(as(0, stat_path, "/tmp/sticky/all/d"), EACCES, "at its end");
	check_eq(as(0, stat_path, "/tmp/sticky/all/d/"), EACCES,
		 "with a slash");
	check_eq(as(0, open_quickly, "/tmp/sticky/free/twice"), EACCES,
		 "a link to it");
	check_eq(as(OTHER, open_quickly, "/tmp/sticky/all/roots"), 0,
		 "of whom the folder is");
	check_eq(as(0, open_quickly, "/tmp/sticky/free/l"), 0, "not sticky");
	check_eq(as(0, open_quickly, "/tmp/sticky/group/l"), 0,
		 "not for everybody");
	write_text_file(settings[0], "0");
	check_eq(as(0, open_quickly, "/tmp/sticky/all/l"), 0, "not set");
	write_text_file(settings[0], "1");
}

/* ---- hard links ---------------------------------------------------------- */

static void linked(void)
{
	make_owned("/tmp/sticky/free/read", S_IFREG | 0644, 0);
	make_owned("/tmp/sticky/free/write", S_IFREG | 0622, 0);
	make_owned("/tmp/sticky/free/suid", S_IFREG | 04777, 0);
	make_owned("/tmp/sticky/free/sgid", S_IFREG | 02777, 0);
	make_owned("/tmp/sticky/free/locking", S_IFREG | 02766, 0);
	make_owned("/tmp/sticky/free/pipe", S_IFIFO | 0666, 0);
	make_owned("/tmp/sticky/free/own", S_IFREG | 04000, OWNER);
	check_eq(as(OWNER, link_briefly, "/tmp/sticky/file"), 0,
		 "another's that one may write");
	check_eq(as(OWNER, link_briefly, "/tmp/sticky/free/read"), EPERM,
		 "that one may only read");
	check_eq(as(OWNER, link_briefly, "/tmp/sticky/free/write"), EPERM,
		 "or only write");
	check_eq(as(OWNER, links_to_there, "/tmp/sticky/free/read"), EEXIST,
		 "a name that is there comes first");
	check_eq(as(OWNER, link_briefly, "/tmp/sticky/free/suid"), EPERM,
		 "with its owner's rights");
	check_eq(as(OWNER, link_briefly, "/tmp/sticky/free/sgid"), EPERM,
		 "with its group's");
	check_eq(as(OWNER, link_briefly, "/tmp/sticky/free/locking"), 0,
		 "set-group-id of what the group cannot run");
	check_eq(as(OWNER, link_briefly, "/tmp/sticky/free/pipe"), EPERM,
		 "what is no file");
	check_eq(as(OWNER, link_briefly, "/tmp/sticky/free/own"), 0,
		 "one's own");
	check_eq(as(OTHER, link_briefly, "/tmp/sticky/free/own"), EPERM,
		 "not his");
	check_eq(as(0, link_briefly, "/tmp/sticky/free/own"), 0,
		 "root's right");
	write_text_file(settings[1], "0");
	check_eq(as(OWNER, link_briefly, "/tmp/sticky/free/read"), 0,
		 "not set");
	write_text_file(settings[1], "1");
}

/* ---- files that were there ----------------------------------------------- */

static void found(const char *setting, unsigned type, const char *name)
{
	char all[64], group[64], roots[64], open_to_all[64];

	snprintf(all, sizeof(all), "/tmp/sticky/all/%s", name);
	snprintf(group, sizeof(group), "/tmp/sticky/group/%s", name);
	snprintf(roots, sizeof(roots), "/tmp/sticky/all/%s.root", name);
	snprintf(open_to_all, sizeof(open_to_all), "/tmp/sticky/free/%s", name);
	make_owned(all, type | 0666, OWNER);
	make_owned(group, type | 0666, OWNER);
	make_owned(roots, type | 0666, 0);
	make_owned(open_to_all, type | 0666, OWNER);
	printf("# %s\n", setting);
	write_text_file(setting, "0");
	check_eq(as(0, create_quickly, all), 0, "not set");
	write_text_file(setting, "1");
	check_eq(as(0, create_quickly, all), EACCES, "another's, for root");
	check_eq(as(OTHER, create_quickly, all), EACCES, "for a user");
	check_eq(as(OWNER, create_quickly, all), 0, "one's own");
	check_eq(as(OTHER, create_quickly, roots), 0, "of whom the folder is");
	check_eq(as(OTHER, open_quickly, all), 0, "without O_CREAT");
	check_eq(as(OTHER, creates_new, all), EEXIST, "O_EXCL");
	check_eq(as(OTHER, create_quickly, open_to_all), 0, "not sticky");
	check_eq(as(OTHER, create_quickly, group), 0, "not for everybody");
	write_text_file(setting, "2");
	check_eq(as(OTHER, create_quickly, group), EACCES, "a group's, with 2");
	check_err(EINVAL, write_text_file(setting, "3"), "there is no more");
}

int main(void)
{
	if (geteuid())
		return tap_skip_all("sets the kernel's numbers");
	for (int k = 0; k < 4; k++) {
		if (slurp(settings[k]) <= 0)
			tap_bail(settings[k]);
		snprintf(was[k], sizeof(was[k]), "%s", text);
	}
	check(!strcmp(was[0], "1\n") && !strcmp(was[1], "1\n"),
	      "links are protected from the start");
	scene();
	followed();
	linked();
	found(settings[2], S_IFIFO, "fifo");
	found(settings[3], S_IFREG, "regular");
	for (int k = 0; k < 4; k++)
		write_text_file(settings[k], was[k]);
	if (umount2("/tmp/sticky", 0) || rmdir("/tmp/sticky"))
		tap_bail("umount");
	return tap_done();
}
