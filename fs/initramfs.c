/* SPDX-License-Identifier: MIT */
/*
 * The initial file system (lecture row A1 of docs/coverage.md): cpio archives
 * that the boot loader left in memory become files of the root tmpfs.
 *
 *   boot_info.initrd
 *   +------+------+------+------------+------+------+------------+
 *   | file | file | file | TRAILER!!! | file | file | TRAILER!!! |
 *   +------+------+------+------------+------+------+------------+
 *    pages of files  ^ the reader      a later archive adds files, and
 *    or free memory                    replaces those of the same names
 *
 * Entries of one directory follow each other, so the directory is looked up
 * once for all of them; its operations create the files.  An archive that is
 * invalid or does not fit stops the boot with an error message.
 */
#define LOG_PREFIX "initramfs"
#include <fs/internal.h>
#include <fs/tmpfs/tmpfs.h>
#include <lib/cpio.h>
#include <lib/errtext.h>
#include <lt/boot.h>
#include <lt/log.h>
#include <kernel/time/time.h>
#include <mm/frames/slab.h>

/*
 * A file with several names, known by its inode number in the archive: the
 * first entry creates the file, the others are links to it.  One of the entries
 * has the data, not necessarily the first.
 */
struct seen {
	struct list link;
	u32 ino, major, minor;
	struct inode *inode;		/* referenced */
};

struct unpack {
	struct cpio_reader reader;
	struct list seen;		/* files of this archive */
	struct path dir;	/* directory of the last entry, referenced;
				 * NULLs: none */
	char *dir_name;		/* name of dir, PATH_MAX bytes */
	size_t dir_len;		/* length of dir_name */
	unsigned entries;
	unsigned long bytes;
	size_t released;	/* bytes of the image already freed */
	size_t kept;		/* bytes of the entry's data adopted as pages */
};

/* Make all missing directories on the way to `name`, and `name` itself. */
static void make_directories(char *name)
{
	for (char *s = name; (s = strchr(s, '/')) != NULL; *s++ = '/') {
		*s = 0;
		kernel_mkdir(name, 0755);
	}
	kernel_mkdir(name, 0755);
}

static void leave_directory(struct unpack *u)
{
	if (u->dir.dentry)
		path_put(&u->dir);
	u->dir.dentry = NULL;
}

/*
 * Find the last component of a name, which is "" after a slash.  Names are
 * relative to the root and may not leave it.
 * Return: where the component begins; NULL: there is a "..".
 */
static const char *last_component(const char *name)
{
	const char *s = name, *last;

	do {
		last = s;
		if (s[0] == '.' && s[1] == '.' && (!s[2] || s[2] == '/'))
			return NULL;
		s = strchr(s, '/');
		while (s && *s == '/')
			s++;
	} while (s);
	return last;
}

/*
 * Set u->dir to the directory named by the first len bytes of name, which is
 * created if missing.  Usually it is the directory of the previous entry.
 */
static int enter_directory(struct unpack *u, const char *name, size_t len)
{
	char *dir = u->dir_name;
	int err;

	if (u->dir.dentry && len == u->dir_len && !memcmp(name, dir, len))
		return 0;
	leave_directory(u);
	memcpy(dir, name, len);
	dir[len] = 0;
	u->dir_len = len;
	err = path_lookup(AT_FDCWD, len ? dir : "/",
			  LOOKUP_FOLLOW | LOOKUP_DIR, &u->dir);
	if (err == -ENOENT) {
		make_directories(dir);
		err = path_lookup(AT_FDCWD, dir, LOOKUP_FOLLOW | LOOKUP_DIR,
				  &u->dir);
	}
	if (err)
		u->dir.dentry = NULL;
	return err;
}

static struct seen *find_seen(struct unpack *u, const struct cpio_entry *e)
{
	struct seen *s;

	list_for_each(s, &u->seen, link)
		if (s->ino == e->ino && s->major == e->dev_major &&
		    s->minor == e->dev_minor)
			return s;
	return NULL;
}

static void forget_seen(struct unpack *u)
{
	while (!list_empty(&u->seen)) {
		struct seen *s = list_first(&u->seen, struct seen, link);

		list_remove(&s->link);
		inode_put(s->inode);
		kfree(s);
	}
}

static int initramfs_remember(struct unpack *u, const struct cpio_entry *e,
			      struct inode *i)
{
	struct seen *s = kzalloc(sizeof(*s));

	if (!s)
		return -ENOMEM;
	inode_get(i);
	s->inode = i;
	s->ino = e->ino;
	s->major = e->dev_major;
	s->minor = e->dev_minor;
	list_append(&u->seen, &s->link);
	return 0;
}

/*
 * Data that begins at a page boundary need not be copied: its whole pages
 * become pages of the file, which is empty and not in use yet.
 */
static int adopt_data(struct unpack *u, const struct cpio_entry *e,
		      struct inode *i)
{
	paddr_t at = virt_to_phys(e->data);
	unsigned long n = e->data_size >> PAGE_SHIFT;

	if (!n || !IS_ALIGNED(at, PAGE_SIZE))
		return 0;
	u->kept = n << PAGE_SHIFT;
	return mapping_adopt(&i->mapping, page_adopt(at, n, PAGE_CACHE), n);
}

static int copy_data(struct inode *i, const struct cpio_entry *e, size_t from)
{
	for (size_t n; from < e->data_size; from += n) {
		struct page *p;
		int err = mapping_make(&i->mapping, from >> PAGE_SHIFT, &p);

		if (err)
			return err;
		n = min((size_t)PAGE_SIZE, e->data_size - from);
		memcpy(page_virt(p), e->data + from, n);
		page_set_flags(p, PG_DIRTY);
		page_stored(p);
		page_put(p);
	}
	return 0;
}

static int write_data(struct unpack *u, const struct cpio_entry *e,
		      struct inode *i)
{
	int err = i->size ? inode_truncate(i, 0) : 0;

	if (!err)
		err = adopt_data(u, e, i);
	if (!err)
		err = copy_data(i, e, u->kept);
	i->size = e->data_size;
	return err;
}

static int make_link(struct inode *dir, struct dentry *d,
		     const struct cpio_entry *e)
{
	char *to;
	int err;

	if (!e->data_size || e->data_size >= PATH_MAX)
		return -EINVAL;
	to = kmalloc(e->data_size + 1);
	if (!to)
		return -ENOMEM;
	memcpy(to, e->data, e->data_size);
	to[e->data_size] = 0;
	err = *to ? dir->ops->symlink(dir, d, to) : -ENOENT;
	kfree(to);
	return err;
}

static int initramfs_make_file(struct unpack *u, const struct cpio_entry *e,
			       struct inode *dir, struct dentry *d)
{
	struct seen *s = e->nlink > 1 ? find_seen(u, e) : NULL;
	int err;

	if (s)
		return dir->ops->link(dir, d, s->inode);
	err = dir->ops->create(dir, d, S_IFREG, 0);
	if (!err && e->nlink > 1)
		err = initramfs_remember(u, e, d->inode);
	return err;
}

/*
 * Create the file that e describes, at the negative dentry d.
 * Context: [u->dir's lock].
 */
static int initramfs_make_node(struct unpack *u, const struct cpio_entry *e,
			       struct dentry *d)
{
	struct inode *dir = u->dir.dentry->inode;

	mutex_must_hold(&dir->lock);
	switch (e->mode & S_IFMT) {
	case S_IFREG:
		return initramfs_make_file(u, e, dir, d);
	case S_IFDIR:
		return dir->ops->mkdir(dir, d, S_IFDIR | 0755);
	case S_IFLNK:
		return make_link(dir, d, e);
	case S_IFCHR:
	case S_IFBLK:
		return dir->ops->create(dir, d, e->mode & S_IFMT,
				DEV_MAKE(e->rdev_major, e->rdev_minor));
	case S_IFIFO:
	case S_IFSOCK:
		return dir->ops->create(dir, d, e->mode & S_IFMT, 0);
	default:
		return -EINVAL;
	}
}

/* Set owner, mode and time exactly as archived, regardless of the umask. */
static void set_attributes(const struct cpio_entry *e, struct inode *i)
{
	i->mode = (i->mode & S_IFMT) | (e->mode & 07777);
	if (S_ISLNK(i->mode))
		i->mode |= 0777;
	i->uid = e->uid;
	i->gid = e->gid;
	i->mtime = i->ctime = (u64)e->mtime * NSEC_PER_SEC;
}

/*
 * Create the file that e describes in u->dir.  A directory may exist already,
 * for instance because an earlier entry lies in it.
 * Return: 0; -EEXIST: the name is taken; -errno.
 */
static int unpack_here(struct unpack *u, const struct cpio_entry *e,
		       const char *name)
{
	struct dentry *dir = u->dir.dentry, *d;
	unsigned len = (unsigned)strlen(name);
	int err = 0;

	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	mutex_lock(&dir->inode->lock);
	d = dir_lookup(dir, name, len, name_hash(name, len), &err);
	if (d && !d->inode)
		err = initramfs_make_node(u, e, d);
	else if (d && !(S_ISDIR(e->mode) && S_ISDIR(d->inode->mode)))
		err = -EEXIST;
	mutex_unlock(&dir->inode->lock);
	if (!err && S_ISREG(e->mode) && e->data_size)
		err = write_data(u, e, d->inode);
	if (!err)
		set_attributes(e, d->inode);
	if (d)
		dentry_put(d);
	return err;
}

/* Remove a file of an earlier archive that a later archive replaces. */
static int remove_old(struct unpack *u, const char *name)
{
	int err = kernel_unlinkat(AT_FDCWD, name, false);

	/* the path of the next entry's directory may lead elsewhere now */
	leave_directory(u);
	return err == -EISDIR ? kernel_unlinkat(AT_FDCWD, name, true) : err;
}

static int unpack_entry(struct unpack *u, const struct cpio_entry *e)
{
	const char *name = e->name, *last;
	size_t len;
	int err;

	while (*name == '/')
		name++;
	last = last_component(name);
	if (!last)
		return -EPERM;
	len = (size_t)(last - name);
	len -= len > 0;			/* the slash */
	err = enter_directory(u, name, len);
	if (err)
		return err;
	if (!*last || !strcmp(last, ".")) {
		if (!S_ISDIR(e->mode))
			return -EINVAL;
		set_attributes(e, u->dir.dentry->inode);
		return 0;
	}
	err = unpack_here(u, e, last);
	if (err != -EEXIST)
		return err;
	err = remove_old(u, name);
	if (!err)
		err = enter_directory(u, name, len);
	return err ? err : unpack_here(u, e, last);
}

/*
 * Parts of an archive that did not become pages of files are freed as soon as
 * its files are made.  A root of a few hundred megabytes would not fit into
 * memory twice.
 */
static void release_read(struct unpack *u, size_t upto)
{
	paddr_t base = boot_info.initrd.base;
	paddr_t from = ALIGN_UP(base + u->released, PAGE_SIZE);
	paddr_t to = ALIGN_DOWN(base + upto, PAGE_SIZE);

	for (; from < to; from += PAGE_SIZE)
		page_put(page_adopt(from, 1, PAGE_KERNEL));
	u->released = from - base;
}

static void unpack_all(struct unpack *u)
{
	struct cpio_entry e;
	enum cpio_result got;
	int err;

	while ((got = cpio_next(&u->reader, &e)) != CPIO_END) {
		if (got == CPIO_BAD)
			boot_refuse("initramfs: bad archive: %s at byte %lu",
				    u->reader.error,
				    (unsigned long)u->reader.at);
		if (got == CPIO_TRAILER) {
			forget_seen(u);
			continue;
		}
		err = unpack_entry(u, &e);
		if (err)
			boot_refuse("initramfs: cannot unpack %s: error %d "
				    "(%s)", e.name, -err, err == -ENOSPC ||
				    err == -ENOMEM ? "memory is full" :
				    error_text(err));
		u->entries++;
		u->bytes += e.data_size;
		/*
		 * free the part of the image up to the data, then the data that
		 * was not adopted and the part behind it
		 */
		release_read(u, (size_t)(e.data - u->reader.image));
		u->released += u->kept;
		u->kept = 0;
		release_read(u, u->reader.at);
	}
	forget_seen(u);
	leave_directory(u);
	release_read(u, u->reader.size);
}

void initramfs_unpack(void)
{
	const struct boot_range *r = &boot_info.initrd;
	const u8 *image = phys_to_virt(r->base);
	struct unpack u = { .seen = LIST_INIT(u.seen) };

	if (r->size >= 2 && image[0] == 0x1f && image[1] == 0x8b)
		boot_refuse("initramfs: compressed archive; pass it unpacked");
	if (r->size) {
		u.dir_name = name_alloc();
		if (!u.dir_name)
			boot_refuse("initramfs: memory is full");
		cpio_open(&u.reader, image, r->size);
		unpack_all(&u);
		log_info("%u files, %lu KiB", u.entries, u.bytes >> 10);
		name_put(u.dir_name);
	}
	tmpfs_limit(boot_root.dentry->inode->super, page_free_count() / 2);
	mount_defaults();
}
