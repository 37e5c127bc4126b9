/* SPDX-License-Identifier: MIT */
/*
 * Loading of 32-bit programs (row E15).  Before exec knows the format, it puts
 * the strings below the end of the 64-bit address space.  This file moves them
 * below RV32_TOP.  The ELF loader then builds the program in an address space
 * that ends there.  At last the vectors that the ELF loader has written are
 * converted to 32 bits.
 *
 * Loading exposes the rest of the extension to every user who has such a file.
 * So it is off until root writes 1 to /proc/sys/abi/rv32; until then such a
 * file is not executable.
 */
#include <arch/elf.h>
#include "rv32.h"
#include <fs/fs.h>
#include <fs/vfs.h>
#include <kernel/exec/format.h>
#include <lib/elf.h>
#include <lib/mem.h>
#include <lt/arch.h>
#include <lt/procfile.h>
#include <lt/table.h>
#include <mm/vm.h>
#include <uapi/errno.h>

#define STACK_INITIAL	(132ul << 10)	/* as for 64-bit programs */
/* number of random bits; the unit is a page */
#define STACK_RANDOM	11

enum { AT_IGNORE = 1, AT_SYSINFO_EHDR = 33 };

static unsigned long allowed;		/* accessed without a lock */

SYSCTL_NUMBERS(numbers) = {
	{ "abi/rv32", &allowed, 0, 1 },
};

static bool rv32_is_ours(const struct exec *e)
{
	struct elf_header h;

	return READ_ONCE(allowed) &&
		!elf_read_header(e->head, (size_t)e->head_len, 0, &h) &&
		h.class == ELF_CLASS32 && h.machine == ARCH_ELF_MACHINE;
}

/* ---- the stack ----------------------------------------------------------- */

/*
 * Copy the strings written so far, from e->sp up, to the same distance below
 * `top`.
 */
static int copy_strings(struct exec *e, uaddr_t top)
{
	uaddr_t from = e->sp;
	int err = 0;

	while (from < e->stack_top && !err) {
		unsigned long n = min(e->stack_top - from,
				      (unsigned long)EXEC_TEXT);

		if (vm_copy_from(e->space, e->text, from, n) != n)
			return -ENOMEM;
		err = stack_write(e, top - (e->stack_top - from), e->text, n);
		from += n;
	}
	return err;
}

static void shift(unsigned long *words, unsigned n, unsigned long by)
{
	for (unsigned i = 0; i < n; i++)
		words[i] -= by;
}

/*
 * Replace the old stack.  The vDSO moves too.  Only its sigreturn code works in
 * both widths, so the program is not told of the vDSO.
 */
static int move_stack(struct exec *e)
{
	struct vm_space *s = e->space;
	uaddr_t top = RV32_TOP - ALIGN_UP(arch_vdso.size, PAGE_SIZE) -
		exec_random(e, STACK_RANDOM);
	unsigned long by = e->stack_top - top;
	int err = vm_map_stack(s, top, STACK_INITIAL, false);

	if (!err)
		err = copy_strings(e, top);
	if (!err)
		err = vm_map_special(s, top, arch_vdso.image, arch_vdso.size);
	if (!err)
		err = vm_unmap(s, RV32_TOP, USER_TOP - RV32_TOP);
	if (err)
		return err;
	s->top = RV32_TOP;
	s->vdso = top;
	e->stack_top = top;
	e->sp -= by;
	e->sp_min -= by;
	e->filename_at -= by;
	e->env_start -= by;
	e->env_end -= by;
	shift(e->vector + e->first, e->argc, by);
	shift(e->vector + e->first + e->argc + 1, e->envc, by);
	return 0;
}

/* ---- the vectors --------------------------------------------------------- */

/*
 * Convert 64-bit words to 32 bits in place, starting with the first: no word is
 * overwritten before it is read.
 */
static void rv32_narrow(void *words, unsigned n)
{
	const unsigned long *from = words;
	u32 *to = words;

	for (unsigned i = 0; i < n; i++) {
		u32 word = (u32)from[i];

		to[i] = word;
	}
}

/*
 * Convert the vectors.  stack_finish() has left room for twice as many bytes,
 * from e->sp up.  The copy of the auxiliary vector for /proc and core files is
 * converted too.
 */
static int narrow_vectors(struct exec *e)
{
	struct vm_space *s = e->space;
	unsigned long *start = e->vector + e->first - 1;
	unsigned long *auxv = start + 1 + e->argc + 1 + e->envc + 1;
	unsigned n = (unsigned)(auxv - start) + s->auxv_words;

	for (unsigned i = 0; i < s->auxv_words; i += 2)
		if (auxv[i] == AT_SYSINFO_EHDR)
			auxv[i] = s->auxv[i] = AT_IGNORE;
	rv32_narrow(s->auxv, s->auxv_words);
	s->auxv_words /= 2;
	rv32_narrow(start, n);
	e->sp = ALIGN_DOWN(e->sp + n * sizeof(u32), 16);
	return stack_write(e, e->sp, start, n * sizeof(u32));
}

/*
 * Pass the file to an interpreter of another format as a descriptor.  The
 * descriptor's number is the value of the auxiliary vector's first pair.
 */
static int rv32_pass_binary(struct exec *e)
{
	unsigned words = 1 + e->argc + 1 + e->envc + 1;
	u32 *auxv = (u32 *)e->space->auxv;
	int fd = fd_install(e->binary, 0, false);

	if (fd < 0)
		return fd;
	e->binary = NULL;
	auxv[1] = (u32)fd;
	return stack_write(e, e->sp + (words + 1) * sizeof(u32), &auxv[1],
			   sizeof(u32));
}

/* ---- the format ---------------------------------------------------------- */

/*
 * Load a program.  If it is the interpreter of another file, the stack has been
 * moved already.
 */
static int rv32_load(struct exec *e)
{
	int err = rv32_is_ours(e) ? 0 : -ENOEXEC;

	if (!err && e->space->top != RV32_TOP)
		err = move_stack(e);
	if (!err)
		err = elf_load(e);
	if (!err)
		err = narrow_vectors(e);
	if (err)
		return err;
	e->calls = rv32_calls;
	e->pass_binary = rv32_pass_binary;
	return 0;
}

static const struct exec_format rv32_format __table(exec_format) = {
	.load = rv32_load,
};
