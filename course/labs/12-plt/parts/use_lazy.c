/* SPDX-License-Identifier: MIT */
/*
 * Lab 12: the GOT entries before and after a first call.  With an argument:
 * many calls, as the second one must be a short way.
 */
#include "many.h"
#include "slots.h"

int main(int argc, char **argv)
{
	unsigned long *slot = slot_of("f3"), *other = slot_of("f4"), first;

	(void)argv;
	expect(slot && other, "the program has no relocation for f3()");
	if (argc > 5)		/* never: but the program calls it */
		f4();
	expect(mine(*slot), "before the first call the GOT entry of f3() does "
	       "not lead into the program's PLT");
	first = *other;
	expect(f3() == 3, "the first call of f3() came to another function");
	expect(!mine(*slot), "after the first call the GOT entry of f3() is "
	       "not the function's address");
	expect(((int (*)(void))*slot)() == 3, "after the first call the GOT "
	       "entry of f3() leads to another function");
	expect(mine(*other) && *other == first, "the first call of f3() "
	       "changed the GOT entry of f4()");
	expect(f3() == 3, "the second call of f3() came to another function");
	expect(plt_Ez() == 50 && f7() == 7 && G9() == 39 &&
	       name_of_a_function_0() == 10, "a first call came to another "
	       "function");
	return 0;
}
