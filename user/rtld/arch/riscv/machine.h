/* SPDX-License-Identifier: MIT */
/* RISC-V, both widths: types of relocations, the entries of the GOT, TLS. */
#ifndef RTLD_MACHINE_H
#define RTLD_MACHINE_H

#define MACHINE		243		/* EM_RISCV */
#define RELOC		Elf_Rela	/* the addend is in the record */
#define HAS_ADDEND	1
#define CACHE_ABI	0x1003		/* ldcache_entry.abi of our libraries */
/* Some functions keep more registers than plt_trampoline does: bind at once. */
#define DT_VARIANT	0x70000001	/* DT_RISCV_VARIANT_CC */

#if __riscv_xlen == 64
#define OWN_DIR		"/usr/lectern/lib"
#define PRELINK_AT	0x1000000000	/* first address for libraries */
#define TRIPLET		"riscv64-linux-gnu:"
#define R_WIDE		1		/* relocations of 64 bits */
#else
#define OWN_DIR		"/usr/lectern/lib32"
#define PRELINK_AT	0x40000000
#define TRIPLET		"riscv32-linux-gnu:"
#define R_WIDE		0
#endif
#define LIB_DIRS	"/lib/" TRIPLET "/usr/lib/" TRIPLET "/lib:/usr/lib"

enum {
	R_NONE = 0,
	R_WORD = 1 + R_WIDE,		/* R_RISCV_32, R_RISCV_64 */
	R_RELATIVE = 3,
	R_COPY = 4,
	R_JUMP_SLOT = 5,
	R_TLS_MODULE = 6 + R_WIDE,	/* R_RISCV_TLS_DTPMOD32, 64 */
	R_TLS_OFFSET = 8 + R_WIDE,	/* R_RISCV_TLS_DTPREL32, 64 */
	R_TLS_STATIC = 10 + R_WIDE,	/* R_RISCV_TLS_TPREL32, 64 */
	R_TLS_DESC = 12,
	R_IRELATIVE = 58,
	/* of other machines only: never in a file */
	R_GLOB_DAT = 1001, R_PC, R_TLS_BELOW,
};

/* Offsets in code and relocations are this much less than the real ones. */
#define TLS_BIAS	0x800
/* Functions of TLS descriptors (R_TLS_DESC), in start.S. */
void tls_desc_fixed(void), tls_desc_late(void), tls_desc_nowhere(void);
#define TLS_DESC_FIXED	((uintptr_t)tls_desc_fixed)
#define TLS_DESC_LATE	((uintptr_t)tls_desc_late)
#define TLS_DESC_NOWHERE ((uintptr_t)tls_desc_nowhere)
/*
 * Words below the thread pointer: the thread's blocks, the message for
 * dlerror(), and the next thread.
 */
#define TCB_SIZE	0
#define TCB_HEAD	64
#define TCB_BLOCKS(tp)	(((void **)(tp))[-1])
#define TCB_ERROR(tp)	(((const char **)(tp))[-2])
#define TCB_NEXT(tp)	(((char **)(tp))[-3])

/*
 * The first two entries are the linker's own: where the PLT jumps to bind a
 * function, and the object that this code gets.
 */
#define GOT_RESOLVER	0
#define GOT_OBJECT	1

static inline void *thread_pointer(void)
{
	void *tp;

	__asm__ volatile("mv %0, tp" : "=r"(tp));
	return tp;
}

#endif
