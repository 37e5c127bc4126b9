/* SPDX-License-Identifier: MIT */
/*
 * The events (row C11).  Names, fields and output lines are Linux's, so that
 * scripts for Linux work.  Events that Linux does not have are in the system
 * `lectern`.  Events of disks are in with_disk.c.
 */
#include "tracefs.h"
#include <kernel/irq/irq.h>
#include <kernel/sched/policy/rt.h>
#include <kernel/syscall/table.h>
#include <kernel/task/state.h>
#include <lib/mem.h>
#include <lib/printf.h>
#include <lt/init.h>
#include <lt/trap_ops.h>
#include <mm/frames/page.h>
#include <mm/vm.h>

/* Linux's numbers: 0 is the highest real-time priority, 120 is nice 0. */
static int prio_of(const struct task *t)
{
	if (t->rt_priority == RT_DEADLINE)
		return -1;
	return t->rt_priority ? 99 - t->rt_priority : 120 + t->nice;
}

/*
 * Copy the task's name; an idle task gets Linux's name for it.
 * Return: the task's number.
 */
static int event_copy_name(char comm[TASK_COMM], const struct task *t)
{
	if (t->tid)
		memcpy(comm, t->comm, TASK_COMM);
	else
		fmt_print(comm, TASK_COMM, "swapper/%u", t->cpu->id);
	return t->tid;
}

/* Set the fields prefix##pid and prefix##comm of r. */
#define NAME(r, prefix, t) \
	((r)->prefix##pid = event_copy_name((r)->prefix##comm, (t)))

/* ---- sched --------------------------------------------------------------- */

struct sched_switch {
	struct trace_common common;
	char prev_comm[TASK_COMM];
	int prev_pid, prev_prio;
	long prev_state;
	char next_comm[TASK_COMM];
	int next_pid, next_prio;
};

static const struct trace_field sched_switch_fields[] = {
	TRACE_TEXT(sched_switch, prev_comm, 16),
	TRACE_NUMBER(sched_switch, pid_t, prev_pid, true),
	TRACE_NUMBER(sched_switch, int, prev_prio, true),
	TRACE_NUMBER(sched_switch, long, prev_state, true),
	TRACE_TEXT(sched_switch, next_comm, 16),
	TRACE_NUMBER(sched_switch, pid_t, next_pid, true),
	TRACE_NUMBER(sched_switch, int, next_prio, true),
};

/* Linux's state bits, in the order of their letters. */
#define STATES "SDTtXZPI"
#define WAS_PREEMPTED 0x100

static long state_bits(const struct task *t)
{
	const char *at;

	if (READ_ONCE(t->state) == TASK_RUNNING)
		return t->preempted ? WAS_PREEMPTED : 0;
	at = strchr(STATES, task_state_letter(t));
	return at ? 1l << (at - STATES) : 0;
}

static unsigned sched_switch_fill(void *record, const unsigned long *a)
{
	struct sched_switch *r = record;
	const struct task *prev = current, *next = (const struct task *)a[0];

	NAME(r, prev_, prev);
	r->prev_prio = prio_of(prev);
	r->prev_state = state_bits(prev);
	NAME(r, next_, next);
	r->next_prio = prio_of(next);
	return 0;
}

static void sched_switch_show(struct seq *s, const void *record)
{
	const struct sched_switch *r = record;
	long bits = r->prev_state & (WAS_PREEMPTED - 1);

	seq_print(s, "prev_comm=%s prev_pid=%d prev_prio=%d prev_state=",
		  r->prev_comm, r->prev_pid, r->prev_prio);
	if (!bits)
		seq_print(s, "R");
	for (int i = 0; STATES[i]; i++)
		if (bits & 1l << i)
			seq_print(s, "%c", STATES[i]);
	seq_print(s, "%s ==> next_comm=%s next_pid=%d next_prio=%d",
		  r->prev_state & WAS_PREEMPTED ? "+" : "", r->next_comm,
		  r->next_pid, r->next_prio);
}

TRACE_EVENT(sched, sched_switch, EVENT_SWITCH, sched_switch,
	"\"prev_comm=%s prev_pid=%d prev_prio=%d prev_state=%s%s ==> "
	"next_comm=%s next_pid=%d next_prio=%d\", REC->prev_comm, "
	"REC->prev_pid, REC->prev_prio, (REC->prev_state & ((((0x00000000 | "
	"0x00000001 | 0x00000002 | 0x00000004 | 0x00000008 | 0x00000010 | "
	"0x00000020 | 0x00000040) + 1) << 1) - 1)) ? __print_flags(REC->"
	"prev_state & ((((0x00000000 | 0x00000001 | 0x00000002 | 0x00000004 | "
	"0x00000008 | 0x00000010 | 0x00000020 | 0x00000040) + 1) << 1) - 1), "
	"\"|\", { 0x00000001, \"S\" }, { 0x00000002, \"D\" }, { 0x00000004, "
	"\"T\" }, { 0x00000008, \"t\" }, { 0x00000010, \"X\" }, { 0x00000020, "
	"\"Z\" }, { 0x00000040, \"P\" }, { 0x00000080, \"I\" }) : \"R\", "
	"REC->prev_state & (((0x00000000 | 0x00000001 | 0x00000002 | "
	"0x00000004 | 0x00000008 | 0x00000010 | 0x00000020 | 0x00000040) + 1) "
	"<< 1) ? \"+\" : \"\", REC->next_comm, REC->next_pid, "
	"REC->next_prio");

struct sched_wakeup {
	struct trace_common common;
	char comm[TASK_COMM];
	int pid, prio, target_cpu;
};

static const struct trace_field sched_wakeup_fields[] = {
	TRACE_TEXT(sched_wakeup, comm, 16),
	TRACE_NUMBER(sched_wakeup, pid_t, pid, true),
	TRACE_NUMBER(sched_wakeup, int, prio, true),
	TRACE_NUMBER(sched_wakeup, int, target_cpu, true),
};

static unsigned sched_wakeup_fill(void *record, const unsigned long *a)
{
	struct sched_wakeup *r = record;
	const struct task *t = (const struct task *)a[0];

	NAME(r, , t);
	r->prio = prio_of(t);
	r->target_cpu = (int)t->cpu->id;
	return 0;
}

static void sched_wakeup_show(struct seq *s, const void *record)
{
	const struct sched_wakeup *r = record;

	seq_print(s, "comm=%s pid=%d prio=%d target_cpu=%03d", r->comm, r->pid,
		  r->prio, r->target_cpu);
}

#define WAKEUP_FORMAT "\"comm=%s pid=%d prio=%d target_cpu=%03d\", " \
	"REC->comm, REC->pid, REC->prio, REC->target_cpu"

TRACE_EVENT(sched, sched_wakeup, EVENT_WAKEUP, sched_wakeup, WAKEUP_FORMAT);
TRACE_EVENT(sched, sched_wakeup_new, EVENT_NEW, sched_wakeup, WAKEUP_FORMAT);

struct sched_process_fork {
	struct trace_common common;
	char parent_comm[TASK_COMM];
	int parent_pid;
	char child_comm[TASK_COMM];
	int child_pid;
};

static const struct trace_field sched_process_fork_fields[] = {
	TRACE_TEXT(sched_process_fork, parent_comm, 16),
	TRACE_NUMBER(sched_process_fork, pid_t, parent_pid, true),
	TRACE_TEXT(sched_process_fork, child_comm, 16),
	TRACE_NUMBER(sched_process_fork, pid_t, child_pid, true),
};

static unsigned sched_process_fork_fill(void *record, const unsigned long *a)
{
	struct sched_process_fork *r = record;

	NAME(r, parent_, current);
	NAME(r, child_, (const struct task *)a[0]);
	return 0;
}

static void sched_process_fork_show(struct seq *s, const void *record)
{
	const struct sched_process_fork *r = record;

	seq_print(s, "comm=%s pid=%d child_comm=%s child_pid=%d",
		  r->parent_comm, r->parent_pid, r->child_comm, r->child_pid);
}

TRACE_EVENT(sched, sched_process_fork, EVENT_FORK, sched_process_fork,
	"\"comm=%s pid=%d child_comm=%s child_pid=%d\", REC->parent_comm, "
	"REC->parent_pid, REC->child_comm, REC->child_pid");

struct sched_process_exec {
	struct trace_common common;
	u32 filename;
	int pid, old_pid;
};

static const struct trace_field sched_process_exec_fields[] = {
	TRACE_LOC(sched_process_exec, filename),
	TRACE_NUMBER(sched_process_exec, pid_t, pid, true),
	TRACE_NUMBER(sched_process_exec, pid_t, old_pid, true),
};

static unsigned sched_process_exec_fill(void *record, const unsigned long *a)
{
	struct sched_process_exec *r = record;

	r->pid = current->tid;
	r->old_pid = (int)a[1];
	return trace_text(r, sizeof(*r), (const char *)a[0], &r->filename);
}

static void sched_process_exec_show(struct seq *s, const void *record)
{
	const struct sched_process_exec *r = record;

	seq_print(s, "filename=%s pid=%d old_pid=%d",
		  trace_text_of(r, r->filename), r->pid, r->old_pid);
}

TRACE_EVENT(sched, sched_process_exec, EVENT_EXEC, sched_process_exec,
	"\"filename=%s pid=%d old_pid=%d\", __get_str(filename), REC->pid, "
	"REC->old_pid");

struct sched_process_exit {
	struct trace_common common;
	char comm[TASK_COMM];
	int pid, prio;
};

static const struct trace_field sched_process_exit_fields[] = {
	TRACE_TEXT(sched_process_exit, comm, 16),
	TRACE_NUMBER(sched_process_exit, pid_t, pid, true),
	TRACE_NUMBER(sched_process_exit, int, prio, true),
};

static unsigned sched_process_exit_fill(void *record, const unsigned long *a)
{
	struct sched_process_exit *r = record;

	NAME(r, , current);
	r->prio = prio_of(current);
	return 0;
}

static void sched_process_exit_show(struct seq *s, const void *record)
{
	const struct sched_process_exit *r = record;

	seq_print(s, "comm=%s pid=%d prio=%d", r->comm, r->pid, r->prio);
}

TRACE_EVENT(sched, sched_process_exit, EVENT_EXIT, sched_process_exit,
	"\"comm=%s pid=%d prio=%d\", REC->comm, REC->pid, REC->prio");

/* ---- signal -------------------------------------------------------------- */

struct signal_generate {
	struct trace_common common;
	int sig, error, code;
	char comm[TASK_COMM];
	int pid, group, result;
};

static const struct trace_field signal_generate_fields[] = {
	TRACE_NUMBER(signal_generate, int, sig, true),
	{ "int", "errno", "", offsetof(struct signal_generate, error), 4, true,
	  FIELD_NUMBER },
	TRACE_NUMBER(signal_generate, int, code, true),
	TRACE_TEXT(signal_generate, comm, 16),
	TRACE_NUMBER(signal_generate, pid_t, pid, true),
	TRACE_NUMBER(signal_generate, int, group, true),
	TRACE_NUMBER(signal_generate, int, result, true),
};

static unsigned signal_generate_fill(void *record, const unsigned long *a)
{
	struct signal_generate *r = record;
	const struct siginfo *info = (const struct siginfo *)a[0];

	r->sig = info->signo;
	r->error = info->err;
	r->code = info->code;
	NAME(r, , (const struct task *)a[1]);
	r->group = (int)(a[2] & 1);
	r->result = (int)(a[2] >> 1);
	return 0;
}

static void signal_generate_show(struct seq *s, const void *record)
{
	const struct signal_generate *r = record;

	seq_print(s, "sig=%d errno=%d code=%d comm=%s pid=%d grp=%d res=%d",
		  r->sig, r->error, r->code, r->comm, r->pid, r->group,
		  r->result);
}

TRACE_EVENT(signal, signal_generate, EVENT_SIGNAL, signal_generate,
	"\"sig=%d errno=%d code=%d comm=%s pid=%d grp=%d res=%d\", REC->sig, "
	"REC->errno, REC->code, REC->comm, REC->pid, REC->group, REC->result");

struct signal_deliver {
	struct trace_common common;
	int sig, error, code;
	unsigned long sa_handler, sa_flags;
};

static const struct trace_field signal_deliver_fields[] = {
	TRACE_NUMBER(signal_deliver, int, sig, true),
	{ "int", "errno", "", offsetof(struct signal_deliver, error), 4, true,
	  FIELD_NUMBER },
	TRACE_NUMBER(signal_deliver, int, code, true),
	TRACE_NUMBER(signal_deliver, unsigned long, sa_handler, false),
	TRACE_NUMBER(signal_deliver, unsigned long, sa_flags, false),
};

static unsigned signal_deliver_fill(void *record, const unsigned long *a)
{
	struct signal_deliver *r = record;
	const struct siginfo *info = (const struct siginfo *)a[0];
	const struct sigaction *act = (const struct sigaction *)a[1];

	r->sig = info->signo;
	r->error = info->err;
	r->code = info->code;
	r->sa_handler = act->handler;
	r->sa_flags = act->flags;
	return 0;
}

static void signal_deliver_show(struct seq *s, const void *record)
{
	const struct signal_deliver *r = record;

	seq_print(s, "sig=%d errno=%d code=%d sa_handler=%lx sa_flags=%lx",
		  r->sig, r->error, r->code, r->sa_handler, r->sa_flags);
}

TRACE_EVENT(signal, signal_deliver, EVENT_DELIVER, signal_deliver,
	"\"sig=%d errno=%d code=%d sa_handler=%lx sa_flags=%lx\", REC->sig, "
	"REC->errno, REC->code, REC->sa_handler, REC->sa_flags");

/* ---- raw_syscalls -------------------------------------------------------- */

struct sys_enter {
	struct trace_common common;
	long id;
	unsigned long args[6];
};

static const struct trace_field sys_enter_fields[] = {
	TRACE_NUMBER(sys_enter, long, id, true),
	{ "unsigned long", "args", "[6]", offsetof(struct sys_enter, args),
	  6 * sizeof(long), false, FIELD_NUMBER },
};

static unsigned sys_enter_fill(void *record, const unsigned long *a)
{
	const struct trapframe *tf = (const struct trapframe *)a[2];
	struct sys_enter *r = record;

	r->id = (long)a[0];
	for (int i = 0; i < 6; i++)
		r->args[i] = tf_arg(tf, i);
	return 0;
}

static void sys_enter_show(struct seq *s, const void *record)
{
	const struct sys_enter *r = record;

	seq_print(s, "NR %ld (%lx, %lx, %lx, %lx, %lx, %lx)", r->id,
		  r->args[0], r->args[1], r->args[2], r->args[3], r->args[4],
		  r->args[5]);
}

TRACE_EVENT(raw_syscalls, sys_enter, EVENT_SYSCALL, sys_enter,
	"\"NR %ld (%lx, %lx, %lx, %lx, %lx, %lx)\", REC->id, REC->args[0], "
	"REC->args[1], REC->args[2], REC->args[3], REC->args[4], "
	"REC->args[5]");

struct sys_exit {
	struct trace_common common;
	long id, ret;
};

static const struct trace_field sys_exit_fields[] = {
	TRACE_NUMBER(sys_exit, long, id, true),
	TRACE_NUMBER(sys_exit, long, ret, true),
};

static unsigned sys_exit_fill(void *record, const unsigned long *a)
{
	struct sys_exit *r = record;

	r->id = (long)a[0];
	r->ret = (long)a[1];
	return 0;
}

static void sys_exit_show(struct seq *s, const void *record)
{
	const struct sys_exit *r = record;

	seq_print(s, "NR %ld = %ld", r->id, r->ret);
}

TRACE_EVENT(raw_syscalls, sys_exit, EVENT_RETURN, sys_exit,
	"\"NR %ld = %ld\", REC->id, REC->ret");

static void tracefs_events_init(void)
{
	static struct trace_event *const all[] = {
		&event_sched_switch, &event_sched_wakeup,
		&event_sched_wakeup_new, &event_sched_process_fork,
		&event_sched_process_exec, &event_sched_process_exit,
		&event_signal_generate, &event_signal_deliver,
		&event_sys_enter, &event_sys_exit,
	};

	for (unsigned i = 0; i < ARRAY_SIZE(all); i++)
		trace_enter(all[i]);
}
INIT(fs, tracefs_events_init);
