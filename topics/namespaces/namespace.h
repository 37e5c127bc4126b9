/* SPDX-License-Identifier: MIT */
/*
 * Namespaces (rows D8, D10): copies of resources of which the kernel otherwise
 * has only one.  A task that is only in the initial namespaces has no record of
 * them, and costs nothing.  Other tasks share a record, struct nsproxy, by
 * fork; it has one pointer for each kind:
 *
 *	struct task | ... | proxy -> struct nsproxy | .. | uts -> struct ns
 *	                      ^                     | .. | NULL: initial
 *	another's proxy ------'
 *
 * A proxy never changes: unshare(2) and setns(2) give the caller another one.
 * Each kind has its own file, and an entry in the table ns_kind.  NULL stands
 * for the initial namespace everywhere.
 */
#ifndef TOPICS_NAMESPACES_NAMESPACE_H
#define TOPICS_NAMESPACES_NAMESPACE_H

#include <lt/table.h>
#include <kernel/cred/cred.h>
#include <kernel/signal/siginfo.h>
#include <kernel/process/process.h>
#include <kernel/cred/user.h>
#include <mm/cache/idr.h>

#define CLONE_NEWTIME	0x80ull
struct mount_space;
struct path;
enum ns_type { NS_CGROUP, NS_IPC, NS_MNT, NS_NET, NS_PID, NS_TIME, NS_USER,
	       NS_UTS, NS_TYPES };

/* Common head of a namespace of any kind; const except refs. */
struct ns {
	ref_t refs;			/* proxies and open files */
	const struct ns_kind *kind;
	u64 ino;			/* inode number shown by stat(2) */
	struct user *maker;		/* charged in the initial user ns */
	unsigned by;			/* user id charged in `owner` */
	struct user_space *owner;	/* referenced; NULL: initial */
};

/* A kind of namespace. */
struct ns_kind {
	enum ns_type type;
	u32 flag;			/* its CLONE_NEW* flag */
	/*
	 * Copy `old`; the caller fills in the struct ns.  old: NULL: the
	 * initial namespace.
	 * Context: may sleep.
	 * Return: the copy, or NULL: no memory.
	 */
	struct ns *(*copy)(const struct ns *old);
	/*
	 * Free n, to which no reference is left.
	 * Context: may sleep, except for PID, user and network namespaces.
	 */
	void (*free)(struct ns *n);
	/*
	 * Check if current may create a namespace of this kind from `old`.
	 * NULL: always allowed.
	 * Return: 0 or -errno.
	 */
	int (*may_copy)(const struct ns *old);
	/*
	 * Used by NS_MNT instead of `copy`: also move the paths of fs, which no
	 * other task uses, into the new mount tree.
	 */
	struct ns *(*copy_tree)(const struct ns *old, struct user_space *owner,
				struct fs_context *fs);
	/*
	 * Make the checks of this kind for entering n, beside those that
	 * setns(2) makes for all kinds; NULL: none.  users: the user namespace
	 * that current will be in.
	 * Return: 0 or -errno.
	 */
	int (*may_enter)(const struct ns *n, const struct user_space *users);
	/* Called after current has entered n.  Context: may sleep. */
	void (*entered)(struct ns *n);
};

/*
 * Take or drop a reference to n; NULL: no effect.
 * Context: ns_put() may sleep.
 */
void ns_get(struct ns *n);
void ns_put(struct ns *n);

/* Return the user namespace in which a capability gives rights over n. */
static inline struct user_space *ns_owner(const struct ns *n)
{
	return n ? n->owner : NULL;
}

/*
 * Return the namespace of current, for NS_PID and NS_TIME that of its future
 * children.  The reference stays with current.
 */
struct ns *ns_current(enum ns_type type);
/* Return the time namespace that current itself is in.  Context: any. */
struct ns *ns_time(void);
/*
 * Note that a task has entered the time namespace n, whose offsets are const
 * from now on.  NULL: no effect.
 */
void time_ns_enter(struct ns *n);

/*
 * Find the namespace of t.  children: for NS_PID and NS_TIME, the one that the
 * children of t will be in.
 * Context: no lock.
 * Return: 0 with *out, referenced; -ESRCH: t has ended (only its user and PID
 * namespace can still be found), or the PID namespace of its children has no
 * init yet.
 */
int ns_of_task(struct task *t, enum ns_type type, bool children,
	       struct ns **out);

/*
 * Move current into the namespaces to[type] for each bit in `types`, except
 * NS_USER (see user_enter()).
 * Context: no lock; may sleep.
 * Return: 0 or -ENOMEM.
 */
int ns_enter(struct ns *const *to, unsigned types);

/*
 * Open a descriptor of n and take over the caller's reference to n.
 * Context: no lock; may sleep.
 * Return: the descriptor or -errno.
 */
long ns_open(enum ns_type type, struct ns *n);

/*
 * Return the root of a mount tree, or the topmost mount on it, with references.
 */
void mount_space_top(const struct mount_space *s, struct path *out);

/*
 * Make the checks that setns(2) makes for all kinds of namespace.  users: the
 * user namespace that current will be in.
 */
bool ns_may_enter(const struct ns *n, const struct user_space *users);

/* Return the CLONE_NEW* flag of a type. */
u32 ns_flag(enum ns_type type);

/*
 * Find the type and namespace of f, a file of /proc/PID/ns; takes no reference.
 * Return: false: f is another file.
 */
bool ns_of_file(struct file *f, enum ns_type *type, struct ns **out);

/* ---- users --------------------------------------------------------------- */

/* User namespaces (user.c, idmap.c), for the other files of this topic. */

#define ID_RANGES	340		/* lines of a map, as on Linux */
enum { MAP_UID, MAP_GID, MAP_PROJECT, ID_MAPS };

/*
 * A line of a map: the `count` ids from `first` on stand for the `count` ids of
 * the initial namespace from `kernel` on.
 */
struct id_range {
	unsigned first, kernel, count;
};

/* The lines of a map.  Const once a user namespace points to it. */
struct id_map {
	unsigned n;
	struct id_range range[];
};

struct user_space {
	struct ns ns;			/* its owner is the parent */
	unsigned level;			/* const: 1 below the initial one */
	unsigned uid, gid;		/* const: effective ids of the maker */
	bool maker_set_caps;		/* const: maker had CAP_SETFCAP */
	bool no_groups;			/* [maps_lock] setgroups is denied */
	struct id_map *map[ID_MAPS];	/* [maps_lock] set once */
	struct list made;		/* [counts_guard] of struct made */
	unsigned long most[NS_TYPES];	/* limits for each user */
};

static inline struct user_space *user_space_of(const struct ns *n)
{
	return n ? container_of((struct ns *)n, struct user_space, ns) : NULL;
}

static inline struct ns *user_ns_of(const struct cred *c)
{
	return c->space ? &c->space->ns : NULL;
}

/* True if n is `outer` or below it.  NULL: the initial namespace. */
bool user_space_within(const struct user_space *n,
		       const struct user_space *outer);
/*
 * Clone current's credentials for the user namespace n, with every capability
 * there.  Takes over the caller's reference to n.
 * Return: NULL: no memory, and the reference has been dropped.
 */
struct cred *user_cred(struct user_space *n);
/*
 * Give current the credentials c, which belong to another user namespace, and
 * take over c.  Unless current's user made that namespace or one above it,
 * clear PR_SET_PDEATHSIG, and let fs.suid_dumpable decide whether current's
 * memory is dumpable (by default it is not): tasks inside must not inspect
 * memory from outside.
 */
void user_enter(struct cred *c);

/*
 * idmap.c: id_from_map() translates an id of a user namespace into a kernel id,
 * and id_in_map() translates a kernel id into the id of the namespace.
 * Return: the id, or -1: there is none.
 */
unsigned id_from_map(const struct id_map *m, unsigned id);
unsigned id_in_map(const struct id_map *m, unsigned id);
/* Return a map of n; NULL: not written yet. */
const struct id_map *id_map_of(const struct user_space *n, int which);

/*
 * count.c: charge one more namespace of that type to the user `by` in the user
 * namespace `in` (NULL: the initial one), to the maker of `in` in its parent,
 * and so on up.
 * Context: may sleep.
 * Return: 0 with *u, the user charged in the initial namespace, referenced;
 * -ENOMEM; -ENOSPC: a limit is reached at some level.
 */
int ns_count(enum ns_type type, struct user_space *in, unsigned by,
	     struct user **u);
/*
 * Undo ns_count(), and drop the reference to u.
 * Context: not under the users' spin lock.
 */
void ns_uncount(enum ns_type type, struct user_space *in, unsigned by,
		struct user *u);
/* Initialize the counts of a new user namespace, without limits. */
void ns_counts_init(struct user_space *n);

/* ---- processes ----------------------------------------------------------- */

/* PID namespaces (pid.c), for the other files of this topic. */

struct pid_space {
	struct ns ns;
	struct pid_space *parent;	/* const, referenced; NULL: initial */
	unsigned level;			/* const: 1 below the initial one */
	struct process *init;		/* [tree_lock] NULL: none yet, or
					 * ended */
	bool dead;			/* [tree_lock] init has ended */
	int reboot;			/* [tree_lock] init's exit status, set
					 * by reboot(2); 0: not set */
	struct idr ids;			/* struct pid_names, by local number */
};

static inline struct pid_space *pid_space_of(const struct ns *n)
{
	return n ? container_of((struct ns *)n, struct pid_space, ns) : NULL;
}

/* True if n is `outer` or below it.  NULL: the initial namespace. */
bool pid_space_within(const struct pid_space *n, const struct pid_space *outer);
/* Return p's PID namespace.  Context: p is not reaped. */
struct ns *pid_ns_of(const struct process *p);
/* Return the parent of n, which is not the initial one. */
struct ns *pid_ns_parent(const struct ns *n);

/* ---- what the core calls, as <kernel/ops/namespace_ops.h> says ---------- */

int pid_ns_nr_in(int nr, const struct pid_space *to);
int pid_ns_nr_from(int nr, const struct pid_space *from);
struct user_space *pid_ns_owner(const struct pid_space *n);
void pid_ns_reboot(int signo);
int pid_ns_list(int nr, const struct pid_space *own,
		const struct pid_space *to, int *in);
int pid_ns_enter(struct task *child, const struct clone_args *a);
void pid_ns_leave(int nr, bool last);
void pid_ns_end(struct process *p);
struct process *pid_ns_init_of(const struct process *p);
const struct siginfo *pid_ns_seen(const struct process *p,
				  const struct siginfo *info,
				  struct siginfo *copy);
unsigned user_ns_map(int to_do, unsigned id, const struct user_space *n);
bool user_ns_has(const struct cred *c, const struct user_space *n, int cap);
void user_ns_hold(struct user_space *n, bool more);
void user_ns_show(struct kstat *st);
u64 time_ns_ahead(int clock);
unsigned long time_ns_frame(unsigned long pfn);
struct utsname *uts_ns_names(void);

/* ---- System V's objects -------------------------------------------------- */

/*
 * Extension ipc's part of an IPC namespace.  ns_ipc_part is NULL without the
 * extension.  The extension keeps the initial namespace's part itself.
 */
struct ipc_part {
	unsigned size;			/* bytes */
	/* Context: may sleep.  Return: 0 or -ENOMEM. */
	int (*part_init)(void *part);
	/*
	 * Destroy the part of a namespace that is no longer used.
	 * Context: may sleep.
	 */
	void (*part_clear)(void *part);
};
extern const struct ipc_part *ns_ipc_part;	/* const after init */

/* Return current's part, without a reference; NULL: the initial namespace. */
void *ipc_ns_part(void);

#endif
