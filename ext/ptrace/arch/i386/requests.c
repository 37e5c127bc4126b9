/* SPDX-License-Identifier: MIT */
/*
 * Requests of ptrace(2) that only this machine has (row B7): Linux's older
 * names for its register sets, the words of struct user, and TLS slots.
 */
#include <arch/i386.h>
#include <arch/uabi.h>
#include <ext/ptrace/data.h>
#include <ext/ptrace/uapi.h>
#include <ext/regset/regset.h>
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

/* struct user of PEEKUSR: the registers first, the debug registers last. */
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

static int user_area(struct task *t, uaddr_t at, unsigned long data,
		     bool write)
{
	const struct arch_regset *general = arch_regsets(t);
	u32 regs[USER_REGS / 4] __aligned(16);

	if (at & 3 || at >= USER_SIZE)
		return -EIO;
	if (at >= sizeof(regs)) {
		/* none are set, and none can be */
		if (!write)
			return put_user((u32)0, data);
		return at >= USER_DEBUGREG && !data ? 0 : -EIO;
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
	case PTRACE_SETFPXREGS:		/* EIO in any case, as Linux has it */
		return copy_set(t, NT_PRXFPREG, data,
				request == PTRACE_SETFPXREGS) ? -EIO : 0;
	case PTRACE_GET_THREAD_AREA:
	case PTRACE_SET_THREAD_AREA:
		return thread_area(t, addr, data,
				   request == PTRACE_SET_THREAD_AREA);
	}
	return -EIO;
}
