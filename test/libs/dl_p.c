/* SPDX-License-Identifier: MIT */
/* A library that rtld_dlopen.c opens. */
void log_add(char c) __attribute__((weak));
int q_value(void), p_value(void), p_only(void);
int *p_local(void);
int count(void), p_counts(void);

__thread int p_shared = 5;
static __thread char p_aligned[100] __attribute__((aligned(128))) = "x";

__attribute__((constructor)) static void begin(void)
{
	log_add('p');
}

__attribute__((destructor)) static void end(void)
{
	log_add('P');
}

int p_value(void)
{
	return 10 * q_value();
}

int p_only(void)
{
	return (unsigned long)p_aligned % 128 ? 0 : p_aligned[0];
}

int *p_local(void)
{
	return &p_shared;
}

int count(void)
{
	return -1;
}

int p_counts(void)
{
	return count();
}
