/* SPDX-License-Identifier: MIT */
/*
 * The part of sysfs that programs use: CPUs, memory, clock source, and devices
 * by number, by class and by place.  It is a tree of fixed nodes
 * (topics/proc/nodes.c): a node is never removed.
 */
#ifndef TOPICS_SYSTEM_SYSFS_H
#define TOPICS_SYSTEM_SYSFS_H

#include <fs/vfs.h>

/*
 * Make a file below /sys whose contents show() prints.  show() finds arg in its
 * seq.
 * Return: 0, or -errno.
 */
int sysfs_file(const char *path, void (*show)(struct seq *s), void *arg);
/* Make a file that root can also write; store: as in <lt/procfile.h>. */
int sysfs_setting(const char *path, void (*show)(struct seq *s),
		  int (*store)(void *arg, const char *text, size_t n),
		  void *arg);
/*
 * sysfs_folder() makes a directory, sysfs_link() a link to target, sysfs_text()
 * a file with a constant text.
 */
int sysfs_folder(const char *path);
int sysfs_link(const char *path, const char *target);
int sysfs_text(const char *path, const char *text);

#endif
