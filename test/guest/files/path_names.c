/* SPDX-License-Identifier: MIT */
/*
 * Names: resolution, links, rename, folders and their reading, permission
 * checks (rows A1, B17).
 */
#include <dirent.h>
#include "tap.h"

/* A file whose text is its name. */
static void put_name_in(const char *path)
{
	put_file(path, path, strlen(path), 0644);
}

static int lstat_path(const char *path, struct stat *st)
{
	return lstat(path, st);
}

static int same_file(const char *a, const char *b)
{
	struct stat x, y;

	return !lstat_path(a, &x) && !lstat_path(b, &y) &&
	       x.st_ino == y.st_ino && x.st_dev == y.st_dev;
}

static void resolution(void)
{
	static char name[5000];
	char cwd[256], small[4];

	mkdir("d", 0755);
	mkdir("d/e", 0755);
	put_name_in("d/f");
	check(same_file("d/f", "d/./f") && same_file("d/f", "d//f") &&
	      same_file("d/f", "d/e/../f"), "dots and double slashes");
	check(same_file("/..", "/"), "above the root is the root");
	check_err(ENOENT, open("", O_RDONLY), "empty path");
	check_err(ENOTDIR, open("d/f/x", O_RDONLY), "below a file");
	check_err(ENOTDIR, open("d/f/", O_RDONLY), "slash after a file");
	check_ok(access("d/e/", F_OK), "slash after a folder");
	check_err(ENOENT, open("d/x/../f", O_RDONLY), "through nothing");
	memset(name, 'n', 256);
	check_err(ENAMETOOLONG, open(name, O_RDONLY), "name of 256 bytes");
	name[255] = '\0';
	check_err(ENOENT, open(name, O_RDONLY), "name of 255 bytes");
	for (int i = 0; i < 4096; i++)
		name[i] = i % 2 ? '/' : '.';
	name[4096] = '\0';
	check_err(ENAMETOOLONG, open(name, O_RDONLY), "path of 4096 bytes");
	name[4095] = '\0';
	check_ok(access(name, F_OK), "path of 4095 bytes");
	check_ok(chdir("d/e"), "chdir");
	getcwd(cwd, sizeof(cwd));
	check(!strncmp(cwd, tap_dir, strlen(tap_dir)) &&
	      !strcmp(cwd + strlen(tap_dir), "/d/e"), "getcwd");
	check_eq(syscall(SYS_getcwd, cwd, sizeof(cwd)),
		 strlen(tap_dir) + 5, "its length counts the NUL");
	check(!getcwd(small, sizeof(small)) && errno == ERANGE,
	      "getcwd ERANGE");
	rmdir("../e");
	check(!getcwd(cwd, sizeof(cwd)) && errno == ENOENT,
	      "getcwd of a removed folder");
	check_err(ENOENT, open("new", O_CREAT | O_WRONLY, 0600),
	      "create in a removed folder");
	check_ok(chdir(tap_dir), "back by absolute path");
	check_err(ENOTDIR, chdir("d/f"), "chdir to a file");
	unlink("d/f");
	rmdir("d");
}

static void symlinks(void)
{
	char b[16];
	struct stat st, link;

	mkdir("d", 0755);
	put_name_in("d/f");
	symlink("d", "sd");
	symlink("sd/f", "sf");
	symlink("nowhere", "dangling");
	symlink("b", "a");
	symlink("a", "b");
	lstat("sd", &link);
	usleep(20000);
	check(stat("sf", &st) == 0 && st.st_size == 3, "through two links");
	lstat("sd", &st);
	check(st.st_atime > link.st_atime ||
	      st.st_atime_nsec > link.st_atime_nsec, "following is a read");
	lstat("sf", &st);
	check(S_ISLNK(st.st_mode) && st.st_size == 4, "lstat sees the link");
	check_eq(readlink("sf", b, 16), 4, "readlink");
	check_eq(readlink("sf", b, 2), 2, "readlink, short buffer");
	check_err(EINVAL, readlink("d", b, 16), "readlink of a folder");
	check_err(EINVAL, readlink("sf", b, 0), "readlink into nothing");
	check_err(ELOOP, open("a", O_RDONLY), "a loop");
	check_err(ENOENT, open("dangling", O_RDONLY), "dangling");
	check_ok(close(open("dangling", O_CREAT | O_WRONLY, 0600)),
		 "create through a dangling link");
	check_ok(access("nowhere", F_OK), "made the target");
	check_err(EEXIST, mkdir("sd", 0755), "mkdir over a link");
	check_err(ENOTDIR, rmdir("sd"), "rmdir of a link");
	check_ok(unlink("sd"), "unlink removes the link");
	check_ok(access("d/f", F_OK), "not the target");
	check_err(ENOENT, symlink("", "x"), "empty target");
	unlink("nowhere");
	unlink("dangling");
	unlink("sf");
	unlink("a");
	unlink("b");
	unlink("d/f");
	rmdir("d");
}

static void hard_links(void)
{
	struct stat st;

	put_name_in("f");
	mkdir("d", 0755);
	check_ok(link("f", "d/g"), "link");
	check(same_file("f", "d/g"), "same inode");
	stat("f", &st);
	check_eq(st.st_nlink, 2, "two links");
	check_err(EEXIST, link("f", "d/g"), "link over a name");
	check_err(EPERM, link("d", "dd"), "link of a folder");
	check_err(ENOENT, link("x", "y"), "link of nothing");
	unlink("f");
	stat("d/g", &st);
	check_eq(st.st_nlink, 1, "one is left");
	stat("d", &st);
	check_eq(st.st_nlink, 2, "a folder has two");
	mkdir("d/e", 0755);
	stat("d", &st);
	check_eq(st.st_nlink, 3, "and one more a subfolder");
	rmdir("d/e");
	unlink("d/g");
	rmdir("d");
}

static void remove_names(void)
{
	mkdir("d", 0755);
	put_name_in("d/f");
	check_err(ENOTEMPTY, rmdir("d"), "rmdir, not empty");
	check_err(EISDIR, unlink("d"), "unlink of a folder");
	check_err(ENOTDIR, rmdir("d/f"), "rmdir of a file");
	check_err(EINVAL, rmdir("d/."), "rmdir of .");
	check_err(ENOTEMPTY, rmdir("d/.."), "rmdir of ..");
	check_err(ENOENT, unlink("d/x"), "unlink of nothing");
	check_err(EEXIST, mkdir("d", 0755), "mkdir over a folder");
	check_err(EEXIST, mkdir("d/f", 0755), "mkdir over a file");
	check_err(ENOENT, mkdir("x/y", 0755), "mkdir below nothing");
	check_ok(mkdir("d/e/", 0755), "mkdir with a slash");
	check_err(EINVAL, unlinkat(AT_FDCWD, "d", 0x1234), "unknown flags");
	rmdir("d/e");
	unlink("d/f");
	check_ok(rmdir("d"), "rmdir, empty");
	check_err(ENOENT, rmdir("d"), "again");
}

static void renames(void)
{
	struct stat st;

	put_name_in("a");
	put_name_in("bb");
	mkdir("d", 0755);
	mkdir("e", 0755);
	put_name_in("e/f");
	check_ok(rename("a", "bb"), "over a file");
	stat("bb", &st);
	check(st.st_size == 1 && access("a", F_OK), "replaced, moved");
	check_err(ENOTEMPTY, rename("d", "e"), "folder over a full one");
	check_ok(rename("e", "d"), "folder over an empty one");
	check_ok(access("d/f", F_OK), "with its contents");
	check_err(EISDIR, rename("bb", "d"), "file over a folder");
	check_err(ENOTDIR, rename("d", "bb"), "folder over a file");
	check_err(EINVAL, rename("d", "d/x"), "folder into itself");
	check_err(ENOENT, rename("x", "y"), "nothing");
	link("bb", "c");
	check_ok(rename("bb", "c"), "two names of one file");
	check(!access("bb", F_OK) && !access("c", F_OK), "both stay");
	check_err(EEXIST, syscall(SYS_renameat2, AT_FDCWD, "bb", AT_FDCWD,
				  "d/f", RENAME_NOREPLACE), "NOREPLACE");
	check_ok(syscall(SYS_renameat2, AT_FDCWD, "bb", AT_FDCWD, "d",
			 RENAME_EXCHANGE), "EXCHANGE");
	check(stat("bb", &st) == 0 && S_ISDIR(st.st_mode) &&
	      stat("d", &st) == 0 && S_ISREG(st.st_mode), "swapped");
	check_err(EBUSY, rename("bb/..", "q"), "rename of ..");
	unlink("bb/f");
	rmdir("bb");
	unlink("d");
	unlink("c");
}

/* A list of names goes as far as the buffer does. */
static void list_partly(void)
{
	char *p = mmap(NULL, 2 * PG, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	static char all[8192], parts[8192];
	int fd = open("/proc/self", O_RDONLY | O_DIRECTORY);
	long whole = 0, n;

	munmap(p + PG, PG);
	while ((n = syscall(SYS_getdents64, fd, all + whole,
			    sizeof(all) - whole)) > 0)
		whole += n;
	lseek(fd, 0, SEEK_SET);
	n = syscall(SYS_getdents64, fd, p + PG - 100, PG);
	check(n > 0 && n <= 100, "as many entries as can be stored");
	memcpy(parts, p + PG - 100, n > 0 ? n : 0);
	for (long more = n; more > 0; n += more > 0 ? more : 0)
		more = syscall(SYS_getdents64, fd, parts + n,
			       sizeof(parts) - n);
	check(n == whole && !memcmp(all, parts, n), "and then the rest");
	lseek(fd, 0, SEEK_SET);
	check_err(EFAULT, syscall(SYS_getdents64, fd, p + PG, PG), "none");
	check_err(EINVAL, syscall(SYS_getdents64, fd, all, 0x80000000u),
		  "a size above INT_MAX");
	check_eq(lseek(fd, 5, SEEK_END), 5, "SEEK_END of a folder of /proc");
	close(fd);
	munmap(p, PG);
}

static void read_directories(void)
{
	char name[16];
	static char seen[300];
	struct dirent *e;
	DIR *d;
	int n = 0, dots = 0, bad = 0;
	char raw[32];

	mkdir("d", 0755);
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "d/%d", i);
		close(open(name, O_CREAT | O_WRONLY, 0600));
	}
	d = opendir("d");
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.') {
			dots++;
			continue;
		}
		seen[atoi(e->d_name)]++;
		bad += e->d_type != DT_REG && e->d_type != DT_UNKNOWN;
		n++;
	}
	closedir(d);
	for (int i = 0; i < 300; i++)
		bad += seen[i] != 1;
	check(n == 300 && dots == 2 && !bad, "each name once, and the dots");
	n = open("d", O_RDONLY);
	check_err(EINVAL, getdents64(n, raw, 4), "getdents, no room");
	close(n);
	n = open("d/1", O_RDONLY);
	check_err(ENOTDIR, getdents64(n, raw, 32), "getdents of a file");
	close(n);
	d = opendir("d");
	while ((e = readdir(d)))
		if (e->d_name[0] != '.') {
			snprintf(name, sizeof(name), "d/%s", e->d_name);
			unlink(name);
		}
	closedir(d);
	check_ok(rmdir("d"), "all removed while reading");
}

static void use_names_as_other(void *arg)
{
	int bad = 0;

	setgroups(0, NULL);
	setgid(1234);
	setuid(1234);
	bad |= open("secret", O_RDONLY) != -1 || errno != EACCES;
	bad |= (open("public", O_RDONLY) < 0) << 1;
	bad |= (open("public", O_WRONLY) != -1 || errno != EACCES) << 2;
	bad |= (open("closed/x", O_RDONLY) != -1 || errno != EACCES) << 3;
	bad |= (open("new", O_CREAT | O_WRONLY, 0600) != -1 ||
		errno != EACCES) << 4;
	bad |= (unlink("public") != -1 || errno != EACCES) << 5;
	bad |= (chmod("public", 0777) != -1 || errno != EPERM) << 6;
	bad |= (unlink("sticky/f") != -1 ||
		(errno != EPERM && errno != EACCES)) << 7;
	_exit(bad);
}

static void check_name_rights(void)
{
	if (geteuid() != 0) {
		tap_skip("permissions", "needs root");
		return;
	}
	put_file("secret", "s", 1, 0600);
	put_file("public", "p", 1, 0644);
	mkdir("closed", 0700);
	put_file("closed/x", "x", 1, 0666);
	mkdir("sticky", 01777);
	chmod("sticky", 01777);
	put_file("sticky/f", "f", 1, 0666);
	check_eq(in_child(use_names_as_other, NULL), 0,
		 "another user is kept out");
	check_ok(access("secret", R_OK | W_OK), "root is not");
	check_err(EACCES, access("secret", X_OK),
		  "but needs an x bit to execute");
	check_ok(chown("public", 1234, 1234), "chown");
	unlink("secret");
	unlink("public");
	unlink("closed/x");
	rmdir("closed");
	unlink("sticky/f");
	rmdir("sticky");
}

static void enter_another_root(void *arg)
{
	(void)arg;
	mkdir("root", 0700);
	_exit(syscall(SYS_chroot, "root") || chdir("/") ||
	      open("/f", O_RDONLY) >= 0);
}

int main(void)
{
	tap_scratch("path_names");
	resolution();
	symlinks();
	hard_links();
	remove_names();
	renames();
	read_directories();
	list_partly();
	check_name_rights();
	put_file("f", "text", 4, 0600);
	check_eq(in_child(enter_another_root, NULL), 0, "chroot");
	rmdir("root");
	unlink("f");
	tap_scratch_end();
	return tap_done();
}
