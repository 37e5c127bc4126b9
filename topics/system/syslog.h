/* SPDX-License-Identifier: MIT */
/* Between the readers of the log. */
#ifndef TOPICS_SYSTEM_SYSLOG_H
#define TOPICS_SYSTEM_SYSLOG_H

#include <lt/types.h>

struct wait_queue;

extern struct wait_queue log_wait;	/* woken by each new record */
bool syslog_may_read(void);		/* may current?  proc(5), dmesg_restrict */

#endif
