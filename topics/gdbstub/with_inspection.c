/* SPDX-License-Identifier: MIT */
/* The letter g of /proc/sysrq-trigger: start a session (row B7). */
#include "gdbstub.h"
#include <topics/inspection/sysrq.h>
#include <lt/boot.h>
#include <lt/init.h>

static void gdbstub_sysrq_init(void)
{
	if (boot_option("kgdb") || boot_option("kgdbwait"))
		sysrq_debug = stub_trap;
}
INIT(end, gdbstub_sysrq_init);
