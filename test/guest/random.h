/* SPDX-License-Identifier: MIT */
/* Random numbers that come again with the same seed. */
#ifndef TEST_RANDOM_H
#define TEST_RANDOM_H

#include "tap.h"

static unsigned int seed = 1;

UNUSED static unsigned int random_16(void)
{
	seed = seed * 1103515245 + 12345;
	return seed >> 16;
}

#endif
