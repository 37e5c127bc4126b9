/* SPDX-License-Identifier: MIT */
/*
 * Lab 12: a library of functions that return what they got.  Two of them are
 * chosen at the first call, and the code that chooses uses all registers that a
 * function may use.
 */
#include "part.h"

IN_REGISTERS int plt_integers(int a, int b, int c, int d, int e, int f, int g,
			      int h, int i)
{
	return a + 10 * (b + 10 * (c + 10 * (d + 10 * (e + 10 * (f + 10 *
		(g + 10 * (h + 10 * i)))))));
}

double plt_numbers(double a, double b, double c, double d, double e, double f,
		   double g, double h)
{
	return h + 10 * (g + 10 * (f + 10 * (e + 10 * (d + 10 * (c + 10 *
		(b + 10 * a))))));
}

static IN_REGISTERS int chosen(int a, int b, int c)
{
	return a * 100 + b * 10 + c;
}

/* Arguments of its own take the place of those of the caller. */
static IN_REGISTERS __attribute__((noipa)) void
take(int a, int b, int c, int d, int e, int f, int g, int h, double i,
     double j, double k, double l, double m, double n, double o, double p)
{
	(void)a, (void)b, (void)c, (void)d, (void)e, (void)f, (void)g, (void)h;
	(void)i, (void)j, (void)k, (void)l, (void)m, (void)n, (void)o, (void)p;
}

static void use_registers(void)
{
	take(-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0);
}

static __typeof__(chosen) *choose(void)
{
	use_registers();
	return chosen;
}

IN_REGISTERS int plt_chosen(int a, int b, int c)
	__attribute__((ifunc("choose")));

static double chosen_number(double a, double b, double c, double d, double e,
			    double f, double g, double h)
{
	return plt_numbers(a, b, c, d, e, f, g, h);
}

static __typeof__(chosen_number) *choose_number(void)
{
	use_registers();
	return chosen_number;
}

double plt_chosen_number(double a, double b, double c, double d, double e,
			 double f, double g, double h)
	__attribute__((ifunc("choose_number")));
