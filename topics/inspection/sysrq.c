/* SPDX-License-Identifier: MIT */
/*
 * /proc/sysrq-trigger: root writes a letter and the kernel obeys at once, as on
 * Linux:
 *
 *  c     panic, to test the report of a panic (see trip=)
 *  b, o  reset, or power off, without asking any program
 *  l, t  log where all CPUs are, or where all tasks are
 *  m     log the kernel's objects (--check slab)
 *  g     stop for a debugger
 */
#include "trip.h"
#include "sysrq.h"
#include <fs/vfs.h>
#include "where.h"
#include <lt/arch.h>
#include <lt/bug.h>
#include <lt/check.h>
#include <lt/log.h>
#include <lt/procfile.h>
#include <uapi/errno.h>

void (*sysrq_debug)(void);

static int store_sysrq(const char *text, size_t n)
{
	if (n == 0)
		return -EINVAL;
	switch (text[0]) {
	case 'c':
		trip_asked();
		panic("sysrq: asked to");
	case 'b':
		arch_end(ARCH_RESET);
	case 'o':
		arch_end(0);
	case 'l':
		where_cpus();
		return 0;
	case 't':
		where_tasks();
		return 0;
	case 'm':
		objcheck_show_users();
		return 0;
	case 'g':
		if (!sysrq_debug)
			return -EINVAL;
		sysrq_debug();
		return 0;
	default:
		return -EINVAL;
	}
}

PROC_FILES(files) = {
	{ "sysrq-trigger", NULL, store_sysrq, .plain = true },
};
