/* SPDX-License-Identifier: MIT */
/*
 * Queues of pending signals (lecture row B6 of docs/coverage.md): a mask of the
 * pending signals, and a list with a siginfo for each signal.  A standard
 * signal is at most once in a queue, a real-time signal as often as it was
 * sent.
 */
#include <kernel/signal/internal.h>
#include <mm/frames/slab.h>

static struct slab_cache *queue_cache;

void signals_init(void)
{
	queue_cache = slab_create("sigqueue", sizeof(struct sigqueue));
	sighand_init();
}

struct sigqueue *sigqueue_alloc(void)
{
	return slab_alloc(queue_cache);
}

void sigqueue_free(struct sigqueue *q)
{
	if (q)
		slab_free(queue_cache, q);
}

void sigpending_init(struct sigpending *p)
{
	p->mask = 0;
	list_init(&p->queue);
	p->queued = 0;
	p->spare_used = false;
}

/* Context of all functions of this file: [sighand->lock]. */
static void entry_free(struct sigpending *p, struct sigqueue *q)
{
	list_remove(&q->link);
	p->queued--;
	if (q == &p->spare)
		p->spare_used = false;
	else
		slab_free(queue_cache, q);
}

void sigpending_drop(struct sigpending *p, sigmask_t mask)
{
	struct sigqueue *q, *next;

	if (!(p->mask & mask))
		return;
	p->mask &= ~mask;
	list_for_each_safe(q, next, &p->queue, link)
		if (sig_bit(q->info.signo) & mask)
			entry_free(p, q);
}

void sigpending_flush(struct sigpending *p)
{
	sigpending_drop(p, ~(sigmask_t)0);
}

void sigpending_drop_timers(struct sigpending *p)
{
	sigmask_t timers = 0, others = 0;
	struct sigqueue *q, *next;

	list_for_each_safe(q, next, &p->queue, link) {
		if (q->info.code != SI_TIMER) {
			others |= sig_bit(q->info.signo);
			continue;
		}
		timers |= sig_bit(q->info.signo);
		entry_free(p, q);
	}
	p->mask &= ~(timers & ~others);
}

void process_drop(struct process *p, sigmask_t mask)
{
	struct task *t;

	sigpending_drop(&p->pending, mask);
	list_for_each(t, &p->threads, thread_link)
		sigpending_drop(&t->pending, mask);
}

/* Remove one instance of signo from p and fill in *info. */
static void signal_collect(struct sigpending *p, int signo,
			   struct siginfo *info)
{
	struct sigqueue *q, *found = NULL;
	bool more = false;

	list_for_each(q, &p->queue, link) {
		if (q->info.signo != signo)
			continue;
		more = found;
		if (more)
			break;
		found = q;
	}
	if (!more)
		p->mask &= ~sig_bit(signo);
	if (found) {
		*info = found->info;
		entry_free(p, found);
	} else {
		*info = (struct siginfo){ .signo = signo, .code = SI_USER };
	}
}

/*
 * Return: the lowest signal of m.  Works without instructions that count zeros
 * and without 64-bit shifts, which not all machines have.  A power of two times
 * this constant (a de Bruijn sequence) has a different value in its top five
 * bits for each exponent.
 */
static int lowest_signal(sigmask_t m)
{
	static const u8 exponent[32] = {
		0, 1, 28, 2, 29, 14, 24, 3, 30, 22, 20, 15, 25, 17, 4, 8,
		31, 27, 13, 23, 21, 19, 16, 7, 26, 12, 18, 6, 11, 5, 10, 9,
	};
	u32 w = (u32)m;
	int n = 1;

	if (!w) {
		w = (u32)(m >> 32);
		n = 33;
	}
	return n + exponent[(u32)((w & -w) * 0x077cb531) >> 27];
}

/*
 * Return: the next signal of m to deliver.  SIGKILL comes first, then signals
 * caused by an instruction, because they must be delivered before another
 * handler changes the program counter; then all others by number (signal(7)).
 */
static int next_by_rank(sigmask_t m)
{
	if (m & sig_bit(SIGKILL))
		return SIGKILL;
	return lowest_signal(m & SIG_SYNCHRONOUS ? m & SIG_SYNCHRONOUS : m);
}

/*
 * Dequeue a signal.  Signals to the thread come before signals to the process,
 * except SIGKILL.
 * Context: [sighand->lock].
 */
int signal_dequeue(sigmask_t mask, struct siginfo *info)
{
	struct sigpending *p = &current->pending;
	struct sigpending *shared = &current->process->pending;
	int signo;

	spin_must_hold(&current->sighand->lock);
	if (!(p->mask & ~mask) || shared->mask & sig_bit(SIGKILL))
		p = shared;
	if (!(p->mask & ~mask))
		return 0;
	signo = next_by_rank(p->mask & ~mask);
	signal_collect(p, signo, info);
	return signo;
}
