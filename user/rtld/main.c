/* SPDX-License-Identifier: MIT */
/*
 * All steps between the kernel's execve and the program's first instruction, in
 * order (row C7).  The kernel has mapped the program and this linker, and gives
 * their addresses in the auxiliary vector.
 *
 *	objects:  program -> [preloaded] -> A -> B -> ... -> linker
 *	              breadth first, each once; symbols are searched for in
 *	              this order
 */
#include <string.h>
#include "../prelink/prelink.h"

struct options options;
struct object program;
const char *program_name;

static unsigned long aux(const unsigned long *auxv, unsigned long type)
{
	for (; auxv[0] != AT_NULL; auxv += 2)
		if (auxv[0] == type)
			return auxv[1];
	return 0;
}

/* Return: the value if this is an assignment to name, else NULL. */
static const char *value_of(const char *assignment, const char *name)
{
	size_t n = strlen(name);

	return !strncmp(assignment, name, n) && assignment[n] == '=' ?
		assignment + n + 1 : NULL;
}

/*
 * Variables by which a caller could misdirect a set-id program, or the programs
 * that it starts: glibc's list.
 */
static const char unsafe[] =
	"GCONV_PATH\0" "GETCONF_DIR\0" "GLIBC_TUNABLES\0" "HOSTALIASES\0"
	"LD_AUDIT\0" "LD_BIND_NOT\0" "LD_DEBUG\0" "LD_DEBUG_OUTPUT\0"
	"LD_DYNAMIC_WEAK\0" "LD_HWCAP_MASK\0" "LD_LIBRARY_PATH\0"
	"LD_ORIGIN_PATH\0" "LD_PRELOAD\0" "LD_PREFER_MAP_32BIT_EXEC\0"
	"LD_PROFILE\0" "LD_PROFILE_OUTPUT\0" "LD_SHOW_AUXV\0"
	"LD_USE_LOAD_BIAS\0" "LD_VERBOSE\0" "LD_WARN\0" "LOCALDOMAIN\0"
	"LOCPATH\0" "MALLOC_CHECK_\0" "MALLOC_TRACE\0" "NIS_PATH\0"
	"NLSPATH\0" "RESOLV_HOST_CONF\0" "RES_OPTIONS\0" "TMPDIR\0"
	"TZDIR\0";

static int is_unsafe(const char *assignment)
{
	for (const char *name = unsafe; *name; name += strlen(name) + 1)
		if (value_of(assignment, name))
			return 1;
	return 0;
}

/*
 * Remove the unsafe variables from the environment, and move the auxiliary
 * vector, so that it still follows.
 * Return: the new address of the auxiliary vector.
 */
static unsigned long *drop_unsafe(char **envp)
{
	unsigned long *to, *from;
	char **kept = envp;

	for (; *envp; envp++)
		if (!is_unsafe(*envp))
			*kept++ = *envp;
	*kept = NULL;
	to = (unsigned long *)(kept + 1);
	from = (unsigned long *)(envp + 1);
	for (size_t i = 0; to != from; i += 2) {
		to[i] = from[i];
		to[i + 1] = from[i + 1];
		if (to[i] == AT_NULL)
			break;
	}
	return to;
}

/* Read the options; the caller of a set-id program may not choose libraries. */
static void read_options(char **envp)
{
	const char *v;

	for (; *envp; envp++) {
		if ((v = value_of(*envp, "LD_BIND_NOW")) && *v)
			options.bind_now = 1;
		if (options.secure)
			continue;
		options.list |= !!value_of(*envp, "LD_TRACE_LOADED_OBJECTS");
		if ((v = value_of(*envp, "LD_LIBRARY_PATH")) && *v)
			options.library_path = v;
		if ((v = value_of(*envp, "LD_DEBUG")))
			options.debug = debug_kinds(v);
		if ((v = value_of(*envp, "LD_PRELOAD")) && *v)
			options.preload = v;
	}
}

/* Add the program, whose headers in memory show where it was mapped. */
static void adopt_program(const unsigned long *auxv)
{
	struct object *o = add_object(&program);

	o->name = "";
	o->phdr = (const Elf_Phdr *)aux(auxv, AT_PHDR);
	o->phnum = aux(auxv, AT_PHNUM);
	for (size_t i = 0; i < o->phnum; i++)
		if (o->phdr[i].p_type == PT_PHDR)
			o->base = (uintptr_t)o->phdr - o->phdr[i].p_vaddr;
	for (size_t i = 0; i < o->phnum; i++)
		seal(o, &o->phdr[i]);
	o->origin = (const char *)aux(auxv, AT_EXECFN);
	if (!o->dynamic)
		cannot_load(program_name, "object file has no dynamic section",
			    0);
}

static void adopt_self(uintptr_t base)
{
	const Elf_Ehdr *e = (const Elf_Ehdr *)base;
	struct object *o = &rtld_object;

	o->base = base;
	o->name = RTLD_SONAME;
	o->origin = OWN_DIR;
	o->phdr = (const Elf_Phdr *)(base + e->e_phoff);
	o->phnum = e->e_phnum;
	for (size_t i = 0; i < o->phnum; i++) {
		seal(o, &o->phdr[i]);
		if (o->phdr[i].p_type == PT_INTERP)
			o->name = (const char *)(base + o->phdr[i].p_vaddr);
	}
	for (size_t i = 0; i < program.phnum; i++)
		if (program.phdr[i].p_type == PT_INTERP)
			o->name = (const char *)(program.base +
						 program.phdr[i].p_vaddr);
	read_dynamic(o);
	o->relocated = 1;
}

void rtld_main(unsigned long *sp, uintptr_t base, uintptr_t *entry)
{
	int argc = (int)sp[0];
	char **argv = (char **)(sp + 1);
	char **envp = argv + argc + 1;
	char **e = envp;
	unsigned long *auxv;
	uint64_t begin, loaded;

	while (*e++)
		;
	auxv = (unsigned long *)e;
	program_name = argc ? argv[0] : "<program name unknown>";
	options.secure = aux(auxv, AT_SECURE) != 0;
	if (options.secure)
		auxv = drop_unsafe(envp);
	read_options(envp);
	*entry = aux(auxv, AT_ENTRY);
	if (*entry == base + ((const Elf_Ehdr *)base)->e_entry)
		*entry = read_command(sp);
	else
		adopt_program(auxv);
	argc = (int)sp[0];
	read_dynamic(&program);
	adopt_self(base);
	begin = sys_now();
	start_debugger(&program);
	load_all(&program, options.preload);
	if (options.list)
		list_objects();
	for (struct object *o = objects; o && !prelinked; o = o->next)
		check_versions(o);
	start_tls();
	loaded = sys_now();
	relocate_behind(NULL);
	if (options.debug & DEBUG_STATISTICS)
		debug_statistics(begin, loaded, sys_now());
	if (prelinker)
		prelinker->write();
	tell_debugger(0);
	run_constructors(&program, argc, argv, argv + argc + 1);
}
