/* SPDX-License-Identifier: MIT */
/*
 * Lectern's native calls on the memory of a process, which a pidfd names; see
 * docs/foreign_memory.md.  They take whole pages, and change all of the range
 * or nothing.
 * Return: -1 with errno on failure.
 */
#ifndef LIBC_REMOTE_VM_H
#define LIBC_REMOTE_VM_H

#include <sys/types.h>

#define SYS_lt_vm_reserve	0x4c540003L
#define SYS_lt_vm_commit	0x4c540004L
#define SYS_lt_vm_decommit	0x4c540005L
#define SYS_lt_vm_release	0x4c540006L
#define SYS_lt_vm_protect	0x4c540007L
#define SYS_lt_vm_query		0x4c540008L

enum { VM_FREE, VM_RESERVED, VM_COMMITTED };
enum { VM_NONE, VM_PRIVATE, VM_SHARED, VM_FILE, VM_SHARED_FILE, VM_KERNEL };

struct vm_region {
	uint64_t start, length;
	uint64_t next;		/* start of next used region; 0: none */
	uint32_t state, rights, kind;
	uint32_t native;	/* 1: made by vm_reserve() */
};

/* Reserve addresses without memory, at `at` or, for NULL, anywhere. */
void *vm_reserve(int pidfd, void *at, size_t len);
#define VM_LARGE 0x100	/* with rights: superpages, allocated at once */

/*
 * Give a reserved range zeroed pages on demand, with these PROT_ rights; pages
 * committed before keep their contents and get the rights, too.
 */
int vm_commit(int pidfd, void *at, size_t len, int prot);
int vm_decommit(int pidfd, void *at, size_t len);	/* reserved again */
int vm_release(int pidfd, void *at, size_t len);	/* free again */
int vm_protect(int pidfd, void *at, size_t len, int prot);
/* Describe the region that contains `at`, free or not. */
int vm_query(int pidfd, const void *at, struct vm_region *region);

#endif
