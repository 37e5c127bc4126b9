/* SPDX-License-Identifier: MIT */
/* The system calls on address spaces: argument checks over <mm/vm.h>. */
#include <fs/vfs.h>
#include <kernel/cred.h>
#include <kernel/smp.h>
#include <kernel/task.h>
#include <mm/uaccess.h>
#include <mm/vm.h>
#include <syscalls.h>
#include <uapi/mman.h>
#include <uapi/resource.h>

#define MLOCK_ONFAULT	1
#define MCL_CURRENT	1
#define MCL_FUTURE	2
#define MCL_ONFAULT	4

/* pgoff: in pages */
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
	err = vm_map(current->space, addr, len, prot, flags, f, pgoff, &at);
	if (f)
		file_put(f);
	return err ? err : (long)at;
}

long sys_mmap(uaddr_t addr, unsigned long len, unsigned long prot,
	      unsigned long flags, int fd, loff_t off)
{
	if (!IS_ALIGNED(off, PAGE_SIZE))
		return -EINVAL;
	/* below zero it is as many pages as overflow, as on Linux */
	return do_mmap(addr, len, prot, flags, fd,
		       (unsigned long)(off >> PAGE_SHIFT));
}

long sys_brk(uaddr_t addr)
{
	return vm_brk(current->space, addr);
}

long sys_munmap(uaddr_t addr, unsigned long len)
{
	return vm_unmap(current->space, addr, len);
}

long sys_mprotect(uaddr_t addr, unsigned long len, unsigned long prot)
{
	if (prot != (unsigned)prot)
		return -EINVAL;
	return vm_protect(current->space, addr, len, prot);
}

long sys_madvise(uaddr_t addr, unsigned long len, int advice)
{
	return vm_advise(current->space, addr, len, advice);
}

/* ---- msync --------------------------------------------------------------- */

/*
 * The next file to write back in [*at, end), referenced; *at moves behind it.
 * => 0 (file NULL: done), -EBUSY, -ENOMEM when a hole was passed
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
		else if (flags & MS_SYNC && v->file && v->flags & VM_SHARED) {
			*file = v->file;
			file_get(*file);
		}
		*at = v->end;
	}
	rw_read_unlock(&s->lock);
	return err;
}

long sys_msync(uaddr_t addr, unsigned long len, int flags)
{
	uaddr_t end = addr + ((len + PAGE_SIZE - 1) & PAGE_MASK);
	bool hole = false;
	struct file *f;
	int err;

	if (flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC) ||
	    addr & ~PAGE_MASK || (flags & MS_ASYNC && flags & MS_SYNC))
		return -EINVAL;
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

/* ---- residence ----------------------------------------------------------- */

long sys_mincore(uaddr_t addr, unsigned long len, uaddr_t vec)
{
	unsigned long pages = len / PAGE_SIZE + (len % PAGE_SIZE != 0);
	u8 part[256];

	if (addr & ~PAGE_MASK)
		return -EINVAL;
	if (!user_range_ok(addr, len))
		return -ENOMEM;
	if (!user_range_ok(vec, pages))
		return -EFAULT;
	while (pages) {
		unsigned long n = pages < sizeof(part) ? pages : sizeof(part);
		unsigned long got = vm_incore(current->space, addr, n, part);

		if (copy_to_user(vec, part, got))
			return -EFAULT;
		if (got < n)
			return -ENOMEM;
		addr += n * PAGE_SIZE;
		vec += n;
		pages -= n;
	}
	return 0;
}

long sys_mlock(uaddr_t addr, unsigned long len)
{
	return vm_lock(current->space, addr, len, true, 0);
}

long sys_mlock2(uaddr_t addr, unsigned long len, int flags)
{
	if (flags & ~MLOCK_ONFAULT)
		return -EINVAL;
	return vm_lock(current->space, addr, len, true,
		       flags & MLOCK_ONFAULT ? VM_LOCKONFAULT : 0);
}

long sys_munlock(uaddr_t addr, unsigned long len)
{
	return vm_lock(current->space, addr, len, false, 0);
}

long sys_mlockall(int flags)
{
	struct vm_space *s = current->space;
	unsigned long limit = HINT(current->process->limits[RLIMIT_MEMLOCK].cur);
	unsigned vm_flags = VM_LOCKED;

	if (!flags || flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) ||
	    flags == MCL_ONFAULT)
		return -EINVAL;
	if (!capable(CAP_IPC_LOCK)) {
		if (!limit)
			return -EPERM;
		if (flags & MCL_CURRENT && s->total > limit >> PAGE_SHIFT)
			return -ENOMEM;
	}
	if (flags & MCL_ONFAULT)
		vm_flags |= VM_LOCKONFAULT;
	rw_write_lock(&s->lock);
	s->lock_future = flags & MCL_FUTURE ? vm_flags : 0;
	rw_write_unlock(&s->lock);
	if (flags & MCL_CURRENT)
		vm_lock_all(s, true, vm_flags & VM_LOCKONFAULT);
	return 0;
}

long sys_munlockall(void)
{
	struct vm_space *s = current->space;

	rw_write_lock(&s->lock);
	s->lock_future = 0;
	rw_write_unlock(&s->lock);
	vm_lock_all(s, false, 0);
	return 0;
}

/* ---- membarrier ---------------------------------------------------------- */

#define MB_GLOBAL		0x01
#define MB_GLOBAL_EXPEDITED	0x02
#define MB_REGISTER_GLOBAL	0x04
#define MB_PRIVATE_EXPEDITED	0x08
#define MB_REGISTER_PRIVATE	0x10
#define MB_GET_REGISTRATIONS	0x200
#define MB_ALL	(MB_GLOBAL | MB_GLOBAL_EXPEDITED | MB_REGISTER_GLOBAL | \
		 MB_PRIVATE_EXPEDITED | MB_REGISTER_PRIVATE | \
		 MB_GET_REGISTRATIONS)

static void barrier_here(void *arg __unused)
{
	arch_mb();
}

/*
 * Every CPU is asked: who runs the same space, or registered for all of them,
 * is not worth a search.  The call and its answer are barriers for the caller.
 */
static long barrier_everywhere(void)
{
	arch_mb();
	smp_call(smp_mask(), barrier_here, NULL);
	arch_mb();
	return 0;
}

long sys_membarrier(int cmd, unsigned flags, int cpu)
{
	struct vm_space *s = current->space;

	(void)cpu;
	if (flags)
		return -EINVAL;
	switch (cmd) {
	case 0:
		return MB_ALL;
	case MB_PRIVATE_EXPEDITED:
		if (!(s->membarrier & MB_REGISTER_PRIVATE))
			return -EPERM;
		fallthrough;
	case MB_GLOBAL:
	case MB_GLOBAL_EXPEDITED:
		return barrier_everywhere();
	case MB_REGISTER_GLOBAL:
	case MB_REGISTER_PRIVATE:
		__atomic_fetch_or(&s->membarrier, cmd, __ATOMIC_RELAXED);
		return 0;
	case MB_GET_REGISTRATIONS:
		return s->membarrier;
	}
	return -EINVAL;
}
