/* SPDX-License-Identifier: MIT */
/* Reading directories. */
#ifndef LIBC_DIRENT_H
#define LIBC_DIRENT_H

#include <sys/types.h>

#define DT_UNKNOWN	0
#define DT_FIFO		1
#define DT_CHR		2
#define DT_DIR		4
#define DT_BLK		6
#define DT_REG		8
#define DT_LNK		10
#define DT_SOCK		12

struct dirent {			/* the kernel's linux_dirent64 */
	uint64_t d_ino;
	int64_t d_off;
	unsigned short d_reclen;
	unsigned char d_type;
	char d_name[256];
};

typedef struct {
	int fd;
	int pos;
	int len;
	char buf[2048] __attribute__((aligned(8)));
} DIR;

DIR *opendir(const char *path);
struct dirent *readdir(DIR *d);
int closedir(DIR *d);

/* The system call.  Return: bytes, 0 at the end, -1 with errno. */
ssize_t getdents64(int fd, void *buf, size_t n);

#endif
