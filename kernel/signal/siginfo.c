/* SPDX-License-Identifier: MIT */
/*
 * Conversion of siginfo_t in both directions.  Signal number and code say which
 * member of the union is valid.  Members of the sizes of int, long and pointers
 * give siginfo_t Linux's layout on both 32-bit and 64-bit machines (row B8).
 */
#include <kernel/signal/siginfo.h>
#include <lib/mem.h>

struct uabi_siginfo {
	int signo, err, code;
	union {
		struct { int pid; unsigned uid; } kill;
		struct { int id, overrun; unsigned long value; } timer;
		struct { int pid; unsigned uid; unsigned long value; } queue;
		struct {
			int pid;
			unsigned uid;
			int status;
			long utime, stime;
		} child;
		struct { unsigned long addr; } fault;
		struct { long band; int fd; } poll;
		/* the head is three ints, padded to the union's alignment */
		char size[SIGINFO_SIZE - (sizeof(long) == 8 ? 16 : 12)];
	};
};

_Static_assert(sizeof(struct uabi_siginfo) == SIGINFO_SIZE,
	       "siginfo_t of the ABI");

#define TRAP_LAST 6			/* greatest si_code of a SIGTRAP */

#define POLL_LAST 6			/* POLL_HUP */

enum siginfo_kind siginfo_kind(int signo, int code)
{
	if (code == SI_TIMER)
		return SIGINFO_TIMER;
	if (code == SI_SIGIO)
		return SIGINFO_POLL;
	if (code < 0)
		return SIGINFO_QUEUE;
	if (code == SI_USER || code == SI_KERNEL)
		return SIGINFO_KILL;
	switch (signo) {
	case SIGCHLD:
		return SIGINFO_CHILD;
	case SIGIO:
		return SIGINFO_POLL;
	case SIGILL:
	case SIGBUS:
	case SIGFPE:
	case SIGSEGV:
		return SIGINFO_FAULT;
	case SIGTRAP:
		/* greater codes belong to ptrace stops */
		return code <= TRAP_LAST ? SIGINFO_FAULT : SIGINFO_KILL;
	case SIGSYS:
		return SIGINFO_KILL;
	default:
		/* any other signal may report a file event (F_SETSIG) */
		return code <= POLL_LAST ? SIGINFO_POLL : SIGINFO_KILL;
	}
}

/*
 * Encode info.  Write all bytes of buf, because unwritten bytes would leak
 * kernel memory.
 */
size_t siginfo_encode(void *buf, const struct siginfo *info)
{
	struct uabi_siginfo *u = buf;
	struct half { unsigned long u[SIGINFO_SIZE / 2 / sizeof(long)]; };
	struct half *halves = buf;

	/* compilers inline stores of this size, but not of the whole buffer */
	halves[0] = halves[1] = (struct half){ { 0 } };
	u->signo = info->signo;
	u->err = info->err;
	u->code = info->code;
	switch (info->of_child ? SIGINFO_CHILD :
		siginfo_kind(info->signo, info->code)) {
	case SIGINFO_KILL:
		u->kill.pid = info->pid;
		u->kill.uid = info->uid;
		break;
	case SIGINFO_TIMER:
		u->timer.id = info->timer_id;
		u->timer.overrun = info->overrun;
		u->timer.value = info->value;
		break;
	case SIGINFO_QUEUE:
		u->queue.pid = info->pid;
		u->queue.uid = info->uid;
		u->queue.value = info->value;
		break;
	case SIGINFO_CHILD:
		u->child.pid = info->pid;
		u->child.uid = info->uid;
		u->child.status = info->status;
		u->child.utime = (long)info->utime;
		u->child.stime = (long)info->stime;
		break;
	case SIGINFO_FAULT:
		u->fault.addr = info->addr;
		break;
	case SIGINFO_POLL:
		u->poll.band = info->band;
		u->poll.fd = info->fd;
		break;
	}
	return SIGINFO_SIZE;
}

void siginfo_decode(struct siginfo *info, const void *buf)
{
	const struct uabi_siginfo *u = buf;

	memset(info, 0, sizeof(*info));
	info->signo = u->signo;
	info->err = u->err;
	info->code = u->code;
	switch (siginfo_kind(u->signo, u->code)) {
	case SIGINFO_KILL:
		info->pid = u->kill.pid;
		info->uid = u->kill.uid;
		break;
	case SIGINFO_TIMER:
		info->timer_id = u->timer.id;
		info->overrun = u->timer.overrun;
		info->value = u->timer.value;
		break;
	case SIGINFO_QUEUE:
		info->pid = u->queue.pid;
		info->uid = u->queue.uid;
		info->value = u->queue.value;
		break;
	case SIGINFO_CHILD:
		info->pid = u->child.pid;
		info->uid = u->child.uid;
		info->status = u->child.status;
		info->utime = (unsigned long)u->child.utime;
		info->stime = (unsigned long)u->child.stime;
		break;
	case SIGINFO_FAULT:
		info->addr = u->fault.addr;
		break;
	case SIGINFO_POLL:
		info->band = (int)u->poll.band;
		info->fd = u->poll.fd;
		break;
	}
}
