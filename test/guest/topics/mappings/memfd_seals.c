/* SPDX-License-Identifier: MIT */
/* Seals of memory files: each forbids what it names, for good (row B5). */
#include "tap.h"

#define F_ADD_SEALS	1033
#define F_GET_SEALS	1034
#define SEAL		1
#define SHRINK		2
#define GROW		4
#define WRITE		8
#define FUTURE_WRITE	16
#define EXEC		32

static int sealed(int seals)
{
	int fd = (int)syscall(SYS_memfd_create, "s", 2);
	static char page[8192];

	write(fd, page, sizeof(page));
	if (seals)
		check_eq(fcntl(fd, F_ADD_SEALS, seals), 0, "seals %x", seals);
	return fd;
}

static void *map_sealed(int fd, int prot, int flags)
{
	return mmap(NULL, PG, prot, flags, fd, 0);
}

static void seal_sizes(void)
{
	int fd = sealed(SHRINK);
	char two[PG * 2] = { 0 };
	ssize_t n;

	check_err(EPERM, ftruncate(fd, 100), "SHRINK: not smaller");
	check_ok(ftruncate(fd, 9000), "but larger");
	check_eq(fcntl(fd, F_GET_SEALS, 0), SHRINK, "F_GET_SEALS");
	close(fd);
	fd = sealed(GROW);
	check_err(EPERM, ftruncate(fd, 9000), "GROW: not larger");
	check_err(EPERM, pwrite(fd, "x", 1, 8192), "nor by writing");
	n = pwrite(fd, two, sizeof(two), PG);	/* Linux 6.1: the first page */
	check((n == -1 && errno == EPERM) || n == (ssize_t)PG,
	      "nor by a write across the end");
	n = sizeof(long) == 8 ? syscall(SYS_fallocate, fd, 0, 0L, 9000L) :
		syscall(SYS_fallocate, fd, 0, 0L, 0L, 9000L, 0L);
	check(n == -1 && errno == EPERM, "nor by fallocate");
	n = sizeof(long) == 8 ? syscall(SYS_fallocate, fd, 1, 0L, 9000L) :
		syscall(SYS_fallocate, fd, 1, 0L, 0L, 9000L, 0L);
	check(n == -1 && errno == EPERM, "nor may it keep room to grow");
	check_ok(ftruncate(fd, 100), "but smaller");
	close(fd);
}

static void seal_writes(void)
{
	int fd = sealed(0);
	char *p = map_sealed(fd, PROT_READ | PROT_WRITE, MAP_SHARED);

	check_err(EBUSY, fcntl(fd, F_ADD_SEALS, WRITE),
		  "WRITE: not while it is mapped to be written");
	check_eq(fcntl(fd, F_GET_SEALS, 0), 0, "and nothing happened");
	check_eq(fcntl(fd, F_ADD_SEALS, FUTURE_WRITE), 0, "FUTURE_WRITE");
	*(volatile char *)p = 'm';
	check_err(EPERM, write(fd, "x", 1), "no more writes");
	check(map_sealed(fd, PROT_READ | PROT_WRITE, MAP_SHARED) ==
	      MAP_FAILED &&
	      errno == EPERM, "no new mapping");
	munmap(p, PG);
	check_eq(fcntl(fd, F_ADD_SEALS, WRITE), 0, "WRITE, unmapped");
	p = map_sealed(fd, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	check(p != MAP_FAILED && *p == 'm', "a private copy may be had");
	*(volatile char *)p = 'n';
	munmap(p, PG);
	check_eq(fcntl(fd, F_GET_SEALS, 0), WRITE | FUTURE_WRITE, "both");
	check_eq(fcntl(fd, F_ADD_SEALS, SEAL), 0, "SEAL");
	check_err(EPERM, fcntl(fd, F_ADD_SEALS, GROW), "no more seals");
	close(fd);
}

static void mapped_read_only(void)
{
	char name[40];
	int fd = sealed(FUTURE_WRITE), rd;
	void *p;

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	rd = open(name, O_RDONLY);
	p = map_sealed(rd, PROT_READ, MAP_SHARED);
	check(p != MAP_FAILED, "mapped to be read");
	check_err(EACCES, mprotect(p, PG, PROT_READ | PROT_WRITE),
		  "and not more by mprotect");
	check_err(EPERM, fcntl(rd, F_ADD_SEALS, GROW),
		  "seals want a descriptor that may write");
	munmap(p, PG);
	close(rd);
	p = map_sealed(fd, PROT_READ, MAP_SHARED);
	check_err(EACCES, mprotect(p, PG, PROT_READ | PROT_WRITE),
		  "nor by a descriptor that may write");
	munmap(p, PG);
	close(fd);
}

/* What may be executed stays so, and the reverse (Linux 6.3). */
static void seal_modes(void)
{
	int fd = sealed(0);

	if (fcntl(fd, F_ADD_SEALS, EXEC)) {
		close(fd);
		return tap_skip("F_SEAL_EXEC", "no such seal");
	}
	check_eq(fcntl(fd, F_GET_SEALS, 0), EXEC | SHRINK | GROW | WRITE |
		 FUTURE_WRITE, "what may execute is sealed as a whole");
	check_err(EPERM, fchmod(fd, 0644), "a mode without what may execute");
	check_ok(fchmod(fd, 0711), "others change");
	check_err(EPERM, fchmod(fd, 0710), "and none of these three");
	close(fd);
}

int main(void)
{
	int fd = (int)syscall(SYS_memfd_create, "plain", 0), p[2];

	check_eq(fcntl(fd, F_GET_SEALS, 0), SEAL, "a plain memfd is closed");
	check_err(EPERM, fcntl(fd, F_ADD_SEALS, GROW), "to seals");
	close(fd);
	fd = sealed(0);
	check_eq(fcntl(fd, F_GET_SEALS, 0), 0, "MFD_ALLOW_SEALING");
	check_err(EINVAL, fcntl(fd, F_ADD_SEALS, 0x100), "no such seal");
	close(fd);
	pipe(p);
	check_err(EINVAL, fcntl(p[1], F_GET_SEALS, 0), "a pipe has none");
	check_err(EINVAL, fcntl(p[1], F_ADD_SEALS, GROW), "and gets none");
	seal_sizes();
	seal_writes();
	mapped_read_only();
	seal_modes();
	return tap_done();
}
