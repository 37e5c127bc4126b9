/* SPDX-License-Identifier: MIT */
/*
 * What no program may reach: the secrets of root in /keep, which the image has
 * (tools/fuzz/vm.py), and whatever is outside of a room.
 *
 * Nothing here may be said of the kernel by what it says of itself: bytes that
 * a program holds and files that it reached speak for themselves.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "executor.h"

#define PAGE		4096
#define FDS		40		/* a program rarely has more */
#define UP		"../../../../../../../.."
#define CLONE_NEWNS	0x20000
#define CLONE_NEWUSER	0x10000000
#define MS_BIND		0x1000
#define MS_REC		0x4000
#define MS_PRIVATE	0x40000

static struct kept {
	const char *name;
	mode_t mode;
	int nameable;		/* a descriptor that only names it is no harm */
	int fd;			/* the executor's own */
	struct stat st;
} kept[] = {
	{ "/keep/file", 0600, 1, -1, { 0 } },
	{ "/keep/dir", 0700, 1, -1, { 0 } },
	{ "/keep/dir/file", 0644, 0, -1, { 0 } },
	{ "/keep/under/covered", 0644, 0, -1, { 0 } },
};

/* The secret, each byte turned, as a program may look into its own memory. */
static const unsigned char turned[4] = { 0x28, 0x94, 0x1c, 0x6a };

static int confined;		/* this process is in a room */

/* The first that is found is told. */
__attribute__((format(printf, 1, 2)))
static void tell(const char *fmt, ...)
{
	va_list ap;

	if (shared->broken[0])
		return;
	va_start(ap, fmt);
	vsnprintf(shared->broken, sizeof(shared->broken), fmt, ap);
	va_end(ap);
}

static int is_secret(const unsigned char *p)
{
	for (int i = 0; i < 4; i++)
		if (p[i] + turned[i] != 0xff)
			return 0;
	return 1;
}

/* ---- the executor's side ------------------------------------------------- */

void keep_open(void)
{
	for (int i = 0; i < COUNT(kept); i++) {
		kept[i].fd = open(kept[i].name, O_RDONLY | O_CLOEXEC);
		if (kept[i].fd >= 0)
			fstat(kept[i].fd, &kept[i].st);
	}
	/* a way out may end where the file system of the programs begins */
	mkdir("/tmp/keep", 0755);
	close(open("/tmp/keep/marker", O_WRONLY | O_CREAT, 0644));
	raw_syscall(SYS_mount, "cover", "/keep/under", "tmpfs", 0, 0);
}

void keep_unchanged(void)
{
	unsigned char text[64];

	for (int i = 0; i < COUNT(kept); i++) {
		const struct kept *k = &kept[i];
		struct stat st;

		if (k->fd < 0)
			continue;
		if (fstat(k->fd, &st) || (st.st_mode & 07777) != k->mode ||
		    st.st_uid || st.st_gid || st.st_nlink != k->st.st_nlink)
			tell("%s has other rights", k->name);
		if (!S_ISREG(st.st_mode))
			continue;
		if (st.st_size != sizeof(text) ||
		    pread(k->fd, text, sizeof(text), 0) != sizeof(text))
			tell("%s has another size", k->name);
		for (unsigned n = 0; n < sizeof(text); n += 4)
			if (!is_secret(text + n))
				tell("%s has other bytes", k->name);
		memset(text, 0, sizeof(text));
	}
}

/* ---- the program's ------------------------------------------------------- */

static int same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static void check_descriptor(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return;
	for (int i = 0; i < COUNT(kept); i++) {
		const struct kept *k = &kept[i];

		if (k->fd < 0 || !same_file(&st, &k->st))
			continue;
		if (k->nameable &&
		    raw_syscall(SYS_fcntl, fd, F_GETFL) & O_PATH)
			continue;
		tell("a descriptor of %s", k->name);
	}
}

static void check_page(int thread, unsigned long at)
{
	static unsigned char page[PAGE];

	if (!run_copy(thread, page, (void *)at, PAGE))
		return;
	for (int i = 0; i <= PAGE - 4; i++)
		if (is_secret(page + i))
			tell("a secret at %#lx", at + (unsigned)i);
}

/* Pages that are there; each is looked at where some are not even mapped. */
static void check_memory(int thread, unsigned long at, unsigned long size)
{
	unsigned char there[DATA_SIZE / PAGE];

	if (raw_syscall(SYS_mincore, at, size, there))
		memset(there, 1, sizeof(there));
	for (unsigned long n = 0; n < size / PAGE; n++)
		if (there[n] & 1)
			check_page(thread, at + n * PAGE);
}

void keep_check(int thread)
{
	for (int fd = 0; fd < FDS; fd++)
		check_descriptor(fd);
	check_memory(thread, DATA_AT, DATA_SIZE);
	check_memory(thread, ARENA_AT, ARENA_SIZE);
}

/* ---- rooms --------------------------------------------------------------- */

static int write_text(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY), bad;

	if (fd < 0)
		return -1;
	bad = write_all(fd, text, strlen(text));
	close(fd);
	return bad;
}

/*
 * A mount of folder d for root, no other mounts below, no descriptors, no
 * rights and no way to get some: nothing outside can be reached, wherever
 * those who are outside move what is in d.
 */
int keep_confine(void)
{
	/* version 3, whose sets have two halves */
	unsigned head[2] = { 0x20080522, 0 }, none[6] = { 0 };
	char map[32];

	snprintf(map, sizeof(map), "1000 %ld 1\n", raw_syscall(SYS_geteuid));
	if (raw_syscall(SYS_unshare, CLONE_NEWUSER | CLONE_NEWNS) ||
	    write_text("/proc/self/uid_map", map) ||
	    raw_syscall(SYS_mount, 0, "/", 0, MS_REC | MS_PRIVATE, 0) ||
	    raw_syscall(SYS_mount, "d", "d", 0, MS_BIND, 0) ||
	    chdir("d") || raw_syscall(SYS_chroot, ".") ||
	    raw_syscall(SYS_capset, head, none) ||
	    raw_syscall(SYS_close_range, 0, ~0u, 0))
		return -1;
	confined = 1;
	return 0;
}

void keep_confined(long result)
{
	struct stat st;

	if (!confined)
		return;
	if (!stat("/keep/marker", &st))
		tell("a root outside of the room");
	if (!stat(UP "/keep/marker", &st))
		tell("a current folder outside of the room");
	if (result >= 0 && result < 128 &&
	    !fstatat((int)result, UP "/keep/marker", &st, 0))
		tell("a descriptor that leads out of the room");
}
