/* SPDX-License-Identifier: MIT */
/*
 * The record of a process's dispositions (row B8), which tasks share by
 * reference (CLONE_SIGHAND).
 */
#include <kernel/signal/internal.h>
#include <mm/slab.h>

static struct slab_cache *sighand_cache;

void sighand_init(void)
{
	sighand_cache = slab_create("sighand", sizeof(struct sighand));
}

/* Return: one reference, actions not set. */
static struct sighand *sighand_alloc(void)
{
	struct sighand *s = slab_alloc(sighand_cache);

	if (s) {
		ref_init(&s->refs);
		spin_init(&s->lock, "sighand", IPL_HIGH);
	}
	return s;
}

struct sighand *sighand_create(void)
{
	struct sighand *s = sighand_alloc();

	if (s)
		for (int i = 0; i < NSIG; i++)
			s->action[i] = (struct sigaction){ .handler = SIG_DFL };
	return s;
}

struct sighand *sighand_clone(struct sighand *from)
{
	struct sighand *s = sighand_alloc();

	if (s) {
		spin_lock(&from->lock);
		for (int i = 0; i < NSIG; i++)
			s->action[i] = from->action[i];
		spin_unlock(&from->lock);
	}
	return s;
}

void sighand_put(struct sighand *s)
{
	if (ref_put(&s->refs))
		slab_free(sighand_cache, s);
}
