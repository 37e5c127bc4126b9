/* SPDX-License-Identifier: MIT */
/* What happens when memory is out (row D13). */
#ifndef MM_OOM_H
#define MM_OOM_H

#include <lt/types.h>

struct process;

#define OOM_ADJ_MIN	(-1000)		/* never kill */
#define OOM_ADJ_MAX	1000
#define OOM_ENOUGH	16		/* frames that are worth another try */

/*
 * Called after VM_FAULT_OOM, without locks: reclaims, or kills and waits.
 * => true: try the fault again; false: the caller itself is to die
 */
bool oom_try_again(void);
/* How much p is to blame, in pages; 0: it must live.  => [tree_lock] */
unsigned long oom_badness(struct process *p);
/* Give back what caches keep.  => frames freed.  No locks held; may sleep */
unsigned long mm_reclaim(void);

#endif
