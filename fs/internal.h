/* SPDX-License-Identifier: MIT */
/* What the files of fs/ share among themselves. */
#ifndef FS_INTERNAL_H
#define FS_INTERNAL_H

#include <fs/vfs.h>
#include <kernel/cred.h>
#include <kernel/task.h>
#include <lib/mem.h>

/* ---- dcache.c ----------------------------------------------------------- */

/*
 * Guards every dentry's name, place and inode pointer, the mount tree, and
 * the root and working directory of every fs_context.
 */
extern struct spinlock dcache_lock;	/* IPL_SOFT */

#define NAME_HASH_INIT 0x811c9dc5u
static inline u32 name_hash_step(u32 h, u8 c)
{
	return (h ^ c) * 0x01000193u;
}
u32 name_hash(const char *name, unsigned len);

void dcache_init(void);
/* => [dcache_lock]; the dentry without a reference, or NULL */
struct dentry *dcache_find(struct dentry *parent, const char *name,
			   unsigned len, u32 hash);
/* A new unhashed dentry; parent NULL: a root.  => one reference, or NULL */
struct dentry *dentry_alloc(struct dentry *parent, const char *name,
			    unsigned len, u32 hash);
static inline void dentry_get(struct dentry *d)
{
	ref_get(&d->refs);
}
void dentry_free(struct dentry *d);	/* its last reference is gone */
static inline void dentry_put(struct dentry *d)
{
	if (unlikely(ref_put(&d->refs)))
		dentry_free(d);
}
/* Give d its inode but no place in the tree: O_TMPFILE, memfd, pipes. */
void dentry_set_nameless(struct dentry *d, struct inode *i);
/* Remember that the name does not exist. */
void dentry_set_negative(struct dentry *d);
/* The name is gone: out of the cache; its users keep it alive. */
void dentry_delete(struct dentry *d);
/* Give d the parent and name of to; to leaves the cache. */
void dentry_move(struct dentry *d, struct dentry *to);
/* RENAME_EXCHANGE: swap parents and names. */
void dentry_exchange(struct dentry *a, struct dentry *b);
/* Is above d itself or one of its parents? */
bool dentry_is_below(struct dentry *d, struct dentry *above);
static inline bool dentry_hashed(const struct dentry *d)
{
	return d->hash_prev != NULL;
}
/* Delete every dentry of a tree whose last mount went. */
void dcache_drop_tree(struct dentry *root);
/* Drop unused unpinned dentries until at most `keep` are left. */
void dcache_shrink(unsigned keep);
unsigned long dentry_count(void);

/* ---- mount.c ------------------------------------------------------------ */

extern struct list all_mounts;		/* [dcache_lock] */
extern struct mount *root_mount;	/* const after vfs_init */

static inline void mount_get(struct mount *m)
{
	ref_get(&m->refs);
}
void mount_free(struct mount *m);	/* its last reference is gone */
static inline void mount_put(struct mount *m)
{
	if (unlikely(ref_put(&m->refs)))
		mount_free(m);
}
/* What a mount keeps of mount(2)'s flags; the last two are not a file's. */
#define MOUNT_FLAGS (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | \
	MS_NOSYMFOLLOW | MS_NOATIME | MS_NODIRATIME | MS_RELATIME | \
	MS_UNBINDABLE)
/*
 * A mount outside the tree, with one reference; takes over s's and root's.
 * NULL: no memory.
 */
struct mount *mount_alloc(struct super *s, struct dentry *root,
			  unsigned flags, const char *source);
/* Put m into the tree at the path (references are taken).  => 0, -ENOSPC */
int mount_attach(struct mount *m, const struct path *at);
/* Is there room for n more?  Into the list of all.  => [dcache_lock] */
bool mount_room(unsigned long n);
/* What is mounted, and how, is other than before: whoever polls for it. */
extern unsigned mount_changes;			/* word */
extern struct wait_queue mount_wait;
void mount_changed(void);
void mount_enter(struct mount *m);
/* May something be mounted there?  => 0, -EINVAL, -ENOENT */
int mount_may_hang(const struct path *at);
/* => 0; -EBUSY: a file of it is open for writing */
int super_make_read_only(struct super *s);
/* Is m in the tree?  => [dcache_lock], or a guess */
static inline bool mount_in_tree(const struct mount *m)
{
	return m && (m->parent || m == root_mount);
}
/* MS_BIND: `from` appears at `at` too, MS_REC: with all that hangs below. */
int mount_bind(const struct path *from, const struct path *at, bool all);
/* A mount that hangs on m, or NULL. => [dcache_lock] */
struct mount *mount_child(const struct mount *m);
/* Is o m itself, or does it hang below?  => [dcache_lock] */
bool mount_is_below(const struct mount *o, const struct mount *m);
/* => [dcache_lock]; the mount that covers d in parent, or NULL */
struct mount *mount_covering(struct mount *parent, struct dentry *d);
/*
 * Take m out of the tree, and hang it in at a path whose reference becomes
 * the tree's.  => [dcache_lock]; the path it hung on, for the caller to put
 */
struct path mount_detach(struct mount *m);
void mount_hang(struct mount *m, const struct path *at);
/* Mount a new file system of type on at (NULL: the root).  => 0, -errno */
int mount_new(const char *type, const char *source, const struct path *at,
	      unsigned flags, const char *data);
/* The kernel's own mounts after the root is filled: /dev, /proc. */
void mount_defaults(void);
/* A mount of type outside the tree, for the kernel's own files; NULL */
struct mount *mount_internal(const char *type);
struct super *super_alloc(const struct fs_type *t, unsigned flags);
/* A reference goes; with the last one the file system. */
void super_put(struct super *s);
/* Undo super_alloc when mount fails. */
void super_free(struct super *s);
/* Lines of /proc/mounts and mountinfo. */
void mount_show(struct seq *s, bool info);
void fs_types_show(struct seq *s);

/*
 * ---- sticky.c: what others put where everybody may write ----------------
 *
 * dir is where the name stands.  The caller's root is not exempt but where it
 * says so.  => 0 or the error
 */
/* The last name is the symlink i, to be followed: -EACCES. */
int sticky_may_follow(const struct inode *dir, const struct inode *i);
/* i was there, and is opened with O_CREAT: -EACCES. */
int sticky_may_open(const struct inode *dir, const struct inode *i);
/* i is to have one more name, anywhere; its owner, CAP_FOWNER: -EPERM. */
int sticky_may_link(struct inode *i);

/* ---- namei.c ------------------------------------------------------------ */

void namei_init(void);
void pathname_init(void);

/* What a look-up of openat2(2) may not do, and where it must stay. */
#define RESOLVE_NO_XDEV		0x01u
#define RESOLVE_NO_MAGICLINKS	0x02u
#define RESOLVE_NO_SYMLINKS	0x04u
#define RESOLVE_BENEATH		0x08u
#define RESOLVE_IN_ROOT		0x10u
#define RESOLVE_CACHED		0x20u	/* without asking a file system */
#define RESOLVE_SCOPED		(RESOLVE_BENEATH | RESOLVE_IN_ROOT)

struct scope {
	unsigned resolve;
	struct path root;		/* referenced: where dirfd stands */
};

/* The directory and last component that a path ends in. */
struct last_name {
	const struct scope *scope;	/* borrowed; NULL: no limits */
	struct path dir;		/* referenced */
	char name[NAME_MAX + 1];
	unsigned len;
	u32 hash;
	bool slash;			/* slashes follow the name */
	bool dot;			/* it is ".", ".." or "/" */
};

/* => 0 with *out (put out->dir), or -errno */
int path_parent(int dirfd, const char *name, struct last_name *out);
/*
 * The same and path_lookup within the limits of a scope (NULL: none), which
 * scope_start() makes of a dirfd.  => as they; -EXDEV, -ELOOP, -EAGAIN
 */
int path_parent_scoped(int dirfd, const char *name, const struct scope *scope,
		       struct last_name *out);
int path_lookup_scoped(int dirfd, const char *name, unsigned flags,
		       const struct scope *scope, struct path *out);
int scope_start(struct scope *s, int dirfd, const char *name,
		unsigned resolve);
/* file_open within a scope. */
int file_open_scoped(int dirfd, const char *name, unsigned flags,
		     unsigned mode, const struct scope *scope,
		     struct file **out);
/* Symlink at (dir, d): the path of its target, PARENT fashion, as above. */
int path_parent_link(struct last_name *l, struct dentry *link, unsigned *depth);
/*
 * The dentry of name in dir.  => [dir->inode->lock]; one reference; it may be
 * negative; ERR through *err
 */
struct dentry *dir_lookup(struct dentry *dir, const char *name, unsigned len,
			  u32 hash, int *err);
/* d may be a mount point: what is visible there.  Moves p's references. */
void path_cross_mounts(struct path *p);
char *name_alloc(void);			/* PATH_MAX bytes; name_put frees */
/* user_path: path_lookup of a user string (flags & LOOKUP_EMPTY: may be ""). */
int user_path(int dirfd, uaddr_t name, unsigned flags, struct path *out);
/* The magic-link and depth-checked follow of a non-final symlink. */
int link_text(struct inode *i, char *buf);
/* path_name with "(unreachable)" before what is not below the root. */
char *path_name_marked(const struct path *p, char *buf, size_t size, int *err);
/* path_name with an explicit root; path_name uses the caller's. */
char *path_name_from(const struct path *p, const struct path *root,
		     char *buf, size_t size, int *err);

/* ---- dirops.c, rename.c ------------------------------------------------- */

/* May the caller add a name to / remove victim from the directory? */
int dir_may_add(const struct path *dir);	/* => [dir's inode lock] */
int dir_may_remove(const struct path *dir, struct dentry *victim);
/* The calls with kernel strings; umask applies. */
int kernel_mkdir(const char *name, unsigned mode);
int kernel_mkdirat(int dirfd, const char *name, unsigned mode);
int kernel_mknodat(int dirfd, const char *name, unsigned mode, unsigned rdev);
int kernel_symlinkat(const char *target, int dirfd, const char *name);
int kernel_linkat(const struct path *from, int dirfd, const char *name);
int kernel_unlinkat(int dirfd, const char *name, bool rmdir);

/* Is there a string without a character?  (stat.c)  => may fault and sleep */
bool user_text_empty(uaddr_t at);

/* ---- inode.c, attr.c ---------------------------------------------------- */

void inode_init(void);
static inline loff_t inode_size(const struct inode *i)
{
	return i->size;
}
/* inode_permission, and EROFS for writes on read-only mounts. */
int path_permission(const struct path *p, int mask);
/* What attributes and access control lists say of an inode that has some. */
struct xattr_ops {
	/* Of who is not the owner.  => 1: there is no list; 0; -EACCES */
	int (*permission)(struct inode *i, int mask, unsigned uid,
			  unsigned gid, const struct cred *c);
	/* Does dir have a list for what is made in it? */
	bool (*has_default)(const struct inode *dir);
	/*
	 * i, just made, gets what dir has for it, and loses bits of its mode.
	 * => [dir->lock]; 0 with *out (NULL: nothing), -ENOMEM
	 */
	int (*inherit)(struct inode *i, const struct inode *dir,
		       struct xattrs **out);
	/* Before chmod: the list says the same.  => [i->lock]; 0, -errno */
	int (*chmod)(struct inode *i, unsigned mode);
	/* i changes: its capabilities go.  => [i->lock]; 0, -errno */
	int (*drop_caps)(struct inode *i);
};
extern const struct xattr_ops *xattr_ops; /* const after init; NULL: none */

static inline int inode_inherit(struct inode *i, const struct inode *dir)
{
	return dir && unlikely(dir->xattrs) ?
		xattr_ops->inherit(i, dir, &i->xattrs) : 0;
}
static inline int inode_drop_caps(struct inode *i)
{
	return unlikely(i->xattrs) ? xattr_ops->drop_caps(i) : 0;
}
/* What creat(2) and others ask for, less the umask where dir has no list. */
unsigned inode_new_mode(const struct inode *dir, unsigned mode);
/* Mode bits alone, for an explicit credential pair. */
int inode_permission_as(struct inode *i, int mask, unsigned uid, unsigned gid,
			const struct cred *c);
bool mount_read_only(const struct path *p);
/* Is it AT_EMPTY_PATH of a descriptor of a file without a name? */
bool means_nameless(int dirfd, uaddr_t name, unsigned flags);
void file_first_read(const struct file *f);
/* In words of the machine; they may be some seconds each. */
static inline unsigned long coarse_time(u64 ns)
{
	return (unsigned long)(ns >> (64 - 8 * sizeof(long)));
}
extern unsigned long a_day_ago;		/* word: coarse_time() */
/*
 * relatime: a read is noted once after each change, and once a day: other reads
 * need no clock and dirty nothing.
 */
static inline bool atime_is_old(const struct inode *i)
{
	return i->atime <= i->mtime || i->atime <= i->ctime ||
		coarse_time(i->atime) < READ_ONCE(a_day_ago);
}
static inline void file_touch_atime(const struct file *f)
{
	if (unlikely(atime_is_old(f->inode)))
		file_first_read(f);
}
/* The same for a symlink, which is read without being open. */
void path_first_read(const struct path *p);
/* MS_STRICTATIME: every read is noted.  Who asks pays for it. */
void file_strict_read(const struct file *f);
/*
 * Before a change of i's contents: set-id bits and capabilities go.
 * => [i->lock]; 0 or -errno: there are some yet
 */
int inode_drop_privileges(struct inode *i);
/* Those of i->mode that do not outlast a change. */
unsigned inode_setid_bits(const struct inode *i);
/* The set-group-id bit is for who is in the group, or CAP_FSETID. */
bool inode_may_setgid(const struct inode *i);
/* truncate(2) after permission checks; takes i->lock. */
int inode_truncate(struct inode *i, loff_t size);
/* sticky directory: may the caller remove or rename victim?  => 0, -EPERM */
int inode_may_delete(struct inode *dir, struct inode *victim);
/* exec against writers. */
int inode_deny_write(struct inode *i);
void inode_allow_write(struct inode *i);
int inode_get_write(struct inode *i);
void inode_put_write(struct inode *i);
/* S_ISUID.. of a new inode; group and set-gid of the directory. */
void inode_init_owner(struct inode *i, const struct inode *dir);

/* ---- file.c, fdtable.c, fscontext.c ------------------------------------- */

#define FD_MAX	(1u << 20)		/* RLIMIT_NOFILE counts up to here */
#define FILES_INLINE 64
#define FILES_WORDS (FILES_INLINE / (8 * sizeof(long)))

struct files {
	ref_t refs;			/* tasks that share it */
	struct spinlock lock;		/* IPL_SOFT: changes; all when shared */
	struct file **fd;		/* [lock] */
	unsigned long *open;		/* [lock] bit: slot is taken */
	unsigned long *cloexec;		/* [lock] */
	unsigned size;			/* [lock] slots, multiple of the word */
	unsigned first_free;		/* [lock] no free slot below */
	struct file *fd_inline[FILES_INLINE];
	unsigned long open_inline[FILES_WORDS];
	unsigned long cloexec_inline[FILES_WORDS];
};

struct fs_context {
	ref_t refs;
	unsigned in_exec;		/* [process tree] nobody joins it */
	unsigned umask;			/* word */
	struct path root, cwd;		/* [dcache_lock] */
};

extern struct path boot_root;		/* const after vfs_init */

/* => [dcache_lock]; kernel threads without a context use the first root */
static inline const struct path *current_root(void)
{
	return likely(current->fs) ? &current->fs->root : &boot_root;
}
static inline const struct path *current_cwd(void)
{
	return likely(current->fs) ? &current->fs->cwd : &boot_root;
}
static inline unsigned current_umask(void)
{
	return likely(current->fs) ? current->fs->umask : 022;
}

#define IOV_STACK	8
#define IOV_MAX		1024ul

/* An iovec array in kernel memory; small ones on the stack. */
struct iov {
	struct uio_segment fast[IOV_STACK];
	struct uio_segment *seg;
	unsigned n;
};
/* From user memory, checked and cut to what one call moves.  => 0, -errno */
int iov_load(struct iov *v, uaddr_t iov, unsigned long n);
void iov_free(struct iov *v);

/*
 * A file borrowed from the descriptor table for the length of a system call:
 * while the table is not shared nobody else can close it, so no reference is
 * needed.
 */
struct fdref {
	struct file *file;		/* NULL: EBADF */
	bool counted;
};

struct file *fd_lookup_shared(struct files *t, unsigned fd);

/* Any descriptor, O_PATH ones too. */
static inline struct fdref fdref_get_any(int fd)
{
	struct files *t = current->files;
	struct fdref r = { NULL, false };

	if (likely(ref_read(&t->refs) == 1)) {
		if (likely((unsigned)fd < t->size))
			r.file = t->fd[fd];
		return r;
	}
	r.file = fd_lookup_shared(t, fd);
	r.counted = true;
	return r;
}

static inline struct fdref fdref_get(int fd)
{
	struct fdref r = fdref_get_any(fd);

	if (r.file && unlikely(r.file->mode & FMODE_PATH)) {
		if (r.counted)
			file_put(r.file);
		r.file = NULL;
	}
	return r;
}

static inline void fdref_put(struct fdref r)
{
	if (unlikely(r.counted) && r.file)
		file_put(r.file);
}

/* Reserve the lowest free slot >= from.  => fd or -EMFILE, -ENOMEM */
int fd_reserve(int from, bool cloexec);
void fd_cancel(int fd);			/* give a reserved slot back */
void fd_fill(int fd, struct file *f);	/* takes over the reference */
int fd_close(int fd);
/*
 * dup2: make `to`, below fd_limit(), mean f, closing what it was.  Takes over
 * the reference.  => to or -errno
 */
int fd_replace(struct file *f, unsigned to, bool cloexec);
unsigned fd_limit(void);		/* RLIMIT_NOFILE */
void fd_set_cloexec(unsigned fd, bool on);
/* F_DUPFD.  => the new descriptor >= from, -EBADF, -EINVAL, -EMFILE */
long fd_duplicate(int fd, unsigned long from, bool cloexec);
/* The file of fd in another task's table with a reference; for /proc. */
struct file *files_get_file(struct files *t, unsigned fd);
/* Next open descriptor >= from in t, or -1. */
int files_next(struct files *t, unsigned from);
bool files_cloexec(struct files *t, unsigned fd);	/* of any table */

/* A referenced path to f; a file without a name gets a dentry to itself. */
int file_path(struct file *f, struct path *out);
struct file *file_alloc(void);		/* zeroed, refs 1; NULL */
void file_init(void);
unsigned long file_count(void);		/* open files, everywhere */
void fdtable_init(void);
/* Open a file just made at p, no permission asked (p's own references). */
int file_open_new(const struct path *p, unsigned flags, struct file **out);
/* Open what is there, as far as the caller may (likewise). */
int file_open_path(const struct path *p, unsigned flags, struct file **out);
void fscontext_set_cwd(struct path *p);	/* takes over the references */
void fscontext_set_root(struct path *p);

/* ---- read and write (rw.c, pagefile.c) ---------------------------------- */

#define RW_MAX 0x7ffff000ul		/* bytes one call moves at most */

long file_do_read(struct file *f, struct uio *u, loff_t *pos);
long file_do_write(struct file *f, struct uio *u, loff_t *pos);
/* Lock f->pos when others may use it; => whether it must be unlocked. */
static inline bool file_pos_lock(struct file *f)
{
	if (likely(ref_read(&f->refs) == 1) || !(f->mode & FMODE_SEEK))
		return false;
	mutex_lock(&f->pos_lock);
	return true;
}
/* The position, whole, by who holds no lock over the transfer. */
static inline loff_t file_pos_get(struct file *f)
{
	bool locked = file_pos_lock(f);
	loff_t pos = f->pos;

	if (unlikely(locked))
		mutex_unlock(&f->pos_lock);
	return pos;
}
static inline void file_pos_set(struct file *f, loff_t pos)
{
	bool locked = file_pos_lock(f);

	f->pos = pos;
	if (unlikely(locked))
		mutex_unlock(&f->pos_lock);
}
static inline void file_pos_unlock(struct file *f, bool locked)
{
	if (unlikely(locked))
		mutex_unlock(&f->pos_lock);
}

/*
 * Bytes of i's page cache; f: whose read-ahead state is used.  => bytes or
 * -errno, *pos advanced
 */
long inode_read(struct inode *i, struct file *f, struct uio *u, loff_t *pos);
/* Write at *pos within [0, limit).  => likewise; [i->lock] */
long inode_write(struct inode *i, struct uio *u, loff_t *pos, unsigned long n);
/* Files whose bytes are the page cache. */
long pagefile_read(struct file *f, struct uio *u, loff_t *pos);
long pagefile_write(struct file *f, struct uio *u, loff_t *pos);
loff_t pagefile_seek(struct file *f, loff_t off, int whence);
loff_t seek_to(struct file *f, loff_t to, loff_t max);
/*
 * How much of n bytes at pos may be written: the machine's limit and the
 * process's (RLIMIT_FSIZE, with its signal).  => bytes, or -EFBIG
 */
long pagefile_room(loff_t pos, unsigned long n);
/*
 * Of a disk's file, where byte `at` cuts a page in two: that page, referenced,
 * or NULL: there is none, or it is a hole.  => [i->lock]; 0, -EIO, -ENOMEM
 */
int pagefile_edge(struct inode *i, loff_t at, struct page **out);
/* Bytes [from, to) of such a page are zeros.  => [i->lock] */
void pagefile_clear(struct inode *i, struct page *p, unsigned from,
		    unsigned to);
/*
 * Before the end moves up: what lies behind it in its page, in memory or on
 * the disk, becomes zeros.  => [i->lock]; 0, -EIO, -ENOMEM
 */
int pagefile_clear_gap(struct inode *i);
/* After it: mappings may store to what had no blocks behind the old end. */
void pagefile_moved_end(struct inode *i, loff_t old);
/* A page that stays may have lost some of its blocks.  => [i->lock] */
void pagefile_lost_blocks(struct inode *i, struct page *p);
/* Page indexes are words, so a 32-bit machine has a smaller limit. */
#define FILE_SIZE_MAX ((loff_t)(sizeof(long) == 8 ? \
	0x7fffffffffffffffll : 0xfffffffffffll))


/* Directories whose entries are the pinned children of their dentry. */
int dcache_readdir(struct file *f, struct dir_context *ctx);
loff_t dcache_dir_seek(struct file *f, loff_t off, int whence);

static inline void signal_kernel_current(int signo)
{
	signal_send_task(current, &(struct siginfo){
		.signo = signo, .code = SI_KERNEL });
}

/* ---- character and block devices (devfs) -------------------------------- */

/* Set f->ops and f->private from the inode's rdev, and open it. */
int chrdev_open(struct inode *i, struct file *f);
extern const struct file_ops chrdev_fops;
extern const struct file_ops fifo_fops;
void devfs_init(void);
void devices_show(struct seq *s);	/* /proc/devices */
void devmem_init(void);
/* dev_register at boot, before mutexes may be taken. */
int devfs_add(const char *name, unsigned mode, unsigned rdev,
	      const struct file_ops *ops, void *private);
void tmpfs_init(void);
void proc_init(void);
void pipe_init(void);
void anon_init(void);
/* A file of memory without a link.  => 0 with *out open for reading and
 * writing, or -errno */
int memfd_open(const char *name, struct file **out);
/* File operations of an inode by its type; regular and directory: given. */
const struct file_ops *special_fops(unsigned mode);

/* ---- pages of disks ------------------------------------------------------ */

/* May f be read and written with O_DIRECT? */
static inline bool file_can_direct(const struct inode *i)
{
	return S_ISBLK(i->mode) ||
		(S_ISREG(i->mode) && i->fops && i->fops->serves_direct);
}

/* The pages of a disk that f reads: a file's or a device's.  => NULL: none */
static inline struct mapping *file_mapping(struct file *f)
{
	struct mapping *m = f->ops->mapping ? f->ops->mapping(f) :
		&f->inode->mapping;

	return m->ops && m->ops->read_pages ? m : NULL;
}

#endif
