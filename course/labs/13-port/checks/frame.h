/* SPDX-License-Identifier: MIT */
/*
 * Lab 13: signal frames as a handler sees them.  Handlers start at lab_entry:
 * it notes what the kernel has put into registers, calls the function that
 * handle() was given, and destroys the registers before it returns.
 */
#ifndef LAB_FRAME_H
#define LAB_FRAME_H

#include "check.h"
#include "07-switch/checks/regs.h"
#include <sched.h>

/* A frame.  info, uc: NULL if it is i386's old one. */
struct frame {
	int sig;
	siginfo_t *info;
	ucontext_t *uc;
	struct sigcontext *mc;
	uint32_t *mask[2];		/* the two words of the mask */
};

typedef void handler_fn(const struct frame *f);

/* What the last handler found when it began. */
struct entry {
	unsigned long sp, ra, arg[3], flags;
	uint32_t fpu[7], mxcsr;		/* i386: fnstenv */
};
extern volatile struct entry entry;
void lab_entry(int sig);
void dispatch(int sig, siginfo_t *info, ucontext_t *uc);

#if defined(__riscv)

__asm__(
	"	.text\n"
	"lab_entry:\n"
	"	lla	t0, entry\n"
	"	sd	sp, 0(t0)\n"
	"	sd	ra, 8(t0)\n"
	"	sd	a0, 16(t0)\n"
	"	sd	a1, 24(t0)\n"
	"	sd	a2, 32(t0)\n"
	"	addi	sp, sp, -16\n"
	"	sd	ra, 0(sp)\n"
	"	call	dispatch\n"
	"	ld	ra, 0(sp)\n"
	"	addi	sp, sp, 16\n"
	"	.irp n, t0, t1, t2, t3, t4, t5, t6, s0, s1, s2, s3, s4, s5, "
		"s6, s7, s8, s9, s10, s11, a0, a1, a2, a3, a4, a5, a6, a7\n"
	"	li	\\n, -77\n"
	"	.endr\n"
	"	ret\n");

#define FRAME_SIZE	1088
#define INFO_AT		0
#define UC_AT		128
#define ALIGNED(sp)	((sp) % 16 == 0)
#define TRAP_SIZE	4
#define MC_PC(mc)	((mc)->pc)
#define MC_SP(mc)	((mc)->x[1])
#define MC_RESULT(mc)	((mc)->x[9])
#define FLOAT_FIRST	0
#define KERNEL_AT	0xffffffc080200000UL

/* The place of register number i of regs.h in a frame. */
static inline unsigned long *hold_word(struct sigcontext *mc, int i)
{
	static const unsigned char number[HOLD_X] = {
		8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27,
		5, 6, 7, 28, 29, 30, 31, 12, 13, 14, 15,
	};

	return &mc->x[number[i] - 1];
}

static inline uint64_t *float_word(struct sigcontext *mc, int i)
{
	return &mc->f[i];
}

/* The end of what the kernel writes above the handler's stack pointer. */
static inline unsigned long frame_end(const struct frame *f)
{
	return (unsigned long)(f->uc + 1);
}

static inline void control_spoil(void)
{
	__asm__ volatile("fscsr %0" :: "r"(0x9fUL));
}

/* Make a system call with the stack pointer at sp. */
static __attribute__((always_inline)) inline
long call_at(unsigned long sp, long nr, long a, long b)
{
	register long a0 __asm__("a0") = a;
	register long a1 __asm__("a1") = b;
	register long a7 __asm__("a7") = nr;
	register unsigned long s2 __asm__("s2") = sp;

	__asm__ volatile("mv s3, sp\n\tmv sp, s2\n\tecall\n\tmv sp, s3"
			 : "+r"(a0) : "r"(a1), "r"(a7), "r"(s2)
			 : "s3", "memory");
	return a0;
}

static inline unsigned long stack_now(void)
{
	unsigned long sp;

	__asm__ volatile("mv %0, sp" : "=r"(sp));
	return sp;
}

/* An instruction of TRAP_SIZE bytes that is none, with a known result. */
static inline unsigned long trap_with(unsigned long result,
				      unsigned long *flags)
{
	register unsigned long a0 __asm__("a0") = result;

	*flags = 0;
	__asm__ volatile(".word 0xc0001073" : "+r"(a0) :: "memory");
	return a0;
}

#elif defined(__i386__)

__asm__(
	"	.text\n"
	"lab_entry:\n"
	"	movl	%esp, entry\n"
	"	movl	%eax, entry + 8\n"
	"	movl	%edx, entry + 12\n"
	"	movl	%ecx, entry + 16\n"
	"	movl	(%esp), %eax\n"
	"	movl	%eax, entry + 4\n"
	"	pushfl\n"
	"	popl	entry + 20\n"
	"	fnstenv	entry + 24\n"
	"	stmxcsr	entry + 52\n"
	"	cld\n"
	"	pushl	12(%esp)\n"
	"	pushl	12(%esp)\n"
	"	pushl	12(%esp)\n"
	"	call	dispatch\n"
	"	addl	$12, %esp\n"
	"	movl	$0, %eax\n"
	"	.irp n, es, fs, gs, ds\n"
	"	movl	%eax, %\\n\n"
	"	.endr\n"
	"	.irp n, eax, ebx, ecx, edx, esi, edi, ebp\n"
	"	movl	$-77, %\\n\n"
	"	.endr\n"
	"	stc\n"
	"	std\n"
	"	ret\n");

#define FRAME_SIZE	268
#define INFO_AT		16
#define UC_AT		144
#define OLD_EXTRAMASK	720
#define OLD_RETCODE	724
#define RT_RETCODE	260
#define ALIGNED(sp)	((sp) % 16 == 12)
#define TRAP_SIZE	2
#define MC_PC(mc)	((mc)->eip)
#define MC_SP(mc)	((mc)->esp)
#define MC_RESULT(mc)	((mc)->eax)
#define FLOAT_FIRST	8		/* the others have 80 bits */
#define KERNEL_AT	0xc0200000UL
#define FPSTATE_SIZE	624
#define FX_AT		112
#define FLAGS		0x8d5		/* OF SF ZF AF PF CF */
#define FLAG_DF		0x400

static inline uint32_t *hold_word(struct sigcontext *mc, int i)
{
	uint32_t *const word[HOLD_X] = {
		&mc->ebx, &mc->ecx, &mc->edx, &mc->esi, &mc->edi, &mc->ebp,
	};

	return word[i];
}

static inline uint64_t *float_word(struct sigcontext *mc, int i)
{
	return (uint64_t *)(mc->fpstate + FX_AT + 160) + (i - FLOAT_FIRST);
}

static inline unsigned long frame_end(const struct frame *f)
{
	return f->mc->fpstate + FPSTATE_SIZE;
}

/* Nothing to do: the handler begins with a clean unit. */
static inline void control_spoil(void)
{
}

static __attribute__((always_inline)) inline
long call_at(unsigned long sp, long nr, long a, long b)
{
	long result;

	__asm__ volatile("movl %%esp, %%edi\n\tmovl %%esi, %%esp\n\t"
			 "int $0x80\n\tmovl %%edi, %%esp"
			 : "=a"(result) : "0"(nr), "b"(a), "c"(b), "S"(sp)
			 : "edi", "memory");
	return result;
}

static inline unsigned long stack_now(void)
{
	unsigned long sp;

	__asm__ volatile("movl %%esp, %0" : "=r"(sp));
	return sp;
}

/* With these flags, and the direction flag, when it traps. */
static inline unsigned long trap_with(unsigned long result,
				      unsigned long *flags)
{
	unsigned long before = *flags | FLAG_DF;

	__asm__ volatile("pushl %2\n\tpopfl\n\tud2\n\tpushfl\n\tpopl %1\n\tcld"
			 : "+a"(result), "=r"(*flags) : "r"(before)
			 : "memory", "cc");
	return result;
}

#else
#error "lab 13 does not know the frames of this machine"
#endif

#define KERNEL_SP	(KERNEL_AT - 64)
#define FRAME_MOST	1536		/* of each kind, with its gaps */

volatile struct entry entry;
static handler_fn *handlers[NSIG];
static unsigned long handler_flags[NSIG];

/* With SA_SIGINFO and without: on i386, each has a frame of its own. */
static const unsigned long kinds[] = { SA_SIGINFO, 0 };
#define KINDS	2

void dispatch(int sig, siginfo_t *info, ucontext_t *uc)
{
	struct frame f = { .sig = sig, .info = info, .uc = uc };

	lab_check(sig > 0 && sig < NSIG && handlers[sig],
		  "a handler was called for signal %d", sig);
#ifdef __i386__
	if (!(handler_flags[sig] & SA_SIGINFO)) {
		f.info = NULL;
		f.uc = NULL;
		f.mc = (struct sigcontext *)(entry.sp + 8);
		f.mask[0] = &f.mc->oldmask;
		f.mask[1] = (uint32_t *)(entry.sp + OLD_EXTRAMASK);
		handlers[sig](&f);
		return;
	}
#endif
	f.mc = &uc->uc_mcontext;
	f.mask[0] = (uint32_t *)&uc->uc_sigmask;
	f.mask[1] = f.mask[0] + 1;
	handlers[sig](&f);
}

static inline void handle(int sig, handler_fn *fn, unsigned long flags,
			  sigset_t mask)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = lab_entry;
	sa.sa_flags = flags;
	sa.sa_mask = mask;
	handlers[sig] = fn;
	handler_flags[sig] = flags;
	lab_must(sigaction(sig, &sa, NULL), "sigaction");
}

static inline sigset_t mask_in(const struct frame *f)
{
	return *f->mask[0] | (sigset_t)*f->mask[1] << 32;
}

static inline void set_mask_in(const struct frame *f, sigset_t mask)
{
	*f->mask[0] = (uint32_t)mask;
	*f->mask[1] = (uint32_t)(mask >> 32);
}

static inline sigset_t mask_now(void)
{
	sigset_t m;

	lab_must(sigprocmask(SIG_BLOCK, NULL, &m), "sigprocmask");
	return m;
}

/* Run fn(arg) in a child.  Return: its wait status. */
static inline int status_of(void (*fn)(void *), void *arg)
{
	int status = 0;
	pid_t pid = lab_fork(fn, arg);

	lab_equal(waitpid(pid, &status, 0), pid, "waitpid");
	return status;
}

/* A case in a process of its own: it may change masks, handlers and stacks. */
#define CASE(name) \
	static void name(void) \
	{ \
		lab_join(lab_fork(test_##name, NULL)); \
	}

#endif
