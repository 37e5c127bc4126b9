/* SPDX-License-Identifier: MIT */
/* How the rest of the kernel starts programs (rows A1-A9, D15). */
#ifndef KERNEL_EXEC_EXEC_H
#define KERNEL_EXEC_EXEC_H

/*
 * Replace the caller's program: execve(2) with strings in kernel memory.
 * Context: a task with a process.
 * Return: 0: the task's trapframe is set up; -errno: nothing has changed.
 */
int exec_kernel(const char *path, const char *const *argv,
		const char *const *envp);

/*
 * Which addresses of a program are random (kernel.randomize_va_space): 0: none;
 * 1: all except the heap's; 2: all.  Read without a lock.
 */
extern unsigned long exec_randomness;

/*
 * personality(2) bits: no randomized addresses; and all bits that would make an
 * attack on a program with new rights easier, as Linux's PER_CLEAR_ON_SETID.
 */
#define ADDR_NO_RANDOMIZE	0x0040000u
#define PERSONALITY_UNSAFE	(ADDR_NO_RANDOMIZE | 0x0100000u /* page 0 */ | \
				 0x0200000u /* old layout */ | \
				 0x0400000u /* all is executable */)

#endif
