/* SPDX-License-Identifier: MIT */
/*
 * Leaf tables that fork shares (rows D11, E4, E7): whoever changes one side's
 * memory by a way of its own, a debugger, a file of /proc, mlock, changes that
 * side alone.
 */
#include <termios.h>
#include "filled.h"

#define PTRACE_PEEKDATA	2
#define PTRACE_POKEDATA	5
#define PTRACE_CONT	7
#define PTRACE_ATTACH	16

static int go[2];

/* A child that waits, and then has what look() wants. */
static pid_t start_looker(int (*look)(void))
{
	pid_t pid;
	char c;

	if (pipe(go))
		tap_bail("pipe");
	pid = fork();
	if (pid == 0) {
		close(go[1]);
		while (read(go[0], &c, 1) < 0)
			;
		_exit(!look());
	}
	close(go[0]);
	return pid;
}

/* Let it go on.  => what it answers */
static int end_beside(pid_t pid)
{
	close(go[1]);
	return wait_status(pid);
}

static int has_all(void)
{
	return tables_hold(0, SIZE, 1);
}

static int is_poked(void)
{
	return *word_of_page(AT / PG) == 77 && rest_is_whole() &&
		tables_hold(AT + PG, LEN - PG, 1);
}

/* ---- a debugger ---------------------------------------------------------- */

static void debugger(void)
{
	pid_t pid = start_looker(is_poked);
	unsigned long got[2] = { 0, 0 };
	int status = -1;

	if (syscall(SYS_ptrace, PTRACE_ATTACH, pid, 0, 0)) {
		tap_skip("a debugger's stores", "ptrace");
		*word_of_page(AT / PG) = 77;
		end_beside(pid);
		*word_of_page(AT / PG) = AT / PG + 1;
		return;
	}
	waitpid(pid, &status, 0);
	syscall(SYS_ptrace, PTRACE_PEEKDATA, pid, word_of_page(AT / PG),
		&got[0]);
	check_eq((unsigned)got[0], AT / PG + 1, "a debugger reads a page");
	check_ok(syscall(SYS_ptrace, PTRACE_POKEDATA, pid,
			 word_of_page(AT / PG), 77L),
		 "and stores to it");
	syscall(SYS_ptrace, PTRACE_PEEKDATA, pid, word_of_page(AT / PG),
		&got[1]);
	check_eq((unsigned)got[1], 77, "which it reads back");
	check(has_all(), "the parent has what it had");
	syscall(SYS_ptrace, PTRACE_CONT, pid, 0, 0);
	check_eq(end_beside(pid), 0, "the child has the debugger's");
}

/* ---- /proc --------------------------------------------------------------- */

static int file_of(pid_t pid, const char *name, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return open(path, flags);
}

static void store_by_mem(void)
{
	pid_t pid = start_looker(is_poked);
	int fd = file_of(pid, "mem", O_RDWR);
	unsigned value = 77;
	off_t at = (off_t)(unsigned long)word_of_page(AT / PG);

	if (fd < 0) {
		tap_skip("/proc/PID/mem", "proc");
		end_beside(pid);
		return;
	}
	check_eq(pwrite(fd, &value, 4, at), 4, "/proc/PID/mem is written");
	check(has_all(), "the parent has what it had");
	check_eq(end_beside(pid), 0, "the child has that store");
	close(fd);
}

/* kB of the area of p with this name in smaps of pid, or -1. */
static long of_area(pid_t pid, const char *name)
{
	static char text[65536];
	int fd = file_of(pid, "smaps", O_RDONLY);
	char start[32], *at;
	ssize_t n = 0, got;

	if (fd < 0)
		return -1;
	while ((got = read(fd, text + n, sizeof(text) - 1 - n)) > 0)
		n += got;
	text[n] = '\0';
	close(fd);
	snprintf(start, sizeof(start), "%lx-", (unsigned long)p);
	at = strstr(text, start);
	at = at ? strstr(at, name) : NULL;
	return at ? strtol(at + strlen(name), NULL, 10) : -1;
}

static void by_clear_refs(void)
{
	pid_t pid = start_looker(has_all);
	int fd = file_of(pid, "clear_refs", O_WRONLY);
	long all = of_area(getpid(), "Referenced:");

	if (fd < 0 || all < 0) {
		tap_skip("clear_refs", "pagemap");
		end_beside(pid);
		return;
	}
	check_eq(write(fd, "1", 1), 1, "clear_refs of a child");
	check_eq(of_area(pid, "Referenced:"), 0, "it has used no page since");
	check_eq(of_area(getpid(), "Referenced:"), all,
		 "the parent has used as many as it had");
	close(fd);
	check(!end_beside(pid) && has_all(), "both have what they had");
}

static void by_smaps(void)
{
	pid_t pid = start_looker(has_all);
	long rss = of_area(getpid(), "Rss:");

	if (rss < 0) {
		tap_skip("smaps of a shared table", "proc");
		end_beside(pid);
		return;
	}
	check(of_area(pid, "Rss:") == rss &&
	      of_area(pid, "Pss:") == rss / 2 &&
	      of_area(getpid(), "Pss:") == rss / 2 &&
	      of_area(pid, "Private_Dirty:") == 0,
	      "smaps of both: all is there, and half of it theirs");
	end_beside(pid);
	check(of_area(getpid(), "Pss:") == rss &&
	      of_area(getpid(), "Private_Dirty:") == rss,
	      "at the end of the child all of it");
}

/* ---- locks, moves -------------------------------------------------------- */

static void by_mlock(void)
{
	pid_t pid = start_looker(has_all);

	check_ok(syscall(SYS_mlock, p + AT, LEN), "a part is locked");
	check(has_all(), "the parent has what it had");
	*word_of_page(AT / PG) = 5;
	check_eq(end_beside(pid), 0, "and the child what it had");
	*word_of_page(AT / PG) = AT / PG + 1;
	syscall(SYS_munlock, p + AT, LEN);
	pid = fork();
	if (pid == 0)
		_exit(syscall(SYS_mlock, p, SIZE) || !has_all());
	check(!wait_status(pid) && has_all(), "a child locks all of it");
}

/* Into a hole of a table that a child has: the entries come from another one. */
static void by_move(void)
{
	char *from = mmap(NULL, LEN, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t pid;
	char *to;

	from[0] = 9;
	munmap(p + AT, LEN);
	pid = start_looker(rest_is_whole);
	to = mremap(from, LEN, LEN, MREMAP_MAYMOVE | MREMAP_FIXED, p + AT);
	if (to == MAP_FAILED && errno == ENOSYS) {
		tap_skip("a move into a hole", "mremap");
		mmap(p + AT, LEN, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		     -1, 0);
	} else {
		check(to == p + AT && to[0] == 9, "a move into a hole");
	}
	check(rest_is_whole() && !end_beside(pid), "both have the rest");
	madvise(p, SIZE, 15 /* MADV_NOHUGEPAGE */);
	fill_tables(1);
}

int main(void)
{
	map_filled();
	debugger();
	store_by_mem();
	by_smaps();
	by_clear_refs();
	by_mlock();
	by_move();
	check(has_all(), "all is as it was");
	return tap_done();
}
