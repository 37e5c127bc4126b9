/* SPDX-License-Identifier: MIT */
/*
 * An execve in progress (row D15).  The new program is built beside the
 * caller's; only exec_commit() changes the caller, and it cannot fail.
 */
#ifndef KERNEL_EXEC_INTERNAL_H
#define KERNEL_EXEC_INTERNAL_H

#include "format.h"

#define EXEC_DEPTH	5	/* nested interpreters */
#define ARG_STRING_MAX	(128ul << 10)	/* bytes of one string, with its NUL */

/* True if the file has set-id bits that take effect. */
bool exec_has_bits(const struct exec *e);

/*
 * Decide which tasks may dump and trace the new program.
 * Context: before other tasks can find the new space.
 */
void exec_set_dumpable(struct exec *e);

/*
 * Give the caller the new credentials, and take away what its creator could
 * misuse if the program gains by them (rows `gain` of <uapi/inherit.h>).
 */
void exec_take_rights(struct exec *e);

/* End an exec with e->gains: allow attaching and CLONE_FS again. */
void exec_end_gain(void);

/* Functions of stack.c. */
int stack_create(struct exec *e);
int stack_copy_args(struct exec *e, const struct arg_source *argv,
		    const struct arg_source *envp);

/*
 * Write argv, envp and the auxiliary vector below the strings.
 * Return: 0 with e->sp the program's first stack pointer, or -errno.
 */
int stack_finish(struct exec *e);
/* After stack_finish(): set the value of AT_EXECFD.  Return: 0, -ENOMEM. */
int stack_set_execfd(struct exec *e, unsigned fd);
void stack_destroy(struct exec *e);

#endif
