/* SPDX-License-Identifier: MIT */
/*
 * Files of procfs as nodes (row B5): whose mode, owner and times may change,
 * and that nothing of them is mapped.
 */
#include "tap.h"

static void keep_modes(void)
{
	check_eq(chmod("/proc/self/status", 0600) ? errno : 0, EPERM,
		 "chmod of a task's file");
	check_eq(chmod("/proc/self/fd", 0700) ? errno : 0, EPERM, "folder");
	check_eq(chmod("/proc/self/task", 0700) ? errno : 0, EPERM, "task/");
	check_eq(chmod("/proc/sys/kernel/hostname", 0600) ? errno : 0, EPERM,
		 "of a sysctl");
	check_eq(chmod("/proc/sys/kernel", 0700) ? errno : 0, EPERM,
		 "of its folder");
	check_eq(chown("/proc/sys/kernel/hostname", 12, -1) ? errno : 0, EPERM,
		 "chown of a sysctl");
	check_eq(chown("/proc/sys/kernel/hostname", -1, -1), 0,
		 "to nobody else");
	check_eq(raw_syscall(SYS_utimensat, AT_FDCWD, "/proc/self", NULL, 0),
		 -EPERM, "utimensat of a task's folder");
	check_eq(raw_syscall(SYS_utimensat, AT_FDCWD, "/proc/self/stat", NULL,
			     0), 0, "of a file in it");
	check_eq(chmod("/proc/uptime", 0440), 0, "chmod of other files");
	chmod("/proc/uptime", 0444);
}

static long map_page(int fd, int prot, int flags)
{
#ifdef SYS_mmap2
	return raw_syscall(SYS_mmap2, 0, PG, prot, flags, fd, 0);
#else
	return raw_syscall(SYS_mmap, 0, PG, prot, flags, fd, 0L);
#endif
}

static void map_nothing(void)
{
	int fd = open("/proc/self/status", O_RDONLY);

	check_eq(map_page(fd, PROT_READ, MAP_PRIVATE), -ENODEV,
		 "mmap of a file of procfs");
	check_eq(map_page(fd, PROT_EXEC, MAP_PRIVATE), -EPERM,
		 "nothing runs there");
	close(fd);
	fd = open("/sys", O_RDONLY);
	check_eq(map_page(fd, PROT_EXEC | PROT_READ, MAP_PRIVATE), -EPERM,
		 "nor in sysfs");
	close(fd);
	check_eq(map_page(-1, PROT_READ, 0x40000 | MAP_ANONYMOUS), -EINVAL,
		 "MAP_HUGETLB: neither shared nor private");
}

int main(void)
{
	keep_modes();
	map_nothing();
	return tap_done();
}
