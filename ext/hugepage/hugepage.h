/* SPDX-License-Identifier: MIT */
/* Superpages: for tests, which turn them on and off. */
#ifndef EXT_HUGEPAGE_HUGEPAGE_H
#define EXT_HUGEPAGE_HUGEPAGE_H

#include <mm/pt.h>

#define HUGE_ORDER	PT_BITS
#define HUGE_PAGES	(1u << HUGE_ORDER)
#define HUGE_SIZE	PT_LEAF_SPAN

/* Off at boot by `nohuge`. */
extern bool huge_enabled;
void huge_init(void);

#endif
