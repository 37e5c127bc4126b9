/* SPDX-License-Identifier: MIT */
/* The census of system calls: interface for its self-test and procfs. */
#ifndef TOPICS_INSPECTION_CENSUS_H
#define TOPICS_INSPECTION_CENSUS_H

#include <kernel/syscall/table.h>
#include <lt/types.h>

struct seq;

/* The arguments of a call, read before the call can change or free them. */
struct census_args {
	unsigned nr;
	u64 value[CENSUS_SLOTS];
};

/* Read the arguments of the call in tf.  Context: task context; may fault. */
void census_read(struct trapframe *tf, struct census_args *a);
/* True if the command line asks for a census. */
bool census_taken(void);
/* Print a line for each distinct call; see census.c. */
void census_show(struct seq *s);

#endif
