/* SPDX-License-Identifier: MIT */
/* Between the ring and its readers. */
#ifndef KERNEL_LOG_LOG_H
#define KERNEL_LOG_LOG_H

#define LOG_BYTES (512 * 160)	/* what the whole ring takes as text, at most */

/* Show records more urgent than level from now.  Return: the old level. */
unsigned log_console_level(unsigned level);
/*
 * Call fn after each new record, but not in a panic.
 * Context: any, which fn must allow.
 */
void log_tell(void (*fn)(void));

#endif
