/* SPDX-License-Identifier: MIT */
/*
 * riscv_hwprobe(2): features of the processors, by key (row B3).  All harts are
 * assumed to be equal, so the answer does not depend on the CPU mask.
 */
#include <arch/hwprobe.h>
#include <kernel/smp/smp.h>
#include <mm/uaccess.h>
#include <syscalls.h>
#include <uapi/errno.h>

struct pair {
	s64 key;			/* in: key; out: -1 if unknown */
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
 * Check that the mask contains an existing CPU.
 * Return: 0, -EFAULT; -EINVAL: the mask contains no existing CPU.
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
