/* SPDX-License-Identifier: MIT */
/*
 * Loading of 32-bit programs (row E15).  Before exec knows the format, it puts
 * the strings below the end of the 64-bit address space.  Once the ELF loader
 * has checked the file, this file moves them below RV32_TOP.  The ELF loader
 * then builds the program in an address space that ends there, and writes
 * vectors of 32-bit words.
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
 * `top`.  e->text is in use: the head of an interpreter is there.
 */
static int copy_strings(struct exec *e, uaddr_t top)
{
	char some[256];
	uaddr_t from = e->sp;
	int err = 0;

	while (from < e->stack_top && !err) {
		unsigned long n = min(e->stack_top - from, sizeof(some));

		if (vm_copy_from(e->space, some, from, n) != n)
			return -ENOMEM;
		err = stack_write(e, top - (e->stack_top - from), some, n);
		from += n;
	}
	return err;
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
	return 0;
}

/* ---- the format ---------------------------------------------------------- */

static const struct elf_kind rv32_kind = {
	.class = ELF_CLASS32, .top = RV32_TOP, .enter = move_stack,
};

static int rv32_load(struct exec *e)
{
	int err = rv32_is_ours(e) ? elf_load_kind(e, &rv32_kind) : -ENOEXEC;

	if (!err)
		e->calls = rv32_calls;
	return err;
}

static const struct exec_format rv32_format __table(exec_format) = {
	.load = rv32_load,
};
