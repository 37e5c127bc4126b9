/* SPDX-License-Identifier: MIT */
/*
 * Our shell and small programs: words, quotes, redirections, pipelines,
 * status, as a user of a machine without busybox meets them (row C1).
 */
#include "tap.h"

static char shell[600], path[600], out[8192];

/* bin/ stands beside test/, wherever the programs were put. */
static int find_shell(void)
{
	char *slash = strrchr(tap_self, '/');
	int n;

	if (!slash)
		return -1;
	n = (int)(slash - tap_self);
	snprintf(shell, sizeof(shell), "%.*s/../bin/lsh", n, tap_self);
	snprintf(path, sizeof(path), "%.*s/../bin", n, tap_self);
	return access(shell, X_OK);
}

static void exec_line(void *line)
{
	close(0);
	open("/dev/null", O_RDONLY);
	dup2(1, 2);
	setenv("PATH", path, 1);
	setenv("WORD", "value", 1);
	execv(shell, (char *[]){ "lsh", "-c", line, NULL });
	_exit(99);
}

/* Runs one line; output and errors in `out`.  => exit status */
static int run_line(const char *line)
{
	return output_of(exec_line, (void *)line, out, sizeof(out));
}

static const struct {
	const char *line, *out;
	int status;
} cases[] = {
	{ "echo a  b", "a b\n", 0 },
	{ "echo 'a  b' \"c  $WORD\" d\\ e '$WORD'", "a  b c  value d e $WORD\n",
	  0 },
	{ "echo $NONE$WORD$", "value$\n", 0 },
	{ "echo one; echo two # three", "one\ntwo\n", 0 },
	{ "echo x | cat | cat", "x\n", 0 },
	{ "echo x > f; cat < f; echo y >> f; cat f", "x\nx\ny\n", 0 },
	{ "cat f | cat > g; cat g", "x\ny\n", 0 },
	{ "cat missing 2> e; echo $?; cat e",
	  "1\ncat: missing: No such file or directory\n", 0 },
	{ "cat missing 2>&1 | cat",
	  "cat: missing: No such file or directory\n", 0 },
	{ "nosuch", "lsh: nosuch: not found\n", 127 },
	{ "nosuch || echo no; echo a && echo b",
	  "lsh: nosuch: not found\nno\na\nb\n", 0 },
	{ "exit 3", "", 3 },
	{ "lsh -c 'exit 4'; echo $?", "4\n", 0 },
	{ "lsh -c 'kill -9 $$'; echo $?", "lsh: command: Killed\n137\n", 0 },
	{ "cd /; pwd", "/\n", 0 },
	{ "cd /nowhere", "lsh: /nowhere: No such file or directory\n", 1 },
	{ "export A=1; lsh -c 'echo $A'", "1\n", 0 },
	{ "exec echo gone; echo never", "gone\n", 0 },
	{ "echo back & wait", "back\n", 0 },
	{ "echo 'open", "lsh: syntax: a quote is not closed\n", 0 },
	{ "| cat", "lsh: syntax: a command is missing\n", 2 },
	{ "echo >", "lsh: syntax: a command is missing\n", 2 },
	{ "ls", "e\nf\ng\n", 0 },
	{ "ls missing", "ls: missing: No such file or directory\n", 1 },
	{ "> empty; cat empty; ls empty", "empty\n", 0 },
};

int main(int argc, char **argv)
{
	tap_find_self(argv[0]);
	if (find_shell())
		return tap_skip_all("lsh is not beside the tests");
	tap_scratch("shell");
	for (int i = 0; i < COUNT(cases); i++) {
		int st = run_line(cases[i].line);

		if (strcmp(out, cases[i].out) || st != cases[i].status)
			printf("# status %d, output: %s", st, out);
		check(!strcmp(out, cases[i].out) && st == cases[i].status,
		      "%s", cases[i].line);
	}
	check(run_line("ps") == 0 && strstr(out, " lsh\n"),
	      "ps shows the shell");
	unlink("e");
	unlink("f");
	unlink("g");
	unlink("empty");
	tap_scratch_end();
	return tap_done();
}
