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

static void use_registers(void)
{
#ifdef __i386__
	__asm__ volatile("movl $-1, %%eax; movl %%eax, %%ecx; "
			 "movl %%eax, %%edx" : : : "eax", "ecx", "edx");
#elif defined(__aarch64__)
	__asm__ volatile(".irp n, 0, 1, 2, 3, 4, 5, 6, 7\n"
			 "mov x\\n, #-1\n movi v\\n\\().2d, #0\n .endr"
			 : : : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7",
			 "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7");
#else
	__asm__ volatile(".irp n, 0, 1, 2, 3, 4, 5, 6, 7\n"
			 "li a\\n, -1\n fmv.w.x fa\\n, zero\n .endr"
			 : : : "a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7",
			 "fa0", "fa1", "fa2", "fa3", "fa4", "fa5", "fa6",
			 "fa7");
#endif
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
