/* SPDX-License-Identifier: MIT */
/*
 * Files as objects that an address space maps (lecture row E8 of
 * docs/coverage.md): the operations of mm/cache/object.h.
 *
 *   file_may_map    checks offset and rights, and finds the mapping with
 *                   the pages
 *   file_attach     lets a device, or another file with .mmap, set up the
 *                   VMA itself
 *
 * The rights of the open file are checked when it is mapped.  VM_MAYWRITE and
 * VM_NOEXEC stay with the VMA, because mprotect(2) needs them after the
 * descriptor is closed.
 */
#include <fs/open/fd.h>
#include <mm/cache/object.h>
#include <mm/vm.h>
#include <uapi/mman.h>

/*
 * Flags that MAP_SHARED_VALIDATE allows: all flags older than
 * MAP_SHARED_VALIDATE itself, and the sizes of huge pages in bits 26 to 31.
 * MAP_FIXED_NOREPLACE is newer.
 */
#define MAP_VALIDATED	(MAP_TYPE | MAP_FIXED | MAP_ANONYMOUS | \
	MAP_GROWSDOWN | MAP_DENYWRITE | MAP_EXECUTABLE | MAP_LOCKED | \
	MAP_NORESERVE | MAP_POPULATE | MAP_NONBLOCK | MAP_STACK | \
	MAP_HUGETLB | 0xfc000000u)

/*
 * True if a file of f's kind may be large enough to have len bytes from page
 * pgoff on.
 */
static bool file_reaches(const struct file *f, unsigned long pgoff,
			 unsigned long len)
{
	unsigned mode = f->inode->mode;
	u64 max = ~0ul;		/* a file without a size ends at the largest
				 * word */

	if (S_ISREG(mode) || S_ISBLK(mode) || S_ISSOCK(mode))
		max = sizeof(long) == 8 ? max >> 1 : max << PAGE_SHIFT;
	return pgoff <= (max - len) >> PAGE_SHIFT;
}

/* A message queue or a procfs file is a regular file, too, but has no pages. */
static bool mmap_has_pages(const struct inode *i)
{
	return S_ISREG(i->mode) && i->mapping.ops;
}

/* Make Linux's checks, in its order.  Return: 0 with *vm_flags, or -errno. */
static int mmap_check_file(struct file *f, unsigned prot, unsigned flags,
			   unsigned *vm_flags)
{
	switch (flags & MAP_TYPE) {
	case MAP_SHARED_VALIDATE:
		if (flags & ~MAP_VALIDATED)
			return -EOPNOTSUPP;
		fallthrough;
	case MAP_SHARED:
		if (prot & MAP_W && !(f->mode & FMODE_WRITE))
			return -EACCES;
		*vm_flags |= VM_SHARED;
		if (prot & MAP_W && f->inode->seals & SEALS_NO_WRITE)
			return seals_error(f->inode);
		if (f->mode & FMODE_WRITE &&
		    !(f->inode->seals & SEALS_NO_WRITE))
			*vm_flags |= VM_MAYWRITE;
		fallthrough;
	case MAP_PRIVATE:
		if (!(f->mode & FMODE_READ))
			return -EACCES;
		if (path_noexec(&f->path)) {
			if (prot & MAP_X)
				return -EPERM;
			*vm_flags |= VM_NOEXEC;
		}
		if (!f->ops->mmap && !mmap_has_pages(f->inode))
			return -ENODEV;
		if (flags & MAP_GROWSDOWN)
			return -EINVAL;
		return 0;
	}
	return -EINVAL;
}

static int file_may_map(struct vm_object *o, struct vma *want, unsigned flags,
			bool *hooked)
{
	struct file *f = object_file(o);

	if (!file_reaches(f, want->pgoff, want->end - want->start))
		return -EOVERFLOW;
	if (S_ISREG(f->inode->mode))
		want->mapping = &f->inode->mapping;
	want->ops = f->ops->area;
	*hooked = f->ops->mmap;
	return mmap_check_file(f, want->prot, flags, &want->flags);
}

static int file_attach(struct vm_object *o, struct vma *v)
{
	struct file *f = object_file(o);

	return f->ops->mmap(f, v);
}

static bool file_sealed(struct vm_object *o)
{
	return object_file(o)->inode->seals & F_SEAL_WRITE;
}

static void file_object_free(struct vm_object *o)
{
	file_end(object_file(o));
}

const struct vm_object_ops file_object_ops = {
	.free = file_object_free,
	.may_map = file_may_map,
	.attach = file_attach,
	.sealed = file_sealed,
};
