/* SPDX-License-Identifier: MIT */
/*
 * The kernel's part of the address space cannot be read, written, run or
 * mapped by a program, whatever it holds (row A11).  Which addresses are the
 * kernel's is asked of mmap, so the test holds on any kernel.
 */
#include "tap.h"

#define MiB	(1UL << 20)

static long tried, passed;

static int kernels(unsigned long a)
{
	void *p = mmap((void *)(a & ~(PG - 1)), PG, PROT_NONE, MAP_PRIVATE |
		       MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (p != MAP_FAILED)
		munmap(p, PG);
	return p == MAP_FAILED && errno == ENOMEM;
}

static void probe(unsigned long a)
{
	siginfo_t si;

	tried++;
	if (catch_fault(load_byte, (void *)a, &si) != SIGSEGV ||
	    catch_fault(store_byte, (void *)a, &si) != SIGSEGV ||
	    catch_fault(jump_to, (void *)(a & ~3UL), &si) != SIGSEGV) {
		printf("# no fault at %#lx\n", a);
		passed++;
	}
}

static void probe_range(unsigned long from, unsigned long step, int n)
{
	for (int i = 0; i < n; i++, from += step)
		if (kernels(from))
			probe(from + (unsigned int)i % PG);
}

static unsigned int seed = 1;

static unsigned long rnd(void)
{
	unsigned long v = 0;

	for (int i = 0; i < 5; i++) {
		seed = seed * 1103515245 + 12345;
		v = v << 13 ^ seed >> 16;
	}
	return v;
}

#if defined(__riscv)
#define HALF	(~0UL << 38)
#else
#define HALF	0xc0000000UL
#endif

static void sweep(void)
{
#if defined(__riscv)
	probe_range(1UL << 38, 1UL << 40, 64);	/* not even addresses */
	probe_range(HALF, 1UL << 30, 256);
	probe_range(HALF, 2 * MiB, 2048);
	probe_range(HALF | 0x80000000UL, PG, 1024);
#else
	probe_range(HALF, 4 * MiB, 256);
	probe_range(HALF, PG, 2048);
	probe_range(0xffc00000UL, PG, 1023);
#endif
	probe_range(-PG * 16, PG, 15);
	for (int i = 0; i < 2000; i++) {
		unsigned long a = HALF | (rnd() & ~HALF);

		if (kernels(a))
			probe(a);
	}
	check(tried > 0, "%ld addresses of the kernel probed", tried);
	check_eq(passed, 0, "no load, store or jump got through");
}

static void through_the_kernel(unsigned long a)
{
	int fd = open("f", O_RDWR | O_CREAT, 0600);
	char *p = (char *)a;

	check_err(EFAULT, write(fd, p, 16), "write(2) from %#lx", a);
	write(fd, "0123456789abcdef", 16);
	lseek(fd, 0, SEEK_SET);
	check_err(EFAULT, read(fd, p, 16), "read(2) to it");
	check_err(EFAULT, open(p, O_RDONLY), "a path there");
	check(munmap(p, PG) == -1, "munmap");
	check(mprotect(p, PG, PROT_READ | PROT_WRITE) == -1, "mprotect");
	check(madvise(p, PG, MADV_DONTNEED) == -1, "madvise");
	check(mremap(p, PG, 2 * PG, MREMAP_MAYMOVE) == MAP_FAILED, "mremap");
	close(fd);
	unlink("f");
}

/* A buffer that begins in user memory and ends in the kernel's. */
static void across_the_border(void)
{
	int fd = open("f", O_RDWR | O_CREAT, 0600);
	char *p = anon_pages(2, PROT_READ | PROT_WRITE);

	munmap(p + PG, PG);
	check(write(fd, p, ~0UL - (unsigned long)p) <= (long)PG,
	      "a length up to the top writes no more than is there");
	lseek(fd, 0, SEEK_SET);
	check_err(EFAULT, read(fd, (void *)-1L, 4096), "wrapping buffer");
	munmap(p, PG);
	close(fd);
	unlink("f");
}

/* Where the part of programs ends, to a page. */
static unsigned long border(void)
{
	unsigned long low = 0x10000, high = -PG;

	while (high - low > PG) {
		unsigned long middle = (low + (high - low) / 2) & ~(PG - 1);

		if (kernels(middle))
			high = middle;
		else
			low = middle;
	}
	return high;
}

/* A string in the last page of programs, with and without its end. */
static void up_to_the_border(void)
{
	char *end = (char *)border();
	void *p = mmap(end - PG, PG, PROT_READ | PROT_WRITE, MAP_PRIVATE |
		       MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	check(p == end - PG || errno == EEXIST, "the last page is there");
	memcpy(end - 8, "/no/way", 8);
	check_err(ENOENT, open(end - 8, O_RDONLY), "a path up to the border");
	end[-1] = 'x';
	check_err(EFAULT, open(end - 8, O_RDONLY), "one that has no end there");
	end[-1] = 0;
	if (p != MAP_FAILED)
		munmap(p, PG);
}

int main(void)
{
	tap_scratch("kernel_memory");
	sweep();
	through_the_kernel(-PG);
	if (kernels(HALF))
		through_the_kernel(HALF);
	across_the_border();
	up_to_the_border();
	tap_scratch_end();
	return tap_done();
}
