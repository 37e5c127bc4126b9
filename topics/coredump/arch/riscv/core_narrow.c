/* SPDX-License-Identifier: MIT */
/*
 * Core files of 32-bit programs (rows B6, E15): of class ELF32, with the
 * registers and structures of riscv32.  Floating-point registers have the same
 * size as those of riscv64.
 */
#include <arch/machine.h>
#include <kernel/signal/siginfo.h>
#include <lib/elf.h>
#include <lt/init.h>

typedef u32 core_word_t;
#define CORE_BITS	32
#define CORE_CLASS	ELF_CLASS32

static void core_siginfo(void *to, const struct siginfo *info)
{
	narrow->siginfo(to, info);
}

#include <topics/coredump/layout.h>

_Static_assert(sizeof(struct elf_ident) == 52 &&
	       sizeof(struct elf_phdr) == 32 && sizeof(struct prstatus) == 72 &&
	       sizeof(struct prpsinfo) == 128, "as riscv32's debuggers read");

static const struct core_format format = {
	.note_files = note_files, .write_head = write_head,
};

static void core_narrow_init(void)
{
	core_narrow = &format;
}
INIT(fs, core_narrow_init);
