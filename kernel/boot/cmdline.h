/* SPDX-License-Identifier: MIT */
/* What the command line holds for init. */
#ifndef KERNEL_BOOT_CMDLINE_H
#define KERNEL_BOOT_CMDLINE_H

/*
 * Append the options that are not the kernel's own to the NULL-terminated
 * vectors, at most max entries with the NULL; each is reported in the log.
 */
void cmdline_for_init(const char **argv, unsigned max_argv, const char **envp,
		      unsigned max_envp);

#endif
