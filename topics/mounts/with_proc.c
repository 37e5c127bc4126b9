/* SPDX-License-Identifier: MIT */
/*
 * The optional fields of /proc/PID/mountinfo: shared, master, propagate_from.
 */
#include <topics/proc/proc.h>
#include "propagate.h"
#include <fs/mount/mount.h>
#include <fs/open/fd.h>
#include <fs/path/dcache.h>
#include <lt/init.h>

static bool is_seen(const struct mount *m, const struct path *root)
{
	bool yes;

	br_read_lock(&dcache_lock);
	yes = mount_reachable(m, root);
	br_read_unlock(&dcache_lock);
	return yes;
}

/*
 * Return: the nearest group above m that has a mount visible to the reader; 0:
 * none.  As far as the reader can know, m gets its mounts from this group.
 * Context: [mount_mutex].
 */
static int seen_above(const struct mount *m, const struct path *root)
{
	struct mount *up = share_of(m)->master, *p;

	for (; up; up = share_of(up)->master) {
		p = up;
		do {
			if (p->space == m->space && is_seen(p, root))
				return share_of(p)->group;
			p = share_peer(p);
		} while (p != up);
	}
	return 0;
}

static void show_sharing(struct seq *s, const struct mount *m,
			 const struct path *root)
{
	int group, master = 0, seen = 0;

	mutex_lock(&mount_mutex);
	group = share_of(m)->group;
	if (share_of(m)->master) {
		master = share_of(share_of(m)->master)->group;
		seen = seen_above(m, root);
	}
	mutex_unlock(&mount_mutex);
	if (group)
		seq_print(s, " shared:%d", group);
	if (master)
		seq_print(s, " master:%d", master);
	if (seen && seen != master)
		seq_print(s, " propagate_from:%d", seen);
}

static void show_init(void)
{
	mount_show_sharing = show_sharing;
}
INIT(fs, show_init);
