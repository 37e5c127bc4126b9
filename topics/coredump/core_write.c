/* SPDX-License-Identifier: MIT */
/*
 * Write the contents of a core file (row B6): an ELF header, a segment table
 * with one segment for the notes and one per mapping, then the notes and the
 * pages.  The size is known before the first byte is written.  Untouched pages
 * become holes.
 */
#include "writer.h"
#include <fs/inode/inode.h>
#include <fs/mount/mount.h>
#include <fs/open/fd.h>
#include <fs/path/namei.h>
#include <kernel/task/task.h>
#include <lib/mem.h>
#include <mm/tables/pt.h>
#include <mm/frames/slab.h>

const struct core_format *core_narrow;

/* ---- bytes --------------------------------------------------------------- */

bool core_killed(void)
{
	return sig_bit(SIGKILL) &
		PEEK(current->pending.mask | current->process->pending.mask);
}

static int write_file(struct core *c, u64 pos, const void *buf,
		      unsigned long n)
{
	long done;

	c->file->pos = (loff_t)pos;
	done = file_write(c->file, buf, n);
	return done < 0 ? (int)done : done == (long)n ? 0 : -ENOSPC;
}

void core_emit(struct core_writer *w, const void *buf, unsigned long n)
{
	struct core *c = w->core;

	if (w->err)
		return;
	if (w->pos + n > c->limit)
		w->err = -EFBIG;
	else if (core_killed())
		w->err = -EINTR;
	else if (c->pipe)
		w->err = core_pipe_write(c, w->pos, buf, n);
	else
		w->err = write_file(c, w->pos, buf, n);
	w->pos += n;
}

void core_align(struct core_writer *w, unsigned long to)
{
	w->pos = ALIGN_UP(w->pos, (u64)to);
}

/* ---- the mappings -------------------------------------------------------- */

static bool core_write_is_elf(struct vm_space *s, uaddr_t at)
{
	u8 magic[4];

	return vm_copy_from(s, magic, at, 4) == 4 &&
		!memcmp(magic, "\177ELF", 4);
}

/* True if the filter selects v; ELF headers are handled by the caller. */
static bool core_write_wanted(const struct vma *v, unsigned filter)
{
	bool shared = v->flags & VM_SHARED;

	if (v->flags & VM_SPECIAL)
		return true;
	if (v->flags & VM_DONTDUMP)
		return false;
	/*
	 * the program has written to private pages: the file does not contain
	 * the changes
	 */
	if (!shared && v->flags & VM_ANONED && filter & CORE_ANON_PRIVATE)
		return true;
	if (!v->object)
		return filter & (shared ? CORE_ANON_SHARED :
				 CORE_ANON_PRIVATE);
	return filter & (shared ? CORE_FILE_SHARED : CORE_FILE_PRIVATE);
}

/* The mapping may begin with an ELF header: check later, without the lock. */
#define MAYBE_ELF 1

static int note_areas(struct core_writer *w)
{
	unsigned filter = *core_filter(current->process);
	struct vma *v;
	struct core_area *a;

	w->areas = kmalloc(w->space->nr_vmas * sizeof(*a));
	if (!w->areas)
		return -ENOMEM;
	list_for_each(v, &w->space->vmas, link) {
		a = &w->areas[w->nr++];
		*a = (struct core_area){
			.start = v->start, .end = v->end, .prot = v->prot,
			.file = v->object != NULL,
		};
		if (core_write_wanted(v, filter))
			a->dumped = v->end - v->start;
		else if (v->object && !v->pgoff && v->prot & MAP_R &&
			 filter & CORE_ELF_HEADERS)
			a->dumped = MAYBE_ELF;
	}
	return 0;
}

/*
 * Record all mappings once, under the lock.  The header and the contents are
 * both written from this list, so they agree.  vm_copy_from() takes the lock
 * itself, so ELF headers are read afterwards.
 */
static int note_space(struct core_writer *w)
{
	char *name = kmalloc(PATH_MAX);
	int err = -ENOMEM;

	if (!name)
		return err;
	rw_read_lock(&w->space->lock);
	err = w->space->nr_vmas < 0xffff ? note_areas(w) : -E2BIG;
	if (!err)
		err = w->format->note_files(w, name);
	rw_read_unlock(&w->space->lock);
	kfree(name);
	for (unsigned i = 0; !err && i < w->nr; i++)
		if (w->areas[i].dumped == MAYBE_ELF)
			w->areas[i].dumped =
				core_write_is_elf(w->space, w->areas[i].start) ?
					PAGE_SIZE :
					0;
	return err;
}

/* ---- the command --------------------------------------------------------- */

void core_command(struct vm_space *s, char *to, unsigned size)
{
	unsigned long n = min(s->arg_end - s->arg_start,
			      (unsigned long)size - 1);

	n = vm_copy_from(s, to, s->arg_start, n);
	for (unsigned i = 0; i < n; i++)
		if (!to[i])
			to[i] = ' ';
}

/* ---- pages --------------------------------------------------------------- */

/* True if the page has an entry: without one an anonymous page is all zeros. */
static bool core_write_has_pte(struct vm_space *s, uaddr_t at)
{
	unsigned level = 0;
	bool yes = false;
	pte_t *slot;

	spin_lock(&s->pt_lock);
	slot = pt_walk(s->root, at, &level, PT_READ);
	if (slot)
		yes = !pte_none(pte_read(slot));
	spin_unlock(&s->pt_lock);
	return yes;
}

/*
 * Write the pages of a mapping.  An unreadable page becomes a hole, too: a core
 * file with gaps is of more use than none.
 */
static void write_area(struct core_writer *w, const struct core_area *a)
{
	for (uaddr_t at = a->start; at < a->start + a->dumped && !w->err;
	     at += PAGE_SIZE) {
		cond_resched();
		if ((a->file || core_write_has_pte(w->space, at)) &&
		    vm_copy_from(w->space, w->page, at, PAGE_SIZE) == PAGE_SIZE)
			core_emit(w, w->page, PAGE_SIZE);
		else
			w->pos += PAGE_SIZE;
	}
}

static void write_all(struct core_writer *w)
{
	w->format->write_head(w);
	core_align(w, PAGE_SIZE);
	for (unsigned i = 0; i < w->nr; i++)
		write_area(w, &w->areas[i]);
	/* the last pages may be holes, which core_emit() has not checked */
	if (!w->err && w->pos > w->core->limit)
		w->err = -EFBIG;
	if (!w->err)
		w->err = w->core->pipe ?
			core_pipe_write(w->core, w->pos, NULL, 0) :
			inode_truncate(w->core->file->inode, (loff_t)w->pos);
}

int core_write(struct core *c)
{
	struct core_writer w = {
		.core = c, .space = current->space,
		.format = core_narrow && vm_is_narrow(current->space) ?
			core_narrow : &core_native,
	};

	w.page = kmalloc(PAGE_SIZE);
	w.err = w.page ? note_space(&w) : -ENOMEM;
	if (!w.err)
		write_all(&w);
	kfree(w.page);
	kfree(w.areas);
	kfree(w.files);
	return w.err;
}
