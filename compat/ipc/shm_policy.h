/* SPDX-License-Identifier: MIT */
/* The memory policy of parts of a segment (mbind(2)): whoever maps it. */
#ifndef COMPAT_IPC_SHM_POLICY_H
#define COMPAT_IPC_SHM_POLICY_H

#include <lt/list.h>

/*
 * Pages [first, last] have this policy from now on; 0: none.
 * Return: 0; -ENOMEM: nothing has changed.
 */
int shm_policy_set(struct list *parts, unsigned long first, unsigned long last,
		   unsigned policy);
void shm_policy_drop(struct list *parts);	/* free all */
unsigned shm_policy_get(struct list *parts, unsigned long page);

#endif
