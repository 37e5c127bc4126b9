/* SPDX-License-Identifier: MIT */
/*
 * tiny: a program without a library, so that exec of it costs what the
 * kernel costs.  Without arguments it exits; with one it reads standard
 * input for ever.
 */
#if defined(__riscv)
#define NR_READ	63
#define NR_EXIT	93

__asm__(".globl _start\n_start:\n mv a0, sp\n j tiny_main\n");

static long call(long nr, long a, long b, long c)
{
	register long a7 __asm__("a7") = nr;
	register long a0 __asm__("a0") = a;
	register long a1 __asm__("a1") = b;
	register long a2 __asm__("a2") = c;

	__asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2)
			 : "memory");
	return a0;
}
#else
#define NR_READ	3
#define NR_EXIT	1

__asm__(".globl _start\n_start:\n mov %esp, %eax\n push %eax\n"
	" call tiny_main\n");

static long call(long nr, long a, long b, long c)
{
	long r;

	__asm__ volatile("int $0x80" : "=a"(r) : "a"(nr), "b"(a), "c"(b),
			 "d"(c) : "memory");
	return r;
}
#endif

static char buf[64];

void tiny_main(long *sp);

void tiny_main(long *sp)
{
	if (sp[0] > 1)
		while (call(NR_READ, 0, (long)buf, 1) > 0)
			;
	for (;;)
		call(NR_EXIT, 0, 0, 0);
}
