/* SPDX-License-Identifier: MIT */
/* Files without names: O_TMPFILE, memfd_create, sendfile between them. */
#include "tap.h"

static char buf[3 * PG];

static void tmpfile_flag(void)
{
	char self[64], name[128];
	struct stat st;
	int fd = open(".", O_RDWR | O_TMPFILE, 0640);
	ssize_t n;

	check(fd >= 0, "O_TMPFILE");
	check(!fstat(fd, &st) && st.st_nlink == 0 &&
	      st.st_mode == (S_IFREG | 0640), "no links");
	write(fd, "data", 4);
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	n = readlink(self, name, sizeof(name) - 1);
	name[n > 0 ? n : 0] = '\0';
	check(strstr(name, " (deleted)") != NULL, "shown as deleted");
	check_ok(linkat(AT_FDCWD, self, AT_FDCWD, "named", AT_SYMLINK_FOLLOW),
		 "given a name");
	close(fd);
	fd = open("named", O_RDONLY);
	check(read(fd, buf, 9) == 4 && !memcmp(buf, "data", 4), "it is there");
	close(fd);
	unlink("named");
	fd = open(".", O_RDWR | O_TMPFILE | O_EXCL, 0640);
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	check_err(ENOENT, linkat(AT_FDCWD, self, AT_FDCWD, "named",
				 AT_SYMLINK_FOLLOW), "O_EXCL: never");
	close(fd);
	check_err(EINVAL, open(".", O_RDONLY | O_TMPFILE, 0600),
		  "for writing only");
	check_err(ENOENT, open("nowhere", O_RDWR | O_TMPFILE, 0600),
		  "in a folder");
}

static void store_nine(void *arg)
{
	*(volatile char *)arg = 9;
}

static void memfd(void)
{
	char self[64], name[128];
	struct stat st;
	int fd = (int)syscall(SYS_memfd_create, "thing", 1);
	ssize_t n;
	char *p;

	check(fd >= 0, "memfd_create");
	check_eq(fcntl(fd, F_GETFD), FD_CLOEXEC, "MFD_CLOEXEC");
	check_ok(ftruncate(fd, 2 * PG), "its size");
	p = mmap(NULL, 2 * PG, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	check(p != MAP_FAILED, "mapped");
	in_child(store_nine, p + PG);
	check(p[PG] == 9 && pread(fd, buf, 1, PG) == 1 && buf[0] == 9,
	      "shared by mapping and reading");
	check(!fstat(fd, &st) && st.st_size == 2 * PG &&
	      st.st_blocks * 512 == PG, "only what was touched takes room");
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	n = readlink(self, name, sizeof(name) - 1);
	name[n > 0 ? n : 0] = '\0';
	check(!strcmp(name, "/memfd:thing (deleted)"), "its name");
	munmap(p, 2 * PG);
	close(fd);
	check_err(EFAULT, syscall(SYS_memfd_create, BAD, 0), "bad name");
	check_err(EINVAL, syscall(SYS_memfd_create, "x", 0x8000),
		  "unknown flags");
}

static void copy_between_files(void)
{
	int in = open("in", O_RDWR | O_CREAT, 0600);
	int out = open("out", O_RDWR | O_CREAT, 0600), p[2];
	long long pos = 100, to = 10;

	for (int i = 0; i < (int)sizeof(buf); i++)
		buf[i] = (char)(i * 7);
	write(in, buf, sizeof(buf));
	lseek(in, 0, SEEK_SET);
	check_eq(syscall(SYS_copy_file_range, in, NULL, out, NULL, 5000, 0),
		 5000, "copy_file_range");
	check(lseek(in, 0, SEEK_CUR) == 5000 &&
	      lseek(out, 0, SEEK_CUR) == 5000, "both moved on");
	check_eq(syscall(SYS_copy_file_range, in, &pos, out, &to, 50, 0), 50,
		 "copy_file_range at offsets");
	check(pos == 150 && to == 60 && lseek(in, 0, SEEK_CUR) == 5000,
	      "only those moved");
	pread(out, buf + PG, 50, 10);
	check(!memcmp(buf + PG, buf + 100, 50), "the bytes");
	check_err(EINVAL, syscall(SYS_copy_file_range, in, NULL, out, NULL, 1,
				  7), "unknown flags");
	pipe(p);
	lseek(in, 0, SEEK_SET);
#ifdef SYS_sendfile64
	check_eq(syscall(SYS_sendfile64, p[1], in, NULL, 1000), 1000,
		 "sendfile to a pipe");
#else
	check_eq(syscall(SYS_sendfile, p[1], in, NULL, 1000), 1000,
		 "sendfile to a pipe");
#endif
	check(read(p[0], buf + PG, 2000) == 1000 &&
	      !memcmp(buf, buf + PG, 1000), "all of it");
	close(p[0]);
	close(p[1]);
	close(in);
	close(out);
	unlink("in");
	unlink("out");
}

static void tell_flags(void)
{
	int fd = open(".", O_TMPFILE | O_RDWR | O_EXCL, 0600);

	check_eq(raw_syscall(SYS_fcntl, fd, F_GETFL) & ~O_LARGEFILE,
		 O_TMPFILE | O_RDWR, "O_TMPFILE is told by F_GETFL");
	close(fd);
}

int main(void)
{
	tap_scratch("o_tmpfile");
	tmpfile_flag();
	memfd();
	copy_between_files();
	tell_flags();
	tap_scratch_end();
	return tap_done();
}
