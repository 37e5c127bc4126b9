/* SPDX-License-Identifier: MIT */
/* Lab 7: a new program; its exit status says whether its registers are clean */
#include "regs.h"

int main(void)
{
	static struct values found;
	int used = 0;

#ifndef __i386__
	float_get(&found);
	for (int i = 0; i < HOLD_F; i++)
		used += found.f[i] != 0;
#else
	/* the stack of float registers is empty: look at the xmm ones */
	__asm__ volatile("movups %%xmm0, %0\n\tmovups %%xmm7, %1"
			 : "=m"(found.f[8]), "=m"(found.f[10]));
	for (int i = 8; i < 10; i++)
		used += found.f[i] != 0 || found.f[i + 2] != 0;
#endif
	return used ? 2 : 1;
}
