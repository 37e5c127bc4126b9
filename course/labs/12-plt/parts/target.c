/* SPDX-License-Identifier: MIT */
/* Lab 12: a library that gives away a pointer to its own function. */
int plt_target(int n);
int (*plt_pointer(void))(int);
int plt_calls_target(int n);

int plt_target(int n)
{
	return n + 5;
}

int (*plt_pointer(void))(int)
{
	return plt_target;
}

int plt_calls_target(int n)
{
	return plt_target(n);
}
