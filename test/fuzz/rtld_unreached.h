/* SPDX-License-Identifier: MIT */
/* Of the runtime linker, what a fuzzer's input never reaches. */
#ifndef TEST_FUZZ_RTLD_UNREACHED_H
#define TEST_FUZZ_RTLD_UNREACHED_H

#include <stdlib.h>
#include <user/rtld/rtld.h>

const char *name_of(const struct object *o)
{
	return o->name;
}

void debug_line(const char *first, ...)
{
	(void)first;
	abort();
}

void fail(const char *occasion, const char *text)
{
	(void)occasion, (void)text;
	abort();
}

#endif
