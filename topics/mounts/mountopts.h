/* SPDX-License-Identifier: MIT */
#ifndef TOPICS_MOUNTS_MOUNTOPTS_H
#define TOPICS_MOUNTS_MOUNTOPTS_H

#include <fs/mount.h>

/*
 * MS_BIND, an extension's, or NULL: `from` appears at `at` too; all (MS_REC):
 * with what hangs below.  const after init
 */
extern int (*mount_bind)(const struct path *from, const struct path *at,
			 bool all);

#endif
