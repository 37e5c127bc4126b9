/* SPDX-License-Identifier: MIT */
/*
 * Name spaces (rows D8, D10): copies of what else there is once.  A task that
 * is only in the first of each kind has no record of that at all, and costs
 * nothing; others share one such record by fork, with a pointer a kind:
 *
 *	struct task | ... | proxy -> struct nsproxy | .. | uts -> struct ns
 *	                      ^                     | .. | NULL: the first
 *	another's proxy ------'
 *
 * A proxy never changes: unshare(2) and setns(2) give the caller another.  Each
 * kind is a file, and an entry of the table ns_kind.
 */
#ifndef EXT_NAMESPACE_NAMESPACE_H
#define EXT_NAMESPACE_NAMESPACE_H

#include <kernel/task/internal.h>
#include <kernel/user.h>
#include <lt/table.h>

#define CLONE_NEWTIME	0x80ull
struct mount_space;
struct path;
enum ns_type { NS_CGROUP, NS_IPC, NS_MNT, NS_NET, NS_PID, NS_TIME, NS_USER,
	       NS_UTS, NS_TYPES };

/* What begins a name space of any kind; const but for refs. */
struct ns {
	ref_t refs;			/* proxies and open files */
	const struct ns_kind *kind;
	u64 ino;			/* its number, as stat(2) tells it */
	struct user *maker;		/* whom it is counted for outside */
	unsigned by;			/* and in its owner: an id */
	struct user_space *owner;	/* referenced; NULL: the first */
};

/* A kind of which there can be more than the first. */
struct ns_kind {
	enum ns_type type;
	u32 flag;			/* its CLONE_NEW */
	/*
	 * Another one like `old`, whose struct ns is filled in later; old:
	 * NULL: the first.
	 * Context: may sleep.  Return: NULL: no memory.
	 */
	struct ns *(*copy)(const struct ns *old);
	/*
	 * Nobody refers to it.  Context: may sleep, but for those of numbers,
	 * of users and of networks.
	 */
	void (*free)(struct ns *n);
	/* May current have another one?  NULL: yes.  Return: 0 or -errno. */
	int (*may_copy)(const struct ns *old);
	/*
	 * NS_MNT's instead of `copy`: the paths of fs, which nobody else uses,
	 * move into it.
	 */
	struct ns *(*copy_tree)(const struct ns *old, struct user_space *owner,
				struct fs_context *fs);
	/*
	 * May current enter n, beside what setns(2) asks of all kinds?  users:
	 * the space that it will be in.  NULL: yes.  Return: 0 or -errno.
	 */
	int (*may_enter)(const struct ns *n, const struct user_space *users);
	/* It has entered n; NULL: the first.  Context: may sleep. */
	void (*entered)(struct ns *n);
};

/* One more reference, or less, which may sleep; NULL, the first: nothing. */
void ns_get(struct ns *n);
void ns_put(struct ns *n);

/* In whose users' space a capability gives rights over n; NULL: the first. */
static inline struct user_space *ns_owner(const struct ns *n)
{
	return n ? n->owner : NULL;
}

/*
 * current's, of NS_PID and NS_TIME its children's, which it holds; NULL: the
 * first.
 */
struct ns *ns_current(enum ns_type type);
/* current's own of NS_TIME, likewise.  Context: any. */
struct ns *ns_time(void);
/* Somebody is in n from now on: what it is stays.  n: NULL: nothing. */
void time_ns_enter(struct ns *n);

/*
 * That of t, referenced; NULL: the first; children: of NS_PID and NS_TIME, that
 * of those t will make.  Context: no lock.
 * Return: 0 with *out; -ESRCH: t has ended, and is left only those of users and
 * numbers, or there is nobody yet in that of its children.
 */
int ns_of_task(struct task *t, enum ns_type type, bool children,
	       struct ns **out);

/*
 * Have current enter those name spaces of `to` whose types are bits of `types`.
 * That of users is entered by others (user_enter); users: it, or current's.
 * Context: no lock; may sleep.
 * Return: 0, -ENOMEM.
 */
int ns_enter(struct ns *const *to, unsigned types);

/*
 * A descriptor of n, whose reference it takes; NULL: the first of that type.
 * Context: no lock; may sleep.
 */
long ns_open(enum ns_type type, struct ns *n);

/* The root of a tree of mounts, or what covers that, with references. */
void mount_space_top(const struct mount_space *s, struct path *out);

/* What setns(2) asks of all kinds; users: the space that current will be in. */
bool ns_may_enter(const struct ns *n, const struct user_space *users);

/* The CLONE_NEW of a type. */
u32 ns_flag(enum ns_type type);

/*
 * Of a file of /proc/PID/ns, its type and space, without a reference.
 * Return: false: f is another file.
 */
bool ns_of_file(struct file *f, enum ns_type *type, struct ns **out);

#endif
