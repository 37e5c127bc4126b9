/* SPDX-License-Identifier: MIT */
/*
 * Write-back of data that is newer in memory than on disks (rows B1, D12, E8):
 * a list of files with dirty pages, and a thread that writes these files.  The
 * thread writes the files that have been dirty for some seconds, and all files
 * when memory is short.
 *
 * Invariant: a file with a dirty page is on the list.  The list holds a
 * reference to the file, so that it is never evicted.
 */
#define LOG_PREFIX "writeback"

#include <lt/init.h>
#include <lt/log.h>
#include <lt/table.h>
#include <fs/io/pagefile.h>
#include <fs/mount/mount.h>
#include <fs/open/fd.h>
#include <fs/path/namei.h>
#include <kernel/task/kthread.h>
#include <kernel/task/task.h>
#include <kernel/time/time.h>
#include <mm/cache/pagecache.h>
#include <syscalls.h>
#include <topics/kthreads/control.h>
#include "blkdev.h"


#define MAX_AGE		((u64)(5 * NSEC_PER_SEC))	/* of dirty data */
#define WAIT_SOME	(20 * NSEC_PER_SEC / 1000)
#define RECLAIM		256			/* pages to reclaim at once */

static struct {
	struct spinlock lock;		/* IPL_CLOCK */
	struct list dirty;		/* [lock] oldest first */
	bool pressure;			/* memory is short */
	bool timed;			/* [lock] the thread uses a timer */
	unsigned long passes;		/* number of completed passes */
	struct wait_queue work;		/* the thread waits here */
	struct wait_queue done;		/* waiters for a pass */
	struct wait_queue handed;	/* waiters for super.in_hand == 0 */
	struct mutex supers_lock;	/* outermost sleeping lock */
	struct list supers;		/* [supers_lock] */
	struct task *thread;		/* const after init */
} wb = {
	.lock = SPIN_INIT("writeback", IPL_CLOCK),
	.dirty = LIST_INIT(wb.dirty),
	.work = WAIT_QUEUE_INIT(wb.work),
	.done = WAIT_QUEUE_INIT(wb.done),
	.handed = WAIT_QUEUE_INIT(wb.handed),
	.supers = LIST_INIT(wb.supers),
};

/* ---- the list ------------------------------------------------------------ */

/* Wake the thread if it sleeps without a timer. */
static void start_clock(void)
{
	bool wake;

	spin_lock(&wb.lock);
	wake = !wb.timed;
	wb.timed = true;
	spin_unlock(&wb.lock);
	if (wake)
		wake_up(&wb.work);
}

/*
 * List the file of m.  Called by mapping_dirty_slow() under the same hold of
 * m->lock that marks the page: the writer that finds the file on the list also
 * finds the page.
 * Context: [m->lock].
 */
void writeback_dirtied(struct mapping *m)
{
	struct inode *i = mapping_inode(m);

	spin_must_hold(&m->lock);
	spin_lock(&wb.lock);
	if (list_empty(&i->dirty_link)) {
		inode_get(i);
		i->dirty_since = arch_clock();
		list_append(&wb.dirty, &i->dirty_link);
	}
	spin_unlock(&wb.lock);
	start_clock();
}

/* Context: [wb.lock]. */
static bool writeback_unlist(struct inode *i)
{
	bool was = !list_empty(&i->dirty_link);

	list_remove(&i->dirty_link);
	return was;
}

/*
 * Take i off the list.  Called when the last name of an unused file is removed:
 * its pages need not be written.
 */
void writeback_forget(struct inode *i)
{
	bool was;

	spin_lock(&wb.lock);
	was = writeback_unlist(i);
	spin_unlock(&wb.lock);
	if (was)
		inode_put(i);
}

/*
 * Take off the list the first file of s (NULL: of any file system) that became
 * dirty no later than `before`.  The caller takes over the list's reference.
 */
static struct inode *writeback_take(const struct super *s, u64 before)
{
	struct inode *i, *found = NULL;

	spin_lock(&wb.lock);
	list_for_each(i, &wb.dirty, dirty_link) {
		if (i->dirty_since > before)
			break;
		if (!s || i->super == s) {
			found = i;
			break;
		}
	}
	if (found) {
		list_remove(&found->dirty_link);
		if (found->super)
			found->super->in_hand++;
	}
	spin_unlock(&wb.lock);
	return found;
}

/*
 * Put a file from writeback_take().  Until then its file system cannot be
 * unmounted.
 */
static void hand_back(struct inode *i)
{
	struct super *s = i->super;
	bool last;

	inode_put(i);
	if (!s)			/* i is the inode of a disk */
		return;
	spin_lock(&wb.lock);
	last = !--s->in_hand;
	spin_unlock(&wb.lock);
	if (last)
		wake_up(&wb.handed);
}

static bool any_in_hand(const struct super *s)
{
	bool any;

	spin_lock(&wb.lock);
	any = s->in_hand;
	spin_unlock(&wb.lock);
	return any;
}

/*
 * Put a file from writeback_take(); if pages have become dirty again, list it
 * again.
 */
static void put_back(struct inode *i)
{
	struct mapping *m = &i->mapping;

	spin_lock(&m->lock);
	if (m->nr_dirty)
		writeback_dirtied(m);
	spin_unlock(&m->lock);
	hand_back(i);
}

/*
 * Write files one by one, without the list's lock.  A file that becomes dirty
 * meanwhile is younger than `before`, so the loop ends.
 * Return: with wait, 0 or the first error.
 */
static int write_files(const struct super *s, u64 before, bool wait)
{
	struct inode *i;
	int err = 0, e;

	while ((i = writeback_take(s, before))) {
		e = pageio_write(&i->mapping, 0, ~0ul, wait);
		if (e && !err)
			err = e;
		put_back(i);
	}
	return err;
}

int writeback_super(struct super *s)
{
	return write_files(s, arch_clock(), true);
}

/* Drop dirty pages: the file system is damaged and being unmounted. */
void writeback_drop(struct super *s)
{
	struct inode *i;

	/* a task that is writing a file may put it back on the list */
	wait_event(&wb.handed, !any_in_hand(s));
	while ((i = writeback_take(s, ~0ull))) {
		mapping_truncate(&i->mapping, 0);
		hand_back(i);
	}
}

/* ---- file systems -------------------------------------------------------- */

void writeback_add_super(struct super *s)
{
	mutex_lock(&wb.supers_lock);
	list_append(&wb.supers, &s->sync_link);
	mutex_unlock(&wb.supers_lock);
}

void writeback_remove_super(struct super *s)
{
	mutex_lock(&wb.supers_lock);
	list_remove(&s->sync_link);
	mutex_unlock(&wb.supers_lock);
}

/*
 * Note that metadata of s that lies outside pages has changed.  The age of the
 * metadata counts from the first change.
 */
void writeback_kick(struct super *s)
{
	if (READ_ONCE(s->dirty_since))
		return;
	WRITE_ONCE(s->dirty_since, arch_clock());
	start_clock();
}

/*
 * Write the own data of file systems.  dirty_since is cleared before s->sync(),
 * so that a change during it starts a new age.
 */
static void sync_supers(u64 before)
{
	struct super *s;

	mutex_lock(&wb.supers_lock);
	list_for_each(s, &wb.supers, sync_link) {
		u64 since = READ_ONCE(s->dirty_since);

		if (!since || since > before)
			continue;
		WRITE_ONCE(s->dirty_since, 0);
		s->sync(s);
	}
	mutex_unlock(&wb.supers_lock);
}

/*
 * sync(2): start all writes, then wait for them; then write the file systems'
 * own data; then flush the disks' caches.
 */
static void sync_disks(void)
{
	struct block_device *d;
	u64 now = arch_clock();

	write_files(NULL, now, false);
	write_files(NULL, ~0ull, true);
	sync_supers(~0ull);
	for (unsigned k = 0; (d = block_nth(k)); k++) {
		/* pages being written are on no list */
		mapping_writeback_wait(&d->inode->mapping);
		if (!d->disk)
			block_flush(d);
	}
}

static void shutdown_disks(void)
{
	struct super *s;

	sync_disks();
	mutex_lock(&wb.supers_lock);
	list_for_each(s, &wb.supers, sync_link)
		if (s->remount)
			s->remount(s, true);
	mutex_unlock(&wb.supers_lock);
}

/* ---- pressure ------------------------------------------------------------ */

/*
 * Ask the thread to write all files.  Called from page_alloc(), in any context.
 */
static void low_memory(void)
{
	if (HINT(wb.pressure) || !HINT(wb.thread))
		return;
	WRITE_ONCE(wb.pressure, true);
	wake_up(&wb.work);
}

/*
 * Let the thread make a pass over all files, and wait a limited time for it.
 * Return: false: current is the thread, or there is none yet.
 */
static bool writeback_wait_for_pass(void)
{
	unsigned long now = READ_ONCE(wb.passes);

	if (current == wb.thread || !wb.thread)
		return false;
	low_memory();
	wait_event_(&wb.done, READ_ONCE(wb.passes) != now,
		    TASK_UNINTERRUPTIBLE, arch_clock() + WAIT_SOME);
	return true;
}

/*
 * Make a writer that is faster than the disk write its own file.  If more than
 * an eighth of memory is dirty, it starts writes; above a fifth, it also waits
 * for them.  Otherwise other tasks would find memory full of pages that cannot
 * be dropped.
 */
void writeback_throttle(struct mapping *m)
{
	if (likely(pagecache_dirty() < page_total() / 8))
		return;
	low_memory();
	pageio_write(m, 0, ~0ul, pagecache_dirty() > page_total() / 5);
}

/*
 * Reclaim clean unmapped pages first, and mapped ones only if that was not
 * enough.
 */
static void writeback_make_room(void)
{
	if (page_free_count() < 2 * page_low_mark())
		pagecache_reclaim(RECLAIM);
	if (page_free_count() < page_low_mark())
		pagecache_reclaim_mapped(RECLAIM);
}

/* ---- the thread ---------------------------------------------------------- */

static bool anything_dirty(void)
{
	struct super *s;
	bool any;

	spin_lock(&wb.lock);
	any = !list_empty(&wb.dirty);
	spin_unlock(&wb.lock);
	mutex_lock(&wb.supers_lock);
	list_for_each(s, &wb.supers, sync_link)
		any |= READ_ONCE(s->dirty_since) != 0;
	mutex_unlock(&wb.supers_lock);
	return any;
}

/*
 * Write what is due.  `timed` is cleared before the lists are scanned, so that
 * data that becomes dirty later wakes the thread again.
 */
static void writeback_pass(void)
{
	bool pressure;
	u64 now = arch_clock();

	pressure = HINT(wb.pressure);
	WRITE_ONCE(wb.pressure, false);
	spin_lock(&wb.lock);
	wb.timed = false;
	spin_unlock(&wb.lock);
	if (pressure)
		writeback_make_room();
	write_files(NULL, pressure ? now : now - min(now, MAX_AGE), false);
	sync_supers(now - min(now, MAX_AGE));
	if (pressure)
		writeback_make_room();
	WRITE_ONCE(wb.passes, wb.passes + 1);
	wake_up(&wb.done);
}

/*
 * Run passes.  With nothing dirty the thread sets no timer, so that an idle
 * machine sleeps.
 */
static void writeback_thread(void *arg __unused)
{
	while (!kthread_should_stop()) {
		ktime_t until = anything_dirty() ?
			arch_clock() + MAX_AGE / 2 : 0;

		wait_event_(&wb.work, READ_ONCE(wb.pressure) ||
			    (!until && READ_ONCE(wb.timed)) ||
			    kthread_called(), TASK_UNINTERRUPTIBLE, until);
		kthread_park_here();
		writeback_pass();
	}
}

static const struct writeback_ops ops = {
	.memory_low = low_memory, .wait = writeback_wait_for_pass,
	.sync = sync_disks, .shutdown = shutdown_disks,
};

static void writeback_init(void)
{
	struct task *t;

	mutex_init(&wb.supers_lock, "file systems");
	t = kthread_create(writeback_thread, NULL, "writeback");
	if (!t)
		panic("no memory for the write-back thread");
	wb.thread = t;
	writeback_ops = &ops;
	task_start(t);
}
INIT(task, writeback_init);

/* ---- sync(2) ------------------------------------------------------------- */

/* sync_file_range(2): write some pages of a file to its disk. */

#define SYNC_FILE_RANGE_WAIT_BEFORE	1
#define SYNC_FILE_RANGE_WRITE		2
#define SYNC_FILE_RANGE_WAIT_AFTER	4
#define SYNC_FILE_RANGE_ALL		7

/* Sync the pages of [pos, end); end == pos: to the end of the file. */
static int sync_range(struct mapping *m, loff_t pos, loff_t end,
		      unsigned flags)
{
	unsigned long first = page_of_pos(pos);
	unsigned long last = end > pos ? page_of_pos(end - 1) : ~0ul;
	int err = 0;

	if (flags & SYNC_FILE_RANGE_WAIT_BEFORE)
		err = m->ops->write_wait(m);
	if (!err && flags & SYNC_FILE_RANGE_WRITE)
		err = m->ops->write_pages(m, first, last, false);
	if (!err && flags & SYNC_FILE_RANGE_WAIT_AFTER)
		err = m->ops->write_wait(m);
	return err;
}

long sys_sync_file_range(int fd, loff_t pos, loff_t len, unsigned flags)
{
	struct fdref r;
	loff_t end;
	long err = 0;

	r = fdref_get(fd);
	if (!r.file)
		return -EBADF;
	if (flags & ~SYNC_FILE_RANGE_ALL || pos < 0 || len < 0 ||
	    __builtin_add_overflow(pos, len, &end))
		err = -EINVAL;
	else if (!S_ISREG(r.file->inode->mode) && !S_ISDIR(r.file->inode->mode) &&
	    !S_ISBLK(r.file->inode->mode))
		err = -ESPIPE;
	else if (flags && file_mapping(r.file))
		err = sync_range(file_mapping(r.file), pos, end, flags);
	fdref_put(r);
	return err;
}
