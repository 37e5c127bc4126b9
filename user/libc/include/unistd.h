/* SPDX-License-Identifier: MIT */
/* Calls on processes, descriptors and paths. */
#ifndef LIBC_UNISTD_H
#define LIBC_UNISTD_H

#include <sys/types.h>

#define STDIN_FILENO	0
#define STDOUT_FILENO	1
#define STDERR_FILENO	2
#define SEEK_SET	0
#define SEEK_CUR	1
#define SEEK_END	2
#define SEEK_DATA	3
#define SEEK_HOLE	4
#define F_OK		0
#define X_OK		1
#define W_OK		2
#define R_OK		4
#define PAGE_SIZE	4096UL

extern char **environ;

ssize_t read(int fd, void *buf, size_t n);
ssize_t write(int fd, const void *buf, size_t n);
ssize_t pread(int fd, void *buf, size_t n, off_t off);
ssize_t pwrite(int fd, const void *buf, size_t n, off_t off);
off_t lseek(int fd, off_t off, int whence);
int close(int fd);
int dup(int fd);
int dup2(int fd, int to);
int dup3(int fd, int to, int flags);
int pipe(int fd[2]);
int pipe2(int fd[2], int flags);
int fsync(int fd);
int fdatasync(int fd);
int ftruncate(int fd, off_t len);
int truncate(const char *path, off_t len);
int isatty(int fd);
void sync(void);

/* Write all n bytes unless an error occurs.  Return: 0 or -1. */
int write_all(int fd, const void *buf, size_t n);
/* Read n bytes, or up to the end of the file.  Return: bytes read or -1. */
ssize_t read_all(int fd, void *buf, size_t n);

int access(const char *path, int mode);
int faccessat(int dir, const char *path, int mode, int flags);
int chdir(const char *path);
int fchdir(int fd);
int chroot(const char *path);
char *getcwd(char *buf, size_t n);
int link(const char *from, const char *to);
int linkat(int fdir, const char *from, int tdir, const char *to, int flags);
int symlink(const char *target, const char *path);
ssize_t readlink(const char *path, char *buf, size_t n);
ssize_t readlinkat(int dir, const char *path, char *buf, size_t n);
int unlink(const char *path);
int unlinkat(int dir, const char *path, int flags);
int rmdir(const char *path);
int chown(const char *path, uid_t u, gid_t g);
int fchown(int fd, uid_t u, gid_t g);

pid_t fork(void);
int execve(const char *path, char *const argv[], char *const envp[]);
int execv(const char *path, char *const argv[]);
/* Searches PATH if the name has no slash. */
int execvp(const char *name, char *const argv[]);
__attribute__((noreturn)) void _exit(int status);
pid_t getpid(void);
pid_t getppid(void);
pid_t gettid(void);
pid_t getpgrp(void);
pid_t getpgid(pid_t pid);
int setpgid(pid_t pid, pid_t pgid);
pid_t setsid(void);
pid_t getsid(pid_t pid);
int nice(int inc);
unsigned int alarm(unsigned int seconds);
unsigned int sleep(unsigned int seconds);
int usleep(unsigned int us);
int pause(void);

uid_t getuid(void);
uid_t geteuid(void);
gid_t getgid(void);
gid_t getegid(void);
int setuid(uid_t uid);
int setgid(gid_t gid);
int setreuid(uid_t r, uid_t e);
int setresuid(uid_t r, uid_t e, uid_t s);
int setresgid(gid_t r, gid_t e, gid_t s);
int getresuid(uid_t *r, uid_t *e, uid_t *s);
int getgroups(int n, gid_t *list);
int setgroups(size_t n, const gid_t *list);

pid_t tcgetpgrp(int fd);
int tcsetpgrp(int fd, pid_t pgrp);

/* Set the end of the data segment.  Return: 0 or -1; sbrk: the old end. */
int brk(void *end);
void *sbrk(intptr_t inc);

/* Return: -1 with EINVAL for a name that is not supported. */
long sysconf(int what);
#define _SC_OPEN_MAX		4
#define _SC_PAGESIZE		30
#define _SC_NPROCESSORS_CONF	83
#define _SC_NPROCESSORS_ONLN	84
#define _SC_PHYS_PAGES		85

ssize_t getrandom(void *buf, size_t n, unsigned int flags);
int getentropy(void *buf, size_t n);	/* at most 256 bytes */

/* Return: the value of one AT_* entry that the kernel passed, or 0. */
unsigned long getauxval(unsigned long type);

#endif
