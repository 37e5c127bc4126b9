/* SPDX-License-Identifier: MIT */
/*
 * Waiting on one futex: FUTEX_WAIT and FUTEX_WAIT_BITSET (futex(2)).  A drawing
 * in futex.c shows the order of steps that prevents lost wake-ups.
 */
#include <kernel/futex/internal.h>
#include <kernel/time/clock.h>

/*
 * Sleep until `woken`, a signal or the deadline.  Set the state before reading
 * `woken`: the waker sets `woken` before it reads the state.
 */
static int futex_sleep(struct futex_waiter *w, struct timer_deadline deadline)
{
	/* lab futex: begin */
	int err = 0;

	while (!err) {
		wait_set_state(TASK_INTERRUPTIBLE);
		if (READ_ONCE(w->woken))
			break;
		err = wait_sleep(TASK_INTERRUPTIBLE, deadline);
	}
	wait_set_running();
	return err;
	/* lab futex: end, else return 0; */
}

/*
 * Read the word only after current is in the bucket: a task that changes the
 * word later finds current there.  A wake-up counts even if a signal arrived or
 * the time ran out as well, because the waker has counted current as woken.
 */
static int futex_wait(uaddr_t at, bool private, u32 value, u32 bitset,
		      struct timer_deadline deadline)
{
	struct futex_waiter w = { .task = current, .bitset = bitset };
	int err = futex_key_get(&w.key, at, private);
	u32 found;

	/* lab futex: begin */
	if (!bitset)
		return -EINVAL;
	if (err)
		return err;
	futex_enter(&w);
	if (arch_user_load32(&found, at))
		err = -EFAULT;
	else if (found != value)
		err = -EAGAIN;
	else
		err = futex_sleep(&w, deadline);
	return futex_leave(&w) ? 0 : err;
	/* lab futex: end, else return -ENOSYS; */
}

/*
 * Restart a wait by restart_syscall(2).  restart_data holds the address, the
 * value and the clock of the deadline, bitset and privacy, and the deadline.
 */
static long futex_wait_again(struct task *t)
{
	/* lab futex: begin */
	u64 *d = t->restart_data;
	struct timer_deadline deadline = {
		d[3], (enum timer_clock)(d[1] >> 32)
	};
	int err = futex_wait(d[0], d[2] >> 32, d[1], d[2], deadline);

	if (err != -ERESTARTSYS)
		return err;
	t->restart = futex_wait_again;
	return -ERESTART_BLOCK;
	/* lab futex: end, else return -EINTR; */
}

/*
 * Wait.  If a signal restarts a wait with a timeout, the restarted wait keeps
 * the deadline.
 */
static long futex_wait_restartable(uaddr_t at, bool private, u32 value,
				   u32 bitset, struct timer_deadline deadline)
{
	/* lab futex: begin */
	int err = futex_wait(at, private, value, bitset, deadline);
	struct task *t = current;

	if (err != -ERESTARTSYS || !deadline.at)
		return err;
	t->restart_data[0] = at;
	t->restart_data[1] = (u64)deadline.clock << 32 | value;
	t->restart_data[2] = (u64)private << 32 | bitset;
	t->restart_data[3] = deadline.at;
	t->restart = futex_wait_again;
	return -ERESTART_BLOCK;
	/* lab futex: end, else return -ENOSYS; */
}

/* The timeout of FUTEX_WAIT is relative, that of FUTEX_WAIT_BITSET absolute. */
int futex_deadline(struct timer_deadline *deadline, uaddr_t from, int op,
		   bool word)
{
	ktime_t t, now = arch_clock();
	int err = timespec_get(&t, from, word);

	if (err)
		return err;
	/* lab futex: begin */
	if ((op & FUTEX_CMD_MASK) == FUTEX_WAIT)
		*deadline = timer_deadline(ktime_after(now, t));
	else if (op & FUTEX_CLOCK_REALTIME)
		*deadline = clock_deadline(CLOCK_REALTIME, t);
	else
		*deadline = clock_deadline(CLOCK_MONOTONIC, t);
	return 0;
	/* lab futex: end, else return -ENOSYS; */
}

long futex_wait_timed(uaddr_t addr, int op, unsigned val, uaddr_t timeout,
		      unsigned bitset, bool word)
{
	bool private = op & FUTEX_PRIVATE;
	struct timer_deadline deadline = NO_DEADLINE;
	int err = timeout ? futex_deadline(&deadline, timeout, op, word) : 0;

	if (err)
		return err;
	if (op & FUTEX_CLOCK_REALTIME &&
	    (op & FUTEX_CMD_MASK) == FUTEX_WAIT)
		return -ENOSYS;		/* checked after a bad timeout */
	if ((op & FUTEX_CMD_MASK) == FUTEX_WAIT)
		bitset = FUTEX_BITSET_ANY;
	return futex_wait_restartable(addr, private, val, bitset, deadline);
}
