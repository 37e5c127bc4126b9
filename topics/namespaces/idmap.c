/* SPDX-License-Identifier: MIT */
/*
 * The id maps of user namespaces: /proc/PID/uid_map, gid_map and projid_map,
 * each written once, and /proc/PID/setgroups (user_namespaces(7)).  A line
 * says:
 *
 *	0	100000	65536	ids 0.. inside are 100000.. in the parent
 *
 * The second number is stored as an id of the initial namespace.  Invariant: a
 * map never changes once it is set, so it is read without a lock.
 */
#include <fs/io/pagefile.h>
#include "namespace.h"
#include <lib/chars.h>
#include <topics/proc/proc.h>
#include <lib/mem.h>
#include <lt/procfile.h>
#include <mm/frames/page.h>
#include <mm/frames/slab.h>

static struct mutex maps_lock = { .name = "maps of ids",
	.wait = WAIT_QUEUE_INIT(maps_lock.wait) };

/* State of an open file. */
struct map_file {
	struct user_space *space;	/* const, referenced; NULL: initial */
	struct cred *opener;		/* const, referenced */
	int which;			/* const: a MAP_ value, or ID_MAPS for
					 * the file setgroups */
};

/* ---- maps ---------------------------------------------------------------- */

const struct id_map *id_map_of(const struct user_space *n, int which)
{
	/* the contents are visible before the pointer: pairs with set_map() */
	return __atomic_load_n(&n->map[which], __ATOMIC_ACQUIRE);
}

static void set_map(struct user_space *n, int which, struct id_map *m)
{
	mutex_must_hold(&maps_lock);
	__atomic_store_n(&n->map[which], m, __ATOMIC_RELEASE);
}

unsigned id_from_map(const struct id_map *m, unsigned id)
{
	for (unsigned i = 0; m && i < m->n; i++)
		if (id - m->range[i].first < m->range[i].count)
			return m->range[i].kernel + (id - m->range[i].first);
	return ~0u;
}

unsigned id_in_map(const struct id_map *m, unsigned id)
{
	for (unsigned i = 0; m && i < m->n; i++)
		if (id - m->range[i].kernel < m->range[i].count)
			return m->range[i].first + (id - m->range[i].kernel);
	return ~0u;
}

/* Translate a kernel id.  In the initial namespace each id maps to itself. */
static unsigned idmap_number_in(const struct user_space *n, int which,
				unsigned id)
{
	return n ? id_in_map(id_map_of(n, which), id) : id;
}

/*
 * Translate a range of ids, which must lie within one line.
 * Return: the first id, or -1: the range does not lie within one line.
 */
static unsigned range_from(const struct user_space *n, int which,
			   unsigned first, unsigned count)
{
	const struct id_map *m = n ? id_map_of(n, which) : NULL;

	if (!n)
		return first;
	for (unsigned i = 0; m && i < m->n; i++) {
		unsigned at = first - m->range[i].first;

		if (at < m->range[i].count && count <= m->range[i].count - at)
			return m->range[i].kernel + at;
	}
	return ~0u;
}

/* ---- what is written ----------------------------------------------------- */

static const char *idmap_skip_spaces(const char *p, const char *end)
{
	while (p < end && char_is_space(*p))
		p++;
	return p;
}

/*
 * Parse a number and the separator after it.
 * Return: the text after the number, or NULL: bad syntax.
 */
static const char *idmap_number(const char *p, const char *end, bool last,
				unsigned *out)
{
	p = idmap_skip_spaces(p, end);
	for (*out = 0; p < end && *p >= '0' && *p <= '9'; p++)
		*out = *out * 10 + (unsigned)(*p - '0');
	return (last && p == end) || (p < end && char_is_space(*p)) ? p : NULL;
}

static bool idmap_overlap(unsigned a, unsigned na, unsigned b, unsigned nb)
{
	return a - b < nb || b - a < na;
}

/*
 * Parse a line; `kernel` remains an id of the parent namespace for now.
 * Return: 0 or -EINVAL.
 */
static int idmap_parse_line(struct id_map *m, const char *p, const char *end)
{
	struct id_range *r = &m->range[m->n];

	p = idmap_number(p, end, false, &r->first);
	if (p)
		p = idmap_number(p, end, false, &r->kernel);
	if (p)
		p = idmap_number(p, end, true, &r->count);
	if (!p || idmap_skip_spaces(p, end) != end)
		return -EINVAL;
	if (r->first == ~0u || r->kernel == ~0u || !r->count ||
	    r->first + r->count <= r->first ||
	    r->kernel + r->count <= r->kernel)
		return -EINVAL;
	for (const struct id_range *o = m->range; o < r; o++)
		if (idmap_overlap(r->first, r->count, o->first, o->count) ||
		    idmap_overlap(r->kernel, r->count, o->kernel, o->count))
			return -EINVAL;
	m->n++;
	return 0;
}

/*
 * Parse all lines.
 * Return: the map, which the caller must free; NULL with *err.
 */
static struct id_map *idmap_parse(const char *text, int *err)
{
	struct id_map *m = kmalloc(sizeof(*m) +
				   ID_RANGES * sizeof(m->range[0]));
	const char *end;

	*err = m ? 0 : -ENOMEM;
	if (!m)
		return NULL;
	m->n = 0;
	do {
		end = strchr(text, '\n');
		if (!end)
			end = text + strlen(text);
		*err = m->n < ID_RANGES ? idmap_parse_line(m, text, end) :
					  -EINVAL;
		text = *end ? end + 1 : end;
	} while (!*err && *text);
	if (!*err)
		return m;
	kfree(m);
	return NULL;
}

/* ---- who may write it ---------------------------------------------------- */

/*
 * Check whether the map may contain id 0 of the initial namespace.  Root inside
 * the namespace can set file capabilities.  If root inside has id 0 outside,
 * these capabilities count outside, too.  So such a map needs CAP_SETFCAP.  The
 * opener must have it in the parent namespace or, if the opener is inside, the
 * maker of the namespace must have had it.
 */
static bool may_map_root(const struct map_file *f, const struct id_map *m)
{
	const struct user_space *n = f->space;
	bool any = false;

	for (unsigned i = 0; i < m->n; i++)
		any |= !m->range[i].kernel;
	return !any || (f->opener->space == n ? n->maker_set_caps :
			cred_has(f->opener, n->ns.owner, CAP_SETFCAP));
}

/*
 * True if the map has one id only, which is the maker's own.  The maker could
 * use that id outside as well.
 */
static bool idmap_is_own(const struct map_file *f, const struct id_map *m)
{
	const struct user_space *n = f->space;
	const struct cred *c = f->opener;
	unsigned id;

	if (m->n != 1 || m->range[0].count != 1 || n->uid != c->euid)
		return false;
	id = range_from(n->ns.owner, f->which, m->range[0].kernel, 1);
	return f->which == MAP_UID ? id == c->euid :
		id == c->egid && n->no_groups;
}

static bool may_map(const struct map_file *f, const struct id_map *m)
{
	const struct user_space *around = f->space->ns.owner;
	unsigned cap = f->which == MAP_UID ? CAP_SETUID : CAP_SETGID;

	if (f->which == MAP_UID && !may_map_root(f, m))
		return false;
	return f->which == MAP_PROJECT || idmap_is_own(f, m) ||
		(capable_in(around, cap) &&
		 cred_has(f->opener, around, cap));
}

/*
 * Convert the parent's ids in a map to ids of the initial namespace.  Sort a
 * map of more than five lines by first id.
 */
static int idmap_settle(const struct map_file *f, struct id_map *m)
{
	for (unsigned i = 0; i < m->n; i++) {
		struct id_range r = m->range[i];
		unsigned k = i;

		r.kernel = range_from(f->space->ns.owner, f->which, r.kernel,
				      r.count);
		if (r.kernel == ~0u)
			return -EPERM;
		for (; m->n > 5 && k && m->range[k - 1].first > r.first; k--)
			m->range[k] = m->range[k - 1];
		m->range[k] = r;
	}
	return 0;
}

static int store_map(const struct map_file *f, const char *text)
{
	struct user_space *n = f->space;
	struct id_map *m;
	int err;

	mutex_must_hold(&maps_lock);
	if (n->map[f->which] || (f->which != MAP_PROJECT &&
				 !cred_has(f->opener, n, CAP_SYS_ADMIN)))
		return -EPERM;
	m = idmap_parse(text, &err);
	if (!m)
		return err;
	err = may_map(f, m) ? idmap_settle(f, m) : -EPERM;
	if (err)
		kfree(m);
	else
		set_map(n, f->which, m);
	return err;
}

/* ---- setgroups ----------------------------------------------------------- */

/*
 * Store "allow" or "deny".  "deny" cannot be undone, and is refused once there
 * is a group map.
 */
static int store_setgroups(struct user_space *n, const char *text)
{
	const char *end = text + strlen(text);
	bool deny = !strncmp(text, "deny", 4);

	mutex_must_hold(&maps_lock);
	if (!deny && strncmp(text, "allow", 5))
		return -EINVAL;
	if (idmap_skip_spaces(text + (deny ? 4 : 5), end) != end)
		return -EINVAL;
	if (deny ? !n || n->map[MAP_GID] : n && n->no_groups)
		return -EPERM;
	if (deny)
		WRITE_ONCE(n->no_groups, true);
	return 0;
}

/* ---- the files ----------------------------------------------------------- */

static struct user_space *idmap_space_of(const struct inode *i)
{
	struct task *t = proc_task(i);
	struct ns *n = NULL;

	if (t) {
		ns_of_task(t, NS_USER, false, &n);
		task_put(t);
	}
	return user_space_of(n);
}

static int which_of(const struct inode *i)
{
	static const char *const names[ID_MAPS] = { "uid_map", "gid_map",
		"projid_map" };
	int which = 0;

	while (which < ID_MAPS && strcmp(proc_of(i)->entry->name,
					 names[which]))
		which++;
	return which;
}

static int map_open(struct inode *i, struct file *f)
{
	struct map_file *m = kmalloc(sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->space = idmap_space_of(i);
	m->opener = current->cred;
	m->which = which_of(i);
	if (m->which == ID_MAPS && f->mode & FMODE_WRITE &&
	    !capable_in(m->space, CAP_SYS_ADMIN)) {
		if (m->space)
			ns_put(&m->space->ns);
		kfree(m);
		return -EACCES;
	}
	cred_get(m->opener);
	f->private = m;
	return 0;
}

static void map_release(struct file *f)
{
	struct map_file *m = f->private;

	if (m->space)
		ns_put(&m->space->ns);
	cred_put(m->opener);
	kfree(m);
}

/*
 * Show the lines of a map.  The second column shows ids as the opener's
 * namespace sees them; if the map belongs to the opener's own namespace, it
 * shows ids of the parent.
 */
static void show_map(struct seq *s, const struct map_file *f)
{
	const struct user_space *n = f->space, *to = f->opener->space;
	const struct id_map *m = n ? id_map_of(n, f->which) : NULL;

	if (!n)
		seq_print(s, "%10u %10u %10u\n", 0, 0, ~0u);
	else if (to == n)
		to = n->ns.owner;
	for (unsigned i = 0; m && i < m->n; i++)
		seq_print(s, "%10u %10u %10u\n", m->range[i].first,
			  idmap_number_in(to, f->which, m->range[i].kernel),
			  m->range[i].count);
}

static long map_read(struct file *f, struct uio *u, loff_t *pos)
{
	const struct map_file *m = f->private;
	struct seq s = { .size = (ID_RANGES + 1) * 34 };
	unsigned long n = 0, done = 0;

	s.buf = kmalloc(s.size);
	if (!s.buf)
		return -ENOMEM;
	if (m->which == ID_MAPS)
		seq_print(&s, "%s\n", m->space && READ_ONCE(m->space->no_groups)
			  ? "deny" : "allow");
	else
		show_map(&s, m);
	if (*pos >= 0 && (u64)*pos < s.len) {
		n = min(u->left, (unsigned long)(s.len - (size_t)*pos));
		done = uio_put(u, s.buf + *pos, n);
	}
	kfree(s.buf);
	*pos += (loff_t)done;
	return done || !n ? (long)done : -EFAULT;
}

/*
 * Store a map or setgroups.  Only an opener inside the namespace or in its
 * parent may write them.
 */
static int idmap_store(const struct map_file *f, const char *text)
{
	const struct user_space *by = f->opener->space;
	int err = -EPERM;

	mutex_lock(&maps_lock);
	if (f->which == ID_MAPS)
		err = store_setgroups(f->space, text);
	else if (f->space && (by == f->space || by == f->space->ns.owner))
		err = store_map(f, text);
	mutex_unlock(&maps_lock);
	return err;
}

/* Write a file.  The whole map must come in one write, at offset 0. */
static long map_write(struct file *f, struct uio *u, loff_t *pos)
{
	const struct map_file *m = f->private;
	unsigned long n = u->left;
	char *text;
	int err;

	if (m->which != ID_MAPS && !m->space)
		return -EPERM;
	if (*pos || n >= (m->which == ID_MAPS ? 8 : PAGE_SIZE))
		return -EINVAL;
	text = kmalloc(n + 1);
	if (!text)
		return -ENOMEM;
	text[n] = '\0';
	err = uio_get(u, text, n) == n ? idmap_store(m, text) : -EFAULT;
	kfree(text);
	if (err)
		return err;
	*pos = (loff_t)n;
	return (long)n;
}

static loff_t map_seek(struct file *f, loff_t off, int whence)
{
	return seek_plain(f, off, whence, 0x7fffffff);
}

static const struct file_ops map_fops = {
	.no_splice = true, .reads_pieces = true, .writes_pieces = true,
	.open = map_open, .release = map_release,
	.read = map_read, .write = map_write, .seek = map_seek,
};

PID_FILES(files) = {
	{ .name = "uid_map", .mode = S_IFREG | 0644, .fops = &map_fops },
	{ .name = "gid_map", .mode = S_IFREG | 0644, .fops = &map_fops },
	{ .name = "projid_map", .mode = S_IFREG | 0644, .fops = &map_fops },
	{ .name = "setgroups", .mode = S_IFREG | 0644, .fops = &map_fops },
};
