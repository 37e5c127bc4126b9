/* SPDX-License-Identifier: MIT */
/*
 * xv6 on x86: system calls are `int $64` with the number in eax and the
 * arguments on the stack, above the return address of the stub.  The IDT has no
 * gate for vector 64 that user mode may use, so the instruction causes a
 * general protection fault.  The shim handles it for xv6 programs; other
 * programs get SIGSEGV, as on Linux.
 */
#include <arch/i386.h>
#include <topics/personality/xv6.h>
#include <kernel/current.h>
#include <kernel/exec/format.h>
#include <lib/mem.h>
#include <lt/init.h>
#include <mm/uaccess.h>

#define VECTOR_XV6	64
#define OF_IDT		2u	/* error code bit; the code is v * 8 + OF_IDT */
#define INT_BYTES	2

const struct xv6_machine xv6_machine = {
	.ticks = 100, .tells_status = false, .align = 4,
	.top = 0x80000000,		/* KERNBASE */
};

int xv6_arg(const struct trapframe *tf, unsigned i, unsigned long *value)
{
	return get_user(value, tf->esp + 4 + 4 * i);
}

/* Push the arguments of main() with a return address of -1. */
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

/* Continue as if `int $0x80` had been executed: see trap.S. */
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
