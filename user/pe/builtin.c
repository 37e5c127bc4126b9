/* SPDX-License-Identifier: MIT */
/*
 * The libraries that are ours (row E14).  What a PE program asks Windows for,
 * it asks them: it makes no system calls of its own, whose numbers even change
 * from one Windows to the next.  This is why a loader and libraries suffice,
 * and no kernel has to know.
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
