/* SPDX-License-Identifier: MIT */
/* Needs libwhich.so, for search.c. */
int which(void), chain(void);

int chain(void)
{
	return which();
}
