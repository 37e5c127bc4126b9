/* SPDX-License-Identifier: MIT */
/* Digits of numbers in text, up to base 16. */
#ifndef LIB_DIGIT_H
#define LIB_DIGIT_H

/* Return: what c is worth as a digit, or more than any base has. */
static inline unsigned digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : ~0u;
}

#endif
