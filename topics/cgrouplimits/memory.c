/* SPDX-License-Identifier: MIT */
/*
 * The controller memory: which page is charged to which group.  The kernel
 * allocates memory for a task: its own pages, file pages that the task touches
 * first, page tables, contents of its pipes.  This memory is charged to the
 * task's nearest group that has the controller, and to all ancestors of that
 * group except the root.
 *
 *  frame      page_first  ...                                    page_end
 *  owner_of      [ 0 | 3 | 3 | 0 | 7 | ... ]     id of a group, 0: none
 *                        \       |
 *                 /lab/a: now 2  /lab/b: now 1    /lab: now 3
 *
 * The charge stays with the page, even if its task moves to another group.
 * Uncharged pages cost nothing extra: page_owners is set when the first group
 * gets the controller, and a charged page has a bit in page->order, which the
 * allocator reads anyway.
 *
 * Kernel stacks are kept mapped for reuse.  They are counted with their task,
 * and move with it.
 *
 * Invariant, under mem_lock: a group's `now` is the number of frames that have
 * its id or that of a group below it, plus the frames of its tasks' stacks.
 */
#define LOG_PREFIX "cgroup"
#include "memory.h"
#include <kernel/process/oom.h>
#include <kernel/task/task.h>
#include <lt/bug.h>
#include <lt/init.h>
#include <mm/frames/slab.h>

#define GROUPS		4096	/* maximum, with the root */
#define CHUNK		1024	/* frames scanned per hold of the lock */

/*
 * IPL_HIGH, because pages are freed under most other locks.  Taken before the
 * zone lock.
 */
struct spinlock mem_lock = SPIN_INIT("memory groups", IPL_HIGH);
static struct cgroup **groups;		/* [mem] indexed by id */
/* [mem] id of the group of each frame; the pointer itself is const */
static u16 *owner_of;
void (*mem_swap_settle)(void);

static u16 *owner_slot(const struct page *p)
{
	return &owner_of[page_pfn(p) - page_first];
}

struct cgroup *mem_owner(const struct page *p)
{
	spin_must_hold(&mem_lock);
	return groups[*owner_slot(p)];
}

struct cgroup *mem_group(int id)
{
	spin_must_hold(&mem_lock);
	return groups[id];
}

/* ---- groups -------------------------------------------------------------- */

/* Return a free id; 0: all are taken.  Context: [mem]. */
static int cgroup_free_id(void)
{
	int id = 1;

	spin_must_hold(&mem_lock);
	if (!groups)
		return 0;
	while (id < GROUPS && groups[id])
		id++;
	return id < GROUPS ? id : 0;
}

/* Give cg an id.  Return: false: there are too many groups. */
static bool mem_init(struct cgroup *cg)
{
	struct mem_state *s = group_mem(cg);

	spin_lock(&mem_lock);
	s->id = cgroup_free_id();
	if (s->id)
		groups[s->id] = cg;
	spin_unlock(&mem_lock);
	return s->id;
}

static void mem_free(struct cgroup *cg)
{
	spin_lock(&mem_lock);
	groups[group_mem(cg)->id] = NULL;
	spin_unlock(&mem_lock);
}

struct cgroup *mem_payer(struct cgroup *cg)
{
	while (cg->parent && !group_mem(cg)->on)
		cg = cg->parent;
	return cg;
}

/* ---- charges ------------------------------------------------------------- */

void mem_count(struct cgroup *cg, enum mem_event event)
{
	spin_must_hold(&mem_lock);
	group_mem(cg)->local[event]++;
	group_mem(cg)->local_due = true;
	for (; cg->parent; cg = cg->parent) {
		group_mem(cg)->events[event]++;
		group_mem(cg)->due = true;
	}
}

void mem_count_swap(struct cgroup *cg, enum swap_event event)
{
	spin_must_hold(&mem_lock);
	for (; cg->parent; cg = cg->parent) {
		group_mem(cg)->swap.events[event]++;
		group_mem(cg)->swap.due = true;
	}
}

/* Charge n pages of p's kind.  Context: [mem]. */
static void cgroup_add(struct cgroup *cg, const struct page *p, unsigned long n)
{
	spin_must_hold(&mem_lock);
	for (; cg->parent; cg = cg->parent) {
		struct mem_state *s = group_mem(cg);

		s->now += n;
		if (p->kind == PAGE_CACHE)
			s->files += n;
		s->peak = max(s->peak, s->now);
	}
}

/* Uncharge n pages of p's kind.  Context: [mem]. */
static void cgroup_subtract(struct cgroup *cg, const struct page *p,
			    unsigned long n)
{
	spin_must_hold(&mem_lock);
	for (; cg->parent; cg = cg->parent) {
		struct mem_state *s = group_mem(cg);

		s->now -= n;
		if (p->kind == PAGE_CACHE)
			s->files -= n;
	}
}

struct cgroup *mem_heir(struct cgroup *cg)
{
	spin_must_hold(&mem_lock);
	return !cg->parent || (group_mem(cg)->on && !HINT(cg->dead)) ? cg :
		mem_payer(cg->parent);
}

void mem_give(struct page *p, struct cgroup *to)
{
	struct cgroup *from = mem_owner(p);

	if (from == to)
		return;
	cgroup_subtract(from, p, 1);
	cgroup_add(to, p, 1);
	*owner_slot(p) = (u16)group_mem(to)->id;
	p->order |= PAGE_CHARGED;
}

struct cgroup *mem_full(struct cgroup *cg, unsigned long n)
{
	spin_must_hold(&mem_lock);
	for (; cg->parent; cg = cg->parent) {
		const struct mem_state *s = group_mem(cg);

		if (s->on && s->now + n > s->max)
			return cg;
	}
	return NULL;
}

void mem_work_later(struct member *m)
{
	struct mem_member *mm = member_mem(m);

	spin_must_hold(&mem_lock);
	mm->work.fn = mem_work;
	if (!mm->due && !task_work_add(m->task, &mm->work))
		mm->due = true;
}

/* Charge or uncharge a kernel stack to cg; NULL: none.  Context: [mem]. */
static void charge_stack(struct cgroup *cg, bool on)
{
	unsigned long n = on ? KSTACK_PAGES : -(unsigned long)KSTACK_PAGES;

	spin_must_hold(&mem_lock);
	for (; cg && cg->parent; cg = cg->parent) {
		struct mem_state *s = group_mem(cg);

		s->now += n;
		s->stacks += n;
		s->peak = max(s->peak, s->now);
	}
}

/* Context: [tree]. */
static void set_payer(struct member *m, struct cgroup *cg)
{
	struct mem_member *mm = member_mem(m);

	spin_must_hold(&tree_lock);
	spin_lock(&mem_lock);
	charge_stack(mm->payer, false);
	mm->payer = cg->parent ? cg : NULL;
	charge_stack(mm->payer, true);
	if (mem_full(cg, 0))
		mem_work_later(m);
	spin_unlock(&mem_lock);
}

/* Update m after a move, or after its payer has changed. */
static void mem_regroup(struct member *m)
{
	set_payer(m, m->live ? mem_payer(m->cg) : &cgroup_root);
}

/*
 * True if p is allocated for the kernel.  Kernel allocations are not refused,
 * because too many callers would treat a refusal as an error.  The task that
 * goes over the limit reclaims memory on its way to user mode, or is killed.
 */
static bool cgroup_is_kernels(const struct page *p)
{
	return p->kind < PAGE_TABLE;
}

/*
 * Charge p to the payer of m, the record of current.
 * Context: [mem].
 * Return: false: refused.
 */
static bool try_charge(struct member *m, struct page *p)
{
	unsigned long n = 1ul << page_order(p);
	struct mem_member *mm = member_mem(m);
	struct cgroup *cg = mm->payer, *by = mem_full(cg, n);

	spin_must_hold(&mem_lock);
	if (by) {
		mem_count(by, MEM_MAX);
		mem_work_later(m);
	}
	if (!cgroup_is_kernels(p)) {
		mm->full = by ? group_mem(by)->id : 0;
		mm->lacking = n;
		if (by) {
			oom_note_refused(0);
			return false;
		}
	}
	cgroup_add(cg, p, n);
	for (unsigned long i = 0; i < n; i++)
		*owner_slot(p + i) = (u16)group_mem(cg)->id;
	p->order |= PAGE_CHARGED;
	return true;
}

static struct page *charge(struct page *p)
{
	struct member *m = current->process ? member_of(current) : NULL;
	bool done = true;

	if (!p || !m || !HINT(member_mem(m)->payer) || current->in_interrupt)
		return p;
	spin_lock(&mem_lock);
	if (member_mem(m)->payer)
		done = try_charge(m, p);
	spin_unlock(&mem_lock);
	if (done)
		return p;
	page_put(p);
	return NULL;
}

/*
 * Uncharge the frames of p.  They may have different owners, if p was assembled
 * from split blocks.
 */
static void uncharge(struct page *p)
{
	unsigned long n = 1ul << page_order(p);

	spin_lock(&mem_lock);
	for (unsigned long i = 0; i < n; i++) {
		cgroup_subtract(groups[*owner_slot(p + i)], p, 1);
		*owner_slot(p + i) = 0;
	}
	spin_unlock(&mem_lock);
	p->order &= PAGE_CHARGED - 1u;
}

static void set_kind(struct page *p, enum page_kind kind)
{
	struct cgroup *cg;

	spin_lock(&mem_lock);
	cg = mem_owner(p);
	cgroup_subtract(cg, p, 1);
	p->kind = kind;
	cgroup_add(cg, p, 1);
	spin_unlock(&mem_lock);
}

/* ---- the controller comes and goes --------------------------------------- */

static const struct page_owners owners = {
	.charge = charge, .uncharge = uncharge, .set_kind = set_kind,
	.may_take = mem_may_take, .relieve = mem_make_room,
};

static void mem_toggle(struct cgroup *top, bool on)
{
	struct mem_state *s = group_mem(top);
	struct cgroup *cg;
	struct member *m;

	spin_must_hold(&tree_lock);
	if (on)
		WRITE_ONCE(page_owners, &owners);
	spin_lock(&mem_lock);
	*s = (struct mem_state){
		.id = s->id, .on = on, .now = s->now, .files = s->files,
		.stacks = s->stacks, .peak = s->now, .max = MEM_UNLIMITED,
		.swap = {
			.now = s->swap.now, .peak = s->swap.now,
			.max = MEM_UNLIMITED,
		},
	};
	spin_unlock(&mem_lock);
	cg_for_each(cg, top)
		list_for_each(m, &cg->members, link)
			mem_regroup(m);
}

/* Context: [mem] */
static void settle_frame(struct page *p)
{
	mem_give(p, mem_heir(mem_owner(p)));
}

/*
 * Move the charges of groups without the controller to their nearest ancestors
 * with it.
 */
static void mem_settle(struct cgroup *cg __unused)
{
	for (pfn_t at = page_first; at < page_end; at += CHUNK) {
		pfn_t end = min(at + CHUNK, page_end);

		spin_lock(&mem_lock);
		for (pfn_t pfn = at; pfn < end; pfn++)
			if (owner_of[pfn - page_first])
				settle_frame(pfn_page(pfn));
		spin_unlock(&mem_lock);
	}
	if (mem_swap_settle)
		mem_swap_settle();
}

/* ---- telling ------------------------------------------------------------- */

/* Context: [tree] */
static void cgroup_note(struct cgroup *cg)
{
	struct mem_state *s = group_mem(cg);
	bool due, local, swap;

	spin_lock(&mem_lock);
	due = s->due;
	local = s->local_due;
	swap = s->swap.due;
	s->due = s->local_due = s->swap.due = false;
	spin_unlock(&mem_lock);
	if (due)
		cg_note(cg, CG_MEM_EVENTS);
	if (local)
		cg_note(cg, CG_MEM_LOCAL);
	if (swap)
		cg_note(cg, CG_SWAP_EVENTS);
}

void mem_tell(struct cgroup *cg)
{
	struct cgroup *up;

	spin_lock(&tree_lock);
	for (up = cg; up->parent; up = up->parent)
		cgroup_note(up);
	spin_unlock(&tree_lock);
	cg_tell(cg);
}

struct cgroup_controller memory_controller = {
	.name = "memory", .files = { memory_files },
	.group_size = sizeof(struct mem_state),
	.member_size = sizeof(struct mem_member),
	.init = mem_init, .free = mem_free, .toggle = mem_toggle,
	.settle = mem_settle, .regroup = mem_regroup,
};

static void memory_init(void)
{
	owner_of = kzalloc((page_end - page_first) * sizeof(*owner_of));
	groups = kzalloc(GROUPS * sizeof(groups[0]));
	if (!owner_of || !groups)
		panic("no memory for the owners of pages");
	groups[0] = &cgroup_root;
}
INIT(fs, memory_init);
