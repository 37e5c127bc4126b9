/* SPDX-License-Identifier: MIT */
/*
 * The built-in libraries (row E14).  A PE program uses Windows only through
 * these libraries: it makes no system calls itself, as their numbers change
 * from one Windows to the next.  So a loader and libraries are enough, and the
 * kernel need not know about PE programs.
 */
#include "kernel32/kernel32.h"
#include "msvcrt/msvcrt.h"

const struct builtin kernel32 = {
	"kernel32.dll", {
		&file_functions, &memory_functions, &process_functions,
		&sync_functions, &text_functions, &thread_functions, NULL
	}
};

const struct builtin msvcrt = {
	"msvcrt.dll", {
		&start_functions, &stdio_functions, &string_functions, NULL
	}
};
