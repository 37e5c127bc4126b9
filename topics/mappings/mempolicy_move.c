/* SPDX-License-Identifier: MIT */
/*
 * move_pages(2), migrate_pages(2): move pages of a process to other nodes.  All
 * pages are on node 0 and stay there.  The calls report where pages are, and
 * refuse nodes that do not exist.
 */
#include "mempolicy.h"
#include <kernel/cred/cred.h>
#include <kernel/task/task.h>
#include <kernel/process/process.h>
#include <mm/tables/pt.h>
#include <mm/uaccess.h>
#include <mm/untagged.h>
#include <mm/vm.h>
#include <syscalls.h>

#define TOLD	16ul		/* addresses read at a time */

/*
 * Find the address space of task pid (0: current), if current may inspect it.
 * Return: 0; -ESRCH, -EPERM.  *out: the space, which the caller must release
 * with vm_space_put(); NULL if the task has none.
 */
static int mempolicy_move_space_of(int pid, struct vm_space **out)
{
	int err = -ESRCH;
	struct task *t;

	*out = NULL;
	spin_lock(&tree_lock);
	t = pid ? task_find(pid) : current;
	if (t) {
		err = task_may_access_locked(t, true, false) ? 0 : -EPERM;
		if (!err && vm_space_get_live(t->space))
			*out = t->space;
	}
	spin_unlock(&tree_lock);
	return err;
}

/*
 * Return: the node of the page; -ENOENT: no page; -EFAULT: no VMA, or a special
 * page.
 */
static int node_of(struct vm_space *s, uaddr_t at)
{
	unsigned level = 0;
	int node = -EFAULT;
	struct vma *v;
	pte_t *slot, e;

	rw_read_lock(&s->lock);
	v = vm_find(s, at);
	if (v && at >= v->start) {
		node = -ENOENT;
		spin_lock(&s->pt_lock);
		slot = pt_walk(s->root, at, &level, PT_READ);
		e = slot ? pte_read(slot) : (pte_t){ 0 };
		/* the shared zero page has no node */
		if (slot && pte_present(e))
			node = pte_soft(e) & PTE_SPECIAL ? -EFAULT : 0;
		spin_unlock(&s->pt_lock);
	}
	rw_read_unlock(&s->lock);
	return node;
}

/* Report where page i is; refuse a target node other than 0. */
static int mempolicy_move_one(struct vm_space *s, unsigned long i,
			      uaddr_t pages, uaddr_t nodes, uaddr_t status)
{
	unsigned word = policy_word();
	uaddr_t at = 0;
	int node;

	if (copy_from_user(&at, pages + i * word, word) ||
	    get_user(&node, nodes + i * sizeof(node)))
		return -EFAULT;
	if (node)
		return -ENODEV;
	node = node_of(s, vm_untagged(at));
	return put_user(node, status + i * sizeof(node));
}

/*
 * Report where n pages are, at most TOLD, starting with page i.  If one address
 * cannot be read none is reported, as on Linux.
 */
static int tell_some(struct vm_space *s, unsigned long i, unsigned n,
		     uaddr_t pages, uaddr_t status)
{
	unsigned word = policy_word();
	union { u64 wide[TOLD]; u32 narrow[TOLD]; } at;
	int node[TOLD];

	if (copy_from_user(&at, pages + i * word, n * word))
		return -EFAULT;
	for (unsigned k = 0; k < n; k++)
		node[k] = node_of(s, vm_untagged(word == sizeof(u32) ?
				  at.narrow[k] : (uaddr_t)at.wide[k]));
	return copy_to_user(status + i * sizeof(int), node, n * sizeof(int));
}

static int move_or_tell(struct vm_space *s, unsigned long n, uaddr_t pages,
		    uaddr_t nodes, uaddr_t status)
{
	unsigned long done = 0;
	int err = 0;

	while (!err && done < n) {
		unsigned some = nodes ? 1 : (unsigned)min(n - done, TOLD);

		/* the list can be as large as the address space */
		if (signal_pending_fatal())
			return -EINTR;
		err = nodes ? mempolicy_move_one(s, done, pages, nodes,
						 status) :
			      tell_some(s, done, some, pages, status);
		done += some;
	}
	return err;
}

long sys_move_pages(int pid, unsigned long n, uaddr_t pages, uaddr_t nodes,
		    uaddr_t status, int flags)
{
	struct vm_space *s;
	int err;

	if (flags & ~(MPOL_MF_MOVE | MPOL_MF_MOVE_ALL))
		return -EINVAL;
	if (flags & MPOL_MF_MOVE_ALL && !capable(CAP_SYS_NICE))
		return -EPERM;
	err = mempolicy_move_space_of(pid, &s);
	if (err)
		return err;
	if (!s)
		return -EINVAL;
	err = move_or_tell(s, n, pages, nodes, status);
	vm_space_put(s);
	return err;
}

long sys_migrate_pages(int pid, unsigned long n, uaddr_t from, uaddr_t to)
{
	unsigned old, new;
	struct vm_space *s;
	int err = policy_get_nodes(&old, from, n);

	if (!err)
		err = policy_get_nodes(&new, to, n);
	if (!err)
		err = mempolicy_move_space_of(pid, &s);
	if (err)
		return err;
	if (new & ~1u && !capable(CAP_SYS_NICE))
		err = -EPERM;
	else if (!(new & 1) || !s)
		err = -EINVAL;
	if (s)
		vm_space_put(s);
	return err;
}
