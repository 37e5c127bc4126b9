/* SPDX-License-Identifier: MIT */
/*
 * strtod, correctly rounded: the number in the text becomes a fraction of two
 * large integers; long division yields 64 bits, and whether a remainder is
 * left.
 */
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Of further digits only matters whether one is not 0. */
#define DIGITS	800
#define WORDS	160		/* of 32 bits: 10 to the 1,500 */

struct big {
	unsigned int n;		/* words in use */
	uint32_t w[WORDS];	/* the lowest first */
};

static void multiply_add(struct big *b, uint32_t by, uint32_t add)
{
	uint64_t carry = add;

	for (unsigned int i = 0; i < b->n; i++) {
		carry += (uint64_t)b->w[i] * by;
		b->w[i] = (uint32_t)carry;
		carry >>= 32;
	}
	if (carry)
		b->w[b->n++] = (uint32_t)carry;
}

static void shift_left(struct big *b, unsigned int bits)
{
	for (; bits >= 31; bits -= 31)
		multiply_add(b, 1U << 31, 0);
	multiply_add(b, 1U << bits, 0);
}

static int bit_length(const struct big *b)
{
	return b->n ? (int)b->n * 32 - __builtin_clz(b->w[b->n - 1]) : 0;
}

static int compare(const struct big *a, const struct big *b)
{
	if (a->n != b->n)
		return a->n < b->n ? -1 : 1;
	for (unsigned int i = a->n; i-- > 0;)
		if (a->w[i] != b->w[i])
			return a->w[i] < b->w[i] ? -1 : 1;
	return 0;
}

/* a -= b; a must not be less than b. */
static void subtract(struct big *a, const struct big *b)
{
	int64_t borrow = 0;

	for (unsigned int i = 0; i < a->n; i++) {
		borrow += (int64_t)a->w[i] - (i < b->n ? b->w[i] : 0);
		a->w[i] = (uint32_t)borrow;
		borrow >>= 32;
	}
	while (a->n && !a->w[a->n - 1])
		a->n--;
}

/* Round m times 2 to the e; m has its top bit set; `more`: plus a remainder. */
static double to_double(uint64_t m, int e, int more)
{
	union { uint64_t u; double d; } result;
	int drop = 11, top = e + 63;	/* exponent of the highest bit */
	uint64_t half, rest;

	if (top > 1023)
		goto too_large;
	if (top < -1022)
		drop += -1022 - top;
	if (drop > 64) {
		errno = ERANGE;
		return 0;
	}
	half = 1ULL << (drop - 1);
	rest = drop == 64 ? m : m & ((1ULL << drop) - 1);
	m = drop == 64 ? 0 : m >> drop;
	/* round to nearest, ties to even */
	if (rest > half || (rest == half && (more || m & 1)))
		m++;
	/* a carry out of the mantissa correctly increments the exponent */
	result.u = top < -1022 ? m : ((uint64_t)(top + 1022) << 52) + m;
	if (top < -1022 && (rest || more))
		errno = ERANGE;
	if (result.u < 0x7ffULL << 52)
		return result.d;
too_large:
	errno = ERANGE;
	result.u = 0x7ffULL << 52;
	return result.d;
}

/* Return: num times 10 to the e10; `more`: plus a remainder. */
static double from_digits(struct big *num, int e10, int more)
{
	struct big den = { .n = 1, .w = { 1 } };
	struct big *scaled = e10 < 0 ? &den : num;
	uint64_t m = 0;
	int e;

	if (!num->n)
		return 0;
	if (e10 < 0)
		e10 = -e10;
	while (e10-- > 0)
		multiply_add(scaled, 10, 0);
	/* scale by 2 to the e, so that 1 <= num / den < 2 */
	e = bit_length(num) - bit_length(&den);
	shift_left(e < 0 ? num : &den, (unsigned int)(e < 0 ? -e : e));
	if (compare(num, &den) < 0) {
		multiply_add(num, 2, 0);
		e--;
	}
	for (int i = 0; i < 64; i++) {
		m <<= 1;
		if (compare(num, &den) >= 0) {
			subtract(num, &den);
			m |= 1;
		}
		multiply_add(num, 2, 0);
	}
	return to_double(m, e - 63, more || num->n);
}

/* Parse an exponent, if there is one.  Return: its end. */
static const char *read_exponent(const char *s, int *e10)
{
	char *end;
	long n;

	if ((*s | 32) != 'e' ||
	    !isdigit(s[1 + (s[1] == '-' || s[1] == '+')]))
		return s;
	n = strtol(s + 1, &end, 10);
	*e10 += n > 100000 ? 100000 : n < -100000 ? -100000 : (int)n;
	return end;
}

/* Return: the end of the number; NULL: no number. */
static const char *read_decimal(const char *s, double *v)
{
	struct big num = { 0 };
	int e10 = 0, digits = 0, any = 0, point = 0, more = 0;
	int was = errno;

	for (; isdigit(*s) || (*s == '.' && !point); s++) {
		if (*s == '.') {
			point = 1;
			continue;
		}
		any = 1;
		if (digits < DIGITS) {
			multiply_add(&num, 10, (uint32_t)(*s - '0'));
			digits += num.n > 0;
			e10 -= point;
		} else {
			more |= *s != '0';
			e10 += !point;
		}
	}
	if (!any)
		return NULL;
	s = read_exponent(s, &e10);
	errno = was;
	if (e10 + digits > 400)
		*v = num.n ? to_double(1ULL << 63, 5000, 0) : 0;
	else if (e10 + digits < -400)
		*v = num.n ? to_double(1ULL << 63, -5000, 0) : 0;
	else
		*v = from_digits(&num, e10, more);
	return s;
}

static int hex_digit(int c)
{
	return isdigit(c) ? c - '0' : isxdigit(c) ? (c | 32) - 'a' + 10 : -1;
}

/* Parse what follows 0x.  Return: as read_decimal(). */
static const char *read_hex(const char *s, double *v)
{
	int e = 0, any = 0, point = 0, more = 0, shift;
	uint64_t m = 0;
	char *end;

	for (; hex_digit(*s) >= 0 || (*s == '.' && !point); s++) {
		if (*s == '.') {
			point = 1;
			continue;
		}
		any = 1;
		if (m >> 60) {
			more |= *s != '0';
			e += point ? 0 : 4;
		} else {
			m = m << 4 | (uint64_t)hex_digit(*s);
			e -= point ? 4 : 0;
		}
	}
	if (!any)
		return NULL;
	if ((*s | 32) == 'p' && isdigit(s[1 + (s[1] == '-' || s[1] == '+')])) {
		long n = strtol(s + 1, &end, 10);

		e += n > 100000 ? 100000 : n < -100000 ? -100000 : (int)n;
		s = end;
	}
	shift = m ? __builtin_clzll(m) : 0;
	*v = m ? to_double(m << shift, e - shift, more) : 0;
	return s;
}

static int begins_with(const char *s, const char *word)
{
	while (*word && (*s | 32) == *word) {
		s++;
		word++;
	}
	return !*word;
}

static const char *read_word(const char *s, double *v)
{
	union { uint64_t u; double d; } inf = { 0x7ffULL << 52 },
		nan = { 0x7ff8ULL << 48 };
	const char *after;

	if (begins_with(s, "inf")) {
		*v = inf.d;
		return s + (begins_with(s, "infinity") ? 8 : 3);
	}
	if (begins_with(s, "nan")) {
		*v = nan.d;
		s += 3;
		/* skip a payload in brackets, as glibc does */
		for (after = s + 1; *s == '(' && isalnum(*after); after++)
			;
		return *s == '(' && *after == ')' ? after + 1 : s;
	}
	return NULL;
}

double strtod(const char *text, char **end)
{
	const char *s = text, *after = NULL;
	int negative;
	double v = 0;

	while (isspace(*s))
		s++;
	negative = *s == '-';
	if (*s == '-' || *s == '+')
		s++;
	if (s[0] == '0' && (s[1] | 32) == 'x')
		after = read_hex(s + 2, &v);
	if (!after)
		after = read_decimal(s, &v);
	if (!after)
		after = read_word(s, &v);
	if (end)
		*end = (char *)(after ? after : text);
	return negative ? -v : v;
}
