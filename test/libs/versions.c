/* SPDX-License-Identifier: MIT */
/* answer() in two versions; with -DOLD one, with -DANCIENT without any. */
int answer(void), answer_1(void), only_v1(void);

int only_v1(void)
{
	return 11;
}

#if defined(OLD) || defined(ANCIENT)
int answer(void)
{
	return 0;
}
#else
__asm__(".symver answer_1, answer@V1");
__asm__(".symver answer_2, answer@@V2");
int answer_2(void);

int answer_1(void)
{
	return 1;
}

int answer_2(void)
{
	return 2;
}
#endif
