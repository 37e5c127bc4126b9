/* SPDX-License-Identifier: MIT */
/*
 * kernel32 in parts, each with its table of functions (row E14).  WINE's
 * kernel32 calls its ntdll, which calls Unix code; ours makes Linux system
 * calls directly.  The functions have Windows' names, so that a reader can look
 * them up; one that fails with 0 or -1 stores the reason in the TEB.
 */
#ifndef PE_KERNEL32_H
#define PE_KERNEL32_H

#include "../loader.h"

typedef uint32_t dword_t;
typedef int32_t bool_t;

extern const struct functions file_functions, memory_functions,
	process_functions, sync_functions, text_functions, thread_functions;

#define INFINITE	0xffffffffu
#define WAIT_TIMEOUT	258u

/* Return: 0 or WAIT_TIMEOUT. */
dword_t wait_word(volatile int *word, int value, dword_t milliseconds);

#endif
