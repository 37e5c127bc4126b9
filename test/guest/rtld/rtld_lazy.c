/* SPDX-License-Identifier: MIT */
/*
 * Functions bound at their first call, or before the program runs (rows C8,
 * D18).  The GOT entry of a function is found by its PLT's relocation; before
 * the first call it leads back into this program's PLT, afterwards to the
 * function.  With LD_BIND_NOW in the environment it does so from the start.
 */
#include <elf.h>
#include "../tap.h"

#ifdef __GLIBC__
#include <link.h>
typedef ElfW(Dyn) Elf_Dyn;
typedef ElfW(Sym) Elf_Sym;
typedef ElfW(Ehdr) Elf_Ehdr;
#define ELF_R_SYM	ELFW(R_SYM)
#endif
#define ELFW_(a, b)	a##b

extern Elf_Dyn _DYNAMIC[];
extern const Elf_Ehdr __ehdr_start;

int integers(int a, int b, int c, int d, int e, int f, int g, int h, int i);
double numbers(double a, double b, double c, double d, double e, double f,
	       double g, double h);
long long wide(long long a, long long b);
int never_called(void);

static unsigned long value_of(long tag)
{
	for (Elf_Dyn *d = _DYNAMIC; d->d_tag; d++)
		if (d->d_tag == tag)
			return (unsigned long)((unsigned long *)d)[1];
	return 0;
}

/* glibc has turned these into addresses already where it may write. */
static char *address_of_slot(unsigned long v)
{
	unsigned long base = (unsigned long)&__ehdr_start;

	return (char *)(v < base ? v + base : v);
}

/* The GOT entry of a function, by a relocation of one or three more words. */
static unsigned long *entry_of(const char *name)
{
	size_t word = sizeof(long), step = value_of(7) ? 3 * word : 2 * word;
	char *r = address_of_slot(value_of(DT_JMPREL));
	char *end = r + value_of(DT_PLTRELSZ);
	const Elf_Sym *symtab =
		(const Elf_Sym *)address_of_slot(value_of(DT_SYMTAB));
	const char *strtab = address_of_slot(value_of(DT_STRTAB));

	for (; r < end; r += step) {
		unsigned long *w = (unsigned long *)r;
		unsigned long sym = word == 8 ? w[1] >> 31 >> 1 : w[1] >> 8;

		if (!strcmp(strtab + symtab[sym].st_name, name))
			return (unsigned long *)address_of_slot(w[0]);
	}
	return NULL;
}

static int in_this_program(unsigned long address)
{
	extern char _end[];

	return address >= (unsigned long)&__ehdr_start &&
	       address < (unsigned long)_end;
}

static void arguments_survive(void)
{
	check_eq(integers(1, 2, 3, 4, 5, 6, 7, 8, 9), 987654321,
		 "integers pass the first call");
	check(numbers(1, 2, 3, 4, 5, 6, 7, 8) == 12345678.0,
	      "floating-point numbers do");
	check(wide(1LL << 40, 7) == (1LL << 40) * 7, "64-bit ones do");
}

static void lazily(void)
{
	unsigned long *e = entry_of("integers");

	if (!check(e != NULL, "a PLT relocation by that name"))
		return;
	check(in_this_program(*e), "before the call: back to the PLT");
	arguments_survive();
	check(!in_this_program(*e), "after it: to the function");
	check(in_this_program(*entry_of("never_called")),
	      "one that is not called stays");
	if (*e == 0)
		never_called();
}

int main(int argc, char **argv, char **envp)
{
	char *now[] = { "LD_BIND_NOW=1", NULL };
	char *args[] = { argv[0], "now", NULL };
	int status;

	if (argc > 1) {
		unsigned long *e = entry_of("never_called");

		return !e || in_this_program(*e);
	}
	lazily();
	if (!fork()) {
		execve("/proc/self/exe", args, now);
		_exit(2);
	}
	check(wait(&status) > 0 && status == 0,
	      "with LD_BIND_NOW all are bound");
	return tap_done();
}
