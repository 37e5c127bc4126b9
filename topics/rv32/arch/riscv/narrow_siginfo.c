/* SPDX-License-Identifier: MIT */
/*
 * Conversion of the 32-bit siginfo_t, in both directions: three ints, followed
 * by a union of words (row E15, docs/rv32.md).
 */
#include "narrowinfo.h"
#include <lib/mem.h>

void narrow_siginfo(void *to, const struct siginfo *info)
{
	u32 *word = to;

	memset(word, 0, SIGINFO_SIZE);
	word[0] = (u32)info->signo;
	word[1] = (u32)info->err;
	word[2] = (u32)info->code;
	/*
	 * every variant of the union, except that of faults, begins with two
	 * ints, whose names differ
	 */
	word[3] = (u32)info->pid;
	word[4] = info->uid;
	switch (info->of_child ? SIGINFO_CHILD :
		siginfo_kind(info->signo, info->code)) {
	case SIGINFO_TIMER:
	case SIGINFO_QUEUE:
		word[5] = (u32)info->value;
		break;
	case SIGINFO_CHILD:
		word[5] = (u32)info->status;
		word[6] = (u32)info->utime;
		word[7] = (u32)info->stime;
		break;
	case SIGINFO_FAULT:
		word[3] = (u32)info->addr;
		word[4] = 0;
		break;
	case SIGINFO_KILL:
	case SIGINFO_POLL:
		break;
	}
}

int narrow_info(uaddr_t at)
{
	union { u8 wide[SIGINFO_SIZE]; u32 narrow[SIGINFO_SIZE / 4];
		u64 aligned; } u;
	struct siginfo info;

	memset(&info, 0, sizeof(info));
	if (get_user(&u, at))
		return -EFAULT;
	siginfo_decode(&info, u.wide);
	narrow_siginfo(u.narrow, &info);
	return copy_to_user(at, u.narrow, sizeof(u.narrow));
}

/*
 * Convert a 32-bit siginfo_t to 64 bits.  All fields but the fault address are
 * ints.
 */
int widen_info(void *wide, uaddr_t from, int signo)
{
	u32 u[SIGINFO_SIZE / 4];
	struct siginfo info;

	if (get_user(&u, from))
		return -EFAULT;
	memset(&info, 0, sizeof(info));
	info.signo = signo ? signo : (int)u[0];
	info.err = (int)u[1];
	info.code = (int)u[2];
	info.pid = (int)u[3];
	info.uid = u[4];
	switch (siginfo_kind(info.signo, info.code)) {
	case SIGINFO_TIMER:
	case SIGINFO_QUEUE:
		info.value = u[5];
		break;
	case SIGINFO_CHILD:
		info.status = (int)u[5];
		info.utime = u[6];
		info.stime = u[7];
		break;
	case SIGINFO_FAULT:
		info.addr = u[3];
		break;
	case SIGINFO_KILL:
	case SIGINFO_POLL:
		break;
	}
	siginfo_encode(wide, &info);
	return 0;
}
