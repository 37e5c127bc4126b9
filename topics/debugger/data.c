/* SPDX-License-Identifier: MIT */
/*
 * Data of a stopped tracee except its memory (row B6): signals, registers, and
 * the reason of the stop.  The tracee is frozen, so data that only it changes
 * is stable.
 */
#include <arch/elf.h>
#include "data.h"
#include "ptrace.h"
#include "regset.h"
#include <kernel/signal/pending.h>
#include <kernel/signal/siginfo.h>
#include <lib/mem.h>
#include <lt/compiler.h>
#include <mm/uaccess.h>

/* ---- signals ------------------------------------------------------------- */

static int put_info(uaddr_t to, const struct siginfo *info)
{
	unsigned long buf[SIGINFO_SIZE / sizeof(long)];

	siginfo_encode(buf, info);
	return copy_to_user(to, buf, sizeof(buf));
}

/* Copy the siginfo of the stop.  A group stop without SEIZE has none. */
static int get_siginfo(struct task *t, uaddr_t to)
{
	struct siginfo info;
	bool any;

	spin_lock(&t->sighand->lock);
	any = t->trace.info;
	if (any)
		info = *t->trace.info;
	spin_unlock(&t->sighand->lock);
	return any ? put_info(to, &info) : -EINVAL;
}

/*
 * Change the siginfo that the tracee's handler gets, if the signal is
 * delivered.
 */
static int ptrace_set_siginfo(struct task *t, uaddr_t from)
{
	unsigned long buf[SIGINFO_SIZE / sizeof(long)];
	struct siginfo info;
	int err = -EINVAL;

	if (copy_from_user(buf, from, sizeof(buf)))
		return -EFAULT;
	siginfo_decode(&info, buf);
	spin_lock(&t->sighand->lock);
	if (t->trace.info) {
		*t->trace.info = info;
		err = 0;
	}
	spin_unlock(&t->sighand->lock);
	return err;
}

/*
 * Copy entry n of a queue.
 * Context: [sighand->lock].
 * Return: false: there is none.
 */
static bool queued(const struct sigpending *p, u64 n, struct siginfo *info)
{
	const struct sigqueue *q;

	list_for_each(q, &p->queue, link) {
		if (n--)
			continue;
		*info = q->info;
		return true;
	}
	return false;
}

/* Return: the number of entries copied, or -errno. */
static int peek_siginfo(struct task *t, uaddr_t args, uaddr_t to)
{
	struct {
		u64 off;
		u32 flags;
		s32 nr;
	} a;
	struct siginfo info;
	bool any;
	int i;

	if (get_user(&a, args))
		return -EFAULT;
	if (a.flags & ~PTRACE_PEEKSIGINFO_SHARED || a.nr < 0)
		return -EINVAL;
	for (i = 0; i < a.nr; i++) {
		spin_lock(&t->sighand->lock);
		any = queued(a.flags & PTRACE_PEEKSIGINFO_SHARED ?
			     &t->process->pending : &t->pending, a.off + i,
			     &info);
		spin_unlock(&t->sighand->lock);
		if (!any)
			break;
		if (put_info(to + (uaddr_t)i * SIGINFO_SIZE, &info))
			return i ? i : -EFAULT;
	}
	return i;
}

/*
 * Copy the signal mask.  During sigsuspend or ppoll this is the mask to be
 * restored, as on Linux.
 */
static int get_sigmask(struct task *t, unsigned long size, uaddr_t to)
{
	sigmask_t mask = READ_ONCE(t->ast) & AST_RESTORE_MASK ? t->saved_mask :
		t->blocked;

	return size == sizeof(mask) ? put_user(mask, to) : -EINVAL;
}

static int set_sigmask(struct task *t, unsigned long size, uaddr_t from)
{
	sigmask_t mask;

	if (size != sizeof(mask))
		return -EINVAL;
	if (get_user(&mask, from))
		return -EFAULT;
	spin_lock(&t->sighand->lock);
	t->blocked = mask & ~SIGMASK_UNBLOCKABLE;
	__atomic_fetch_and(&t->ast, ~AST_RESTORE_MASK, __ATOMIC_RELAXED);
	task_set_ast(t, AST_SIGNAL);	/* check for unblocked signals */
	spin_unlock(&t->sighand->lock);
	return 0;
}

/* ---- registers ----------------------------------------------------------- */

/* Find a register set by the number of its core-file note (elf.h, NT_*). */
static const struct arch_regset *find_regset(const struct task *t,
					     unsigned note)
{
	const struct arch_regset *r;

	for (r = arch_regsets(t); r->note; r++)
		if (r->note == note)
			return r;
	return NULL;
}

/*
 * Read or write a register set.  A short write changes only the first
 * registers: read the whole set, change those registers, and write the set
 * back.
 */
static int ptrace_regset(struct task *t, unsigned note, uaddr_t at, bool write)
{
	const struct arch_regset *r = find_regset(t, note);
	u8 buf[ARCH_REGSET_MAX] __aligned(16);
	struct uio_segment {
		uaddr_t base;
		unsigned long len;
	} v;
	int err;

	if (get_user(&v, at))
		return -EFAULT;
	if (!r || v.len % r->unit)
		return -EINVAL;
	v.len = min(v.len, (unsigned long)r->size);
	arch_regset_get(t, r, buf);
	if (write) {
		if (copy_from_user(buf, v.base, v.len))
			return -EFAULT;
		err = arch_regset_set(t, r, buf);
	} else {
		err = copy_to_user(v.base, buf, v.len);
	}
	return err ? err : put_user(v.len, at + offsetof(struct uio_segment,
							  len));
}

/* ---- why it stopped ------------------------------------------------------ */

/* struct ptrace_syscall_info, the same on both machines. */
struct syscall_info_abi {
	u8 op, pad[3];
	u32 arch;
	u64 pc, sp;
	union {
		struct {
			u64 nr, args[6];
		} entry;
		struct {
			s64 result;
			u8 is_error;
		} exit;
	};
};

#define INFO_HEAD	offsetof(struct syscall_info_abi, entry)
#define INFO_ENTRY	(INFO_HEAD + 56)
#define INFO_EXIT	(INFO_HEAD + 9)

/*
 * Return AUDIT_ARCH_*: the ELF machine, and bits for 64-bit and little-endian.
 */
static u32 audit_arch(const struct task *t)
{
	return ARCH_ELF_MACHINE | 0x40000000u |
		(trace_word(t) == 8 ? 0x80000000u : 0);
}

/*
 * Return the value of a register.  For a 32-bit program return only the lower
 * half, because the upper half is undefined.
 */
static unsigned long ptrace_word_of(const struct task *t, unsigned long v)
{
	return trace_word(t) == sizeof(v) ? v : (u32)v;
}

/* Fill the part for this kind of stop.  Return: the valid size. */
static unsigned long entry_info(const struct task *t,
				const struct trapframe *tf,
				struct syscall_info_abi *i)
{
	i->op = PTRACE_EVENTMSG_SYSCALL_ENTRY;
	i->entry.nr = ptrace_word_of(t, tf_nr(tf));
	for (unsigned n = 0; n < 6; n++)
		i->entry.args[n] = ptrace_word_of(t, tf_arg(tf, n));
	return INFO_ENTRY;
}

/*
 * Fill the part for the exit of a system call.  Results from -4095 to -1 are
 * errors on both machines.
 */
static unsigned long exit_info(const struct task *t,
			       const struct trapframe *tf,
			       struct syscall_info_abi *i)
{
	i->op = PTRACE_EVENTMSG_SYSCALL_EXIT;
	i->exit.result = trace_word(t) == 4 ? (s32)tf_result(tf) :
		(long)tf_result(tf);
	i->exit.is_error = i->exit.result < 0 && i->exit.result >= -4095;
	return INFO_EXIT;
}

/*
 * Store the description of the stop at `to`, at most `size` bytes.  Return: the
 * full size, or -EFAULT.
 */
static int get_syscall_info(struct task *t, unsigned long size, uaddr_t to)
{
	const struct trapframe *tf = current_trapframe(t->kstack);
	struct syscall_info_abi i = {
		.arch = audit_arch(t), .pc = ptrace_word_of(t, tf_pc(tf)),
		.sp = ptrace_word_of(t, tf_sp(tf)),
	};
	unsigned long n = INFO_HEAD;
	const struct tracing *tr = &t->trace;

	if (tr->info && tr->info->code == (SIGTRAP | 0x80)) {
		if (tr->message == PTRACE_EVENTMSG_SYSCALL_ENTRY)
			n = entry_info(t, tf, &i);
		else if (tr->message == PTRACE_EVENTMSG_SYSCALL_EXIT)
			n = exit_info(t, tf, &i);
	}
	if (copy_to_user(to, &i, min(size, n)))
		return -EFAULT;
	return (int)n;
}

/* Default for ports without such requests: see arch/ beside this file. */
__weak int trace_machine_data(struct task *t, long request, uaddr_t addr,
			      unsigned long data)
{
	return -EIO;
}

int trace_data(struct task *t, long request, uaddr_t addr, unsigned long data)
{
	switch (request) {
	case PTRACE_GETEVENTMSG:
		return copy_to_user(data, &t->trace.message,
				    trace_word(current));
	case PTRACE_GETSIGINFO:
		return get_siginfo(t, data);
	case PTRACE_SETSIGINFO:
		return ptrace_set_siginfo(t, data);
	case PTRACE_PEEKSIGINFO:
		return peek_siginfo(t, addr, data);
	case PTRACE_GETSIGMASK:
		return get_sigmask(t, addr, data);
	case PTRACE_SETSIGMASK:
		return set_sigmask(t, addr, data);
	case PTRACE_GETREGSET:
	case PTRACE_SETREGSET:
		return ptrace_regset(t, addr, data,
				     request == PTRACE_SETREGSET);
	case PTRACE_GET_SYSCALL_INFO:
		return get_syscall_info(t, addr, data);
	}
	return trace_machine_data(t, request, addr, data);
}
