/* SPDX-License-Identifier: MIT */
/*
 * riscv_hwprobe(2): what the processors can do, by key (row B3).  Harts that
 * are not alike are not expected, so every mask of CPUs has the same answer.
 */
#include <arch/hwprobe.h>
#include <arch/sbi.h>
#include <arch/syscall.h>
#include <kernel/smp.h>
#include <lt/arch.h>
#include <mm/uaccess.h>
#include <uapi/errno.h>

enum { KEY_VENDOR, KEY_ARCHITECTURE, KEY_IMPLEMENTATION, KEY_BASE,
       KEY_EXTENSIONS, KEY_PERFORMANCE };
#define SBI_BASE_VENDOR		4	/* the first of three, as the keys */
#define BASE_IMA		1
#define EXTENSIONS_FD_C		3	/* float and double; compressed */

struct pair {
	s64 key;			/* in; -1 out: not known */
	u64 value;
};

void hwprobe_init(void)
{
	for (unsigned k = KEY_VENDOR; k <= KEY_IMPLEMENTATION; k++)
		vdso_hwprobe[k] = (u64)sbi_call(SBI_BASE, SBI_BASE_VENDOR + k,
						0, 0).value;
	vdso_hwprobe[KEY_BASE] = BASE_IMA;
	vdso_hwprobe[KEY_EXTENSIONS] = EXTENSIONS_FD_C;
	vdso_hwprobe[KEY_PERFORMANCE] = 0;	/* misaligned: unknown */
}

static void answer(struct pair *p)
{
	bool known = (u64)p->key < HWPROBE_KEYS;

	p->value = known ? vdso_hwprobe[p->key] : 0;
	if (!known)
		p->key = -1;
}

/* => 0, -EFAULT, -EINVAL: none of the CPUs that the caller means is there */
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
		answer(&p);
		if (copy_to_user(pairs, &p, sizeof(p)))
			return -EFAULT;
	}
	return err;
}
