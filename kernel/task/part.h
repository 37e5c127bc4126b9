/* SPDX-License-Identifier: MIT */
/*
 * Parts of tasks and of processes that belong to extensions.  A struct task is
 * followed by a pointer for each kind of part and by a few parts themselves, a
 * struct process by the parts themselves.  Tables that the linker gathers have
 * the functions that fork, exec and exit call for the parts.
 *
 *	struct task    | core's fields | io | sem_undo | ... | futex fields | ...
 *	struct process | core's fields | timers | core filter | ...
 *
 * Most parts of a task are pointers, because most tasks do not have them, and
 * then no function is called for them.  A few words that nearly every task has
 * lie in its record.  A process's part exists from the start, so that operations
 * that must not fail need no memory.
 */
#ifndef KERNEL_TASK_PART_H
#define KERNEL_TASK_PART_H

#include <kernel/current.h>
#include <lt/table.h>

/* Numbers of kcmp(2). */
enum { KCMP_FILE, KCMP_VM, KCMP_FILES, KCMP_FS, KCMP_SIGHAND, KCMP_IO,
       KCMP_SYSVSEM };

struct task_part {
	/*
	 * Offset of the pointer, for task_slot(); set before tasks are created.
	 * Static tasks, such as the boot CPU's idle task, have no such
	 * pointers.
	 */
	unsigned *at;
	/*
	 * Bytes that the part takes in the record, zero at first; copy() is
	 * called for each clone, exit() and free() never.
	 * 0: the part is a pointer, NULL while the task has no part.
	 */
	unsigned size;
	/*
	 * The CLONE_ flags (of the low 32 bits) that ask for sharing the part
	 * or for a new one; also for unshare(2).
	 */
	u32 flag;
	int kcmp;			/* its type in kcmp(2); 0: none */
	/*
	 * clone: current has the part, or a flag was given.  If copy fails,
	 * exit and free are still called.  Return: 0 or -errno.
	 */
	int (*copy)(struct task *child, u64 flags);
	/*
	 * t, which has the part, exits or unshares it.  t may also be a task
	 * whose clone failed: then it is not current, and nobody has seen it.
	 * Context: may sleep.
	 */
	void (*exit)(struct task *t);
	/*
	 * unshare(2) with one of the part's flags, even if current does not
	 * have the part; NULL: call `exit` instead.
	 * Context: no lock; may sleep.  Return: 0 or -errno, nothing changed.
	 */
	int (*unshare)(u64 flags);
	/* The struct of t, which has the part, is freed.  Context: any. */
	void (*free)(struct task *t);
	/*
	 * Return: how many bytes the part would free if t, which has the part,
	 * exited; NULL: few.
	 * Context: [tree_lock].
	 */
	unsigned long (*pins)(struct task *t);
};

struct process_part {
	unsigned size;			/* bytes; initially zero */
	unsigned *at;			/* offset, for process_slot() */
	/* p was created, with its limits; parent: NULL for process 1. */
	void (*init)(struct process *p, struct process *parent);
	/*
	 * p executes another program; may be NULL, and so may exit.
	 * Context: no lock; may sleep.
	 */
	void (*exec)(struct process *p);
	/* p's last thread exits.  Context: no lock; may sleep. */
	void (*exit)(struct process *p);
	/* The same as in struct task_part. */
	unsigned long (*pins)(struct process *p);
};

/* Return: the address of a part's pointer; at: from the part's table. */
static inline void **task_slot(struct task *t, unsigned at)
{
	return (void **)((char *)t + at);
}

/* A part that lies in the record itself. */
static inline void *task_fields(const struct task *t, unsigned at)
{
	return (char *)t + at;
}

static inline void *process_slot(struct process *p, unsigned at)
{
	return (char *)p + at;
}

/* Offset of a task's first pointer; pointers are in the table's order. */
#define TASK_SLOTS	ALIGN_UP((unsigned)sizeof(struct task), sizeof(u64))

extern unsigned task_slots_end;		/* const after init: end of pointers */
extern u32 task_parts_flags;		/* const after init: all flags */

static inline bool task_has_parts(struct task *t)
{
	void **slot = task_slot(t, TASK_SLOTS);
	void **end = task_slot(t, task_slots_end);

	while (slot < end && !*slot)
		slot++;
	return slot < end;
}

/* Assign offsets to all parts.  Return: the size of a whole record, bytes. */
unsigned task_parts_place(void);
unsigned process_parts_place(void);

/* Call the functions of the tables for all parts. */
int task_parts_copy(struct task *child, u64 flags);
void task_parts_exit(struct task *t);
void task_parts_free(struct task *t);	/* for a task with parts */
/* unshare(2): call unshare for the parts with one of these flags. */
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
