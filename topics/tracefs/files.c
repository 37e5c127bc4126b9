/* SPDX-License-Identifier: MIT */
/*
 * The files about the whole trace: its rings, its clock, its options (row C11),
 * with Linux's names and formats.
 */
#include <topics/proc/proc.h>
#include "files.h"
#include "tracefs.h"
#include <lib/chars.h>
#include <lib/mem.h>
#include <lib/printf.h>
#include <lt/arch.h>
#include <mm/frames/slab.h>

/* ---- words --------------------------------------------------------------- */

/* See files.h for this and the next three functions. */
const char *trace_trim(const char *text, size_t *n)
{
	for (; *n && char_is_space(*text); text++)
		--*n;
	while (*n && char_is_space(text[*n - 1]))
		--*n;
	return text;
}

size_t trace_word(const char **at)
{
	size_t n = 0;

	*at = str_skip_spaces(*at);
	while ((*at)[n] && !char_is_space((*at)[n]))
		n++;
	return n;
}

long trace_number(const char *text, size_t n)
{
	long v = 0;

	text = trace_trim(text, &n);
	if (!n || n > 9)
		return -EINVAL;
	for (; n; n--, text++) {
		if (digit_value(*text) > 9)
			return -EINVAL;
		v = v * 10 + (long)digit_value(*text);
	}
	return v;
}

int trace_truth(const char *text, size_t n)
{
	long v = trace_number(text, n);

	return v == 0 || v == 1 ? (int)v : -EINVAL;
}

/* ---- the whole trace ----------------------------------------------------- */

static void show_on(struct seq *s)
{
	seq_print(s, "%d\n", READ_ONCE(trace_on));
}

static int store_on(void *arg, const char *text, size_t n)
{
	long on = trace_number(text, n);

	if (on < 0)
		return -EINVAL;
	WRITE_ONCE(trace_on, on != 0);
	return 0;
}

static int store_mark(void *arg, const char *text, size_t n)
{
	int err;

	mutex_lock(&trace_control);
	err = rings_expand();
	mutex_unlock(&trace_control);
	return err ? err : trace_mark(text, n);
}

static void show_clock(struct seq *s)
{
	for (unsigned i = 0; trace_clocks[i]; i++)
		seq_print(s, READ_ONCE(trace_clock) == i ? "%s[%s]" : "%s%s",
			  i ? " " : "", trace_clocks[i]);
	seq_print(s, "\n");
}

/*
 * Set the clock.  Times of different clocks cannot be compared, so the rings
 * are emptied.
 */
static int store_clock(void *arg, const char *text, size_t n)
{
	unsigned i = 0;

	text = trace_trim(text, &n);
	while (trace_clocks[i] && (strlen(trace_clocks[i]) != n ||
				   strncmp(trace_clocks[i], text, n)))
		i++;
	if (!trace_clocks[i])
		return -EINVAL;
	mutex_lock(&trace_control);
	if (i != trace_clock) {
		WRITE_ONCE(trace_clock, i);
		ring_reset(-1);
	}
	mutex_unlock(&trace_control);
	return 0;
}

/*
 * Show the size of a ring.  s->arg: a CPU's number + 1; NULL: all CPUs, and X
 * if their sizes differ.
 */
static void tracefs_show_size(struct seq *s)
{
	unsigned cpu = s->arg ? (unsigned)(long)s->arg - 1 : 0;
	unsigned long kib = ring_kib(cpu);

	for (unsigned i = 0; !s->arg && i < nr_cpus; i++)
		if (ring_kib(i) != kib) {
			seq_print(s, "X\n");
			return;
		}
	seq_print(s, ring_expanded(cpu) ? "%lu\n" : "0 (expanded: %lu)\n",
		  kib);
}

static int store_size(void *arg, const char *text, size_t n)
{
	long kib = trace_number(text, n);
	int err;

	if (kib <= 0 || kib > 1 << 20)
		return -EINVAL;
	mutex_lock(&trace_control);
	err = ring_resize((int)(long)arg - 1, (unsigned long)kib);
	mutex_unlock(&trace_control);
	return err;
}

static void show_total(struct seq *s)
{
	unsigned long kib = 0;

	for (unsigned i = 0; i < nr_cpus; i++)
		kib += ring_kib(i);
	seq_print(s, ring_expanded(0) ? "%lu\n" : "0 (expanded: %lu)\n", kib);
}

static void tracefs_show_time(struct seq *s, const char *name, u64 t)
{
	seq_print(s, "%s: %5llu.%06llu\n", name,
		  (unsigned long long)(t / NSEC_PER_SEC),
		  (unsigned long long)(t % NSEC_PER_SEC / 1000));
}

static void show_stats(struct seq *s)
{
	struct ring_counts c = ring_counts((unsigned)(long)s->arg - 1);

	seq_print(s, "entries: %llu\noverrun: %llu\ncommit overrun: 0\n"
		  "bytes: %llu\n", (unsigned long long)c.entries,
		  (unsigned long long)c.overrun, (unsigned long long)c.bytes);
	tracefs_show_time(s, "oldest event ts", c.oldest);
	tracefs_show_time(s, "now ts", arch_clock());
	seq_print(s, "dropped events: %llu\nread events: %llu\n",
		  (unsigned long long)c.dropped, (unsigned long long)c.read);
}

static void show_tracer(struct seq *s)
{
	seq_print(s, "nop\n");
}

static int store_tracer(void *arg, const char *text, size_t n)
{
	text = trace_trim(text, &n);
	return n == 3 && !strncmp(text, "nop", 3) ? 0 : -EINVAL;
}

/* ---- options ------------------------------------------------------------- */

static const struct option {
	const char *name;
	bool *value;
} options[] = {
	{ "overwrite", &ring_overwrites }, { "event-fork", &trace_follows },
	{ "stacktrace", &trace_stacks },
};

static void show_option(struct seq *s)
{
	seq_print(s, "%d\n", *((const struct option *)s->arg)->value);
}

static void tracefs_set_option(const struct option *o, bool on)
{
	mutex_lock(&trace_control);
	if (o->value == &trace_follows)
		trace_follow(on);
	else
		WRITE_ONCE(*o->value, on);
	mutex_unlock(&trace_control);
}

static int store_option(void *arg, const char *text, size_t n)
{
	int on = trace_truth(text, n);

	if (on < 0)
		return on;
	tracefs_set_option(arg, on);
	return 0;
}

static void show_options(struct seq *s)
{
	for (unsigned i = 0; i < ARRAY_SIZE(options); i++)
		seq_print(s, "%s%s\n", *options[i].value ? "" : "no",
			  options[i].name);
}

static int store_options(void *arg, const char *text, size_t n)
{
	bool on;

	text = trace_trim(text, &n);
	on = n < 2 || strncmp(text, "no", 2);
	text += on ? 0 : 2;
	n -= on ? 0 : 2;
	for (unsigned i = 0; i < ARRAY_SIZE(options); i++)
		if (strlen(options[i].name) == n &&
		    !strncmp(options[i].name, text, n)) {
			tracefs_set_option(&options[i], on);
			return 0;
		}
	return -EINVAL;
}

/* ---- the tree ------------------------------------------------------------ */

static int tracefs_add(const char *folder, const struct trace_entry *e,
		       void *arg)
{
	struct proc_node *n;
	char path[PATH];

	fmt_print(path, sizeof(path), "%s%s%s", folder, *folder ? "/" : "",
		  e->name);
	n = trace_node(path, S_IFREG | e->mode);
	if (!n)
		return -ENOMEM;
	n->show = e->show;
	n->store_arg = e->store;
	n->arg = arg;
	return 0;
}

int trace_add_all(const char *folder, const struct trace_entry *e, unsigned nr,
		   void *arg)
{
	int err = 0;

	for (; !err && nr; nr--, e++)
		err = tracefs_add(folder, e, arg ? arg : e->arg);
	return err;
}

static const struct trace_entry top[] = {
	{ "available_tracers", 0440, show_tracer },
	{ "buffer_size_kb", 0640, tracefs_show_size, store_size },
	{ "buffer_total_size_kb", 0440, show_total },
	{ "current_tracer", 0640, show_tracer, store_tracer },
	{ "trace_clock", 0640, show_clock, store_clock },
	{ "trace_marker", 0220, NULL, store_mark },
	{ "trace_options", 0640, show_options, store_options },
	{ "tracing_on", 0640, show_on, store_on },
};

static const struct trace_entry of_cpu[] = {
	{ "buffer_size_kb", 0640, tracefs_show_size, store_size },
	{ "stats", 0440, show_stats },
};

int trace_files(void)
{
	int err = trace_add_all("", top, ARRAY_SIZE(top), NULL);
	char path[PATH];

	if (!err)
		err = trace_choosing();
	for (unsigned i = 0; !err && i < nr_cpus; i++) {
		fmt_print(path, sizeof(path), "per_cpu/cpu%u", i);
		err = trace_add_all(path, of_cpu, ARRAY_SIZE(of_cpu),
			      (void *)(long)(i + 1));
	}
	for (unsigned i = 0; !err && i < ARRAY_SIZE(options); i++)
		err = tracefs_add("options",
				  &(struct trace_entry){ options[i].name, 0640,
							 show_option,
							 store_option },
				  (void *)&options[i]);
	return err;
}
