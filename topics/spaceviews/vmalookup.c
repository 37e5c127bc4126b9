/* SPDX-License-Identifier: MIT */
/*
 * Compare three ways to find the VMA of an address (lecture row D5 of
 * docs/coverage.md): a search in the list, a search in the tree, and a check of
 * the VMA that was found last, followed by a search in the tree.  The core uses
 * the third way.
 *
 *   list     [a]->[b]->[c]->[d]->[e]...       n / 2 steps
 *   tree            [d]                       log n steps
 *                [b]   [f]
 *   cache    last: [c]?  else the tree        one step, if it hits
 *
 * The option vma=list, tree or cache selects what the kernel itself uses,
 * through the hook vma_looker.  Addresses that a program writes to
 * /proc/lectern/vma are looked up in its own space in all three ways.  Reading
 * the file shows the hits of the cache and the cost of a lookup in ns, which
 * are instructions under -icount.
 */
#include <kernel/current.h>
#include <kernel/lock/lock.h>
#include <lib/mem.h>
#include <lt/boot.h>
#include <lt/init.h>
#include <lt/procfile.h>
#include <mm/frames/slab.h>
#include <mm/stats.h>
#include <mm/vm.h>

typedef struct vma *(*looker_t)(struct vm_space *s, uaddr_t at);

static unsigned long hits;	/* [trial_lock] cache hits of by_cache() */
static struct vma *last;		/* [trial_lock] */

static struct vma *by_list(struct vm_space *s, uaddr_t at)
{
	struct vma *v;

	list_for_each(v, &s->vmas, link)
		if (at < v->end)
			return v;
	return NULL;
}

static struct vma *by_tree(struct vm_space *s, uaddr_t at)
{
	const struct rb_node *n = s->tree.root;
	struct vma *best = NULL;

	while (n) {
		struct vma *v = rb_entry(n, struct vma, node);

		if (at >= v->end) {
			n = n->right;
			continue;
		}
		best = v;
		if (at >= v->start)
			break;
		n = n->left;
	}
	return best;
}

/* Find a VMA as vm_find() does, with a separate cache and hit count. */
static struct vma *by_cache(struct vm_space *s, uaddr_t at)
{
	struct vma *v = last;

	if (v && at < v->end && at >= v->start - v->gap) {
		hits++;
		return v;
	}
	last = by_tree(s, at);
	return last;
}

/* Find nothing.  This is the baseline: the cost of the loop and the call. */
static struct vma *by_nothing(struct vm_space *s, uaddr_t at)
{
	return NULL;
}

/* ---- trials -------------------------------------------------------------- */

struct way {
	const char *name;
	looker_t find;
	u64 ns;				/* [trial_lock] time of all lookups */
};

static struct way ways[] = {
	{ "list", by_list, 0 },
	{ "tree", by_tree, 0 },
	{ "cache", by_cache, 0 },
};
static struct mutex trial_lock = {
	.wait = WAIT_QUEUE_INIT(trial_lock.wait), .name = "vma trial",
};
/* [trial_lock] lookups in each of the three ways */
static unsigned long trials;

/* Return: the time for n lookups, in ns.  Context: [s->lock]. */
static u64 vmalookup_timed(struct vm_space *s, looker_t find, const uaddr_t *at,
			   unsigned n)
{
	u64 begin = arch_clock();

	for (unsigned i = 0; i < n; i++)
		READ_ONCE(find)(s, at[i]);
	return arch_clock() - begin;
}

static void try_all(const uaddr_t *at, unsigned n)
{
	struct vm_space *s = current->space;
	u64 idle, ns;

	mutex_lock(&trial_lock);
	rw_read_lock(&s->lock);
	last = NULL;
	idle = vmalookup_timed(s, by_nothing, at, n);
	for (unsigned i = 0; i < ARRAY_SIZE(ways); i++) {
		ns = vmalookup_timed(s, ways[i].find, at, n);
		ways[i].ns += ns > idle ? ns - idle : 0;
	}
	rw_read_unlock(&s->lock);
	trials += n;
	mutex_unlock(&trial_lock);
}

static void vmalookup_forget_all(void)
{
	mutex_lock(&trial_lock);
	for (unsigned i = 0; i < ARRAY_SIZE(ways); i++)
		ways[i].ns = 0;
	trials = hits = 0;
	mutex_unlock(&trial_lock);
}

/* ---- /proc/lectern/vma --------------------------------------------------- */

#define MOST 512		/* maximum of addresses in a write */

/*
 * Parse a hexadecimal number.
 * Return: the position behind it; NULL: no number.
 */
static const char *vmalookup_number(const char *t, uaddr_t *at)
{
	unsigned digits = 0;

	for (*at = 0; *t; t++, digits++) {
		unsigned c = (unsigned)*t | 0x20;

		if (c >= '0' && c <= '9')
			*at = *at << 4 | (c - '0');
		else if (c >= 'a' && c <= 'f')
			*at = *at << 4 | (c - 'a' + 10);
		else
			break;
	}
	return digits ? t : NULL;
}

/*
 * Look up addresses, each followed by a space or a newline; `-' resets the
 * counters.
 */
static int store_vma(const char *text, size_t n)
{
	uaddr_t *at;
	unsigned count = 0;
	int err = 0;

	if (*text == '-') {
		vmalookup_forget_all();
		return 0;
	}
	at = kmalloc(MOST * sizeof(*at));
	if (!at)
		return -ENOMEM;
	while (text && *text) {
		if (count < MOST)
			text = vmalookup_number(text, &at[count++]);
		else
			text = NULL;
		if (text && (*text == ' ' || *text == '\n'))
			text++;
		else if (!text || *text)
			err = -EINVAL;
		if (err)
			break;
	}
	if (!err)
		try_all(at, count);
	kfree(at);
	return err;
}

static const char *vmalookup_chosen(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(ways); i++)
		if (vma_looker == ways[i].find)
			return ways[i].name;
	return "cache";
}

static void show_vma(struct seq *s)
{
	struct vm_stats v = vm_stats_sum();

	seq_print(s, "kernel %s lookups %llu hits %llu\n", vmalookup_chosen(),
		  (unsigned long long)v.lookups,
		  (unsigned long long)v.last_hits);
	mutex_lock(&trial_lock);
	for (unsigned i = 0; i < ARRAY_SIZE(ways); i++) {
		const struct way *w = &ways[i];

		seq_print(s, "%-6s lookups %lu hits %lu ns_each %lu\n",
			  w->name, trials, w->find == by_cache ? hits : 0,
			  trials ? (unsigned long)(w->ns / trials) : 0);
	}
	mutex_unlock(&trial_lock);
}

PROC_FILES(files) = {
	{ "lectern/vma", show_vma, store_vma },
};

static void vmalookup_init(void)
{
	const char *way = boot_option("vma");

	for (unsigned i = 0; way && i < ARRAY_SIZE(ways); i++)
		if (!strcmp(way, ways[i].name) && ways[i].find != by_cache)
			vma_looker = ways[i].find;
}
INIT(fs, vmalookup_init);
