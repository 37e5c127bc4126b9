/* SPDX-License-Identifier: MIT */
/*
 * Initialize the file system layer, with the root in memory.  Each step needs
 * the earlier ones: caches of objects, then kinds of files, which allocate
 * objects, then file systems of extensions; devices last, as /dev is a tmpfs.
 */
#include <fs/internal.h>
#include <fs/open/anon_inode.h>
#include <fs/tmpfs/tmpfs.h>
#include <lt/init.h>

void vfs_init(void)
{
	pagewait_init();
	dcache_init();
	inode_init();
	namei_init();
	pathname_init();
	file_init();
	fdtable_init();
	pipe_init();
	anon_init();
	tmpfs_init();
	init_level(fs);
	devfs_init();
	devmem_init();
	if (mount_new("rootfs", "rootfs", NULL, 0, NULL))
		panic("cannot mount the root");
	boot_root.dentry->inode->mode = S_IFDIR | 0755;
	/* no limit until the initial file system has been unpacked */
	tmpfs_limit(boot_root.dentry->inode->super, TMPFS_NO_LIMIT);
}
