/* SPDX-License-Identifier: MIT */
/* Lab 12: for the programs whose first calls are checked. */
#ifndef PLT_PART_H
#define PLT_PART_H

#include <string.h>
#include <unistd.h>

/* End the program with a text for the report if something is not as it must. */
static inline void expect(int good, const char *what)
{
	if (good)
		return;
	(void)!write(1, what, strlen(what));
	_exit(1);
}

/* Functions that get their arguments in registers, as most machines' all do. */
#if __has_attribute(regparm)
#define IN_REGISTERS	__attribute__((regparm(3)))
#else
#define IN_REGISTERS
#endif

IN_REGISTERS int plt_integers(int a, int b, int c, int d, int e, int f, int g,
			      int h, int i);
double plt_numbers(double a, double b, double c, double d, double e, double f,
		   double g, double h);
IN_REGISTERS int plt_chosen(int a, int b, int c);
double plt_chosen_number(double a, double b, double c, double d, double e,
			 double f, double g, double h);

#endif
