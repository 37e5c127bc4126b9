/* SPDX-License-Identifier: MIT */
/* Scheduling policies and struct sched_attr, as in Linux's ABI. */
#ifndef UAPI_SCHED_H
#define UAPI_SCHED_H

#include <lt/types.h>

#define SCHED_OTHER	0
#define SCHED_FIFO	1
#define SCHED_RR	2
#define SCHED_BATCH	3
#define SCHED_IDLE	5
#define SCHED_DEADLINE	6
#define SCHED_RESET_ON_FORK 0x40000000

#define SCHED_FLAG_RESET_ON_FORK	0x01
#define SCHED_FLAG_RECLAIM		0x02	/* for SCHED_DEADLINE */
#define SCHED_FLAG_DL_OVERRUN		0x04	/* for SCHED_DEADLINE */
#define SCHED_FLAG_KEEP_POLICY		0x08
#define SCHED_FLAG_KEEP_PARAMS		0x10
#define SCHED_FLAG_UTIL_CLAMP		0x60
#define SCHED_FLAG_ALL			0x7f

#define SCHED_ATTR_SIZE0	48	/* without the last two fields */
#define SCHED_ATTR_SIZE1	56

struct sched_attr {
	u32 size;
	u32 policy;
	u64 flags;
	s32 nice;
	u32 priority;
	u64 runtime, deadline, period;	/* ns; runtime: the slice of a fair
					   task */
	u32 util_min, util_max;
};

#endif
