/* SPDX-License-Identifier: MIT */
/* strdup has its own file, as the only string function that needs malloc. */
#include <stdlib.h>
#include <string.h>

char *strdup(const char *s)
{
	size_t n = strlen(s) + 1;
	char *d = malloc(n);

	return d ? memcpy(d, s, n) : NULL;
}
