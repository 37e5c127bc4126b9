/* SPDX-License-Identifier: MIT */
/*
 * diskbench: what a disk gives to programs, by wall clock (rows A1, E8).
 * Mounts DEVICE (ext2), fills a file and reads it in several ways, caches
 * dropped before each.
 *	diskbench DEVICE [MIB]	prints  name<TAB>MiB/s, and "# name" before
 */
#define _GNU_SOURCE
#include "bench.h"
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOUNT		"/mnt"
#define PATH		MOUNT "/file"
#define CHUNK		65536u
#define RANDOM		4096	/* reads or writes of 4 KiB */
#define THREADS		8

static const char *device;
static long mib = 128;
static char *buffer;			/* CHUNK, page aligned */

/* What is cached is clean, and forgotten. */
static void drop_caches(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);

	sync();
	if (fd < 0 || write(fd, "3", 1) != 1)
		die("drop_caches");
	close(fd);
}

static int open_or_die(const char *path, int flags)
{
	int fd = open(path, flags, 0644);

	if (fd < 0)
		die(path);
	return fd;
}

/* ---- the rows: each => MiB moved ----------------------------------------- */

static double write_all(int flags)
{
	int fd = open_or_die(PATH, O_WRONLY | flags);

	for (long n = 0; n < mib << 20; n += CHUNK)
		if (write(fd, buffer, CHUNK) != (long)CHUNK)
			die("write");
	if (fsync(fd))
		die("fsync");
	close(fd);
	return mib;
}

static double write_file(void)
{
	return write_all(O_CREAT | O_TRUNC);
}

/* The same blocks again: nothing is to be allocated. */
static double rewrite_file(void)
{
	return write_all(0);
}

static double read_all(const char *path, int flags, unsigned chunk)
{
	int fd = open_or_die(path, O_RDONLY | flags);
	long got, sum = 0;

	while (sum < mib << 20 && (got = read(fd, buffer, chunk)) > 0)
		sum += got;
	if (sum < mib << 20)
		die("read");
	close(fd);
	return sum / 1048576.0;
}

static double read_file(void)
{
	return read_all(PATH, 0, CHUNK);
}

static double read_file_4k(void)
{
	return read_all(PATH, 0, 4096);
}

static double read_device(void)
{
	return read_all(device, 0, CHUNK);
}

static double read_direct(void)
{
	return read_all(PATH, O_DIRECT, CHUNK);
}

struct reader {
	pthread_t thread;
	unsigned seed, count;
};

static unsigned rnd(unsigned *seed, unsigned n)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (unsigned)((unsigned long long)*seed * n >> 32);
}

static void *read_random(void *arg)
{
	struct reader *r = arg;
	int fd = open_or_die(PATH, O_RDONLY);
	char *page = NULL;

	if (posix_memalign((void **)&page, 4096, 4096))
		die("memory");
	for (unsigned k = 0; k < r->count; k++)
		if (pread(fd, page, 4096, (off_t)rnd(&r->seed,
				(unsigned)mib << 8) << 12) != 4096)
			die("pread");
	free(page);
	close(fd);
	return NULL;
}

static double random_by(unsigned threads)
{
	struct reader r[THREADS];

	for (unsigned k = 0; k < threads; k++) {
		r[k] = (struct reader){ .seed = 77 + k * 12345,
					.count = RANDOM / threads };
		if (pthread_create(&r[k].thread, NULL, read_random, &r[k]))
			die("pthread_create");
	}
	for (unsigned k = 0; k < threads; k++)
		pthread_join(r[k].thread, NULL);
	return RANDOM / 256.0;
}

static double random_1(void)
{
	return random_by(1);
}

static double random_8(void)
{
	return random_by(THREADS);
}

static double write_random(void)
{
	int fd = open_or_die(PATH, O_WRONLY);
	unsigned seed = 5;

	for (unsigned k = 0; k < RANDOM; k++)
		if (pwrite(fd, buffer, 4096, (off_t)rnd(&seed,
				(unsigned)mib << 8) << 12) != 4096)
			die("pwrite");
	if (fsync(fd))
		die("fsync");
	close(fd);
	return RANDOM / 256.0;
}

/* Small files, each durable: a commit and a flush for each. */
static double small_synced(void)
{
	char name[64];

	for (int k = 0; k < 64; k++) {
		int fd;

		snprintf(name, sizeof(name), MOUNT "/small%d", k);
		fd = open_or_die(name, O_CREAT | O_WRONLY | O_TRUNC);
		if (write(fd, buffer, 4096) != 4096 || fsync(fd))
			die("small file");
		close(fd);
	}
	return 64 / 256.0;
}

static const struct {
	const char *name;
	double (*run)(void);
	int cold;
} rows[] = {
	{ "seq_write", write_file, 1 },
	{ "seq_rewrite", rewrite_file, 1 },
	{ "seq_read", read_file, 1 },
	{ "seq_read_4k", read_file_4k, 1 },
	{ "seq_read_cached", read_file, 0 },
	{ "seq_read_device", read_device, 1 },
	{ "seq_read_direct", read_direct, 1 },
	{ "rand_read_1", random_1, 1 },
	{ "rand_read_8", random_8, 1 },
	{ "rand_write", write_random, 1 },
	{ "small_fsync", small_synced, 1 },
};

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: diskbench DEVICE [MIB]\n");
		return 2;
	}
	device = argv[1];
	if (argc > 2)
		mib = atol(argv[2]);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (posix_memalign((void **)&buffer, 4096, CHUNK))
		die("memory");
	for (unsigned k = 0; k < CHUNK; k++)
		buffer[k] = (char)(k * 7 + k / 4096);
	mkdir(MOUNT, 0755);
	if (mount(device, MOUNT, "ext2", 0, ""))
		die("mount");
	for (unsigned k = 0; k < sizeof(rows) / sizeof(*rows); k++) {
		double from, moved;

		if (rows[k].cold)
			drop_caches();
		printf("# %s\n", rows[k].name);
		from = now_ms();
		moved = rows[k].run();
		printf("%s\t%.1f\n", rows[k].name,
		       moved * 1e3 / (now_ms() - from));
	}
	if (umount(MOUNT))
		die("umount");
	return 0;
}
