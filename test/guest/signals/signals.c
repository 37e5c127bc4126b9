/* SPDX-License-Identifier: MIT */
/*
 * Signals: delivery, masks, restart, what a handler is told, alternate
 * stacks, nesting, real-time order, and a frame that the program has
 * tampered with before it returns (rows B6, B8).
 */
#include <sched.h>
#include "tap.h"

static volatile int count, last;

static void note_last(int sig)
{
	count++;
	last = sig;
}

static volatile siginfo_t seen;
static volatile unsigned long seen_pc, seen_sp;

static void note_info_and_place(int sig, siginfo_t *si, void *uc)
{
	count++;
	last = sig;
	seen = *si;
	seen_pc = ucontext_pc(uc);
	seen_sp = ucontext_sp(uc);
}

static void handle_masked(int sig, void (*fn)(int), unsigned long flags,
			  sigset_t mask)
{
	struct sigaction sa = { .sa_handler = fn, .sa_flags = flags,
				.sa_mask = mask };

	if (sigaction(sig, &sa, NULL))
		tap_bail("sigaction");
}

static void handle_info(int sig, unsigned long flags)
{
	struct sigaction sa = { .sa_sigaction = note_info_and_place,
				.sa_flags = SA_SIGINFO | flags };

	if (sigaction(sig, &sa, NULL))
		tap_bail("sigaction");
}

static void deliver_signals(void)
{
	struct sigaction old, sa = { .sa_handler = note_last };
	sigset_t set = 0;

	handle_masked(SIGUSR1, note_last, 0, 0);
	check_ok(kill(getpid(), SIGUSR1), "kill oneself");
	check(count == 1 && last == SIGUSR1, "handled before kill returned");
	check_ok(raise(SIGUSR1), "raise");
	check_eq(count, 2, "again");
	sigaction(SIGUSR1, NULL, &old);
	check(old.sa_handler == note_last, "sigaction tells the handler");
	check_err(EINVAL, sigaction(SIGKILL, &sa, NULL), "not SIGKILL");
	check_err(EINVAL, sigaction(SIGSTOP, &sa, NULL), "not SIGSTOP");
	check_err(EINVAL, sigaction(0, &sa, NULL), "not 0");
	check_err(EINVAL, sigaction(65, &sa, NULL), "not 65");
	check_err(EINVAL, kill(getpid(), 65), "kill with 65");
	check_ok(kill(getpid(), 0), "kill with 0 only asks");
	check_err(ESRCH, kill(0x3fffffff, SIGUSR1), "kill of nobody");
	check_err(EINVAL, syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, 0, 4),
		  "mask of another size");
	check_err(EINVAL, sigprocmask(77, &set, NULL), "unknown how");
	check_err(EFAULT, sigprocmask(SIG_BLOCK, BAD, NULL), "bad mask");
}

static void block_signals(void)
{
	sigset_t usr = sigmask(SIGUSR1) | sigmask(SIGUSR2), old, pend;
	sigset_t all = ~(sigset_t)0, none = 0;

	count = 0;
	sigprocmask(SIG_BLOCK, &usr, &old);
	raise(SIGUSR1);
	raise(SIGUSR1);
	check_eq(count, 0, "blocked");
	sigpending(&pend);
	check_eq(pend, sigmask(SIGUSR1), "pending");
	sigprocmask(SIG_SETMASK, &old, NULL);
	check_eq(count, 1, "delivered once when unblocked");
	sigprocmask(SIG_SETMASK, &all, &old);
	sigprocmask(SIG_BLOCK, NULL, &pend);
	check_eq(pend, all & ~sigmask(SIGKILL) & ~sigmask(SIGSTOP),
		 "SIGKILL and SIGSTOP cannot be blocked");
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static volatile sigset_t mask_inside;

static void note_mask(int sig)
{
	sigset_t m;

	sigprocmask(SIG_BLOCK, NULL, &m);
	mask_inside = m;
}

static void mask_in_handler(void)
{
	sigset_t m;

	handle_masked(SIGUSR1, note_mask, 0, sigmask(SIGHUP));
	raise(SIGUSR1);
	check_eq(mask_inside, sigmask(SIGUSR1) | sigmask(SIGHUP),
		 "a handler runs with its own signal and sa_mask blocked");
	sigprocmask(SIG_BLOCK, NULL, &m);
	check_eq(m, 0, "restored after it");
	handle_masked(SIGUSR1, note_mask, SA_NODEFER, 0);
	raise(SIGUSR1);
	check_eq(mask_inside, 0, "SA_NODEFER");
	handle_masked(SIGUSR1, note_last, SA_RESETHAND, 0);
	raise(SIGUSR1);
	check(signal(SIGUSR1, SIG_DFL) == SIG_DFL, "SA_RESETHAND");
}

static volatile int depth, max_depth, order[8], norder;

static void nest(int sig)
{
	order[norder++ & 7] = sig;
	if (++depth > max_depth)
		max_depth = depth;
	if (sig == SIGUSR1)
		raise(SIGUSR2);
	depth--;
	order[norder++ & 7] = -sig;
}

static void nest_handlers(void)
{
	handle_masked(SIGUSR1, nest, 0, 0);
	handle_masked(SIGUSR2, nest, 0, 0);
	raise(SIGUSR1);
	check(max_depth == 2 && order[0] == SIGUSR1 && order[1] == SIGUSR2 &&
	      order[2] == -SIGUSR2 && order[3] == -SIGUSR1,
	      "a handler interrupts a handler");
	norder = max_depth = 0;
	handle_masked(SIGUSR1, nest, 0, sigmask(SIGUSR2));
	raise(SIGUSR1);
	check(max_depth == 1 && order[1] == -SIGUSR1 && order[2] == SIGUSR2,
	      "unless sa_mask forbids it: then it waits");
}

static void tell_info(void)
{
	union sigval v = { .sival_ptr = (void *)0x1234567 };

	handle_info(SIGUSR1, 0);
	kill(getpid(), SIGUSR1);
	check(seen.si_signo == SIGUSR1 && seen.si_code == SI_USER &&
	      seen.si_pid == getpid() && seen.si_uid == getuid(),
	      "kill: SI_USER, pid, uid");
	raise(SIGUSR1);
	check_eq(seen.si_code, SI_TKILL, "tgkill: SI_TKILL");
	check_ok(sigqueue(getpid(), SIGUSR1, v), "sigqueue");
	check(seen.si_code == SI_QUEUE &&
	      seen.si_value.sival_ptr == v.sival_ptr, "SI_QUEUE, the value");
}

static volatile int rt[8], nrt;

static void note_rt(int sig, siginfo_t *si, void *uc)
{
	if (nrt < 8)
		rt[nrt++] = sig * 100 + si->si_value.sival_int;
}

static void realtime(void)
{
	static const int want[] = { 3401, 3402, 3403, 3501, 3502 };
	struct sigaction sa = { .sa_sigaction = note_rt,
				.sa_flags = SA_SIGINFO,
				.sa_mask = sigmask(34) | sigmask(35) };
	sigset_t set = sigmask(34) | sigmask(35), old;
	int ok = 1;

	sigaction(34, &sa, NULL);
	sigaction(35, &sa, NULL);
	sigprocmask(SIG_BLOCK, &set, &old);
	for (int i = 1; i <= 2; i++)
		sigqueue(getpid(), 35, (union sigval){ .sival_int = i });
	for (int i = 1; i <= 3; i++)
		sigqueue(getpid(), 34, (union sigval){ .sival_int = i });
	sigprocmask(SIG_SETMASK, &old, NULL);
	for (int i = 0; i < 5; i++)
		ok &= rt[i] == want[i];
	check(ok && nrt == 5, "real-time signals queue, lowest first");
}

/*
 * A signal while read(2) sleeps: restarted, or EINTR.  Either way we sleep
 * again, in the read or in the wait.
 */
static int read_interrupted(unsigned long flags)
{
	pid_t pid, me = getpid();
	int p[2];
	ssize_t n;
	char c = 0;

	pipe(p);
	handle_masked(SIGUSR1, note_last, flags, 0);
	count = 0;
	pid = fork();
	if (pid == 0) {
		comes_to(me, "S");
		kill(me, SIGUSR1);
		comes_to(me, "S");
		write(p[1], "x", 1);
		_exit(0);
	}
	n = read(p[0], &c, 1);
	if (n < 0)
		n = -errno;
	waitpid(pid, NULL, 0);
	close(p[0]);
	close(p[1]);
	return count == 1 ? (int)n : 99;
}

static void restart(void)
{
	struct timespec ages = { 1000, 0 }, rest = { 0, 0 };
	struct timespec t = { 0, 100000000 };
	uint64_t t0, left;
	pid_t pid, me = getpid();
	int err;

	check_eq(read_interrupted(SA_RESTART), 1, "SA_RESTART: read goes on");
	check_eq(read_interrupted(0), -EINTR, "without it: EINTR");
	handle_masked(SIGUSR1, note_last, SA_RESTART, 0);
	pid = fork();
	if (pid == 0) {
		comes_to(me, "S");
		usleep(30000);
		kill(me, SIGUSR1);
		_exit(0);
	}
	t0 = now_ns();
	err = nanosleep(&ages, &rest) ? errno : 0;
	t0 = now_ns() - t0;
	left = (uint64_t)rest.tv_sec * 1000000000 + (uint64_t)rest.tv_nsec;
	check(err == EINTR && left <= 999970000000 &&
	      left + t0 >= 1000000000000,
	      "nanosleep is never restarted; the rest is told");
	waitpid(pid, NULL, 0);
	pid = fork();
	if (pid == 0) {
		comes_to(me, "S");
		kill(me, SIGSTOP);
		comes_to(me, "T");
		kill(me, SIGCONT);
		_exit(0);
	}
	t0 = now_ns();
	signal(SIGCHLD, SIG_DFL);
	err = nanosleep(&t, &rest) ? errno : 0;
	check(err == 0 && now_ns() - t0 >= 100000000,
	      "stop and continue do not disturb it (%d)", err);
	waitpid(pid, NULL, 0);
}

static void wait_for_signals(void)
{
	sigset_t usr = sigmask(SIGUSR1), none = 0, old;
	struct timespec zero = { 0, 0 }, soon = { 0, 20000000 };
	siginfo_t si;

	handle_masked(SIGUSR1, note_last, 0, 0);
	sigprocmask(SIG_BLOCK, &usr, &old);
	raise(SIGUSR1);
	count = 0;
	check_err(EINTR, sigsuspend(&none), "sigsuspend");
	check_eq(count, 1, "handled inside");
	check_eq(kill(getpid(), SIGUSR1), 0, "blocked again after it");
	check_eq(count, 1, "indeed");
	check_eq(sigtimedwait(&usr, &si, &zero), SIGUSR1, "sigtimedwait");
	check(si.si_signo == SIGUSR1 && si.si_pid == getpid() && count == 1,
	      "takes it without a handler");
	check_err(EAGAIN, sigtimedwait(&usr, &si, &zero), "none left");
	check_err(EAGAIN, sigtimedwait(&usr, &si, &soon), "none came");
	sigprocmask(SIG_SETMASK, &old, NULL);
}

static char alt[SIGSTKSZ] __attribute__((aligned(16)));
static volatile int on_alt, alt_flags;

static void note_alternate_stack(int sig)
{
	stack_t ss;
	char here;

	on_alt = &here >= alt && &here < alt + sizeof(alt);
	sigaltstack(NULL, &ss);
	alt_flags = ss.ss_flags;
}

static void altstack(void)
{
	stack_t ss = { .ss_sp = alt, .ss_size = sizeof(alt) }, old;
	stack_t off = { .ss_flags = SS_DISABLE };
	stack_t small = { .ss_sp = alt, .ss_size = 1024 };

	sigaltstack(NULL, &old);
	check_eq(old.ss_flags, SS_DISABLE, "no signal stack at first");
	check_err(ENOMEM, sigaltstack(&small, NULL), "too small a stack");
	small.ss_flags = 77;
	check_err(EINVAL, sigaltstack(&small, NULL), "unknown flags");
	check_err(EFAULT, sigaltstack(BAD, NULL), "bad pointer");
	check_ok(sigaltstack(&ss, NULL), "set one");
	handle_masked(SIGUSR1, note_alternate_stack, 0, 0);
	raise(SIGUSR1);
	check(!on_alt, "not used without SA_ONSTACK");
	handle_masked(SIGUSR1, note_alternate_stack, SA_ONSTACK, 0);
	raise(SIGUSR1);
	check(on_alt && alt_flags == SS_ONSTACK, "used with it");
	sigaltstack(NULL, &old);
	check(old.ss_sp == alt && old.ss_flags == 0, "free afterwards");
	check_ok(sigaltstack(&off, NULL), "switched off");
}

static void tell_faults(void)
{
	char *ro = anon_pages(1, PROT_READ);
	siginfo_t si;

	check_eq(catch_fault(load_byte, BAD, &si), SIGSEGV, "bad load");
	check(si.si_code == SEGV_MAPERR && si.si_addr == BAD,
	      "SEGV_MAPERR and the address");
	check_eq(catch_fault(store_byte, ro + 123, &si), SIGSEGV,
		 "store to read-only memory");
	check(si.si_code == SEGV_ACCERR && si.si_addr == ro + 123,
	      "SEGV_ACCERR and the address");
	check_eq(catch_fault(jump_to, BAD, &si), SIGSEGV, "bad jump");
	check(si.si_code == SEGV_MAPERR && si.si_addr == BAD,
	      "with its address");
	munmap(ro, PG);
}

static void blocked_fault(void *arg)
{
	sigset_t segv = sigmask(SIGSEGV);

	handle_masked(SIGSEGV, note_last, 0, 0);
	sigprocmask(SIG_BLOCK, &segv, NULL);
	load_byte(BAD);
}

static void die_of_bad_stack(void *arg)
{
	stack_t ss = { .ss_sp = BAD, .ss_size = SIGSTKSZ };

	sigaltstack(&ss, NULL);
	handle_masked(SIGUSR1, note_last, SA_ONSTACK, 0);
	raise(SIGUSR1);
}

static void fatal(void)
{
	int st = in_child(blocked_fault, NULL);

	check(WIFSIGNALED(st) && WTERMSIG(st) == SIGSEGV,
	      "a fault whose signal is blocked kills");
	st = in_child(die_of_bad_stack, NULL);
	check(WIFSIGNALED(st) && WTERMSIG(st) == SIGSEGV,
	      "no room for the frame: SIGSEGV kills");
}

static volatile char *patch_page;

/* Repairs the cause and returns: the instruction is run again. */
static void repair(int sig, siginfo_t *si, void *uc)
{
	count++;
	mprotect((void *)patch_page, PG, PROT_READ | PROT_WRITE);
}

static void fix_up(void)
{
	struct sigaction sa = { .sa_sigaction = repair,
				.sa_flags = SA_SIGINFO };

	patch_page = anon_pages(1, PROT_READ);
	sigaction(SIGSEGV, &sa, NULL);
	count = 0;
	*(volatile char *)(patch_page + 5) = 'z';
	check(count == 1 && patch_page[5] == 'z', "fix up and restart");
	signal(SIGSEGV, SIG_DFL);
	munmap((void *)patch_page, PG);
}

static void redirect_to(void)
{
	_exit(44);
}

static void redirect(int sig, siginfo_t *si, void *uc)
{
	ucontext_set_pc(uc, (unsigned long)redirect_to);
}

static void wild_pc(int sig, siginfo_t *si, void *uc)
{
	ucontext_set_pc(uc, ~0xfffUL);
}

static void wild_frame(int sig, siginfo_t *si, void *uc)
{
	ucontext_t *c = uc;

	memset(&c->uc_mcontext, 0xff, sizeof(c->uc_mcontext));
}

static void kernel_mask(int sig, siginfo_t *si, void *uc)
{
	((ucontext_t *)uc)->uc_sigmask = ~(sigset_t)0;
}

static void tamper(void *fn)
{
	struct sigaction sa = { .sa_flags = SA_SIGINFO };

	sa.sa_sigaction = (void (*)(int, siginfo_t *, void *))fn;
	sigaction(SIGUSR1, &sa, NULL);
	raise(SIGUSR1);
	_exit(45);
}

static void lone_sigreturn(void *arg)
{
	raw_syscall(SYS_rt_sigreturn);
	_exit(46);
}

static void tampering(void)
{
	sigset_t m, none = 0;
	int st;

	check_eq(in_child(tamper, (void *)redirect), 44 << 8,
		 "a handler may change where it returns to");
	st = in_child(tamper, (void *)wild_pc);
	check(WIFSIGNALED(st) && WTERMSIG(st) == SIGSEGV,
	      "a pc in the kernel: SIGSEGV");
	st = in_child(tamper, (void *)wild_frame);
	check(WIFSIGNALED(st), "registers all ones: killed (%x)", st);
	st = in_child(lone_sigreturn, NULL);
	check(WIFSIGNALED(st), "sigreturn without a frame: killed (%x)", st);
	struct sigaction sa = { .sa_sigaction = kernel_mask,
				.sa_flags = SA_SIGINFO };
	sigaction(SIGUSR1, &sa, NULL);
	raise(SIGUSR1);
	sigprocmask(SIG_SETMASK, &none, &m);
	check_eq(m, ~(sigmask(SIGKILL) | sigmask(SIGSTOP)),
		 "a mask of everything leaves out KILL and STOP");
}

static void ring_by_timers(void)
{
	struct itimerval it = { { 0, 5000 }, { 0, 5000 } }, off = { 0 };
	struct itimerval old;
	unsigned left;

	if (tap_lacks(setitimer(ITIMER_REAL, &off, NULL), "timers"))
		return;
	handle_masked(SIGALRM, note_last, SA_RESTART, 0);
	count = 0;
	check_ok(setitimer(ITIMER_REAL, &it, NULL), "setitimer");
	while (count < 3)
		pause();
	setitimer(ITIMER_REAL, &off, &old);
	check(old.it_interval.tv_usec == 5000, "its interval");
	check(count >= 3, "SIGALRM came three times");
	check_eq(alarm(100), 0, "alarm");
	left = alarm(0);
	check(left > 0 && left <= 100, "alarm returns what was left");
	it.it_value.tv_usec = 1000000;
	check_err(EINVAL, setitimer(ITIMER_REAL, &it, NULL), "bad time");
	check_err(EINVAL, setitimer(9, &off, NULL), "unknown timer");
}

/* Both interrupted and interrupting code use these registers. */
static volatile double fsum;

static void use_fpu(int sig)
{
	double d = 1.5;

	for (int i = 0; i < 10; i++)
		d *= 1.25;
	fsum += d;
}

static void keep_float_registers(void)
{
	double a = 1, b = 2, c = 3, d = 4;
	unsigned long x = 1, y = 2;
	int ok = 1;

	handle_masked(SIGUSR1, use_fpu, 0, 0);
	for (int i = 0; i < 100; i++) {
		a += b * 0.5;
		c -= d * 0.25;
		x = x * 3 + y;
		kill(getpid(), SIGUSR1);
		y ^= x >> 3;
		ok &= a == 2.0 + i && c == 2.0 - i;
	}
	check(ok, "floating-point registers survive handlers");
}

#define PATTERN	0xfefefefeu	/* see docs/checkers.md, leak */

static volatile int has_pattern;

static void find_pattern(int sig, siginfo_t *si, void *uc)
{
	const uint32_t *w = uc;

	(void)sig;
	(void)si;
	for (int i = 0; i < 72; i++)
		has_pattern |= w[i] == PATTERN;
}

/* A kernel that checks itself must not take it for memory of its own. */
static void show_pattern_in_register(void)
{
	struct sigaction sa = { .sa_sigaction = find_pattern,
				.sa_flags = SA_SIGINFO };

	sigaction(SIGUSR1, &sa, NULL);
	check_ok(syscall(SYS_kill, getpid(), SIGUSR1, (unsigned long)PATTERN),
		 "a signal while a register holds a checker's pattern");
	check(has_pattern, "the frame has it");
}

int main(void)
{
	deliver_signals();
	block_signals();
	mask_in_handler();
	nest_handlers();
	tell_info();
	realtime();
	restart();
	wait_for_signals();
	altstack();
	tell_faults();
	fatal();
	fix_up();
	tampering();
	ring_by_timers();
	keep_float_registers();
	show_pattern_in_register();
	return tap_done();
}
