/* SPDX-License-Identifier: MIT */
/* Core files of programs with words of the kernel's width (row B6). */
#include <arch/elf.h>
#include <kernel/signal/siginfo.h>

typedef unsigned long core_word_t;
#define CORE_BITS	(8 * __SIZEOF_LONG__)
#define CORE_CLASS	ARCH_ELF_CLASS
#define core_siginfo	siginfo_encode

#include "layout.h"

const struct core_format core_native = {
	.note_files = note_files, .write_head = write_head,
};
