/* SPDX-License-Identifier: MIT */
/*
 * What is the kernel's alone (rows A10, A11, B3).  Its instructions, tried by
 * a program: each must give the signal that Linux gives and leave the machine
 * as it was.  And its part of the address space, which cannot be read,
 * written, run or mapped, whatever it holds; which addresses those are is
 * asked of mmap, so the test holds on any kernel.
 */
#include "tap.h"

/* ---- instructions -------------------------------------------------------- */

struct attempt {
	const char *text;
	int sig;
	void (*fn)(void);
};

/* One stub an instruction; `ret` in case the machine lets it pass. */
#define STUB(name, insn)						\
	extern char name[];						\
	__asm__(".pushsection .text\n" #name ":\n" insn "\n ret\n"	\
		".popsection\n")
#define TRY(name, text, sig)	{ text, sig, (void (*)(void))name }

#if defined(__riscv)
STUB(p_sstatus_r, "csrr a0, sstatus");
STUB(p_sstatus_w, "csrw sstatus, zero");
STUB(p_sie, "csrci sie, 31");
STUB(p_satp_r, "csrr a0, satp");
STUB(p_satp_w, "csrw satp, zero");
STUB(p_stvec, "csrw stvec, zero");
STUB(p_sepc, "csrw sepc, zero");
STUB(p_sscratch, "csrrw a0, sscratch, a0");
STUB(p_mstatus, "csrr a0, mstatus");
STUB(p_mhartid, "csrr a0, mhartid");
STUB(p_medeleg, "csrw medeleg, zero");
STUB(p_sret, "sret");
STUB(p_mret, "mret");
STUB(p_sfence, "sfence.vma");
STUB(p_wfi, "wfi");
STUB(p_pmp, "csrw pmpcfg0, zero");
STUB(p_none, "csrr a0, 0x7c0");
STUB(p_rocsr, "csrw cycle, zero");
STUB(p_zero, ".half 0");
STUB(p_ebreak, "ebreak");

static const struct attempt list[] = {
	TRY(p_sstatus_r, "read sstatus", SIGILL),
	TRY(p_sstatus_w, "write sstatus", SIGILL),
	TRY(p_sie, "mask interrupts", SIGILL),
	TRY(p_satp_r, "read satp", SIGILL),
	TRY(p_satp_w, "write satp", SIGILL),
	TRY(p_stvec, "write stvec", SIGILL),
	TRY(p_sepc, "write sepc", SIGILL),
	TRY(p_sscratch, "swap sscratch", SIGILL),
	TRY(p_mstatus, "read mstatus", SIGILL),
	TRY(p_mhartid, "read mhartid", SIGILL),
	TRY(p_medeleg, "write medeleg", SIGILL),
	TRY(p_sret, "sret", SIGILL),
	TRY(p_mret, "mret", SIGILL),
	TRY(p_sfence, "sfence.vma", SIGILL),
	TRY(p_wfi, "wfi", SIGILL),
	TRY(p_pmp, "write pmpcfg0", SIGILL),
	TRY(p_none, "a CSR that does not exist", SIGILL),
	TRY(p_rocsr, "write a read-only CSR", SIGILL),
	TRY(p_zero, "the all-zero instruction", SIGILL),
	TRY(p_ebreak, "ebreak", SIGTRAP),
};
#elif defined(__aarch64__)
STUB(p_daif_r, "mrs x0, daif");
STUB(p_daif_w, "msr daifset, #2");
STUB(p_sctlr_r, "mrs x0, sctlr_el1");
STUB(p_sctlr_w, "msr sctlr_el1, xzr");
STUB(p_ttbr0, "msr ttbr0_el1, xzr");
STUB(p_ttbr1, "mrs x0, ttbr1_el1");
STUB(p_vbar, "msr vbar_el1, xzr");
STUB(p_elr, "msr elr_el1, xzr");
STUB(p_spsr, "msr spsr_el1, xzr");
STUB(p_tpidr1, "mrs x0, tpidr_el1");
STUB(p_tpidrro, "msr tpidrro_el0, xzr");
STUB(p_cpacr, "msr cpacr_el1, xzr");
STUB(p_cntv, "msr cntv_cval_el0, xzr");
STUB(p_eret, "eret");
STUB(p_tlbi, "tlbi vmalle1");
STUB(p_ic, "ic iallu");
STUB(p_dc, "dc ivac, x0");
STUB(p_at, "at s1e1r, x0");
STUB(p_hvc, "hvc #0");
STUB(p_smc, "smc #0");
STUB(p_hlt, "hlt #1");
STUB(p_none, "mrs x0, s3_0_c15_c15_7");
STUB(p_udf, "udf #0");
STUB(p_brk, "brk #0");

static const struct attempt list[] = {
	TRY(p_daif_r, "read daif", SIGILL),
	TRY(p_daif_w, "mask interrupts", SIGILL),
	TRY(p_sctlr_r, "read sctlr_el1", SIGILL),
	TRY(p_sctlr_w, "write sctlr_el1", SIGILL),
	TRY(p_ttbr0, "write ttbr0_el1", SIGILL),
	TRY(p_ttbr1, "read ttbr1_el1", SIGILL),
	TRY(p_vbar, "write vbar_el1", SIGILL),
	TRY(p_elr, "write elr_el1", SIGILL),
	TRY(p_spsr, "write spsr_el1", SIGILL),
	TRY(p_tpidr1, "read tpidr_el1", SIGILL),
	TRY(p_tpidrro, "write tpidrro_el0", SIGILL),
	TRY(p_cpacr, "write cpacr_el1", SIGILL),
	TRY(p_cntv, "set the timer", SIGILL),
	TRY(p_eret, "eret", SIGILL),
	TRY(p_tlbi, "tlbi", SIGILL),
	TRY(p_ic, "ic iallu", SIGILL),
	TRY(p_dc, "dc ivac", SIGILL),
	TRY(p_at, "at", SIGILL),
	TRY(p_hvc, "hvc", SIGILL),
	TRY(p_smc, "smc", SIGILL),
	TRY(p_hlt, "hlt", SIGILL),
	TRY(p_none, "a register that does not exist", SIGILL),
	TRY(p_udf, "udf", SIGILL),
	TRY(p_brk, "brk", SIGTRAP),
};
#else
STUB(p_hlt, "hlt");
STUB(p_cli, "cli");
STUB(p_sti, "sti");
STUB(p_in, "inb $0x60, %al");
STUB(p_out, "outb %al, $0xf4");
STUB(p_lgdt, "lgdt (%esp)");
STUB(p_lidt, "lidt (%esp)");
STUB(p_lldt, "xor %eax, %eax\n lldt %ax");
STUB(p_ltr, "mov $0x28, %eax\n ltr %ax");
STUB(p_cr0_r, "mov %cr0, %eax");
STUB(p_cr0_w, "mov %eax, %cr0");
STUB(p_cr3_r, "mov %cr3, %eax");
STUB(p_cr3_w, "mov %eax, %cr3");
STUB(p_cr4_w, "mov %eax, %cr4");
STUB(p_dr7_w, "mov %eax, %dr7");
STUB(p_lmsw, "lmsw %ax");
STUB(p_clts, "clts");
STUB(p_invlpg, "invlpg (%esp)");
STUB(p_wbinvd, "wbinvd");
STUB(p_rdmsr, "xor %ecx, %ecx\n rdmsr");
STUB(p_wrmsr, "xor %ecx, %ecx\n wrmsr");
STUB(p_iretk, "pushf\n push $0x08\n push $1f\n iret\n1: add $0, %esp");
STUB(p_lretk, "push $0x08\n push $1f\n lret\n1:");
STUB(p_callk, "lcall $0x08, $0");
STUB(p_ssk, "mov $0x10, %eax\n mov %eax, %ss");
STUB(p_dsk, "mov $0x08, %eax\n mov %eax, %ds");
STUB(p_int8, "int $8");
STUB(p_int32, "int $32");
STUB(p_int255, "int $255");
STUB(p_int3, "int3");
STUB(p_into, "mov $0x7f, %al\n inc %al\n into");
STUB(p_ud2, "ud2");
STUB(p_div, "xor %ecx, %ecx\n div %ecx");

static const struct attempt list[] = {
	TRY(p_hlt, "hlt", SIGSEGV),
	TRY(p_cli, "cli", SIGSEGV),
	TRY(p_sti, "sti", SIGSEGV),
	TRY(p_in, "in", SIGSEGV),
	TRY(p_out, "out", SIGSEGV),
	TRY(p_lgdt, "lgdt", SIGSEGV),
	TRY(p_lidt, "lidt", SIGSEGV),
	TRY(p_lldt, "lldt", SIGSEGV),
	TRY(p_ltr, "ltr", SIGSEGV),
	TRY(p_cr0_r, "read cr0", SIGSEGV),
	TRY(p_cr0_w, "write cr0", SIGSEGV),
	TRY(p_cr3_r, "read cr3", SIGSEGV),
	TRY(p_cr3_w, "write cr3", SIGSEGV),
	TRY(p_cr4_w, "write cr4", SIGSEGV),
	TRY(p_dr7_w, "write dr7", SIGSEGV),
	TRY(p_lmsw, "lmsw", SIGSEGV),
	TRY(p_clts, "clts", SIGSEGV),
	TRY(p_invlpg, "invlpg", SIGSEGV),
	TRY(p_wbinvd, "wbinvd", SIGSEGV),
	TRY(p_rdmsr, "rdmsr", SIGSEGV),
	TRY(p_wrmsr, "wrmsr", SIGSEGV),
	TRY(p_iretk, "iret to ring 0", SIGSEGV),
	TRY(p_lretk, "far return to ring 0", SIGSEGV),
	TRY(p_callk, "far call to ring 0", SIGSEGV),
	TRY(p_ssk, "load ss with a kernel selector", SIGSEGV),
	TRY(p_dsk, "load ds with a kernel selector", SIGSEGV),
	TRY(p_int8, "int of the double fault", SIGSEGV),
	TRY(p_int32, "int of a device", SIGSEGV),
	TRY(p_int255, "int 255", SIGSEGV),
	TRY(p_int3, "int3", SIGTRAP),
	TRY(p_into, "into", SIGSEGV),
	TRY(p_ud2, "ud2", SIGILL),
	TRY(p_div, "division by zero", SIGFPE),
};
#endif

static void attempt(void *fn)
{
	((void (*)(void))fn)();
}

/* In a child each, so that a changed segment or flag cannot spread. */
static void attempt_in_child(void *arg)
{
	const struct attempt *a = arg;

	_exit(catch_fault(attempt, (void *)a->fn, NULL));
}

static void instructions(void)
{
	for (int i = 0; i < COUNT(list); i++)
		check_eq(in_child(attempt_in_child, (void *)&list[i]) >> 8,
			 list[i].sig,
			 "%s", list[i].text);
}

/* ---- memory -------------------------------------------------------------- */

#define MiB	(1UL << 20)

static long tried, passed;

static int kernels(unsigned long a)
{
	void *p = mmap((void *)(a & ~(PG - 1)), PG, PROT_NONE, MAP_PRIVATE |
		       MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (p != MAP_FAILED)
		munmap(p, PG);
	return p == MAP_FAILED && errno == ENOMEM;
}

static void probe(unsigned long a)
{
	siginfo_t si;

	tried++;
	if (catch_fault(load_byte, (void *)a, &si) != SIGSEGV ||
	    catch_fault(store_byte, (void *)a, &si) != SIGSEGV ||
	    catch_fault(jump_to, (void *)(a & ~3UL), &si) != SIGSEGV) {
		printf("# no fault at %#lx\n", a);
		passed++;
	}
}

static void probe_range(unsigned long from, unsigned long step, int n)
{
	for (int i = 0; i < n; i++, from += step)
		if (kernels(from))
			probe(from + (unsigned int)i % PG);
}

static unsigned int seed = 1;

static unsigned long random_long(void)
{
	unsigned long v = 0;

	for (int i = 0; i < 5; i++) {
		seed = seed * 1103515245 + 12345;
		v = v << 13 ^ seed >> 16;
	}
	return v;
}

#if defined(__riscv)
#define HALF	(~0UL << 38)
#elif defined(__aarch64__)
#define HALF	(~0UL << 39)
#else
#define HALF	0xc0000000UL
#endif

static void sweep(void)
{
#if defined(__riscv)
	probe_range(1UL << 38, 1UL << 40, 64);	/* not even addresses */
	probe_range(HALF, 1UL << 30, 256);
	probe_range(HALF, 2 * MiB, 2048);
	probe_range(HALF | 0x80000000UL, PG, 1024);
#elif defined(__aarch64__)
	probe_range(1UL << 39, 1UL << 40, 64);	/* not even addresses */
	probe_range(HALF, 1UL << 30, 256);
	probe_range(HALF, 2 * MiB, 2048);
	probe_range(HALF | 0x40000000UL, PG, 1024);
#else
	probe_range(HALF, 4 * MiB, 256);
	probe_range(HALF, PG, 2048);
	probe_range(0xffc00000UL, PG, 1023);
#endif
	probe_range(-PG * 16, PG, 15);
	for (int i = 0; i < 2000; i++) {
		unsigned long a = HALF | (random_long() & ~HALF);

		if (kernels(a))
			probe(a);
	}
	check(tried > 0, "%ld addresses of the kernel probed", tried);
	check_eq(passed, 0, "no load, store or jump got through");
}

static void through_the_kernel(unsigned long a)
{
	int fd = open("f", O_RDWR | O_CREAT, 0600);
	char *p = (char *)a;

	check_err(EFAULT, write(fd, p, 16), "write(2) from %#lx", a);
	write(fd, "0123456789abcdef", 16);
	lseek(fd, 0, SEEK_SET);
	check_err(EFAULT, read(fd, p, 16), "read(2) to it");
	check_err(EFAULT, open(p, O_RDONLY), "a path there");
	check(munmap(p, PG) == -1, "munmap");
	check(mprotect(p, PG, PROT_READ | PROT_WRITE) == -1, "mprotect");
	check(madvise(p, PG, MADV_DONTNEED) == -1, "madvise");
	check(mremap(p, PG, 2 * PG, MREMAP_MAYMOVE) == MAP_FAILED, "mremap");
	close(fd);
	unlink("f");
}

/* A buffer that begins in user memory and ends in the kernel's. */
static void across_the_border(void)
{
	int fd = open("f", O_RDWR | O_CREAT, 0600);
	char *p = anon_pages(2, PROT_READ | PROT_WRITE);

	munmap(p + PG, PG);
	check(write(fd, p, ~0UL - (unsigned long)p) <= (long)PG,
	      "a length up to the top writes no more than is there");
	lseek(fd, 0, SEEK_SET);
	check_err(EFAULT, read(fd, (void *)-1L, 4096), "wrapping buffer");
	munmap(p, PG);
	close(fd);
	unlink("f");
}

/* Where the part of programs ends, to a page. */
static unsigned long border(void)
{
	unsigned long low = 0x10000, high = -PG;

	while (high - low > PG) {
		unsigned long middle = (low + (high - low) / 2) & ~(PG - 1);

		if (kernels(middle))
			high = middle;
		else
			low = middle;
	}
	return high;
}

/* A string in the last page of programs, with and without its end. */
static void up_to_the_border(void)
{
	char *end = (char *)border();
	void *p = mmap(end - PG, PG, PROT_READ | PROT_WRITE, MAP_PRIVATE |
		       MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	check(p == end - PG || errno == EEXIST, "the last page is there");
	memcpy(end - 8, "/no/way", 8);
	check_err(ENOENT, open(end - 8, O_RDONLY), "a path up to the border");
	end[-1] = 'x';
	check_err(EFAULT, open(end - 8, O_RDONLY), "one that has no end there");
	end[-1] = 0;
	if (p != MAP_FAILED)
		munmap(p, PG);
}

int main(void)
{
	tap_scratch("kernel_only");
	instructions();
	sweep();
	through_the_kernel(-PG);
	if (kernels(HALF))
		through_the_kernel(HALF);
	across_the_border();
	up_to_the_border();
	tap_scratch_end();
	return tap_done();
}
