/* SPDX-License-Identifier: MIT */
/* Memory, environment, numbers, the end of a process. */
#ifndef LIBC_STDLIB_H
#define LIBC_STDLIB_H

#include <stddef.h>

#define EXIT_SUCCESS	0
#define EXIT_FAILURE	1

void *malloc(size_t size);
void *calloc(size_t n, size_t size);
void *realloc(void *p, size_t size);
void free(void *p);

char *getenv(const char *name);
int setenv(const char *name, const char *value, int overwrite);
int unsetenv(const char *name);
int putenv(char *assignment);		/* keeps the pointer */

long strtol(const char *s, char **end, int base);
unsigned long strtoul(const char *s, char **end, int base);
long long strtoll(const char *s, char **end, int base);
unsigned long long strtoull(const char *s, char **end, int base);
static inline long labs(long v)
{
	return v < 0 ? -v : v;
}

int atoi(const char *s);
long atol(const char *s);

void qsort(void *base, size_t n, size_t size,
	   int (*cmp)(const void *, const void *));

__attribute__((noreturn)) void exit(int status);
__attribute__((noreturn)) void abort(void);

#endif
