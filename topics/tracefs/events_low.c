/* SPDX-License-Identifier: MIT */
/*
 * The events of traps, memory and locks, and those that only this kernel has
 * (row C11); see events.c.
 */
#include "tracefs.h"
#include <kernel/irq/irq.h>
#include <kernel/task/state.h>
#include <lt/arch.h>
#include <lt/init.h>
#include <mm/frames/page.h>
#include <mm/vm.h>

/* ---- exceptions ---------------------------------------------------------- */

struct page_fault {
	struct trace_common common;
	unsigned long address, ip, error_code;
};

static const struct trace_field page_fault_fields[] = {
	TRACE_NUMBER(page_fault, unsigned long, address, false),
	TRACE_NUMBER(page_fault, unsigned long, ip, false),
	TRACE_NUMBER(page_fault, unsigned long, error_code, false),
};

static bool of_user(const unsigned long *a)
{
	return tf_user((const struct trapframe *)a[2]);
}

static bool of_kernel(const unsigned long *a)
{
	return !of_user(a);
}

/* error_code has, on every machine: 2 write, 4 user mode, 16 fetch. */
static unsigned page_fault_fill(void *record, const unsigned long *a)
{
	const struct trapframe *tf = (const struct trapframe *)a[2];
	struct page_fault *r = record;

	r->address = a[0];
	r->ip = tf_pc(tf);
	r->error_code = (a[1] == FAULT_WRITE ? 2 : 0) |
		(tf_user(tf) ? 4 : 0) | (a[1] == FAULT_EXEC ? 16 : 0);
	return 0;
}

static void page_fault_show(struct seq *s, const void *record)
{
	const struct page_fault *r = record;

	seq_print(s, "address=0x%lx ip=0x%lx error_code=0x%lx", r->address,
		  r->ip, r->error_code);
}

#define FAULT_FORMAT "\"address=0x%lx ip=0x%lx error_code=0x%lx\", " \
	"REC->address, REC->ip, REC->error_code"

TRACE_EVENT(exceptions, page_fault_user, EVENT_FAULT, page_fault, FAULT_FORMAT,
	.is = of_user);
TRACE_EVENT(exceptions, page_fault_kernel, EVENT_FAULT, page_fault, FAULT_FORMAT,
	.is = of_kernel);

/* ---- irq ----------------------------------------------------------------- */

struct irq_handler_entry {
	struct trace_common common;
	int irq;
	u32 name;
};

static const struct trace_field irq_handler_entry_fields[] = {
	TRACE_NUMBER(irq_handler_entry, int, irq, true),
	TRACE_LOC(irq_handler_entry, name),
};

static unsigned irq_handler_entry_fill(void *record, const unsigned long *a)
{
	static const char *const source[] = {
		[IRQ_TIMER] = "timer", [IRQ_DEVICE] = "device",
		[IRQ_IPI] = "ipi",
	};
	struct irq_handler_entry *r = record;

	r->irq = (int)a[0];
	return trace_text(r, sizeof(*r), source[a[0]], &r->name);
}

static void irq_handler_entry_show(struct seq *s, const void *record)
{
	const struct irq_handler_entry *r = record;

	seq_print(s, "irq=%d name=%s", r->irq, trace_text_of(r, r->name));
}

TRACE_EVENT(irq, irq_handler_entry, EVENT_INTERRUPT, irq_handler_entry,
	"\"irq=%d name=%s\", REC->irq, __get_str(name)");

/* ---- kmem ---------------------------------------------------------------- */

struct mm_page_alloc {
	struct trace_common common;
	unsigned long pfn;
	unsigned order;
	unsigned long gfp_flags;
	int migratetype;
};

static const struct trace_field mm_page_alloc_fields[] = {
	TRACE_NUMBER(mm_page_alloc, unsigned long, pfn, false),
	TRACE_NUMBER(mm_page_alloc, unsigned int, order, false),
	TRACE_NUMBER(mm_page_alloc, unsigned long, gfp_flags, false),
	TRACE_NUMBER(mm_page_alloc, int, migratetype, true),
};

/* Linux's flags for the same kinds of allocation. */
#define GFP_KERNEL		0xcc0
#define GFP_HIGHUSER_MOVABLE	0x100cca

static unsigned mm_page_alloc_fill(void *record, const unsigned long *a)
{
	struct mm_page_alloc *r = record;

	r->pfn = a[0];
	r->order = (unsigned)a[1];
	r->migratetype = a[2] == PAGE_ANON || a[2] == PAGE_CACHE;
	r->gfp_flags = r->migratetype ? GFP_HIGHUSER_MOVABLE : GFP_KERNEL;
	return 0;
}

static void mm_page_alloc_show(struct seq *s, const void *record)
{
	const struct mm_page_alloc *r = record;

	seq_print(s, "page=%#lx pfn=0x%lx order=%u migratetype=%d gfp_flags=%s",
		  (unsigned long)pfn_page(r->pfn), r->pfn, r->order,
		  r->migratetype, r->migratetype ? "GFP_HIGHUSER_MOVABLE" :
		  "GFP_KERNEL");
}

TRACE_EVENT(kmem, mm_page_alloc, EVENT_PAGE_ALLOC, mm_page_alloc,
	"\"page=%p pfn=0x%lx order=%d migratetype=%d gfp_flags=%s\", "
	"(((struct page *)0) + (REC->pfn)), REC->pfn, REC->order, "
	"REC->migratetype, __print_flags(REC->gfp_flags, \"|\", { 0xcc0, "
	"\"GFP_KERNEL\" }, { 0x100cca, \"GFP_HIGHUSER_MOVABLE\" })");

struct mm_page_free {
	struct trace_common common;
	unsigned long pfn;
	unsigned order;
};

static const struct trace_field mm_page_free_fields[] = {
	TRACE_NUMBER(mm_page_free, unsigned long, pfn, false),
	TRACE_NUMBER(mm_page_free, unsigned int, order, false),
};

static unsigned mm_page_free_fill(void *record, const unsigned long *a)
{
	struct mm_page_free *r = record;

	r->pfn = a[0];
	r->order = (unsigned)a[1];
	return 0;
}

static void mm_page_free_show(struct seq *s, const void *record)
{
	const struct mm_page_free *r = record;

	seq_print(s, "page=%#lx pfn=0x%lx order=%u",
		  (unsigned long)pfn_page(r->pfn), r->pfn, r->order);
}

TRACE_EVENT(kmem, mm_page_free, EVENT_PAGE_FREE, mm_page_free,
	"\"page=%p pfn=0x%lx order=%d\", (((struct page *)0) + (REC->pfn)), "
	"REC->pfn, REC->order");

/* ---- lock ---------------------------------------------------------------- */

struct contention_begin {
	struct trace_common common;
	unsigned long lock_addr;
	unsigned flags;
};

static const struct trace_field contention_begin_fields[] = {
	TRACE_NUMBER(contention_begin, void *, lock_addr, false),
	TRACE_NUMBER(contention_begin, unsigned int, flags, false),
};

static unsigned contention_begin_fill(void *record, const unsigned long *a)
{
	struct contention_begin *r = record;

	r->lock_addr = a[0];
	r->flags = (unsigned)a[1];
	return 0;
}

static void contention_begin_show(struct seq *s, const void *record)
{
	static const char *const names[] = {
		"SPIN", "READ", "WRITE", "RT", "PERCPU", "MUTEX",
	};
	const struct contention_begin *r = record;
	const char *between = "";

	seq_print(s, "%#lx (flags=", r->lock_addr);
	for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
		if (r->flags & 1u << i) {
			seq_print(s, "%s%s", between, names[i]);
			between = "|";
		}
	seq_print(s, ")");
}

TRACE_EVENT(lock, contention_begin, EVENT_CONTENTION, contention_begin,
	"\"%p (flags=%s)\", REC->lock_addr, __print_flags(REC->flags, \"|\", "
	"{ 1, \"SPIN\" }, { 2, \"READ\" }, { 4, \"WRITE\" }, { 8, \"RT\" }, "
	"{ 16, \"PERCPU\" }, { 32, \"MUTEX\" })");

struct contention_end {
	struct trace_common common;
	unsigned long lock_addr;
	int ret;
};

static const struct trace_field contention_end_fields[] = {
	TRACE_NUMBER(contention_end, void *, lock_addr, false),
	TRACE_NUMBER(contention_end, int, ret, true),
};

static unsigned contention_end_fill(void *record, const unsigned long *a)
{
	struct contention_end *r = record;

	r->lock_addr = a[0];
	r->ret = (int)a[1];
	return 0;
}

static void contention_end_show(struct seq *s, const void *record)
{
	const struct contention_end *r = record;

	seq_print(s, "%#lx (ret=%d)", r->lock_addr, r->ret);
}

TRACE_EVENT(lock, contention_end, EVENT_CONTENDED, contention_end,
	"\"%p (ret=%d)\", REC->lock_addr, REC->ret");

/* ---- lectern ------------------------------------------------------------- */

struct ast {
	struct trace_common common;
	unsigned bits;
};

static const struct trace_field ast_fields[] = {
	TRACE_NUMBER(ast, unsigned int, bits, false),
};

static unsigned ast_fill(void *record, const unsigned long *a)
{
	((struct ast *)record)->bits = (unsigned)a[0];
	return 0;
}

static void ast_show(struct seq *s, const void *record)
{
	seq_print(s, "bits=%#x", ((const struct ast *)record)->bits);
}

TRACE_EVENT(lectern, ast, EVENT_AST, ast, "\"bits=%#x\", REC->bits");

struct state_change {
	struct trace_common common;
	unsigned from, to;
};

static const struct trace_field state_change_fields[] = {
	TRACE_NUMBER(state_change, unsigned int, from, false),
	TRACE_NUMBER(state_change, unsigned int, to, false),
};

static unsigned state_change_fill(void *record, const unsigned long *a)
{
	struct state_change *r = record;

	r->from = (unsigned)a[0];
	r->to = (unsigned)a[1];
	return 0;
}

static void state_change_show(struct seq *s, const void *record)
{
	const struct state_change *r = record;

	seq_print(s, "from=%s to=%s", task_state_name(r->from),
		  task_state_name(r->to));
}

TRACE_EVENT(lectern, task_state, EVENT_STATE, state_change,
	"\"from=%u to=%u\", REC->from, REC->to");

static void events_low_init(void)
{
	static struct trace_event *const all[] = {
		&event_page_fault_user, &event_page_fault_kernel,
		&event_irq_handler_entry, &event_mm_page_alloc,
		&event_mm_page_free, &event_contention_begin,
		&event_contention_end, &event_ast, &event_task_state,
	};

	for (unsigned i = 0; i < ARRAY_SIZE(all); i++)
		trace_enter(all[i]);
}
INIT(fs, events_low_init);
