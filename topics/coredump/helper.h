/* SPDX-License-Identifier: MIT */
/* Programs that the kernel starts by itself (row D12). */
#ifndef TOPICS_COREDUMP_HELPER_H
#define TOPICS_COREDUMP_HELPER_H

struct file;
struct fs_context;
struct process;

/*
 * Start a program as root, in the initial namespaces and with the root and
 * working directories of process 1.  The program is a child of task 2, in
 * process group and session 0.  Its environment is empty, its RLIMIT_CORE is 1,
 * and its only open descriptor is 0, from which it reads what is written to
 * *to.  Nobody waits for it: it is reaped automatically when it ends.
 * argv: NULL-terminated; argv[0]: path of the program.
 * Context: no lock; sleeps until the program has been executed or has failed.
 * Return: 0 with *to, the write end of a pipe; -errno: nothing was left behind.
 */
int helper_start(const char *const *argv, struct file **to);

/*
 * Create a context with the current root and working directory of process 1 and
 * umask 022; the caller drops it with fs_put().
 * Context: no lock.
 * Return: NULL: no memory.
 */
struct fs_context *helper_context(void);

/* Copy the limits of process 1, which have just been set, for helpers. */
void helper_limits(const struct process *first);

#endif
