/* SPDX-License-Identifier: MIT */
#ifndef TOPICS_RIGHTS_GROUPS_H
#define TOPICS_RIGHTS_GROUPS_H

#include <lt/types.h>

/* setgroups(2) for a list whose elements get() reads.  Return: 0 or -errno. */
long groups_set(int n, int (*get)(uaddr_t list, int k, unsigned *gid),
		uaddr_t list);

#endif
