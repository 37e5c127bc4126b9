/* SPDX-License-Identifier: MIT */
/*
 * Reader of a script's first line:
 *
 *   #!  /bin/sh  -e -x       one argument, "-e -x", as on Linux (execve(2),
 *       ^        ^           "Interpreter scripts")
 *       text     *arg
 *
 * A line that is cut off by the limit is taken if the interpreter's name ends
 * before it, as Linux does.
 */
#include <lib/mem.h>
#include <lib/script.h>
#include <lt/compiler.h>
#include <uapi/errno.h>

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

int script_split(const char *head, long len, char *text, char **arg)
{
	const char *end;
	char *p = text;
	size_t n;

	if (len < 2 || head[0] != '#' || head[1] != '!')
		return -ENOEXEC;
	head += 2;
	len = min(len - 2, (long)SCRIPT_LINE - 2);
	end = memchr(head, '\n', len);
	n = end ? (size_t)(end - head) : (size_t)len;
	memcpy(text, head, n);
	text[n] = 0;
	n = strlen(text);
	/* the end of the name was not seen */
	if (!end && n == SCRIPT_LINE - 2) {
		while (blank(*p))
			p++;
		while (*p && !blank(*p))
			p++;
		if (!*p)
			return -ENOEXEC;
	}
	while (n && blank(text[n - 1]))
		text[--n] = 0;
	for (p = text; blank(*p); p++)
		;
	if (!*p)
		return -ENOEXEC;
	memmove(text, p, strlen(p) + 1);
	for (p = text; *p && !blank(*p); p++)
		;
	while (blank(*p))
		*p++ = 0;
	*arg = *p ? p : NULL;
	return 0;
}
