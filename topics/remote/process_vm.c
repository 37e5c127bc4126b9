/* SPDX-License-Identifier: MIT */
/*
 * Access to another process's memory: process_vm_readv and process_vm_writev
 * copy bytes through a kernel page, process_madvise gives advice.
 */
#include <topics/processes/pidfd.h>
#include "process_vm.h"
#include <fs/io/uio.h>
#include <kernel/cred/cred.h>
#include <kernel/task/task.h>
#include <kernel/process/process.h>
#include <mm/frames/slab.h>
#include <mm/uaccess.h>
#include <mm/untagged.h>
#include <mm/vm.h>
#include <syscalls.h>
#include <uapi/mman.h>

#define MAX_VECTORS 1024

/*
 * Copy and check an iovec array.  own: its ranges are in the caller's memory.
 * Return: 0 or -errno.
 */
static int get_vectors(uaddr_t at, unsigned long n, bool own,
		       struct uio_segment **out)
{
	struct uio_segment *v;
	int err = 0;

	*out = NULL;
	if (n > MAX_VECTORS)
		return -EINVAL;
	v = kmalloc(n * sizeof(*v));
	if (!v)
		return -ENOMEM;
	if (copy_from_user(v, at, n * sizeof(*v))) {
		kfree(v);
		return -EFAULT;
	}
	for (unsigned long i = 0; i < n && !err; i++)
		if ((long)v[i].len < 0)
			err = -EINVAL;
	for (unsigned long i = 0; own && i < n && !err; i++)
		if (!user_range_ok(v[i].base, v[i].len))
			err = -EFAULT;
	if (err)
		kfree(v);
	else
		*out = v;
	return err;
}

int process_vm_space(int pid, struct process *p, struct vm_space **out)
{
	int err = -ESRCH;
	struct task *t;

	spin_lock(&tree_lock);
	if (p)
		t = p->reaped ? NULL : p->leader;
	else
		t = task_find(pid);
	if (t && t->space && ref_read(&t->space->users) > 0) {
		err = -EPERM;
		if (task_may_access_locked(t, true, true)) {
			*out = t->space;
			vm_space_get(*out);
			err = 0;
		}
	}
	spin_unlock(&tree_lock);
	return err;
}

struct copy {
	struct vm_space *space;
	char *page;
	bool write;
	struct uio_segment *local, *remote;
	unsigned long nl, nr;
};

/*
 * Copy one piece, at most a page.  Unlike a debugger, the caller has no more
 * access than the other process has itself.
 * Return: the bytes copied.
 */
static unsigned long copy_piece(struct copy *c, uaddr_t local, uaddr_t remote,
				unsigned long n)
{
	if (!vm_may_access(c->space, remote, c->write ? MAP_W : MAP_R))
		return 0;
	if (c->write) {
		if (copy_from_user(c->page, local, n))
			return 0;
		return vm_copy_to(c->space, remote, c->page, n);
	}
	n = vm_copy_from(c->space, c->page, remote, n);
	return n && copy_to_user(local, c->page, n) ? 0 : n;
}

/*
 * Copy between two lists of segments.  Bytes copied before a bad address count
 * (process_vm_readv(2)).
 * Return: bytes; -EFAULT: none were copied, because of a bad address.
 */
static long process_vm_copy_all(struct copy *c)
{
	unsigned long li = 0, ri = 0, lo = 0, ro = 0;
	long done = 0;

	while (li < c->nl && ri < c->nr) {
		struct uio_segment *l = &c->local[li], *r = &c->remote[ri];
		uaddr_t from = r->base + ro;
		unsigned long n = min(l->len - lo, r->len - ro), got;

		if (n) {
			n = min(n, PAGE_SIZE - (from & ~PAGE_MASK));
			got = copy_piece(c, l->base + lo, from, n);
			done += got;
			if (got < n)
				return done ? done : -EFAULT;
			lo += n;
			ro += n;
		}
		if (lo == l->len) {
			li++;
			lo = 0;
		}
		if (ro == r->len) {
			ri++;
			ro = 0;
		}
	}
	return done;
}

static unsigned long process_vm_bytes_of(const struct uio_segment *v,
					 unsigned long n)
{
	unsigned long sum = 0;

	for (; n; n--, v++)
		sum += v->len;
	return sum;
}

static long process_vm(int pid, uaddr_t lvec, unsigned long nl, uaddr_t rvec,
		       unsigned long nr, unsigned long flags, bool write)
{
	struct copy c = { .write = write, .nl = nl, .nr = nr };
	long r;

	if (flags)
		return -EINVAL;
	c.nl = nl = (unsigned)nl; /* truncated to 32 bits, as readv(2) does */
	r = get_vectors(lvec, nl, true, &c.local);
	if (r)
		return r;
	if (!process_vm_bytes_of(c.local, nl))
		goto out_local;
	r = get_vectors(rvec, nr, false, &c.remote);
	if (r)
		goto out_local;
	if (!process_vm_bytes_of(c.remote, nr))
		goto out_remote;	/* do not even look the process up */
	r = -ENOMEM;
	c.page = kmalloc(PAGE_SIZE);
	if (!c.page)
		goto out_remote;
	r = process_vm_space(pid, NULL, &c.space);
	if (!r) {
		r = process_vm_copy_all(&c);
		vm_space_put(c.space);
	}
	kfree(c.page);
out_remote:
	kfree(c.remote);
out_local:
	kfree(c.local);
	return r;
}

long sys_process_vm_readv(int pid, uaddr_t lvec, unsigned long nl,
			  uaddr_t rvec, unsigned long nr, unsigned long flags)
{
	return process_vm(pid, lvec, nl, rvec, nr, flags, false);
}

long sys_process_vm_writev(int pid, uaddr_t lvec, unsigned long nl,
			   uaddr_t rvec, unsigned long nr, unsigned long flags)
{
	return process_vm(pid, lvec, nl, rvec, nr, flags, true);
}

/* ---- process_madvise ----------------------------------------------------- */

/*
 * True if the advice destroys nothing; only such advice is allowed, as on
 * Linux.
 */
static bool may_advise(int advice)
{
	return advice == MADV_COLLAPSE || advice == MADV_COLD ||
		advice == MADV_PAGEOUT || advice == MADV_WILLNEED;
}

/*
 * Advise all segments.  Empty segments at the end of the list are not looked
 * at.
 */
static long advise_all(struct vm_space *s, const struct uio_segment *v,
		       unsigned long n, int advice)
{
	long done = 0;

	while (n && !v[n - 1].len)
		n--;
	for (unsigned long i = 0; i < n; i++) {
		int err = vm_advise(s, vm_untagged(v[i].base), v[i].len,
				    advice);

		if (err)
			return done ? done : err;
		done += v[i].len;
	}
	return done;
}

long sys_process_madvise(int pidfd, uaddr_t vec, unsigned long n, int advice,
			 unsigned flags)
{
	struct uio_segment *v;
	struct vm_space *s;
	struct process *p;
	unsigned fd_flags;
	long r;

	if (flags)
		return -EINVAL;
	n = (unsigned)n;
	r = get_vectors(vec, n, true, &v);
	if (r)
		return r;
	r = -EBADF;
	p = pidfd_process(pidfd, &fd_flags);
	if (!p)
		goto out;
	r = -EINVAL;
	if (may_advise(advice))
		r = process_vm_space(0, p, &s);
	if (!r) {
		r = -EPERM;
		if (p == current->process || capable(CAP_SYS_NICE))
			r = advise_all(s, v, n, advice);
		vm_space_put(s);
	}
	process_put(p);
out:
	kfree(v);
	return r;
}
