/* SPDX-License-Identifier: MIT */
/* Changes of the environment; not with getenv, because these need malloc. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "internal.h"

int putenv(char *assignment)
{
	size_t len = strcspn(assignment, "=");
	char **e = __find_env(assignment, len);
	static char **owned;
	size_t n = 0;
	char **list;

	if (e) {
		*e = assignment;
		return 0;
	}
	while (environ[n])
		n++;
	list = malloc((n + 2) * sizeof(*list));
	if (!list)
		return -1;
	memcpy(list, environ, n * sizeof(*list));
	list[n] = assignment;
	list[n + 1] = NULL;
	free(owned);
	environ = owned = list;
	return 0;
}

int setenv(const char *name, const char *value, int overwrite)
{
	size_t n = strlen(name);
	char *s;

	if (!n || strchr(name, '=')) {
		errno = EINVAL;
		return -1;
	}
	if (!overwrite && __find_env(name, n))
		return 0;
	s = malloc(n + strlen(value) + 2);
	if (!s)
		return -1;
	memcpy(s, name, n);
	s[n] = '=';
	strcpy(s + n + 1, value);
	return putenv(s);
}

int unsetenv(const char *name)
{
	char **e = __find_env(name, strlen(name));

	for (; e && *e; e++)
		*e = e[1];
	return 0;
}
