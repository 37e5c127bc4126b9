/* SPDX-License-Identifier: MIT */
/*
 * Allocate and free pipes, and charge their pages to the user that created them
 * (lecture rows B5 and D14 of docs/coverage.md).
 */
#include "pipe_ring.h"
#include <mm/frames/slab.h>

#define PIPE_PAGES	16u		/* pipe(7), "Pipe capacity" */
#define PIPE_FEW_PAGES	2u		/* size beyond the soft limit */

static struct slab_cache *pipe_cache;
struct pipe_limits pipe_limits = { .size = 1ul << 20, .soft = 16384 };

/* ---- limits -------------------------------------------------------------- */

bool pipe_over(const struct user *u, unsigned long limit)
{
	return limit && (unsigned long)atomic_read(&u->pipe_pages) > limit;
}

bool pipe_privileged(void)
{
	return capable(CAP_SYS_RESOURCE) || capable(CAP_SYS_ADMIN);
}

/*
 * pipe(7), "/proc files": beyond the soft limit a user's new pipes are small,
 * beyond the hard limit none can be made.  The pages are charged first and
 * checked afterwards, so that two calls at once cannot both get the last pages.
 * Return: the pages of the new pipe, charged; 0: over the limit.
 */
static unsigned pipe_memory_charge_new(struct user *u)
{
	unsigned n = PIPE_PAGES;

	if (n << PAGE_SHIFT > READ_ONCE(pipe_limits.size) &&
	    !capable(CAP_SYS_RESOURCE))
		n = (unsigned)(READ_ONCE(pipe_limits.size) >> PAGE_SHIFT);
	atomic_add(&u->pipe_pages, (int)n);
	if (pipe_over(u, READ_ONCE(pipe_limits.soft)) && !pipe_privileged()) {
		atomic_add(&u->pipe_pages, (int)(PIPE_FEW_PAGES - n));
		n = PIPE_FEW_PAGES;
	}
	if (pipe_over(u, READ_ONCE(pipe_limits.hard)) && !pipe_privileged()) {
		atomic_add(&u->pipe_pages, -(int)n);
		n = 0;
	}
	return n;
}

/*
 * ---- creation and destruction ---------------------------------------------
 */

/* Return: NULL: no memory, or the user is over its limit. */
struct pipe *pipe_create(void)
{
	struct pipe *p = slab_zalloc(pipe_cache);

	if (!p)
		return NULL;
	p->user = user_get(current->cred->user);
	p->slots = pipe_memory_charge_new(p->user);
	p->page = p->slots ? kzalloc(p->slots * sizeof(void *)) : NULL;
	if (!p->page) {
		pipe_destroy(p);
		return NULL;
	}
	mutex_init(&p->lock, "pipe");
	wait_queue_init(&p->read_wait);
	wait_queue_init(&p->write_wait);
	return p;
}

void *pipe_page_alloc(struct pipe *p)
{
	struct page *page = page_charge(page_alloc(0, PAGE_KERNEL));

	if (!page)
		return NULL;
	atomic_add(&p->user->pipe_filled, 1);
	return page_virt(page);
}

void pipe_page_free(struct pipe *p, void *page)
{
	atomic_add(&p->user->pipe_filled, -1);
	page_put(virt_page(page));
}

void pipe_free_pages(struct pipe *p)
{
	for (unsigned i = 0; p->page && i < p->slots; i++)
		if (p->page[i])
			pipe_page_free(p, p->page[i]);
	kfree(p->page);
}

void pipe_destroy(struct pipe *p)
{
	pipe_free_pages(p);
	kfree(p->cut);
	atomic_add(&p->user->pipe_pages, -(int)p->slots);
	user_put(p->user);
	slab_free(pipe_cache, p);
}

void pipe_memory_init(void)
{
	pipe_cache = slab_create("pipe", sizeof(struct pipe));
}
