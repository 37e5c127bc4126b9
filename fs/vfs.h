/* SPDX-License-Identifier: MIT */
/*
 * The virtual file system (lecture rows A1 and B5 of docs/coverage.md): what
 * all file systems have in common, as four objects.
 *
 *   descriptor      struct file      struct dentry        struct inode
 *                   (an open)        (a name)             (the file)
 *   3 ---+         +----------+     +----------------+     +-------------+
 *        +-------->| position,|--+->| parent, "note" |--+->| mode, owner,|
 *   7 ---+ dup(2)  | flags    |  |  +----------------+  |  | size, pages |
 *                  +----------+  |  +----------------+  |  +-------------+
 *   4 --->another open-----------+  | parent, "memo" |--+  two names of one
 *         of the same name          +----------------+     file: hard links
 *
 * References: a dentry holds its parent and inode; a path holds its dentry
 * and mount; a file holds its path and inode; a mount holds its super block,
 * which is one instance of a file system.  A hashed dentry has one reference
 * of the cache, so refs == 1 there means unused.  dcache_lock guards every
 * name.
 */
#ifndef FS_VFS_H
#define FS_VFS_H

#include <kernel/cred/ids.h>
#include <fs/io/uio.h>
#include <kernel/lock/lock.h>
#include <lt/atomic.h>
#include <lt/list.h>
#include <mm/cache/object.h>
#include <mm/cache/pagecache.h>
#include <uapi/errno.h>
#include <uapi/fs.h>

struct dentry;
struct file;
struct path;
struct kstatfs;
struct dir_context;
struct inode;
struct process;
struct seq;
struct super;
struct vma;
struct watch;
struct poll_table;
struct xattrs;

#define NAME_MAX	255
#define PATH_MAX	4096		/* with the NUL */
#define SYMLINK_MAX_DEPTH 40

/* What nobody may change of an inode, root neither: EPERM. */
#define KEEPS_MODE	1
#define KEEPS_OWNER	2
#define KEEPS_TIMES	4

#define FIEMAP_EXTENT_MERGED	0x1000	/* made of pointers to blocks */

struct inode_ops {
	/*
	 * Directories.  d is a child of dir; rights, types and read-only
	 * mounts have been checked.
	 * lookup: fill d (dentry_set_inode) if the name exists; a dentry left
	 * without an inode is negative.  NULL: the cache is the directory.
	 * create to link: d is negative, and gets its inode if all goes well.
	 * unlink to rename: the caller removes or moves the dentries
	 * afterwards; `to` may name what is to be replaced.
	 * Context: [dir->lock], for link to rmdir also the target's, for
	 * rename both directories' and that of what is replaced; may sleep.
	 * Return: 0; -errno: nothing has changed.
	 */
	int (*lookup)(struct inode *dir, struct dentry *d);
	int (*create)(struct inode *dir, struct dentry *d, unsigned mode,
		      unsigned rdev);	/* any type but directory, symlink */
	/* O_TMPFILE: a regular file without links (dentry_set_nameless). */
	int (*tmpfile)(struct inode *dir, struct dentry *d, unsigned mode);
	int (*mkdir)(struct inode *dir, struct dentry *d, unsigned mode);
	int (*symlink)(struct inode *dir, struct dentry *d, const char *to);
	int (*link)(struct inode *dir, struct dentry *d, struct inode *target);
	int (*unlink)(struct inode *dir, struct dentry *d);
	int (*rmdir)(struct inode *dir, struct dentry *d);
	int (*rename)(struct inode *from_dir, struct dentry *from,
		      struct inode *to_dir, struct dentry *to, unsigned flags);
	/* Target into buf, NUL-terminated.  Return: length or -errno. */
	long (*readlink)(struct inode *i, char *buf, size_t size);
	/*
	 * A magic link (/proc/self/exe): it has no text that could be walked,
	 * as its target may have no name; the walk jumps there.
	 * Return: 0 with a referenced path.
	 */
	int (*follow)(struct inode *i, struct path *out);
	/*
	 * Regular files: the new length in bytes; what is added is a hole.
	 * Context: [i->lock]; may sleep.
	 * Return: 0 or -errno.
	 */
	int (*truncate)(struct inode *i, loff_t size);
	/* Bytes [pos, end) become a hole.  Context: [i->lock]. */
	int (*punch)(struct inode *i, loff_t pos, loff_t end);
	/* Freshen size, times... before a stat (procfs). */
	void (*refresh)(struct inode *i);
	/* The last reference goes and nlink is 0, or the cache drops it. */
	void (*evict)(struct inode *i);
	/* What it takes on its disk, in units of 512 bytes. */
	u64 (*blocks)(const struct inode *i);
	/*
	 * What is told of all its runs of blocks beside where they lie
	 * (FIEMAP_EXTENT_).  NULL: where it lies is not told.
	 */
	u32 (*extent_flags)(const struct inode *i);
	/* Mode, owner, times or size now differ from those on the disk. */
	void (*changed)(struct inode *i);
	/*
	 * Keep x as the extended attributes, NULL: none; <compat/xattr/xattr.h>.
	 * A file system without it has no attributes.
	 * Context: [i->lock].
	 * Return: 0 or -errno.
	 */
	int (*set_xattrs)(struct inode *i, const struct xattrs *x);
	/* Of a directory: the caller may, though its mode denies it. */
	bool (*permits)(struct inode *i, int mask);
	/* Of the directory: is d still right?  false: look up anew. */
	bool (*revalidate)(struct dentry *d);
	/* Its names come and go: nothing can be mounted on them. */
	bool fleeting;
	u8 keeps;			/* KEEPS_: what nobody changes */
};

struct inode {
	ref_t refs;
	u64 ino;			/* const */
	unsigned mode;			/* S_IFMT const; bits [lock] */
	unsigned uid, gid;		/* [lock] */
	unsigned nlink;			/* [lock] */
	bool linkable;			/* [lock] O_TMPFILE: may get a name */
	u8 seals;			/* [lock] F_SEAL_, only ever more */
	unsigned rdev;			/* const: S_IFCHR, S_IFBLK */
	loff_t size;			/* [lock] */
	u64 atime, mtime, ctime;	/* ns since 1970 [lock] */
	struct super *super;		/* const */
	const struct inode_ops *ops;	/* const */
	const struct file_ops *fops;	/* const: for open files */
	struct mutex lock;
	struct mapping mapping;		/* its pages */
	int write_denied;		/* > 0: running program; < 0: writers */
	atomic_t readers;		/* open files that cannot write */
	unsigned hooks;			/* atomic: HOOK_, <fs/hooks.h> */
	void *locks;			/* of compat/filelock; NULL: never locked */
	struct watch *watches;		/* [notify_lock] of inotify */
	void *private;			/* of what it is: a pipe, a device */
	void *fs_info;			/* const: the file system's */
	struct xattrs *xattrs;		/* [lock, acl_lock]; NULL: none */
	struct list dirty_link;		/* [writeback lock] holds a reference */
	u64 dirty_since;		/* [writeback lock] arch_clock() */
};

/* What a memfd's owner swore not to do to it (F_ADD_SEALS). */
#define F_SEAL_SEAL	0x01
#define F_SEAL_SHRINK	0x02
#define F_SEAL_GROW	0x04
#define F_SEAL_WRITE	0x08
#define F_SEAL_FUTURE_WRITE 0x10	/* except by mappings that exist */
#define F_SEAL_EXEC	0x20
#define F_SEAL_ALL	0x3f
#define SEAL_SWAPFILE	0x40		/* it keeps its blocks: ETXTBSY */
#define SEALS_NO_WRITE	(F_SEAL_WRITE | F_SEAL_FUTURE_WRITE | SEAL_SWAPFILE)
#define SEALS_HERE	0x80		/* of a kind of file that has seals */

struct dentry {
	ref_t refs;
	struct dentry *parent;		/* [dcache]; root: itself */
	struct inode *inode;		/* [dcache] NULL: negative */
	struct list children;		/* [dcache] */
	struct list sibling;		/* [dcache] */
	struct dentry *hash_next;	/* [dcache] */
	struct dentry **hash_prev;	/* [dcache] NULL: not hashed */
	struct list lru;		/* [dcache] droppable ones */
	u64 cookie;			/* [dcache] place in readdir's order */
	u32 hash;			/* [dcache] */
	bool pinned;			/* in memory only: the name itself */
	unsigned mounted;		/* [dcache] mounts that cover it */
	unsigned name_len;		/* [dcache] */
	char *name;			/* [dcache] short_name or kmalloc'ed */
	char short_name[32];
};

struct mount {
	struct super *super;		/* const */
	struct dentry *root;		/* const */
	struct mount *parent;		/* [dcache] NULL: the root mount */
	struct dentry *at;		/* [dcache] mount point in parent */
	struct mount_space *space;	/* [dcache] in whose tree; NULL: none */
	struct list link;		/* [dcache] of the space, oldest first */
	unsigned flags;			/* word: MS_, those of MOUNT_FLAGS */
	unsigned locked;		/* [dcache] what of it stays: MOUNT_ */
	atomic_t writers;		/* regular files open for writing */
	atomic_t entered;		/* look-ups that came in */
	int expiring;			/* [dcache] `entered` at the mark */
	bool marked;			/* [dcache] MNT_EXPIRE */
	bool strict;			/* [dcache] notes every read */
	unsigned keeps;			/* [dcache], word: of `kept` on it */
	struct mount *copy, *chain;	/* [dcache] of a call under way */
	ref_t refs;
	int id;				/* const once in the tree */
	char source[64];		/* const */
};

struct path {
	struct mount *mount;
	struct dentry *dentry;
};

struct seq;

struct super {
	const struct fs_type *type;	/* const */
	unsigned dev;			/* const: st_dev */
	unsigned flags;			/* MS_RDONLY */
	bool pin_names;			/* const: dentries are the names */
	struct dentry *root;		/* const */
	u64 next_ino;			/* [ino_lock] */
	void *private;			/* the file system's */
	ref_t refs;			/* mounts of it */
	unsigned long block_size;	/* const */
	/* Fill st. */
	void (*statfs)(struct super *s, struct kstatfs *st);
	/* Of a disk: all that is dirty beside pages.  Return: 0 or -errno. */
	int (*sync)(struct super *s);
	/* Likewise: all dirty pages of its files.  Set if sync is. */
	int (*write_files)(struct super *s);
	/* May it be written to from now on / no more?  Return: 0 or -errno. */
	int (*remount)(struct super *s, bool read_only);
	/*
	 * Other options from now on; NULL: it has none.
	 * Return: 0 or -errno.
	 */
	int (*reconfigure)(struct super *s, const char *data);
	/* ",option=value": behind those that all have; NULL: none */
	void (*show_options)(struct seq *to, struct super *s);
	/* Is a file open that has no name any more?  NULL: never */
	bool (*any_nameless)(struct super *s);
	struct block_device *bdev;	/* const: NULL: none */
	atomic_t writers;		/* regular files open for writing */
	struct list sync_link;		/* [writeback mutex] */
	unsigned in_hand;		/* [writeback lock] its files that
					   are being written, off the list */
	u64 dirty_since;		/* word: kicked at, arch_clock(); 0 */
};

struct fs_type {
	const char *name;
	u32 magic;
	bool nodev;			/* needs no block device */
	bool noexec;			/* nothing in it runs, however mounted */
	const char *boot_place;		/* mounted there from the start; NULL */
	/* Return: 0 with *out, or -errno. */
	int (*mount)(const struct fs_type *t, const char *source,
		     unsigned flags, const char *data, struct super **out);
	/* What a new mount shows, referenced, or NULL; unset: the root. */
	struct dentry *(*top)(struct super *s);
	void (*unmount)(struct super *s);
	/*
	 * Of files without a place: may d be bound to one?  unset: no.
	 * Return: 0; 1: but that keeps a space of mounts; -EINVAL.
	 */
	int (*may_bind)(const struct dentry *d);
	struct list link;
};

struct file_ops {
	/*
	 * The last step of open(2): rights have been checked, f has its path
	 * and inode.  May set f->private, and other operations (devices).
	 * Return: 0; -errno: f goes away without release.
	 */
	int (*open)(struct inode *i, struct file *f);
	void (*release)(struct file *f);	/* last reference */
	/*
	 * Move bytes at *pos and advance it, if the file has positions.
	 * Context: may sleep; pos is the caller's alone, be it f's own.
	 * Return: bytes, 0 at the end; -EAGAIN (O_NONBLOCK), -ERESTARTSYS (a
	 * signal), only if nothing was moved.
	 */
	long (*read)(struct file *f, struct uio *u, loff_t *pos);
	long (*write)(struct file *f, struct uio *u, loff_t *pos);
	/* lseek(2); NULL: no position (ESPIPE).  Context: as read. */
	loff_t (*seek)(struct file *f, loff_t off, int whence);
	/* What ioctl(2) does not know itself.  Return: -ENOTTY: nor does f. */
	long (*ioctl)(struct file *f, unsigned cmd, unsigned long arg);
	/* Return: POLLIN... now; poll_wait() queues for later. */
	unsigned (*poll)(struct file *f, struct poll_table *pt);
	int (*mmap)(struct file *f, struct vma *v);	/* may set v->ops */
	const struct vma_ops *area;	/* of what maps it; or NULL */
	/*
	 * Give the entries from ctx->pos on to ctx->emit(), until that is
	 * full.  User memory must not be touched: a fault may need the lock.
	 * Context: [the directory's inode lock].
	 * Return: 0, also at the end; -errno.
	 */
	int (*readdir)(struct file *f, struct dir_context *ctx);
	/* fsync(2): on storage when it returns.  NULL: EINVAL. */
	int (*sync)(struct file *f);
	/* Where its pages are, if not in its inode: of a disk's node. */
	struct mapping *(*mapping)(struct file *f);
	/*
	 * Bytes of memory that go with it: held, those that are counted for
	 * its user; pins, beside those and its record.  A hint: no lock, any
	 * level
	 */
	unsigned long (*held)(const struct file *f);
	unsigned long (*pins)(const struct file *f);
	/* The name of a socket's protocol; others have none. */
	const char *(*protocol)(const struct file *f);
	/* More lines of /proc/PID/fdinfo/N. */
	void (*show_fdinfo)(struct seq *s, struct file *f);
	/*
	 * Of a file that stands for a process: that one, referenced.
	 * Return: 0; -EBADF: not this file; -ESRCH: it is gone.
	 */
	int (*process)(struct file *f, struct process **out);
	/* Such files can have O_ASYNC. */
	bool sends_sigio;
	bool serves_direct;	/* accepts O_DIRECT, if only to ignore it */
	bool no_splice;		/* moves whole records, of its own kind */
	bool no_splice_read;	/* is spliced to, and not from */
	/*
	 * Moves one piece after another, and no vectors: preadv2(2),
	 * pwritev2(2) with a flag are EOPNOTSUPP, as of all directories.
	 */
	bool reads_pieces, writes_pieces;
	bool any_pos;		/* all 64 bits of one: <fs/io/pagefile.h> */
	/*
	 * The group that O_ASYNC tells unless somebody else is named; 0: the
	 * caller.  NULL: nobody is told then.
	 */
	int (*async_owner)(const struct file *f);
};

struct file {
	struct vm_object object;	/* with its references */
	unsigned flags;			/* O_ [lock-free word; F_SETFL] */
	unsigned mode;			/* FMODE_ const after open */
	loff_t pos;			/* [pos_lock] */
	struct mutex pos_lock;
	struct path path;		/* const; dentry NULL: pipe, anon */
	struct inode *inode;		/* const; referenced */
	const struct file_ops *ops;	/* const */
	void *private;			/* the implementation's */
	struct list epoll_items;	/* [epoll mutex] who watches it */
	struct async *async;		/* set once, compat/filelock; or NULL */
	union {
		unsigned long ahead_next; /* hint: where it reads on */
		struct file *next_end;	/* [own task] of file_endings */
	};
	unsigned hooks;			/* atomic: HOOK_, <fs/hooks.h> */
	union {
		unsigned ahead_size;	/* hint: pages of the last window */
		unsigned no_writer;	/* a pipe's: its writers_ever when it
					   was opened without one, or ~0 */
	};
	unsigned records;		/* [file locks] it owns; a hint */
	u8 advice;			/* hint: POSIX_FADV_ of its reads */
};

#define FMODE_READ	0x1
#define FMODE_WRITE	0x2
#define FMODE_SEEK	0x4		/* lseek, pread work */
#define FMODE_PATH	0x8		/* O_PATH: names the file only */
#define FMODE_EXEC	0x10
#define FMODE_READER	0x20		/* counted in inode->readers */
#define FMODE_UNMOVED	0x40		/* lseek leaves it at 0 */

/* readdir emits entries; false: the buffer is full, stop. */
struct dir_context {
	bool (*emit)(struct dir_context *c, const char *name, unsigned len,
		     loff_t next_pos, u64 ino, unsigned type);
	loff_t pos;
};

struct kstat {
	u64 dev, ino, rdev, size, blocks;
	unsigned mode, nlink, uid, gid, blksize;
	u64 atime, mtime, ctime;	/* ns since 1970 */
};

struct kstatfs {
	u64 type, bsize, blocks, bfree, bavail, files, ffree, namelen, flags;
	u64 fsid;
};

/* What a store against i's seals is answered. */
static inline int seals_error(const struct inode *i)
{
	return i->seals & SEAL_SWAPFILE ? -ETXTBSY : -EPERM;
}

/* ---- path look-up (fs/path/namei.c) ------------------------------------------ */

#define LOOKUP_FOLLOW	0x1		/* a final symlink too */
#define LOOKUP_DIR	0x2		/* must be a directory */
#define LOOKUP_PARENT	0x4		/* stop before the last name */
#define LOOKUP_EMPTY	0x8		/* "" names dirfd itself */

/*
 * Walk from name, a kernel string, to what it names (path_resolution(7)).
 * dirfd: where a relative name starts: AT_FDCWD or a descriptor.  flags:
 * LOOKUP_.
 * Context: may sleep, no spin lock; takes locks of directories on the way.
 * Return: 0 with *out referenced; -ENOENT (a component, or name is ""),
 * -ENOTDIR, -EACCES (a directory may not be searched), -ELOOP, -EBADF (dirfd),
 * -ENAMETOOLONG, -ENOMEM; what a file system's lookup answers.
 */
int path_lookup(int dirfd, const char *name, unsigned flags, struct path *out);
/*
 * One more reference to both halves.
 * Context: something keeps them alive: a reference, or dcache_lock.
 */
void path_get(const struct path *p);
/*
 * Its end may be that of the file, and of a file system that was unmounted.
 * Context: may sleep, dcache_lock not held.
 */
void path_put(struct path *p);
/* Does nothing run here: by the mount, or by the kind of file system? */
bool path_noexec(const struct path *p);
/*
 * Absolute name as seen from the caller's root; " (deleted)" is appended to
 * unlinked ones.
 * Return: its start in buf; NULL with *err.
 */
char *path_name(const struct path *p, char *buf, size_t size, int *err);

/*
 * A user's path, in a buffer of PATH_MAX bytes.
 * Context: may fault and sleep.
 * Return: the string, for name_put(); NULL with *err: -EFAULT, -ENAMETOOLONG,
 * -ENOMEM.
 */
char *name_from_user(uaddr_t name, int *err);
void name_put(char *name);

/* ---- open files (fs/open/file.c, fs/open/open.c) ---------------------------------- */

/*
 * open(2) without a descriptor.  name: a kernel string; flags: O_; mode: the
 * permission bits of a file that is made, before the umask.
 * Context: may sleep.
 * Return: 0 with *out, one reference; an error of open(2).
 */
int file_open(int dirfd, const char *name, unsigned flags, unsigned mode,
	      struct file **out);
/*
 * For exec: a regular file that the caller may execute.  While it is open so
 * nobody can open it to write.
 * Return: 0 with *out; -EACCES (rights, type, a noexec mount), -ETXTBSY (it
 * has a writer), -ELOOP (lookup_flags do not follow); what path_lookup()
 * answers.
 */
int file_open_exec(int dirfd, const char *name, unsigned lookup_flags,
		   struct file **out);
/* What p names, likewise, whatever the caller may do. */
int file_open_denied(const struct path *p, struct file **out);
void file_allow_write(struct file *f);	/* end of exec's denial */
/*
 * An open file without a name: pipes, ptys, eventfd.  flags: O_; it takes over
 * the caller's reference to i.
 * Return: one reference; NULL: no memory, and i's reference stays the caller's.
 */
struct file *file_create(struct inode *i, const struct file_ops *ops,
			 unsigned flags, void *private);
/*
 * The same with an inode of its own.  anon_super: the kind of such files, made
 * once at boot.
 * Return: NULL: no memory.
 */
struct super *anon_super(const struct fs_type *kind);
struct file *anon_file(struct super *s, const struct file_ops *ops,
		       unsigned flags, void *private);
static inline void file_get(struct file *f)
{
	vm_object_get(&f->object);
}
/* As mm knows f, which may be NULL. */
static inline struct vm_object *file_object(struct file *f)
{
	return f ? &f->object : NULL;
}
/* The file behind what an address space refers to; NULL: none. */
static inline struct file *object_file(struct vm_object *o)
{
	return o ? container_of(o, struct file, object) : NULL;
}
/* The inode of a file's pages. */
static inline struct inode *mapping_inode(const struct mapping *m)
{
	return container_of(m, struct inode, mapping);
}
/* The last one closes the file.  Context: may sleep, no spin lock. */
void file_put(struct file *f);
/*
 * A file's end may put the last reference of files that its messages hold,
 * whose ends may do so too: between begin and end file_put_held() notes them,
 * and run() ends them one after the other.
 * Return: begin: false: the caller runs within such an end, whose run() comes
 * to these files as well.
 */
struct file_endings {
	struct file *first, **last;
};
void file_put_held(struct file *f);
bool file_endings_begin(struct file_endings *e);
void file_endings_run(struct file_endings *e);
void file_endings_end(struct file_endings *e);
/* Kernel buffers at an offset.  Return: bytes (short only at end), -errno. */
long file_read_at(struct file *f, void *to, unsigned long n, loff_t at);
long file_write(struct file *f, const void *from, unsigned long n);

/* The file of a descriptor with a reference, or NULL (EBADF; O_PATH too). */
struct file *fd_file(int fd);
struct file *fd_file_path(int fd);	/* O_PATH descriptors too */
/*
 * Lowest free descriptor >= from.  Takes over the reference.
 * Return: fd, -EMFILE.
 */
int fd_install(struct file *f, int from, bool cloexec);
/* The same; on an error the caller's reference to f is dropped, too. */
int fd_give(struct file *f, int from, bool cloexec);
/* lseek(2).  Return: the new position, or -errno. */
loff_t file_seek(int fd, loff_t off, int whence);
bool fd_cloexec(int fd);		/* is FD_CLOEXEC set? */

/*
 * Descriptor tables: shared by CLONE_FILES.  With the last reference to one all
 * its descriptors are closed, which may sleep.
 */
struct files *files_create(void);		/* empty; NULL: no memory */
/*
 * A copy of the descriptors up to `below` and some.
 * Return: 0 with *out; -EMFILE: one is beyond what nr_open allows by now;
 * -ENOMEM.
 */
int files_clone(struct files *from, unsigned below, struct files **out);
#define FILES_ALL (~0u)			/* below */
void files_get(struct files *f);
void files_put(struct files *f);
/* Current has its table alone from now on, as files_clone() copies it. */
int files_unshare_current(unsigned below);
void files_close_on_exec(void);
/* cwd, root, umask: shared by CLONE_FS. */
struct fs_context *fs_create(void);
struct fs_context *fs_clone(struct fs_context *from);
void fs_get(struct fs_context *f);
void fs_put(struct fs_context *f);

/* ---- inodes and dentries (fs/inode/inode.c, fs/path/dcache.c) ---------------------- */

/*
 * A new inode of type and rights mode, with the super block's next number,
 * nlink 1 and all times now.
 * Return: one reference; NULL: no memory.
 */
struct inode *inode_alloc(struct super *s, unsigned mode);
/* A reference to an inode that may be on its way out.  Return: false: it is. */
bool inode_get_live(struct inode *i);
static inline void inode_get(struct inode *i)
{
	ref_get(&i->refs);
}
/*
 * With the last reference it leaves memory, and storage too if nlink is 0.
 * Context: may sleep.
 */
void inode_put(struct inode *i);
/*
 * May the caller (fsuid, groups, capabilities) do mask (R_OK|W_OK|X_OK)?
 * Return: 0 or -EACCES.
 */
int inode_permission(struct inode *i, int mask);
/* The caller's own, or as if it were: CAP_FOWNER. */
bool inode_owner_or_capable(const struct inode *i);
/* A capability of current's own user name space, which has i's ids. */
#define inode_capable(i, cap)	(capable_here(cap) && \
		ids_known((i)->uid, (i)->gid, current->cred->space))
void inode_stat(struct inode *i, struct kstat *st);
u64 inode_now(void);			/* ns since 1970, for time stamps */
unsigned long inode_count(void);	/* live, for the audit */
/* Its file system is to learn of a change of what stat(2) tells. */
static inline void inode_changed(struct inode *i)
{
	if (unlikely(i->ops->changed))
		i->ops->changed(i);
}
/* Give d its inode (takes over the reference). */
void dentry_set_inode(struct dentry *d, struct inode *i);

/* ---- polling (fs/open/poll.c) ------------------------------------------------ */

/* Queue the poller on q; wake with wake_up_key(q, POLL bits). NULL pt: no-op */
void poll_wait(struct poll_table *pt, struct wait_queue *q);

/* ---- start-up ----------------------------------------------------------- */

void vfs_init(void);			/* caches, first root, devfs */
void vfs_sync(void);			/* as sync(2); may sleep */
void vfs_shutdown(void);		/* likewise: the machine goes off */
/* Drop every name and page that nobody uses; the audit calls it first. */
void vfs_shrink(void);
void initramfs_unpack(void);		/* boot_info.initrd into the root */
/* Make a disk the root of the calling task.  Return: 0 or -errno. */
int mount_root_disk(const char *device, const char *type, unsigned flags);
void fs_register(struct fs_type *t);
/*
 * A node in devfs: /dev/NAME; open finds private in f->private.
 * Return: 0 or -errno.
 */
int dev_register(const char *name, unsigned mode, unsigned rdev,
		 const struct file_ops *ops, void *private);
/* Entries of a table are told of each such node. */
struct device_watch {
	void (*added)(const char *name, unsigned mode, unsigned rdev);
};

#endif
