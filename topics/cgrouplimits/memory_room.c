/* SPDX-License-Identifier: MIT */
/*
 * The controller memory at its limit.  At first pages are reclaimed whose
 * contents are also on disk, which only slows the group down.  If that is not
 * enough, a process of the group is killed (memory_oom.c).
 *
 * When a group's `now` reaches its `max`, further pages are refused.  A page
 * fault then reclaims pages of the group and tries again.  A system call that
 * fails because of a refused page is restarted after current has reclaimed
 * pages on its way to user mode.
 *
 * Only one task at a time reclaims from a group, so that each reclaim knows
 * which group it is for.
 */
#include "memory.h"
#include <kernel/signal/signal.h>
#include <lt/arch.h>
#include <lt/init.h>
#include <mm/cache/pagecache.h>
#include <mm/frames/slab.h>

#define BATCH		32ul	/* minimum of pages to reclaim at a time */
#define SCAN		16384	/* frames scanned by one call of reclaim */

static struct {
	struct mutex lock;		/* outermost lock */
	struct task *by;		/* reclaiming task; set under [lock] */
	/* group from which `by` reclaims; set under [lock] and [mem] */
	struct cgroup *from;
} room;

unsigned long (*mem_swap_out)(struct cgroup *cg, unsigned long n);

/* ---- which pages --------------------------------------------------------- */

/*
 * True if cg is, or is below, the group that is being squeezed (NULL: none).
 * Context: [mem].
 */
static bool may_squeeze(struct cgroup *cg)
{
	return room.from && cg_below(cg, room.from);
}

/* Context: [mem] */
static bool may_take(struct cgroup *cg)
{
	struct member *m = current->process ? member_of(current) : NULL;
	int full = m ? member_mem(m)->full : 0;
	struct cgroup *top = full ? mem_group(full) : NULL;

	if (READ_ONCE(room.by) == current)
		return may_squeeze(cg);
	return !top || cg_below(cg, top);
}

bool mem_may_squeeze(const struct page *p)
{
	return may_squeeze(mem_owner(p));
}

bool mem_may_take(const struct page *p)
{
	bool may;

	spin_lock(&mem_lock);
	may = may_take(mem_owner(p));
	spin_unlock(&mem_lock);
	return may;
}

/* ---- taking -------------------------------------------------------------- */

/*
 * Reclaim file pages of the group.  Scan far enough to see each page twice: the
 * first time clears its "used" mark.
 */
static unsigned long memory_room_take_files(unsigned long n)
{
	unsigned long won = 0;

	for (pfn_t seen = 0; won < n && HINT(group_mem(room.from)->files) &&
	     seen < 2 * (page_end - page_first) + SCAN; seen += SCAN)
		won += pagecache_reclaim(n - won);
	return won;
}

/* Context: [room.lock] */
static unsigned long memory_room_take(unsigned long n)
{
	unsigned long won = memory_room_take_files(n);

	if (won < n && HINT(group_mem(room.from)->files) && pagecache_wait())
		won += memory_room_take_files(n - won);
	if (won < n && HINT(group_mem(room.from)->files))
		won += pagecache_reclaim_mapped(n - won);
	if (won < n && mem_swap_out)
		won += mem_swap_out(room.from, n - won);
	return won;
}

/* Set the group whose pages are to be reclaimed. */
static void memory_room_set_from(struct cgroup *from)
{
	spin_lock(&mem_lock);
	room.from = from;
	spin_unlock(&mem_lock);
}

unsigned long mem_squeeze(struct cgroup *cg, unsigned long n)
{
	unsigned long won;

	mutex_lock(&room.lock);
	memory_room_set_from(cg);
	WRITE_ONCE(room.by, current);
	won = memory_room_take(n);
	WRITE_ONCE(room.by, NULL);
	memory_room_set_from(NULL);
	mutex_unlock(&room.lock);
	return won;
}

/* ---- max ----------------------------------------------------------------- */

/* Return the number of pages that cg has beyond `most`. */
static unsigned long beyond(struct cgroup *cg, unsigned long most)
{
	unsigned long now = HINT(group_mem(cg)->now);

	return now - min(now, most);
}

/*
 * Return the group that refused the last page to m, with a reference; NULL:
 * there is room now.
 */
static struct cgroup *who_is_full(const struct mem_member *m)
{
	struct cgroup *cg;

	spin_lock(&mem_lock);
	cg = m->full ? mem_group(m->full) : NULL;
	if (cg && (!m->payer || !cg_below(m->payer, cg) ||
		   group_mem(cg)->now + m->lacking <= group_mem(cg)->max))
		cg = NULL;
	if (cg)
		cg_get(cg);
	spin_unlock(&mem_lock);
	return cg;
}

/* Drop caches of the kernel.  Return: true: some memory of cg was freed. */
static bool drop_caches(struct cgroup *cg)
{
	unsigned long before = HINT(group_mem(cg)->now);

	vfs_shrink();
	slab_shrink();
	return HINT(group_mem(cg)->now) < before;
}

/*
 * Make room in cg.
 * Context: no lock; may sleep.
 * Return: true: cg may have room now.
 */
static bool memory_room_make(struct cgroup *cg, unsigned long n)
{
	return mem_squeeze(cg, n) || drop_caches(cg) || mem_oom(cg);
}

int mem_make_room(void)
{
	struct member *m = current->process ? member_of(current) : NULL;
	struct mem_member *mm = m ? member_mem(m) : NULL;
	struct cgroup *cg = mm ? who_is_full(mm) : NULL;
	int again = 1;

	if (!cg)
		return -1;
	if (signal_pending_fatal())
		again = 0;
	else
		again = memory_room_make(cg, max(BATCH, mm->lacking));
	cg_put(cg);
	return again;
}

void mem_set_max(struct cgroup *cg, unsigned long most)
{
	unsigned long n;

	spin_lock(&mem_lock);
	group_mem(cg)->max = most;
	spin_unlock(&mem_lock);
	while ((n = beyond(cg, most)) && !signal_pending())
		if (!memory_room_make(cg, n))
			break;
}

/*
 * Return the first group from m's payer upwards that is over its limit, with a
 * reference; NULL: there is none.
 */
static struct cgroup *who_has_too_much(const struct mem_member *m)
{
	struct cgroup *cg;

	spin_lock(&mem_lock);
	cg = m->payer ? mem_full(m->payer, 0) : NULL;
	if (cg)
		cg_get(cg);
	spin_unlock(&mem_lock);
	return cg;
}

/*
 * Bring current's groups below their limits again, after kernel allocations
 * that were not refused.
 */
static void memory_room_reduce(const struct mem_member *m)
{
	bool going = true;
	struct cgroup *cg;

	while (going && !signal_pending_fatal() && (cg = who_has_too_much(m))) {
		going = memory_room_make(
			cg, beyond(cg, HINT(group_mem(cg)->max)));
		cg_put(cg);
	}
}

/*
 * Notify watchers of events that m's task caused, and bring its groups below
 * their limits.
 */
void mem_work(struct task_work *w)
{
	struct mem_member *m = container_of(w, struct mem_member, work);
	struct cgroup *cg;

	spin_lock(&mem_lock);
	m->due = false;
	cg = m->payer;
	if (cg)
		cg_get(cg);
	spin_unlock(&mem_lock);
	if (!cg)
		return;
	mem_tell(cg);
	if (!(HINT(current->flags) & TF_EXITING) && !signal_pending_fatal())
		memory_room_reduce(m);
	m->full = 0;
	cg_put(cg);
}

static void room_init(void)
{
	mutex_init(&room.lock, "memory of a group");
}
INIT(fs, room_init);
