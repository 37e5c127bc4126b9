/* SPDX-License-Identifier: MIT */
/*
 * The records of signals (rows B6, B8) that a port and the kernel share, and
 * those that are part of a task; <kernel/signal/signal.h> has what is done with them.
 */
#ifndef LT_SIGNAL_H
#define LT_SIGNAL_H

#include <arch/uabi.h>
#include <lt/list.h>
#include <lt/types.h>
#include <uapi/signal.h>

/* What a handler learns; the port lays it out as the ABI's siginfo_t. */
struct siginfo {
	int signo;
	int code;		/* SI_USER, SEGV_MAPERR, ... */
	int err;		/* si_errno */
	/* which members count depends on signo and code (siginfo.c) */
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
	bool of_child;		/* as SIGCHLD, though signo may be another */
	bool forced;		/* from outside of the receiver's pid space */
	union {
		struct {
			int status;	/* SIGCHLD */
			unsigned long utime, stime; /* ... clock ticks */
		};
		uaddr_t addr;		/* faults */
		uaddr_t value;		/* SI_QUEUE, MESGQ, TIMER: sigval */
	};
};

/* One queued signal. */
struct sigqueue {
	struct list link;
	struct siginfo info;
};

/*
 * A bit without an entry in the queue stands for a signal of which nothing is
 * known, as there was no room to keep it: SI_USER of nobody, as on Linux.  One
 * entry is built in, so that a signal sent and taken costs no allocation.
 */
struct sigpending {
	sigmask_t mask;		/* [sighand->lock] */
	struct list queue;	/* [sighand->lock] struct sigqueue */
	unsigned queued;	/* [sighand->lock] entries, for the limit */
	bool spare_used;	/* [sighand->lock] */
	struct sigqueue spare;	/* [sighand->lock] */
};

/* As programs have it. */
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

/* What arch_signal_push writes and arch_signal_pop reads back. */
struct signal_frame {
	uaddr_t sp;			/* push: where the stack starts */
	uaddr_t floor;			/* push: the frame begins above it */
	uaddr_t vdso;			/* push: where arch_vdso is mapped */
	const struct sigaction *action;	/* push */
	const struct siginfo *info;	/* push */
	sigmask_t mask;			/* to restore on return */
	struct sigaltstack altstack;	/* uc_stack */
};

#define sig_bit(signo) ((sigmask_t)1 << ((signo) - 1))
#define SIGMASK_UNBLOCKABLE (sig_bit(SIGKILL) | sig_bit(SIGSTOP))

#endif
