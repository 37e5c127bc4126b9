/* SPDX-License-Identifier: MIT */
/*
 * Futexes (futex(2)): sleep while a user word holds a value, wake those who
 * sleep on a word.  A word is known by where it lies: in a shared mapping by
 * file page and offset, else by address space and address.
 *
 * Invariant against lost wake-ups: a waiter is in its bucket before it reads
 * the word; a waker's program changes the word before it calls.  So the
 * reading needs no lock, and may fault and sleep.
 */
#include <kernel/futex/futex.h>
#include <kernel/task.h>
#include <kernel/time/clock.h>
#include <mm/pagecache.h>
#include <mm/slab.h>
#include <mm/uaccess.h>
#include <mm/vm.h>
#include <syscalls.h>

#define BUCKETS 256

struct key {
	const void *object;		/* vm_space or mapping */
	unsigned long at;		/* address, or file position */
	unsigned long id;		/* mapping's futex_id; 0: a vm_space */
};

struct bucket {
	struct spinlock lock;		/* IPL_HIGH */
	struct list waiters;		/* [lock] */
	unsigned nr;			/* [lock]; read without: a hint */
};

struct waiter {
	struct list link;		/* [bucket] */
	struct key key;			/* [bucket] */
	struct bucket *bucket;		/* [bucket]; requeue changes it */
	struct task *task;		/* const */
	u32 bitset;			/* const */
	bool woken;			/* [bucket] */
};

static struct bucket buckets[BUCKETS];

void futex_init(void)
{
	for (unsigned i = 0; i < BUCKETS; i++) {
		spin_init(&buckets[i].lock, "futex", IPL_HIGH);
		list_init(&buckets[i].waiters);
	}
}

/*
 * Words are 4-byte aligned, objects come from slabs: the low bits say nothing.
 * The multiplier is 2^32 divided by the golden ratio (Knuth's).
 */
static struct bucket *bucket_of(const struct key *k)
{
	unsigned long h = k->at >> 2;

	h ^= (unsigned long)k->object >> 6;
	h *= 0x9e3779b1u;
	return &buckets[h >> 8 & (BUCKETS - 1)];
}

static bool same(const struct key *a, const struct key *b)
{
	return a->at == b->at && a->object == b->object && a->id == b->id;
}

/* ---- keys ---------------------------------------------------------------- */

/*
 * The number of a mapping.  A waiter holds no reference to one, so another may
 * come to lie where its own was; but never with the same number.
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

static int word_there(uaddr_t at)
{
	u32 found;

	return arch_user_load32(&found, at);
}

/*
 * A word in a VMA that is shared: by the page of the object behind it; in any
 * other VMA: by its address.  As on Linux, private memory that nobody can
 * change is no place for a shared word; nor is a page that cannot be there, as
 * one behind the end of a file.  => 0 or -EFAULT
 */
static int shared_key(struct key *k, uaddr_t at)
{
	struct vm_space *s = current->space;
	struct vma *v;
	int err = -EFAULT;

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
	rw_read_unlock(&s->lock);
	return word_there(at);
out:
	rw_read_unlock(&s->lock);
	return err;
}

static inline int get_key(struct key *k, uaddr_t at, bool private)
{
	if (unlikely(at & 3))
		return -EINVAL;
	if (unlikely(!user_range_ok(at, 4)))
		return -EFAULT;
	k->object = current->space;
	k->at = at;
	k->id = 0;
	return private ? 0 : shared_key(k, at);
}

/* ---- waiting ------------------------------------------------------------- */

static inline void enter(struct waiter *w)
{
	struct bucket *b = bucket_of(&w->key);

	w->bucket = b;
	spin_lock(&b->lock);
	list_append(&b->waiters, &w->link);
	b->nr++;
	spin_unlock(&b->lock);
	/* seen in the bucket before the word is read: pairs with futex_wake */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* [b->lock] */
static void take_out(struct bucket *b, struct waiter *w)
{
	list_remove(&w->link);
	b->nr--;
}

/* => was it woken meanwhile? */
static inline bool leave(struct waiter *w)
{
	struct bucket *b;
	bool woken;

	/* A requeue may move us until we hold the right lock. */
	for (;;) {
		b = READ_ONCE(w->bucket);
		spin_lock(&b->lock);
		if (b == w->bucket)
			break;
		spin_unlock(&b->lock);
	}
	woken = w->woken;
	if (!woken)
		take_out(b, w);
	spin_unlock(&b->lock);
	return woken;
}

/* State, then `woken`: the waker sets `woken`, then looks at the state. */
static int sleep_on(struct waiter *w, ktime_t deadline)
{
	int err = 0;

	while (!err) {
		wait_set_state(TASK_INTERRUPTIBLE);
		if (READ_ONCE(w->woken))
			break;
		err = wait_sleep(TASK_INTERRUPTIBLE, deadline);
	}
	wait_set_running();
	return err;
}

/*
 * The word is read when we are in the bucket already: whoever changes it after
 * that finds us there.  If we were woken, that counts even beside a signal or
 * the end of time: the waker has counted us. deadline: absolute arch_clock(),
 * 0: none
 */
static int futex_wait(uaddr_t at, bool private, u32 value, u32 bitset,
		      ktime_t deadline)
{
	struct waiter w = { .task = current, .bitset = bitset };
	int err = get_key(&w.key, at, private);
	u32 found;

	if (!bitset)
		return -EINVAL;
	if (err)
		return err;
	enter(&w);
	if (arch_user_load32(&found, at))
		err = -EFAULT;
	else if (found != value)
		err = -EAGAIN;
	else
		err = sleep_on(&w, deadline);
	return leave(&w) ? 0 : err;
}

/* restart_data: address, value, bitset and privacy, deadline. */
static long futex_wait_again(struct task *t)
{
	u64 *d = t->restart_data;
	int err = futex_wait(d[0], d[2] >> 32, d[1], d[2], d[3]);

	if (err != -ERESTARTSYS)
		return err;
	t->restart = futex_wait_again;
	return -ERESTART_BLOCK;
}

/* A wait with a time limit goes on to the same moment after a signal. */
static long wait_restartable(uaddr_t at, bool private, u32 value, u32 bitset,
			     ktime_t deadline)
{
	int err = futex_wait(at, private, value, bitset, deadline);
	struct task *t = current;

	if (err != -ERESTARTSYS || !deadline)
		return err;
	t->restart_data[0] = at;
	t->restart_data[1] = value;
	t->restart_data[2] = (u64)private << 32 | bitset;
	t->restart_data[3] = deadline;
	t->restart = futex_wait_again;
	return -ERESTART_BLOCK;
}

/* FUTEX_WAIT's timeout is relative, FUTEX_WAIT_BITSET's absolute. */
static inline int get_deadline(ktime_t *deadline, uaddr_t from, int op,
			       bool word)
{
	ktime_t t, now = arch_clock();
	int err;

	*deadline = 0;
	if (!from)
		return 0;
	err = timespec_get(&t, from, word);
	if (err)
		return err;
	if ((op & FUTEX_CMD_MASK) == FUTEX_WAIT) {
		*deadline = ktime_after(now, t);
	} else if (op & FUTEX_CLOCK_REALTIME) {
		ktime_t wall = realtime_from(now);

		*deadline = t > wall ? ktime_after(now, t - wall) : 1;
	} else {
		*deadline = t ? t : 1;
	}
	return 0;
}

/* ---- on several words (futex_waitv(2)) ----------------------------------- */

#define WAITV_MAX	128
#define WAITV_SIZE	3u		/* of its flags: how large a word is */
#define WAITV_U32	2u		/* the only size there is */

struct user_waitv {
	u64 value, addr;
	u32 flags, reserved;
};

struct word_wait {
	struct waiter w;
	uaddr_t at;
	u32 value;
	bool private, beyond;		/* beyond: at is not all of it */
};

static int waitv_load(struct word_wait *v, uaddr_t from)
{
	struct user_waitv u;

	if (copy_from_user(&u, from, sizeof(u)))
		return -EFAULT;
	if (u.flags & ~(FUTEX_PRIVATE | WAITV_SIZE) || u.reserved ||
	    (u.flags & WAITV_SIZE) != WAITV_U32 || u.value >> 32)
		return -EINVAL;
	v->at = (uaddr_t)u.addr;
	v->beyond = v->at != u.addr;
	v->private = u.flags & FUTEX_PRIVATE;
	v->value = (u32)u.value;
	v->w.task = current;
	v->w.bitset = FUTEX_BITSET_ANY;
	v->w.woken = false;
	return 0;
}

/* All of them are read before the first word is looked for. */
static int waitv_load_all(struct word_wait *v, unsigned n, uaddr_t from)
{
	int err = 0;

	for (unsigned i = 0; i < n && !err; i++)
		err = waitv_load(&v[i], from + i * sizeof(struct user_waitv));
	for (unsigned i = 0; i < n && !err; i++)
		err = v[i].beyond ? -EFAULT :
			get_key(&v[i].w.key, v[i].at, v[i].private);
	return err;
}

static bool any_woken(const struct word_wait *v, unsigned n)
{
	while (n--)
		if (READ_ONCE(v[n].w.woken))
			return true;
	return false;
}

static int sleep_on_any(const struct word_wait *v, unsigned n,
			ktime_t deadline)
{
	int err = 0;

	while (!err) {
		wait_set_state(TASK_INTERRUPTIBLE);
		if (any_woken(v, n))
			break;
		err = wait_sleep(TASK_INTERRUPTIBLE, deadline);
	}
	wait_set_running();
	return err;
}

/*
 * As for one word, each waiter is in its bucket before its word is read.  A
 * wake-up of one of them counts even if another word has changed or the time
 * is over: who woke it has told its own caller so.
 * => which was woken, the last if several were; or -errno
 */
static long waitv(struct word_wait *v, unsigned n, ktime_t deadline)
{
	unsigned in = 0;
	long woken = -1;
	int err = 0;
	u32 found;

	while (in < n && !err) {
		enter(&v[in].w);
		if (arch_user_load32(&found, v[in].at))
			err = -EFAULT;
		else if (found != v[in].value)
			err = -EAGAIN;
		in++;
	}
	if (!err)
		err = sleep_on_any(v, n, deadline);
	for (unsigned i = 0; i < in; i++)
		if (leave(&v[i].w))
			woken = i;
	return woken >= 0 ? woken : err;
}

/* The time limit is absolute.  => 0 or -errno */
static int waitv_deadline(ktime_t *deadline, uaddr_t from, int clock)
{
	*deadline = 0;
	if (!from)
		return 0;
	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
		return -EINVAL;
	return get_deadline(deadline, from, clock == CLOCK_REALTIME ?
			    FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME :
			    FUTEX_WAIT_BITSET, false);
}

long sys_futex_waitv(uaddr_t waiters, unsigned n, unsigned flags,
		     uaddr_t timeout, int clock)
{
	struct word_wait *v;
	ktime_t deadline;
	long err;

	if (flags || !n || n > WAITV_MAX || !waiters)
		return -EINVAL;
	err = waitv_deadline(&deadline, timeout, clock);
	if (err)
		return err;
	v = kmalloc(n * sizeof(*v));
	if (!v)
		return -ENOMEM;
	err = waitv_load_all(v, n, waiters);
	if (!err)
		err = waitv(v, n, deadline);
	kfree(v);
	return err;
}

/* ---- waking -------------------------------------------------------------- */

/* [b->lock] */
static void wake_waiter(struct bucket *b, struct waiter *w)
{
	struct task *t = w->task;

	take_out(b, w);
	/* w may vanish as soon as its task sees this */
	__atomic_store_n(&w->woken, true, __ATOMIC_RELEASE);
	task_wake(t, WAKE_NORMAL);
}

/* [b->lock] */
static int wake_matching(struct bucket *b, const struct key *k, int max,
			 u32 bitset)
{
	struct waiter *w, *next;
	int woken = 0;

	list_for_each_safe(w, next, &b->waiters, link) {
		if (woken >= max)
			break;
		if (!same(&w->key, k) || !(w->bitset & bitset))
			continue;
		wake_waiter(b, w);
		woken++;
	}
	return woken;
}

/*
 * Nobody in the bucket is the common case, and costs no lock: the fence puts
 * the program's change of the word before the look, as enter() puts the entry
 * before the reading.
 */
static int futex_wake(uaddr_t at, bool private, int max, u32 bitset)
{
	struct bucket *b;
	struct key k;
	int err = get_key(&k, at, private), woken;

	if (!bitset)
		return -EINVAL;
	if (err)
		return err;
	b = bucket_of(&k);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!HINT(b->nr))
		return 0;
	spin_lock(&b->lock);
	woken = wake_matching(b, &k, max > 0 ? max : 1, bitset);
	spin_unlock(&b->lock);
	return woken;
}

/*
 * Two buckets, by rising address, as two locks of one class are taken
 * everywhere (kernel/lock.h); they may be the same one.
 */
static void lock_two(struct bucket *a, struct bucket *b)
{
	if (a > b)
		spin_lock(&b->lock);
	spin_lock(&a->lock);
	if (a < b)
		spin_lock(&b->lock);
}

static void unlock_two(struct bucket *a, struct bucket *b)
{
	/* in reverse: the level to go back to is in the first one taken */
	if (a < b)
		spin_unlock(&b->lock);
	spin_unlock(&a->lock);
	if (a > b)
		spin_unlock(&b->lock);
}

/* [both locks] */
static int move_matching(struct bucket *from, const struct key *k,
			 struct bucket *to, const struct key *k2, int max)
{
	struct waiter *w, *next;
	int moved = 0;

	list_for_each_safe(w, next, &from->waiters, link) {
		if (moved >= max)
			break;
		if (!same(&w->key, k))
			continue;
		moved++;
		w->key = *k2;
		if (from == to)
			continue;
		take_out(from, w);
		list_append(&to->waiters, &w->link);
		to->nr++;
		WRITE_ONCE(w->bucket, to);
	}
	return moved;
}

/* The word, if that takes no fault: a spin lock is held.  => 0, -EFAULT */
static int peek(u32 *value, uaddr_t at)
{
	struct task *t = current;
	int err;

	t->no_faults = true;
	barrier();
	err = arch_user_load32(value, at);
	barrier();
	t->no_faults = false;
	return err;
}

/*
 * Under the buckets' locks, so that whoever comes to wait once the word is
 * another one is not taken for one of those that are meant.  Memory is only
 * looked at there: what is not in it is fetched without them.
 * => 0: as expected; 1: fetched, look again; -EAGAIN, -EFAULT; unlocked but
 * for 0
 */
static int compare_locked(struct bucket *a, struct bucket *b, uaddr_t at,
			  u32 expect)
{
	u32 found;
	int err = peek(&found, at);

	if (!err && found == expect)
		return 0;
	unlock_two(a, b);
	if (!err)
		return -EAGAIN;
	return arch_user_load32(&found, at) ? -EFAULT : 1;
}

/*
 * Waiters of one word wait for another from now on, without running: for a
 * broadcast, whose threads would all want the same mutex at once.
 */
static long futex_requeue(uaddr_t at, uaddr_t at2, bool private, int wake,
			  int move, const u32 *expect)
{
	struct bucket *a, *b;
	struct key k, k2;
	int err, n;

	if (wake < 0 || move < 0)
		return -EINVAL;
	do {
		if ((err = get_key(&k, at, private)) ||
		    (err = get_key(&k2, at2, private)))
			return err;
		a = bucket_of(&k);
		b = bucket_of(&k2);
		lock_two(a, b);
		err = expect ? compare_locked(a, b, at, *expect) : 0;
	} while (err > 0);
	if (err)
		return err;
	n = wake_matching(a, &k, wake, FUTEX_BITSET_ANY);
	n += move_matching(a, &k, b, &k2, move);
	unlock_two(a, b);
	return n;
}

/* ---- FUTEX_WAKE_OP ------------------------------------------------------- */

struct wake_op {
	unsigned op, cmp;
	int oparg, cmparg;
};

/*
 * futex(2), FUTEX_WAKE_OP: bits 31 to 0: shift, op, cmp, oparg, cmparg; the two
 * arguments are of 12 bits and signed.
 */
static int decode_op(struct wake_op *w, u32 code)
{
	w->op = code >> 28 & 7;
	w->cmp = code >> 24 & 15;
	w->oparg = (s32)(code << 8) >> 20;
	w->cmparg = (s32)(code << 20) >> 20;
	if (code >> 31)
		w->oparg = (int)(1u << (w->oparg & 31));
	return w->op > 4 || w->cmp > 5 ? -ENOSYS : 0;
}

static u32 apply_op(const struct wake_op *w, u32 v)
{
	switch (w->op) {
	case 0:
		return w->oparg;
	case 1:
		return v + w->oparg;
	case 2:
		return v | w->oparg;
	case 3:
		return v & ~w->oparg;
	default:
		return v ^ w->oparg;
	}
}

static bool compare_op(const struct wake_op *w, s32 old)
{
	switch (w->cmp) {
	case 0:
		return old == w->cmparg;
	case 1:
		return old != w->cmparg;
	case 2:
		return old < w->cmparg;
	case 3:
		return old <= w->cmparg;
	case 4:
		return old > w->cmparg;
	default:
		return old >= w->cmparg;
	}
}

/*
 * The word is changed before both buckets are locked, as that may fault; a
 * waiter that reads it after sees the new value.
 */
static int change_word(uaddr_t at, const struct wake_op *op, u32 *old)
{
	u32 value, found;

	if (arch_user_load32(&value, at))
		return -EFAULT;
	for (;;) {
		if (arch_user_cmpxchg32(at, value, apply_op(op, value),
					&found))
			return -EFAULT;
		if (found == value)
			break;
		value = found;
	}
	*old = value;
	return 0;
}

static long futex_wake_op(uaddr_t at, uaddr_t at2, bool private, int wake,
			  int wake2, u32 code)
{
	struct bucket *a, *b;
	struct wake_op op;
	struct key k, k2;
	int err, n;
	u32 old;

	if ((err = get_key(&k, at, private)) ||
	    (err = get_key(&k2, at2, private)) ||
	    (err = decode_op(&op, code)) ||
	    (err = change_word(at2, &op, &old)))
		return err;
	a = bucket_of(&k);
	b = bucket_of(&k2);
	lock_two(a, b);
	n = wake_matching(a, &k, wake, FUTEX_BITSET_ANY);
	if (compare_op(&op, old))
		n += wake_matching(b, &k2, wake2, FUTEX_BITSET_ANY);
	unlock_two(a, b);
	return n;
}

/* ---- the system call ----------------------------------------------------- */

static long futex_timed(uaddr_t addr, int op, unsigned val, uaddr_t timeout,
			unsigned val3, bool word)
{
	bool private = op & FUTEX_PRIVATE;
	ktime_t deadline;
	int err = get_deadline(&deadline, timeout, op, word);

	if (err)
		return err;
	if (op & FUTEX_CLOCK_REALTIME &&
	    (op & FUTEX_CMD_MASK) == FUTEX_WAIT)
		return -ENOSYS;		/* told after a bad time limit */
	if ((op & FUTEX_CMD_MASK) == FUTEX_WAIT)
		val3 = FUTEX_BITSET_ANY;
	return wait_restartable(addr, private, val, val3, deadline);
}

/*
 * The kinds with priority inheritance are not there: ENOSYS, as where a clock
 * is chosen for what has no limit.  word: timeouts have 32 bits.
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
		return futex_timed(addr, op, val, timeout, val3, word);
	case FUTEX_WAKE:
		return futex_wake(addr, private, val, FUTEX_BITSET_ANY);
	case FUTEX_WAKE_BITSET:
		return futex_wake(addr, private, val, val3);
	case FUTEX_REQUEUE:
		return futex_requeue(addr, addr2, private, val, timeout, NULL);
	case FUTEX_CMP_REQUEUE:
		return futex_requeue(addr, addr2, private, val, timeout,
				     &val3);
	case FUTEX_WAKE_OP:
		return futex_wake_op(addr, addr2, private, val, timeout,
				     val3);
	}
	return -ENOSYS;
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
