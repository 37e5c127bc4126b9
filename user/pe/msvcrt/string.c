/* SPDX-License-Identifier: MIT */
/*
 * Memory, strings, numbers (row E14): our C library's functions, and the few
 * that it lacks or that Microsoft's library has under another name.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "msvcrt.h"

static uint32_t wcslen(const uint16_t *s)
{
	uint32_t n = 0;

	while (s[n])
		n++;
	return n;
}

static int crt_tolower(int c)
{
	return c >= 'A' && c <= 'Z' ? c | 32 : c;
}

static int crt_toupper(int c)
{
	return c >= 'a' && c <= 'z' ? c & ~32 : c;
}

static int compare(const char *a, const char *b, size_t n)
{
	while (n && *a && crt_tolower((uint8_t)*a) == crt_tolower((uint8_t)*b))
		a++, b++, n--;
	return n ? crt_tolower((uint8_t)*a) - crt_tolower((uint8_t)*b) : 0;
}

static int _stricmp(const char *a, const char *b)
{
	return compare(a, b, (size_t)-1);
}

static int _strnicmp(const char *a, const char *b, size_t n)
{
	return compare(a, b, n);
}

static char *strtok(char *s, const char *delim)
{
	static char *place;		/* shared by all threads, as in C */

	return strtok_r(s, delim, &place);
}

static char *crt_strerror(int number)
{
	return (char *)strerror(number);
}

static int crt_isdigit(int c)
{
	return isdigit(c);
}

static int crt_isspace(int c)
{
	return isspace(c);
}

static int crt_isalpha(int c)
{
	return isalpha(c);
}

static int crt_isalnum(int c)
{
	return isalnum(c);
}

static int crt_isxdigit(int c)
{
	return isxdigit(c);
}

static int crt_isupper(int c)
{
	return c >= 'A' && c <= 'Z';
}

static int crt_islower(int c)
{
	return c >= 'a' && c <= 'z';
}

static int crt_isprint(int c)
{
	return c >= ' ' && c <= '~';
}

static int crt_abs(int n)
{
	return n < 0 ? -n : n;
}

/* The random number generator of Microsoft's library. */
static uint32_t seed = 1;

static int crt_rand(void)
{
	seed = seed * 214013 + 2531011;
	return seed >> 16 & 0x7fff;
}

static void crt_srand(uint32_t to)
{
	seed = to;
}

static long crt_time(long *to)
{
	long now = (long)time(NULL);

	if (to)
		*to = now;
	return now;
}

/* In milliseconds. */
static long crt_clock(void)
{
	return clock() / 1000;
}

/* The only locale; printf reads only its first two words. */
static const char *const locale[18] = { ".", "", "", "", "", "", "", "", "",
					"" };

static const void *localeconv(void)
{
	return locale;
}

static const char *setlocale(int category, const char *name)
{
	return !name || !*name || !strcmp(name, "C") ? "C" : NULL;
}

static double atof(const char *s)
{
	return strtod(s, NULL);
}

/* setjmp fits: Microsoft's jmp_buf is larger than ours. */
static const struct function list[] = {
	{ "_setjmp", setjmp }, { "_setjmp3", setjmp }, FUNCTION(longjmp),
	FUNCTION(atof),
	{ "_strdup", strdup }, FUNCTION(_stricmp), FUNCTION(_strnicmp),
	{ "abs", crt_abs }, FUNCTION(atoi), FUNCTION(atol), FUNCTION(calloc),
	{ "clock", crt_clock }, FUNCTION(free), { "isalnum", crt_isalnum },
	{ "isalpha", crt_isalpha }, { "isdigit", crt_isdigit },
	{ "islower", crt_islower }, { "isprint", crt_isprint },
	{ "isspace", crt_isspace }, { "isupper", crt_isupper },
	{ "isxdigit", crt_isxdigit }, FUNCTION(localeconv), FUNCTION(malloc),
	FUNCTION(memchr), FUNCTION(memcmp), FUNCTION(memcpy),
	FUNCTION(memmove), FUNCTION(memset), FUNCTION(qsort),
	{ "rand", crt_rand }, FUNCTION(realloc), FUNCTION(setlocale),
	{ "srand", crt_srand }, FUNCTION(strcat), FUNCTION(strchr),
	FUNCTION(strcmp), FUNCTION(strcpy), FUNCTION(strcspn),
	{ "strdup", strdup }, { "strerror", crt_strerror }, FUNCTION(strlen),
	FUNCTION(strncmp), FUNCTION(strncpy), FUNCTION(strrchr),
	FUNCTION(strspn), FUNCTION(strstr), FUNCTION(strtod),
	FUNCTION(strtok), FUNCTION(strtol), FUNCTION(strtoul),
	{ "time", crt_time }, { "tolower", crt_tolower },
	{ "toupper", crt_toupper }, FUNCTION(wcslen),
};

const struct functions string_functions = { list, COUNT(list) };
