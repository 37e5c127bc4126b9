/* SPDX-License-Identifier: MIT */
/* Functions of libm.so.6, which has only those that programs here need. */
#ifndef LIBM_MATH_H
#define LIBM_MATH_H

double trunc(double x), floor(double x), ceil(double x);
double fmod(double x, double y), sqrt(double x);
double exp(double x), pow(double x, double y);
double log(double x), log2(double x), log10(double x);
double sin(double x), cos(double x), tan(double x);
double asin(double x), acos(double x), atan(double x);
double atan2(double y, double x);
double sinh(double x), cosh(double x), tanh(double x);
double asinh(double x), acosh(double x), atanh(double x);

#endif
