/* SPDX-License-Identifier: MIT */
/*
 * The census of system calls, `trace=census` (row B3): which calls were made
 * with which flags, operations and options, and how each ended.  It is what
 * docs/abi.md is checked against; what to look at in a call is said by
 * syscalls.tbl.  Off, it costs nothing: calls go through another table.
 */
#ifndef EXT_CENSUS_CENSUS_H
#define EXT_CENSUS_CENSUS_H

#include <lt/types.h>

#define CENSUS_SLOTS 3

/* A value worth a note: an argument, or what lies where it points. */
struct census_slot {
	u8 word;		/* of the arguments */
	u8 size;		/* bytes; 0: no such slot */
	u8 at;			/* offset in memory; 0xff: the word itself */
};

struct trapframe;

/* What a call was asked, read before it can change or be gone. */
struct census_args {
	unsigned nr;
	u64 value[CENSUS_SLOTS];
};

/* => false: no memory for it.  => before the first user program */
bool census_init(void);
/* => task context, which may fault */
void census_read(struct trapframe *tf, struct census_args *a);
void census_note(const struct census_args *a, long result);

#endif
