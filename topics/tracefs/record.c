/* SPDX-License-Identifier: MIT */
/*
 * The path of an event from its tracing site into a ring (row C11).  All
 * functions here may run anywhere, under any lock and in interrupts; they take
 * a ring's lock and no other.
 */
#include <topics/events/sites.h>
#include "tracefs.h"
#include <kernel/current.h>
#include <kernel/lock/lock.h>
#include <lib/mem.h>
#include <lt/arch.h>
#include <lt/init.h>
#include <mm/frames/slab.h>
#include <uapi/errno.h>

#define PIDS	(1u << 16)		/* PIDs that can be selected */

struct mutex trace_control;
bool trace_on = true;
bool trace_follows;
unsigned trace_clock;
const char *const trace_clocks[] = {
	"local", "global", "counter", "uptime", "perf", "mono", "mono_raw",
	"boot", NULL,
};

struct trace_event *trace_events;		/* [control] */
static struct trace_event *of_kind[EVENT_KINDS]; /* const after init */
static u32 *pids;			/* [control] to replace: set of PIDs,
					   with atomic bits; NULL: all */
static unsigned long counter;		/* atomic: clock `counter` */

u64 trace_now(void)
{
	if (READ_ONCE(trace_clock) == TRACE_COUNTER)
		return __atomic_add_fetch(&counter, 1, __ATOMIC_RELAXED);
	return arch_clock();
}

/* ---- selection of tasks -------------------------------------------------- */

static bool tracefs_asked(const u32 *bits, int pid)
{
	return pid >= 0 && (unsigned)pid < PIDS &&
		READ_ONCE(bits[pid / 32]) & 1u << pid % 32;
}

/*
 * True if an event concerns a selected task.  A switch or wake-up concerns two
 * tasks; either may be selected.
 */
static bool tracefs_is_wanted(enum event what, const unsigned long *a)
{
	const u32 *bits = READ_ONCE(pids);
	const struct task *other = (const struct task *)a[0];

	if (!bits || tracefs_asked(bits, current->tid))
		return true;
	switch (what) {
	case EVENT_SWITCH:
	case EVENT_WAKEUP:
	case EVENT_NEW:
		return tracefs_asked(bits, other->tid);
	default:
		return false;
	}
}

/* options/event-fork: select the children of selected tasks, too. */
static void tracefs_follow(const unsigned long *a)
{
	u32 *bits = READ_ONCE(pids);
	const struct task *child = (const struct task *)a[0];

	if (bits && READ_ONCE(trace_follows) &&
	    tracefs_asked(bits, current->tid) && (unsigned)child->tid < PIDS)
		__atomic_fetch_or(&bits[child->tid / 32],
				  1u << child->tid % 32, __ATOMIC_RELAXED);
}

/* ---- records ------------------------------------------------------------- */

unsigned trace_text(void *record, unsigned size, const char *text, u32 *loc)
{
	char *to = (char *)record + size;
	size_t n = min(str_copy(to, text, TRACE_DYNAMIC),
		       (size_t)TRACE_DYNAMIC - 1) + 1;

	*loc = (u32)n << 16 | size;
	return (unsigned)n;
}

void trace_begin(struct ring_head *h, unsigned type, bool irqs)
{
	struct trace_common *c = (struct trace_common *)(h + 1);
	const struct task *t = current;

	*h = (struct ring_head){ .time = trace_now(),
				 .cpu = (u16)t->cpu->id };
	memcpy(h->comm, t->comm, sizeof(h->comm));
	*c = (struct trace_common){ .type = (u16)type, .pid = t->tid };
	c->flags = (u8)((irqs ? 0 : TRACE_IRQS_OFF) |
		(READ_ONCE(t->ast) & AST_RESCHED ? TRACE_RESCHED : 0) |
		(t->in_interrupt ? TRACE_IN_IRQ : 0));
	c->preempt = t->ipl != IPL_NONE;
}

/* Return: true if the record was kept. */
static bool record(struct trace_event *e, const unsigned long *a, bool irqs)
{
	unsigned cpu = current->cpu->id;
	struct ring_head *h = ring_room(cpu, e->size +
		(e->turn ? e->dynamic : TRACE_DYNAMIC));
	const struct trace_filter *f = READ_ONCE(e->filter);

	if (!h)
		return false;
	trace_begin(h, e->id, irqs);
	h->size = (u16)(e->size + e->fill(h + 1, a));
	if (f && !filter_passes(f, h + 1, h))
		return false;
	ring_keep(cpu, h);
	return true;
}

/*
 * Record an event, except one that occurs while this CPU writes a record, such
 * as a page fault.
 */
static void trace_record(enum event what, const unsigned long *a)
{
	bool irqs = arch_irq_enabled();
	unsigned long flags = arch_irq_save();
	unsigned cpu = current->cpu->id;

	if (ring_mine()) {
		arch_irq_restore(flags);
		return;
	}
	ring_begin(cpu);
	if (what == EVENT_FORK)
		tracefs_follow(a);
	if (READ_ONCE(trace_on) && tracefs_is_wanted(what, a))
		for (struct trace_event *e = of_kind[what]; e; e = e->same)
			if (READ_ONCE(e->on) && (!e->is || e->is(a)) &&
			    record(e, a, irqs) && READ_ONCE(trace_stacks))
				trace_stack(cpu, irqs, NULL);
	ring_end(cpu);
	arch_irq_restore(flags);
}

bool trace_hit(struct trace_event *e, const unsigned long *a,
	       const struct trapframe *tf)
{
	const u32 *bits = READ_ONCE(pids);
	unsigned cpu = current->cpu->id;

	if (ring_mine())
		return false;
	if (!READ_ONCE(trace_on) ||
	    (bits && !tracefs_asked(bits, current->tid)))
		return true;
	ring_begin(cpu);
	if (record(e, a, tf_irqs_on(tf)) && READ_ONCE(trace_stacks))
		trace_stack(cpu, tf_irqs_on(tf), tf);
	ring_end(cpu);
	return true;
}

/* ---- trace_marker -------------------------------------------------------- */

int trace_mark(const char *text, size_t n)
{
	struct trace_common *c;
	struct ring_head *h;
	unsigned long flags;
	unsigned cpu;

	if (!READ_ONCE(trace_on))
		return -EBADF;
	n = min(n, (size_t)RING_TEXT);
	flags = arch_irq_save();
	cpu = current->cpu->id;
	ring_begin(cpu);
	h = ring_room(cpu, (unsigned)(sizeof(*c) + n + 1));
	if (h) {
		trace_begin(h, 0, true);
		c = (struct trace_common *)(h + 1);
		memcpy(c + 1, text, n);
		((char *)(c + 1))[n] = 0;
		h->size = (u16)(sizeof(*c) + n + 1);
		ring_keep(cpu, h);
	}
	ring_end(cpu);
	arch_irq_restore(flags);
	return 0;
}

/* ---- control ------------------------------------------------------------- */

int trace_enable(struct trace_event *e, bool on)
{
	int err = on ? rings_expand() : 0;

	if (err || e->on == on)
		return err;
	if (e->turn) {
		err = e->turn(e, on);
		if (err)
			return err;
	}
	e->was_on |= on;
	WRITE_ONCE(e->on, on);
	if (!e->turn)
		events_want(e->what, on ? 1 : -1);
	if (!on)
		ring_settle();
	return 0;
}

int trace_follow(bool on)
{
	if (trace_follows != on)
		events_want(EVENT_FORK, on ? 1 : -1);
	WRITE_ONCE(trace_follows, on);
	return 0;
}

int trace_pids_add(int pid)
{
	u32 *bits = pids;

	if (pid < 0 || (unsigned)pid >= PIDS)
		return -EINVAL;
	if (!bits)
		bits = kzalloc(PIDS / 8);
	if (!bits)
		return -ENOMEM;
	__atomic_fetch_or(&bits[pid / 32], 1u << pid % 32, __ATOMIC_RELAXED);
	WRITE_ONCE(pids, bits);
	return 0;
}

void trace_pids_clear(void)
{
	u32 *bits = pids;

	WRITE_ONCE(pids, NULL);
	ring_settle();
	kfree(bits);
}

void trace_pids_show(struct seq *s)
{
	for (int pid = 0; pids && pid < (int)PIDS; pid++)
		if (tracefs_asked(pids, pid))
			seq_print(s, "%d\n", pid);
}

void trace_enter(struct trace_event *e)
{
	struct trace_event **at = &trace_events;
	unsigned id = 300;

	for (; *at; at = &(*at)->next)
		id++;
	e->id = id;
	*at = e;
	e->same = of_kind[e->what];
	of_kind[e->what] = e;
}

static void record_init(void)
{
	mutex_init(&trace_control, "tracing");
	events_told = trace_record;
}
INIT(fs, record_init);
