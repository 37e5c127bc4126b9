/* SPDX-License-Identifier: MIT */
/* Functions of the log ring for its readers and the console. */
#ifndef KERNEL_LOG_LOG_H
#define KERNEL_LOG_LOG_H

#define LOG_BYTES (512 * 160)	/* maximum size of the whole ring as text */

/*
 * From now on show records more urgent than level on the console.
 * Return: the old level.
 */
unsigned log_console_level(unsigned level);
/*
 * Call fn after each new record from now on, but not in a panic.  fn must work
 * in any context.
 */
void log_tell(void (*fn)(void));

#endif
