/* SPDX-License-Identifier: MIT */
/*
 * Memory and string functions for the kernel, one word at a time.  These
 * functions are weak, so a port may supply faster ones.
 *
 *   unaligned copy     from:  ..AB CDEF GHIJ KL..     loads are aligned
 *                      to:    ABCD EFGH IJKL          stores are aligned
 *
 * Each stored word combines the high part of one load and the low part of the
 * next; this assumes a little-endian machine.
 */
#include <lib/mem.h>
#include <lt/compiler.h>

#undef memcpy
#undef memset

/*
 * without this, the compiler turns the loops below into calls of the functions
 * themselves
 */
#pragma GCC optimize("no-tree-loop-distribute-patterns")

#define __weak __attribute__((weak))

typedef unsigned long __attribute__((may_alias)) word_t;

#define WORD	sizeof(word_t)
#define WBITS	(8 * sizeof(word_t))

static inline bool mem_aligned(uintptr_t p)
{
	return (p & (WORD - 1)) == 0;
}

/*
 * Copy whole words from an unaligned source: combine each word from two aligned
 * loads.
 */
static void copy_unaligned(word_t *to, const u8 *from, size_t words)
{
	unsigned skew = (uintptr_t)from & (WORD - 1);
	const word_t *src = (const word_t *)(from - skew);
	unsigned right = skew * 8, left = WBITS - right;
	word_t low = *src++;

	while (words--) {
		word_t high = *src++;

		*to++ = low >> right | high << left;
		low = high;
	}
}

static void copy_words(word_t *to, const word_t *from, size_t words)
{
	for (; words >= 8; words -= 8, to += 8, from += 8) {
		word_t a = from[0], b = from[1], c = from[2], d = from[3];

		to[0] = a;
		to[1] = b;
		to[2] = c;
		to[3] = d;
		a = from[4], b = from[5], c = from[6], d = from[7];
		to[4] = a;
		to[5] = b;
		to[6] = c;
		to[7] = d;
	}
	while (words--)
		*to++ = *from++;
}

/*
 * Align the target first, and combine its words from aligned loads: a RISC-V
 * machine may emulate unaligned accesses, with a trap for each.
 */
__weak void *memcpy(void *dst, const void *src, size_t n)
{
	u8 *to = dst;
	const u8 *from = src;

	if (n >= 2 * WORD) {
		size_t words;

		while (!mem_aligned((uintptr_t)to)) {
			*to++ = *from++;
			n--;
		}
		words = n / WORD;
		if (mem_aligned((uintptr_t)from)) {
			copy_words((word_t *)to, (const word_t *)from, words);
		} else {
			/*
			 * the last combined word must not load past the
			 * source's end
			 */
			words--;
			copy_unaligned((word_t *)to, from, words);
		}
		to += words * WORD;
		from += words * WORD;
		n -= words * WORD;
	}
	while (n--)
		*to++ = *from++;
	return dst;
}

/*
 * Copy backwards by words only if both sides can be aligned together, otherwise
 * by bytes.
 */
__weak void *memmove(void *dst, const void *src, size_t n)
{
	u8 *to = dst;
	const u8 *from = src;

	/*
	 * copying forward is safe if the target does not begin inside the
	 * source
	 */
	if ((uintptr_t)to - (uintptr_t)from >= n)
		return memcpy(dst, src, n);
	if (((uintptr_t)to ^ (uintptr_t)from) % WORD == 0) {
		while (n && !mem_aligned((uintptr_t)(to + n))) {
			n--;
			to[n] = from[n];
		}
		while (n >= WORD) {
			n -= WORD;
			*(word_t *)(to + n) = *(const word_t *)(from + n);
		}
	}
	while (n--)
		to[n] = from[n];
	return dst;
}

__weak void *memset(void *dst, int c, size_t n)
{
	u8 *to = dst;

	if (n >= 2 * WORD) {
		word_t v = (u8)c * (~(word_t)0 / 0xff);
		word_t *w;

		while (!mem_aligned((uintptr_t)to)) {
			*to++ = c;
			n--;
		}
		w = (word_t *)to;
		for (; n >= 16 * WORD; n -= 16 * WORD, w += 16) {
			w[0] = v, w[1] = v, w[2] = v, w[3] = v;
			w[4] = v, w[5] = v, w[6] = v, w[7] = v;
			w[8] = v, w[9] = v, w[10] = v, w[11] = v;
			w[12] = v, w[13] = v, w[14] = v, w[15] = v;
		}
		for (; n >= 4 * WORD; n -= 4 * WORD, w += 4)
			w[0] = v, w[1] = v, w[2] = v, w[3] = v;
		for (; n >= WORD; n -= WORD)
			*w++ = v;
		to = (u8 *)w;
	}
	while (n--)
		*to++ = c;
	return dst;
}

/*
 * Skip equal words; compare the first unequal word by bytes, because on a
 * little-endian machine words do not order like their bytes.
 */
__weak int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *x = a, *y = b;

	if (mem_aligned((uintptr_t)x | (uintptr_t)y))
		while (n >= WORD && *(const word_t *)x == *(const word_t *)y) {
			x += WORD;
			y += WORD;
			n -= WORD;
		}
	for (; n; n--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

void *memchr(const void *p, int c, size_t n)
{
	const u8 *x = p;

	for (; n; n--, x++)
		if (*x == (u8)c)
			return (void *)x;
	return NULL;
}

size_t strlen(const char *s)
{
	const char *p = s;

	while (*p)
		p++;
	return p - s;
}

size_t strnlen(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && s[i])
		i++;
	return i;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (u8)*a - (u8)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++)
		if (*a != *b || !*a)
			return (u8)*a - (u8)*b;
	return 0;
}

char *strchr(const char *s, int c)
{
	for (;; s++) {
		if (*s == (char)c)
			return (char *)s;
		if (!*s)
			return NULL;
	}
}

char *strrchr(const char *s, int c)
{
	const char *last = NULL;

	for (;; s++) {
		if (*s == (char)c)
			last = s;
		if (!*s)
			return (char *)last;
	}
}

__weak size_t str_copy(char *to, const char *from, size_t size)
{
	size_t len = strlen(from);
	size_t n = len < size ? len : size - 1;

	memcpy(to, from, n);
	to[n] = 0;
	return len;
}
