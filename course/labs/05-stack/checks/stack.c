/* SPDX-License-Identifier: MIT */
/* Lab 5: what a program finds on its first stack. */
#include "start.h"
#include "platform.h"
#include <elf.h>
#include <sys/resource.h>

static char *none[] = { NULL };

/* A program gets its arguments. */
static void args(void)
{
	char *argv[] = { "child", "one", "two words", "", "last", NULL };

	must_start(CHILD, argv, none);
	must_have(argv, none);
	lab_equal(report.args_end, 0, "argv[argc]");
}

/* It gets its environment. */
static void env(void)
{
	char *argv[] = { "child", "a", NULL };
	char *envp[] = { "PATH=/bin", "EMPTY=", "LONG=0123456789012345678901234"
			 "56789012345678901234567890123456789", "X", NULL };

	must_start(CHILD, argv, envp);
	must_have(argv, envp);
	lab_equal(report.args_end, 0, "argv[argc]");
}

/* The strings lie one after the other, with the file name as the last. */
static void order(void)
{
	char *argv[] = { "child", "first", "second", "third", NULL };
	char *envp[] = { "ONE=1", "TWO=2", NULL };

	must_start(CHILD, argv, envp);
	must_have(argv, envp);
	lab_check(report.has[AT_EXECFN], "there is no AT_EXECFN");
	lab_equal(report.gaps, 0,
		  "strings that do not follow the one before them");
	lab_check(report.sp < report.first, "the stack pointer is not below "
		  "the strings");
}

#define MOST	7

/* The stack pointer is aligned, however many strings there are. */
static void align(void)
{
	char *argv[MOST + 1], *envp[MOST + 1];

	for (unsigned a = 1; a <= MOST; a++)
		for (unsigned e = 0; e < 3; e++) {
			for (unsigned i = 0; i < MOST; i++) {
				argv[i] = "argument" + (i + e) % 8;
				envp[i] = "E=value" + i;
			}
			argv[a] = envp[e] = NULL;
			must_start(CHILD, argv, envp);
			must_have(argv, envp);
			lab_check(report.sp % 16 == 0, "the stack pointer with "
				  "%u arguments and %u strings of the "
				  "environment is %#lx", a, e, report.sp);
		}
}

static void must_be(unsigned type, unsigned long wanted, const char *name)
{
	lab_check(report.has[type], "there is no %s", name);
	lab_check(report.aux[type] == wanted, "%s: expected %#lx, found %#lx",
		  name, wanted, report.aux[type]);
}

/* The auxiliary vector. */
static void auxv(void)
{
	char *argv[] = { "some name", NULL };

	must_start(CHILD, argv, none);
	must_be(AT_PAGESZ, LAB_PAGE, "AT_PAGESZ");
	must_be(AT_CLKTCK, 100, "AT_CLKTCK");
	must_be(AT_ENTRY, report.start, "AT_ENTRY");
	must_be(AT_PHENT, sizeof(Elf_Phdr), "AT_PHENT");
	must_be(AT_BASE, 0, "AT_BASE of a program without linker");
	must_be(AT_FLAGS, 0, "AT_FLAGS");
	must_be(AT_UID, 0, "AT_UID");
	must_be(AT_EUID, 0, "AT_EUID");
	must_be(AT_GID, 0, "AT_GID");
	must_be(AT_EGID, 0, "AT_EGID");
	must_be(AT_SECURE, 0, "AT_SECURE");
	lab_check(report.has[AT_PHDR] && report.found_code,
		  "AT_PHDR and AT_PHNUM do not lead to the program's headers");
	lab_check(!strcmp(report.execfn, CHILD), "AT_EXECFN: expected \"%s\", "
		  "found \"%s\"", CHILD, report.execfn);
	lab_equal(report.twice, 0, "types that come twice");
	lab_check(report.has[AT_PLATFORM] == !!*PLATFORM_NAME, "AT_PLATFORM: "
		  "expected it on machines with a name alone");
	lab_check(!strcmp(report.platform, PLATFORM_NAME), "AT_PLATFORM: "
		  "expected \"%s\", found \"%s\"", PLATFORM_NAME,
		  report.platform);
}

/* Sixteen random bytes that nothing else uses. */
static void chance(void)
{
	char *argv[] = { "child", "argument", NULL };
	unsigned char first[16], nothing[16] = { 0 };
	unsigned long at;

	must_start(CHILD, argv, none);
	lab_check(report.has[AT_RANDOM], "there is no AT_RANDOM");
	memcpy(first, report.random, sizeof(first));
	lab_check(memcmp(first, nothing, sizeof(first)),
		  "the 16 bytes at AT_RANDOM are zero");
	must_start(CHILD, argv, none);
	lab_check(memcmp(first, report.random, sizeof(first)),
		  "two programs have the same bytes at AT_RANDOM");
	at = report.aux[AT_RANDOM];
	lab_check(at + 16 <= report.first || at >= report.last,
		  "AT_RANDOM lies in the strings");
	lab_check(at > report.sp + (5 + 2 * report.pairs) * sizeof(long),
		  "AT_RANDOM lies in the vectors");
	must_have(argv, none);
}

/* Nobody named an argv[0]. */
static void empty(void)
{
	char *argv[] = { "", NULL };
	char *envp[] = { "A=1", NULL };

	must_start(CHILD, none, envp);
	must_have(argv, envp);
	lab_check(report.sp % 16 == 0, "the stack pointer is %#lx", report.sp);
	must_start(CHILD, none, none);
	must_have(argv, none);
}

#define MANY	3000

/* More strings and pointers than fit into one page. */
static void many(void)
{
	static char text[MANY][12], *argv[MANY + 1], *envp[MANY / 10 + 1];

	for (unsigned i = 0; i < MANY; i++) {
		snprintf(text[i], sizeof(text[i]), "s%u", i * i % 9973);
		argv[i] = text[i];
		if (i < MANY / 10)
			envp[i] = text[MANY - 1 - i];
	}
	lab_limit(1000);
	must_start(CHILD, argv, envp);
	must_have(argv, envp);
	lab_equal(report.gaps, 0, "gaps between the strings");
}

#define STRING_MAX	(128UL << 10)

static char *long_string(unsigned long n)
{
	char *s = malloc(n + 1);

	lab_check(s, "no memory for the test");
	for (unsigned long i = 0; i < n; i++)
		s[i] = (char)('a' + (i * 7 + i / 1000) % 26);
	s[n] = 0;
	return s;
}

/* Strings longer than a page, and longer than any buffer. */
static void large(void)
{
	static const unsigned long sizes[] = { 2046, 2047, 2048, 2049, 4095,
		4096, 4097, 10000, STRING_MAX - 1 };
	char *argv[] = { "child", NULL, "behind", NULL };

	lab_limit(1000);
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		argv[1] = long_string(sizes[i]);
		must_start(CHILD, argv, none);
		must_have(argv, none);
		free(argv[1]);
	}
}

static void limit_stack(unsigned long bytes)
{
	struct rlimit r;

	lab_must(getrlimit(RLIMIT_STACK, &r), "getrlimit");
	r.rlim_cur = bytes;
	lab_must(setrlimit(RLIMIT_STACK, &r), "setrlimit");
}

/* With a stack of 1 MiB: strings and pointers may fill 256 KiB, to the byte. */
static void fill_the_limit(void)
{
	unsigned long room = (256UL << 10) - 4 * sizeof(long) - sizeof(CHILD) -
		sizeof("child");
	char *argv[] = { "child", NULL, NULL, NULL, NULL };

	limit_stack(1UL << 20);
	for (unsigned i = 1; i < 3; i++)
		argv[i] = long_string(room / 3 - 1);
	argv[3] = long_string(room - 2 * (room / 3));
	must_refuse(E2BIG, argv, none, "one byte more than a quarter of the "
		    "stack's limit");
	argv[3][room - 2 * (room / 3) - 1] = 0;
	must_start(CHILD, argv, none);
	must_have(argv, none);
	for (unsigned i = 1; i < 4; i++)
		free(argv[i]);
}

#define POINTERS	70000

/* The bounds of this rule: 128 KiB at least, 6 MiB at most. */
static void bound_the_limit(void)
{
	static char *argv[POINTERS + 1];

	limit_stack(256UL << 10);
	argv[0] = "child";
	argv[1] = long_string(100000);
	must_start(CHILD, argv, none);
	must_have(argv, none);
	free(argv[1]);
	limit_stack(1UL << 20);
	for (unsigned i = 1; i < POINTERS; i++)
		argv[i] = "";
	must_refuse(E2BIG, argv, none, "70000 pointers, which alone need more "
		    "than a quarter of 1 MiB");
	limit_stack(64UL << 20);
	argv[1] = long_string(STRING_MAX - 1);
	for (unsigned i = 2; i < 50; i++)
		argv[i] = argv[1];
	argv[50] = NULL;
	must_refuse(E2BIG, argv, none, "49 strings of 128 KiB with a stack of "
		    "64 MiB");
	free(argv[1]);
}

/* Too much is refused, and the caller goes on. */
static void limits(void)
{
	struct rlimit old, small;
	char *argv[] = { "child", NULL, NULL, NULL, NULL };

	lab_limit(1000);
	argv[1] = long_string(STRING_MAX);
	must_refuse(E2BIG, argv, none, "a string of 128 KiB and its NUL");
	argv[1][100000] = 0;
	argv[2] = argv[3] = argv[1];
	must_start(CHILD, argv, none);
	must_have(argv, none);
	lab_must(getrlimit(RLIMIT_STACK, &old), "getrlimit");
	small = old;
	small.rlim_cur = 1 << 20;
	lab_must(setrlimit(RLIMIT_STACK, &small), "setrlimit");
	must_refuse(E2BIG, argv, none,
		    "300 kB of strings with a stack of 1 MiB");
	argv[3] = NULL;
	must_start(CHILD, argv, none);
	must_have(argv, none);
	free(argv[1]);
	fill_the_limit();
	bound_the_limit();
	setrlimit(RLIMIT_STACK, &old);
}

static const struct lab_case cases[] = {
	{ "args", args },
	{ "env", env },
	{ "order", order },
	{ "align", align },
	{ "auxv", auxv },
	{ "chance", chance },
	{ "empty", empty },
	{ "many", many },
	{ "large", large },
	{ "limits", limits },
};

LAB_MAIN(cases)
