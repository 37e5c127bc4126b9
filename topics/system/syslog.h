/* SPDX-License-Identifier: MIT */
/* Declarations shared by the readers of the log. */
#ifndef TOPICS_SYSTEM_SYSLOG_H
#define TOPICS_SYSTEM_SYSLOG_H

#include <lt/types.h>

struct wait_queue;

extern struct wait_queue log_wait;	/* woken by each new record */
/* True if current may read the log (proc(5), dmesg_restrict) */
bool syslog_may_read(void);

#endif
