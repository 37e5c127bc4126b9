/* SPDX-License-Identifier: MIT */
/* The census of system calls: what its self-test and procfs read. */
#ifndef TOPICS_INSPECTION_CENSUS_H
#define TOPICS_INSPECTION_CENSUS_H

#include <kernel/syscall/table.h>
#include <lt/types.h>

struct seq;

/* What a call was asked, read before it can change or be gone. */
struct census_args {
	unsigned nr;
	u64 value[CENSUS_SLOTS];
};

/* Context: task context, which may fault. */
void census_read(struct trapframe *tf, struct census_args *a);
/* Did the command line ask for one? */
bool census_taken(void);
/* A line for each distinct call, as census.c says. */
void census_show(struct seq *s);

#endif
