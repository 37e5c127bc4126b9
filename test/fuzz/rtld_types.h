/* SPDX-License-Identifier: MIT */
/* The runtime linker's words for ELF, of the host's <elf.h>: for 64 bits. */
#ifndef TEST_FUZZ_RTLD_TYPES_H
#define TEST_FUZZ_RTLD_TYPES_H

#include <elf.h>

typedef Elf64_Ehdr Elf_Ehdr;
typedef Elf64_Phdr Elf_Phdr;
typedef Elf64_Dyn Elf_Dyn;
typedef Elf64_Sym Elf_Sym;
typedef Elf64_Rela Elf_Rela;
typedef Elf64_Verdef Elf_Verdef;
typedef Elf64_Verdaux Elf_Verdaux;
typedef Elf64_Verneed Elf_Verneed;
typedef Elf64_Vernaux Elf_Vernaux;
#define ELF_ST_BIND		ELF64_ST_BIND
#define ELF_ST_TYPE		ELF64_ST_TYPE
#define ELF_ST_VISIBILITY	ELF64_ST_VISIBILITY
#define ELF_R_SYM		ELF64_R_SYM
#define ELF_R_TYPE		ELF64_R_TYPE
#define ELFCLASS_NATIVE		ELFCLASS64

#define RTLD_SYS_H		/* the linker's calls are served by each fuzzer */

#endif
