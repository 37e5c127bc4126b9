/* SPDX-License-Identifier: MIT */
/* Paging out on the host: the swap cache of topics/swap over an area in memory. */
#ifndef TEST_HOST_SWAP_STUB_H
#define TEST_HOST_SWAP_STUB_H

#include <mm/vm.h>

void swap_stub_init(void);
/*
 * Write the pages of [at, end) out that may go, whoever else has them.
 * Return: pages that left s's table.
 */
unsigned swap_stub_out(struct vm_space *s, uaddr_t at, uaddr_t end);
/* Entries of s in [at, end) that name a slot. */
unsigned swap_stub_entries(struct vm_space *s, uaddr_t at, uaddr_t end);
/*
 * The same by parts, as many as make a whole: an entry of a table that n spaces
 * share is the n-th part of one for each of them.
 */
#define SWAP_STUB_WHOLE 2520
unsigned swap_stub_parts(struct vm_space *s, uaddr_t at, uaddr_t end);
unsigned swap_stub_used(void);		/* slots */
unsigned swap_stub_users(void);		/* of all slots */

#endif
