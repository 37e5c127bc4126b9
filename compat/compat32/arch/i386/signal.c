/* SPDX-License-Identifier: MIT */
/*
 * Signal calls with 32-bit masks, from before real-time signals.  They wrap the
 * calls in kernel/signal/.
 */
#include <kernel/signal/pending.h>
#include <mm/uaccess.h>
#include <syscalls.h>

struct old_action {
	u32 handler, mask, flags, restorer;
};

long sys_sigaction(int sig, uaddr_t act, uaddr_t old)
{
	struct sigaction new, was;
	struct old_action u;
	int err;

	if (act) {
		if (get_user(&u, act))
			return -EFAULT;
		new = (struct sigaction){ .handler = u.handler,
			.flags = u.flags, .restorer = u.restorer,
			.mask = u.mask };
	}
	err = action_change(sig, act ? &new : NULL, &was);
	if (err || !old)
		return err;
	u = (struct old_action){ was.handler, was.mask, was.flags,
		was.restorer };
	return put_user(u, old);
}

/*
 * Set a handler with System V semantics: the handler is used once, and does not
 * block its signal (signal(2), "Portability").
 */
long sys_signal(int sig, uaddr_t handler)
{
	struct sigaction was, new = {
		.handler = handler, .flags = SA_RESETHAND | SA_NODEFER,
	};
	int err = action_change(sig, &new, &was);

	return err ? err : (long)was.handler;
}

/* Return: current's mask of signals, with the first 32 replaced by `low`. */
static sigmask_t low_mask(u32 low)
{
	return (current->blocked & ~(sigmask_t)UINT32_MAX) | low;
}

long sys_sigprocmask(int how, uaddr_t set, uaddr_t old)
{
	u32 was = current->blocked, mask;

	if (set) {
		int err;

		if (get_user(&mask, set))
			return -EFAULT;
		err = mask_change(how, how == SIG_SETMASK ? low_mask(mask) :
				  mask);
		if (err)
			return err;
	}
	return old ? put_user(was, old) : 0;
}

long sys_sigpending(uaddr_t set)
{
	return sys_rt_sigpending(set, sizeof(u32));
}

long sys_sigsuspend(int unused1 __unused, int unused2 __unused,
		    unsigned long mask)
{
	return signal_suspend((u32)mask);
}

long sys_sgetmask(void)
{
	return (u32)current->blocked;
}

long sys_ssetmask(int mask)
{
	u32 was = current->blocked;

	signal_set_mask((u32)mask);
	return was;
}
