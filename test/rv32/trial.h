/* SPDX-License-Identifier: MIT */
/*
 * Programs of 32 bits without a C library: PROGRAM RULE tries one rule from
 * inside, by the calls of riscv32's Linux, and says "passed" or at which line
 * not.  The program has its rules in trials[].
 */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned u32;
typedef unsigned long long u64;
typedef long long s64;

_Static_assert(sizeof(long) == 4, "a program of 32 bits");

#define TOP	0x7ffff000ul		/* where mappings end */
#define PG	4096ul

enum { NR_WRITE = 64, NR_EXIT = 93 };
enum { EBADF = 9, ENOMEM = 12, EFAULT = 14, EINVAL = 22, ENOSYS = 38,
       ESPIPE = 29, ENOENT = 2 };
enum { PRIVATE_ANON = 0x22, FIXED = 0x10, READ_WRITE = 3 };
enum { AT_NULL, AT_EXECFD = 2, AT_PHDR, AT_PHENT, AT_PHNUM, AT_PAGESZ, AT_BASE, AT_FLAGS,
       AT_ENTRY, AT_RANDOM = 25, AT_EXECFN = 31 };

long call(long nr, ...);
void start(void);
void begin(long *sp);

static char **argv, **envp;
static long argc;
static const u32 *auxv;

/* ---- saying so ----------------------------------------------------------- */

static unsigned length(const char *s)
{
	unsigned n = 0;

	while (s[n])
		n++;
	return n;
}

static int same(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

static void say(const char *s)
{
	call(NR_WRITE, 1, s, length(s));
}

static void fails(unsigned line)
{
	char text[] = "line     \n";

	for (unsigned i = 8; line; i--, line /= 10)
		text[i] = (char)('0' + line % 10);
	say(text);
	call(NR_EXIT, 1);
}

#define CHECK(holds) do { if (!(holds)) fails(__LINE__); } while (0)

/* ---- by name ------------------------------------------------------------- */

struct trial {
	const char *name;
	void (*run)(void);
};
static const struct trial trials[];

void begin(long *sp)
{
	argc = sp[0];
	argv = (char **)(sp + 1);
	envp = argv + argc + 1;
	sp = (long *)envp;
	while (*sp++)
		;
	auxv = (const u32 *)sp;
	for (const struct trial *t = trials; t->name; t++) {
		if (argc < 2 || !same(argv[1], t->name))
			continue;
		t->run();
		say("passed\n");
		call(NR_EXIT, 0);
	}
	say("no such trial\n");
	call(NR_EXIT, 2);
}
