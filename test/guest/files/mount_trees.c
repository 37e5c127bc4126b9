/* SPDX-License-Identifier: MIT */
/*
 * Trees of mounts: MS_REC copies all that hangs below, with its flags and its
 * order; a tree that is bound into itself ends; what may not be bound is left
 * out; MNT_EXPIRE takes what nobody has used.  Wants the superuser.
 */
#include "mounts.h"
#include "texts.h"

#define REC		16384
#define UNBINDABLE	(1 << 17)
#define PRIVATE		(1 << 18)
#define MOVE		8192
#define NEWNS		0x20000
#define FORCE		1
#define EXPIRE		4
#define NOFOLLOW	8

static void put_text_file(const char *path)
{
	put_file(path, "text", 4, 0644);
}

static int mount_tmpfs(const char *at, unsigned long flags)
{
	return mount("none", at, "tmpfs", flags, NULL);
}

/* Lines of /proc/self/mounts below this path. */
static int mounts_below(const char *path)
{
	static char text[32768];
	char want[256];
	int n = 0;

	text_read("/proc/self/mounts", text, sizeof(text));
	snprintf(want, sizeof(want), " %s/%s", tap_dir, path);
	for (char *at = text; (at = strstr(at, want)); at++)
		n++;
	return n;
}

/* a with b, a/b/c with c, and a/b2 */
static void make_tree(void)
{
	mkdir("a", 0755);
	check_ok(mount_tmpfs("a", 0), "a tree of mounts");
	mkdir("a/b", 0755);
	mkdir("a/b2", 0755);
	mkdir("a/in", 0755);
	put_text_file("a/top");
	mount_tmpfs("a/b", MS_NOEXEC);
	mkdir("a/b/c", 0755);
	put_text_file("a/b/middle");
	mount_tmpfs("a/b/c", MS_RDONLY);
	mount_tmpfs("a/b2", 0);
	put_text_file("a/b2/side");
}

static void bind_recursively(void)
{
	mkdir("to", 0755);
	check_ok(bind_mount("a", "to", 0), "bind of the top alone");
	check(exists("to/top") && !exists("to/b/middle"), "has the top only");
	check_eq(mounts_below("to"), 1, "one mount");
	check_ok(umount2("to", 0), "umount");
	check_ok(bind_mount("a", "to", REC), "bind of all of it");
	check(exists("to/top") && exists("to/b/middle") &&
	      exists("to/b2/side"), "has what hangs below");
	check_eq(mounts_below("to"), 4, "four mounts");
	check_err(EROFS, open("to/b/c/x", O_WRONLY | O_CREAT, 0600),
		  "read-only stays so");
	put_text_file("to/b/made");
	check(exists("a/b/made"), "the same file systems");
	check_err(EBUSY, umount2("to", 0), "the top is busy");
	check_ok(umount2("to/b/c", 0), "a leaf goes");
	check(exists("a/b/c"), "the original stays");
	check_eq(mounts_below("a"), 4, "with all its mounts");
	check_ok(umount2("to", MNT_DETACH), "MNT_DETACH takes the rest");
	check_eq(mounts_below("to"), 0, "none is left");
	check(!exists("to/top") && exists("a/b/middle"), "of the copy");
}

/* Only what hangs below the folder that is bound. */
static void part(void)
{
	check_ok(bind_mount("a/b", "to", REC), "bind of a part");
	check(exists("to/middle") && exists("to/c"), "its files");
	check_eq(mounts_below("to"), 2, "and what hangs there");
	check_ok(umount2("to", MNT_DETACH), "umount");
	mkdir("a/in/dir", 0755);
	mkdir("a/in/dir/m", 0755);
	check_ok(mount_tmpfs("a/in/dir/m", 0), "a mount in a folder");
	check_ok(bind_mount("a/in", "to", REC), "bind of the folder");
	check_eq(mounts_below("to"), 2, "what is beside is left out");
	check_ok(umount2("to", MNT_DETACH), "umount");
	check_ok(umount2("a/in/dir/m", 0), "and again");
}

/* What covers another does so in the copy. */
static void stacked(void)
{
	check_ok(mount_tmpfs("a/b2", 0), "a second mount on one place");
	put_text_file("a/b2/cover");
	check_ok(bind_mount("a", "to", REC), "bind");
	check(exists("to/b2/cover") && !exists("to/b2/side"),
	      "the upper one is seen");
	check_ok(umount2("to/b2", 0), "taken away");
	check(exists("to/b2/side"), "the lower one is");
	check_ok(umount2("to", MNT_DETACH), "umount");
	check_ok(umount2("a/b2", 0), "and here");
}

static void into_itself(void)
{
	check_ok(bind_mount("a", "a/in", REC), "a tree into itself");
	check(exists("a/in/b/middle"), "once");
	check(!exists("a/in/in/b"), "and not for ever");
	check_eq(mounts_below("a"), 8, "four more");
	check_ok(bind_mount("a", "a/in/in", REC), "into the copy of itself");
	check_eq(mounts_below("a"), 16, "eight more");
	check_err(EBUSY, umount2("a/in", 0), "busy");
	check_ok(umount2("a/in", MNT_DETACH), "MNT_DETACH");
	check_eq(mounts_below("a"), 4, "as before");
}

static void refuse_unbindable(void)
{
	check_ok(mount(NULL, "a/b", NULL, UNBINDABLE, NULL), "unbindable");
	check_err(EINVAL, bind_mount("a/b", "to", 0), "it is not bound");
	check_err(EINVAL, bind_mount("a/b", "to", REC), "nor all of it");
	check_ok(bind_mount("a", "to", REC), "the rest of the tree is");
	check(!exists("to/b/middle") && exists("to/b2/side"), "without it");
	check_eq(mounts_below("to"), 2, "and what hangs on it");
	umount2("to", MNT_DETACH);
	check_ok(mount(NULL, "a", NULL, PRIVATE | REC, NULL), "private");
	check_ok(bind_mount("a/b", "to", 0), "now it is");
	umount2("to", 0);
}

static void refuse_binds(void)
{
	check_err(EINVAL, mount(NULL, "to", NULL, MS_BIND, NULL),
		  "no source");
	check_err(EINVAL, bind_mount("", "to", 0), "an empty source");
	check_err(ENOENT, bind_mount("nothing", "to", 0), "no such source");
	check_err(ENOTDIR, bind_mount("a/top", "to", 0), "a file on a folder");
	check_err(ENOTDIR, bind_mount("a", "a/top", 0), "a folder on a file");
	put_text_file("file");
	check_ok(bind_mount("a/top", "file", REC), "a file on a file");
	umount2("file", 0);
	check_err(EINVAL, mount("to", "file", NULL, MOVE, NULL),
		  "what is no mount is not moved");
	check_err(EINVAL, mount("a/b", "file", NULL, MOVE, NULL),
		  "nor a folder to a file");
	check_err(ELOOP, mount("a", "a/b2", NULL, MOVE, NULL),
		  "nor below itself");
	check_err(EINVAL, mount("", "to", NULL, MOVE, NULL), "nor nothing");
	unlink("file");
}

/* A folder without a name is no place for a mount. */
static void bind_removed(void)
{
	int fd;

	mkdir("gone", 0755);
	fd = open("gone", O_RDONLY | O_DIRECTORY);
	rmdir("gone");
	check(fd >= 0 && !fchdir(fd), "in a folder that was removed");
	check_err(ENOENT, mount_tmpfs(".", 0), "nothing is mounted");
	check_err(ENOENT, mount(tap_dir, ".", NULL, MS_BIND, NULL),
		  "nor bound");
	chdir(tap_dir);
	close(fd);
}

static void expire(void)
{
	int fd;

	check_ok(mount_tmpfs("to", 0), "mount");
	put_text_file("to/f");
	check_err(EINVAL, umount2("to", EXPIRE | FORCE), "not with force");
	check_err(EINVAL, umount2("to", EXPIRE | MNT_DETACH), "nor detach");
	fd = open("to/f", O_RDONLY);
	check_err(EBUSY, umount2("to", EXPIRE), "in use");
	close(fd);
	check_err(EAGAIN, umount2("to", EXPIRE), "marked");
	check(exists("to/f"), "used again");
	check_err(EAGAIN, umount2("to", EXPIRE), "marked anew");
	check_ok(umount2("to", EXPIRE), "not used since: it goes");
	check(!exists("to/f"), "is gone");
	check_err(EINVAL, umount2("to", EXPIRE), "no mount any more");
}

static void by_link(void)
{
	check_ok(mount_tmpfs("to", 0), "mount");
	symlink("to", "link");
	check_err(EINVAL, umount2("link", NOFOLLOW), "a link is no mount");
	check_ok(umount2("link", 0), "what it leads to is");
	unlink("link");
}

/* The folder that a descriptor means; not the entry of /proc itself. */
static void by_descriptor(void)
{
	char name[64];
	int fd = open("to", O_RDONLY | O_DIRECTORY), link;

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	check_ok(mount_tmpfs(name, 0), "mount by /proc/self/fd");
	put_text_file("to/f");
	check(exists("to/f"), "it is there");
	check_ok(umount2(name, 0), "and umount");
	check(!exists("to/f"), "it is gone");
	link = open(name, O_PATH | O_NOFOLLOW);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", link);
	put_text_file("file");
	errno = 0;
	check(link >= 0, "the entry itself");
	if (!bind_mount("file", name, 0)) {	/* Linux before 6.12 */
		snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
		umount2(name, MNT_DETACH | NOFOLLOW);
		errno = ENOENT;
	}
	check(errno == ENOENT, "nothing lasts that is mounted on it");
	unlink("file");
	close(link);
	close(fd);
}

/* No tree: a folder that is in two places. */
static void one_folder_twice(void)
{
	struct stat a, b;

	mkdir("m", 0755);
	mkdir("src", 0755);
	mkdir("src/sub", 0755);
	put_text_file("src/f");
	check_ok(bind_mount("src", "m", 0), "bind mount");
	check(!stat("src/f", &a) && !stat("m/f", &b) &&
	      a.st_ino == b.st_ino && a.st_dev == b.st_dev, "the same file");
	put_text_file("m/g");
	check(exists("src/g"), "made in one, seen in both");
	check_err(EXDEV, rename("m/g", "src/h"), "yet two mounts");
	check(!stat("m/..", &a) && !stat(".", &b) && a.st_ino == b.st_ino,
	      ".. from it");
	check_ok(umount2("m", 0), "umount");
	check(exists("src/f"), "the source stays");
	unlink("src/f");
	unlink("src/g");
	rmdir("src/sub");
	rmdir("src");
	rmdir("m");
}

/*
 * A symlink can be mounted on a file, too, by magic links.  A walk that meets
 * many such mounts follows the last one from the directory of the file.
 */
static void stacked_links(void)
{
	enum { MANY = 140 };
	char of[40], on[40], text[8] = "";
	int f, t, done = 0;

	mkdir("a/links", 0755);
	put_text_file("a/links/target");
	put_text_file("a/links/file");
	symlink("target", "a/links/link");
	f = open("a/links/link", O_PATH | O_NOFOLLOW);
	snprintf(of, sizeof(of), "/proc/self/fd/%d", f);
	for (int i = 0; i < MANY; i++) {
		t = open("a/links/file", O_PATH | O_NOFOLLOW);
		snprintf(on, sizeof(on), "/proc/self/fd/%d", t);
		done += !mount(of, on, NULL, MS_BIND, NULL);
		close(t);
	}
	close(f);
	check_eq(done, MANY, "a symlink on a file, on it, ...");
	check(text_read("a/links/file", text, sizeof(text)) > 0 &&
	      !strcmp(text, "text"), "leads on from the file's directory");
	for (int i = 0; i < MANY; i++)
		umount2("a/links/file", MNT_DETACH | NOFOLLOW);
	check_err(EINVAL, umount2("a/links/file", 0), "none is left");
}

int main(void)
{
	if (geteuid())
		return tap_skip_all("needs the superuser");
	if (on_other_kernel() && (syscall(SYS_unshare, NEWNS) ||
	    mount("none", "/", NULL, PRIVATE | REC, NULL)))
		return tap_skip_all("cannot have its own mounts");
	tap_scratch("trees");
	one_folder_twice();
	make_tree();
	bind_recursively();
	part();
	stacked();
	into_itself();
	refuse_unbindable();
	refuse_binds();
	bind_removed();
	expire();
	by_link();
	by_descriptor();
	stacked_links();
	check_ok(umount2("a", MNT_DETACH), "all of it goes");
	rmdir("a");
	rmdir("to");
	tap_scratch_end();
	return tap_done();
}
