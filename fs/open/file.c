/* SPDX-License-Identifier: MIT */
/*
 * Open files (lecture row B5 of docs/coverage.md): creation, the last
 * reference, and the kernel's own reads and writes.
 *
 * A file has one reference from each descriptor in any table, from each VMA
 * that maps it, and from each message that carries it (SCM_RIGHTS).  If the
 * table is shared, each call that uses the file has one, too.  close(2) drops
 * one reference.  The task that drops the last one frees the file.
 */
#include <fs/hooks.h>
#include <fs/internal.h>
#include <fs/inode/notify.h>
#include <mm/frames/slab.h>

static struct slab_cache *file_cache;
static atomic_t nr_files;

void file_init(void)
{
	file_cache = slab_create("file", sizeof(struct file));
}

unsigned long file_count(void)
{
	return (unsigned long)atomic_read(&nr_files);
}

/* Return: a file with one reference and nothing else set; NULL: no memory. */
struct file *file_alloc(void)
{
	struct file *f = slab_zalloc(file_cache);

	if (!f)
		return NULL;
	vm_object_init(&f->object, &file_object_ops);
	list_init(&f->epoll_items);
	atomic_add(&nr_files, 1);
	mutex_init(&f->pos_lock, "file position");
	return f;
}

static unsigned mode_of_flags(unsigned flags)
{
	switch (flags & O_ACCMODE) {
	case O_RDONLY:
		return FMODE_READ;
	case O_WRONLY:
		return FMODE_WRITE;
	case O_RDWR:
		return FMODE_READ | FMODE_WRITE;
	default:		/* access mode 3: only for ioctl */
		return 0;
	}
}

/* Takes over the caller's reference to i; file_put() drops it. */
struct file *file_create(struct inode *i, const struct file_ops *ops,
			 unsigned flags, void *private)
{
	struct file *f = file_alloc();

	if (!f)
		return NULL;
	f->flags = flags;
	f->mode = mode_of_flags(flags);
	f->inode = i;
	f->ops = ops;
	f->private = private;
	return f;
}

void file_allow_write(struct file *f)
{
	if (f->mode & FMODE_EXEC) {
		f->mode &= ~FMODE_EXEC;
		inode_allow_write(f->inode);
	}
}

void file_uncount_writer(struct file *f)
{
	if (!(f->mode & FMODE_WRITER))
		return;
	f->mode &= ~FMODE_WRITER;
	inode_put_write(f->inode);
	atomic_add(&f->inode->super->writers, -1);
	if (f->path.mount)
		atomic_add(&f->path.mount->writers, -1);
}

/*
 * Free a file.  Watchers and epoll sets come first, as they still refer to f.
 * The inode's counts come before the reference to the inode.  The path comes
 * last, since its mount may be freed, too.
 */
void file_end(struct file *f)
{
	if (f->ops)			/* NULL: O_PATH, or a failed open */
		notify_file(f, f->mode & FMODE_WRITE ? IN_CLOSE_WRITE :
			    IN_CLOSE_NOWRITE);
	if (unlikely(file_hooked(f)))
		hooks_end(f);
	if (f->ops && f->ops->release)
		f->ops->release(f);
	if (f->inode) {
		if (unlikely(f->mode & FMODE_EXEC))
			inode_allow_write(f->inode);
		if (f->mode & FMODE_READER)
			atomic_add(&f->inode->readers, -1);
		file_uncount_writer(f);
		inode_put(f->inode);
	}
	if (f->path.dentry)
		path_put(&f->path);
	atomic_add(&nr_files, -1);
	slab_free(file_cache, f);
}

void file_put(struct file *f)
{
	if (unlikely(ref_put(&f->object.refs)))
		file_end(f);
}

/*
 * Uses a list instead of recursion: a program can make a chain of files that
 * would overflow the kernel stack.
 */
void file_put_held(struct file *f)
{
	struct file_endings *e = current->endings;

	if (!ref_put(&f->object.refs))
		return;
	if (!e) {
		file_end(f);
		return;
	}
	f->next_end = NULL;
	*e->last = f;
	e->last = &f->next_end;
}

bool file_endings_begin(struct file_endings *e)
{
	if (current->endings)
		return false;
	e->first = NULL;
	e->last = &e->first;
	current->endings = e;
	return true;
}

void file_endings_run(struct file_endings *e)
{
	struct file *f;

	while ((f = e->first)) {
		e->first = f->next_end;
		if (!e->first)
			e->last = &e->first;
		file_end(f);
	}
}

void file_endings_end(struct file_endings *e)
{
	ASSERT(!e->first);
	current->endings = NULL;
}

/*
 * Used by the kernel itself (exec).  Returns fewer than n bytes only at the end
 * of the file.
 */
long file_read_at(struct file *f, void *to, unsigned long n, loff_t at)
{
	struct uio u;
	long done;

	done = file_check_pos(f, at, n);
	if (done)
		return done;
	uio_kernel(&u, to, n);
	do {
		done = f->ops->read ? f->ops->read(f, &u, &at) : -EINVAL;
		if (done < 0)
			return done;
	} while (done && u.left);
	if (n > u.left)
		notify_file(f, IN_ACCESS);
	return (long)(n - u.left);
}

long file_write(struct file *f, const void *from, unsigned long n)
{
	struct uio u;
	long done;

	uio_kernel(&u, (void *)from, n);
	do {
		done = f->ops->write ? f->ops->write(f, &u, &f->pos) : -EINVAL;
		if (done < 0)
			return done;
	} while (done && u.left);
	return (long)(n - u.left);
}
