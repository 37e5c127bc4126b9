/* SPDX-License-Identifier: MIT */
/*
 * What libraries take from glibc's loader on this machine: the word that
 * functions keep on their stack to see whether it was overwritten.
 */
#include <elf.h>
#include <stdint.h>
#include <unistd.h>

extern uintptr_t __stack_chk_guard;
uintptr_t __stack_chk_guard;

/* The lowest byte is 0: a string that runs over the word ends before it. */
__attribute__((constructor)) static void choose(void)
{
	const uintptr_t *random = (const uintptr_t *)getauxval(AT_RANDOM);

	if (random)
		__stack_chk_guard = *random & ~(uintptr_t)0xff;
}
