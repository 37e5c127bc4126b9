/* SPDX-License-Identifier: MIT */
/*
 * Private pages in programs for breakpoints, as ptrace(2) makes them (row B7).
 * A task of the program makes them, because that may sleep.
 */
#include "session.h"
#include <kernel/smp/smp.h>
#include <kernel/task/work.h>
#include <mm/frames/page.h>
#include <mm/vm.h>

#define COPIES_MAX	8

static bool copies_asked;		/* atomic: work is queued */

/* Context: may sleep. */
static void make_copies(struct task_work *w __unused)
{
	unsigned long at[COPIES_MAX], flags;
	struct vm_space *space = current->space;
	unsigned n = space ? stub_breaks_to_copy(&space, at, COPIES_MAX) : 0;
	struct page *p;
	bool stepped;

	__atomic_store_n(&copies_asked, false, __ATOMIC_RELEASE);
	while (n--)
		if (!vm_get_page(space, at[n], true, &p))
			page_put(p);
	flags = arch_irq_save();
	stepped = stub_take_session(cpu_self());
	stub_asked = stub_hold_others(cpu_self());
	stub_put_breaks();
	stub_let_go(cpu_self(), stub_asked);
	stub_set_owner(stepped ? OWN_STEP : OWN_NONE);
	arch_irq_restore(flags);
}

void stub_ask_for_copies(void)
{
	static struct task_work work = { .fn = make_copies };
	struct vm_space *space = NULL;
	struct task *t = current;
	unsigned long at;

	if (copies_asked || !stub_breaks_to_copy(&space, &at, 1))
		return;
	if (t->space != space)
		for (t = NULL; (t = stub_next_task(t)); )
			if (t->space == space)
				break;
	copies_asked = t && !task_work_add(t, &work);
}
