/* SPDX-License-Identifier: MIT */
/* The CPUs (row B13). */
#include <kernel/current.h>

struct cpu cpus[MAX_CPUS];
unsigned nr_cpus = 1;
