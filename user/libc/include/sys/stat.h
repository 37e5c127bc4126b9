/* SPDX-License-Identifier: MIT */
/* File attributes; struct stat depends on the machine. */
#ifndef LIBC_SYS_STAT_H
#define LIBC_SYS_STAT_H

#include <arch.h>
#include <sys/types.h>
#include <time.h>

#define S_IFMT		0170000
#define S_IFSOCK	0140000
#define S_IFLNK		0120000
#define S_IFREG		0100000
#define S_IFBLK		0060000
#define S_IFDIR		0040000
#define S_IFCHR		0020000
#define S_IFIFO		0010000
#define S_ISUID		04000
#define S_ISGID		02000
#define S_ISVTX		01000
#define S_ISREG(m)	(((m) & S_IFMT) == S_IFREG)
#define S_ISDIR(m)	(((m) & S_IFMT) == S_IFDIR)
#define S_ISCHR(m)	(((m) & S_IFMT) == S_IFCHR)
#define S_ISBLK(m)	(((m) & S_IFMT) == S_IFBLK)
#define S_ISFIFO(m)	(((m) & S_IFMT) == S_IFIFO)
#define S_ISLNK(m)	(((m) & S_IFMT) == S_IFLNK)

#define UTIME_NOW	0x3fffffff
#define UTIME_OMIT	0x3ffffffe

/* minor in bits 0-7 and 20-31, major in bits 8-19 */
#define makedev(ma, mi)	\
	((dev_t)(ma) << 8 | ((mi) & 0xff) | ((dev_t)(mi) & ~0xffu) << 12)
#define major(d)	((unsigned int)((d) >> 8) & 0xfff)
#define minor(d)	((unsigned int)((d) & 0xff) | ((d) >> 12 & ~0xffu))

int stat(const char *path, struct stat *st);
int lstat(const char *path, struct stat *st);
int fstat(int fd, struct stat *st);
int fstatat(int dir, const char *path, struct stat *st, int flags);
int mkdir(const char *path, mode_t mode);
int mkdirat(int dir, const char *path, mode_t mode);
int mknod(const char *path, mode_t mode, dev_t dev);
int mkfifo(const char *path, mode_t mode);
int chmod(const char *path, mode_t mode);
int fchmod(int fd, mode_t mode);
mode_t umask(mode_t mask);
int utimensat(int dir, const char *path, const struct timespec t[2],
	      int flags);

#endif
