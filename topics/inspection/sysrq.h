/* SPDX-License-Identifier: MIT */
#ifndef TOPICS_INSPECTION_SYSRQ_H
#define TOPICS_INSPECTION_SYSRQ_H

/* Stop for a debugger (topics/gdbstub).  NULL: there is none. */
extern void (*sysrq_debug)(void);

#endif
