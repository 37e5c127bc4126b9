/* SPDX-License-Identifier: MIT */
/*
 * What exec maps into the space of a new program without mmap(2): its stack
 * (row E5) and the vDSO.
 */
#include <mm/page.h>
#include <mm/vm_internal.h>

/*
 * Put v, which nobody else knows yet, into the space of a new program.
 * Return: 0; -ENOMEM: something is mapped there, and v is freed.
 */
static int enter_new(struct vm_space *s, struct vma *v)
{
	struct vma *next;

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
	struct vma *v = vma_alloc(s);

	if (!v)
		return -ENOMEM;
	v->end = ALIGN_DOWN(top, PAGE_SIZE);
	v->start = v->end - ALIGN_UP(size, PAGE_SIZE);
	v->prot = MAP_R | MAP_W | (executable ? MAP_X : 0);
	v->flags = VM_GROWSDOWN;
	return enter_new(s, v);
}

int vm_map_special(struct vm_space *s, uaddr_t at, const void *image,
		   unsigned long size, const char *name)
{
	struct vma *v = vma_alloc(s);

	if (!v)
		return -ENOMEM;
	v->start = at;
	v->end = at + ALIGN_UP(size, PAGE_SIZE);
	v->prot = MAP_R | MAP_X;
	v->flags = VM_SPECIAL;
	v->label = name;
	/* the frames follow each other: pgoff is the number of the first */
	v->pgoff = virt_to_phys(image) >> PAGE_SHIFT;
	for (unsigned long i = 0; i < vma_pages(v); i++) {
		struct page *p = pfn_page(v->pgoff + i);

		/* never allocated, but debuggers take and drop references */
		if (!ref_read(&p->refs))
			ref_init(&p->refs);
	}
	return enter_new(s, v);
}
