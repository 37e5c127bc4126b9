/* SPDX-License-Identifier: MIT */
/* The walks over the parts that tasks and processes have: <kernel/task/part.h>. */
#include "part.h"
#include "task.h"

TABLE(task_part);
TABLE(process_part);

unsigned task_slots_end;
u32 task_parts_flags;

unsigned task_parts_place(void)
{
	unsigned at = TASK_SLOTS;

	table_each(part, task_part) {
		*part->at = at;
		at += sizeof(void *);
		task_parts_flags |= part->flag;
	}
	task_slots_end = at;
	return at;
}

unsigned process_parts_place(void)
{
	unsigned at = ALIGN_UP((unsigned)sizeof(struct process), sizeof(u64));

	table_each(part, process_part) {
		*part->at = at;
		at += ALIGN_UP(part->size, sizeof(u64));
	}
	return at;
}

int task_parts_copy(struct task *child, u64 flags)
{
	void **slot = task_slot(current, TASK_SLOTS);
	u32 shared = (u32)flags;
	int err;

	table_each(part, task_part) {
		if (unlikely(shared & part->flag || HINT(*slot)) && part->copy) {
			err = part->copy(child, flags);
			if (err)
				return err;
		}
		slot++;
	}
	return 0;
}

void task_parts_exit(struct task *t)
{
	void **first = task_slot(t, TASK_SLOTS);
	void **end = task_slot(t, task_slots_end);

	for (void **slot = first; slot < end; slot++)
		if (unlikely(HINT(*slot)) &&
		    __table_task_part[slot - first].exit)
			__table_task_part[slot - first].exit(t);
}

void task_parts_free(struct task *t)
{
	void **slot = task_slot(t, TASK_SLOTS);

	table_each(part, task_part) {
		if (unlikely(*slot) && part->free)
			part->free(t);
		slot++;
	}
}

int task_parts_unshare(u64 flags)
{
	int err = 0;

	table_each(part, task_part) {
		if (err || !(flags & part->flag))
			continue;
		if (part->unshare)
			err = part->unshare(flags);
		else if (part->exit && *task_slot(current, *part->at))
			part->exit(current);
	}
	return err;
}

unsigned task_part_kcmp(int type)
{
	table_each(part, task_part)
		if (part->kcmp == type)
			return *part->at;
	return 0;
}

void process_parts_init(struct process *p, struct process *parent)
{
	table_each(part, process_part)
		part->init(p, parent);
}

void process_parts_exec(struct process *p)
{
	table_each(part, process_part)
		if (part->exec)
			part->exec(p);
}

void process_parts_exit(struct process *p)
{
	table_each(part, process_part)
		if (part->exit)
			part->exit(p);
}

unsigned long task_parts_pins(struct task *t)
{
	void **slot = task_slot(t, TASK_SLOTS);
	unsigned long n = 0;

	table_each(part, task_part) {
		if (HINT(*slot) && part->pins)
			n += part->pins(t);
		slot++;
	}
	if (t != t->process->leader)
		return n;
	table_each(part, process_part)
		if (part->pins)
			n += part->pins(t->process);
	return n;
}
