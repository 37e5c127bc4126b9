/* SPDX-License-Identifier: MIT */
/*
 * Symbols that glibc's headers substitute for the names in a program's source:
 * 64-bit offsets, checks of buffers whose size the compiler knew
 * (_FORTIFY_SOURCE), errno, classes of characters, stack protection.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "names.h"

int *__errno_location(void)
{
	return &errno;
}

off_t lseek64(int fd, off_t off, int whence)
{
	return lseek(fd, off, whence);
}

ssize_t pread64(int fd, void *buf, size_t n, off_t off)
{
	return pread(fd, buf, n, off);
}

ssize_t pwrite64(int fd, const void *buf, size_t n, off_t off)
{
	return pwrite(fd, buf, n, off);
}

int ftruncate64(int fd, off_t size)
{
	return ftruncate(fd, size);
}

void *mmap64(void *at, size_t size, int prot, int flags, int fd, off_t off)
{
	return mmap(at, size, prot, flags, fd, off);
}

int stat64(const char *path, struct stat *st)
{
	return stat(path, st);
}

int lstat64(const char *path, struct stat *st)
{
	return lstat(path, st);
}

int fstat64(int fd, struct stat *st)
{
	return fstat(fd, st);
}

FILE *fopen64(const char *path, const char *mode)
{
	return fopen(path, mode);
}

int open64(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = flags & (O_CREAT | 020000000) ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return open(path, flags, mode);
}

int fcntl64(int fd, int cmd, ...)
{
	va_list ap;
	long arg;

	va_start(ap, cmd);
	arg = va_arg(ap, long);
	va_end(ap);
	return fcntl(fd, cmd, arg);
}

/* End the program if it would write past the end of a buffer. */
static void must_fit(size_t n, size_t room)
{
	if (n <= room)
		return;
	dprintf(STDERR_FILENO, "*** buffer overflow detected ***: terminated\n");
	abort();
}

void *__memcpy_chk(void *to, const void *from, size_t n, size_t room)
{
	must_fit(n, room);
	return memcpy(to, from, n);
}

void *__memmove_chk(void *to, const void *from, size_t n, size_t room)
{
	must_fit(n, room);
	return memmove(to, from, n);
}

void *__memset_chk(void *to, int c, size_t n, size_t room)
{
	must_fit(n, room);
	return memset(to, c, n);
}

int __vsnprintf_chk(char *buf, size_t n, int flag, size_t room,
		    const char *fmt, va_list ap)
{
	(void)flag;
	must_fit(n, room);
	return vsnprintf(buf, n, fmt, ap);
}

int __snprintf_chk(char *buf, size_t n, int flag, size_t room,
		   const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = __vsnprintf_chk(buf, n, flag, room, fmt, ap);
	va_end(ap);
	return r;
}

int __fprintf_chk(FILE *f, int flag, const char *fmt, ...)
{
	va_list ap;
	int r;

	(void)flag;
	va_start(ap, fmt);
	r = vfprintf(f, fmt, ap);
	va_end(ap);
	return r;
}

void __stack_chk_fail(void)
{
	dprintf(STDERR_FILENO, "*** stack smashing detected ***: terminated\n");
	abort();
}

void __assert_fail(const char *what, const char *file, unsigned int line,
		   const char *function)
{
	dprintf(STDERR_FILENO, "%s:%u: %s: Assertion `%s' failed.\n", file,
		line, function, what);
	abort();
}

/* Called when an object is unloaded; a no-op, as there is no __cxa_atexit. */
void __cxa_finalize(void *object)
{
	(void)object;
}

/* Bits of glibc's <ctype.h>, little-endian. */
enum {
	BLANK = 1, CNTRL = 2, PUNCT = 4, ALNUM = 8, UPPER = 0x100,
	LOWER = 0x200, ALPHA = 0x400, DIGIT = 0x800, XDIGIT = 0x1000,
	SPACE = 0x2000, PRINT = 0x4000, GRAPH = 0x8000
};

static uint16_t classes[384];		/* for characters -128 to 255 */
static const uint16_t *const middle = classes + 128;

static uint16_t class_bits(int c)
{
	int print = c >= 32 && c < 127;
	unsigned int bits = 0;

	bits |= isalpha(c) && !(c & 32) ? UPPER | ALPHA | ALNUM : 0;
	bits |= isalpha(c) && c & 32 ? LOWER | ALPHA | ALNUM : 0;
	bits |= isdigit(c) ? DIGIT | ALNUM : 0;
	bits |= isxdigit(c) ? XDIGIT : 0;
	bits |= isspace(c) ? SPACE : 0;
	bits |= c == ' ' || c == '\t' ? BLANK : 0;
	bits |= c < 32 || c == 127 ? CNTRL : 0;
	bits |= print ? PRINT : 0;
	bits |= print && c != ' ' ? GRAPH : 0;
	return (uint16_t)(bits & GRAPH && !(bits & ALNUM) ? bits | PUNCT : bits);
}

__attribute__((constructor)) static void fill_classes(void)
{
	for (int c = 0; c < 128; c++)
		classes[128 + c] = class_bits(c);
}

const uint16_t *const *__ctype_b_loc(void)
{
	return &middle;
}
