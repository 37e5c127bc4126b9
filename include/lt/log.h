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

/* => any context; the newline is added */
void log_print(enum log_level level, const char *prefix, const char *fmt, ...)
	__printf(3, 4);

#define log_err(...)	log_print(LOG_ERR, LOG_PREFIX, __VA_ARGS__)
#define log_warn(...)	log_print(LOG_WARNING, LOG_PREFIX, __VA_ARGS__)
#define log_notice(...)	log_print(LOG_NOTICE, LOG_PREFIX, __VA_ARGS__)
#define log_info(...)	log_print(LOG_INFO, LOG_PREFIX, __VA_ARGS__)
#define log_debug(...)	log_print(LOG_DEBUG, LOG_PREFIX, __VA_ARGS__)

#endif
