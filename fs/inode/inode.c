/* SPDX-License-Identifier: MIT */
/*
 * Inodes: lifetime, permissions (lecture row B17 of docs/coverage.md) and
 * mutual exclusion of writers and running programs (ETXTBSY).  An inode lives
 * as long as a dentry or a file refers to it.
 *
 *   inode_permission(): unless the operation .refuses has an error, the first
 *   class that fits decides:
 *
 *     the caller's fsuid owns it? -- yes -->  bits 0700 --+
 *          | no                                           |
 *     it has a list (ACL)? --------- yes -->  the list ---+
 *          | no                                           +--> enough: 0
 *     the caller is in its group? -- yes -->  bits 0070 --+
 *          | no                                           |
 *          +-------------------------------->  bits 0007 -+
 *                                                         | not enough
 *     CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH,              v
 *     then the operation .permits: one says yes? ---> 0, else -EACCES
 */
#include <fs/hooks.h>
#include <fs/internal.h>
#include <kernel/ops/namespace_ops.h>
#include <kernel/time/time.h>
#include <lt/table.h>
#include <mm/frames/slab.h>

static struct slab_cache *inode_cache;
static atomic_t nr_inodes;
static struct spinlock ino_lock = SPIN_INIT("inode numbers", IPL_SOFT);

/* How often a_day_ago is updated. */
#define DAY_STEP	(60 * NSEC_PER_SEC)
#define DAY		(24 * 3600 * NSEC_PER_SEC)

unsigned long a_day_ago;

void inode_update_day(void)
{
	u64 now = inode_now();

	WRITE_ONCE(a_day_ago, now > DAY ? coarse_time(now - DAY) : 0);
}

/* Context: timer interrupt. */
static void minute_passed(struct timer *t)
{
	inode_update_day();
	timer_set(t, arch_clock() + DAY_STEP);
}

void inode_init(void)
{
	static struct timer minute = { .fn = minute_passed };

	inode_cache = slab_create("inode", sizeof(struct inode));
	minute_passed(&minute);
}

unsigned long inode_count(void)
{
	return (unsigned long)atomic_read(&nr_inodes);
}

u64 inode_now(void)
{
	/*
	 * read the clock last, so that its value need not be saved across a
	 * call
	 */
	u64 ahead = realtime_from(0);

	return ahead + arch_clock();
}

static bool hold_owner(struct mapping *m)
{
	return inode_get_live(mapping_inode(m));
}

static void inode_drop_owner(struct mapping *m)
{
	inode_put(mapping_inode(m));
}

static const struct mapping_owner inode_owner = {
	.hold = hold_owner,
	.drop = inode_drop_owner,
};

/* Default for inodes that no file system manages: no operations. */
static const struct inode_ops no_ops;

struct inode *inode_alloc(struct super *s, unsigned mode)
{
	struct inode *i = slab_zalloc(inode_cache);

	if (!i)
		return NULL;
	ref_init(&i->refs);
	i->ops = &no_ops;
	i->mode = mode;
	i->nlink = 1;
	i->super = s;
	i->atime = i->mtime = i->ctime = inode_now();
	mutex_init(&i->lock, "inode");
	mapping_init(&i->mapping, &inode_owner, &i->size, NULL);
	list_init(&i->dirty_link);
	if (s) {
		spin_lock(&ino_lock);
		i->ino = s->next_ino++;
		spin_unlock(&ino_lock);
	}
	atomic_add(&nr_inodes, 1);
	return i;
}

/*
 * Used by callers that found i without a reference (reclaim).  A count of 0
 * means that i is being freed, and must not rise again.
 */
bool inode_get_live(struct inode *i)
{
	return ref_try_get(&i->refs);
}

/*
 * evict() is called first: it may need the pages, or truncate a file that has
 * no name any more.
 */
void inode_put(struct inode *i)
{
	if (!ref_put(&i->refs))
		return;
	if (i->ops->evict)
		i->ops->evict(i);
	mapping_destroy(&i->mapping);
	if (unlikely(i->hooks))
		hooks_free(i);
	kfree(i->xattrs);
	atomic_add(&nr_inodes, -1);
	slab_free(inode_cache, i);
}

const struct xattr_ops *xattr_ops;

/*
 * Applies the umask, unless dir has a default ACL: that replaces the umask
 * (acl(5)).
 */
unsigned inode_new_mode(const struct inode *dir, unsigned mode)
{
	/*
	 * the new file gets dir's group, and its creator need not be a member
	 * of that group
	 */
	if (unlikely(dir->mode & S_ISGID) &&
	    (mode & (S_ISGID | 010)) == (S_ISGID | 010) &&
	    !inode_may_setgid(dir))
		mode &= ~(unsigned)S_ISGID;
	if (unlikely(dir->xattrs) && xattr_ops->has_default(dir))
		return mode;
	return mode & ~current_umask();
}

/*
 * A new file in a set-group-id directory inherits the directory's group; a new
 * directory inherits the bit as well (inode(7)).
 */
void inode_init_owner(struct inode *i, const struct inode *dir)
{
	const struct cred *c = current->cred;

	i->uid = c ? c->fsuid : 0;
	i->gid = c ? c->fsgid : 0;
	if (dir && dir->mode & S_ISGID) {
		i->gid = dir->gid;
		if (S_ISDIR(i->mode))
			i->mode |= S_ISGID;
	}
}

__may_race void inode_set_mode(struct inode *i, unsigned bits)
{
	mutex_must_hold(&i->lock);
	i->mode = (i->mode & S_IFMT) | (bits & 07777);
}

/*
 * True if the file's ACL or mode allows the access.  The first class of users
 * that fits decides, even if a later one would allow more (path_resolution(7)).
 * For the owner, the bits of the mode decide.  For others, the ACL decides if
 * there is one, else the mode.
 */
static bool is_allowed(struct inode *i, int mask, const struct cred *c)
{
	unsigned bits = HINT(i->mode);
	int listed;

	if (HINT(i->uid) == c->fsuid)
		return !(mask & ~(bits >> 6) & 7);
	if (unlikely(i->xattrs)) {
		listed = xattr_ops->permission(i, mask, c);
		if (listed <= 0)
			return !listed;
	}
	if (cred_has_group(c, HINT(i->gid)))
		bits >>= 3;
	return !(mask & ~bits & 7);
}

/*
 * capabilities(7): DAC_OVERRIDE allows everything but the execution of a file
 * that nobody may execute; DAC_READ_SEARCH allows reads, and searches of
 * directories.
 */
int inode_permission_as(struct inode *i, int mask, const struct cred *c)
{
	if (is_allowed(i, mask, c))
		return 0;
	if (!ids_known(HINT(i->uid), HINT(i->gid), c->space))
		goto special;
	if (S_ISDIR(i->mode)) {
		if (c->cap_effective & BIT(CAP_DAC_OVERRIDE))
			return 0;
		if (!(mask & W_OK) &&
		    c->cap_effective & BIT(CAP_DAC_READ_SEARCH))
			return 0;
		goto special;
	}
	if (c->cap_effective & BIT(CAP_DAC_OVERRIDE) &&
	    (!(mask & X_OK) || HINT(i->mode) & 0111))
		return 0;
	if (mask == R_OK && c->cap_effective & BIT(CAP_DAC_READ_SEARCH))
		return 0;
special:
	return i->ops->permits && i->ops->permits(i, mask) ?
		0 : -EACCES;
}

int inode_permission(struct inode *i, int mask)
{
	const struct cred *c = current->cred;
	int err;

	if (unlikely(!c))
		return 0;	/* the kernel itself: boot */
	err = unlikely(i->ops->refuses) ? i->ops->refuses(i) : 0;
	return err ? err : inode_permission_as(i, mask, c);
}

/*
 * noexec may be set on the mount (also on a bind mount) or for the file system
 * type.
 */
bool path_noexec(const struct path *p)
{
	const struct mount *m = p->mount;

	return m && (m->flags & MS_NOEXEC || m->super->type->noexec);
}

bool mount_read_only(const struct path *p)
{
	return (p->mount && p->mount->flags & MS_RDONLY) ||
		p->dentry->inode->super->flags & MS_RDONLY;
}

/*
 * Writing to a device node or FIFO is possible on a read-only file system: the
 * data is not stored there.
 */
int path_permission(const struct path *p, int mask)
{
	struct inode *i = p->dentry->inode;

	if (mask & W_OK && mount_read_only(p) &&
	    (S_ISREG(i->mode) || S_ISDIR(i->mode) || S_ISLNK(i->mode)))
		return -EROFS;
	return inode_permission(i, mask);
}

bool inode_owner_or_capable(const struct inode *i)
{
	const struct cred *c = current->cred;

	return !c || c->fsuid == i->uid ||
		(capable_here(CAP_FOWNER) && uid_known(i->uid, c->space));
}

/* Checks the sticky bit: in /tmp a user may delete only its own files. */
int inode_may_delete(struct inode *dir, struct inode *victim)
{
	const struct cred *c = current->cred;

	if (victim->seals & SEAL_SWAPFILE)
		return -EPERM;
	return !(dir->mode & S_ISVTX) || !c || c->fsuid == victim->uid ||
		c->fsuid == dir->uid || inode_capable(victim, CAP_FOWNER) ?
		0 : -EPERM;
}

/* True if atime stays: MS_NOATIME, MS_NODIRATIME, or read-only. */
static bool keeps_atime(const struct inode *i, const struct mount *m)
{
	return (m && m->flags & (MS_RDONLY | MS_NOATIME)) ||
		(m && m->flags & MS_NODIRATIME && S_ISDIR(i->mode)) ||
		(i->super && i->super->flags & MS_RDONLY);
}

/*
 * Does nothing if the lock is taken: its holder probably changes the times as
 * well, and a later read will update atime.
 */
static void inode_update_atime(struct inode *i, const struct mount *m)
{
	if (keeps_atime(i, m) || !mutex_trylock(&i->lock))
		return;
	i->atime = inode_now();
	inode_changed(i);
	mutex_unlock(&i->lock);
}

/*
 * inode(7): only a member of the file's group may set the bit.  Otherwise a
 * program could run with a group that its owner is not in.
 */
bool inode_may_setgid(const struct inode *i)
{
	const struct cred *c = current->cred;

	return !c || cred_has_group(c, i->gid) || inode_capable(i, CAP_FSETID);
}

unsigned inode_setid_bits(const struct inode *i)
{
	unsigned drop = i->mode & S_ISUID;

	if (i->mode & S_ISGID && (i->mode & 010 || !inode_may_setgid(i)))
		drop |= S_ISGID;
	return drop;
}

/* relatime (mount(8)): called when atime_is_old() is true. */
void file_update_atime(const struct file *f)
{
	if (!(f->flags & O_NOATIME))
		inode_update_atime(f->inode, f->path.mount);
}

void file_strict_atime(const struct file *f)
{
	const struct mount *m = f->path.mount;

	if (m && m->strict)
		file_update_atime(f);
}

void inode_note_store(struct inode *i)
{
	if (!mutex_trylock(&i->lock))
		return;
	i->mtime = i->ctime = inode_now();
	inode_changed(i);
	mutex_unlock(&i->lock);
}

void path_update_atime(const struct path *p)
{
	inode_touch_atime(p->dentry->inode, p->mount);
}

void inode_touch_atime(struct inode *i, const struct mount *m)
{
	if (atime_is_old(i) || (m && m->strict))
		inode_update_atime(i, m);
}

/*
 * Drop set-id bits and file capabilities before a write.  A program that
 * another user has written to must not run with its owner's rights (write(2),
 * chown(2)).  It must not run with file capabilities even if root wrote to it.
 */
static __noinline int drop_privileges(struct inode *i)
{
	unsigned drop = S_ISREG(i->mode) ? inode_setid_bits(i) : 0;

	if (drop && current->cred && !capable(CAP_FSETID)) {
		inode_set_mode(i, i->mode & ~drop);
		inode_changed(i);
	}
	return inode_drop_caps(i);
}

int inode_drop_privileges(struct inode *i)
{
	if (likely(!(i->mode & (S_ISUID | S_ISGID)) && !i->xattrs))
		return 0;
	return drop_privileges(i);
}

/*
 * Add step (1 or -1) to write_denied, unless write_denied has the opposite
 * sign.  write_denied counts running programs as positive and writers as
 * negative numbers, so that each side excludes the other (ETXTBSY) without a
 * lock.
 * Return: true if step was added.
 */
static bool write_count(struct inode *i, int step)
{
	int old = __atomic_load_n(&i->write_denied, __ATOMIC_RELAXED);

	do {
		if (step > 0 ? old < 0 : old > 0)
			return false;
	} while (!atomic_publish(&i->write_denied, &old, old + step));
	return true;
}

int inode_deny_write(struct inode *i)
{
	return write_count(i, 1) ? 0 : -ETXTBSY;
}

void inode_allow_write(struct inode *i)
{
	__atomic_fetch_sub(&i->write_denied, 1, __ATOMIC_ACQ_REL);
}

int inode_get_write(struct inode *i)
{
	return write_count(i, -1) ? 0 : -ETXTBSY;
}

void inode_put_write(struct inode *i)
{
	__atomic_fetch_add(&i->write_denied, 1, __ATOMIC_ACQ_REL);
}

/*
 * The fields are read without a lock: stat(2) of a file under change may mix
 * old and new values.
 */
void inode_stat(struct inode *i, struct kstat *st)
{

	if (i->ops->refresh)
		i->ops->refresh(i);
	if (likely(i->super)) {
		st->dev = i->super->dev;
		st->blksize = (unsigned)i->super->block_size;
	} else {
		st->dev = 0;
		st->blksize = PAGE_SIZE;
	}
	st->ino = i->ino;
	st->rdev = i->rdev;
	st->size = (u64)inode_size(i);
	st->blocks = i->ops->blocks ? i->ops->blocks(i) :
		(u64)HINT(i->mapping.nr_pages) * (PAGE_SIZE / 512);
	st->mode = HINT(i->mode);
	st->nlink = HINT(i->nlink);
	st->uid = HINT(i->uid);
	st->gid = HINT(i->gid);
	st->atime = HINT(i->atime);
	st->mtime = HINT(i->mtime);
	st->ctime = HINT(i->ctime);
	if (unlikely(READ_ONCE(user_spaces)))
		namespace_ops->stat_shown(st);
}

const struct file_ops *special_fops(unsigned mode)
{
	if (S_ISFIFO(mode))
		return &fifo_fops;
	if (S_ISCHR(mode) || S_ISBLK(mode))
		return &chrdev_fops;
	return NULL;
}
