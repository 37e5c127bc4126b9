/* SPDX-License-Identifier: MIT */
/*
 * lsh: the shell of a system without busybox.  One line is
 *	pipeline { (; | && | || | &) pipeline }
 * with words, 'quotes', "quotes", \ escapes, $NAME $? $$, # comments and
 * the redirections < > >> 2> 2>&1.  Written to be read: a line is split into
 * tokens, tokens into commands, and each command is a fork and an exec.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_LINE	4096
#define MAX_WORDS	256
#define MAX_REDIRS	8

enum kind { WORD, PIPE, SEMI, AMP, AND, OR, LESS, GREAT, APPEND, ERR, ERR_OUT,
	    END, BAD };

struct token {
	enum kind kind;
	const char *text;		/* of a WORD: its start in the line */
	const char *end;
};

struct redir {
	enum kind kind;
	char *path;
};

struct command {
	char *argv[MAX_WORDS];
	int argc;
	struct redir redirs[MAX_REDIRS];
	int nredirs;
};

/*
 * The tokens of one line; and the expanded words of one command, stored when
 * the command runs, because $? and variables may have changed by then.
 */
static struct token tokens[MAX_WORDS];
static char store[4 * MAX_LINE];
static size_t stored;

static int last_status;
static int interactive;

static void complain(const char *what, const char *why)
{
	dprintf(STDERR_FILENO, "lsh: %s: %s\n", what, why);
}

/* --- words -------------------------------------------------------------- */

/* Append a character; cut off if full, and keep the last byte NUL. */
static void keep(char c)
{
	if (stored < sizeof(store) - 1)
		store[stored++] = c;
}

static void keep_string(const char *s)
{
	while (s && *s)
		keep(*s++);
}

/* Expand the name at s, after the $.  Return: the character after the name. */
static const char *expand(const char *s)
{
	char name[64], number[16];
	size_t n = 0;

	if (*s == '?' || *s == '$') {
		snprintf(number, sizeof(number), "%d",
			 *s == '?' ? last_status : getpid());
		keep_string(number);
		return s + 1;
	}
	while ((isalnum(*s) || *s == '_') && n < sizeof(name) - 1)
		name[n++] = *s++;
	name[n] = '\0';
	if (n)
		keep_string(getenv(name));
	else
		keep('$');
	return s;
}

/* Return: the character after the word, or NULL if a quote is not closed. */
static const char *end_of_word(const char *s)
{
	char quote = 0;

	for (; *s && (quote || !strchr(" \t\n|&;<>", *s)); s++) {
		if (quote ? *s == quote : *s == '\'' || *s == '"')
			quote = quote ? 0 : *s;
		else if (*s == '\\' && quote != '\'' && s[1])
			s++;
	}
	return quote ? NULL : s;
}

/* Expand a word into `store`, as the program gets it.  Return: its text. */
static char *word(const struct token *t)
{
	char *text = store + stored, quote = 0;
	const char *s = t->text;

	while (s < t->end) {
		if (quote ? *s == quote : *s == '\'' || *s == '"') {
			quote = quote ? 0 : *s;
			s++;
		} else if (*s == '\\' && quote != '\'' && s[1]) {
			keep(s[1]);
			s += 2;
		} else if (*s == '$' && quote != '\'') {
			s = expand(s + 1);
		} else {
			keep(*s++);
		}
	}
	keep('\0');
	return text;
}

/* --- tokens ------------------------------------------------------------- */

static const struct {
	const char *text;
	enum kind kind;
} signs[] = {			/* longer ones first */
	{ "2>&1", ERR_OUT }, { "2>", ERR }, { "&&", AND }, { "||", OR },
	{ ">>", APPEND }, { ">", GREAT }, { "<", LESS }, { "|", PIPE },
	{ ";", SEMI }, { "&", AMP }, { "\n", SEMI },
};

static const char *read_sign(const char *s, struct token *t)
{
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		size_t n = strlen(signs[i].text);

		if (!strncmp(s, signs[i].text, n)) {
			t->kind = signs[i].kind;
			return s + n;
		}
	}
	return NULL;
}

static const char *read_word(const char *s, struct token *t)
{
	t->kind = WORD;
	t->text = s;
	t->end = end_of_word(s);
	return t->end;
}

static int cut(const char *s)
{
	struct token *t = tokens;
	const char *next;

	for (; t < tokens + MAX_WORDS - 1; t++) {
		s += strspn(s, " \t");
		t->kind = END;
		if (!*s || *s == '#')
			return 0;
		next = read_sign(s, t);
		s = next ? next : read_word(s, t);
		if (!s) {
			complain("syntax", "a quote is not closed");
			return -1;
		}
	}
	complain("syntax", "too many words");
	return -1;
}

/* Fill *c from the tokens at *t.  Return: 0, or -1 if one is missing. */
static int parse_command(struct token **t, struct command *c)
{
	c->argc = c->nredirs = 0;
	for (;; (*t)++) {
		enum kind k = (*t)->kind;

		if (k == WORD) {
			c->argv[c->argc++] = word(*t);
		} else if (k >= LESS && k <= ERR_OUT &&
			   c->nredirs < MAX_REDIRS) {
			struct redir *r = &c->redirs[c->nredirs++];

			r->kind = k;
			if (k == ERR_OUT)
				continue;
			if ((++*t)->kind != WORD)
				break;
			r->path = word(*t);
		} else {
			c->argv[c->argc] = NULL;
			return c->argc || c->nredirs ? 0 : -1;
		}
	}
	return -1;
}

/* --- running ------------------------------------------------------------ */

static int redirect(const struct command *c)
{
	for (int i = 0; i < c->nredirs; i++) {
		const struct redir *r = &c->redirs[i];
		int to = r->kind == LESS ? 0 : r->kind == ERR ? 2 : 1;
		int flags = r->kind == LESS ? O_RDONLY :
			    O_WRONLY | O_CREAT |
			    (r->kind == APPEND ? O_APPEND : O_TRUNC);
		int fd;

		if (r->kind == ERR_OUT) {
			dup2(1, 2);
			continue;
		}
		fd = open(r->path, flags, 0666);
		if (fd < 0) {
			complain(r->path, strerror(errno));
			return -1;
		}
		dup2(fd, to);
		close(fd);
	}
	return 0;
}

static int do_cd(char **argv)
{
	const char *to = argv[1] ? argv[1] : getenv("HOME");

	if (to && chdir(to) == 0)
		return 0;
	complain(to ? to : "cd", strerror(errno));
	return 1;
}

static int do_pwd(char **argv)
{
	char path[4096];

	(void)argv;
	if (!getcwd(path, sizeof(path)))
		return 1;
	puts(path);
	return 0;
}

static int do_export(char **argv)
{
	for (argv++; *argv; argv++) {
		char *eq = strchr(*argv, '=');

		if (!eq)
			continue;
		*eq = '\0';
		setenv(*argv, eq + 1, 1);
	}
	return 0;
}

static int do_exit(char **argv)
{
	exit(argv[1] ? atoi(argv[1]) : last_status);
}

static int do_exec(char **argv)
{
	if (!argv[1])
		return 0;
	execvp(argv[1], argv + 1);
	complain(argv[1], strerror(errno));
	return errno == ENOENT ? 127 : 126;
}

static int do_wait(char **argv)
{
	(void)argv;
	while (wait(NULL) > 0)
		;
	return 0;
}

static int do_kill(char **argv)
{
	int sig = SIGTERM, bad = 0;

	argv++;
	if (*argv && **argv == '-')
		sig = atoi(*argv++ + 1);
	for (; *argv; argv++)
		if (kill(atoi(*argv), sig) < 0) {
			complain(*argv, strerror(errno));
			bad = 1;
		}
	return bad;
}

static int do_poweroff(char **argv)
{
	(void)argv;
	if (kill(1, SIGUSR2) == 0)
		pause();
	return 1;
}

static int do_help(char **argv);

static const struct builtin {
	const char *name;
	int (*fn)(char **argv);
	const char *help;
} builtins[] = {
	{ "cd", do_cd, "change the working folder" },
	{ "pwd", do_pwd, "print it" },
	{ "export", do_export, "NAME=VALUE: set a variable" },
	{ "exec", do_exec, "replace the shell by a program" },
	{ "exit", do_exit, "leave, with a status" },
	{ "wait", do_wait, "wait for background commands" },
	{ "kill", do_kill, "[-SIGNAL] PID..." },
	{ "poweroff", do_poweroff, "switch the machine off" },
	{ "help", do_help, "this list" },
	{ NULL, NULL, NULL },
};

static int do_help(char **argv)
{
	(void)argv;
	for (const struct builtin *b = builtins; b->name; b++)
		printf("%-10s %s\n", b->name, b->help);
	return 0;
}

static const struct builtin *find_builtin(const char *name)
{
	for (const struct builtin *b = builtins; name && b->name; b++)
		if (!strcmp(b->name, name))
			return b;
	return NULL;
}

/* Run the command in a child; never returns. */
static void run_child(struct command *c)
{
	const struct builtin *b = find_builtin(c->argv[0]);
	int err;

	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	signal(SIGTTOU, SIG_DFL);
	signal(SIGTSTP, SIG_DFL);
	if (redirect(c))
		_exit(1);
	if (!c->argc)
		_exit(0);
	if (b)
		_exit(b->fn(c->argv));
	execvp(c->argv[0], c->argv);
	err = errno;
	complain(c->argv[0], err == ENOENT ? "not found" : strerror(err));
	_exit(err == ENOENT ? 127 : 126);
}

/*
 * Start a command of a job.  A job is a process group of its own, and owns the
 * terminal while it is in the foreground, so that ^C reaches the job and not
 * the shell.
 */
static pid_t start(struct command *c, int in, int out, int spare, pid_t group,
		   int background)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (interactive) {
			setpgid(0, group);
			if (!background)
				tcsetpgrp(2, getpgrp());
		}
		if (in != 0) {
			dup2(in, 0);
			close(in);
		}
		if (out != 1) {
			dup2(out, 1);
			close(out);
		}
		if (spare >= 0)
			close(spare);
		run_child(c);
	}
	if (pid > 0 && interactive)
		setpgid(pid, group ? group : pid);
	return pid;
}

static int status_of(int st)
{
	return WIFSIGNALED(st) ? 128 + WTERMSIG(st) : WEXITSTATUS(st);
}

static void wait_job(pid_t group, pid_t last, int n)
{
	int st;

	while (n > 0) {
		pid_t pid = waitpid(interactive ? -group : -1, &st, 0);

		if (pid < 0 && errno != EINTR)
			break;
		if (pid == last) {
			last_status = status_of(st);
			if (WIFSIGNALED(st) && WTERMSIG(st) != SIGINT &&
			    WTERMSIG(st) != SIGPIPE)
				complain("command", strsignal(WTERMSIG(st)));
		}
		n -= pid > 0;
	}
	if (interactive)
		tcsetpgrp(2, getpgrp());
}

static enum kind end_of_pipeline(const struct token *t)
{
	while (t->kind == WORD || t->kind == PIPE ||
	       (t->kind >= LESS && t->kind <= ERR_OUT))
		t++;
	return t->kind;
}

/* Start each command with its ends of the pipes.  Return: 0; -1: syntax. */
static int run_pipeline(struct token **t, struct command *c)
{
	int background = end_of_pipeline(*t) == AMP;
	pid_t group = 0, pid = 0;
	int in = 0, p[2], n = 0;

	for (;;) {
		int more = (*t)->kind == PIPE;

		p[0] = -1;
		p[1] = 1;
		if (more && pipe(p) < 0)
			return -1;
		pid = start(c, in, p[1], p[0], group, background);
		if (!group)
			group = pid;
		n += pid > 0;
		if (in != 0)
			close(in);
		if (p[1] != 1)
			close(p[1]);
		in = p[0];
		if (!more)
			break;
		(*t)++;
		if (parse_command(t, c)) {
			close(in);
			return -1;
		}
	}
	if (!background)
		wait_job(group, pid, n);
	else if (interactive)
		dprintf(2, "[%d]\n", pid);
	return 0;
}

/* Run a pipeline; a single builtin runs in the shell itself, as cd must. */
static int run_one(struct token **t)
{
	static struct command c;
	const struct builtin *b;

	stored = 0;
	if (parse_command(t, &c))
		return -1;
	b = find_builtin(c.argv[0]);
	if (b && !c.nredirs && (*t)->kind != PIPE && (*t)->kind != AMP) {
		last_status = b->fn(c.argv);
		return 0;
	}
	return run_pipeline(t, &c);
}

static void skip_pipeline(struct token **t)
{
	while ((*t)->kind != SEMI && (*t)->kind != AMP && (*t)->kind != AND &&
	       (*t)->kind != OR && (*t)->kind != END)
		(*t)++;
}

static void run_line(const char *line)
{
	struct token *t = tokens;
	int skip = 0;

	if (cut(line))
		return;
	while (t->kind == SEMI)
		t++;
	while (t->kind != END) {
		if (skip) {
			skip_pipeline(&t);
		} else if (run_one(&t)) {
			complain("syntax", "a command is missing");
			last_status = 2;
			return;
		}
		skip = (t->kind == AND && last_status) ||
		       (t->kind == OR && !last_status);
		if (t->kind != END)
			t++;
		while (t->kind == SEMI)
			t++;
	}
}

/* --- reading lines ------------------------------------------------------ */

/* Read byte by byte, to leave the rest to a child that shares the input. */
static int read_line(char *line, int fd)
{
	size_t n = 0;
	char c;
	ssize_t k;

	while ((k = read(fd, &c, 1)) == 1 && c != '\n')
		if (n < MAX_LINE - 1)
			line[n++] = c;
	line[n] = '\0';
	return k == 1 || n;
}

static void prompt(void)
{
	char cwd[256];

	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	if (!getcwd(cwd, sizeof(cwd)))
		strcpy(cwd, "?");
	dprintf(2, "%s %c ", cwd, geteuid() ? '$' : '#');
}

int main(int argc, char **argv)
{
	static char line[MAX_LINE];
	int fd = 0;

	if (argc > 2 && !strcmp(argv[1], "-c")) {
		run_line(argv[2]);
		return last_status;
	}
	if (argc > 1) {
		fd = open(argv[1], O_RDONLY | O_CLOEXEC);
		if (fd < 0) {
			complain(argv[1], strerror(errno));
			return 127;
		}
	}
	interactive = fd == 0 && isatty(0) && isatty(2);
	if (interactive) {
		signal(SIGINT, SIG_IGN);
		signal(SIGQUIT, SIG_IGN);
		signal(SIGTTOU, SIG_IGN);
		signal(SIGTSTP, SIG_IGN);
		setpgid(0, 0);
		tcsetpgrp(2, getpgrp());
	}
	for (;;) {
		if (interactive)
			prompt();
		if (!read_line(line, fd))
			break;
		run_line(line);
	}
	return last_status;
}
