/* SPDX-License-Identifier: MIT */
/*
 * The model of test_vma.c: what each page of a few address spaces is worth,
 * said as plainly as can be.  Part of that file, not a header to share.
 */
#ifndef TEST_HOST_VMA_MODEL_H
#define TEST_HOST_VMA_MODEL_H

#define MAX_ARENA 4096
#define FILES	4
#define OBJECTS	900
#define FILE_PAGES 48
#define SPACES	3

enum kind { NONE, ANON, SHARED_ANON, PRIVATE_FILE, SHARED_FILE };

struct model_page {
	u8 kind;
	u8 prot;
	u8 own;			/* private: has a page of its own */
	u8 value;		/* of that page */
	short object;		/* file or shared memory */
	unsigned short pgoff;
	unsigned flags;		/* VM_ flags that keep VMAs apart */
};

struct model_space {
	struct vm_space *s;
	struct model_page page[MAX_ARENA];
};

struct object {
	bool used;
	unsigned limit;			/* pages, by its first mmap */
	u8 data[MAX_ARENA];
};

static unsigned arena;			/* pages */
static uaddr_t base;
static struct model_space spaces[SPACES];
static struct object objects[OBJECTS];	/* the first FILES are files */
static struct file *files[FILES];
static unsigned file_pages[FILES];
static bool injected;

static uaddr_t va_of(unsigned i)
{
	return base + ((uaddr_t)i << PAGE_SHIFT);
}

/* ---- the model ----------------------------------------------------------- */

static struct object *new_object(short *id)
{
	for (int again = 0; again < 2; again++) {
		for (int i = FILES; i < OBJECTS; i++)
			if (!objects[i].used) {
				memset(&objects[i], 0, sizeof(objects[i]));
				objects[i].used = true;
				*id = i;
				return &objects[i];
			}
		/* sweep */
		for (int i = FILES; i < OBJECTS; i++)
			objects[i].used = false;
		for (int s = 0; s < SPACES; s++)
			for (unsigned i = 0; spaces[s].s && i < arena; i++)
				if (spaces[s].page[i].kind == SHARED_ANON)
					objects[spaces[s].page[i].object].used =
						true;
	}
	fail_msg("too many objects");
	return NULL;
}

static bool same_vma(const struct model_page *a, const struct model_page *b)
{
	if (a->kind != b->kind || a->prot != b->prot || a->flags != b->flags)
		return false;
	if (a->kind == ANON)
		return true;
	return a->object == b->object && a->pgoff + 1 == b->pgoff;
}

static unsigned limit_of(const struct model_page *p)
{
	if (p->kind == SHARED_ANON)
		return objects[p->object].limit;
	return p->kind == ANON ? ~0u : file_pages[p->object];
}

/* => the value there, or -(enum vm_fault) */
static int model_read(const struct model_page *p)
{
	if (!p->kind)
		return -VM_FAULT_SEGV_MAPERR;
	if (!(p->prot & (MAP_R | MAP_W)))
		return -VM_FAULT_SEGV_ACCERR;
	if (p->own)
		return p->value;
	if (p->kind == ANON)
		return 0;
	if (p->pgoff >= limit_of(p))
		return -VM_FAULT_BUS;
	return objects[p->object].data[p->pgoff];
}

static int model_write(struct model_page *p, u8 value)
{
	if (!p->kind)
		return -VM_FAULT_SEGV_MAPERR;
	if (!(p->prot & MAP_W))
		return -VM_FAULT_SEGV_ACCERR;
	if (!p->own && p->kind != ANON && p->pgoff >= limit_of(p))
		return -VM_FAULT_BUS;
	if (p->kind == ANON || p->kind == PRIVATE_FILE) {
		p->own = 1;
		p->value = value;
	} else {
		objects[p->object].data[p->pgoff] = value;
	}
	return 0;
}

/* The highest run of n free pages: top-down search. => arena: none */
static unsigned model_gap(const struct model_space *m, unsigned n)
{
	unsigned run = 0;

	for (unsigned i = arena; i > 0; i--) {
		run = m->page[i - 1].kind ? 0 : run + 1;
		if (run == n)
			return i - 1;
	}
	return arena;
}

static bool model_free(const struct model_space *m, unsigned i, unsigned n)
{
	if (i + n > arena)
		return false;
	for (unsigned k = i; k < i + n; k++)
		if (m->page[k].kind)
			return false;
	return true;
}

#endif
