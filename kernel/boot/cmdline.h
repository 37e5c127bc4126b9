/* SPDX-License-Identifier: MIT */
/* The part of the command line that goes to init. */
#ifndef KERNEL_BOOT_CMDLINE_H
#define KERNEL_BOOT_CMDLINE_H

/*
 * Append the options for init, which the kernel does not know, to the
 * NULL-terminated vectors argv and envp, which hold at most max entries
 * including the NULL.  The first call logs each of these options.
 */
void cmdline_for_init(const char **argv, unsigned max_argv, const char **envp,
		      unsigned max_envp);

#endif
