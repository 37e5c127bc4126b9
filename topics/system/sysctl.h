/* SPDX-License-Identifier: MIT */
/* Parse text written to a file of /proc/sys. */
#ifndef TOPICS_SYSTEM_SYSCTL_H
#define TOPICS_SYSTEM_SYSCTL_H

#include <lt/types.h>

/* Parse one number.  Return: 0 or -EINVAL. */
int sysctl_parse(const char *text, u64 *value);
/* Copy the first line, truncated to size - 1 bytes, with a final NUL. */
void sysctl_line(char *to, size_t size, const char *text);

#endif
