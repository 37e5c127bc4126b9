/* SPDX-License-Identifier: MIT */
/*
 * Which code of the kernel a task ran, for a fuzzer (ext/check/cover.c);
 * nothing in a kernel without --check cover.
 */
#ifndef EXT_CHECK_COVER_H
#define EXT_CHECK_COVER_H

struct task;

#ifdef CHECK_COVER
/* The task ends, or is freed: it records no more. */
void cover_drop(struct task *t);
#else
static inline void cover_drop(struct task *t) { }
#endif

#endif
