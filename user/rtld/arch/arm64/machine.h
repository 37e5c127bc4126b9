/* SPDX-License-Identifier: MIT */
/* arm64: types of relocations, the entries of the GOT, TLS. */
#ifndef RTLD_MACHINE_H
#define RTLD_MACHINE_H

#define MACHINE		183		/* EM_AARCH64 */
#define RELOC		Elf_Rela	/* the addend is in the record */
#define HAS_ADDEND	1
#define OWN_DIR		"/usr/lectern/lib"
#define PRELINK_AT	0x1000000000	/* first address for libraries */
#define LIB_DIRS	"/lib/aarch64-linux-gnu:/usr/lib/aarch64-linux-gnu:" \
			"/lib:/usr/lib"
#define CACHE_ABI	0xa03		/* ldcache_entry.abi of our libraries */
/* Some functions keep more registers than plt_trampoline does: bind at once. */
#define DT_VARIANT	0x70000005	/* DT_AARCH64_VARIANT_PCS */

enum {
	R_NONE = 0,
	R_WORD = 257,			/* R_AARCH64_ABS64 */
	R_COPY = 1024,
	R_GLOB_DAT = 1025,
	R_JUMP_SLOT = 1026,
	R_RELATIVE = 1027,
	R_TLS_MODULE = 1028,		/* R_AARCH64_TLS_DTPMOD */
	R_TLS_OFFSET = 1029,		/* R_AARCH64_TLS_DTPREL */
	R_TLS_STATIC = 1030,		/* R_AARCH64_TLS_TPREL */
	R_TLS_DESC = 1031,
	R_IRELATIVE = 1032,
	/* of other machines only: never in a file */
	R_PC = 0x10000, R_TLS_BELOW,
};

#define TLS_BIAS	0
/* Functions of TLS descriptors (R_TLS_DESC), in start.S. */
void tls_desc_fixed(void), tls_desc_late(void), tls_desc_nowhere(void);
#define TLS_DESC_FIXED	((uintptr_t)tls_desc_fixed)
#define TLS_DESC_LATE	((uintptr_t)tls_desc_late)
#define TLS_DESC_NOWHERE ((uintptr_t)tls_desc_nowhere)
/*
 * Words below the thread pointer: the thread's blocks, the message for
 * dlerror(), and the next thread.  The ABI leaves two words behind it to the
 * linker, which has no use for them.
 */
#define TCB_SIZE	0
#define TCB_HEAD	64
#define TCB_BLOCKS(tp)	(((void **)(tp))[-1])
#define TCB_ERROR(tp)	(((const char **)(tp))[-2])
#define TCB_NEXT(tp)	(((char **)(tp))[-3])

/* Entries of the PLT's GOT; entry 0 is unused. */
#define GOT_OBJECT	1
#define GOT_RESOLVER	2

static inline void *thread_pointer(void)
{
	void *tp;

	__asm__ volatile("mrs %0, tpidr_el0" : "=r"(tp));
	return tp;
}

#endif
