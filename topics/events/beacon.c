/* SPDX-License-Identifier: MIT */
/*
 * Write text into QEMU's log of executed addresses (row C11): which task a
 * switch goes to, which program a process runs, and where each file is mapped.
 * QEMU can log the address of each instruction and nothing else, so the kernel
 * encodes the text as addresses.  There are 256 instructions that only return;
 * a call of number b writes byte b to the log.
 *
 *	beacon_steps:  ret  ret  ret ... ret	log: ..., beacon_steps + 's',
 *	               0    1    2       255	     beacon_steps + ' ', ...
 *
 * The reader of the log (./lectern profile) ignores everything that runs below
 * event_record(), so instructions are counted as if tracing were off.  The few
 * instructions that pass a site's arguments to event_record() are an exception.
 *
 * The lines; all numbers are hexadecimal:
 *
 *	switch TID PID COMM		fork TID PID
 *	exec PID COMM			exit TID PID
 *	map PID NEW START END OFFSET PATH	an executable mapping
 *					NEW: 1: of the program that exec builds
 */
#define LOG_PREFIX "beacon"
#include "sites.h"
#include <fs/vfs.h>
#include <kernel/smp/smp.h>
#include <kernel/task/task.h>
#include <lib/printf.h>
#include <lt/arch.h>
#include <lt/boot.h>
#include <lt/init.h>
#include <lt/log.h>
#include <mm/vm.h>

__asm__(".pushsection .text\n"
	"	.globl beacon_steps, beacon_steps_end\n"
	"beacon_steps:\n"
	"	.rept 256\n"
	"	ret\n"
	"	.endr\n"
	"beacon_steps_end:\n"
	"	.popsection");
extern const char beacon_steps[], beacon_steps_end[];

/* The next listener, which gets all events, too; or NULL. */
static void (*told)(enum event what, const unsigned long *a);
/* [interrupts off; there is only one CPU] */
static char line[PATH_MAX + 128], path[PATH_MAX];

static void say_byte(u8 c)
{
	size_t size = (size_t)(beacon_steps_end - beacon_steps) / 256;
	void (*step)(void) = (void (*)(void))((uintptr_t)beacon_steps +
					      c * size);

	step();
}

static void say_line(void)
{
	for (const char *s = line; *s; s++)
		say_byte((u8)*s);
	say_byte('\n');
}

static unsigned pid_of(const struct task *t)
{
	return t->process ? (unsigned)t->process->pid : 0;
}

/* Write the line of v, a mapping of s, if v is executable. */
static void say_map(const struct vma *v, const struct vm_space *s)
{
	struct file *f = object_file(v->object);
	const char *name = NULL;
	int err;

	if (!(v->prot & MAP_X) || !current->process)
		return;
	if (f && f->path.dentry)
		name = path_name(&f->path, path, sizeof(path), &err);
	else if (!f && v->object)
		name = "[vdso]";
	if (!name)
		return;
	fmt_print(line, sizeof(line), "map %x %d %lx %lx %llx %s",
		  pid_of(current), s != current->space, v->start, v->end,
		  (unsigned long long)v->pgoff << PAGE_SHIFT, name);
	say_line();
}

static void say_event(enum event what, const struct task *t)
{
	switch (what) {
	case EVENT_SWITCH:
		fmt_print(line, sizeof(line), "switch %x %x %s",
			  (unsigned)t->tid, pid_of(t), t->comm);
		break;
	case EVENT_FORK:
		fmt_print(line, sizeof(line), "fork %x %x", (unsigned)t->tid,
			  pid_of(t));
		break;
	case EVENT_EXEC:
		fmt_print(line, sizeof(line), "exec %x %s", pid_of(current),
			  current->comm);
		break;
	case EVENT_EXIT:
		fmt_print(line, sizeof(line), "exit %x %x",
			  (unsigned)current->tid, pid_of(current));
		break;
	default:
		return;
	}
	say_line();
}

static void beacon_tell(enum event what, const unsigned long *a)
{
	unsigned long flags = arch_irq_save();

	if (what == EVENT_MAP)
		say_map((const struct vma *)a[0],
			(const struct vm_space *)a[1]);
	else
		say_event(what, (const struct task *)a[0]);
	arch_irq_restore(flags);
	if (told)
		told(what, a);
}

/* Start the beacon; a listener that set events_told earlier is called, too. */
static void beacon_init(void)
{
	static const enum event wanted[] = {
		EVENT_SWITCH, EVENT_FORK, EVENT_EXEC, EVENT_EXIT, EVENT_MAP,
	};

	if (!boot_option("beacon"))
		return;
	if (nr_cpus > 1) {
		log_warn("there is one line for all CPUs, and more than one CPU");
		return;
	}
	told = events_told;
	events_told = beacon_tell;
	for (unsigned i = 0; i < ARRAY_SIZE(wanted); i++)
		events_want(wanted[i], 1);
}
INIT(ready, beacon_init);
