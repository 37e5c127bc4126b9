/* SPDX-License-Identifier: MIT */
/* The frame of a machine whose user mode is a C function: no registers. */
#ifndef ARCH_TRAP_H
#define ARCH_TRAP_H

struct trapframe {
	unsigned long pc;
};

#endif
