/* SPDX-License-Identifier: MIT */
/* i386: types of relocations, the entries of the GOT, TLS. */
#ifndef RTLD_MACHINE_H
#define RTLD_MACHINE_H

#define MACHINE		3		/* EM_386 */
#define RELOC		Elf_Rel		/* the addend is in the place itself */
#define HAS_ADDEND	0
#define OWN_DIR		"/usr/lectern/lib"
#define PRELINK_AT	0x40000000	/* first address for libraries */
#define LIB_DIRS	"/lib/i386-linux-gnu:/usr/lib/i386-linux-gnu:" \
			"/lib:/usr/lib"
#define CACHE_ABI	3		/* ldcache_entry.abi of our libraries */
#define DT_VARIANT	DT_BIND_NOW	/* no functions of other conventions */

enum {
	R_NONE = 0,
	R_WORD = 1,			/* R_386_32 */
	R_PC = 2,
	R_COPY = 5,
	R_GLOB_DAT = 6,
	R_JUMP_SLOT = 7,
	R_RELATIVE = 8,
	R_TLS_STATIC = 14,		/* R_386_TLS_TPOFF */
	R_TLS_MODULE = 35,
	R_TLS_OFFSET = 36,
	R_TLS_BELOW = 37,		/* R_386_TLS_TPOFF32: -offset */
	R_TLS_DESC = 41,
	R_IRELATIVE = 42,
};

#define TLS_BIAS	0
/* Functions of TLS descriptors (R_TLS_DESC), in start.S. */
void tls_desc_fixed(void), tls_desc_late(void), tls_desc_nowhere(void);
#define TLS_DESC_FIXED	((uintptr_t)tls_desc_fixed)
#define TLS_DESC_LATE	((uintptr_t)tls_desc_late)
#define TLS_DESC_NOWHERE ((uintptr_t)tls_desc_nowhere)
/*
 * gs points to the control block: its own address, the thread's blocks, the
 * message for dlerror(), and the next thread.  Compilers use a word behind
 * these (gs:0x14, the stack protector's guard).
 */
#define TCB_SIZE	64
#define TCB_HEAD	0
#define TCB_BLOCKS(tp)	(((void **)(tp))[1])
#define TCB_ERROR(tp)	(((const char **)(tp))[2])
#define TCB_NEXT(tp)	(((char **)(tp))[3])

/* Entries of the PLT's GOT; entry 0 is the address of the dynamic section. */
#define GOT_OBJECT	1
#define GOT_RESOLVER	2

static inline void *thread_pointer(void)
{
	void *tp;

	__asm__ volatile("movl %%gs:0, %0" : "=r"(tp));
	return tp;
}

#endif
