/* SPDX-License-Identifier: MIT */
/*
 * PE programs, each with what it says and how it ends (row E14): imports by
 * name and by ordinal, forwarders, a library that has to move, TLS, threads
 * and what modules hear of them; and those that cannot be loaded.  The programs
 * are test/pe's.
 */
#include "pe_files.h"

static char said[8192];

static void become_program(void *file)
{
	char path[300];
	char *argv[] = { path, "one", "two  three", "", "a\"b\\", NULL };
	char *envp[] = { "PE_TEST=yes", NULL };

	snprintf(path, sizeof(path), "%s", (const char *)file);
	dup2(1, 2);
	if (chdir(pe_folder))
		_exit(98);
	execve(path, argv, envp);
	_exit(99);
}

/* Where two texts begin to differ, from that line on. */
static void show_difference(const char *want)
{
	const char *a = said, *b = want, *line = want, *got = said;

	for (; *a && *a == *b; a++, b++) {
		if (*a == '\n') {
			got = a + 1;
			line = b + 1;
		}
	}
	printf("# said: %.*s\n# want: %.*s\n", (int)strcspn(got, "\n"), got,
	       (int)strcspn(line, "\n"), line);
}

static void expect_words(const char *file, int status, const char *want)
{
	int got = output_of(become_program, (void *)file, said, sizeof(said));

	check_eq(got, status, "%s: status", file);
	if (!check(!strcmp(said, want), "%s: words", file))
		show_difference(want);
}

/* Needs before those who need them, and the opposite at the end. */
#define BEGINS \
	"lib callback: process attach, own 11\n" \
	"lib: process attach, with the process\n"
#define CALLS \
	"ordinal 7 15\n" "far 42\n" "far by ordinal 38\n" "data 5\n" \
	"relocated 1\n" "bump 22\n" "bump 23\n"
#define THREAD \
	"lib callback: thread attach, own 11\n" "lib: thread attach\n" \
	"thread: bump 22\n" "thread: bump 23\n" "thread: slot 0\n" \
	"lib callback: thread detach, own 12\n" "lib: thread detach\n" \
	"waited 0\n" "it ended with 41\n" "slot 9\n"
#define LATE \
	"late callback: process attach, own 11\n" "late: process attach\n" \
	"late bump 22\n" "by ordinal too 1\n" "nothing 0\n" "error 127\n" \
	"late callback: process detach, own 12\n" "late: process detach\n" \
	"freed 1\n" "gone 1\n" \
	"no callback: process attach, own 11\n" "no: process attach\n" \
	"no callback: process detach, own 12\n" "no: process detach\n" \
	"refused 0\n" "error 1114\n" "nowhere 0\n" "error 126\n"
#define ENDS \
	"lib callback: process detach, own 12\n" \
	"lib: process detach, with the process\n"

static void refuse_programs(void)
{
	expect_words("./pe_lacks_function.exe", 127,
		     "pe: ./pe_lacks_function.exe: kernel32.dll has no "
		     "NoSuchFunction\n");
	expect_words("./pe_lacks_library.exe", 127,
		     "pe: ./pe_lacks_library.exe needs pe_nowhere.dll: no such "
		     "library\n");
	expect_words("./pe_lacks_ordinal.exe", 127,
		     "pe: ./pe_lacks_ordinal.exe: pe_lib.dll has no function "
		     "99\n");
	expect_words("./pe_lacks_forward.exe", 127,
		     "pe: ./pe_lacks_forward.exe: pe_other.dll has no "
		     "nothing\n");
	expect_words("./pe_lacks_end.exe", 127,
		     "pe: ./pe_lacks_end.exe: pe_lib.dll forwards to "
		     "pe_lib.round\n");
	expect_words("./pe_lacks_room.exe", 127,
		     "pe: ./pe_lacks_room.exe needs ./pe_stuck.dll: its address is "
		     "taken, and it cannot move\n");
	expect_words("./pe_lib.dll", 127,
		     "pe: ./pe_lib.dll: a library, no program\n");
}

/* The rules that a file must keep, one broken at a time. */
static void break_each_rule(void)
{
	static const struct {
		size_t at;
		unsigned int value;
		int size;
		const char *words;
	} faults[] = {
		{ 0x3c, 0x7fffffff, 4, "a header that the file ends in" },
		{ 0x40, 0, 4, "no PE file" },
		{ 0x44, 0x8664, 2, "a program of another machine" },
		{ 0x46, 200, 2, "too many sections" },
		{ 0x56, 0, 2, "not linked without errors" },
		{ 0x58, 0x20b, 2, "a 64-bit program" },
		{ 0x68, 0, 4, "no entry point" },
		{ 0x68, 0x7fffffff, 4, "an entry point outside the image" },
		{ 0x74, 0x123, 4, "an impossible base" },
		{ 0x78, 512, 4, "sections that do not begin on pages" },
		{ 0x90, 0, 4, "an image of impossible size" },
		{ 0x9c, 1, 2, "a program of another subsystem" },
		{ 0xc0, 0x7fffffff, 4, "imports outside the image" },
	};
	char name[64], want[200], *bytes;
	int fd = open("/usr/lectern/test/pe_calls.exe", O_RDONLY);
	ssize_t n;

	bytes = malloc(1 << 16);
	n = read(fd, bytes, 1 << 16);
	close(fd);
	if (n < 1000)
		tap_bail("reading a program");
	snprintf(name, sizeof(name), "%s/broken.exe", tap_dir);
	for (int i = 0; i < COUNT(faults); i++) {
		char *copy = malloc((size_t)n);

		memcpy(copy, bytes, (size_t)n);
		memcpy(copy + faults[i].at, &faults[i].value,
		       (size_t)faults[i].size);
		put_file(name, copy, (size_t)n, 0755);
		free(copy);
		snprintf(want, sizeof(want), "pe: %s: %s\n", name,
			 faults[i].words);
		expect_words(name, 127, want);
	}
	put_file(name, bytes, (size_t)n / 2, 0755);
	snprintf(want, sizeof(want), "pe: %s: a section that the file ends "
		 "in\n", name);
	expect_words(name, 127, want);
	put_file(name, "MZ", 2, 0755);
	snprintf(want, sizeof(want), "pe: %s: no PE file\n", name);
	expect_words(name, 127, want);
	unlink(name);
	free(bytes);
}

int main(int argc, char **argv)
{
	const char *why;

	(void)argc;
	if (geteuid())
		return tap_skip_all("root registers");
	tap_find_self(argv[0]);
	tap_scratch("pe_programs");
	why = pe_register(argv[0], "pe_programs");
	if (why)
		return tap_skip_all(why);
	expect_words("./pe_program.exe", 42, BEGINS CALLS THREAD LATE ENDS);
	expect_words("pe_calls.exe", 7, "wrong 0\n");
	refuse_programs();
	break_each_rule();
	pe_unregister("pe_programs");
	tap_scratch_end();
	return tap_done();
}
