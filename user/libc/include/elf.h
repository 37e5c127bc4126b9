/* SPDX-License-Identifier: MIT */
/*
 * The parts of ELF that the start-up code and the runtime linker use.  Elf_
 * types have the machine's word size.
 */
#ifndef LIBC_ELF_H
#define LIBC_ELF_H

#include <stdint.h>

#define ET_EXEC		2
#define ET_DYN		3
#define ELFCLASS32	1
#define ELFCLASS64	2
#define ELFDATA2LSB	1
#define PT_NULL		0
#define PT_LOAD		1
#define PT_DYNAMIC	2
#define PT_INTERP	3
#define PT_NOTE		4
#define PT_PHDR		6
#define PT_TLS		7
#define PT_GNU_STACK	0x6474e551
#define PT_GNU_RELRO	0x6474e552
#define PF_X		1
#define PF_W		2
#define PF_R		4

#define AT_NULL		0
#define AT_PHDR		3
#define AT_PHENT	4
#define AT_PHNUM	5
#define AT_PAGESZ	6
#define AT_BASE		7
#define AT_FLAGS	8
#define AT_ENTRY	9
#define AT_UID		11
#define AT_EUID		12
#define AT_GID		13
#define AT_EGID		14
#define AT_PLATFORM	15
#define AT_HWCAP	16
#define AT_CLKTCK	17
#define AT_SECURE	23
#define AT_RANDOM	25
#define AT_EXECFN	31
#define AT_SYSINFO	32
#define AT_SYSINFO_EHDR	33

typedef struct {
	unsigned char e_ident[16];
	uint16_t e_type;
	uint16_t e_machine;
	uint32_t e_version;
	uintptr_t e_entry;
	uintptr_t e_phoff;
	uintptr_t e_shoff;
	uint32_t e_flags;
	uint16_t e_ehsize;
	uint16_t e_phentsize;
	uint16_t e_phnum;
	uint16_t e_shentsize;
	uint16_t e_shnum;
	uint16_t e_shstrndx;
} Elf_Ehdr;

/* The position of p_flags depends on the class. */
#if UINTPTR_MAX > 0xffffffff
typedef struct {
	uint32_t p_type;
	uint32_t p_flags;
	uint64_t p_offset;
	uint64_t p_vaddr;
	uint64_t p_paddr;
	uint64_t p_filesz;
	uint64_t p_memsz;
	uint64_t p_align;
} Elf_Phdr;
#define ELFCLASS_NATIVE	ELFCLASS64
#else
typedef struct {
	uint32_t p_type;
	uint32_t p_offset;
	uint32_t p_vaddr;
	uint32_t p_paddr;
	uint32_t p_filesz;
	uint32_t p_memsz;
	uint32_t p_flags;
	uint32_t p_align;
} Elf_Phdr;
#define ELFCLASS_NATIVE	ELFCLASS32
#endif

/* --- the dynamic section ------------------------------------------------ */

#define DT_NULL		0
#define DT_NEEDED	1
#define DT_PLTRELSZ	2
#define DT_PLTGOT	3
#define DT_HASH		4
#define DT_STRTAB	5
#define DT_SYMTAB	6
#define DT_RELA		7
#define DT_RELASZ	8
#define DT_INIT		12
#define DT_FINI		13
#define DT_SONAME	14
#define DT_RPATH	15
#define DT_SYMBOLIC	16
#define DT_REL		17
#define DT_RELSZ	18
#define DT_PLTREL	20
#define DT_DEBUG	21
#define DT_TEXTREL	22
#define DT_JMPREL	23
#define DT_BIND_NOW	24
#define DT_INIT_ARRAY	25
#define DT_FINI_ARRAY	26
#define DT_INIT_ARRAYSZ	27
#define DT_FINI_ARRAYSZ	28
#define DT_RUNPATH	29
#define DT_FLAGS	30
#define DT_PREINIT_ARRAY	32
#define DT_PREINIT_ARRAYSZ	33
#define DT_RELRSZ	35
#define DT_RELR		36
#define DT_GNU_HASH	0x6ffffef5
#define DT_VERSYM	0x6ffffff0
#define DT_FLAGS_1	0x6ffffffb
#define DT_VERDEF	0x6ffffffc
#define DT_VERNEED	0x6ffffffe

#define DF_SYMBOLIC	2
#define DF_TEXTREL	4
#define DF_BIND_NOW	8
#define DF_STATIC_TLS	16
#define DF_1_NOW	1
#define DF_1_NODELETE	8
#define DF_1_INITFIRST	0x20
#define DF_1_NODEFLIB	0x800

typedef struct {
	intptr_t d_tag;
	uintptr_t d_val;
} Elf_Dyn;

/* --- symbols, relocations, versions ------------------------------------- */

#if UINTPTR_MAX > 0xffffffff
typedef struct {
	uint32_t st_name;
	uint8_t st_info;
	uint8_t st_other;
	uint16_t st_shndx;
	uint64_t st_value;
	uint64_t st_size;
} Elf_Sym;
#define ELF_R_SYM(i)	((uint32_t)((i) >> 32))
#define ELF_R_TYPE(i)	((uint32_t)(i))
#else
typedef struct {
	uint32_t st_name;
	uint32_t st_value;
	uint32_t st_size;
	uint8_t st_info;
	uint8_t st_other;
	uint16_t st_shndx;
} Elf_Sym;
#define ELF_R_SYM(i)	((i) >> 8)
#define ELF_R_TYPE(i)	((i) & 0xff)
#endif

#define ELF_ST_BIND(i)	((i) >> 4)
#define ELF_ST_TYPE(i)	((i) & 15)
#define ELF_ST_VISIBILITY(o)	((o) & 3)
#define STB_LOCAL	0
#define STB_GLOBAL	1
#define STB_WEAK	2
#define STB_GNU_UNIQUE	10
#define STT_NOTYPE	0
#define STT_OBJECT	1
#define STT_FUNC	2
#define STT_COMMON	5
#define STT_TLS		6
#define STT_GNU_IFUNC	10
#define STV_DEFAULT	0
#define STV_INTERNAL	1
#define STV_HIDDEN	2
#define STV_PROTECTED	3
#define SHN_UNDEF	0
#define SHN_ABS		0xfff1

typedef struct {
	uintptr_t r_offset;
	uintptr_t r_info;
} Elf_Rel;

typedef struct {
	uintptr_t r_offset;
	uintptr_t r_info;
	intptr_t r_addend;
} Elf_Rela;

#define VER_FLG_BASE	1
#define VER_FLG_WEAK	2
#define VERSYM_HIDDEN	0x8000

typedef struct {
	uint16_t vd_version;
	uint16_t vd_flags;
	uint16_t vd_ndx;
	uint16_t vd_cnt;
	uint32_t vd_hash;
	uint32_t vd_aux;
	uint32_t vd_next;
} Elf_Verdef;

typedef struct {
	uint32_t vda_name;
	uint32_t vda_next;
} Elf_Verdaux;

typedef struct {
	uint16_t vn_version;
	uint16_t vn_cnt;
	uint32_t vn_file;
	uint32_t vn_aux;
	uint32_t vn_next;
} Elf_Verneed;

typedef struct {
	uint32_t vna_hash;
	uint16_t vna_flags;
	uint16_t vna_other;
	uint32_t vna_name;
	uint32_t vna_next;
} Elf_Vernaux;

#endif
