/* SPDX-License-Identifier: MIT */
/* The constants of futex(2), and futex_init(). */
#ifndef KERNEL_FUTEX_FUTEX_H
#define KERNEL_FUTEX_FUTEX_H

#define FUTEX_WAIT		0
#define FUTEX_WAKE		1
#define FUTEX_WAIT_BITSET	9
#define FUTEX_WAKE_BITSET	10
#define FUTEX_PRIVATE		128
#define FUTEX_CLOCK_REALTIME	256
#define FUTEX_CMD_MASK		(~(FUTEX_PRIVATE | FUTEX_CLOCK_REALTIME))

#define FUTEX_BITSET_ANY	0xffffffffu

void futex_init(void);			/* called at boot */

#endif
