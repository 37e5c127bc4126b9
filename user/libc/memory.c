/* SPDX-License-Identifier: MIT */
/* The address space: mappings and the data segment (rows E2, E6). */
#include <errno.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

void *mmap(void *addr, size_t len, int prot, int flags, int fd, off_t off)
{
	if (off & (ABI_MMAP_UNIT - 1)) {
		errno = EINVAL;
		return MAP_FAILED;
	}
	return (void *)syscall(ABI_mmap, addr, len, prot, flags, fd,
			       (uint64_t)off / ABI_MMAP_UNIT);
}

int munmap(void *addr, size_t len)
{
	return (int)syscall(SYS_munmap, addr, len);
}

int mprotect(void *addr, size_t len, int prot)
{
	return (int)syscall(SYS_mprotect, addr, len, prot);
}

void *mremap(void *old, size_t len, size_t newlen, int flags, ...)
{
	va_list ap;
	void *to = NULL;

	va_start(ap, flags);
	if (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP))
		to = va_arg(ap, void *);
	va_end(ap);
	return (void *)syscall(SYS_mremap, old, len, newlen, flags, to);
}

int madvise(void *addr, size_t len, int advice)
{
	return (int)syscall(SYS_madvise, addr, len, advice);
}

int msync(void *addr, size_t len, int flags)
{
	return (int)syscall(SYS_msync, addr, len, flags);
}

int mincore(void *addr, size_t len, unsigned char *vec)
{
	return (int)syscall(SYS_mincore, addr, len, vec);
}

/* The system call returns the current break, whether it has moved or not. */
int brk(void *end)
{
	if ((void *)raw_syscall(SYS_brk, end) == end)
		return 0;
	errno = ENOMEM;
	return -1;
}

void *sbrk(intptr_t inc)
{
	char *old = (char *)raw_syscall(SYS_brk, 0);

	if (inc && brk(old + inc))
		return (void *)-1;
	return old;
}
