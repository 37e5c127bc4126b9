/* SPDX-License-Identifier: MIT */
/*
 * prctl(2) for capabilities(7): the bounding set, the ambient set and the
 * securebits, which change the special meaning of root's ids.
 */
#include <kernel/cred/cred.h>
#include <kernel/syscall/prctl.h>
#include <uapi/errno.h>

#define PR_GET_KEEPCAPS		7
#define PR_SET_KEEPCAPS		8
#define PR_CAPBSET_READ		23
#define PR_CAPBSET_DROP		24
#define PR_GET_SECUREBITS	27
#define PR_SET_SECUREBITS	28
#define PR_CAP_AMBIENT		47

/*
 * Drop a capability from the bounding set: no exec of this task or its children
 * can regain it (capabilities(7)).
 */
static long drop_bounding(unsigned long cap)
{
	struct cred *c;

	if (!capable_here(CAP_SETPCAP))
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

/*
 * Set the ambient set: exec preserves it even for files without capabilities
 * (capabilities(7)).
 */
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
 * Serve PR_CAP_AMBIENT.  Invariant: ambient is a subset of both permitted and
 * inheritable.  RAISE checks it here; code that drops capabilities from those
 * sets drops them from ambient, too.
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
 * Set the securebits.  A bit does not change while its lock is set, and a lock
 * is never cleared (capabilities(7), "The securebits flags").
 */
static long set_securebits(unsigned long bits)
{
	unsigned old = current->cred->securebits, locks = old & SECBIT_LOCKS;

	if (bits & ~(unsigned long)SECBIT_ALL || locks & ~bits ||
	    locks >> 1 & (old ^ bits) || !capable_here(CAP_SETPCAP))
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

static long capability_prctl_serve(int op, const unsigned long arg[4])
{
	const struct cred *c = current->cred;

	switch (op) {
	case PR_GET_KEEPCAPS:
		return !!(c->securebits & SECBIT_KEEP_CAPS);
	case PR_SET_KEEPCAPS:
		return set_keepcaps(arg[0]);
	case PR_CAPBSET_READ:
		return arg[0] > CAP_LAST ? -EINVAL :
			(long)(c->cap_bounding >> arg[0] & 1);
	case PR_CAPBSET_DROP:
		return drop_bounding(arg[0]);
	case PR_GET_SECUREBITS:
		return c->securebits;
	case PR_SET_SECUREBITS:
		return set_securebits(arg[0]);
	}
	return ambient(arg[0], arg[1], arg[2] || arg[3]);
}

PRCTL_COMMANDS(commands) = {
	{ PR_GET_KEEPCAPS, capability_prctl_serve },
	{ PR_SET_KEEPCAPS, capability_prctl_serve },
	{ PR_CAPBSET_READ, capability_prctl_serve },
	{ PR_CAPBSET_DROP, capability_prctl_serve },
	{ PR_GET_SECUREBITS, capability_prctl_serve },
	{ PR_SET_SECUREBITS, capability_prctl_serve },
	{ PR_CAP_AMBIENT, capability_prctl_serve },
};
