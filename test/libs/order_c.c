/* SPDX-License-Identifier: MIT */
/* What the first library of order.c needs. */
int deep(void), c_calls_deep(void);

int deep(void)
{
	return 'c';
}

int c_calls_deep(void)
{
	return deep();
}
