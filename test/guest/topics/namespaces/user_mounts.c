/* SPDX-License-Identifier: MIT */
/*
 * Name spaces that one of users owns (rows D8, D10, B17): what their root may
 * do, to mounts, networks, names and times, and what of mounts that came from
 * outside it may not change (mount_namespaces(7)).
 */
#include <sys/mount.h>
#include <sys/wait.h>
#include "mounts.h"
#include "users.h"

#define NEWTIME		0x80
#define ALL_KINDS	(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | \
			 CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | \
			 CLONE_NEWCGROUP | NEWTIME)
#define MS_BIND		4096
#define MS_REC		16384
#define MS_NOATIME	1024
#define MS_UNBINDABLE	(1 << 17)
#define MS_PRIVATE	(1 << 18)
#define MS_SHARED	(1 << 20)
#define SECURE		(MS_NOSUID | MS_NODEV | MS_NOEXEC)
#define NS_GET_USERNS	0xb701
#define GIFFLAGS	0x8913
#define SIFFLAGS	0x8914
#define GSKNS		0x894c
#define FAILS(err, e)	NEED((e) == -1 && errno == (err))

/* This process is the user's, and then root of spaces of its own. */
static int enter_as_root(unsigned long flags)
{
	become_dumpable(USER);
	return syscall(SYS_unshare, flags) || map_root(USER);
}

static long remount_name(const char *name, unsigned long flags)
{
	return mount(NULL, name, NULL, MS_REMOUNT | flags, NULL);
}

static int set_host(const char *name)
{
	return (int)syscall(SYS_sethostname, name, strlen(name));
}

/* The loopback interface goes up. */
static int raise_loopback_as_user(void)
{
	struct { char name[16]; short flags; char room[22]; } r = { "lo", 0,
								   "" };
	int s = (int)syscall(SYS_socket, 2, 2, 0), err;

	err = syscall(SYS_ioctl, s, GIFFLAGS, &r) ? -1 : 0;
	r.flags |= 1;
	err = err ? err : (int)syscall(SYS_ioctl, s, SIFFLAGS, &r);
	close(s);
	return err;
}

/* ---- rights -------------------------------------------------------------- */

static int mount_everything(void)
{
	struct stat st;
	int m;

	NEED(!mount("proc", "t", "proc", 0, NULL) && exists("t/1/stat"));
	NEED(!umount2("t", 0));
	NEED(!mount("sys", "t", "sysfs", 0, NULL) && !umount2("t", 0));
	NEED(!mount("pts", "t", "devpts", 0, "uid=0,ptmxmode=600"));
	m = open("t/ptmx", O_RDWR | O_NOCTTY);
	NEED(m >= 0 && !stat("t/0", &st) && st.st_uid == 0);
	NEED(!close(m) && !umount2("t", 0));
	FAILS(EINVAL, mount("pts", "t", "devpts", 0, "uid=5"));
	NEED(!tmpfs_inside("t") && exists("t/inside") && !umount2("t", 0));
	FAILS(EPERM, mount("dev", "t", "devtmpfs", 0, NULL));
	NEED(!set_host("inside"));
	NEED(!raise_loopback_as_user());
	return 0;
}

static void all_kinds(void)
{
	check_eq(IN_CHILD(
		NEED(!enter_as_root(ALL_KINDS));
		NEED(!write_proc_file(getpid(), "timens_offsets",
				      "monotonic 5 0"));
		NEED(IN_CHILD(
			NEED(getpid() == 1 && !getuid());
			_exit(mount_everything())) == 0)),
		0, "a user may all in spaces of its own");
	check_eq(IN_CHILD(
		NEED(!enter_as_root(CLONE_NEWUSER));
		FAILS(EPERM, mount("none", "t", "tmpfs", 0, NULL));
		FAILS(EPERM, umount2("m", 0));
		FAILS(EPERM, set_host("inside"));
		FAILS(EPERM, raise_loopback_as_user());
		NEED(write_proc_file(getpid(), "timens_offsets",
				     "monotonic 5 0"))),
		0, "and nothing of these in others");
}

/* Of what a file system shows: whoever owns that may mount it. */
static void by_owner(void)
{
	check_eq(IN_CHILD(
		NEED(!enter_as_root(CLONE_NEWUSER | CLONE_NEWNS));
		FAILS(EPERM, mount("proc", "t", "proc", 0, NULL));
		FAILS(EPERM, mount("sys", "t", "sysfs", 0, NULL));
		NEED(!tmpfs_inside("t"))),
		0, "file systems: by the owner of what they show");
	check_eq(IN_CHILD(
		NEED(!syscall(SYS_unshare, CLONE_NEWNS));
		NEED(!mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
		NEED(!bind_mount("f", "/proc/version", 0));
		NEED(!enter_as_root(ALL_KINDS));
		NEED(IN_CHILD(
			FAILS(EPERM, mount("proc", "t", "proc", 0, NULL));
			NEED(!tmpfs_inside("t"))) == 0)),
		0, "proc: not where a part of it is covered");
}

/*
 * In all kinds of spaces of a user's own; /proc is for reading, so its maps of
 * ids are not written.
 */
static int mounts_proc(void)
{
	become_dumpable(USER);
	NEED(!syscall(SYS_unshare, ALL_KINDS));
	return IN_CHILD(
		FAILS(EPERM, mount("proc", "t", "proc", 0, NULL));
		NEED(!mount("proc", "t", "proc", MS_RDONLY, NULL));
		FAILS(EPERM, remount_name("t", MS_BIND)));
}

static void for_reading(void)
{
	check_eq(IN_CHILD(
		NEED(!syscall(SYS_unshare, CLONE_NEWNS));
		NEED(!mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
		NEED(!remount_name("/proc", MS_BIND | MS_RDONLY));
		_exit(mounts_proc())),
		0, "proc: for reading, as the mount one sees");
	check_eq(IN_CHILD(
		NEED(!syscall(SYS_unshare, CLONE_NEWNS | CLONE_NEWPID));
		NEED(IN_CHILD(
			NEED(!mount(NULL, "/", NULL, MS_REC | MS_PRIVATE,
				    NULL));
			NEED(!mount("proc", "/proc", "proc", 0, NULL));
			NEED(!bind_mount("/proc", "m", 0));
			NEED(!remount_name("m", MS_RDONLY));
			NEED(!umount2("m", 0));
			NEED(exists("/proc/1/stat"));
			_exit(mounts_proc())) == 0)),
		0, "or the file system");
}

static int name_it(void *arg)
{
	(void)arg;
	return set_host("inside") || mount("none", "t", "tmpfs", 0, NULL) ?
		errno : 0;
}

static void clone_user_mounts(void)
{
	check_eq(IN_CHILD(
		become_dumpable(USER);
		NEED(!in_clone(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWUTS,
			       name_it));
		NEED(!in_clone3(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWUTS |
				NEWTIME, name_it));
		NEED(in_clone(CLONE_NEWUTS, name_it) == -EPERM)),
		0, "clone, clone3: that of users comes first");
}

static const char *const kinds[] = {
	"cgroup", "ipc", "mnt", "net", "pid_for_children", "time_for_children",
	"uts",
};

static void own_spaces(void)
{
	int first[COUNT(kinds)], fd;

	for (int k = 0; k < COUNT(kinds); k++)
		first[k] = opened(getpid(), kinds[k]);
	check_eq(IN_CHILD(
		NEED(!enter_as_root(CLONE_NEWUSER));
		for (int k = 0; k < COUNT(kinds); k++) {
			FAILS(EPERM, syscall(SYS_setns, first[k], 0));
			FAILS(EPERM, syscall(SYS_ioctl, first[k],
					     NS_GET_USERNS));
		}),
		0, "nobody enters what it does not own");
	check_eq(IN_CHILD(
		NEED(!enter_as_root(ALL_KINDS));
		NEED(IN_CHILD(_exit(0)) == 0);
		for (int k = 0; k < COUNT(kinds); k++) {
			if (!strcmp(kinds[k], "pid_for_children"))
				continue;
			fd = (int)syscall(SYS_ioctl, opened(getpid(), kinds[k]),
					  NS_GET_USERNS);
			NEED(fd >= 0 && same_ns(fd, opened(getpid(), "user")));
		}),
		0, "NS_GET_USERNS: of every kind");
	for (int k = 0; k < COUNT(kinds); k++)
		close(first[k]);
}

/* Its maker, from outside, into all of them at once. */
static void by_pidfd(void)
{
	int to[2], pid, fd;
	char c;

	if (pipe(to))
		tap_bail("pipe");
	pid = fork();
	if (!pid) {
		close(to[0]);
		if (enter_as_root(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWUTS |
				  CLONE_NEWNET) || tmpfs_inside("t") ||
		    write(to[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(to[1]);
	check_eq(read(to[0], &c, 1), 1, "a space of a user's");
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	check_eq(IN_CHILD(
		become_dumpable(USER);
		FAILS(EPERM, syscall(SYS_setns, fd,
				     CLONE_NEWUTS | CLONE_NEWNS));
		NEED(!syscall(SYS_setns, fd, CLONE_NEWUSER | CLONE_NEWUTS |
			      CLONE_NEWNS | CLONE_NEWNET));
		NEED(!getuid() && !set_host("entered") &&
		     !raise_loopback_as_user());
		NEED(!chdir(tap_dir) && exists("t/inside"));
		NEED(!umount2("t", 0))),
		0, "setns: of users first, and the others by its rights");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(fd);
	close(to[0]);
}

/* ---- what came from outside ---------------------------------------------- */

static void flags_stay(void)
{
	check_eq(IN_CHILD(
		NEED(!enter_as_root(CLONE_NEWUSER | CLONE_NEWNS));
		FAILS(EPERM, remount_name("m", MS_BIND | SECURE));
		FAILS(EPERM, remount_name("m", MS_BIND | MS_RDONLY));
		FAILS(EPERM, remount_name("m", MS_BIND | MS_RDONLY | SECURE |
					  MS_NOATIME));
		FAILS(EPERM, remount_name("m", MS_RDONLY | SECURE));
		NEED(!remount_name("m", MS_BIND | MS_RDONLY | SECURE));
		NEED(!bind_mount("m", "t", 0));
		FAILS(EPERM, remount_name("t", MS_BIND | SECURE));
		NEED(!umount2("t", 0))),
		0, "flags from outside stay, in copies too");
	check_eq(IN_CHILD(
		NEED(!enter_as_root(CLONE_NEWUSER | CLONE_NEWNS));
		NEED(!mount("none", "t", "tmpfs", MS_RDONLY, NULL));
		FAILS(EROFS, touch_file("t/x"));
		NEED(!remount_name("t", MS_NOATIME) && !touch_file("t/x"));
		NEED(!remount_name("t", MS_BIND | MS_RDONLY | MS_NOSUID));
		FAILS(EROFS, touch_file("t/y"));
		NEED(!remount_name("t", MS_BIND) && !touch_file("t/y"))),
		0, "one's own change");
}

static void keep_locked_mounts(void)
{
	check_eq(IN_CHILD(
		NEED(!enter_as_root(CLONE_NEWUSER | CLONE_NEWNS));
		FAILS(EINVAL, umount2("m", 0));
		FAILS(EINVAL, umount2("m", MNT_DETACH));
		FAILS(EINVAL, mount("m", "t", NULL, MS_MOVE, NULL));
		FAILS(EINVAL, bind_mount(".", "t", 0));
		NEED(!tmpfs_inside("m/new") && !umount2("m/new", 0))),
		0, "what covers something stays there");
	check_eq(IN_CHILD(
		NEED(!enter_as_root(CLONE_NEWUSER | CLONE_NEWNS));
		NEED(!bind_mount(".", "t", MS_REC) && exists("t/m/inside"));
		FAILS(EINVAL, umount2("t/m", 0));
		NEED(!umount2("t", MNT_DETACH) && !exists("t/m"));
		NEED(!bind_mount("m", "t", 0) && !umount2("t", 0));
		NEED(!mount(NULL, "m", NULL, MS_UNBINDABLE, NULL));
		FAILS(EPERM, bind_mount(".", "t", MS_REC))),
		0, "in a copy with all that hangs on it");
}

static void pivot_as_user(void)
{
	check_eq(IN_CHILD(
		NEED(!enter_as_root(CLONE_NEWUSER | CLONE_NEWNS));
		NEED(!chroot("m") && !chdir("/"));
		NEED(!tmpfs_inside("/new") && !mkdir("/new/old", 0755));
		NEED(!syscall(SYS_pivot_root, "/new", "/new/old"));
		NEED(exists("/old/inside"));
		NEED(!umount2("/old", MNT_DETACH) && !exists("/old/inside"))),
		0, "pivot_root: the new root is held, the old one free");
	check_eq(IN_CHILD(
		NEED(!syscall(SYS_unshare, CLONE_NEWNS));
		NEED(!tmpfs_inside("t") && !mkdir("t/m", 0755) &&
		     !tmpfs_inside("t/m"));
		NEED(!chmod("t", 0777) && !mkdir("t/m/old", 0777));
		NEED(!enter_as_root(CLONE_NEWUSER | CLONE_NEWNS));
		NEED(!chroot("t") && !chdir("/"));
		FAILS(EINVAL, syscall(SYS_pivot_root, "m", "m/old"))),
		0, "not to what is held");
}

/* umount(2) makes the root's file system read-only: one's own alone. */
static void unmount_root(void)
{
	check_eq(IN_CHILD(
		NEED(!enter_as_root(CLONE_NEWUSER | CLONE_NEWNS));
		NEED(umount2("/", 0) == -1);	/* or it is held, too */
		NEED(!bind_mount("m", "t", 0) && !chroot("t"));
		FAILS(EPERM, umount2("/", 0))),
		0, "a root that others have stays writable");
	check_eq(access("/", W_OK), 0, "to them");
	check_eq(IN_CHILD(
		NEED(!enter_as_root(CLONE_NEWUSER | CLONE_NEWNS));
		NEED(!tmpfs_inside("t") && !chroot("t") && !umount2("/", 0));
		FAILS(EROFS, touch_file("/x"))),
		0, "one's own does not");
}

/* The root is covered by the same directory. */
static void cover_root(void)
{
	check_eq(IN_CHILD(
		NEED(!syscall(SYS_unshare, CLONE_NEWNS));
		NEED(!bind_mount("/", "/", MS_REC));
		become_dumpable(USER);
		for (int i = 0; i < 4; i++)
			FAILS(EPERM, syscall(SYS_unshare, CLONE_NEWUSER))),
		0, "not from below what covers the root");
}

static int await_go(int fd)
{
	char c;

	return read(fd, &c, 1) == 1;
}

static int tell_go(int fd)
{
	return write(fd, "x", 1) == 1;
}

/* Of what is shared outside: from there to here, not back. */
static void one_way(void)
{
	int in[2], out[2], pid;

	if (mount("none", "t", "tmpfs", 0, NULL) || mkdir("t/a", 0755) ||
	    mkdir("t/b", 0755) || mount(NULL, "t", NULL, MS_SHARED, NULL) ||
	    pipe(in) || pipe(out))
		tap_bail("what is shared");
	pid = fork();
	if (!pid) {
		NEED(!enter_as_root(CLONE_NEWUSER | CLONE_NEWNS));
		NEED(!tmpfs_inside("t/a") && tell_go(out[1]) &&
		     await_go(in[0]));
		NEED(exists("t/b/inside"));
		FAILS(EPERM, remount_name("t/b", MS_BIND));
		NEED(!umount2("t/b", 0) && !exists("t/b/inside"));
		_exit(0);
	}
	check(await_go(out[0]) && !exists("t/a/inside"), "nothing leads out");
	check(!mount("none", "t/b", "tmpfs", MS_NOSUID, NULL) &&
	      !touch_file("t/b/inside") && tell_go(in[1]),
	      "something is mounted outside");
	check_eq(exit_of(pid), 0, "which comes in, and can go there");
	check(exists("t/b/inside"), "but stays outside");
	umount2("t", MNT_DETACH);
	close(in[0]);
	close(in[1]);
	close(out[0]);
	close(out[1]);
}

int main(void)
{
	if (getuid())
		return tap_skip_all("not root");
	tap_scratch("user_mounts");
	mkdir("m", 0755);
	mkdir("t", 0777);
	touch_file("f");
	if (tmpfs_inside("m") || mkdir("m/new", 0755) ||
	    remount_name("m", MS_RDONLY | SECURE))
		tap_bail("a mount");
	all_kinds();
	by_owner();
	for_reading();
	clone_user_mounts();
	own_spaces();
	by_pidfd();
	flags_stay();
	keep_locked_mounts();
	pivot_as_user();
	unmount_root();
	cover_root();
	one_way();
	umount2("m", 0);
	rmdir("m");
	rmdir("t");
	unlink("f");
	tap_scratch_end();
	return tap_done();
}
