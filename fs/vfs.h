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
 * from the dentry cache, so refs == 1 of such a dentry means unused.
 * dcache_lock guards every name.
 */
#ifndef FS_VFS_H
#define FS_VFS_H

#include <kernel/cred/ids.h>
#include <fs/io/uio.h>
#include <kernel/lock/lock.h>
#include <lib/rbtree.h>
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

/* Attributes of an inode that not even root may change (EPERM). */
#define KEEPS_MODE	1
#define KEEPS_OWNER	2
#define KEEPS_TIMES	4

#define FIEMAP_EXTENT_MERGED	0x1000	/* made from block pointers */

struct inode_ops {
	/*
	 * Directories.  d is a child of dir; rights, types and read-only mounts
	 * have been checked by the caller.
	 * lookup: fill d (dentry_set_inode) if the name exists; a dentry left
	 * without an inode is negative.  NULL: the cache is the directory.
	 * Operations from create to link: d is negative, and gets its inode on
	 * success.
	 * Operations from unlink to rename: the caller removes or moves the
	 * dentries afterwards; `to` may name a file or directory that is to be
	 * replaced.
	 * Context: [dir->lock]; from link to rmdir also the target's lock; for
	 * rename the locks of both directories and of the file that is
	 * replaced.  May sleep.
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
	/*
	 * Copy the target into buf, NUL-terminated.
	 * Return: length or -errno.
	 */
	long (*readlink)(struct inode *i, char *buf, size_t size);
	/*
	 * Follow a magic link (/proc/self/exe).  Such a link has no text to
	 * walk, as its target may have no name; the walk jumps to the target.
	 * Return: 0 with a referenced path.
	 */
	int (*follow)(struct inode *i, struct path *out);
	/*
	 * Set the length of a regular file in bytes; bytes added at the end
	 * read as zeros.
	 * Context: [i->lock]; may sleep.
	 * Return: 0 or -errno.
	 */
	int (*truncate)(struct inode *i, loff_t size);
	/* Turn bytes [pos, end) into a hole.  Context: [i->lock]. */
	int (*punch)(struct inode *i, loff_t pos, loff_t end);
	/* Update size, times etc. before a stat (procfs). */
	void (*refresh)(struct inode *i);
	/*
	 * Called when the last reference to the inode is gone, before its pages
	 * are freed.
	 */
	void (*evict)(struct inode *i);
	/* Return: the space used on disk, in units of 512 bytes. */
	u64 (*blocks)(const struct inode *i);
	/*
	 * Return: the FIEMAP_EXTENT_ flags that all extents of the file have.
	 * NULL: the file system does not report where extents lie.
	 */
	u32 (*extent_flags)(const struct inode *i);
	/* Note that mode, owner, times or size differ from those on disk. */
	void (*changed)(struct inode *i);
	/*
	 * Store x as the extended attributes; x NULL: none
	 * (<compat/xattr/xattr.h>).  A file system without this operation has
	 * no attributes.
	 * Context: [i->lock].
	 * Return: 0 or -errno.
	 */
	int (*set_xattrs)(struct inode *i, const struct xattrs *x);
	/*
	 * True if the caller has the rights in mask although the inode's mode
	 * denies them.
	 */
	bool (*permits)(struct inode *i, int mask);
	/*
	 * Refuse everything to the caller, whatever the mode grants.  A walk
	 * through a directory does not ask; its `revalidate` and `lookup` do.
	 * Context: dcache_lock not held.
	 * Return: 0 or -errno.
	 */
	int (*refuses)(struct inode *i);
	/*
	 * Directories: ask whether the cached d is still valid.
	 * Return: 1; 0: the caller must look the name up again; -errno: it is,
	 * but not for the caller.
	 */
	int (*revalidate)(struct dentry *d);
	/*
	 * Names in this directory come and go: nothing can be mounted on them.
	 */
	bool fleeting;
	u8 keeps;			/* KEEPS_ flags: attributes nobody may
					 * change */
};

struct inode {
	ref_t refs;
	u64 ino;			/* const */
	unsigned mode;			/* type (S_IFMT): const; the other bits:
					 * [lock] */
	unsigned uid, gid;		/* [lock] */
	unsigned nlink;			/* [lock] */
	bool linkable;			/* [lock] opened with O_TMPFILE, and may
					 * get a name */
	u8 seals;			/* [lock] F_SEAL_, never removed */
	unsigned rdev;			/* const: S_IFCHR, S_IFBLK */
	loff_t size;			/* [lock] */
	u64 atime, mtime, ctime;	/* ns since 1970 [lock] */
	struct super *super;		/* const */
	const struct inode_ops *ops;	/* const */
	const struct file_ops *fops;	/* const: for open files */
	struct mutex lock;
	struct mapping mapping;		/* page cache */
	int write_denied;		/* > 0: number of programs running
					 * it; negative: minus the number of
					 * writers */
	atomic_t readers;		/* open files that cannot write */
	unsigned hooks;			/* atomic: HOOK_ flags of
					 * <fs/hooks.h> */
	void *locks;			/* lock state of compat/filelock; NULL:
					 * never locked */
	struct watch *watches;		/* [notify_lock] inotify watches */
	void *private;			/* type-specific data: struct pipe,
					 * driver data */
	void *fs_info;			/* const: private data of the file
					 * system */
	struct xattrs *xattrs;		/* [lock, acl_lock]; NULL: none */
	struct list dirty_link;		/* [writeback lock] link of the list
					 * of dirty files, which holds a
					 * reference */
	u64 dirty_since;		/* [writeback lock] arch_clock() */
};

/* Seals that the owner of a memfd has put on it (F_ADD_SEALS). */
#define F_SEAL_SEAL	0x01
#define F_SEAL_SHRINK	0x02
#define F_SEAL_GROW	0x04
#define F_SEAL_WRITE	0x08
#define F_SEAL_FUTURE_WRITE 0x10	/* existing mappings may still write */
#define F_SEAL_EXEC	0x20
#define F_SEAL_ALL	0x3f
#define SEAL_SWAPFILE	0x40		/* swap file: blocks may not change
					 * (ETXTBSY) */
#define SEALS_NO_WRITE	(F_SEAL_WRITE | F_SEAL_FUTURE_WRITE | SEAL_SWAPFILE)
#define SEALS_HERE	0x80		/* the file supports seals */

struct dentry {
	ref_t refs;
	struct dentry *parent;		/* [dcache]; root: itself */
	struct inode *inode;		/* [dcache] NULL: negative */
	struct list children;		/* [dcache] */
	struct list sibling;		/* [dcache] */
	struct rb_node in_bucket;	/* [dcache] of the table of names */
	struct list lru;		/* [dcache] unused dentries that may be
					 * freed */
	u64 cookie;			/* [dcache] readdir position */
	u32 hash;			/* [dcache] */
	bool hashed;			/* [dcache] look-ups find it */
	bool pinned;			/* no copy on disk: never dropped */
	unsigned mounted;		/* [dcache] mounts that cover it */
	unsigned name_len;		/* [dcache] */
	char *name;			/* [dcache] short_name or kmalloc'ed */
	char short_name[32];
};

struct mount {
	struct super *super;		/* const */
	struct dentry *root;		/* const */
	/*
	 * [tree]: written with mount_mutex and dcache_lock, read with either.
	 * Of a mount out of the tree [dcache].
	 */
	struct mount *parent;		/* [tree] NULL: the root mount */
	struct dentry *at;		/* [tree] mount point in parent */
	struct mount_space *space;	/* [tree] the tree it is in; NULL:
					 * none */
	struct list children;		/* [tree] mounts on it, oldest first */
	struct list sibling;		/* [tree] in parent->children; of a
					 * mount in the list `kept` of umount.c
					 * [dcache] in parent->kept */
	struct list kept;		/* [dcache] mounts that stay on it
					 * though it has left the tree */
	struct rb_node number;		/* [tree] in space->mounts */
	struct rb_node place;		/* [dcache] see place.c */
	bool placed;			/* [dcache] walks find it */
	struct list link;		/* in a list of mounts that go [caller],
					 * or in `kept` [dcache] */
	unsigned flags;			/* MS_ flags of MOUNT_FLAGS: read without
					 * a lock, changed under mount_mutex */
	unsigned locked;		/* [dcache] MOUNT_ and MS_ flags that
					 * are locked */
	atomic_t writers;		/* regular files open for writing */
	atomic_t entered;		/* atomic: number of path walks that
					 * have entered it */
	int expiring;			/* [dcache] value of `entered` when m
					 * was marked */
	bool marked;			/* [dcache] marked by MNT_EXPIRE */
	bool strict;			/* [dcache] strictatime: every read
					 * updates atime */
	unsigned keeps;			/* [dcache to write] number of mounts on
					 * it in the list `kept` of umount.c */
	struct mount *copy, *chain;	/* [mount_mutex] used by a call that
					 * copies or removes a tree */
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
	bool pin_names;			/* const: dentries are the only copy of
					 * the names */
	struct dentry *root;		/* const */
	u64 next_ino;			/* [ino_lock] */
	void *private;			/* private data of the file system */
	ref_t refs;			/* one for each mount */
	unsigned long block_size;	/* const */
	/* Fill *st. */
	void (*statfs)(struct super *s, struct kstatfs *st);
	/* Write all dirty metadata of a disk.  Return: 0 or -errno. */
	int (*sync)(struct super *s);
	/*
	 * Write all dirty pages of files of s.  Set if .sync is set.
	 * Return: 0 or -errno.
	 */
	int (*write_files)(struct super *s);
	/* Make s read-only or writable.  Return: 0 or -errno. */
	int (*remount)(struct super *s, bool read_only);
	/*
	 * Change the mount options; NULL: the file system has none.
	 * Return: 0 or -errno.
	 */
	int (*reconfigure)(struct super *s, const char *data);
	/* Print the options of s as ",option=value"; NULL: there are none. */
	void (*show_options)(struct seq *to, struct super *s);
	/*
	 * Print the path of a mount's root within s, for mountinfo; NULL: it is
	 * the same for all readers.
	 */
	void (*show_root)(struct seq *to, const struct dentry *root);
	/* True if any open file of s has no name any more.  NULL: never. */
	bool (*any_nameless)(struct super *s);
	struct block_device *bdev;	/* const: NULL: none */
	atomic_t writers;		/* regular files open for writing */
	struct list sync_link;		/* [writeback mutex] list of disks */
	unsigned in_hand;		/* [writeback lock] number of files
					 * being written, which are off the list
					 * of dirty files */
	u64 dirty_since;		/* read without a lock: arch_clock()
					 * when metadata became dirty; 0:
					 * clean */
};

struct fs_type {
	const char *name;
	u32 magic;
	bool nodev;			/* needs no block device */
	bool noexec;			/* programs never run from it, whatever
					 * the mount flags */
	const char *boot_place;		/* where it is mounted at boot; NULL:
					 * nowhere */
	/* Return: 0 with *out, or -errno. */
	int (*mount)(const struct fs_type *t, const char *source,
		     unsigned flags, const char *data, struct super **out);
	/*
	 * Return: the root dentry of a new mount, referenced, or NULL.  Unset:
	 * the root of the super block.
	 */
	struct dentry *(*top)(struct super *s);
	void (*unmount)(struct super *s);
	/*
	 * Check whether d, a file outside any mount, may be bind-mounted.
	 * Unset: no.
	 * Return: 0; 1: yes, but the mount then keeps a mount namespace alive;
	 * -EINVAL.
	 */
	int (*may_bind)(const struct dentry *d);
	struct list link;
};

struct file_ops {
	/*
	 * The last step of open(2): rights have been checked, f has its path
	 * and inode.  May set f->private, and other operations (devices).
	 * Return: 0; -errno: f is freed without a call of release.
	 */
	int (*open)(struct inode *i, struct file *f);
	void (*release)(struct file *f);	/* the last reference is gone */
	/*
	 * Move bytes at *pos and advance it, if the file has positions.
	 * Context: may sleep; nobody else changes *pos during the call, even if
	 * it is f->pos.
	 * Return: bytes, 0 at the end; -EAGAIN (O_NONBLOCK), -ERESTARTSYS (a
	 * signal) only if nothing was moved.
	 */
	long (*read)(struct file *f, struct uio *u, loff_t *pos);
	long (*write)(struct file *f, struct uio *u, loff_t *pos);
	/* lseek(2); NULL: no position (ESPIPE).  Context: as read. */
	loff_t (*seek)(struct file *f, loff_t off, int whence);
	/*
	 * Handle commands that ioctl(2) itself does not know.
	 * Return: -ENOTTY: f does not know the command either.
	 */
	long (*ioctl)(struct file *f, unsigned cmd, unsigned long arg);
	/*
	 * Call poll_wait() for each queue to wait on.
	 * Return: the POLL bits set now.
	 */
	unsigned (*poll)(struct file *f, struct poll_table *pt);
	int (*mmap)(struct file *f, struct vma *v);	/* may set v->ops */
	const struct vma_ops *area;	/* VMA operations; or NULL */
	/*
	 * Pass the entries from ctx->pos on to ctx->emit() until it returns
	 * false.  User memory must not be touched: a page fault may need that
	 * lock.
	 * Context: [the directory's inode lock].
	 * Return: 0, also at the end; -errno.
	 */
	int (*readdir)(struct file *f, struct dir_context *ctx);
	/* fsync(2): return when the file is on storage.  NULL: EINVAL. */
	int (*sync)(struct file *f);
	/*
	 * Return: the mapping with the pages of f if it is not f->inode's, as
	 * for a block device node.
	 */
	struct mapping *(*mapping)(struct file *f);
	/*
	 * Estimate the bytes of memory that f keeps allocated.  held() counts
	 * bytes that are charged to a user; pins() counts bytes that are not,
	 * without struct file itself.
	 * Context: any; takes no lock.
	 */
	unsigned long (*held)(const struct file *f);
	unsigned long (*pins)(const struct file *f);
	/* Name of a socket's protocol; NULL for other files. */
	const char *(*protocol)(const struct file *f);
	/* Print more lines of /proc/PID/fdinfo/N. */
	void (*show_fdinfo)(struct seq *s, struct file *f);
	/*
	 * For a file that stands for a process (pidfd): get a reference to the
	 * process.
	 * Return: 0; -EBADF: not such a file; -ESRCH: the process is gone.
	 */
	int (*process)(struct file *f, struct process **out);
	bool sends_sigio;	/* O_ASYNC can be set */
	bool serves_direct;	/* accepts O_DIRECT, even if it ignores it */
	bool no_splice;		/* moves whole records only */
	bool no_splice_read;	/* splice may only write to it */
	/*
	 * read or write handles one buffer at a time, not a vector: preadv2(2)
	 * and pwritev2(2) with a flag give EOPNOTSUPP, as for all directories.
	 */
	bool reads_pieces, writes_pieces;
	bool any_pos;		/* positions may use all 64 bits:
				 * <fs/io/pagefile.h> */
	/*
	 * Return: the process group that O_ASYNC signals if no owner was set;
	 * 0: the caller.  NULL: nobody is signaled then.
	 */
	int (*async_owner)(const struct file *f);
};

struct file {
	struct vm_object object;	/* contains the reference count */
	unsigned flags;			/* O_ flags; read without a lock, set by
					 * F_SETFL */
	unsigned mode;			/* FMODE_ const after open */
	loff_t pos;			/* [pos_lock] */
	struct mutex pos_lock;
	struct path path;		/* const; dentry NULL: a pipe or another
					 * file without a path */
	struct inode *inode;		/* const; referenced */
	const struct file_ops *ops;	/* const */
	void *private;			/* private data of the implementation */
	struct list epoll_items;	/* [epoll mutex] epoll items that watch
					 * it */
	struct async *async;		/* state of O_ASYNC (compat/filelock),
					 * set once; NULL: none */
	union {
		unsigned long ahead_next; /* hint: position where a sequential
					   * read goes on */
		struct file *next_end;	/* [own task] link of struct
					 * file_endings */
	};
	unsigned hooks;			/* atomic: HOOK_ flags of
					 * <fs/hooks.h> */
	union {
		unsigned ahead_size;	/* hint: pages of the last read-ahead
					 * window */
		unsigned no_writer;	/* FIFOs: writers_ever if there was no
					 * writer at the open; otherwise ~0 */
	};
	unsigned records;		/* [file locks] a hint: number of file
					 * locks that it owns */
	u8 advice;			/* hint: POSIX_FADV_ advice for reads */
};

#define FMODE_READ	0x1
#define FMODE_WRITE	0x2
#define FMODE_SEEK	0x4		/* lseek and pread work */
#define FMODE_PATH	0x8		/* O_PATH: only names the file */
#define FMODE_EXEC	0x10
#define FMODE_READER	0x20		/* counted in inode->readers */
#define FMODE_UNMOVED	0x40		/* lseek succeeds, but the position
					 * stays 0 */
#define FMODE_WRITER	0x80		/* counted as a writer of its inode,
					 * super block and mount */

/* emit() takes one entry of readdir, or returns false if the buffer is full. */
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

/* Return: the error for a write that the seals of i forbid. */
static inline int seals_error(const struct inode *i)
{
	return i->seals & SEAL_SWAPFILE ? -ETXTBSY : -EPERM;
}

/* ---- path look-up (fs/path/namei.c) -------------------------------------- */

#define LOOKUP_FOLLOW	0x1		/* follow a final symlink */
#define LOOKUP_DIR	0x2		/* the result must be a directory */
#define LOOKUP_PARENT	0x4		/* stop before the last name */
#define LOOKUP_EMPTY	0x8		/* "" names dirfd itself */

/*
 * Find the file that the kernel string name refers to (path_resolution(7)).
 * dirfd: where a relative name starts: AT_FDCWD or a descriptor.  flags:
 * LOOKUP_.
 * Context: may sleep, no spin lock; takes locks of directories on the way.
 * Return: 0 with *out referenced; -ENOENT (a component, or name is ""),
 * -ENOTDIR, -EACCES (a directory may not be searched), -ELOOP, -EBADF (dirfd),
 * -ENAMETOOLONG, -ENOMEM; an error of a file system's lookup.
 */
int path_lookup(int dirfd, const char *name, unsigned flags, struct path *out);
/*
 * Take one more reference to the mount and to the dentry.
 * Context: a reference or dcache_lock keeps both alive.
 */
void path_get(const struct path *p);
/*
 * Drop both references, which may free the file, and a file system that has
 * been unmounted.
 * Context: may sleep, dcache_lock not held.
 */
void path_put(struct path *p);
/* True if programs may not run from p, because of its mount or file system. */
bool path_noexec(const struct path *p);
/*
 * Write the absolute name as seen from the caller's root; " (deleted)" is
 * appended to an unlinked one.
 * Return: the start of the name in buf; NULL with *err.
 */
char *path_name(const struct path *p, char *buf, size_t size, int *err);

/*
 * Copy a path from user memory into a new buffer of PATH_MAX bytes.
 * Context: may fault and sleep.
 * Return: the string, to be freed with name_put(); NULL with *err: -EFAULT,
 * -ENAMETOOLONG, -ENOMEM.
 */
char *name_from_user(uaddr_t name, int *err);
void name_put(char *name);

/* ---- open files (fs/open/file.c, fs/open/open.c) ------------------------- */

/*
 * open(2) without a descriptor.  name: a kernel string; flags: O_; mode: the
 * permission bits of a new file, before the umask.
 * Context: may sleep.
 * Return: 0 with *out, one reference; an error of open(2).
 */
int file_open(int dirfd, const char *name, unsigned flags, unsigned mode,
	      struct file **out);
/*
 * Open a regular file that the caller may execute, for exec.  Until
 * file_allow_write() nobody can open the file for writing.
 * Return: 0 with *out; -EACCES (rights, type, a noexec mount), -ETXTBSY (it has
 * a writer), -ELOOP (a symlink that lookup_flags do not follow); an error of
 * path_lookup().
 */
int file_open_exec(int dirfd, const char *name, unsigned lookup_flags,
		   struct file **out);
/* As file_open_exec(), for a path, without a check of the caller's rights. */
int file_open_denied(const struct path *p, struct file **out);
void file_allow_write(struct file *f);	/* end the denial */
/*
 * Create an open file without a name: a pipe, pty, eventfd.  flags: O_.  Takes
 * over the caller's reference to i.
 * Return: one reference; NULL: no memory, and the caller still owns the
 * reference to i.
 */
struct file *file_create(struct inode *i, const struct file_ops *ops,
			 unsigned flags, void *private);
/*
 * anon_super() makes a super block at boot, one for each kind of files without
 * names.  anon_file() is as file_create(), with a new inode for the file, in
 * super block s.
 * Return: NULL: no memory.
 */
struct super *anon_super(const struct fs_type *kind);
struct file *anon_file(struct super *s, const struct file_ops *ops,
		       unsigned flags, void *private);
static inline void file_get(struct file *f)
{
	vm_object_get(&f->object);
}
/* Return: the object by which mm refers to f; NULL for NULL. */
static inline struct vm_object *file_object(struct file *f)
{
	return f ? &f->object : NULL;
}
/*
 * Return: the file of an object that an address space refers to; NULL for NULL.
 */
static inline struct file *object_file(struct vm_object *o)
{
	return o ? container_of(o, struct file, object) : NULL;
}
/* Return: the inode that contains the mapping. */
static inline struct inode *mapping_inode(const struct mapping *m)
{
	return container_of(m, struct inode, mapping);
}
/*
 * Drop a reference; the last one closes the file.
 * Context: may sleep, no spin lock.
 */
void file_put(struct file *f);
/*
 * Close files without recursion.  A socket that is freed may drop the last
 * reference to files in its queued messages, and these may be sockets with
 * messages, too.  Between file_endings_begin() and file_endings_end()
 * file_put_held() only records such files, and file_endings_run() closes them
 * one after the other.
 * Return: file_endings_begin(): false: an outer caller has begun, and its
 * file_endings_run() will close these files as well.
 */
struct file_endings {
	struct file *first, **last;
};
void file_put_held(struct file *f);
bool file_endings_begin(struct file_endings *e);
void file_endings_run(struct file_endings *e);
void file_endings_end(struct file_endings *e);
/*
 * Read or write with kernel buffers: file_read_at() at offset `at`,
 * file_write() at the file's position.
 * Return: bytes (fewer than n only at the end of the file), -errno.
 */
long file_read_at(struct file *f, void *to, unsigned long n, loff_t at);
long file_write(struct file *f, const void *from, unsigned long n);

/*
 * Return: a reference to the file of a descriptor; NULL: EBADF, also for
 * O_PATH.
 */
struct file *fd_file(int fd);
struct file *fd_file_path(int fd);	/* accepts O_PATH, too */
/*
 * Install f at the lowest free descriptor >= from.  Takes over the reference.
 * Return: fd, -EMFILE.
 */
int fd_install(struct file *f, int from, bool cloexec);
/* As fd_install(), but also drops the caller's reference to f on an error. */
int fd_give(struct file *f, int from, bool cloexec);
/* lseek(2).  Return: the new position, or -errno. */
loff_t file_seek(int fd, loff_t off, int whence);
bool fd_cloexec(int fd);		/* true if FD_CLOEXEC is set */

/*
 * Descriptor tables, shared by CLONE_FILES.  When the last reference to a table
 * is dropped, all its descriptors are closed, which may sleep.
 */
struct files *files_create(void);		/* empty; NULL: no memory */
/*
 * Copy the descriptors below `below`; some above it may be copied, too.
 * Return: 0 with *out; -EMFILE: a descriptor exceeds the present nr_open;
 * -ENOMEM.
 */
int files_clone(struct files *from, unsigned below, struct files **out);
#define FILES_ALL (~0u)			/* copy all descriptors */
void files_get(struct files *f);
void files_put(struct files *f);
/* True if other tasks use t, or look at it. */
bool files_shared(struct files *t);
/* Make t current's table; takes over the reference. */
void files_replace_current(struct files *t);
/* Give current a table of its own, copied as by files_clone(). */
int files_unshare_current(unsigned below);
void files_close_on_exec(void);
/* Contexts with working directory, root and umask, shared by CLONE_FS. */
struct fs_context *fs_create(void);
struct fs_context *fs_clone(struct fs_context *from);
void fs_get(struct fs_context *f);
void fs_put(struct fs_context *f);

/* ---- inodes and dentries (fs/inode/inode.c, fs/path/dcache.c) ------------ */

/*
 * Allocate an inode with type and permissions mode, the super block's next
 * number, nlink 1 and all times set to now.
 * Return: one reference; NULL: no memory.
 */
struct inode *inode_alloc(struct super *s, unsigned mode);
/*
 * Take a reference unless the count is already 0.
 * Return: false: i is being freed.
 */
bool inode_get_live(struct inode *i);
static inline void inode_get(struct inode *i)
{
	ref_get(&i->refs);
}
/*
 * Drop a reference.  The last one may free the inode in memory, and its storage
 * if nlink is 0.
 * Context: may sleep.
 */
void inode_put(struct inode *i);
/*
 * Check the caller's rights (fsuid, groups, capabilities) for mask
 * (R_OK|W_OK|X_OK).
 * Return: 0 or -EACCES.
 */
int inode_permission(struct inode *i, int mask);
/* True if the caller owns i or has CAP_FOWNER over it. */
bool inode_owner_or_capable(const struct inode *i);
/*
 * True if current has cap in its user namespace and this namespace maps the ids
 * of i.
 */
#define inode_capable(i, cap)	(capable_here(cap) && \
		ids_known((i)->uid, (i)->gid, current->cred->space))
void inode_stat(struct inode *i, struct kstat *st);
u64 inode_now(void);			/* ns since 1970, for time stamps */
unsigned long inode_count(void);	/* live inodes, for audit */
/* Tell the file system that an attribute shown by stat(2) has changed. */
static inline void inode_changed(struct inode *i)
{
	if (unlikely(i->ops->changed))
		i->ops->changed(i);
}
/* Give d its inode; takes over the reference. */
void dentry_set_inode(struct dentry *d, struct inode *i);

/* ---- polling (fs/open/poll.c) -------------------------------------------- */

/*
 * Queue the poller on q.  Wake with wake_up_key(q, POLL bits).  NULL pt: no-op.
 */
void poll_wait(struct poll_table *pt, struct wait_queue *q);

/* ---- start-up ----------------------------------------------------------- */

void vfs_init(void);			/* caches, first root, devfs */
void vfs_sync(void);			/* like sync(2); may sleep */
void vfs_shutdown(void);		/* as vfs_sync(), before power-off */
/* Drop all unused names and pages.  The audit does so before it counts. */
void vfs_shrink(void);
void initramfs_unpack(void);		/* boot_info.initrd to root */
/* Mount a disk as the root of the calling task.  Return: 0 or -errno. */
int mount_root_disk(const char *device, const char *type, unsigned flags);
void fs_register(struct fs_type *t);
/*
 * Create the node /dev/NAME in devfs; an open file of it gets f->private =
 * private.
 * Return: 0 or -errno.
 */
int dev_register(const char *name, unsigned mode, unsigned rdev,
		 const struct file_ops *ops, void *private);
/*
 * Entries of the table device_watch: added() of each is called for each node
 * that dev_register() creates.
 */
struct device_watch {
	void (*added)(const char *name, unsigned mode, unsigned rdev);
};

#endif
