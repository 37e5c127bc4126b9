/* SPDX-License-Identifier: MIT */
/*
 * Reader of a script's first line:
 *
 *   #!  /bin/sh  -e -x       one argument, "-e -x", as on Linux (execve(2),
 *       ^        ^           "Interpreter scripts")
 *       text     *arg
 *
 * A line ends with a newline, and so do blanks before it.  One without a newline
 * goes on to the limit, over zeros if the file is shorter: blanks at the end of
 * such a file are kept, and nothing is a name of no bytes.  A line that is cut
 * off by the limit is taken if the interpreter's name ends before it.
 */
#include <lib/mem.h>
#include <lib/script.h>
#include <lt/compiler.h>
#include <uapi/errno.h>

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Return: the first byte from p on, before end, that is no blank; or end. */
static char *after_blanks(char *p, const char *end)
{
	while (p < end && blank(*p))
		p++;
	return p;
}

/* Return: where the word ends that begins at p; end: it goes on there. */
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
