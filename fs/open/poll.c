/* SPDX-License-Identifier: MIT */
/*
 * poll(2), and the functions shared with select(2) and epoll(7) (lecture row
 * B11 of docs/coverage.md): wait until one of many files is ready.
 *
 *   poll_set, of one call    its entries          wait queues of the files
 *   +-----------+            +---------------+
 *   | triggered |----------->| fd 3, POLLIN  |--> a pipe's read_wait
 *   +-----------+            | fd 5, POLLOUT |--> another's write_wait
 *         ^                  +---------------+         |
 *         +---- poll_wake(), if requested <------------+ wake_up_key(q, POLLIN)
 *
 * The first scan polls each file and queues an entry on its wait queues.  If
 * nothing is ready the poller sleeps until an entry fires, and scans again, now
 * without queueing.  `triggered` is set by the waker before it wakes and tested
 * after the state is set, so no event is lost.
 */
#include <fs/fs.h>
#include <fs/hooks.h>
#include <fs/internal.h>
#include "poll.h"
#include <kernel/sched/sched.h>
#include <kernel/time/time.h>
#include <mm/frames/slab.h>
#include <mm/uaccess.h>
#include <syscalls.h>

#define ENTRIES	6

struct poll_entry {
	struct wait_entry wait;
	struct wait_queue *queue;
	struct file *file;		/* referenced: keeps the queue alive */
	struct poll_set *set;
	unsigned events;
};

struct poll_chunk {
	struct poll_chunk *next;
	unsigned n;
	struct poll_entry entry[ENTRIES];
};

/* The entries of one call. */
struct poll_set {
	struct poll_table table;
	unsigned events;		/* events wanted of the current file */
	struct file *file;		/* the current file */
	bool triggered;			/* an event came */
	bool no_memory;
	struct poll_chunk *last;	/* newest chunk; the list ends with
					 * `first` */
	struct poll_chunk first;
};

static void poll_queue(struct poll_table *table, struct wait_queue *q);

static void set_init(struct poll_set *t)
{
	t->table.queue = poll_queue;
	t->triggered = t->no_memory = false;
	t->first.next = NULL;
	t->first.n = 0;
	t->last = &t->first;
}

/*
 * Allocate memory that a call may pin for long; counted in current->pinned.
 * Return: NULL: no memory.
 */
static void *poll_take(size_t size)
{
	void *p = kmalloc(size);

	if (p)
		current->pinned += (unsigned)size;
	return p;
}

static void poll_give(void *p, size_t size)
{
	current->pinned -= (unsigned)size;
	kfree(p);
}

/* Leave the queues before the files are put, as the files keep them alive. */
static void set_release(struct poll_set *t)
{
	struct poll_chunk *c = t->last, *next;

	for (; c; c = next) {
		next = c->next;
		for (unsigned k = 0; k < c->n; k++) {
			wait_remove(c->entry[k].queue, &c->entry[k].wait);
			file_put(c->entry[k].file);
		}
		if (c != &t->first)
			poll_give(c, sizeof(*c));
	}
}

/* Called by the waker, under the queue's lock.  key: the events; 0: unknown. */
static bool poll_wake(struct wait_entry *w, unsigned long key)
{
	struct poll_entry *e = container_of(w, struct poll_entry, wait);

	if (key && !(key & e->events))
		return false;
	e->set->triggered = true;
	return task_wake(w->task, WAKE_NORMAL);
}

/*
 * Called by a file's .poll for each queue that may signal its events.  If there
 * is no memory for the entry and nothing is ready, the call fails: asleep, it
 * could miss the event.
 */
static void poll_queue(struct poll_table *table, struct wait_queue *q)
{
	struct poll_set *t = container_of(table, struct poll_set, table);
	struct poll_chunk *c = t->last;
	struct poll_entry *e;

	if (c->n == ENTRIES) {
		c = poll_take(sizeof(*c));
		if (!c) {
			t->no_memory = true;
			return;
		}
		c->n = 0;
		c->next = t->last;
		t->last = c;
	}
	e = &c->entry[c->n++];
	wait_entry_init(&e->wait);
	e->wait.wake = poll_wake;
	e->queue = q;
	e->set = t;
	e->events = t->events | POLL_ALWAYS;
	e->file = t->file;
	file_get(e->file);
	wait_add(q, &e->wait);
}

void poll_wait(struct poll_table *t, struct wait_queue *q)
{
	if (t)
		t->queue(t, q);
}

/* A file without .poll is always ready (POSIX: regular files). */
unsigned file_poll(struct file *f, struct poll_table *t, unsigned events)
{
	unsigned got = POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;

	if (f->ops->poll)
		got = f->ops->poll(f, t);
	if (!(got & POLLOUT))
		file_full(f);
	return got & (events | POLL_ALWAYS);
}

unsigned poll_fd(int fd, struct poll_set *t, unsigned events)
{
	struct fdref r = fdref_get(fd);
	unsigned got;

	if (!r.file)
		return POLLNVAL;
	if (t) {
		t->events = events;
		t->file = r.file;
	}
	got = file_poll(r.file, t ? &t->table : NULL, events);
	fdref_put(r);
	return got;
}

long poll_loop(long (*scan)(void *arg, struct poll_set *t), void *arg,
	       ktime_t deadline)
{
	struct poll_set t, *ask = &t;
	bool over = deadline == POLL_NO_WAIT;
	long n;
	int err;

	set_init(&t);
	if (over)
		ask = NULL;
	for (;;) {
		n = scan(arg, ask);
		ask = NULL;
		if (n || over)
			break;
		n = -ENOMEM;
		if (t.no_memory)
			break;
		n = -ERESTARTNOHAND;
		if (signal_pending())
			break;
		err = 0;
		wait_set_state(TASK_INTERRUPTIBLE);
		if (!t.triggered)
			err = wait_sleep(TASK_INTERRUPTIBLE,
					 timer_deadline(deadline));
		wait_set_running();
		/* Before the scan's loads: later events set it again. */
		t.triggered = false;
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		over = err == -ETIMEDOUT;
	}
	set_release(&t);
	return n;
}

/* ---- masks and deadlines ------------------------------------------------ */

/* The mask of ppoll and pselect applies only during the wait. */
sigmask_t poll_mask_enter(const sigmask_t *mask)
{
	return mask ? signal_set_mask(*mask) : 0;
}

/*
 * If a signal ended the wait, its handler is chosen under the call's mask, and
 * an AST restores the old mask.
 */
void poll_mask_leave(const sigmask_t *mask, sigmask_t old, long result)
{
	if (!mask)
		return;
	if (result == -ERESTARTNOHAND || result == -EINTR) {
		current->saved_mask = old;
		task_set_ast(current, AST_RESTORE_MASK);
	} else {
		signal_set_mask(old);
	}
}

int poll_mask_get(sigmask_t *m, uaddr_t at, unsigned long size)
{
	if (!at)
		return 0;
	if (size != sizeof(*m))
		return -EINVAL;
	return get_user(m, at);
}

/*
 * Convert a relative time to a deadline; ns < 0: deadline 0, which means
 * forever.
 */
ktime_t poll_deadline(s64 ns)
{
	if (ns < 0)
		return 0;
	return ns ? ktime_after(arch_clock(), (ktime_t)ns) : POLL_NO_WAIT;
}

s64 poll_left(ktime_t deadline)
{
	ktime_t now = arch_clock();

	return deadline > now ? (s64)(deadline - now) : 0;
}

/* ---- poll --------------------------------------------------------------- */

struct pollfd {
	int fd;
	s16 events, revents;
};

struct poll_args {
	struct pollfd *fds;
	unsigned n;
};

/*
 * Check each descriptor once.  After the first one that is ready the call will
 * not sleep, so no entries are queued for the others.
 */
static long poll_scan(void *arg, struct poll_set *t)
{
	struct poll_args *a = arg;
	long found = 0;

	for (unsigned k = 0; k < a->n; k++) {
		struct pollfd *p = &a->fds[k];

		p->revents = 0;
		if (p->fd < 0)
			continue;
		p->revents = (s16)poll_fd(p->fd, t, (u16)p->events);
		if (p->revents) {
			found++;
			t = NULL;	/* no sleep: do not queue */
		}
	}
	return found;
}

/* Store only revents, as a thread may change the other fields meanwhile. */
static int put_revents(uaddr_t fds, const struct poll_args *a)
{
	if (unlikely(!a->n))
		return user_range_ok(fds, 0) ? 0 : -EFAULT;
	for (unsigned k = 0; k < a->n; k++) {
		uaddr_t at = fds + k * sizeof(struct pollfd) +
			offsetof(struct pollfd, revents);

		if (put_user(a->fds[k].revents, at))
			return -EFAULT;
	}
	return 0;
}

/* most descriptors kept on the stack; most calls have one or two */
#define FEW_FDS 8

long do_poll(uaddr_t fds, unsigned n, ktime_t deadline, const sigmask_t *mask)
{
	struct pollfd few[FEW_FDS];
	struct poll_args a = { few, n };
	size_t size;
	sigmask_t old;
	long found = -EFAULT;

	if (n > fd_limit())
		return -EINVAL;
	if (__builtin_mul_overflow(n, sizeof(*a.fds), &size))
		return -ENOMEM;
	if (n > FEW_FDS) {
		a.fds = poll_take(size);
		if (!a.fds)
			return -ENOMEM;
	}
	if (copy_from_user(a.fds, fds, size))
		goto out;
	old = poll_mask_enter(mask);
	found = poll_loop(poll_scan, &a, deadline);
	poll_mask_leave(mask, old, found);
	/* fds is checked even if there is nothing to store, as on Linux */
	if ((found >= 0 || !n) && put_revents(fds, &a))
		found = -EFAULT;
out:
	if (a.fds != few)
		poll_give(a.fds, size);
	return found;
}

/* After a stop signal poll(2) continues until its original deadline. */
static long poll_restart(struct task *t)
{
	return poll_until((uaddr_t)t->restart_data[0],
			  (unsigned)t->restart_data[1], t->restart_data[2]);
}

long poll_until(uaddr_t fds, unsigned n, ktime_t deadline)
{
	long found = do_poll(fds, n, deadline, NULL);

	if (found != -ERESTARTNOHAND)
		return found;
	current->restart_data[0] = fds;
	current->restart_data[1] = n;
	current->restart_data[2] = deadline;
	current->restart = poll_restart;
	return -ERESTART_BLOCK;
}

long sys_poll(uaddr_t fds, unsigned n, int timeout)
{
	return poll_until(fds, n, poll_deadline(timeout < 0 ? -1 :
						(s64)timeout * 1000000));
}

int poll_deadline_get(uaddr_t at, ktime_t *deadline)
{
	ktime_t t = 0;
	int err = at ? timespec_get(&t, at, false) : 0;

	*deadline = at && !err ? poll_deadline((s64)min(t,
		(ktime_t)INT64_MAX)) : 0;
	return err;
}

int poll_put_left(uaddr_t at, ktime_t deadline)
{
	u64 left = (u64)poll_left(deadline);
	u64 t[2] = { left / NSEC_PER_SEC, left % NSEC_PER_SEC };

	return at ? copy_to_user(at, t, sizeof(t)) : 0;
}

#define STICKY_TIMEOUTS	0x4000000	/* flag of personality(2) */

bool poll_tells_left(void)
{
	return !(current->personality & STICKY_TIMEOUTS);
}

long poll_end(long found, uaddr_t timeout, bool told)
{
	return found == -ERESTARTNOHAND && timeout && !told ? -EINTR : found;
}

long poll_tell_left(long found, uaddr_t timeout, ktime_t deadline)
{
	return poll_end(found, timeout, poll_tells_left() &&
			!poll_put_left(timeout, deadline));
}

long sys_ppoll(uaddr_t fds, unsigned n, uaddr_t timeout, uaddr_t mask,
	       unsigned long size)
{
	sigmask_t m;
	ktime_t deadline;
	long found = poll_deadline_get(timeout, &deadline);

	if (found)
		return found;
	found = poll_mask_get(&m, mask, size);
	if (found)
		return found;
	found = do_poll(fds, n, deadline, mask ? &m : NULL);
	return poll_tell_left(found, timeout, deadline);
}
