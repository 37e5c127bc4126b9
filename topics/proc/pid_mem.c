/* SPDX-License-Identifier: MIT */
/*
 * A task's memory as /proc/PID shows it: its start-up strings and its VMAs
 * (rows C2, D4).
 */
#include <fs/io/pagefile.h>
#include <lt/seq.h>
#include <kernel/cred/cred.h>
#include <kernel/task/task.h>
#include <mm/frames/page.h>
#include <mm/cache/pagecache.h>
#include <mm/tables/pt.h>
#include <mm/frames/slab.h>
#include <mm/tables/soft_entry.h>
#include <mm/tables/superpage.h>
#include <mm/vm.h>
#include "proc.h"

/* ---- start-up strings ---------------------------------------------------- */

struct vm_space *proc_use_space(struct vm_space *m)
{
	bool live;

	spin_lock(&tree_lock);
	live = vm_space_get_live(m);
	spin_unlock(&tree_lock);
	return live ? m : NULL;
}

/*
 * Print the argument or environment strings of m as they are now, up to the
 * first unmapped page.  Drops the caller's reference to m, which may be NULL.
 */
static int show_memory(struct seq *s, struct vm_space *m, bool environ)
{
	uaddr_t from, to;
	char *page;

	if (!m)
		return 0;	/* a kernel thread or a zombie: empty */
	from = environ ? m->env_start : m->arg_start;
	to = environ ? m->env_end : m->arg_end;
	page = kmalloc(PAGE_SIZE);
	while (page && from < to) {
		unsigned long n = min(to - from, (unsigned long)PAGE_SIZE);
		unsigned long done = vm_copy_from(m, page, from, n);

		seq_put(s, page, done);
		if (done < n)
			break;
		from += n;
	}
	vm_space_put(m);
	if (!page)
		return -ENOMEM;
	kfree(page);
	return 0;
}

/* Every user may read this file, because ps(1) shows command lines to all. */
int pid_show_cmdline(struct seq *s, struct task *t)
{
	return show_memory(s, proc_space(t), false);
}

int pid_show_environ(struct seq *s, struct task *t)
{
	return show_memory(s, proc_use_space(s->arg), true);
}

int pid_show_auxv(struct seq *s, struct task *t)
{
	struct vm_space *m = proc_use_space(s->arg);

	if (!m)
		return 0;
	seq_put(s, m->auxv, m->auxv_words * sizeof(m->auxv[0]));
	vm_space_put(m);
	return 0;
}

/* ---- maps ---------------------------------------------------------------- */

void proc_show_vma(struct seq *s, struct vma *v, char *buf)
{
	struct file *f = object_file(v->object);
	struct inode *i = f ? f->inode : NULL;
	unsigned dev = i && i->super ? i->super->dev : 0;
	const char *name = vma_name(v);
	size_t start = s->len;
	int err;

	if (f && f->path.dentry) {
		name = path_name(&f->path, buf, PATH_MAX, &err);
		if (!name)
			name = "";
	}
	seq_print(s, "%08lx-%08lx %c%c%c%c %08llx %02x:%02x %llu ",
		  v->start, v->end, v->prot & MAP_R ? 'r' : '-',
		  v->prot & MAP_W ? 'w' : '-', v->prot & MAP_X ? 'x' : '-',
		  v->flags & VM_SHARED ? 's' : 'p',
		  f ? (unsigned long long)v->pgoff << PAGE_SHIFT : 0,
		  DEV_MAJOR(dev), DEV_MINOR(dev),
		  i ? (unsigned long long)i->ino : 0);
	if (name && *name) {
		/* Linux pads names to a column that its tools expect. */
		while (s->len - start < 25 + 6 * sizeof(long))
			seq_put(s, " ", 1);
		seq_print(s, "%s", name);
	}
	seq_put(s, "\n", 1);
}

int proc_each_vma(struct seq *s,
		  void (*fn)(struct seq *s, struct vma *v, char *buf))
{
	struct vm_space *m = proc_use_space(s->arg);
	struct vma *v;
	char *buf;

	if (!m)
		return 0;
	buf = kmalloc(PATH_MAX);
	if (buf) {
		rw_read_lock(&m->lock);
		list_for_each(v, &m->vmas, link)
			fn(s, v, buf);
		rw_read_unlock(&m->lock);
		kfree(buf);
	}
	vm_space_put(m);
	return buf ? 0 : -ENOMEM;
}

int pid_show_maps(struct seq *s, struct task *t)
{
	return proc_each_vma(s, proc_show_vma);
}

int pid_hold_space(struct inode *i, bool control, struct vm_space **out)
{
	struct task *t = proc_task(i);
	int err = -EACCES;

	*out = NULL;
	if (!t)
		return -ESRCH;
	/* one critical section: exec must not replace the space */
	spin_lock(&tree_lock);
	if (!t->space || ref_read(&t->space->users) <= 0) {
		err = 0;		/* nothing to protect */
	} else if (task_may_access_locked(t, false, control)) {
		*out = t->space;
		vm_space_hold(*out);
		err = 0;
	}
	spin_unlock(&tree_lock);
	task_put(t);
	return err;
}

/* ---- smaps: what of each VMA is resident (row C2) ------------------------ */

enum kind { KIND_ANON, KIND_FILE, KIND_SHMEM, NR_KINDS };

/* Bytes in the present pages of a VMA, by kind. */
struct resident {
	unsigned long rss, pss, pss_dirty, pss_of[NR_KINDS];
	unsigned long shared_clean, shared_dirty, private_clean, private_dirty,
		referenced, anonymous, huge, shmem_huge, swap, swap_pss, locked;
};

static enum kind pid_mem_kind_of(const struct page *head)
{
	if (head->kind == PAGE_ANON)
		return KIND_ANON;
	return head->flags & PG_SHMEM ? KIND_SHMEM : KIND_FILE;
}

/*
 * Count one page of a leaf.  The proportional share divides a page by its
 * number of mappers; the result is a hint, because mappers come and go.  more:
 * the number of other spaces that share the page table.
 */
static void pid_mem_count_page(struct resident *r, pte_t pte, struct page *head,
			       unsigned long i, int more)
{
	/*
	 * a leaf maps frames of one kind only; the head of a block holds the
	 * kind
	 */
	bool anon = head->kind == PAGE_ANON, dirty = pte_dirty(pte) || anon;
	int sharers = max(page_mappers(head, i), 1) + more;
	unsigned long share = PAGE_SIZE / (unsigned)sharers;

	r->rss += PAGE_SIZE;
	r->pss += share;
	r->pss_of[pid_mem_kind_of(head)] += share;
	if (dirty)
		r->pss_dirty += share;
	if (sharers > 1)
		*(dirty ? &r->shared_dirty : &r->shared_clean) += PAGE_SIZE;
	else
		*(dirty ? &r->private_dirty : &r->private_clean) += PAGE_SIZE;
	if (pte_accessed(pte) || head->flags & PG_ACCESSED)
		r->referenced += PAGE_SIZE;
	if (anon)
		r->anonymous += PAGE_SIZE;
}

static void pid_mem_count_leaf(void *arg, vaddr_t va, unsigned level,
			       pte_t *pte)
{
	struct resident *r = arg;
	pte_t v = pte_read(pte);
	unsigned long i, n = 1ul << (PT_SHIFT(level) - PAGE_SHIFT);

	if (pte_soft(v) & PTE_SPECIAL || !pfn_valid(pte_pfn(v)))
		return;
	for (i = 0; i < n; i++)
		pid_mem_count_page(r, v, pfn_page(pte_pfn(v)), i,
				   level ? 0 :
					   ref_read(&virt_page(pte)->refs) - 1);
	if (level)
		*(pfn_page(pte_pfn(v))->kind == PAGE_ANON ? &r->huge :
		  &r->shmem_huge) += n * PAGE_SIZE;
}

static void pid_mem_kib(struct seq *s, const char *name, unsigned long bytes)
{
	seq_print(s, "%-15s %8lu kB\n", name, bytes / 1024);
}

/* True if v may become, or is, writable. */
static bool may_be_written(const struct vma *v)
{
	return !(v->flags & VM_SHARED) || v->flags & VM_MAYWRITE;
}

/*
 * True if v counts as memory that is promised: private memory that is writable,
 * or was, and holds pages.
 */
static bool is_accounted(const struct vma *v)
{
	return !(v->flags & (VM_SHARED | VM_NORESERVE | VM_SPECIAL)) &&
		(v->prot & MAP_W || v->flags & VM_ANONED);
}

/* The names are in Linux's order, that of its bits. */
static void pid_mem_show_flags(struct seq *s, const struct vma *v)
{
	static const struct {
		unsigned flag;
		const char *name;
	} names[] = {
		{ VM_GROWSDOWN, "gd" }, { VM_LOCKED, "lo" },
		{ VM_SEQUENTIAL, "sr" },
		{ VM_RANDOM, "rr" }, { VM_DONTFORK, "dc" },
	}, more[] = {
		{ VM_NORESERVE, "nr" }, { VM_WIPEONFORK, "wf" },
		{ VM_DONTDUMP, "dd" }, { VM_HUGE, "hg" },
		{ VM_NOHUGE, "nh" }, { VM_SEALED, "sl" },
	};
	unsigned i;

	seq_print(s, "VmFlags:%s%s%s%s mr%s me%s", v->prot & MAP_R ? " rd" : "",
		  v->prot & MAP_W ? " wr" : "", v->prot & MAP_X ? " ex" : "",
		  v->flags & VM_SHARED && may_be_written(v) ? " sh" : "",
		  may_be_written(v) ? " mw" : "",
		  v->flags & VM_SHARED ? " ms" : "");
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (v->flags & names[i].flag)
			seq_print(s, " %s", names[i].name);
	if (is_accounted(v))
		seq_print(s, " ac");
	for (i = 0; i < ARRAY_SIZE(more); i++)
		if (v->flags & more[i].flag)
			seq_print(s, " %s", more[i].name);
	seq_print(s, " \n");
}

static void count_vma(struct resident *r, struct vma *v)
{
	unsigned long pss = r->pss;
	uaddr_t at = v->start, next;

	if (soft_entry)
		r->swap += soft_entry->out(v->space, v->start, v->end,
					   &r->swap_pss) << PAGE_SHIFT;
	if (v->mapping)
		r->swap += mapping_count_out(v->mapping, v->pgoff,
				(v->end - v->start) >> PAGE_SHIFT)
			   << PAGE_SHIFT;
	/* one table at a time, so that the lock is never held for long */
	for (; at < v->end; at = next) {
		next = min(v->end, ALIGN_DOWN(at, PT_LEAF_SPAN) + PT_LEAF_SPAN);
		spin_lock(&v->space->pt_lock);
		pt_each(v->space->root, at, next, pid_mem_count_leaf, r);
		spin_unlock(&v->space->pt_lock);
	}
	if (v->flags & VM_LOCKED)
		r->locked += r->pss - pss;
}

/*
 * whole: r is the sum over a whole space, so print the share of each kind, too.
 */
static void show_resident(struct seq *s, const struct resident *r, bool whole)
{
	pid_mem_kib(s, "Rss:", r->rss);
	pid_mem_kib(s, "Pss:", r->pss);
	pid_mem_kib(s, "Pss_Dirty:", r->pss_dirty);
	if (whole) {
		pid_mem_kib(s, "Pss_Anon:", r->pss_of[KIND_ANON]);
		pid_mem_kib(s, "Pss_File:", r->pss_of[KIND_FILE]);
		pid_mem_kib(s, "Pss_Shmem:", r->pss_of[KIND_SHMEM]);
	}
	pid_mem_kib(s, "Shared_Clean:", r->shared_clean);
	pid_mem_kib(s, "Shared_Dirty:", r->shared_dirty);
	pid_mem_kib(s, "Private_Clean:", r->private_clean);
	pid_mem_kib(s, "Private_Dirty:", r->private_dirty);
	pid_mem_kib(s, "Referenced:", r->referenced);
	pid_mem_kib(s, "Anonymous:", r->anonymous);
	pid_mem_kib(s, "LazyFree:", 0); /* MADV_FREE frees at once */
	pid_mem_kib(s, "AnonHugePages:", r->huge);
	pid_mem_kib(s, "ShmemPmdMapped:", r->shmem_huge);
	pid_mem_kib(s, "FilePmdMapped:", 0);
	pid_mem_kib(s, "Swap:", r->swap);
	pid_mem_kib(s, "SwapPss:", r->swap_pss);
	pid_mem_kib(s, "Locked:", r->locked);
}

static unsigned long page_size(const struct vma *v)
{
	return v->ops && v->ops->pagesize ? v->ops->pagesize(v) : PAGE_SIZE;
}

static void show_smap(struct seq *s, struct vma *v, char *buf)
{
	struct resident r = { 0 };

	proc_show_vma(s, v, buf);
	count_vma(&r, v);
	pid_mem_kib(s, "Size:", v->end - v->start);
	pid_mem_kib(s, "KernelPageSize:", page_size(v));
	pid_mem_kib(s, "MMUPageSize:", page_size(v));
	show_resident(s, &r, false);
	seq_print(s, "THPeligible:    %8u\n",
		  superpage && superpage->eligible(v));
	pid_mem_show_flags(s, v);
}

static int show_smaps(struct seq *s, struct task *t)
{
	return proc_each_vma(s, show_smap);
}

/* Print the sums over all VMAs, after a first line that spans all VMAs. */
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
	show_resident(s, &r, true);
	return 0;
}

/* ---- mem ----------------------------------------------------------------- */

/*
 * Files about memory keep the address space they were opened on, as Linux does.
 * Its pages may be freed while the file is open.
 */
static int mem_open(struct inode *i, struct file *f)
{
	struct vm_space *m = NULL;
	int err = pid_hold_space(i, true, &m);

	f->private = m;
	return err;
}

static void space_release(struct file *f)
{
	if (f->private)
		vm_space_drop(f->private);
}

/*
 * Take a reference that keeps the mappings; the caller drops it with
 * vm_space_put().
 * Return: the space, or NULL if its `users` count was 0 already.
 */
static struct vm_space *pid_mem_space_of(struct file *f)
{
	return proc_use_space(f->private);
}

static long mem_read(struct file *f, struct uio *u, loff_t *pos)
{
	struct vm_space *m = pid_mem_space_of(f);
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
	struct vm_space *m = pid_mem_space_of(f);
	char *page;
	unsigned long asked = u->left;
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
	return done || !asked ? done : -EIO;
}

static const struct file_ops mem_fops = {
	.open = mem_open,
	.release = space_release,
	.no_splice = true,
	.reads_pieces = true,
	.writes_pieces = true,
	.read = mem_read,
	.write = mem_write,
	.seek = seek_anywhere,
	.any_pos = true,
};

PID_FILES(files) = {
	{ .name = "smaps", .mode = 0444, .show = show_smaps,
	  .of_space = true },
	{ .name = "smaps_rollup", .mode = 0444, .show = show_rollup,
	  .of_space = true },
	{ .name = "mem", .mode = S_IFREG | 0600, .fops = &mem_fops },
};
