/* SPDX-License-Identifier: MIT */
/* Jumps out of functions and signal handlers. */
#ifndef LIBC_SETJMP_H
#define LIBC_SETJMP_H

#include <arch.h>

/* An array of one element, so that the name is a pointer, as C requires. */
typedef unsigned long jmp_buf[ARCH_JMP_WORDS] __attribute__((aligned(8)));

typedef struct {
	jmp_buf regs;
	int saved;			/* the mask below is valid */
	uint64_t mask;
} sigjmp_buf[1];

__attribute__((returns_twice)) int setjmp(jmp_buf env);
__attribute__((noreturn)) void longjmp(jmp_buf env, int value);
void __sigjmp_save(sigjmp_buf env, int save);
__attribute__((noreturn)) void siglongjmp(sigjmp_buf env, int value);

#define sigsetjmp(env, save)	\
	(__sigjmp_save(env, save), setjmp((env)->regs))

#endif
