/* SPDX-License-Identifier: MIT */
/*
 * umount2(2) with MNT_EXPIRE: unmount a mount that has not been used since the
 * last call.
 */
#include "mountopts.h"
#include <fs/mount/mount.h>
#include <fs/open/fd.h>
#include <fs/path/dcache.h>
#include <fs/path/namei.h>

/*
 * Decide whether m may be unmounted.  The first call marks m and returns
 * -EAGAIN.  The next call allows the unmount if only the path walk of that call
 * has entered m since.
 */
int mount_expire(struct mount *m, unsigned flags)
{
	bool unused;
	int err = 0;

	if (m == current_root()->mount || flags & (MNT_FORCE | MNT_DETACH))
		return -EINVAL;
	br_write_lock(&dcache_lock);
	unused = m->marked && atomic_read(&m->entered) == m->expiring + 1;
	if (!m->parent)			/* unmounted meanwhile */
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
