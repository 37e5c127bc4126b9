/* SPDX-License-Identifier: MIT */
/*
 * Files without names (rows B5, B17): pipes, eventfds and their kin have an
 * owner, a mode, times, locks and a position, or refuse them as Linux does.
 */
#include "audit.h"
#include "nameless.h"

#define SOMEBODY	4711

static char buf[256];

static void move_positions(void)
{
	int fd[KINDS + 1];

	open_kinds(fd);
	for (int k = 0; k < KINDS; k++) {
		long want = k < 5 ? 0 : -ESPIPE;

		check_eq(lseek(fd[k], 8, SEEK_SET) < 0 ? -errno : 0, want,
			 "lseek of %s", kinds[k]);
	}
	check_eq(lseek(fd[0], 8, SEEK_SET), 0, "its position stays 0");
	check_err(ESPIPE, pread(fd[0], fd, 8, 0), "nor may it be given");
	close_kinds(fd);
}

static void give_locks_back(void)
{
	int fd[KINDS + 1];

	if (audit_take() < 0) {
		tap_skip("locks of files without names", "no audit");
		return;
	}
	for (int i = 0; i < 100; i++) {
		open_kinds(fd);
		for (int k = 0; k < KINDS; k++)
			raw_syscall(SYS_flock, fd[k], 1);
		close_kinds(fd);
	}
	check(audit_same(8), "locks of files without names leave nothing");
}

static void lock_pipes(void)
{
	struct { short type, whence; long start, len; int pid; } l = {
		1, SEEK_CUR, 0, 1, 0,
	};
	int p[2];

	pipe(p);
	check_eq(raw_syscall(SYS_fcntl, p[1], 6, &l), 0,
		 "a lock from where a pipe stands");
	l.type = 2;
	check_eq(raw_syscall(SYS_fcntl, p[1], 6, &l), 0, "and its end");
	close(p[0]);
	close(p[1]);
}

static long link_nameless(int fd, const char *name)
{
	return raw_syscall(SYS_linkat, fd, "", AT_FDCWD, name, 0x1000);
}

static void refuse_links(void)
{
	int p[2];

	pipe(p);
	check_eq(link_nameless(p[0], "new"), -EXDEV,
		 "linkat AT_EMPTY_PATH of a pipe: in another file system");
	check_eq(link_nameless(p[0], "."), -EEXIST,
		 "than a name that is taken");
	check_eq(link_nameless(p[0], "none/new"), -ENOENT, "or cannot be");
	close(p[0]);
	close(p[1]);
}

static void share_one_node(void)
{
	int a = (int)raw_syscall(SYS_eventfd2, 0, 0);
	int b = (int)raw_syscall(SYS_epoll_create1, 0);
	struct stat st;

	check_eq(fchown(a, SOMEBODY, 12), 0, "an eventfd is given away");
	check(!fstat(b, &st) && st.st_uid == SOMEBODY && st.st_gid == 12,
	      "and with it the node of epoll, which is the same");
	fchown(a, 0, 0);
	check_eq(fchmod(b, 0640), 0, "the mode likewise");
	check(!fstat(a, &st) && (st.st_mode & 07777) == 0640, "both ways");
	fchmod(b, 0600);
	close(a);
	close(b);
}

/* Newer Linux has other errors, but for nobody's success. */
static void ask_owner_of_pidfd(void *arg)
{
	struct stat st;
	int fd;

	(void)arg;
	become_user(SOMEBODY);
	fd = (int)raw_syscall(SYS_pidfd_open, getpid(), 0);
	if (fd < 0 || fstat(fd, &st) || st.st_uid)
		_exit(1);
	_exit(raw_syscall(SYS_fchmod, fd, 0644) != -EPERM);
}

static void change_pipes(void)
{
	int p[2], size = 0;
	long now[4] = { 0 };

	pipe(p);
	check_eq(raw_syscall(SYS_utimensat, p[0], "", now, 0x1000), 0,
		 "utimensat: AT_EMPTY_PATH of a pipe");
	check_eq(raw_syscall(SYS_fchownat, p[0], "", -1, -1, 0x1000), 0,
		 "fchownat likewise");
	check_eq(raw_syscall(SYS_ioctl, p[0], 2, &size), 0, "FIGETBSZ");
	check(size == (int)PG, "of a pipe is a page");
	close(p[0]);
	close(p[1]);
}

static void name_by_last_byte(void)
{
	char *p = anon_pages(2, PROT_READ | PROT_WRITE), *last = p + PG - 1;
	int fd[2];

	munmap(p + PG, PG);
	pipe(fd);
	check_eq(raw_syscall(SYS_readlinkat, fd[1], last, buf, 16), -ENOENT,
		 "readlinkat of a pipe, by the last byte there is");
	check_eq(raw_syscall(SYS_faccessat2, fd[1], "", R_OK, 0x1000), 0,
		 "faccessat2 of a pipe");
	check_eq(raw_syscall(SYS_faccessat2, fd[1], "", 1, 0x1000), -EACCES,
		 "which nobody runs");
	check_eq(raw_syscall(SYS_execveat, fd[1], "", 0, 0, 0x1000), -EACCES,
		 "execveat likewise");
	close(fd[0]);
	close(fd[1]);
	munmap(p, PG);
}

int main(void)
{
	tap_scratch("nameless_files");
	move_positions();
	give_locks_back();
	lock_pipes();
	refuse_links();
	share_one_node();
	check_eq(in_child(ask_owner_of_pidfd, NULL), 0, "pidfds are root's");
	change_pipes();
	name_by_last_byte();
	tap_scratch_end();
	return tap_done();
}
