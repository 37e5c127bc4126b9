/* SPDX-License-Identifier: MIT */
/* System calls on address spaces: argument checks, then <mm/vm.h>. */
#include <fs/vfs.h>
#include <kernel/current.h>
#include <mm/uaccess.h>
#include <mm/untagged.h>
#include <mm/vm.h>
#include <syscalls.h>
#include <uapi/mman.h>

/* Map memory.  pgoff: the offset in pages. */
static long do_mmap(uaddr_t addr, unsigned long len, unsigned long prot,
		    unsigned long flags, int fd, unsigned long pgoff)
{
	struct file *f = NULL;
	uaddr_t at;
	long err;

	if (!(flags & MAP_ANONYMOUS)) {
		f = fd_file(fd);
		if (!f)
			return -EBADF;
	}
	err = vm_map(current->space, addr, len, prot, flags,
		     file_object(f), pgoff, &at);
	if (f)
		file_put(f);
	return err ? err : (long)at;
}

long sys_mmap(uaddr_t addr, unsigned long len, unsigned long prot,
	      unsigned long flags, int fd, loff_t off)
{
	if (!IS_ALIGNED(off, PAGE_SIZE))
		return -EINVAL;
	/*
	 * a negative off becomes a page offset that is too large, as on Linux
	 */
	return do_mmap(addr, len, prot, flags, fd,
		       (unsigned long)(off >> PAGE_SHIFT));
}

/*
 * Serve mmap2(2).  The offset is in pages, so that 32 bits reach 16 TiB of a
 * file.
 */
long sys_mmap2(uaddr_t addr, unsigned long len, unsigned long prot,
	       unsigned long flags, int fd, unsigned long pgoff)
{
	return sys_mmap(addr, len, prot, flags, fd,
			(loff_t)pgoff << PAGE_SHIFT);
}

long sys_brk(uaddr_t addr)
{
	return vm_brk(current->space, addr);
}

long sys_munmap(uaddr_t addr, unsigned long len)
{
	return vm_unmap(current->space, vm_untagged(addr), len);
}

long sys_mprotect(uaddr_t addr, unsigned long len, unsigned long prot)
{
	if (prot != (unsigned)prot)
		return -EINVAL;
	return vm_protect(current->space, vm_untagged(addr), len, prot);
}

long sys_madvise(uaddr_t addr, unsigned long len, int advice)
{
	return vm_advise(current->space, vm_untagged(addr), len, advice);
}

/* ---- msync --------------------------------------------------------------- */

/*
 * Find the next file to write back in [*at, end), and advance *at past its VMA.
 * Sets *hole if there is an unmapped range.
 * Return: 0: *file holds a reference, or is NULL: no more files; -EBUSY: a
 * locked VMA.
 */
static int next_shared_file(struct vm_space *s, uaddr_t *at, uaddr_t end,
			    int flags, bool *hole, struct file **file)
{
	int err = 0;

	*file = NULL;
	rw_read_lock(&s->lock);
	while (*at < end && !*file && !err) {
		struct vma *v = vm_find(s, *at);

		if (!v || v->start >= end) {
			*hole = true;
			*at = end;
			break;
		}
		if (v->start > *at)
			*hole = true;
		if (flags & MS_INVALIDATE && v->flags & VM_LOCKED)
			err = -EBUSY;
		else if (flags & MS_SYNC && v->object &&
			 v->flags & VM_SHARED) {
			*file = object_file(v->object);
			file_get(*file);
		}
		*at = v->end;
	}
	rw_read_unlock(&s->lock);
	return err;
}

long sys_msync(uaddr_t addr, unsigned long len, int flags)
{
	bool hole = false;
	uaddr_t end;
	struct file *f;
	int err;

	if (flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC) ||
	    addr & ~PAGE_MASK || (flags & MS_ASYNC && flags & MS_SYNC))
		return -EINVAL;
	addr = vm_untagged(addr);
	end = addr + ((len + PAGE_SIZE - 1) & PAGE_MASK);
	if (end < addr)
		return -ENOMEM;
	while (addr < end) {
		err = next_shared_file(current->space, &addr, end, flags,
				       &hole, &f);
		if (!err && f && f->ops->sync)
			err = f->ops->sync(f);
		if (f)
			file_put(f);
		if (err)
			return err;
	}
	return hole ? -ENOMEM : 0;
}
