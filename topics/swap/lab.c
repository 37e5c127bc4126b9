/* SPDX-License-Identifier: MIT */
/*
 * A laboratory for page replacement (row D5).  It limits a range of one
 * program's memory to a few frames, and counts the faults that a policy causes.
 * So policies can be compared with the same sequence of references.  Everything
 * else is the normal mechanism: the policy chooses a page, the page is written
 * to its slot, and a fault brings it back.
 *
 *	echo "fifo 3 0x70000000 5" > /proc/lectern/replacement
 *
 * limits the 5 pages from address 0x70000000 on to 3 frames and swaps all of
 * them out; "off" ends the experiment.  Reading the file shows the policy of
 * the machine, and the range's policy, frames and faults.
 */
#include "swap.h"
#include <kernel/cred/cred.h>
#include <lib/mem.h>
#include <lt/procfile.h>
#include <mm/vma.h>
#include <uapi/errno.h>

#define LAB_FRAMES	64

static struct {
	struct mutex lock;		/* taken after a vm_space's lock */
	struct vm_space *space;		/* [lock to write] the watched space,
					 * held */
	uaddr_t start, end;		/* [lock] */
	unsigned limit, faults;		/* [lock] */
	const struct replacement *policy; /* [lock] */
	struct pool pool;		/* [lock] */
	struct frame frame[LAB_FRAMES];	/* [lock] */
} lab;

static bool watches(struct vm_space *s, uaddr_t at)
{
	return lab.space == s && at >= lab.start && at < lab.end;
}

static enum frame_use use_in_lab(struct frame *f, void *arg)
{
	return page_use(arg, f, true);
}

/*
 * Swap out one page of the range.
 * Context: [lab.lock; s->lock, shared].
 */
static __noinline void send_out(struct vm_space *s)
{
	struct frame *f = lab.policy->choose(&lab.pool, use_in_lab, s);
	struct page *p = f ? page_swap_out(s, f->at, f->pfn) : NULL;

	if (p)
		swap_clean(&p, 1);
}

void lab_limit_frames(struct vm_space *s, uaddr_t at)
{
	if (likely(READ_ONCE(lab.space) != s))
		return;
	mutex_lock(&lab.lock);
	while (watches(s, at) && pool_size(&lab.pool) >= lab.limit)
		send_out(s);
	mutex_unlock(&lab.lock);
}

static pfn_t frame_at(struct vm_space *s, uaddr_t at)
{
	unsigned level = 0;
	pte_t *slot, e = { 0 };

	spin_lock(&s->pt_lock);
	slot = pt_walk(s->root, at, &level, PT_READ);
	if (slot)
		e = pte_read(slot);
	spin_unlock(&s->pt_lock);
	return pte_pfn(e);
}

void lab_count_fault(struct vm_space *s, uaddr_t at)
{
	if (likely(READ_ONCE(lab.space) != s))
		return;
	mutex_lock(&lab.lock);
	for (unsigned i = 0; watches(s, at) && i < LAB_FRAMES; i++) {
		struct frame *f = &lab.frame[i];

		if (!list_empty(&f->link))
			continue;
		f->at = at;
		f->pfn = (u32)frame_at(s, at);
		pool_arrived(&lab.pool, f);
		lab.faults++;
		break;
	}
	mutex_unlock(&lab.lock);
}

/* ---- /proc/lectern/replacement ------------------------------------------- */

static void show_lab(struct seq *s)
{
	seq_print(s, "machine %s\n", replacement->name);
	mutex_lock(&lab.lock);
	if (lab.space)
		seq_print(s, "lab %s frames %u faults %u\n", lab.policy->name,
			  lab.limit, lab.faults);
	mutex_unlock(&lab.lock);
}

/*
 * Cut the next word off *text and end it with a null.
 * Return: the word, "" at the end.
 */
static char *word(char **text)
{
	char *at = *text, *end;

	while (*at == ' ' || *at == '\n')
		at++;
	for (end = at; *end && *end != ' ' && *end != '\n'; end++)
		;
	*text = *end ? end + 1 : end;
	*end = 0;
	return at;
}

/*
 * Parse a decimal number, or a hexadecimal one with 0x.
 * Return: the number, or ~0 if w is not a number.
 */
static unsigned long lab_number(const char *w)
{
	unsigned base = w[0] == '0' && w[1] == 'x' ? 16 : 10;
	unsigned long n = 0;

	if (base == 16)
		w += 2;
	for (; *w; w++) {
		unsigned d = *w >= 'a' ? *w - 'a' + 10u : *w - '0' + 0u;

		if (d >= base)
			return ~0ul;
		n = n * base + d;
	}
	return n;
}

/*
 * End the experiment.
 * Context: [lab.lock].
 * Return: the space that the caller must drop, or NULL.
 */
static struct vm_space *end_lab(void)
{
	struct vm_space *old = lab.space;

	WRITE_ONCE(lab.space, NULL);
	return old;
}

static void begin_lab(struct vm_space *s, uaddr_t start, uaddr_t end)
{
	lab.start = start;
	lab.end = end;
	lab.faults = 0;
	pool_init(&lab.pool);
	lab.pool.window = lab.limit;
	for (unsigned i = 0; i < LAB_FRAMES; i++)
		list_init(&lab.frame[i].link);
	vm_space_hold(s);
	WRITE_ONCE(lab.space, s);
}

/*
 * Swap out all pages of the range.
 * Return: 0; -EINVAL: not in one VMA; -EBUSY: a page stayed.
 */
static int empty_range(struct vm_space *s, uaddr_t start, uaddr_t end)
{
	struct vma *v;
	int err = -EINVAL;

	rw_read_lock(&s->lock);
	v = vm_find(s, start);
	if (v && v->start <= start && v->end >= end) {
		swap_out_range(v, start, end, false);
		err = swap_pages_out(s, start, end, NULL) ==
			(end - start) >> PAGE_SHIFT ? 0 : -EBUSY;
	}
	rw_read_unlock(&s->lock);
	return err;
}

static int store_lab(const char *text, size_t n)
{
	char copy[80], *at = copy;
	const struct replacement *policy;
	unsigned long frames, start, pages;
	struct vm_space *s = current->space, *old;
	int err = 0;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (n >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, n);
	copy[n] = 0;
	policy = replacement_find(word(&at));
	frames = lab_number(word(&at));
	start = lab_number(word(&at));
	pages = lab_number(word(&at));
	mutex_lock(&lab.lock);
	old = end_lab();
	mutex_unlock(&lab.lock);
	if (old)
		vm_space_drop(old);
	if (!strcmp(copy, "off"))
		return 0;
	if (!policy || !frames || frames > LAB_FRAMES || start & ~PAGE_MASK ||
	    !pages || start >= USER_TOP ||
	    pages > (USER_TOP - start) >> PAGE_SHIFT)
		return -EINVAL;
	err = empty_range(s, start, start + (pages << PAGE_SHIFT));
	if (err)
		return err;
	mutex_lock(&lab.lock);
	if (!lab.space) {
		lab.policy = policy;
		lab.limit = (unsigned)frames;
		begin_lab(s, start, start + (pages << PAGE_SHIFT));
	}
	mutex_unlock(&lab.lock);
	return 0;
}

PROC_FILES(files) = {
	{ "lectern/replacement", show_lab, store_lab, .line = true },
};

void lab_init(void)
{
	mutex_init(&lab.lock, "replacement");
}
