/* SPDX-License-Identifier: MIT */
/* The load of all tasks. */
#ifndef TOPICS_SYSTEM_LOAD_H
#define TOPICS_SYSTEM_LOAD_H

/* Of one, five and fifteen minutes, in 1/2048. */
void load_averages(unsigned long load[3]);

#endif
