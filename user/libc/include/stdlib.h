/* SPDX-License-Identifier: MIT */
/* Memory, environment, numbers, ending the process. */
#ifndef LIBC_STDLIB_H
#define LIBC_STDLIB_H

#include <stddef.h>
#include <stdint.h>

#define EXIT_SUCCESS	0
#define EXIT_FAILURE	1

void *malloc(size_t size);
void *calloc(size_t n, size_t size);
void *realloc(void *p, size_t size);
void free(void *p);
void *aligned_alloc(size_t align, size_t size);
int posix_memalign(void **where, size_t align, size_t size); /* 0 or errno */

char *getenv(const char *name);
int setenv(const char *name, const char *value, int overwrite);
int unsetenv(const char *name);
int putenv(char *assignment);		/* does not copy the string */

long strtol(const char *s, char **end, int base);
unsigned long strtoul(const char *s, char **end, int base);
long long strtoll(const char *s, char **end, int base);
unsigned long long strtoull(const char *s, char **end, int base);
static inline long labs(long v)
{
	return v < 0 ? -v : v;
}

double strtod(const char *s, char **end);
int atoi(const char *s);
long atol(const char *s);

void qsort(void *base, size_t n, size_t size,
	   int (*cmp)(const void *, const void *));

void qsort_r(void *base, size_t n, size_t size,
	     int (*cmp)(const void *, const void *, void *), void *arg);

void arc4random_buf(void *buf, size_t n);
uint32_t arc4random(void);

int atexit(void (*f)(void));
__attribute__((noreturn)) void exit(int status);
__attribute__((noreturn)) void abort(void);

#endif
