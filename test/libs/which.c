/* SPDX-License-Identifier: MIT */
/* The library that search.c looks for; WHICH tells one from another. */
int which(void);

int which(void)
{
	return WHICH;
}
