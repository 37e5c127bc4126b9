/* SPDX-License-Identifier: MIT */
/* The core's pointers to extensions, NULL until the extension sets them. */
#include "cgroup_ops.h"
#include "core_ops.h"
#include <kernel/futex/ops.h>
#include "hooks.h"
#include "namespace_ops.h"
#include "pidfd_ops.h"
#include "sched_ops.h"
#include "timer_ops.h"
#include "tracer_ops.h"

struct hooks hooks;

const struct tracer_ops *tracer_ops;
const struct namespace_ops *namespace_ops;
bool time_spaces, user_spaces;
const struct cgroup_ops *cgroup_ops;
bool cgroups_made;
const struct deadline_ops *deadline_ops;
const struct share_ops *share_ops;
const struct asmp_ops *asmp_ops;
const struct timer_ops *timer_ops;
const struct futex_ops *futex_ops;
const struct core_ops *core_ops;
const struct pidfd_ops *pidfd_ops;
