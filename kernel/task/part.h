/* SPDX-License-Identifier: MIT */
/*
 * Parts of tasks and of processes that belong to extensions.  The record of a
 * task ends with a pointer for each kind of part, then with a few parts
 * themselves; that of a process with the parts themselves.  Tables that the
 * linker gathers say what fork, exec and exit do with the parts.
 *
 *	struct task    | core's fields | io | sem_undo | ... | futex fields | ...
 *	struct process | core's fields | timers | core filter | ...
 *
 * Most parts of a task are pointers: most tasks have none, and then nothing is
 * called for them.  A few words that nearly every task has lie in the record,
 * as all parts of a process do: what must not fail needs no memory.
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
	 * Where the pointer lies, for task_slot(); known before tasks are
	 * made.  Those the port begins with, as the first CPU's idle task,
	 * have none.
	 */
	unsigned *at;
	/*
	 * Bytes of the record that the part takes, zero at first; copy() is
	 * called for each clone, exit() and free() never.
	 * 0: a pointer, NULL while the task has no part.
	 */
	unsigned size;
	/*
	 * The CLONE_ flags, of the low 32, that ask to share it or for a new
	 * one; of unshare(2), too.
	 */
	u32 flag;
	int kcmp;			/* its number in kcmp(2); 0: none */
	/*
	 * clone: current has one, or a flag was given.  If it fails, exit
	 * and free still come.  Return: 0 or -errno.
	 */
	int (*copy)(struct task *child, u64 flags);
	/*
	 * t, which has one, ends or unshares it; or t was never seen by
	 * anybody, as its clone failed, and is not current.
	 * Context: may sleep.
	 */
	void (*exit)(struct task *t);
	/*
	 * unshare(2) with one of its flags, whether current has one or not;
	 * NULL: that is `exit`.
	 * Context: no lock; may sleep.  Return: 0 or -errno, nothing changed.
	 */
	int (*unshare)(u64 flags);
	/* The record of t, which has one, goes.  Context: any. */
	void (*free)(struct task *t);
	/*
	 * Bytes that it keeps for t, which has one, and gives back when that
	 * ends; NULL: few.  Context: [tree_lock].
	 */
	unsigned long (*pins)(struct task *t);
};

struct process_part {
	unsigned size;			/* bytes; zero at first */
	unsigned *at;			/* as above, for process_slot() */
	/* p is made, with its limits; parent: NULL for the first process. */
	void (*init)(struct process *p, struct process *parent);
	/*
	 * p begins another program; may be NULL, and so may exit.
	 * Context: no lock; may sleep.
	 */
	void (*exec)(struct process *p);
	/* Its last thread ends.  Context: no lock; may sleep. */
	void (*exit)(struct process *p);
	/* As of a task's part. */
	unsigned long (*pins)(struct process *p);
};

/* A part's pointer, where the table's `at` says. */
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

/* Where a task's pointers begin; they lie in the table's order. */
#define TASK_SLOTS	ALIGN_UP((unsigned)sizeof(struct task), sizeof(u64))

extern unsigned task_slots_end;		/* const after init: behind the last */
extern u32 task_parts_flags;		/* const after init: those of all */

static inline bool task_has_parts(struct task *t)
{
	void **slot = task_slot(t, TASK_SLOTS);
	void **end = task_slot(t, task_slots_end);

	while (slot < end && !*slot)
		slot++;
	return slot < end;
}

/* Give each part its place.  Return: the bytes of a whole record. */
unsigned task_parts_place(void);
unsigned process_parts_place(void);

/* As the tables say; for all parts. */
int task_parts_copy(struct task *child, u64 flags);
void task_parts_exit(struct task *t);
void task_parts_free(struct task *t);	/* of one that has any */
/* unshare(2): of the parts with one of these flags. */
int task_parts_unshare(u64 flags);
/* Return: where the part with that number of kcmp(2) lies; 0: none has it. */
unsigned task_part_kcmp(int type);
/* Bytes of all parts of t, with its process's if it leads that.  [tree_lock] */
unsigned long task_parts_pins(struct task *t);
void process_parts_init(struct process *p, struct process *parent);
void process_parts_exec(struct process *p);
void process_parts_exit(struct process *p);

#endif
