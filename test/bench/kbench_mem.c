/* SPDX-License-Identifier: MIT */
/* Rows of page faults, mappings, and many areas in one space. */
#include "kbench.h"

/* Reads or writes every stride-th page; the sum keeps the loads alive. */
static volatile char sum;

static void anon_faults(const char *name, int huge)
{
	size_t size = 16 << 20;
	long n = times(3);
	u64 spent = 0;

	for (long i = 0; i < n; i++) {
		char *p = anon(size + ALIGN), *q;
		u64 t;

		if (!p) {
			not_done(name, "mmap");
			return;
		}
		q = aligned(p);
		if (!huge)
			nohuge(q, size);
		t = now();
		ROW_BEGINS("anon_fault_4k");
		touch(q, size);
		ROW_ENDS("anon_fault_4k");
		spent += now() - t - clk_cost;
		munmap(p, size + ALIGN);
	}
	row(name, spent + clk_cost, n * (long)(size / PG));
}

/* Reads of untouched memory: a kernel may map one shared zero page. */
static void read_faults(void)
{
	size_t size = 16 << 20;
	long n = times(3);
	u64 spent = 0;

	for (long i = 0; i < n; i++) {
		char *p = anon(size);
		u64 t;

		nohuge(p, size);
		t = now();
		ROW_BEGINS("anon_read_fault_4k");
		for (size_t k = 0; k < size; k += PG)
			sum += *(volatile char *)(p + k);
		ROW_ENDS("anon_read_fault_4k");
		spent += now() - t - clk_cost;
		munmap(p, size);
	}
	row("anon_read_fault_4k", spent + clk_cost, n * (long)(size / PG));
}

static void unmap_large(const char *name, int huge)
{
	size_t size = 64 << 20;
	char *p = anon(size + ALIGN), *q;
	u64 t;

	if (!p) {
		not_done("munmap_64M", "mmap");
		return;
	}
	q = aligned(p);
	if (!huge)
		nohuge(q, size);
	touch(q, size);
	t = now();
	ROW_BEGINS("munmap_64M");
	munmap(q, size);
	ROW_ENDS("munmap_64M");
	row(name, now() - t, 1);
	munmap(p, size + ALIGN);
}

void bench_fault(void)
{
	anon_faults("anon_fault_4k_nohuge", 0);
	anon_faults("anon_fault_4k_default", 1);
	read_faults();
	unmap_large("munmap_64M_nohuge_total", 0);
	unmap_large("munmap_64M_default_total", 1);
}

static void map_rows(void)
{
	long n = times(1000);
	u64 t = now();
	char *p;

	ROW_BEGINS("mmap_munmap_1p");
	for (long i = 0; i < n; i++) {
		p = anon(PG);
		munmap(p, PG);
	}
	ROW_ENDS("mmap_munmap_1p");
	row("mmap_munmap_1p", now() - t, n);
	t = now();
	ROW_BEGINS("mmap_touch_munmap_1p");
	for (long i = 0; i < n; i++) {
		p = anon(PG);
		*(volatile char *)p = 1;
		munmap(p, PG);
	}
	ROW_ENDS("mmap_touch_munmap_1p");
	row("mmap_touch_munmap_1p", now() - t, n);
	p = anon(8 * PG);
	touch(p, 8 * PG);
	t = now();
	ROW_BEGINS("mprotect_split_merge_pair");
	for (long i = 0; i < n; i++) {
		mprotect(p + 3 * PG, PG, PROT_READ);
		mprotect(p + 3 * PG, PG, PROT_READ | PROT_WRITE);
	}
	ROW_ENDS("mprotect_split_merge_pair");
	row("mprotect_split_merge_pair", now() - t, n);
	munmap(p, 8 * PG);
}

void bench_mmap(void)
{
	long n = times(1000), base;
	u64 t;

	map_rows();
	base = syscall(SYS_brk, 0);
	t = now();
	ROW_BEGINS("brk_grow_shrink_pair");
	for (long i = 0; i < n; i++) {
		syscall(SYS_brk, base + (long)PG);
		syscall(SYS_brk, base);
	}
	ROW_ENDS("brk_grow_shrink_pair");
	row("brk_grow_shrink_pair", now() - t, n);
	t = now();
	ROW_BEGINS("brk_grow_touch_shrink");
	for (long i = 0; i < n; i++) {
		syscall(SYS_brk, base + (long)PG);
		*(volatile char *)base = 1;
		syscall(SYS_brk, base);
	}
	ROW_ENDS("brk_grow_touch_shrink");
	row("brk_grow_touch_shrink", now() - t, n);
}

#define AREAS	20000L

static void allow_areas(void)
{
	int fd = open("/proc/sys/vm/max_map_count", O_WRONLY);

	if (fd < 0)
		return;
	if (write(fd, "200000", 6)) { }
	close(fd);
}

/* Page i of the reservation is its own area.  => -1 if refused */
static int build_areas(char *p)
{
	u64 t = now();

	ROW_BEGINS("vma20k_build_per_mprotect");
	for (long i = 0; i < AREAS; i += 2)
		if (mprotect(p + i * (long)PG, PG, PROT_READ))
			return -1;
	ROW_ENDS("vma20k_build_per_mprotect");
	row("vma20k_build_per_mprotect", now() - t, AREAS / 2);
	return 0;
}

/* A writable page somewhere in the set, scattered by a prime. */
static char *scattered(char *p, long i, long prime)
{
	return p + ((i * prime % (AREAS / 2)) * 2 + 1) * (long)PG;
}

static void area_map_rows(void)
{
	u64 map = 0, fault = 0, unmap = 0, t;
	long n = times(500);
	char *q;

	t = now();
	ROW_BEGINS("vma20k_mmap_munmap_1p");
	for (long i = 0; i < n; i++) {
		q = anon(PG);
		munmap(q, PG);
	}
	ROW_ENDS("vma20k_mmap_munmap_1p");
	row("vma20k_mmap_munmap_1p", now() - t, n);
	for (long i = 0; i < n; i++) {
		t = now();
		ROW_BEGINS("vma20k_mmap_1p");
		q = anon(PG);
		ROW_ENDS("vma20k_mmap_1p");
		map += now() - t - clk_cost;
		t = now();
		ROW_BEGINS("vma20k_fault_new_1p");
		*(volatile char *)q = 1;
		ROW_ENDS("vma20k_fault_new_1p");
		fault += now() - t - clk_cost;
		t = now();
		ROW_BEGINS("vma20k_munmap_1p");
		munmap(q, PG);
		ROW_ENDS("vma20k_munmap_1p");
		unmap += now() - t - clk_cost;
	}
	row("vma20k_mmap_1p", map + clk_cost, n);
	row("vma20k_fault_new_1p", fault + clk_cost, n);
	row("vma20k_munmap_1p", unmap + clk_cost, n);
}

void bench_vma(void)
{
	long n = times(500);
	char *p, *q;
	u64 t;

	allow_areas();
	p = anon(AREAS * PG);
	if (!p) {
		not_done("vma20k", "mmap");
		return;
	}
	nohuge(p, AREAS * PG);
	if (build_areas(p)) {
		not_done("vma20k_build", "mprotect");
		munmap(p, AREAS * PG);
		return;
	}
	area_map_rows();
	t = now();
	ROW_BEGINS("vma20k_fault_scattered");
	for (long i = 0; i < n; i++)
		*(volatile char *)scattered(p, i, 7919) = 1;
	ROW_ENDS("vma20k_fault_scattered");
	row("vma20k_fault_scattered", now() - t, n);
	t = now();
	ROW_BEGINS("vma20k_mprotect_merge_split_pair");
	for (long i = 0; i < n; i++) {
		q = scattered(p, i, 6007);
		mprotect(q, PG, PROT_READ);
		mprotect(q, PG, PROT_READ | PROT_WRITE);
	}
	ROW_ENDS("vma20k_mprotect_merge_split_pair");
	row("vma20k_mprotect_merge_split_pair", now() - t, n);
	fork_rows("vma20k", times(2));
	t = now();
	ROW_BEGINS("vma20k_munmap_all_per_vma");
	munmap(p, AREAS * PG);
	ROW_ENDS("vma20k_munmap_all_per_vma");
	row("vma20k_munmap_all_per_vma", now() - t, AREAS);
}
