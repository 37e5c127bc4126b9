/* SPDX-License-Identifier: MIT */
/* The FPU's state as the port moves it and as signal frames show it. */
#ifndef ARCH_FPU_H
#define ARCH_FPU_H

#include <arch/task.h>

struct uabi_fpstate;

/* The FPU as a new program finds it. */
extern const struct fxsave fpu_clean;

/* The unit's present state.  fx is aligned to 16. */
static inline void fpu_save(struct fxsave *fx)
{
	__asm__ volatile("fxsave %0" : "=m"(*fx));
}

/* fx is valid: not straight from user memory.  See fpu_from_fsave. */
static inline void fpu_load(const struct fxsave *fx)
{
	__asm__ volatile("fxrstor %0" :: "m"(*fx));
}

/* Which bits of mxcsr this CPU has; const after fpu_init. */
extern u32 fpu_mxcsr_mask;
void fpu_init(void);
void fpu_init_cpu(void);		/* likewise on a further CPU */

/*
 * To and from an image in user memory, aligned to 16, below USER_TOP.
 * Context: may sleep.  Return: 0 or -EFAULT.
 */
int fpu_save_user(uaddr_t to);
int fpu_load_user(uaddr_t from);

/*
 * Draw fsave's picture of fx in fp; the registers only unless all are empty.
 * Return: they are not.
 */
bool fpu_to_fsave(struct uabi_fpstate *fp, const struct fxsave *fx);
/*
 * Take over what the program changed in fsave's picture, and make fp->fx fit
 * to load whatever it holds.
 */
void fpu_from_fsave(struct uabi_fpstate *fp);

#endif
