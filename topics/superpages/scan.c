/* SPDX-License-Identifier: MIT */
/*
 * The thread that collapses pages into superpages (row C5), Linux's khugepaged:
 * it visits the processes in turn, each from its lowest address upwards, checks
 * some tables, and sleeps.
 *
 * Invariant: while scan.lock is free, the thread has no reference to a space.
 */
#define LOG_PREFIX "hugepage"
#include "hugepage.h"
#include <kernel/task/kthread.h>
#include <kernel/task/task.h>
#include <kernel/time/time.h>
#include <lt/init.h>
#include <lt/log.h>
#include <mm/cache/pagecache.h>
#include <mm/frames/slab.h>
#include <mm/vma.h>

static struct {
	struct mutex lock;
	int pid;			/* [lock] process being scanned */
	uaddr_t at;			/* [lock] next address to scan */
	/* scan at once, without sleeping first; accessed without a lock */
	bool now;
	struct wait_queue wait;
} scan = { .wait = WAIT_QUEUE_INIT(scan.wait) };

void huge_scan_now(void)
{
	WRITE_ONCE(scan.now, true);
	wake_up(&scan.wait);
}

static bool switched_on(void)
{
	unsigned shmem = READ_ONCE(huge_switch.shmem);

	return READ_ONCE(huge_switch.anon) != ANON_NEVER ||
		(shmem != SHMEM_NEVER && shmem != SHMEM_DENY);
}

/* ---- one round of the scan ----------------------------------------------- */

/*
 * Return: the space of process scan.pid or of the next process that has one,
 * referenced; NULL: no more processes.  Spaces borrowed by kernel threads do
 * not count.
 */
static struct vm_space *this_space(void)
{
	struct vm_space *s = NULL;
	struct task *t, *best = NULL;

	spin_lock(&tree_lock);
	list_for_each(t, &all_tasks, all_link)
		if (t->process && t->space && t->process->pid >= scan.pid &&
		    (!best || t->process->pid < best->process->pid))
			best = t;
	if (best && best->process->pid != scan.pid) {
		scan.pid = best->process->pid;
		scan.at = 0;
	}
	if (best && vm_space_get_live(best->space))
		s = best->space;
	else if (best)
		scan.pid++;
	spin_unlock(&tree_lock);
	return s;
}

static void next_process(void)
{
	scan.pid++;
	scan.at = 0;
}

/*
 * Find the next piece from scan.at on that is worth collapsing, and subtract
 * the pages checked from *budget.
 * Context: [s->lock].
 * Return: the address of the piece; 0: none.  Then *budget is 0, unless the end
 * of the space was reached.
 */
static uaddr_t find_piece(struct vm_space *s, unsigned *budget)
{
	struct vma *v = vm_find(s, scan.at);

	for (; v; v = vma_next(v)) {
		uaddr_t at = ALIGN_UP(max(scan.at, v->start), HUGE_SIZE);

		for (; *budget && huge_fits(v, at); at += HUGE_SIZE) {
			*budget -= min(*budget, HUGE_PAGES);
			scan.at = at + HUGE_SIZE;
			if (huge_worth(v, at))
				return at;
		}
		if (!*budget)
			return 0;
	}
	return 0;
}

/* Scan a space.  Return: false: no memory for more superpages. */
static bool scan_space(struct vm_space *s, unsigned *budget)
{
	uaddr_t at;
	int err = 0;

	do {
		rw_read_lock(&s->lock);
		at = find_piece(s, budget);
		rw_read_unlock(&s->lock);
		if (at) {
			struct vma *v;

			rw_write_lock(&s->lock);
			v = vm_find(s, at);
			err = v && v->start <= at ?
				huge_collapse(v, at, false) : -EINVAL;
			rw_write_unlock(&s->lock);
			if (!err)
				huge_note(collapsed);
		}
		cond_resched();
	} while (at && err != -ENOMEM);
	if (*budget && err != -ENOMEM)
		next_process();
	return err != -ENOMEM;
}

/*
 * Reclaim memory.  No pages are moved to make room: pages in use may separate
 * free buddies.
 */
static void scan_make_room(void)
{
	pagecache_reclaim(HUGE_PAGES);
	pt_shrink();
	slab_shrink();
}

/* Scan some pages.  Return: the time to sleep, in ms. */
static unsigned look_at_some(void)
{
	unsigned budget = READ_ONCE(huge_switch.scan_pages);
	bool memory = true;

	if (READ_ONCE(huge_deferred)) {
		WRITE_ONCE(huge_deferred, false);
		scan_make_room();
	}
	mutex_lock(&scan.lock);
	while (budget && memory) {
		struct vm_space *s = this_space();

		if (!s && scan.pid)
			huge_note(scans);
		if (!s) {
			scan.pid = 0;
			scan.at = 0;
			break;
		}
		memory = scan_space(s, &budget);
		vm_space_put(s);
	}
	mutex_unlock(&scan.lock);
	return memory ? READ_ONCE(huge_switch.scan_ms) :
		READ_ONCE(huge_switch.alloc_ms);
}

/*
 * Wait until the scan has dropped its reference to a space, so that memory can
 * be counted exactly.
 */
void huge_scan_settle(void)
{
	mutex_lock(&scan.lock);
	mutex_unlock(&scan.lock);
}

static void scan_thread(void *arg __unused)
{
	while (!kthread_should_stop()) {
		unsigned ms = look_at_some();

		(void)wait_event_deadline(&scan.wait, READ_ONCE(scan.now),
			switched_on() ? arch_clock() +
			(u64)ms * (NSEC_PER_SEC / 1000) : 0);
		WRITE_ONCE(scan.now, false);
		cond_resched();
	}
}

static void scan_init(void)
{
	struct task *t;

	mutex_init(&scan.lock, "khugepaged");
	huge_make_room = scan_make_room;
	if (!huge_enabled)
		return;
	t = kthread_create(scan_thread, NULL, "khugepaged");
	if (t)
		task_start(t);
	else
		log_warn("no memory for the thread that scans");
}
INIT(task, scan_init);
