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

/*
 * Parse the digits that s begins with.  base: 8; 0: as in C (017, 15, 0xf).
 * Return: what follows them; NULL: there are none, or 64 bits are too few.
 */
const char *mount_option_digits(const char *s, unsigned base, u64 *out);

/* The same for a number of 32 bits that nothing follows. */
bool mount_option_u32(const char *s, unsigned base, unsigned *out);

#endif
