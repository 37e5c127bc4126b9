/* SPDX-License-Identifier: MIT */
/*
 * Reader of a script's first line:
 *
 *   #!  /bin/sh  -e -x       one argument, "-e -x", as on Linux (execve(2),
 *       ^        ^           "Interpreter scripts")
 *       text     *arg
 *
 * A newline ends the line, and blanks before it are dropped.  A line without a
 * newline extends to the limit, over zeros if the file is shorter.  In such a
 * line, blanks at the end are kept, and the interpreter's name may be empty.
 * A line that the limit truncates is accepted if the interpreter's name ends
 * before the limit.
 */
#include <lib/mem.h>
#include <lib/script.h>
#include <lt/compiler.h>
#include <uapi/errno.h>

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Return: the first nonblank byte from p on, before end; or end. */
static char *after_blanks(char *p, const char *end)
{
	while (p < end && blank(*p))
		p++;
	return p;
}

/*
 * Return: the end of the word that begins at p; `end` if the word reaches it.
 */
static char *after_word(char *p, const char *end)
{
	while (p < end && *p && !blank(*p))
		p++;
	return p;
}

int script_split(const char *head, long len, char *text, char **arg)
{
	char *first = text + 2, *last = text + SCRIPT_LINE - 1;
	char *end, *name, *p;

	if (len < 2 || head[0] != '#' || head[1] != '!')
		return -ENOEXEC;
	len = min(len, (long)SCRIPT_LINE);
	memcpy(text, head, len);
	memset(text + len, 0, SCRIPT_LINE - len);
	end = memchr(text, '\n', strnlen(text, SCRIPT_LINE));
	if (!end) {
		name = after_blanks(first, last + 1);
		if (after_word(name, last + 1) > last)
			return -ENOEXEC;
		end = last;
	}
	while (end > first && blank(end[-1]))
		end--;
	*end = 0;
	name = after_blanks(first, end);
	if (name == end)
		return -ENOEXEC;
	p = after_word(name, end);
	*arg = blank(*p) ? after_blanks(p, end) : NULL;
	*p = 0;
	memmove(text, name, end - name + 1);
	if (*arg)
		*arg -= name - text;
	return 0;
}
