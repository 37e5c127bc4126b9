/* SPDX-License-Identifier: MIT */
/* Devices: found through the machine's list, one driver a file. */
#ifndef DEV_DEV_H
#define DEV_DEV_H

/* Find and start all drivers, register their /dev nodes.  => task context */
void dev_init(void);

#endif
