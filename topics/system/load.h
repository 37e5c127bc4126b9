/* SPDX-License-Identifier: MIT */
/* Load averages. */
#ifndef TOPICS_SYSTEM_LOAD_H
#define TOPICS_SYSTEM_LOAD_H

/* Get the averages over one, five and fifteen minutes, in units of 1/2048. */
void load_averages(unsigned long load[3]);

#endif
