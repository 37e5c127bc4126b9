/* SPDX-License-Identifier: MIT */
/* Lab 7: a new program; its exit status says whether its registers are clean */
#include "regs.h"

int main(void)
{
	static struct values found;
	int used = 0;

	float_get(&found);
	for (int i = HOLD_NEW; i < HOLD_F; i++)
		used += found.f[i] != 0;
	return used ? 2 : 1;
}
