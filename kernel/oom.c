/* SPDX-License-Identifier: MIT */
/*
 * Out of memory (row D13).  A fault that finds no frame first gives back what
 * the kernel keeps for reuse.  If that is not enough, extension oom chooses a
 * process that dies for it; without, whoever wants the frame does.
 */
#define LOG_PREFIX "oom"
#include <fs/vfs.h>
#include <kernel/oom.h>
#include <kernel/task.h>
#include <lt/bug.h>
#include <lt/log.h>
#include <mm/kmap.h>
#include <mm/page.h>
#include <mm/pt.h>
#include <mm/slab.h>
#include <mm/soft_entry.h>
#include <uapi/signal.h>

#define OOM_ENOUGH	16		/* frames that are worth another try */
#define RECLAIM_FIRST	128		/* pages of files, before all else */

bool (*oom_choose)(void);
TABLE(shrinker);

/*
 * Cheapest first: pages that the disk still has, then what is kept for reuse.
 * Return: frames won, by the look of it.
 */
static unsigned long reclaim(void)
{
	unsigned long before = page_free_count(), now;

	if (pagecache_reclaim(RECLAIM_FIRST) > OOM_ENOUGH)
		return RECLAIM_FIRST;
	/* the write-back thread cleans pages, and unmaps them */
	if (pagecache_wait_hook && pagecache_pages() > page_total() / 16)
		pagecache_wait_hook();
	pagecache_reclaim(RECLAIM_FIRST);
	vfs_shrink();
	kstack_shrink();
	pt_shrink();
	table_each(s, shrinker)
		s->shrink();
	slab_shrink();
	now = page_free_count();
	return now > before ? now - before : 0;
}

/*
 * Before anybody dies, pages that programs map go too, which their files still
 * have: whoever wants memory takes them itself, as the write-back thread comes
 * too late for one that is fast.
 */
bool oom_make_room(void)
{
	return reclaim() > OOM_ENOUGH ||
		pagecache_reclaim_mapped(RECLAIM_FIRST) > OOM_ENOUGH ||
		(soft_entry && soft_entry->make_room(RECLAIM_FIRST));
}

/* Without a choice.  Context: may sleep. */
static bool kill_current(void)
{
	if (current->process == init_process)
		panic("out of memory, and nobody to kill");
	log_err("Out of memory: Killed process %d (%s)",
		current->process->pid, current->comm);
	signal_kernel(current->process, SIGKILL);
	return false;
}

/*
 * Without any lock of the space: who is killed needs it to end.
 */
bool oom_try_again(void)
{
	int again = page_owners ? page_owners->relieve() : -1;

	if (again >= 0 || signal_pending_fatal())
		return again > 0;
	if (page_free_count() > page_reserve() + OOM_ENOUGH)
		return true;
	if (oom_choose)
		return oom_choose();
	return oom_make_room() || kill_current();
}
