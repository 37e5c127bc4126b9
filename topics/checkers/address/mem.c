/* SPDX-License-Identifier: MIT */
/*
 * The checker `address` and <lib/mem.h>: in checked files, the names of that
 * header stand for these functions, which first check the whole range that is
 * accessed.
 */
#include <lib/mem.h>
#include <lt/check.h>

void *checked_memcpy(void *to, const void *from, size_t n)
{
	address_check(from, n, false);
	address_check(to, n, true);
	return memcpy(to, from, n);
}

void *checked_memmove(void *to, const void *from, size_t n)
{
	address_check(from, n, false);
	address_check(to, n, true);
	return memmove(to, from, n);
}

void *checked_memset(void *p, int c, size_t n)
{
	address_check(p, n, true);
	return memset(p, c, n);
}

int checked_memcmp(const void *a, const void *b, size_t n)
{
	address_check(a, n, false);
	address_check(b, n, false);
	return memcmp(a, b, n);
}

size_t checked_strlen(const char *s)
{
	size_t n = strlen(s);

	address_check(s, n + 1, false);
	return n;
}

size_t checked_strnlen(const char *s, size_t max)
{
	size_t n = strnlen(s, max);

	address_check(s, n < max ? n + 1 : n, false);
	return n;
}

int checked_strcmp(const char *a, const char *b)
{
	size_t n = 0;

	while (a[n] && a[n] == b[n])
		n++;
	address_check(a, n + 1, false);
	address_check(b, n + 1, false);
	return strcmp(a, b);
}

int checked_strncmp(const char *a, const char *b, size_t max)
{
	size_t n = 0;

	while (n < max && a[n] && a[n] == b[n])
		n++;
	address_check(a, n < max ? n + 1 : n, false);
	address_check(b, n < max ? n + 1 : n, false);
	return strncmp(a, b, max);
}

char *checked_strchr(const char *s, int c)
{
	char *found = strchr(s, c);

	address_check(s, found ? (size_t)(found - s) + 1 : strlen(s) + 1,
		      false);
	return found;
}

size_t checked_str_copy(char *to, const char *from, size_t size)
{
	size_t n = checked_strlen(from);

	address_check(to, n < size ? n + 1 : size, true);
	return str_copy(to, from, size);
}
