/* SPDX-License-Identifier: MIT */
#ifndef TOPICS_MOUNTS_MOUNTOPTS_H
#define TOPICS_MOUNTS_MOUNTOPTS_H

#include <fs/mount/mount.h>

/*
 * Bind `from` to `at` (MS_BIND).  all: with the mounts below `from` (MS_REC).
 */
int mount_bind(const struct path *from, const struct path *at, bool all);

/* The functions of mount_ops: see <fs/mount/mount.h>. */
int mount_expire(struct mount *m, unsigned flags);
int mount_attach_shared(struct mount *m, const struct path *at);
int mount_take_shared(struct mount *m, bool all, struct list *gone);

#endif
