/* SPDX-License-Identifier: MIT */
/*
 * Page replacement: three policies behind one interface, chosen at boot by
 * replacement=fifo|clock|wsclock.  A policy can ask whether a page was used
 * since the last time it asked about this page.  The answer is the accessed
 * bit, which the MMU sets in the page's entry.
 *
 *   fifo     the oldest arrival goes first, whether it was used or not.
 *   clock    second chance: a new page is inactive.  At its turn, a page that
 *            was used becomes active instead of going out.  When the inactive
 *            list runs short, the oldest active pages that were not used become
 *            inactive.
 *
 *              arrival -> [inactive] -- not used --> out
 *                           ^     | used
 *                  not used |     v
 *                         [ active ] <-- used, to the end
 *
 *   wsclock  the hand goes round: a page that was used belongs to the working
 *            set and is stamped with the present time.  A page that was not
 *            used for `window` arrivals goes out; if there is no such page, the
 *            page that was unused for longest goes out.
 */
#include "swap.h"
#include <lib/mem.h>

typedef enum frame_use (*use_fn)(struct frame *f, void *arg);

/* ---- pools --------------------------------------------------------------- */

void pool_init(struct pool *p)
{
	*p = (struct pool){ .window = 64 };
	list_init(&p->inactive);
	list_init(&p->active);
}

static void put_inactive(struct pool *p, struct frame *f)
{
	f->active = false;
	list_append(&p->inactive, &f->link);
	p->nr_inactive++;
}

static void put_active(struct pool *p, struct frame *f)
{
	/* lab replacement: begin */
	f->active = true;
	list_append(&p->active, &f->link);
	p->nr_active++;
	/* lab replacement: end */
}

void pool_drop(struct pool *p, struct frame *f)
{
	list_remove(&f->link);
	list_init(&f->link);
	/* lab replacement: begin */
	if (f->active)
		p->nr_active--;
	else
		p->nr_inactive--;
	/* lab replacement: end, else p->nr_inactive--; */
}

void pool_arrived(struct pool *p, struct frame *f)
{
	/* lab replacement: begin */
	f->stamp = ++p->time;
	/* lab replacement: end */
	put_inactive(p, f);
}

/*
 * Take the oldest frame of a list out of the pool.
 * Return: the frame, or NULL if the list is empty.
 */
static struct frame *take_oldest(struct pool *p, struct list *from)
{
	struct frame *f;

	if (list_empty(from))
		return NULL;
	f = list_first(from, struct frame, link);
	pool_drop(p, f);
	return f;
}

/* ---- fifo ---------------------------------------------------------------- */

static struct frame *fifo_choose(struct pool *p, use_fn use __unused,
				 void *arg __unused)
{
	return take_oldest(p, &p->inactive);
}

/* ---- clock --------------------------------------------------------------- */

/* Make the oldest active page inactive, or keep it active if it was used. */
static void age_active(struct pool *p, use_fn use, void *arg)
{
	/* lab replacement: begin */
	struct frame *f = take_oldest(p, &p->active);

	if (!f)
		return;
	switch (use(f, arg)) {
	case FRAME_USED:
		put_active(p, f);
		break;
	case FRAME_UNUSED:
		put_inactive(p, f);
		break;
	case FRAME_GONE:
		break;
	}
	/* lab replacement: end */
}

static struct frame *clock_choose(struct pool *p, use_fn use, void *arg)
{
	/* lab replacement: begin */
	/*
	 * the first round clears every accessed bit, so the second finds a page
	 */
	for (unsigned left = 3 * pool_size(p) + 1; left; left--) {
		struct frame *f;

		if (p->nr_inactive < p->nr_active)
			age_active(p, use, arg);
		f = take_oldest(p, &p->inactive);
		if (!f) {
			age_active(p, use, arg);
			continue;
		}
		switch (use(f, arg)) {
		case FRAME_UNUSED:
			return f;
		case FRAME_USED:
			put_active(p, f);
			break;
		case FRAME_GONE:
			break;
		}
	}
	/* programs have used all pages meanwhile: take the oldest */
	return take_oldest(p, p->nr_inactive ? &p->inactive : &p->active);
	/* lab replacement: end, else return take_oldest(p, &p->inactive); */
}

/* ---- wsclock ------------------------------------------------------------- */

static struct frame *wsclock_choose(struct pool *p, use_fn use, void *arg)
{
	/* lab replacement: begin */
	struct frame *f, *oldest = NULL;

	for (unsigned left = pool_size(p); left; left--) {
		f = take_oldest(p, &p->inactive);
		switch (use(f, arg)) {
		case FRAME_USED:
			f->stamp = p->time;
			break;
		case FRAME_UNUSED:
			if (p->time - f->stamp >= p->window)
				return f;
			break;
		case FRAME_GONE:
			continue;
		}
		put_inactive(p, f);
		if (!oldest || p->time - f->stamp > p->time - oldest->stamp)
			oldest = f;
	}
	if (oldest)
		pool_drop(p, oldest);
	return oldest;
	/* lab replacement: end, else return take_oldest(p, &p->inactive); */
}

/* ---- the choice ---------------------------------------------------------- */

static const struct replacement policies[] = {
	{ "clock", clock_choose },
	{ "fifo", fifo_choose },
	{ "wsclock", wsclock_choose },
};

const struct replacement *replacement = &policies[0];

const struct replacement *replacement_find(const char *name)
{
	for (unsigned i = 0; i < ARRAY_SIZE(policies); i++)
		if (!strcmp(name, policies[i].name))
			return &policies[i];
	return NULL;
}
