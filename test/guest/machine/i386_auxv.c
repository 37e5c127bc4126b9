/* SPDX-License-Identifier: MIT */
/*
 * The auxiliary vector of an i386 program (row D15): every entry that Linux
 * gives it, in Linux's order, and what is behind each.
 */
#include <sys/utsname.h>
#include "tap.h"

#ifndef __i386__
int main(void)
{
	return tap_skip_all("a test of i386's own interfaces");
}
#else
#include "texts.h"

enum {
	PHDR = 3, PHENT, PHNUM, PAGESZ, BASE, FLAGS, ENTRY, UID = 11, EUID,
	GID, EGID, PLATFORM, HWCAP, CLKTCK, SECURE = 23, RANDOM = 25, HWCAP2,
	RSEQ_SIZE, RSEQ_ALIGN, EXECFN = 31, SYSINFO, SYSINFO_EHDR,
	SIGNAL_FRAME = 51,
};

extern char _start[];

static const unsigned (*vector)[2];

static unsigned auxv_value(unsigned type)
{
	for (int i = 0; vector[i][0]; i++)
		if (vector[i][0] == type)
			return vector[i][1];
	return 0;
}

static void check_auxv_order(void)
{
	static const unsigned char types[] = {
		SYSINFO, SYSINFO_EHDR, SIGNAL_FRAME, HWCAP, PAGESZ, CLKTCK,
		PHDR, PHENT, PHNUM, BASE, FLAGS, ENTRY, UID, EUID, GID, EGID,
		SECURE, RANDOM, HWCAP2, EXECFN, PLATFORM,
	};
	int i;

	for (i = 0; i < COUNT(types) && vector[i][0] == types[i]; i++)
		;
	check_eq(i, COUNT(types), "entries in Linux's order");
	/* Linux has these since 6.3 */
	if (on_other_kernel() && !vector[i][0])
		return;
	check(vector[i][0] == RSEQ_SIZE && vector[i + 1][0] == RSEQ_ALIGN,
	      "then those of rseq");
	check_eq(vector[i + 2][0], 0, "and no more");
	check(auxv_value(RSEQ_SIZE) >= 20 && auxv_value(RSEQ_ALIGN) >= 32,
	      "rseq: size and alignment");
}

static void check_auxv_numbers(void)
{
	check_eq(auxv_value(PAGESZ), PG, "AT_PAGESZ");
	check_eq(auxv_value(CLKTCK), 100, "AT_CLKTCK");
	check_eq(auxv_value(BASE), 0, "AT_BASE: it has no interpreter");
	check_eq(auxv_value(FLAGS), 0, "AT_FLAGS");
	check_eq(auxv_value(SECURE), 0, "AT_SECURE");
	check_eq(auxv_value(UID), getuid(), "AT_UID");
	check_eq(auxv_value(EUID), geteuid(), "AT_EUID");
	check_eq(auxv_value(GID), getgid(), "AT_GID");
	check_eq(auxv_value(EGID), getegid(), "AT_EGID");
}

static void program(void)
{
	const unsigned (*ph)[8] = (void *)auxv_value(PHDR);
	const char *name = strrchr((char *)auxv_value(EXECFN), '/');
	unsigned entry = (unsigned)_start, holds = 0;

	check_eq(auxv_value(PHENT), sizeof(*ph), "AT_PHENT");
	for (unsigned i = 0; i < auxv_value(PHNUM); i++)
		holds += ph[i][0] == 1 && entry - ph[i][2] < ph[i][5];
	check_eq(holds, 1, "AT_PHDR, AT_PHNUM: a segment with the entry");
	check_eq(auxv_value(ENTRY), entry, "AT_ENTRY");
	check(name && !strcmp(name, "/i386_auxv"), "AT_EXECFN: %s", name);
}

static void check_auxv_strings(void)
{
	const unsigned *random = (void *)auxv_value(RANDOM);
	struct utsname name;

	check(random && (random[0] | random[1]) && (random[2] | random[3]),
	      "AT_RANDOM: 16 bytes");
	uname(&name);
	check(!strcmp((char *)auxv_value(PLATFORM), name.machine),
	      "AT_PLATFORM: %s", name.machine);
}

/* What the processor has and the kernel does not hide. */
static void processor(void)
{
	enum { FPU = 1, TSC = 1 << 4, CX8 = 1 << 8 };
	const unsigned must = FPU | TSC | CX8;
	unsigned a = 1, b, c = 0, d;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	check((auxv_value(HWCAP) & must) == must && !(auxv_value(HWCAP) & ~d),
	      "AT_HWCAP: bits of cpuid(1), %#x", auxv_value(HWCAP));
	check(auxv_value(HWCAP2) <= 1, "AT_HWCAP2: only who may wait has any");
}

static void leaf(unsigned a, unsigned r[4])
{
	r[2] = 0;
	__asm__ volatile("cpuid" : "=a"(r[0]), "=b"(r[1]), "+c"(r[2]),
			 "=d"(r[3]) : "0"(a));
}

/* The brand is three leaves long, blanks before it are not shown by Linux. */
static void cpuinfo(void)
{
	const char *shown = text_behind("/proc/cpuinfo", "model name\t: ");
	unsigned brand[13] = { 0 }, r[4];
	const char *name = (char *)brand;

	leaf(0x80000000, r);
	if (r[0] < 0x80000004) {
		tap_skip("model name", "the processor tells none");
		return;
	}
	for (unsigned i = 0; i < 3; i++)
		leaf(0x80000002 + i, brand + 4 * i);
	name += strspn(name, " ");
	check(shown && !strncmp(shown, name, strlen(name)),
	      "model name: %s", name);
}

static void vdso(void)
{
	unsigned base = auxv_value(SYSINFO_EHDR), r = 20;	/* getpid */

	check(base && !memcmp((void *)base, "\177ELF", 4),
	      "AT_SYSINFO_EHDR: an ELF file");
	check(auxv_value(SYSINFO) - base < 2 * PG, "AT_SYSINFO is in there");
	__asm__ volatile("call *%1" : "+a"(r) : "r"(auxv_value(SYSINFO))
			 : "memory");
	check_eq(r, getpid(), "and makes a call");
}

/* ---- the room that a signal takes ---------------------------------------- */

static unsigned long frame;		/* where the return address is */

static void note_frame(int sig, siginfo_t *si, void *uc)
{
	(void)sig;
	(void)si;
	(void)uc;
	/* that of the handler's own begins below it */
	frame = (unsigned long)__builtin_frame_address(0) + sizeof(void *);
}

static void signal_frame(void)
{
	static char area[4 * PG];
	stack_t s = { .ss_sp = area + 2 * PG, .ss_size = 2 * PG };
	struct sigaction sa = {
		.sa_sigaction = note_frame, .sa_flags = SA_SIGINFO | SA_ONSTACK,
	};
	unsigned takes;

	sigaltstack(&s, NULL);
	sigaction(SIGUSR1, &sa, NULL);
	raise(SIGUSR1);
	takes = (unsigned)((unsigned long)area + sizeof(area) - frame);
	check(takes > 512 && takes <= auxv_value(SIGNAL_FRAME),
	      "AT_MINSIGSTKSZ %u: a frame takes %u", auxv_value(SIGNAL_FRAME),
	      takes);
}

int main(int argc, char **argv, char **envp)
{
	while (*envp++)
		;
	vector = (void *)envp;
	check_auxv_order();
	check_auxv_numbers();
	program();
	check_auxv_strings();
	processor();
	cpuinfo();
	vdso();
	signal_frame();
	return tap_done();
}
#endif
