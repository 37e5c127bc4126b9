/* SPDX-License-Identifier: MIT */
/*
 * Scheduler activations (row C12; Anderson, Bershad, Lazowska, Levy, 1992): a
 * process schedules its threads itself, on as many processors as it asked for.
 * The kernel tells the process by an upcall when a processor is available, and
 * when one of its threads blocks, becomes ready again, or is preempted.
 *
 *	              begin: entry, processors
 *	                        |
 *	     park          +---------+   a processor is free, and
 *	 thread ---------> |  SPARE  |   there is something to tell
 *	                   +---------+ -----------------------------+
 *	                        ^                                   v upcall
 *	  upcall elsewhere:     |                              +--------+
 *	  UNBLOCKED, context    |            park, or a kick   |  RUNS  |
 *	                   (to user mode) <------------------- +--------+
 *	                        |                                   | sleeps
 *	                   +---------+                              | in the
 *	                   | BLOCKED | <----------------------------+ kernel:
 *	                   +---------+              BLOCKED is told elsewhere
 *
 * An activation is a kernel task with an upcall stack of its own; the user
 * thread that it runs has another stack.  Invariant: no more activations run
 * than there are processors, except that one in a critical section continues to
 * the section's end.
 *
 * When a task that slept returns to user mode, it saves the user thread as a
 * signal frame on that thread's stack and keeps nothing of it: any activation
 * can resume the thread by rt_sigreturn.  The upcall itself is a second signal
 * frame, at the top of the upcall stack, with the entry as its handler.  So
 * this file needs no code of its own in arch/.
 */
#include <kernel/futex/ops.h>
#include <kernel/ops/hooks.h>
#include <kernel/task/part.h>
#include <kernel/signal/signal.h>
#include <kernel/task/work.h>
#include <kernel/wait/wait.h>
#include <lib/mem.h>
#include <lt/arch.h>
#include <lt/trap_ops.h>
#include <mm/frames/slab.h>
#include <mm/uaccess.h>
#include <mm/vm.h>
#include <syscalls.h>
#include <uapi/activation.h>
#include <uapi/signal.h>

enum state { APART, RUNS, BLOCKED, SPARE };

struct activation {
	struct task *task;		/* const */
	/* [task itself] address and size of the upcall stack */
	uaddr_t stack;
	unsigned long size;
	/* [task itself] user address of the struct activation_area */
	uaddr_t area;
	unsigned index;			/* const: index in set->of */
	enum state state;	/* [set->lock]; without the lock: a hint */
	bool queued;			/* [set->lock] work is queued */
	/* [task itself] there is no user thread to save */
	bool parks;
	/* [task itself] the task has executed another program */
	bool gone;
	struct task_work work;
	struct list spare;		/* [set->lock] if SPARE */
	struct wait_queue wait;		/* the task sleeps here while SPARE */
	/*
	 * [set->lock] number of events to deliver.  While RUNS, only the task
	 * itself accesses the events.
	 */
	unsigned nr;
	struct activation_event told[ACTIVATION_EVENTS];	/* as nr */
};

/* The activations of a process. */
struct set {
	struct spinlock lock;
	uaddr_t entry;			/* const: address of upcalls */
	unsigned processors;		/* const */
	/* [lock] number of activations in state RUNS */
	unsigned running;
	/* [lock] number of ADDED events to deliver */
	unsigned added;
	struct activation *of[ACTIVATIONS_MAX];	/* [lock] */
	/* [lock] bit i: `event` contains a BLOCKED event of of[i] */
	u32 blocked;
	struct list spares;		/* [lock] */
	unsigned nr;			/* [lock] */
	/*
	 * [lock] Events not delivered yet.  At most two per activation: that it
	 * is blocked, and that it no longer is.  After these an activation
	 * causes no event until they have been delivered.
	 */
	struct activation_event event[2 * ACTIVATIONS_MAX];
};

struct part {
	/* NULL until sys_activation_begin(); then const */
	struct set *set;
};

static unsigned own_at, part_at;

static struct activation *activation_own(struct task *t)
{
	return *task_slot(t, own_at);
}

static struct set *set_of(const struct task *t)
{
	struct part *p = process_slot(t->process, part_at);

	return READ_ONCE(p->set);
}

/* ---- events and their delivery ------------------------------------------- */

/* Queue an event about a.  Context: [set->lock]. */
static void activation_post(struct set *s, const struct activation *a, u32 what,
			    u64 context)
{
	spin_must_hold(&s->lock);
	ASSERT(s->nr < ARRAY_SIZE(s->event));
	s->event[s->nr++] = (struct activation_event){ what,
		(u32)a->task->vtid, context };
}

static bool activation_has_events(const struct set *s)
{
	return s->nr || s->added;
}

/* Give `a` a processor and all queued events.  Context: [set->lock]. */
static void activation_grant(struct set *s, struct activation *a)
{
	spin_must_hold(&s->lock);
	s->running++;
	memcpy(a->told, s->event, s->nr * sizeof(s->event[0]));
	a->nr = s->nr;
	s->nr = s->blocked = 0;
	if (s->added) {
		s->added--;
		a->told[a->nr++] = (struct activation_event){
			ACTIVATION_ADDED, (u32)a->task->vtid, 0 };
	}
	WRITE_ONCE(a->state, RUNS);
}

/*
 * Make `a` run activation_settle() before it returns to user mode.
 * Context: [set->lock].
 */
static void activation_kick(struct set *s, struct activation *a)
{
	spin_must_hold(&s->lock);
	if (!a->queued && task_work_add(a->task, &a->work) == 0)
		a->queued = true;
}

/*
 * Deliver queued events: a spare activation makes the upcall, if it may run;
 * else a running one is stopped to make it.
 * Context: [set->lock].
 */
static void activation_tell(struct set *s)
{
	spin_must_hold(&s->lock);
	while (activation_has_events(s) && s->running < s->processors &&
	       !list_empty(&s->spares)) {
		struct activation *a = list_entry(s->spares.next,
						  struct activation, spare);

		list_remove(&a->spare);
		activation_grant(s, a);
		wake_up(&a->wait);
	}
	for (unsigned i = 0; s->nr && s->running >= s->processors &&
	     i < ACTIVATIONS_MAX; i++)
		if (s->of[i] && s->of[i]->state == RUNS) {
			activation_kick(s, s->of[i]);
			break;
		}
}

/*
 * Handle hooks.blocks: current, which may be a running activation, is about to
 * sleep.
 * Context: IPL_NONE; the task state is set already.
 */
static void blocks(struct task *t)
{
	struct activation *a = t->process ? activation_own(t) : NULL;
	struct set *s;

	if (!a || READ_ONCE(a->state) != RUNS)
		return;
	s = set_of(t);
	spin_lock(&s->lock);
	WRITE_ONCE(a->state, BLOCKED);
	s->running--;
	if (!(s->blocked & 1u << a->index)) {
		s->blocked |= 1u << a->index;
		activation_post(s, a, ACTIVATION_BLOCKED, 0);
	}
	activation_kick(s, a);
	activation_tell(s);
	spin_unlock(&s->lock);
}

/* ---- upcalls ------------------------------------------------------------- */

/* Force a SIGSEGV: memory that the program named is not mapped. */
static void activation_lost(void)
{
	signal_force(&(struct siginfo){ .signo = SIGSEGV,
					.code = SI_KERNEL });
}

/*
 * Push a signal frame with the registers in tf, as if a signal had come whose
 * handler is at pc.  stack: top of the stack to use; 0: use the stack pointer
 * in tf.
 * Return: 0 or -EFAULT.
 */
static int activation_push(struct trapframe *tf, uaddr_t pc, uaddr_t stack,
			   uaddr_t floor, uaddr_t value)
{
	struct task *t = current;
	struct siginfo info = { .signo = SIGURG, .code = SI_QUEUE,
				.value = value };
	struct sigaction act = { .handler = pc, .flags = SA_SIGINFO };
	struct signal_frame f = {
		.sp = stack ? stack : tf_sp(tf), .floor = floor,
		.vdso = t->space->vdso, .action = &act, .info = &info,
		.mask = t->blocked, .altstack = t->altstack,
	};

	if (!f.altstack.size)
		f.altstack.flags |= SS_DISABLE;
	return arch_signal_push(tf, &f);
}

/*
 * Make the next return to user mode an upcall: call the entry with the events
 * for `a`.
 */
static void upcall(const struct set *s, struct activation *a,
		   struct trapframe *tf)
{
	uaddr_t to = a->area + offsetof(struct activation_area, id);
	u32 head[4] = { (u32)a->task->vtid, a->nr };

	if (copy_to_user(to, head, sizeof(head)) ||
	    copy_to_user(a->area + offsetof(struct activation_area, event),
			 a->told, a->nr * sizeof(a->told[0])) ||
	    activation_push(tf, s->entry, a->stack + a->size, a->stack,
			    a->area))
		activation_lost();
}

/*
 * Check whether the user thread of `a` must not be stopped now: it is on the
 * upcall stack, where the scheduler itself runs, or it has set its word for
 * critical sections.  In both cases set a flag that tells the thread that an
 * event waits.
 * Return: 1: do not stop it; 0; -EFAULT.
 */
static int in_critical(const struct activation *a, const struct trapframe *tf)
{
	uaddr_t word;
	u64 at;
	u32 v;

	if (tf_sp(tf) - a->stack <= a->size)
		return put_user(1u, a->area + offsetof(struct activation_area,
						       pending)) ? -EFAULT : 1;
	if (get_user(&at, a->area + offsetof(struct activation_area,
					     critical)))
		return -EFAULT;
	word = (uaddr_t)at;
	if (!word)
		return 0;
	if (word != at || get_user(&v, word))
		return -EFAULT;
	if (!(v & CRITICAL_ON))
		return 0;
	return put_user(v | CRITICAL_PENDING, word) ? -EFAULT : 1;
}

/*
 * Let `a` run on at once, because its user thread slept within a critical
 * section: other threads may wait for the end of the section.
 */
static void activation_resume(struct set *s, struct activation *a)
{
	spin_lock(&s->lock);
	if (a->state == BLOCKED) {
		WRITE_ONCE(a->state, RUNS);
		s->running++;
	}
	spin_unlock(&s->lock);
}

/*
 * Continue `a`, whose user thread, if any, is saved at `context`.  If there are
 * events and a processor, `a` makes an upcall; else it sleeps until there are
 * both.
 * A signal also ends the sleep, without events.
 */
static void hand_over(struct set *s, struct activation *a, u64 context)
{
	spin_lock(&s->lock);
	if (context)
		activation_post(s, a,
				a->state == BLOCKED ? ACTIVATION_UNBLOCKED :
						      ACTIVATION_PREEMPTED,
				context);
	if (a->state == RUNS)
		s->running--;
	if (s->running < s->processors && activation_has_events(s)) {
		activation_grant(s, a);
	} else {
		list_append(&s->spares, &a->spare);
		WRITE_ONCE(a->state, SPARE);
	}
	activation_tell(s);
	spin_unlock(&s->lock);
	if (!wait_event_interruptible(&a->wait,
				      READ_ONCE(a->state) != SPARE))
		return;
	spin_lock(&s->lock);
	if (a->state == SPARE) {
		list_remove(&a->spare);
		WRITE_ONCE(a->state, APART);
		a->nr = 0;
	}
	spin_unlock(&s->lock);
}

/*
 * Run before current returns to user mode after a sleep, a park or a kick.
 * Signals are handled first, because they decide whether a system call ends or
 * restarts.
 */
static void activation_settle(struct task_work *w)
{
	struct activation *a = container_of(w, struct activation, work);
	struct set *s = set_of(current);
	struct trapframe *tf = current_trapframe(current->kstack);
	bool signals;
	int critical = 0;

	if (a->gone) {
		kfree(a);
		return;
	}
	spin_lock(&s->lock);
	a->queued = false;
	signals = !(current->flags & TF_EXITING) && signal_pending();
	if (signals)
		activation_kick(s, a);
	spin_unlock(&s->lock);
	if (signals || current->flags & TF_EXITING)
		return;
	if (!a->parks) {
		critical = in_critical(a, tf);
		if (critical > 0) {
			activation_resume(s, a);
			return;
		}
		/* the thread may continue on another CPU, as after a signal */
		if (unlikely(current->flags & TF_RSEQ) && !tf_is_syscall(tf))
			futex_ops->rseq_interrupted(tf, false);
		if (critical < 0 || activation_push(tf, s->entry, 0, 0, 0)) {
			activation_lost();
			return;
		}
	}
	hand_over(s, a, a->parks ? 0 : tf_sp(tf));
	a->parks = false;
	upcall(s, a, tf);
}

/* ---- calls --------------------------------------------------------------- */

/*
 * Begin to schedule the threads of the process by activations, on at most
 * `processors` processors.  entry: called at each upcall like a signal handler,
 * with the activation's area as the value of the signal.
 * Return: 0; -EINVAL; -EBUSY: the process has begun before; -ENOMEM.
 */
long sys_activation_begin(uaddr_t entry, unsigned processors)
{
	struct part *p = process_slot(current->process, part_at);
	struct set *s, *none = NULL;

	if (!entry || entry >= USER_TOP || !processors ||
	    processors > ACTIVATIONS_MAX)
		return -EINVAL;
	s = kzalloc(sizeof(*s));
	if (!s)
		return -ENOMEM;
	spin_init(&s->lock, "activations", IPL_SOFT);
	list_init(&s->spares);
	s->entry = entry;
	s->processors = s->added = processors;
	if (!READ_ONCE(hooks.blocks))	/* the hook is never removed */
		hooks.blocks = blocks;
	if (atomic_publish(&p->set, &none, s))
		return 0;
	kfree(s);
	return -EBUSY;
}

/* Make current an activation.  Return: 0, -EAGAIN: too many, -ENOMEM. */
static int activation_join(struct set *s, struct task *t)
{
	struct activation *a = kzalloc(sizeof(*a));
	unsigned i = 0;

	if (!a)
		return -ENOMEM;
	a->task = t;
	a->work.fn = activation_settle;
	wait_queue_init(&a->wait);
	spin_lock(&s->lock);
	while (i < ACTIVATIONS_MAX && s->of[i])
		i++;
	if (i < ACTIVATIONS_MAX) {
		a->index = i;
		s->of[i] = a;
	}
	spin_unlock(&s->lock);
	if (i == ACTIVATIONS_MAX) {
		kfree(a);
		return -EAGAIN;
	}
	*task_slot(t, own_at) = a;
	return 0;
}

/*
 * Park current, which has no thread to run.  It waits for events and then
 * begins at the entry, at the top of the given stack, and never returns to the
 * caller.
 * Return: only errors: -EINVAL: not begun, or a bad stack; -EFAULT, -EAGAIN,
 * -ENOMEM.
 */
long sys_activation_park(uaddr_t stack, unsigned long size, uaddr_t area)
{
	struct task *t = current;
	struct set *s = set_of(t);
	struct activation *a;
	int err;

	if (!s || size < ACTIVATION_STACK_MIN || area % sizeof(u64))
		return -EINVAL;
	if (!user_range_ok(stack, size) ||
	    !user_range_ok(area, sizeof(struct activation_area)) ||
	    put_user(0u, area + offsetof(struct activation_area, nr)))
		return -EFAULT;
	err = activation_own(t) ? 0 : activation_join(s, t);
	if (err)
		return err;
	a = activation_own(t);
	a->stack = stack;
	a->size = size;
	a->area = area;
	a->parks = true;
	spin_lock(&s->lock);
	activation_kick(s, a);
	spin_unlock(&s->lock);
	return 0;
}

/*
 * Deliver events at the end of a critical section in which some were queued.
 * flags: ACTIVATION_MORE (from any thread): there is work for an unused
 * processor.
 * Return: 0, -EINVAL.
 */
long sys_activation_poll(unsigned flags)
{
	struct set *s = set_of(current);
	struct activation *a = activation_own(current);

	if (!s || flags & ~ACTIVATION_MORE || (!a && !flags))
		return -EINVAL;
	spin_lock(&s->lock);
	if (flags && s->running + s->added < s->processors)
		s->added++;
	activation_tell(s);
	if (a && a->state == RUNS && (s->nr || s->running > s->processors))
		activation_kick(s, a);
	spin_unlock(&s->lock);
	return 0;
}

/* ---- parts --------------------------------------------------------------- */

/* End `a`, because its thread ends or executes another program. */
static void activation_leave(struct set *s, struct activation *a)
{
	spin_lock(&s->lock);
	if (a->state == RUNS) {
		s->running--;
		s->added++;
	}
	WRITE_ONCE(a->state, APART);
	s->of[a->index] = NULL;
	s->blocked &= ~(1u << a->index);
	activation_tell(s);
	spin_unlock(&s->lock);
}

static void task_ends(struct task *t)
{
	if (!activation_own(t))
		return;
	activation_leave(set_of(t), activation_own(t));
	kfree(activation_own(t));
	*task_slot(t, own_at) = NULL;
}

/* Copy nothing: a child is no activation. */
static int copy_none(struct task *child, u64 flags)
{
	(void)child;
	(void)flags;
	return 0;
}

static const struct task_part task_parts[] __table(task_part) = {
	{ .at = &own_at, .copy = copy_none, .exit = task_ends },
};

static void activation_process_begins(struct process *p, struct process *parent)
{
	(void)parent;
	((struct part *)process_slot(p, part_at))->set = NULL;
}

static void activation_process_ends(struct process *p)
{
	struct part *part = process_slot(p, part_at);

	kfree(part->set);
	part->set = NULL;
}

/* Handle an execve(2) of the only thread, whose work may still be queued. */
static void process_execs(struct process *p)
{
	struct activation *a = activation_own(current);

	if (a) {
		activation_leave(set_of(current), a);
		*task_slot(current, own_at) = NULL;
		a->gone = true;
		if (!a->queued)
			kfree(a);
	}
	activation_process_ends(p);
}

static const struct process_part process_parts[] __table(process_part) = {
	{ .size = sizeof(struct part),
	  .at = &part_at,
	  .init = activation_process_begins,
	  .exec = process_execs,
	  .exit = activation_process_ends },
};
