/* SPDX-License-Identifier: MIT */
/*
 * The linker as a command, `ld-lectern.so.1 [OPTION...] PROGRAM ARGUMENT...`:
 * it maps the program itself, instead of the kernel, and removes its own words
 * from the stack, so that the program finds the usual stack of a new program.
 *
 *	sp -> argc | ld... --list PROGRAM a b 0 | envp... 0 | auxv... 0
 *	argc - 2   | PROGRAM a b 0 | envp... 0 | auxv... 0
 */
#include <string.h>
#include "rtld.h"
#include "sys.h"

static const char help[] = "Usage: " RTLD_SONAME " [--list] "
	"[--library-path PATH] [--preload LIST] PROGRAM [ARGUMENT]...\n";

/* Return: the word behind an option.  Exits if there is none. */
static const char *value(char ***arg)
{
	if (!(*arg)[1])
		die(1, program_name, ": missing argument: ", **arg, NULL);
	return *++*arg;
}

static void read_option(char ***arg)
{
	const char *word = **arg;

	if (!strcmp(word, "--list"))
		options.list = 1;
	else if (!strcmp(word, "--library-path"))
		options.library_path = value(arg);
	else if (!strcmp(word, "--preload"))
		options.preload = value(arg);
	else if (!strcmp(word, "--help")) {
		tell(1, help, NULL);
		sys_exit(0);
	} else
		die(1, program_name, ": unrecognized option '", word,
		    "'\nTry '", program_name, " --help' for more information.",
		    NULL);
}

/*
 * Move three lists down: arguments, environment, auxiliary vector.
 * Return: the new address of the auxiliary vector.
 */
static unsigned long *drop_words(unsigned long *to, unsigned long *from)
{
	unsigned long *end = from, *auxv;

	while (*end++)
		;
	while (*end++)
		;
	auxv = to + (end - from);
	while (*end)
		end += 2;
	memmove(to, from, (size_t)((char *)(end + 2) - (char *)from));
	return auxv;
}

/*
 * Map the program, and enter it in the auxiliary vector.
 * Return: the address where its code begins.
 */
static uintptr_t load_program(unsigned long *auxv, const char *path)
{
	struct object *o = add_object(&program);
	struct stat st;
	int fd = open_library(path);
	uintptr_t entry;

	if (fd < 0 || sys_fstat(fd, &st))
		cannot_load(path, "cannot open shared object file", fd);
	o->name = "";
	o->origin = path;
	o->dev = st.st_dev;
	o->ino = st.st_ino;
	entry = map_object(o, fd, path, (uint64_t)st.st_size);
	sys_close(fd);
	for (; *auxv; auxv += 2)
		if (*auxv == AT_PHDR)
			auxv[1] = (uintptr_t)o->phdr;
		else if (*auxv == AT_PHNUM)
			auxv[1] = o->phnum;
		else if (*auxv == AT_ENTRY)
			auxv[1] = entry;
	return entry;
}

/* Return: the address where the program's code begins. */
uintptr_t read_command(unsigned long *sp)
{
	char **argv = (char **)(sp + 1), **arg = argv + 1;
	unsigned long *auxv;

	for (; *arg && !strncmp(*arg, "--", 2); arg++)
		read_option(&arg);
	if (!*arg)
		die(1, program_name, ": missing program name\nTry '",
		    program_name, " --help' for more information.", NULL);
	sp[0] -= (unsigned long)(arg - argv);
	auxv = drop_words(sp + 1, (unsigned long *)arg);
	program_name = argv[0];
	return load_program(auxv, argv[0]);
}

/* List the libraries in ldd's format, and exit. */
void list_objects(void)
{
	for (struct object *o = program.next; o; o = o->next)
		tell(1, "\t", o->soname && o != &rtld_object ? o->soname : "",
		     o->soname && o != &rtld_object ? " => " : "", o->name,
		     " (0x", number(o->base, 16, 2 * sizeof(o->base)), ")\n",
		     NULL);
	sys_exit(0);
}
