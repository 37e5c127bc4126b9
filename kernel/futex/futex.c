/* SPDX-License-Identifier: MIT */
/*
 * Futexes (futex(2)): sleep while a user word holds a value, and wake tasks
 * that sleep on a word.  The key of a word is its place: in a shared mapping
 * the file position, else the address space and the address.
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
 * the word, and the waker's program changes the word before the system call.
 * So at least one of the two sees the other.  The word can therefore be read
 * without a lock, and the read may fault and sleep.
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
 * Return: a unique number for m, assigned at the first call.  A waiter holds no
 * reference to its mapping, so a new struct mapping may get the same address,
 * but never the same number.
 */
static unsigned long mapping_id(struct mapping *m)
{
	static unsigned long last;	/* atomic */
	unsigned long id = READ_ONCE(m->futex_id), unset = 0;

	if (id)
		return id;
	while (!id)			/* skip 0 after a 32-bit wrap */
		id = __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);
	if (__atomic_compare_exchange_n(&m->futex_id, &unset, id, false,
					__ATOMIC_RELAXED, __ATOMIC_RELAXED))
		return id;
	return unset;			/* another task set it first */
}

static int fault_in(uaddr_t at)
{
	u32 found;

	return arch_user_load32(&found, at);
}

/*
 * The key of a word in a shared VMA, or in a private one of a file that is not
 * writable, is its position in the mapped object; the key in any other VMA is
 * its address, with a bit that no private futex has.  As on Linux, a shared
 * futex must not be in read-only private memory, nor in a page that no access
 * could map, such as one past the end of a file.
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
		k->at |= FUTEX_UNPROMISED;
		goto out;
	}
	if (!(v->prot & (MAP_R | MAP_W)))
		goto out;
	if (v->flags & VM_SHARED || !(v->prot & MAP_W)) {
		if (!(v->flags & VM_SHARED) && vm_page_is_private(s, at))
			goto out;
		k->object = v->mapping;
		k->id = mapping_id(v->mapping);
		k->at = at - v->start + (v->pgoff << PAGE_SHIFT);
	} else {
		k->at |= FUTEX_UNPROMISED;
	}
	/*
	 * Look into the page tables instead of loading the word: a load is
	 * slow on machines that lose their translations at each user access,
	 * as some emulated ones do.
	 */
	there = vm_page_is_there(s, at);
	rw_read_unlock(&s->lock);
	return there ? 0 : fault_in(at);
out:
	rw_read_unlock(&s->lock);
	return err;
}

/* ---- the system call ----------------------------------------------------- */

/* Pass on operations that the extension futexes may implement. */
static __noinline long futex_other_op(const struct futex_call *c)
{
	return futex_ops ? futex_ops->other_op(c) : -ENOSYS;
}

/*
 * Perform a futex operation.  FUTEX_CLOCK_REALTIME is an error for an operation
 * without a timeout.  word: the timeout has 32-bit fields.
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
