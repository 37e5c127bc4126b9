/* SPDX-License-Identifier: MIT */
/*
 * Parts of tasks and of processes that belong to extensions.  In memory a
 * struct task is followed by a pointer for each kind of part and by a few parts
 * themselves; a struct process is followed by the parts themselves.  Fork, exec
 * and exit call functions for the parts, which stand in tables that the linker
 * gathers.
 *
 *   struct task    | core's fields | io | sem_undo | ... | futex fields | ...
 *   struct process | core's fields | timers | core filter | ...
 *
 * Most parts of a task are pointers, because most tasks lack these parts.  The
 * pointer of a part that a task lacks is NULL, and exit and free are not called
 * for the part.  A few words that nearly every task has lie in the task's
 * record itself.  A process's part exists from the start, so that operations
 * that must not fail need no memory.
 */
#ifndef KERNEL_TASK_PART_H
#define KERNEL_TASK_PART_H

#include <kernel/current.h>
#include <lt/table.h>

/* Types of kcmp(2). */
enum { KCMP_FILE, KCMP_VM, KCMP_FILES, KCMP_FS, KCMP_SIGHAND, KCMP_IO,
       KCMP_SYSVSEM };

struct task_part {
	/*
	 * *at is the offset of the part's pointer, for task_slot(); set before
	 * tasks are created.  Static tasks, such as the boot CPU's idle task,
	 * have no such pointers.
	 */
	unsigned *at;
	/*
	 * Size of a part that lies in the record, in bytes; the part is zero at
	 * first.  copy() is called for each clone; exit() and free() are never
	 * called.
	 * 0: the part is a pointer, NULL while the task has no part.
	 */
	unsigned size;
	/*
	 * The CLONE_ flags (of the low 32 bits) that ask clone(2) to share the
	 * part or to create a new one; unshare(2) has the same flags.
	 */
	u32 flag;
	int kcmp;			/* type of the part in kcmp(2); 0:
					   none */
	/*
	 * Called by clone(2) if current has the part, or if one of the flags
	 * was given.  If copy fails, exit and free are still called.
	 * Return: 0 or -errno.
	 */
	int (*copy)(struct task *child, u64 flags);
	/*
	 * Called when t, which has the part, exits or unshares the part.  t may
	 * also be a task whose clone failed: then it is not current, and no
	 * other task has seen it.
	 * Context: may sleep.
	 */
	void (*exit)(struct task *t);
	/*
	 * Called by unshare(2) with one of the part's flags, even if current
	 * does not have the part; NULL: unshare(2) calls `exit` instead.
	 * Context: no lock; may sleep.
	 * Return: 0; or -errno, and nothing has changed.
	 */
	int (*unshare)(u64 flags);
	/*
	 * Called before the struct of t, which has the part, is freed.
	 * Context: any.
	 */
	void (*free)(struct task *t);
	/*
	 * Return: how many bytes the part would free if t, which has the part,
	 * exited.  pins may be NULL: only a few bytes.
	 * Context: [tree_lock].
	 */
	unsigned long (*pins)(struct task *t);
};

struct process_part {
	unsigned size;			/* bytes; initially zero */
	unsigned *at;			/* *at is the offset, for
					   process_slot() */
	/*
	 * Called when p was created, with its limits set.  parent: NULL for
	 * process 1.
	 */
	void (*init)(struct process *p, struct process *parent);
	/*
	 * Called when p executes another program.  The members exec and exit
	 * may be NULL.
	 * Context: no lock; may sleep.
	 */
	void (*exec)(struct process *p);
	/* Called when p's last thread exits.  Context: no lock; may sleep. */
	void (*exit)(struct process *p);
	/* Like `pins` of struct task_part. */
	unsigned long (*pins)(struct process *p);
};

/*
 * Return: the address of a part's pointer.  at: the offset in the part's table.
 */
static inline void **task_slot(struct task *t, unsigned at)
{
	return (void **)((char *)t + at);
}

/* Return: the address of a part that lies in the record itself. */
static inline void *task_fields(const struct task *t, unsigned at)
{
	return (char *)t + at;
}

static inline void *process_slot(struct process *p, unsigned at)
{
	return (char *)p + at;
}

/*
 * Offset of the first pointer in a task's record; the pointers are in the
 * table's order.
 */
#define TASK_SLOTS	ALIGN_UP((unsigned)sizeof(struct task), sizeof(u64))

extern unsigned task_slots_end;		/* const after init: offset behind the
					   last pointer */
extern u32 task_parts_flags;		/* const after init: flags of all
					   parts */

static inline bool task_has_parts(struct task *t)
{
	void **slot = task_slot(t, TASK_SLOTS);
	void **end = task_slot(t, task_slots_end);

	while (slot < end && !*slot)
		slot++;
	return slot < end;
}

/*
 * Assign offsets to all parts of tasks, or of processes.  Return: the size of a
 * whole record in bytes.
 */
unsigned task_parts_place(void);
unsigned process_parts_place(void);

/* Call the functions of the tables for all parts. */
int task_parts_copy(struct task *child, u64 flags);
void task_parts_exit(struct task *t);
void task_parts_free(struct task *t);	/* for a task that has parts */
/* Call `unshare` of the parts that have one of these flags, for unshare(2). */
int task_parts_unshare(u64 flags);
/* Return: the offset of the part with this type of kcmp(2); 0: none. */
unsigned task_part_kcmp(int type);
/*
 * Return: the bytes held by all parts of t and, if t is a leader, of its
 * process.
 * Context: [tree_lock].
 */
unsigned long task_parts_pins(struct task *t);
void process_parts_init(struct process *p, struct process *parent);
void process_parts_exec(struct process *p);
void process_parts_exit(struct process *p);

#endif
