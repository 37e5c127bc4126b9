/* SPDX-License-Identifier: MIT */
/*
 * tracer [-a] [-s] [-e WORD]... [-f FILTER] [-b KIB] -- CMD ARG...: run CMD,
 * and print what /sys/kernel/tracing records of it and its children meanwhile
 * (row C11), for ./lectern trace.
 *
 * WORD is an argument of set_event, such as sched:sched_switch, sched:*,
 * block:; or probe:FUNCTION[+OFFSET] [FETCHARG]... for the calls of a kernel
 * function, or retprobe:FUNCTION for its returns, as in kprobe_events.  FILTER
 * applies to the events that have its fields.  -a: trace all tasks; -s: add the
 * kernel stack of each event; -b: size of each ring buffer.
 * CMD's standard output becomes its standard error.
 *
 * Exit status: CMD's own, or 128 plus the signal that killed it; 125, after a
 * line that begins with !, if CMD was not started.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef EILSEQ
#define EILSEQ		84
#endif
#define AT		"/sys/kernel/tracing/"
#define MAX_WORDS	64
#define NAP		2000000		/* ns between looks into the pipe */

static const char *words[MAX_WORDS], *filter, *kib;
static int nr_words, of_all, stacks;

static void fail(const char *what, const char *why)
{
	printf("! %s: %s\n", what, why);
	fflush(stdout);
	_exit(125);
}

/* Return: 0 or an errno. */
static int put(const char *file, const char *text, int flags)
{
	char path[160];
	int fd, err = 0;

	snprintf(path, sizeof(path), AT "%s", file);
	fd = open(path, O_WRONLY | flags);
	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) < 0)
		err = errno;
	close(fd);
	return err;
}

/* Read a file into buf, as a string. */
static void get(const char *file, char *buf, size_t size)
{
	char path[160];
	ssize_t n, len = 0;
	int fd;

	snprintf(path, sizeof(path), AT "%s", file);
	fd = open(path, O_RDONLY);
	while (fd >= 0 && len < (ssize_t)size - 1 &&
	       (n = read(fd, buf + len, size - 1 - len)) > 0)
		len += n;
	buf[len] = 0;
	close(fd);
}

/* Set the filter of every enabled event; fail if no event accepts it. */
static void set_filters(void)
{
	char set[8192], path[160], why[1024] = "no event is set";
	char *save, *name, *line;
	int taken = 0;

	get("set_event", set, sizeof(set));
	for (name = strtok_r(set, "\n", &save); name;
	     name = strtok_r(NULL, "\n", &save)) {
		*strchr(name, ':') = '/';
		snprintf(path, sizeof(path), "events/%s/filter", name);
		if (!put(path, filter, 0)) {
			taken++;
			continue;
		}
		get(path, why, sizeof(why));
		put(path, "0", 0);
	}
	line = strstr(why, "parse_error: ");
	if (!taken)
		fail(filter, line ? strtok_r(line + 13, "\n", &save) : why);
}

/* Return: the text behind "group:" if the word begins so, else NULL. */
static const char *behind(const char *word, const char *group)
{
	size_t n = strlen(group);

	return !strncmp(word, group, n) && word[n] == ':' ? word + n + 1 : NULL;
}

/* Name the event of a probe after its function, with _ for + and dots. */
static void name_probe(const char *what, char name[64])
{
	int n = 0;

	for (; *what && *what != ' ' && n < 63; what++)
		name[n++] = strchr("+.", *what) ? '_' : *what;
	name[n] = 0;
}

/* Add a probe on a function's calls, or on its returns if `returns`. */
static void add_probe(const char *word, const char *what, int returns)
{
	const char *group = returns ? "retprobe" : "probe", *more = "";
	char name[64], line[512], event[96];
	int err;

	name_probe(what, name);
	if (returns && !strchr(what, ' '))
		more = sizeof(long) == 8 ? " ret=$retval:s64" :
			" ret=$retval:s32";
	snprintf(line, sizeof(line), "%c:%s/%s %s%s", returns ? 'r' : 'p',
		 group, name, what, more);
	err = put("kprobe_events", line, O_APPEND);
	if (err == ENOENT)
		fail(word, access(AT "kprobe_events", F_OK) ?
		     "this kernel has no such probes" : "no such function");
	if (err)
		fail(word, err == EILSEQ ? "not where an instruction begins" :
		     err == EEXIST ? "it is there twice" :
		     "not what kprobe_events takes, or no place for a probe");
	snprintf(event, sizeof(event), "%s:%s", group, name);
	err = put("set_event", event, 0);
	if (err)
		fail(word, strerror(err));
}

static void add_word(const char *word)
{
	const char *what = behind(word, "probe");

	if (what)
		add_probe(word, what, 0);
	else if ((what = behind(word, "retprobe")))
		add_probe(word, what, 1);
	else if (put("set_event", word, 0))
		fail(word, "no such event");
}

static void prepare(pid_t command)
{
	char pid[16];

	if (access(AT "trace", F_OK))
		fail(AT "trace", "this kernel has no such traces");
	put("tracing_on", "0", 0);
	put("kprobe_events", "-:probe/", O_APPEND);
	put("kprobe_events", "-:retprobe/", O_APPEND);
	put("trace", "", O_TRUNC);
	if (kib && put("buffer_size_kb", kib, 0))
		fail(kib, "no such size of a ring");
	snprintf(pid, sizeof(pid), "%d", command);
	if (!of_all) {
		put("set_event_pid", pid, O_TRUNC);
		put("options/event-fork", "1", 0);
	}
	for (int i = 0; i < nr_words; i++)
		add_word(words[i]);
	if (filter)
		set_filters();
	put("options/stacktrace", stacks ? "1" : "0", 0);
}

/* Become the command, starting the trace just before its exec. */
static void be_command(char **argv, int go)
{
	int on = open(AT "tracing_on", O_WRONLY | O_CLOEXEC);
	char c;

	dup2(2, 1);
	if (read(go, &c, 1) != 1)
		_exit(125);
	close(go);
	write(on, "1", 1);
	execvp(argv[0], argv);
	fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

/* Copy one part to standard output.  Return: 0: there is no more now. */
static int copy(int pipe)
{
	static char buf[65536];
	ssize_t n = read(pipe, buf, sizeof(buf)), done = 0, m;

	while (done < n && (m = write(1, buf + done, n - done)) > 0)
		done += m;
	return n > 0;
}

static int follow(pid_t command, int pipe)
{
	const struct timespec nap = { .tv_nsec = NAP };
	int status;

	/* pause in any case: with -a, reading itself causes events */
	do {
		copy(pipe);
		nanosleep(&nap, NULL);
	} while (waitpid(command, &status, WNOHANG) != command);
	put("events/enable", "0", 0);
	while (copy(pipe))
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) :
		128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	int at = 1, status, go[2], from;
	pid_t command;

	for (; at < argc && strcmp(argv[at], "--"); at++) {
		const char *value = at + 1 < argc ? argv[at + 1] : "";

		if (!strcmp(argv[at], "-a")) {
			of_all = 1;
			continue;
		}
		if (!strcmp(argv[at], "-s")) {
			stacks = 1;
			continue;
		}
		if (!strcmp(argv[at], "-e") && nr_words < MAX_WORDS)
			words[nr_words++] = value;
		else if (!strcmp(argv[at], "-f"))
			filter = value;
		else if (!strcmp(argv[at], "-b"))
			kib = value;
		else
			return 2;
		at++;
	}
	if (++at >= argc)
		return 2;
	pipe(go);
	command = fork();
	if (command < 0)
		fail("fork", strerror(errno));
	if (!command) {
		close(go[1]);
		be_command(argv + at, go[0]);
	}
	close(go[0]);
	prepare(command);
	from = open(AT "trace_pipe", O_RDONLY | O_NONBLOCK);
	write(go[1], "x", 1);
	close(go[1]);
	status = follow(command, from);
	put("options/stacktrace", "0", 0);
	put("trace", "", O_TRUNC);
	put("kprobe_events", "-:probe/", O_APPEND);
	put("kprobe_events", "-:retprobe/", O_APPEND);
	return status;
}
