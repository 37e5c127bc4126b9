/* SPDX-License-Identifier: MIT */
/*
 * What a new program finds on its stack: argc, argv, envp, auxv and the
 * strings, exact to the byte, and the limits on their size (rows A8, D15,
 * D19).
 */
#include <elf.h>
#include <sys/resource.h>
#include "tap.h"

#define STRLEN_MAX	(128UL << 10)	/* one string, NUL included */

extern char _start[];

/* Strings follow each other without gaps: argv first, then envp. */
static int strings_adjoin(char **v, int n, char **next)
{
	for (int i = 0; i < n; i++) {
		if (*next && v[i] != *next)
			return 0;
		*next = v[i] + strlen(v[i]) + 1;
	}
	return 1;
}

static unsigned long *find_auxv(void)
{
	char **e = environ;

	while (*e)
		e++;
	return (unsigned long *)(e + 1);
}

static int auxv_good(void)
{
	const Elf_Ehdr *eh;
	const Elf_Phdr *ph = (const Elf_Phdr *)getauxval(AT_PHDR);
	const unsigned char *rnd = (void *)getauxval(AT_RANDOM);
	int bad = 0, any = 0;

	for (int i = 0; rnd && i < 16; i++)
		any |= rnd[i];
	bad |= !any;
	bad |= (getauxval(AT_PAGESZ) != PG) << 1;
	bad |= (getauxval(AT_ENTRY) != (unsigned long)_start) << 2;
	bad |= (getauxval(AT_PHENT) != sizeof(Elf_Phdr)) << 3;
	bad |= (getauxval(AT_CLKTCK) != 100) << 4;
	bad |= (getauxval(AT_UID) != getuid() ||
		getauxval(AT_EUID) != geteuid() ||
		getauxval(AT_GID) != getgid() ||
		getauxval(AT_EGID) != getegid()) << 5;
	bad |= (getauxval(AT_SECURE) != 0) << 6;
	bad |= (getauxval(AT_BASE) != 0) << 7;
	bad |= strcmp((char *)getauxval(AT_EXECFN), tap_self) ? 1 << 8 : 0;
	eh = (const Elf_Ehdr *)((unsigned long)ph & ~(PG - 1));
	bad |= (memcmp(eh->e_ident, "\177ELF", 4) ||
		eh->e_phnum != getauxval(AT_PHNUM)) << 9;
	if (bad)
		printf("# auxv: 0x%x\n", bad);
	return !bad;
}

/* The child's side: argv is  -child NARGS NENV ... */
static int check_own_stack(int argc, char **argv)
{
	unsigned long *sp = (unsigned long *)argv - 1;
	int nenv = 0, bad = 0;
	unsigned long *aux;
	char *next = NULL;

	snprintf(tap_self, sizeof(tap_self), "%s", argv[2]);
	while (environ[nenv])
		nenv++;
	aux = find_auxv();
	bad |= (unsigned long)sp % 16 != 0;
	bad |= ((int)sp[0] != argc || argv[argc] != NULL) << 1;
	bad |= (environ != argv + argc + 1) << 2;
	bad |= !(strings_adjoin(argv, argc, &next) &&
		 strings_adjoin(environ, nenv, &next)) << 3;
	bad |= ((char *)aux >= argv[0]) << 4;
	bad |= !auxv_good() << 5;
	bad |= !(argc == 6 && !strcmp(argv[3], "") &&
		 !strcmp(argv[4], "two words") &&
		 !strcmp(argv[5], "\xff\x01 tail")) << 6;
	bad |= !(nenv == 2 && !strcmp(environ[0], "A=1") &&
		 !strcmp(environ[1], "EMPTY=")) << 7;
	return bad;
}

static int run_args(char **argv, char **envp)
{
	pid_t pid = fork();
	int st;

	if (pid == 0) {
		execve(tap_self, argv, envp);
		_exit(errno == E2BIG ? 201 : errno == EFAULT ? 202 : 203);
	}
	waitpid(pid, &st, 0);
	return WIFEXITED(st) ? WEXITSTATUS(st) : -WTERMSIG(st);
}

static void layout(void)
{
	char *argv[] = { "x", "-child", tap_self, "", "two words",
			 "\xff\x01 tail", NULL };
	char *envp[] = { "A=1", "EMPTY=", NULL };

	check_eq(run_args(argv, envp), 0, "argc, argv, envp, auxv as passed");
	check_eq(run_args((char *[]){ NULL }, (char *[]){ NULL }), 77,
		 "empty argv: argc 1 and an empty argv[0]");
	check_eq(run_args(NULL, NULL), 77, "no argv at all: the same");
}

static void one_long_string(void)
{
	char *s = malloc(STRLEN_MAX + 1);
	char *argv[] = { "x", "-len", s, NULL };
	char *envp[] = { s, NULL };

	memset(s, 'a', STRLEN_MAX);
	s[STRLEN_MAX - 1] = '\0';
	check_eq(run_args(argv, NULL), 55, "an argument of 128 KiB");
	check_eq(run_args((char *[]){ "x", "-env", NULL }, envp), 55,
		 "an environment string of 128 KiB");
	s[STRLEN_MAX - 1] = 'a';
	s[STRLEN_MAX] = '\0';
	check_eq(run_args(argv, NULL), 201, "one byte more: E2BIG");
	check_eq(run_args((char *[]){ "x", NULL }, envp), 201,
		 "the same in the environment");
	free(s);
}

/* Arguments may fill a quarter of the stack limit, pointers included. */
static void total_size(void)
{
	static char *argv[4096];
	char *s = malloc(1024);
	struct rlimit old, r = { 2UL << 20, 8UL << 20 };
	int n = (512 << 10) / (1024 + (int)sizeof(char *));

	getrlimit(RLIMIT_STACK, &old);
	r.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_STACK, &r);
	memset(s, 'b', 1023);
	s[1023] = '\0';
	for (int i = 0; i < 4095; i++)
		argv[i] = s;
	argv[0] = "x";
	argv[1] = "-count";
	argv[n - 8] = NULL;
	check_eq(run_args(argv, NULL), (n - 8) & 127,
		 "arguments just below a quarter of the stack limit");
	argv[n - 8] = s;
	argv[n + 8] = NULL;
	check_eq(run_args(argv, NULL), 201, "just above: E2BIG");
	setrlimit(RLIMIT_STACK, &old);
	free(s);
}

/*
 * The pointers are as large a part of the limit as the strings: with the
 * shortest strings they are most of it.
 */
static void many_strings(void)
{
	int n = tap_rounds(580000);
	struct rlimit old, r = { 64UL << 20, 64UL << 20 };
	char **argv = malloc((n + 1) * sizeof(char *));

	for (int i = 0; i < n; i++)
		argv[i] = "";
	argv[1] = "-count";
	argv[n] = NULL;
	getrlimit(RLIMIT_STACK, &old);
	r.rlim_max = old.rlim_max;
	setrlimit(RLIMIT_STACK, &r);
	check_eq(run_args(argv, NULL), n & 127, "half a million arguments");
	setrlimit(RLIMIT_STACK, &old);
	free(argv);
}

static void exec_with_bad_pointers(void)
{
	char *end = anon_pages(2, PROT_READ | PROT_WRITE) + PG;
	char **argv = (char **)(end - 2 * sizeof(char *));

	munmap(end, PG);
	argv[0] = "x";
	argv[1] = "y";
	check_eq(run_args(argv, NULL), 202, "argv runs off a mapping: EFAULT");
	memset(end - 4, 'q', 4);
	check_eq(run_args((char *[]){ "x", end - 4, NULL }, NULL), 202,
		 "a string runs off a mapping: EFAULT");
	check_eq(run_args((char *[]){ "x", NULL }, (char **)1), 202,
		 "envp is no address: EFAULT");
	check_eq(run_args((char *[]){ NULL }, (char **)1), 202,
		 "nor with an empty argv: EFAULT");
}

int main(int argc, char **argv)
{
	if (argc == 1 && !argv[0][0])
		return argv[1] == NULL && environ[0] == NULL ? 77 : 78;
	if (argc > 1 && !strcmp(argv[1], "-child"))
		return check_own_stack(argc, argv);
	if (argc > 1 && !strcmp(argv[1], "-len"))
		return strlen(argv[2]) == STRLEN_MAX - 1 ? 55 : 56;
	if (argc > 1 && !strcmp(argv[1], "-env"))
		return strlen(environ[0]) == STRLEN_MAX - 1 ? 55 : 56;
	if (argc > 1 && !strcmp(argv[1], "-count")) {
		for (int i = 2; i < argc; i++)
			if (argv[i] != argv[i - 1] + strlen(argv[i - 1]) + 1)
				return 128;
		return argv[argc] || environ != argv + argc + 1 ? 129 :
			argc & 127;
	}
	tap_find_self(argv[0]);
	layout();
	one_long_string();
	total_size();
	many_strings();
	exec_with_bad_pointers();
	return tap_done();
}
