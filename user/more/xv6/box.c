/* SPDX-License-Identifier: MIT */
/*
 * Small tools in one program, which acts as the tool by whose name it is
 * called: echo, cat, wc, ls, mkdir, rm, ln, kill, forever.
 */
#include "xv6.h"

static char buf[512];

static void die(const char *what, const char *name)
{
	print(2, what);
	print(2, ": ");
	print(2, name);
	print(2, "\n");
	exit(1);
}

static int number(const char *s)
{
	int n = 0;

	while (*s >= '0' && *s <= '9')
		n = n * 10 + *s++ - '0';
	return n;
}

static void echo(char **argv)
{
	for (; *argv; argv++) {
		print(1, *argv);
		print(1, argv[1] ? " " : "\n");
	}
}

static void copy_out(int fd, const char *name)
{
	int n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		if (write(1, buf, n) != n)
			die("cat", "write");
	if (n < 0)
		die("cat", name);
}

static void cat(char **argv)
{
	if (!*argv)
		copy_out(0, "input");
	for (; *argv; argv++) {
		int fd = open(*argv, O_RDONLY);

		if (fd < 0)
			die("cat", *argv);
		copy_out(fd, *argv);
		close(fd);
	}
}

/* Print the lines, words and bytes of standard input. */
static void wc(char **argv)
{
	int n, lines = 0, words = 0, bytes = 0, inside = 0;

	(void)argv;
	while ((n = read(0, buf, sizeof(buf))) > 0)
		for (int i = 0; i < n; i++) {
			int blank = buf[i] == ' ' || buf[i] == '\n';

			words += !blank && !inside;
			inside = !blank;
			lines += buf[i] == '\n';
			bytes++;
		}
	print_number(1, lines);
	print(1, " ");
	print_number(1, words);
	print(1, " ");
	print_number(1, bytes);
	print(1, "\n");
}

static void ls(char **argv)
{
	const char *name = *argv ? *argv : ".";
	int fd = open(name, O_RDONLY);
	struct dirent d;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || st.type != T_DIR)
		die("ls", name);
	while (read(fd, &d, sizeof(d)) == sizeof(d)) {
		if (!d.inum)
			continue;
		memcpy(buf, d.name, DIRSIZ);
		buf[DIRSIZ] = 0;
		print(1, buf);
		print(1, "\n");
	}
	close(fd);
}

static void make(char **argv)
{
	for (; *argv; argv++)
		if (mkdir(*argv) < 0)
			die("mkdir", *argv);
}

static void rm(char **argv)
{
	for (; *argv; argv++)
		if (unlink(*argv) < 0)
			die("rm", *argv);
}

static void ln(char **argv)
{
	if (!argv[0] || !argv[1] || link(argv[0], argv[1]) < 0)
		die("ln", argv[0] ? argv[0] : "");
}

static void end(char **argv)
{
	for (; *argv; argv++)
		if (kill(number(*argv)) < 0)
			die("kill", *argv);
}

static void forever(char **argv)
{
	(void)argv;
	for (;;)
		sleep(1000);
}

static const struct tool {
	const char *name;
	void (*run)(char **argv);
} tools[] = {
	{ "echo", echo }, { "cat", cat }, { "wc", wc }, { "ls", ls },
	{ "mkdir", make }, { "rm", rm }, { "ln", ln }, { "kill", end },
	{ "forever", forever },
};

int main(int argc, char **argv)
{
	const char *name = argv[0], *at;

	for (at = name; *at; at++)
		if (*at == '/')
			name = at + 1;
	for (uint i = 0; i < sizeof(tools) / sizeof(tools[0]); i++)
		if (argc && !strcmp(tools[i].name, name)) {
			tools[i].run(argv + 1);
			exit(0);
		}
	die("box", name);
	return 1;
}
