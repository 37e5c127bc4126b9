/* SPDX-License-Identifier: MIT */
/* Logarithms, exponentials, powers, and functions made of these. */
#include "libm.h"

/* Return: 2 to the n, which must be a normal number. */
static double power_of_2(int n)
{
	return from_bits((uint64_t)(n + 1023) << 52);
}

real __m_scale(real v, int n)
{
	for (; n > 1000; n -= 1000)
		v *= power_of_2(1000);
	for (; n < -1000; n += 1000)
		v *= power_of_2(-1000);
	return v * power_of_2(n);
}

double __m_round(real v)
{
	volatile double d = (double)v;

	if (is_inf(d) || (d == 0 && v != 0))
		errno = ERANGE;
	return d;
}

/* log(1 + v) = 2 (s + s^3/3 + s^5/5 ...), s = v / (2 + v) */
real __m_log1p(real v)
{
	real s = v / (2 + v), square = s * s, sum = 0;

	for (int n = 45; n >= 1; n -= 2)
		sum = sum * square + 1.0L / n;
	return 2 * s * sum;
}

/* Return: m between sqrt(1/2) and sqrt(2), and set *e: x = 2^*e m. */
static real take_apart(double x, int *e)
{
	real m;

	*e = 0;
	if (!exponent_of(x)) {
		x *= power_of_2(54);
		*e = -54;
	}
	*e += exponent_of(x) - 1023;
	m = from_bits((bits_of(x) & ((1ULL << 52) - 1)) | 1023ULL << 52);
	if (m > 1.41421356L) {
		m /= 2;
		++*e;
	}
	return m;
}

real __m_log(double x)
{
	int e;
	real m = take_apart(x, &e);

	return __m_log1p(m - 1) + e * LN2;
}

/* Return: 1 with *answer set if x has no finite logarithm, else 0. */
static int no_log(double x, double *answer)
{
	*answer = x;
	if (is_nan(x))
		return 1;
	if (x == 0) {
		errno = ERANGE;
		*answer = -from_bits(0x7ffULL << 52);
	} else if (x < 0) {
		*answer = no_result();
	} else if (!is_inf(x)) {
		return 0;
	}
	return 1;
}

double log(double x)
{
	double answer;

	return no_log(x, &answer) ? answer : (double)__m_log(x);
}

double log2(double x)
{
	double answer;
	real m;
	int e;

	if (no_log(x, &answer))
		return answer;
	m = take_apart(x, &e);
	return (double)(e + __m_log1p(m - 1) / LN2);
}

double log10(double x)
{
	double answer;

	return no_log(x, &answer) ? answer :
	       (double)(__m_log(x) / 2.302585092994045684017991454684364208L);
}

/* e^x = 2^n e^r, r at most half of log 2 */
real __m_exp(real x)
{
	real r, sum = 1;
	int n;

	if (x > 12000)
		return __m_scale(1, 16000);
	if (x < -12000)
		return __m_scale(1, -16000);
	n = (int)(x / LN2 + (x < 0 ? -0.5L : 0.5L));
	/* log 2 in two parts: n times the first part is exact */
	r = x - n * 0.6931471805592082091607153415679931640625L;
	r -= n * 7.371002565167798899886995037621e-13L;
	for (int k = 26; k >= 1; k--)
		sum = 1 + sum * r / k;
	return __m_scale(sum, n);
}

double exp(double x)
{
	if (is_nan(x) || is_inf(x))
		return x < 0 ? 0 : x;
	return __m_round(__m_exp(x));
}

static int is_integer(double y)
{
	return trunc(y) == y;
}

static int is_odd(double y)
{
	return is_integer(y) && fmod(y, 2) != 0;
}

/* Return: x to the y, for x 0 or infinite, y neither 0 nor NaN. */
static double power_of_limit(double x, double y)
{
	int large = (x != 0) == (y > 0);
	double v = large ? from_bits(0x7ffULL << 52) : 0;

	if (x == 0 && large)
		errno = ERANGE;
	return is_odd(y) && bits_of(x) >> 63 ? -v : v;
}

/* Return: |x| to the power of y, which is infinite. */
static double limit_of_power(double x, double y)
{
	real a = x < 0 ? -x : x;

	if (a == 1)
		return 1;
	return (a > 1) == (y > 0) ? from_bits(0x7ffULL << 52) : 0;
}

double pow(double x, double y)
{
	real v;

	if (y == 0 || x == 1)
		return 1;
	if (is_nan(x) || is_nan(y))
		return x + y;
	if (is_inf(y))
		return limit_of_power(x, y);
	if (x == 0 || is_inf(x))
		return power_of_limit(x, y);
	if (x < 0 && !is_integer(y))
		return no_result();
	v = __m_exp(y * __m_log(x < 0 ? -x : x));
	return __m_round(x < 0 && is_odd(y) ? -v : v);
}

/* Hyperbolic functions: for small x by their series, else by exponentials. */
static real sinh_of(real x)
{
	real square = x * x, sum = 1, e;

	if (square < 0.25L) {
		for (int k = 24; k >= 2; k -= 2)
			sum = 1 + sum * square / (k * (k + 1));
		return x * sum;
	}
	e = __m_exp(x);
	return (e - 1 / e) / 2;
}

double sinh(double x)
{
	if (is_nan(x) || is_inf(x) || x == 0)
		return x;
	return __m_round(sinh_of(x));
}

double cosh(double x)
{
	real e;

	if (is_nan(x) || is_inf(x))
		return x * x;
	e = __m_exp(x);
	return __m_round((e + 1 / e) / 2);
}

double tanh(double x)
{
	real e;

	if (is_nan(x) || x == 0)
		return x;
	if (x > 30 || x < -30)
		return x > 0 ? 1 : -1;
	e = __m_exp(x);
	return (double)(2 * sinh_of(x) / (e + 1 / e));
}

/* log(v): the log of the nearest double, plus a correction for the rest. */
static real log_of(real v)
{
	double near = (double)v;

	return __m_log(near) + __m_log1p((v - near) / near);
}

double asinh(double x)
{
	real a = x < 0 ? -(real)x : (real)x, v;

	if (is_nan(x) || is_inf(x) || x == 0)
		return x;
	if (a > 1e18L)
		v = __m_log((double)a) + LN2;
	else if (a > 0.4L)
		v = log_of(a + __m_sqrt(a * a + 1));
	else
		v = __m_log1p(a + a * a / (1 + __m_sqrt(a * a + 1)));
	return (double)(x < 0 ? -v : v);
}

double acosh(double x)
{
	real t = (real)x - 1;

	if (is_nan(x))
		return x;
	if (x < 1)
		return no_result();
	if (is_inf(x))
		return x;
	if (x > 1e18)
		return (double)(__m_log(x) + LN2);
	if (t > 0.08L)
		return (double)log_of(x + __m_sqrt(t * (2 + t)));
	return (double)__m_log1p(t + __m_sqrt(t * (2 + t)));
}

double atanh(double x)
{
	real a = x < 0 ? -(real)x : (real)x, v;

	if (is_nan(x) || x == 0)
		return x;
	if (a > 1)
		return no_result();
	if (a == 1) {
		errno = ERANGE;
		return x / 0.0;
	}
	v = (a < 0.2L ? __m_log1p(2 * a / (1 - a)) :
	     log_of((1 + a) / (1 - a))) / 2;
	return (double)(x < 0 ? -v : v);
}
