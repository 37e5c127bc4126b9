/* SPDX-License-Identifier: MIT */
/*
 * Registers full of rubbish at every entry to the kernel and every way out of
 * it: system calls without a stack, signals that find none, frames of random
 * words given to sigreturn, clones and programs that begin on bad stacks and
 * at odd places, every segment selector.  Registers come back as they were,
 * or the task dies of a signal; the machine lives (rows B2, B8, C9).
 */
#include <elf.h>
#include <sched.h>
#include <time.h>
#include "tap.h"

#define FRAMES		150
#define SETTLE_MS	30

/*
 * Makes a system call without arguments while the stack pointer and all other
 * registers are `sp`.  => its result, or -999 if any of them changed
 */
long call_with(unsigned long sp, long nr);

#ifdef __riscv
#define EACH_SCRATCH(op) \
	op "t0\n" op "t1\n" op "t2\n" op "t3\n" op "t4\n" op "t5\n" \
	op "t6\n" op "a1\n" op "a2\n" op "a3\n" op "a4\n" op "a5\n" op "a6\n"
__asm__(".text\n.macro put reg\n mv \\reg, s0\n.endm\n"
	".macro same reg\n bne \\reg, s0, 1f\n.endm\n"
	"call_with:\n"
	" addi sp, sp, -48\n sd ra, 0(sp)\n sd s0, 8(sp)\n sd s1, 16(sp)\n"
	" sd s2, 24(sp)\n sd s3, 32(sp)\n"
	" mv a7, a1\n mv s0, a0\n mv s1, sp\n mv s2, gp\n mv s3, tp\n"
	" mv sp, s0\n mv gp, s0\n mv tp, s0\n mv ra, s0\n"
	EACH_SCRATCH(" put ")
	" ecall\n"
	" bne sp, s0, 1f\n bne gp, s0, 1f\n bne tp, s0, 1f\n"
	" bne ra, s0, 1f\n"
	EACH_SCRATCH(" same ")
	" j 2f\n"
	"1: li a0, -999\n"
	"2: mv sp, s1\n mv gp, s2\n mv tp, s3\n"
	" ld ra, 0(sp)\n ld s0, 8(sp)\n ld s1, 16(sp)\n ld s2, 24(sp)\n"
	" ld s3, 32(sp)\n addi sp, sp, 48\n ret\n");
#elif defined(__aarch64__)
#define EACH_SCRATCH(op) \
	op "x1\n" op "x2\n" op "x3\n" op "x4\n" op "x5\n" op "x6\n" \
	op "x7\n" op "x9\n" op "x10\n" op "x11\n" op "x12\n" op "x13\n" \
	op "x14\n" op "x15\n" op "x16\n" op "x17\n" op "x18\n" op "x30\n"
/* the thread pointer is none of these: it is a system register */
__asm__(".text\n.macro put reg\n mov \\reg, x19\n.endm\n"
	".macro same reg\n cmp \\reg, x19\n b.ne 1f\n.endm\n"
	"call_with:\n"
	" stp x29, x30, [sp, #-48]!\n stp x19, x20, [sp, #16]\n"
	" mov x8, x1\n mov x19, x0\n mov x20, sp\n mov sp, x19\n"
	EACH_SCRATCH(" put ")
	" svc #0\n"
	" mov x29, sp\n cmp x29, x19\n b.ne 1f\n"
	EACH_SCRATCH(" same ")
	" b 2f\n"
	"1: mov x0, #-999\n"
	"2: mov sp, x20\n"
	" ldp x19, x20, [sp, #16]\n ldp x29, x30, [sp], #48\n ret\n");
#else
__asm__(".text\n.globl call_with\ncall_with:\n"
	" pushl %ebp\n pushl %ebx\n pushl %esi\n pushl %edi\n"
	" movl 20(%esp), %ecx\n movl 24(%esp), %eax\n"
	" movl %esp, call_kept\n movl %ecx, %esp\n"
	" movl %ecx, %ebx\n movl %ecx, %edx\n movl %ecx, %esi\n"
	" movl %ecx, %edi\n movl %ecx, %ebp\n"
	" int $0x80\n"
	" cmpl %esp, %ebp\n jne 1f\n cmpl %esp, %ebx\n jne 1f\n"
	" cmpl %esp, %ecx\n jne 1f\n cmpl %esp, %edx\n jne 1f\n"
	" cmpl %esp, %esi\n jne 1f\n cmpl %esp, %edi\n je 2f\n"
	"1: movl $-999, %eax\n"
	"2: movl call_kept, %esp\n"
	" popl %edi\n popl %esi\n popl %ebx\n popl %ebp\n ret\n"
	".local call_kept\n.comm call_kept, 4, 4\n");
#endif

#define KERNEL	(sizeof(long) == 8 ? ~0UL << 38 : 3UL << 30)

static unsigned long bad_values(int i)
{
	const unsigned long v[] = {
		0, 1, 3, 8, PG - 1, KERNEL, KERNEL + 1, ~0UL, ~0UL - 7,
		~0UL >> 1, (~0UL >> 1) + 1, 0x12345677, KERNEL - 1,
	};

	return i < COUNT(v) ? v[i] : 0;
}
#define BAD_VALUES	13

static unsigned int seed;

static unsigned int random_24(void)
{
	seed = seed * 1103515245 + 12345;
	return seed >> 8;
}

/* ---- system calls and interrupts ----------------------------------------- */

static void without_stack(void)
{
	long parent = getppid();
	int wrong = 0;

	for (int i = 0; i < BAD_VALUES; i++) {
		wrong += call_with(bad_values(i), SYS_getppid) != parent;
		wrong += call_with(bad_values(i), SYS_sched_yield) != 0;
		wrong += call_with(bad_values(i), 0x7fff) != -ENOSYS;
	}
	check_eq(wrong, 0, "calls with rubbish in all registers: it stays");
}

static void every_200_us(int flags, void (*fn)(int))
{
	struct itimerval often = { { 0, 200 }, { 0, 200 } };
	struct sigaction sa = { .sa_handler = fn, .sa_flags = flags };

	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

static volatile int handled;

static void count_alarms(int sig)
{
	(void)sig;
	handled++;
}

/* Sooner or later the signal finds the bad stack. */
static void signal_without_stack(void *sp)
{
	every_200_us(0, count_alarms);
	for (;;)
		call_with((unsigned long)sp, SYS_getppid);
}

static void signal_on_other_stack(void *sp)
{
	static char other[32768];
	stack_t ss = { .ss_sp = other, .ss_size = sizeof(other) };
	long parent = getppid(), wrong = 0;

	sigaltstack(&ss, NULL);
	every_200_us(SA_ONSTACK, count_alarms);
	while (handled < 30)
		wrong += call_with((unsigned long)sp, SYS_getppid) != parent;
	_exit(wrong ? 1 : 0);
}

static void signals_without_stack(void)
{
	int dead = 0, good = 0;

	for (int i = 0; i < BAD_VALUES; i++) {
		void *sp = (void *)bad_values(i);

		dead += in_child(signal_without_stack, sp) == SIGSEGV;
		good += in_child(signal_on_other_stack, sp) == 0;
	}
	check_eq(dead, BAD_VALUES, "a signal that finds no stack: SIGSEGV");
	check_eq(good, BAD_VALUES, "on a stack of its own all is restored");
}

/* ---- sigreturn ----------------------------------------------------------- */

static int rarely;		/* one word in so many is changed */

static unsigned long random_word(void)
{
	switch (random_24() % 4) {
	case 0: return bad_values((int)(random_24() % BAD_VALUES));
	case 1: return (unsigned long)&seed + random_24() % 64;
	case 2: return random_24() % 0x10000;
	default: return (unsigned long)random_24() << 16 ^ random_24();
	}
}

static void spoil_words(void *from, size_t n)
{
	unsigned long *w = from;

	for (size_t i = 0; i < n / sizeof(*w); i++)
		if (random_24() % (unsigned int)rarely == 0)
			w[i] = random_word();
}

static void spoil_rt(int sig, siginfo_t *si, void *uc)
{
	(void)sig;
	(void)si;
	spoil_words(uc, 700);
}

/* i386's old frame lies behind the number of the signal. */
static void spoil_old(int sig)
{
	spoil_words(&sig + 1, 300);
}

static void return_rubbish(int old)
{
	struct sigaction sa = { 0 };

	if (old) {
		sa.sa_handler = spoil_old;
	} else {
		sa.sa_sigaction = spoil_rt;
		sa.sa_flags = SA_SIGINFO;
	}
	sigaction(SIGUSR1, &sa, NULL);
	for (int i = 0; i < 20; i++)
		raise(SIGUSR1);
	_exit(0);
}

/* => did it end, be it because it was killed at last? */
static int ends_at_last(pid_t pid)
{
	int st;

	for (int ms = 0; ms < SETTLE_MS; ms++) {
		if (waitpid(pid, &st, WNOHANG) == pid)
			return 1;
		usleep(1000);
	}
	kill(pid, SIGKILL);
	return waitpid(pid, &st, 0) == pid;
}

static void return_to_bad_frames(int old, const char *name)
{
	int ended = 0;

	for (int i = 0; i < FRAMES; i++) {
		pid_t pid;

		seed = (unsigned int)i * 7919 + 1;
		rarely = 1 + i % 40;
		pid = fork();
		if (pid == 0)
			return_rubbish(old);
		ended += ends_at_last(pid);
	}
	check_eq(ended, FRAMES, "sigreturn with rubbish, %s frame", name);
}

/* sigreturn where there is no frame at all. */
static void return_nowhere(void *sp)
{
	call_with((unsigned long)sp, SYS_rt_sigreturn);
	_exit(1);
}

static void returns_nowhere(void)
{
	int dead = 0;

	for (int i = 0; i < BAD_VALUES; i++)
		dead += in_child(return_nowhere, (void *)bad_values(i)) ==
			SIGSEGV;
	check_eq(dead, BAD_VALUES, "sigreturn without a frame: SIGSEGV");
}

/* ---- clone and exec ------------------------------------------------------ */

static void bad_stacks(void)
{
	int dead = 0, n = 0, st;

	/* 0 is no stack of its own: a fork */
	for (int i = 1; i < BAD_VALUES; i++) {
		long pid = raw_syscall(SYS_clone, SIGCHLD, bad_values(i), 0,
				       0, 0);

		if (pid == 0)
			for (;;)	/* uses the stack */
				pause();
		n++;
		dead += pid > 0 && waitpid((pid_t)pid, &st, 0) == pid &&
			(st == SIGSEGV || st == SIGBUS);
	}
	check_eq(dead, n, "clones that begin without a stack: SIGSEGV");
}

static void exec_odd(void *arg)
{
	char *argv[] = { "odd", "-odd", NULL };

	(void)arg;
	execv("odd", argv);
	_exit(50);		/* refused: as good */
}

static char *image;
static long image_size;

static int read_self(void)
{
	int fd = open(tap_self, O_RDONLY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return -1;
	image_size = (long)st.st_size;
	image = malloc((size_t)image_size);
	image_size = image ? read_all(fd, image, (size_t)image_size) : -1;
	close(fd);
	return image_size > 0 ? 0 : -1;
}

static int odd_start(unsigned long entry)
{
	int st;

	((Elf_Ehdr *)image)->e_entry = entry;
	put_file("odd", image, (size_t)image_size, 0755);
	st = in_child(exec_odd, NULL);
	if (st == 50 << 8 || st == SIGSEGV || st == SIGILL || st == SIGBUS ||
	    st == SIGTRAP)
		return 1;
	printf("# entry %#lx: status %#x\n", entry, st);
	return 0;
}

static void odd_entries(void)
{
	int good = 0;

	if (read_self())
		tap_bail(tap_self);
	for (int i = 0; i < BAD_VALUES; i++)
		good += odd_start(bad_values(i));
	check_eq(good, BAD_VALUES, "programs that begin nowhere");
	/* data, which may not be executed; where it may, it is rubbish */
	check(odd_start((unsigned long)tap_self), "one that begins in data");
	unlink("odd");
}

/* A call through a pointer to nowhere. */
static void jump_bad(void *at)
{
	((void (*)(void))at)();
	_exit(1);
}

static void odd_jumps(void)
{
	int dead = 0;

	for (int i = 0; i < BAD_VALUES; i++) {
		int st = in_child(jump_bad, (void *)bad_values(i));

		dead += WIFSIGNALED(st) && WTERMSIG(st) != SIGKILL;
	}
	check_eq(dead, BAD_VALUES, "jumps to nowhere: a signal");
}

/* ---- registers of one machine -------------------------------------------- */

#ifdef __riscv
static void round_badly(void *mode)
{
	double a = 1.5, b;

	__asm__ volatile("fscsr %1\n fadd.d %0, %2, %2" : "=f"(b) :
			 "r"((unsigned long)mode << 5), "f"(a));
	_exit(b > 2 ? 0 : 1);
}

static void machine_registers(void)
{
	int wrong = 0;

	for (unsigned long v = 0; v < 256; v++) {
		unsigned long back;

		__asm__ volatile("fscsr %0" :: "r"(v | 0xabcdef00));
		raw_syscall(SYS_sched_yield);
		__asm__ volatile("frcsr %0" : "=r"(back));
		wrong += back != v;
	}
	__asm__ volatile("fscsr zero");
	check_eq(wrong, 0, "every fcsr survives a switch");
	wrong = 0;
	for (unsigned long mode = 0; mode < 8; mode++)
		wrong += in_child(round_badly, (void *)mode) !=
			(mode > 4 ? SIGILL : 0);
	check_eq(wrong, 0, "rounding modes that do not exist: SIGILL");
}
#elif defined(__aarch64__)
static void machine_registers(void)
{
	int wrong = 0;

	/* rounding and traps of the float unit, its flags, and nzcv */
	for (unsigned long v = 0; v < 16; v++) {
		unsigned long back, flags, told;

		__asm__ volatile("msr fpcr, %0\n msr fpsr, %1\n"
				 :: "r"(v << 22), "r"(v));
		raw_syscall(SYS_sched_yield);
		__asm__ volatile("mrs %0, fpcr\n mrs %1, fpsr"
				 : "=r"(back), "=r"(told));
		wrong += back != v << 22 || told != v;
		__asm__ volatile("mov x8, %1\n msr nzcv, %2\n svc #0\n"
				 "mrs %0, nzcv" : "=&r"(flags)
				 : "r"((long)SYS_sched_yield), "r"(v << 28)
				 : "x0", "x8", "memory");
		wrong += flags != v << 28;
	}
	__asm__ volatile("msr fpcr, xzr\n msr fpsr, xzr");
	check_eq(wrong, 0, "fpcr, fpsr and nzcv survive a switch");
}
#else
static void load_fs(void *sel)
{
	__asm__ volatile("movw %w0, %%fs" :: "r"(sel));
}

static void load_es(void *sel)
{
	unsigned int old;

	__asm__ volatile("movl %%es, %0\n movw %w1, %%es\n movl $20, %%eax\n"
			 "int $0x80\n movl %0, %%es"
			 : "=&r"(old) : "r"(sel) : "eax", "memory");
}

static void machine_registers(void)
{
	int taken = 0, refused = 0, wrong = 0;
	long parent = getppid();

	for (unsigned long sel = 0; sel < 512; sel++) {
		unsigned int now;
		int sig = catch_fault(load_fs, (void *)sel, NULL);

		if (sig) {
			refused++;
			wrong += sig != SIGSEGV;
			continue;
		}
		raw_syscall(SYS_sched_yield);
		__asm__ volatile("movl %%fs, %0" : "=r"(now));
		/* a null one may lose its lowest bits */
		wrong += sel > 3 && (now & 0xffff) != sel;
		taken++;
	}
	load_fs(NULL);
	check(!wrong && taken >= 4 && refused > 100,
	      "%d selectors in fs, %d refused", taken, refused);
	for (unsigned long sel = 0; sel < 512; sel++)
		catch_fault(load_es, (void *)sel, NULL);
	check_eq(getppid(), parent, "the same in es");
}
#endif

int main(int argc, char **argv)
{
	if (argc > 1)
		return 0;
	tap_find_self(argv[0]);
	tap_scratch("bad_registers");
	without_stack();
	signals_without_stack();
	return_to_bad_frames(0, "rt");
#ifdef __i386__
	return_to_bad_frames(1, "old");
#endif
	returns_nowhere();
	bad_stacks();
	odd_entries();
	odd_jumps();
	machine_registers();
	tap_scratch_end();
	return tap_done();
}
