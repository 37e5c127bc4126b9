/* SPDX-License-Identifier: MIT */
/*
 * Events, from the pipe of /sys/kernel/tracing (docs/tracing.md).  This program
 * leaves itself out, by filters.  Of its switches it shows those that took a CPU
 * from a task, so that no task is charged with them; where only the idle task
 * ran before, two switches become one.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "live.h"

#define AT		"/sys/kernel/tracing/"
#define KIB		"512"		/* size of each CPU's ring */
#define LOOK_BYTES	65536		/* most that one look takes */
#define MAX_CPUS	64
#define NAME_WIDTH	16		/* of the first column */
#define NAME_MAX_BYTES	15

static const struct kind {
	const char *name;		/* NULL: always on */
	const char *event;
	const char *filter;		/* keeps this program out; %d: its PID */
} kinds[] = {
	{ NULL, "sched/sched_process_fork", NULL },
	{ NULL, "sched/sched_process_exec", NULL },
	{ NULL, "sched/sched_process_exit", NULL },
	{ "switch", "sched/sched_switch", NULL },
	{ "switch", "sched/sched_wakeup", "pid != %d" },
	{ "switch", "sched/sched_wakeup_new", NULL },
	{ "fault", "exceptions/page_fault_user", "common_pid != %d" },
	{ "fault", "exceptions/page_fault_kernel", "common_pid != %d" },
	{ "call", "raw_syscalls/sys_enter", "common_pid != %d" },
	{ "call", "raw_syscalls/sys_exit", "common_pid != %d" },
	{ "signal", "signal/signal_generate", NULL },
	{ "signal", "signal/signal_deliver", "common_pid != %d" },
};
#define NR_KINDS	(sizeof(kinds) / sizeof(*kinds))

/* A record, as a line of the pipe. */
struct record {
	unsigned int cpu;
	pid_t pid;
	unsigned long long us;
	const char *comm, *name, *text;
	size_t comm_len, name_len, text_len;
};

/* By CPU: the idle task that was switched away from when this program came. */
static struct left {
	int known;
	pid_t pid;
	char comm[NAME_WIDTH], text[96];
} left[MAX_CPUS];

static int pipe_fd = -1;
static unsigned long unread;		/* lines that could not be read */

static int put(const char *file, const char *text, int flags)
{
	char path[128];
	int fd, err = 0;

	snprintf(path, sizeof(path), AT "%s", file);
	fd = open(path, O_WRONLY | O_CLOEXEC | flags);
	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) < 0)
		err = errno;
	close(fd);
	return err;
}

static void set_event(const struct kind *k, int on)
{
	char path[96], filter[48];

	if (k->filter) {
		snprintf(path, sizeof(path), "events/%s/filter", k->event);
		snprintf(filter, sizeof(filter), k->filter, self);
		put(path, on ? filter : "0", 0);
	}
	snprintf(path, sizeof(path), "events/%s/enable", k->event);
	put(path, on ? "1" : "0", 0);
}

int trace_begin(void)
{
	pipe_fd = open(AT "trace_pipe", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (pipe_fd < 0)
		return -1;
	put("buffer_size_kb", KIB, 0);
	put("trace", "", O_TRUNC);
	for (size_t i = 0; i < NR_KINDS; i++)
		set_event(&kinds[i], 1);
	put("tracing_on", "1", 0);
	return 0;
}

/* Turn on the kinds of a list such as "switch,call", and the others off. */
int trace_kinds(char *list)
{
	int wanted[NR_KINDS] = { 0 };
	char *save, *word;

	for (word = strtok_r(list, ",", &save); word;
	     word = strtok_r(NULL, ",", &save)) {
		int found = 0;

		for (size_t i = 0; i < NR_KINDS; i++)
			if (kinds[i].name && !strcmp(kinds[i].name, word))
				found = wanted[i] = 1;
		if (!found)
			return -1;
	}
	for (size_t i = 0; i < NR_KINDS; i++)
		if (kinds[i].name)
			set_event(&kinds[i], wanted[i]);
	return 0;
}

/* ---- one record ---------------------------------------------------------- */

/* Return: what follows the number at *at, which must end with `end`. */
static int number(const char **at, int end, unsigned long long *value)
{
	char *stop;

	*value = strtoull(*at, &stop, 10);
	if (stop == *at || *stop != end)
		return -1;
	*at = stop + 1;
	return 0;
}

/*
 * Take apart "            NAME-PID   [CPU] FLAGS   SECONDS.MICROS: EVENT: ...".
 * A task may have any name, but not a longer one than its column, so the place
 * of what follows is certain.  Return: 0, or -1: not such a line.
 */
static int parse(const char *line, size_t n, struct record *r)
{
	const char *at = line + NAME_WIDTH + 1, *colon;
	unsigned long long pid, cpu, s, us;
	size_t blank = 0;

	if (n < NAME_WIDTH + 20 || line[NAME_WIDTH] != '-')
		return -1;
	while (blank < NAME_WIDTH && line[blank] == ' ')
		blank++;
	r->comm = line + blank;
	r->comm_len = NAME_WIDTH - blank;
	if (number(&at, ' ', &pid))
		return -1;
	while (*at == ' ')
		at++;
	if (*at++ != '[' || number(&at, ']', &cpu) || cpu >= MAX_CPUS)
		return -1;
	if (at + 7 > line + n)
		return -1;
	at += 7;			/* " d..1. " */
	if (number(&at, '.', &s) || number(&at, ':', &us) || *at++ != ' ')
		return -1;
	colon = strchr(at, ':');
	if (!colon || colon[1] != ' ')
		return -1;
	r->pid = (pid_t)pid;
	r->cpu = (unsigned int)cpu;
	r->us = s * 1000000 + us;
	r->name = at;
	r->name_len = (size_t)(colon - at);
	r->text = colon + 2;
	r->text_len = (size_t)(line + n - r->text);
	return 0;
}

static int is(const struct record *r, const char *name)
{
	return r->name_len == strlen(name) &&
	       !memcmp(r->name, name, r->name_len);
}

static void show(const struct record *r)
{
	out("{\"is\":\"event\",\"t\":%llu,\"cpu\":%u,\"pid\":%d,\"comm\":", r->us,
	    r->cpu, r->pid);
	out_text(r->comm, r->comm_len);
	out(",\"name\":");
	out_text(r->name, r->name_len);
	out(",\"text\":");
	out_text(r->text, r->text_len);
	out("}\n");
}

/*
 * Return: the place of `word` behind a name of at most NAME_MAX_BYTES that
 * begins at `from`, or NULL.  A name may contain the word; the last one counts.
 */
static const char *behind_name(const char *from, const char *word)
{
	size_t n = strlen(word), most = strnlen(from, NAME_MAX_BYTES);

	for (const char *at = from + most; at >= from; at--)
		if (!strncmp(at, word, n))
			return at;
	return NULL;
}

static void keep_left(const struct record *r, const char *arrow)
{
	struct left *l = &left[r->cpu];
	size_t n = (size_t)(arrow - r->text);

	l->known = n < sizeof(l->text);
	if (!l->known)
		return;
	l->pid = r->pid;
	memcpy(l->text, r->text, n);
	l->text[n] = '\0';
	memcpy(l->comm, r->comm, r->comm_len);
	l->comm[r->comm_len] = '\0';
}

/* Show the switch from the idle task that this program came after to the next. */
static void show_joined(struct record *r, const char *arrow, pid_t next)
{
	struct left *l = &left[r->cpu];
	char text[224];

	l->known = 0;
	if (l->pid == next)
		return;
	snprintf(text, sizeof(text), "%s%s", l->text, arrow);
	r->pid = l->pid;
	r->comm = l->comm;
	r->comm_len = strlen(l->comm);
	r->text = text;
	r->text_len = strlen(text);
	show(r);
}

/*
 * Return: 1 if it was the switch of others: this program must not find more to
 * tell because it told something.
 */
static int on_switch(struct record *r)
{
	const char *prev = behind_name(r->text + strlen("prev_comm="),
				       " prev_pid=");
	const char *arrow = prev ? strstr(prev, " ==> next_comm=") : NULL;
	const char *next = arrow ? behind_name(
		arrow + strlen(" ==> next_comm="), " next_pid=") : NULL;
	pid_t from, to;

	if (!next) {
		unread++;
		return 0;
	}
	from = atoi(prev + strlen(" prev_pid="));
	to = atoi(next + strlen(" next_pid="));
	if (to == self && !from)
		keep_left(r, arrow);
	else if (from == self && left[r->cpu].known)
		show_joined(r, arrow, to);
	else
		show(r);
	return to != self && from != self;
}

static void on_line(char *line, size_t n, struct look *seen)
{
	struct record r;
	unsigned int cpu;
	char *count;

	if (!strncmp(line, "CPU:", 4) && (count = strstr(line, " [LOST "))) {
		cpu = (unsigned int)atoi(line + 4);
		out("{\"is\":\"lost\",\"cpu\":%u,\"count\":%llu}\n", cpu,
		    strtoull(count + 7, NULL, 10));
		if (cpu < MAX_CPUS)
			left[cpu].known = 0;
		return;
	}
	if (parse(line, n, &r)) {
		unread++;
		return;
	}
	if (is(&r, "sched_switch")) {
		seen->events += on_switch(&r);
		return;
	}
	if (r.pid == self)
		return;
	show(&r);
	seen->events++;
	seen->family |= !strncmp(r.name, "sched_process_", 14);
	seen->chosen |= r.pid == chosen;
}

/* ---- a look -------------------------------------------------------------- */

/* Take the whole lines of buf.  Return: how many bytes are left over. */
static size_t take_lines(char *buf, size_t n, struct look *seen)
{
	char *at = buf, *end;

	while ((end = memchr(at, '\n', (size_t)(buf + n - at)))) {
		*end = '\0';
		on_line(at, (size_t)(end - at), seen);
		at = end + 1;
	}
	n -= (size_t)(at - buf);
	memmove(buf, at, n);
	return n;
}

/* Take what is in the pipe, but no more than a look may cost. */
void trace_look(struct look *seen)
{
	static char buf[16384];
	static size_t rest;
	size_t total = 0;
	ssize_t n;

	memset(seen, 0, sizeof(*seen));
	while (pipe_fd >= 0 && total < LOOK_BYTES &&
	       (n = read(pipe_fd, buf + rest, sizeof(buf) - rest)) > 0) {
		total += (size_t)n;
		rest = take_lines(buf, rest + (size_t)n, seen);
		if (rest == sizeof(buf))
			rest = 0;
	}
	seen->bytes = total;
	if (unread)
		out("{\"is\":\"lost\",\"cpu\":-1,\"count\":%lu}\n", unread);
	unread = 0;
}

/* Nothing more comes, but the rings may still have much: show that, too. */
void trace_end(void)
{
	struct look seen;

	if (pipe_fd < 0)
		return;
	for (size_t i = 0; i < NR_KINDS; i++)
		set_event(&kinds[i], 0);
	do
		trace_look(&seen);
	while (seen.bytes && !out_failed());
	close(pipe_fd);
	pipe_fd = -1;
	put("trace", "", O_TRUNC);
}
