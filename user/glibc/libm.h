/* SPDX-License-Identifier: MIT */
/*
 * A small libm with the functions that sqlite needs.  Values are computed in
 * long double, which has at least 64 bits of mantissa on each machine, and
 * rounded once.  Results are within two units in the last place, most of them
 * correctly rounded; sqrt, fmod, trunc, floor and ceil are exact.  Speed is not
 * a goal.
 */
#ifndef LIBM_H
#define LIBM_H

#include <errno.h>
#include <math.h>
#include <stdint.h>

typedef long double real;

#define LN2	0.693147180559945309417232121458176568L
#define PI_2	1.570796326794896619231321691639751442L

union bits {
	double d;
	uint64_t u;
};

static inline uint64_t bits_of(double x)
{
	return (union bits){ .d = x }.u;
}

static inline double from_bits(uint64_t u)
{
	return (union bits){ .u = u }.d;
}

/* Return: the biased exponent; 0x7ff: infinite, or not a number. */
static inline int exponent_of(double x)
{
	return (int)(bits_of(x) >> 52) & 0x7ff;
}

#define is_nan(x)	((x) != (x))
#define is_inf(x)	(!is_nan(x) && exponent_of(x) == 0x7ff)

/* Return: NaN with errno EDOM, for arguments without a result. */
static inline double no_result(void)
{
	errno = EDOM;
	return from_bits(0x7ff8ULL << 48);
}

/* Round v to a double; ERANGE if the result overflows or underflows to 0. */
double __m_round(real v);
/* v times 2 to the n; logarithms, exponential and square root of `real`. */
real __m_scale(real v, int n);
real __m_log1p(real v);			/* |v| at most 0.5 */
real __m_log(double x);			/* x > 0 and finite */
real __m_exp(real x);
real __m_sqrt(real v);
/* The angle of the point (x, y); y at least 0, x and y not both 0. */
real __m_angle(real y, real x);

#endif
