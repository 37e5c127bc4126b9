/* SPDX-License-Identifier: MIT */
/* The census of system calls: what its self-test reads. */
#ifndef EXT_CENSUS_CENSUS_H
#define EXT_CENSUS_CENSUS_H

#include <kernel/syscall/table.h>
#include <lt/types.h>

/* What a call was asked, read before it can change or be gone. */
struct census_args {
	unsigned nr;
	u64 value[CENSUS_SLOTS];
};

/* => task context, which may fault */
void census_read(struct trapframe *tf, struct census_args *a);

#endif
