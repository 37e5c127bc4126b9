/* SPDX-License-Identifier: MIT */
#ifndef TOPICS_MOUNTS_MOUNTOPTS_H
#define TOPICS_MOUNTS_MOUNTOPTS_H

#include <fs/mount/mount.h>

/* MS_BIND: `from` appears at `at` too; all (MS_REC): with what hangs below. */
int mount_bind(const struct path *from, const struct path *at, bool all);

/* What stands in mount_ops of <fs/mount/mount.h>. */
int mount_expire(struct mount *m, unsigned flags);
int mount_attach_shared(struct mount *m, const struct path *at);
int mount_take_shared(struct mount *m, bool all, struct list *gone);

#endif
