/* SPDX-License-Identifier: MIT */
/*
 * Lab 12: a library, made several times.  WHICH is its number, FIRST makes its
 * plt_both() weak.
 */
int plt_both(void), plt_program(void), plt_preloaded(void);
#define JOIN(a, b)	a##b
#define NAME(a, b)	JOIN(a, b)
int NAME(plt_asks_, WHICH)(void), NAME(plt_asks_program_, WHICH)(void);

#ifdef FIRST
__attribute__((weak))
#endif
int plt_both(void)
{
	return WHICH;
}

int plt_program(void)
{
	return WHICH;
}

int plt_preloaded(void)
{
	return WHICH;
}

/* Calls that may lead out of this library. */
int NAME(plt_asks_, WHICH)(void)
{
	return plt_both();
}

int NAME(plt_asks_program_, WHICH)(void)
{
	return plt_program();
}
