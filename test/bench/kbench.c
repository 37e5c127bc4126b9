/* SPDX-License-Identifier: MIT */
/*
 * kbench: one static Linux program that times kernel operations.
 *	kbench [-f SUBSTR[,SUBSTR]] [-s SCALE%] [-d DIR]
 *	kbench -x	exits at once: the exec target
 * Prints  name<TAB>ns per operation.  Calls are bare where libc's wrapper
 * does more than trap.  Under -icount a nanosecond is an instruction.
 */
#include "kbench.h"

const char *self, *dir = "/tmp";
u64 clk_cost;

static const char *filter;
static int announce;	/* say when a group of rows begins */
static long scale = 100;

long times(long n)
{
	n = n * scale / 100;
	return n < 1 ? 1 : n;
}

void row(const char *name, u64 ns, long ops)
{
	u64 x = ns > clk_cost ? ns - clk_cost : 0;
	u64 t = x * 10 / (u64)ops;
	char b[128];
	int k = snprintf(b, sizeof(b), "%s\t%llu.%llu\n", name, t / 10,
			 t % 10);

	if (write(1, b, (size_t)k)) { }
}

void not_done(const char *name, const char *what)
{
	char b[160];
	int k = snprintf(b, sizeof(b), "%s\tn/a %s errno=%d\n", name, what,
			 errno);

	if (write(1, b, (size_t)k)) { }
}

void settle(void)
{
	u64 t = now();

	while (now() - t < 20000000ULL)
		;
}

static int wanted(const char *name)
{
	char b[256], *save;

	if (!filter)
		return 1;
	snprintf(b, sizeof(b), "%s", filter);
	for (char *p = strtok_r(b, ",", &save); p;
	     p = strtok_r(NULL, ",", &save))
		if (strstr(name, p))
			return 1;
	return 0;
}

void bench_null(void)
{
	long n = times(20000);
	u64 t = now();

	for (long i = 0; i < n; i++)
		syscall(SYS_getppid);
	row("null_getppid", now() - t, n);
	t = now();
	for (long i = 0; i < n; i++)
		now();
	row("clock_gettime", now() - t, n);
}

void bench_yield(void)
{
	long n = times(5000);
	u64 t = now();

	for (long i = 0; i < n; i++)
		syscall(SYS_sched_yield);
	row("sched_yield_alone", now() - t, n);
}

/* Exactly 1001 user instructions: what one unit of the clock is. */
void bench_calib(void)
{
	long n = times(1000);
	u64 t = now();

	for (long i = 0; i < n; i++)
#if defined(__riscv)
		__asm__ volatile("li t0, 500\n"
				 "1: addi t0, t0, -1\n"
				 "   bnez t0, 1b" : : : "t0");
#else
		__asm__ volatile("mov $500, %%ecx\n"
				 "1: dec %%ecx\n"
				 "   jnz 1b" : : : "ecx");
#endif
	row("calib_1001_user_insns", now() - t, n);
}

static const struct {
	const char *name;
	void (*run)(void);
} groups[] = {
	{ "null", bench_null },
	{ "yield", bench_yield },
	{ "mmap", bench_mmap },
	{ "fault", bench_fault },
	{ "file", bench_file },
	{ "pipe", bench_pipe },
	{ "sig", bench_sig },
	{ "thread", bench_thread },
	{ "exec", bench_exec },
	{ "fork", bench_fork },
	{ "vma", bench_vma },
	{ "calib", bench_calib },
};

static void options(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "-x"))
			_exit(0);
		if (!strcmp(argv[i], "-m"))
			announce = 1;
		if (i + 1 == argc)
			break;
		if (!strcmp(argv[i], "-f"))
			filter = argv[++i];
		else if (!strcmp(argv[i], "-s"))
			scale = atol(argv[++i]);
		else if (!strcmp(argv[i], "-d"))
			dir = argv[++i];
	}
}

int main(int argc, char **argv)
{
	u64 t;

	self = argv[0];
	options(argc, argv);
	now();
	t = now();
	for (int i = 0; i < 1000; i++)
		now();
	clk_cost = (now() - t) / 1001;
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (wanted(groups[i].name)) {
			settle();
			if (announce)
				printf("# %s\n", groups[i].name);
			fflush(stdout);
			groups[i].run();
		}
	return 0;
}
