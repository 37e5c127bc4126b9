/* SPDX-License-Identifier: MIT */
/* The load of all tasks. */
#ifndef EXT_SYSINFO_LOAD_H
#define EXT_SYSINFO_LOAD_H

/* Of one, five and fifteen minutes, in 1/2048. */
void load_averages(unsigned long load[3]);

#endif
