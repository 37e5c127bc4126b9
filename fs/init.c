/* SPDX-License-Identifier: MIT */
/*
 * The file system layer comes up, with the root in memory.  The order is that
 * of needs: caches of objects first, then kinds of files, which make some,
 * then extensions' file systems; devices need the tmpfs that /dev is.
 */
#include <fs/internal.h>
#include <fs/anon_inode.h>
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
	/* bounded when the initial file system is unpacked */
	if (mount_new("rootfs", "rootfs", NULL, 0,
		      "mode=755,size=0,nr_inodes=0"))
		panic("cannot mount the root");
}
