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

/* ---- users --------------------------------------------------------------- */

/* Name spaces of users (user.c, idmap.c), for the other files of the folder. */

#define ID_RANGES	340		/* lines of a map, as on Linux */
enum { MAP_UID, MAP_GID, MAP_PROJECT, ID_MAPS };

/* A line of a map: ids from `first` on are those from `kernel` on. */
struct id_range {
	unsigned first, kernel, count;
};

/* const once a space has it */
struct id_map {
	unsigned n;
	struct id_range range[];
};

struct user_space {
	struct ns ns;			/* its owner is the space around it */
	unsigned level;			/* const: 1 below the first */
	unsigned uid, gid;		/* const: who made it, effective ids */
	bool maker_set_caps;		/* const: who had CAP_SETFCAP there */
	bool no_groups;			/* [maps_lock] word: setgroups(2) */
	struct id_map *map[ID_MAPS];	/* [maps_lock] set once, NULL before */
	struct list made;		/* [counts_guard] who made how many */
	unsigned long most[NS_TYPES];	/* words: that one may make */
};

static inline struct user_space *user_space_of(const struct ns *n)
{
	return n ? container_of((struct ns *)n, struct user_space, ns) : NULL;
}

static inline struct ns *user_ns_of(const struct cred *c)
{
	return c->space ? &c->space->ns : NULL;
}

/* Is n `outer`, or below it?  NULL: the first. */
bool user_space_within(const struct user_space *n,
		       const struct user_space *outer);
/*
 * Credentials like current's, but in n, whose reference they take: with every
 * capability there.
 * Return: NULL: no memory, and the reference is gone.
 */
struct cred *user_cred(struct user_space *n);
/*
 * current's are c from now, which are those of another space.  Nobody inside is
 * to look into memory that is of outside, unless it is its maker's.
 */
void user_enter(struct cred *c);

/* idmap.c: m[id], and the other way round; -1: there is none. */
unsigned id_from_map(const struct id_map *m, unsigned id);
unsigned id_in_map(const struct id_map *m, unsigned id);
/* That of a space; NULL: nothing has been written yet. */
const struct id_map *id_map_of(const struct user_space *n, int which);

/*
 * count.c: one more name space of that type in the space `in`, NULL: the first,
 * by the user `by`; and for whoever made `in`, in the one around, and so on.
 * Context: may sleep.
 * Return: 0 with *u, whom it counts for in the first, referenced; -ENOMEM;
 * -ENOSPC: too many somewhere.
 */
int ns_count(enum ns_type type, struct user_space *in, unsigned by,
	     struct user **u);
/* One less; u's reference goes.  Context: no spin lock of the users'. */
void ns_uncount(enum ns_type type, struct user_space *in, unsigned by,
		struct user *u);
/* A new space limits nobody. */
void ns_counts_init(struct user_space *n);

/* ---- processes ----------------------------------------------------------- */

/* Name spaces of numbers (pid.c), for the other files of the folder. */

struct pid_space {
	struct ns ns;
	struct pid_space *parent;	/* const, referenced; NULL: the first */
	unsigned level;			/* const: 1 below the first */
	struct process *init;		/* [tree_lock] NULL: not yet, ended */
	bool dead;			/* [tree_lock] nobody enters any more */
	int reboot;			/* [tree_lock] signal; 0: not asked for */
	struct idr ids;			/* struct pid_names, by number here */
};

static inline struct pid_space *pid_space_of(const struct ns *n)
{
	return n ? container_of((struct ns *)n, struct pid_space, ns) : NULL;
}

/* Is n `outer`, or below it?  NULL: the first. */
bool pid_space_within(const struct pid_space *n, const struct pid_space *outer);
/* The space that p is in; NULL: the first.  Context: p is not reaped. */
struct ns *pid_ns_of(const struct process *p);
/* That around n, which is not the first. */
struct ns *pid_ns_parent(const struct ns *n);

/* ---- what the core calls, as <kernel/ops/namespace_ops.h> says --------------- */

int pid_ns_show(int nr, const struct pid_space *to);
int pid_ns_mean(int nr, const struct pid_space *from);
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
 * What extension ipc has of an IPC name space; NULL: it is not there.  The
 * first name space is none: the extension has that by itself.
 */
struct ipc_part {
	unsigned size;			/* bytes */
	/* Context: may sleep.  Return: 0 or -ENOMEM. */
	int (*part_init)(void *part);
	/* Nobody is in it any more.  Context: may sleep. */
	void (*part_clear)(void *part);
};
extern const struct ipc_part *ns_ipc_part;	/* const after init */

/* current's, which it keeps; NULL: it is in the first. */
void *ipc_ns_part(void);

#endif
