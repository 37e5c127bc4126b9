/* SPDX-License-Identifier: MIT */
/*
 * Files that begin with #!: how the line becomes arguments, nesting and its
 * limit, and what is refused (row E12).  The interpreter is this program,
 * which prints its arguments when LT_SHOW is set.
 */
#include "tap.h"

static char out[2048];

static void exec_script(void *arg)
{
	char *argv[] = { "zero", "one", "two", NULL };
	char *envp[] = { "LT_SHOW=1", NULL };

	(void)arg;
	execve("./s", argv, envp);
	_exit(errno);
}

/* Runs ./s with two arguments.  => 0, or the errno of exec; output in out */
static int run_script(void)
{
	return output_of(exec_script, NULL, out, sizeof(out));
}

static void put_script(const char *name, const char *fmt, const char *interp)
{
	char text[1024];
	int n = snprintf(text, sizeof(text), fmt, interp);

	put_file(name, text, (size_t)n, 0755);
}

/* Expects the interpreter to have been given these, each followed by |. */
static void show_script_args(const char *what, const char *fmt, ...)
{
	char want[1024];
	va_list ap;
	int r = run_script();

	va_start(ap, fmt);
	vsnprintf(want, sizeof(want), fmt, ap);
	va_end(ap);
	if (strcmp(out, want))
		printf("# status %d, got %s\n# want %s\n", r, out, want);
	check(r == 0 && !strcmp(out, want), "%s", what);
}

static void read_first_lines(void)
{
	put_script("s", "#!%s\nrest", "./i");
	show_script_args("plain", "./i|./s|one|two|");
	put_script("s", "#!%s", "./i");
	show_script_args("no newline at the end", "./i|./s|one|two|");
	put_script("s", "#!  \t%s \t \n", "./i");
	show_script_args("blanks around", "./i|./s|one|two|");
	put_script("s", "#!%s -x\n", "./i");
	show_script_args("one argument", "./i|-x|./s|one|two|");
	put_script("s", "#!%s  a b\tc  \n", "./i");
	show_script_args("more words are still one", "./i|a b\tc|./s|one|two|");
	put_script("s", "#!%s a \t", "./i");
	show_script_args("blanks at the file's end are kept",
			 "./i|a \t|./s|one|two|");
	put_script("s", "#!%s ", "./i");
	show_script_args("... as an argument, too", "./i||./s|one|two|");
	put_file("s", "#!./i a \0b\n", 11, 0755);
	show_script_args("a zero ends the line", "./i|a |./s|one|two|");
}

static void nest_scripts(void)
{
	put_script("s", "#!%s -a\n", "./s2");
	put_script("s2", "#!%s -b\n", "./i");
	show_script_args("a script as interpreter",
			 "./i|-b|./s2|-a|./s|one|two|");
	put_script("s2", "#!%s\n", "./s3");
	put_script("s3", "#!%s\n", "./s4");
	put_script("s4", "#!%s\n", "./i");
	show_script_args("four deep", "./i|./s4|./s3|./s2|-a|./s|one|two|");
	put_script("s4", "#!%s\n", "./s5");
	put_script("s5", "#!%s\n", "./i");
	show_script_args("five deep",
			 "./i|./s5|./s4|./s3|./s2|-a|./s|one|two|");
	put_script("s5", "#!%s\n", "./s6");
	put_script("s6", "#!%s\n", "./i");
	check_eq(run_script(), ELOOP, "six deep: ELOOP");
	put_script("s2", "#!%s\n", "./s");
	check_eq(run_script(), ELOOP, "in a circle: ELOOP");
	for (int i = 2; i <= 6; i++)
		unlink((char[]){ 's', (char)('0' + i), '\0' });
}

static void refuse_scripts(void)
{
	char *longline = malloc(600);

	put_script("s", "#!\n", "");
	check_eq(run_script(), ENOEXEC, "no interpreter");
	put_script("s", "#!  \t \n", "");
	check_eq(run_script(), ENOEXEC, "blanks only");
	put_script("s", "#!", "");
	check_eq(run_script(), EACCES, "nothing after it: a name of no bytes");
	put_script("s", "#! \t", "");
	check_eq(run_script(), EACCES, "blanks at the file's end: likewise");
	put_file("s", "#!\0./i\n", 7, 0755);
	check_eq(run_script(), EACCES, "a zero: likewise");
	put_script("s", "#!/nonexistent/x\n", "");
	check_eq(run_script(), ENOENT, "a missing interpreter");
	put_script("s", "#!%s\r\n", "./i");
	check_eq(run_script(), ENOENT, "a carriage return is part of the name");
	put_script("s", "#!%s\n", ".");
	check_eq(run_script(), EACCES, "a folder");
	put_script("s", "# %s\n", "./i");
	check_eq(run_script(), ENOEXEC, "no exclamation mark");
	put_script("s", "#!%s\n", "./plain");
	put_file("plain", "x", 1, 0644);
	check_eq(run_script(), EACCES, "an interpreter that may not run");
	unlink("plain");
	chmod("s", 0644);
	check_eq(run_script(), EACCES, "a script that may not run");
	memset(longline, 'a', 599);
	memcpy(longline, "#!/", 3);
	longline[598] = '\n';
	put_file("s", longline, 599, 0755);
	check_eq(run_script(), ENOEXEC,
		 "a name longer than the first 256 bytes");
	memcpy(longline, "#!./i ", 6);
	put_file("s", longline, 599, 0755);
	check_eq(run_script(), 0, "an argument that long is cut");
	check_eq(strcspn(strchr(out, '|') + 1, "|"), 255 - strlen("#!./i "),
		 "at 255 bytes");
	memset(longline, ' ', 599);
	memcpy(longline, "#!", 2);
	put_file("s", longline, 599, 0755);
	check_eq(run_script(), ENOEXEC, "blanks only, a whole line of them");
	for (int n = 254; n < 257; n++) {
		memset(longline, 'a', 599);
		memset(longline, '.', 255);
		for (int i = 3; i < n - 1; i += 2)
			longline[i] = '/';
		memcpy(longline, "#!", 2);
		longline[n - 2] = '/';
		longline[n - 1] = 'i';
		longline[n] = ' ';
		put_file("s", longline, 599, 0755);
		check_eq(run_script(), n < 256 ? 0 : ENOEXEC,
			 "a name that ends at byte %d", n);
	}
	free(longline);
}

int main(int argc, char **argv)
{
	if (getenv("LT_SHOW")) {
		for (int i = 0; i < argc; i++)
			printf("%s|", argv[i]);
		return 0;
	}
	tap_find_self(argv[0]);
	tap_scratch("hash_bang");
	symlink(tap_self, "i");
	read_first_lines();
	nest_scripts();
	refuse_scripts();
	unlink("s");
	unlink("i");
	tap_scratch_end();
	return tap_done();
}
