/* SPDX-License-Identifier: MIT */
/* The system's names for uname(2) and /proc/sys/kernel. */
#ifndef KERNEL_SYSCALL_UNAME_H
#define KERNEL_SYSCALL_UNAME_H

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

/* Return: the names that current sees. */
struct utsname *uts_name(void);

#endif
