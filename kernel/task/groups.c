/* SPDX-License-Identifier: MIT */
/*
 * Process groups (row D2; POSIX job control).  A group is the list of its
 * members, and counts those that are led by their parents.  A group of which
 * nobody is led is orphaned.
 *
 * Invariant: a member's `led` says what is_led() said when last one of its
 * group, its session, its parent, or its parent's group or session changed.
 * Who changes one of them calls group_settle() for the member.
 */
#include "task.h"
#include <kernel/process/process.h>

struct list *group_members(int pgid)
{
	static struct list nobody = LIST_INIT(nobody);	/* const */
	struct group *g = group_at(pgid);

	spin_must_hold(&tree_lock);
	return g ? &g->members : &nobody;
}

/*
 * Insert p behind the members that are older.  A new process is the youngest;
 * one that moves here later takes a look at each younger member.
 */
static void insert_member(struct list *members, struct process *p)
{
	struct process *q;

	for (struct list *at = members->prev; at != members; at = at->prev) {
		q = list_entry(at, struct process, group_link);
		if (q->serial < p->serial) {
			list_push(at, &p->group_link);
			return;
		}
	}
	list_push(members, &p->group_link);
}

void group_enter(struct process *p, int pgid)
{
	spin_must_hold(&tree_lock);
	pid_get(pgid);
	p->pgid = pgid;
	insert_member(&group_at(pgid)->members, p);
}

void group_leave(struct process *p)
{
	spin_must_hold(&tree_lock);
	if (p->led)
		group_at(p->pgid)->nr_led--;
	p->led = false;
	list_remove(&p->group_link);
	pid_put(p->pgid);
}

bool group_in_session(int pgid, int sid)
{
	struct list *members = group_members(pgid);

	return !list_empty(members) &&
		list_first(members, struct process, group_link)->sid == sid;
}

/* ---- orphaned groups ----------------------------------------------------- */

/*
 * True if p's parent keeps the group of p from being orphaned: it is in another
 * group of the same session.  init does not continue anybody.
 */
static bool is_led(const struct process *p)
{
	const struct process *up = p->parent;

	return p->nr_live && up && up != init_process && up->pgid != p->pgid &&
		up->sid == p->sid;
}

bool group_settle(struct process *p)
{
	struct group *g;

	spin_must_hold(&tree_lock);
	if (is_led(p) == p->led)
		return false;
	p->led = !p->led;
	g = group_at(p->pgid);
	if (p->led)
		g->nr_led++;
	else
		g->nr_led--;
	return !g->nr_led;
}

void group_settle_family(struct process *p)
{
	struct process *c;

	group_settle(p);
	list_for_each(c, &p->children, sibling)
		group_settle(c);
}

bool group_orphaned(int pgid)
{
	struct group *g = group_at(pgid);

	spin_must_hold(&tree_lock);
	return !g || !g->nr_led;
}
