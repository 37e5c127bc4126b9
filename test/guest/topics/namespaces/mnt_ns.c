/* SPDX-License-Identifier: MIT */
/*
 * Name spaces of mounts (rows D8, D10): clone(2), unshare(2) and setns(2) with
 * CLONE_NEWNS; that what is mounted inside is not seen outside and goes with
 * who is in it last; mount points that only others have; files of name spaces
 * that are bound to a name.
 */
#include <sys/mount.h>
#include <sys/wait.h>
#include <poll.h>
#include <thread.h>
#include "mounts.h"
#include "spaces.h"
#include "texts.h"

#define MS_BIND		4096
#define MS_PRIVATE	(1 << 18)
#define MNT_LIMIT	"/proc/sys/user/max_mnt_namespaces"
#define UTS_LIMIT	"/proc/sys/user/max_uts_namespaces"

static int unshare_(long flags)
{
	return (int)syscall(SYS_unshare, flags);
}

static int setns_(int fd, int kind)
{
	return (int)syscall(SYS_setns, fd, kind);
}

/* Is it a mount point, as pid's file says?  name: relative to tap_dir. */
static const char *mount_line(int pid, const char *name)
{
	static char text[16384], line[512];
	char place[160], *at, *end;

	snprintf(place, sizeof(place), " %s/%s ", tap_dir, name);
	text_read(task_file(pid, "mountinfo"), text, sizeof(text));
	at = strstr(text, place);
	if (!at)
		return NULL;
	while (at > text && at[-1] != '\n')
		at--;
	end = strchr(at, '\n');
	snprintf(line, sizeof(line), "%.*s", (int)(end - at), at);
	return line;
}

/* ---- the calls ----------------------------------------------------------- */

static void unshare_mounts(void)
{
	int mine = opened(getpid(), "mnt");

	check_eq(IN_CHILD(
		NEED(!unshare_(CLONE_NEWNS));
		NEED(!same_ns(mine, opened(getpid(), "mnt")));
		NEED(!tmpfs_inside("m") && exists("m/inside"));
		NEED(mount_line(getpid(), "m"));
		NEED(!mount_line(getppid(), "m"));
		NEED(IN_CHILD(NEED(exists("m/inside"))) == 0)),
		0, "unshare: a tree that forks share");
	check(!exists("m/inside"), "nothing of it is seen outside");
	close(mine);
}

/* Mounts, root and working directory of the copy are its own. */
static void copy_mounts(void)
{
	char m[128], cwd[128];

	snprintf(m, sizeof(m), "%s/m", tap_dir);
	check(!tmpfs_inside("m"), "a mount before");
	check_eq(IN_CHILD(
		NEED(!chdir("m"));
		NEED(!unshare_(CLONE_NEWNS) && exists("inside"));
		NEED(getcwd(cwd, sizeof(cwd)) && !strcmp(cwd, m));
		NEED(umount2(m, 0) == -1 && errno == EBUSY);
		NEED(!chdir("..") && !exists("m/old"));
		NEED(!umount2(m, 0) && !exists("m/inside"))),
		0, "the working directory is in the copy, which goes alone");
	check(exists("m/inside"), "the original stays");
	check_eq(IN_CHILD(
		NEED(!chdir("m") && !unshare_(CLONE_NEWNS));
		NEED(!umount2(m, MNT_DETACH) && !exists("m/inside"));
		NEED(exists("inside"))), 0, "MNT_DETACH, too");
	check(exists("m/inside"), "of one's own");
	check_eq(IN_CHILD(
		NEED(!unshare_(CLONE_NEWNS));
		NEED(!mount(NULL, "m", NULL,
			    MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
		NEED(touch_file("m/new") == -1 && errno == EROFS)),
		0, "flags are of one mount");
	check(!touch_file("m/new"), "and not of its original");
	check_ok(umount2("m", 0), "no copy is in its way");
}

static int mount_in_clone(void *arg)
{
	(void)arg;
	return tmpfs_inside("m") || !exists("m/inside");
}

static void clone_into_mounts(void)
{
	check_eq(in_clone(CLONE_NEWNS, mount_in_clone), 0,
		 "clone(2) with CLONE_NEWNS");
	check(!exists("m/inside"), "its caller does not see it");
	check_eq(in_clone3(CLONE_NEWNS, mount_in_clone), 0, "and clone3(2)");
	check(!exists("m/inside"), "neither");
	check_eq(in_clone(CLONE_NEWNS | CLONE_FS, mount_in_clone), -EINVAL,
		 "CLONE_FS does not go with it");
	check_eq(in_clone3(CLONE_NEWNS | CLONE_FS, mount_in_clone), -EINVAL,
		 "nor there");
}

static void *mount_in_thread(void *arg)
{
	*(int *)arg = !unshare_(CLONE_NEWNS) && !tmpfs_inside("m") &&
		!chdir("m");
	return NULL;
}

static void unshare_mounts_in_thread(void)
{
	char cwd[128];
	struct thread t;
	int good = 0;

	if (thread_create(&t, mount_in_thread, &good))
		tap_bail("thread");
	thread_join(&t);
	check(good && !exists("m/inside"), "a thread may have its own");
	check(getcwd(cwd, sizeof(cwd)) && !strcmp(cwd, tap_dir),
	      "and shares no working directory any more");
}

/* A child in a space of its own, where "m" is mounted; *out: a pidfd. */
static int start_in_mounts(int *out)
{
	int ready[2], pid;
	char c;

	if (pipe(ready))
		tap_bail("pipe");
	pid = fork();
	if (!pid) {
		if (unshare_(CLONE_NEWNS) || tmpfs_inside("m") || chdir("m"))
			_exit(1);
		write(ready[1], "x", 1);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1)
		tap_bail("the inhabitant");
	close(ready[0]);
	*out = (int)syscall(SYS_pidfd_open, pid, 0);
	return pid;
}

enum { CAP_SYS_CHROOT = 18, CAP_SYS_ADMIN = 21 };

static int give_up(int cap)
{
	struct { unsigned version; int pid; } head = { 0x20080522, 0 };
	unsigned data[6] = { 0 };

	data[0] = data[1] = ~(1u << cap);
	data[3] = data[4] = 0x1ff;
	return (int)syscall(SYS_capset, &head, data);
}

static int fd_of_other;

/* These share root and working directory with their maker. */
static int enters_shared(void *arg)
{
	(void)arg;
	return !(setns_(fd_of_other, 0) == -1 && errno == EINVAL);
}

static int enters_without_right(void *arg)
{
	(void)arg;
	return !(setns_(fd_of_other, 0) == -1 && errno == EPERM);
}

static int open_of(int pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return open(path, O_RDONLY);
}

static void enter_mount_space(void)
{
	int pidfd, pid = start_in_mounts(&pidfd), fd = opened(pid, "mnt");
	char cwd[128], m[140];

	snprintf(m, sizeof(m), "%s/m/inside", tap_dir);
	check_eq(IN_CHILD(
		NEED(!setns_(fd, CLONE_NEWNS) && exists(m));
		NEED(getcwd(cwd, sizeof(cwd)) && !strcmp(cwd, "/"));
		NEED(same_ns(fd, opened(getpid(), "mnt")))),
		0, "setns: at the root of that space");
	check_eq(IN_CHILD(NEED(!setns_(pidfd, CLONE_NEWNS) && exists(m))),
		 0, "by a pidfd");
	check_eq(IN_CHILD(
		NEED(!setns_(pidfd, CLONE_NEWNS | CLONE_NEWUTS));
		NEED(exists(m))), 0, "among others");
	check_eq(IN_CHILD(
		int mine = opened(getpid(), "mnt");
		NEED(!setns_(fd, 0) && exists(m));
		NEED(!setns_(mine, 0) && !exists(m))), 0, "and back");
	fd_of_other = fd;
	check_eq(in_clone(CLONE_FS, enters_shared), 0,
		 "not with a shared root");
	check_eq(IN_CHILD(
		NEED(!give_up(CAP_SYS_CHROOT));
		NEED(setns_(fd, 0) == -1 && errno == EPERM)),
		0, "nor without CAP_SYS_CHROOT");
	check_eq(IN_CHILD(
		NEED(!give_up(CAP_SYS_ADMIN));
		NEED(setns_(fd, 0) == -1 && errno == EPERM);
		NEED(in_clone(CLONE_FS, enters_without_right) == 0)),
		0, "nor without CAP_SYS_ADMIN, whatever else is wrong");
	check_eq(IN_CHILD(
		NEED(!setuid(1000));
		NEED(setns_(fd, 0) == -1 && errno == EPERM);
		NEED(unshare_(CLONE_NEWNS) == -1 && errno == EPERM)),
		0, "nor as another user");
	check(mount_line(pid, "m") != NULL, "its mounts are seen in /proc");
	kill(pid, SIGKILL);
	if (eventually(tap_state(pid, pid) == 'Z'))
		check_err(EINVAL, open_of(pid, "mounts"), "a zombie has none");
	waitpid(pid, NULL, 0);
	check_eq(IN_CHILD(NEED(!setns_(fd, 0) && exists(m))), 0,
		 "an open file keeps them");
	close(fd);
	close(pidfd);
}

static void limit_mount_spaces(void)
{
	char old[32];

	snprintf(old, sizeof(old), "%s", read_text(MNT_LIMIT));
	check(atoi(old) > 0, "the limit");
	write_text(MNT_LIMIT, "1");
	check_eq(IN_CHILD(
		int keep = -1;
		NEED(!unshare_(CLONE_NEWNS));
		keep = opened(getpid(), "mnt");
		NEED(unshare_(CLONE_NEWNS) == -1 && errno == ENOSPC);
		NEED(unshare_(CLONE_NEWNS | CLONE_NEWUTS) == -1);
		NEED(errno == ENOSPC && keep >= 0)), 0, "ENOSPC beyond it");
	write_text(MNT_LIMIT, old);
}

/* ---- what is not one's own ----------------------------------------------- */

static void foreign(void)
{
	char path[64];
	int fd;

	check(!tmpfs_inside("m") && !mkdir("m/d", 0755), "a mount outside");
	fd = open("m", O_PATH);
	snprintf(path, sizeof(path), "/proc/self/fd/%d/", fd);
	check_eq(IN_CHILD(
		NEED(!unshare_(CLONE_NEWNS));
		NEED(umount2(path, 0) == -1 && errno == EINVAL);
		NEED(umount2(path, MNT_DETACH) == -1 && errno == EINVAL);
		NEED(mount(path, "d", NULL, MS_BIND, NULL) == -1);
		NEED(errno == EINVAL);
		NEED(mount(path, "d", NULL, MS_MOVE, NULL) == -1);
		NEED(errno == EINVAL);
		NEED(mount("none", path, "tmpfs", 0, NULL) == -1);
		NEED(errno == EINVAL);
		NEED(mount("m", path, NULL, MS_BIND, NULL) == -1);
		NEED(errno == EINVAL);
		NEED(mount(NULL, path, NULL, MS_REMOUNT | MS_BIND, NULL) == -1);
		NEED(errno == EINVAL);
		NEED(!mount(NULL, path, NULL, MS_PRIVATE, NULL));
		NEED(!fchdir(fd) && exists("inside"));
		NEED(mount("none", "d", "tmpfs", 0, NULL) == -1);
		NEED(errno == EINVAL)), 0, "mounts of another space: EINVAL");
	check_eq(IN_CHILD(
		NEED(!setuid(1000) && !unshare_(CLONE_NEWUSER | CLONE_NEWNS));
		NEED(mount(NULL, path, NULL, MS_PRIVATE, NULL) == -1);
		NEED(errno == EPERM)), 0, "nor is theirs told to spread");
	check_ok(umount2("m", MNT_DETACH), "they go outside");
	check_err(EINVAL, mount(NULL, path, NULL, MS_PRIVATE, NULL),
		  "what is in no space");
	close(fd);
}

static int stay_pid, stay_pidfd;

/* Somebody who has "m" mounted in a space of its own. */
static void start_inhabitant(void)
{
	stay_pid = start_in_mounts(&stay_pidfd);
}

static void end_inhabitant(void)
{
	kill(stay_pid, SIGKILL);
	waitpid(stay_pid, NULL, 0);
	close(stay_pidfd);
}

/* A file that is bound over another in a space of the child's. */
static void unlink_bound_file(void)
{
	int mine = opened(getpid(), "mnt");

	check_eq(IN_CHILD(
		int inner = -1;
		NEED(!unshare_(CLONE_NEWNS));
		NEED(!mount("f", "g", NULL, MS_BIND, NULL));
		NEED(unlink("g") == -1 && errno == EBUSY);
		inner = opened(getpid(), "mnt");
		NEED(!setns_(mine, 0) && !chdir(tap_dir) && !unlink("g"));
		NEED(!setns_(inner, 0) && !chdir(tap_dir));
		NEED(!mount_line(getpid(), "g") && !exists("g"))),
		0, "unlink of a file that is one elsewhere");
	check_ok(touch_file("g"), "which is gone");
	close(mine);
}

/* Only a mount point of one's own is in the way. */
static void remove_mount_point(void)
{
	start_inhabitant();
	check_ok(rmdir("m"), "rmdir of what is a mount point elsewhere");
	check(!mount_line(stay_pid, "m"), "where it is none any more");
	end_inhabitant();
	mkdir("m", 0755);
	start_inhabitant();
	mkdir("e", 0755);
	check_ok(rename("e", "m"), "rename over it");
	check(!mount_line(stay_pid, "m"), "likewise");
	end_inhabitant();
	start_inhabitant();
	check_ok(rename("m", "e"), "rename of it");
	check(!mount_line(stay_pid, "m") && mount_line(stay_pid, "e"),
	      "takes the mount along");
	check_ok(rename("e", "m"), "and back");
	end_inhabitant();
	check(!tmpfs_inside("m"), "one's own");
	check_err(EBUSY, rmdir("m"), "is busy");
	check_err(EBUSY, rename("m", "e"), "under any name");
	check_ok(umount2("m", 0), "until it goes");
	unlink_bound_file();
}

static int poll_mounts(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLPRI };

	return poll(&p, 1, 0) == 1 && p.revents & POLLERR;
}

static void watched(void)
{
	int fd = open("/proc/self/mounts", O_RDONLY);

	check(fd >= 0 && !poll_mounts(fd), "nothing has changed");
	check_eq(IN_CHILD(
		int inner = -1;
		NEED(!unshare_(CLONE_NEWNS));
		inner = open("/proc/self/mounts", O_RDONLY);
		NEED(!tmpfs_inside("m") && poll_mounts(inner));
		NEED(!umount2("m", 0) && poll_mounts(inner));
		NEED(!poll_mounts(inner))), 0, "who polls is told of his own");
	check(!poll_mounts(fd), "and not of others'");
	check(!tmpfs_inside("m") && poll_mounts(fd), "this is");
	umount2("m", 0);
	close(fd);
}

static void pivot_in_space(void)
{
	int fd;

	check_eq(IN_CHILD(
		NEED(!unshare_(CLONE_NEWNS));
		NEED(!tmpfs_inside("m") && !chroot("m") && !chdir("/"));
		NEED(!mkdir("/new", 0755) && !tmpfs_inside("/new"));
		NEED(!touch_file("/new/second") && !mkdir("/new/old", 0755));
		NEED(!syscall(SYS_pivot_root, "/new", "/new/old"));
		NEED(exists("/second") && exists("/old/inside"));
		NEED(!umount2("/old", MNT_DETACH) && !exists("/old/inside"))),
		0, "pivot_root");
	check(!exists("/second") && !exists("m/inside"), "of one space");
	check(!tmpfs_inside("m") && !mkdir("m/new", 0755) &&
	      !tmpfs_inside("m/new") &&
	      !mkdir("m/new/old", 0755), "a mount below another");
	fd = open("m", O_PATH);
	check_eq(IN_CHILD(
		NEED(!unshare_(CLONE_NEWNS) && !fchdir(fd) && !chroot("."));
		NEED(syscall(SYS_pivot_root, "/new", "/new/old") == -1);
		NEED(errno == EINVAL)), 0, "not that of another space");
	close(fd);
	umount2("m/new", 0);
	umount2("m", 0);
}

/* ---- files of name spaces ------------------------------------------------ */

static void bind_spaces(void)
{
	struct stat a, b;
	char want[64];

	check_eq(IN_CHILD(
		NEED(!unshare_(CLONE_NEWNS | CLONE_NEWUTS));
		NEED(!syscall(SYS_sethostname, "kept", 4));
		NEED(!mount("/proc/self/ns/uts", "f", NULL, MS_BIND, NULL));
		NEED(!stat("/proc/self/ns/uts", &a) && !stat("f", &b));
		NEED(a.st_ino == b.st_ino && a.st_dev == b.st_dev);
		snprintf(want, sizeof(want), " uts:[%llu] ",
			 (unsigned long long)a.st_ino);
		NEED(strstr(mount_line(getpid(), "f"), want));
		NEED(strstr(mount_line(getpid(), "f"), " - nsfs nsfs rw"));
		NEED(!unshare_(CLONE_NEWUTS));
		NEED(!syscall(SYS_sethostname, "other", 5));
		NEED(!setns_(open("f", O_RDONLY), CLONE_NEWUTS));
		NEED(!stat("/proc/self/ns/uts", &a) && a.st_ino == b.st_ino)),
		0, "a bound file keeps a name space");
}

static void keep_by_mount(void)
{
	char old[32];

	snprintf(old, sizeof(old), "%s", read_text(UTS_LIMIT));
	write_text(UTS_LIMIT, "1");
	check_eq(IN_CHILD(
		NEED(!unshare_(CLONE_NEWNS));
		NEED(IN_CHILD(
			NEED(!unshare_(CLONE_NEWUTS));
			NEED(!mount("/proc/self/ns/uts", "f", NULL, MS_BIND,
				    NULL))) == 0);
		NEED(unshare_(CLONE_NEWUTS) == -1 && errno == ENOSPC);
		NEED(!umount2("f", 0));
		NEED(IN_CHILD(NEED(!unshare_(CLONE_NEWUTS))) == 0);
		NEED(IN_CHILD(
			NEED(!unshare_(CLONE_NEWNS | CLONE_NEWUTS));
			NEED(!mount("/proc/self/ns/uts", "f", NULL, MS_BIND,
				    NULL))) == 0);
		NEED(eventually(IN_CHILD(
			NEED(!unshare_(CLONE_NEWUTS))) == 0))),
		0, "until the mount goes, or the space that has it");
	write_text(UTS_LIMIT, old);
}

/* Two spaces that keep each other would never end. */
static void loops(void)
{
	int pidfd, pid;

	check_err(EINVAL, mount("/proc/self/ns/mnt", "f", NULL, MS_BIND, NULL),
		  "one's own space of mounts");
	pid = start_in_mounts(&pidfd);
	check_eq(IN_CHILD(
		NEED(!setns_(pidfd, CLONE_NEWNS) && !chdir(tap_dir));
		NEED(mount("/proc/1/ns/mnt", "f", NULL, MS_BIND, NULL) == -1);
		NEED(errno == EINVAL)), 0, "an older one");
	check_eq(IN_CHILD(
		char path[64];
		int later = -1;
		NEED(!unshare_(CLONE_NEWNS));
		later = start_in_mounts(&later);
		snprintf(path, sizeof(path), "/proc/%d/ns/mnt", later);
		NEED(!mount(path, "f", NULL, MS_BIND, NULL));
		kill(later, SIGKILL);
		waitpid(later, NULL, 0);
		NEED(IN_CHILD(
			NEED(!setns_(open("f", O_RDONLY), CLONE_NEWNS));
			NEED(!chdir(tap_dir) && exists("m/inside"))) == 0);
		NEED(IN_CHILD(
			NEED(!unshare_(CLONE_NEWNS));
			NEED(!mount_line(getpid(), "f"))) == 0)),
		0, "a later one, which copies leave out");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(pidfd);
}

/* A chain of spaces, each of which the one before keeps. */
static void chain_spaces(void)
{
	check_eq(IN_CHILD(
		for (int i = 0; i < 20; i++) {
			int up[2], pid = 0;
			char path[64], c;
			NEED(!pipe(up));
			pid = fork();
			if (!pid) {
				NEED(!unshare_(CLONE_NEWNS));
				write(up[1], "x", 1);
				pause();
			}
			NEED(read(up[0], &c, 1) == 1);
			snprintf(path, sizeof(path), "/proc/%d/ns/mnt", pid);
			NEED(!mount(path, "f", NULL, MS_BIND, NULL));
			NEED(!setns_(opened(pid, "mnt"), 0));
			NEED(!chdir(tap_dir));
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
			close(up[0]);
			close(up[1]);
		}), 0, "a chain of spaces ends as a whole");
	umount2("f", 0);
}

int main(void)
{
	if (unshare_(CLONE_FS) || getuid())
		return tap_skip_all("not root");
	tap_scratch("mnt_ns");
	mkdir("m", 0755);
	mkdir("d", 0755);
	touch_file("f");
	touch_file("g");
	unshare_mounts();
	copy_mounts();
	clone_into_mounts();
	unshare_mounts_in_thread();
	enter_mount_space();
	limit_mount_spaces();
	foreign();
	remove_mount_point();
	watched();
	pivot_in_space();
	bind_spaces();
	keep_by_mount();
	loops();
	chain_spaces();
	rmdir("m");
	rmdir("d");
	unlink("f");
	unlink("g");
	tap_scratch_end();
	return tap_done();
}
