/* SPDX-License-Identifier: MIT */
/*
 * Requests of ptrace(2) that only this machine has (row B7): Linux's older
 * requests for register sets, the words of struct user, which include the debug
 * registers, and TLS slots.
 */
#include <arch/i386.h>
#include <arch/uabi.h>
#include <topics/debugger/data.h>
#include <topics/debugger/uapi.h>
#include <topics/debugger/regset.h>
#include <lt/compiler.h>
#include <mm/uaccess.h>
#include <uapi/errno.h>

#define PTRACE_GETREGS		12
#define PTRACE_SETREGS		13
#define PTRACE_GETFPREGS	14
#define PTRACE_SETFPREGS	15
#define PTRACE_GETFPXREGS	18
#define PTRACE_SETFPXREGS	19
#define PTRACE_GET_THREAD_AREA	25
#define PTRACE_SET_THREAD_AREA	26

/* struct user of PEEKUSR: registers first, debug registers last. */
#define USER_SIZE	284
#define USER_REGS	68
#define USER_DEBUGREG	252

static int copy_set(struct task *t, unsigned note, uaddr_t at, bool write)
{
	const struct arch_regset *r = arch_regsets(t);
	u8 buf[ARCH_REGSET_MAX] __aligned(16);

	while (r->note != note)
		r++;
	if (write)
		return copy_from_user(buf, at, r->size) ? -EFAULT :
			arch_regset_set(t, r, buf);
	arch_regset_get(t, r, buf);
	return copy_to_user(at, buf, r->size);
}

/* ---- debug registers ----------------------------------------------------- */

/*
 * True if a debug register may watch `at` in this way: an instruction, or
 * accesses to one, two or four aligned bytes of a program's memory.
 */
static bool debug_allowed(u32 at, unsigned kind)
{
	unsigned how = kind & 3, rest = kind >> 2;

	return how != DR7_PORT && rest != 2 && (how != DR7_FETCH || !rest) &&
		!(at & rest) && at < USER_TOP - rest;
}

/*
 * Set the address that debug register n watches.  A register that is set for
 * the first time watches stores to one byte, and is not enabled.
 */
static int set_debug_at(struct debug_regs *d, unsigned n, u32 at)
{
	u32 control = d->control;

	if (!(d->made & 1u << n))
		control |= DR7_STORE << DR7_KIND_SHIFT(n);
	if (!debug_allowed(at, control >> DR7_KIND_SHIFT(n) & 15))
		return -EINVAL;
	d->made |= 1u << n;
	d->control = control;
	d->at[n] = at;
	return 0;
}

/*
 * Set the control register.  A debug register that was never used and is not
 * enabled may have any kind.
 */
static int set_debug_control(struct debug_regs *d, u32 value)
{
	u32 control = value & DR7_ON;
	u8 made = d->made;

	for (unsigned n = 0; n < ARRAY_SIZE(d->at); n++) {
		if (value & DR7_ON_OF(n))
			made |= 1u << n;
		if (!(made & 1u << n))
			continue;
		if (!debug_allowed(d->at[n], value >> DR7_KIND_SHIFT(n) & 15))
			return -EINVAL;
		control |= value & DR7_KIND(n);
	}
	d->made = made;
	d->control = control;
	d->stored = value;
	return 0;
}

static int set_debug(struct debug_regs *d, unsigned n, u32 value)
{
	if (n < ARRAY_SIZE(d->at))
		return set_debug_at(d, n, value);
	if (n == 7)
		return set_debug_control(d, value);
	if (n != 6)
		return -EIO;
	d->why = value ^ DR6_CLEAR;
	return 0;
}

static u32 get_debug(const struct debug_regs *d, unsigned n)
{
	if (n < ARRAY_SIZE(d->at))
		return d->at[n];
	if (n == 7)
		return d->stored;
	return n == 6 ? d->why ^ DR6_CLEAR : 0;
}

/*
 * Read or write debug register n.  The processor gets the new values when t,
 * which is off every CPU, runs again.
 */
static int debug_register(struct task *t, unsigned n, unsigned long data,
			  bool write)
{
	struct debug_regs *d = &t->arch.debug;

	return write ? set_debug(d, n, (u32)data) :
		put_user(get_debug(d, n), data);
}

/* ---- struct user --------------------------------------------------------- */

static int user_area(struct task *t, uaddr_t at, unsigned long data,
		     bool write)
{
	const struct arch_regset *general = arch_regsets(t);
	u32 regs[USER_REGS / 4] __aligned(16);

	if (at & 3 || at >= USER_SIZE)
		return -EIO;
	if (at >= sizeof(regs)) {
		if (at >= USER_DEBUGREG)
			return debug_register(t, (at - USER_DEBUGREG) / 4,
					      data, write);
		return write ? -EIO : put_user((u32)0, data);
	}
	arch_regset_get(t, general, regs);
	if (!write)
		return put_user(regs[at / 4], data);
	regs[at / 4] = (u32)data;
	return arch_regset_set(t, general, regs);
}

static int thread_area(struct task *t, uaddr_t entry, uaddr_t at, bool write)
{
	struct uabi_user_desc u;
	int slot = (int)entry - GDT_TLS_FIRST;

	if (slot < 0 || slot >= GDT_TLS_SLOTS)
		return -EINVAL;
	if (write)
		return get_user(&u, at) ? -EFAULT : tls_set(t, slot, &u);
	tls_get(t, slot, &u);
	return put_user(u, at);
}

int trace_machine_data(struct task *t, long request, uaddr_t addr,
		       unsigned long data)
{
	switch (request) {
	case PTRACE_PEEKUSR:
	case PTRACE_POKEUSR:
		return user_area(t, addr, data, request == PTRACE_POKEUSR);
	case PTRACE_GETREGS:
	case PTRACE_SETREGS:
		return copy_set(t, NT_PRSTATUS, data,
				request == PTRACE_SETREGS);
	case PTRACE_GETFPREGS:
	case PTRACE_SETFPREGS:
		return copy_set(t, NT_PRFPREG, data,
				request == PTRACE_SETFPREGS);
	case PTRACE_GETFPXREGS:
	case PTRACE_SETFPXREGS:		/* any error is EIO, as on Linux */
		return copy_set(t, NT_PRXFPREG, data,
				request == PTRACE_SETFPXREGS) ? -EIO : 0;
	case PTRACE_GET_THREAD_AREA:
	case PTRACE_SET_THREAD_AREA:
		return thread_area(t, addr, data,
				   request == PTRACE_SET_THREAD_AREA);
	}
	return -EIO;
}
