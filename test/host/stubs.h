/* SPDX-License-Identifier: MIT */
/* The rest of the kernel, as host tests of mm see it. */
#ifndef TEST_HOST_STUBS_H
#define TEST_HOST_STUBS_H

#include <fs/vfs.h>

void stubs_init(void);
/* A regular file with the given FMODE_ bits; ops NULL: tmpfs-like. */
struct file *stub_file(loff_t size, unsigned mode,
		       const struct mapping_ops *ops);
extern unsigned long stub_files;	/* that exist */
/*
 * Called with a lock's name before a spin lock is taken and after a mutex or
 * a reader's lock is free: what the hook does there another CPU may do.
 */
extern void (*stub_before_lock)(const char *name);
extern void (*stub_after_unlock)(const char *name);
void stub_set_privileged(bool all);	/* what capable() answers */

#endif
