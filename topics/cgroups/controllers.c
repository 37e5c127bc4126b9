/* SPDX-License-Identifier: MIT */
/*
 * The controllers: a list of tables of operations, which is empty unless an
 * extension sets it.  The tree and its members call all controllers here, and
 * know none of them.
 */
#include "cgroup.h"
#include <kernel/task/task.h>
#include <lt/bug.h>
#include <mm/frames/slab.h>

static const struct cgroup_controller *const none[] = { NULL };
const struct cgroup_controller *const *cg_controllers = none;
unsigned cg_all, cg_threaded;

void cg_set_controllers(const struct cgroup_controller *const *list)
{
	const struct cgroup_controller *c;

	cg_controllers = list;
	cg_each_controller(c, id) {
		ASSERT(id < CG_CONTROLLERS);
		cg_all |= 1u << id;
		if (c->threaded)
			cg_threaded |= 1u << id;
		cgroup_root.state[id] = kzalloc(c->group_size);
		if (!cgroup_root.state[id])
			panic("no memory for the root of the cgroups");
	}
}

/* ---- records ------------------------------------------------------------- */

/* Return the bytes that c keeps in a member, or else in a group. */
static size_t room_for(const struct cgroup_controller *c, bool member)
{
	return ALIGN_UP(member ? c->member_size : c->group_size, sizeof(u64));
}

void *cg_alloc_record(size_t own, size_t state_at, bool member)
{
	const struct cgroup_controller *c;
	size_t size = own;
	char *record;
	void **state;

	cg_each_controller(c, id)
		size += room_for(c, member);
	record = kzalloc(size);
	if (!record)
		return NULL;
	state = (void **)(record + state_at);
	size = own;
	cg_each_controller(c, id) {
		state[id] = record + size;
		size += room_for(c, member);
	}
	return record;
}

/* Undo cg_init_states() for the first n controllers. */
static void free_states(struct cgroup *cg, unsigned n)
{
	while (n--)
		if (cg_controllers[n]->free)
			cg_controllers[n]->free(cg);
}

bool cg_init_states(struct cgroup *cg)
{
	const struct cgroup_controller *c;

	cg_each_controller(c, id)
		if (c->init && !c->init(cg)) {
			free_states(cg, id);
			return false;
		}
	return true;
}

void cg_free_states(struct cgroup *cg)
{
	const struct cgroup_controller *c;

	cg_each_controller(c, id)
		if (c->free)
			c->free(cg);
}

/* ---- groups -------------------------------------------------------------- */

void cg_toggle(struct cgroup *cg, unsigned on, unsigned off)
{
	const struct cgroup_controller *c;

	spin_must_hold(&tree_lock);
	cg_each_controller(c, id)
		if ((on | off) & 1u << id)
			c->toggle(cg, on & 1u << id);
}

void cg_settle(struct cgroup *cg, unsigned off)
{
	const struct cgroup_controller *c;

	cg_each_controller(c, id)
		if (off & 1u << id && c->settle)
			c->settle(cg);
}

void cg_show_stat(struct seq *s, struct cgroup *cg)
{
	const struct cgroup_controller *c;

	cg_each_controller(c, id)
		if (c->show_stat)
			c->show_stat(s, cg);
}

/* ---- members ------------------------------------------------------------- */

void cg_regroup(struct member *m)
{
	const struct cgroup_controller *c;

	spin_must_hold(&tree_lock);
	cg_each_controller(c, id)
		if (c->regroup)
			c->regroup(m);
}

bool cg_must_rest(const struct member *m)
{
	const struct cgroup_controller *c;

	cg_each_controller(c, id)
		if (c->must_rest && c->must_rest(m))
			return true;
	return false;
}

/* Count `by` tasks more, for the first n controllers. */
static void charge(struct cgroup *cg, int by, unsigned n)
{
	for (unsigned id = 0; id < n && cg_controllers[id]; id++)
		if (cg_controllers[id]->charge)
			cg_controllers[id]->charge(cg, by);
}

void cg_charge(struct cgroup *cg, int by)
{
	spin_must_hold(&tree_lock);
	charge(cg, by, CG_CONTROLLERS);
}

int cg_may_fork(struct cgroup *cg)
{
	const struct cgroup_controller *c;
	int err;

	spin_must_hold(&tree_lock);
	cg_each_controller(c, id) {
		err = c->may_fork ? c->may_fork(cg) : 0;
		if (err) {
			charge(cg, -1, id);
			return err;
		}
	}
	return 0;
}
