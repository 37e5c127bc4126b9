/* SPDX-License-Identifier: MIT */
/* Devices, pipes and files in memory: how a node becomes an open file. */
#ifndef FS_NODES_H
#define FS_NODES_H

#include <fs/vfs.h>

/* Set f->ops and f->private from the inode's rdev, and open it. */
int chrdev_open(struct inode *i, struct file *f);
extern const struct file_ops chrdev_fops;
extern const struct file_ops fifo_fops;
void devfs_init(void);
/*
 * Return: the lowest major number of S_IFCHR or S_IFBLK devices greater than
 * `above`; 0: none.
 */
unsigned dev_next_major(unsigned type, unsigned above);
void devmem_init(void);
/* As dev_register(), at boot before mutexes may be taken. */
int devfs_add(const char *name, unsigned mode, unsigned rdev,
	      const struct file_ops *ops, void *private);
void tmpfs_init(void);
void pipe_init(void);
void anon_init(void);
/*
 * Create a file in memory without a name.
 * Return: 0 with *out, open for reading and writing.
 */
int memfd_open(const char *name, struct file **out);
/*
 * Return: file operations for an inode of this type; NULL: the file system
 * supplies its own.
 */
const struct file_ops *special_fops(unsigned mode);

#endif
