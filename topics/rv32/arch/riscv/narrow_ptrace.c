/* SPDX-License-Identifier: MIT */
/*
 * ptrace(2) by a 32-bit program, as Linux does it for such programs (row E15):
 * 32-bit siginfo_t, and addresses of register buffers.  Two things need no
 * conversion here (see topics/debugger): words of the tracee's memory have the
 * width of the tracer, and register sets have the width of the tracee.
 */
#include "narrowinfo.h"
#include <topics/debugger/uapi.h>
#include <lib/mem.h>

#define NR_PTRACE	117

/* Convert the iovec of a register set; only its length is written back. */
static long narrow_ptrace_regset(const unsigned long *a)
{
	struct { u64 base, len; } *wide;
	unsigned long w[6] = { a[0], a[1], a[2], LENT_AT };
	struct lent l;
	long result = lent_begin(&l, sizeof(*wide));

	if (result)
		return result;
	wide = (void *)l.mem;
	if (form_get("2l", wide, a[3]))
		w[3] = LENT_NOWHERE;
	result = wide_call(NR_PTRACE, w);
	if (!result)
		result = put_user((u32)wide->len, a[3] + sizeof(u32));
	lent_end(&l);
	return result;
}

static long narrow_ptrace_set_siginfo(const unsigned long *a)
{
	unsigned long w[6] = { a[0], a[1], a[2], LENT_AT };
	struct lent l;
	long result = lent_begin(&l, SIGINFO_SIZE);

	if (result)
		return result;
	if (widen_info(l.mem, a[3], 0))
		w[3] = LENT_NOWHERE;
	result = wide_call(NR_PTRACE, w);
	lent_end(&l);
	return result;
}

/*
 * Convert n 64-bit siginfo_t to 32 bits in place.
 * Return: the number converted: less than n after an error; -EFAULT: none.
 */
static long narrow_infos(uaddr_t at, long n)
{
	for (long i = 0; i < n; i++)
		if (narrow_info(at + (uaddr_t)i * SIGINFO_SIZE))
			return i ? i : -EFAULT;
	return n;
}

/* Serve ptrace(2).  Requests and pids are sign-extended, addresses are not. */
long narrow_ptrace(const unsigned long *a)
{
	unsigned long w[6] = { (unsigned long)(s32)a[0],
		(unsigned long)(s32)a[1], a[2], a[3] };
	long result;

	switch ((u32)a[0]) {
	case PTRACE_GETREGSET:
	case PTRACE_SETREGSET:
		return narrow_ptrace_regset(w);
	case PTRACE_SETSIGINFO:
		return narrow_ptrace_set_siginfo(w);
	case PTRACE_GETSIGINFO:
		result = wide_call(NR_PTRACE, w);
		return result ? result : narrow_info(a[3]);
	case PTRACE_PEEKSIGINFO:
		return narrow_infos(a[3], wide_call(NR_PTRACE, w));
	}
	return wide_call(NR_PTRACE, w);
}
