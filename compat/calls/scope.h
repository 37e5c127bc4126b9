/* SPDX-License-Identifier: MIT */
#ifndef COMPAT_CALLS_SCOPE_H
#define COMPAT_CALLS_SCOPE_H

#include <fs/path/namei.h>

/*
 * Set up the limits of a lookup that begins at dirfd.
 * Return: 0: the caller must put s->root; or -errno.
 */
int scope_start(struct scope *s, int dirfd, const char *name,
		unsigned resolve);

#endif
