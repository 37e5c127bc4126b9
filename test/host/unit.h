/* SPDX-License-Identifier: MIT */
/* What every unit test on the host includes: cmocka, with what that needs. */
#ifndef TEST_HOST_UNIT_H
#define TEST_HOST_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* One of n numbers from 0 on; srand() says which ones come. */
static inline unsigned long below(unsigned long n)
{
	return (unsigned long)rand() % n;
}

#endif
