/* SPDX-License-Identifier: MIT */
/*
 * kprobe_events and kprobe_profile (row C11), in the syntax of Linux's
 * Documentation/trace/kprobetrace.rst:
 *
 *	p[:[GRP/]EVENT] SYMBOL[+OFFS]|ADDR [FETCHARG...]
 *	r[MAXACTIVE][:[GRP/]EVENT] SYMBOL [FETCHARG...]
 *	-:[GRP/]EVENT
 *
 * Each line is a command; # begins a comment.  Opening with O_TRUNC removes all
 * probes.
 */
#include "kprobe.h"
#include <topics/tracefs/files.h>
#include <kernel/current.h>
#include <kernel/lock/lock.h>
#include <lib/chars.h>
#include <lib/mem.h>
#include <lib/printf.h>
#include <lt/bug.h>
#include <lt/init.h>
#include <lt/ksym.h>
#include <mm/frames/slab.h>
#include <uapi/errno.h>

#define WORDS_MAX	(KPROBE_ARGS + 2)
#define ACTIVE_MAX	4096u

/* ---- an order's words ---------------------------------------------------- */

static bool probe_is_name(const char *name, bool system)
{
	if (!*name || digit_value(*name) <= 9)
		return false;
	for (; *name; name++)
		if (!((*name >= '0' && *name <= '9') || *name == '_' ||
		      (system && *name == '-') ||
		      ((*name | 0x20) >= 'a' && (*name | 0x20) <= 'z')))
			return false;
	return true;
}

/* A parsed command. */
struct order {
	char *group, *event;		/* NULL: not given */
	bool returns;
	unsigned max_active;
	unsigned long at, offset;
	char *symbol;			/* NULL: an address */
};

/* Parse [GRP/]EVENT. */
static int parse_event(struct order *o, char *text)
{
	char *slash = strchr(text, '/');

	if (!slash)
		slash = strchr(text, '.');
	if (slash) {
		*slash = 0;
		o->group = text;
		text = slash + 1;
		if (strlen(o->group) >= KPROBE_NAME ||
		    !probe_is_name(o->group, true))
			return -EINVAL;
	}
	if (!*text)
		return slash ? 0 : -EINVAL;
	o->event = text;
	return strlen(text) < KPROBE_NAME && probe_is_name(text, false) ?
		       0 :
		       -EINVAL;
}

/* Parse p, r or rN, and what follows a colon. */
static int parse_kind(struct order *o, char *word)
{
	char *colon = strchr(word, ':');
	unsigned long n;

	o->returns = *word == 'r';
	if (*word != 'r' && *word != 'p')
		return -EINVAL;
	if (colon)
		*colon = 0;
	if (digit_value(word[1]) <= 9) {
		if (!o->returns || fetch_number(word + 1, &n) || n > ACTIVE_MAX)
			return -EINVAL;
		o->max_active = (unsigned)n;
	}
	return colon ? parse_event(o, colon + 1) : 0;
}

/* Count the symbols with that name: an ambiguous name is refused. */
static unsigned count_symbols(const char *name)
{
	unsigned n = 0;
	uintptr_t at;
	const char *s;

	for (unsigned i = 0; (s = ksym_at(i, &at)) != NULL; i++)
		n += !strcmp(s, name);
	return n;
}

/* Parse SYMBOL[+OFFS][%return] or ADDR. */
static int parse_place(struct order *o, char *word)
{
	char *percent, *plus;
	unsigned n;

	if (!fetch_number(word, &o->at))
		return 0;
	percent = strchr(word, '%');
	if (percent && strcmp(percent, "%return"))
		return -EINVAL;
	if (percent) {
		*percent = 0;
		o->returns = true;
	}
	plus = strchr(word, '+');
	if (plus) {
		*plus = 0;
		if (fetch_number(plus + 1, &o->offset) || o->offset > ~0u)
			return -EINVAL;
	}
	n = count_symbols(word);
	if (n != 1)
		return n ? -EINVAL : -ENOENT;
	o->symbol = word;
	o->at = ksym_address(word) + o->offset;
	return 0;
}

/* ---- making and taking away ---------------------------------------------- */

/* Make a name like p_SYMBOL_OFFS or p_0xADDR; dots become underscores. */
static void default_name(struct kprobe *p, const struct order *o)
{
	char letter = o->returns ? 'r' : 'p';

	if (o->symbol)
		fmt_print(p->name, sizeof(p->name), "%c_%s_%lu", letter,
			  o->symbol, o->offset);
	else
		fmt_print(p->name, sizeof(p->name), "%c_0x%lx", letter, o->at);
	for (char *at = p->name; *at; at++)
		*at = *at == '.' || *at == ':' ? '_' : *at;
}

static int fill_names(struct kprobe *p, const struct order *o)
{
	p->event.system = trace_system(o->group ? o->group : "kprobes");
	if (!p->event.system)
		return -ENOMEM;
	if (o->event)
		str_copy(p->name, o->event, sizeof(p->name));
	else
		default_name(p, o);
	if (o->symbol) {
		p->symbol = kmalloc(strlen(o->symbol) + 1);
		if (!p->symbol)
			return -ENOMEM;
		memcpy(p->symbol, o->symbol, strlen(o->symbol) + 1);
	}
	return 0;
}

static bool same_names(const struct kprobe *p, unsigned n)
{
	static const char *const reserved[] = {
		"common_type", "common_flags", "common_preempt_count",
		"common_pid", "common_tgid", "__probe_ip", "__probe_ret_ip",
		"__probe_func",
	};

	for (unsigned i = 0; i < ARRAY_SIZE(reserved); i++)
		if (!strcmp(p->args[n].name, reserved[i]))
			return true;
	for (unsigned i = 0; i < n; i++)
		if (!strcmp(p->args[i].name, p->args[n].name))
			return true;
	return false;
}

/*
 * Make and add the probe that a command describes.  words: its nr arguments.
 * Context: [trace_control].
 * Return: 0 or -errno.
 */
static int probe_make(const struct order *o, char **words, unsigned nr)
{
	bool entry = place_is_entry(o->at);
	struct kprobe *p;
	int err;

	if (o->returns && o->symbol && !entry)
		return -EINVAL;
	p = kzalloc(sizeof(*p) + nr * sizeof(p->args[0]));
	if (!p)
		return -ENOMEM;
	p->at = o->at;
	p->offset = o->offset;
	p->returns = o->returns;
	p->max_active = o->max_active || !o->returns ? o->max_active :
		max(10u, 2 * nr_cpus);
	err = fill_names(p, o);
	for (; !err && p->nr_args < nr; p->nr_args += !err) {
		err = fetch_parse(&p->args[p->nr_args], words[p->nr_args],
				  p->nr_args, entry, o->returns);
		if (!err && same_names(p, p->nr_args)) {
			fetch_free(&p->args[p->nr_args]);
			err = -EINVAL;
		}
	}
	if (!err)
		err = place_check(p->at);
	/* as on Linux, which expects a module to be loaded there */
	p->elsewhere = err == -ENOENT && !p->symbol;
	if (!err || p->elsewhere)
		err = kprobe_add(p);
	if (err)
		kprobe_free(p);
	return err;
}

static int probe_create(char **words, unsigned nr)
{
	struct order o = { 0 };
	int err;

	if (nr < 2)
		return -EINVAL;
	err = parse_kind(&o, words[0]);
	if (!err)
		err = parse_place(&o, words[1]);
	return err ? err : probe_make(&o, words + 2, nr - 2);
}

static bool probe_is_meant(const struct kprobe *p, const char *group,
			   const char *event)
{
	return (!group || !strcmp(group, p->event.system)) &&
		(!*event || !strcmp(event, p->name));
}

/*
 * Parse -:[GRP/]EVENT or -:GRP/ and remove the probes.
 * Context: [trace_control].
 */
static int delete(char *word)
{
	char *group = NULL, *event = word + 2, *slash;
	struct kprobe *p, *next;
	int err = -ENOENT;

	if (word[1] != ':')
		return -EINVAL;
	slash = strchr(event, '/');
	if (slash) {
		*slash = 0;
		group = event;
		event = slash + 1;
	}
	if (!group && !*event)
		return -EINVAL;
	for (p = kprobes; p; p = next) {
		next = p->next;
		if (!probe_is_meant(p, group, event))
			continue;
		if (p->event.on)
			return -EBUSY;
		kprobe_remove(p);
		err = 0;
	}
	return err;
}

/* Execute a line.  Context: [trace_control]. */
static int probe_obey(char *line)
{
	char *words[WORDS_MAX], *comment = strchr(line, '#');
	const char *at = line;
	unsigned nr = 0;
	size_t n;

	if (comment)
		*comment = 0;
	for (; (n = trace_word(&at)) != 0; at += n) {
		if (nr == WORDS_MAX)
			return -E2BIG;
		words[nr++] = line + (at - line);
	}
	for (unsigned i = 0; i < nr; i++) {
		at = words[i];
		n = trace_word(&at);
		words[i][n] = 0;
	}
	if (!nr)
		return 0;
	return *words[0] == '-' ? delete(words[0]) : probe_create(words, nr);
}

/* ---- the files ----------------------------------------------------------- */

static int probe_store_events(void *arg, const char *text, size_t n)
{
	char *copy = kmalloc(n + 1), *line, *end;
	int err = 0;

	if (!copy)
		return -ENOMEM;
	memcpy(copy, text, n);
	copy[n] = 0;
	mutex_lock(&trace_control);
	for (line = copy; !err && line; line = end) {
		end = strchr(line, '\n');
		if (end)
			*end++ = 0;
		err = probe_obey(line);
	}
	mutex_unlock(&trace_control);
	kfree(copy);
	return err;
}

/* Remove all probes, or none if one of them is on. */
static int remove_all(void)
{
	int err = 0;

	mutex_lock(&trace_control);
	for (const struct kprobe *p = kprobes; p; p = p->next)
		if (p->event.on)
			err = -EBUSY;
	while (!err && kprobes)
		kprobe_remove(kprobes);
	mutex_unlock(&trace_control);
	return err;
}

static void show_probe(struct seq *s, const struct kprobe *p)
{
	seq_print(s, "%c", p->returns ? 'r' : 'p');
	if (p->max_active)
		seq_print(s, "%u", p->max_active);
	seq_print(s, ":%s/%s", p->event.system, p->name);
	if (!p->symbol)
		seq_print(s, " %#lx", p->at);
	else if (p->offset)
		seq_print(s, " %s+%lu", p->symbol, p->offset);
	else
		seq_print(s, " %s", p->symbol);
	for (unsigned i = 0; i < p->nr_args; i++)
		seq_print(s, " %s=%s", p->args[i].name, p->args[i].text);
	seq_print(s, "\n");
}

static void probe_show_events(struct seq *s)
{
	mutex_lock(&trace_control);
	for (const struct kprobe *p = kprobes; p; p = p->next)
		show_probe(s, p);
	mutex_unlock(&trace_control);
}

static void show_profile(struct seq *s)
{
	mutex_lock(&trace_control);
	for (const struct kprobe *p = kprobes; p; p = p->next)
		seq_print(s, "  %-44s %15lu %15lu\n", p->name,
			  READ_ONCE(p->hits), READ_ONCE(p->missed));
	mutex_unlock(&trace_control);
}

static const struct trace_entry files[] = {
	{ "kprobe_events", 0640, probe_show_events, probe_store_events },
	{ "kprobe_profile", 0440, show_profile },
};

static void kprobe_init(void)
{
	trace_probes_store = probe_store_events;
	trace_probes_emptied = remove_all;
	if (trace_add_all("", files, ARRAY_SIZE(files), NULL))
		panic("kprobe: no memory for its files");
}
INIT(ready, kprobe_init);
