/* SPDX-License-Identifier: MIT */
/* Restartable sequences, rseq(2), for the check programs. */
#ifndef LABS_RSEQ_H
#define LABS_RSEQ_H

#include "check.h"

struct rseq_sequence {
	uint32_t version, flags;
	uint64_t start, length, otherwise;
};

struct rseq_area {
	uint32_t cpu, cpu_too;
	uint64_t sequence;
	uint32_t flags, more[3];
} __attribute__((aligned(32)));

/*
 * From now on, whoever loses the CPU within `length` bytes of code from `start`
 * on goes on at `otherwise`.  The word before that function serves as the
 * signature.  A process for which the kernel refuses it ends with status 8.
 */
static inline void rseq_enter(uintptr_t start, size_t length,
			      void (*otherwise)(void))
{
	static struct rseq_area area;
	static struct rseq_sequence s;
	uint32_t mark;

	memcpy(&mark, (char *)otherwise - 4, sizeof(mark));
	s.start = start;
	s.length = length;
	s.otherwise = (uintptr_t)otherwise;
	if (raw_syscall(SYS_rseq, &area, sizeof(area), 0, mark))
		_exit(8);
	area.sequence = (uintptr_t)&s;
}

#endif
