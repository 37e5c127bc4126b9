/* SPDX-License-Identifier: MIT */
/*
 * Task work: functions that a task calls on its way to user mode, at an AST
 * (row B1).  Any task may push work to the list task->works; only the task that
 * owns the list takes work off, the whole list at once.  CLOSED in place of the
 * list means that no more work is accepted.
 */
#include <kernel/current.h>
#include <kernel/signal/signal.h>
#include <kernel/task/work.h>

static struct task_work closed;
#define CLOSED (&closed)

int task_work_add(struct task *t, struct task_work *w)
{
	struct task_work *head = __atomic_load_n(&t->works, __ATOMIC_RELAXED);

	if (!t->process)
		return -ESRCH;
	do {
		if (head == CLOSED)
			return -ESRCH;
		w->next = head;
	} while (!atomic_publish(&t->works, &head, w));
	task_set_ast(t, AST_WORK);
	return 0;
}

/*
 * Call the functions in the order in which their work was added.  The list
 * begins with the work added last, so reverse it first.
 */
static void run_all(struct task_work *w)
{
	struct task_work *first = NULL, *next;

	for (; w; w = next) {
		next = w->next;
		w->next = first;
		first = w;
	}
	for (; first; first = next) {
		next = first->next;
		first->fn(first);
	}
}

/*
 * Run current's work.  Clear the AST before taking the list: work that is
 * pushed in between sets the AST again.
 */
void task_work_run(void)
{
	struct task *t = current;

	__atomic_fetch_and(&t->ast, ~AST_WORK, __ATOMIC_SEQ_CST);
	run_all(__atomic_exchange_n(&t->works, NULL, __ATOMIC_ACQUIRE));
}

/*
 * Run current's work for the last time.  Afterwards task_work_add() returns
 * -ESRCH, so no work is lost silently.
 */
void task_work_exit(void)
{
	run_all(__atomic_exchange_n(&current->works, CLOSED, __ATOMIC_ACQUIRE));
}
