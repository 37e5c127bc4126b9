/* SPDX-License-Identifier: MIT */
/*
 * What only riscv64 programs see: the signal of each exception with its code
 * and address; integer and float registers across system calls, switches,
 * handlers, fork and exec; the signal frame and what a hostile sigreturn may
 * not do; the vDSO; instruction fetch of fresh code (rows B2, B6, B8, D7).
 */
#include <elf.h>
#include <sched.h>
#include <time.h>
#include "tap.h"

#ifndef __riscv
int main(void)
{
	return tap_skip_all("a test of riscv64's own interfaces");
}
#else
#include "contexts.h"

#define SYS_flush_icache_	259
#define KERNEL_ADDRESS		0xffffffc080200000ul

/* ---- exceptions ---------------------------------------------------------- */

#define SNIPPET(name, ...) \
	extern char at_##name[]; \
	void do_##name(void); \
	__asm__(".pushsection .text\n.option push\n.option norvc\n" \
		"do_" #name ":\n" __VA_ARGS__ "\n ret\n" \
		".option pop\n.popsection")
#define AT(name) "\nat_" #name ":\t"

SNIPPET(ebreak, AT(ebreak) "ebreak");
SNIPPET(illegal, AT(illegal) ".word 0");
SNIPPET(amo, "addi a0, sp, -63" AT(amo) "amoadd.w a0, zero, (a0)");
SNIPPET(reserve, "addi a0, sp, -62" AT(reserve) "lr.w a0, (a0)");
SNIPPET(read, "li a0, 16" AT(read) "ld a0, 0(a0)");
SNIPPET(write, "li a0, 16" AT(write) "sd a0, 0(a0)");
SNIPPET(kernel, "li a0, 0xffffffc080200000" AT(kernel) "ld a0, 0(a0)");
SNIPPET(hole, "li a0, 0x7000000000000000" AT(hole) "ld a0, 0(a0)");

enum { PC, GIVEN };

static const struct exception {
	const char *name;
	void (*fn)(void);
	char *at;
	int sig, code, kind;
	unsigned long addr;
} exceptions[] = {
	{ "ebreak", do_ebreak, at_ebreak, SIGTRAP, TRAP_BRKPT, PC, 0 },
	{ "illegal", do_illegal, at_illegal, SIGILL, ILL_ILLOPC, PC, 0 },
	{ "misaligned amo", do_amo, at_amo, SIGBUS, BUS_ADRALN, PC, 0 },
	{ "misaligned lr", do_reserve, at_reserve, SIGBUS, BUS_ADRALN, PC, 0 },
	{ "load", do_read, at_read, SIGSEGV, SEGV_MAPERR, GIVEN, 16 },
	{ "store", do_write, at_write, SIGSEGV, SEGV_MAPERR, GIVEN, 16 },
	{ "kernel load", do_kernel, at_kernel, SIGSEGV, SEGV_MAPERR, GIVEN,
	  KERNEL_ADDRESS },
	{ "non-canonical load", do_hole, at_hole, SIGSEGV, SEGV_MAPERR, GIVEN,
	  0x7000000000000000 },
};

static void test_riscv_exceptions(void)
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
		check_eq((unsigned long)got.si_addr,
			 e->kind == PC ? (unsigned long)e->at : e->addr,
			 "%s: address", e->name);
		check_eq(context.uc_mcontext.pc, (unsigned long)e->at,
			 "%s: pc", e->name);
		check(handler_sp % 16 == 0, "%s: the stack is aligned",
		      e->name);
		signal(e->sig, SIG_DFL);
	}
}

/* ---- float registers ----------------------------------------------------- */

struct floats {
	unsigned long f[32];
	unsigned long fcsr;
};

#define EACH(op) \
	op(0) op(1) op(2) op(3) op(4) op(5) op(6) op(7) op(8) op(9) op(10) \
	op(11) op(12) op(13) op(14) op(15) op(16) op(17) op(18) op(19) \
	op(20) op(21) op(22) op(23) op(24) op(25) op(26) op(27) op(28) \
	op(29) op(30) op(31)
#define LOAD(n)		"fld f" #n ", 8*" #n "(%[in])\n"
#define STORE(n)	"fsd f" #n ", 8*" #n "(%[out])\n"
#define CLOBBER(n)	"f" #n,

/*
 * Load all float registers, make a system call, store them: nothing between
 * but the kernel.  => the call's result
 */
static long floats_across(const struct floats *in, struct floats *out,
			  long nr, long arg0, long arg1)
{
	register long a0 __asm__("a0") = arg0;
	register long a1 __asm__("a1") = arg1;
	register long a7 __asm__("a7") = nr;
	const void *from = in;
	void *to = out;
	unsigned long fcsr = in->fcsr;

	__asm__ volatile(EACH(LOAD) "fscsr %[fcsr]\necall\nfrcsr %[fcsr]\n"
			 EACH(STORE)
			 : [fcsr] "+&r"(fcsr), "+r"(a0)
			 : [in] "r"(from), [out] "r"(to), "r"(a1), "r"(a7)
			 : "ft0", "ft1", "ft2", "ft3", "ft4", "ft5", "ft6",
			   "ft7", "fs0", "fs1", "fa0", "fa1", "fa2", "fa3",
			   "fa4", "fa5", "fa6", "fa7", "fs2", "fs3", "fs4",
			   "fs5", "fs6", "fs7", "fs8", "fs9", "fs10", "fs11",
			   "ft8", "ft9", "ft10", "ft11", "memory");
	out->fcsr = fcsr;
	return a0;
}

static void fill_floats(struct floats *f, unsigned seed)
{
	for (unsigned i = 0; i < 32; i++)
		f->f[i] = (unsigned long)seed << 32 | (i + 1) * 0x10001;
	f->fcsr = seed % 4 << 5 | seed % 32;	/* rounding mode, flags */
}

static int same_floats(const struct floats *a, const struct floats *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static void test_float_calls(void)
{
	struct floats in, out;

	fill_floats(&in, 77);
	memset(&out, 0, sizeof(out));
	floats_across(&in, &out, SYS_getppid, 0, 0);
	check(same_floats(&in, &out), "float registers survive a system call");
}

/* Children with other values switch with us many times. */
static void test_float_switches(void)
{
	struct floats in, out;
	int bad = 0, status;
	pid_t pid[3];

	for (unsigned c = 0; c < 3; c++) {
		pid[c] = fork();
		if (pid[c])
			continue;
		fill_floats(&in, 100 + c);
		for (int i = 0; i < 300; i++) {
			floats_across(&in, &out, SYS_sched_yield, 0, 0);
			if (!same_floats(&in, &out))
				_exit(1);
		}
		_exit(0);
	}
	fill_floats(&in, 5);
	for (int i = 0; i < 300; i++) {
		floats_across(&in, &out, SYS_sched_yield, 0, 0);
		bad += !same_floats(&in, &out);
	}
	check_eq(bad, 0, "and switches to tasks with other values");
	for (int c = 0; c < 3; c++) {
		waitpid(pid[c], &status, 0);
		check_eq(status, 0, "as task %d sees it", c);
	}
}

static void test_float_fork(void)
{
	struct floats in, out;
	int status;
	pid_t pid;

	fill_floats(&in, 9);
	pid = (pid_t)floats_across(&in, &out, SYS_clone, SIGCHLD, 0);
	if (pid == 0)
		_exit(same_floats(&in, &out) ? 0 : 1);
	check(same_floats(&in, &out), "fork leaves the parent's values");
	waitpid(pid, &status, 0);
	check_eq(status, 0, "fork copies them to the child");
}

/* Runs in the new program, before anything touched a float register. */
static int floats_are_zero(void)
{
	struct floats f;
	unsigned long any = 0;

	__asm__ volatile(EACH(STORE) :: [out] "r"(&f) : "memory");
	for (int i = 0; i < 32; i++)
		any |= f.f[i];
	return any == 0;
}

static void test_float_exec(void)
{
	static char *argv[] = { tap_self, "floats", NULL };
	static char *envp[] = { NULL };
	struct floats in, out;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		fill_floats(&in, 11);
		floats_across(&in, &out, SYS_getppid, 0, 0);
		execve(tap_self, argv, envp);
		_exit(3);
	}
	waitpid(pid, &status, 0);
	check_eq(status, 0, "a new program starts with zeros");
}

/* ---- signal frame -------------------------------------------------------- */

static volatile int handled;
static struct floats seen;
static unsigned long seen_ra;

/* Sees the interrupted values, uses the unit itself, changes one. */
static void float_handler(int sig, siginfo_t *si, void *p)
{
	ucontext_t *uc = p;
	struct floats mine, out;

	memcpy(seen.f, uc->uc_mcontext.f, sizeof(seen.f));
	seen.fcsr = uc->uc_mcontext.fcsr;
	fill_floats(&mine, 200);
	floats_across(&mine, &out, SYS_getppid, 0, 0);
	uc->uc_mcontext.f[7] = 0x1234567890abcdef;
	uc->uc_mcontext.fcsr = 0x21;
	seen_ra = (unsigned long)__builtin_return_address(0);
	handled++;
}

static void test_float_handler(void)
{
	struct floats in, out;

	take_signal_by(SIGUSR1, float_handler);
	fill_floats(&in, 42);
	handled = 0;
	floats_across(&in, &out, SYS_kill, getpid(), SIGUSR1);
	check_eq(handled, 1, "the handler ran");
	check(same_floats(&in, &seen),
	      "it finds the float registers in its frame");
	check_eq(out.f[7], 0x1234567890abcdef, "and may change one");
	check_eq(out.fcsr, 0x21, "and fcsr");
	out.f[7] = in.f[7];
	out.fcsr = in.fcsr;
	check(same_floats(&in, &out), "the others come back");
	check(seen_ra % PG != 0 && load_fault((void *)seen_ra) == 0,
	      "it returns to readable code");
	check_eq(*(unsigned *)seen_ra, 0x08b00893, "which is li a7, 139");
	check_eq(((unsigned *)seen_ra)[1], 0x73, "and ecall");
	signal(SIGUSR1, SIG_DFL);
}

static void spoil_context(int sig, siginfo_t *si, void *p)
{
	ucontext_t *uc = p;
	struct sigcontext *mc = &uc->uc_mcontext;

	if (!catches)
		signal(SIGSEGV, SIG_DFL);
	switch (which) {
	case 0:
		mc->pc = KERNEL_ADDRESS;
		break;
	case 1:
		((unsigned *)mc->f)[129] = 1;	/* must be 0 */
		break;
	case 2:
		((unsigned *)mc->f)[130] = 0x12345678; /* unknown record */
		break;
	case 3:
		mc->x[1] = KERNEL_ADDRESS;	/* sp: faults when used */
		break;
	case 4:
		/* sigreturn from nowhere */
		__asm__ volatile("li sp, 64\nli a7, 139\necall");
	}
}

static void return_from_nowhere(void)
{
	__asm__ volatile("li sp, 64\nli a7, 139\necall");
}

static void test_hostile_return(void)
{
	static const char *const what[] = {
		"kernel pc", "reserved word", "unknown record", "kernel sp",
		"no frame",
	};

	check_spoiled_returns(what, COUNT(what));
	check_bad_frame("from nowhere", return_from_nowhere, SI_KERNEL, 0);
}

/* ---- integer registers --------------------------------------------------- */

#define SAVED(op) op(3) op(5) op(6) op(7) op(8) op(9) op(11) op(12) op(13) \
	op(14) op(15) op(16) op(18) op(19) op(20) op(21) op(22) op(23) \
	op(24) op(25) op(26) op(27) op(28) op(29) op(30)
#define PUT(n)		"addi x" #n ", x31, " #n "\n"
#define COMPARE(n)	"addi x10, x31, " #n "\nbne x" #n ", x10, 9f\n"

/* => 1: every register but a0 came back */
int integers_survive(long nr);
__asm__(".pushsection .text\nintegers_survive:\n"
	"addi sp, sp, -128\n"
	"sd s0, 0(sp)\nsd s1, 8(sp)\nsd s2, 16(sp)\nsd s3, 24(sp)\n"
	"sd s4, 32(sp)\nsd s5, 40(sp)\nsd s6, 48(sp)\nsd s7, 56(sp)\n"
	"sd s8, 64(sp)\nsd s9, 72(sp)\nsd s10, 80(sp)\nsd s11, 88(sp)\n"
	"sd gp, 96(sp)\nsd ra, 104(sp)\nsd tp, 112(sp)\nsd sp, 120(sp)\n"
	"mv x17, a0\nli x31, 0x5a5a000000001000\nmv x1, x17\n"
	SAVED(PUT)
	"ecall\n"
	"bne x1, x17, 9f\n"
	SAVED(COMPARE)
	"li x10, 0x5a5a000000001000\nbne x10, x31, 9f\n"
	"ld x10, 120(sp)\nbne x10, sp, 9f\n"
	"ld x10, 112(sp)\nbne x10, tp, 9f\n"
	"li a0, 1\nj 8f\n9: li a0, 0\n8:\n"
	"ld s0, 0(sp)\nld s1, 8(sp)\nld s2, 16(sp)\nld s3, 24(sp)\n"
	"ld s4, 32(sp)\nld s5, 40(sp)\nld s6, 48(sp)\nld s7, 56(sp)\n"
	"ld s8, 64(sp)\nld s9, 72(sp)\nld s10, 80(sp)\nld s11, 88(sp)\n"
	"ld gp, 96(sp)\nld ra, 104(sp)\naddi sp, sp, 128\nret\n.popsection");

static void test_integers(void)
{
	check(integers_survive(SYS_getppid), "registers survive getppid");
	check(integers_survive(SYS_sched_yield), "and sched_yield");
	check(integers_survive(9999), "and a call that does not exist");
	check_err(ENOSYS, syscall(9999), "which is ENOSYS");
	check_err(ENOSYS, syscall(-1), "as is -1");
	check_err(ENOSYS, syscall(1l << 40), "and a number beyond 32 bits");
}

/* ---- vDSO ---------------------------------------------------------------- */

static unsigned long auxv(char **envp, unsigned long type)
{
	unsigned long *a;

	while (*envp)
		envp++;
	for (a = (unsigned long *)(envp + 1); a[0]; a += 2)
		if (a[0] == type)
			return a[1];
	return 0;
}

struct symbol {			/* Elf64_Sym */
	unsigned st_name;
	unsigned char st_info, st_other;
	unsigned short st_shndx;
	unsigned long st_value, st_size;
};

/* The hash of the System V ABI, chapter 5. */
static unsigned elf_hash(const char *name)
{
	unsigned h = 0;

	for (; *name; name++) {
		h = (h << 4) + (unsigned char)*name;
		h = (h ^ (h & 0xf0000000) >> 24) & 0x0fffffff;
	}
	return h;
}

/* A function of the vDSO by its hash table, as libc looks it up. */
static void *vdso_function(unsigned long base, const char *name)
{
	Elf_Ehdr *eh = (Elf_Ehdr *)base;
	Elf_Phdr *ph = (Elf_Phdr *)(base + eh->e_phoff);
	unsigned long *dyn = NULL;
	struct symbol *sym = NULL;
	unsigned *hash = NULL;
	char *str = NULL;

	for (int i = 0; i < eh->e_phnum; i++)
		if (ph[i].p_type == PT_DYNAMIC)
			dyn = (unsigned long *)(base + ph[i].p_vaddr);
	for (; dyn && dyn[0]; dyn += 2) {
		void *p = (void *)(base + dyn[1]);

		if (dyn[0] == 4)
			hash = p;
		if (dyn[0] == 5)
			str = p;
		if (dyn[0] == 6)
			sym = p;
	}
	if (!hash || !sym || !str)
		return NULL;
	for (unsigned i = hash[2 + elf_hash(name) % hash[0]]; i;
	     i = hash[2 + hash[0] + i])
		if (!strcmp(str + sym[i].st_name, name))
			return (void *)(base + sym[i].st_value);
	return NULL;
}

static long long ns(const struct timespec *t)
{
	return t->tv_sec * 1000000000ll + t->tv_nsec;
}

static void test_vdso(char **envp)
{
	unsigned long base = auxv(envp, 33);	/* AT_SYSINFO_EHDR */
	int (*gettime)(int, struct timespec *);
	struct timespec a, b, c;

	if (!check(base && !memcmp((void *)base, "\177ELF", 4),
		   "the auxiliary vector names an ELF vDSO"))
		return;
	check_eq(store_fault((void *)base), SIGSEGV, "it is read-only");
	check(vdso_function(base, "__vdso_rt_sigreturn") != NULL,
	      "it has rt_sigreturn");
	gettime = vdso_function(base, "__vdso_clock_gettime");
	if (!check(gettime != NULL, "it has clock_gettime"))
		return;
	for (int clock = 0; clock < 2; clock++) {
		syscall(SYS_clock_gettime, clock, &a);
		check_eq(gettime(clock, &b), 0, "clock %d", clock);
		syscall(SYS_clock_gettime, clock, &c);
		check(ns(&a) <= ns(&b) && ns(&b) <= ns(&c),
		      "clock %d agrees with the system call", clock);
		check(b.tv_nsec >= 0 && b.tv_nsec < 1000000000,
		      "nanoseconds are less than a second");
	}
	check_eq(gettime(99, &b), -EINVAL, "no such clock");
}

/* ---- fresh code ---------------------------------------------------------- */

static void test_icache(void)
{
	unsigned *code = (unsigned *)anon_pages(1, PROT_READ | PROT_WRITE |
						PROT_EXEC);
	int bad = 0;

	for (unsigned i = 0; i < 100; i++) {
		code[0] = 0x00000513 | i << 20;	/* li a0, i */
		code[1] = 0x00008067;		/* ret */
		syscall(SYS_flush_icache_, code, code + 2, 0);
		bad += ((int (*)(void))code)() != (int)i;
	}
	check_eq(bad, 0, "riscv_flush_icache lets fresh code run");
	check_ok(syscall(SYS_flush_icache_, code, code + 2, 1), "locally");
	check_err(EINVAL, syscall(SYS_flush_icache_, code, code + 2, 2),
		  "unknown flag");
	munmap(code, PG);
}

/* ---- riscv_hwprobe ------------------------------------------------------- */

struct pair {
	long long key;
	unsigned long long value;
};

/* The vDSO knows what the system call knows. */
static void test_vdso_hwprobe(char **envp)
{
	int (*probe)(struct pair *, unsigned long, unsigned long,
		     unsigned long *, unsigned) =
		vdso_function(auxv(envp, 33), "__vdso_riscv_hwprobe");
	struct pair p[7] = { 0 }, q[7] = { 0 };
	unsigned long cpus = 1;

	if (!check(probe != NULL, "the vDSO has riscv_hwprobe"))
		return;
	/* but for 5, which Linux measures when it has booted */
	for (int i = 0; i < 7; i++)
		p[i] = q[i] = (struct pair){ i < 5 ? i : -i, 77 };
	check_eq(probe(p, 7, 0, NULL, 0), 0, "it answers of all CPUs");
	check_ok(syscall(258, q, 7, 0, NULL, 0), "the call does, too");
	for (int i = 0; i < 7; i++)
		check(p[i].key == q[i].key && p[i].value == q[i].value,
		      "the answers to %d are equal", i < 5 ? i : -i);
	check(p[0].key == 0 && p[6].key == -1 && p[6].value == 0,
	      "the last key is unknown");
	check_eq(probe(p, 0, 0, NULL, 0), 0, "of nothing");
	p[0].key = 3;
	check_eq(probe(p, 1, sizeof(cpus), &cpus, 0), 0, "of one CPU");
	check(p[0].value & 1, "it has I, M and A");
	check_eq(probe(p, 1, 0, NULL, 1 << 20), -EINVAL, "an unknown flag");
}

static void test_hwprobe(void)
{
	struct pair p[3] = { { 3, 0 }, { 4, 0 }, { 9999, 5 } };
	unsigned long cpus = 1, none = 0;

	check_ok(syscall(258, p, 3, 0, NULL, 0), "riscv_hwprobe");
	check(p[0].key == 3 && p[0].value & 1, "I, M and A");
	check((p[1].value & 3) == 3, "F, D and C");
	check(p[2].key == -1 && p[2].value == 0, "an unknown key");
	check_ok(syscall(258, p, 1, sizeof(cpus), &cpus, 0), "of one CPU");
	check_err(EINVAL, syscall(258, p, 1, sizeof(none), &none, 0),
		  "of none");
	check_err(EINVAL, syscall(258, p, 1, 0, NULL, 1 << 20), "no flag");
	check_err(EFAULT, syscall(258, BAD, 1, 0, NULL, 0), "a bad place");
}

/* Of caches nobody knows anything here, and there is one word of HWCAP. */
static void test_auxv(char **envp)
{
	static const unsigned char there[] = {
		33, 40, 41, 42, 43, 44, 45, 46, 47, 51, 16, 6, 17, 3, 4, 5, 7,
		8, 9, 11, 12, 13, 14, 23, 25, 31,
	};
	unsigned long (*v)[2], found;

	while (*envp++)
		;
	v = (void *)envp;
	for (int i = 0; i < COUNT(there); i++) {
		for (found = 0; v[found][0] && v[found][0] != there[i]; found++)
			;
		check(v[found][0] == there[i], "entry %d", there[i]);
	}
	for (found = 0; v[found][0] && v[found][0] != 26; found++)
		;
	check(!v[found][0], "and no HWCAP2");
}

int main(int argc, char **argv, char **envp)
{
	if (argc == 2 && !strcmp(argv[1], "floats"))
		return floats_are_zero() ? 0 : 1;
	tap_find_self(argv[0]);
	test_riscv_exceptions();
	test_integers();
	test_float_calls();
	test_float_switches();
	test_float_fork();
	test_float_exec();
	test_float_handler();
	test_hostile_return();
	test_vdso(envp);
	test_auxv(envp);
	test_icache();
	test_hwprobe();
	test_vdso_hwprobe(envp);
	return tap_done();
}
#endif
