/* SPDX-License-Identifier: MIT */
/*
 * A memory policy in ten bits, of which the node at which a page lies is no
 * part: there is one.
 *
 *   9        6 5        3 2      0
 *   | nodes   | flags    | mode |	0: none, the default
 *
 * nodes: those that get_mempolicy(2) tells: with a flag as they were asked
 * for, else node 0 or, of a local policy, none.  That of a task is its part
 * (kernel/task/part.h), that of a VMA lies in its flags, so that VMAs with the same
 * merge, and are copied with it; an object may keep them instead, for all who
 * map it (vma_ops.set_policy).
 */
#ifndef TOPICS_MAPPINGS_MEMPOLICY_H
#define TOPICS_MAPPINGS_MEMPOLICY_H

#include <kernel/current.h>
#include <mm/vm.h>

enum mempolicy_mode {
	MPOL_DEFAULT, MPOL_PREFERRED, MPOL_BIND, MPOL_INTERLEAVE, MPOL_LOCAL,
	MPOL_PREFERRED_MANY, MPOL_WEIGHTED_INTERLEAVE, MPOL_MODES,
};

/* With a mode, in set_mempolicy(2) and mbind(2). */
#define MPOL_F_STATIC_NODES	(1 << 15)
#define MPOL_F_RELATIVE_NODES	(1 << 14)
#define MPOL_F_NUMA_BALANCING	(1 << 13)
#define MPOL_FLAGS_SHIFT	13
#define MPOL_MODE_FLAGS		(7 << MPOL_FLAGS_SHIFT)

/* What to do about pages that lie elsewhere: mbind(2), move_pages(2). */
#define MPOL_MF_STRICT		1
#define MPOL_MF_MOVE		2
#define MPOL_MF_MOVE_ALL	4

#define POLICY_NODES		4	/* as Debian's Linux for riscv64 */
#define POLICY_VM_SHIFT		22	/* of VM_POLICY */

static inline unsigned policy_pack(unsigned mode, unsigned flags,
				   unsigned nodes)
{
	return mode | flags >> MPOL_FLAGS_SHIFT << 3 | nodes << 6;
}
static inline unsigned policy_mode(unsigned policy)
{
	return policy & 7;
}
static inline unsigned policy_flags(unsigned policy)
{
	return (policy >> 3 & 7) << MPOL_FLAGS_SHIFT;
}
static inline unsigned policy_nodes(unsigned policy)
{
	return policy >> 6;
}

/* Bytes of a word of current's program: of a mask, of an address. */
static inline unsigned policy_word(void)
{
	return vm_is_narrow(current->space) ? sizeof(u32) : sizeof(long);
}

/*
 * A mask of nodes, n - 1 bits of it, as Linux reads it.
 * Return: 0, -EINVAL (it has nodes that there cannot be), -EFAULT.
 */
int policy_get_nodes(unsigned *nodes, uaddr_t mask, unsigned long n);

struct task;
unsigned policy_of_task(struct task *t);

/* Context: [v->space->lock], shared is enough. */
struct vma;
unsigned policy_of_vma(struct vma *v, uaddr_t at);

#endif
