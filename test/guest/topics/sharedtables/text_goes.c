/* SPDX-License-Identifier: MIT */
/*
 * Pages of a program's file go when memory is short although fork's children
 * have them by one table (rows D11, D13, E4), and come back when they are
 * wanted.  The program lies on a disk.  For a machine with little memory.
 */
#include <sys/mount.h>
#include <sys/wait.h>
#include "texts.h"

#define DISK	"/dev/vda"
#define ROWS	32
#define CHILDREN 3
#define WORDS	(PG / sizeof(unsigned))
#define R4(n)	{ n }, { n + 1 }, { n + 2 }, { n + 3 }
#define R16(n)	R4(n), R4(n + 4), R4(n + 8), R4(n + 12)

static const volatile unsigned fixed[ROWS][WORDS]
	__attribute__((aligned(PG))) = { R16(1), R16(17) };

static int text_holds(void)
{
	for (unsigned i = 0; i < ROWS; i++)
		if (fixed[i][0] != i + 1)
			return 0;
	return 1;
}

/* => how many of the rows are not in memory */
static unsigned rows_out(void)
{
	unsigned long in = pages_in_memory(fixed, ROWS);

	return in > ROWS ? 0 : (unsigned)(ROWS - in);
}

/* ---- the program on the disk --------------------------------------------- */

static int ready[2], go[2];

/* It stores to nothing but its stack: so the table stays the one it has. */
static void wait_for_go(void)
{
	char c = !text_holds();

	close(go[1]);
	write(ready[1], &c, 1);
	read(go[0], &c, 1);
	_exit(!text_holds());
}

/*
 * Memory is taken a little at a time, as long as there is some: whoever waits
 * for memory in vain is killed, and then the pages were not given back.
 */
static int squeeze(void)
{
	unsigned long total = (unsigned long)text_number("/proc/meminfo",
							 "MemTotal:") * 1024;
	char *p = mmap(NULL, total, PROT_READ | PROT_WRITE, MAP_PRIVATE |
		       MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	unsigned long at = 0;

	for (; at < total && rows_out() < ROWS / 2; at += PG)
		p[at] = 1;
	munmap(p, total);
	printf("# %lu pages were taken\n", at / PG);
	return at < total;
}

/* => how many tables of a parent forks have shared so far, or -1 */
static long tables_shared(void)
{
	return text_behind("/proc/cmdline", "fork=eager") ? -1 :
		text_number("/proc/lectern/vm", "tables_shared");
}

/*
 * => 0; bits say what was wrong: 1: the pages; 2: they did not go; 4: a child
 * has lost some; 8: or the parent; 16: the tables are not shared
 */
static int run_children(void)
{
	long before = tables_shared();
	pid_t pid[CHILDREN];
	int status, bad = !text_holds();
	char c = 1;

	if (pipe(ready) || pipe(go))
		return 10;
	for (int i = 0; i < CHILDREN; i++) {
		pid[i] = fork();
		if (pid[i] == 0)
			wait_for_go();
		if (read(ready[0], &c, 1) != 1 || c)
			return 11;
	}
	if (before >= 0 && tables_shared() < before + CHILDREN)
		bad |= 16;
	bad |= !squeeze() << 1;
	close(go[1]);
	for (int i = 0; i < CHILDREN; i++)
		if (waitpid(pid[i], &status, 0) != pid[i] || status)
			bad |= 4;
	return bad | !text_holds() << 3;
}

/* ---- the test ------------------------------------------------------------ */

static int ran(const char *const *argv)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		execv(argv[0], (char *const *)argv);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return status;
}

int main(int argc, char **argv)
{
	static const char *const make[] = { "/bin/busybox", "mke2fs", "-F",
					    DISK, NULL };
	static const char *const on_disk[] = { "/tmp/m/prog", "run", NULL };

	if (argc > 1 && !strcmp(argv[1], "run"))
		return run_children();
	tap_find_self(argv[0]);
	if (text_number("/proc/meminfo", "MemTotal:") > 256 * 1024 ||
	    access(DISK, R_OK) || access("/bin/busybox", X_OK))
		return tap_skip_all("it takes a disk and little memory");
	check_eq(ran(make), 0, "a file system");
	mkdir("/tmp/m", 0755);
	check_eq(mount(DISK, "/tmp/m", "ext2", 0, ""), 0, "mount");
	copy_self("/tmp/m/prog", 0755);
	check_eq(umount2("/tmp/m", 0), 0, "the program is on the disk");
	check_eq(mount(DISK, "/tmp/m", "ext2", MS_RDONLY, ""), 0, "alone");
	check_eq(ran(on_disk), 0,
		 "pages of a program go from under a table that is shared");
	check_eq(umount2("/tmp/m", 0), 0, "umount");
	rmdir("/tmp/m");
	return tap_done();
}
