/* SPDX-License-Identifier: MIT */
/* The system's names for uname(2) and /proc/sys/kernel. */
#ifndef KERNEL_SYSCALL_UNAME_H
#define KERNEL_SYSCALL_UNAME_H

#include <kernel/wait/wait.h>

#define UTS_LEN 65

struct utsname {
	char sysname[UTS_LEN];
	char nodename[UTS_LEN];
	char release[UTS_LEN];
	char version[UTS_LEN];
	char machine[UTS_LEN];
	char domainname[UTS_LEN];
};

extern struct utsname system_name;

/*
 * How often a value was set, and who waits for that: poll(2) of its file in
 * /proc/sys.  As on Linux, a name in any namespace counts.
 */
struct proc_changes {
	unsigned count;			/* atomic */
	struct wait_queue wait;
};
extern struct proc_changes hostname_changes, domainname_changes;
/* Count a change, and tell who polls.  Context: any. */
void uts_changed(struct proc_changes *c);

/* Return: the names that current sees. */
struct utsname *uts_name(void);

#endif
