/* SPDX-License-Identifier: MIT */
/*
 * Swap areas: swapon(2), swapoff(2), /proc/swaps.  An area is a disk, a
 * partition, or a file on a disk.  The blocks of a file are looked up once at
 * swapon(2) and the file system is not asked again, so the file must keep its
 * blocks (SEAL_SWAPFILE).
 */
#define LOG_PREFIX "swap"
#include <topics/disk/blkdev.h>
#include "layout.h"
#include "swap.h"
#include <kernel/cred/cred.h>
#include <lib/mem.h>
#include <lt/log.h>
#include <lt/seq.h>
#include <mm/frames/slab.h>
#include <mm/uaccess.h>
#include <mm/vma.h>
#include <syscalls.h>

#define NAP		(NSEC_PER_SEC / 100)
#define SWAP_PREFER	0x8000
#define SWAP_PRIORITY	0x7fff
#define SWAP_DISCARD	0x70000		/* ignored: no driver can discard */
#define SLOTS_ALL	(1ul << min((unsigned long)PTE_VALUE_BITS, 24ul))

static struct mutex areas_mutex;	/* serializes swapon, swapoff */
struct rwlock areas_lock;		/* held for writing to remove an area */
struct area *areas[MAX_AREAS];
static int lowest_priority = -1;	/* [areas_mutex] lowest default priority
					 * in use; -1: none */
static struct super taken;		/* owner of claimed devices */
static unsigned turn;			/* [swap_lock] slots taken so far: picks
					 * among areas of equal priority */

/* ---- slots of all areas; Context: [swap_lock] ---------------------------- */

struct area *area_of(unsigned slot)
{
	for (unsigned i = 0; i < MAX_AREAS; i++)
		if (areas[i] && slot - areas[i]->base < areas[i]->slots->size)
			return areas[i];
	return NULL;
}

struct slot *slot_of(unsigned slot)
{
	struct area *a = area_of(slot);

	return a ? slots_at(a->slots, slot - a->base) : NULL;
}

static bool swap_area_has_room(const struct area *a)
{
	return a && a->on && a->slots->used < a->slots->good;
}

/* Areas of equal priority take turns, SWAP_BATCH slots each. */
unsigned area_take_slot(void)
{
	struct area *best = NULL;
	unsigned n;

	for (unsigned k = 0; k < MAX_AREAS; k++) {
		struct area *a = areas[(turn / SWAP_BATCH + k) % MAX_AREAS];

		if (swap_area_has_room(a) && (!best || a->prio > best->prio))
			best = a;
	}
	if (!best)
		return SLOT_NONE;
	turn++;
	n = slots_take(best->slots);
	return n == SLOT_NONE ? n : best->base + n;
}

bool swap_has_room(void)
{
	bool room = false;

	spin_lock(&swap_lock);
	for (unsigned i = 0; i < MAX_AREAS; i++)
		room |= swap_area_has_room(areas[i]);
	spin_unlock(&swap_lock);
	return room;
}

void area_figures(struct swap_figures *f)
{
	spin_lock(&swap_lock);
	*f = (struct swap_figures){ .cached = swap_cached };
	for (unsigned i = 0; i < MAX_AREAS; i++) {
		if (!areas[i] || !areas[i]->on)
			continue;
		/* page 0 is the header and not a slot (swapon(8)) */
		f->total += areas[i]->slots->good;
		f->free += areas[i]->slots->good - areas[i]->slots->used;
	}
	spin_unlock(&swap_lock);
	f->in = (unsigned long)atomic_read(&swapped_in);
	f->out = (unsigned long)atomic_read(&swapped_out);
}

/* ---- placement of an area on its device ---------------------------------- */

static bool add_extent(struct area *a, unsigned page, u64 sector)
{
	struct extent *x = a->nr_extents ? &a->extent[a->nr_extents - 1] : NULL;
	unsigned n = a->nr_extents;

	if (x && x->first + x->n == page &&
	    x->sector + (u64)x->n * (PAGE_SIZE >> SECTOR_SHIFT) == sector) {
		x->n++;
		return true;
	}
	if (!(n & (n - 1))) {	/* double the array */
		x = krealloc(a->extent, sizeof(*x) * (n ? 2 * n : 1));
		if (!x)
			return false;
		a->extent = x;
	}
	a->extent[a->nr_extents++] = (struct extent){ page, 1, sector };
	return true;
}

/*
 * Find the sector of a page of the file, whose blocks may be smaller than a
 * page.  *whole: the blocks of the page are contiguous.
 * Return: 0; -EINVAL: the page has a hole; or an error of map().
 */
static int swap_find_sector(struct mapping *m, unsigned page, u64 *sector,
			    bool *whole)
{
	unsigned each = PAGE_SHIFT - m->block_bits, n;
	u64 first = (u64)page << each, end = (u64)(page + 1) << each, at = first;
	u64 disk, start = 0;
	int err;

	*whole = true;
	while (at < end) {
		err = m->ops->map(m, at, (unsigned)(end - at), &disk, &n);
		if (err)
			return err;
		if (disk == MAP_HOLE)
			return -EINVAL;
		if (at == first)
			start = disk;
		*whole &= disk - start == at - first;
		at += n;
	}
	*sector = start << (m->block_bits - SECTOR_SHIFT);
	return 0;
}

/*
 * Look up the sectors of all pages; mark pages as bad whose blocks are not
 * contiguous.
 * Return: 0, -EINVAL (a hole), -ENOMEM, -EIO.
 */
static int place_area(struct area *a, struct mapping *m)
{
	int err = 0;

	for (unsigned page = 0; !err && page < a->slots->size; page++) {
		bool whole;
		u64 sector;

		err = swap_find_sector(m, page, &sector, &whole);
		if (!err && !whole)
			slots_mark_bad(a->slots, page);
		if (!err && !add_extent(a, page, sector))
			err = -ENOMEM;
	}
	return err;
}

/* ---- swapon(2) ----------------------------------------------------------- */

static void area_free(struct area *a)
{
	if (a->slots)
		slots_free(a->slots);
	kfree(a->extent);
	kfree(a);
}

static u64 swap_pages_of(const struct inode *i)
{
	return (u64)i->size >> PAGE_SHIFT;
}

/*
 * Read the header and create the slot map from it.
 * Return: 0 or -errno.
 */
static int read_area(struct area *a, struct inode *i)
{
	struct swap_header h;
	const char *why;
	u8 *page = kzalloc(PAGE_SIZE);
	int err = -ENOMEM;

	if (!page)
		return err;
	err = (int)file_read_at(a->file, page, PAGE_SIZE, 0);
	if (err >= 0)
		err = 0;
	if (!err && !swap_header_parse(page, swap_pages_of(i), S_ISREG(i->mode),
				       &h, &why)) {
		log_info("%s", why);
		err = -EINVAL;
	}
	if (!err) {
		a->slots = slots_create((unsigned)min((unsigned long)h.pages,
						      SLOTS_ALL));
		err = a->slots ? 0 : -ENOMEM;
	}
	if (!err)
		slots_mark_bad(a->slots, 0);
	for (u32 k = 0; !err && k < h.nr_bad; k++)
		if (swap_header_bad(page, k) < a->slots->size)
			slots_mark_bad(a->slots, swap_header_bad(page, k));
	kfree(page);
	return err;
}

/*
 * Choose a's base: the first free range of slot numbers that fits it.
 * Context: [swap_lock].
 * Return: false if no range is large enough.
 */
static bool number_slots(struct area *a)
{
	unsigned base = 0;

	for (unsigned i = 0; i < MAX_AREAS; i++) {
		const struct area *o = areas[i];

		if (o && base < o->base + o->slots->size &&
		    o->base < base + a->slots->size) {
			base = o->base + o->slots->size;
			i = -1u;	/* start again with the first area */
		}
	}
	a->base = base;
	return base + a->slots->size <= SLOTS_ALL;
}

static int swap_add_area(struct area *a)
{
	unsigned i = 0;
	bool ok;

	spin_lock(&swap_lock);
	while (i < MAX_AREAS && areas[i])
		i++;
	ok = i < MAX_AREAS && number_slots(a);
	if (ok) {
		a->on = true;
		areas[i] = a;
	}
	spin_unlock(&swap_lock);
	return ok ? 0 : i < MAX_AREAS ? -ENOMEM : -EPERM;
}

static bool any_area(void)
{
	bool any = false;

	for (unsigned i = 0; i < MAX_AREAS; i++)
		any |= HINT(areas[i]) != NULL;
	return any;
}

/*
 * Check the file, in Linux's order of errors.
 * Context: [inode's lock].
 * Return: 0, -ENOENT, -EBUSY, -EINVAL.
 */
static int check_inode(const struct file *f, const struct inode *i)
{
	const struct mapping *m = &i->mapping;

	if (!i->nlink)
		return -ENOENT;
	if (i->seals & SEAL_SWAPFILE)
		return -EBUSY;
	if (!m->ops || !m->ops->map || !m->bdev)
		return -EINVAL;
	return 0;
}

/*
 * Read the header, look up the sectors, and enter area a in the table.  After
 * an error the caller frees a.
 * Context: [inode's lock].
 * Return: 0 or -errno.
 */
static int setup(struct area *a, struct inode *i, int flags)
{
	int err = check_inode(a->file, i);

	if (err)
		return err;
	a->dev = i->mapping.bdev;
	err = read_area(a, i);
	if (!err)
		err = pageio_write(&i->mapping, 0, ~0ul, true);
	if (!err)
		err = place_area(a, &i->mapping);
	if (!err && !a->slots->good)
		err = -EINVAL;
	if (!err && !any_area() && !reclaim_start(a->dev))
		err = -ENOMEM;
	if (err)
		return err;
	a->prio = flags & SWAP_PREFER ? flags & SWAP_PRIORITY :
		lowest_priority - 1;
	err = swap_add_area(a);
	if (err)
		return err;
	lowest_priority = min(lowest_priority, a->prio);
	i->seals |= SEAL_SWAPFILE;
	return 0;
}

/*
 * Return: the inode that owns the area's pages; for a device, the inode of the
 * device itself.
 */
static struct inode *area_inode(const struct area *a)
{
	struct inode *i = a->file->inode;

	return S_ISBLK(i->mode) ? block_find(i->rdev)->inode : i;
}

static int turn_on(struct file *f, int flags)
{
	struct area *a = kzalloc(sizeof(*a));
	struct block_device *claimed = NULL;
	struct inode *i;
	int err = 0;

	if (!a)
		return -ENOMEM;
	a->file = f;
	i = area_inode(a);
	if (S_ISBLK(i->mode)) {
		claimed = i->mapping.bdev;
		err = block_claim(claimed, &taken);
		if (err) {
			area_free(a);
			return err;
		}
	}
	mutex_lock(&i->lock);
	err = setup(a, i, flags);
	mutex_unlock(&i->lock);
	if (err) {
		if (claimed)
			block_release(claimed);
		if (!any_area())
			reclaim_stop();
		area_free(a);
		return err;
	}
	log_info("%u KiB of swap, priority %d, %u stretches",
		 a->slots->good << (PAGE_SHIFT - 10), a->prio, a->nr_extents);
	return 0;
}

static struct file *open_area(uaddr_t name, int *err)
{
	struct file *f = NULL;
	char *text;

	*err = -EPERM;
	text = capable(CAP_SYS_ADMIN) ? name_from_user(name, err) : NULL;
	if (!text)
		return NULL;
	*err = file_open(AT_FDCWD, text, O_RDWR | O_LARGEFILE, 0, &f);
	name_put(text);
	return *err ? NULL : f;
}

long sys_swapon(uaddr_t name, int flags)
{
	struct file *f;
	int err;

	if (flags & ~(SWAP_PREFER | SWAP_PRIORITY | SWAP_DISCARD))
		return -EINVAL;
	f = open_area(name, &err);
	if (!f)
		return err;
	mutex_lock(&areas_mutex);
	if (!S_ISREG(f->inode->mode) &&
	    !(S_ISBLK(f->inode->mode) && block_find(f->inode->rdev)))
		err = -EINVAL;
	else
		err = turn_on(f, flags);
	mutex_unlock(&areas_mutex);
	if (err)
		file_put(f);
	return err;
}

/* ---- swapoff(2) ---------------------------------------------------------- */

static bool is_of_area(pte_t e, const struct area *a)
{
	return pte_is_soft_entry(e) && pte_soft_kind(e) == PTE_KIND_SWAP &&
		(unsigned)pte_soft_value(e) - a->base < a->slots->size;
}

/*
 * Replace the entry of a page that cannot be read by a marker.  A task gets
 * SIGBUS only when it touches the page.
 */
static void mark_lost(struct vm_space *s, pte_t *slot, pte_t e)
{
	spin_lock(&s->pt_lock);
	if (pte_read(slot).v == e.v) {
		pte_write(slot, pte_soft_entry(PTE_KIND_MARKER, 0));
		swap_zap(e);
	}
	spin_unlock(&s->pt_lock);
}

/*
 * Bring in all pages of area a to which entries of run r refer; r is in v and
 * begins at `at`.
 * Context: [s->lock], shared.
 * Return: 0, -ENOMEM, -EINTR.
 */
static int swapoff_run(struct vma *v, uaddr_t at, const struct pt_run *r,
		       const struct area *a)
{
	struct vm_space *s = v->space;
	pte_t *slot = r->slot;
	uaddr_t end = at + r->len;
	pte_t e;

	for (; at < end; at += PAGE_SIZE, slot++)
		while (e = pte_read(slot), is_of_area(e, a)) {
			enum vm_fault how;

			if (signal_pending_fatal())
				return -EINTR;
			how = vm_fault_page(s, v, at, false);
			if (how == VM_FAULT_OOM)
				return -ENOMEM;
			if (how != VM_FAULT_OK)
				mark_lost(s, slot, e);
		}
	return 0;
}

static int swapoff_space(struct vm_space *s, const struct area *a)
{
	struct vma *v;
	int err = 0;

	rw_read_lock(&s->lock);
	for (v = vm_find(s, 0); v && !err; v = vma_next(v)) {
		if (!vm_own(s, v->start, v->end))
			err = -ENOMEM;
		for (uaddr_t at = v->start; at < v->end && !err; ) {
			struct pt_run r = pt_run_at(s->root, at, v->end);

			if (r.slot && !r.level)
				err = swapoff_run(v, at, &r, a);
			at += r.len;
		}
	}
	rw_read_unlock(&s->lock);
	return err;
}

static bool swap_in_use(const struct area *a)
{
	return HINT(a->slots->used);
}

/*
 * Bring in the pages of every process and of every file in memory.  Repeat
 * until no slot is in use: a fork in progress has entries that belong to no
 * process yet, and a page being written uses its slot.
 */
static int swapoff_bring_all(const struct area *a)
{
	int err = 0;

	while (!err && swap_in_use(a)) {
		struct vm_space *s;
		int pid = 0;

		while (!err && swap_in_use(a) && (s = space_next(&pid))) {
			err = swapoff_space(s, a);
			vm_space_put(s);
		}
		if (!err)
			err = shared_bring_back(a);
		if (!err && signal_pending_fatal())
			err = -EINTR;
		if (!err && swap_in_use(a))
			wait_nap(NAP);
	}
	return err;
}

/*
 * True if memory has room for all pages in the area.  Like Linux, swapoff(2)
 * checks this first.
 */
static bool swap_room_for(const struct area *a)
{
	return a->slots->used + page_low_mark() <
		page_free_count() + pagecache_of_disks();
}

/*
 * After the removal of an area of priority prio: if prio was a default
 * priority, raise the default priorities below it by one.
 */
static void close_gap(int prio)
{
	if (prio >= 0)
		return;
	lowest_priority++;
	for (unsigned i = 0; i < MAX_AREAS; i++)
		if (areas[i] && areas[i]->prio < prio)
			areas[i]->prio++;
}

/*
 * Remove area i.
 * Context: no slot of the area is in use or being looked up.
 */
static void remove_area(struct area *a, unsigned i)
{
	struct inode *inode = area_inode(a);

	rw_write_lock(&areas_lock);
	spin_lock(&swap_lock);
	areas[i] = NULL;
	close_gap(a->prio);
	spin_unlock(&swap_lock);
	rw_write_unlock(&areas_lock);
	if (!any_area())
		reclaim_stop();
	mutex_lock(&inode->lock);
	inode->seals &= ~SEAL_SWAPFILE;
	mutex_unlock(&inode->lock);
	/* drop cached pages of the area: they are out of date */
	mapping_drop_clean(&inode->mapping, 0, ~0ul);
	if (S_ISBLK(inode->mode))
		block_release(a->dev);
	file_put(a->file);
	area_free(a);
}

static void set_on(struct area *a, bool on)
{
	spin_lock(&swap_lock);
	a->on = on;
	spin_unlock(&swap_lock);
}

/* Context: [areas_mutex]. */
static int turn_off(const struct file *f)
{
	unsigned i = 0;
	struct area *a;
	int err = -ENOMEM;

	while (i < MAX_AREAS &&
	       !(areas[i] && (areas[i]->file->inode == f->inode ||
			      (S_ISBLK(f->inode->mode) &&
			       S_ISBLK(areas[i]->file->inode->mode) &&
			       areas[i]->dev->rdev == f->inode->rdev))))
		i++;
	if (i == MAX_AREAS)
		return -EINVAL;
	a = areas[i];
	set_on(a, false);
	reclaim_settle();
	if (swap_room_for(a))
		err = swapoff_bring_all(a);
	if (err)
		set_on(a, true);
	else
		remove_area(a, i);
	return err;
}

long sys_swapoff(uaddr_t name)
{
	struct file *f;
	int err;

	f = open_area(name, &err);
	if (!f)
		return err;
	mutex_lock(&areas_mutex);
	err = turn_off(f);
	mutex_unlock(&areas_mutex);
	file_put(f);
	return err;
}

/* ---- /proc/swaps --------------------------------------------------------- */

/* Print a line of proc_swaps(5): sizes in KiB, in columns separated by tabs. */
static void swap_show_area(struct seq *s, const struct area *a, char *buf)
{
	unsigned long size = (unsigned long)(a->slots->good)
			     << (PAGE_SHIFT - 10);
	unsigned long used = (unsigned long)a->slots->used
			     << (PAGE_SHIFT - 10);
	size_t begun = s->len;
	int err;
	const char *name = path_name(&a->file->path, buf, PATH_MAX, &err);

	seq_print(s, "%s ", name ? name : "?");
	while (s->len < begun + 40)
		seq_put(s, " ", 1);
	seq_print(s, "%s\t%lu\t%s%lu\t%s%d\n",
		  S_ISBLK(a->file->inode->mode) ? "partition" : "file\t",
		  size, size < 10000000 ? "\t" : "",
		  used, used < 10000000 ? "\t" : "", a->prio);
}

void area_show(struct seq *s)
{
	char *buf = kmalloc(PATH_MAX);

	if (!buf)
		return;
	mutex_lock(&areas_mutex);
	for (unsigned i = 0; i < MAX_AREAS; i++)
		if (areas[i])
			swap_show_area(s, areas[i], buf);
	mutex_unlock(&areas_mutex);
	kfree(buf);
}

void area_init(void)
{
	mutex_init(&areas_mutex, "swap areas");
	rw_init(&areas_lock, "swap area");
}
