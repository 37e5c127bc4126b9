/* SPDX-License-Identifier: MIT */
/* Lab 12: a library of a few functions. */
int plt_Ez(void), plt_ab(void), plt_here(void);

int plt_Ez(void)
{
	return 50;
}

int plt_ab(void)
{
	return 52;
}

int plt_here(void)
{
	return 1;
}
