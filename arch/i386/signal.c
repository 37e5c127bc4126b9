/* SPDX-License-Identifier: MIT */
/*
 * Signal frames as i386 programs know them (row B6): the old one, for handlers
 * without SA_SIGINFO, and the rt one.  Floating-point state lies above the
 * frame, in the formats of fsave and fxsave.  The frame that comes back is
 * hostile: only flags and selectors that user mode may have are accepted.
 */
#include <arch/fpu.h>
#include <arch/i386.h>
#include <arch/uabi.h>
#include <kernel/current.h>
#include <kernel/signal/siginfo.h>
#include <lib/mem.h>
#include <mm/uaccess.h>

/* popl %eax; movl $119, %eax; int $0x80 */
static const u8 old_code[8] = { 0x58, 0xb8, 119, 0, 0, 0, 0xcd, 0x80 };
/* movl $173, %eax; int $0x80; debuggers know the frame by these bytes */
static const u8 rt_code[8] = { 0xb8, 173, 0, 0, 0, 0xcd, 0x80, 0 };

#define OLD(member) offsetof(struct uabi_sigframe, member)
#define RT(member) offsetof(struct uabi_rt_sigframe, member)

/*
 * Set each member separately: a compound literal would be built elsewhere and
 * copied.
 */
static void context_save(struct uabi_sigcontext *sc, const struct trapframe *tf,
			 const struct signal_frame *f, uaddr_t fpstate)
{
	/* lab port: begin */
	bool fault = tf->vector < 32;

	sc->gs = read_segment(gs);
	sc->fs = tf->fs & 0xffff;
	sc->es = tf->es & 0xffff;
	sc->ds = tf->ds & 0xffff;
	sc->edi = tf->edi;
	sc->esi = tf->esi;
	sc->ebp = tf->ebp;
	sc->esp = sc->esp_at_signal = tf->esp;
	sc->ebx = tf->ebx;
	sc->edx = tf->edx;
	sc->ecx = tf->ecx;
	sc->eax = tf->eax;
	sc->trapno = fault ? tf->vector : 0;
	sc->err = fault ? tf->err : 0;
	sc->eip = tf->eip;
	sc->cs = tf->cs & 0xffff;
	sc->eflags = tf->eflags;
	sc->ss = tf->ss & 0xffff;
	sc->fpstate = fpstate;
	sc->oldmask = (u32)f->mask;
	sc->cr2 = 0;
	if (tf->vector == VECTOR_PF) {
		sc->cr2 = f->info->addr;
		/*
		 * hide from the program what the kernel has mapped, as Linux
		 * does
		 */
		if (sc->cr2 >= USER_TOP)
			sc->err |= 1;
	}
	/* lab port: end */
}

/* Return sel if a program may have this selector, otherwise null. */
static u32 data_selector(u32 sel)
{
	/* lab port: begin */
	sel &= 0xffff;
	if (likely(sel == USER_DS))
		return sel;
	if (sel <= 3)
		return 0;
	sel |= 3;
	return segment_readable(sel) ? sel : 0;
	/* lab port: end, else return 0; */
}

/*
 * cs and ss get any selectors, at user privilege: iret refuses those that a
 * program may not have, which becomes a SIGILL, as on Linux.
 */
static void context_restore(struct trapframe *tf,
			    const struct uabi_sigcontext *sc)
{
	/* lab port: begin */
	tf->es = data_selector(sc->es);
	tf->ds = data_selector(sc->ds);
	tf->edi = sc->edi;
	tf->esi = sc->esi;
	tf->ebp = sc->ebp;
	tf->ebx = sc->ebx;
	tf->edx = sc->edx;
	tf->ecx = sc->ecx;
	tf->eax = sc->eax;
	tf->vector = TF_DONE;
	tf->err = 0;
	tf->eip = sc->eip;
	tf->cs = (sc->cs & 0xffff) | 3;
	tf->eflags = (sc->eflags & EFLAGS_USER) | EFLAGS_IF | EFLAGS_FIXED;
	tf->esp = sc->esp;
	tf->ss = (sc->ss & 0xffff) | 3;
	tf->fs = data_selector(sc->fs);
	load_segment(gs, data_selector(sc->gs));
	/* lab port: end */
}

#define FPSTATE(member) offsetof(struct uabi_fpstate, member)

/*
 * Return: true if the handler left both formats unchanged and the registers
 * empty.  The opcode is ignored, because not every machine saves it.
 */
static bool fpu_untouched(const struct uabi_fpstate *fp)
{
	const struct fxsave *fx = &fp->fx;

	return fp->magic == 0 && !fx->twd && (u16)fp->tag == 0xffff &&
		(u16)fp->cw == fx->cwd && (u16)fp->sw == fx->swd &&
		fp->ipoff == fx->fip && fp->dataoff == fx->foo &&
		(u16)fp->cssel == (u16)fx->fcs &&
		(u16)fp->datasel == (u16)fx->fos &&
		!(fx->mxcsr & ~fpu_mxcsr_mask);
}

/* fpstate 0: the program asks for a clean unit. */
static int fpu_restore(uaddr_t fpstate)
{
	struct uabi_fpstate fp;
	uaddr_t fx = fpstate + FPSTATE(fx);

	if (!fpstate) {
		fpu_load(&fpu_clean);
		return 0;
	}
	if (!user_range_ok(fpstate, sizeof(fp)) ||
	    copy_from_user(&fp, fpstate, FPSTATE(fx.st)))
		return -EFAULT;
	if (likely(fpu_untouched(&fp) && fx % 16 == 0))
		return fpu_load_user(fx);
	if (copy_from_user(&fp, fpstate, sizeof(fp)))
		return -EFAULT;
	if (fp.magic != 0)		/* only the fsave format */
		fp.fx = fpu_clean;
	fpu_from_fsave(&fp);
	fpu_load(&fp.fx);
	return 0;
}

/*
 * Reserve room for the FPU state (its user-visible fxsave image must be 64-byte
 * aligned) and a frame of n bytes, so that the stack is 16-byte aligned at the
 * handler's first push.
 */
static uaddr_t frame_place(uaddr_t sp, unsigned n, uaddr_t *fpstate)
{
	/* lab port: begin */
	uaddr_t fx = ALIGN_DOWN(sp - sizeof(struct fxsave), 64);

	*fpstate = fx - FPSTATE(fx);
	return ALIGN_DOWN(*fpstate - n + 4, 16) - 4;
	/* lab port: end, else *fpstate = 0;\nreturn 0; */
}

/*
 * Write the FPU state; at + FPSTATE(fx) is aligned to 64.  Empty registers
 * leave the memory of their slots unchanged.
 */
static int fpu_push(uaddr_t at)
{
	struct uabi_fpstate fp;
	int err;

	if (!user_range_ok(at, sizeof(fp)))
		return -EFAULT;
	fp.fx.fop = 0;			/* QEMU does not store it */
	fpu_save(&fp.fx);
	if (unlikely(fpu_to_fsave(&fp, &fp.fx)))
		err = copy_to_user(at, &fp, FPSTATE(fx));
	else
		err = copy_to_user(at, &fp, FPSTATE(st)) ||
		      put_user((u32)fp.status, at + FPSTATE(status));
	if (err)
		return -EFAULT;
	return fpu_save_user(at + FPSTATE(fx));
}

static uaddr_t restorer(const struct signal_frame *f, uaddr_t own,
			u32 entry)
{
	/* lab port: begin */
	if (f->action->flags & SA_RESTORER)
		return f->action->restorer;
	if (f->vdso)
		return f->vdso + entry;
	return own;
	/* lab port: end, else return own; */
}

static int push_rt(uaddr_t sp, uaddr_t fpstate, const struct trapframe *tf,
		   const struct signal_frame *f)
{
	/* lab port: begin */
	struct uabi_rt_sigframe frame;
	uaddr_t base = sp;

	memset(&frame, 0, sizeof(frame));
	frame.return_address = restorer(f, base + RT(retcode),
					vdso_entries.rt_sigreturn);
	frame.sig = f->info->signo;
	frame.info_at = base + RT(info);
	frame.uc_at = base + RT(uc);
	siginfo_encode(frame.info, f->info);
	frame.uc.uc_stack.ss_sp = f->altstack.sp;
	frame.uc.uc_stack.ss_flags = f->altstack.flags;
	frame.uc.uc_stack.ss_size = f->altstack.size;
	frame.uc.uc_sigmask = f->mask;
	context_save(&frame.uc.uc_mcontext, tf, f, fpstate);
	memcpy(frame.retcode, rt_code, sizeof(rt_code));
	return copy_to_user(base, &frame, sizeof(frame));
	/* lab port: end, else return -EFAULT; */
}

static int push_old(uaddr_t sp, uaddr_t fpstate, const struct trapframe *tf,
		    const struct signal_frame *f)
{
	/* lab port: begin */
	struct {
		u32 return_address, sig;
		struct uabi_sigcontext sc;
	} head;
	struct {
		u32 extramask;
		u8 retcode[8];
	} tail;

	head.return_address = restorer(f, sp + OLD(retcode),
				       vdso_entries.sigreturn);
	head.sig = f->info->signo;
	context_save(&head.sc, tf, f, fpstate);
	tail.extramask = f->mask >> 32;
	memcpy(tail.retcode, old_code, sizeof(old_code));
	if (copy_to_user(sp + OLD(extramask), &tail, sizeof(tail)))
		return -EFAULT;
	return copy_to_user(sp, &head, sizeof(head));
	/* lab port: end, else return -EFAULT; */
}

/* Inlined twice, so that the differences between the frames are constants. */
static __inlined int push_frame(struct trapframe *tf,
				const struct signal_frame *f, bool rt)
{
	/* lab port: begin */
	unsigned size = rt ? sizeof(struct uabi_rt_sigframe) :
			     sizeof(struct uabi_sigframe);
	uaddr_t fpstate, sp = frame_place(f->sp, size, &fpstate);
	int err;

	if (sp <= f->floor)
		return -EFAULT;
	err = fpu_push(fpstate);
	if (unlikely(err))
		return err;
	err = rt ? push_rt(sp, fpstate, tf, f) :
		   push_old(sp, fpstate, tf, f);
	if (unlikely(err))
		return err;
	tf->eax = f->info->signo;
	tf->edx = rt ? sp + RT(info) : 0;
	tf->ecx = rt ? sp + RT(uc) : 0;
	tf->eip = f->action->handler;
	tf->esp = sp;
	tf->cs = USER_CS;
	tf->ss = tf->ds = tf->es = USER_DS;
	tf->eflags &= ~(u32)(EFLAGS_DF | EFLAGS_RF | EFLAGS_TF);
	fpu_load(&fpu_clean);
	return 0;
	/* lab port: end, else return -EFAULT; */
}

int arch_signal_push(struct trapframe *tf, const struct signal_frame *f)
{
	return f->action->flags & SA_SIGINFO ? push_frame(tf, f, true) :
		push_frame(tf, f, false);
}

/* The handler's return has already popped the return address. */
static int pop_rt(struct trapframe *tf, struct signal_frame *f)
{
	/* lab port: begin */
	struct uabi_ucontext uc;

	if (copy_from_user(&uc, tf->esp - 4 + RT(uc), sizeof(uc)) ||
	    fpu_restore(uc.uc_mcontext.fpstate))
		return -EFAULT;
	context_restore(tf, &uc.uc_mcontext);
	f->mask = uc.uc_sigmask;
	f->altstack.sp = uc.uc_stack.ss_sp;
	f->altstack.flags = uc.uc_stack.ss_flags;
	f->altstack.size = uc.uc_stack.ss_size;
	return 0;
	/* lab port: end, else return -EFAULT; */
}

/* Here the return code's `popl %eax` has popped the signal number as well. */
static int pop_old(struct trapframe *tf, struct signal_frame *f)
{
	/* lab port: begin */
	uaddr_t frame = tf->esp - 8;
	struct uabi_sigcontext sc;
	u32 extramask;

	if (copy_from_user(&sc, frame + OLD(sc), sizeof(sc)) ||
	    get_user(&extramask, frame + OLD(extramask)) ||
	    fpu_restore(sc.fpstate))
		return -EFAULT;
	context_restore(tf, &sc);
	f->mask = (sigmask_t)extramask << 32 | sc.oldmask;
	return 0;
	/* lab port: end, else return -EFAULT; */
}

int arch_signal_pop(struct trapframe *tf, struct signal_frame *f, bool rt)
{
	return rt ? pop_rt(tf, f) : pop_old(tf, f);
}
