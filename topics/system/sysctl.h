/* SPDX-License-Identifier: MIT */
/* What was written to a file of /proc/sys. */
#ifndef TOPICS_SYSTEM_SYSCTL_H
#define TOPICS_SYSTEM_SYSCTL_H

#include <lt/types.h>

/* One number.  Return: 0 or -EINVAL. */
int sysctl_parse(const char *text, u64 *value);
/* Its first line, as much as there is room for: size bytes, a NUL too. */
void sysctl_line(char *to, size_t size, const char *text);

#endif
