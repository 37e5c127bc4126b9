/* SPDX-License-Identifier: MIT */
/* Between the readers of the log. */
#ifndef EXT_SYSLOG_SYSLOG_H
#define EXT_SYSLOG_SYSLOG_H

struct wait_queue;

extern struct wait_queue log_wait;	/* woken by each new record */

#endif
