/* SPDX-License-Identifier: MIT */
/* Shared declarations of the TLB checker. */
#ifndef TOPICS_CHECKERS_TLB_INTERNAL_H
#define TOPICS_CHECKERS_TLB_INTERNAL_H

#include <kernel/task/task.h>
#include <mm/frames/page.h>
#include <mm/tables/pt.h>

#undef pte_write
#undef pte_xchg

#define KERNEL_TREE	(~0u)	/* "root" of the tables all spaces share */
#define SHARED_TREE	(~1u)	/* "root" of a leaf table of several spaces */
#define SUSPECT		(1u << 31)
#define NOTES		16

/*
 * A translation that some CPUs may still hold although the entry has changed.
 */
struct stale {
	u32 root;		/* root's frame number + 1, or KERNEL_TREE */
	u32 pfn;
	vaddr_t va;
	unsigned long by;	/* pc that changed the entry */
	const struct task *task;
	u8 level;
	u8 cpus;
	bool table;		/* the entry was no leaf: pfn is a table */
};

/* The reason why a CPU must not use an identifier before a flush. */
struct note {
	u32 tag;
	enum tlbcheck_find kind;
	struct stale what;
	unsigned long by;	/* pc of the code that freed the frame or reused
				 * the identifier */
};

struct shadow_cpu {
	u32 root, tag;		/* loaded root's frame number + 1, or 0; its
				 * identifier */
	u32 synced;		/* tlbcheck_count at the last icache sync */
	u32 *owner;		/* [identifier] its root; SUSPECT may be set */
	struct note notes[NOTES];
	unsigned nr_notes;
};

extern struct shadow_cpu shadow[TLBCHECK_CPUS];	/* [checker] */
extern struct stale *stale;			/* [checker] */
extern unsigned nr_stale, max_stale;		/* [checker] */
extern u32 tlbcheck_count;			/* [checker] */

/*
 * An error that was found.  The report is printed after the release of the
 * lock.
 */
struct find {
	bool is;
	enum tlbcheck_find kind;
	unsigned cpu;
	struct stale what;
	unsigned long by;
};

unsigned long tlbcheck_lock(void);
/* Release the lock, and stop the machine if an error was found. */
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
 * Context: [checker].
 * Return: true if CPU c may have entries of the root.
 */
static inline bool held(u32 root, unsigned c)
{
	const struct tlbcheck_frame *f = frame_of(root);

	return f->seen >> c & 1 && shadow[c].owner &&
		(shadow[c].owner[f->tag[c]] & ~SUSPECT) == root;
}

/*
 * Require that each CPU that fetches in this root's space has synced since
 * `when`.
 */
void need_fetch(struct page *root, u32 when, vaddr_t va, u32 pfn,
		unsigned long by);
/* A CPU will fetch from p at va: the stores to p must have been cleaned. */
void check_clean(const struct page *p, vaddr_t va, unsigned long by,
		 struct find *find);
void stale_remove(unsigned i);
void stale_add(const struct stale *s);
/* Note an error, unless f already has one. */
void found(struct find *f, enum tlbcheck_find kind, unsigned c,
	   const struct stale *s, unsigned long by);
/*
 * Remove record i, because its translation must not be used any more.  If a CPU
 * may still hold the translation, note an error or mark the CPU's identifier as
 * suspect.
 */
void stale_due(unsigned i, enum tlbcheck_find kind, unsigned long by,
	       struct find *f);
/* Mark the root's identifier on c: it must not be used again before a flush. */
void tlbcheck_suspect(unsigned c, const struct stale *s,
		      enum tlbcheck_find kind, unsigned long by);
void suspect_tag(unsigned c, u32 tag, const struct stale *s,
		 enum tlbcheck_find kind, unsigned long by);

#endif
