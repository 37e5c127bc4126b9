/* SPDX-License-Identifier: MIT */
/* The FPU's state as the port switches it and as signal frames show it. */
#ifndef ARCH_FPU_H
#define ARCH_FPU_H

#include <arch/task.h>

struct uabi_fpstate;

/* The initial FPU state of a program. */
extern const struct fxsave fpu_clean;

/* Save the unit's current state to fx, which is aligned to 16 bytes. */
static inline void fpu_save(struct fxsave *fx)
{
	__asm__ volatile("fxsave %0" : "=m"(*fx));
}

/*
 * Load fx, which must be valid and must not lie in user memory.  See
 * fpu_from_fsave().
 */
static inline void fpu_load(const struct fxsave *fx)
{
	__asm__ volatile("fxrstor %0" :: "m"(*fx));
}

/* The bits of mxcsr that this CPU supports; const after fpu_init(). */
extern u32 fpu_mxcsr_mask;
void fpu_init(void);
void fpu_init_cpu(void);		/* fpu_init() for each further CPU */

/*
 * Save to or load from an image in user memory, aligned to 16, below USER_TOP.
 * Context: may sleep.
 * Return: 0 or -EFAULT.
 */
int fpu_save_user(uaddr_t to);
int fpu_load_user(uaddr_t from);

/*
 * Convert fx to the fsave format in fp.  The registers are converted only if at
 * least one is not empty.
 * Return: true if a register is not empty.
 */
bool fpu_to_fsave(struct uabi_fpstate *fp, const struct fxsave *fx);
/*
 * Take over the program's changes of the fsave format, and make fp->fx valid to
 * load whatever it contains.
 */
void fpu_from_fsave(struct uabi_fpstate *fp);

#endif
