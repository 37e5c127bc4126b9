/* SPDX-License-Identifier: MIT */
/* Functions that only code compiled with glibc's headers calls. */
#ifndef LIBC_SHARED_NAMES_H
#define LIBC_SHARED_NAMES_H

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

struct stat;

int *__errno_location(void);
off_t lseek64(int fd, off_t off, int whence);
ssize_t pread64(int fd, void *buf, size_t n, off_t off);
ssize_t pwrite64(int fd, const void *buf, size_t n, off_t off);
int ftruncate64(int fd, off_t size);
void *mmap64(void *at, size_t size, int prot, int flags, int fd, off_t off);
int stat64(const char *path, struct stat *st);
int lstat64(const char *path, struct stat *st);
int fstat64(int fd, struct stat *st);
FILE *fopen64(const char *path, const char *mode);
int open64(const char *path, int flags, ...);
int fcntl64(int fd, int cmd, ...);
void *__memcpy_chk(void *to, const void *from, size_t n, size_t room);
void *__memmove_chk(void *to, const void *from, size_t n, size_t room);
void *__memset_chk(void *to, int c, size_t n, size_t room);
int __vsnprintf_chk(char *buf, size_t n, int flag, size_t room,
		    const char *fmt, va_list ap);
int __snprintf_chk(char *buf, size_t n, int flag, size_t room,
		   const char *fmt, ...);
int __fprintf_chk(FILE *f, int flag, const char *fmt, ...);
__attribute__((noreturn)) void __stack_chk_fail(void);
__attribute__((noreturn))
void __assert_fail(const char *what, const char *file, unsigned int line,
		   const char *function);
void __cxa_finalize(void *object);
const uint16_t *const *__ctype_b_loc(void);

#endif
