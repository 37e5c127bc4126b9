/* SPDX-License-Identifier: MIT */
/*
 * memfd_create(2): a tmpfs file in an internal mount without a path, and its
 * seals.  System V shared memory uses such files too.  A seal is set before
 * mappings are checked, and mmap(2) checks for seals after adding its mapping:
 * so one of the two sees the other.
 */
#include <fs/open/fcntl.h>
#include <fs/io/pagefile.h>
#include <fs/mount/mount.h>
#include <fs/nodes.h>
#include <fs/open/fd.h>
#include <fs/path/dcache.h>
#include <fs/path/namei.h>
#include <lib/mem.h>
#include <lt/init.h>
#include <mm/vm.h>
#include <mm/uaccess.h>
#include <syscalls.h>

#define MFD_CLOEXEC	1u
#define MFD_ALLOW_SEALING 2u
#define MFD_NOEXEC_SEAL	8u
#define MFD_EXEC	16u
#define MFD_ALL	(MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL | MFD_EXEC)
/* limit of a file name, less "memfd:" */
#define MFD_NAME_MAX	249

#define F_ADD_SEALS	1033
#define F_GET_SEALS	1034

static struct mount *memfd_mount;	/* const after init */

static void memfd_init(void)
{
	memfd_mount = mount_internal("tmpfs");
	if (!memfd_mount)
		panic("no memory for memfd");
}
INIT(fs, memfd_init);

int memfd_open(const char *name, struct file **out)
{
	struct dentry *root = memfd_mount->root;
	struct path p = { memfd_mount, NULL };
	int err;

	p.dentry = dentry_alloc(root, name, (unsigned)strlen(name), 0);
	if (!p.dentry)
		return -ENOMEM;
	err = root->inode->ops->tmpfile(root->inode, p.dentry,
					S_IFREG | 0777);
	if (!err)
		err = file_open_new(&p, O_RDWR | O_LARGEFILE, out);
	dentry_put(p.dentry);
	/* as on Linux it may be executed, though it is open for writing */
	if (!err)
		file_uncount_writer(*out);
	return err;
}

long sys_memfd_create(uaddr_t name, unsigned flags)
{
	char text[6 + MFD_NAME_MAX + 1] = "memfd:";
	struct file *f;
	long n;

	if (flags & ~MFD_ALL || (flags & MFD_EXEC && flags & MFD_NOEXEC_SEAL))
		return -EINVAL;
	n = string_from_user(text + 6, name, MFD_NAME_MAX + 1);
	if (n < 0)
		return n == -ENAMETOOLONG ? -EINVAL : n;
	n = memfd_open(text, &f);
	if (n)
		return n;
	if (flags & (MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL))
		f->inode->seals = SEALS_HERE;	/* the file is not shared yet */
	if (flags & MFD_NOEXEC_SEAL) {
		f->inode->mode &= ~0111u;
		f->inode->seals |= F_SEAL_EXEC;
	}
	return fd_give(f, 0, flags & MFD_CLOEXEC);
}

/* ---- seals --------------------------------------------------------------- */

static long get_seals(int fd, struct file *f, unsigned cmd, unsigned long arg)
{
	unsigned seals = f->inode->seals;

	return seals & SEALS_HERE ? (long)(seals & F_SEAL_ALL) : -EINVAL;
}

/* True if the file can still be written to through a mapping. */
static bool mapped_to_write(struct mapping *m)
{
	struct vma *v;
	bool yes = false;

	mutex_lock(&m->map_lock);
	list_for_each(v, &m->vmas, map_link)
		yes |= (v->flags & (VM_SHARED | VM_MAYWRITE)) ==
			(VM_SHARED | VM_MAYWRITE);
	mutex_unlock(&m->map_lock);
	return yes;
}

/* Add seals to a file.  Context: [i->lock]. */
static long seal(struct inode *i, unsigned seals)
{
	unsigned old = i->seals;

	mutex_must_hold(&i->lock);
	if (!(old & SEALS_HERE))
		return -EINVAL;
	if (old & F_SEAL_SEAL)
		return -EPERM;
	if (seals & F_SEAL_EXEC && i->mode & 0111)
		seals |= F_SEAL_SHRINK | F_SEAL_GROW | SEALS_NO_WRITE;
	__atomic_store_n(&i->seals, (u8)(old | seals), __ATOMIC_SEQ_CST);
	if (seals & ~old & F_SEAL_WRITE && mapped_to_write(&i->mapping)) {
		i->seals = (u8)old;
		return -EBUSY;
	}
	return 0;
}

static long add_seals(int fd, struct file *f, unsigned cmd,
		      unsigned long arg)
{
	unsigned seals = (unsigned)arg;
	long err;

	if (!(f->mode & FMODE_WRITE))
		return -EPERM;
	if (seals & ~(unsigned)F_SEAL_ALL)
		return -EINVAL;
	mutex_lock(&f->inode->lock);
	err = seal(f->inode, seals);
	mutex_unlock(&f->inode->lock);
	return err;
}

/*
 * The commands of fcntl(2) for seals.  Return: seals or 0; -EINVAL, -EPERM,
 * -EBUSY.
 */
FCNTL_COMMANDS(commands) = {
	{ F_ADD_SEALS, add_seals },
	{ F_GET_SEALS, get_seals },
};
