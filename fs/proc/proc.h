/* SPDX-License-Identifier: MIT */
/* What the files of procfs share. */
#ifndef FS_PROC_PROC_H
#define FS_PROC_PROC_H

#include <fs/internal.h>
#include <kernel/task.h>

#endif
