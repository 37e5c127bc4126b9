/* SPDX-License-Identifier: MIT */
/*
 * LD_DEBUG: what the runtime linker tells of itself on standard error.  Each
 * word must bring its lines, and no other's.  `plt` is this linker's own.
 */
#include "../tap.h"

static char folder[256];

static void exec_chatty(void *setting)
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
static void replace_folders(char *to, size_t size, const char *line)
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
static void tell_each_word(const char *word)
{
	static char said[1 << 20];
	char setting[64], line[600];
	int status;

	snprintf(setting, sizeof(setting), "LD_DEBUG=%s", word);
	status = output_of(exec_chatty, setting, said, sizeof(said));
	check_eq(status, 'c', "%s: the program runs", setting);
	for (int i = 0; i < COUNT(lines); i++) {
		int want = is_in(word, lines[i].word) || is_in(word, "all");

		replace_folders(line, sizeof(line), lines[i].line);
		check(!strstr(said, line) == !want, "%s: %s%s", setting,
		      want ? "" : "not ", lines[i].line);
	}
}

/* A part of a line that one word brings, and another does not. */
static void tells_part(const char *word, const char *part, int wanted)
{
	static char said[1 << 20];
	char setting[32];
	int status;

	snprintf(setting, sizeof(setting), "LD_DEBUG=%s", word);
	status = output_of(exec_chatty, setting, said, sizeof(said));
	check_eq(status, wanted, "%s: status", setting);
	check(strstr(said, part) != NULL, "%s: %s", setting, part);
	output_of(exec_chatty, "LD_DEBUG=files", said, sizeof(said));
	check(strstr(said, part) == NULL, "LD_DEBUG=files: not %s", part);
}

int main(int argc, char **argv)
{
	(void)argc;
	tap_find_self(argv[0]);
	snprintf(folder, sizeof(folder), "%.*s",
		 (int)(strrchr(tap_self, '/') - tap_self), tap_self);
	tell_each_word("files");
	tell_each_word("libs");
	tell_each_word("reloc");
	tell_each_word("symbols");
	tell_each_word("bindings");
	tell_each_word("all");
	tell_each_word("nothing");
	tell_each_word("files,bindings");
	tell_each_word("libs:reloc,symbols");
	tell_each_word("symbols files");
	tell_each_word(",,bindings,");
	tell_each_word("file,bindingsx");
	tells_part("versions", "checking for version `", 'c');
	tells_part("statistics", "runtime linker statistics:\n", 'c');
	tells_part("statistics", "number of relocations: ", 'c');
	tells_part("help", "  versions    display version dependencies\n", 0);
#ifndef __GLIBC__
	tells_part("plt", " [0]: slot 0 of the PLT is `", 'c');
#endif
	return tap_done();
}
