/* SPDX-License-Identifier: MIT */
/*
 * Scripts (row E12): `#!interpreter [one argument]`.  The interpreter gets
 * itself, the argument if there is one, the script's name, and what followed
 * argv[0].  It may be a script again, EXEC_DEPTH times.
 */
#include <kernel/exec/internal.h>
#include <lib/script.h>
#include <uapi/errno.h>

int script_load(struct exec *e)
{
	char text[SCRIPT_LINE], *arg;
	int err = script_split(e->head, e->head_len, text, &arg);

	if (err)
		return err;
	if (e->fd_closes)	/* the interpreter could not open it */
		return -ENOENT;
	if (!*text)		/* leads to the working directory */
		return -EACCES;
	stack_drop_first(e);
	err = stack_prepend(e, e->interp_name ? e->interp_name : e->filename);
	if (!err && arg)
		err = stack_prepend(e, arg);
	if (!err)
		err = stack_prepend(e, text);
	return err ? err : exec_redirect(e, text, NULL);
}
