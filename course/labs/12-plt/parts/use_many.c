/* SPDX-License-Identifier: MIT */
/* Lab 12: each function is found, and is the right one. */
#include "part.h"
#include "many.h"

#define CALL(name, number) \
	expect(name() == (number), "a call of " #name "() came to another " \
	       "function");

int main(void)
{
	MANY(CALL)
	SAME(CALL)
	CALL(cafe, 60)
	return 0;
}
