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
 * Files are made by the functions behind the system calls.  An archive that is
 * not what it says, or does not fit, stops the boot with its reason.
 */
#define LOG_PREFIX "initramfs"
#include <fs/internal.h>
#include <fs/tmpfs/tmpfs.h>
#include <lib/cpio.h>
#include <lt/boot.h>
#include <lt/log.h>
#include <kernel/time.h>
#include <mm/slab.h>

/*
 * A file with several names, by its number in the archive: the first entry
 * makes it, the others are links.  One of them has the data, which need not be
 * the first.
 */
struct seen {
	struct list link;
	u32 ino, major, minor;
	struct path path;		/* referenced */
};

struct unpack {
	struct cpio_reader reader;
	struct list seen;		/* of this archive */
	unsigned entries;
	unsigned long bytes;
	size_t released;	/* what of the image is free memory again */
	size_t kept;		/* of the entry's data: pages of the file */
};

/* Make every directory on the way to name that is missing. */
static void make_parents(const char *name)
{
	char *copy = kstrdup(name);

	for (char *s = copy; s && (s = strchr(s, '/')); s++) {
		*s = 0;
		if (*copy)
			kernel_mkdir(copy, 0755);
		*s = '/';
	}
	kfree(copy);
}

/* Names are relative to the root and may not climb out of it. */
static const char *clean_name(const char *name)
{
	const char *s = name;

	while (*s == '/' || (s[0] == '.' && s[1] == '/'))
		s++;
	for (const char *p = s; p; p = strchr(p, '/')) {
		while (*p == '/')
			p++;
		if (p[0] == '.' && p[1] == '.' && (!p[2] || p[2] == '/'))
			return NULL;
	}
	return strcmp(s, ".") ? s : "";
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
		path_put(&s->path);
		kfree(s);
	}
}

static int remember(struct unpack *u, const struct cpio_entry *e,
		    const char *name)
{
	struct seen *s = kzalloc(sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	err = path_lookup(AT_FDCWD, name, 0, &s->path);
	if (err) {
		kfree(s);
		return err;
	}
	s->ino = e->ino;
	s->major = e->dev_major;
	s->minor = e->dev_minor;
	list_append(&u->seen, &s->link);
	return 0;
}

/*
 * Data that begins at a page need not be copied: its whole pages become the
 * file's, which is new and seen by nobody.
 */
static int adopt_data(struct unpack *u, const struct cpio_entry *e,
		      struct inode *i)
{
	paddr_t at = virt_to_phys(e->data);
	struct page *p;
	int err = 0;

	if (!IS_ALIGNED(at, PAGE_SIZE))
		return 0;
	while (!err && u->kept + PAGE_SIZE <= e->data_size) {
		p = page_adopt(at + u->kept, PAGE_CACHE);
		err = mapping_make(&i->mapping, u->kept >> PAGE_SHIFT, p, &p);
		if (!err) {
			page_set_flags(p, PG_DIRTY);
			page_put(p);
		}
		u->kept += PAGE_SIZE;
	}
	i->size = (loff_t)u->kept;
	return err;
}

static int write_data(struct unpack *u, const struct cpio_entry *e,
		      const char *name)
{
	struct file *f;
	long n = 0;
	int err = file_open(AT_FDCWD, name, O_WRONLY | O_APPEND | O_TRUNC, 0,
			    &f);

	if (err)
		return err;
	err = adopt_data(u, e, f->inode);
	if (!err && u->kept < e->data_size)
		n = file_write(f, e->data + u->kept, e->data_size - u->kept);
	file_put(f);
	return n < 0 ? (int)n : err;
}

static int make_file(struct unpack *u, const struct cpio_entry *e,
		     const char *name)
{
	struct seen *s = e->nlink > 1 ? find_seen(u, e) : NULL;
	int err;

	if (s) {
		err = kernel_linkat(&s->path, AT_FDCWD, name);
	} else {
		err = kernel_mknodat(AT_FDCWD, name, S_IFREG, 0);
		if (!err && e->nlink > 1)
			err = remember(u, e, name);
	}
	if (!err && e->data_size)
		err = write_data(u, e, name);
	return err;
}

static int make_link(const struct cpio_entry *e, const char *name)
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
	err = kernel_symlinkat(to, AT_FDCWD, name);
	kfree(to);
	return err;
}

static int unpack_node(struct unpack *u, const struct cpio_entry *e,
		     const char *name)
{
	switch (e->mode & S_IFMT) {
	case S_IFREG:
		return make_file(u, e, name);
	case S_IFDIR:
		return kernel_mkdir(name, 0755);
	case S_IFLNK:
		return make_link(e, name);
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		return kernel_mknodat(AT_FDCWD, name, e->mode & S_IFMT,
			DEV_MAKE(e->rdev_major, e->rdev_minor));
	default:
		return -EINVAL;
	}
}

/* Owner, mode and time exactly as archived, umask or not. */
static int set_attributes(const struct cpio_entry *e, const char *name)
{
	struct path p;
	struct inode *i;
	int err = path_lookup(AT_FDCWD, name, 0, &p);

	if (err)
		return err;
	i = p.dentry->inode;
	i->mode = (i->mode & S_IFMT) | (e->mode & 07777);
	if (S_ISLNK(i->mode))
		i->mode |= 0777;
	i->uid = e->uid;
	i->gid = e->gid;
	i->mtime = i->ctime = (u64)e->mtime * NSEC_PER_SEC;
	path_put(&p);
	return 0;
}

static int is_directory(const char *name)
{
	struct path p;
	int yes = 0;

	if (!path_lookup(AT_FDCWD, name, 0, &p)) {
		yes = S_ISDIR(p.dentry->inode->mode);
		path_put(&p);
	}
	return yes;
}

/*
 * Make what e says, first trying as if its directory were there and the name
 * were free, which is usual.
 */
static int unpack_entry(struct unpack *u, const struct cpio_entry *e)
{
	const char *name = clean_name(e->name);
	int err;

	if (!name)
		return -EPERM;
	if (!*name)
		return S_ISDIR(e->mode) ? set_attributes(e, "/") : -EINVAL;
	err = unpack_node(u, e, name);
	if (err == -ENOENT) {
		make_parents(name);
		err = unpack_node(u, e, name);
	}
	if (err == -EEXIST) {
		/* A later archive replaces what an earlier one brought. */
		if (S_ISDIR(e->mode) && is_directory(name))
			return set_attributes(e, name);
		err = kernel_unlinkat(AT_FDCWD, name, is_directory(name));
		if (!err)
			err = unpack_node(u, e, name);
	}
	return err ? err : set_attributes(e, name);
}

/*
 * What of an archive became no file's page is free as soon as its files are
 * made: a root of a few hundred megabytes would not fit into memory twice.
 */
static void release_read(struct unpack *u, size_t upto)
{
	paddr_t base = boot_info.initrd.base;
	paddr_t from = ALIGN_UP(base + u->released, PAGE_SIZE);
	paddr_t to = ALIGN_DOWN(base + upto, PAGE_SIZE);

	for (; from < to; from += PAGE_SIZE)
		page_put(page_adopt(from, PAGE_KERNEL));
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
			boot_refuse("initramfs: cannot unpack %s: error %d%s",
				    e.name, -err, err == -ENOSPC ||
				    err == -ENOMEM ? " (memory is full)" : "");
		u->entries++;
		u->bytes += e.data_size;
		/* up to its data, what of that the file has not, and behind */
		release_read(u, (size_t)(e.data - u->reader.image));
		u->released += u->kept;
		u->kept = 0;
		release_read(u, u->reader.at);
	}
	forget_seen(u);
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
		cpio_open(&u.reader, image, r->size);
		unpack_all(&u);
		log_info("%u files, %lu KiB", u.entries, u.bytes >> 10);
	}
	tmpfs_limit(boot_root.dentry->inode->super, page_free_count() / 2);
	mount_defaults();
}
