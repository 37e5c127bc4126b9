/* SPDX-License-Identifier: MIT */
/* Lab 12: a library of symbols of several kinds. */
extern __thread int plt_own;
__thread int plt_own = 7;
int plt_data = 8;
int *plt_address_of_own(void);

__asm__(".globl plt_absolute\n.set plt_absolute, 0x1234\n"
	".globl plt_null\n.set plt_null, 0\n");

int *plt_address_of_own(void)
{
	return &plt_own;
}
