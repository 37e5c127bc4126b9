/* SPDX-License-Identifier: MIT */
/*
 * The files that select events and tasks for tracing (row C11), with Linux's
 * names and formats.  Invariant: the selection changes only under
 * trace_control.
 */
#include <topics/proc/proc.h>
#include "files.h"
#include "tracefs.h"
#include <lib/mem.h>
#include <lib/printf.h>
#include <mm/frames/slab.h>
#include <uapi/errno.h>

#define NAME	144			/* most bytes of a name */
#define FIRST_ID 1000			/* ids of events added at run time */
#define LAST_ID	65000

/* ---- one event ----------------------------------------------------------- */

/*
 * True if e is still registered: a file may still be open when its event has
 * been removed.
 */
bool trace_is_there(const struct trace_event *e)
{
	const struct trace_event *at = trace_events;

	while (at && at != e)
		at = at->next;
	return at != NULL;
}

static void tracefs_show_one(struct seq *s,
			     void (*show)(struct seq *s,
					  const struct trace_event *e))
{
	mutex_lock(&trace_control);
	if (trace_is_there(s->arg))
		show(s, s->arg);
	mutex_unlock(&trace_control);
}

static void print_enable(struct seq *s, const struct trace_event *e)
{
	seq_print(s, "%d\n", READ_ONCE(e->on));
}

static void show_enable(struct seq *s)
{
	tracefs_show_one(s, print_enable);
}

static int store_enable(void *arg, const char *text, size_t n)
{
	int on = trace_truth(text, n);

	if (on < 0)
		return on;
	mutex_lock(&trace_control);
	on = trace_is_there(arg) ? trace_enable(arg, on) : -ENODEV;
	mutex_unlock(&trace_control);
	return on;
}

static void print_filter(struct seq *s, const struct trace_event *e)
{
	filter_show(s, e->filter);
}

static void tracefs_show_filter(struct seq *s)
{
	tracefs_show_one(s, print_filter);
}

/*
 * Set a filter; "0" removes it.  A filter that does not parse lets all records
 * pass.
 * Context: [trace_control].
 */
static int set_filter(struct trace_event *e, const char *text, size_t n)
{
	struct trace_filter *f = NULL, *old = e->filter;
	int err = 0;

	if (n != 1 || *text != '0')
		err = filter_make(e, text, n, &f);
	if (err == -ENOMEM)
		return err;
	WRITE_ONCE(e->filter, f);
	ring_settle();
	filter_free(old);
	return err;
}

static int tracefs_store_filter(void *arg, const char *text, size_t n)
{
	int err;

	text = trace_trim(text, &n);
	mutex_lock(&trace_control);
	err = trace_is_there(arg) ? set_filter(arg, text, n) : -ENODEV;
	mutex_unlock(&trace_control);
	return err;
}

static void show_field(struct seq *s, const char *prefix, const char *name,
		       const struct trace_field *f)
{
	seq_print(s, "\tfield:%s %s%s%s;\toffset:%u;\tsize:%u;\tsigned:%d;\n",
		  f->type, prefix, name, f->array, f->offset, f->size,
		  f->is_signed);
}

static void print_format(struct seq *s, const struct trace_event *e)
{
	static const struct trace_field common[] = {
		TRACE_NUMBER(trace_common, unsigned short, type, false),
		TRACE_NUMBER(trace_common, unsigned char, flags, false),
		{ "unsigned char", "preempt_count", "", 3, 1, false,
		  FIELD_NUMBER },
		TRACE_NUMBER(trace_common, int, pid, true),
	};

	seq_print(s, "name: %s\nID: %u\nformat:\n", e->name, e->id);
	for (unsigned i = 0; i < ARRAY_SIZE(common); i++)
		show_field(s, "common_", common[i].name, &common[i]);
	seq_print(s, "\n");
	for (unsigned i = 0; i < e->nr_fields; i++)
		show_field(s, "", e->fields[i].name, &e->fields[i]);
	seq_print(s, "\nprint fmt: %s\n", e->format);
}

static void show_format(struct seq *s)
{
	tracefs_show_one(s, print_format);
}

static void print_id(struct seq *s, const struct trace_event *e)
{
	seq_print(s, "%u\n", e->id);
}

static void show_id(struct seq *s)
{
	tracefs_show_one(s, print_id);
}

/* ---- all events, or all of a system -------------------------------------- */

/* system: a system's name; NULL: all */
static bool in_system(const struct trace_event *e, const char *system)
{
	return !system || !strcmp(e->system, system);
}

static void show_enabled(struct seq *s)
{
	unsigned on = 0, off = 0;

	mutex_lock(&trace_control);
	for (const struct trace_event *e = trace_events; e; e = e->next)
		if (in_system(e, s->arg))
			*(READ_ONCE(e->on) ? &on : &off) += 1;
	mutex_unlock(&trace_control);
	seq_print(s, "%c\n", on && off ? 'X' : on ? '1' : '0');
}

static int enable_system(const char *system, bool on)
{
	int err = 0;

	mutex_lock(&trace_control);
	for (struct trace_event *e = trace_events; e && !err; e = e->next)
		if (in_system(e, system))
			err = trace_enable(e, on);
	mutex_unlock(&trace_control);
	return err;
}

static int store_enabled(void *arg, const char *text, size_t n)
{
	int on = trace_truth(text, n);

	return on < 0 ? on : enable_system(arg, on);
}

static void show_system_filter(struct seq *s)
{
	seq_print(s, "### global filter ###\n"
		  "# Use this to set filters for multiple events.\n"
		  "# Only events with the given fields will be affected.\n"
		  "# If no events are modified, an error message will be "
		  "displayed here\n");
}

/* Set the filter of every event that has the fields the filter names. */
static int store_system_filter(void *arg, const char *text, size_t n)
{
	struct trace_filter *f;
	int err = -EINVAL;

	text = trace_trim(text, &n);
	mutex_lock(&trace_control);
	for (struct trace_event *e = trace_events; e; e = e->next) {
		if (!in_system(e, arg) ||
		    ((n != 1 || *text != '0') && filter_make(e, text, n, &f)))
			continue;
		if (n != 1 || *text != '0')
			filter_free(f);
		err = set_filter(e, text, n);
	}
	mutex_unlock(&trace_control);
	return err;
}

static void tracefs_show_events(struct seq *s)
{
	mutex_lock(&trace_control);
	for (const struct trace_event *e = trace_events; e; e = e->next)
		if (s->arg || READ_ONCE(e->on))
			seq_print(s, "%s:%s\n", e->system, e->name);
	mutex_unlock(&trace_control);
}

/* True if word ("SYSTEM:EVENT", "SYSTEM:" or one of the names) matches e. */
static bool tracefs_is_meant(const struct trace_event *e, const char *word)
{
	const char *colon = strchr(word, ':');
	char system[NAME];

	if (!colon)
		return glob_fits(word, e->name, strlen(e->name)) ||
			glob_fits(word, e->system, strlen(e->system));
	str_copy(system, word, min(sizeof(system), (size_t)(colon - word) + 1));
	return (!*system || glob_fits(system, e->system, strlen(e->system))) &&
		(!colon[1] || glob_fits(colon + 1, e->name, strlen(e->name)));
}

/*
 * Enable the events that match a word; !WORD disables them.
 * Context: [trace_control].
 * Return: 0; -EINVAL: no event matches.
 */
static int set_events(const char *text, size_t n)
{
	char word[NAME];
	bool on = *text != '!';
	int err = -EINVAL;

	text += !on;
	n -= !on;
	if (!n || n >= NAME)
		return -EINVAL;
	str_copy(word, text, n + 1);
	for (struct trace_event *e = trace_events; e; e = e->next)
		if (tracefs_is_meant(e, word)) {
			err = trace_enable(e, on);
			if (err)
				break;
		}
	return err;
}

static int store_set_event(void *arg, const char *text, size_t n)
{
	int err = 0;

	mutex_lock(&trace_control);
	for (; !err && (n = trace_word(&text)) != 0; text += n)
		err = set_events(text, n);
	mutex_unlock(&trace_control);
	return err;
}

/* ---- which tasks --------------------------------------------------------- */

static void show_pids(struct seq *s)
{
	mutex_lock(&trace_control);
	trace_pids_show(s);
	mutex_unlock(&trace_control);
}

static int store_pids(void *arg, const char *text, size_t n)
{
	int err = 0;

	mutex_lock(&trace_control);
	for (; !err && (n = trace_word(&text)) != 0; text += n)
		err = trace_pids_add((int)trace_number(text, n));
	mutex_unlock(&trace_control);
	return err;
}

void trace_forget(int cpu)
{
	bool on = false;

	mutex_lock(&trace_control);
	for (const struct trace_event *e = trace_events; e; e = e->next)
		on |= e->on;
	ring_reset(cpu);
	if (cpu < 0 && !on)
		rings_release();
	mutex_unlock(&trace_control);
}

/*
 * Opening set_event, set_event_pid or the file of probes with O_TRUNC (`>`)
 * clears that file.  The files of a single event keep their setting.
 */
int (*trace_probes_store)(void *arg, const char *text, size_t n);
int (*trace_probes_emptied)(void);

int trace_clear_choice(struct proc_node *n)
{
	if (n->store_arg == store_set_event) {
		enable_system(NULL, false);
	} else if (n->store_arg == store_pids) {
		mutex_lock(&trace_control);
		trace_pids_clear();
		mutex_unlock(&trace_control);
	} else if (n->store_arg == trace_probes_store) {
		return trace_probes_emptied();
	}
	return 0;
}

/* ---- the tree ------------------------------------------------------------ */

static const struct trace_entry top[] = {
	{ "available_events", 0440, tracefs_show_events, NULL, "" },
	{ "events/enable", 0640, show_enabled, store_enabled },
	{ "set_event", 0640, tracefs_show_events, store_set_event },
	{ "set_event_pid", 0640, show_pids, store_pids },
};

static const struct trace_entry of_event[] = {
	{ "enable", 0640, show_enable, store_enable },
	{ "filter", 0640, tracefs_show_filter, tracefs_store_filter },
	{ "format", 0440, show_format },
	{ "id", 0440, show_id },
};

static const struct trace_entry of_system[] = {
	{ "enable", 0640, show_enabled, store_enabled },
	{ "filter", 0640, show_system_filter, store_system_filter },
};

static bool is_first_of_system(const struct trace_event *e)
{
	for (const struct trace_event *b = trace_events; b && b != e;
	     b = b->next)
		if (!strcmp(b->system, e->system))
			return false;
	return true;
}

static int add_event(struct trace_event *e)
{
	char path[PATH];
	int err = 0;

	fmt_print(path, sizeof(path), "events/%s", e->system);
	if (is_first_of_system(e))
		err = trace_add_all(path, of_system, ARRAY_SIZE(of_system),
			      (void *)e->system);
	fmt_print(path, sizeof(path), "events/%s/%s", e->system, e->name);
	return err ? err : trace_add_all(path, of_event, ARRAY_SIZE(of_event), e);
}

int trace_choosing(void)
{
	int err = trace_add_all("", top, ARRAY_SIZE(top), NULL);

	for (struct trace_event *e = trace_events; !err && e; e = e->next)
		err = add_event(e);
	return err;
}

/* ---- events added at run time -------------------------------------------- */

const char *trace_system(const char *name)
{
	static struct known {
		struct known *next;
		char name[];
	} *known;
	struct known *k;

	for (k = known; k; k = k->next)
		if (!strcmp(k->name, name))
			return k->name;
	k = kmalloc(sizeof(*k) + strlen(name) + 1);
	if (!k)
		return NULL;
	memcpy(k->name, name, strlen(name) + 1);
	k->next = known;
	known = k;
	return k->name;
}

/*
 * Return: an id that no event has.
 * Context: [trace_control].
 */
static unsigned tracefs_free_id(void)
{
	static unsigned id = FIRST_ID;
	const struct trace_event *e;

	do {
		id = id == LAST_ID ? FIRST_ID : id + 1;
		for (e = trace_events; e && e->id != id; e = e->next)
			;
	} while (e);
	return id;
}

int trace_add(struct trace_event *e)
{
	struct trace_event **at;
	int err;

	for (at = &trace_events; *at; at = &(*at)->next)
		if (!strcmp((*at)->system, e->system) &&
		    !strcmp((*at)->name, e->name))
			return -EEXIST;
	e->id = tracefs_free_id();
	*at = e;
	err = add_event(e);
	if (err)
		trace_remove(e);
	return err;
}

void trace_remove(struct trace_event *e)
{
	struct trace_event **at = &trace_events;
	char path[PATH];

	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	fmt_print(path, sizeof(path), "events/%s/%s", e->system, e->name);
	trace_drop(path);
	e->next = NULL;
	if (is_first_of_system(e)) {
		fmt_print(path, sizeof(path), "events/%s", e->system);
		trace_drop(path);
	}
	filter_free(e->filter);
	if (e->was_on)
		ring_reset(-1);
}
