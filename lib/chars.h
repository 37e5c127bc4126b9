/* SPDX-License-Identifier: MIT */
/*
 * Properties of characters: values of digits in numbers up to base 16, spaces.
 */
#ifndef LIB_CHARS_H
#define LIB_CHARS_H

#include <lt/types.h>

/* Return: the value of c as a digit, or a number greater than any base. */
static inline unsigned digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : ~0u;
}

/* True for a space as Linux sees it, including Latin-1's no-break space. */
static inline bool char_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || (u8)c == 0xa0;
}

static inline const char *str_skip_spaces(const char *s)
{
	while (char_is_space(*s))
		s++;
	return s;
}

#endif
