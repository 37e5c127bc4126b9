/* SPDX-License-Identifier: MIT */
/* What librtld_dl_p.so needs. */
void log_add(char c) __attribute__((weak));
int q_value(void);

__attribute__((constructor)) static void begin(void)
{
	log_add('q');
}

__attribute__((destructor)) static void end(void)
{
	log_add('Q');
}

int q_value(void)
{
	return 7;
}
