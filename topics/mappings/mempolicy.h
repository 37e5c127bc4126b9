/* SPDX-License-Identifier: MIT */
/*
 * A memory policy in ten bits.  The node of a page is not part of it, because
 * there is only one node.
 *
 *  9        6 5        3 2      0
 *  | nodes   | flags    | mode |	0: none, the default
 *
 * nodes: what get_mempolicy(2) reports.  With a flag these are the nodes that
 * were asked for; otherwise node 0, or none for a local policy.  A task's
 * policy is stored as its part (kernel/task/part.h).  A VMA's is stored in its
 * flags, so that it is copied with the VMA, and VMAs with the same policy
 * merge.  An object may store policies itself, for all spaces that map it
 * (vma_ops.set_policy).
 */
#ifndef TOPICS_MAPPINGS_MEMPOLICY_H
#define TOPICS_MAPPINGS_MEMPOLICY_H

#include <kernel/current.h>
#include <mm/vm.h>

enum mempolicy_mode {
	MPOL_DEFAULT, MPOL_PREFERRED, MPOL_BIND, MPOL_INTERLEAVE, MPOL_LOCAL,
	MPOL_PREFERRED_MANY, MPOL_WEIGHTED_INTERLEAVE, MPOL_MODES,
};

/* Flags added to a mode, in set_mempolicy(2) and mbind(2). */
#define MPOL_F_STATIC_NODES	(1 << 15)
#define MPOL_F_RELATIVE_NODES	(1 << 14)
#define MPOL_F_NUMA_BALANCING	(1 << 13)
#define MPOL_FLAGS_SHIFT	13
#define MPOL_MODE_FLAGS		(7 << MPOL_FLAGS_SHIFT)

/* What mbind(2) and move_pages(2) do with pages on other nodes. */
#define MPOL_MF_STRICT		1
#define MPOL_MF_MOVE		2
#define MPOL_MF_MOVE_ALL	4

/* as many as in Debian's Linux where it has fewest */
#define POLICY_NODES		4
#define POLICY_VM_SHIFT		22	/* position of VM_POLICY */

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

/*
 * Return the word size of current's program in bytes, for masks and addresses.
 */
static inline unsigned policy_word(void)
{
	return vm_is_narrow(current->space) ? sizeof(u32) : sizeof(long);
}

/*
 * Read a mask of n - 1 bits, like Linux.
 * Return: 0, -EINVAL: the mask has impossible nodes; -EFAULT.
 */
int policy_get_nodes(unsigned *nodes, uaddr_t mask, unsigned long n);

struct task;
unsigned policy_of_task(struct task *t);

/*
 * Return the policy that applies at `at` in v.  Context: [v->space->lock], for
 * reading.
 */
struct vma;
unsigned policy_of_vma(struct vma *v, uaddr_t at);

#endif
