/* SPDX-License-Identifier: MIT */
/*
 * Shared declarations of procfs.  /proc has two kinds of entries: a fixed tree
 * of nodes about the system (system.c and proc_register), and for each task a
 * directory of entries, which is created when it is first looked up.
 *
 * An inode names its task by number and start time and holds no reference,
 * so an open /proc file keeps no dead task; every use looks up the task anew.
 */
#ifndef TOPICS_PROC_PROC_H
#define TOPICS_PROC_PROC_H

#include <fs/mount/mount.h>
#include <fs/nodes.h>
#include <fs/open/fd.h>
#include <fs/path/namei.h>
#include <lt/procfile.h>

#define PROC_TICK (NSEC_PER_SEC / 100)	/* ns of one USER_HZ tick */

struct process;
struct vm_space;
struct vma;

/*
 * A node of the fixed tree; constant once registered, except for its children.
 */
struct proc_node {
	char *name;
	unsigned mode;
	u64 ino;
	struct proc_node *parent;
	struct proc_node *children;	/* [proc_lock] */
	struct proc_node *next;		/* [proc_lock] sibling */
	unsigned inodes;		/* [proc_lock] number of inodes that
					 * node_lookup() made for it */
	bool gone;			/* [proc_lock] set by node_remove() */
	void (*show)(struct seq *s);
	int (*store)(const char *text, size_t n);
	int (*store_arg)(void *arg, const char *text, size_t n);
	void *arg;			/* argument of show (as seq.arg),
					 * store_arg */
	/* writes a symlink's target; NULL: the target is the string arg */
	long (*link)(const struct inode *i, char *buf, size_t size);
	loff_t size;			/* const: st_size for stat(2) */
	bool sysctl;			/* const: in /proc/sys */
	bool line;			/* const: the file is one line, which
					 * several writes may make */
	bool keeps_times;		/* const: times that a program has set
					 * outlive the inode */
	/*
	 * [proc_lock] attributes that a program has set; they outlive the
	 * inode, as the mode does
	 */
	bool set;
	unsigned uid, gid;
	u64 atime, mtime, ctime;
	struct proc_changes *changes;	/* const; NULL: a poll tells of none */
	bool (*may_set)(void);		/* const: true if current may write;
					 * NULL: only root may */
	/*
	 * const: operations of a directory, which its children inherit; NULL:
	 * those of procfs
	 */
	const struct inode_ops *dir_ops;
	const struct file_ops *fops;	/* const; NULL: procfs' own */
};

struct proc_inode {
	struct proc_node *node;		/* const; NULL for task entries */
	const struct pid_file *entry;	/* const; NULL for fixed nodes */
	int tid;			/* const; 0: no task */
	ktime_t started;		/* const: start time, as tid may be
					 * reused */
	int pid;			/* const: the task's process */
	int fd;				/* const: number N of fd/N, fdinfo/N */
	bool thread;			/* const: below task/ */
};

static inline struct proc_inode *proc_of(const struct inode *i)
{
	return i->private;
}

/* How much of the tasks that the caller cannot trace a mount hides. */
enum {
	HIDE_NOTHING,
	HIDE_FILES,			/* their directories are closed */
	HIDE_TASKS,			/* the directories do not exist */
	HIDE_UNTRACEABLE = 4,		/* the same, also from the group */
};

/* What a mount of procfs shows, and to whom: the super block's `private`. */
struct proc_mount {
	struct pid_space *view;		/* const: the namespace of who mounted
					 * it: its numbers are shown */
	/* options: a remount changes them, each is read without a lock */
	unsigned hide;			/* HIDE_ */
	unsigned gid;			/* the group that nothing is hidden
					 * from; ~0u: none */
	bool tasks_only;		/* nothing but tasks is shown */
};

static inline struct proc_mount *proc_mount_of(const struct inode *i)
{
	return i->super->private;
}

/*
 * Return: the PID namespace whose numbers this mount of procfs shows; NULL: the
 * initial one, also for a file of sysfs, which has no such options.
 */
static inline struct pid_space *proc_view(const struct inode *i)
{
	const struct proc_mount *m = proc_mount_of(i);

	return m ? m->view : NULL;
}

/* ---- tree.c -------------------------------------------------------------- */

extern struct spinlock proc_lock;		/* IPL_SOFT */
extern struct proc_node proc_root;
/* text.c: true if the file can be written to. */
bool proc_can_store(const struct proc_inode *p);
extern const struct file_ops proc_text_fops;	/* show/store entries */
extern const struct file_ops proc_plain_fops;	/* read(2), write(2) only */
extern const struct file_ops proc_sysctl_fops;	/* below /proc/sys */
extern const struct file_ops proc_mounts_fops;	/* with poll(2) */
/*
 * Make a new inode described by *p, which is copied.
 * Return: the inode, or NULL without memory.
 */
struct inode *proc_inode(struct super *s, const struct proc_inode *p,
			 unsigned mode);
/* Add a file below /proc at run time (static files: <lt/procfile.h>). */
int proc_register(const char *name, void (*show)(struct seq *s),
		  int (*store)(const char *text, size_t n));
/*
 * Make an empty directory.  Below /proc/sys, its files do not count as
 * settings.
 * Return: 0, -EEXIST, -ENOMEM.
 */
int proc_mkdir(const char *name, unsigned mode);
/*
 * Like proc_register(), for one of several similar files: show() gets arg as
 * seq.arg.
 */
int proc_register_arg(const char *name, void (*show)(struct seq *s),
		      int (*store)(void *arg, const char *text, size_t n),
		      void *arg);
/*
 * Make a file whose functions the caller sets afterwards.
 * Return: 0 with *out set; -EEXIST, -ENOMEM.
 */
int proc_add(const char *name, unsigned mode, struct proc_node **out);
int proc_link(const char *name, long (*link)(const struct inode *i, char *buf,
					     size_t size));
void proc_evict(struct inode *i);
int proc_truncate(struct inode *i, loff_t size);
/*
 * Emit "." and "..", with the inode numbers of f's dentry and its parent.
 * Return: false if the buffer is full.
 */
bool proc_emit_dots(struct file *f, struct dir_context *ctx);
/*
 * Parse a decimal number without sign or leading zeros.
 * Return: the number, or -1.
 */
int proc_number(const char *name, unsigned len);

/*
 * Translate the task number that d names in dir from dir's PID namespace.
 * Return: the number in the initial namespace, below 1 if there is none.
 */
int proc_lookup_number(const struct inode *dir, const struct dentry *d);
/* Hooks of PID namespaces; const after init, NULL without the extension. */
extern void (*proc_hold_view)(struct pid_space *s, bool hold);
/*
 * Context: [tree_lock].
 * Return: the lowest number in use above the given one, or 0.
 */
extern int (*proc_next_number)(const struct pid_space *s, int above);

/* ---- options.c: options of a mount --------------------------------------- */

/*
 * Ask what the mount of i lets the caller see: proc_hides() of the task behind
 * i, proc_hides_locked() of t.
 * Context: proc_hides_locked() [tree_lock].
 * Return: 0: everything; -EPERM: only that it is there; -ENOENT: nothing.
 */
int proc_hides(const struct inode *i);
int proc_hides_locked(const struct inode *i, struct task *t);
/*
 * The same for an inode that the caller has found already, by a descriptor.
 * Return: 0, -ENOENT; -EPERM, also for a task that only a name hides.
 */
int proc_closes(const struct inode *i);
/* True if the mount of `root` does not show this file beside the tasks. */
bool proc_leaves_out(const struct inode *root, const char *name, unsigned len);
/*
 * Set in *m the options that the text names.
 * Return: 0; -EINVAL, -ENOMEM: *m may have changed.
 */
int proc_take_options(struct proc_mount *m, const char *data);
int proc_reconfigure(struct super *s, const char *data); /* super.reconfigure */
void proc_show_options(struct seq *to, struct super *s);

/* ---- nodes.c: fixed trees ------------------------------------------------ */

/*
 * Make a node below dir, and the directories of its path that are missing.
 * Return: 0 with *out; -EEXIST, -ENOMEM.
 */
int node_add(struct proc_node *dir, const char *path, unsigned mode,
	     struct proc_node **out);
/*
 * Remove the node at path and all nodes below it from the tree.  Their files
 * may still be open, so these must check that the object behind arg exists
 * before they use it.
 */
void node_remove(struct proc_node *dir, const char *path);
bool node_gone(const struct proc_node *n);
/*
 * Drop an inode's use of n; frees n if it was removed and this was the last
 * inode.
 */
void node_put(struct proc_node *n);
void node_changed(struct inode *i);	/* inode_ops.changed */
/* For inode_ops.lookup: set d to the child of dir's node, if there is one. */
int node_lookup(struct inode *dir, struct dentry *d);
/*
 * Emit the children of a directory's node; positions from 2 on are the nodes in
 * order.  *full: the buffer is full.
 * Return: the position after the last node.
 */
loff_t node_emit(struct file *f, struct dir_context *ctx, bool *full);
/*
 * Make a superblock that shows root.  ops, fops: operations of its root
 * directory, NULL: the usual ones.
 * Return: 0 with *out set; -ENOMEM.
 */
int node_mount(const struct fs_type *t, struct proc_node *root,
	       unsigned flags, const struct inode_ops *ops,
	       const struct file_ops *fops, struct super **out);

/* ---- pid.c --------------------------------------------------------------- */

/* Return: the task behind an inode, with a reference, or NULL if it is gone. */
struct task *proc_task(const struct inode *i);
/*
 * Look up a task by number.  The number may have been reused: a task that began
 * later than `started` does not count (0: any task will do).
 * Return: the task with a reference, or NULL.
 */
struct task *proc_task_since(int tid, ktime_t started);
int proc_pid_lookup(struct inode *dir, struct dentry *d, int tid, bool thread);
int proc_pid_revalidate(struct dentry *d);	/* inode_ops.revalidate */
/* Emit the numbers of all processes from ctx->pos on. */
int proc_pid_readdir(struct file *f, struct dir_context *ctx);
/* Set d to a new inode for an entry of the task that *p names. */
int proc_instantiate(struct inode *dir, struct dentry *d,
		     const struct proc_inode *p, unsigned mode,
		     const struct inode_ops *ops, const struct file_ops *fops);
/*
 * True if the caller may read t's memory and files: same user and no more
 * capabilities, or CAP_SYS_PTRACE.
 */
bool proc_may_inspect(struct task *t);
/* True if the caller may also change t's memory, as a debugger does. */
bool proc_may_control(struct task *t);
/* Like proc_may_inspect(), for the task of p; true if that task is gone. */
bool proc_may_look_in(const struct proc_inode *p);
void proc_pid_refresh(struct inode *i);		/* inode_ops.refresh */
bool proc_pid_permits(struct inode *i, int mask); /* inode_ops.permits */
/*
 * Return: t's address space with a reference that keeps its mappings
 * (vm_space_put()), or NULL.
 */
struct vm_space *proc_space(struct task *t);
#define PROC_PID_INO 0x100000		/* inode numbers of PID directories */

/* ---- the entries --------------------------------------------------------- */

int pid_show_stat(struct seq *s, struct task *t);
int pid_show_statm(struct seq *s, struct task *t);
int pid_show_status(struct seq *s, struct task *t);
int pid_show_children(struct seq *s, struct task *t);
int pid_show_comm(struct seq *s, struct task *t);
int pid_store_comm(struct task *t, const char *text, size_t n);
int pid_show_wchan(struct seq *s, struct task *t);
int pid_show_cmdline(struct seq *s, struct task *t);
int pid_show_environ(struct seq *s, struct task *t);
int pid_show_auxv(struct seq *s, struct task *t);
/*
 * Hold the address space of the task behind i (vm_space_hold(),
 * vm_space_drop()).  *out is NULL if the task has none.  control: the caller
 * also wants to change the space.
 * Return: 0; -ESRCH; -EACCES: the caller may not inspect or control the task.
 */
int pid_hold_space(struct inode *i, bool control, struct vm_space **out);
/*
 * Take a reference that keeps the mappings of a space that is only held
 * (vm_space_hold()); vm_space_put() drops it.
 * Return: the space, or NULL if its `users` count was 0 already.
 */
struct vm_space *proc_use_space(struct vm_space *m);
int pid_show_maps(struct seq *s, struct task *t);
/* Print a line of proc_pid_maps(5); buf: PATH_MAX bytes for a name. */
void proc_show_vma(struct seq *s, struct vma *v, char *buf);
/*
 * Call fn on each VMA of the space s->arg.
 * Context: may sleep; fn runs with the space's lock held shared.
 * Return: 0, -ENOMEM.
 */
int proc_each_vma(struct seq *s,
		  void (*fn)(struct seq *s, struct vma *v, char *buf));
extern const struct inode_ops pid_fd_ops, pid_fdinfo_ops;
extern const struct file_ops pid_fd_fops, pid_fdinfo_fops;
/*
 * Write the target of a link to *p at the start of buf (path_name() builds it
 * at the end).  Drops *p.
 * Return: the number of bytes, or an error of path_name().
 */
long proc_link_text(struct path *p, char *buf, size_t size);
int pid_follow_exe(struct task *t, struct path *out);
int pid_follow_cwd(struct task *t, struct path *out);
int pid_follow_root(struct task *t, struct path *out);
/* mounts.c */
/*
 * State of an open mounts file: the tree of mounts it shows, and the root from
 * which they are seen.
 */
struct mounts_seen {
	struct mount_space *space;
	struct path root;
	unsigned told;			/* read without a lock: number of the
					 * last change reported */
};
/*
 * Record the tree of mounts and the root of i's task; mounts_drop_record()
 * frees the record.
 * Return: 0; -EINVAL, -ENOENT, -ENOMEM.
 */
int mounts_record(struct inode *i, struct mounts_seen **out);
void mounts_drop_record(struct mounts_seen *seen);
/*
 * Context: [dcache_lock].
 * Return: true if m is at or below root; after a chroot some mounts are not.
 */
bool mount_reachable(const struct mount *m, const struct path *root);
/*
 * Set *out to the mount namespace of t, with a reference.  Const after init;
 * NULL: there is only one namespace.
 * Return: 0; -ESRCH: t has left its namespace.
 */
extern int (*mount_space_of)(struct task *t, struct mount_space **out);
extern void (*mount_space_put)(struct mount_space *s);
/*
 * Print the propagation of m, if extension mounts is there; const after init,
 * may be NULL.
 */
extern void (*mount_show_sharing)(struct seq *s, const struct mount *m,
				  const struct path *root);
int pid_show_mounts(struct seq *s, struct task *t);
int pid_show_mountinfo(struct seq *s, struct task *t);
/* system.c: the fixed tree. */
void proc_system_init(void);
void proc_files_init(void);	/* <lt/procfile.h> */

#endif
