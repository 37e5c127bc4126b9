/* SPDX-License-Identifier: MIT */
/* The controllers that control groups have here. */
#include "limits.h"
#include <lt/init.h>

static const struct cgroup_controller *const controllers[] = {
	[CG_CPU] = &cpu_controller,
	[CG_MEMORY] = &memory_controller,
	[CG_PIDS] = &pids_controller,
	NULL,
};

static void limits_init(void)
{
	cg_set_controllers(controllers);
}
INIT(fs, limits_init);
