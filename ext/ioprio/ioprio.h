/* SPDX-License-Identifier: MIT */
/* I/O contexts and tasks: what clone and the end of a task do with them. */
#ifndef EXT_IOPRIO_IOPRIO_H
#define EXT_IOPRIO_IOPRIO_H

#include <kernel/task.h>

/* clone, and current has one: shared, or a copy.  => 0, -ENOMEM */
int io_share(struct task *child, bool same);
/* t, which has one, goes. */
void io_put(struct task *t);

#endif
