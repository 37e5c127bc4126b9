/* SPDX-License-Identifier: MIT */
/* What the files of the checker of translations share. */
#ifndef TOPICS_CHECKERS_TLB_INTERNAL_H
#define TOPICS_CHECKERS_TLB_INTERNAL_H

#include <kernel/task/task.h>
#include <mm/frames/page.h>
#include <mm/tables/pt.h>

#undef pte_write
#undef pte_xchg

#define KERNEL_TREE	(~0u)	/* "root" of what all spaces share */
#define SHARED_TREE	(~1u)	/* of a leaf table that several spaces share */
#define SUSPECT		(1u << 31)
#define NOTES		16

/* A translation that some CPUs may still have, and the entry has not. */
struct stale {
	u32 root;		/* its number + 1, or KERNEL_TREE */
	u32 pfn;
	vaddr_t va;
	unsigned long by;	/* pc of who changed the entry */
	const struct task *task;
	u8 level;
	u8 cpus;
	bool table;		/* it led to a table: pfn */
};

/* Why an identifier of a CPU must not be used before it is flushed. */
struct note {
	u32 tag;
	enum tlbcheck_find kind;
	struct stale what;
	unsigned long by;	/* who freed, or gave the identifier away */
};

struct shadow_cpu {
	u32 root, tag;		/* active: root's number + 1, or 0 */
	u32 synced;		/* when instruction fetch was, in the count */
	u32 *owner;		/* by identifier: whose entries; SUSPECT */
	struct note notes[NOTES];
	unsigned nr_notes;
};

extern struct shadow_cpu shadow[TLBCHECK_CPUS];	/* [checker] */
extern struct stale *stale;			/* [checker] */
extern unsigned nr_stale, max_stale;		/* [checker] */
extern u32 tlbcheck_count;			/* [checker] */

/* A find; printed when the checker's lock is free. */
struct find {
	bool is;
	enum tlbcheck_find kind;
	unsigned cpu;
	struct stale what;
	unsigned long by;
};

unsigned long tlbcheck_lock(void);
/* Gives the lock back; a find stops the machine here. */
void tlbcheck_unlock(unsigned long flags, const struct find *f);

static inline unsigned this_cpu(void)
{
	return current->cpu->id;
}

static inline struct tlbcheck_frame *frame_of(u32 number)
{
	return &pfn_page(number - 1)->tlb;
}

/*
 * May CPU c have entries of the root?  Context: under shadow[c].owner's index.
 */
static inline bool held(u32 root, unsigned c)
{
	const struct tlbcheck_frame *f = frame_of(root);

	return f->seen >> c & 1 && shadow[c].owner &&
		(shadow[c].owner[f->tag[c]] & ~SUSPECT) == root;
}

/* Who fetches in the space of this root, was told since. */
void need_fetch(struct page *root, u32 when, vaddr_t va, u32 pfn,
		unsigned long by);
void stale_remove(unsigned i);
void stale_add(const struct stale *s);
/* Note a find, unless f has one already. */
void found(struct find *f, enum tlbcheck_find kind, unsigned c,
	   const struct stale *s, unsigned long by);
/* Its translation must not be had any more, or used where it may be. */
void stale_due(unsigned i, enum tlbcheck_find kind, unsigned long by,
	       struct find *f);
/* The root's identifier on c is not to be used again before a flush. */
void suspect(unsigned c, const struct stale *s, enum tlbcheck_find kind,
	     unsigned long by);
void suspect_tag(unsigned c, u32 tag, const struct stale *s,
		 enum tlbcheck_find kind, unsigned long by);

#endif
