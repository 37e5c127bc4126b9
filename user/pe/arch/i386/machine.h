/* SPDX-License-Identifier: MIT */
/* Code in this machine's instructions. */
#ifndef PE_MACHINE_H
#define PE_MACHINE_H

#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The calling convention of Windows' functions: the callee pops arguments. */
#define WINAPI	__attribute__((stdcall))

/*
 * Make fs point to the TEB for PE code, as gs points to the thread control
 * block for our C library: two entries of the thread's descriptor table.
 * *entry is -1 for the first thread, which gets a free entry; the others use
 * the same one.
 */
static inline int machine_use_teb(void *teb, uint32_t *entry)
{
	struct __tls_arg a = { *entry, (uint32_t)teb, 0xfffff, __TLS_FLAGS };
	long err = __syscall(SYS_set_thread_area, (long)&a, 0, 0, 0, 0, 0);

	if (err < 0)
		return (int)err;
	*entry = a.entry;
	__asm__ volatile("mov %0, %%fs" : : "r"(a.entry * 8 + 3));
	return 0;
}

static inline void *machine_teb(void)
{
	void *teb;

	__asm__ volatile("movl %%fs:0x18, %0" : "=r"(teb));
	return teb;
}

/*
 * Call PE code with three words.  The code may remove any number of them from
 * the stack, and change any register.
 */
uint32_t machine_call(uintptr_t code, uint32_t a, uint32_t b, uint32_t c);

#endif
