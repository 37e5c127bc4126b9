/* SPDX-License-Identifier: MIT */
/*
 * Binary formats that a user registers (rows D15, E12): by magic bytes with a
 * mask and an offset, by file name extension, with argv[0] kept or not; what
 * is refused; and how they are switched off.  The interpreter is this
 * program, which prints its arguments when LT_SHOW is set.
 */
#include "tap.h"

#define DIR	"/proc/sys/fs/binfmt_misc/"

static char out[2048];

static int put(const char *file, const char *fmt, const char *arg)
{
	char line[1024];
	int n = snprintf(line, sizeof(line), fmt, arg);
	int fd = open(file, O_WRONLY), err = 0;

	if (fd < 0)
		return errno;
	if (write(fd, line, (size_t)n) != n)
		err = errno;
	close(fd);
	return err;
}

static void exec_file(void *file)
{
	char *argv[] = { "zero", "one", NULL };
	char *envp[] = { "LT_SHOW=1", NULL };

	execve(file, argv, envp);
	_exit(errno);
}

/* Runs file with two arguments.  => 0 with its output, or errno of exec */
static int run(const char *file)
{
	return output_of(exec_file, (void *)file, out, sizeof(out));
}

static void shows(const char *file, const char *fmt, const char *what)
{
	char want[1024];
	int r = run(file);

	snprintf(want, sizeof(want), fmt, tap_self);
	if (strcmp(out, want))
		printf("# status %d, got %s\n# want %s\n", r, out, want);
	check(r == 0 && !strcmp(out, want), "%s", what);
}

static void register_and_run(void)
{
	put_file("m", "AB\1DEFGH rest", 13, 0755);
	put_file("x.lect", "anything", 8, 0755);
	check_eq(run("./m"), ENOEXEC, "unknown bytes");
	check_eq(put(DIR "register", ":bymagic:M:1:B\\x00D:\\xff\\x00\\xff:%s:",
		     tap_self), 0, "by magic, mask and offset");
	check_eq(put(DIR "register", ":bymagic:M::AB::%s:", tap_self),
		 EEXIST, "the name is taken");
	shows("./m", "%s|./m|one|", "argv[0] makes room for the path");
	check_eq(put(DIR "register", "?byname?E??lect??%s?P", tap_self), 0,
		 "by extension, another separator, argv[0] kept");
	shows("./x.lect", "%s|./x.lect|zero|one|", "argv[0] follows the path");
}

static void refuse(void)
{
	static const char *const lines[] = {
		"", ":", "short", ":n:M::A:", ":n:Q::A::%s:", ":n:M:9999:A::%s:",
		":n:M::AB:\\xff:%s:", ":n:M::\\xz0::%s:", ":n:M::::%s:",
		":n:M::A:::", ":a/b:M::A::%s:", "::M::A::%s:",
		":n:M::A::%s:Z",
	};

	for (int i = 0; i < COUNT(lines); i++)
		check_eq(put(DIR "register", lines[i], tap_self) != 0 ||
			 !*lines[i], 1, "refuses \"%s\"", lines[i]);
}

/* A line may be this long; where a name's end counts, its offset does not. */
#define LINE_MAX	1920

static ssize_t put_long(int size)
{
	static char line[LINE_MAX + 2];
	int fd = open(DIR "register", O_WRONLY), n;
	ssize_t done;

	memset(line, '0', sizeof(line));
	memcpy(line, ":long:E:", 8);
	n = snprintf(out, sizeof(out), ":lect::%s:", tap_self);
	memcpy(line + size - n, out, n);
	done = write(fd, line, size);
	close(fd);
	return done;
}

static void long_lines(void)
{
	check_err(EINVAL, put_long(LINE_MAX + 1), "a line that is too long");
	check_eq(put_long(LINE_MAX), LINE_MAX, "one as long as may be");
}

/* What the status begins with. */
static int told(const char *word)
{
	int fd = open(DIR "status", O_RDONLY);
	ssize_t n = read(fd, out, sizeof(out) - 1);

	out[n > 0 ? n : 0] = '\0';
	close(fd);
	return !strncmp(out, word, strlen(word));
}

static void switch_off(void)
{
	check(told("enabled\n"), "status: enabled");
	check_eq(put(DIR "status", "0", ""), 0, "off");
	check(told("disabled\n"), "status: disabled");
	check_eq(run("./m"), ENOEXEC, "unknown while off");
	check_eq(put(DIR "status", "1", ""), 0, "on");
	check_eq(run("./m"), 0, "known again");
	check_eq(put(DIR "status", "-1", ""), 0, "all forgotten");
	check_eq(run("./m"), ENOEXEC, "unknown again");
	check_eq(put(DIR "status", "2", ""), EINVAL, "no such state");
}

int main(int argc, char **argv)
{
	if (getenv("LT_SHOW")) {
		for (int i = 0; i < argc; i++)
			printf("%s|", argv[i]);
		return 0;
	}
	if (access(DIR "register", W_OK))
		return tap_skip_all("no " DIR);
	tap_find_self(argv[0]);
	tap_scratch("binfmt_misc");
	register_and_run();
	refuse();
	long_lines();
	switch_off();
	unlink("m");
	unlink("x.lect");
	tap_scratch_end();
	return tap_done();
}
