/* SPDX-License-Identifier: MIT */
/*
 * Swap of groups (rows D9, D13).  A page that is swapped out stays charged to
 * its group as a swap slot; its memory charge ends when its frame is freed.
 * When it is read back, it is charged to the group of its slot, whichever task
 * causes that.
 *
 *  memory:  page ----- in the swap cache ----.            .---- page
 *  swap:             .-- slot -------------- slot -------/
 *             goes out     written, frame free    comes back
 *
 * Invariant, under swap_lock and mem_lock: a group's swap.now is the number of
 * slots that have the id of the group or of one below it.
 */
#include "memory.h"
#include <topics/swap/swap.h>
#include <lt/init.h>

#define STEP	1024u		/* slots scanned per hold of the locks */

/* ---- slots; Context: [swap_lock] ----------------------------------------- */

/* Context: [mem] */
static void cgroup_swap_add(struct cgroup *cg, unsigned long n)
{
	spin_must_hold(&mem_lock);
	for (; cg->parent; cg = cg->parent) {
		struct swap_state *s = &group_mem(cg)->swap;

		s->now += n;
		s->peak = max(s->peak, s->now);
	}
}

/* Context: [mem] */
static void cgroup_swap_subtract(struct cgroup *cg, unsigned long n)
{
	spin_must_hold(&mem_lock);
	for (; cg->parent; cg = cg->parent)
		group_mem(cg)->swap.now -= n;
}

/* Return the number of slots that cg may still take.  Context: [mem]. */
static unsigned long room_of(const struct cgroup *cg)
{
	unsigned long room = MEM_UNLIMITED;

	for (; cg->parent; cg = cg->parent) {
		const struct swap_state *s = &group_mem(cg)->swap;

		if (group_mem(cg)->on)
			room = min(room, s->max - min(s->now, s->max));
	}
	return room;
}

/*
 * Count a failure in cg.  If current is in a group, it notifies watchers later.
 * Context: [mem].
 */
static void cgroup_swap_refused(struct cgroup *cg, bool limit)
{
	struct member *m = current->process ? member_of(current) : NULL;

	if (limit)
		mem_count_swap(cg, SWAP_MAX);
	mem_count_swap(cg, SWAP_FAIL);
	if (m && member_mem(m)->payer)
		mem_work_later(m);
}

static int slot_taken(const struct page *p, bool slot)
{
	struct cgroup *cg;
	int id;

	spin_lock(&mem_lock);
	cg = mem_heir(mem_owner(p));
	id = group_mem(cg)->id;
	if (!slot || !room_of(cg)) {
		cgroup_swap_refused(cg, slot);
		id = -1;
	} else {
		cgroup_swap_add(cg, 1);
	}
	spin_unlock(&mem_lock);
	return id;
}

static void slot_given(unsigned owner)
{
	spin_lock(&mem_lock);
	cgroup_swap_subtract(mem_group((int)owner), 1);
	spin_unlock(&mem_lock);
}

static void page_came(struct page *p, unsigned owner)
{
	spin_lock(&mem_lock);
	mem_give(p, mem_heir(mem_group((int)owner)));
	spin_unlock(&mem_lock);
}

/* ---- which pages --------------------------------------------------------- */

static bool is_stuck(const struct page *p)
{
	return !room_of(mem_owner(p));
}

static bool page_spared(const struct page *p)
{
	bool owned, stuck;

	spin_lock(&mem_lock);
	owned = mem_owner(p)->parent;
	stuck = is_stuck(p);
	spin_unlock(&mem_lock);
	return owned && (stuck || !mem_may_take(p));
}

static bool no_ahead(void)
{
	struct member *m = current->process ? member_of(current) : NULL;
	bool full;

	if (!m)
		return false;
	spin_lock(&mem_lock);
	full = member_mem(m)->payer && mem_full(member_mem(m)->payer, 1);
	spin_unlock(&mem_lock);
	return full;
}

static bool page_may_squeeze(const struct page *p)
{
	bool may;

	spin_lock(&mem_lock);
	may = mem_may_squeeze(p) && !is_stuck(p);
	spin_unlock(&mem_lock);
	return may;
}

static unsigned long swap_out(struct cgroup *cg, unsigned long n)
{
	unsigned long room;

	spin_lock(&mem_lock);
	room = room_of(cg);
	spin_unlock(&mem_lock);
	n = min(n, room);
	return n && swap_has_room() ? swap_make_room_of(n, page_may_squeeze) : 0;
}

/* ---- a group goes -------------------------------------------------------- */

/* Context: [swap_lock] */
static void settle_slot(struct slot *s)
{
	struct cgroup *cg, *to;

	spin_lock(&mem_lock);
	cg = mem_group((int)s->owner);
	to = mem_heir(cg);
	cgroup_swap_subtract(cg, 1);
	cgroup_swap_add(to, 1);
	s->owner = (unsigned)group_mem(to)->id;
	spin_unlock(&mem_lock);
}

/*
 * Move the charges of slots from `first` on to the groups that pay for them
 * now.
 * Return: false: the end of the area is reached.
 */
static bool settle_some(unsigned area, unsigned first)
{
	struct area *a;
	unsigned end = 0;

	spin_lock(&swap_lock);
	a = areas[area];
	if (a)
		end = min(first + STEP, a->slots->size);
	for (unsigned i = first; i < end; i++)
		if (slots_at(a->slots, i)->owner)
			settle_slot(slots_at(a->slots, i));
	spin_unlock(&swap_lock);
	return end == first + STEP;
}

static void settle_slots(void)
{
	for (unsigned area = 0; area < MAX_AREAS; area++)
		for (unsigned i = 0; settle_some(area, i); i += STEP)
			;
}

/* ---- files --------------------------------------------------------------- */

static int cgroup_swap_show_current(struct seq *s, struct cgroup *cg)
{
	return mem_show_pages(s, HINT(group_mem(cg)->swap.now));
}

static int cgroup_swap_show_peak(struct seq *s, struct cgroup *cg)
{
	return mem_show_pages(s, HINT(group_mem(cg)->swap.peak));
}

static int cgroup_swap_show_max(struct seq *s, struct cgroup *cg)
{
	return mem_show_limit(s, HINT(group_mem(cg)->swap.max));
}

static int cgroup_swap_store_max(struct cgroup *cg, char *text,
				 const struct cg_opener *o)
{
	return mem_store_pages(text, &group_mem(cg)->swap.max);
}

static int cgroup_swap_show_events(struct seq *s, struct cgroup *cg)
{
	static const char *const names[SWAP_NR_EVENTS] = { "max", "fail" };

	for (int i = 0; i < SWAP_NR_EVENTS; i++)
		seq_print(s, "%s %llu\n", names[i],
			  (unsigned long long)group_mem(cg)->swap.events[i]);
	return 0;
}

static const struct cg_file files[] = {
	{ .name = "memory.swap.current",
	  .mode = 0444,
	  .show = cgroup_swap_show_current },
	{ .name = "memory.swap.peak",
	  .mode = 0444,
	  .show = cgroup_swap_show_peak },
	{ .name = "memory.swap.max",
	  .mode = 0644,
	  .show = cgroup_swap_show_max,
	  .store = cgroup_swap_store_max },
	{ .name = "memory.swap.events",
	  .mode = 0444,
	  .event = CG_SWAP_EVENTS,
	  .show = cgroup_swap_show_events },
	{ .name = NULL },
};

static const struct swap_owners owners = {
	.slot_taken = slot_taken, .slot_given = slot_given,
	.page_came = page_came, .page_spared = page_spared,
	.no_ahead = no_ahead,
};

static void group_swap_init(void)
{
	memory_controller.files[1] = files;
	mem_swap_out = swap_out;
	mem_swap_settle = settle_slots;
	swap_owners = &owners;
}
INIT(fs, group_swap_init);
