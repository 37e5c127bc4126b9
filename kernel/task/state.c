/* SPDX-License-Identifier: MIT */
/* The table of task states (rows B14, D2); <kernel/task/state.h> draws it. */
#include <kernel/task/state.h>
#include <lt/bug.h>

#define S(x) (1u << TASK_##x)
#define SLEEPS (S(INTERRUPTIBLE) | S(UNINTERRUPTIBLE) | S(KILLABLE) | \
	S(STOPPED) | S(TRACED) | S(PARKED))

static const struct {
	const char *name;		/* as in /proc/PID/status */
	char letter;
	unsigned next;			/* mask of the states to which the task
					   may change */
} table[] = {
	/* to RUNNING again: the task was woken before it went to sleep */
	[TASK_RUNNING] = { "running", 'R',
		SLEEPS | S(RUNNING) | S(ZOMBIE) | S(DEAD) },
	/* to the same state: a sleeper tests its condition again */
	[TASK_INTERRUPTIBLE] = { "sleeping", 'S',
		S(RUNNING) | S(INTERRUPTIBLE) },
	[TASK_UNINTERRUPTIBLE] = { "disk sleep", 'D',
		S(RUNNING) | S(UNINTERRUPTIBLE) },
	[TASK_KILLABLE] = { "disk sleep", 'D', S(RUNNING) | S(KILLABLE) },
	[TASK_STOPPED] = { "stopped", 'T', S(RUNNING) | S(STOPPED) },
	[TASK_TRACED] = { "tracing stop", 't', S(RUNNING) | S(TRACED) },
	[TASK_PARKED] = { "parked", 'P', S(RUNNING) | S(PARKED) },
	[TASK_ZOMBIE] = { "zombie", 'Z', S(DEAD) },
	[TASK_DEAD] = { "dead", 'X', 0 },
};

const char *task_state_name(unsigned long state)
{
	return state < ARRAY_SIZE(table) ? table[state].name : "?";
}

char task_state_letter(const struct task *t)
{
	enum task_state state = HINT(t->state);

	/*
	 * Kernel threads sleep without taking signals; like Linux, show S or I
	 * for them.
	 */
	if (HINT(t->flags) & TF_KTHREAD && state == TASK_UNINTERRUPTIBLE)
		return 'S';
	return table[state].letter;
}

void task_state_check(const struct task *t, enum task_state to)
{
	enum task_state from = READ_ONCE(t->state);

	if (!(table[from].next & 1u << to))
		panic("task %d (%s) goes from %s to %s", t->tid, t->comm,
		      table[from].name, table[to].name);
	if (from != to && t == current)
		event_note(EVENT_STATE, from, to, 0);
}
