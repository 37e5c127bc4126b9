/* SPDX-License-Identifier: MIT */
/*
 * The memory policies of ranges of a segment (mbind(2)), for all its mappings.
 */
#ifndef COMPAT_IPC_SHM_POLICY_H
#define COMPAT_IPC_SHM_POLICY_H

#include <lt/list.h>

/*
 * Set the policy of pages [first, last]; policy 0: none.
 * Return: 0; -ENOMEM: nothing has changed.
 */
int shm_policy_set(struct list *parts, unsigned long first, unsigned long last,
		   unsigned policy);
void shm_policy_drop(struct list *parts);	/* frees all */
unsigned shm_policy_get(struct list *parts, unsigned long page);

#endif
