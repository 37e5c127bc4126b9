/* SPDX-License-Identifier: MIT */
/* prctl(2): what can be said about one process or thread. */
#include <kernel/cred.h>
#include <kernel/task/internal.h>
#include <lib/mem.h>
#include <mm/uaccess.h>
#include <mm/vm.h>
#include <syscalls.h>

/* prctl(2); the numbers are Linux's <linux/prctl.h> */
#define PR_SET_PDEATHSIG	1
#define PR_GET_PDEATHSIG	2
#define PR_GET_DUMPABLE		3
#define PR_SET_DUMPABLE		4
#define PR_GET_KEEPCAPS		7
#define PR_SET_KEEPCAPS		8
#define PR_GET_TIMING		13
#define PR_SET_TIMING		14
#define PR_SET_NAME		15
#define PR_GET_NAME		16
#define PR_CAPBSET_READ		23
#define PR_CAPBSET_DROP		24
#define PR_GET_SECUREBITS	27
#define PR_SET_SECUREBITS	28
#define PR_SET_TIMERSLACK	29
#define PR_SET_THP_DISABLE	41
#define PR_GET_THP_DISABLE	42
#define PR_GET_TIMERSLACK	30
#define PR_SET_CHILD_SUBREAPER	36
#define PR_GET_CHILD_SUBREAPER	37
#define PR_SET_NO_NEW_PRIVS	38
#define PR_GET_NO_NEW_PRIVS	39
#define PR_GET_TID_ADDRESS	40
#define PR_CAP_AMBIENT		47

/* "Yama" */
#define PR_SET_PTRACER		0x59616d61


/* A longer name is cut off, not refused. */
static long set_comm(uaddr_t from)
{
	char name[TASK_COMM] = { 0 };
	long n = string_from_user(name, from, sizeof(name));

	if (n == -EFAULT)
		return n;
	name[TASK_COMM - 1] = 0;
	memcpy(current->comm, name, sizeof(name));
	return 0;
}

/*
 * Never taken back: exec gives no more than the caller has from now on.  Like
 * all of struct cred it is copied, changed and exchanged as a whole, so that
 * who looks at another task's sees one state or the other.
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

/* capabilities(7): what no exec of this task or its children can regain. */
static long drop_bounding(unsigned long cap)
{
	struct cred *c;

	if (!capable(CAP_SETPCAP))
		return -EPERM;
	if (cap > CAP_LAST)
		return -EINVAL;
	c = cred_clone(current->cred);
	if (!c)
		return -ENOMEM;
	c->cap_bounding &= ~(1ull << cap);
	cred_set(c);
	return 0;
}

/* capabilities(7): what exec hands on without the file's saying so. */
static long change_ambient(u64 set)
{
	struct cred *c = cred_clone(current->cred);

	if (!c)
		return -ENOMEM;
	c->cap_ambient = set;
	cred_set(c);
	return 0;
}

/*
 * PR_CAP_AMBIENT.  Invariant: ambient is a subset of permitted and inheritable;
 * RAISE checks it here, who takes from those two takes from this one.
 */
static long ambient(unsigned long op, unsigned long cap, bool rest)
{
	enum { IS_SET = 1, RAISE, LOWER, CLEAR_ALL };
	const struct cred *c = current->cred;
	u64 bit;

	if (rest || (op == CLEAR_ALL ? cap != 0 : cap > CAP_LAST))
		return -EINVAL;
	bit = 1ull << cap;
	switch (op) {
	case IS_SET:
		return (c->cap_ambient & bit) != 0;
	case RAISE:
		if (!(c->cap_permitted & c->cap_inheritable & bit) ||
		    c->securebits & SECBIT_NO_AMBIENT)
			return -EPERM;
		return change_ambient(c->cap_ambient | bit);
	case LOWER:
		return change_ambient(c->cap_ambient & ~bit);
	case CLEAR_ALL:
		return change_ambient(0);
	}
	return -EINVAL;
}

static long change_securebits(unsigned bits)
{
	struct cred *c = cred_clone(current->cred);

	if (!c)
		return -ENOMEM;
	c->securebits = bits;
	cred_set(c);
	return 0;
}

/*
 * Neither a bit whose lock is set changes, nor does a lock open
 * (capabilities(7), "The securebits flags").
 */
static long set_securebits(unsigned long bits)
{
	unsigned old = current->cred->securebits, locks = old & SECBIT_LOCKS;

	if (bits & ~(unsigned long)SECBIT_ALL || locks & ~bits ||
	    locks >> 1 & (old ^ bits) || !capable(CAP_SETPCAP))
		return -EPERM;
	return change_securebits((unsigned)bits);
}

static long set_keepcaps(unsigned long on)
{
	unsigned bits = current->cred->securebits;

	if (on > 1)
		return -EINVAL;
	if (bits & SECBIT_KEEP_CAPS << 1)
		return -EPERM;
	return change_securebits(on ? bits | SECBIT_KEEP_CAPS :
				 bits & ~(unsigned)SECBIT_KEEP_CAPS);
}

/* How much later than asked a sleep may end; 0 is the default again. */
static long set_slack(unsigned long ns)
{
	current->timer_slack = ns ? ns : current->default_slack;
	return 0;
}

/* Who else may trace the process under kernel.yama.ptrace_scope 1. */
static long set_ptracer(unsigned long pid)
{
	long err = 0;

	spin_lock(&tree_lock);
	if (pid == 0 || pid == ~0ul)
		current->process->ptracer = (int)pid;
	else if (pid <= (unsigned long)PID_LIMIT && task_find((int)pid))
		current->process->ptracer = task_find((int)pid)->process ?
			task_find((int)pid)->process->pid : 0;
	else
		err = -EINVAL;
	spin_unlock(&tree_lock);
	return err;
}

/* rest: arguments that must be 0 were not, where Linux looks at them. */
static long prctl_set(int op, unsigned long a, bool rest)
{
	struct process *p = current->process;

	switch (op) {
	case PR_SET_PDEATHSIG:
		if (a > NSIG)
			return -EINVAL;
		current->pdeath_signal = a;
		return 0;
	case PR_SET_DUMPABLE:	/* DUMP_ROOT is the kernel's */
		if (a != DUMP_NOBODY && a != DUMP_USER)
			return -EINVAL;
		WRITE_ONCE(current->space->dumpable, (u8)a);
		return 0;
	case PR_SET_KEEPCAPS:
		return set_keepcaps(a);
	case PR_SET_SECUREBITS:
		return set_securebits(a);
	case PR_SET_TIMING:
		return a ? -EINVAL : 0;
	case PR_SET_NAME:
		return set_comm(a);
	case PR_CAPBSET_DROP:
		return drop_bounding(a);
	case PR_SET_TIMERSLACK:
		return set_slack(a);
	case PR_SET_CHILD_SUBREAPER:
		p->is_subreaper = a;
		return 0;
	case PR_SET_NO_NEW_PRIVS:
		return set_no_new_privs(a, rest);
	case PR_SET_PTRACER:
		return set_ptracer(a);
	case PR_SET_THP_DISABLE:	/* superpages there are stay */
		if (rest)
			return -EINVAL;
		WRITE_ONCE(current->space->no_huge, a != 0);
		return 0;
	}
	return -EINVAL;
}

/* What is asked for comes first: it changes nothing and needs no right. */
long sys_prctl(int op, unsigned long a, unsigned long b, unsigned long c,
	       unsigned long d)
{
	struct process *p = current->process;

	switch (op) {
	case PR_GET_PDEATHSIG:
		return put_user(current->pdeath_signal, a);
	case PR_GET_DUMPABLE:
		return current->space->dumpable;
	case PR_GET_KEEPCAPS:
		return !!(current->cred->securebits & SECBIT_KEEP_CAPS);
	case PR_GET_SECUREBITS:
		return current->cred->securebits;
	case PR_GET_TIMING:
		return 0;
	case PR_GET_NAME:
		return copy_to_user(a, current->comm, TASK_COMM);
	case PR_CAPBSET_READ:
		if (a > CAP_LAST)
			return -EINVAL;
		return current->cred->cap_bounding >> a & 1;
	case PR_GET_TIMERSLACK:
		return current->timer_slack;
	case PR_GET_CHILD_SUBREAPER:
		return put_user((int)p->is_subreaper, a);
	case PR_GET_NO_NEW_PRIVS:
		if (a || b || c || d)
			return -EINVAL;
		return current->cred->no_new_privs;
	case PR_GET_THP_DISABLE:
		if (a || b || c || d)
			return -EINVAL;
		return current->space->no_huge;
	case PR_GET_TID_ADDRESS:
		return put_user(current->clear_child_tid, a);
	case PR_CAP_AMBIENT:
		return ambient(a, b, c || d);
	}
	return prctl_set(op, a, b || c || d);
}
