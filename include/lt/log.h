/* SPDX-License-Identifier: MIT */
/*
 * The kernel log: a ring read by syslog(2) and /dev/kmsg, each line also sent
 * to the console when its level is below `loglevel=`.  A file that logs
 * defines LOG_PREFIX ("mm", "tty", ...) before it includes this header.
 */
#ifndef LT_LOG_H
#define LT_LOG_H

#include <lt/compiler.h>
#include <lt/types.h>

enum log_level {
	LOG_EMERG, LOG_ALERT, LOG_CRIT, LOG_ERR,
	LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG,
};

#ifndef LOG_PREFIX
#define LOG_PREFIX "kernel"
#endif

/* Log one line; the function adds the newline.  Context: any. */
void log_print(enum log_level level, const char *prefix, const char *fmt, ...)
	__printf(3, 4);

/*
 * Read the log.  Records are numbered from 0; the log holds the records from
 * log_first() to log_next() - 1.  log_read() formats record seq as `[ 1.234567]
 * prefix: text`, preceded by `<level>` if prio; log_kmsg() formats the record
 * as /dev/kmsg does.
 * Return: length with the newline (cut to size), or 0: no such record.
 */
u64 log_first(void);
u64 log_next(void);
size_t log_read(u64 seq, char *buf, size_t size, bool prio);
size_t log_kmsg(u64 seq, char *buf, size_t size);
#define LOG_LINE 192			/* enough for both formats */

/* Read the options `loglevel=` and `quiet`. */
void log_init(void);
/* Send all later lines to the console, for a panic. */
void log_panic(void);

#define log_err(...)	log_print(LOG_ERR, LOG_PREFIX, __VA_ARGS__)
#define log_warn(...)	log_print(LOG_WARNING, LOG_PREFIX, __VA_ARGS__)
#define log_notice(...)	log_print(LOG_NOTICE, LOG_PREFIX, __VA_ARGS__)
#define log_info(...)	log_print(LOG_INFO, LOG_PREFIX, __VA_ARGS__)
#define log_debug(...)	log_print(LOG_DEBUG, LOG_PREFIX, __VA_ARGS__)

#endif
