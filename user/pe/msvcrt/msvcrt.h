/* SPDX-License-Identifier: MIT */
/*
 * msvcrt in parts (row E14): Microsoft's C library, which other compilers use,
 * too.  Its functions have C's calling convention and nearly C's meaning, so
 * many of them are our C library's functions, unchanged.
 */
#ifndef PE_MSVCRT_H
#define PE_MSVCRT_H

#include "../loader.h"

extern const struct functions start_functions, stdio_functions,
	string_functions;

void stdio_init(void);

#endif
