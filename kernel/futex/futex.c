/* SPDX-License-Identifier: MIT */
/*
 * Futexes (futex(2)): sleep while a user word holds a value, wake those who
 * sleep on a word.  A word is known by where it lies: in a shared mapping by
 * file page and offset, else by address space and address.
 *
 *   key = (object, position)       futex_buckets
 *     |                            +---+
 *     |  futex_bucket_of()         | 0 |
 *     +--------------------------->| 1 |--> waiter --> waiter --> waiter
 *        a hash of the key         |...|    key A      key B      key A
 *                                  |255|      |          |
 *                                  +---+      +-- on the stacks of the tasks
 *                                                 that wait
 *
 *   waiter (wait.c)                    waker (wake.c)
 *     enters its bucket                  its program changes the word
 *     fence                              fence
 *     reads the word: changed?           is anybody in the bucket?
 *       yes: leaves, EAGAIN                no: nothing to do
 *       no:  sleeps until `woken`          yes: takes out and wakes all of
 *                                               the key, under the lock
 *
 * Invariant against lost wake-ups: a waiter is in its bucket before it reads
 * the word; a waker's program changes the word before it calls.  So at least
 * one of them sees the other, the word can be read without a lock, and the
 * reading may fault and sleep.
 */
#include <kernel/futex/internal.h>
#include <kernel/futex/ops.h>
#include <lt/table.h>
#include <mm/cache/pagecache.h>
#include <mm/vm.h>
#include <syscalls.h>

struct futex_bucket futex_buckets[FUTEX_BUCKETS];

void futex_init(void)
{
	for (unsigned i = 0; i < FUTEX_BUCKETS; i++) {
		spin_init(&futex_buckets[i].lock, "futex", IPL_HIGH);
		list_init(&futex_buckets[i].waiters);
	}
}

/* ---- keys ---------------------------------------------------------------- */

/*
 * The number of a mapping.  A waiter holds no reference to its mapping, so a
 * new mapping may come to lie at the same address, but never with the same
 * number.
 */
static unsigned long mapping_id(struct mapping *m)
{
	static unsigned long last;	/* atomic */
	unsigned long id = READ_ONCE(m->futex_id), unset = 0;

	if (id)
		return id;
	while (!id)			/* it may wrap in 32 bits */
		id = __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);
	if (__atomic_compare_exchange_n(&m->futex_id, &unset, id, false,
					__ATOMIC_RELAXED, __ATOMIC_RELAXED))
		return id;
	return unset;			/* another was faster */
}

static int fault_in(uaddr_t at)
{
	u32 found;

	return arch_user_load32(&found, at);
}

/*
 * A word in a shared VMA is known by the page of the object behind it, in any
 * other VMA by its address.  As on Linux, private memory that nobody can change
 * is no place for a shared word; nor is a page that cannot be there, such as
 * one behind the end of a file.
 */
int futex_key_shared(struct futex_key *k, uaddr_t at)
{
	struct vm_space *s = current->space;
	int err = -EFAULT;
	struct vma *v;
	bool there;

	rw_read_lock(&s->lock);
	v = vm_find(s, at);
	if (!v || v->start > at)
		goto out;
	if (!v->mapping) {
		if (likely(v->prot & MAP_W))
			err = 0;
		goto out;
	}
	if (!(v->prot & (MAP_R | MAP_W)))
		goto out;
	if (v->flags & VM_SHARED) {
		k->object = v->mapping;
		k->id = mapping_id(v->mapping);
		k->at = at - v->start + (v->pgoff << PAGE_SHIFT);
	}
	/*
	 * A look at the tables instead of a load, which is dear where a
	 * machine forgets its translations at each access (QEMU's riscv64).
	 */
	there = vm_page_is_there(s, at);
	rw_read_unlock(&s->lock);
	return there ? 0 : fault_in(at);
out:
	rw_read_unlock(&s->lock);
	return err;
}

/* ---- the system call ----------------------------------------------------- */

/* Operations of extension futexes; all others are unknown. */
static __noinline long futex_other_op(const struct futex_call *c)
{
	return futex_ops ? futex_ops->other_op(c) : -ENOSYS;
}

/*
 * A choice of clock is unknown for an operation without a timeout.  word:
 * timeouts have 32 bits.
 */
static __inlined long do_futex(uaddr_t addr, int op, unsigned val,
			       uaddr_t timeout, uaddr_t addr2, unsigned val3,
			       bool word)
{
	bool private = op & FUTEX_PRIVATE;

	switch ((unsigned)op & ~FUTEX_PRIVATE) {
	case FUTEX_WAIT:
	case FUTEX_WAIT | FUTEX_CLOCK_REALTIME:
	case FUTEX_WAIT_BITSET:
	case FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME:
		return futex_wait_timed(addr, op, val, timeout, val3,
					word);
	case FUTEX_WAKE:
		return futex_wake(addr, private, val, FUTEX_BITSET_ANY);
	case FUTEX_WAKE_BITSET:
		return futex_wake(addr, private, val, val3);
	}
	return futex_other_op(&(struct futex_call){ addr, addr2, op, val, val3,
						    timeout, word });
}

long sys_futex(uaddr_t addr, int op, unsigned val, uaddr_t timeout,
	       uaddr_t addr2, unsigned val3)
{
	return do_futex(addr, op, val, timeout, addr2, val3, false);
}

long sys_futex_time32(uaddr_t addr, int op, unsigned val, uaddr_t timeout,
		      uaddr_t addr2, unsigned val3)
{
	return do_futex(addr, op, val, timeout, addr2, val3, true);
}
