/* SPDX-License-Identifier: MIT */
/*
 * What root has covered by a mount stays covered in name spaces of a user's
 * own (row D8), though the user takes the tree apart: who has a directory open
 * in what was taken away, or in a name space that ended, sees what covers.
 *
 *   pub/f     a file of root's; pub is covered by an empty tmpfs
 *   view      where the user binds all of it once more
 *   twin      likewise
 */
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include "users.h"

#define MAP		"0 1000 1\n"
#define MS_BIND		4096
#define MS_REC		16384
#define MS_SHARED	0x100000
#define MNT_DETACH	2
#define KEPT_FD		20

static char hidden[128];		/* below "/" */
static int ready[2], gate[2];

/* What covers it is there, and is empty. */
static int is_covered(int dir, const char *path)
{
	int fd = openat(dir, path, O_RDONLY);

	if (fd >= 0)
		close(fd);
	return fd < 0 && errno == ENOENT;
}

static int same_directory(int a, int b)
{
	struct stat x, y;

	return a >= 0 && b >= 0 && !fstat(a, &x) && !fstat(b, &y) &&
		x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static int takes_apart(void *arg)
{
	int fd, pub;

	(void)arg;
	NEED(!syscall(SYS_unshare, CLONE_NEWNS));
	NEED(is_covered(AT_FDCWD, "pub/f"));
	NEED(umount2("pub", MNT_DETACH) < 0 && errno == EINVAL);
	NEED(!mount(tap_dir, "view", NULL, MS_BIND | MS_REC, NULL));
	fd = open("view", O_RDONLY | O_DIRECTORY);
	NEED(fd >= 0 && is_covered(fd, "pub/f"));
	NEED(umount2("view/pub", MNT_DETACH) < 0 && errno == EINVAL);
	NEED(!umount2("view", MNT_DETACH));
	NEED(is_covered(fd, "pub/f"));
	pub = openat(fd, "pub", O_RDONLY | O_DIRECTORY);
	NEED(pub >= 0 && !same_directory(pub, fd));
	NEED(same_directory(openat(pub, "..", O_RDONLY), fd));
	/* nobody is left in what it hangs on */
	for (int i = fd; i < KEPT_FD; i++)
		if (i != pub)
			close(i);
	NEED(same_directory(openat(pub, "..", O_RDONLY), pub));
	NEED(is_covered(pub, "f"));
	return 0;
}

/* What goes at one place goes at its peers, but for what is held there. */
static int takes_from_peers(void *arg)
{
	int twin, below, fd;

	(void)arg;
	NEED(!syscall(SYS_unshare, CLONE_NEWNS));
	NEED(!mount(NULL, "/", NULL, MS_REC | MS_SHARED, NULL));
	NEED(!mount(tap_dir, "view", NULL, MS_BIND | MS_REC, NULL));
	NEED(is_covered(AT_FDCWD, "view/pub/f"));
	NEED(!umount2("view", MNT_DETACH));
	NEED(is_covered(AT_FDCWD, "pub/f"));

	/* twin is a peer of what it shows, so view comes below both */
	NEED(!mount(tap_dir, "twin", NULL, MS_BIND | MS_REC, NULL));
	twin = open("twin", O_RDONLY | O_DIRECTORY);
	NEED(twin >= 0);
	NEED(!mount("twin", "view", NULL, MS_BIND | MS_REC, NULL));
	below = openat(twin, "view", O_RDONLY | O_DIRECTORY);
	NEED(same_directory(below, twin) && is_covered(below, "pub/f"));
	NEED(!umount2("view", MNT_DETACH));
	NEED(openat(twin, "view/pub", O_RDONLY) < 0 && errno == ENOENT);
	NEED(is_covered(below, "pub/f"));
	NEED(is_covered(twin, "pub/f"));

	/* one that goes alone: what is held below its peer stays there */
	fd = openat(twin, "pub", O_RDONLY | O_DIRECTORY);
	NEED(fd >= 0);
	NEED(!mount("none", "pub", "tmpfs", 0, NULL));
	NEED(!umount2("pub", 0));
	NEED(is_covered(AT_FDCWD, "pub/f"));
	NEED(is_covered(twin, "pub/f"));
	NEED(same_directory(openat(twin, "pub", O_RDONLY), fd));
	return 0;
}

static int waits_in_a_space(void *arg)
{
	char c = 0;

	(void)arg;
	NEED(!syscall(SYS_unshare, CLONE_NEWNS));
	NEED(dup2(open("/", O_RDONLY | O_DIRECTORY), KEPT_FD) == KEPT_FD);
	close(gate[1]);
	NEED(write(ready[1], &c, 1) == 1);
	NEED(read(gate[0], &c, 1) == 0);
	return 0;
}

/* Root takes over a descriptor of the space, which ends. */
static void outlives(void)
{
	int pid, pidfd, fd;
	struct stat st;
	char c;

	if (pipe(ready) || pipe(gate))
		tap_bail("pipes");
	pid = begin_in_space(USER, MAP, MAP, waits_in_a_space, NULL);
	if (read(ready[0], &c, 1) != 1)
		tap_bail("a child");
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	fd = (int)syscall(SYS_pidfd_getfd, pidfd, KEPT_FD, 0);
	check(fd >= 0 && is_covered(fd, hidden),
	      "by a descriptor of the space");
	close(gate[1]);
	check_eq(exit_of(pid), 0, "the space ends");
	check(!fstatat(fd, tap_dir + 1, &st, 0), "the tree is whole");
	check(is_covered(fd, hidden), "and it stays covered");
	close(fd);
	close(pidfd);
	close(gate[0]);
	close(ready[0]);
	close(ready[1]);
}

int main(void)
{
	if (getuid())
		return tap_skip_all("only root covers anything");
	tap_scratch("mount_held");
	snprintf(hidden, sizeof(hidden), "%s/pub/f", tap_dir + 1);
	if (mkdir("pub", 0755) || mkdir("view", 0755) ||
	    mkdir("twin", 0755))
		tap_bail("directories");
	close(open("pub/f", O_CREAT | O_WRONLY, 0644));
	if (mount("none", "pub", "tmpfs", 0, NULL))
		tap_bail("a tmpfs");
	check_eq(IN_SPACE(USER, MAP, MAP, takes_apart, NULL), 0,
		 "a tree that is taken away");
	check_eq(IN_SPACE(USER, MAP, MAP, takes_from_peers, NULL), 0,
		 "a tree whose peers are taken away");
	outlives();
	check_ok(umount2("pub", 0), "nobody uses it");
	check_ok(unlink("pub/f"), "below it the file is");
	rmdir("pub");
	rmdir("view");
	rmdir("twin");
	tap_scratch_end();
	return tap_done();
}
