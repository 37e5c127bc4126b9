/* SPDX-License-Identifier: MIT */
/* Lab 13: what a program sees of the way into a handler and back. */
#include "frame.h"

/* ---- a handler runs, and returns ----------------------------------------- */

static volatile int count, last;

static void note_signal(int sig)
{
	count++;
	last = sig;
}

static void note_info(int sig, siginfo_t *info, void *uc)
{
	(void)info;
	(void)uc;
	note_signal(sig);
}

static void test_returns(void *arg)
{
	struct sigaction sa = { .sa_handler = note_signal };

	(void)arg;
	lab_must(sigaction(SIGUSR1, &sa, NULL), "sigaction");
	sa.sa_sigaction = note_info;
	sa.sa_flags = SA_SIGINFO;
	lab_must(sigaction(SIGUSR2, &sa, NULL), "sigaction");
	for (int i = 1; i <= 20; i++) {
		int sig = i % 2 ? SIGUSR1 : SIGUSR2;

		lab_equal(kill(getpid(), sig), 0, "what kill() returned to a "
			  "program that sent itself a signal");
		lab_equal(count, i, "times that a handler has run");
		lab_equal(last, sig, "the signal that the handler was told");
	}
}

/* ---- the handler's arguments --------------------------------------------- */

#define VALUE	0x1234567

static void look_at_arguments(const struct frame *f)
{
	count++;
	lab_equal(f->sig, SIGUSR1, "the handler's first argument");
	lab_equal(entry.arg[0], SIGUSR1, "the register of the first argument");
#ifdef __i386__
	for (int i = 0; f->info && i < 3; i++)
		lab_equal(((unsigned long *)entry.sp)[i + 1], entry.arg[i],
			  "an argument on the stack, and in its register");
	lab_equal(entry.flags & (FLAG_DF | 0x100), 0, "the flags DF and TF "
		  "when a handler begins");
	if (!f->info)
		return;
#endif
	lab_equal((unsigned long)f->info - entry.sp, INFO_AT, "siginfo's "
		  "distance from the stack pointer");
	lab_equal((unsigned long)f->uc - entry.sp, UC_AT, "ucontext's "
		  "distance from the stack pointer");
	lab_equal(entry.arg[1], (unsigned long)f->info, "the register of the "
		  "second argument");
	lab_equal(entry.arg[2], (unsigned long)f->uc, "the register of the "
		  "third argument");
	lab_equal(f->info->si_signo, SIGUSR1, "si_signo");
	lab_equal(f->info->si_code, SI_QUEUE, "si_code of sigqueue()");
	lab_equal(f->info->si_pid, getpid(), "si_pid");
	lab_equal(f->info->si_value.sival_int, VALUE, "si_value");
	lab_check(f->uc->uc_flags == 0 && !f->uc->uc_link,
		  "uc_flags or uc_link is not 0");
}

static volatile char *page;

/* Let the store be made again. */
static void look_at_fault(const struct frame *f)
{
	count++;
	if (f->info) {
		lab_equal(f->info->si_code, SEGV_ACCERR, "si_code of a store "
			  "to a page that is read-only");
		lab_equal((unsigned long)f->info->si_addr,
			  (unsigned long)page + 5, "si_addr of this store");
	}
#ifdef __i386__
	lab_equal(f->mc->trapno, 14, "trapno of a page fault");
	lab_equal(f->mc->err, 7, "err of a store by a program to a page that "
		  "is present");
	lab_equal(f->mc->cr2, (unsigned long)page + 5, "cr2 of this store");
#endif
	lab_must(mprotect((void *)page, LAB_PAGE, PROT_READ | PROT_WRITE),
		 "mprotect");
}

static void test_arguments(void *arg)
{
	union sigval v = { .sival_int = VALUE };

	(void)arg;
	for (int i = 0; i < KINDS; i++) {
		handle(SIGUSR1, look_at_arguments, kinds[i], 0);
		handle(SIGSEGV, look_at_fault, kinds[i], 0);
		count = 0;
		for (int n = 1; n <= 5; n++) {
#ifdef __i386__
			__asm__ volatile("std" ::: "cc");
			sigqueue(getpid(), SIGUSR1, v);
			__asm__ volatile("cld" ::: "cc");
#else
			lab_must(sigqueue(getpid(), SIGUSR1, v), "sigqueue");
#endif
			lab_equal(count, n, "times that the handler has run");
		}
		page = mmap(NULL, LAB_PAGE, PROT_READ,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		lab_check(page != MAP_FAILED, "mmap failed");
		lab_equal(page[5], 0, "a byte of a new page");
		page[5] = 'z';
		lab_equal(count, 6, "times that the handlers have run");
		lab_equal(page[5], 'z', "a byte that was stored after the "
			  "handler had repaired the page");
	}
}

/* ---- registers ----------------------------------------------------------- */

static volatile int *words;		/* shared with the sender */
static struct values in, out, other;
static volatile int hits;		/* signals that found hold_..() */
static volatile int change;

/* Send signals to the parent, which yields or spins, until words[0] is set. */
static void send_signals(void *arg)
{
	(void)arg;
	values_fill(&other, 77);
	while (!words[0]) {
		float_set(&other);
		lab_must(kill(getppid(), SIGUSR1), "kill");
		sched_yield();
	}
}

static pid_t start_sender(void)
{
	words = shared_words();
	return lab_fork(send_signals, NULL);
}

static void stop_sender(pid_t pid)
{
	words[0] = 1;
	lab_join(pid);
	munmap((void *)words, LAB_PAGE);
}

static int holds(const struct frame *f)
{
	unsigned long pc = MC_PC(f->mc);

	return pc >= (unsigned long)hold_yield &&
		pc < (unsigned long)float_set;
}

/* The frame has the program's registers, and changes of it are obeyed. */
static void look_at_registers(const struct frame *f)
{
	if (!holds(f))
		return;
	hits++;
	for (int i = 0; i < HOLD_X; i++) {
		lab_check(*hold_word(f->mc, i) == in.x[i],
			  "in the frame, integer register number %d of regs.h: "
			  "expected %lx, found %lx", i, in.x[i],
			  (unsigned long)*hold_word(f->mc, i));
		if (change)
			*hold_word(f->mc, i) = other.x[i];
	}
	words[1] = 1;
}

#define ROUNDS	24

static void hold_and_look(void (*hold)(unsigned), int rounds)
{
	pid_t pid = start_sender();
	int total = 0;

	for (int r = 0; r < rounds; r++) {
		change = r % 3 == 1;
		values_fill(&in, (unsigned)r);
		values_fill(&other, (unsigned)(1000 + r));
		hits = words[1] = 0;
		hold((unsigned)r);
		total += hits;
	}
	stop_sender(pid);
	lab_check(total >= rounds / 2, "only %d signals came in %d rounds",
		  total, rounds);
}

static void hold_integers(unsigned round)
{
	(void)round;
	hold_yield(&in, &out, NULL);
	integers_must_be(&out, hits && change ? &other : &in);
}

static volatile int traps;
static unsigned long trap_result, trap_flags;

static void look_at_trap(const struct frame *f)
{
	traps++;
	lab_check(MC_RESULT(f->mc) == trap_result, "in the frame, the register "
		  "of results: expected %lx, found %lx", trap_result,
		  (unsigned long)MC_RESULT(f->mc));
#ifdef __i386__
	lab_equal(f->mc->trapno, 6, "trapno of an invalid instruction");
	lab_equal(f->mc->eflags & (FLAGS | FLAG_DF), trap_flags | FLAG_DF,
		  "eflags in the frame");
	lab_equal(f->mc->esp_at_signal, f->mc->esp, "esp_at_signal");
	lab_equal(entry.flags & FLAG_DF, 0, "the flag DF when a handler "
		  "begins");
	f->mc->eflags ^= FLAGS;
#endif
	MC_RESULT(f->mc) = ~trap_result;
	MC_PC(f->mc) += TRAP_SIZE;
}

/* A handler that skips the instruction, and changes its result and flags. */
static void skip_traps(unsigned long kind)
{
	unsigned long flags, found;

	handle(SIGILL, look_at_trap, kind, 0);
	for (int i = 1; i <= 8; i++) {
		trap_result = 0x55555555UL * (unsigned)i;
		trap_flags = i & 1 ? 0x851 : 0x084;
		flags = trap_flags;
		traps = 0;
		found = trap_with(trap_result, &flags);
		lab_equal(traps, 1, "handlers of an invalid instruction");
		lab_check(found == ~trap_result, "the register of results, "
			  "which the handler has changed: expected %lx, found "
			  "%lx", ~trap_result, found);
#ifdef __i386__
		lab_equal(flags & (FLAGS | FLAG_DF),
			  (trap_flags ^ FLAGS) | FLAG_DF, "eflags, which the "
			  "handler has changed");
#endif
	}
}

#ifdef __i386__
#define segments_now(v) do { \
	__asm__ volatile("movl %%ds, %0" : "=r"((v)[0])); \
	__asm__ volatile("movl %%es, %0" : "=r"((v)[1])); \
	__asm__ volatile("movl %%fs, %0" : "=r"((v)[2])); \
	__asm__ volatile("movl %%gs, %0" : "=r"((v)[3])); \
	__asm__ volatile("movl %%cs, %0" : "=r"((v)[4])); \
	__asm__ volatile("movl %%ss, %0" : "=r"((v)[5])); \
} while (0)

static unsigned segments[6];

/* Return: es after a signal that comes while es is the selector es. */
static unsigned signal_with_es(unsigned es)
{
	long result;

	__asm__ volatile("pushl %%es\n\tmovl %%esi, %%es\n\tint $0x80\n\t"
			 "movl %%es, %%esi\n\tpopl %%es"
			 : "=a"(result), "+S"(es)
			 : "0"(SYS_kill), "b"(getpid()), "c"(SIGUSR1)
			 : "memory");
	lab_equal(result, 0, "what kill() returned");
	return es;
}

static void look_at_segments(const struct frame *f)
{
	const struct sigcontext *mc = f->mc;
	const unsigned found[6] = { mc->ds, mc->es, mc->fs, mc->gs, mc->cs,
				    mc->ss };
	unsigned mine[6];

	count++;
	for (int i = 0; i < 6; i++)
		lab_equal(found[i], segments[i], "in the frame, one of the "
			  "selectors ds, es, fs, gs, cs, ss");
	segments_now(mine);
	lab_check(mine[0] == segments[4] + 8 && mine[1] == mine[0],
		  "a handler begins with ds %x, es %x", mine[0], mine[1]);
}

/* fs has the selector of the thread pointer, es and ds are flat. */
static void keep_segments(unsigned long kind)
{
	unsigned after[6];

	handle(SIGUSR1, look_at_segments, kind, 0);
	__asm__ volatile("movl %%gs, %%eax\n\tmovl %%eax, %%fs" ::: "eax");
	segments_now(segments);
	count = 0;
	lab_must(kill(getpid(), SIGUSR1), "kill");
	segments_now(after);
	lab_equal(count, 1, "handlers that ran");
	for (int i = 0; i < 6; i++)
		lab_equal(after[i], segments[i], "one of the selectors ds, es, "
			  "fs, gs, cs, ss, after a handler");
	segments[1] = segments[3];
	lab_equal(signal_with_es(segments[1]), segments[1], "the selector es "
		  "after a handler");
	lab_equal(count, 2, "handlers that ran");
	__asm__ volatile("movl %0, %%fs" :: "r"(0));
}
#else
#define keep_segments(kind)	((void)(kind))
#endif

static void test_registers(void *arg)
{
	(void)arg;
	for (int i = 0; i < KINDS; i++) {
		keep_segments(kinds[i]);
		handle(SIGUSR1, look_at_registers, kinds[i], 0);
		hold_and_look(hold_integers, ROUNDS);
		skip_traps(kinds[i]);
	}
}

/* The signal comes between two instructions of a loop. */
static void spin_until_signal(unsigned round)
{
	(void)round;
	hold_spin(&in, &out, &words[1]);
	integers_must_be(&out, change ? &other : &in);
	floats_must_be(&out, &in);
	control_must_be(&out, &in);
}

static void test_anywhere(void *arg)
{
	(void)arg;
	for (int i = 0; i < KINDS; i++) {
		handle(SIGUSR1, look_at_registers, kinds[i], 0);
		hold_and_look(spin_until_signal, 4);
	}
}

/* ---- float registers ----------------------------------------------------- */

static void look_at_floats(const struct frame *f)
{
	static struct values junk;

#ifdef __i386__
	lab_check((entry.fpu[0] & 0xffff) == 0x37f &&
		  (entry.fpu[2] & 0xffff) == 0xffff && entry.mxcsr == 0x1f80,
		  "a handler does not begin with a clean float unit: control "
		  "%x, tags %x, mxcsr %x", entry.fpu[0] & 0xffff,
		  entry.fpu[2] & 0xffff, entry.mxcsr);
	lab_check(f->mc->fpstate, "fpstate in the frame is 0");
#endif
	values_fill(&junk, 4711);
	float_set(&junk);
	control_spoil();
	if (!holds(f))
		return;
	hits++;
	for (int i = FLOAT_FIRST; i < HOLD_F; i++) {
		lab_check(*float_word(f->mc, i) == in.f[i],
			  "in the frame, float register number %d of regs.h: "
			  "expected bits %llx, found %llx", i,
			  (unsigned long long)in.f[i],
			  (unsigned long long)*float_word(f->mc, i));
		if (change)
			*float_word(f->mc, i) = other.f[i];
	}
}

static void hold_floats(unsigned round)
{
	struct values expected;

	(void)round;
	hold_yield(&in, &out, NULL);
	expected = in;
	for (int i = FLOAT_FIRST; hits && change && i < HOLD_F; i++)
		expected.f[i] = other.f[i];
	floats_must_be(&out, &expected);
	control_must_be(&out, &expected);
}

static void test_floats(void *arg)
{
	(void)arg;
	for (int i = 0; i < KINDS; i++) {
		handle(SIGUSR1, look_at_floats, kinds[i], 0);
		hold_and_look(hold_floats, ROUNDS);
	}
}

/* ---- the mask ------------------------------------------------------------ */

static sigset_t outer, new_mask;

static void look_at_mask(const struct frame *f)
{
	count++;
	lab_check(mask_in(f) == outer, "the mask in the frame: expected %llx, "
		  "found %llx", (unsigned long long)outer,
		  (unsigned long long)mask_in(f));
	if (change)
		set_mask_in(f, new_mask);
}

static void mask_must_be(sigset_t expected, const char *when)
{
	lab_check(mask_now() == expected, "the mask after a handler%s: expected"
		  " %llx, found %llx", when, (unsigned long long)expected,
		  (unsigned long long)mask_now());
}

static void test_mask(void *arg)
{
	static const sigset_t masks[] = {
		0, 1 << (SIGHUP - 1), 1ULL << 39 | 1ULL << 59, 1ULL << 63 | 1,
	};
	const sigset_t inner = 1ULL << 49 | sigmask(SIGUSR2), none = 0;

	(void)arg;
	for (int i = 0; i < 4 * KINDS; i++) {
		count = 0;
		outer = masks[i % 4];
		handle(SIGUSR1, look_at_mask, kinds[i / 4], inner);
		for (change = 0; change < 2; change++) {
			new_mask = masks[(i + 1) % 4];
			lab_must(sigprocmask(SIG_SETMASK, &outer, NULL),
				 "sigprocmask");
			lab_must(kill(getpid(), SIGUSR1), "kill");
			mask_must_be(change ? new_mask : outer, change ?
				     " that has changed it in the frame" : "");
		}
		/* sigsuspend() waits with one mask and returns with another */
		outer = masks[i % 4] | sigmask(SIGUSR1);
		change = 0;
		lab_must(sigprocmask(SIG_SETMASK, &outer, NULL), "sigprocmask");
		lab_must(kill(getpid(), SIGUSR1), "kill");
		lab_equal(sigsuspend(&none), -1, "sigsuspend()");
		mask_must_be(outer, " in sigsuspend()");
		lab_equal(count, 3, "handlers that ran");
	}
}

/* ---- where the frame lies ------------------------------------------------ */

static unsigned long sp_before;

static void look_at_place(const struct frame *f)
{
	count++;
	lab_check(ALIGNED(entry.sp), "the handler's stack pointer is not "
		  "aligned as the ABI wants: %lx", entry.sp);
	lab_check(MC_SP(f->mc) == sp_before, "in the frame, the program's "
		  "stack pointer: expected %lx, found %lx", sp_before,
		  (unsigned long)MC_SP(f->mc));
	lab_check(entry.sp + FRAME_SIZE <= sp_before &&
		  frame_end(f) <= sp_before,
		  "the frame, from %lx to %lx, reaches over the program's stack"
		  " pointer %lx", entry.sp, frame_end(f), sp_before);
	lab_check(sp_before - entry.sp < FRAME_MOST,
		  "the frame begins %lu bytes below the program's stack "
		  "pointer", sp_before - entry.sp);
#ifdef __i386__
	lab_equal((f->mc->fpstate + FX_AT) % 64, 0, "the fxsave image's "
		  "distance from a border of 64 bytes");
#endif
}

static void refused(int sig, siginfo_t *info, void *uc)
{
	(void)sig;
	(void)uc;
	_exit(info->si_code == SI_KERNEL ? 42 : 41);
}

static void must_not_run(const struct frame *f)
{
	(void)f;
	_exit(43);
}

/* kill() with a stack that no frame can be written to: arg. */
static void call_without_stack(void *arg)
{
	static char room[SIGSTKSZ];
	stack_t alt = { .ss_sp = room, .ss_size = sizeof(room) };
	struct sigaction sa = { .sa_sigaction = refused,
				.sa_flags = SA_SIGINFO | SA_ONSTACK };

	lab_must(sigaltstack(&alt, NULL), "sigaltstack");
	lab_must(sigaction(SIGSEGV, &sa, NULL), "sigaction");
	call_at((unsigned long)arg, SYS_kill, getpid(), SIGUSR1);
	_exit(44);
}

static void no_frame_at(unsigned long sp, const char *where)
{
	int status = status_of(call_without_stack, (void *)sp);

	lab_check(WIFEXITED(status), "a frame %s: the program was killed by "
		  "signal %d, though SIGSEGV has a handler with a stack of its "
		  "own", where, WTERMSIG(status));
	lab_check(WEXITSTATUS(status) == 42, "a frame %s: the program got no "
		  "SIGSEGV from the kernel (status %d; 43: the handler was "
		  "called)", where, WEXITSTATUS(status));
}

static void bad_stacks(unsigned long kind)
{
	char *pages = mmap(NULL, 2 * LAB_PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned long middle = (unsigned long)pages + LAB_PAGE;

	lab_check(pages != MAP_FAILED, "mmap failed");
	lab_must(mprotect(pages, LAB_PAGE, PROT_READ), "mprotect");
	handle(SIGUSR1, must_not_run, kind, 0);
	no_frame_at(64, "below address 0");
	no_frame_at(8192, "where nothing is mapped");
	no_frame_at(KERNEL_SP, "in the kernel's memory");
	no_frame_at(middle, "in a page that is read-only");
	no_frame_at(middle + 260, "with a part in a page that is read-only");
	no_frame_at(middle + 560, "with a part in a page that is read-only");
	no_frame_at(middle + 720, "with a part in a page that is read-only");
	munmap(pages, 2 * LAB_PAGE);
}

static void test_stack(void *arg)
{
	static char room[16384] __attribute__((aligned(64)));
	char *end = room + sizeof(room) - 2048;

	(void)arg;
	for (int i = 0; i < KINDS; i++) {
		handle(SIGUSR1, look_at_place, kinds[i], 0);
		memset(room, 0x5a, sizeof(room));
		count = 0;
		for (int n = 0; n < 128; n++) {
			sp_before = (unsigned long)end - (unsigned)n;
			lab_equal(call_at(sp_before, SYS_kill, getpid(),
					  SIGUSR1), 0, "what kill() returned");
			lab_equal(count, n + 1, "handlers that ran");
		}
		for (char *c = end; c < room + sizeof(room); c++)
			lab_equal(*c, 0x5a, "a byte above the program's stack "
				  "pointer");
		bad_stacks(kinds[i]);
	}
}

/* ---- the alternate stack ------------------------------------------------- */

static char area[4][SIGSTKSZ] __attribute__((aligned(64)));
static stack_t expected_stack;
static int depth;

static void look_at_altstack(const struct frame *f)
{
	unsigned long base = (unsigned long)area[1];
	unsigned long top = base + (depth ? MC_SP(f->mc) - base : SIGSTKSZ);

	count++;
	lab_check(entry.sp > base && entry.sp < top,
		  "a frame for the alternate stack (%lx to %lx) lies at %lx",
		  base, top, entry.sp);
	lab_check(top - entry.sp < FRAME_MOST, "the first frame of an "
		  "alternate stack begins %lu bytes below its end",
		  top - entry.sp);
	if (!f->uc)
		return;
	lab_check(f->uc->uc_stack.ss_sp == expected_stack.ss_sp &&
		  f->uc->uc_stack.ss_size == expected_stack.ss_size &&
		  f->uc->uc_stack.ss_flags == expected_stack.ss_flags,
		  "uc_stack: expected %p, size %lu, flags %x; found %p, %lu, "
		  "%x", expected_stack.ss_sp, expected_stack.ss_size,
		  (unsigned)expected_stack.ss_flags, f->uc->uc_stack.ss_sp,
		  f->uc->uc_stack.ss_size, (unsigned)f->uc->uc_stack.ss_flags);
	if (change)
		f->uc->uc_stack.ss_sp = area[3];
}

static void look_and_send(const struct frame *f)
{
	look_at_altstack(f);
	depth++;
	lab_must(kill(getpid(), SIGUSR2), "kill");
	depth--;
}

static void look_off_altstack(const struct frame *f)
{
	count++;
	lab_check(entry.sp < (unsigned long)area ||
		  entry.sp >= (unsigned long)(area + 4),
		  "a handler without SA_ONSTACK runs on the alternate stack");
	if (f->uc)
		lab_check(f->uc->uc_stack.ss_sp == expected_stack.ss_sp,
			  "uc_stack: expected %p, found %p",
			  expected_stack.ss_sp, f->uc->uc_stack.ss_sp);
}

/* The rest of the stack has no room for another frame; below it is memory. */
static void fill_stack(const struct frame *f)
{
	(void)f;
	if (++depth > 1)
		_exit(45);
	call_at((unsigned long)area[1] + 256, SYS_kill, getpid(), SIGUSR1);
}

static void overflow(void *arg)
{
	handle(SIGUSR1, fill_stack, (unsigned long)arg | SA_ONSTACK |
	       SA_NODEFER, 0);
	lab_must(kill(getpid(), SIGUSR1), "kill");
}

static unsigned long second_at, above;

/* The second frame lies in the middle; the fourth one at the same place. */
static void call_in_the_middle(const struct frame *f)
{
	(void)f;
	if (++depth == 4)
		_exit(46);
	if (depth == 2)
		second_at = entry.sp;
	else
		call_at((unsigned long)area[1] + SIGSTKSZ / 2, SYS_kill,
			getpid(), SIGUSR1);
}

/* A frame begins `above` bytes above the end of the alternate stack. */
static void frame_at_floor(void *arg)
{
	stack_t s = { .ss_flags = 0 };

	handle(SIGUSR1, call_in_the_middle, (unsigned long)arg | SA_ONSTACK |
	       SA_NODEFER, 0);
	lab_must(kill(getpid(), SIGUSR1), "kill");
	s.ss_sp = (void *)(second_at - above);
	s.ss_size = (unsigned long)area[2] - (second_at - above);
	lab_must(sigaltstack(&s, NULL), "sigaltstack");
	lab_must(kill(getpid(), SIGUSR1), "kill");
}

static void floor_must_hold(unsigned long kind)
{
	int status;

	above = 0;
	status = status_of(frame_at_floor, (void *)kind);
	lab_check(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV,
		  "a frame would begin at the end of the alternate stack, and "
		  "the handler was called (status %x)", status);
	above = 1;
	status = status_of(frame_at_floor, (void *)kind);
	lab_check(WIFEXITED(status) && WEXITSTATUS(status) == 46, "a frame "
		  "begins a byte above the end of the alternate stack, and the "
		  "handler was not called (status %x)", status);
}

static void set_altstack(int n, unsigned flags)
{
	stack_t s = { .ss_sp = area[n], .ss_size = SIGSTKSZ,
		      .ss_flags = (int)flags };

	lab_must(sigaltstack(&s, NULL), "sigaltstack");
	expected_stack = s;
}

static void altstack_must_be(int n, unsigned flags, const char *what)
{
	stack_t s;

	lab_must(sigaltstack(NULL, &s), "sigaltstack");
	lab_check(s.ss_sp == area[n] && s.ss_size == SIGSTKSZ &&
		  s.ss_flags == (int)flags, "the alternate stack after a "
		  "handler%s: %p, size %lu, flags %x", what, s.ss_sp, s.ss_size,
		  (unsigned)s.ss_flags);
}

static void test_altstack(void *arg)
{
	(void)arg;
	for (int i = 0; i < KINDS; i++) {
		int status;

		depth = count = change = 0;
		set_altstack(1, 0);
		handle(SIGUSR1, look_and_send, kinds[i] | SA_ONSTACK, 0);
		handle(SIGUSR2, look_at_altstack, kinds[i] | SA_ONSTACK, 0);
		lab_must(kill(getpid(), SIGUSR1), "kill");
		lab_equal(count, 2, "handlers that ran");
		altstack_must_be(1, 0, "");
		handle(SIGUSR1, look_off_altstack, kinds[i], 0);
		lab_must(kill(getpid(), SIGUSR1), "kill");
		lab_equal(count, 3, "handlers that ran");

		status = status_of(overflow, (void *)kinds[i]);
		lab_check(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV,
			  "an alternate stack is full, and the next handler "
			  "was called (status %x)", status);
		floor_must_hold(kinds[i]);
	}
	/* these need the longer frame */
	handle(SIGUSR2, look_at_altstack, SA_SIGINFO | SA_ONSTACK, 0);
	change = 1;
	lab_must(kill(getpid(), SIGUSR2), "kill");
	altstack_must_be(3, 0, " that has changed it in the frame");
	change = 0;
	set_altstack(1, SS_AUTODISARM);
	lab_must(kill(getpid(), SIGUSR2), "kill");
	altstack_must_be(1, SS_AUTODISARM, ", with SS_AUTODISARM");
}

/* ---- the way back -------------------------------------------------------- */

static void code_must_be(unsigned long at, const void *code, unsigned n,
			 const char *what)
{
	lab_check(!memcmp((void *)at, code, n), "%s, at %lx, is not the code of"
		  " a signal return", what, at);
}

#ifdef __i386__

static const unsigned char rt_code[] = { 0xb8, 173, 0, 0, 0, 0xcd, 0x80 };
static const unsigned char old_code[] = { 0x58, 0xb8, 119, 0, 0, 0, 0xcd,
					  0x80 };
static volatile int bare;

static void look_at_code(const struct frame *f)
{
	count++;
	if (f->uc) {
		code_must_be(entry.ra, rt_code, 7, "the return address");
		code_must_be(entry.sp + RT_RETCODE, rt_code, 7,
			     "retcode in the frame");
	} else {
		code_must_be(entry.ra, old_code, 8, "the return address");
		code_must_be(entry.sp + OLD_RETCODE, old_code, 8,
			     "retcode in the frame");
	}
	if (!bare) {
		lab_equal(entry.ra, (unsigned long)(f->uc ? __rt_sigreturn :
						    __sigreturn),
			  "the return address, with SA_RESTORER");
		return;
	}
	lab_check(entry.ra - entry.sp >= FRAME_MOST,
		  "the handler returns to code on the stack, although the "
		  "program has a vDSO");
}

static void handle_bare(unsigned long flags)
{
	struct __ksigaction k = { (unsigned long)lab_entry, flags,
				  (void (*)(void))&bare, 0 };

	lab_must(syscall(SYS_rt_sigaction, SIGUSR1, &k, NULL, 8),
		 "rt_sigaction");
}

#else

static void look_at_code(const struct frame *f)
{
	static const unsigned code[] = { 0x08b00893, 0x73 };

	(void)f;
	count++;
	code_must_be(entry.ra, code, sizeof(code), "the return address");
}

#endif

static void test_code(void *arg)
{
	(void)arg;
	for (int i = 0; i < KINDS; i++) {
		count = 0;
		handle(SIGUSR1, look_at_code, kinds[i], 0);
		lab_must(kill(getpid(), SIGUSR1), "kill");
#ifdef __i386__
		bare = 1;
		handle_bare(kinds[i]);
		lab_must(kill(getpid(), SIGUSR1), "kill");
		lab_equal(count--, 2, "handlers that ran");
		bare = 0;
#endif
		lab_equal(count, 1, "handlers that ran");
	}
}

/* ---- the system call that was interrupted -------------------------------- */

static void count_only(const struct frame *f)
{
	(void)f;
	count++;
}

static int ends[2];

static void send_then_write(void *arg)
{
	struct timespec t = { 0, 2000000 };

	(void)arg;
	for (int i = 0; i < 3; i++) {
		lab_must(nanosleep(&t, NULL), "nanosleep");
		lab_must(kill(getppid(), SIGUSR1), "kill");
	}
	lab_must(nanosleep(&t, NULL), "nanosleep");
	lab_must(write(ends[1], "abc", 3), "write");
}

static void restart(unsigned long kind)
{
	char text[4] = "";
	pid_t pid;

	lab_must(pipe(ends), "pipe");
	handle(SIGUSR1, count_only, kind, 0);
	count = 0;
	pid = lab_fork(send_then_write, NULL);
	for (int i = 1; i <= 3; i++) {
		lab_equal(raw_syscall(SYS_read, ends[0], text, 3), -EINTR,
			  "read(), interrupted by a handler");
		lab_equal(count, i, "handlers that ran");
	}
	lab_equal(read(ends[0], text, 3), 3, "read(), not interrupted");
	lab_join(pid);

	handle(SIGUSR1, count_only, kind | SA_RESTART, 0);
	count = 0;
	memset(text, 0, sizeof(text));
	pid = lab_fork(send_then_write, NULL);
	lab_equal(raw_syscall(SYS_read, ends[0], text, 3), 3, "read(), "
		  "interrupted by three handlers with SA_RESTART");
	lab_equal(count, 3, "handlers that ran");
	lab_check(!strcmp(text, "abc"), "read() filled another buffer than the "
		  "one it was called with");
	lab_join(pid);
	close(ends[0]);
	close(ends[1]);
}

/* The kernel's own code for "make the call again if no handler forbids it". */
#define RESTART	(-512L)

static void give_result(const struct frame *f)
{
	count++;
	lab_must(kill(getpid(), SIGUSR2), "kill");
	MC_RESULT(f->mc) = (unsigned long)RESTART;
}

static void look_at_result(const struct frame *f)
{
	count++;
	lab_equal((long)MC_RESULT(f->mc), RESTART, "in the frame of a second "
		  "signal, the result that the handler of the first has set");
}

/* sigreturn ends no call: what looks like its result is a register. */
static void keep_result(unsigned long kind, unsigned long flags)
{
	count = 0;
	handle(SIGUSR1, give_result, kind, sigmask(SIGUSR2));
	handle(SIGUSR2, look_at_result, kind | flags, 0);
	lab_equal(raw_syscall(SYS_kill, getpid(), SIGUSR1), RESTART,
		  "the result that a handler has set");
	lab_equal(count, 2, "handlers that ran");
}

static void test_calls(void *arg)
{
	(void)arg;
	for (int i = 0; i < KINDS; i++) {
		restart(kinds[i]);
		keep_result(kinds[i], 0);
		keep_result(kinds[i], SA_RESTART);
	}
}

/* ---- hostile frames ------------------------------------------------------ */

static void kernel_pc(const struct frame *f)
{
	MC_PC(f->mc) = KERNEL_AT;
}

static void kernel_sp(const struct frame *f)
{
	MC_SP(f->mc) = KERNEL_SP;
}

static void all_ones(const struct frame *f)
{
	memset(f->mc, 0xff, sizeof(*f->mc));
}

static void every_signal(const struct frame *f)
{
	set_mask_in(f, ~(sigset_t)0);
}

#ifdef __riscv

#define RETURN	139

/* What lies behind the registers must not become the trap frame's status. */
static void supervisor(const struct frame *f)
{
	for (int i = 0; i < 4; i++)
		f->mc->f[i] = 0x100 | 0x6000 | 0x40000 | 0x200000000;
}

static void reserved_word(const struct frame *f)
{
	((uint32_t *)f->mc->f)[129] = 1;
}

static void unknown_record(const struct frame *f)
{
	((uint32_t *)f->mc->f)[130] = 0x12345678;
}

static void record_size(const struct frame *f)
{
	((uint32_t *)f->mc->f)[131] = 64;
}

#else

#define RETURN	173

static void kernel_cs(const struct frame *f)
{
	f->mc->cs = 0x60;
}

static void kernel_ss(const struct frame *f)
{
	f->mc->ss = 0x68;
}

static void kernel_gs(const struct frame *f)
{
	f->mc->gs = 0x6b;
}

static void task_gs(const struct frame *f)
{
	f->mc->gs = 0x83;
}

static void kernel_fs(const struct frame *f)
{
	f->mc->fs = 0xd8;
}

static void no_fs(const struct frame *f)
{
	f->mc->fs = 0xfff8;
}

static void kernel_fpstate(const struct frame *f)
{
	f->mc->fpstate = KERNEL_AT;
}

static void all_flags(const struct frame *f)
{
	f->mc->eflags |= 0x3000 | 0x4000 | 0x20000;
	f->mc->eflags &= ~0x200u;
}

#endif

static const struct attack {
	const char *what;
	void (*spoil)(const struct frame *f);
	int sig;			/* that must end the program; 0: any */
	int goes_on;			/* the program goes on, with no more
					   rights than before */
} attacks[] = {
	{ "a program counter in the kernel", kernel_pc, SIGSEGV, 0 },
	{ "a stack pointer in the kernel", kernel_sp, SIGSEGV, 0 },
	{ "registers of ones", all_ones, 0, 0 },
	{ "a mask of all signals", every_signal, SIGSEGV, 1 },
#ifdef __riscv
	{ "sstatus behind the registers", supervisor, SIGSEGV, 1 },
	{ "a reserved word that is not 0", reserved_word, SIGSEGV, 0 },
	{ "an unknown record", unknown_record, SIGSEGV, 0 },
	{ "a record with a size", record_size, SIGSEGV, 0 },
#else
	{ "the kernel's cs", kernel_cs, SIGILL, 0 },
	{ "the kernel's ss", kernel_ss, SIGILL, 0 },
	{ "the kernel's gs", kernel_gs, SIGSEGV, 1 },
	{ "the gs of a task's descriptor", task_gs, SIGSEGV, 1 },
	{ "the kernel's fs", kernel_fs, SIGSEGV, 1 },
	{ "an fs behind the descriptors", no_fs, SIGSEGV, 1 },
	{ "float registers in the kernel", kernel_fpstate, SIGSEGV, 0 },
	{ "all flags", all_flags, SIGSEGV, 1 },
#endif
};

/* The program is as powerless as before. */
static void look_for_power(void)
{
	sigset_t must_not = sigmask(SIGKILL) | sigmask(SIGSTOP);

	if (mask_now() & must_not)
		_exit(52);
#ifdef __i386__
	unsigned long flags, fs, cs;

	__asm__ volatile("pushfl\n\tpopl %0" : "=r"(flags));
	__asm__ volatile("movl %%fs, %0" : "=r"(fs));
	__asm__ volatile("movl %%cs, %0" : "=r"(cs));
	if ((flags & 0x27200) != 0x200)
		_exit(53);
	if ((fs & 0xffff) > 3)
		_exit(54);
	if ((cs & 3) != 3)
		_exit(55);
#endif
	/* the kernel's memory is out of reach: this must be the end */
	*(volatile int *)KERNEL_AT;
	_exit(56);
}

static void return_spoilt(void *arg)
{
	static char room[SIGSTKSZ];
	stack_t alt = { .ss_sp = room, .ss_size = sizeof(room) };
	const struct attack *a = arg;

	handle(SIGUSR1, a->spoil, SA_SIGINFO | SA_ONSTACK, 0);
	lab_must(sigaltstack(&alt, NULL), "sigaltstack");
	lab_must(kill(getpid(), SIGUSR1), "kill");
	if (!a->goes_on)
		_exit(51);
	look_for_power();
}

static void return_from(void *arg)
{
	call_at((unsigned long)arg, RETURN, 0, 0);
	_exit(57);
}

#ifdef __i386__
static void old_return_from(void *arg)
{
	call_at((unsigned long)arg, 119, 0, 0);
	_exit(57);
}
#endif

static void no_frame_there(void (*fn)(void *), unsigned long sp)
{
	int status = status_of(fn, (void *)sp);

	lab_check(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV,
		  "a signal return with the stack pointer %lx, where no frame "
		  "is: expected SIGSEGV, found status %x", sp, status);
}

static void test_hostile(void *arg)
{
	const int n = sizeof(attacks) / sizeof(attacks[0]);
	static const unsigned long nowhere[] = {
		0, 64, 8192, KERNEL_AT, KERNEL_SP - 256, ~0UL, ~0UL - 255,
	};

	(void)arg;
	for (int i = 0; i < n; i++) {
		const struct attack *a = &attacks[i];
		int status = status_of(return_spoilt, (void *)a);

		lab_check(WIFSIGNALED(status), "a frame with %s: the program "
			  "was not stopped (status %d; 51: it went on, 52: its "
			  "mask, 53: flags, 54: fs, 55: cs, 56: it read the "
			  "kernel)",
			  a->what, WEXITSTATUS(status));
		lab_check(!a->sig || WTERMSIG(status) == a->sig, "a frame with "
			  "%s: expected signal %d, found %d", a->what, a->sig,
			  WTERMSIG(status));
	}
	for (int i = 0; i < 7; i++) {
		no_frame_there(return_from, nowhere[i]);
#ifdef __i386__
		no_frame_there(old_return_from, nowhere[i]);
#endif
	}
}

CASE(returns)
CASE(arguments)
CASE(registers)
CASE(anywhere)
CASE(floats)
CASE(mask)
CASE(stack)
CASE(altstack)
CASE(code)
CASE(calls)
CASE(hostile)

static const struct lab_case cases[] = {
	{ "returns", returns },
	{ "arguments", arguments },
	{ "registers", registers },
	{ "anywhere", anywhere },
	{ "floats", floats },
	{ "mask", mask },
	{ "stack", stack },
	{ "altstack", altstack },
	{ "code", code },
	{ "calls", calls },
	{ "hostile", hostile },
};

LAB_MAIN(cases)
