/* SPDX-License-Identifier: MIT */
/*
 * GDB's `monitor`: information about the stopped kernel (row B7).  No lock is
 * taken, so a list that was being changed may be cut off.
 */
#include "gdbstub.h"
#include <kernel/smp/smp.h>
#include <kernel/task/task.h>
#include <kernel/task/state.h>
#include <lib/mem.h>
#include <lt/log.h>
#include <mm/vm.h>

#define LINES_MAX	100000

static void show_tasks(void *arg __unused)
{
	struct task *t = NULL;

	stub_print("  tid   pid  state       CPU  name\n");
	for (int n = 0; n < LINES_MAX && (t = stub_next_task(t)); n++) {
		struct stub_thread at;

		stub_find(t, &at);
		stub_print("%5d %5d  %-10s %c%3u  %s\n", t->tid,
			   t->process ? t->process->pid : 0,
			   task_state_name(t->state),
			   at.frame || at.pc ? '*' : ' ', t->cpu->id, t->comm);
	}
}

static void show_vmas(void *arg)
{
	const struct task *t = arg;
	struct vma *v;
	int n = 0;

	if (!t->space) {
		stub_print("no space: a thread of the kernel's\n");
		return;
	}
	list_for_each(v, &t->space->vmas, link) {
		if (n++ == LINES_MAX)
			return;
		stub_print("%#lx-%#lx %c%c%c %s\n", v->start, v->end,
			   v->prot & MAP_R ? 'r' : '-',
			   v->prot & MAP_W ? 'w' : '-',
			   v->prot & MAP_X ? 'x' : '-',
			   v->object ? "of a file" : vma_name(v));
	}
}

static void show_locks(void *arg __unused)
{
	struct task *t = NULL;

	for (int n = 0; n < LINES_MAX && (t = stub_next_task(t)); n++) {
		struct stub_thread at;

		stub_find(t, &at);
		/* the ipl of a sleeping task is meaningless */
		if (t->nr_locks || ((at.frame || at.pc) && t->ipl))
			stub_print("task %d (%s): %u locks, level %u\n",
				   t->tid, t->comm, t->nr_locks, t->ipl);
	}
}

static void show_log(void *arg __unused)
{
	static char line[256];		/* [owner of the session] */

	for (u64 seq = log_first(); seq < log_next(); seq++) {
		size_t n = log_read(seq, line, sizeof(line), false);

		stub_print("%.*s", (int)n, line);
	}
}

static void help(void *arg __unused)
{
	stub_print("monitor ps          tasks; *: a CPU runs it\n"
		   "monitor vma [PID]   areas of a program; none: of the one "
		   "that stopped\n"
		   "monitor locks       who holds locks, or keeps interrupts "
		   "off\n"
		   "monitor log         the kernel's log\n");
}

static struct task *asked_for(const char *s)
{
	unsigned long id = 0;

	while (*s == ' ')
		s++;
	if (!*s)
		return cpu_self()->running;
	for (; *s >= '0' && *s <= '9' && id < 1ul << 30; s++)
		id = id * 10 + (unsigned long)(*s - '0');
	return *s ? NULL : stub_task(id);
}

void stub_monitor(const char *command)
{
	static const struct {
		const char *name;
		void (*show)(void *arg);
	} commands[] = {
		{ "ps", show_tasks }, { "locks", show_locks },
		{ "log", show_log }, { "help", help },
	};
	void (*show)(void *arg) = NULL;
	struct task *t = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(command, commands[i].name))
			show = commands[i].show;
	if (!strncmp(command, "vma", 3) && (!command[3] || command[3] == ' ')) {
		show = show_vmas;
		t = asked_for(command + 3);
		if (!t) {
			stub_print("no such task\n");
			return;
		}
	}
	if (!show)
		stub_print("%s: unknown; monitor help lists what there is\n",
			   command);
	else if (!stub_try(show, t))
		stub_print("... and no further: it is being changed\n");
}
