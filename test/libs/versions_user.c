/* SPDX-License-Identifier: MIT */
/* Calls answer() by another name, for who is linked with an older library. */
int answer(void), NAME(void);

int NAME(void)
{
	return answer();
}
