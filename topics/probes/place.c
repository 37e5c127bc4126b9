/* SPDX-License-Identifier: MIT */
/*
 * Breakpoints of probes, and handling of hits (row C11).
 *
 *  text:   ... c.ebreak ... (the rest of the function)
 *                |             ^
 *                v             |
 *  copy:       addi sp,sp,-48; c.ebreak
 *
 * A hit inside a handler, or with little kernel stack left, only counts as
 * missed; the instruction is executed nevertheless.  The handler, and code that
 * runs on the way to it, cannot be probed.
 */
#include <topics/events/sites.h>
#include "kprobe.h"
#include <kernel/current.h>
#include <kernel/ops/hooks.h>
#include <lib/mem.h>
#include <lt/boot.h>
#include <lt/compiler.h>
#include <lt/ksym.h>
#include <mm/frames/slab.h>
#include <uapi/errno.h>
#include <uapi/signal.h>

#define COPIES		256		/* most places armed at a time */
#define COPY_BYTES	20
#define CHAINS		64
/* bytes of stack that a handler needs */
#define STACK_NEEDED	2048u

struct kprobe_place {
	struct kprobe_place *next;	/* [text_change] next of its chain */
	struct kprobe *first;		/* [text_change] */
	unsigned long at;
	unsigned long copy;
	unsigned len;
	u8 code[TEXT_INSN_MAX];		/* original bytes */
};

/* Copies of instructions, in the text. */
extern u8 kprobe_copies[];
__asm__(".pushsection .text\n"
	".balign 16\n"
	"kprobe_copies:\n"
	".skip 256 * 20\n"
	".popsection");

static struct kprobe_place *chains[CHAINS];	/* [text_change] */
/* [trace_control] which copies are in use */
static bool copy_used[COPIES];

static struct probing {
	const struct kprobe_place *stepping;	/* place whose copy runs */
	bool irqs;			/* interrupts were on before the hit */
	bool busy;			/* a handler runs */
	/* a debugger also steps this instruction */
	bool stepped;
	bool may_fault;
	void *escape[5];		/* for __builtin_longjmp */
} probing[MAX_CPUS];			/* [that CPU, interrupts off] */

/* ---- where --------------------------------------------------------------- */

/*
 * Functions that cannot be probed.  A name is compared up to its first dot; *
 * at the end stands for all names with this prefix.
 */
static const char *const ours[] = {
	"trap_fault", "is_debugged", "trap_stack_overflow", "exception_fixup",
	"kprobe_*", "place_*", "calls_*", "fetch_*", "insn_*", "text_*",
	"ring_*", "probe_*", "stub_*", "panic*", "event_record", "event_tell",
	"beacon_tell", "trace_record", "trace_hit", "arch_switch",
	"arch_on_stack", "on_stack_return", "arch_stack_restart",
	"fork_return", "kthread_start", "__tsan*", "__asan*",
	"__sanitizer*", "address_*", "checked_*", "race_*", "lock_debug_cpu",
	NULL,
};

static bool is_named(const char *name, const char *const *names)
{
	size_t n = 0;

	while (name[n] && name[n] != '.')
		n++;
	for (; *names; names++) {
		size_t m = strlen(*names);

		if ((*names)[m - 1] == '*' ? !strncmp(name, *names, m - 1) :
		    m == n && !strncmp(name, *names, n))
			return true;
	}
	return false;
}

static struct kprobe_place *place_find(unsigned long at)
{
	struct kprobe_place *p = chains[(at >> 1) % CHAINS];

	while (p && p->at != at)
		p = p->next;
	return p;
}

/*
 * True if a debugger has a breakpoint at `at`.  code: set to the bytes that the
 * breakpoint replaced.
 */
static bool place_is_debugged(unsigned long at, u8 *code)
{
	return at && text_debugger && text_debugger(at, code);
}

/* Look up a place for the hook text_probe. */
static bool place_code(unsigned long at, u8 *code)
{
	const struct kprobe_place *p = place_find(at);

	if (p)
		memcpy(code, p->code, sizeof(p->code));
	return p;
}

/* Read the original instruction.  Return: its length; 0: none. */
static unsigned read_code(unsigned long at, u8 code[TEXT_INSN_MAX])
{
	const struct kprobe_place *p = place_find(at);

	memcpy(code, (const void *)at, TEXT_INSN_MAX);
	place_is_debugged(at, code);
	if (p)
		memcpy(code, p->code, text_trap_len);
	return text_insn_len(code);
}

bool place_is_entry(unsigned long at)
{
	uintptr_t offset = 1;

	return ksym_lookup(at, &offset) && !offset;
}

int place_check(unsigned long at)
{
	u8 code[TEXT_INSN_MAX];
	uintptr_t offset = 0;
	unsigned long pc;
	unsigned len = 0;
	const char *name;
	int pairs = 0;

	if (at < (unsigned long)__kernel_start ||
	    at >= (unsigned long)__kernel_end)
		return -ENOENT;
	if (at < (unsigned long)__text_start ||
	    at >= (unsigned long)__text_end - TEXT_INSN_MAX)
		return -EINVAL;
	name = ksym_lookup(at, &offset);
	if (!name || is_named(name, ours) ||
	    is_named(name, kprobe_machine_names))
		return -EINVAL;
	for (pc = at - offset; ; pc += len) {
		len = read_code(pc, code);
		if (pc > at || !len)
			return -EILSEQ;
		if (pc == at)
			break;
		pairs += kprobe_pairs(code);
	}
	if (pairs > 0 || !kprobe_can_move(code) || exception_fixup(at) ||
	    events_site_within(at, len) || place_is_debugged(at, NULL) ||
	    (!place_find(at) && !memcmp(code, text_trap, text_trap_len)))
		return -EINVAL;
	return 0;
}

/* ---- what a handler reads ------------------------------------------------ */

struct reading {
	const volatile u8 *from;
	u8 *to;
	size_t n, done;
	bool string;
};

static void place_leave(void)
{
	__builtin_longjmp(probing[cpu_self()->id].escape, 1);
}

static __noinline void kprobe_read_bytes(struct reading *r)
{
	volatile size_t *done = &r->done;

	for (; *done < r->n; ++*done) {
		r->to[*done] = r->from[*done];
		if (r->string && !r->to[*done])
			r->n = *done + 1;
	}
}

static __noinline void kprobe_read_kernel(struct reading *r)
{
	struct probing *c = &probing[cpu_self()->id];

	if (!__builtin_setjmp(c->escape)) {
		c->may_fault = true;
		barrier();
		kprobe_read_bytes(r);
		barrier();
	}
	probing[cpu_self()->id].may_fault = false;
}

/* Read user memory without faulting pages in. */
static size_t place_read_user(uaddr_t at, void *to, size_t n, bool string)
{
	bool before = current->no_faults;
	size_t left = USER_TOP - at;
	long done;

	/* a CPU that borrows an address space may have a stale TLB */
	if (!current->space || cpu_self()->mmu.wanted != current->space)
		return 0;
	n = min(n, left);
	current->no_faults = true;
	if (string) {
		done = arch_strncpy_in(to, at, (long)n);
		done = done < 0 ? 0 : min(done + 1, (long)n);
	} else {
		done = (long)(n - arch_copy_in(to, at, n));
	}
	current->no_faults = before;
	return (size_t)done;
}

size_t place_read(unsigned long at, void *to, size_t n, bool string)
{
	struct reading r = {
		.from = (const volatile u8 *)at, .to = to, .n = n,
		.string = string,
	};

	if (at < USER_TOP)
		return place_read_user(at, to, n, string);
	kprobe_read_kernel(&r);
	return *(volatile size_t *)&r.done;
}

/* ---- a hit --------------------------------------------------------------- */

/*
 * True if the kernel stack, which is aligned to its size, has room for a
 * handler.
 */
static bool place_has_stack(void)
{
	return ((unsigned long)__builtin_frame_address(0) &
		(KSTACK_SIZE - 1)) >= KSTACK_HOLE + STACK_NEEDED;
}

static void place_count(unsigned long *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

/* Report a hit to the probes of a place. */
static void place_tell(struct probing *c, const struct kprobe_place *place,
		 struct trapframe *tf)
{
	bool missed = c->busy || !place_has_stack();

	for (struct kprobe *p = place->first; p; p = p->here)
		if (missed) {
			place_count(&p->missed);
		} else {
			c->busy = true;
			if (!p->returns)
				kprobe_record(p, tf, 0);
			else if (!calls_enter(p->calls, tf))
				place_count(&p->missed);
			c->busy = false;
		}
}

/* Report the end of the step to the debugger that stepped this instruction. */
static bool place_goes_on(struct trapframe *tf)
{
	kprobe_end_step(tf);
	return false;
}

static bool place_hit(struct probing *c, struct trapframe *tf)
{
	unsigned long at = text_trapped_at(tf);
	const struct kprobe_place *place;

	if (at == (unsigned long)kprobe_trampoline) {
		c->busy = true;
		calls_return(tf);
		c->busy = false;
		return true;
	}
	place = at ? place_find(at) : NULL;
	if (!place)
		return false;
	tf_set_pc(tf, at);
	place_tell(c, place, tf);
	c->stepped = kprobe_is_stepped(tf);
	if (kprobe_simulate(tf, place->code, place->len))
		return !c->stepped || place_goes_on(tf);
	c->irqs = tf_irqs_on(tf);
	tf_mask_irqs(tf);
	c->stepping = place;
	kprobe_step(tf, place->copy);
	return true;
}

static void place_step_ends(struct probing *c, struct trapframe *tf)
{
	c->stepping = NULL;
	if (c->irqs)
		tf_unmask_irqs(tf);
}

/* Handle a trap of a probe, for the hook hooks.probe. */
static bool kprobe_trapped(struct trapframe *tf, int signo, vaddr_t va,
			   int how)
{
	struct probing *c = &probing[cpu_self()->id];
	const struct kprobe_place *s = c->stepping;
	bool more = false;

	if (c->may_fault && signo != SIGTRAP) {
		tf_set_pc(tf, (unsigned long)place_leave);
		return true;
	}
	if (s && signo == SIGTRAP &&
	    kprobe_stepped(tf, s->copy, s->at, s->code, s->len, &more)) {
		if (!more)
			place_step_ends(c, tf);
		return more || !c->stepped || place_goes_on(tf);
	}
	if (s && tf_pc(tf) - s->copy < COPY_BYTES) {
		/* the copy faults: report it at the original address */
		tf_set_pc(tf, s->at);
		place_step_ends(c, tf);
	} else if (signo == SIGTRAP &&
		   !place_is_debugged(text_trapped_at(tf), NULL) &&
		   place_hit(c, tf)) {
		return true;
	}
	return false;
}

/* ---- arming -------------------------------------------------------------- */

static unsigned long take_copy(void)
{
	for (unsigned i = 0; i < COPIES; i++)
		if (!copy_used[i]) {
			copy_used[i] = true;
			return (unsigned long)&kprobe_copies[i * COPY_BYTES];
		}
	return 0;
}

static void drop_copy(unsigned long copy)
{
	copy_used[(copy - (unsigned long)kprobe_copies) / COPY_BYTES] = false;
}

static struct kprobe_place *make_place(unsigned long at)
{
	struct kprobe_place *p = kzalloc(sizeof(*p));
	unsigned long copy = take_copy();

	if (p && copy) {
		p->at = at;
		p->copy = copy;
		p->len = read_code(at, p->code);
		return p;
	}
	if (copy)
		drop_copy(copy);
	kfree(p);
	return NULL;
}

/* Insert a probe at its place.  Context: text_change(). */
static void place_put_in(void *arg)
{
	struct kprobe *p = arg;
	struct kprobe_place *place = p->place;
	struct kprobe_place **chain = &chains[(place->at >> 1) % CHAINS];

	if (!place->first) {
		hooks.probe = kprobe_trapped;
		text_probe = place_code;
		text_store(place->copy, place->code, place->len);
		text_store(place->copy + place->len, text_trap, text_trap_len);
		place->next = *chain;
		*chain = place;
	}
	p->here = place->first;
	place->first = p;
	if (!p->here)
		text_store(place->at, text_trap, text_trap_len);
}

/* Remove a probe from its place.  Context: text_change(). */
static void place_take_out(void *arg)
{
	struct kprobe *p = arg;
	struct kprobe_place *place = p->place, **chain;
	struct kprobe **at = &place->first;

	if (place->first == p && !p->here) {
		text_store(place->at, place->code, text_trap_len);
		for (chain = &chains[(place->at >> 1) % CHAINS];
		     *chain != place; chain = &(*chain)->next)
			;
		*chain = place->next;
	}
	while (*at != p)
		at = &(*at)->here;
	*at = p->here;
}

int place_arm(struct kprobe *p)
{
	if (p->elsewhere)
		return 0;
	p->place = place_find(p->at);
	if (!p->place && place_is_debugged(p->at, NULL))
		return -EBUSY;
	if (!p->place)
		p->place = make_place(p->at);
	if (!p->place)
		return -ENOMEM;
	text_change(place_put_in, p);
	return 0;
}

void place_disarm(struct kprobe *p)
{
	struct kprobe_place *place = p->place;

	if (p->elsewhere)
		return;
	text_change(place_take_out, p);
	p->place = NULL;
	if (place->first)
		return;
	drop_copy(place->copy);
	kfree(place);
}
