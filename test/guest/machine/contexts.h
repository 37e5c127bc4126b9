/* SPDX-License-Identifier: MIT */
/*
 * What a handler sees of the interrupted program, and signal frames that a
 * handler has spoiled.
 */
#ifndef TEST_CONTEXTS_H
#define TEST_CONTEXTS_H

#include "tap.h"

static sigjmp_buf env;
static siginfo_t got;
static ucontext_t context;
static unsigned long handler_sp;

static void note_context(int sig, siginfo_t *si, void *uc)
{
	handler_sp = (unsigned long)__builtin_frame_address(0);
	got = *si;
	context = *(ucontext_t *)uc;
	siglongjmp(env, sig);
}

static void take_signal_by(int sig, void (*fn)(int, siginfo_t *, void *))
{
	struct sigaction sa = { .sa_sigaction = fn, .sa_flags = SA_SIGINFO };

	sigaction(sig, &sa, NULL);
}

static int which;		/* how spoil_context() spoils the frame */
static int catches;		/* a handler of SIGSEGV is to stay */

/* Each machine's frames differ. */
static void spoil_context(int sig, siginfo_t *si, void *uc);

static void raise_spoiled(void *arg)
{
	which = *(int *)arg;
	take_signal_by(SIGUSR1, spoil_context);
	kill(getpid(), SIGUSR1);
}

/* A handler with a stack of its own: the program's may be nowhere. */
static void raise_and_catch(void *arg)
{
	static char own[65536];
	stack_t st = { .ss_sp = own, .ss_size = sizeof(own) };
	struct sigaction sa = { .sa_sigaction = note_context,
		.sa_flags = SA_SIGINFO | SA_ONSTACK };

	catches = 1;
	sigaltstack(&st, NULL);
	sigaction(SIGSEGV, &sa, NULL);
	if (sigsetjmp(env, 1))
		_exit(17);
	raise_spoiled(arg);
}

/* What the SIGSEGV of a frame that cannot be read back tells. */
struct bad_frame {
	void (*go)(void);		/* sigreturn from there */
	int code;
	unsigned long addr;
};

static void catch_bad_frame(void *arg)
{
	static char own[65536];
	const struct bad_frame *b = arg;
	stack_t st = { .ss_sp = own, .ss_size = sizeof(own) };
	struct sigaction sa = { .sa_sigaction = note_context,
		.sa_flags = SA_SIGINFO | SA_ONSTACK };

	sigaltstack(&st, NULL);
	sigaction(SIGSEGV, &sa, NULL);
	if (!sigsetjmp(env, 1))
		b->go();
	if (got.si_code == b->code && (unsigned long)got.si_addr == b->addr)
		_exit(17);
	printf("# code %d, address %p\n", got.si_code, got.si_addr);
	_exit(1);
}

static void check_bad_frame(const char *what, void (*go)(void), int code,
			    unsigned long addr)
{
	struct bad_frame b = { go, code, addr };

	check_eq(in_child(catch_bad_frame, &b), 17 << 8,
		 "sigreturn %s: code and address", what);
}

/* what: the names of the n ways to spoil a frame */
static void check_spoiled_returns(const char *const *what, int n)
{
	for (int i = 0; i < n; i++) {
		int st = in_child(raise_spoiled, &i);

		check(WIFSIGNALED(st) && WTERMSIG(st) == SIGSEGV,
		      "sigreturn with %s: SIGSEGV", what[i]);
		check_eq(in_child(raise_and_catch, &i), 17 << 8,
			 "sigreturn with %s: a handler catches it", what[i]);
	}
}

#endif
