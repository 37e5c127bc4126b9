/* SPDX-License-Identifier: MIT */
/*
 * LD_DEBUG: what the runtime linker tells of itself on standard error.  Each
 * word must bring its lines, and no other's.  `plt` is this linker's own.
 */
#include "../tap.h"

static char folder[256];

static void become(void *setting)
{
	char path[300];
	char *args[] = { "prog", NULL };
	char *env[] = { setting, NULL };

	snprintf(path, sizeof(path), "%s/rtld_chatty.exe", folder);
	dup2(1, 2);
	execve(path, args, env);
	_exit(99);
}

static const struct {
	const char *word, *line;	/* @ is the folder */
} lines[] = {
	{ "files", "file=librtld_order_a.so [0];  needed by prog [0]" },
	{ "files", "file=librtld_order_c.so [0];  generating link map" },
	{ "libs", "find library=librtld_order_c.so [0]; searching" },
	{ "libs", "  trying file=@/librtld_order_a.so" },
	{ "reloc", "relocation processing: @/librtld_order_a.so (lazy)" },
	{ "symbols", "symbol=c_calls_deep;  lookup in file="
		     "@/librtld_order_a.so [0]" },
	{ "bindings", "binding file @/librtld_order_a.so [0] to "
		      "@/librtld_order_c.so [0]: normal symbol "
		      "`c_calls_deep'" },
};

/* The line as it is told, with its every @ replaced. */
static void with_folder(char *to, size_t size, const char *line)
{
	size_t n = 0;

	for (; *line && n < size - 2; line++) {
		if (*line == '@')
			n += (size_t)snprintf(to + n, size - n, "%s", folder);
		else
			to[n++] = *line;
	}
	to[n++] = '\n';
	to[n] = '\0';
}

/* Is the word in a list, with any of the signs that may stand between? */
static int is_in(const char *list, const char *word)
{
	size_t n;

	for (; *list; list += n + (list[n] != '\0')) {
		n = strcspn(list, ",: ");
		if (n == strlen(word) && !strncmp(list, word, n))
			return 1;
	}
	return 0;
}

/* Is each line told exactly if its word was said, or all were? */
static void words(const char *word)
{
	static char said[1 << 20];
	char setting[64], line[600];
	int status;

	snprintf(setting, sizeof(setting), "LD_DEBUG=%s", word);
	status = output_of(become, setting, said, sizeof(said));
	check_eq(status, 'c', "%s: the program runs", setting);
	for (int i = 0; i < COUNT(lines); i++) {
		int want = is_in(word, lines[i].word) || is_in(word, "all");

		with_folder(line, sizeof(line), lines[i].line);
		check(!strstr(said, line) == !want, "%s: %s%s", setting,
		      want ? "" : "not ", lines[i].line);
	}
}

/* A part of a line that one word brings, and another does not. */
static void tells(const char *word, const char *part, int wanted)
{
	static char said[1 << 20];
	char setting[32];
	int status;

	snprintf(setting, sizeof(setting), "LD_DEBUG=%s", word);
	status = output_of(become, setting, said, sizeof(said));
	check_eq(status, wanted, "%s: status", setting);
	check(strstr(said, part) != NULL, "%s: %s", setting, part);
	output_of(become, "LD_DEBUG=files", said, sizeof(said));
	check(strstr(said, part) == NULL, "LD_DEBUG=files: not %s", part);
}

int main(int argc, char **argv)
{
	(void)argc;
	tap_find_self(argv[0]);
	snprintf(folder, sizeof(folder), "%.*s",
		 (int)(strrchr(tap_self, '/') - tap_self), tap_self);
	words("files");
	words("libs");
	words("reloc");
	words("symbols");
	words("bindings");
	words("all");
	words("nothing");
	words("files,bindings");
	words("libs:reloc,symbols");
	words("symbols files");
	words(",,bindings,");
	words("file,bindingsx");
	tells("versions", "checking for version `", 'c');
	tells("statistics", "runtime linker statistics:\n", 'c');
	tells("statistics", "number of relocations: ", 'c');
	tells("help", "  versions    display version dependencies\n", 0);
#ifndef __GLIBC__
	tells("plt", " [0]: slot 0 of the PLT is `", 'c');
#endif
	return tap_done();
}
