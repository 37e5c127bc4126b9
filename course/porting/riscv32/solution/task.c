/* SPDX-License-Identifier: MIT */
/*
 * First frames and stacks of tasks.  Every kernel stack keeps room for a user
 * frame at its top, a kernel thread's too, because the thread may become a
 * program.
 */
#include <arch/machine.h>
#include <kernel/current.h>
#include <lib/mem.h>
#include <lib/printf.h>
#include <lt/arch.h>

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
	t->arch.stack = (unsigned long)t->kstack;
	t->arch.frame = current_trapframe(t->kstack);
	t->arch.sp = (unsigned long)t->arch.frame;
	t->arch.ra = (unsigned long)entry;
	t->arch.s[0] = 0;		/* ends a backtrace */
}

void arch_kthread_init(struct task *t, void (*fn)(void *), void *arg)
{
	init_stack(t, kthread_start);
	memset(t->arch.frame, 0, sizeof(struct trapframe));
	t->arch.s[1] = (unsigned long)fn;
	t->arch.s[2] = (unsigned long)arg;
}

void arch_stack_restart(void (*fn)(void))
{
	struct task *t = current;

	t->arch.stack = (unsigned long)t->kstack;
	__asm__ volatile("mv sp, %0\n\tli s0, 0\n\tli ra, 0\n\tjr %1"
			 :: "r"(t->arch.frame), "r"(fn) : "memory");
	__builtin_unreachable();
}

void arch_fork_init(struct task *child, const struct trapframe *tf, uaddr_t sp)
{
	init_stack(child, fork_return);
	tf_fork(child->arch.frame, tf, sp);
}

int arch_fork_tls(struct task *child, uaddr_t tls)
{
	child->arch.frame->regs[REG_TP] = tls;
	return 0;
}

void arch_exec_init(struct trapframe *tf, uaddr_t pc, uaddr_t sp)
{
	memset(tf, 0, sizeof(*tf));
	tf_set_pc(tf, pc);
	tf_set_sp(tf, sp);
	tf->status = SSTATUS_SPIE;
	tf_end_syscall(tf);
}

int arch_cpuinfo(const struct cpu *c, char *buf, unsigned long size)
{
	return fmt_print(buf, size, "hart\t\t: %lu\nisa\t\t: rv32imac\n"
			 "mmu\t\t: sv32\n", c->hw_id);
}
