/* SPDX-License-Identifier: MIT */
/*
 * The interface of a file to an address space.  fs embeds a vm_object in each
 * open file.  A VMA that maps the file holds a reference to the object and
 * calls its operations, so that mm need not know what a file is.  The pages are
 * elsewhere: in a mapping (mm/cache/pagecache.h), one in each inode.
 */
#ifndef MM_CACHE_OBJECT_H
#define MM_CACHE_OBJECT_H

#include <lt/atomic.h>
#include <lt/compiler.h>

struct vm_object;
struct vma;

struct vm_object_ops {
	/* The last reference is gone.  Context: may sleep. */
	void (*free)(struct vm_object *o);
	/*
	 * Check an mmap(2).  want: a VMA on the stack, with range, rights and
	 * pgoff; flags: MAP_.
	 * Return: 0, with the object's additions to want->flags, want->mapping,
	 * and *hooked set if .attach must be called for the new VMA; -errno.
	 */
	int (*may_map)(struct vm_object *o, struct vma *want, unsigned flags,
		       bool *hooked);
	/*
	 * Prepare to map the object in v, which is not linked yet.
	 * Return: 0 or -errno.
	 */
	int (*attach)(struct vm_object *o, struct vma *v);
	/* True if o is sealed against writing (fcntl(2), F_SEAL_WRITE). */
	bool (*sealed)(struct vm_object *o);
};

struct vm_object {
	ref_t refs;
	const struct vm_object_ops *ops;	/* const */
};

static inline void vm_object_init(struct vm_object *o,
				  const struct vm_object_ops *ops)
{
	ref_init(&o->refs);
	o->ops = ops;
}
static inline void vm_object_get(struct vm_object *o)
{
	ref_get(&o->refs);
}
static inline void vm_object_put(struct vm_object *o)
{
	if (unlikely(ref_put(&o->refs)))
		o->ops->free(o);
}

#endif
