/* SPDX-License-Identifier: MIT */
/*
 * Kin (row D11): the spaces that forks have made of one, in a ring.
 *
 *	exec         fork            fork          the second exits
 *	 +-+      +-+   +-+      +-+ +-+ +-+       +-+   +-+
 *	 |1|      |1|<->|2|      |1| |3| |2|       |1|<->|3|
 *	 +-+      +-+   +-+      +-+ +-+ +-+       +-+   +-+
 *
 * Only fork lets spaces share anonymous pages, and it leaves each page at its
 * address.  So a page and the address of one mapping lead to the others, by one
 * look in each of the kin.  Nothing is recorded for a page.
 *
 * Invariant: a space is in the ring of its kin until its last user has gone.  A
 * new child comes right after its parent.  So whoever goes round meets each
 * space that a fork makes of one not yet visited.
 */
#include <mm/vm.h>

static struct spinlock kin_lock = SPIN_INIT("kin", IPL_SOFT);

void vm_join_kin(struct vm_space *child, struct vm_space *parent)
{
	spin_lock(&kin_lock);
	list_push(&parent->kin, &child->kin);
	spin_unlock(&kin_lock);
}

void vm_leave_kin(struct vm_space *s)
{
	spin_lock(&kin_lock);
	list_remove(&s->kin);
	spin_unlock(&kin_lock);
}

/* A space without users is about to leave the ring, and is passed over. */
struct vm_space *vm_next_kin(struct vm_space *first, struct vm_space *at)
{
	struct vm_space *next = at;

	spin_lock(&kin_lock);
	do
		next = container_of(next->kin.next, struct vm_space, kin);
	while (next != first && !ref_try_get(&next->users));
	spin_unlock(&kin_lock);
	if (at != first)
		vm_space_put(at);
	return next == first ? NULL : next;
}
