/* SPDX-License-Identifier: MIT */
/*
 * Waiting on several futexes at once (futex_waitv(2)): a waiter in the core's
 * buckets for each word, all of one task; the first wake-up ends the wait.
 */
#include <kernel/futex/internal.h>
#include <kernel/time/clock.h>
#include <mm/slab.h>
#include <syscalls.h>

#define WAITV_MAX	128
#define WAITV_SIZE	3u		/* of its flags: how large a word is */
#define WAITV_U32	2u		/* the only size there is */

struct user_waitv {
	u64 value, addr;
	u32 flags, reserved;
};

struct word_wait {
	struct futex_waiter w;
	uaddr_t at;
	u32 value;
	bool private, beyond;		/* beyond: at was cut to fit */
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

/* All of them are read before the first word is looked up. */
static int waitv_load_all(struct word_wait *v, unsigned n, uaddr_t from)
{
	int err = 0;

	for (unsigned i = 0; i < n && !err; i++)
		err = waitv_load(&v[i], from + i * sizeof(struct user_waitv));
	for (unsigned i = 0; i < n && !err; i++)
		err = v[i].beyond ? -EFAULT :
			futex_key_get(&v[i].w.key, v[i].at, v[i].private);
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
 * is over: its waker has told its program so.
 * Return: which was woken, the last if several were; or -errno.
 */
static long waitv(struct word_wait *v, unsigned n, ktime_t deadline)
{
	unsigned in = 0;
	long woken = -1;
	int err = 0;
	u32 found;

	while (in < n && !err) {
		futex_enter(&v[in].w);
		if (arch_user_load32(&found, v[in].at))
			err = -EFAULT;
		else if (found != v[in].value)
			err = -EAGAIN;
		in++;
	}
	if (!err)
		err = sleep_on_any(v, n, deadline);
	for (unsigned i = 0; i < in; i++)
		if (futex_leave(&v[i].w))
			woken = i;
	return woken >= 0 ? woken : err;
}

/* The time limit is absolute. */
static int waitv_deadline(ktime_t *deadline, uaddr_t from, int clock)
{
	*deadline = 0;
	if (!from)
		return 0;
	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
		return -EINVAL;
	return futex_deadline(deadline, from, clock == CLOCK_REALTIME ?
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
