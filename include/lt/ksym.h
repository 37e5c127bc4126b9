/* SPDX-License-Identifier: MIT */
/*
 * The kernel's own symbol table (text symbols only), filled in by the second
 * link.  Constant after the link, so every function may be called from any
 * context, a panic included.
 */
#ifndef LT_KSYM_H
#define LT_KSYM_H

#include <lt/types.h>

/*
 * ksym_lookup: find the function that contains a kernel text address.
 * Return: its name and, in *offset (which may be NULL), the distance from its
 * start in bytes; NULL: the address lies before the kernel's text, or the table
 * is empty.
 */
const char *ksym_lookup(uintptr_t addr, uintptr_t *offset);

/*
 * ksym_address: return the start of a function.
 * Return: 0: there is no such symbol.
 */
uintptr_t ksym_address(const char *name);

/*
 * ksym_at: return the i-th symbol in order of addresses, for /proc/kallsyms.
 * Return: its name and address; NULL: i is past the last.
 */
const char *ksym_at(unsigned int i, uintptr_t *addr);

#endif
