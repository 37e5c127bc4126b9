/* SPDX-License-Identifier: MIT */
/*
 * LD_DEBUG: report what the linker does on standard error, in lines that start
 * with the process number.  The wording is glibc's, except for `plt`, which
 * glibc does not have.
 */
#include <string.h>
#include "rtld.h"
#include "sys.h"

static const struct {
	const char *word, *about;
	unsigned int kinds;
} words[] = {
	{ "libs", "display library search paths", DEBUG_LIBS },
	{ "reloc", "display relocation processing", DEBUG_RELOC },
	{ "files", "display progress for input file", DEBUG_FILES },
	{ "symbols", "display symbol table processing", DEBUG_SYMBOLS },
	{ "bindings", "display information about symbol binding",
	  DEBUG_BINDINGS },
	{ "versions", "display version dependencies", DEBUG_VERSIONS },
	{ "plt", "display the first call of each function", DEBUG_PLT },
	{ "all", "all previous options combined", DEBUG_STATISTICS - 1 },
	{ "statistics", "display relocation statistics", DEBUG_STATISTICS },
	{ "help", "display this help message and exit", DEBUG_HELP },
};

static void help(void)
{
	tell(1, "Valid options for the LD_DEBUG environment variable are:\n\n",
	     NULL);
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		tell(1, "  ", words[i].word, "            " +
		     strlen(words[i].word), words[i].about, "\n", NULL);
	sys_exit(0);
}

/* Return: the DEBUG_ bits for a list separated by commas, colons or spaces. */
unsigned int debug_kinds(const char *list)
{
	unsigned int kinds = 0;

	while (*list) {
		size_t n = strcspn(list, ",: ");

		for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
			if (!strncmp(list, words[i].word, n) &&
			    !words[i].word[n])
				kinds |= words[i].kinds;
		list += n + (list[n] != '\0');
	}
	if (kinds & DEBUG_HELP)
		help();
	return kinds;
}

struct statistics statistics;

/* Print the times and counts of the start, for DEBUG_STATISTICS. */
void debug_statistics(uint64_t begin, uint64_t loaded, uint64_t end)
{
	debug_line("runtime linker statistics:", NULL);
	debug_line("  total startup time in dynamic loader: ",
		   number(end - begin, 10, 1), " ns", NULL);
	debug_line("            time needed to load objects: ",
		   number(loaded - begin, 10, 1), " ns", NULL);
	debug_line("            time needed for relocation: ",
		   number(end - loaded, 10, 1), " ns", NULL);
	debug_line("                 number of relocations: ",
		   number(statistics.symbolic, 10, 1), NULL);
	debug_line("        number of relative relocations: ",
		   number(statistics.relative, 10, 1), NULL);
}

/* Print a line behind the process number, right-aligned in ten columns. */
void debug_line(const char *first, ...)
{
	char *pid = number((unsigned long)raw_syscall(SYS_getpid), 10, 1);
	char *text;
	va_list ap;

	va_start(ap, first);
	text = join_list(first, ap);
	va_end(ap);
	tell(2, "          " + strlen(pid), pid, ":\t", text, "\n", NULL);
	release(text);
	release(pid);
}
