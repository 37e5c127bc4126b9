/* SPDX-License-Identifier: MIT */
/* Formatted output directly to descriptors; streams. */
#ifndef LIBC_STDIO_H
#define LIBC_STDIO_H

#include <stdarg.h>
#include <stddef.h>

#define __printf(f, a)	__attribute__((format(printf, f, a)))

/*
 * Each call makes one write(2) if its text is shorter than 1 KiB, so that lines
 * of several processes do not mix.  Conversions: d i u x X o c s p %%, with
 * flags, width, precision and the lengths hh h l ll z t j.
 */
__printf(1, 2) int printf(const char *fmt, ...);
__printf(2, 3) int dprintf(int fd, const char *fmt, ...);
__printf(3, 4) int snprintf(char *buf, size_t size, const char *fmt, ...);
int vdprintf(int fd, const char *fmt, va_list ap);
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
int puts(const char *s);
int putchar(int c);

/* A descriptor with a buffer; the standard streams are unbuffered. */
#define EOF	(-1)

typedef struct stream FILE;
extern FILE *stdin, *stdout, *stderr;

FILE *fopen(const char *path, const char *mode);
FILE *fdopen(int fd, const char *mode);
int fclose(FILE *f);
int fflush(FILE *f);			/* NULL: all */
size_t fread(void *to, size_t size, size_t n, FILE *f);
size_t fwrite(const void *from, size_t size, size_t n, FILE *f);
int fgetc(FILE *f);
int ungetc(int c, FILE *f);
int fputc(int c, FILE *f);
int fputs(const char *s, FILE *f);
int ferror(FILE *f);
int feof(FILE *f);
int fileno(FILE *f);
__printf(2, 3) int fprintf(FILE *f, const char *fmt, ...);
int vfprintf(FILE *f, const char *fmt, va_list ap);

/* Print "what: text of errno" on standard error. */
void perror(const char *what);

int rename(const char *from, const char *to);
int remove(const char *path);

#endif
