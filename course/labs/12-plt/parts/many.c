/* SPDX-License-Identifier: MIT */
/* Lab 12: a library of many functions; each returns its number. */
#include "many.h"

#define DEFINE(name, number)	int name(void) { return number; }
MANY(DEFINE)
SAME(DEFINE)

int cafe(void)
{
	return 60;
}
