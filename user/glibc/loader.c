/* SPDX-License-Identifier: MIT */
/*
 * The symbol that libraries need from glibc's loader on some machines: the
 * stack protector's guard, a word that functions keep on their stack to detect
 * that it was overwritten.
 */
#include <elf.h>
#include <stdint.h>
#include <unistd.h>

extern uintptr_t __stack_chk_guard;
uintptr_t __stack_chk_guard;

/* The lowest byte is 0, so no string that overflows can reproduce the guard. */
__attribute__((constructor)) static void choose(void)
{
	const uintptr_t *random = (const uintptr_t *)getauxval(AT_RANDOM);

	if (random)
		__stack_chk_guard = *random & ~(uintptr_t)0xff;
}
