/* SPDX-License-Identifier: MIT */
/* Thread-local variables by descriptors, where the compiler has them. */
extern __thread int shared_value;	/* of librtld_tls.so */
extern __thread int desc_shared;
extern __thread int desc_nowhere __attribute__((weak));
__thread int desc_shared = 11;
static __thread int desc_array[100] = { 1, 2, 3 };

int *desc_addresses(int i, int which);
int desc_sum(int a, int b, int c, int d);
double desc_mix(double a, double b, double c, double d,
		double e, double f, double g, double h);
int *desc_weak(void);
int lib_sum(void), desc_calls(void);

int *desc_addresses(int i, int which)
{
	return which == 0 ? &shared_value : which == 1 ? &desc_shared :
		&desc_array[i];
}

/* What is in registers survives. */
int desc_sum(int a, int b, int c, int d)
{
	int e = a * b, f = c * d, g = a * d;

	return ((shared_value * a + b) * desc_shared + c) *
		(desc_array[1] + d) + e * 100 + f * 10 + g;
}

/* Likewise of float registers, in which arguments are passed. */
double desc_mix(double a, double b, double c, double d,
		double e, double f, double g, double h)
{
	desc_array[50]++;
	return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h;
}

/* A call, without which glibc 2.36 cannot bind descriptors lazily. */
int desc_calls(void)
{
	return lib_sum();
}

/* Only a descriptor can say that a variable is nowhere. */
int *desc_weak(void)
{
#ifdef DESCRIPTORS
	return &desc_nowhere;
#else
	return 0;
#endif
}
