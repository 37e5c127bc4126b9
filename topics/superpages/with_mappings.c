/* SPDX-License-Identifier: MIT */
/* MADV_COLLAPSE of madvise(2). */
#include <topics/mappings/advice.h>
#include "hugepage.h"
#include <uapi/mman.h>

static const struct advice_call call __table(advice_call) = {
	MADV_COLLAPSE, huge_collapse_range
};
