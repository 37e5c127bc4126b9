/* SPDX-License-Identifier: MIT */
/*
 * Instructions of the kernel, tried by a program: each must give the signal
 * that Linux gives and leave the machine as it was (rows A10, B3).
 */
#include "tap.h"

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
static void one(void *arg)
{
	const struct attempt *a = arg;

	_exit(catch_fault(attempt, (void *)a->fn, NULL));
}

int main(void)
{
	for (int i = 0; i < COUNT(list); i++)
		check_eq(in_child(one, (void *)&list[i]) >> 8, list[i].sig,
			 "%s", list[i].text);
	return tap_done();
}
