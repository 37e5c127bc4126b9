/* SPDX-License-Identifier: MIT */
/*
 * options/stacktrace (row C11): writes the kernel's call chain behind each
 * record.
 */
#include "tracefs.h"
#include <kernel/smp/smp.h>
#include <lt/arch.h>
#include <lt/backtrace.h>
#include <lt/ksym.h>

#define DEPTH	24			/* most calls, from the innermost on */
#define OURS	2			/* calls of the tracer to leave out */

struct stack {
	struct trace_common common;
	u32 nr;
	unsigned long pc[DEPTH];
};

/* [that CPU, interrupts off] */
static struct collected {
	unsigned passed, skip, replaced;
	struct stack *to;
} collecting[MAX_CPUS];

bool trace_stacks;

unsigned long (*trace_true_return)(unsigned long pc, unsigned n);

/*
 * Store a return address.  An exact pc gets 1 added, which makes it look like a
 * return address.
 */
static void tracefs_collect(unsigned long pc, bool exact)
{
	struct collected *c = &collecting[cpu_self()->id];

	unsigned long real;

	if (c->passed++ < c->skip || c->to->nr == DEPTH)
		return;
	if (trace_true_return) {
		real = trace_true_return(pc, c->replaced);
		c->replaced += real != pc;
		pc = real;
	}
	c->to->pc[c->to->nr++] = pc + exact;
}

__noinline void trace_stack(unsigned cpu, bool irqs, const struct trapframe *tf)
{
	struct ring_head *h = ring_room(cpu, sizeof(struct stack));
	struct stack *s = (struct stack *)(h + 1);

	if (!h)
		return;
	trace_begin(h, TRACE_STACK, irqs);
	s->nr = 0;
	collecting[cpu] = (struct collected){ .to = s, .skip = tf ? 0 : OURS };
	backtrace_walk((unsigned long)__builtin_frame_address(0), tf,
		       tracefs_collect);
	h->size = (u16)(offsetof(struct stack, pc) +
			s->nr * sizeof(s->pc[0]));
	ring_keep(cpu, h);
}

void trace_stack_show(struct seq *s, const struct trace_common *record)
{
	const struct stack *r = (const struct stack *)record;

	seq_print(s, "<stack trace>");
	for (unsigned i = 0; i < r->nr; i++) {
		uintptr_t offset = 0;
		const char *name = ksym_lookup(r->pc[i] - 1, &offset);

		if (name)
			seq_print(s, "\n => %s", name);
		else
			seq_print(s, "\n => %#lx", r->pc[i]);
	}
}
