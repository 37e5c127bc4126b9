/* SPDX-License-Identifier: MIT */
/*
 * Limits on the number of namespaces.  A namespace is charged to its maker in
 * the user namespace that owns it, to the maker of that user namespace in its
 * parent, and so on.  Each user namespace has its own limits,
 * /proc/sys/user/max_*_namespaces.  So a user namespace can lower the limits
 * for user namespaces below it, but never raise them.
 *
 *	user namespace	  counts in it, by user id
 *	initial		  1000: 4 (A, B, and one each by 6 and 7)
 *	  A, by 1000	  5: 2 (B, and the one by 6), 7: 1
 *	    B, by 5	  6: 1
 */
#include "namespace.h"
#include <kernel/cred/capable.h>
#include <kernel/cred/cred.h>
#include <lt/init.h>
#include <lt/procfile.h>
#include <mm/frames/slab.h>

/*
 * Counts of the namespaces charged to one user (uid) in a user namespace that
 * is not the initial one.
 */
struct made {
	struct list link;
	unsigned uid, all;
	unsigned nr[NS_TYPES];
};

static struct spinlock counts_guard = SPIN_INIT("name space counts", IPL_HIGH);
static unsigned long max_spaces[NS_TYPES];	/* initial limits */

static struct made *ns_count_find(struct user_space *n, unsigned uid)
{
	struct made *m;

	list_for_each(m, &n->made, link)
		if (m->uid == uid)
			return m;
	return NULL;
}

static int ns_count_one(enum ns_type type, struct user_space *n, unsigned uid)
{
	struct made *m, *new = kzalloc(sizeof(*new));
	int err = 0;

	if (!new)
		return -ENOMEM;
	spin_lock(&counts_guard);
	m = ns_count_find(n, uid);
	if ((m ? m->nr[type] : 0) >= READ_ONCE(n->most[type]))
		err = -ENOSPC;
	if (!err && !m) {
		m = new;
		new = NULL;
		m->uid = uid;
		list_push(&n->made, &m->link);
	}
	if (!err) {
		m->nr[type]++;
		m->all++;
	}
	spin_unlock(&counts_guard);
	kfree(new);
	return err;
}

static void uncount_one(enum ns_type type, struct user_space *n, unsigned uid)
{
	struct made *m;

	spin_lock(&counts_guard);
	m = ns_count_find(n, uid);
	m->nr[type]--;
	if (--m->all)
		m = NULL;
	else
		list_remove(&m->link);
	spin_unlock(&counts_guard);
	kfree(m);
}

static int count_first(enum ns_type type, unsigned uid, struct user **out)
{
	struct user *u = user_of(uid);

	if (!u)
		return -ENOMEM;
	if ((unsigned)atomic_add(&u->name_spaces[type], 1) <=
	    READ_ONCE(max_spaces[type])) {
		*out = u;
		return 0;
	}
	atomic_add(&u->name_spaces[type], -1);
	user_put(u);
	return -ENOSPC;
}

/* Uncharge from `in` up to the user namespace `end`, exclusive. */
static void uncount_below(enum ns_type type, struct user_space *in,
			  unsigned by, const struct user_space *end)
{
	for (; in != end; in = in->ns.owner) {
		uncount_one(type, in, by);
		by = in->uid;
	}
}

int ns_count(enum ns_type type, struct user_space *in, unsigned by,
	     struct user **u)
{
	struct user_space *n = in;
	unsigned uid = by;
	int err = 0;

	while (n && !(err = ns_count_one(type, n, uid))) {
		uid = n->uid;
		n = n->ns.owner;
	}
	if (!err)
		err = count_first(type, uid, u);
	if (err)
		uncount_below(type, in, by, n);
	return err;
}

void ns_uncount(enum ns_type type, struct user_space *in, unsigned by,
		struct user *u)
{
	uncount_below(type, in, by, NULL);
	atomic_add(&u->name_spaces[type], -1);
	user_put(u);
}

/* ---- limits -------------------------------------------------------------- */

void ns_counts_init(struct user_space *n)
{
	list_init(&n->made);
	for (int i = 0; i < NS_TYPES; i++)
		n->most[i] = 0x7fffffff;
}

/* Find the limit to read or write: that of the caller's user namespace. */
static unsigned long *ns_own(unsigned long *first)
{
	struct user_space *n = current->cred->space;

	return n ? &n->most[first - max_spaces] : first;
}

/*
 * True if current may change the limits.  capable_here() is enough: ns_own()
 * selects the caller's own user namespace.
 */
static bool ns_may_limit(void)
{
	return capable_here(CAP_SYS_RESOURCE);
}

#define LIMIT(name, type) { "user/max_" name "_namespaces",		\
		&max_spaces[type], 0, 0x7fffffff, ns_own, ns_may_limit }
SYSCTL_NUMBERS(limits) = {
	LIMIT("cgroup", NS_CGROUP), LIMIT("ipc", NS_IPC),
	LIMIT("mnt", NS_MNT), LIMIT("net", NS_NET), LIMIT("pid", NS_PID),
	LIMIT("time", NS_TIME), LIMIT("user", NS_USER), LIMIT("uts", NS_UTS),
};

static void limits_init(void)
{
	for (int i = 0; i < NS_TYPES; i++)
		max_spaces[i] = max_tasks / 2;
}
INIT(task, limits_init);
