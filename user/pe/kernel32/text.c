/* SPDX-License-Identifier: MIT */
/*
 * Text (row E14).  The code page is Latin-1: each byte is one 16-bit character,
 * and a character above 255 becomes a question mark.
 */
#include <string.h>
#include "kernel32.h"

static int32_t WINAPI MultiByteToWideChar(uint32_t page, dword_t flags,
					  const char *from, int32_t n,
					  uint16_t *to, int32_t size)
{
	if (n < 0)
		n = (int32_t)strlen(from) + 1;
	if (size && size < n)
		return (int32_t)fails(ERROR_INSUFFICIENT_BUFFER);
	for (int32_t i = 0; size && i < n; i++)
		to[i] = (uint8_t)from[i];
	return n;
}

static int32_t WINAPI WideCharToMultiByte(uint32_t page, dword_t flags,
					  const uint16_t *from, int32_t n,
					  char *to, int32_t size,
					  const char *otherwise, bool_t *used)
{
	int lost = 0;

	if (n < 0)
		for (n = 1; from[n - 1]; n++)
			;
	if (size && size < n)
		return (int32_t)fails(ERROR_INSUFFICIENT_BUFFER);
	for (int32_t i = 0; size && i < n; i++) {
		lost |= from[i] > 255;
		to[i] = from[i] > 255 ? (otherwise ? *otherwise : '?') :
			(char)from[i];
	}
	if (used)
		*used = lost;
	return n;
}

static bool_t WINAPI IsDBCSLeadByteEx(uint32_t page, uint8_t byte)
{
	return 0;
}

static uint32_t WINAPI GetACP(void)
{
	return 28591;
}

static int32_t WINAPI lstrlenA(const char *s)
{
	return s ? (int32_t)strlen(s) : 0;
}

static int32_t WINAPI lstrcmpA(const char *a, const char *b)
{
	return strcmp(a, b);
}

static char *WINAPI lstrcpyA(char *to, const char *from)
{
	return strcpy(to, from);
}

static char *WINAPI lstrcatA(char *to, const char *from)
{
	return strcat(to, from);
}

static const struct function list[] = {
	FUNCTION(GetACP), FUNCTION(IsDBCSLeadByteEx), FUNCTION(lstrcatA),
	FUNCTION(lstrcmpA), FUNCTION(lstrcpyA), FUNCTION(lstrlenA),
	FUNCTION(MultiByteToWideChar), FUNCTION(WideCharToMultiByte),
};

const struct functions text_functions = { list, COUNT(list) };
