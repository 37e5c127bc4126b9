/* SPDX-License-Identifier: MIT */
/* Includes the headers of all modules of fs/. */
#ifndef FS_INTERNAL_H
#define FS_INTERNAL_H

#include <fs/path/dcache.h>
#include <fs/open/fd.h>
#include <fs/inode/inode.h>
#include <fs/mount/mount.h>
#include <fs/nodes.h>
#include <fs/path/namei.h>
#include <fs/io/pagefile.h>
#include <kernel/cred/cred.h>
#include <lib/mem.h>

#endif
