/* SPDX-License-Identifier: MIT */
/*
 * Memory and string functions with their C names and meanings; on the host the
 * C library provides them.
 */
#ifndef LIB_MEM_H
#define LIB_MEM_H

#include <lt/types.h>

void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *p, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *p, int c, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t n);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);

/*
 * Tell a freestanding compiler that these are the standard functions, so that
 * small constant sizes need no call.
 */
#if !__STDC_HOSTED__
#define memcpy(to, from, n)	__builtin_memcpy(to, from, n)
#define memset(p, c, n)		__builtin_memset(p, c, n)
#endif

/*
 * Copy at most size - 1 bytes and always end with a NUL (size > 0).
 * Return: the length of from: >= size means that the copy was truncated.
 */
size_t str_copy(char *to, const char *from, size_t size);

#ifdef CHECK_ADDRESS
#include <lib/mem_checked.h>
#endif

#endif
