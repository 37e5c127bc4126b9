/* SPDX-License-Identifier: MIT */
/*
 * ptrace(2) of a child that asks for it: stops at signals, system calls,
 * exec; its memory, registers and signals read and written (rows B6, B7, D2).
 */
#include <sys/resource.h>
#include "ptrace.h"

static volatile long word = 1234;

/* ---- signals ------------------------------------------------------------- */

static volatile int handled;

static void note_handled(int sig)
{
	handled = sig;
}

static void signal_child(void)
{
	signal(SIGUSR1, note_handled);
	signal(SIGUSR2, note_handled);
	for (int i = 0; i < 3; i++) {
		handled = 0;
		raise(SIGUSR1);
		word = handled;
		raise(SIGURG);
	}
	raise(SIGKILL);
}

static long child_word(pid_t pid)
{
	long v = -1;

	ptrace(PTRACE_PEEKDATA, pid, (unsigned long)&word,
	       (unsigned long)&v);
	return v;
}

static void change_signals(void)
{
	pid_t pid = traced_child(signal_child);
	siginfo_t si;

	check_eq(ptrace(PTRACE_CONT, pid, 0, 0), 0, "CONT");
	check_eq(next_stop(pid), SIGUSR1, "it stops at a signal");
	memset(&si, 0, sizeof(si));
	check(ptrace(PTRACE_GETSIGINFO, pid, 0, (unsigned long)&si) == 0 &&
	      si.si_signo == SIGUSR1 && si.si_code == SI_TKILL &&
	      si.si_pid == pid, "GETSIGINFO: who sent it");
	ptrace(PTRACE_CONT, pid, 0, 0);
	check_eq(next_stop(pid), SIGURG, "at an ignored one, too");
	check_eq(child_word(pid), 0, "CONT 0: the first one was lost");
	ptrace(PTRACE_CONT, pid, 0, SIGURG);
	check_eq(next_stop(pid), SIGUSR1, "again");
	ptrace(PTRACE_CONT, pid, 0, SIGUSR1);
	check_eq(next_stop(pid), SIGURG, "with the signal");
	check_eq(child_word(pid), SIGUSR1, "its handler ran");
	ptrace(PTRACE_CONT, pid, 0, 0);
	next_stop(pid);
	ptrace(PTRACE_CONT, pid, 0, SIGUSR2);
	next_stop(pid);
	check_eq(child_word(pid), SIGUSR2, "another signal in its place");
	check_err(EIO, ptrace(PTRACE_CONT, pid, 0, 65), "no such signal");
	ptrace(PTRACE_CONT, pid, 0, 0);
	check_eq(next_stop(pid), KILLED(SIGKILL), "SIGKILL does not stop");
}

static void masks_child(void)
{
	sigset_t all = sigmask(SIGUSR1) | sigmask(SIGUSR2);
	union sigval v = { .sival_int = 5 };

	sigprocmask(SIG_BLOCK, &all, NULL);
	sigqueue(getpid(), SIGUSR1, v);
	syscall(SYS_tkill, getpid(), SIGUSR2);
	raise(SIGSTOP);
	_exit(7);
}

static void get_tracee_masks(void)
{
	struct {
		uint64_t off;
		uint32_t flags;
		int32_t nr;
	} args = { 0, PTRACE_PEEKSIGINFO_SHARED, 4 };
	pid_t pid = traced_child(masks_child);
	sigset_t set = 0;
	siginfo_t si[4];

	ptrace(PTRACE_CONT, pid, 0, 0);
	check_eq(next_stop(pid), SIGSTOP, "blocked signals are not told");
	check_eq(ptrace(PTRACE_PEEKSIGINFO, pid, (unsigned long)&args,
			(unsigned long)si), 1, "PEEKSIGINFO of the process");
	check(si[0].si_signo == SIGUSR1 && si[0].si_code == SI_QUEUE &&
	      si[0].si_value.sival_int == 5, "... is the queued one");
	args.flags = 0;
	check_eq(ptrace(PTRACE_PEEKSIGINFO, pid, (unsigned long)&args,
			(unsigned long)si), 1, "PEEKSIGINFO of the thread");
	check_eq(si[0].si_signo, SIGUSR2, "... is the other");
	args.flags = 2;
	check_err(EINVAL, ptrace(PTRACE_PEEKSIGINFO, pid,
				 (unsigned long)&args, (unsigned long)si),
		  "no such flag");
	check_err(EINVAL, ptrace(PTRACE_GETSIGMASK, pid, 4,
				 (unsigned long)&set), "GETSIGMASK: size");
	check_eq(ptrace(PTRACE_GETSIGMASK, pid, 8, (unsigned long)&set), 0,
		 "GETSIGMASK");
	check_eq(set, sigmask(SIGUSR1) | sigmask(SIGUSR2), "... as it set it");
	set = ~(sigset_t)0;
	ptrace(PTRACE_SETSIGMASK, pid, 8, (unsigned long)&set);
	ptrace(PTRACE_GETSIGMASK, pid, 8, (unsigned long)&set);
	check_eq(set, ~(sigmask(SIGKILL) | sigmask(SIGSTOP)),
		 "SETSIGMASK blocks neither SIGKILL nor SIGSTOP");
	set = sigmask(SIGUSR1);
	check_eq(ptrace(PTRACE_SETSIGMASK, pid, 8, (unsigned long)&set), 0,
		 "SETSIGMASK");
	ptrace(PTRACE_CONT, pid, 0, 0);
	check_eq(next_stop(pid), SIGUSR2, "an unblocked one comes at once");
	ptrace(PTRACE_CONT, pid, 0, 0);
	check_eq(next_stop(pid), EXITED(7), "the other stays blocked");
}

/* The tracer rewrites who sent a signal, and for what. */
static volatile int info_value;

static void note_queued_value(int sig, siginfo_t *si, void *uc)
{
	(void)sig;
	(void)uc;
	info_value = si->si_value.sival_int;
}

static void info_child(void)
{
	struct sigaction sa = { .sa_sigaction = note_queued_value,
				.sa_flags = SA_SIGINFO };
	union sigval v = { .sival_int = 5 };

	sigaction(SIGUSR1, &sa, NULL);
	sigqueue(getpid(), SIGUSR1, v);
	_exit(info_value);
}

static void infos(void)
{
	pid_t pid = traced_child(info_child);
	siginfo_t si;

	ptrace(PTRACE_CONT, pid, 0, 0);
	next_stop(pid);
	ptrace(PTRACE_GETSIGINFO, pid, 0, (unsigned long)&si);
	si.si_value.sival_int = 66;
	check_eq(ptrace(PTRACE_SETSIGINFO, pid, 0, (unsigned long)&si), 0,
		 "SETSIGINFO");
	ptrace(PTRACE_CONT, pid, 0, SIGUSR1);
	check_eq(next_stop(pid), EXITED(66), "the handler got what was set");
}

/* ---- memory -------------------------------------------------------------- */

static const volatile long fixed_word = 77;

static void memory_child(void)
{
	if (word != 4321 || fixed_word != 78)
		_exit(1);
	_exit(9);
}

static void access_tracee_memory(void)
{
	pid_t pid = traced_child(memory_child);
	unsigned long at = (unsigned long)&word;
	long v = 0;

	word = 1;
	check(ptrace(PTRACE_PEEKDATA, pid, at, (unsigned long)&v) == 0 &&
	      v == 1234, "PEEKDATA sees the child's memory, not ours");
	check_eq(ptrace(PTRACE_POKEDATA, pid, at, 4321), 0, "POKEDATA");
	check_eq(ptrace(PTRACE_POKETEXT, pid, (unsigned long)&fixed_word, 78),
		 0, "POKETEXT where the child may only read");
	check_eq(fixed_word, 77, "a copy was made for it");
	check_err(EIO, ptrace(PTRACE_PEEKDATA, pid, 8, (unsigned long)&v),
		  "PEEK of nothing");
	check_err(EIO, ptrace(PTRACE_POKEDATA, pid, 8, 1), "POKE to nothing");
	check_err(EFAULT, ptrace(PTRACE_PEEKDATA, pid, at, 8),
		  "PEEK to nowhere");
	ptrace(PTRACE_CONT, pid, 0, 0);
	check_eq(next_stop(pid), EXITED(9), "the child saw what was written");
	word = 1234;
}

/* ---- registers ----------------------------------------------------------- */

/* tkill(gettid(), SIGUSR1) with a register set that the call leaves alone.
 * => what it holds after */
static long kill_keeping(long kept)
{
#ifdef __i386__
	long nr = SYS_tkill;

	__asm__ volatile("int $0x80" : "+S"(kept), "+a"(nr) :
			 "b"(gettid()), "c"(SIGUSR1) : "memory");
#elif defined(__aarch64__)
	register long x19 __asm__("x19") = kept;
	register long x0 __asm__("x0") = gettid();
	register long x1 __asm__("x1") = SIGUSR1;
	register long x8 __asm__("x8") = SYS_tkill;

	__asm__ volatile("svc #0" : "+r"(x19), "+r"(x0) : "r"(x1), "r"(x8) :
			 "memory");
	kept = x19;
#else
	register long s1 __asm__("s1") = kept;
	register long a0 __asm__("a0") = gettid();
	register long a1 __asm__("a1") = SIGUSR1;
	register long a7 __asm__("a7") = SYS_tkill;

	__asm__ volatile("ecall" : "+r"(s1), "+r"(a0) : "r"(a1), "r"(a7) :
			 "memory");
	kept = s1;
#endif
	return kept;
}

static void regs_child(void)
{
	long kept = kill_keeping(0x1234);

	_exit(kill_keeping(kept) == 0x4321 ? 5 : 6);
}

static void get_and_set_registers(void)
{
	pid_t pid = traced_child(regs_child);
	unsigned char raw[1024], back[1024];
	struct vec v = { raw, sizeof(raw) };
	struct regs r;

	ptrace(PTRACE_CONT, pid, 0, 0);
	next_stop(pid);
	check_eq(get_regs(pid, &r), 0, "GETREGSET");
	check_eq(r.n, R_COUNT * sizeof(long), "... of all registers");
	check_eq(r.w[R_KEPT], 0x1234, "one the child has set");
	r.w[R_KEPT] = 0x4321;
	check_eq(set_regs(pid, &r), 0, "SETREGSET");
	check_eq(ptrace(PTRACE_GETREGSET, pid, NT_PRFPREG,
			(unsigned long)&v), 0, "the float registers");
	check_eq(v.len, FLOAT_SIZE, "... their size");
	memcpy(back, raw, v.len);
	raw[FLOAT_FIRST] ^= 1;
#ifdef __i386__
	raw[8] = raw[9] = 0;		/* all in use */
#endif
	check_eq(ptrace(PTRACE_SETREGSET, pid, NT_PRFPREG,
			(unsigned long)&v), 0, "... set");
	memset(raw, 0, sizeof(raw));
	ptrace(PTRACE_GETREGSET, pid, NT_PRFPREG, (unsigned long)&v);
	check_eq(raw[FLOAT_FIRST], back[FLOAT_FIRST] ^ 1, "... and read again");
	v.len = 1;
	check_err(EINVAL, ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS,
				 (unsigned long)&v), "part of a register");
	check_err(EINVAL, ptrace(PTRACE_GETREGSET, pid, 0x7777,
				 (unsigned long)&v), "no such set");
	v.len = 2 * sizeof(long);
	check(ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, (unsigned long)&v) ==
	      0 && v.len == 2 * sizeof(long), "two registers of them");
	ptrace(PTRACE_CONT, pid, 0, 0);
	next_stop(pid);
	get_regs(pid, &r);
	check_eq(r.w[R_KEPT], 0x4321, "the changed register stayed");
	ptrace(PTRACE_CONT, pid, 0, 0);
	check_eq(next_stop(pid), EXITED(5), "the child has it");
}

static void step_child(void)
{
	for (;;)
		word++;
}

static void single_step(void)
{
	pid_t pid = traced_child(step_child);
	struct regs a, b;
	siginfo_t si;
	int changed = 0;

	if (ptrace(PTRACE_SINGLESTEP, pid, 0, 0)) {
		check_eq(errno, EIO, "SINGLESTEP: the machine has none");
		end_tracee(pid);
		return;
	}
	check_eq(next_stop(pid), SIGTRAP, "SINGLESTEP stops");
	ptrace(PTRACE_GETSIGINFO, pid, 0, (unsigned long)&si);
	check(si.si_signo == SIGTRAP && si.si_code > 0, "by a SIGTRAP");
	for (int i = 0; i < 40; i++) {
		get_regs(pid, &a);
		ptrace(PTRACE_SINGLESTEP, pid, 0, 0);
		if (next_stop(pid) != SIGTRAP)
			break;
		get_regs(pid, &b);
		changed += a.w[R_PC] != b.w[R_PC];
	}
	check_eq(changed, 40, "forty steps, each goes on by one");
	end_tracee(pid);
}

static void count_signal(int sig)
{
	word += sig;
}

static void handled_child(void)
{
	pid_t pid;
	int st = -1;

	word = 0;
	signal(SIGUSR1, count_signal);
	kill(getpid(), SIGUSR1);
	pid = fork();
	if (!pid)
		_exit(0);
	waitpid(pid, &st, 0);
	_exit(word == SIGUSR1 && !st ? 6 : 7);
}

/*
 * Through system calls, and into a handler: each stops, and all goes on.  A
 * child takes no step that nobody asked it for.
 */
static void steps_to_the_end(void)
{
	pid_t pid = traced_child(handled_child);
	int stop = SIGTRAP, steps = 0, deliver = 0;
	struct regs r = { 0 };

	if (ptrace(PTRACE_SINGLESTEP, pid, 0, 0)) {
		end_tracee(pid);
		return;
	}
	while ((stop = next_stop(pid)) == SIGTRAP || stop == SIGUSR1 ||
	       stop == SIGCHLD) {
		if (deliver) {
			get_regs(pid, &r);
			check(stop == SIGTRAP && r.w[R_PC] ==
			      (unsigned long)count_signal,
			      "a step with a signal ends in its handler");
		}
		deliver = stop == SIGUSR1 ? SIGUSR1 : 0;
		steps++;
		ptrace(PTRACE_SINGLESTEP, pid, 0, (unsigned long)deliver);
	}
	check_eq(stop, EXITED(6), "a program goes step by step to its end");
	check(steps > 20, "in many of them");
}

/* ---- exec ---------------------------------------------------------------- */

static void exec_child(void)
{
	execve(tap_self, (char *[]){ "ptrace", "quit", NULL },
	       (char *[]){ NULL });
	_exit(99);
}

static void trace_exec(void)
{
	pid_t pid = traced_child(exec_child);
	unsigned long msg = 0;
	siginfo_t si;

	ptrace(PTRACE_CONT, pid, 0, 0);
	check_eq(next_stop(pid), SIGTRAP, "exec: a SIGTRAP");
	check(ptrace(PTRACE_GETSIGINFO, pid, 0, (unsigned long)&si) == 0 &&
	      si.si_code == SI_USER && si.si_pid == pid,
	      "... that it sent itself");
	ptrace(PTRACE_CONT, pid, 0, 0);
	check_eq(next_stop(pid), EXITED(42), "... before it runs");
	pid = traced_child(exec_child);
	ptrace(PTRACE_SETOPTIONS, pid, 0, O(EXEC));
	ptrace(PTRACE_CONT, pid, 0, 0);
	check_eq(next_stop(pid), EVENT(PTRACE_EVENT_EXEC), "TRACEEXEC");
	check(ptrace(PTRACE_GETEVENTMSG, pid, 0, (unsigned long)&msg) == 0 &&
	      msg == (unsigned long)pid, "... its number before");
	ptrace(PTRACE_CONT, pid, 0, 0);
	check_eq(next_stop(pid), EXITED(42), "and no SIGTRAP besides");
}

/* ---- system calls -------------------------------------------------------- */

static void calls_child(void)
{
	char c = 'x';

	if (syscall(SYS_getppid) != 4711)
		_exit(1);
	/* the tracer has it not done, and makes another of the third */
	if (syscall(SYS_write, 1, &c, 1) != 1)
		_exit(2);
	if (syscall(SYS_getppid) != getpid())
		_exit(3);
	if (ARCH_ENTRY_ARG && syscall(SYS_getppid) != -1)
		_exit(5);
	if (syscall(SYS_getuid) != (long)getuid())
		_exit(4);
	_exit(8);
}

static void set_reg(pid_t pid, int reg, unsigned long v)
{
	struct regs r;

	get_regs(pid, &r);
	r.w[reg] = v;
	set_regs(pid, &r);
}

/* Change the number of the call at whose entry the child stops. */
static void set_call(pid_t pid, int from, int nr)
{
#ifdef ARCH_NR_SET
	int was = 0;
	struct vec v = { &was, sizeof(was) };

	ptrace(PTRACE_GETREGSET, pid, ARCH_NR_SET, (unsigned long)&v);
	check_eq(was, from, "the set of the call's number");
	v.base = &nr;
	ptrace(PTRACE_SETREGSET, pid, ARCH_NR_SET, (unsigned long)&v);
#else
	set_reg(pid, R_NR, (unsigned long)(long)nr);
#endif
}

static void trace_calls(void)
{
	pid_t pid = traced_child(calls_child);
	struct call_info i;
	struct regs r;
	long found;

	ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD);
	check_eq(call_info_of(pid, &i), 24, "no system call: the head");
	check_eq(i.op, 0, "... says so");
	check_eq(step_call(pid), SYSGOOD, "SYSCALL: the next one's entry");
	check_eq(call_info_of(pid, &i), 80, "GET_SYSCALL_INFO of an entry");
	check(i.op == 1 && i.nr == SYS_getppid, "it is getppid");
	check_eq(i.arch, AUDIT_ARCH, "the machine's number");
	check_eq(step_call(pid), SYSGOOD, "its exit");
	check(call_info_of(pid, &i) == 33 && i.op == 2 &&
	      i.result == getpid() &&
	      !i.is_error, "with the result");
	set_reg(pid, R_RESULT, 4711);
	step_call(pid);
	call_info_of(pid, &i);
	check(i.nr == SYS_write && i.args[0] == 1 && i.args[2] == 1,
	      "the arguments of a write");
	/* what Linux shows as the result of a call that begins */
	found = ARCH_ENTRY_ARG ? 1 : -ENOSYS;
	get_regs(pid, &r);
	check_eq((long)r.w[R_RESULT], found, "no result yet");
	set_call(pid, SYS_write, -1);
	step_call(pid);
	call_info_of(pid, &i);
	check(i.op == 2 && i.result == found && i.is_error == (found < 0),
	      "number -1: it is not done");
	set_reg(pid, R_RESULT, 1);
	step_call(pid);
	set_call(pid, SYS_getppid, SYS_getpid);
	step_call(pid);
	call_info_of(pid, &i);
	check_eq(i.result, pid, "another number: another call");
	if (ARCH_ENTRY_ARG) {
		step_call(pid);		/* getpid, which it compares with */
		step_call(pid);
		step_call(pid);
		set_call(pid, SYS_getppid, SYS_getpgid);
		set_reg(pid, R_RESULT, -1ul);
		step_call(pid);
		call_info_of(pid, &i);
		check_eq(i.result, -ESRCH, "with another argument");
	}
	ptrace(PTRACE_CONT, pid, 0, 0);
	check_eq(next_stop(pid), EXITED(8), "CONT: no more stops; all as set");
}

/* A blocking call: the signal stop comes first, then its exit. */
static void pause_child(void)
{
	signal(SIGUSR1, note_handled);
	syscall(SYS_ppoll, 0, 0, 0, 0, 8);
	_exit(errno == EINTR ? 3 : 4);
}

static void interrupt_traced_call(void)
{
	pid_t pid = traced_child(pause_child);
	struct call_info i;
	int st;

	ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD);
	do {
		st = step_call(pid);
		call_info_of(pid, &i);
	} while (st == SYSGOOD && (i.op != 1 || i.nr != SYS_ppoll));
	ptrace(PTRACE_SYSCALL, pid, 0, 0);
	kill(pid, SIGUSR1);
	check_eq(next_stop(pid), SYSGOOD, "the interrupted call ends");
	check(call_info_of(pid, &i) == 33 && i.is_error && i.result < -500,
	      "... with a code for a restart");
	ptrace(PTRACE_SYSCALL, pid, 0, 0);
	check_eq(next_stop(pid), SIGUSR1, "then the signal is told");
	ptrace(PTRACE_CONT, pid, 0, SIGUSR1);
	check_eq(next_stop(pid), EXITED(3), "and the call gives EINTR");
}

static void asking_child(void)
{
	for (;;)
		getppid();
}

/* A signal finds it in a stop that is none of a signal's: the next is. */
static void sent_meanwhile(void)
{
	pid_t pid = traced_child(asking_child);
	int st = 0;

	ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD);
	for (int i = 0; i < 2; i++) {
		check_eq(step_call(pid), SYSGOOD, "a stop at a call");
		kill(pid, SIGUSR1);
		ptrace(PTRACE_CONT, pid, 0, 0);
		check(eventually(waitpid(pid, &st, WNOHANG | __WALL) == pid) &&
		      WIFSTOPPED(st) && WSTOPSIG(st) == SIGUSR1,
		      "a signal sent meanwhile is told at once");
		ptrace(PTRACE_CONT, pid, 0, 0);
		kill(pid, SIGSTOP);
		next_stop(pid);
		step_call(pid);		/* then at the other end of a call */
	}
	end_tracee(pid);
}

/* ---- usage --------------------------------------------------------------- */

#define TOUCHED	32			/* pages */

static void touch_child(void)
{
	char *p = anon_pages(TOUCHED, PROT_READ | PROT_WRITE);

	for (int i = 0; i < TOUCHED; i++)
		p[i * PG] = 1;
	raise(SIGSTOP);
}

/* `strace -c` takes the times of a call from the stops at its two ends. */
static void time_calls(void)
{
	pid_t pid = traced_child(touch_child);
	struct rusage then, now;
	int st;

	ptrace(PTRACE_CONT, pid, 0, 0);
	check(wait4(pid, &st, __WALL, &then) == pid && WIFSTOPPED(st) &&
	      then.ru_minflt >= TOUCHED, "usage is told with a stop");
	ptrace(PTRACE_SYSCALL, pid, 0, 0);
	check(wait4(pid, &st, __WALL, &now) == pid && WIFSTOPPED(st) &&
	      now.ru_minflt >= then.ru_minflt, "and with the next");
	end_tracee(pid);
}

/* ---- errors -------------------------------------------------------------- */

static void sleep_child(void)
{
	for (;;)
		pause();
}

static void refuse_requests(void)
{
	pid_t pid = traced_child(sleep_child);
	unsigned long v;

	check_err(EIO, ptrace(9999, pid, 0, 0), "no such request");
	check_err(EINVAL, ptrace(PTRACE_SETOPTIONS, pid, 0, 1u << 30),
		  "no such option");
	check_err(EIO, ptrace(PTRACE_LISTEN, pid, 0, 0), "LISTEN, not seized");
	check_err(EIO, ptrace(PTRACE_INTERRUPT, pid, 0, 0),
		  "INTERRUPT, not seized");
	check_err(EPERM, ptrace(PTRACE_ATTACH, pid, 0, 0), "traced already");
	check_err(ESRCH, ptrace(PTRACE_CONT, 0x7ffffff, 0, 0), "nobody");
	check_err(ESRCH, ptrace(PTRACE_CONT, getppid(), 0, 0),
		  "not our tracee");
	check_err(EPERM, ptrace(PTRACE_ATTACH, getpid(), 0, 0), "ourselves");
	check_err(EPERM, ptrace(PTRACE_ATTACH, 2, 0, 0), "a kernel thread");
	ptrace(PTRACE_CONT, pid, 0, 0);
	check_err(ESRCH, ptrace(PTRACE_GETEVENTMSG, pid, 0,
				(unsigned long)&v), "while it runs");
	check_err(ESRCH, ptrace(PTRACE_CONT, pid, 0, 0), "CONT, likewise");
	check_eq(ptrace(PTRACE_KILL, pid, 0, 0), 0, "KILL");
	check_eq(next_stop(pid), KILLED(SIGKILL), "it is dead");
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return 42;
	tap_find_self(argv[0]);
	change_signals();
	get_tracee_masks();
	infos();
	access_tracee_memory();
	get_and_set_registers();
	single_step();
	steps_to_the_end();
	trace_exec();
	trace_calls();
	interrupt_traced_call();
	sent_meanwhile();
	time_calls();
	refuse_requests();
	return tap_done();
}
