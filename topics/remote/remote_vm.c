/* SPDX-License-Identifier: MIT */
/*
 * Memory in another process's address space (row E7; like VirtualAllocEx): a
 * debugger, a loader or a garbage collector reserves addresses in the process,
 * and commits and decommits memory there.
 *
 *               reserve            commit
 *      free -----------> reserved --------> committed --+ protect
 *       ^                 |   ^                |   ^     |
 *       +---- release ----+   +--- decommit ---+   +-----+
 *       +------------- release ----------------+
 *
 * A reserved range has addresses but no memory: it counts only against
 * RLIMIT_AS, and a fault in it fails, even for a debugger.  Committed pages are
 * private anonymous memory.  The VMAs of both are VM_SEALED: the owner's own
 * calls on mappings cannot change them.
 *
 * Invariant: a reserved VMA has reserved_ops, VM_NORESERVE and no permissions.
 * A committed VMA has committed_ops or remote_vm_large, and no VM_NORESERVE.
 * Each call changes all of its range or, if it fails, nothing.
 */
#include <topics/processes/pidfd.h>
#include "process_vm.h"
#include "remote_vm.h"
#include <kernel/cred/capable.h>
#include <lib/mem.h>
#include <mm/uaccess.h>
#include <mm/space/vm_change.h>
#include <mm/vma.h>
#include <syscalls.h>

#define RESERVED (VM_NORESERVE | VM_DONTDUMP)
#define LARGE	(VM_LOCKED | VM_DONTFORK)

#define COMMIT_LARGE	0x100	/* or-ed into the permissions: use superpages */

const struct vma_ops *remote_vm_large;

static int remote_vm_refuse(struct vma *v, unsigned long pgoff,
			    struct page **out)
{
	return -EFAULT;
}

static const char *reserved_name(struct vma *v)
{
	return "[reserved]";
}

static const char *committed_name(struct vma *v)
{
	return "[committed]";
}

static const struct vma_ops reserved_ops = {
	.fault = remote_vm_refuse, .name = reserved_name,
};
static const struct vma_ops committed_ops = { .name = committed_name };

static bool is_reserved(const struct vma *v)
{
	return v->ops == &reserved_ops;
}

/*
 * True if v has superpages.  They are locked in memory, and children do not
 * inherit them, because fork could only copy base pages.
 */
static bool is_large(const struct vma *v)
{
	return v->ops && v->ops == remote_vm_large;
}

static bool remote_vm_is_ours(const struct vma *v)
{
	return is_reserved(v) || is_large(v) || v->ops == &committed_ops;
}

/* ---- common parts of the calls ------------------------------------------- */

/* The range that a call works on. */
struct region {
	struct vm_space *space;		/* the call holds a reference */
	uaddr_t at, end;
};

/*
 * Find the process and its space, and check the caller's permission.  This is
 * done at every call, because the credentials of both may have changed.
 * Return: 0 with r->space referenced; -EBADF, -ESRCH, -EPERM.
 */
static int remote_vm_find_space(struct region *r, int pidfd)
{
	unsigned flags;
	struct process *p = pidfd_process(pidfd, &flags);
	int err;

	if (!p)
		return -EBADF;
	err = process_vm_space(0, p, &r->space);
	process_put(p);
	return err;
}

/* Return: 0; -EINVAL: not a range of whole user pages. */
static int remote_vm_check_range(struct region *r, uaddr_t at,
				 unsigned long len)
{
	if (at & ~PAGE_MASK || !len || len & ~PAGE_MASK || len > USER_TOP ||
	    at > USER_TOP - len)
		return -EINVAL;
	r->at = at;
	r->end = at + len;
	return 0;
}

/*
 * Call fn on the range, with the space's lock held for writing.
 * Return: the result of fn; -EINVAL, or an error of remote_vm_find_space().
 */
static long remote_vm_serve(int pidfd, uaddr_t at, unsigned long len,
			    unsigned prot,
			    long (*fn)(struct region *r, unsigned prot))
{
	struct region r;
	long err = remote_vm_check_range(&r, at, len);

	if (err)
		return err;
	err = remote_vm_find_space(&r, pidfd);
	if (err)
		return err;
	rw_write_lock(&r.space->lock);
	err = fn(&r, prot);
	rw_write_unlock(&r.space->lock);
	vm_space_put(r.space);
	return err;
}

static bool is_committed(const struct vma *v)
{
	return remote_vm_is_ours(v) && !is_reserved(v);
}

/* True if the range is fully mapped and such() holds for each of its VMAs. */
static bool remote_vm_all(const struct region *r,
			  bool (*such)(const struct vma *v))
{
	uaddr_t at = r->at;
	struct vma *v = vm_find(r->space, at);

	for (; at < r->end; v = vma_next(v)) {
		if (!v || v->start > at || !such(v))
			return false;
		at = v->end;
	}
	return true;
}

/*
 * Change permissions and flags of the range and set the matching ops.  Reserved
 * and committed VMAs have different flags, so vm_change_range() splits VMAs at
 * the borders of the range, and does not merge changed VMAs with ones that have
 * other ops.  Setting the ops afterwards is therefore safe.
 */
static int remote_vm_change(const struct region *r, const struct vm_change *c,
			    const struct vma_ops *ops)
{
	int err = vm_change_range(r->space, r->at, r->end, c);
	struct vma *v = err ? NULL : vm_find(r->space, r->at);

	for (; v && v->start < r->end; v = vma_next(v)) {
		if (ops != &committed_ops || !is_large(v))
			v->ops = ops;
		v = vma_merge(v);
	}
	return err;
}

/* ---- reserve, release ---------------------------------------------------- */

static long remote_vm_choose_place(struct region *r)
{
	struct vm_space *s = r->space;
	unsigned long len = r->end - r->at;
	struct vma *v;

	if (!r->at) {
		r->at = vm_find_gap(s, len);
		r->end = r->at + len;
		return r->at ? 0 : -ENOMEM;
	}
	v = vm_find(s, r->at);
	if (v && v->start < r->end)
		return -EEXIST;
	return vm_may_place(r->at);
}

static long remote_vm_reserve(struct region *r, unsigned prot)
{
	struct vma *v, want = {
		.flags = VM_SEALED | RESERVED, .ops = &reserved_ops,
	};
	struct vm_space *s = r->space;
	long err = remote_vm_choose_place(r);

	if (err)
		return err;
	if (s->nr_vmas >= vm_max_vmas ||
	    vm_may_grow(s, (r->end - r->at) >> PAGE_SHIFT, 0, RESERVED))
		return -ENOMEM;
	want.start = r->at;
	want.end = r->end;
	v = vma_dup(s, &want);
	if (!v)
		return -ENOMEM;
	vma_link(s, v, vma_before(s, r->at));
	vm_account(s, vma_pages(v), 0, RESERVED);
	s->sealed = true;
	vma_merge(v);
	return (long)r->at;
}

long sys_vm_reserve(int pidfd, uaddr_t at, unsigned long len, unsigned flags)
{
	return flags ? -EINVAL :
		       remote_vm_serve(pidfd, at, len, 0, remote_vm_reserve);
}

/*
 * Unmap the range.  All its VMAs were made here, so their seals are lifted for
 * this one unmap.
 */
static long remote_vm_release(struct region *r, unsigned prot)
{
	struct vm_space *s = r->space;
	int err;

	if (!remote_vm_all(r, remote_vm_is_ours))
		return -EFAULT;
	s->sealed = false;
	err = vm_unmap_locked(s, r->at, r->end);
	s->sealed = true;
	return err;
}

long sys_vm_release(int pidfd, uaddr_t at, unsigned long len)
{
	return remote_vm_serve(pidfd, at, len, 0, remote_vm_release);
}

/* ---- commit, decommit, protect ------------------------------------------- */

/* True if the target would exceed its limit of private writable memory. */
static bool remote_vm_over_limit(const struct region *r, unsigned prot)
{
	struct vm_space *s = r->space;
	struct vma *v = vm_find(s, r->at);
	unsigned long more = 0;

	for (; prot & MAP_W && v && v->start < r->end; v = vma_next(v))
		if (!(v->prot & MAP_W))
			more += (min(v->end, r->end) - max(v->start, r->at)) >>
				PAGE_SHIFT;
	return more && (vm_data_full(s, more) || more > page_total());
}

static long set_rights(const struct region *r, unsigned prot)
{
	struct vm_change c = {
		.set_prot = true, .prot = prot, .clear = RESERVED,
	};

	return remote_vm_over_limit(r, prot) ? -ENOMEM :
				   remote_vm_change(r, &c, &committed_ops);
}

/*
 * Commit the range.  Memory that is committed already keeps its contents and
 * gets the new permissions.
 */
static long commit(struct region *r, unsigned prot)
{
	return remote_vm_all(r, remote_vm_is_ours) ? set_rights(r, prot) :
						     -EFAULT;
}

static long remote_vm_protect(struct region *r, unsigned prot)
{
	return remote_vm_all(r, is_committed) ? set_rights(r, prot) : -EFAULT;
}

static long decommit(struct region *r, unsigned prot)
{
	struct vm_change c = {
		.set_prot = true, .set = RESERVED, .clear = LARGE,
	};
	int err;

	if (!remote_vm_all(r, remote_vm_is_ours))
		return -EFAULT;
	err = remote_vm_change(r, &c, &reserved_ops);
	if (err)
		return err;
	vm_note_rss(r->space);
	vm_zap(r->space, r->at, r->end, false);
	return 0;
}

/*
 * Populate the whole range at once: if a later fault found no free superpage,
 * it could only kill the process.
 */
static long fill_large(struct region *r)
{
	struct vm_space *s = r->space;
	long err = 0;

	/* remove the page tables that are left from before */
	vm_zap_free(s, r->at, r->end, r->at, r->end, false);
	for (uaddr_t at = r->at; !err && at < r->end; at += PT_LEAF_SPAN)
		err = vm_fault_in(s, vm_find(s, at), at, at + PAGE_SIZE, false);
	if (err)
		decommit(r, 0);
	return err;
}

static long commit_large(struct region *r, unsigned prot)
{
	struct vm_change c = {
		.set_prot = true, .prot = prot, .set = LARGE, .clear = RESERVED,
	};
	long err;

	if (!capable(CAP_IPC_LOCK))
		return -EPERM;
	if (!remote_vm_large)
		return -EOPNOTSUPP;
	if (!prot || !IS_ALIGNED(r->at | r->end, PT_LEAF_SPAN))
		return -EINVAL;
	if (!remote_vm_all(r, is_reserved))
		return -EFAULT;
	err = remote_vm_over_limit(r, prot) ? -ENOMEM :
				  remote_vm_change(r, &c, remote_vm_large);
	return err ? err : fill_large(r);
}

long sys_vm_commit(int pidfd, uaddr_t at, unsigned long len, unsigned prot)
{
	unsigned rights = prot & ~COMMIT_LARGE;

	if (rights & ~MAP_RWX)
		return -EINVAL;
	return remote_vm_serve(pidfd, at, len, rights,
			       prot & COMMIT_LARGE ? commit_large : commit);
}

long sys_vm_protect(int pidfd, uaddr_t at, unsigned long len, unsigned prot)
{
	return prot & ~MAP_RWX ?
		       -EINVAL :
		       remote_vm_serve(pidfd, at, len, prot, remote_vm_protect);
}

long sys_vm_decommit(int pidfd, uaddr_t at, unsigned long len)
{
	return remote_vm_serve(pidfd, at, len, 0, decommit);
}

/* ---- query --------------------------------------------------------------- */

enum { REGION_FREE, REGION_RESERVED, REGION_COMMITTED };
enum { KIND_NONE, KIND_PRIVATE, KIND_SHARED, KIND_FILE, KIND_SHARED_FILE,
       KIND_KERNEL };

/* The ABI, which is the same for every word size. */
struct uabi_region {
	u64 start, length;
	u64 next;		/* start of the next VMA; 0: none */
	u32 state, rights, kind;
	u32 native;		/* 1: a region made by these system calls */
};

static u32 remote_vm_kind_of(const struct vma *v)
{
	if (v->flags & VM_SPECIAL)
		return KIND_KERNEL;
	if (v->object)
		return vma_private(v) ? KIND_FILE : KIND_SHARED_FILE;
	return vma_private(v) ? KIND_PRIVATE : KIND_SHARED;
}

/* Describe the region at `at`.  Context: [s->lock]. */
static void remote_vm_describe(struct vm_space *s, uaddr_t at,
			       struct uabi_region *out)
{
	struct vma *v = vm_find(s, at);
	const struct vma *prev = v ? vma_prev(v) : list_empty(&s->vmas) ?
		NULL : list_last(&s->vmas, struct vma, link);

	memset(out, 0, sizeof(*out));
	if (!v || v->start > at) {
		out->start = prev ? prev->end : 0;
		out->length = (v ? v->start : USER_TOP) - out->start;
		out->next = v ? v->start : 0;
		return;
	}
	out->start = v->start;
	out->length = v->end - v->start;
	out->state = is_reserved(v) ? REGION_RESERVED : REGION_COMMITTED;
	out->rights = v->prot;
	out->kind = remote_vm_kind_of(v);
	out->native = remote_vm_is_ours(v);
	v = vma_next(v);
	out->next = v ? v->start : 0;
}

long sys_vm_query(int pidfd, uaddr_t at, uaddr_t to, unsigned long size)
{
	struct uabi_region out;
	struct region r;
	int err;

	if (at >= USER_TOP || size != sizeof(out))
		return -EINVAL;
	err = remote_vm_find_space(&r, pidfd);
	if (err)
		return err;
	rw_read_lock(&r.space->lock);
	remote_vm_describe(r.space, at, &out);
	rw_read_unlock(&r.space->lock);
	vm_space_put(r.space);
	return put_user(out, to);
}
