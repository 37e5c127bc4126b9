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
static int announce;	/* -m: lines come at once, each waits for an answer */
static long scale = 100;

long times(long n)
{
	n = n * scale / 100;
	return n < 1 ? 1 : n;
}

/*
 * Rows are kept to the end: the host takes what is written when it likes, and
 * the device's interrupt then would fall into the row that is measured.
 */
static char report[32768];
static size_t reported;

static void show_report(void)
{
	if (write(1, report, reported)) { }
	reported = 0;
}

/* A byte: whoever looks on is ready.  Or the end: nobody does. */
static void await_answer(void)
{
	char c;

	if (read(0, &c, 1)) { }
}

static void say(const char *text, int length)
{
	if (reported + (size_t)length > sizeof(report))
		show_report();
	memcpy(report + reported, text, (size_t)length);
	reported += (size_t)length;
	if (announce) {
		show_report();
		await_answer();
	}
}

void row(const char *name, u64 ns, long ops)
{
	u64 x = ns > clk_cost ? ns - clk_cost : 0;
	/* rounded: a clock may count hundreds of ns */
	u64 t = (x * 10 + (u64)ops / 2) / (u64)ops;
	char b[128];

	say(b, snprintf(b, sizeof(b), "%s\t%llu.%llu\n", name, t / 10,
			t % 10));
}

void not_done(const char *name, const char *what)
{
	char b[160];

	say(b, snprintf(b, sizeof(b), "%s\tn/a %s errno=%d\n", name, what,
			errno));
}

/*
 * Let what is under way come to an end; then go on just behind a tick of the
 * kernel's clock (reading the clock takes longer then), so that as many ticks
 * fall into a row each time.
 */
void settle(void)
{
	u64 start = now(), last, t = start;

	do {
		last = t;
		t = now();
	} while (t - start < 20000000ULL ||
		 (t - last < clk_cost + 150 && t - start < 100000000ULL));
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

	ROW_BEGINS("null_getppid");
	for (long i = 0; i < n; i++)
		syscall(SYS_getppid);
	ROW_ENDS("null_getppid");
	row("null_getppid", now() - t, n);
	t = now();
	ROW_BEGINS("clock_gettime");
	for (long i = 0; i < n; i++)
		now();
	ROW_ENDS("clock_gettime");
	row("clock_gettime", now() - t, n);
}

void bench_yield(void)
{
	long n = times(5000);
	u64 t = now();

	ROW_BEGINS("sched_yield_alone");
	for (long i = 0; i < n; i++)
		syscall(SYS_sched_yield);
	ROW_ENDS("sched_yield_alone");
	row("sched_yield_alone", now() - t, n);
}

/*
 * 1001 user instructions on every machine: what one unit of the clock is.  The
 * compiler must count down, with one instruction to subtract and one to jump.
 */
void bench_calib(void)
{
	long n = times(1000);
	u64 t = now();

	ROW_BEGINS("calib_1001_user_insns");
	for (long i = 0; i < n; i++) {
		long left = 500;

		do
			__asm__ volatile("" : "+r"(left));
		while (--left);
	}
	ROW_ENDS("calib_1001_user_insns");
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

/*
 * The host hangs up when it likes, too: it shall have done so before.  Then
 * the machine rests, as Linux does before it is measured: a kernel may use such
 * time to prepare memory.
 */
static void await_end_of_input(void)
{
	char c;

	while (read(0, &c, 1) > 0)
		;
	sleep(3);
}

static void options(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "-x"))
			_exit(0);
		if (!strcmp(argv[i], "-m"))
			announce = 1;
		if (!strcmp(argv[i], "-i"))
			await_end_of_input();
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

static void measure_clock(void)
{
	u64 t = now();

	for (int i = 0; i < 1000; i++)
		now();
	clk_cost = (now() - t) / 1001;
}

int main(int argc, char **argv)
{
	self = argv[0];
	options(argc, argv);
	now();
	measure_clock();
	settle();
	measure_clock();	/* with no tick in it */
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (wanted(groups[i].name)) {
			settle();
			if (announce) {
				printf("# %s\n", groups[i].name);
				fflush(stdout);
				await_answer();
			}
			groups[i].run();
		}
	show_report();
	return 0;
}
