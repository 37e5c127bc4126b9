/* SPDX-License-Identifier: MIT */
/* Lab 12: plt_answer() in two versions; with OLD: without any. */
int plt_answer(void), plt_only_new(void);

#ifdef OLD
int plt_answer(void)
{
	return 0;
}
#else
int plt_answer_1(void), plt_answer_2(void);
__asm__(".symver plt_answer_1, plt_answer@V1");
__asm__(".symver plt_answer_2, plt_answer@@V2");

int plt_answer_1(void)
{
	return 1;
}

int plt_answer_2(void)
{
	return 2;
}
#endif

int plt_only_new(void)
{
	return 3;
}
