/* SPDX-License-Identifier: MIT */
/*
 * prctl(2): operations on the calling task or process.  Other operations are in
 * the table prctl_command.
 */
#include <kernel/cred/cred.h>
#include <kernel/syscall/prctl.h>
#include <kernel/process/process.h>
#include <lib/mem.h>
#include <mm/uaccess.h>
#include <mm/vm.h>
#include <syscalls.h>

/* Operations of prctl(2), with the numbers of Linux's <linux/prctl.h>. */
#define PR_SET_PDEATHSIG	1
#define PR_GET_PDEATHSIG	2
#define PR_GET_DUMPABLE		3
#define PR_SET_DUMPABLE		4
#define PR_SET_NAME		15
#define PR_GET_NAME		16
#define PR_SET_MM		35
#define PR_SET_CHILD_SUBREAPER	36
#define PR_GET_CHILD_SUBREAPER	37
#define PR_SET_NO_NEW_PRIVS	38
#define PR_GET_NO_NEW_PRIVS	39
#define PR_SET_IO_FLUSHER	57
#define PR_GET_IO_FLUSHER	58
#define PR_SET_MM_AUXV		12
#define PR_SET_MM_MAP		14
#define PR_SET_MM_MAP_SIZE	15

/* Set current's name; a longer name is truncated. */
static long set_comm(uaddr_t from)
{
	char name[TASK_COMM] = { 0 };
	long n = string_from_user(name, from, sizeof(name));

	if (n == -EFAULT)
		return n;
	task_set_comm(current, name, strnlen(name, sizeof(name)));
	return 0;
}

static long get_comm(uaddr_t to)
{
	char name[TASK_COMM];

	task_get_comm(current, name);
	return copy_to_user(to, name, sizeof(name));
}

/*
 * Set no_new_privs, which cannot be cleared: from now on exec grants no new
 * privileges.  As always, the cred is copied, changed and replaced as a whole,
 * so that other tasks see either the old state or the new one.
 */
static long set_no_new_privs(unsigned long on, bool rest)
{
	struct cred *c;

	if (on != 1 || rest)
		return -EINVAL;
	c = cred_clone(current->cred);
	if (!c)
		return -ENOMEM;
	c->no_new_privs = true;
	cred_set(c);
	return 0;
}

/*
 * Perform an operation.  rest: an argument that must be 0 for some operations
 * was not 0.
 */
static long prctl_set(int op, unsigned long a, bool rest)
{
	struct process *p = current->process;

	switch (op) {
	case PR_SET_PDEATHSIG:
		if (a > NSIG)
			return -EINVAL;
		current->pdeath_signal = a;
		return 0;
	case PR_SET_DUMPABLE:	/* only the kernel may set DUMP_ROOT */
		if (a != DUMP_NOBODY && a != DUMP_USER)
			return -EINVAL;
		WRITE_ONCE(current->space->dumpable, (u8)a);
		return 0;
	case PR_SET_NAME:
		return set_comm(a);
	case PR_SET_CHILD_SUBREAPER:
		p->is_subreaper = a;
		return 0;
	case PR_SET_NO_NEW_PRIVS:
		return set_no_new_privs(a, rest);
	}
	return -EINVAL;
}

/*
 * Refuse an operation that does not exist here, but on Linux for those who have
 * CAP_SYS_RESOURCE: the others hear that they lack it, unless PR_SET_MM has
 * arguments that are wrong for all, or names an operation without that right.
 */
static long prctl_refuse(int op, unsigned long a, unsigned long c,
			 unsigned long d)
{
	if (op == PR_SET_MM && (d || (c && a != PR_SET_MM_AUXV) ||
				a == PR_SET_MM_MAP || a == PR_SET_MM_MAP_SIZE))
		return -EINVAL;
	return capable(CAP_SYS_RESOURCE) ? -EINVAL : -EPERM;
}

TABLE(prctl_command);

/* The PR_GET_ operations come first: they need no privilege. */
long sys_prctl(int op, unsigned long a, unsigned long b, unsigned long c,
	       unsigned long d)
{
	struct process *p = current->process;

	switch (op) {
	case PR_GET_PDEATHSIG:
		return put_user(current->pdeath_signal, a);
	case PR_GET_DUMPABLE:
		return current->space->dumpable;
	case PR_GET_NAME:
		return get_comm(a);
	case PR_GET_CHILD_SUBREAPER:
		return put_user((int)p->is_subreaper, a);
	case PR_GET_NO_NEW_PRIVS:
		if (a || b || c || d)
			return -EINVAL;
		return current->cred->no_new_privs;
	}
	if (op == PR_SET_MM || op == PR_SET_IO_FLUSHER ||
	    op == PR_GET_IO_FLUSHER)
		return prctl_refuse(op, a, c, d);
	table_each(other, prctl_command)
		if (other->op == op)
			return other->serve(op, (unsigned long[]){ a, b, c, d });
	return prctl_set(op, a, b || c || d);
}
