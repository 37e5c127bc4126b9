/* SPDX-License-Identifier: MIT */
/*
 * The controller memory at its limits.  What a group has too much is first taken
 * from what the disk still has, which costs nobody but the group; where that is
 * not enough, somebody of the group dies (memory_oom.c).
 *
 *   now ---> max    pages are refused: a fault takes from the group, and tries
 *                   again; a system call that fails of it is made again, after
 *                   the same on the way to user mode
 *       ---> high   whoever was over it takes from the group on his way to user
 *                   mode, and sleeps if that is not enough
 *       <--- low    others' reclaim spares the group, unless nothing else is left
 *       <--- min    ... even then
 *
 * One task at a time takes from a group, so that each page is asked for one
 * group only.
 */
#include <ext/cgroup/cgroup.h>
#include <kernel/signal.h>
#include <lt/arch.h>
#include <lt/init.h>
#include <mm/pagecache.h>
#include <mm/slab.h>

#define BATCH		32ul	/* pages taken at a time */
#define SCAN		16384	/* frames that a call of reclaim looks at */
#define HIGH_FACTOR	16000	/* ms for as much again as allowed */
#define HIGH_LEAST	10	/* ms, or no sleep at all */
#define HIGH_MOST	2000	/* ms */

static struct {
	struct mutex lock;		/* outer */
	struct task *by;		/* word; [lock] to set */
	struct cgroup *from;		/* [mem; lock to set] referenced */
	bool low_too;			/* [mem] nothing else was found */
	unsigned turn;			/* [mem] grows with each task */
} room;

unsigned long (*mem_swap_out)(struct cgroup *cg, unsigned long n);

/* ---- which pages --------------------------------------------------------- */

/*
 * Is what cg has spared, in a reclaim that is for all below `top`?  It is if
 * each group on the way has less than it is promised.
 * Context: [mem].
 */
static bool spared(struct cgroup *cg, const struct cgroup *top, bool low)
{
	for (; cg != top && cg->parent; cg = cg->parent)
		if (cg->mem.now > max(cg->mem.min, low ? cg->mem.low : 0))
			return false;
	return true;
}

/* Context: [mem]. */
static bool take_below_low(struct cgroup *cg)
{
	if (spared(cg, room.from, true) && cg != room.from &&
	    cg->mem.squeezed != room.turn) {
		cg->mem.squeezed = room.turn;
		mem_count(cg, MEM_LOW);
	}
	return true;
}

/* Context: [mem].  For the group that is squeezed, or NULL by now. */
static bool may_squeeze(struct cgroup *cg)
{
	if (!room.from || !cg_below(cg, room.from))
		return false;
	if (cg != room.from && spared(cg, room.from, !room.low_too))
		return false;
	return take_below_low(cg);
}

/* Context: [mem] */
static bool may_take(struct cgroup *cg)
{
	struct member *m = current->process ? member_of(current) : NULL;
	struct cgroup *top = &cgroup_root;
	bool low = true;

	if (READ_ONCE(room.by) == current)
		return may_squeeze(cg);
	if (m && m->full && mem_group(m->full))
		top = mem_group(m->full);
	else
		low = page_free_count() > page_reserve();
	return cg_below(cg, top) && (cg == top || !spared(cg, top, low));
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

/* As often as it takes to pass each page twice: first it is forgiven its use. */
static unsigned long take_files(unsigned long n)
{
	unsigned long won = 0;

	for (pfn_t seen = 0; won < n && HINT(room.from->mem.files) &&
	     seen < 2 * (page_end - page_first) + SCAN; seen += SCAN)
		won += pagecache_reclaim(n - won);
	return won;
}

/* Context: [room.lock] */
static unsigned long take(unsigned long n)
{
	unsigned long won = take_files(n);

	if (won < n && HINT(room.from->mem.files) && pagecache_wait_hook &&
	    pagecache_wait_hook())
		won += take_files(n - won);
	if (won < n && HINT(room.from->mem.files))
		won += pagecache_reclaim_mapped(n - won);
	if (won < n && mem_swap_out)
		won += mem_swap_out(room.from, n - won);
	return won;
}

/* Whose pages go from now on. */
static void aim(struct cgroup *from, bool low_too)
{
	spin_lock(&mem_lock);
	room.from = from;
	room.low_too = low_too;
	spin_unlock(&mem_lock);
}

unsigned long mem_squeeze(struct cgroup *cg, unsigned long n)
{
	unsigned long won;

	mutex_lock(&room.lock);
	room.turn++;
	aim(cg, false);
	WRITE_ONCE(room.by, current);
	won = take(n);
	if (!won) {
		aim(cg, true);
		won = take(n);
	}
	WRITE_ONCE(room.by, NULL);
	aim(NULL, false);
	mutex_unlock(&room.lock);
	return won;
}

/* ---- max ----------------------------------------------------------------- */

/* What cg has beyond `most`. */
static unsigned long beyond(struct cgroup *cg, unsigned long most)
{
	unsigned long now = HINT(cg->mem.now);

	return now - min(now, most);
}

/* Return: who refused the last page, referenced; NULL: it would not, now. */
static struct cgroup *who_is_full(struct member *m)
{
	struct cgroup *cg;

	spin_lock(&mem_lock);
	cg = m->full ? mem_group(m->full) : NULL;
	if (cg && (!m->payer || !cg_below(m->payer, cg) ||
		   cg->mem.now + m->lacking <= cg->mem.max))
		cg = NULL;
	if (cg)
		cg_get(cg);
	spin_unlock(&mem_lock);
	return cg;
}

/* What the kernel keeps in case it is wanted.  Return: some was cg's. */
static bool drop_caches(struct cgroup *cg)
{
	unsigned long before = HINT(cg->mem.now);

	vfs_shrink();
	slab_shrink();
	return HINT(cg->mem.now) < before;
}

/* Context: no lock of anything.  Return: cg may have room now. */
static bool win(struct cgroup *cg, unsigned long n)
{
	return mem_squeeze(cg, n) || drop_caches(cg) || mem_oom(cg);
}

int mem_make_room(void)
{
	struct member *m = current->process ? member_of(current) : NULL;
	struct cgroup *cg = m ? who_is_full(m) : NULL;
	int again = 1;

	if (!cg)
		return -1;
	if (signal_pending_fatal())
		again = 0;
	else
		again = win(cg, max(BATCH, m->lacking));
	cg_put(cg);
	return again;
}

void mem_set_max(struct cgroup *cg, unsigned long most)
{
	unsigned long n;

	spin_lock(&mem_lock);
	cg->mem.max = most;
	spin_unlock(&mem_lock);
	while ((n = beyond(cg, most)) && !signal_pending())
		if (!win(cg, n))
			break;
}

/* Return: the first group from m's payer up that has too much, referenced. */
static struct cgroup *who_has_too_much(struct member *m)
{
	struct cgroup *cg;

	spin_lock(&mem_lock);
	cg = m->payer ? mem_full(m->payer, 0) : NULL;
	if (cg)
		cg_get(cg);
	spin_unlock(&mem_lock);
	return cg;
}

/* What the kernel took for current beyond the limit is taken back. */
static void come_down(struct member *m)
{
	bool going = true;
	struct cgroup *cg;

	while (going && !signal_pending_fatal() && (cg = who_has_too_much(m))) {
		going = win(cg, beyond(cg, HINT(cg->mem.max)));
		cg_put(cg);
	}
}

/* ---- high ---------------------------------------------------------------- */

void mem_set_high(struct cgroup *cg, unsigned long most)
{
	unsigned long n;

	spin_lock(&mem_lock);
	cg->mem.high = most;
	spin_unlock(&mem_lock);
	while ((n = beyond(cg, most)) && !signal_pending())
		if (!mem_squeeze(cg, n))
			break;
}

/* Return: the first group from m's payer up that is over, referenced. */
static struct cgroup *who_is_over(struct member *m, bool tell)
{
	struct cgroup *cg;

	spin_lock(&mem_lock);
	for (cg = m->payer; cg && cg->parent; cg = cg->parent)
		if (cg->mem.on && cg->mem.now > cg->mem.high)
			break;
	if (cg && !cg->parent)
		cg = NULL;
	if (cg) {
		cg_get(cg);
		if (tell)
			mem_count(cg, MEM_HIGH);
	}
	spin_unlock(&mem_lock);
	return cg;
}

/* In parts of what is allowed. */
static u64 excess(unsigned long now, unsigned long high)
{
	u64 over = ((u64)now << 10) / max(high, 1ul);

	return min(over - min(over, (u64)1024), (u64)1 << 14);
}

/* The square of what is too much costs time. */
static unsigned long penalty_ms(u64 over)
{
	return (unsigned long)min(over * over * HIGH_FACTOR / (1u << 20),
				  (u64)HIGH_MOST);
}

/* What is too much of swap is not taken back, but slows down as well. */
static u64 swap_excess(const struct member *m)
{
	struct cgroup *cg;
	u64 over = 0;

	spin_lock(&mem_lock);
	for (cg = m->payer; cg && cg->parent; cg = cg->parent) {
		struct swap_state *s = &cg->mem.swap;

		if (!cg->mem.on || s->now <= s->high)
			continue;
		over = max(over, excess(s->now, s->high));
		mem_count_swap(cg, SWAP_HIGH);
	}
	spin_unlock(&mem_lock);
	return over;
}

/* Return: what is too much after all. */
static u64 take_excess(struct member *m)
{
	struct cgroup *cg = who_is_over(m, true);
	u64 over;

	if (!cg)
		return 0;
	mem_squeeze(cg, max(beyond(cg, HINT(cg->mem.high)), BATCH));
	mem_tell(cg);
	cg_put(cg);
	cg = who_is_over(m, false);
	if (!cg)
		return 0;
	over = excess(HINT(cg->mem.now), HINT(cg->mem.high));
	cg_put(cg);
	return over;
}

static void slow_down(struct member *m, struct cgroup *cg)
{
	u64 mem = take_excess(m), swap = swap_excess(m);
	unsigned long ms = penalty_ms(mem) + penalty_ms(swap);

	if (mem || swap)
		mem_tell(cg);
	/* it is paid by the batch, as small sums would come to too much */
	if (m->debt < BATCH)
		return;
	m->debt = 0;
	if (ms < HIGH_LEAST)
		return;
	ms = min(ms, (unsigned long)HIGH_MOST);
	wait_set_state(TASK_KILLABLE);
	wait_sleep(TASK_KILLABLE, arch_clock() + ms * 1000000ull);
	wait_set_running();
}

/* The files tell of what m's task has met; then it may have to sleep. */
void mem_work(struct task_work *w)
{
	struct member *m = container_of(w, struct member, mem_work);
	struct cgroup *cg;

	spin_lock(&mem_lock);
	m->mem_due = false;
	cg = m->payer;
	if (cg)
		cg_get(cg);
	spin_unlock(&mem_lock);
	if (!cg)
		return;
	mem_tell(cg);
	if (!(HINT(current->flags) & TF_EXITING) && !signal_pending_fatal()) {
		come_down(m);
		slow_down(m, cg);
	}
	m->full = 0;
	cg_put(cg);
}

static void room_init(void)
{
	mutex_init(&room.lock, "memory of a group");
}
INIT(fs, room_init);
