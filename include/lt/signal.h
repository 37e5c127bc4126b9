/* SPDX-License-Identifier: MIT */
/*
 * The signal structures (rows B6, B8) that a port and the kernel share, and
 * those that are part of a task; <kernel/signal/signal.h> has the functions on
 * them.
 */
#ifndef LT_SIGNAL_H
#define LT_SIGNAL_H

#include <arch/uabi.h>
#include <lt/list.h>
#include <lt/types.h>
#include <uapi/signal.h>

/* Information for a handler; the port converts it to the ABI's siginfo_t. */
struct siginfo {
	int signo;
	int code;		/* SI_USER, SEGV_MAPERR, ... */
	int err;		/* si_errno */
	/* signo and code decide which members are valid (siginfo.c) */
	union {
		struct {
			int pid;	/* SI_USER, SIGCHLD, SI_QUEUE */
			unsigned uid;
		};
		struct {
			int timer_id, overrun;	/* SI_TIMER */
		};
		struct {
			int band, fd;	/* SIGIO */
		};
	};
	bool of_child;		/* laid out like the siginfo of SIGCHLD, for any
				   signo */
	bool forced;		/* sent from outside the receiver's PID
				   namespace */
	union {
		struct {
			int status;	/* SIGCHLD */
			unsigned long utime, stime; /* SIGCHLD: clock ticks */
		};
		uaddr_t addr;		/* faults */
		struct {
			uaddr_t value;	/* SI_QUEUE, MESGQ, TIMER: sigval */
			u64 turn;	/* SI_TIMER of the kernel: the timer's
					   setting, not 0; not for programs */
		};
	};
};

/* One queued signal. */
struct sigqueue {
	struct list link;
	struct siginfo info;
};

/*
 * Pending signals.  A bit without an entry in the queue is a signal whose
 * details are unknown, because there was no room to keep them: the handler sees
 * SI_USER with pid 0, as on Linux.  One entry is built in, so that sending and
 * taking a signal costs no allocation.
 */
struct sigpending {
	sigmask_t mask;		/* [sighand->lock] */
	struct list queue;	/* [sighand->lock] struct sigqueue */
	unsigned queued;	/* [sighand->lock] entries, counted for the
				   limit */
	bool spare_used;	/* [sighand->lock] */
	struct sigqueue spare;	/* [sighand->lock] */
};

/* The layout of struct sigaction in user memory. */
struct sigaction {
	uaddr_t handler;	/* SIG_DFL, SIG_IGN or code */
	unsigned long flags;	/* SA_ */
#if ARCH_SA_RESTORER
	uaddr_t restorer;
#endif
	sigmask_t mask;
};

struct sigaltstack {
	uaddr_t sp;
	int flags;
	unsigned long size;
};

/* What arch_signal_push() writes and arch_signal_pop() reads back. */
struct signal_frame {
	uaddr_t sp;			/* push: where the stack starts */
	uaddr_t floor;			/* push: lower limit of the frame */
	uaddr_t vdso;			/* push: where arch_vdso is mapped */
	const struct sigaction *action;	/* push */
	const struct siginfo *info;	/* push */
	sigmask_t mask;			/* mask to restore on return */
	struct sigaltstack altstack;	/* uc_stack */
};

#define sig_bit(signo) ((sigmask_t)1 << ((signo) - 1))
#define SIGMASK_UNBLOCKABLE (sig_bit(SIGKILL) | sig_bit(SIGSTOP))

#endif
