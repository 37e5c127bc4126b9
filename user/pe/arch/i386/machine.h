/* SPDX-License-Identifier: MIT */
/* What only this machine's instructions can say. */
#ifndef PE_MACHINE_H
#define PE_MACHINE_H

#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* How Windows' functions take arguments: the called one removes them. */
#define WINAPI	__attribute__((stdcall))

/*
 * fs is at the TEB for the PE code's sake, as gs is at the thread pointer for
 * our C library's: two entries of the same table of descriptors, each
 * thread's own.  `entry` is -1 for the first thread, which gets one; the others
 * inherit that.
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
 * Calls PE code with three words, of which it removes as many as it likes, and
 * changes registers as it likes.
 */
uint32_t machine_call(uintptr_t code, uint32_t a, uint32_t b, uint32_t c);

#endif
