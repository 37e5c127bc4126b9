/* SPDX-License-Identifier: MIT */
/*
 * Files under random operations.
 *	file_model		in /tmp, each against a model in memory (TAP)
 *	file_model DIR SEED N	N operations in DIR and no checks: what is left
 *				is compared with the same on another system
 *	file_model holes FILE	pages written into a hole beside a reader
 *	file_model load DIR SEED	for ever,
 telling on standard output what
 *				has been made durable: the power is cut meanwhile
 */
#include <sched.h>
#include <sys/mount.h>
#include "tap.h"

#define FILES	24		/* names that may exist */
#define MAX	(200 * 1024)	/* bytes of a file */

static unsigned long long state;

static unsigned random_below_64(unsigned n)
{
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned)(state >> 33) % n;
}

/* What a file is to hold; two names may mean one. */
struct model {
	int names;
	long size;
	unsigned mode;
	char data[MAX];
};

static struct model models[FILES];
static struct model *named[FILES];	/* NULL: no such file */
static int wrong;			/* differences found */
static int checking;

static const char *file_name(int n)
{
	static char name[4][64];
	static int k;

	k = (k + 1) & 3;
	/* some in folders, some with names of many bytes and odd ones */
	snprintf(name[k], sizeof(name[k]), "%sf%d%s", n % 3 ? "" : "d/",
		 n, n % 5 ? "" : "\xff-\x01 a longer name than the others");
	return name[k];
}

static void complain(const char *what, int n)
{
	if (!wrong++)
		printf("# %s: %s: %s\n", file_name(n), what, strerror(errno));
}

static struct model *fresh_model(void)
{
	for (int k = 0; k < FILES; k++)
		if (!models[k].names) {
			memset(&models[k], 0, sizeof(models[k]));
			return &models[k];
		}
	return NULL;
}

static char scratch[MAX];

static void fill_at_random(char *p, long n)
{
	unsigned seed = random_below_64(1u << 30);

	for (long k = 0; k < n; k++) {
		seed = seed * 69069 + 1;
		p[k] = (char)(seed >> 24);
	}
}

static int open_file(int n, int flags)
{
	int fd = open(file_name(n), flags, 0644);

	if (fd < 0)
		complain("open", n);
	return fd;
}

static void op_create(int n)
{
	struct model *m = named[n];
	int fd;

	if (!m) {
		m = named[n] = fresh_model();
		m->names = 1;
		m->mode = 0644;
	}
	fd = open_file(n, O_RDWR | O_CREAT | O_TRUNC);
	m->size = 0;
	close(fd);
}

static void note_write(struct model *m, long at, const char *p, long n)
{
	if (at > m->size)
		memset(m->data + m->size, 0, at - m->size);
	memcpy(m->data + at, p, n);
	if (at + n > m->size)
		m->size = at + n;
}

static void op_write(int n)
{
	struct model *m = named[n];
	long len = 1 + random_below_64(random_below_64(4) ? 3000 : 40000);
	long at = random_below_64(3) ?
		random_below_64((unsigned)m->size + 1) :
		random_below_64(MAX - 40000);
	int fd = open_file(n, O_WRONLY);

	if (at + len > MAX)
		len = MAX - at;
	fill_at_random(scratch, len);
	if (pwrite(fd, scratch, len, at) != len)
		complain("pwrite", n);
	note_write(m, at, scratch, len);
	close(fd);
}

static void op_append(int n)
{
	struct model *m = named[n];
	long len = 1 + random_below_64(5000);
	int fd;

	if (m->size + len > MAX)
		return;
	fd = open_file(n, O_WRONLY | O_APPEND);
	fill_at_random(scratch, len);
	if (write(fd, scratch, len) != len)
		complain("append", n);
	note_write(m, m->size, scratch, len);
	close(fd);
}

static void op_truncate(int n)
{
	struct model *m = named[n];
	long size = random_below_64(2) ?
		random_below_64((unsigned)m->size + 1) : random_below_64(MAX);
	int fd = open_file(n, O_WRONLY);

	if (ftruncate(fd, size))
		complain("ftruncate", n);
	if (size > m->size)
		memset(m->data + m->size, 0, size - m->size);
	m->size = size;
	close(fd);
}

/* Stores through a shared mapping, within the file. */
static void op_map(int n)
{
	struct model *m = named[n];
	long at, len;
	char *p;
	int fd;

	if (!m->size)
		return;
	fd = open_file(n, O_RDWR);
	p = mmap(NULL, m->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (p == MAP_FAILED) {
		complain("mmap", n);
		return;
	}
	at = random_below_64((unsigned)m->size);
	len = 1 + random_below_64(9000);
	if (at + len > m->size)
		len = m->size - at;
	fill_at_random(scratch, len);
	memcpy(p + at, scratch, len);
	note_write(m, at, scratch, len);
	munmap(p, m->size);
}

static long punch_model(int fd, long at, long len)
{
	if (sizeof(long) == 8)
		return syscall(SYS_fallocate, fd, 3L, at, len);
	return syscall(SYS_fallocate, fd, 3L, at, 0L, len, 0L);
}

/* A hole; where the file system of the host makes none, zeros. */
static void op_punch(int n)
{
	struct model *m = named[n];
	long at, len = 1 + random_below_64(random_below_64(3) ? 30000 : 3000);
	int fd;

	if (!m->size)
		return;
	at = random_below_64((unsigned)m->size);
	fd = open_file(n, O_RDWR);
	if (len > m->size - at && random_below_64(2))
		len = m->size - at;
	memset(scratch, 0, MAX);
	if (punch_model(fd, at, len)) {
		if (len > m->size - at)
			len = m->size - at;
		if (errno != EOPNOTSUPP || pwrite(fd, scratch, len, at) != len)
			complain("punch", n);
	}
	if (len > m->size - at)
		len = m->size - at;
	memset(m->data + at, 0, len);
	close(fd);
}

/* => bytes of the file, which are in scratch now */
static long read_whole_file(int fd)
{
	long got = 0, n;

	while ((n = pread(fd, scratch + got, MAX - got, got)) > 0)
		got += n;
	return n < 0 ? n : got;
}

static void compare_file(int n)
{
	struct model *m = named[n];
	struct stat st;
	int fd;

	if (!m) {
		if (stat(file_name(n), &st) == 0)
			complain("is there", n);
		return;
	}
	fd = open_file(n, O_RDONLY);
	if (fd < 0)
		return;
	if (fstat(fd, &st) || st.st_size != m->size ||
	    (int)st.st_nlink != m->names || (st.st_mode & 0777) != m->mode)
		complain("stat", n);
	if (read_whole_file(fd) != m->size ||
	    memcmp(scratch, m->data, m->size))
		complain("contents", n);
	close(fd);
}

static void op_rename(int n)
{
	int to = (int)random_below_64(FILES);

	if (to == n)
		return;
	if (rename(file_name(n), file_name(to)))
		complain("rename", n);
	if (named[to] == named[n])
		return;		/* two names of one file: nothing happens */
	if (named[to])
		named[to]->names--;
	named[to] = named[n];
	named[n] = NULL;
}

static void op_link(int n)
{
	int to = (int)random_below_64(FILES);

	if (named[to])
		return;
	if (link(file_name(n), file_name(to)))
		complain("link", n);
	named[to] = named[n];
	named[n]->names++;
}

static void op_unlink(int n)
{
	int fd = -1;

	if (named[n]->names == 1 && random_below_64(2))
		fd = open_file(n, O_RDWR);
	if (unlink(file_name(n)))
		complain("unlink", n);
	named[n]->names--;
	named[n] = NULL;
	/* without a name it is a file like any other */
	if (fd >= 0 && (pwrite(fd, "x", 1, 5000) != 1 ||
			pread(fd, scratch, 1, 5000) != 1 || *scratch != 'x'))
		complain("an open one without a name", n);
	if (fd >= 0)
		close(fd);
}

static void op_chmod(int n)
{
	unsigned mode = 0400 | random_below_64(0400);

	if (chmod(file_name(n), mode | 0600))
		complain("chmod", n);
	named[n]->mode = mode | 0600;
}

/* A folder, a file and a link in it, and all of them away again. */
static void op_folder(int n)
{
	char path[64], to[120];
	int fd;

	snprintf(path, sizeof(path), "dir%d", n % 4);
	if (mkdir(path, 0755))
		complain("mkdir", n);
	snprintf(to, sizeof(to), "dir%d/file", n % 4);
	fd = open(to, O_CREAT | O_WRONLY, 0600);
	if (fd < 0 || write(fd, path, 5) != 5)
		complain("a file in it", n);
	close(fd);
	snprintf(path, sizeof(path), "dir%d/link", n % 4);
	memset(to, 'x', sizeof(to));
	to[n * 4] = 0;
	if (symlink(n ? to : "y", path))
		complain("symlink", n);
	if (readlink(path, scratch, 200) != (n ? n * 4 : 1))
		complain("readlink", n);
	if (random_below_64(4) == 0) {	/* this one stays */
		snprintf(path, sizeof(path), "dir%d", n % 4);
		snprintf(to, sizeof(to), "kept%d", random_below_64(1000000));
		if (rename(path, to))
			complain("rename of a folder", n);
		return;
	}
	unlink(path);
	snprintf(path, sizeof(path), "dir%d/file", n % 4);
	unlink(path);
	snprintf(path, sizeof(path), "dir%d", n % 4);
	if (rmdir(path))
		complain("rmdir", n);
}

static void op_sync(int n)
{
	int fd = open_file(n, O_RDONLY);

	if (random_below_64(4) ? syscall(SYS_fdatasync, fd) : fsync(fd))
		complain("fsync", n);
	close(fd);
}

static void one_operation(void)
{
	static void (*const ops[])(int) = {
		op_write, op_write, op_write, op_append, op_append,
		op_truncate, op_map, op_map, op_rename, op_link, op_unlink,
		op_chmod, op_sync, op_punch, op_punch,
	};
	int n = (int)random_below_64(FILES);

	if (random_below_64(20) == 0)
		op_folder(n);
	else if (!named[n])
		op_create(n);
	else
		ops[random_below_64(COUNT(ops))](n);
	if (checking)
		compare_file(n);
}

static int run_operations(unsigned long seed, long count)
{
	state = seed;
	mkdir("d", 0755);
	for (long k = 0; k < count && !wrong; k++)
		one_operation();
	return wrong;
}

static void clean_up(void)
{
	static char *const rm[] = { "rm", "-rf", tap_dir, NULL };
	pid_t pid;

	for (int n = 0; n < FILES; n++)
		unlink(file_name(n));
	rmdir("d");
	chdir("/");
	pid = fork();
	if (pid == 0) {
		execv("/bin/rm", rm);
		_exit(1);
	}
	waitpid(pid, NULL, 0);
}

/* ---- under power cuts ---------------------------------------------------- */

#define KEPT	80		/* of the files that may be durable */

static void fill_serial(char *p, long serial, long size)
{
	unsigned seed = (unsigned)serial * 2654435761u;

	for (long k = 0; k < size; k++) {
		seed = seed * 69069 + 1;
		p[k] = (char)(seed >> 24);
	}
}

/* The bytes of a file are on the disk; what leads to them need not be. */
static long to_the_disk(int fd)
{
	if (sizeof(long) == 8)
		return syscall(SYS_sync_file_range, fd, 0L, 0L, 7L);
	return syscall(SYS_sync_file_range, fd, 0L, 0L, 0L, 0L, 7L);
}

/*
 * "SYNC serial size": file s<serial> is durable and stays as it is, until the
 * one that comes KEPT later is made; then it goes, and is what it was until
 * the disk knows that.  So the bytes of the others are on the disk before any
 * commit: blocks that still are an old file's on the disk must not get them.
 */
static int write_serial_files(const char *where, unsigned long seed)
{
	if (chdir(where))
		return 1;
	state = seed;
	mkdir("sub", 0755);
	for (long serial = 1;; serial++) {
		long size = 1 + random_below_64(random_below_64(5) ?
						6000 : 60000);
		char name[64], other[64];
		int fd;

		snprintf(name, sizeof(name), "t%ld", serial);
		fd = open(name, O_CREAT | O_WRONLY | O_EXCL, 0644);
		fill_serial(scratch, serial, size);
		if (fd < 0 || write(fd, scratch, size) != size)
			return 2;
		snprintf(other, sizeof(other), "%ss%ld",
			 serial & 1 ? "" : "sub/", serial);
		if (rename(name, other))
			return 3;
		if (random_below_64(3) == 0) {
			if (fsync(fd))
				return 4;
			dprintf(1, "SYNC %ld %ld\n", serial, size);
		} else if (to_the_disk(fd)) {
			return 5;
		}
		close(fd);
		/* and much that nobody waits for */
		snprintf(name, sizeof(name), "sub/n%ld", serial % 50);
		fd = open(name, O_CREAT | O_RDWR | (serial % 7 ? O_APPEND :
						    O_TRUNC), 0600);
		write(fd, scratch, 3000);
		if (serial % 3 == 0)
			punch_model(fd, random_below_64(9000),
				    1 + random_below_64(9000));
		close(fd);
		snprintf(other, sizeof(other), "n%ld", (serial + 7) % 50);
		if (serial % 5 == 0)
			rename(name, other);
		if (serial % 4 == 0) {
			snprintf(name, sizeof(name), "dir%ld", serial);
			mkdir(name, 0755);
			snprintf(name, sizeof(name), "dir%ld", serial - 40);
			rmdir(name);
		}
		snprintf(name, sizeof(name), "%ss%ld", serial & 1 ? "" :
			 "sub/", serial - KEPT);
		unlink(name);
	}
}

/* Is there a block on the device that begins with this text? */
static int on_device(const char *device, const char *text)
{
	int fd = open(device, O_RDONLY), found = 0;
	static char buf[65536];
	ssize_t n;

	while (!found && (n = read(fd, buf, sizeof(buf))) > 0)
		for (ssize_t at = 0; at + 1024 <= n && !found; at += 1024)
			found = !memcmp(buf + at, text, strlen(text));
	close(fd);
	return found;
}

/*
 * Stores through a mapping, each of them made durable: the page that was
 * written back is clean, and the next store must be noticed.
 */
static int sync_each_store(const char *file, const char *device)
{
	int fd = open(file, O_RDWR | O_CREAT, 0600);
	char text[64], *p;

	if (fd < 0 || ftruncate(fd, PG))
		return 1;
	p = mmap(NULL, PG, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return 1;
	for (int i = 0; i < 3; i++) {
		snprintf(text, sizeof(text), "store %d through a mapping", i);
		memcpy(p, text, sizeof(text));
		if (fsync(fd))
			return 1;
	}
	return !on_device(device, text);
}

/* The second page of a device is stored to; the first one is what it was. */
static int store_to_device(const char *device)
{
	int fd = open(device, O_RDWR);
	char first[16], *p;

	if (fd < 0 || read(fd, first, 16) != 16)
		return 1;
	p = mmap(NULL, 2 * PG, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED || memcmp(p, first, 16))
		return 2;
	memcpy(p + PG, "stored here", 11);
	if (msync(p, 2 * PG, MS_SYNC))
		return 3;
	munmap(p, 2 * PG);
	printf("mapped\n");
	return 0;
}

/* ---- bytes of deleted files ---------------------------------------------- */

#define HOLES	200
#define APART	(1024l * PG)	/* each hole has pointers in a block of its own */

struct race {
	volatile int go, seen;
	volatile int stale;
};

/* Reads each page once, while it is written. */
static void read_holes(int fd, struct race *r)
{
	static unsigned char page[PG];

	for (int k = 1; k <= HOLES; k++) {
		while (r->go < k)
			sched_yield();
		if (pread(fd, page, PG, k * APART + PG) != PG)
			r->stale++;
		for (unsigned at = 0; at < PG; at += 512)
			if (page[at] != 0 && page[at] != 'B') {
				r->stale++;
				break;
			}
		r->seen = k;
	}
	_exit(0);
}

/* A file of which the disk has all pointers, and memory has none. */
static int sparse_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600), drop;

	for (int k = 1; k <= HOLES + 1; k++)
		if (pwrite(fd, scratch, PG, k * APART) != PG)
			return -1;
	sync();
	drop = open("/proc/sys/vm/drop_caches", O_WRONLY);
	if (write(drop, "3", 1) != 1)
		return -1;
	close(drop);
	return fd;
}

/*
 * Whole pages are written into holes, on a disk whose free blocks are full of
 * others' bytes: who reads meanwhile sees none of those.  The writer sleeps
 * for the pointers, so that the reader comes to be there in time.
 */
static int write_into_holes(const char *path)
{
	int fd = sparse_file(path);
	struct race *r = mmap(NULL, PG, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	if (fd < 0 || r == MAP_FAILED)
		return 1;
	pid = fork();
	if (pid == 0)
		read_holes(fd, r);
	memset(scratch, 'B', PG);
	for (int k = 1; k <= HOLES; k++) {
		r->go = k;
		if (pwrite(fd, scratch, PG, k * APART + PG) != PG)
			return 2;
		while (r->seen < k)
			sched_yield();
	}
	waitpid(pid, NULL, 0);
	printf("stale %d\n", r->stale);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "mapped"))
		return store_to_device(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "mount")) {
		int r = mount(argv[2], "/mnt", "ext4", 0, NULL);

		printf("mount: errno %d\n", r ? errno : 0);
		return 0;
	}
	if (argc == 3 && !strcmp(argv[1], "holes"))
		return write_into_holes(argv[2]);
	if (argc == 4 && !strcmp(argv[1], "load"))
		return write_serial_files(argv[2], strtoul(argv[3], NULL, 10));
	if (argc == 4 && !strcmp(argv[1], "stored"))
		return sync_each_store(argv[2], argv[3]);
	if (argc == 4) {
		if (chdir(argv[1]))
			return 1;
		return run_operations(strtoul(argv[2], NULL, 10),
				      strtol(argv[3], NULL, 10)) ? 1 : 0;
	}
	tap_scratch("file_model");
	checking = 1;
	check_eq(run_operations(1, 600), 0,
		 "600 operations agree with the model");
	for (int n = 0; n < FILES; n++)
		compare_file(n);
	check_eq(wrong, 0, "and all that is left");
	clean_up();
	return tap_done();
}
