/* SPDX-License-Identifier: MIT */
/*
 * Out of memory (row D13).  A page fault that finds no free frame first frees
 * what the kernel keeps for reuse.  If that is not enough, extension oom
 * chooses a process to kill; without the extension the faulting process is
 * killed.  A system call cannot free memory in this way where its allocation
 * fails, because it holds locks that the victim may need to end.  So the call
 * fails; the kernel frees memory in the same way on the return to user mode,
 * and restarts the call.
 */
#define LOG_PREFIX "oom"
#include <fs/vfs.h>
#include "oom.h"
#include <kernel/task/task.h>
#include <lt/bug.h>
#include <lt/init.h>
#include <lt/log.h>
#include <lt/trap_ops.h>
#include <mm/tables/kmap.h>
#include <mm/frames/page.h>
#include <mm/tables/pt.h>
#include <mm/frames/slab.h>
#include <mm/tables/soft_entry.h>
#include <mm/tables/superpage.h>
#include <uapi/errno.h>
#include <uapi/signal.h>

#define OOM_ORDER	3		/* largest block for which a process is
					   killed */
#define OOM_TRIES	200		/* most retries of one call */
#define OOM_ROUNDS	10000		/* most attempts to make room for a
					   retry; most are naps of 4 ms */
#define RECLAIM_FIRST	128		/* file pages to reclaim first */

enum oom_answer (*oom_choose)(void);

static bool are_few_left(unsigned long frames)
{
	return page_free_count() <= page_reserve() + frames;
}

/*
 * True if at most `frames` frames are free beyond the kernel's reserve, or if
 * no free block has 2^order frames or more.
 */
static bool oom_is_short(unsigned long frames, unsigned order)
{
	unsigned long blocks[PAGE_MAX_ORDER + 1];

	if (are_few_left(frames))
		return true;
	page_free_blocks(blocks);
	for (unsigned o = order; o <= PAGE_MAX_ORDER; o++)
		if (blocks[o])
			return false;
	return true;
}

/*
 * Free memory, cheapest first: clean pages of files, then the memory that the
 * kernel keeps for reuse.
 * Return: an estimate of the frames freed.
 */
static unsigned long oom_reclaim(void)
{
	unsigned long before = page_free_count(), now;

	if (pagecache_reclaim(RECLAIM_FIRST) > OOM_ENOUGH)
		return RECLAIM_FIRST;
	/* the write-back thread cleans pages, and unmaps them */
	if (pagecache_pages() > page_total() / 16)
		pagecache_wait();
	pagecache_reclaim(RECLAIM_FIRST);
	vfs_shrink();
	kstack_shrink();
	pt_shrink();
	if (superpage)
		superpage->shrink();
	slab_shrink();
	now = page_free_count();
	return now > before ? now - before : 0;
}

/*
 * Before any process is killed, also reclaim mapped pages of files.  The task
 * that wants memory reclaims them itself, because the write-back thread is too
 * slow for a fast consumer.
 */
bool oom_make_room(void)
{
	return oom_reclaim() > OOM_ENOUGH ||
		pagecache_reclaim_mapped(RECLAIM_FIRST) > OOM_ENOUGH ||
		(soft_entry && soft_entry->make_room(RECLAIM_FIRST));
}

/*
 * Free memory, or choose a process to kill.
 * Context: no lock of the space, because a killed task needs it to end.
 */
static enum oom_answer oom_find_room(unsigned long frames, unsigned order)
{
	int again = page_owners ? page_owners->relieve() : -1;

	if (again >= 0)
		return again ? OOM_AGAIN : OOM_DIE;
	if (signal_pending_fatal())
		return OOM_DIE;
	if (!oom_is_short(frames, order))
		return OOM_AGAIN;
	if (oom_choose)
		return oom_choose();
	return oom_make_room() ? OOM_AGAIN : OOM_NOBODY;
}

/* ---- page faults --------------------------------------------------------- */

/* Kill current, because no other process is to die for it. */
static void kill_current(void)
{
	if (oom_choose || current->process == init_process)
		panic("out of memory, and nobody to kill");
	log_err("Out of memory: Killed process %d (%s)",
		current->process->pid, current->comm);
	signal_kernel(current->process, SIGKILL);
}

bool oom_try_again(void)
{
	enum oom_answer answer = oom_find_room(OOM_ENOUGH, 0);

	if (answer == OOM_NOBODY)
		kill_current();
	return answer == OOM_AGAIN;
}

/* ---- system calls -------------------------------------------------------- */

void oom_note_refused(unsigned order)
{
	if (!current->process || current->in_interrupt)
		return;
	current->refused_order = (u8)order;
	task_set_ast(current, AST_STARVED);
}

/*
 * Note a block of frames that was refused, unless it is too large to kill a
 * process for.
 */
static void oom_note_no_block(unsigned order)
{
	if (order <= OOM_ORDER)
		oom_note_refused(order);
}

/*
 * Make room for a system call that failed.  The failed call has released its
 * own memory, much of it to the kernel's caches, and reclaiming this memory
 * would look like progress each time.  So require twice as many free frames
 * each time the same call fails.
 * Return: like oom_find_room(); OOM_NOBODY also after OOM_TRIES retries or
 * OOM_ROUNDS attempts without success: others may take all that is freed.
 */
static enum oom_answer oom_find_for_call(void)
{
	bool again = current->syscalls == current->refused_call + 1;
	enum oom_answer answer;
	unsigned long enough;

	current->refused_call = current->syscalls;
	current->refused_times = again ? current->refused_times + 1 : 0;
	if (current->refused_times >= OOM_TRIES)
		return OOM_NOBODY;
	enough = oom_enough(current->refused_times, page_total() / 16);
	for (unsigned i = 0; i < OOM_ROUNDS; i++) {
		answer = oom_find_room(enough, current->refused_order);
		if (answer != OOM_AGAIN || !are_few_left(enough))
			return answer;
	}
	return OOM_NOBODY;
}

/*
 * True if the result is an error that means lack of memory, including ENOBUFS
 * (socket(2)) and ENFILE (pipe(2)).
 */
static bool lacks_memory(long result)
{
	return result == -ENOMEM || result == -ENOBUFS || result == -ENFILE;
}

void oom_end_call(struct trapframe *tf)
{
	__atomic_fetch_and(&current->ast, ~AST_STARVED, __ATOMIC_RELAXED);
	if (!tf_is_syscall(tf) || !lacks_memory((long)tf_result(tf)))
		return;
	if (oom_find_for_call() != OOM_AGAIN)
		return;
	tf_set_result(tf, (unsigned long)-ERESTARTNOINTR);
	task_set_ast(current, AST_SIGNAL);
}

static void oom_note_init(void)
{
	page_none_hook = oom_note_no_block;
}
INIT(fs, oom_note_init);
