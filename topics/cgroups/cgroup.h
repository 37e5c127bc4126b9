/* SPDX-License-Identifier: MIT */
/*
 * Control groups, version 2 (row D9): a tree of sets of processes, with limits
 * on what each set may use.  docs/cgroups.md has the rules, as programs see
 * them.
 *
 *  /sys/fs/cgroup        cgroup_root      tasks without a member record, or
 *       |                                 with one whose cg is the root
 *       +-- lab          struct cgroup    a directory; its files are dentries
 *            |             members --> member --> member     live tasks
 *            |             dying ----> member                ended, not reaped
 *            +-- one     struct cgroup
 *
 * A task in the root group normally has no record, and no hook is called for
 * it.  The first mkdir(2) sets cgroups_made of <kernel/ops/cgroup_ops.h>.
 * "[tree]" stands for tree_lock.
 *
 * What is limited is the business of controllers: tables of operations, which
 * another extension sets (topics/cgrouplimits).  Without them the groups only
 * hold processes, stop them and kill them.
 *
 * Invariants, under tree_lock: a member is on one list of its group from the
 * moment its task is published until it is reaped.  A charge counts in the
 * group of the task and in all its ancestors, except the root.
 */
#ifndef TOPICS_CGROUPS_CGROUP_H
#define TOPICS_CGROUPS_CGROUP_H

#include <fs/vfs.h>
#include <kernel/cred/cred.h>
#include <kernel/task/part.h>
#include <kernel/task/work.h>
#include <lt/seq.h>

#define CG_UNLIMITED	0x7fffffff	/* "max", for depth and descendants */

#define CG_CONTROLLERS	3		/* at most */

/*
 * Files that notify watchers (inotify, poll) when they change.  Controllers
 * number theirs from CG_CONTROLLER_EVENTS on.
 */
enum { CG_QUIET, CG_EVENTS, CG_CONTROLLER_EVENTS };
#define CG_NR_EVENTS	7

struct cg_notice {
	unsigned count;			/* [tree] number of changes */
	bool due;			/* [tree] must tell inotify watchers */
	struct dentry *d;		/* [tree] referenced; NULL: no file */
};

struct cgroup {
	ref_t refs;
	struct cgroup *parent;		/* const, referenced; root: NULL */
	char *name;			/* const */
	unsigned depth;			/* const; root: 0 */
	struct dentry *dir;		/* const; referenced until dead */
	struct inode *procs;		/* file cgroup.procs; valid as dir */
	struct list children, sibling;	/* [tree] */
	struct list members, dying;	/* [tree] struct member */
	unsigned nr_members, nr_frozen;	/* [tree] live members; frozen ones */
	struct cgroup *dom;		/* [tree] its domain, perhaps itself */
	bool dead;			/* [tree] removed */
	unsigned control;		/* [tree] enabled for children: bits */
	unsigned nr_descendants, nr_dying;	/* [tree] */
	int max_depth, max_descendants;	/* [tree] */
	/*
	 * [tree] Number of children with tasks in them or below, by kind; and
	 * number of all threaded children.
	 */
	unsigned busy_domains, busy_threaded, nr_threaded;
	bool freeze;			/* [tree] cgroup.freeze */
	bool freezing;			/* [tree] freeze here or above */
	bool frozen;			/* [tree] all tasks of subtree frozen */
	u64 utime, stime;		/* [tree] ns, of former members */
	struct cg_notice notices[CG_NR_EVENTS];
	struct wait_queue poll;
	void *state[CG_CONTROLLERS];	/* const: what each controller keeps */
};

/* Record of a task that is, or was, in another group than the root. */
struct member {
	struct task *task;		/* const */
	struct cgroup *cg;		/* [tree] referenced, even the root */
	struct list link;		/* [tree] in members or dying */
	bool charged;			/* [tree] controllers count it in cg */
	bool live;			/* [tree] on cg's list of members */
	bool frozen;			/* [tree] asleep because of freezing */
	bool resting;			/* [tree] asleep, frozen or throttled */
	bool work_due;			/* [tree] `work` is queued */
	struct task_work work;
	u64 utime, stime;		/* [tree] task's times at joining cg */
	struct cgroup *into;		/* [own task] of CLONE_INTO_CGROUP */
	void *state[CG_CONTROLLERS];	/* const: what each controller keeps */
};

extern struct cgroup cgroup_root;

/*
 * The opener of a file.  Writes to the file are judged by the rights and the
 * cgroup namespace of the opener, since the writer may be another process that
 * was handed the descriptor.
 */
struct cg_opener {
	struct cred *cred;		/* referenced */
	struct cgroup *top;		/* referenced: root of its namespace */
};

/*
 * Hook of extension namespaces: return the root of current's cgroup namespace,
 * without a reference.  NULL: there is only one namespace.
 */
extern struct cgroup *(*cg_namespace)(void);

/* Return the group that is "/" to current. */
static inline struct cgroup *cg_top(void)
{
	return cg_namespace ? cg_namespace() : &cgroup_root;
}

/*
 * The mount option nsdelegate.  If it is set, a process inside a cgroup
 * namespace can neither move processes into or out of the namespace nor change
 * the limits of its root.
 */
extern bool cg_nsdelegate;

/* ---- tree.c: groups ------------------------------------------------------ */

static inline bool cg_is_threaded(const struct cgroup *cg)
{
	return cg->dom != cg;
}

static inline bool cg_populated(const struct cgroup *cg)
{
	return cg->nr_members || cg->busy_domains || cg->busy_threaded;
}

static inline void cg_get(struct cgroup *cg)
{
	ref_get(&cg->refs);
}
void cg_put(struct cgroup *cg);
/* True if cg is top or below it. */
bool cg_below(const struct cgroup *cg, const struct cgroup *top);
/*
 * Return the group that follows cg in a walk over top and all groups below,
 * parents first; NULL: the walk is over.
 * Context: [tree].
 */
struct cgroup *cg_next(struct cgroup *cg, struct cgroup *top);
#define cg_for_each(cg, top) \
	for (cg = top; cg; cg = cg_next(cg, top))
/* Allocate a group that is not in the tree yet.  Return: NULL: no memory. */
struct cgroup *cg_alloc(struct cgroup *parent, const char *name);
/*
 * Link cg into the tree.
 * Context: [tree].
 * Return: 0, -ENODEV, -EAGAIN: a limit.
 */
int cg_link(struct cgroup *cg);
/* Unlink cg from the tree.  Context: [tree].  Return: 0, -EBUSY. */
int cg_unlink(struct cgroup *cg);
/*
 * Return the controllers that can be enabled for cg's children, as bits.
 * Context: [tree].
 */
unsigned cg_available(const struct cgroup *cg);
bool cg_valid_domain(const struct cgroup *cg);		/* [tree] */
bool cg_thread_root(const struct cgroup *cg);		/* [tree] */
bool cg_may_be_thread_root(const struct cgroup *cg);	/* [tree] */
/*
 * Update cg and its ancestors after cg got its first member (by: 1) or lost its
 * last member (-1).
 * Context: [tree].
 */
void cg_populate(struct cgroup *cg, int by);
/*
 * Note that a file of cg has changed; cg_tell() notifies watchers.
 * Context: [tree].
 */
void cg_note(struct cgroup *cg, unsigned event);
/*
 * Notify watchers of what has changed in cg and its ancestors.
 * Context: no lock; may sleep; the caller has a reference to cg.
 */
void cg_tell(struct cgroup *cg);
/*
 * Show a path like "/lab/one", relative to current's root: "/../two" is a
 * sibling of that root.
 */
void cg_show_path(struct seq *s, const struct cgroup *cg);

/* ---- member.c: who is where ---------------------------------------------- */

/* Context: own task, or [tree]. */
struct member *member_of(struct task *t);
struct cgroup *cg_of(struct task *t);			/* [tree] */
/* Give t a record, so that no later step can fail.  Return: 0 or -ENOMEM. */
int member_prepare(struct task *t);			/* [tree] */
/* Enable the hooks of the core, when the first group is made. */
void members_begin(void);
/* See <kernel/ops/cgroup_ops.h> (into.c). */
int cg_clone_into(int fd, bool thread);
/*
 * Move a process (or with `thread` one thread) to cg, if the opener may do so.
 * number: its id; 0: the caller.
 * Return: 0 or -errno.
 */
int cg_attach(struct cgroup *cg, int number, bool thread,
	      const struct cg_opener *o);
/*
 * Check that the opener may move a task from `from` to `to`.
 * Return: 0; -EACCES; -ENOENT: outside the opener's namespace.
 */
int cg_may_attach(struct cgroup *from, struct cgroup *to,
		  const struct cg_opener *o);
/* Check if c may write cgroup.procs of cg.  Return: 0, -EACCES, -ENODEV. */
int cg_may_write(struct cgroup *cg, const struct cred *c);
/*
 * Check if cg can have tasks.
 * Context: [tree].
 * Return: 0, -ENODEV, -EBUSY, -EOPNOTSUPP.
 */
int cg_takes_tasks(struct cgroup *cg);
int cg_show_procs(struct seq *s, struct cgroup *cg);
int cg_show_threads(struct seq *s, struct cgroup *cg);

/* ---- freeze.c, kill ------------------------------------------------------ */

void freeze_init_member(struct member *m);
/* Have m's task check, on its way to user mode, whether it must rest. */
void rest_later(struct member *m);			/* [tree] */
/* Wake m's task, so that it checks now whether to rest.  Context: [tree]. */
void rest_ends(struct member *m);
/* Freeze or thaw m, which has joined its group.  Context: [tree]. */
void freeze_entered(struct member *m);
/*
 * Update m's group, which m leaves: the tasks that stay may all be frozen.
 * Context: [tree].
 */
void freeze_left(struct member *m);
void freeze_refresh(struct cgroup *cg);			/* [tree] */
int cg_freeze(struct cgroup *cg, bool freeze);
int cg_kill(struct cgroup *cg);

/* ---- controllers.c ------------------------------------------------------- */

/*
 * A controller: what a resource is, and how groups limit it.  Each group has
 * group_size bytes for it at cg->state[ID], and each member member_size bytes
 * at m->state[ID]; they are zero at first, and those of the root stay so unless
 * the controller writes to them.  ID is the controller's place in the list that
 * cg_set_controllers() got; its bit in `control` is 1 << ID.  NULL: the
 * operation is not needed.
 */
struct cgroup_controller {
	const char *name;
	bool threaded;			/* works on single threads */
	/* Sets of files for groups below the root, up to NULL. */
	const struct cg_file *files[3];
	size_t group_size, member_size;
	/*
	 * A new group, not yet in the tree, and the last reference to one.
	 * Return: false: no memory.
	 */
	bool (*init)(struct cgroup *cg);
	void (*free)(struct cgroup *cg);
	/*
	 * The controller was enabled or disabled in cg, by cg's parent.  cg's
	 * settings become the defaults.  Never NULL.
	 * Context: [tree].
	 */
	void (*toggle)(struct cgroup *cg, bool on);
	/*
	 * cg was removed, or the controller was disabled in cg's children:
	 * release what they still hold.
	 * Context: no lock; may sleep; no child of cg gets the controller
	 * meanwhile.
	 */
	void (*settle)(struct cgroup *cg);
	/*
	 * m has joined m->cg, or has left it (m->live is false).
	 * Context: [tree].
	 */
	void (*regroup)(struct member *m);
	/*
	 * Count one new task in cg and its ancestors.
	 * Context: [tree].
	 * Return: 0, -EAGAIN: a limit, and nothing is counted.
	 */
	int (*may_fork)(struct cgroup *cg);
	/* Count `by` tasks more in cg and its ancestors.  Context: [tree]. */
	void (*charge)(struct cgroup *cg, int by);
	/* True if m's task must not run in user mode now.  Context: [tree]. */
	bool (*must_rest)(const struct member *m);
	/* Add lines to cpu.stat.  Context: [tree]. */
	void (*show_stat)(struct seq *s, struct cgroup *cg);
};

/* All controllers, up to NULL; as bits: all of them, and the threaded ones. */
extern const struct cgroup_controller *const *cg_controllers;
extern unsigned cg_all, cg_threaded;
#define cg_each_controller(c, id) \
	for (unsigned id = 0; (c = cg_controllers[id]); id++)

/*
 * Set the controllers, in the order in which Linux lists them.
 * Context: the init level `fs`, once.
 */
void cg_set_controllers(const struct cgroup_controller *const *list);

/* True if the controller ID is enabled in cg.  Context: [tree], or a hint. */
static inline bool cg_controlled(const struct cgroup *cg, unsigned id)
{
	return cg->parent && cg->parent->control & 1u << id;
}

/*
 * Allocate a group or a member, of `own` bytes and what controllers keep behind
 * them.  state_at: the offset of its array `state`.
 * Return: NULL: no memory.
 */
void *cg_alloc_record(size_t own, size_t state_at, bool member);
/* The following functions call the operations of all controllers, in order. */
bool cg_init_states(struct cgroup *cg);
void cg_free_states(struct cgroup *cg);
/* on, off: controllers that were enabled and disabled in cg, as bits. */
void cg_toggle(struct cgroup *cg, unsigned on, unsigned off);
void cg_settle(struct cgroup *cg, unsigned off);
void cg_regroup(struct member *m);
/* After an error, no controller has counted the task. */
int cg_may_fork(struct cgroup *cg);
void cg_charge(struct cgroup *cg, int by);
bool cg_must_rest(const struct member *m);
void cg_show_stat(struct seq *s, struct cgroup *cg);

/* ---- files.c: what the files say ----------------------------------------- */

struct cg_file {
	const char *name;		/* NULL: the end of a set */
	unsigned mode;
	bool not_root;
	bool delegated;			/* writable despite nsdelegate */
	u8 event;			/* number of its notice */
	/* Return: 0 or -errno. */
	int (*show)(struct seq *s, struct cgroup *cg);
	/* text: the written text, without spaces at its ends. */
	int (*store)(struct cgroup *cg, char *text,
		     const struct cg_opener *o);
};

/* The files of every group. */
extern const struct cg_file cg_core_files[];
/* Parse like kstrtoll(text, 0) of Linux.  Return: 0, -EINVAL, -ERANGE. */
int cg_number(const char *text, s64 *value);
int cg_int(const char *text, int *value);

/* ---- text.c -------------------------------------------------------------- */

/*
 * Operations of an inode with its cgroup in private and its cg_file in fs_info.
 */
extern const struct file_ops cg_text_fops;

/* ---- fs.c ---------------------------------------------------------------- */

/*
 * Return the group of the open directory f; NULL: f is no directory of cgroup2.
 */
struct cgroup *cg_of_file(const struct file *f);
/*
 * Enable and disable controllers in cgroup.subtree_control.
 * Return: 0 or -errno.
 */
int cg_change_control(struct cgroup *cg, unsigned on, unsigned off);

#endif
