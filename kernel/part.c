/* SPDX-License-Identifier: MIT */
/* The walks over the parts that tasks and processes have: <kernel/part.h>. */
#include <kernel/part.h>

TABLE(task_part);
TABLE(process_part);

unsigned task_parts_place(void)
{
	unsigned at = ALIGN_UP((unsigned)sizeof(struct task), sizeof(u64));

	table_each(part, task_part)
		if (part->at) {
			*part->at = at;
			at += sizeof(void *);
		}
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

static bool has(struct task *t, const struct task_part *part)
{
	return !part->at || *task_slot(t, *part->at);
}

int task_parts_copy(struct task *child, u64 flags)
{
	int err = 0;

	table_each(part, task_part)
		if (!err && part->copy &&
		    (flags & part->flag || unlikely(has(current, part))))
			err = part->copy(child, flags);
	return err;
}

void task_parts_exit(struct task *t)
{
	table_each(part, task_part)
		if (part->exit && unlikely(has(t, part)))
			part->exit(t);
}

void task_parts_free(struct task *t)
{
	table_each(part, task_part)
		if (part->free && unlikely(has(t, part)))
			part->free(t);
}

void task_parts_unshare(u64 flags)
{
	table_each(part, task_part)
		if (flags & part->flag && part->exit && has(current, part))
			part->exit(current);
}

unsigned task_part_kcmp(int type)
{
	table_each(part, task_part)
		if (part->kcmp == type)
			return *part->at;
	return 0;
}

void process_parts_init(struct process *p)
{
	table_each(part, process_part)
		if (part->init)
			part->init(p);
}

void process_parts_copy(struct process *child, struct process *parent)
{
	table_each(part, process_part)
		if (part->copy)
			part->copy(child, parent);
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
