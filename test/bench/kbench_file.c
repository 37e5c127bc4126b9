/* SPDX-License-Identifier: MIT */
/* Rows of files: mapped, read, written, opened, made and removed. */
#include "kbench.h"

static char page[PG];
static volatile char sum;

static void path_of(char *path, size_t size, const char *name)
{
	snprintf(path, size, "%s/%s", dir, name);
}

/* => descriptor of a new file of `size` bytes, or -1 */
static int make_file(const char *path, size_t size)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);

	if (fd < 0)
		return -1;
	memset(page, 'k', sizeof(page));
	for (size_t i = 0; i < size; i += PG)
		if (write(fd, page, PG) != (long)PG) {
			close(fd);
			return -1;
		}
	return fd;
}

struct variant {
	const char *name;
	int advice;
	size_t stride;
	int store;
};

static u64 walk(char *p, size_t size, const struct variant *v)
{
	u64 t = now();

	ROW_BEGINS("file_");
	for (size_t o = 0; o < size; o += PG * v->stride)
		if (v->store)
			*(volatile char *)(p + o) = 1;
		else
			sum += *(volatile char *)(p + o);
	ROW_ENDS("file_");
	return now() - t - clk_cost;
}

static void mapped_rows(int fd, size_t size)
{
	static const struct variant variants[] = {
		{ "file_read_fault_seq", MADV_NORMAL, 1, 0 },
		{ "file_read_fault_random_advice", MADV_RANDOM, 1, 0 },
		{ "file_read_fault_stride16", MADV_NORMAL, 16, 0 },
		{ "file_write_fault_private", MADV_NORMAL, 1, 1 },
	};
	long n = times(3);

	for (int k = 0; k < 4; k++) {
		const struct variant *v = &variants[k];
		u64 spent = 0;

		for (long i = 0; i < n; i++) {
			char *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
				       MAP_PRIVATE, fd, 0);

			if (p == MAP_FAILED) {
				not_done(v->name, "mmap");
				break;
			}
			if (v->advice)
				madvise(p, size, v->advice);
			spent += walk(p, size, v);
			munmap(p, size);
		}
		row(v->name, spent + clk_cost,
		    n * (long)(size / PG / v->stride));
	}
}

static void net_row(const char *name, u64 spent, u64 seeks, long n)
{
	row(name, spent > seeks ? spent - seeks : 0, n);
}

/* Each is a seek and a transfer; the seeks are taken off. */
static void transfer_rows(int fd)
{
	long n = times(2000);
	u64 t, seeks;

	settle();
	t = now();
	ROW_BEGINS("lseek");
	for (long i = 0; i < n; i++)
		lseek(fd, 0, SEEK_SET);
	ROW_ENDS("lseek");
	seeks = now() - t;
	row("lseek", seeks, n);
	t = now();
	ROW_BEGINS("read_4k_warm");
	for (long i = 0; i < n; i++) {
		lseek(fd, 0, SEEK_SET);
		if (read(fd, page, PG) != (long)PG)
			break;
	}
	ROW_ENDS("read_4k_warm");
	net_row("read_4k_warm", now() - t, seeks, n);
	t = now();
	ROW_BEGINS("write_4k_overwrite");
	for (long i = 0; i < n; i++) {
		lseek(fd, 0, SEEK_SET);
		if (write(fd, page, PG) != (long)PG)
			break;
	}
	ROW_ENDS("write_4k_overwrite");
	net_row("write_4k_overwrite", now() - t, seeks, n);
	t = now();
	ROW_BEGINS("read_1b_warm");
	for (long i = 0; i < n; i++) {
		lseek(fd, 0, SEEK_SET);
		if (read(fd, page, 1) != 1)
			break;
	}
	ROW_ENDS("read_1b_warm");
	net_row("read_1b_warm", now() - t, seeks, n);
}

static void append_row(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
	long n = times(500);
	u64 t = now();

	ROW_BEGINS("write_4k_append");
	for (long i = 0; i < n; i++)
		if (write(fd, page, PG) != (long)PG)
			break;
	ROW_ENDS("write_4k_append");
	row("write_4k_append", now() - t, n);
	close(fd);
	unlink(path);
}

static void name_rows(int fd, const char *path, const char *other)
{
	long n = times(2000);
	struct stat st;
	u64 t = now();
	int f;

	ROW_BEGINS("open_close");
	for (long i = 0; i < n; i++) {
		f = open(path, O_RDONLY);
		if (f < 0)
			break;
		close(f);
	}
	ROW_ENDS("open_close");
	row("open_close", now() - t, n);
	t = now();
	ROW_BEGINS("stat");
	for (long i = 0; i < n; i++)
		stat(path, &st);
	ROW_ENDS("stat");
	row("stat", now() - t, n);
	t = now();
	ROW_BEGINS("fstat");
	for (long i = 0; i < n; i++)
		fstat(fd, &st);
	ROW_ENDS("fstat");
	row("fstat", now() - t, n);
	n = times(500);
	t = now();
	ROW_BEGINS("create_close_unlink");
	for (long i = 0; i < n; i++) {
		f = open(other, O_RDWR | O_CREAT, 0644);
		close(f);
		unlink(other);
	}
	ROW_ENDS("create_close_unlink");
	row("create_close_unlink", now() - t, n);
}

void bench_file(void)
{
	char path[128], other[128];
	size_t size = 4 << 20;
	int fd;

	path_of(path, sizeof(path), "kb.dat");
	path_of(other, sizeof(other), "kb.app");
	fd = make_file(path, size);
	if (fd < 0) {
		not_done("file_rows", "mkfile");
		return;
	}
	mapped_rows(fd, size);
	transfer_rows(fd);
	append_row(other);
	name_rows(fd, path, other);
	close(fd);
	unlink(path);
}
