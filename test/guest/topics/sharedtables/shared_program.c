/* SPDX-License-Identifier: MIT */
/*
 * The leaf table of a program, with its code and data, is shared by fork, too
 * (rows D11, E4).  A child does something to its own, and then all that parent
 * and child have must be as it should; reclaim comes by the file.
 */
#include "ptrace.h"
#include "texts.h"

#define SPAN	0x400000ul	/* what the largest leaf table maps */
#define ROWS	16
#define SEEN	10		/* the parent reads no row above */
#define WORDS	(PG / sizeof(unsigned))
#define R4(n)	{ n }, { n + 1 }, { n + 2 }, { n + 3 }
#define R16(n)	R4(n), R4(n + 4), R4(n + 8), R4(n + 12)

#define PAGES_OF_ROWS __attribute__((aligned(PG)))
static const volatile unsigned fixed[ROWS][WORDS] PAGES_OF_ROWS = { R16(1) };
static volatile unsigned data[ROWS][WORDS] PAGES_OF_ROWS = { R16(1) };

static int rows_hold(const volatile unsigned (*row)[WORDS], int from, int to,
		     unsigned more)
{
	for (int i = from; i < to; i++)
		if (row[i][0] != (unsigned)i + 1 + more)
			return 0;
	return 1;
}

static int good(unsigned more)
{
	return rows_hold(fixed, 0, SEEN, 0) && rows_hold(data, 0, SEEN, more);
}

static void store_data(unsigned more)
{
	for (int i = 0; i < SEEN; i++)
		data[i][0] = (unsigned)i + 1 + more;
}

/* ---- what a child does: false is a failure ------------------------------- */

static int rows_are_good(void)
{
	return good(100);
}

static int store_is_good(void)
{
	store_data(5);
	return good(5);
}

static int reads_what_is_not_there(void)
{
	return rows_hold(fixed, SEEN, ROWS, 0) &&
	       rows_hold(data, SEEN, ROWS, 0) &&
		good(100);
}

static int unmap_rows(void)
{
	return !munmap((void *)fixed[4], 4 * PG) && rows_hold(fixed, 0, 4, 0) &&
		rows_hold(fixed, 8, SEEN, 0) && rows_hold(data, 0, SEEN, 100);
}

static int writes_to_constants(void)
{
	volatile unsigned *row = (volatile unsigned *)fixed[5];

	if (mprotect((void *)fixed[4], 4 * PG, PROT_READ | PROT_WRITE))
		return 0;
	*row = 77;
	if (*row != 77 || !rows_hold(fixed, 0, 5, 0) ||
	    !rows_hold(fixed, 6, SEEN, 0))
		return 0;
	*row = 6;
	return good(100);
}

static int drops_stores(void)
{
	return !madvise((void *)data[4], 4 * PG, MADV_DONTNEED) &&
		rows_hold(data, 4, 8, 0) && rows_hold(data, 0, 4, 100) &&
		rows_hold(data, 8, SEEN, 100) && rows_hold(fixed, 0, SEEN, 0);
}

static int child_ended_well(pid_t pid)
{
	int status = -1;

	return pid > 0 && waitpid(pid, &status, 0) == pid && !status;
}

static int has_a_child_that_stores(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		store_data(9);
		_exit(!good(9));
	}
	return child_ended_well(pid) && good(100);
}

static const struct {
	const char *what;
	int (*fn)(void);
} acts[] = {
	{ "reads", rows_are_good },
	{ "stores", store_is_good },
	{ "reads what the parent did not", reads_what_is_not_there },
	{ "unmaps a part", unmap_rows },
	{ "writes to constants", writes_to_constants },
	{ "drops what was stored", drops_stores },
	{ "has a child that stores", has_a_child_that_stores },
};

static void act_in_children(void)
{
	for (int i = 0; i < COUNT(acts); i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(!acts[i].fn());
		check(child_ended_well(pid), "a child %s", acts[i].what);
		check(good(100), "and the parent has what it had");
	}
}

/* ---- while a child lives ------------------------------------------------- */

static int pipes[2][2];		/* to the child, to the parent */

static void wake(int to)
{
	if (write(pipes[to][1], "x", 1) != 1)
		_exit(9);
}

static void sleep_until(int to)
{
	char c;

	if (read(pipes[to][0], &c, 1) != 1)
		_exit(9);
}

static pid_t start_then(int (*then)(void))
{
	pid_t pid;

	if (pipe(pipes[0]) || pipe(pipes[1]))
		tap_bail("pipe");
	pid = fork();
	if (pid == 0) {
		wake(1);
		sleep_until(0);
		_exit(!then());
	}
	sleep_until(1);
	return pid;
}

static int wakes_well(pid_t pid)
{
	int ok;

	wake(0);
	ok = child_ended_well(pid);
	for (int i = 0; i < 4; i++)
		close(pipes[i / 2][i % 2]);
	return ok;
}

static void parent_stores(void)
{
	pid_t pid = start_then(rows_are_good);

	store_data(200);
	check(good(200), "the parent stores");
	check(wakes_well(pid), "a child sees nothing of it");
	store_data(100);
}

static int sees_debugger(void)
{
	return fixed[6][0] == 1234 && rows_hold(fixed, 0, 6, 0);
}

static void debugged(void)
{
	pid_t pid = start_then(sees_debugger);
	unsigned value = 1234;
	char path[40];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, O_RDWR);
	check_eq(pwrite(fd, &value, sizeof(value),
			(off_t)(unsigned long)fixed[6]), sizeof(value),
		 "a debugger writes to a child's constant");
	close(fd);
	check(wakes_well(pid), "the child has it");
	check(good(100), "and the parent not");
}

/* With the program on a disk its pages are what can go; its spaces use them. */
static void reclaimed(void)
{
	pid_t pid = start_then(reads_what_is_not_there);

	check_eq(text_set("/proc/sys/vm/drop_caches", "3"), 0, "caches go");
	check(good(100), "the parent runs on");
	check(wakes_well(pid), "and the child");
	check_eq(text_set("/proc/sys/vm/drop_caches", "3"), 0,
		 "caches go, when the parent is alone");
	check(good(100), "it runs on");
}

/* ---- another file beside it --------------------------------------------- */

static char *strange;

static int strange_is_cut(void)
{
	return strange[0] == 1 && load_fault(strange + PG) == SIGBUS;
}

/* A file that may be cut meanwhile: who has a page of it loses that. */
static void cut_file(void)
{
	char *at = (char *)((unsigned long)cut_file & ~(SPAN - 1)) + 0x200000;
	int fd = open("/tmp/strange", O_RDWR | O_CREAT | O_TRUNC, 0600);
	pid_t pid;

	for (int i = 0; i < 2; i++)
		if (pwrite(fd, "\1", 1, i * PG) != 1)
			tap_bail("/tmp/strange");
	do {
		at -= 2 * PG;
		strange = mmap(at, 2 * PG, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | 0x100000 /* FIXED_NOREPLACE */,
			       fd, 0);
	} while (strange == MAP_FAILED && errno == EEXIST);
	check(strange == at && strange[0] == 1 && strange[PG] == 1,
	      "a file in the program's table");
	pid = start_then(strange_is_cut);
	check_eq(ftruncate(fd, PG), 0, "it is cut");
	check(wakes_well(pid), "a child does not have the page any more");
	check(strange_is_cut(), "nor has the parent");
	munmap(strange, 2 * PG);
	close(fd);
	unlink("/tmp/strange");
}

/* ---- figures ------------------------------------------------------------- */

static long file_pages_of(pid_t pid)
{
	char path[40];
	long shmem;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	shmem = text_number(path, "RssShmem:");
	return text_number(path, "RssFile:") + shmem;
}

static void count_file_pages(void)
{
	pid_t pid = start_then(rows_are_good);
	long ours = file_pages_of(getpid()), its = file_pages_of(pid);

	printf("# %ld KiB of files, its child %ld KiB\n", ours, its);
	check(its > 0 && its <= ours, "a child has no more pages of files");
	check(wakes_well(pid), "it reads");
	check_eq(file_pages_of(getpid()), ours,
		 "the parent has as many as before");
}

/* It unmaps the code that it runs, with all of the table. */
static void unmap_running_code(void)
{
	unsigned long from = (unsigned long)unmap_running_code & ~(SPAN - 1);
	pid_t pid = fork();
	char path[40];
	int status = 0;

	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		munmap((void *)from, 2 * SPAN);
		_exit(9);
	}
	waitpid(pid, &status, 0);
	check(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSEGV,
	      "a child that unmaps its program faults");
	check_eq(file_pages_of(pid), 0, "it has no page of it");
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	check(text_number(path, "RssAnon:") < (long)(SEEN * PG >> 10),
	      "nor its data");
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	check(good(100), "the parent has all");
}

/* Another's fork may come between: so once of several times is enough. */
static void share_tables_once(void)
{
	static const char *const vm = "/proc/lectern/vm";
	int once = 0;

	if (text_number(vm, "tables_shared") < 0 ||
	    text_behind("/proc/cmdline", "fork=eager"))
		return tap_skip("the table is shared", "tables are not");
	for (int i = 0; i < 5 && !once; i++) {
		long shared = text_number(vm, "tables_shared");
		long copied = text_number(vm, "tables_copied");
		pid_t pid = fork();

		if (pid == 0)
			_exit(!good(100));
		once = child_ended_well(pid) &&
			text_number(vm, "tables_shared") > shared &&
			text_number(vm, "tables_copied") == copied;
	}
	check(once, "a child that only reads shares its program's table");
}

int main(void)
{
	store_data(100);
	if (!good(100))
		tap_bail("stores");
	act_in_children();
	parent_stores();
	debugged();
	reclaimed();
	cut_file();
	count_file_pages();
	unmap_running_code();
	share_tables_once();
	return tap_done();
}
