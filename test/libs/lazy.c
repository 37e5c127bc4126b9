/* SPDX-License-Identifier: MIT */
/* Functions for lazy.c. */
int integers(int a, int b, int c, int d, int e, int f, int g, int h, int i);
double numbers(double a, double b, double c, double d, double e, double f,
	       double g, double h);
long long wide(long long a, long long b);
int never_called(void);

int integers(int a, int b, int c, int d, int e, int f, int g, int h, int i)
{
	return a + 10 * (b + 10 * (c + 10 * (d + 10 * (e + 10 * (f + 10 *
		(g + 10 * (h + 10 * i)))))));
}

double numbers(double a, double b, double c, double d, double e, double f,
	       double g, double h)
{
	return h + 10 * (g + 10 * (f + 10 * (e + 10 * (d + 10 * (c + 10 *
		(b + 10 * a))))));
}

long long wide(long long a, long long b)
{
	return a * b;
}

int never_called(void)
{
	return 1;
}
