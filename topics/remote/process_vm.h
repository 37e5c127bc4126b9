/* SPDX-License-Identifier: MIT */
/* Permission to access another process's memory. */
#ifndef TOPICS_REMOTE_PROCESS_VM_H
#define TOPICS_REMOTE_PROCESS_VM_H

struct process;
struct vm_space;

/*
 * Get the space of p's leader or, if p is NULL, of task pid, if current may
 * attach to it with ptrace(2).
 * Return: 0: *out is the space, to be released with vm_space_put(); -ESRCH,
 * -EPERM.
 */
int process_vm_space(int pid, struct process *p, struct vm_space **out);

#endif
