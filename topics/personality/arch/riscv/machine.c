/* SPDX-License-Identifier: MIT */
/*
 * xv6 on RISC-V: system calls are ecall with the number in a7 and the arguments
 * from a0 on.  A program begins with argc in a0 and argv in a1.  Since the
 * result of exec overwrites a0, a few instructions (start.S) load both.  They
 * lie where xv6 itself has its trapframe.
 */
#include <topics/personality/xv6.h>
#include <kernel/exec/format.h>
#include <lib/mem.h>
#include <mm/vm.h>

#define START_AT	(USER_TOP - PAGE_SIZE)

const struct xv6_machine xv6_machine = {
	.ticks = 10, .tells_status = true, .lazy = true,
	.align = 16, .top = START_AT,
};

int xv6_arg(const struct trapframe *tf, unsigned i, unsigned long *value)
{
	*value = tf_arg(tf, i);
	return 0;
}

extern const char xv6_start[];

/*
 * Put the words that start.S loads below the stack pointer, where the program
 * does not look.
 */
int xv6_begin(struct exec *e, void *stack, unsigned long room, uaddr_t argv,
	      unsigned argc, uaddr_t entry)
{
	unsigned long words[2] = { argc, entry };

	if (room < sizeof(words))
		return -E2BIG;
	memcpy((char *)stack - sizeof(words), words, sizeof(words));
	e->sp = argv;
	e->entry = START_AT;
	return vm_map_special(e->space, START_AT, xv6_start, PAGE_SIZE);
}
