/* SPDX-License-Identifier: MIT */
/*
 * The system calls of the linker: they return a negative errno, because errno
 * itself is in TLS, which does not exist yet.
 */
#ifndef RTLD_SYS_H
#define RTLD_SYS_H

#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#define IS_ERROR(r)	((unsigned long)(r) >= -4095UL)

#define sys_open(path)	raw_syscall(SYS_openat, AT_FDCWD, path, \
				    O_RDONLY | O_CLOEXEC)
#define sys_close(fd)		raw_syscall(SYS_close, fd)
#define sys_fstat(fd, st)	arch_fstat(fd, st)
#define sys_read(fd, buf, n)	raw_syscall(SYS_read, fd, buf, n)
#define sys_write(fd, buf, n)	raw_syscall(SYS_write, fd, buf, n)
#define sys_pread(fd, buf, n, at) \
	raw_syscall(SYS_pread64, fd, buf, n, ARG64(at))
#define sys_mmap(addr, len, prot, flags, fd, off) \
	raw_syscall(ABI_mmap, addr, len, prot, flags, fd, \
		    (off) / ABI_MMAP_UNIT)
#define sys_munmap(addr, len)	raw_syscall(SYS_munmap, addr, len)
#define sys_mprotect(addr, len, prot) \
	raw_syscall(SYS_mprotect, addr, len, prot)

/* Return: CLOCK_MONOTONIC in nanoseconds. */
static inline uint64_t sys_now(void)
{
	struct timespec t;

	raw_syscall(ABI_clock_gettime, CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

__attribute__((noreturn)) static inline void sys_exit(int status)
{
	for (;;)
		raw_syscall(SYS_exit_group, status);
}

#endif
