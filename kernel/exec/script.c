/* SPDX-License-Identifier: MIT */
/*
 * Scripts (row E12): `#!interpreter [one argument]`.  The new argv is the
 * interpreter, the argument if there is one, the script's name, and the old
 * argv without argv[0].  The interpreter may be a script itself, up to a depth
 * of EXEC_DEPTH.
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
	/* the interpreter could not open the script */
	if (e->by & EXEC_BY_CLOEXEC)
		return -ENOENT;
	if (!*text)		/* "" would name the working directory */
		return -EACCES;
	err = stack_drop_first(e);
	if (!err)
		err = stack_prepend(e, e->interp_name ? e->interp_name :
				    e->filename);
	if (!err && arg)
		err = stack_prepend(e, arg);
	if (!err)
		err = stack_prepend(e, text);
	return err ? err : exec_redirect(e, text, NULL);
}
