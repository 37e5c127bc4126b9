/* SPDX-License-Identifier: MIT */
/* Devices, pipes and files of memory: how a node becomes an open file. */
#ifndef FS_NODES_H
#define FS_NODES_H

#include <fs/vfs.h>

/* Set f->ops and f->private from the inode's rdev, and open it. */
int chrdev_open(struct inode *i, struct file *f);
extern const struct file_ops chrdev_fops;
extern const struct file_ops fifo_fops;
void devfs_init(void);
/* The lowest major number of S_IFCHR or S_IFBLK above one.  Return: 0: none. */
unsigned dev_next_major(unsigned type, unsigned above);
void devmem_init(void);
/* dev_register at boot, before mutexes may be taken. */
int devfs_add(const char *name, unsigned mode, unsigned rdev,
	      const struct file_ops *ops, void *private);
void tmpfs_init(void);
void pipe_init(void);
void anon_init(void);
/* A file of memory without a name.  Return: 0 with *out, open for both. */
int memfd_open(const char *name, struct file **out);
/* File operations of an inode by its type; regular and directory: given. */
const struct file_ops *special_fops(unsigned mode);

#endif
