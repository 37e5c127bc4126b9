/* SPDX-License-Identifier: MIT */
/*
 * A task's memory in detail: what of each VMA is resident (smaps, row C2), the
 * page at each address (pagemap, row E4) and the bytes themselves (mem).
 */
#include <ext/proc/proc.h>
#include <kernel/cred.h>
#include <lt/seq.h>
#include <mm/page.h>
#include <mm/pt.h>
#include <mm/slab.h>
#include <mm/vm.h>

/* ---- smaps --------------------------------------------------------------- */

/* Bytes of present pages of a VMA by kind. */
struct resident {
	unsigned long rss, pss, shared_clean, shared_dirty, private_clean,
		private_dirty, anonymous, huge, locked;
};

/*
 * The proportional share divides a page among those who map it; a hint, as they
 * come and go.
 */
static void count_page(struct resident *r, pte_t pte, struct page *head,
		       unsigned long i)
{
	/* all frames of a leaf are of one kind; a block tells by its head */
	bool anon = head->kind == PAGE_ANON, dirty = pte_dirty(pte) || anon;
	int sharers = max(page_mappers(head, i), 1);

	r->rss += PAGE_SIZE;
	r->pss += PAGE_SIZE / (unsigned)sharers;
	if (sharers > 1)
		*(dirty ? &r->shared_dirty : &r->shared_clean) += PAGE_SIZE;
	else
		*(dirty ? &r->private_dirty : &r->private_clean) += PAGE_SIZE;
	if (anon)
		r->anonymous += PAGE_SIZE;
}

static void count_leaf(void *arg, vaddr_t va, unsigned level, pte_t *pte)
{
	struct resident *r = arg;
	pte_t v = pte_read(pte);
	unsigned long i, n = 1ul << (PT_SHIFT(level) - PAGE_SHIFT);

	if (pte_soft(v) & PTE_SPECIAL || !pfn_valid(pte_pfn(v)))
		return;
	for (i = 0; i < n; i++)
		count_page(r, v, pfn_page(pte_pfn(v)), i);
	if (level)
		r->huge += n * PAGE_SIZE;
}

static void kib(struct seq *s, const char *name, unsigned long bytes)
{
	seq_print(s, "%-15s %8lu kB\n", name, bytes / 1024);
}

static void show_flags(struct seq *s, const struct vma *v)
{
	static const struct {
		unsigned flag;
		const char *name;
	} names[] = {
		{ VM_GROWSDOWN, "gd" }, { VM_LOCKED, "lo" },
		{ VM_RANDOM, "rr" }, { VM_DONTFORK, "dc" },
		{ VM_NORESERVE, "nr" }, { VM_WIPEONFORK, "wf" },
		{ VM_DONTDUMP, "dd" }, { VM_HUGE, "hg" },
		{ VM_NOHUGE, "nh" },
	};
	unsigned i;

	seq_print(s, "VmFlags:%s%s%s%s mr mw me", v->prot & MAP_R ? " rd" : "",
		  v->prot & MAP_W ? " wr" : "", v->prot & MAP_X ? " ex" : "",
		  v->flags & VM_SHARED ? " sh" : "");
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (v->flags & names[i].flag)
			seq_print(s, " %s", names[i].name);
	seq_put(s, "\n", 1);
}

static void count_vma(struct resident *r, struct vma *v)
{
	unsigned long pss = r->pss;

	pt_each(v->space->root, v->start, v->end, count_leaf, r);
	if (v->flags & VM_LOCKED)
		r->locked += r->pss - pss;
}

static void show_resident(struct seq *s, const struct resident *r)
{
	kib(s, "Rss:", r->rss);
	kib(s, "Pss:", r->pss);
	kib(s, "Shared_Clean:", r->shared_clean);
	kib(s, "Shared_Dirty:", r->shared_dirty);
	kib(s, "Private_Clean:", r->private_clean);
	kib(s, "Private_Dirty:", r->private_dirty);
	kib(s, "Referenced:", r->rss);
	kib(s, "Anonymous:", r->anonymous);
	kib(s, "AnonHugePages:", r->huge);
	kib(s, "Swap:", 0);
	kib(s, "Locked:", r->locked);
}

static void show_smap(struct seq *s, struct vma *v, char *buf)
{
	struct resident r = { 0 };

	proc_show_vma(s, v, buf);
	count_vma(&r, v);
	kib(s, "Size:", v->end - v->start);
	kib(s, "KernelPageSize:", PAGE_SIZE);
	kib(s, "MMUPageSize:", PAGE_SIZE);
	show_resident(s, &r);
	show_flags(s, v);
}

static int show_smaps(struct seq *s, struct task *t)
{
	return proc_each_vma(s, show_smap);
}

/* The sum of smaps, with a head that spans all there is. */
static int show_rollup(struct seq *s, struct task *t)
{
	uaddr_t first = 0, end = 0;
	struct resident r = { 0 };
	struct vm_space *m = proc_use_space(s->arg);
	struct vma *v;

	if (!m)
		return -ESRCH;
	rw_read_lock(&m->lock);
	list_for_each(v, &m->vmas, link) {
		if (!end)
			first = v->start;
		end = v->end;
		count_vma(&r, v);
	}
	rw_read_unlock(&m->lock);
	vm_space_put(m);
	seq_print(s, "%08lx-%08lx ---p 00000000 00:00 0 ", first, end);
	while (s->len < 25 + 6 * sizeof(long))
		seq_put(s, " ", 1);
	seq_print(s, "[rollup]\n");
	show_resident(s, &r);
	return 0;
}

/* ---- mem ----------------------------------------------------------------- */

/*
 * Files about memory keep the space they were opened on, as Linux does; its
 * pages may go meanwhile.
 */
static int open_space(struct inode *i, struct file *f, bool control)
{
	struct vm_space *m = NULL;
	int err = pid_hold_space(i, control, &m);

	f->private = m;
	return err;
}

static int mem_open(struct inode *i, struct file *f)
{
	return open_space(i, f, true);
}

static int pagemap_open(struct inode *i, struct file *f)
{
	return open_space(i, f, false);
}

static void space_release(struct file *f)
{
	if (f->private)
		vm_space_drop(f->private);
}

/* The space for the length of a call, or NULL: its last user is gone. */
static struct vm_space *space_of(struct file *f)
{
	return proc_use_space(f->private);
}

static long mem_read(struct file *f, struct uio *u, loff_t *pos)
{
	struct vm_space *m = space_of(f);
	char *page;
	long done = 0;

	if (!m)
		return 0;
	page = kmalloc(PAGE_SIZE);
	while (page && u->left && (u64)*pos < USER_TOP) {
		uaddr_t at = (uaddr_t)*pos;
		unsigned long n = min(u->left,
				      (unsigned long)PAGE_SIZE - at % PAGE_SIZE);
		unsigned long got = vm_copy_from(m, page, at, n);
		unsigned long put = uio_put(u, page, got);

		done += (long)put;
		*pos += (loff_t)put;
		if (got < n || put < got)
			break;
	}
	vm_space_put(m);
	if (!page)
		return -ENOMEM;
	kfree(page);
	return done || !u->left ? done : -EIO;
}

static long mem_write(struct file *f, struct uio *u, loff_t *pos)
{
	struct vm_space *m = space_of(f);
	char *page;
	long done = 0;

	if (!m)
		return 0;
	page = kmalloc(PAGE_SIZE);
	while (page && u->left && (u64)*pos < USER_TOP) {
		uaddr_t at = (uaddr_t)*pos;
		unsigned long n = min(u->left,
				      (unsigned long)PAGE_SIZE - at % PAGE_SIZE);
		unsigned long got = uio_get(u, page, n);
		unsigned long put = vm_copy_to(m, at, page, got);

		done += (long)put;
		*pos += (loff_t)put;
		if (put < n)
			break;
	}
	vm_space_put(m);
	if (!page)
		return -ENOMEM;
	kfree(page);
	return done || !u->left ? done : -EIO;
}

static loff_t mem_seek(struct file *f, loff_t off, int whence)
{
	if (whence == SEEK_CUR)
		off += f->pos;
	else if (whence != SEEK_SET)
		return -EINVAL;
	return seek_to(f, off, 0x7fffffffffffffffll);
}

static const struct file_ops mem_fops = {
	.open = mem_open,
	.release = space_release,
	.no_splice = true,
	.read = mem_read,
	.write = mem_write,
	.seek = mem_seek,
};

/* ---- pagemap: one 64-bit word a page ------------------------------------- */

#define PM_PRESENT	(1ull << 63)
#define PM_FILE		(1ull << 61)
#define PM_EXCLUSIVE	(1ull << 56)
#define PM_COW		(1ull << 55)	/* Linux: soft-dirty; see docs */

/* Frame numbers only for who may know physical addresses. */
static u64 pagemap_entry(struct vm_space *m, uaddr_t at)
{
	unsigned level = 0;
	pte_t *slot = pt_walk(m->root, at, &level, false), v;
	unsigned long i = 0;
	struct page *head;
	pfn_t pfn;
	u64 e;

	if (!slot)
		return 0;
	v = pte_read(slot);
	if (!pte_present(v))
		return 0;
	pfn = pte_pfn(v);
	if (level)
		i = (at >> PAGE_SHIFT) & ((1ul << (PT_SHIFT(level) -
						   PAGE_SHIFT)) - 1);
	e = PM_PRESENT;
	if (capable(CAP_SYS_ADMIN))
		e |= pfn + i;
	if (pte_soft(v) & PTE_COW)
		e |= PM_COW;
	if (pte_soft(v) & PTE_SPECIAL || !pfn_valid(pfn))
		return e;
	head = pfn_page(pfn);
	if (head->kind == PAGE_CACHE)
		e |= PM_FILE;
	if (page_mappers(head, i) == 1)
		e |= PM_EXCLUSIVE;
	return e;
}

static long pagemap_read(struct file *f, struct uio *u, loff_t *pos)
{
	struct vm_space *m;
	u64 chunk[32];
	long done = 0;

	if (*pos % 8 || u->left % 8)
		return -EINVAL;
	m = space_of(f);
	if (!m)
		return 0;
	while (u->left) {
		unsigned n = 0;
		unsigned long put;
		u64 page = (u64)*pos / 8;

		rw_read_lock(&m->lock);
		while (n < ARRAY_SIZE(chunk) && n < u->left / 8 &&
		       page + n < USER_TOP >> PAGE_SHIFT) {
			chunk[n] = pagemap_entry(m, (uaddr_t)(page + n) <<
						 PAGE_SHIFT);
			n++;
		}
		rw_read_unlock(&m->lock);
		if (!n)
			break;
		put = uio_put(u, chunk, n * 8);
		done += (long)put;
		*pos += (loff_t)put;
		if (put < n * 8)
			break;
	}
	vm_space_put(m);
	return done || !u->left ? done : -EFAULT;
}

static const struct file_ops pagemap_fops = {
	.open = pagemap_open,
	.release = space_release,
	.no_splice = true,
	.read = pagemap_read,
	.seek = mem_seek,
};

PID_FILES(files) = {
	{ .name = "smaps", .mode = 0444, .show = show_smaps,
	  .of_space = true },
	{ .name = "smaps_rollup", .mode = 0444, .show = show_rollup,
	  .of_space = true },
	{ .name = "mem", .mode = S_IFREG | 0600, .fops = &mem_fops },
	{ .name = "pagemap", .mode = S_IFREG | 0400, .fops = &pagemap_fops },
};
