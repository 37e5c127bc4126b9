/* SPDX-License-Identifier: MIT */
/*
 * printf into a buffer: d i u x X o c s p %, widths, precisions, flags - 0 +
 * space #, lengths hh h l ll z.  No floating point.
 */
#ifndef LIB_PRINTF_H
#define LIB_PRINTF_H

#include <lt/compiler.h>
#include <lt/types.h>
#include <stdarg.h>

/*
 * Return: the length of the complete result, which may exceed size; the stored
 * result is always NUL-terminated.
 */
int fmt_vprint(char *buf, size_t size, const char *fmt, va_list ap);
int fmt_print(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);

#endif
