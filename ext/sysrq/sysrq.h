/* SPDX-License-Identifier: MIT */
#ifndef EXT_SYSRQ_H
#define EXT_SYSRQ_H

/* Stop for a debugger (ext/gdbstub).  NULL: none is there. */
extern void (*sysrq_debug)(void);

#endif
