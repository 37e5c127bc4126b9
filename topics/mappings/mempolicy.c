/* SPDX-License-Identifier: MIT */
/*
 * Memory policy on a machine with one node (row D4): set_mempolicy(2),
 * get_mempolicy(2), mbind(2).  Whatever a policy asks for, pages come from node
 * 0.  So these calls only refuse policies that could not be obeyed, and
 * remember the others: for a task, for a part of its memory, or in a segment
 * that several processes map.
 */
#include "mempolicy.h"
#include <kernel/cred/cred.h>
#include <kernel/task/part.h>
#include <mm/uaccess.h>
#include <mm/space/vm_change.h>
#include <mm/untagged.h>
#include <mm/vma.h>
#include <syscalls.h>

/* Flags of get_mempolicy(2). */
#define MPOL_F_NODE		1
#define MPOL_F_ADDR		2
#define MPOL_F_MEMS_ALLOWED	4

#define WORD_BITS		(8ul * sizeof(long))

/* ---- a task's ------------------------------------------------------------ */

static unsigned policy_at;

/*
 * Return the policy of t.  The task's part is the value itself, not a pointer;
 * 0: no policy is set.
 */
unsigned policy_of_task(struct task *t)
{
	return (unsigned)(unsigned long)READ_ONCE(*task_slot(t, policy_at));
}

static void set_own(struct task *t, unsigned policy)
{
	WRITE_ONCE(*task_slot(t, policy_at), (void *)(unsigned long)policy);
}

static int copy_policy(struct task *child, u64 flags __unused)
{
	set_own(child, policy_of_task(current));
	return 0;
}

static const struct task_part part[] __table(task_part) = {
	{ .at = &policy_at, .copy = copy_policy },
};

/* ---- masks of nodes ------------------------------------------------------ */

/*
 * Read the 64-bit word of a mask that contains bit n - 1, and keep its low
 * `bits` bits.  For a 32-bit program this is one or two words, low first.
 */
static int get_word(unsigned long *word, uaddr_t mask, unsigned long n,
		    unsigned long bits)
{
	*word = 0;
	if (copy_from_user(word, mask + (n - 1) / WORD_BITS * sizeof(long),
			   bits <= 32 ? policy_word() : sizeof(long)))
		return -EFAULT;
	if (bits % WORD_BITS)
		*word &= (1ul << bits % WORD_BITS) - 1;
	return 0;
}

/*
 * Read a mask of nodes.  Bits past the last possible node must be zero.  Linux
 * checks them from the end, a word at a time, even if the mask ends within a
 * word: a few bits are checked twice or not at all.
 */
int policy_get_nodes(unsigned *nodes, uaddr_t mask, unsigned long n)
{
	unsigned long word, bits;
	int err;

	*nodes = 0;
	if (!--n || !mask)
		return 0;
	if (n > PAGE_SIZE * 8)
		return -EINVAL;
	while (n > POLICY_NODES) {
		bits = min(n, WORD_BITS);
		err = get_word(&word, mask, n, bits);
		if (err)
			return err;
		if (n - bits >= POLICY_NODES) {
			n -= bits;
		} else {
			n = POLICY_NODES;
			word &= ~((1ul << POLICY_NODES) - 1);
		}
		if (word)
			return -EINVAL;
	}
	err = get_word(&word, mask, n, n);
	*nodes = (unsigned)word;
	return err;
}

/*
 * Write a mask of nodes.  Linux writes a whole word to a 32-bit program, even
 * if it asks for no bits.
 */
static int put_nodes(uaddr_t mask, unsigned long n, unsigned long nodes)
{
	unsigned long bytes = ALIGN_UP(n - 1, 64ul) / 8;
	unsigned word = policy_word();

	if (bytes > PAGE_SIZE)
		return -EINVAL;
	if (bytes > word && clear_user(mask + word, bytes - word))
		return -EFAULT;
	if (bytes > word || word < sizeof(nodes))
		bytes = word;
	return copy_to_user(mask, &nodes, bytes);
}

/* ---- what is asked for --------------------------------------------------- */

struct wish {
	unsigned mode, flags, nodes;
};

static int get_wish(struct wish *w, int mode, uaddr_t mask, unsigned long n)
{
	w->flags = (unsigned)mode & MPOL_MODE_FLAGS;
	w->mode = (unsigned)mode & ~(unsigned)MPOL_MODE_FLAGS;
	if (w->mode >= MPOL_MODES)
		return -EINVAL;
	if (w->flags & MPOL_F_STATIC_NODES && w->flags & MPOL_F_RELATIVE_NODES)
		return -EINVAL;
	if (w->flags & MPOL_F_NUMA_BALANCING && w->mode != MPOL_BIND &&
	    w->mode != MPOL_PREFERRED_MANY)
		return -EINVAL;
	return policy_get_nodes(&w->nodes, mask, n);
}

/*
 * Make a policy from the arguments.  Relative nodes wrap around among the
 * existing nodes, so any are valid.
 */
static int make_policy(const struct wish *w, unsigned *policy)
{
	unsigned chosen = w->flags & (MPOL_F_STATIC_NODES |
				      MPOL_F_RELATIVE_NODES);

	*policy = 0;
	if (w->mode == MPOL_DEFAULT)
		return w->nodes ? -EINVAL : 0;
	if (w->mode == MPOL_LOCAL || (w->mode == MPOL_PREFERRED && !w->nodes)) {
		*policy = policy_pack(MPOL_LOCAL, w->flags, 0);
		return w->nodes || chosen ? -EINVAL : 0;
	}
	if (!w->nodes)
		return -EINVAL;
	if (!(w->nodes & 1) && !(w->flags & MPOL_F_RELATIVE_NODES))
		return -EINVAL;
	*policy = policy_pack(w->mode, w->flags, w->flags ? w->nodes : 1);
	return 0;
}

long sys_set_mempolicy(int mode, uaddr_t mask, unsigned long n)
{
	unsigned policy = 0;
	struct wish w;
	int err = get_wish(&w, mode, mask, n);

	if (!err)
		err = make_policy(&w, &policy);
	if (!err)
		set_own(current, policy);
	return err;
}

/* ---- mbind --------------------------------------------------------------- */

unsigned policy_of_vma(struct vma *v, uaddr_t at)
{
	if (v->ops && v->ops->get_policy)
		return v->ops->get_policy(v, vma_index(v, at));
	return (v->flags & VM_POLICY) >> POLICY_VM_SHIFT;
}

static void note_page(void *arg, vaddr_t va __unused, unsigned level __unused,
		      pte_t *slot)
{
	if (!(pte_soft(pte_read(slot)) & PTE_SPECIAL))
		*(bool *)arg = true;
}

/* True if pages are mapped in [at, end).  Context: [s->lock]. */
static bool mempolicy_has_pages(struct vm_space *s, uaddr_t at, uaddr_t end)
{
	bool found = false;

	spin_lock(&s->pt_lock);
	pt_each(s->root, at, end, note_page, &found);
	spin_unlock(&s->pt_lock);
	return found;
}

/*
 * Check the range of mbind(2).  Holes are allowed if the default policy is set,
 * but the range must not be empty.  All pages are on node 0: with
 * MPOL_MF_STRICT, node 0 must be among the nodes asked for.
 * Context: [s->lock].
 */
static int mempolicy_check_range(struct vm_space *s, uaddr_t at, uaddr_t end,
				 const struct wish *w, unsigned flags)
{
	struct vma *v = vm_find(s, at);

	if (!v || v->start >= end)
		return -EFAULT;
	if (w->mode == MPOL_DEFAULT)
		return 0;
	if (!vm_covered(s, at, end))
		return -EFAULT;
	return flags == MPOL_MF_STRICT && !(w->nodes & 1) &&
		mempolicy_has_pages(s, at, end) ? -EIO : 0;
}

/*
 * Set the policy of a VMA, or a part of it.  A VMA that has the policy already
 * is skipped even if its object has another policy, as on Linux.
 */
static int mempolicy_set_one(struct vma *v, uaddr_t at, uaddr_t end,
			     unsigned policy)
{
	unsigned bits = policy << POLICY_VM_SHIFT;
	struct vm_change c = { .set = bits, .clear = VM_POLICY & ~bits };
	struct vm_space *s = v->space;
	int err;

	if ((v->flags & VM_POLICY) == bits)
		return 0;
	err = vm_change_range(s, at, end, &c);
	if (err)
		return err;
	v = vm_find(s, at);	/* the VMA may have been split or merged */
	return v->ops && v->ops->set_policy ? v->ops->set_policy(v, policy) : 0;
}

/* Set the policy of all VMAs in the range.  Context: [s->lock] for writing. */
static int set_range(struct vm_space *s, uaddr_t at, uaddr_t end,
		     unsigned policy)
{
	struct vma *v;
	int err = 0;

	while (!err && at < end) {
		uaddr_t stop;

		v = vm_find(s, at);
		if (!v || v->start >= end)
			break;
		at = max(at, v->start);
		stop = min(end, v->end);
		err = mempolicy_set_one(v, at, stop, policy);
		at = stop;
	}
	return err;
}

long sys_mbind(uaddr_t at, unsigned long len, unsigned long mode, uaddr_t mask,
	       unsigned long n, unsigned flags)
{
	struct vm_space *s = current->space;
	unsigned policy;
	uaddr_t end;
	struct wish w;
	int err = get_wish(&w, (int)mode, mask, n);

	if (err)
		return err;
	if (flags & ~(MPOL_MF_STRICT | MPOL_MF_MOVE | MPOL_MF_MOVE_ALL))
		return -EINVAL;
	if (flags & MPOL_MF_MOVE_ALL && !capable(CAP_SYS_NICE))
		return -EPERM;
	at = vm_untagged(at);
	end = at + ALIGN_UP(len, PAGE_SIZE);
	if (at & ~PAGE_MASK || end < at)
		return -EINVAL;
	if (end == at)
		return 0;
	err = make_policy(&w, &policy);
	if (err)
		return err;
	rw_write_lock(&s->lock);
	err = mempolicy_check_range(s, at, end, &w, flags);
	if (!err)
		err = set_range(s, at, end, policy);
	rw_write_unlock(&s->lock);
	return err;
}

/* ---- get_mempolicy ------------------------------------------------------- */

/* Fault in the page at an address, and return its node. */
static int node_at(struct vm_space *s, uaddr_t at)
{
	struct page *p;
	int err = -EFAULT;

	if (vm_may_access(s, at, MAP_R))
		err = vm_get_page(s, at, false, &p);
	if (!err)
		page_put(p);
	return err;
}

static int policy_at_address(struct vm_space *s, uaddr_t at, unsigned *policy)
{
	struct vma *v;
	int err = -EFAULT;

	rw_read_lock(&s->lock);
	v = vm_find(s, at);
	if (v && at >= v->start) {
		*policy = policy_of_vma(v, at);
		err = 0;
	}
	rw_read_unlock(&s->lock);
	return err;
}

/* Return: what get_mempolicy(2) stores as the mode, or -errno. */
static int mempolicy_look(uaddr_t at, unsigned long flags, unsigned *policy)
{
	unsigned mode;
	int err = 0;

	*policy = policy_of_task(current);
	if (flags & MPOL_F_ADDR)
		err = policy_at_address(current->space, at, policy);
	else if (at)
		err = -EINVAL;
	if (err)
		return err;
	mode = policy_mode(*policy);
	if (!(flags & MPOL_F_NODE))
		return (int)(mode | policy_flags(*policy));
	if (flags & MPOL_F_ADDR)
		return node_at(current->space, at);
	return mode == MPOL_INTERLEAVE || mode == MPOL_WEIGHTED_INTERLEAVE ?
		0 : -EINVAL;
}

long sys_get_mempolicy(uaddr_t to_mode, uaddr_t mask, unsigned long n,
		       uaddr_t at, unsigned long flags)
{
	unsigned policy = policy_pack(MPOL_DEFAULT, 0, 1);
	int mode = 0;

	if (mask && !n)
		return -EINVAL;
	if (flags & ~(unsigned long)(MPOL_F_NODE | MPOL_F_ADDR |
				     MPOL_F_MEMS_ALLOWED))
		return -EINVAL;
	if (!(flags & MPOL_F_MEMS_ALLOWED))
		mode = mempolicy_look(vm_untagged(at), flags, &policy);
	else if (flags != MPOL_F_MEMS_ALLOWED)
		mode = -EINVAL;
	if (mode < 0)
		return mode;
	if (to_mode && put_user(mode, to_mode))
		return -EFAULT;
	return mask ? put_nodes(mask, n, policy_nodes(policy)) : 0;
}
