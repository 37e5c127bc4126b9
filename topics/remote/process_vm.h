/* SPDX-License-Identifier: MIT */
/* Whose memory a call may reach into. */
#ifndef TOPICS_REMOTE_PROCESS_VM_H
#define TOPICS_REMOTE_PROCESS_VM_H

struct process;
struct vm_space;

/*
 * The space of p's first thread, or (p NULL) of task pid, if current may attach
 * to that.
 * Return: 0 with *out, for vm_space_put(); -ESRCH, -EPERM.
 */
int process_vm_space(int pid, struct process *p, struct vm_space **out);

#endif
