/* SPDX-License-Identifier: MIT */
/*
 * First frames and stacks of tasks (rows B14, D6, D7, D11).  Every kernel stack
 * keeps room for a user frame at its top, a kernel thread's too, because the
 * thread may become a program.
 */
#include <arch/elf.h>
#include <arch/machine.h>
#include <kernel/current.h>
#include <kernel/sched/preempt.h>
#include <lib/mem.h>
#include <lib/printf.h>
#include <lt/arch.h>
#include <lt/check.h>

enum { SAVED_X19, SAVED_X20, SAVED_FP = 10, SAVED_LR };

void arch_set_current(struct task *t)
{
	if (!t->arch.stack) {
		t->arch.stack = (unsigned long)boot_stack;
		t->arch.frame = current_trapframe(boot_stack);
	}
	arm64_current = t;
	write_sysreg(tpidr_el1, t);
}

static void init_stack(struct task *t, void (*entry)(void))
{
	/* lab switch: begin */
	t->arch.stack = (unsigned long)t->kstack;
	t->arch.frame = current_trapframe(t->kstack);
	t->arch.sp = (unsigned long)t->arch.frame;
	t->arch.x[SAVED_LR] = (unsigned long)entry;
	t->arch.x[SAVED_FP] = 0;	/* ends a backtrace */
	/* lab switch: end */
}

void arch_kthread_init(struct task *t, void (*fn)(void *), void *arg)
{
	init_stack(t, kthread_start);
	memset(t->arch.frame, 0, sizeof(struct trapframe));
	/* lab switch: begin */
	t->arch.x[SAVED_X19] = (unsigned long)fn;
	t->arch.x[SAVED_X20] = (unsigned long)arg;
	/* lab switch: end */
}

void arch_stack_restart(void (*fn)(void))
{
	struct task *t = current;

	t->arch.stack = (unsigned long)t->kstack;
	address_stack_reset(t->kstack);
	__asm__ volatile("mov sp, %0\n\tmov x29, #0\n\tmov x30, #0\n\tbr %1"
			 :: "r"(t->arch.frame), "r"(fn) : "memory");
	__builtin_unreachable();
}

void arch_fork_init(struct task *child, const struct trapframe *tf, uaddr_t sp)
{
	init_stack(child, fork_return);
	/* lab switch: begin */
	fpu_sync();
	child->arch.fpu_used = current->arch.fpu_used;
	if (child->arch.fpu_used)
		child->arch.fpu = current->arch.fpu;
	child->arch.tls = read_sysreg(tpidr_el0);
	tf_fork(child->arch.frame, tf, sp);
	/* lab switch: end */
}

int arch_fork_tls(struct task *child, uaddr_t tls)
{
	child->arch.tls = tls;
	return 0;
}

static void fresh_frame(struct trapframe *tf, uaddr_t pc, uaddr_t sp)
{
	memset(tf, 0, sizeof(*tf));
	tf_set_pc(tf, pc);
	tf_set_sp(tf, sp);
	tf->pstate = PSTATE_EL0;
	tf_end_syscall(tf);
}

/* A debugger's points end with the program. */
static void debug_drop(void)
{
	enum ipl level = preempt_disable();

	memset(current->arch.debug, 0, sizeof(current->arch.debug));
	current->arch.mdscr &= ~(u32)MDSCR_MDE;
	write_sysreg(mdscr_el1, current->arch.mdscr);
	ipl_restore(level);
}

void arch_exec_init(struct trapframe *tf, uaddr_t pc, uaddr_t sp)
{
	fresh_frame(tf, pc, sp);
	fpu_drop();
	current->arch.fpu_used = false;
	debug_drop();
	memset(&current->arch.fpu, 0, sizeof(current->arch.fpu));
	write_sysreg(tpidr_el0, 0);
}

/* ---- float registers ----------------------------------------------------- */

void fpu_first_use(void)
{
	/* lab switch: begin */
	current->arch.fpu_used = true;
	current->arch.fpu_on = FPU_SWITCHES;
	fpu_load(current);
	/* lab switch: end */
}

void fpu_sync(void)
{
	enum ipl level = preempt_disable();

	if (current->arch.fpu_on)
		fpu_save(current);
	ipl_restore(level);
}

void fpu_drop(void)
{
	enum ipl level = preempt_disable();

	current->arch.fpu_on = 0;
	current->arch.fpu_cpu = NULL;
	write_sysreg(cpacr_el1, 0);
	ipl_restore(level);
}

int arch_cpuinfo(const struct cpu *c, char *buf, unsigned long size)
{
	/* the bits of AT_HWCAP */
	static const char names[][8] = { "fp", "asimd", "", "aes", "pmull",
					 "sha1", "sha2", "crc32", "atomics",
					 "", "", "cpuid" };
	unsigned long midr = read_sysreg(midr_el1), n = 0;
	char features[80] = "";

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
		if (arm64_hwcap >> i & 1 && names[i][0])
			n += (unsigned long)fmt_print(features + n,
						      sizeof(features) - n,
						      " %s", names[i]);
	return fmt_print(buf, size,
			 "BogoMIPS\t: %u.%02u\nFeatures\t:%s\n"
			 "CPU implementer\t: 0x%02lx\n"
			 "CPU architecture: 8\nCPU variant\t: 0x%lx\n"
			 "CPU part\t: 0x%03lx\nCPU revision\t: %lu\n",
			 machine.timebase / 500000,
			 machine.timebase / 5000 % 100, features,
			 midr >> 24 & 0xff, midr >> 20 & 0xf,
			 midr >> 4 & 0xfff, midr & 0xf);
}
