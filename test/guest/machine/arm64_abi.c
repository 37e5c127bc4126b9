/* SPDX-License-Identifier: MIT */
/*
 * What only arm64 programs see: the signal of each exception with its code and
 * address; vector registers, flags and the thread pointer across system calls,
 * switches, handlers, fork and exec; the signal frame and what a hostile
 * sigreturn may not do; the calls of this machine alone (rows B2, B6, B8, D7).
 */
#include "tap.h"
#include "texts.h"

#ifndef __aarch64__
int main(void)
{
	return tap_skip_all("a test of arm64's own interfaces");
}
#else
#include <elf.h>
#include "contexts.h"

#define KERNEL_ADDRESS	0xffffffc080200000ul	/* the upper half, anyway */

/* ---- exceptions ---------------------------------------------------------- */

#define SNIPPET(name, ...) \
	extern char at_##name[]; \
	void do_##name(void); \
	__asm__(".pushsection .text\n" \
		"do_" #name ":\n" __VA_ARGS__ "\n ret\n.popsection")
#define AT(name) "\nat_" #name ":\t"

SNIPPET(brk, AT(brk) "brk #0");
SNIPPET(udf, AT(udf) "udf #0");
SNIPPET(privileged, AT(privileged) "mrs x0, ttbr0_el1");
SNIPPET(exclusive, "add x0, sp, #1" AT(exclusive) "ldxr w0, [x0]");
SNIPPET(read, "mov x0, #16" AT(read) "ldr x0, [x0]");
SNIPPET(write, "mov x0, #16" AT(write) "str x0, [x0]");
SNIPPET(kernel, "mov x0, #0xffffffc000000000" AT(kernel) "ldr x0, [x0]");

enum { PC, GIVEN, STACK };

#define ESR_ABORT	0x92000000u	/* of data, in user mode */
#define ESR_STORE	0x40u
#define ESR_LEVEL	0x3ul		/* of a translation fault's table */

static const struct exception {
	const char *name;
	void (*fn)(void);
	char *at;
	int sig, code, kind;
	unsigned long addr;
	unsigned esr;			/* of an abort, in the signal frame */
} exceptions[] = {
	{ "brk", do_brk, at_brk, SIGTRAP, TRAP_BRKPT, PC, 0 },
	{ "udf", do_udf, at_udf, SIGILL, ILL_ILLOPC, PC, 0 },
	{ "privileged", do_privileged, at_privileged, SIGILL, ILL_ILLOPC, PC,
	  0 },
	{ "load", do_read, at_read, SIGSEGV, SEGV_MAPERR, GIVEN, 16,
	  ESR_ABORT | 0x4 },
	{ "store", do_write, at_write, SIGSEGV, SEGV_MAPERR, GIVEN, 16,
	  ESR_ABORT | ESR_STORE | 0x4 },
	{ "kernel load", do_kernel, at_kernel, SIGSEGV, SEGV_MAPERR, GIVEN,
	  0xffffffc000000000, ESR_ABORT | 0x4 },
	{ "misaligned exclusive", do_exclusive, at_exclusive, SIGBUS,
	  BUS_ADRALN, STACK, 1, ESR_ABORT | 0x21 },
};

/* Return: the syndrome in the record after the vector registers, or 0 */
static unsigned long syndrome(void)
{
	struct { unsigned magic, size; unsigned long esr; } r;

	memcpy(&r, (char *)context.uc_mcontext.__reserved + 528, sizeof(r));
	return r.magic == 0x45535201 && r.size == sizeof(r) ? r.esr : 0;
}

static void test_exceptions(void)
{
	for (int i = 0; i < COUNT(exceptions); i++) {
		const struct exception *e = &exceptions[i];
		int sig;

		take_signal_by(e->sig, note_context);
		sig = sigsetjmp(env, 1);
		if (!sig)
			e->fn();
		check_eq(sig, e->sig, "%s: signal", e->name);
		check_eq(got.si_code, e->code, "%s: code", e->name);
		check_eq((unsigned long)got.si_addr &
			 (e->kind == STACK ? 15 : ~0ul),
			 e->kind == PC ? (unsigned long)e->at : e->addr,
			 "%s: address", e->name);
		check_eq(context.uc_mcontext.pc, (unsigned long)e->at,
			 "%s: pc", e->name);
		check_eq(context.uc_mcontext.fault_address,
			 e->esr ? (unsigned long)got.si_addr : 0,
			 "%s: the frame's address", e->name);
		check_eq(syndrome() & ~ESR_LEVEL, e->esr & ~ESR_LEVEL,
			 "%s: syndrome", e->name);
		check(handler_sp % 16 == 0, "%s: the stack is aligned",
		      e->name);
		signal(e->sig, SIG_DFL);
	}
}

/* ---- vector registers ---------------------------------------------------- */

struct vectors {
	unsigned long v[32][2];
	unsigned long fpcr, fpsr;
};

#define EACH(op) \
	op(0) op(1) op(2) op(3) op(4) op(5) op(6) op(7) op(8) op(9) op(10) \
	op(11) op(12) op(13) op(14) op(15) op(16) op(17) op(18) op(19) \
	op(20) op(21) op(22) op(23) op(24) op(25) op(26) op(27) op(28) \
	op(29) op(30) op(31)
#define LOAD(n)		"ldr q" #n ", [%[in], #16*" #n "]\n"
#define STORE(n)	"str q" #n ", [%[out], #16*" #n "]\n"

/*
 * Load all vector registers, make a system call, store them: nothing between
 * but the kernel.  => the call's result
 */
static long vectors_across(const struct vectors *in, struct vectors *out,
			   long nr, long arg0, long arg1)
{
	register long x0 __asm__("x0") = arg0;
	register long x1 __asm__("x1") = arg1;
	register long x8 __asm__("x8") = nr;
	unsigned long fpcr = in->fpcr, fpsr = in->fpsr;

	__asm__ volatile(EACH(LOAD) "msr fpcr, %[fpcr]\n msr fpsr, %[fpsr]\n"
			 "svc #0\nmrs %[fpcr], fpcr\n mrs %[fpsr], fpsr\n"
			 "msr fpcr, xzr\n" EACH(STORE)
			 : [fpcr] "+&r"(fpcr), [fpsr] "+&r"(fpsr), "+r"(x0)
			 : [in] "r"(in->v), [out] "r"(out->v), "r"(x1),
			   "r"(x8)
			 : "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7",
			   "v8", "v9", "v10", "v11", "v12", "v13", "v14",
			   "v15", "v16", "v17", "v18", "v19", "v20", "v21",
			   "v22", "v23", "v24", "v25", "v26", "v27", "v28",
			   "v29", "v30", "v31", "memory");
	out->fpcr = fpcr;
	out->fpsr = fpsr;
	return x0;
}

static void fill(struct vectors *f, unsigned long seed)
{
	for (unsigned i = 0; i < 32; i++) {
		f->v[i][0] = seed << 32 | (i + 1) * 0x10001;
		f->v[i][1] = ~f->v[i][0];
	}
	f->fpcr = seed % 4 << 22;		/* rounding mode */
	f->fpsr = seed % 32;			/* flags */
}

static int same(const struct vectors *a, const struct vectors *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/* Children with other values switch with us many times. */
static int yields_keep(unsigned long seed)
{
	struct vectors in, out;
	int bad = 0;

	fill(&in, seed);
	for (int i = 0; i < 300; i++) {
		vectors_across(&in, &out, SYS_sched_yield, 0, 0);
		bad += !same(&in, &out);
	}
	return bad;
}

static void test_switches(void)
{
	pid_t pid[3];
	int status;

	for (unsigned c = 0; c < 3; c++) {
		pid[c] = fork();
		if (!pid[c])
			_exit(yields_keep(100 + c) != 0);
	}
	check_eq(yields_keep(5), 0, "switches to tasks with other values");
	for (int c = 0; c < 3; c++) {
		waitpid(pid[c], &status, 0);
		check_eq(status, 0, "as task %d sees it", c);
	}
}

static void test_fork(void)
{
	struct vectors in, out;
	int status;
	pid_t pid;

	fill(&in, 9);
	pid = (pid_t)vectors_across(&in, &out, SYS_clone, SIGCHLD, 0);
	if (pid == 0)
		_exit(same(&in, &out) ? 0 : 1);
	check(same(&in, &out), "fork leaves the parent's values");
	waitpid(pid, &status, 0);
	check_eq(status, 0, "fork copies them to the child");
}

/* Runs in the new program, before anything touched a vector register. */
static int vectors_are_zero(void)
{
	struct vectors f;
	unsigned long any = 0;

	__asm__ volatile(EACH(STORE) :: [out] "r"(f.v) : "memory");
	for (int i = 0; i < 32; i++)
		any |= f.v[i][0] | f.v[i][1];
	return any == 0;
}

static void test_exec(void)
{
	static char *argv[] = { tap_self, "vectors", NULL };
	static char *envp[] = { NULL };
	struct vectors in, out;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		fill(&in, 11);
		vectors_across(&in, &out, SYS_getppid, 0, 0);
		execve(tap_self, argv, envp);
		_exit(3);
	}
	waitpid(pid, &status, 0);
	check_eq(status, 0, "a new program starts with zeros");
}

/* ---- signal frame -------------------------------------------------------- */

struct record {
	unsigned magic, size;
};

#define FPSIMD	0x46508001

struct fpsimd {
	struct record head;
	unsigned fpsr, fpcr;
	unsigned long v[32][2];
};

static volatile int handled;
static struct vectors seen;
static unsigned long seen_lr, seen_chain[2];

/* Sees the interrupted values, uses the unit itself, changes one. */
static void vector_handler(int sig, siginfo_t *si, void *p)
{
	struct sigcontext *mc = &((ucontext_t *)p)->uc_mcontext;
	struct fpsimd *f = (struct fpsimd *)mc->__reserved;
	unsigned long *frame = __builtin_frame_address(0);
	struct vectors mine, out;

	if (f->head.magic == FPSIMD && f->head.size == sizeof(*f)) {
		memcpy(seen.v, f->v, sizeof(seen.v));
		seen.fpcr = f->fpcr;
		seen.fpsr = f->fpsr;
	}
	fill(&mine, 200);
	vectors_across(&mine, &out, SYS_getppid, 0, 0);
	f->v[7][1] = 0x1234567890abcdef;
	f->fpsr = 0x11;
	seen_lr = (unsigned long)__builtin_return_address(0);
	/* our caller's record: what the interrupted code had */
	memcpy(seen_chain, (void *)frame[0], sizeof(seen_chain));
	handled = (int)(mc->regs[8] == SYS_kill);
}

static void test_handler(void)
{
	struct vectors in, out;

	take_signal_by(SIGUSR1, vector_handler);
	fill(&in, 42);
	handled = 0;
	vectors_across(&in, &out, SYS_kill, getpid(), SIGUSR1);
	check_eq(handled, 1, "the handler ran, and found x8");
	check(same(&in, &seen), "it finds the vector registers in its frame");
	check_eq(out.v[7][1], 0x1234567890abcdef, "and may change one");
	check_eq(out.fpsr, 0x11, "and fpsr");
	out.v[7][1] = in.v[7][1];
	out.fpsr = in.fpsr;
	check(same(&in, &out), "the others come back");
	check(seen_lr % PG != 0 && load_fault((void *)seen_lr) == 0,
	      "it returns to readable code");
	check_eq(*(unsigned *)seen_lr, 0xd2801168, "which is mov x8, 139");
	check_eq(((unsigned *)seen_lr)[1], 0xd4000001, "and svc");
	check_eq(seen_chain[0], (unsigned long)__builtin_frame_address(0),
		 "the chain of frames leads to the interrupted function");
	signal(SIGUSR1, SIG_DFL);
}

static void spoil_context(int sig, siginfo_t *si, void *p)
{
	struct sigcontext *mc = &((ucontext_t *)p)->uc_mcontext;
	struct record *r = (struct record *)mc->__reserved;

	if (!catches)
		signal(SIGSEGV, SIG_DFL);
	switch (which) {
	case 0:
		mc->pc = KERNEL_ADDRESS;
		break;
	case 1:
		r->size = 8;
		break;
	case 2:
		r->magic = 0;		/* without float registers */
		r->size = 0;
		break;
	case 3:
		mc->pstate |= 5;	/* EL1 */
		break;
	case 4:
		mc->pstate |= 0x80;	/* without interrupts */
		break;
	case 5:
		mc->pstate |= 0x10;	/* 32 bits */
		break;
	case 6:				/* after the float registers */
		((struct record *)(mc->__reserved + r->size))->magic = 0x1234;
		((struct record *)(mc->__reserved + r->size))->size = 16;
		break;
	case 7:				/* up to the end, and none behind it */
		r = (struct record *)(mc->__reserved + r->size);
		r->magic = 0x45535201;
		r->size = sizeof(mc->__reserved) - 528;
		break;
	case 8:
		__asm__ volatile("mov x9, #64\n mov sp, x9\n mov x8, #139\n"
				 "svc #0");
	}
}

#define RETURN_FROM(where)						\
	__asm__ volatile("mov x9, " where "\n mov sp, x9\n mov x8, #139\n" \
			 "svc #0")

static void return_from_below(void) { RETURN_FROM("#64"); }
static void return_from_above(void) { RETURN_FROM("#0xfffffffff000"); }
static void return_from_odd(void) { RETURN_FROM("#72"); }

static void test_hostile_return(void)
{
	static const char *const what[] = {
		"kernel pc", "short record", "no float registers",
		"the kernel's mode", "masked interrupts", "32 bits",
		"an unknown record", "no last record", "no frame",
	};

	check_spoiled_returns(what, COUNT(what));
	check_bad_frame("from below", return_from_below, SEGV_ACCERR, 0);
	check_bad_frame("from above", return_from_above, SEGV_MAPERR,
			0xfffffffff000);
	check_bad_frame("from an odd place", return_from_odd, SEGV_ACCERR, 72);
}

/* ---- others -------------------------------------------------------------- */

static void test_thread_pointer(void)
{
	unsigned long mine, now, other;
	int status;
	pid_t pid;

	__asm__ volatile("mrs %0, tpidr_el0" : "=r"(mine));
	pid = fork();
	if (pid == 0) {
		__asm__ volatile("msr tpidr_el0, %0" :: "r"(0x1230ul));
		for (int i = 0; i < 50; i++)
			raw_syscall(SYS_sched_yield);
		__asm__ volatile("mrs %0, tpidr_el0" : "=r"(other));
		raw_syscall(SYS_exit, other == 0x1230 ? 7 : 1);
	}
	for (int i = 0; i < 50; i++)
		raw_syscall(SYS_sched_yield);
	__asm__ volatile("mrs %0, tpidr_el0" : "=r"(now));
	waitpid(pid, &status, 0);
	check_eq(now, mine, "switches keep the thread pointer");
	check_eq(status, 7 << 8, "the child's too");
}

/* Of the call's number and of wfi, what a program cannot see elsewhere. */
static void test_instructions(void)
{
	register unsigned long x0 __asm__("x0") = 0;
	register unsigned long x8 __asm__("x8") =
		SYS_getpid | 0x5a00000000000000;
	struct timespec from, to;

	__asm__ volatile("svc #0x77" : "+r"(x0) : "r"(x8) : "memory");
	check_eq(x0, getpid(), "w8 has the number, whatever svc and x8 have");
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (int i = 0; i < 1000; i++)
		__asm__ volatile("wfi");
	clock_gettime(CLOCK_MONOTONIC, &to);
	check((to.tv_sec - from.tv_sec) * 1000 +
	      (to.tv_nsec - from.tv_nsec) / 1000000 < 2000,
	      "wfi does not wait");
}

static void test_cpuinfo(void)
{
	const char *is = text_behind("/proc/cpuinfo", "Features\t: ");

	check(is && !strncmp(is, "fp asimd ", 9), "cpuinfo tells features");
}

#define READ_ID(name) ({						\
	unsigned long value_;						\
	__asm__ volatile("mrs %0, " name : "=r"(value_));		\
	value_; })

SNIPPET(id_of_none, AT(id_of_none) "mrs x0, S3_0_C0_C1_0");

/* As much of the CPU's identification as programs may see. */
static void test_identification(void)
{
	const char *part = text_behind("/proc/cpuinfo", "CPU part\t: ");
	unsigned long hwcap = getauxval(AT_HWCAP);
	siginfo_t si;

	check(hwcap >> 11 & 1, "HWCAP_CPUID");
	check_eq(READ_ID("midr_el1") >> 4 & 0xfff,
		 part ? strtol(part, NULL, 16) : -1, "MIDR_EL1 has the part");
	check_eq(READ_ID("mpidr_el1"), 0x80000000, "MPIDR_EL1 tells no place");
	check_eq(READ_ID("revidr_el1"), 0, "REVIDR_EL1 is 0");
	check_eq(READ_ID("S3_0_C0_C4_0") & 0xff, 0x11, "64 bits in EL0, EL1");
	check_eq(READ_ID("S3_0_C0_C5_0"), 6, "debug registers are not told");
	check_eq(READ_ID("S3_0_C0_C7_0") & 0xfffffffffff, 0x111ff000000,
		 "nor sizes of pages");
	check_eq(READ_ID("S3_0_C0_C7_7"), 0, "one without a name is 0");
	check_eq((READ_ID("S3_0_C0_C6_0") >> 16 & 0xf) > 0, hwcap >> 7 & 1,
		 "CRC32 as in AT_HWCAP");
	check_eq((READ_ID("S3_0_C0_C6_0") >> 20 & 0xf) > 0, hwcap >> 8 & 1,
		 "atomics likewise");
	check_eq(READ_ID("S3_0_C0_C6_0") >> 56 & 0xf, 0, "no flushes");
	__asm__ volatile("mrs xzr, midr_el1");
	check_eq(catch_fault((void (*)(void *))do_id_of_none, NULL, &si),
		 SIGILL, "others are no instructions");
}

/* A pointer with a tag: calls about mappings take it, mmap() does not. */
static void test_tags(void)
{
	char *p = anon_pages(2, PROT_READ | PROT_WRITE), *q;
	unsigned char vec[2];
	char *tagged = (char *)((unsigned long)p | 0x5aul << 56);

	*tagged = 1;
	check_eq(*p, 1, "a tag is ignored");
	check_ok(mprotect(tagged, PG, PROT_READ), "mprotect");
	check_ok(madvise(tagged, PG, MADV_NORMAL), "madvise");
	check_ok(msync(tagged, PG, MS_ASYNC), "msync");
	check_ok(mincore(tagged, PG, vec), "mincore");
	check_ok(syscall(SYS_mlock, tagged, PG), "mlock");
	check_ok(syscall(SYS_munlock, tagged, PG), "munlock");
	q = mremap(tagged, PG, 2 * PG, MREMAP_MAYMOVE);
	check(q != MAP_FAILED && *q == 1, "mremap, the old address");
	check(mremap(q, 2 * PG, 2 * PG, MREMAP_MAYMOVE | MREMAP_FIXED,
		     (char *)((unsigned long)p | 0x5aul << 56)) == MAP_FAILED,
	      "but not the new one");
	check_ok(munmap((char *)((unsigned long)q | 0x7ful << 56), 2 * PG),
		 "munmap");
	check_err(EFAULT, write(1, tagged + PG, 1), "nor does write");
	munmap(p + PG, PG);
}

static void test_own_calls(void)
{
	close(open("old", O_CREAT | O_RDWR, 0600));
	check_ok(syscall(SYS_renameat, AT_FDCWD, "old", AT_FDCWD, "new"),
		 "renameat(2), which other new machines lack");
	check_ok(unlink("new"), "it was renamed");
}

/* Fresh code runs after what the ABI asks for: cleaning by address. */
static void test_fresh_code(void)
{
	/* mov w0, n; ret */
	unsigned *code = (unsigned *)anon_pages(1, PROT_READ | PROT_WRITE |
						PROT_EXEC);
	int bad = 0;

	for (int i = 0; i < 100; i++) {
		code[0] = 0x52800000 | (unsigned)i << 5;
		code[1] = 0xd65f03c0;
		__builtin___clear_cache((char *)code, (char *)(code + 2));
		bad += ((int (*)(void))code)() != i;
	}
	check_eq(bad, 0, "rewritten code runs");
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return vectors_are_zero() ? 0 : 1;
	tap_find_self(argv[0]);
	tap_scratch("arm64_abi");
	test_exceptions();
	test_switches();
	test_fork();
	test_exec();
	test_handler();
	test_hostile_return();
	test_thread_pointer();
	test_instructions();
	test_cpuinfo();
	test_identification();
	test_tags();
	test_own_calls();
	test_fresh_code();
	tap_scratch_end();
	return tap_done();
}

#endif
