/* SPDX-License-Identifier: MIT */
/* The controllers of this folder: their places, and their files that notify. */
#ifndef TOPICS_CGROUPLIMITS_LIMITS_H
#define TOPICS_CGROUPLIMITS_LIMITS_H

#include <topics/cgroups/cgroup.h>

/* IDs, in the order in which Linux lists controllers. */
enum { CG_CPU, CG_MEMORY, CG_PIDS };

extern const struct cgroup_controller cpu_controller, pids_controller;
extern struct cgroup_controller memory_controller;

enum { CG_PIDS_EVENTS = CG_CONTROLLER_EVENTS, CG_PIDS_LOCAL, CG_MEM_EVENTS,
       CG_MEM_LOCAL, CG_SWAP_EVENTS, CG_LIMITS_END };
_Static_assert(CG_LIMITS_END == CG_NR_EVENTS, "a notice for each");

#endif
