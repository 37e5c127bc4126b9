/* SPDX-License-Identifier: MIT */
/*
 * /dev/kcov: records which kernel code a task runs, for a fuzzer (row B3).  The
 * compiler inserts a call at the start of every basic block.  For a task that
 * asked for it, the call's address is written to a buffer that the task has
 * mapped.
 *
 * fd = open("/dev/kcov")
 * ioctl(fd, KCOV_INIT_TRACE, words)	room for words - 1 addresses
 * area = mmap(fd, words)			area[0] counts them
 * ioctl(fd, KCOV_ENABLE)			for the calling task only
 * ioctl(fd, KCOV_DISABLE)
 *
 * Interrupt handlers are not recorded, because interrupts come at random.
 */
#include <fs/vfs.h>
#include <kernel/lock/lock.h>
#include <kernel/task/part.h>
#include <lt/init.h>
#include <mm/frames/page.h>
#include <mm/cache/pagecache.h>
#include <mm/frames/slab.h>
#include <mm/vm.h>

#define KCOV_INIT_TRACE	(sizeof(long) == 8 ? 0x80086301u : 0x80046301u)
#define KCOV_ENABLE	0x6364u
#define KCOV_DISABLE	0x6365u
#define KCOV_TRACE_PC	0
#define WORDS_MIN	2
#define WORDS_MAX	(1ul << 20)
#define WORDS_PAGE	(PAGE_SIZE / sizeof(unsigned long))
#define DEV_MISC	DEV_MAKE(10, 260)

struct cover {
	ref_t refs;			/* held by the open file and the task */
	struct mutex lock;
	struct task *task;		/* [lock] the task recorded, or NULL */
	struct mapping *mapping;	/* [lock] set once; for mmap(2) */
	unsigned long words;		/* const once the mapping is set */
	unsigned long nr_pages;
	unsigned long **pages;		/* [index] a reference to each page */
};

void __sanitizer_cov_trace_pc(void);

/*
 * Number of tasks being recorded.  While it is 0, which it also is before any
 * task exists, the hook does nothing.
 */
static atomic_t recording;
static unsigned cover_at;

/*
 * Return the address of t's pointer to its recording.  The pointer is NULL if t
 * is not recorded.
 * Context: [own task].
 */
static struct cover **cover_of(struct task *t)
{
	return (struct cover **)task_slot(t, cover_at);
}

void __sanitizer_cov_trace_pc(void)
{
	struct cover *c;
	struct task *t;
	unsigned long n;

	if (likely(!atomic_read(&recording)))
		return;
	t = current;
	/* the first idle task has no task parts */
	if (!t->process || t->in_interrupt)
		return;
	c = READ_ONCE(*cover_of(t));
	if (!c)
		return;
	n = READ_ONCE(c->pages[0][0]) + 1;
	if (n >= c->words)
		return;
	c->pages[n / WORDS_PAGE][n % WORDS_PAGE] =
		(unsigned long)__builtin_return_address(0);
	barrier();
	WRITE_ONCE(c->pages[0][0], n);
}

static void free_pages(struct cover *c)
{
	for (unsigned long k = 0; k < c->nr_pages; k++)
		page_put(virt_page(c->pages[k]));
	kfree(c->pages);
}

static void cover_put(struct cover *c)
{
	if (!ref_put(&c->refs))
		return;
	if (c->mapping) {
		free_pages(c);
		mapping_put_anon(c->mapping);
	}
	kfree(c);
}

/*
 * Get all pages of the buffer.  The program can write to the buffer, too, so
 * the hook checks the count in it at each use.
 */
static int cover_fill(struct cover *c, struct mapping *m)
{
	while (c->nr_pages < (c->words + WORDS_PAGE - 1) / WORDS_PAGE) {
		struct page *p;
		int err = mapping_get(m, c->nr_pages, &p);

		if (err)
			return err;
		c->pages[c->nr_pages++] = page_virt(p);
	}
	return 0;
}

/* Context: [c->lock]. */
static int init_trace(struct cover *c, unsigned long words)
{
	unsigned long pages = (words + WORDS_PAGE - 1) / WORDS_PAGE;
	struct mapping *m;
	int err;

	if (c->mapping)
		return -EBUSY;
	if (words < WORDS_MIN || words > WORDS_MAX)
		return -EINVAL;
	m = mapping_create_anon_limit(pages);
	c->pages = kzalloc(pages * sizeof(*c->pages));
	c->words = words;
	c->nr_pages = 0;
	err = m && c->pages ? cover_fill(c, m) : -ENOMEM;
	if (!err) {
		c->mapping = m;
		return 0;
	}
	free_pages(c);
	if (m)
		mapping_put_anon(m);
	return err;
}

/* Context: [c->lock]. */
static int enable(struct cover *c, unsigned long mode)
{
	if (!c->mapping || mode != KCOV_TRACE_PC)
		return -EINVAL;
	if (c->task || *cover_of(current))
		return -EBUSY;
	c->task = current;
	ref_get(&c->refs);
	WRITE_ONCE(*cover_of(current), c);
	atomic_add(&recording, 1);
	return 0;
}

/*
 * Stop the recording of t.  The caller drops the task's reference.
 * Context: [c->lock].
 */
static void cover_stop(struct cover *c, struct task *t)
{
	atomic_add(&recording, -1);
	WRITE_ONCE(*cover_of(t), NULL);
	c->task = NULL;
}

/* Stop recording t, on exit or by KCOV_DISABLE. */
static void cover_drop(struct task *t)
{
	struct cover *c = *cover_of(t);

	mutex_lock(&c->lock);
	cover_stop(c, t);
	mutex_unlock(&c->lock);
	cover_put(c);
}

static const struct task_part part[] __table(task_part) = {
	{ .at = &cover_at, .exit = cover_drop },
};

static long kcov_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
	struct cover *c = f->private;
	long err = -ENOTTY;

	if (cmd == KCOV_DISABLE) {
		if (arg || *cover_of(current) != c)
			return -EINVAL;
		cover_drop(current);
		return 0;
	}
	mutex_lock(&c->lock);
	if (cmd == KCOV_INIT_TRACE)
		err = init_trace(c, arg);
	else if (cmd == KCOV_ENABLE)
		err = enable(c, arg);
	mutex_unlock(&c->lock);
	return err;
}

static int kcov_mmap(struct file *f, struct vma *v)
{
	struct cover *c = f->private;

	if (!c->mapping || !(v->flags & VM_SHARED))
		return -EINVAL;
	mapping_get_anon(c->mapping);
	v->mapping = c->mapping;
	return 0;
}

static int kcov_open(struct inode *i, struct file *f)
{
	struct cover *c = kzalloc(sizeof(*c));

	if (!c)
		return -ENOMEM;
	ref_init(&c->refs);
	mutex_init(&c->lock, "kcov");
	f->private = c;
	return 0;
}

static void kcov_release(struct file *f)
{
	cover_put(f->private);
}

static const struct file_ops kcov_fops = {
	.open = kcov_open, .release = kcov_release, .ioctl = kcov_ioctl,
	.mmap = kcov_mmap,
};

static void cover_start(void)
{
	int err = dev_register("kcov", S_IFCHR | 0600, DEV_MISC, &kcov_fops,
			       NULL);

	if (err)
		panic("no /dev/kcov: error %d", -err);
}
INIT(task, cover_start);
