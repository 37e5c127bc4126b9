/* SPDX-License-Identifier: MIT */
/* Pointers with a tag in bits that the machine ignores. */
#ifndef MM_UNTAGGED_H
#define MM_UNTAGGED_H

#include <arch/page.h>
#include <lt/types.h>

/*
 * Calls about existing mappings accept tagged pointers, as Linux does (its
 * page tagged-address-abi); mmap(2), brk(2), the new address of mremap(2) and
 * copies to and from programs do not.
 * Context: any.
 * Return: the address that a program reaches through `at`.
 */
static inline uaddr_t vm_untagged(uaddr_t at)
{
#ifdef ARCH_UNTAGGED
	return ARCH_UNTAGGED(at);
#else
	return at;
#endif
}

#endif
