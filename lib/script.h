/* SPDX-License-Identifier: MIT */
/* The first line of a script (row E12). */
#ifndef LIB_SCRIPT_H
#define LIB_SCRIPT_H

#include <lt/types.h>

#define SCRIPT_LINE 256		/* bytes of a script that are looked at */

/*
 * Split `#!interpreter [argument]`; the argument is the rest of the line,
 * blanks inside it included.
 * head: the first len bytes of the file; text: SCRIPT_LINE bytes, gets both
 * strings, NUL-terminated, the interpreter first; either may be empty
 * Return: 0 with *arg in text or NULL; -ENOEXEC: no script, nothing named, or
 * the name is longer than what is looked at.
 */
int script_split(const char *head, long len, char *text, char **arg);

#endif
