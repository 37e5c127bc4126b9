/* SPDX-License-Identifier: MIT */
/*
 * First run of tasks, and fresh programs (rows D1, D7).  A new kernel stack
 * is laid out as arch_switch leaves one: edi, esi, ebx, ebp, return address.
 */
#include <arch/fpu.h>
#include <arch/i386.h>
#include <kernel/current.h>
#include <kernel/sched/preempt.h>
#include <lib/mem.h>
#include <lt/bug.h>
#include <syscalls.h>

struct switch_frame {
	u32 edi, esi, ebx, ebp, eip;
};

/*
 * Build a frame at which arch_switch resumes, below `top` on t's kernel stack.
 */
static struct switch_frame *stack_init(struct task *t, void *top,
				       void (*entry)(void))
{
	/* lab switch: begin */
	struct switch_frame *f = (struct switch_frame *)top - 1;

	ASSERT(IS_ALIGNED((unsigned long)&t->arch.fpu, 16));
	memset(f, 0, sizeof(*f));
	f->eip = (u32)entry;
	t->arch.sp = (u32)f;
	t->arch.stack_top = (u32)t->kstack + KSTACK_SIZE;
	return f;
	/* lab switch: end, else return NULL; */
}

void arch_kthread_init(struct task *t, void (*fn)(void *), void *arg)
{
	struct switch_frame *f = stack_init(t, current_trapframe(t->kstack),
					    kthread_start);

	memset(current_trapframe(t->kstack), 0, sizeof(struct trapframe));
	/* lab switch: begin */
	f->ebx = (u32)fn;
	f->esi = (u32)arg;
	t->arch.fpu = fpu_clean;
	t->arch.gs = 0;
	/* lab switch: end */
}

void arch_fork_init(struct task *child, const struct trapframe *tf, uaddr_t sp)
{
	struct trapframe *new = current_trapframe(child->kstack);

	/* lab switch: begin */
	tf_fork(new, tf, sp);
	stack_init(child, new, fork_return);
	fpu_save(&child->arch.fpu);
	memcpy(child->arch.tls, current->arch.tls, sizeof(child->arch.tls));
	child->arch.gs = read_segment(gs);
	/* lab switch: end */
	if (current->arch.stepped)
		new->eflags &= ~(u32)EFLAGS_TF;
	/*
	 * the child gets no watchpoints, only the values that a tracer reads,
	 * as on Linux
	 */
	child->arch.debug.why = current->arch.debug.why;
	child->arch.debug.stored = current->arch.debug.stored;
}

static void fresh_frame(struct trapframe *tf, uaddr_t pc, uaddr_t sp)
{
	*tf = (struct trapframe){
		.es = USER_DS, .ds = USER_DS, .vector = TF_DONE,
		.eip = pc, .cs = USER_CS, .eflags = EFLAGS_IF | EFLAGS_FIXED,
		.esp = sp, .ss = USER_DS,
	};
}

void arch_exec_init(struct trapframe *tf, uaddr_t pc, uaddr_t sp)
{
	struct task *t = current;
	enum ipl level;

	fresh_frame(tf, pc, sp);
	level = preempt_disable();	/* no preemption: this CPU's GDT is
					   written */
	load_segment(gs, 0);
	memset(t->arch.tls, 0, sizeof(t->arch.tls));
	memset(&i386_self()->gdt[GDT_TLS_FIRST], 0, sizeof(t->arch.tls));
	fpu_load(&fpu_clean);
	memset(&t->arch.debug, 0, sizeof(t->arch.debug));
	if (i386_self()->debug) {
		__asm__ volatile("movl %0, %%db7" :: "r"(0));
		i386_self()->debug = 0;
	}
	ipl_restore(level);
}
