/* SPDX-License-Identifier: MIT */
/*
 * An execve in progress (row D15).  All of it is built beside the caller's
 * program; exec_commit() alone touches the caller, and cannot fail.
 */
#ifndef KERNEL_EXEC_INTERNAL_H
#define KERNEL_EXEC_INTERNAL_H

#include "format.h"

#define EXEC_DEPTH	5	/* nested interpreters */
#define ARG_STRING_MAX	(128ul << 10)	/* one string, with its NUL */

/* Room before argv[0] for what interpreters put there: 3 strings each. */
#define VECTOR_SLACK	(3 * EXEC_DEPTH + 2)
#define AUXV_WORDS	64

/* Set-id bits that count. */
bool exec_has_bits(const struct exec *e);

/* The end of an exec with e->gains: attachers and sharers need not wait. */
void exec_gained(void);

/* stack.c */
int stack_create(struct exec *e);
int stack_copy_args(struct exec *e, const struct arg_source *argv,
		    const struct arg_source *envp);

/*
 * Write the vectors and the auxiliary vector below the strings.
 * Return: 0, and e->sp is the program's.
 */
int stack_finish(struct exec *e);
void stack_destroy(struct exec *e);

#endif
