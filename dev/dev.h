/* SPDX-License-Identifier: MIT */
/* Devices: found through the machine's list, one driver a file. */
#ifndef DEV_DEV_H
#define DEV_DEV_H

/*
 * Find and start all drivers, and register their nodes in /dev.
 * Context: a task.
 */
void dev_init(void);

#endif
