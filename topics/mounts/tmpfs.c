/* SPDX-License-Identifier: MIT */
/*
 * Parse the options of a tmpfs, for fs/tmpfs/mount.c:
 *
 *   size=N         bytes; with k, m, g, or % of memory; 0: no limit
 *   nr_blocks=N    the same in pages
 *   nr_inodes=N    files, directories, links...; 0: no limit
 *   mode=N         mode of the root directory, octal
 *   uid=N, gid=N   owner of the root directory
 *
 * An unknown option or one without a value fails the mount with EINVAL.  It
 * also fails a remount, which then changes nothing (tmpfs(5)).
 */
#include <kernel/cred/ids.h>
#include <fs/mount/options.h>
#include <fs/path/namei.h>
#include <lib/mem.h>
#include <fs/tmpfs/tmpfs.h>
#include <lt/init.h>

/* Parse a number, then k, m, g or %. Return: false: not a number. */
static bool tmpfs_parse_size(const char *s, u64 *out)
{
	u64 v;

	s = mount_option_digits(s, 0, &v);
	if (!s)
		return false;
	switch (*s) {
	case 'g': case 'G':
		v <<= 10;
		fallthrough;
	case 'm': case 'M':
		v <<= 10;
		fallthrough;
	case 'k': case 'K':
		v <<= 10;
		s++;
		break;
	case '%':
		v = v * page_total() / 100 << PAGE_SHIFT;
		s++;
		break;
	}
	*out = v;
	return !*s;
}

/* Set one option (tmpfs(5)). */
static bool tmpfs_set_option(void *arg, const char *key, const char *value)
{
	struct tmpfs_options *o = arg;
	unsigned id;
	u64 n;

	if (!value)
		return false;
	if (!strcmp(key, "mode")) {
		if (!mount_option_u32(value, 8, &o->mode))
			return false;
		o->mode &= 07777;
		return true;
	}
	if (!strcmp(key, "uid"))
		return mount_option_u32(value, 0, &id) &&
			(o->uid = uid_meant(id)) != ~0u;
	if (!strcmp(key, "gid"))
		return mount_option_u32(value, 0, &id) &&
			(o->gid = gid_meant(id)) != ~0u;
	if (!tmpfs_parse_size(value, &n))
		return false;
	if (!strcmp(key, "size"))
		o->max_pages = (unsigned long)((n + PAGE_SIZE - 1) >>
					       PAGE_SHIFT);
	else if (!strcmp(key, "nr_blocks"))
		o->max_pages = (unsigned long)n;
	else if (!strcmp(key, "nr_inodes"))
		o->max_inodes = (unsigned long)n;
	else
		return false;
	return true;
}

/* Parse "size=4m,mode=1777"; as on Linux, a size of 0 means no limit. */
static int tmpfs_parse_options(struct tmpfs_options *o, const char *data)
{
	int err = mount_options_set(data, tmpfs_set_option, o);

	if (err == -ENOMEM)
		return err;
	if (!o->max_pages)
		o->max_pages = ~0ul;
	if (!o->max_inodes)
		o->max_inodes = ~0ul;
	return err;
}

/*
 * Check a new limit (tmpfs(5)): an unlimited tmpfs stays unlimited, and a new
 * limit must not be below what is used.
 */
static bool tmpfs_may_limit(unsigned long old, unsigned long new,
			    unsigned long used)
{
	return new == old || (old != ~0ul && used <= new);
}

/* Remount: change only the limits that are named in the options. */
static int reconfigure(struct super *s, const char *data)
{
	struct tmpfs *t = s->private;
	struct tmpfs_options o = {
		.max_pages = t->max_pages, .max_inodes = t->max_inodes,
	};
	int err = tmpfs_parse_options(&o, data);

	if (err)
		return err;
	spin_lock(&t->lock);
	if (tmpfs_may_limit(t->max_pages, o.max_pages, t->used_pages) &&
	    tmpfs_may_limit(t->max_inodes, o.max_inodes, t->used_inodes)) {
		t->max_pages = o.max_pages;
		t->max_inodes = o.max_inodes;
	} else {
		err = -EINVAL;
	}
	spin_unlock(&t->lock);
	return err;
}

static void tmpfs_options_init(void)
{
	tmpfs_options = tmpfs_parse_options;
	tmpfs_reconfigure = reconfigure;
}
INIT(fs, tmpfs_options_init);
