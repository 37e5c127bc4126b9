/* SPDX-License-Identifier: MIT */
/* The options of a file system, as mount(2) gets them: "size=4m,mode=1777". */
#ifndef FS_MOUNT_OPTIONS_H
#define FS_MOUNT_OPTIONS_H

#include <lt/types.h>

/*
 * Set one option of the file system behind `arg`.  value: NULL without a `=`.
 * Return: false: there is no such option, or the value is wrong.
 */
typedef bool mount_option_fn(void *arg, const char *key, const char *value);

/*
 * Call `set` for each option of the text, until one is wrong.  data: may be
 * NULL.
 * Context: may sleep.
 * Return: 0; -EINVAL: `set` returned false; -ENOMEM.
 */
int mount_options_set(const char *data, mount_option_fn *set, void *arg);

#endif
