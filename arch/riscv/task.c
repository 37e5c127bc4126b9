/* SPDX-License-Identifier: MIT */
/*
 * First frames and stacks of tasks (rows B14, D6, D7, D11).  Every kernel stack
 * keeps room for a user frame at its top, a kernel thread's too, because the
 * thread may become a program.
 */
#include <arch/machine.h>
#include <arch/sbi.h>
#include <kernel/current.h>
#include <kernel/sched/preempt.h>
#include <lib/mem.h>
#include <lib/printf.h>
#include <lt/arch.h>
#include <lt/check.h>

void arch_set_current(struct task *t)
{
	if (!t->arch.stack) {
		t->arch.stack = (unsigned long)boot_stack;
		t->arch.frame = current_trapframe(boot_stack);
	}
	riscv_current = t;
}

static void init_stack(struct task *t, void (*entry)(void))
{
	/* lab switch: begin */
	t->arch.stack = (unsigned long)t->kstack;
	t->arch.frame = current_trapframe(t->kstack);
	t->arch.sp = (unsigned long)t->arch.frame;
	t->arch.ra = (unsigned long)entry;
	t->arch.s[0] = 0;		/* ends a backtrace */
	/* lab switch: end */
}

void arch_kthread_init(struct task *t, void (*fn)(void *), void *arg)
{
	init_stack(t, kthread_start);
	memset(t->arch.frame, 0, sizeof(struct trapframe));
	/* lab switch: begin */
	t->arch.s[1] = (unsigned long)fn;
	t->arch.s[2] = (unsigned long)arg;
	/* lab switch: end */
}

void arch_stack_restart(void (*fn)(void))
{
	struct task *t = current;

	t->arch.stack = (unsigned long)t->kstack;
	address_stack_reset(t->kstack);
	__asm__ volatile("mv sp, %0\n\tli s0, 0\n\tli ra, 0\n\tjr %1"
			 :: "r"(t->arch.frame), "r"(fn) : "memory");
	__builtin_unreachable();
}

void arch_fork_init(struct task *child, const struct trapframe *tf, uaddr_t sp)
{
	init_stack(child, fork_return);
	/* lab switch: begin */
	if ((tf->status & SSTATUS_FS) == SSTATUS_FS) {
		enum ipl level = preempt_disable();

		/*
		 * a switch just now may have saved the registers and turned the
		 * FPU off
		 */
		if ((READ_ONCE(tf->status) & SSTATUS_FS) == SSTATUS_FS)
			fpu_save(current);
		ipl_restore(level);
	}
	child->arch.fpu_used = current->arch.fpu_used;
	if (child->arch.fpu_used)
		child->arch.fpu = current->arch.fpu;
	tf_fork(child->arch.frame, tf, sp);
	/* lab switch: end */
}

int arch_fork_tls(struct task *child, uaddr_t tls)
{
	child->arch.frame->regs[REG_TP] = tls;
	return 0;
}

const struct narrow *narrow;

/*
 * Make a fresh user frame.  The FPU is off: its first use loads the task's
 * state.
 */
static void fresh_frame(struct trapframe *tf, const struct vm_space *s,
			uaddr_t pc, uaddr_t sp)
{
	memset(tf, 0, sizeof(*tf));
	tf_set_pc(tf, pc);
	tf_set_sp(tf, sp);
	tf->status = SSTATUS_SPIE |
		(narrow && narrow->is_space(s) ? SSTATUS_UXL_32 :
		 SSTATUS_UXL_64);
	tf_end_syscall(tf);
}

void arch_exec_init(struct trapframe *tf, uaddr_t pc, uaddr_t sp)
{
	/* before the reset: a switch saves the FPU if the frame says dirty */
	fresh_frame(tf, current->space, pc, sp);
	if (current->arch.fpu_used)
		memset(&current->arch.fpu, 0, sizeof(current->arch.fpu));
	current->arch.fpu_used = false;
}

void fpu_first_use(struct trapframe *tf)
{
	/* lab switch: begin */
	current->arch.fpu_used = true;
	/* before the load: a switch in between turns the FPU off again */
	WRITE_ONCE(tf->status, tf->status | SSTATUS_FS_CLEAN);
	fpu_load(current);
	/* lab switch: end */
}

int arch_cpuinfo(const struct cpu *c, char *buf, unsigned long size)
{
	return fmt_print(buf, size,
			 "hart\t\t: %lu\nisa\t\t: %s\nmmu\t\t: sv39\n"
			 "mvendorid\t: 0x%lx\nmarchid\t\t: 0x%lx\n"
			 "mimpid\t\t: 0x%lx\n", c->hw_id, machine.isa,
			 (unsigned long)sbi_call(SBI_BASE, SBI_BASE_VENDOR,
						 0, 0).value,
			 (unsigned long)sbi_call(SBI_BASE, SBI_BASE_ARCH,
						 0, 0).value,
			 (unsigned long)sbi_call(SBI_BASE, SBI_BASE_MODEL,
						 0, 0).value);
}
