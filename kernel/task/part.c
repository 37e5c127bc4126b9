/* SPDX-License-Identifier: MIT */
/* Loops over the parts of tasks and processes: <kernel/task/part.h>. */
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
		task_parts_flags |= part->flag;
		if (part->size)
			continue;
		*part->at = at;
		at += sizeof(void *);
	}
	task_slots_end = at;
	at = ALIGN_UP(at, sizeof(u64));
	table_each(part, task_part) {
		if (!part->size)
			continue;
		*part->at = at;
		at += ALIGN_UP(part->size, sizeof(u64));
	}
	return at;
}

/*
 * Return: t's part of that kind; NULL: t has no such part, or the part lies in
 * t's record.
 */
static void *part_of(const struct task_part *part, struct task *t)
{
	return part->size ? NULL : HINT(*task_slot(t, *part->at));
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
	u32 asked = (u32)flags;
	int err;

	table_each(part, task_part) {
		if (unlikely(part->size || asked & part->flag ||
			     part_of(part, current)) && part->copy) {
			err = part->copy(child, flags);
			if (err)
				return err;
		}
	}
	return 0;
}

void task_parts_exit(struct task *t)
{
	table_each(part, task_part)
		if (unlikely(part_of(part, t)) && part->exit)
			part->exit(t);
}

void task_parts_free(struct task *t)
{
	table_each(part, task_part)
		if (unlikely(part_of(part, t)) && part->free)
			part->free(t);
}

int task_parts_unshare(u64 flags)
{
	int err = 0;

	table_each(part, task_part) {
		if (err || !(flags & part->flag))
			continue;
		if (part->unshare)
			err = part->unshare(flags);
		else if (part->exit && part_of(part, current))
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
	unsigned long n = 0;

	table_each(part, task_part)
		if (part_of(part, t) && part->pins)
			n += part->pins(t);
	if (t != t->process->leader)
		return n;
	table_each(part, process_part)
		if (part->pins)
			n += part->pins(t->process);
	return n;
}
