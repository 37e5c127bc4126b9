/* SPDX-License-Identifier: MIT */
/*
 * pivot_root(2) below a chroot (row A1): the new root takes the old one's
 * place for all who stood there, and the old one hangs below it.
 */
#include <sys/mount.h>
#include "tap.h"

static long pivot(const char *new, const char *old)
{
	return syscall(SYS_pivot_root, new, old);
}

static int is_file(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode);
}

/* In a first file system at /, with a second at /new and a third at /else. */
static void refuse_roots(void)
{
	check_err(ENOENT, pivot("/none", "/new/old"), "no such folder");
	check_err(ENOTDIR, pivot("/first", "/new/old"), "a file");
	check_err(EFAULT, pivot(BAD, "/new/old"), "bad pointer");
	check_err(EBUSY, pivot("/", "/new/old"), "the root itself");
	check_err(EBUSY, pivot("/new", "/dir"), "the old one stays in itself");
	check_err(EINVAL, pivot("/new/old", "/new/old"), "no mount");
	check_err(EINVAL, pivot("/new", "/else"), "not below the new root");
	if (syscall(SYS_setresuid, -1, 65534, -1))
		tap_bail("seteuid");
	check_err(EPERM, pivot("/new", "/new/old"), "not the superuser");
	if (syscall(SYS_setresuid, -1, 0, -1))
		tap_bail("seteuid back");
}

/* A child at the old root, and one in a folder of it, tell where they are. */
static int tell_where_child(const char *folder, int *go, int *said)
{
	int pid = fork();
	char c;

	if (!pid) {
		if (folder && chdir(folder))
			_exit(9);
		write(said[1], "x", 1);
		read(go[0], &c, 1);
		_exit((folder ? is_file("inside") : is_file("second")) &&
		      is_file("/second") && !is_file("/first") ? 0 : 1);
	}
	read(said[0], &c, 1);
	return pid;
}

static void change_root_of_all(void)
{
	int go[2], said[2], pid[2], status;

	if (pipe(go) || pipe(said))
		tap_bail("pipe");
	refuse_roots();
	pid[0] = tell_where_child(NULL, go, said);
	pid[1] = tell_where_child("/dir", go, said);
	check_ok(pivot("/new", "/new/old"), "pivot_root");
	check(is_file("/second") && !is_file("/first"), "another root");
	check(is_file("second"), "and folder");
	check(is_file("/old/first") && is_file("/old/dir/inside"),
	      "the old one below");
	check(is_file("/old/else/third"), "with what was mounted there");
	check(chdir("/old/dir/../../..") == 0 && is_file("second"),
	      "the way up ends at the new one");
	write(go[1], "xx", 2);
	for (int i = 0; i < 2; i++) {
		waitpid(pid[i], &status, 0);
		check_eq(status, 0, i ? "who was in a folder is there still" :
			 "who was at the root is at the new one");
	}
	check_ok(umount2("/old/else", 0), "the third is let go");
	check_ok(umount2("/old", MNT_DETACH), "and the old root");
	check(!is_file("/old/first"), "it is gone");
	check_err(EBUSY, pivot("/", "/"), "the root onto itself");
}

int main(void)
{
	int pid, status;

	tap_scratch("pivot_root");
	mkdir("m", 0755);
	if (geteuid() || mount("first", "m", "tmpfs", 0, NULL)) {
		rmdir("m");
		tap_scratch_end();
		return tap_skip_all("needs to mount");
	}
	mkdir("m/new", 0755);
	mkdir("m/else", 0755);
	mkdir("m/dir", 0755);
	touch_file("m/first");
	touch_file("m/dir/inside");
	if (mount("second", "m/new", "tmpfs", 0, NULL) ||
	    mount("third", "m/else", "tmpfs", 0, NULL))
		tap_bail("mount");
	mkdir("m/new/old", 0755);
	touch_file("m/new/second");
	touch_file("m/else/third");
	pid = fork();
	if (!pid) {
		if (chroot("m") || chdir("/"))
			tap_bail("chroot");
		change_root_of_all();
		printf("# %d points\n", tap_n);
		_exit(tap_failed ? 255 : tap_n);
	}
	waitpid(pid, &status, 0);
	tap_n += WIFEXITED(status) ? WEXITSTATUS(status) & 127 : 0;
	check(WIFEXITED(status) && WEXITSTATUS(status) < 128,
	      "all of it below a chroot");
	check(is_file("m/second"), "seen from without");
	check_ok(umount2("m", MNT_DETACH), "all is let go");
	rmdir("m");
	tap_scratch_end();
	return tap_done();
}
