/* SPDX-License-Identifier: MIT */
/* Switching the machine off, halting and rebooting it. */
#ifndef LIBC_SYS_REBOOT_H
#define LIBC_SYS_REBOOT_H

#define RB_AUTOBOOT	0x01234567
#define RB_HALT_SYSTEM	0xcdef0123
#define RB_POWER_OFF	0x4321fedc

int reboot(unsigned int how);

#endif
