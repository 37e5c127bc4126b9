/* SPDX-License-Identifier: MIT */
/* Restartable sequences: what other parts of the kernel have to tell. */
#ifndef EXT_RSEQ_RSEQ_H
#define EXT_RSEQ_RSEQ_H

#include <kernel/task.h>

#define RSEQ_FEATURE_SIZE	24	/* bytes of struct rseq that are served */
#define RSEQ_ALIGN		32

struct trapframe;

/* AST_RSEQ: what it is about.  => no lock; may sleep */
void rseq_resume(struct trapframe *tf);
/*
 * A handler is to run: if the frame is within a sequence, it is to go on at
 * the sequence's abort.  => t->rseq; no lock; may send the task a SIGSEGV
 */
void rseq_interrupted(struct trapframe *tf);

#endif
