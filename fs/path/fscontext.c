/* SPDX-License-Identifier: MIT */
/*
 * The root and working directory of a task, where its paths start, and its
 * umask, the permission bits that its new files lack.  Threads share all three
 * (CLONE_FS).
 *
 * struct fs_context has a reference to each of the two paths.  A path is
 * replaced under dcache_lock, mount and dentry at once.  A look-up starts under
 * the same lock, and so needs no reference of its own to them.
 */
#include <fs/internal.h>
#include <mm/frames/slab.h>
#include <mm/uaccess.h>
#include <syscalls.h>

/* Create the context of process 1. */
struct fs_context *fs_create(void)
{
	struct fs_context *f = kzalloc(sizeof(*f));

	if (!f)
		return NULL;
	ref_init(&f->refs);
	f->umask = 022;
	f->root = f->cwd = boot_root;
	path_get(&f->root);
	path_get(&f->cwd);
	return f;
}

/*
 * Other tasks that share `from` may change it meanwhile, so its paths are read
 * and referenced under the lock that guards changes.
 */
struct fs_context *fs_clone(struct fs_context *from)
{
	struct fs_context *f = kzalloc(sizeof(*f));

	if (!f)
		return NULL;
	ref_init(&f->refs);
	br_read_lock(&dcache_lock);
	f->umask = from->umask;
	f->root = from->root;
	f->cwd = from->cwd;
	path_get(&f->root);
	path_get(&f->cwd);
	br_read_unlock(&dcache_lock);
	return f;
}

void fs_get(struct fs_context *f)
{
	ref_get(&f->refs);
}

void fs_put(struct fs_context *f)
{
	if (!ref_put(&f->refs))
		return;
	path_put(&f->cwd);
	path_put(&f->root);
	kfree(f);
}

/*
 * Takes over p's references.  The old ones are dropped without the lock: the
 * last reference to a file system may be among them.
 */
static void path_swap(struct path *slot, struct path *p)
{
	struct path old;

	br_write_lock(&dcache_lock);
	old = *slot;
	*slot = *p;
	br_write_unlock(&dcache_lock);
	path_put(&old);
}

void fscontext_set_cwd(struct path *p)
{
	path_swap(&current->fs->cwd, p);
}

void fscontext_set_root(struct path *p)
{
	path_swap(&current->fs->root, p);
}

long sys_umask(unsigned mask)
{
	unsigned old = current->fs->umask;

	current->fs->umask = mask & 0777;
	return (long)old;
}

long sys_chdir(uaddr_t name)
{
	struct path p;
	int err = path_lookup_user(AT_FDCWD, name, LOOKUP_FOLLOW | LOOKUP_DIR,
				   &p);

	if (err)
		return err;
	err = inode_permission(p.dentry->inode, X_OK);
	if (err)
		path_put(&p);
	else
		fscontext_set_cwd(&p);
	return err;
}

long sys_fchdir(int fd)
{
	struct fdref r = fdref_get_any(fd);
	struct path p;
	int err = -EBADF;

	if (!r.file)
		return err;
	err = -ENOTDIR;
	p = r.file->path;
	if (p.dentry && S_ISDIR(r.file->inode->mode)) {
		err = inode_permission(r.file->inode, X_OK);
		if (!err) {
			path_get(&p);
			fscontext_set_cwd(&p);
		}
	}
	fdref_put(r);
	return err;
}

/*
 * The working directory stays where it is, even outside the new root
 * (chroot(2)).
 */
long sys_chroot(uaddr_t name)
{
	struct path p;
	int err = path_lookup_user(AT_FDCWD, name, LOOKUP_FOLLOW | LOOKUP_DIR,
				   &p);

	if (err)
		return err;
	err = inode_permission(p.dentry->inode, X_OK);
	if (!err && !capable_here(CAP_SYS_CHROOT))
		err = -EPERM;
	if (err)
		path_put(&p);
	else
		fscontext_set_root(&p);
	return err;
}

static bool path_is_deleted(const struct path *p)
{
	return !dentry_hashed(p->dentry) && p->dentry->parent != p->dentry;
}

/* Return: length with the NUL, -ENOENT (deleted), -ERANGE, -EFAULT. */
long sys_getcwd(uaddr_t buf, unsigned long size)
{
	struct path p;
	char *text, *name;
	int err = -ENOENT;
	unsigned long n;

	text = kmalloc(PATH_MAX);
	if (!text)
		return -ENOMEM;
	br_read_lock(&dcache_lock);
	p = *current_cwd();
	path_get(&p);
	br_read_unlock(&dcache_lock);
	if (path_is_deleted(&p))
		goto out;
	name = path_name_marked(&p, text, PATH_MAX, &err);
	if (!name)
		goto out;
	n = strlen(name) + 1;
	err = n > size ? -ERANGE : copy_to_user(buf, name, n);
	if (!err)
		err = (int)n;
out:
	path_put(&p);
	kfree(text);
	return err;
}
