/* SPDX-License-Identifier: MIT */
/*
 * Memory that is committed in superpages, independent of the settings for
 * transparent ones (row D4).  The VMAs of such memory may be split only
 * between superpages.
 */
#include <topics/superpages/hugepage.h>
#include "remote_vm.h"
#include <lt/init.h>

static int large_may_split(const struct vma *v, uaddr_t at)
{
	return IS_ALIGNED(at, HUGE_SIZE) ? 0 : -EINVAL;
}

static int large_fault(struct vma *v, uaddr_t at)
{
	switch (huge_make(v, ALIGN_DOWN(at, HUGE_SIZE), true)) {
	case 0:
		return VM_FAULT_OK;
	case -ENOMEM:
		return VM_FAULT_OOM;
	}
	return -1;
}

static const char *large_name(struct vma *v)
{
	return "[committed large]";
}

static unsigned long large_pagesize(const struct vma *v)
{
	return HUGE_SIZE;
}

static const struct vma_ops large_ops = {
	.may_split = large_may_split,
	.huge_fault = large_fault,
	.name = large_name,
	.pagesize = large_pagesize,
};

static void large_init(void)
{
	if (huge_enabled)
		remote_vm_large = &large_ops;
}
INIT(task, large_init);
