/* SPDX-License-Identifier: MIT */
/*
 * msvcrt in parts (row E14): Microsoft's C library, which compilers of other
 * makers use as well.  Its functions have C's own convention of calls and
 * nearly C's meaning, so many are our C library's as they are.
 */
#ifndef PE_MSVCRT_H
#define PE_MSVCRT_H

#include "../loader.h"

extern const struct functions start_functions, stdio_functions,
	string_functions;

void stdio_init(void);

#endif
