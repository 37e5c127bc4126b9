/* SPDX-License-Identifier: MIT */
/*
 * The interface of xv6 programs (docs/xv6.md): xv6's system calls with its
 * numbers, and a small library (lib.c).  On x86, where xv6's exit and wait have
 * no argument, the status is ignored.
 */
#ifndef USER_XV6_H
#define USER_XV6_H

typedef unsigned int uint;
typedef unsigned short ushort;
typedef __SIZE_TYPE__ size_t;

#define PG		4096
#define WIDE		(sizeof(long) == 8)	/* RISC-V */
#define MAXARG		32
#define NPROC		64
#define NOFILE		16
#define DIRSIZ		14
#define MAXPATH		128

#define O_RDONLY	0x000
#define O_WRONLY	0x001
#define O_RDWR		0x002
#define O_CREATE	0x200
#define O_TRUNC		0x400

#define T_DIR		1
#define T_FILE		2
#define T_DEVICE	3

#if __SIZEOF_POINTER__ == 8
struct stat {
	int dev;
	uint ino;
	short type, nlink;
	unsigned long size;
};
#else
struct stat {
	short type;
	int dev;
	uint ino;
	short nlink;
	uint size;
};
#endif

struct dirent {
	ushort inum;
	char name[DIRSIZ];
};

int fork(void);
int exit(int status) __attribute__((noreturn));
int wait(int *status);
int pipe(int fd[2]);
int read(int fd, void *to, int n);
int kill(int pid);
int exec(const char *path, char **argv);
int fstat(int fd, struct stat *st);
int chdir(const char *path);
int dup(int fd);
int getpid(void);
char *sys_sbrk(int n, int how);		/* how: RISC-V only */
#define EAGER		1
#define LAZY		2
#define sbrk(n)		sys_sbrk(n, EAGER)
int sleep(int ticks);
int uptime(void);
int open(const char *path, int how);
int write(int fd, const void *from, int n);
int mknod(const char *path, short major, short minor);
int unlink(const char *path);
int link(const char *old, const char *new);
int mkdir(const char *path);
int close(int fd);
/* System calls with numbers that do not exist. */
int unknown(void);
int unknown_high(void);
int unknown_past(void);			/* behind the kernel's table */
int unknown_native(void);		/* Lectern's own call for others */

/* ---- lib.c --------------------------------------------------------------- */

size_t strlen(const char *s);
int strcmp(const char *a, const char *b);
char *strcpy(char *to, const char *from);
void *memset(void *to, int c, size_t n);
void *memcpy(void *to, const void *from, size_t n);
void print(int fd, const char *text);
void print_number(int fd, long n);
/* Read a line without its newline.  Return: its length; -1: no more lines. */
int get_line(char *to, int size);
/* Return: 0 or -1. */
int stat(const char *path, struct stat *st);

#endif
