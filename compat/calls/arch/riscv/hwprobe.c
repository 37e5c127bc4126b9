/* SPDX-License-Identifier: MIT */
/*
 * riscv_hwprobe(2): what the processors can do, by key (row B3).  Harts that
 * are not alike are not expected, so every mask of CPUs has the same answer.
 */
#include <arch/hwprobe.h>
#include <kernel/smp/smp.h>
#include <mm/uaccess.h>
#include <syscalls.h>
#include <uapi/errno.h>

struct pair {
	s64 key;			/* in; -1 out: not known */
	u64 value;
};

static void hwprobe_answer(struct pair *p)
{
	bool known = (u64)p->key < HWPROBE_KEYS;

	p->value = known ? vdso_hwprobe[p->key] : 0;
	if (!known)
		p->key = -1;
}

/*
 * Return: 0, -EFAULT, -EINVAL: none of the CPUs that the caller means is
 * there.
 */
static int check_cpus(uaddr_t mask, unsigned long size)
{
	unsigned long word = 0;

	if (!size && !mask)
		return 0;
	if (copy_from_user(&word, mask, size < sizeof(word) ? size :
			   sizeof(word)))
		return -EFAULT;
	return word & smp_mask() ? 0 : -EINVAL;
}

long sys_riscv_hwprobe(unsigned long pairs, unsigned long n,
		       unsigned long size, unsigned long cpus, unsigned flags)
{
	int err = flags ? -EINVAL : check_cpus(cpus, size);
	struct pair p;

	for (; n && !err; n--, pairs += sizeof(p)) {
		if (copy_from_user(&p, pairs, sizeof(p)))
			return -EFAULT;
		hwprobe_answer(&p);
		if (copy_to_user(pairs, &p, sizeof(p)))
			return -EFAULT;
	}
	return err;
}
