/* SPDX-License-Identifier: MIT */
/* The first line of a script (row E12). */
#ifndef LIB_SCRIPT_H
#define LIB_SCRIPT_H

#include <lt/types.h>

#define SCRIPT_LINE 256		/* bytes of a script that are read */

/*
 * Split `#!interpreter [argument]`; the argument is the rest of the line,
 * including blanks inside it.
 * head: the first len bytes of the file
 * text: a buffer of SCRIPT_LINE bytes, which gets both strings, NUL-terminated,
 * the interpreter first; either may be empty
 * Return: 0: *arg is in text, or NULL without an argument; -ENOEXEC: not a
 * script, no interpreter named, or the name is longer than the bytes read.
 */
int script_split(const char *head, long len, char *text, char **arg);

#endif
