/* SPDX-License-Identifier: MIT */
/*
 * sysfs, as far as programs look into it: CPUs, memory, clock source, and the
 * devices, found by number, by class and by place.  A tree of fixed nodes
 * (topics/proc/nodes.c): nothing that is shown here ever goes away.
 */
#ifndef TOPICS_SYSTEM_SYSFS_H
#define TOPICS_SYSTEM_SYSFS_H

#include <fs/vfs.h>

/*
 * A file below /sys that shows what show prints; arg is in its seq.  Return:
 * 0, or -errno.
 */
int sysfs_file(const char *path, void (*show)(struct seq *s), void *arg);
/* One that root writes to as well; store: as in <lt/procfile.h>. */
int sysfs_setting(const char *path, void (*show)(struct seq *s),
		  int (*store)(void *arg, const char *text, size_t n),
		  void *arg);
/* A folder, a link to target, a text that is the same for ever. */
int sysfs_folder(const char *path);
int sysfs_link(const char *path, const char *target);
int sysfs_text(const char *path, const char *text);

#endif
