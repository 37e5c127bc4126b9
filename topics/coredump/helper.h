/* SPDX-License-Identifier: MIT */
/* Programs that the kernel starts by itself (row D12). */
#ifndef TOPICS_COREDUMP_HELPER_H
#define TOPICS_COREDUMP_HELPER_H

struct file;
struct fs_context;
struct process;

/*
 * Start a program as root, in the first name spaces and with process 1's root
 * and working directory: a child of task 2, in the group and session 0, without
 * environment, without descriptors but 0, from which it reads what is written
 * to *to, and with an RLIMIT_CORE of 1.  Nobody waits for it: it goes when it
 * ends.
 * argv: NULL-terminated; argv[0]: its path.
 * Context: no lock; sleeps until it is executed, or cannot be.
 * Return: 0 with *to, the end to write of a pipe; -errno: nothing is left.
 */
int helper_start(const char *const *argv, struct file **to);

/*
 * Process 1's root and working directory, wherever it went, and umask 022; to
 * be dropped by fs_put().
 * Context: no lock.
 * Return: NULL: no memory.
 */
struct fs_context *helper_context(void);

/* The limits of process 1, which has just got them, are those of helpers. */
void helper_limits(const struct process *first);

#endif
