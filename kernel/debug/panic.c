/* SPDX-License-Identifier: MIT */
/*
 * Panic and refusal to boot (rows B6, B7).  A panic prints its cause, the
 * registers and a backtrace with function names.  Nothing here allocates,
 * sleeps or takes a lock that the failed code may hold.
 */
#include <kernel/current.h>
#include <kernel/smp/smp.h>
#include <lib/mem.h>
#include <lib/printf.h>
#include <lt/arch.h>
#include <lt/backtrace.h>
#include <lt/bug.h>
#include <lt/ksym.h>
#include <lt/log.h>
#include <stdarg.h>

#define STATUS_PANIC 121	/* the machine's exit status */
#define BACKTRACE_MAX 32

void (*panic_details)(void);
void (*panic_debugger)(struct trapframe *tf);
static int panicking;

static unsigned frames;

/*
 * Print one line of the backtrace.  A return address is the one after the call,
 * which may be the last instruction of a function, so the address before it is
 * looked up.  exact: pc is no return address; such a line is marked `(trap)`.
 */
static void backtrace_print(unsigned long pc, bool exact)
{
	unsigned after = exact ? 0 : 1;
	uintptr_t offset;
	const char *name, *mark = exact ? " (trap)" : "";

	if (frames++ >= BACKTRACE_MAX)
		return;
	name = ksym_lookup(pc - after, &offset);
	if (name)
		log_print(LOG_EMERG, "panic", "  [%0*lx] %s+%#lx%s",
			  (int)sizeof(long) * 2, pc, name,
			  (unsigned long)offset + after, mark);
	else
		log_print(LOG_EMERG, "panic", "  [%0*lx]%s",
			  (int)sizeof(long) * 2, pc, mark);
}

/* Print a frame; repeats of one pc (a recursion) are only counted. */
static void backtrace_frame(unsigned long pc, bool exact)
{
	static unsigned long last;
	static unsigned again;

	if (pc == last) {
		again++;
		return;
	}
	if (again)
		log_print(LOG_EMERG, "panic", "  ... %u times more", again);
	again = 0;
	last = pc;
	if (pc)
		backtrace_print(pc, exact);
}

void panic_backtrace(struct trapframe *tf, unsigned long fp)
{
	frames = 0;
	log_print(LOG_EMERG, "panic", "backtrace:");
	if (tf && tf_user(tf))
		backtrace_frame(tf_pc(tf), true);
	else
		backtrace_walk(fp, tf, backtrace_frame);
	backtrace_frame(0, false);
}

static __noreturn void panic_stop(void)
{
	const char *how = boot_option("panic");

	if (how && !strcmp(how, "reboot"))
		arch_end(ARCH_RESET);
	if (how && (!strcmp(how, "halt") || !strcmp(how, "gdb"))) {
		log_print(LOG_EMERG, "panic", "stopped%s", !strcmp(how, "gdb") ?
			  "; attach a debugger" : "");
		for (;;)
			arch_relax();
	}
	arch_end(STATUS_PANIC);
}

static __noreturn void panic_report(struct trapframe *tf, unsigned long fp,
				    const char *fmt, va_list ap)
{
	struct task *t = current;
	char text[256];

	arch_irq_disable();
	if (__atomic_exchange_n(&panicking, 1, __ATOMIC_SEQ_CST))
		arch_end(STATUS_PANIC);	/* a panic during the panic */
	smp_stop_others();
	log_panic();
	fmt_vprint(text, sizeof(text), fmt, ap);
	log_print(LOG_EMERG, "panic", "kernel panic: %s", text);
	log_print(LOG_EMERG, "panic", "CPU %u, task %d (%s), Lectern %s",
		  t->cpu->id, t->tid, t->comm, LT_VERSION);
	if (tf)
		arch_dump_regs(tf);
	panic_backtrace(tf, fp);
	if (panic_details)
		panic_details();
	log_print(LOG_EMERG, "panic", "end of kernel panic");
	if (panic_debugger)
		panic_debugger(tf);
	panic_stop();
}

void panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	panic_report(NULL, (unsigned long)__builtin_frame_address(0), fmt, ap);
}

void panic_trap(struct trapframe *tf, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	panic_report(tf, 0, fmt, ap);
}

void boot_refuse(const char *fmt, ...)
{
	char text[256];
	va_list ap;

	arch_irq_disable();
	log_panic();
	va_start(ap, fmt);
	fmt_vprint(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_print(LOG_EMERG, "boot", "cannot start: %s", text);
	arch_end(STATUS_PANIC);
}
