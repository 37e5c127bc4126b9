/* SPDX-License-Identifier: MIT */
/*
 * Calls whose return is probed (row C11): at a function's entry its return
 * address is replaced by kprobe_trampoline, a breakpoint.  The original address
 * is kept here until the function returns there.
 *
 * A call is identified by its stack pointer, which is unique because kernel
 * stacks do not overlap.  A call that never returns is discovered
 *	- when its dead task is switched away from (event EVENT_SWITCH);
 *	- when another call on its stack is entered above it.
 */
#include <topics/events/sites.h>
#include "kprobe.h"
#include <kernel/current.h>
#include <lt/bug.h>
#include <lt/init.h>
#include <mm/frames/slab.h>

#define CHAINS		64

struct call {
	/* [locked] next in a chain, or in `unused` */
	struct call *next;
	unsigned long sp, to;
	struct kprobe_calls *of;
};

/* All calls of one probe, at most max_active at once. */
struct kprobe_calls {
	/* [text_change] NULL: the probe is removed */
	struct kprobe *probe;
	struct kprobe_calls *next;	/* [trace_control] next in `left` */
	unsigned used;			/* [locked] */
	struct call *unused;		/* [locked] */
	struct call call[];
};

static int locked;			/* a spin lock, interrupts off */
static struct call *chains[CHAINS];	/* [locked] latest call first */
/* [trace_control] records without a probe */
static struct kprobe_calls *left;
static void (*told)(enum event what, const unsigned long *a);

static void calls_lock(void)
{
	while (__atomic_exchange_n(&locked, 1, __ATOMIC_ACQUIRE))
		arch_relax();
}

static void calls_unlock(void)
{
	__atomic_store_n(&locked, 0, __ATOMIC_RELEASE);
}

static unsigned long calls_stack(unsigned long sp)
{
	return (sp - 1) / KSTACK_SIZE;
}

static struct call **calls_chain(unsigned long sp)
{
	return &chains[calls_stack(sp) % CHAINS];
}

/* Release the call at *at.  Context: [locked]. */
static void calls_release(struct call **at)
{
	struct call *c = *at;

	*at = c->next;
	c->next = c->of->unused;
	c->of->unused = c;
	c->of->used--;
}

/*
 * Release calls that began below sp on the same stack: such calls are over.
 * Context: [locked].
 */
static void calls_release_below(unsigned long sp)
{
	struct call **at = calls_chain(sp);

	while (*at)
		if ((*at)->sp < sp && calls_stack((*at)->sp) == calls_stack(sp))
			calls_release(at);
		else
			at = &(*at)->next;
}

bool calls_enter(struct kprobe_calls *of, struct trapframe *tf)
{
	unsigned long sp = kprobe_call_sp(tf, false);
	struct call **chain = calls_chain(sp), *c;

	calls_lock();
	calls_release_below(sp);
	c = of->unused;
	if (c) {
		of->unused = c->next;
		of->used++;
		c->sp = sp;
		c->to = kprobe_exchange(tf, (unsigned long)kprobe_trampoline);
		c->next = *chain;
		*chain = c;
	}
	calls_unlock();
	return c != NULL;
}

void calls_return(struct trapframe *tf)
{
	unsigned long sp = kprobe_call_sp(tf, true), to;
	struct call **at = calls_chain(sp);
	struct kprobe *p;

	calls_lock();
	while (*at && (*at)->sp != sp)
		at = &(*at)->next;
	if (!*at)
		panic("a return to nowhere, from a probe at sp %#lx", sp);
	to = (*at)->to;
	p = (*at)->of->probe;
	calls_release(at);
	calls_unlock();
	kprobe_return_to(tf, to);
	if (p && READ_ONCE(p->event.on))
		kprobe_record(p, tf, to);
}

/*
 * Return the true return address, for trace_true_return().  A call that ends in
 * a tail call has the same sp as the callee.
 */
static unsigned long calls_true_return(unsigned long pc, unsigned n)
{
	unsigned long here = (unsigned long)__builtin_frame_address(0);
	unsigned long last = 0;

	if (pc != (unsigned long)kprobe_trampoline)
		return pc;
	calls_lock();
	for (struct call *c = *calls_chain(here); c; c = c->next) {
		if (calls_stack(c->sp) != calls_stack(here))
			continue;
		n += last == c->sp;
		last = c->sp;
		if (n-- == 0 && c->to != (unsigned long)kprobe_trampoline) {
			pc = c->to;
			break;
		}
	}
	calls_unlock();
	return pc;
}

/* ---- tasks that end ------------------------------------------------------ */

static void calls_of_dead(const struct task *t)
{
	unsigned long flags = arch_irq_save();

	calls_lock();
	calls_release_below((unsigned long)t->kstack + KSTACK_SIZE);
	calls_unlock();
	arch_irq_restore(flags);
}

static void calls_told(enum event what, const unsigned long *a)
{
	int state = READ_ONCE(current->state);

	if (what == EVENT_SWITCH &&
	    (state == TASK_DEAD || state == TASK_ZOMBIE))
		calls_of_dead(current);
	told(what, a);
}

void calls_want(int more)
{
	if (!told) {
		told = events_told;
		events_told = calls_told;
		trace_true_return = calls_true_return;
	}
	events_want(EVENT_SWITCH, more);
}

/* ---- made and given up --------------------------------------------------- */

struct kprobe_calls *calls_make(struct kprobe *p)
{
	unsigned n = p->max_active;
	struct kprobe_calls *c = kzalloc(sizeof(*c) + n * sizeof(c->call[0]));

	if (!c)
		return NULL;
	c->probe = p;
	for (unsigned i = 0; i < n; i++) {
		c->call[i].of = c;
		c->call[i].next = c->unused;
		c->unused = &c->call[i];
	}
	return c;
}

/* Move all unused records to *arg.  Context: text_change(). */
static void take_idle(void *arg)
{
	struct kprobe_calls **idle = arg, **at = &left;

	left->probe = NULL;
	while (*at) {
		struct kprobe_calls *c = *at;

		if (c->used) {
			at = &c->next;
			continue;
		}
		*at = c->next;
		c->next = *idle;
		*idle = c;
	}
}

void calls_leave(struct kprobe_calls *c)
{
	struct kprobe_calls *idle = NULL;

	c->next = left;
	left = c;
	text_change(take_idle, &idle);
	while (idle) {
		c = idle;
		idle = c->next;
		kfree(c);
	}
}
