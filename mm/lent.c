/* SPDX-License-Identifier: MIT */
/* Default without topics/rv32: an address beyond user space is an error. */
#include <mm/uaccess.h>

__attribute__((weak))
int user_copy_lent(void *here, uaddr_t at, unsigned long n, bool out)
{
	return -EFAULT;
}
