/* SPDX-License-Identifier: MIT */
/*
 * For --check address: in the files that the checker watches,
 * topics/checkers/address/mem.c replaces the functions of <lib/mem.h> by
 * functions that check every access.
 */
#ifndef LIB_MEM_CHECKED_H
#define LIB_MEM_CHECKED_H

void *checked_memcpy(void *to, const void *from, size_t n);
void *checked_memmove(void *to, const void *from, size_t n);
void *checked_memset(void *p, int c, size_t n);
int checked_memcmp(const void *a, const void *b, size_t n);
size_t checked_strlen(const char *s);
size_t checked_strnlen(const char *s, size_t max);
int checked_strcmp(const char *a, const char *b);
int checked_strncmp(const char *a, const char *b, size_t max);
char *checked_strchr(const char *s, int c);
size_t checked_str_copy(char *to, const char *from, size_t size);

#ifdef CHECKED_ADDRESS
#undef memcpy
#undef memset
#define memcpy		checked_memcpy
#define memmove		checked_memmove
#define memset		checked_memset
#define memcmp		checked_memcmp
#define strlen		checked_strlen
#define strnlen		checked_strnlen
#define strcmp		checked_strcmp
#define strncmp		checked_strncmp
#define strchr		checked_strchr
#define str_copy	checked_str_copy
#endif

#endif
