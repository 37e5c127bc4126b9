/* SPDX-License-Identifier: MIT */
#ifndef TOPICS_RIGHTS_GROUPS_H
#define TOPICS_RIGHTS_GROUPS_H

#include <lt/types.h>

/*
 * Set the groups for setgroups(2): get() reads each element of the list.
 * Return: 0 or -errno.
 */
long groups_set(int n, int (*get)(uaddr_t list, int k, unsigned *gid),
		uaddr_t list);

#endif
