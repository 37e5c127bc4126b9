/* SPDX-License-Identifier: MIT */
/*
 * Scripts (row E12): `#!interpreter [one argument]`.  The interpreter gets
 * itself, the argument if there is one, the script's name, and what followed
 * argv[0].  It may be a script again, EXEC_DEPTH times.
 */
#include <kernel/exec/internal.h>
#include <lib/mem.h>
#include <uapi/errno.h>

#define LINE_MAX 256		/* of the first line, as Linux looks */

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

/*
 * Split the first line into interpreter and argument, both NUL-terminated in
 * text.  => 0, -ENOEXEC: there is no interpreter, or its name is cut off
 */
static int split(const char *head, long len, char *text, char **arg)
{
	const char *end = memchr(head, '\n', len);
	char *p = text;
	unsigned long n;

	n = end ? (unsigned long)(end - head) : (unsigned long)len;
	memcpy(text, head, n);
	text[n] = 0;
	n = strlen(text);
	while (n && blank(text[n - 1]))
		text[--n] = 0;
	while (blank(*p))
		p++;
	if (!*p)
		return -ENOEXEC;
	memmove(text, p, strlen(p) + 1);
	for (p = text; *p && !blank(*p); p++)
		;
	/* a cut line is fine as long as the name is whole */
	if (!*p && !end && len == LINE_MAX - 2)
		return -ENOEXEC;
	while (blank(*p))
		*p++ = 0;
	*arg = *p ? p : NULL;
	return 0;
}

int script_load(struct exec *e)
{
	char text[LINE_MAX], *arg;
	long len = e->head_len;
	int err;

	if (len < 2 || e->head[0] != '#' || e->head[1] != '!')
		return -ENOEXEC;
	if (e->fd_closes)	/* the interpreter could not open it */
		return -ENOENT;
	len = min(len - 2, (long)LINE_MAX - 2);
	err = split(e->head + 2, len, text, &arg);
	if (err)
		return err;
	stack_drop_first(e);
	err = stack_prepend(e, e->interp_name ? e->interp_name : e->filename);
	if (!err && arg)
		err = stack_prepend(e, arg);
	if (!err)
		err = stack_prepend(e, text);
	return err ? err : exec_redirect(e, text);
}
