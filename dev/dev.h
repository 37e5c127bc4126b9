/* SPDX-License-Identifier: MIT */
/* Devices: found through the machine's list, one driver a file. */
#ifndef DEV_DEV_H
#define DEV_DEV_H

/* Find and start all drivers, register their /dev nodes.  => task context */
void dev_init(void);

/*
 * The machine is about to go off: wait until what programs wrote has left
 * for the host.  => task context; may sleep
 */
void dev_shutdown(void);

#endif
