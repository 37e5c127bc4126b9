/* SPDX-License-Identifier: MIT */
/*
 * xv6 on x86: calls come by `int $64`, the number in eax, arguments on the
 * stack above the stub's return address.  No gate is opened for them: to the
 * processor the instruction is a fault, which is the shim's if the program is
 * xv6's, and a SIGSEGV for all others, as on Linux.
 */
#include <arch/i386.h>
#include <topics/personality/xv6.h>
#include <kernel/current.h>
#include <kernel/exec/format.h>
#include <lib/mem.h>
#include <lt/init.h>
#include <mm/uaccess.h>

#define VECTOR_XV6	64
#define OF_IDT		2u		/* of an error code: v * 8 + this */
#define INT_BYTES	2

const struct xv6_machine xv6_machine = {
	.ticks = 100, .tells_status = false, .align = 4,
	.top = 0x80000000,		/* KERNBASE */
};

int xv6_arg(const struct trapframe *tf, unsigned i, unsigned long *value)
{
	return get_user(value, tf->esp + 4 + 4 * i);
}

/* main() finds its arguments as if it had been called from nowhere. */
int xv6_begin(struct exec *e, void *stack, unsigned long room, uaddr_t argv,
	      unsigned argc, uaddr_t entry)
{
	u32 words[3] = { 0xffffffff, argc, argv };

	if (room < sizeof(words))
		return -E2BIG;
	memcpy((char *)stack - sizeof(words), words, sizeof(words));
	e->sp = argv - sizeof(words);
	e->entry = entry;
	return 0;
}

/* From here on it is as if `int $0x80` had come: see trap.S. */
static bool take_int(struct trapframe *tf)
{
	if (tf->err != VECTOR_XV6 * 8 + OF_IDT || !tf_user(tf) ||
	    current->calls != xv6_calls)
		return false;
	tf->eip += INT_BYTES;
	tf->err = tf->eax;
	tf->vector = VECTOR_SYSCALL;
	trap_syscall(tf);
	return true;
}

static void xv6_init(void)
{
	i386_other_int = take_int;
}
INIT(fs, xv6_init);
