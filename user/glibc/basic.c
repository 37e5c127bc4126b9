/* SPDX-License-Identifier: MIT */
/* Exact functions: rounding to integers, remainder, square root. */
#include "libm.h"

#define SIGN	(1ULL << 63)
#define HIDDEN	(1ULL << 52)

double trunc(double x)
{
	int e = exponent_of(x) - 1023;

	if (e >= 52)
		return x + 0;
	if (e < 0)
		return from_bits(bits_of(x) & SIGN);
	return from_bits(bits_of(x) & ~((HIDDEN - 1) >> e));
}

double floor(double x)
{
	double t = trunc(x);

	return t > x ? t - 1 : t;
}

double ceil(double x)
{
	double t = trunc(x);

	/* above -1 the result is a negative zero */
	return t < x ? (t + 1 == 0 ? -0.0 : t + 1) : t;
}

/* Return: m of 53 bits, and set *e, so that |x| = m times 2 to the *e. */
static uint64_t split(double x, int *e)
{
	uint64_t m = bits_of(x) & (HIDDEN - 1);

	*e = exponent_of(x) - 1075;
	if (exponent_of(x))
		return m | HIDDEN;
	for (*e = -1074; !(m & HIDDEN); m <<= 1)
		--*e;
	return m;
}

/* Return: m times 2 to the e, which must be exact; m below 2 to the 53. */
static double join(uint64_t m, int e)
{
	if (!m)
		return 0;
	for (; !(m & HIDDEN); m <<= 1)
		e--;
	if (e >= -1074)
		return from_bits((uint64_t)(e + 1075) << 52 | (m & (HIDDEN - 1)));
	return from_bits(m >> (-1074 - e));
}

/* Long division, one bit at a time, keeping only the remainder. */
double fmod(double x, double y)
{
	uint64_t mx, my, sign = bits_of(x) & SIGN;
	int ex, ey;

	if (is_nan(x) || is_nan(y))
		return x + y;
	if (is_inf(x) || y == 0)
		return no_result();
	if (x == 0 || is_inf(y))
		return x;
	mx = split(x, &ex);
	my = split(y, &ey);
	if (ex < ey)
		return x;
	for (; ex > ey; ex--) {
		mx = mx >= my ? mx - my : mx;
		mx <<= 1;
	}
	mx = mx >= my ? mx - my : mx;
	return from_bits(bits_of(join(mx, ey)) | sign);
}

/* Digit by digit, as by hand: two bits of the number give one of the root. */
double sqrt(double x)
{
	uint64_t m, root = 0, rest = 0;
	int e;

	if (x == 0 || is_nan(x))
		return x;
	if (x < 0)
		return no_result();
	if (is_inf(x))
		return x;
	m = split(x, &e);
	if (e & 1) {
		m <<= 1;
		e--;
	}
	for (int i = 0; i < 54; i++) {	/* 53 bits, and one to round */
		unsigned int down = i < 27 ? 52 - 2 * (unsigned int)i : 0;

		rest = rest << 2 | (i < 27 ? m >> down & 3 : 0);
		root <<= 1;
		if (rest >= 2 * root + 1) {
			rest -= 2 * root + 1;
			root++;
		}
	}
	/* a root is never half way between two doubles */
	root = (root >> 1) + (root & 1);
	return __m_round(__m_scale((real)root, e / 2 - 26));
}
