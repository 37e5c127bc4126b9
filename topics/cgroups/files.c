/* SPDX-License-Identifier: MIT */
/*
 * The files that every group has, and parsing of numbers written to them.
 * Numbers are read as on Linux: 0x and 0 choose the base.  A value that is too
 * large is reported (ERANGE) before invalid characters behind it (EINVAL).
 */
#include "cgroup.h"
#include <kernel/task/task.h>
#include <lib/chars.h>
#include <lib/mem.h>

/* ---- numbers ------------------------------------------------------------- */

static unsigned cgroup_base_of(const char **text)
{
	const char *t = *text;

	if (t[0] != '0')
		return 10;
	if ((t[1] | 0x20) != 'x' || digit_value(t[2]) > 15)
		return 8;
	*text += 2;
	return 16;
}

int cg_number(const char *text, s64 *value)
{
	bool minus = *text == '-', over = false;
	u64 v = 0, most = 0x7fffffffffffffffull + minus;
	const char *first;
	unsigned base;

	text += minus || *text == '+';
	base = cgroup_base_of(&text);
	for (first = text; digit_value(*text) < base; text++) {
		u64 d = digit_value(*text);

		over |= v > (most - d) / base;
		v = v * base + d;
	}
	if (over)
		return -ERANGE;
	if (text == first || *text)
		return -EINVAL;
	*value = (s64)(minus ? -v : v);
	return 0;
}

int cg_int(const char *text, int *value)
{
	s64 v;
	int err = cg_number(text, &v);

	if (!err && v != (int)v)
		err = -ERANGE;
	if (!err)
		*value = (int)v;
	return err;
}

/* ---- who is in it -------------------------------------------------------- */

static int cgroup_attach(struct cgroup *cg, const char *text, bool thread,
			 const struct cg_opener *o)
{
	int number;

	if (HINT(cg->dead))
		return -ENODEV;
	if (cg_int(text, &number) || number < 0)
		return -EINVAL;
	return cg_attach(cg, number, thread, o);
}

static int store_procs(struct cgroup *cg, char *text, const struct cg_opener *o)
{
	return cgroup_attach(cg, text, false, o);
}

static int store_threads(struct cgroup *cg, char *text,
			 const struct cg_opener *o)
{
	return cgroup_attach(cg, text, true, o);
}

/* ---- controllers --------------------------------------------------------- */

/* Show a line such as "cpu memory pids".  controllers: as bits. */
static void show_names(struct seq *s, unsigned controllers)
{
	const struct cgroup_controller *c;
	const char *gap = "";

	cg_each_controller(c, id) {
		if (!(controllers & 1u << id))
			continue;
		seq_print(s, "%s%s", gap, c->name);
		gap = " ";
	}
	if (controllers)		/* no line if none, as on Linux */
		seq_print(s, "\n");
}

static int show_available(struct seq *s, struct cgroup *cg)
{
	show_names(s, cg_available(cg));
	return 0;
}

static int show_control(struct seq *s, struct cgroup *cg)
{
	show_names(s, cg->control);
	return 0;
}

/* Return the bit of a controller; 0: there is none of this name. */
static unsigned cgroup_named(const char *name)
{
	const struct cgroup_controller *c;

	cg_each_controller(c, id)
		if (!strcmp(name, c->name))
			return 1u << id;
	return 0;
}

/*
 * Parse words such as "+pids -cpu".  For each controller the last word counts.
 */
static int store_control(struct cgroup *cg, char *text,
			 const struct cg_opener *o)
{
	unsigned on = 0, off = 0, bit;
	char *word = text, *end;

	for (; word; word = end) {
		end = strchr(word, ' ');
		if (end)
			*end++ = '\0';
		if (!*word)
			continue;
		bit = cgroup_named(word + 1);
		if (!bit || (*word != '+' && *word != '-'))
			return -EINVAL;
		on = *word == '+' ? on | bit : on & ~bit;
		off = *word == '-' ? off | bit : off & ~bit;
	}
	return cg_change_control(cg, on, off);
}

/* ---- kind ---------------------------------------------------------------- */

static int show_type(struct seq *s, struct cgroup *cg)
{
	const char *type = "domain";

	if (cg_is_threaded(cg))
		type = "threaded";
	else if (!cg_valid_domain(cg))
		type = "domain invalid";
	else if (cg_thread_root(cg))
		type = "domain threaded";
	seq_print(s, "%s\n", type);
	return 0;
}

/*
 * Move top, and the threaded groups below it, into the domain of its parent.
 * Context: [tree].
 */
static int make_threaded(struct cgroup *top)
{
	struct cgroup *dom = top->parent->dom, *cg;

	spin_must_hold(&tree_lock);
	if (top->dead)
		return -ENODEV;
	if (cg_is_threaded(top))
		return 0;
	if (cg_populated(top) || top->control & ~cg_threaded)
		return -EOPNOTSUPP;
	if (!cg_valid_domain(dom) || !cg_may_be_thread_root(dom))
		return -EOPNOTSUPP;
	cg_for_each(cg, top)
		if (cg == top || cg_is_threaded(cg))
			cg->dom = dom;
	top->parent->nr_threaded++;
	return 0;
}

static int store_type(struct cgroup *cg, char *text, const struct cg_opener *o)
{
	int err;

	if (strcmp(text, "threaded"))
		return -EINVAL;
	spin_lock(&tree_lock);
	err = make_threaded(cg);
	spin_unlock(&tree_lock);
	return err;
}

/* ---- state --------------------------------------------------------------- */

static int cgroup_show_events(struct seq *s, struct cgroup *cg)
{
	seq_print(s, "populated %d\nfrozen %d\n", cg_populated(cg),
		  cg->frozen);
	return 0;
}

static int cgroup_show_stat(struct seq *s, struct cgroup *cg)
{
	seq_print(s, "nr_descendants %u\nnr_dying_descendants %u\n",
		  cg->nr_descendants, cg->nr_dying);
	return 0;
}

static int show_freeze(struct seq *s, struct cgroup *cg)
{
	seq_print(s, "%d\n", cg->freeze);
	return 0;
}

static int store_freeze(struct cgroup *cg, char *text,
			const struct cg_opener *o)
{
	int v, err = cg_int(text, &v);

	if (err)
		return err;
	return v < 0 || v > 1 ? -ERANGE : cg_freeze(cg, v);
}

static int store_kill(struct cgroup *cg, char *text, const struct cg_opener *o)
{
	int v, err = cg_int(text, &v);

	if (err)
		return err;
	return v != 1 ? -ERANGE : cg_kill(cg);
}

/* ---- limits of the tree -------------------------------------------------- */

static int show_limit(struct seq *s, int limit)
{
	if (limit == CG_UNLIMITED)
		seq_print(s, "max\n");
	else
		seq_print(s, "%d\n", limit);
	return 0;
}

static int store_limit(const char *text, int *limit)
{
	int v = CG_UNLIMITED, err = 0;

	if (strcmp(text, "max"))
		err = cg_int(text, &v);
	if (!err && v < 0)
		err = -ERANGE;
	if (!err) {
		spin_lock(&tree_lock);
		*limit = v;
		spin_unlock(&tree_lock);
	}
	return err;
}

static int show_descendants(struct seq *s, struct cgroup *cg)
{
	return show_limit(s, cg->max_descendants);
}

static int store_descendants(struct cgroup *cg, char *text,
			     const struct cg_opener *o)
{
	return store_limit(text, &cg->max_descendants);
}

static int show_depth(struct seq *s, struct cgroup *cg)
{
	return show_limit(s, cg->max_depth);
}

static int store_depth(struct cgroup *cg, char *text, const struct cg_opener *o)
{
	return store_limit(text, &cg->max_depth);
}

/* ---- time ---------------------------------------------------------------- */

static void add_times(const struct list *members, u64 *utime, u64 *stime)
{
	struct member *m;
	u64 u, s;

	list_for_each(m, members, link) {
		task_times(m->task, &u, &s);
		*utime += u - m->utime;
		*stime += s - m->stime;
	}
}

/* Sum up the times of all CPUs since they started. */
static void machine_times(u64 *utime, u64 *stime)
{
	for (unsigned i = 0; i < nr_cpus; i++) {
		const struct cpu *c = &cpus[i];
		u64 busy = (u64)(arch_clock() - c->started) -
			PEEK(c->idle_ns);

		*stime += PEEK(c->system_ns);
		*utime += busy - min(busy, PEEK(c->system_ns));
	}
}

static int cgroup_show_cpu(struct seq *s, struct cgroup *top)
{
	u64 utime = 0, stime = 0;
	struct cgroup *cg;

	if (!top->parent)
		machine_times(&utime, &stime);
	else
		cg_for_each(cg, top) {
			utime += cg->utime;
			stime += cg->stime;
			add_times(&cg->members, &utime, &stime);
			add_times(&cg->dying, &utime, &stime);
		}
	seq_print(s, "usage_usec %llu\nuser_usec %llu\nsystem_usec %llu\n",
		  (unsigned long long)(utime + stime) / 1000,
		  (unsigned long long)utime / 1000,
		  (unsigned long long)stime / 1000);
	cg_show_stat(s, top);
	return 0;
}

const struct cg_file cg_core_files[] = {
	{ .name = "cgroup.procs", .mode = 0644, .delegated = true,
	  .show = cg_show_procs, .store = store_procs },
	{ .name = "cgroup.threads", .mode = 0644, .delegated = true,
	  .show = cg_show_threads, .store = store_threads },
	{ .name = "cgroup.controllers", .mode = 0444,
	  .show = show_available },
	{ .name = "cgroup.subtree_control", .mode = 0644, .delegated = true,
	  .show = show_control, .store = store_control },
	{ .name = "cgroup.type", .mode = 0644, .not_root = true,
	  .show = show_type, .store = store_type },
	{ .name = "cgroup.events", .mode = 0444, .not_root = true,
	  .event = CG_EVENTS, .show = cgroup_show_events },
	{ .name = "cgroup.stat", .mode = 0444, .show = cgroup_show_stat },
	{ .name = "cgroup.max.depth", .mode = 0644, .show = show_depth,
	  .store = store_depth },
	{ .name = "cgroup.max.descendants", .mode = 0644,
	  .show = show_descendants, .store = store_descendants },
	{ .name = "cgroup.freeze", .mode = 0644, .not_root = true,
	  .show = show_freeze, .store = store_freeze },
	{ .name = "cgroup.kill", .mode = 0200, .not_root = true,
	  .store = store_kill },
	{ .name = "cpu.stat", .mode = 0444, .show = cgroup_show_cpu },
	{ .name = NULL },
};
