/* SPDX-License-Identifier: MIT */
/*
 * Robust futexes (futex(2), set_robust_list(2)): a list in user space of the
 * locks that a thread holds.  When the thread ends, each lock is marked as
 * orphaned and one of its waiters is woken.  The list is not trusted: any
 * pointer may be wrong, so the walk is bounded and stops at the first fault.
 */
#include "ops.h"
#include <kernel/cred/cred.h>
#include <kernel/process/process.h>
#include <mm/uaccess.h>
#include <syscalls.h>

#define FUTEX_WAKE		1
#define FUTEX_TID_MASK		0x3fffffffu
#define FUTEX_OWNER_DIED	0x40000000u
#define FUTEX_WAITERS		0x80000000u
#define ENTRIES_MAX		2048
#define ENTRY_PI		1ul	/* low bit of a pointer: a PI futex */

struct robust_head {
	unsigned long first;		/* struct robust_list: next */
	/* distance from an entry to its futex word */
	long offset;
	unsigned long pending;		/* a lock being taken or released */
};

/*
 * Return: the size of a pointer in t's list, from the size that t gave for the
 * head.
 */
static unsigned pointer_size(const struct task *t)
{
	return futex_fields(t)->robust_len / 3;
}

static int get_pointer(const struct task *t, uaddr_t at, uaddr_t *out)
{
	*out = 0;
	return copy_from_user(out, at, pointer_size(t));
}

static int get_head(const struct task *t, struct robust_head *h)
{
	const struct futex_fields *f = futex_fields(t);
	union {
		struct robust_head wide;
		u32 narrow[3];
	} u;

	if (copy_from_user(&u, f->robust_list, f->robust_len))
		return -EFAULT;
	if (f->robust_len == sizeof(u.wide))
		*h = u.wide;
	else
		*h = (struct robust_head){ u.narrow[0], (s32)u.narrow[1],
					   u.narrow[2] };
	return 0;
}

/*
 * Orphan one lock: if its word still contains tid, replace the number by
 * FUTEX_OWNER_DIED.  This is a compare-and-exchange, because waiters may set
 * their bit meanwhile.  pi: the lock was already handed to its waiters, if any
 * (pi_chain.c).
 * Return: false: stop the walk.
 */
static bool robust_orphan_lock(uaddr_t at, int tid, bool pi, bool pending)
{
	u32 word, new, found;

	if ((at & 3) || !user_range_ok(at, 4) || arch_user_load32(&word, at))
		return false;
	/* Released just now, but its waiters have not been woken yet. */
	if (pending && !pi && !(word & FUTEX_TID_MASK)) {
		sys_futex(at, FUTEX_WAKE, 1, 0, 0, 0);
		return true;
	}
	while ((word & FUTEX_TID_MASK) == (u32)tid) {
		new = (word & FUTEX_WAITERS) | FUTEX_OWNER_DIED;
		if (arch_user_cmpxchg32(at, word, new, &found))
			return false;
		if (found != word) {
			word = found;
			continue;
		}
		if (!pi && (word & FUTEX_WAITERS))
			sys_futex(at, FUTEX_WAKE, 1, 0, 0, 0);
		break;
	}
	return true;
}

/*
 * Walk the list.  `pending` is the lock that was being taken or released: its
 * word may or may not contain tid, and it may or may not be on the list.  So it
 * is handled once, at the end.
 */
void robust_exit(struct task *t)
{
	struct futex_fields *f = futex_fields(t);
	uaddr_t head = f->robust_list, entry, next, pending;
	struct robust_head h;
	int err;

	if (!head)
		return;
	err = get_head(t, &h);
	f->robust_list = 0;
	if (err)
		return;
	pending = h.pending & ~ENTRY_PI;
	entry = h.first;
	for (int i = 0; (entry & ~ENTRY_PI) != head && i < ENTRIES_MAX; i++) {
		uaddr_t at = entry & ~ENTRY_PI;
		/* Read the next pointer before a waiter may free the entry. */
		bool last = get_pointer(t, at, &next);

		if (at != pending &&
		    !robust_orphan_lock(at + h.offset, t->vtid,
					entry & ENTRY_PI, false))
			return;
		if (last)
			return;
		entry = next;
		cond_resched();
	}
	if (h.pending)
		robust_orphan_lock(pending + h.offset, t->vtid,
				   h.pending & ENTRY_PI, true);
}

void robust_set(uaddr_t head, unsigned len)
{
	struct futex_fields *f = futex_fields(current);

	f->robust_list = head;
	f->robust_len = len;
}

/*
 * Set the list.  Fails only for a wrong size: the list itself is not read
 * before exit.
 */
long sys_set_robust_list(uaddr_t head, unsigned long len)
{
	if (len != sizeof(struct robust_head))
		return -EINVAL;
	robust_set(head, (unsigned)len);
	return 0;
}

long sys_get_robust_list(int pid, uaddr_t head, uaddr_t len)
{
	unsigned long list = 0;
	struct task *t = current;
	int err = 0;

	spin_lock(&tree_lock);
	if (pid)
		t = task_find(pid);
	if (!t)
		err = -ESRCH;
	else if (!task_may_access_locked(t, true, false))
		err = -EPERM;
	else
		list = futex_fields(t)->robust_list;
	spin_unlock(&tree_lock);
	if (err)
		return err;
	if (put_user((unsigned long)sizeof(struct robust_head), len) ||
	    put_user(list, head))
		return -EFAULT;
	return 0;
}
