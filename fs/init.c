/* SPDX-License-Identifier: MIT */
/* The file system layer comes up; what fits nowhere else. */
#include <ext/mqueue/mqueue.h>
#include <ext/pty/devpts.h>
#include <ext/socket/netif.h>
#include <ext/socket/socket.h>
#include <ext/sysfs/sysfs.h>
#include <fs/internal.h>
#include <fs/pipe.h>

const struct file_ops *special_fops(unsigned mode)
{
	if (S_ISFIFO(mode))
		return &fifo_fops;
	if (S_ISCHR(mode) || S_ISBLK(mode))
		return &chrdev_fops;
	return NULL;
}

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
	ext2_init();
	memfd_init();
	sysfs_init();
	devfs_init();
	devmem_init();
	devpts_init();
	socket_init();
	proc_init();
	pipe_proc_init();
	socket_proc_init();
	mqfs_init();
	netif_init();
	/* bounded when the initial file system is unpacked */
	if (mount_new("rootfs", "rootfs", NULL, 0,
		      "mode=755,size=0,nr_inodes=0"))
		panic("cannot mount the root");
}

void vfs_shrink(void)
{
	dcache_shrink(0);
}
