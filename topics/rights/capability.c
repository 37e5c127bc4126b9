/* SPDX-License-Identifier: MIT */
/* capget(2), capset(2): capability sets as 32-bit words, in three versions. */
#include <kernel/cred/cred.h>
#include <kernel/task/task.h>
#include <mm/uaccess.h>
#include <syscalls.h>

#define VERSION_1 0x19980330u	/* one word per set */
#define VERSION_2 0x20071026u	/* two words, like version 3 */
#define VERSION_3 0x20080522u

/* offset of the pid, which follows the version */
#define HEADER_PID	4

struct cap_data {
	u32 effective, permitted, inheritable;
};

/*
 * Return: the number of words in a set; -EINVAL: an unknown version, which the
 * kernel's own version replaces in the header; -EFAULT.
 */
static int capability_get_words(uaddr_t header)
{
	u32 version;

	if (get_user(&version, header))
		return -EFAULT;
	if (version == VERSION_1)
		return 1;
	if (version == VERSION_2 || version == VERSION_3)
		return 2;
	return put_user(VERSION_3, header) ? -EFAULT : -EINVAL;
}

/* Read all three sets at the same moment.  Return: 0 or -ESRCH. */
static int read_caps(int pid, u64 *e, u64 *p, u64 *i)
{
	const struct task *t = current;
	int err = 0;

	spin_lock(&tree_lock);
	if (pid)
		t = task_find(pid);
	if (t) {
		*e = t->cred->cap_effective;
		*p = t->cred->cap_permitted;
		*i = t->cred->cap_inheritable;
	} else {
		err = -ESRCH;
	}
	spin_unlock(&tree_lock);
	return err;
}

long sys_capget(uaddr_t hdr, uaddr_t data)
{
	struct cap_data d[2];
	int words = capability_get_words(hdr), pid, err;
	u64 e, p, i;

	/* data NULL: only the version is wanted */
	if (words < 0)
		return words == -EINVAL && !data ? 0 : words;
	if (!data)
		return 0;
	if (get_user(&pid, hdr + HEADER_PID))
		return -EFAULT;
	if (pid < 0)
		return -EINVAL;
	err = read_caps(pid, &e, &p, &i);
	if (err)
		return err;
	for (int w = 0; w < words; w++)
		d[w] = (struct cap_data){ e >> 32 * w, p >> 32 * w,
					  i >> 32 * w };
	return copy_to_user(data, d, words * sizeof(d[0]));
}

/*
 * Check the rules of capabilities(7), "Programmatically adjusting capability
 * sets".
 */
static int check_caps(const struct cred *old, u64 e, u64 p, u64 i)
{
	if (p & ~old->cap_permitted)
		return -EPERM;
	if (e & ~p)
		return -EPERM;
	if (i & ~(old->cap_inheritable | old->cap_bounding))
		return -EPERM;
	if (!capable_here(CAP_SETPCAP) &&
	    (i & ~(old->cap_inheritable | old->cap_permitted)))
		return -EPERM;
	return 0;
}

/*
 * Set the capabilities of the caller itself; of no other task, as on Linux
 * since 2.6.24.  An ambient capability is dropped together with its permitted
 * or inheritable one.
 */
long sys_capset(uaddr_t hdr, uaddr_t data)
{
	struct cap_data d[2] = { { 0, 0, 0 } };
	int words = capability_get_words(hdr), pid, err;
	struct cred *c;
	u64 e, p, i;

	if (words < 0)
		return words;
	if (get_user(&pid, hdr + HEADER_PID))
		return -EFAULT;
	if (pid && pid != current->vtid)
		return -EPERM;
	if (copy_from_user(d, data, words * sizeof(d[0])))
		return -EFAULT;
	/* undefined bits are ignored */
	e = (d[0].effective | (u64)d[1].effective << 32) & CAP_ALL;
	p = (d[0].permitted | (u64)d[1].permitted << 32) & CAP_ALL;
	i = (d[0].inheritable | (u64)d[1].inheritable << 32) & CAP_ALL;
	err = check_caps(current->cred, e, p, i);
	if (err)
		return err;
	c = cred_clone(current->cred);
	if (!c)
		return -ENOMEM;
	c->cap_effective = e;
	c->cap_permitted = p;
	c->cap_inheritable = i;
	c->cap_ambient &= p & i;
	cred_set(c);
	return 0;
}
