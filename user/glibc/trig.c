/* SPDX-License-Identifier: MIT */
/* Trigonometric functions.  They are periodic, so first reduce the angle. */
#include "libm.h"

/* 2 / pi: the binary digits behind the point, in words. */
static const uint32_t two_over_pi[] = {
	0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041,
	0xfe5163ab, 0xdebbc561, 0xb7246e3a, 0x424dd2e0, 0x06492eea, 0x09d1921c,
	0xfe1deb1c, 0xb129a73e, 0xe88235f5, 0x2ebb4484, 0xe99c7026, 0xb45f7e41,
	0x3991d639, 0x835339f4, 0x9c845f8b, 0xbdf9283b, 0x1ff897ff, 0xde05980f,
	0xef2f118b, 0x5a0a6d1f, 0x6d367ecf, 0x27cb09b7, 0x4f463f66, 0x9e5fea2d,
	0x7527bac7, 0xebe5f17b, 0x3d0739f7, 0x8a5292ea, 0x6bfb5fb1, 0x1f8d5d08,
	0x56033046, 0xfc7b6bab, 0xf0cfbc20, 0x9af4361d,
};

#define WORDS	6

/* out = m times WORDS words of 2 / pi from bit `first` on; lowest word last. */
static void multiply(uint64_t m, int first, uint32_t out[WORDS + 2])
{
	for (int i = 0; i < WORDS + 2; i++)
		out[i] = 0;
	for (int i = WORDS; i-- > 0;) {
		int at = first / 32 + i, off = first % 32;
		uint64_t two = (uint64_t)two_over_pi[at] << 32 |
			       two_over_pi[at + 1];
		uint64_t w = (uint32_t)(two >> (32 - off));
		uint64_t low = w * (uint32_t)m + out[i + 2];
		uint64_t high = w * (m >> 32) + (low >> 32) + out[i + 1];

		out[i + 2] = (uint32_t)low;
		out[i + 1] = (uint32_t)high;
		out[i] = (uint32_t)(high >> 32);
	}
}

/* Return: bit i of the product; bit 0 is the lowest. */
static int bit(const uint32_t out[WORDS + 2], int i)
{
	return out[WORDS + 1 - i / 32] >> i % 32 & 1;
}

/*
 * Reduce a large angle (Payne and Hanek): compute x times 2 / pi, modulo 4.
 * High bits of 2 / pi, which yield a multiple of 4, and bits too low to matter
 * are not used.  A fraction above one half is replaced by its distance to 1,
 * computed from the inverted bits, which keeps all digits.
 * Return: r with x = r + *n pi/2 and |r| at most pi/4.
 */
static real reduce(double x, int *n)
{
	uint64_t m = (bits_of(x) & ((1ULL << 52) - 1)) | 1ULL << 52;
	int e = exponent_of(x) - 1075, first = e > 2 ? e - 2 : 0;
	int point = 32 * WORDS - (e - first), more;
	uint32_t out[WORDS + 2];
	real part = 0;

	multiply(m, first, out);
	more = bit(out, point - 1);
	*n = bit(out, point) + 2 * bit(out, point + 1) + more;
	for (int i = 1; i < 180 && i <= point; i++)
		if (bit(out, point - i) != more)
			part += __m_scale(1, -i);
	part *= more ? -PI_2 : PI_2;
	if (x < 0) {
		part = -part;
		*n = -*n;
	}
	*n &= 3;
	return part;
}

/* The series of cos(r) for k = 0, or of sin(r) / r for k = 1; |r| <= pi/4. */
static real series(real r, int k)
{
	real square = r * r, sum = 1;

	for (int i = k + 26; i > k; i -= 2)
		sum = 1 - sum * square / (i * (i - 1));
	return sum;
}

static real sine(real r)
{
	return r * series(r, 1);
}

static real cosine(real r)
{
	return series(r, 0);
}

/* Reduce x to *r and *n.  Return: 0 if x is infinite or NaN, else 1. */
static int take_angle(double x, real *r, int *n)
{
	*n = 0;
	*r = x;
	if (exponent_of(x) == 0x7ff)
		return 0;
	if (x > 0.785 || x < -0.785)
		*r = reduce(x, n);
	return 1;
}

static double no_angle(double x)
{
	return is_nan(x) ? x : no_result();
}

double sin(double x)
{
	real r, v;
	int n;

	if (x == 0)
		return x;
	if (!take_angle(x, &r, &n))
		return no_angle(x);
	v = n & 1 ? cosine(r) : sine(r);
	return (double)(n & 2 ? -v : v);
}

double cos(double x)
{
	real r, v;
	int n;

	if (!take_angle(x, &r, &n))
		return no_angle(x);
	v = n & 1 ? sine(r) : cosine(r);
	return (double)(n == 1 || n == 2 ? -v : v);
}

double tan(double x)
{
	real r;
	int n;

	if (x == 0)
		return x;
	if (!take_angle(x, &r, &n))
		return no_angle(x);
	return (double)(n & 1 ? -cosine(r) / sine(r) : sine(r) / cosine(r));
}

/* One Newton step doubles the number of correct digits of sqrt(). */
real __m_sqrt(real v)
{
	real y = sqrt((double)v);

	return y == 0 ? 0 : (y + v / y) / 2;
}

/* atan(x) for x from 0 to 1: the atan of the nearest quarter plus a series. */
static real small_angle(real x)
{
	static const real of_quarters[] = {
		0, 0.244978663126864154172082481211275811L,
		0.463647609000806116214256231461214402L,
		0.643501108793284386802809228717322638L, PI_2 / 2
	};
	int k = (int)(x * 4 + 0.5L);
	real t = (x - k / 4.0L) / (1 + x * k / 4), square = t * t, sum = 0;

	for (int n = 41; n >= 1; n -= 2)
		sum = 1.0L / n - sum * square;
	return of_quarters[k] + t * sum;
}

real __m_angle(real y, real x)
{
	real a = x < 0 ? -x : x;
	real v = y <= a ? small_angle(y / a) : PI_2 - small_angle(a / y);

	return x < 0 ? 2 * PI_2 - v : v;
}

double atan(double x)
{
	real a = x < 0 ? -(real)x : (real)x, v;

	if (is_nan(x) || x == 0)
		return x;
	v = is_inf(x) ? PI_2 : __m_angle(a, 1);
	return (double)(x < 0 ? -v : v);
}

static double with_sign(real v, double of)
{
	return (double)(bits_of(of) >> 63 ? -v : v);
}

double atan2(double y, double x)
{
	int left = (int)(bits_of(x) >> 63);

	if (is_nan(x) || is_nan(y))
		return x + y;
	if (y == 0 || (is_inf(x) && !is_inf(y)))
		return with_sign(left ? 2 * PI_2 : 0, y);
	if (is_inf(y))
		return with_sign(!is_inf(x) ? PI_2 : left ? 1.5L * PI_2 :
				 PI_2 / 2, y);
	return with_sign(__m_angle(y < 0 ? -(real)y : (real)y, x), y);
}

double asin(double x)
{
	real a = x < 0 ? -(real)x : (real)x, v;

	if (is_nan(x) || x == 0)
		return x;
	if (a > 1)
		return no_result();
	v = __m_angle(a, __m_sqrt((1 - a) * (1 + a)));
	return (double)(x < 0 ? -v : v);
}

double acos(double x)
{
	real v = x;

	if (is_nan(x))
		return x;
	if (v > 1 || v < -1)
		return no_result();
	return (double)(x == 1 ? 0 : __m_angle(__m_sqrt((1 - v) * (1 + v)), v));
}
