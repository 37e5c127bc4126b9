/* SPDX-License-Identifier: MIT */
/*
 * struct sighand: the actions of signals (row B8), which tasks share by
 * reference (CLONE_SIGHAND).
 */
#include <kernel/signal/internal.h>
#include <lib/mem.h>
#include <mm/frames/slab.h>

static struct slab_cache *sighand_cache;

void sighand_init(void)
{
	sighand_cache = slab_create("sighand", sizeof(struct sighand));
}

const struct sigaction sighand_default = { .handler = SIG_DFL };

/*
 * Create a sighand in which all signals have the default action.  Return: one
 * reference; NULL: no memory.
 */
struct sighand *sighand_create(void)
{
	struct sighand *s = slab_alloc(sighand_cache);

	if (s) {
		ref_init(&s->refs);
		spin_init(&s->lock, "sighand", IPL_HIGH);
		s->top = 0;
	}
	return s;
}

struct sighand *sighand_clone(struct sighand *from)
{
	struct sighand *s = sighand_create();

	if (s) {
		spin_lock(&from->lock);
		s->top = from->top;
		memcpy(s->action, from->action,
		       (unsigned)s->top * sizeof(s->action[0]));
		spin_unlock(&from->lock);
	}
	return s;
}

/*
 * Make the entries of action[] up to signo's valid.  The entries are stored
 * before `top`, for readers without the lock; pairs with sighand_action().
 */
void sighand_raise(struct sighand *s, int signo)
{
	int top = s->top;

	while (top < signo)
		s->action[top++] = sighand_default;
	__atomic_store_n(&s->top, top, __ATOMIC_RELEASE);
}

void sighand_reset(struct sighand *s, sigmask_t defaults)
{
	for (int signo = 1; signo <= s->top; signo++) {
		struct sigaction *a = &s->action[signo - 1];
		bool keep = a->handler == SIG_IGN &&
			!(defaults & sig_bit(signo));

		*a = sighand_default;
		if (keep)
			a->handler = SIG_IGN;
	}
}

void sighand_put(struct sighand *s)
{
	if (ref_put(&s->refs))
		slab_free(sighand_cache, s);
}
