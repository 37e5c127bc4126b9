/* SPDX-License-Identifier: MIT */
/* More than one CPU (row B13): start, interrupts between CPUs, calls. */
#ifndef KERNEL_SMP_H
#define KERNEL_SMP_H

#include <lt/types.h>

/* Number the CPUs of boot_info.  => boot CPU, first of all */
void smp_init(void);
/* Start the others, as many as `smp=` allows.  => task context */
void smp_start(void);

#endif
