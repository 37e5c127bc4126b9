/* SPDX-License-Identifier: MIT */
/*
 * What the files of procfs share.  /proc has two kinds of entries: a fixed
 * tree of nodes about the system (system.c and proc_register), and for each
 * task a folder of pid entries, made when somebody looks.
 *
 * An inode names its task by number and start time and holds no reference,
 * so a look at /proc keeps no dead task; every use finds the task anew.
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

/* A node of the fixed tree; const after it was registered but for children. */
struct proc_node {
	char *name;
	unsigned mode;
	u64 ino;
	struct proc_node *parent;
	struct proc_node *children;	/* [proc_lock] */
	struct proc_node *next;		/* [proc_lock] sibling */
	unsigned inodes;		/* [proc_lock] of node_lookup() */
	bool gone;			/* [proc_lock] by node_drop() */
	void (*show)(struct seq *s);
	int (*store)(const char *text, size_t n);
	int (*store_arg)(void *arg, const char *text, size_t n);
	void *arg;			/* of show (in its seq), store_arg */
	/* a symlink's target; NULL: the string arg */
	long (*link)(const struct inode *i, char *buf, size_t size);
	loff_t size;			/* const: what stat(2) says of it */
	bool sysctl;			/* const: /proc/sys and below it */
	bool line;			/* const: a name, which is written on */
	bool keeps_times;		/* const: those that are set */
	/* What was set outlives its inode; mode does as well.  [proc_lock] */
	bool set;
	unsigned uid, gid;
	u64 atime, mtime, ctime;
	bool (*may_set)(void);		/* const: may current?  NULL: root may */
	/* const: of folders; NULL: procfs' own.  Children have the same. */
	const struct inode_ops *dir_ops;
	const struct file_ops *fops;	/* const; NULL: procfs' own */
};

struct proc_inode {
	struct proc_node *node;		/* const; fixed tree */
	const struct pid_file *entry;	/* const; task entries */
	int tid;			/* const; 0: no task */
	ktime_t started;		/* const: guards against reuse */
	int pid;			/* const: of its process */
	int fd;				/* const: fd/N, fdinfo/N */
	bool thread;			/* const: below task/ */
};

static inline struct proc_inode *proc_of(const struct inode *i)
{
	return i->private;
}

/* The space whose numbers a mount of procfs shows: of who mounted it. */
static inline struct pid_space *proc_view(const struct inode *i)
{
	return i->super->private;
}

/* ---- tree.c -------------------------------------------------------------- */

extern struct spinlock proc_lock;		/* IPL_SOFT */
extern struct proc_node proc_root;
/* text.c: may the file be written at all? */
bool proc_can_store(const struct proc_inode *p);
extern const struct file_ops proc_text_fops;	/* show/store entries */
extern const struct file_ops proc_plain_fops;	/* without vectors */
extern const struct file_ops proc_mounts_fops;	/* with poll(2) */
/* A new inode described by *p (copied).  Return: NULL: no memory. */
struct inode *proc_inode(struct super *s, const struct proc_inode *p,
			 unsigned mode);
/* A file below /proc that comes at run time (else <lt/procfile.h>). */
int proc_register(const char *name, void (*show)(struct seq *s),
		  int (*store)(const char *text, size_t n));
/*
 * A directory without files yet; below /proc/sys, of files that are no
 * settings.
 * Return: 0, -EEXIST, -ENOMEM.
 */
int proc_mkdir(const char *name, unsigned mode);
/* The same for one of several such files: show finds arg in its seq. */
int proc_register_arg(const char *name, void (*show)(struct seq *s),
		      int (*store)(void *arg, const char *text, size_t n),
		      void *arg);
/* A file without anything in it yet.  Return: 0 with *out; -EEXIST, -ENOMEM. */
int proc_add(const char *name, unsigned mode, struct proc_node **out);
int proc_link(const char *name, long (*link)(const struct inode *i, char *buf,
					     size_t size));
void proc_evict(struct inode *i);
int proc_truncate(struct inode *i, loff_t size);
/* "." and ".." by the dentry; false: the buffer is full. */
bool proc_emit_dots(struct file *f, struct dir_context *ctx);
/* A decimal number without sign or leading zeros, else -1. */
int proc_number(const char *name, unsigned len);

/*
 * The number that d says is meant in dir, as the kernel has it; below 1: none.
 */
int proc_named(const struct inode *dir, const struct dentry *d);
/* Name spaces of numbers; const after init, NULL: there are none. */
extern void (*proc_hold_view)(struct pid_space *s, bool hold);
/* The least number in use above that; 0: none.  Context: [tree_lock]. */
extern int (*proc_next_number)(const struct pid_space *s, int above);

/* ---- nodes.c: fixed trees ------------------------------------------------ */

/*
 * Make a node below dir, and the directories of its path that are missing.
 * Return: 0 with *out; -EEXIST, -ENOMEM.
 */
int node_add(struct proc_node *dir, const char *path, unsigned mode,
	     struct proc_node **out);
/*
 * Take the node at path, and all below it, out of the tree.  Files of it may be
 * open, so what it points to in arg is looked for before it is used.
 */
void node_drop(struct proc_node *dir, const char *path);
bool node_gone(const struct proc_node *n);
/* An inode of n's has gone. */
void node_put(struct proc_node *n);
void node_changed(struct inode *i);	/* inode_ops.changed */
/* As an inode's lookup: d becomes the child of dir's node, if there is one. */
int node_lookup(struct inode *dir, struct dentry *d);
/*
 * Positions 2.. are the nodes in order.
 * Return: the position behind the last.
 */
loff_t node_emit(struct file *f, struct dir_context *ctx, bool *full);
/* A new superblock that shows root; ops, fops of its root, NULL: usual. */
int node_mount(const struct fs_type *t, struct proc_node *root,
	       unsigned flags, const struct inode_ops *ops,
	       const struct file_ops *fops, struct super **out);

/* ---- pid.c --------------------------------------------------------------- */

/* The task behind an inode, referenced; NULL: it is gone. */
struct task *proc_task(const struct inode *i);
/*
 * The task of that number, referenced.  The number may be another's by now: that
 * one began later than `started` (0: any will do).  NULL: there is none.
 */
struct task *proc_task_since(int tid, ktime_t started);
int proc_pid_lookup(struct inode *dir, struct dentry *d, int tid, bool thread);
bool proc_pid_revalidate(struct dentry *d);
/* Emit the numbers of all processes from ctx->pos on. */
int proc_pid_readdir(struct file *f, struct dir_context *ctx);
/* Fill d with a text or special entry of task (tid, started). */
int proc_instantiate(struct inode *dir, struct dentry *d,
		     const struct proc_inode *p, unsigned mode,
		     const struct inode_ops *ops, const struct file_ops *fops);
/*
 * The caller may look into t's memory and files: same user and no more
 * capabilities, or CAP_SYS_PTRACE.
 */
bool proc_may_inspect(struct task *t);
/* ... and change it, as a debugger. */
bool proc_may_control(struct task *t);
/* As proc_may_inspect(), of the task of p; one that is gone refuses nothing. */
bool proc_may_look_in(const struct proc_inode *p);
void proc_pid_refresh(struct inode *i);		/* inode_ops.refresh */
bool proc_pid_permits(struct inode *i, int mask); /* inode_ops.permits */
/* t's address space with a user's reference, or NULL; vm_space_put it. */
struct vm_space *proc_space(struct task *t);
#define PROC_PID_INO 0x100000		/* inode numbers of PID folders */

/* ---- the entries --------------------------------------------------------- */

int pid_show_stat(struct seq *s, struct task *t);
int pid_show_statm(struct seq *s, struct task *t);
int pid_show_status(struct seq *s, struct task *t);
int pid_show_comm(struct seq *s, struct task *t);
int pid_store_comm(struct task *t, const char *text, size_t n);
int pid_show_wchan(struct seq *s, struct task *t);
int pid_show_cmdline(struct seq *s, struct task *t);
int pid_show_environ(struct seq *s, struct task *t);
int pid_show_auxv(struct seq *s, struct task *t);
/*
 * The space of the task behind i, held (vm_space_drop); NULL: it has none.
 * control: to change it, too.
 * Return: 0; -ESRCH; -EACCES: it is not the caller's.
 */
int pid_hold_space(struct inode *i, bool control, struct vm_space **out);
/* A space that was held, with a user's reference; NULL: its users are gone. */
struct vm_space *proc_use_space(struct vm_space *m);
int pid_show_maps(struct seq *s, struct task *t);
/* A line of proc_pid_maps(5); buf: PATH_MAX bytes for a name. */
void proc_show_vma(struct seq *s, struct vma *v, char *buf);
/* fn on each VMA of s's space, under its shared lock.  Return: 0 or -ENOMEM. */
int proc_each_vma(struct seq *s,
		  void (*fn)(struct seq *s, struct vma *v, char *buf));
extern const struct inode_ops pid_fd_ops, pid_fdinfo_ops;
extern const struct file_ops pid_fd_fops, pid_fdinfo_fops;
/*
 * What a link to *p reads as, at the start of buf; drops p.  path_name() builds
 * from the end.
 * Return: bytes, or an error of path_name().
 */
long proc_link_text(struct path *p, char *buf, size_t size);
int pid_follow_exe(struct task *t, struct path *out);
int pid_follow_cwd(struct task *t, struct path *out);
int pid_follow_root(struct task *t, struct path *out);
/* mounts.c */
/* Of an open file that tells of mounts: whose, and seen from where. */
struct mounts_seen {
	struct mount_space *space;
	struct path root;
	unsigned told;			/* word: of the space's changes */
};
/* i's task's, for mounts_unsee().  Return: 0; -EINVAL, -ENOENT, -ENOMEM. */
int mounts_see(struct inode *i, struct mounts_seen **out);
void mounts_unsee(struct mounts_seen *seen);
/* [dcache_lock] Is it at or below root?  After a chroot not all are. */
bool mount_reachable(const struct mount *m, const struct path *root);
/*
 * The space of t, referenced; const after init; NULL: there is but one.
 * Return: 0; -ESRCH: it has none any more.
 */
extern int (*mount_space_of)(struct task *t, struct mount_space **out);
extern void (*mount_space_put)(struct mount_space *s);
/* What extension mounts says of the sharing of m, or NULL; const after init. */
extern void (*mount_show_sharing)(struct seq *s, const struct mount *m,
				  const struct path *root);
int pid_show_mounts(struct seq *s, struct task *t);
int pid_show_mountinfo(struct seq *s, struct task *t);
/* system.c: the fixed tree. */
void proc_system_init(void);
void proc_files_init(void);	/* <lt/procfile.h> */

#endif
