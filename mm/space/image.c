/* SPDX-License-Identifier: MIT */
/*
 * Map the stack (row E5) and the vDSO of a new program for exec, without
 * mmap(2).
 */
#include <kernel/ops/namespace_ops.h>
#include <mm/frames/page.h>
#include <mm/vm_internal.h>

/*
 * Put a copy of the VMA `want` into the space of a new program.
 * Return: 0; -ENOMEM: something is mapped there, or there is no memory.
 */
static int image_insert_vma(struct vm_space *s, const struct vma *want)
{
	struct vma *v = vma_dup(s, want), *next;

	if (!v)
		return -ENOMEM;
	rw_write_lock(&s->lock);
	next = vm_find(s, v->start);
	if (next && next->start < v->end) {
		rw_write_unlock(&s->lock);
		vma_free(v);
		return -ENOMEM;
	}
	vma_link(s, v, vma_before(s, v->start));
	vm_account(s, vma_pages(v), v->prot, v->flags);
	if (v->flags & VM_GROWSDOWN)
		s->stack_top = v->end;
	rw_write_unlock(&s->lock);
	return 0;
}

int vm_map_stack(struct vm_space *s, uaddr_t top, unsigned long size,
		 bool executable)
{
	uaddr_t end = ALIGN_DOWN(top, PAGE_SIZE);
	struct vma want = {
		.start = end - ALIGN_UP(size, PAGE_SIZE), .end = end,
		.prot = MAP_R | MAP_W | (executable ? MAP_X : 0),
		.flags = VM_GROWSDOWN,
	};

	return image_insert_vma(s, &want);
}

static const char *special_name(struct vma *v)
{
	return "[vdso]";
}

/*
 * Refuse to split the vDSO, as on Linux: a program that uses the vDSO expects
 * all of it.
 */
static int special_may_split(const struct vma *v, uaddr_t at)
{
	return -EINVAL;
}

/* Note where the vDSO is now: signal handlers return through it. */
static void special_mremap(struct vma *v)
{
	v->space->vdso = v->start;
}

static int special_mprotect(const struct vma *v, unsigned prot)
{
	return prot & MAP_W ? -EACCES : 0;
}

/*
 * Supply a frame of the vDSO.  pgoff is the number of a frame of the kernel
 * image; a time namespace may have a frame of its own in its place.
 */
static int special_fault(struct vma *v, unsigned long pgoff, struct page **out)
{
	*out = pfn_page(time_spaces ? namespace_ops->vdso_frame(pgoff) : pgoff);
	return 0;
}

static int special_access(struct vma *v, unsigned long pgoff, bool write,
			  struct page **out)
{
	if (write)
		return -EFAULT;
	*out = pfn_page(pgoff);
	page_get(*out);
	return 0;
}

static const struct vma_ops special_ops = {
	.may_split = special_may_split,
	.mremap = special_mremap,
	.mprotect = special_mprotect,
	.access = special_access,
	.fault = special_fault,
	.name = special_name,
};

int vm_map_special(struct vm_space *s, uaddr_t at, const void *image,
		   unsigned long size)
{
	struct vma want = {
		.start = at, .end = at + ALIGN_UP(size, PAGE_SIZE),
		.prot = MAP_R | MAP_X, .flags = VM_SPECIAL,
		.ops = &special_ops,
		/* the number of the first frame; the frames are contiguous */
		.pgoff = virt_to_phys(image) >> PAGE_SHIFT,
	};

	for (unsigned long i = 0; i < vma_pages(&want); i++) {
		struct page *p = pfn_page(want.pgoff + i);

		/*
		 * the frame was never allocated, but debuggers take and drop
		 * references to it
		 */
		if (!ref_read(&p->refs))
			ref_init(&p->refs);
	}
	return image_insert_vma(s, &want);
}
