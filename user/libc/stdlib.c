/* SPDX-License-Identifier: MIT */
/* Numbers, sorting, environment variables. */
#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "internal.h"

static int digit(int c)
{
	if (isdigit(c))
		return c - '0';
	if (isalpha(c))
		return (c | 32) - 'a' + 10;
	return 99;
}

/* Parse a number into magnitude and sign.  Return: the end of the number. */
static const char *scan(const char *s, int base, unsigned long long *v,
			int *neg)
{
	const char *start = s;
	int any = 0;

	while (isspace(*s))
		s++;
	*neg = *s == '-';
	if (*s == '-' || *s == '+')
		s++;
	if ((base == 0 || base == 16) && s[0] == '0' && (s[1] | 32) == 'x' &&
	    digit(s[2]) < 16) {
		s += 2;
		base = 16;
	}
	if (base == 0)
		base = *s == '0' ? 8 : 10;
	for (*v = 0; digit(*s) < base; s++, any = 1) {
		if (__builtin_mul_overflow(*v, (unsigned int)base, v) ||
		    __builtin_add_overflow(*v, (unsigned int)digit(*s), v)) {
			errno = ERANGE;
			*v = ~0ULL;
			while (digit(*s) < base)
				s++;
			return s;
		}
	}
	return any ? s : start;
}

unsigned long long strtoull(const char *s, char **end, int base)
{
	unsigned long long v;
	int neg;
	const char *e = scan(s, base, &v, &neg);

	if (end)
		*end = (char *)e;
	return neg ? -v : v;
}

long long strtoll(const char *s, char **end, int base)
{
	unsigned long long v;
	int neg;
	const char *e = scan(s, base, &v, &neg);

	if (end)
		*end = (char *)e;
	if (v > (unsigned long long)INT64_MAX + (unsigned int)neg) {
		errno = ERANGE;
		return neg ? INT64_MIN : INT64_MAX;
	}
	return (long long)(neg ? -v : v);
}

unsigned long strtoul(const char *s, char **end, int base)
{
	unsigned long long v = strtoull(s, end, base);

	if ((long long)v > 0 && v > ULONG_MAX) {
		errno = ERANGE;
		return ULONG_MAX;
	}
	return (unsigned long)v;
}

long strtol(const char *s, char **end, int base)
{
	long long v = strtoll(s, end, base);

	if (v != (long)v) {
		errno = ERANGE;
		return v < 0 ? LONG_MIN : LONG_MAX;
	}
	return (long)v;
}

int atoi(const char *s)
{
	return (int)strtol(s, NULL, 10);
}

long atol(const char *s)
{
	return strtol(s, NULL, 10);
}

static void swap(char *a, char *b, size_t size)
{
	while (size--) {
		char t = *a;

		*a++ = *b;
		*b++ = t;
	}
}

struct order {
	int (*cmp)(const void *, const void *, void *);
	void *arg;
};

/* Move element i down until the heap property holds below it. */
static void sift(char *v, size_t i, size_t n, size_t size,
		 const struct order *o)
{
	size_t k;

	for (; (k = 2 * i + 1) < n; i = k) {
		if (k + 1 < n && o->cmp(v + k * size, v + (k + 1) * size,
					o->arg) < 0)
			k++;
		if (o->cmp(v + i * size, v + k * size, o->arg) >= 0)
			return;
		swap(v + i * size, v + k * size, size);
	}
}

/* Heap sort: needs no recursion and no memory, and has no bad case. */
void qsort_r(void *base, size_t n, size_t size,
	     int (*cmp)(const void *, const void *, void *), void *arg)
{
	const struct order o = { cmp, arg };

	for (size_t i = n / 2; i-- > 0;)
		sift(base, i, n, size, &o);
	while (n-- > 1) {
		swap(base, (char *)base + n * size, size);
		sift(base, 0, n, size, &o);
	}
}

/* Adapt qsort's comparison function, passed as the argument of qsort_r. */
static int plain(const void *a, const void *b, void *cmp)
{
	return (*(int (**)(const void *, const void *))cmp)(a, b);
}

void qsort(void *base, size_t n, size_t size,
	   int (*cmp)(const void *, const void *))
{
	qsort_r(base, n, size, plain, &cmp);
}

char **__find_env(const char *name, size_t len)
{
	for (char **e = environ; *e; e++)
		if (!strncmp(*e, name, len) && (*e)[len] == '=')
			return e;
	return NULL;
}

char *getenv(const char *name)
{
	char **e = __find_env(name, strlen(name));

	return e ? *e + strlen(name) + 1 : NULL;
}

void abort(void)
{
	signal(SIGABRT, SIG_DFL);
	raise(SIGABRT);
	_exit(127);
}
