/* SPDX-License-Identifier: MIT */
/*
 * A shell that uses only xv6's calls: words, `a | b | c`, `< file`, `> file`,
 * `&`, cd, exit N, and `status`, which prints that of the last command.
 * Programs are searched for by their name as it is, then in the shell's
 * directory.
 */
#include "xv6.h"

#define NORETURN __attribute__((noreturn))

static char line[256], home[MAXPATH];
static int last;

static int is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Return: the next word of *at, with a NUL, or NULL. */
static char *word(char **at)
{
	char *from;

	while (is_blank(**at))
		(*at)++;
	from = *at;
	while (**at && !is_blank(**at))
		(*at)++;
	if (**at)
		*(*at)++ = 0;
	return *from ? from : 0;
}

static NORETURN void fail(const char *what)
{
	print(2, "sh: ");
	print(2, what);
	print(2, "\n");
	exit(127);
}

static void redirect(int fd, char *name, int how)
{
	close(fd);
	if (!name || open(name, how) != fd)
		fail(name ? name : "no file");
}

static NORETURN void run(char *text)
{
	char *argv[MAXARG + 1], *w, path[MAXPATH];
	int n = 0;

	while ((w = word(&text))) {
		if (!strcmp(w, "<"))
			redirect(0, word(&text), O_RDONLY);
		else if (!strcmp(w, ">"))
			redirect(1, word(&text), O_WRONLY | O_CREATE | O_TRUNC);
		else if (n < MAXARG)
			argv[n++] = w;
	}
	argv[n] = 0;
	if (!n)
		exit(0);
	exec(argv[0], argv);
	if (strlen(home) + strlen(argv[0]) < sizeof(path)) {
		strcpy(path, home);
		strcpy(path + strlen(path), argv[0]);
		exec(path, argv);
	}
	fail(argv[0]);
}

/* Make one end of a pipe descriptor `to`, and close the pipe's own two. */
static void settle(const int *fd, int end, int to)
{
	close(to);
	dup(fd[end]);
	close(fd[0]);
	close(fd[1]);
}

/*
 * Run the commands of a pipeline, from left to right, in a child process.  The
 * pipeline's status is that of the last command.
 */
static NORETURN void run_all(char *text)
{
	char *bar;
	int fd[2], left;

	for (;; text = bar + 1) {
		for (bar = text; *bar && *bar != '|'; bar++)
			;
		if (!*bar)
			run(text);
		*bar = 0;
		left = pipe(fd) < 0 ? -1 : fork();
		if (left < 0)
			fail("pipe");
		if (!left) {
			settle(fd, 1, 1);
			run(text);
		}
		settle(fd, 0, 0);
	}
}

static int takes_itself(char *text)
{
	char copy[sizeof(line)], *at = strcpy(copy, text), *first = word(&at);

	if (!first)
		return 1;
	if (!strcmp(first, "cd")) {
		first = word(&at);
		last = first && chdir(first) < 0;
	} else if (!strcmp(first, "status")) {
		print_number(1, last);
		print(1, "\n");
	} else if (!strcmp(first, "exit")) {
		first = word(&at);
		exit(first ? *first - '0' : last);
	} else {
		return 0;
	}
	return 1;
}

/* Cut a trailing &, which means: do not wait.  Return: 1 if there was one. */
static int cut_ampersand(char *text)
{
	int n = (int)strlen(text);

	while (n && is_blank(text[n - 1]))
		n--;
	if (!n || text[n - 1] != '&')
		return 0;
	text[n - 1] = 0;
	return 1;
}

static void find_home(const char *name)
{
	int n = (int)strlen(name);

	while (n && name[n - 1] != '/')
		n--;
	if (n < MAXPATH)
		memcpy(home, name, (size_t)n);
}

int main(int argc, char **argv)
{
	int pid, behind, ended;

	if (argc)
		find_home(argv[0]);
	while (get_line(line, sizeof(line)) >= 0) {
		if (takes_itself(line))
			continue;
		behind = cut_ampersand(line);
		pid = fork();
		if (pid < 0)
			fail("fork");
		if (!pid)
			run_all(line);
		while (!behind && (ended = wait(&last)) >= 0 && ended != pid)
			;
	}
	exit(last);
	return 0;
}
