/* SPDX-License-Identifier: MIT */
/*
 * Which memory a descriptor answers for: private anonymous VMAs, which have its
 * operations.  These keep registered VMAs apart from others, and tell fork from
 * a cut: a child's memory is its own affair.
 */
#include <ext/userfaultfd/uffd.h>
#include <mm/uaccess.h>
#include <mm/vm_change.h>

#define RANGE_IOCTLS	(1ull << 2 | 1 << 3 | 1 << 4)	/* WAKE COPY ZEROPAGE */
#define WP_IOCTLS	(1ull << 6)			/* WRITEPROTECT */

/* ---- operations of VMAs -------------------------------------------------- */

/*
 * What a child's VMA has instead: an operation for nothing, which keeps it from
 * being merged, as nobody looks for a neighbour where fork copies VMAs.
 */
static void no_close(struct vma *v)
{
}

static const struct vma_ops orphan_ops = { .close = no_close };

static void vma_opened(struct vma *v)
{
	struct uffd *u = (struct uffd *)v->ops;

	if (v->space == u->space) {
		ref_get(&u->refs);
		return;
	}
	v->flags &= ~VM_UFFD;
	v->ops = &orphan_ops;
}

static void vma_closed(struct vma *v)
{
	uffd_put((struct uffd *)v->ops);
}

/* Who answers for the old place was not told of the new one (mremap(2)). */
static void vma_moved(struct vma *v)
{
	struct uffd *u = (struct uffd *)v->ops;

	v->flags &= ~VM_UFFD;
	v->ops = NULL;
	uffd_put(u);
}

void uffd_init_ops(struct uffd *u)
{
	static const struct vma_ops ops = {
		.open = vma_opened, .close = vma_closed, .mremap = vma_moved,
	};

	u->ops = ops;
}

static bool is_able(const struct vma *v)
{
	return vma_private(v) && !v->mapping && !v->object &&
		!(v->flags & VM_SPECIAL) &&
		(!v->ops || v->ops == &orphan_ops || uffd_of(v));
}

/*
 * v, all of it, is not u's any more, nor are its pages protected.
 * Context: [s->lock] for writing.
 * Return: the VMA that it is part of now.
 */
static struct vma *leave(struct uffd *u, struct vma *v)
{
	uffd_protect(v, v->start, v->end, false);
	v->flags &= ~VM_UFFD;
	v->ops = NULL;
	uffd_put(u);
	return vma_merge(v);
}

/* ---- the calls ----------------------------------------------------------- */

/*
 * Are all VMAs of the range such as can be registered, and nobody else's?
 * Context: [s->lock].
 * Return: 0; -EINVAL, also if there are none; taken: one is another's.
 */
static int check_vmas(struct uffd *u, uaddr_t at, uaddr_t end, int taken)
{
	struct vma *v = vm_find(u->space, at);

	if (!v || v->start >= end)
		return -EINVAL;
	for (; v && v->start < end; v = vma_next(v)) {
		if (!is_able(v))
			return -EINVAL;
		if (uffd_of(v) && uffd_of(v) != u)
			return taken;
	}
	return 0;
}

/*
 * An entry that is read-only now is so for fork's sake or another, and says so
 * from here on: without PTE_COW it would be a protected page's.
 */
static void mark_unprotected(struct vm_space *s, uaddr_t at, uaddr_t end)
{
	struct vma *v = vm_find(s, at);

	for (; v && v->start < end; v = vma_next(v))
		if (!(v->flags & VM_UFFD_WP))
			uffd_protect(v, max(v->start, at), min(v->end, end),
				     false);
}

/* Context: [s->lock] for writing.  Return: 0 or -errno, nothing changed. */
static int register_locked(struct uffd *u, uaddr_t at, uaddr_t end,
			   unsigned flags)
{
	struct vm_change c = { .set = flags, .clear = VM_UFFD & ~flags };
	int err = check_vmas(u, at, end, -EBUSY);
	struct vma *v;

	if (err)
		return err;
	/* fork shares none of those in which a VMA has operations */
	if (!vm_own(u->space, at, end))
		return -ENOMEM;
	if (flags & VM_UFFD_WP)
		mark_unprotected(u->space, at, end);
	err = vm_change_range(u->space, at, end, &c);
	if (err)
		return err;
	for (v = vm_find(u->space, at); v && v->start < end; v = vma_next(v)) {
		if (v->ops == &u->ops)
			continue;
		v->ops = &u->ops;
		ref_get(&u->refs);
	}
	return 0;
}

static int unregister_locked(struct uffd *u, uaddr_t at, uaddr_t end)
{
	struct vm_change c = { .clear = VM_UFFD };
	int err = check_vmas(u, at, end, -EINVAL);
	struct vma *v;

	if (!err)
		err = vm_change_range(u->space, at, end, &c);
	if (err)
		return err;
	for (v = vm_find(u->space, at); v && v->start < end; v = vma_next(v))
		if (v->ops == &u->ops)
			v = leave(u, v);
	return 0;
}

/* Each mode's flag of VMAs.  Return: 0: none, or an unknown mode. */
static unsigned flags_of(u64 mode)
{
	if (mode & ~(u64)(UFFD_MODE_MISSING | UFFD_MODE_WP))
		return 0;
	return (mode & UFFD_MODE_MISSING ? VM_UFFD_MISSING : 0) |
		(mode & UFFD_MODE_WP ? VM_UFFD_WP : 0);
}

long uffd_register(struct uffd *u, uaddr_t arg)
{
	struct uffdio_register r;
	unsigned flags;
	u64 ioctls;
	int err;

	if (copy_from_user(&r, arg, sizeof(r) - sizeof(r.ioctls)))
		return -EFAULT;
	flags = flags_of(r.mode);
	if (!flags || uffd_check_range(r.range.start, r.range.len))
		return -EINVAL;
	if (!uffd_use_space(u))
		return -ENOMEM;
	rw_write_lock(&u->space->lock);
	err = register_locked(u, (uaddr_t)r.range.start,
			      (uaddr_t)(r.range.start + r.range.len), flags);
	rw_write_unlock(&u->space->lock);
	vm_space_put(u->space);
	if (err)
		return err;
	ioctls = RANGE_IOCTLS | (flags & VM_UFFD_WP ? WP_IOCTLS : 0);
	return put_user(ioctls, arg + sizeof(r) - sizeof(r.ioctls));
}

long uffd_unregister(struct uffd *u, uaddr_t arg)
{
	struct uffdio_range r;
	int err;

	if (get_user(&r, arg))
		return -EFAULT;
	if (uffd_check_range(r.start, r.len))
		return -EINVAL;
	if (!uffd_use_space(u))
		return -ENOMEM;
	rw_write_lock(&u->space->lock);
	err = unregister_locked(u, (uaddr_t)r.start,
				(uaddr_t)(r.start + r.len));
	rw_write_unlock(&u->space->lock);
	vm_space_put(u->space);
	if (!err)
		uffd_wake(u, (uaddr_t)r.start, (unsigned long)r.len);
	return err;
}

/* A space without users has no VMAs, or is about to have none. */
void uffd_unregister_all(struct uffd *u)
{
	struct vm_space *s = uffd_use_space(u);
	struct vma *v;

	if (!s)
		return;
	rw_write_lock(&s->lock);
	for (v = vm_find(s, 0); v; v = vma_next(v))
		if (v->ops == &u->ops)
			v = leave(u, v);
	rw_write_unlock(&s->lock);
	vm_space_put(s);
}
