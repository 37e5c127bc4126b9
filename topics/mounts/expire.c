/* SPDX-License-Identifier: MIT */
/* umount2(2), MNT_EXPIRE: a mount goes that nobody has used since it was asked. */
#include "mountopts.h"
#include <fs/mount/mount.h>
#include <fs/open/fd.h>
#include <fs/path/dcache.h>
#include <fs/path/namei.h>

/*
 * MNT_EXPIRE: the first call marks the mount, another takes it away if nobody
 * came in between.  The look-up of each call counts itself.
 */
int mount_expire(struct mount *m, unsigned flags)
{
	bool unused;
	int err = 0;

	if (m == current_root()->mount || flags & (MNT_FORCE | MNT_DETACH))
		return -EINVAL;
	br_write_lock(&dcache_lock);
	unused = m->marked && atomic_read(&m->entered) == m->expiring + 1;
	if (!m->parent)			/* it has left the tree meanwhile */
		err = -EINVAL;
	else if (!mount_is_idle(m))
		err = -EBUSY;
	else if (!unused)
		err = -EAGAIN;
	m->marked = err == -EAGAIN;
	m->expiring = atomic_read(&m->entered);
	br_write_unlock(&dcache_lock);
	return err;
}
