/* SPDX-License-Identifier: MIT */
#include "xv6.h"

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (unsigned char)*a - (unsigned char)*b;
}

char *strcpy(char *to, const char *from)
{
	memcpy(to, from, strlen(from) + 1);
	return to;
}

void *memset(void *to, int c, size_t n)
{
	volatile char *at = to;

	while (n--)
		*at++ = (char)c;
	return to;
}

void *memcpy(void *to, const void *from, size_t n)
{
	volatile char *at = to;
	const char *f = from;

	while (n--)
		*at++ = *f++;
	return to;
}

void print(int fd, const char *text)
{
	write(fd, text, (int)strlen(text));
}

void print_number(int fd, long n)
{
	char text[24], *at = text + sizeof(text);
	unsigned long v = n < 0 ? -(unsigned long)n : (unsigned long)n;

	do
		*--at = (char)('0' + v % 10);
	while (v /= 10);
	if (n < 0)
		*--at = '-';
	write(fd, at, (int)(text + sizeof(text) - at));
}

int get_line(char *to, int size)
{
	int n = 0;
	char c;

	while (read(0, &c, 1) == 1) {
		if (c == '\n') {
			to[n] = 0;
			return n;
		}
		if (n < size - 1)
			to[n++] = c;
	}
	to[n] = 0;
	return n ? n : -1;
}

int stat(const char *path, struct stat *st)
{
	int fd = open(path, O_RDONLY), err;

	if (fd < 0)
		return -1;
	err = fstat(fd, st);
	close(fd);
	return err;
}
