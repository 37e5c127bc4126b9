/* SPDX-License-Identifier: MIT */
/*
 * The kernel command line: options separated by blanks, double quotes around
 * a value with blanks.  Options that the kernel does not know go to init, as
 * on Linux: `name=value` into its environment, a bare word to its arguments,
 * and everything after `--` to its arguments.
 */
#define LOG_PREFIX "boot"
#include <kernel/boot/cmdline.h>
#include <lib/chars.h>
#include <lib/mem.h>
#include <lt/boot.h>
#include <lt/compiler.h>
#include <lt/log.h>

struct boot_info boot_info;

#define OPTIONS_MAX 64

static const char *const known[] = {
	"init", "root", "rw", "ro", "rootfstype", "console", "loglevel",
	"locks", "quiet", "panic", "selftest", "selftest_early",
	"fault_inject", "io_inject", "smp", "seed", "jitter", "kgdb", "kgdbwait",
	"nokaslr", "noaslr", "asidbits", "asmp", "beacon", "trace", "trip",
	"mem", "preempt", "fork", "nohuge", "race", "replacement", "vma",
	"sched",
};

static char text[BOOT_CMDLINE];		/* the line, cut into strings */
static char *options[OPTIONS_MAX];	/* words before "--" */
static unsigned nr_options;
static char *after[OPTIONS_MAX];	/* words after "--" */
static unsigned nr_after;
static bool parsed;

/*
 * Remove the quotes from the word at s and end it with a NUL.
 * Return: the text after the word.
 */
static char *next_word(char *s)
{
	char *to = s;
	bool quoted = false;

	for (; *s && (quoted || (*s != ' ' && *s != '\t')); s++) {
		if (*s == '"')
			quoted = !quoted;
		else
			*to++ = *s;
	}
	if (*s)
		s++;
	*to = 0;
	return s;
}

static void cmdline_parse_line(void)
{
	char *s = text, *word;
	bool dashes = false;

	parsed = true;
	str_copy(text, boot_info.cmdline, sizeof(text));
	for (;;) {
		while (*s == ' ' || *s == '\t' || *s == '\n')
			s++;
		if (!*s)
			return;
		word = s;
		s = next_word(s);
		if (dashes && nr_after < OPTIONS_MAX)
			after[nr_after++] = word;
		else if (!strcmp(word, "--"))
			dashes = true;
		else if (nr_options < OPTIONS_MAX)
			options[nr_options++] = word;
	}
}

/*
 * Match option against "name" or "name=value".
 * Return: the value, the empty string if there is none, or NULL: no match.
 */
static const char *cmdline_match(const char *option, const char *name)
{
	size_t n = strlen(name);

	if (strncmp(option, name, n))
		return NULL;
	if (option[n] == '=')
		return option + n + 1;
	return option[n] ? NULL : option + n;
}

const char *boot_option(const char *name)
{
	const char *value = NULL, *v;

	if (!parsed)
		cmdline_parse_line();
	for (unsigned i = 0; i < nr_options; i++) {
		v = cmdline_match(options[i], name);
		if (v)
			value = v;	/* the last occurrence wins */
	}
	return value;
}

u64 boot_option_number(const char *name, u64 def)
{
	const char *s = boot_option(name);
	unsigned base = 10;
	u64 n = 0;

	if (!s)
		return def;
	if (s[0] == '0' && (s[1] | 32) == 'x') {
		base = 16;
		s += 2;
	}
	if (digit_value(*s) >= base) {
		log_warn("option %s wants a number", name);
		return def;
	}
	for (; digit_value(*s) < base; s++)
		n = n * base + digit_value(*s);
	return n;
}

static bool is_known(const char *option)
{
	for (unsigned i = 0; i < ARRAY_SIZE(known); i++)
		if (cmdline_match(option, known[i]))
			return true;
	return false;
}

void cmdline_for_init(const char **argv, unsigned max_argv, const char **envp,
		      unsigned max_envp)
{
	static bool reported;
	unsigned argc = 0, envc = 0;

	while (argv[argc])
		argc++;
	while (envp[envc])
		envc++;
	for (unsigned i = 0; i < nr_options; i++) {
		if (is_known(options[i]))
			continue;
		if (!reported)
			log_notice("unknown option '%s' goes to init",
				   options[i]);
		if (strchr(options[i], '=')) {
			if (envc + 1 < max_envp)
				envp[envc++] = options[i];
		} else if (argc + 1 < max_argv) {
			argv[argc++] = options[i];
		}
	}
	for (unsigned i = 0; i < nr_after; i++)
		if (argc + 1 < max_argv)
			argv[argc++] = after[i];
	reported = true;
	argv[argc] = NULL;
	envp[envc] = NULL;
}
