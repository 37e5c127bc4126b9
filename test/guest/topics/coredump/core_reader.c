/* SPDX-License-Identifier: MIT */
/*
 * The program that kernel.core_pattern starts (row B6) as a reader: what comes
 * out of the pipe, and what becomes of the process that dies if it reads
 * slowly, not at all, or dies itself.
 */
#include <thread.h>
#include "audit.h"
#include "core_image.h"
#include "ptrace.h"
#include "reader.h"
#include "texts.h"

#define ROOM		(64 * 1024)	/* of a pipe */

/* So that a pipe cannot hold it all. */
static char dirty[48 * PG];
static volatile long marker = 0x600d5eed;

/* ---- readers ------------------------------------------------------------- */

static void save(const char *dir)
{
	static char buf[65536];
	char name[96];
	ssize_t n;
	int fd;

	snprintf(name, sizeof(name), "%s/saved", dir);
	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	while ((n = read(0, buf, sizeof(buf))) > 0)
		write_all(fd, buf, (size_t)n);
	close(fd);
}

static int is_there(const char *dir, const char *name)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return !access(path, F_OK);
}

/* What /proc still has of a process. */
static void look_at_dead(const char *pid)
{
	char path[64], text[256];
	ssize_t n;
	int fd, threads = 0;

	for (int i = 0; i < COUNT(text); i++)
		text[i] = '\0';
	snprintf(path, sizeof(path), "/proc/%s/exe", pid);
	n = readlink(path, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = '\0';
	dprintf(report_fd, "exe %s\n", text);
	snprintf(path, sizeof(path), "/proc/%s/cmdline", pid);
	fd = open(path, O_RDONLY);
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	dprintf(report_fd, "cmdline %s\n", text);
	snprintf(path, sizeof(path), "/proc/%s/maps", pid);
	fd = open(path, O_RDONLY);
	tell("maps", "%d", read(fd, text, sizeof(text)) > 0);
	close(fd);
	snprintf(path, sizeof(path), "/proc/%s/fd/0", pid);
	tell("fd", "%d", readlink(path, text, sizeof(text)) > 0);
	snprintf(path, sizeof(path), "/proc/%s/mem", pid);
	fd = open(path, O_RDONLY);
	if (pread(fd, text, sizeof(long), (off_t)(unsigned long)&marker) ==
	    sizeof(long))
		dprintf(report_fd, "mem %#lx\n", *(long *)text);
	close(fd);
	for (int tid = atoi(pid); tid < atoi(pid) + 20; tid++) {
		snprintf(path, sizeof(path), "/proc/%s/task/%d", pid, tid);
		threads += !access(path, F_OK);
	}
	tell("threads", "%d", threads);
	snprintf(path, sizeof(path), "/proc/%s/status", pid);
	tell("status", "%d", !access(path, F_OK));
}

static void slowly(void)
{
	static char buf[PG];
	long all = 0;
	ssize_t n;

	while ((n = read(0, buf, all < 4 * ROOM ? 3000 : sizeof(buf))) > 0) {
		all += n;
		usleep(500);
	}
	tell("bytes", "%ld", all);
}

/* A child keeps the pipe for a while. */
static void leave_child(const char *dir)
{
	if (fork())
		return;
	(void)eventually(is_there(dir, "go"));
	open_report_file(dir);
	tell("bytes", "%ld", drain_input());
	publish_report(dir);
	_exit(0);
}

/*
 * s saves; l looks at the process, before it reads and after; w waits before it
 * reads, with its number in the report; e ends at once; c closes; p reads a
 * page and ends; t takes its time; d dies, k waits to be killed; f leaves a
 * child; h holds on after it has read
 */
static int obey_as_reader(char **argv)
{
	static char page[PG];
	const char *dir = argv[2];
	char what = argv[1][0];

	if (what == 'e')
		return 0;
	if (what == 'p')
		return read(0, page, PG) != PG;
	if (what == 'd')
		*(volatile int *)BAD = 1;
	if (what == 'f') {
		leave_child(dir);
		return 0;
	}
	open_report_file(dir);
	tell("pid", "%d", getpid());
	if (what == 's')
		save(dir);
	if (what == 'l')
		look_at_dead(argv[3]);
	if (what == 't')
		slowly();
	if (what == 'h') {
		tell("bytes", "%ld", drain_input());
		look_at_dead(argv[3]);
	}
	if (what == 'c')
		close(0);
	if (what == 'l' || what == 's')
		tell("bytes", "%ld", drain_input());
	publish_report(dir);
	if (what == 'w' || what == 'k' || what == 'h' || what == 'c')
		(void)eventually(is_there(dir, "go"));
	if (what == 'w') {
		open_report_file(dir);
		tell("bytes", "%ld", drain_input());
		publish_report(dir);
	}
	return 0;
}

static void put_go_file(void)
{
	put_file("go", "", 0, 0600);
}

/* ---- who dies ------------------------------------------------------------ */

/* arg: how many threads beside it */
static void die(void *arg)
{
	static struct thread t[3];

	for (int i = 0; i < *(int *)arg; i++)
		thread_create(&t[i], pause_thread, NULL);
	if (*(int *)arg)
		usleep(20000);
	memset(dirty, 0x5a, sizeof(dirty));
	marker = 0x0badcafe;
	crash_plainly(NULL);
}

static int alone, three = 3;

static volatile int together;

static void *crashing(void *arg)
{
	while (!together)
		;
	crash_plainly(NULL);
	return arg;
}

/* All threads at once: one of them is whose core file it is. */
static void die_together(void *arg)
{
	static struct thread t[3];

	for (int i = 0; i < COUNT(t); i++)
		thread_create(&t[i], crashing, NULL);
	memset(dirty, 0x5a, sizeof(dirty));
	together = 1;
	crash_plainly(arg);
}

static void *leaving(void *arg)
{
	while (!together)
		;
	_exit(3);
	return arg;
}

/* One dies, and others end the process just then. */
static void die_leaving(void *arg)
{
	static struct thread t[3];

	for (int i = 0; i < COUNT(t); i++)
		thread_create(&t[i], leaving, NULL);
	memset(dirty, 0x5a, sizeof(dirty));
	together = 1;
	crash_plainly(arg);
}

/* ---- what comes out ------------------------------------------------------ */

static long end_of_segments(void)
{
	const phdr *p;
	long end = 0;

	for (unsigned i = 0; (p = core_segment(i)) != NULL; i++)
		if ((long)(p->p_offset + p->p_filesz) > end)
			end = (long)(p->p_offset + p->p_filesz);
	return end;
}

/* The same process, by the pipe and to a file. */
static void compare_core_ways(int *threads)
{
	size_t piped;
	int st;

	read_by("s", "x");
	st = in_child(die, threads);
	if (!check(dumped(st) && reported() && load_image("saved"),
		   "a core file by a pipe"))
		return;
	check(size > ROOM && !memcmp(image, "\177ELF", 4), "a whole one");
	check_eq(size, end_of_segments(), "... to the end of its segments");
	check_eq(count_notes(NT_PRSTATUS, NULL, NULL), *threads + 1,
		 "... with its threads");
	check_eq(word_at((unsigned long)&marker), 0x0badcafe,
		 "... and memory as it was");
	check_eq((unsigned char)word_at((unsigned long)&dirty[PG]), 0x5a,
		 "... all of it");
	munmap(image, size);
	piped = size;
	unlink("saved");
	set_kernel("core_pattern", "core");
	st = in_child(die, threads);
	check(dumped(st) && load_image("core"), "to a file");
	check_eq(size, piped, "it is as long: holes are zeros in a pipe");
	munmap(image, size);
	unlink("core");
}

static void two_widths(void)
{
	compare_core_ways(&alone);
	compare_core_ways(&three);
}

/* ---- readers that do not read -------------------------------------------- */

static void bad_readers(void)
{
	int st;

	read_by("e", "x");
	st = in_child(die, &alone);
	check(dumped(st), "a reader that ends at once holds nothing up");
	read_by("p", "x");
	st = in_child(die, &three);
	check(dumped(st), "nor does one that ends after a page");
	read_by("c", "x");
	st = in_child(die, &alone);
	check(dumped(st) && reported(), "nor one that closes its input");
	put_go_file();
	check(eventually(kill(atoi(fact("pid")), 0)), "... and ends later");
	unlink("go");
	read_by("d", "x");
	st = in_child(die, &alone);
	check(dumped(st), "one that dies itself leaves no core file");
	read_by("t", "x");
	st = in_child(die, &alone);
	check(dumped(st) && reported() && atol(fact("bytes")) > ROOM,
	      "a slow one gets it all");
}

/* A process that dies, and a reader that does not read yet. */
static pid_t start_dying(const char *how, int *threads)
{
	pid_t pid;

	unlink("report");
	read_by(how, "x");
	pid = start_child(die, threads);
	check(reported(), "a reader that does not read");
	return pid;
}

static int status_of_end(pid_t pid)
{
	int st = -1;

	if (!eventually(waitpid(pid, &st, WNOHANG) == pid))
		kill(pid, SIGKILL);
	return st;
}

static int still_there(pid_t pid)
{
	int st;

	usleep(50000);
	return waitpid(pid, &st, WNOHANG) == 0;
}

static void kill_reader(void)
{
	pid_t pid = start_dying("k", &three);
	int st;

	check(still_there(pid), "holds up who dies");
	kill(pid, SIGKILL);
	check_eq(status_of_end(pid), SIGKILL,
		 "SIGKILL ends that: it died of it");
	put_go_file();
	check(eventually(kill(atoi(fact("pid")), 0)), "the reader goes on");
	unlink("go");
	pid = start_dying("k", &alone);
	kill(atoi(fact("pid")), SIGKILL);
	st = status_of_end(pid);
	check(dumped(st), "a reader that is killed ends it as well");
	pid = start_dying("w", &three);
	kill(pid, SIGTERM);
	kill(pid, SIGSTOP);
	kill(pid, SIGUSR1);
	check(still_there(pid), "other signals do not end it");
	put_go_file();
	st = status_of_end(pid);
	check(dumped(st) && reported() && atol(fact("bytes")) > ROOM,
	      "... and nothing is missing");
	unlink("go");
}

/* What a second end of a process does to the first. */
static void die_together_often(void)
{
	int whole = 0, left = 0, st;

	read_by("t", "x");
	for (int i = 0; i < 10; i++) {
		st = in_child(die_together, NULL);
		whole += dumped(st) && reported() &&
			atol(fact("bytes")) > ROOM;
	}
	check_eq(whole, 10, "of threads that die at once one leaves it whole");
	whole = 0;
	for (int i = 0; i < 10; i++) {
		st = in_child(die_leaving, NULL);
		left += st == 3 << 8;
		whole += dumped(st) && reported() &&
			atol(fact("bytes")) > ROOM;
	}
	check_eq(whole + left, 10, "a thread's exit ends no core file");
	printf("# %d were left\n", whole);
}

static struct {
	volatile int tid, die;
} *shared;

static void *pause_traced_thread(void *arg)
{
	shared->tid = (int)syscall(SYS_gettid);
	for (;;)
		pause();
	return arg;
}

static void die_when_told(void *arg)
{
	static struct thread t;

	thread_create(&t, pause_traced_thread, NULL);
	memset(dirty, 0x5a, sizeof(dirty));
	while (!shared->die)
		usleep(1000);
	crash_plainly(arg);
}

/*
 * A thread is about to die of a signal that its tracer looks at, when another
 * one dies: it goes on then, and ends the process a second time.
 */
static void ends_twice(void)
{
	pid_t pid;
	int st;

	shared = mmap(NULL, PG, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unlink("report");
	read_by("t", "x");
	pid = start_child(die_when_told, NULL);
	(void)eventually(shared->tid);
	check(!ptrace(PTRACE_SEIZE, shared->tid, 0, 0), "a thread is traced");
	syscall(SYS_tgkill, pid, shared->tid, SIGTERM);
	check(waitpid(shared->tid, &st, __WALL) == shared->tid &&
	      WIFSTOPPED(st), "... and stops for a signal");
	syscall(SYS_tgkill, pid, shared->tid, SIGHUP);
	shared->die = 1;
	waitpid(shared->tid, &st, __WALL);
	check(dumped(status_of_end(pid)) && reported() &&
	      atol(fact("bytes")) > ROOM,
	      "another one's core file is whole all the same");
	munmap((void *)shared, PG);
}

/* ---- core_pipe_limit ----------------------------------------------------- */

static void no_limit(void)
{
	pid_t pid;
	int st;

	set_kernel("core_pipe_limit", "0");
	unlink("report");
	read_by("h", "%P");
	pid = start_child(die, &alone);
	st = status_of_end(pid);
	check(dumped(st) && reported() && atol(fact("bytes")) > ROOM,
	      "without a limit nobody waits for the reader");
	put_go_file();
	check(eventually(kill(atoi(fact("pid")), 0)), "which ends later");
	unlink("go");
}

static void hold_dying_process(void)
{
	pid_t pid;
	int st;

	set_kernel("core_pipe_limit", "4");
	unlink("report");
	read_by("h", "%P");
	pid = start_child(die, &three);
	if (!check(reported() && atol(fact("bytes")) > ROOM,
		   "with one, who has read it all ..."))
		return;
	check(is_fact("exe", tap_self) &&
	      strstr(fact("cmdline"), "core_reader"),
	      "still has the process in /proc");
	check(is_number("maps", 1) && is_number("fd", 1) &&
	      is_number("status", 1), "... its mappings and descriptors");
	check(is_fact("mem", "0xbadcafe"), "... its memory");
	check(atoi(fact("threads")) == 4, "... its threads");
	check(still_there(pid), "... until it ends");
	put_go_file();
	st = status_of_end(pid);
	check(dumped(st), "which ends both");
	unlink("go");
	unlink("report");
	pid = start_child(die, &alone);
	check(reported() && still_there(pid), "another waits");
	kill(pid, SIGKILL);
	check_eq(status_of_end(pid), SIGKILL, "SIGKILL ends the wait");
	put_go_file();
	check(eventually(kill(atoi(fact("pid")), 0)), "and not the reader");
	unlink("go");
}

static void kept_by_child(void)
{
	pid_t pid;

	unlink("report");
	read_by("f", "x");
	pid = start_child(die, &alone);
	check(still_there(pid), "a child of the reader's is one, too");
	put_go_file();
	check(dumped(status_of_end(pid)) && reported() &&
	      atol(fact("bytes")) > ROOM,
	      "... and gets it all");
	unlink("go");
}

static void dump_too_many(void)
{
	pid_t first, second;

	set_kernel("core_pipe_limit", "1");
	first = start_dying("k", &alone);
	second = start_child(die, &alone);
	check(not_dumped(status_of_end(second)),
	      "a second one at a time gets none");
	kill(atoi(fact("pid")), SIGKILL);
	check(dumped(status_of_end(first)), "the first one does");
	unlink("report");
	read_by("s", "x");
	check(dumped(in_child(die, &alone)) && reported(),
	      "and so does who comes later");
	unlink("saved");
	set_kernel("core_pipe_limit", "0");
}

static int sysctl_takes(const char *name, const char *text, const char *shown)
{
	char path[64], got[32];
	int ok = set_kernel(name, text);

	snprintf(path, sizeof(path), "/proc/sys/kernel/%s", name);
	text_read(path, got, sizeof(got));
	if (strcmp(got, shown))
		printf("# %s shows %s", text, got);
	return ok && !strcmp(got, shown);
}

static void set_sysctl_numbers(const char *name)
{
	check(sysctl_takes(name, "17", "17\n") &&
	      sysctl_takes(name, "-3\n", "-3\n") &&
	      sysctl_takes(name, "2147483647", "2147483647\n") &&
	      sysctl_takes(name, "-2147483648", "-2147483648\n") &&
	      sysctl_takes(name, " 0x10 ", "16\n"), "%s is a number", name);
	check(!set_kernel(name, "2147483648") && !set_kernel(name, "x") &&
	      !set_kernel(name, "-") && !set_kernel(name, "5x") &&
	      !set_kernel(name, "- 5") && !set_kernel(name, "--5"),
	      "... and nothing else");
	check(sysctl_takes(name, "0", "0\n"), "... that was left");
}

static void negative_limit(void)
{
	set_kernel("core_pipe_limit", "-1");
	unlink("report");
	read_by("s", "x");
	check(dumped(in_child(die, &alone)) && reported(),
	      "a limit below 0 is a large one");
	unlink("saved");
	set_kernel("core_pipe_limit", "0");
}

/* ---- what is left -------------------------------------------------------- */

static void read_by_each_way(int n)
{
	static const char *const how[] = { "e", "p", "d", "s", "t" };

	for (int i = 0; i < n; i++) {
		pid_t pid;

		read_by(how[i % COUNT(how)], "x");
		unlink("report");
		pid = start_child(die, i & 1 ? &three : &alone);
		if (i % 7 == 6)
			kill(pid, SIGKILL);
		status_of_end(pid);
		if (i % COUNT(how) >= 3 && i % 7 != 6)
			reported();
		unlink("saved");
	}
}

static void balance_rounds(void)
{
	set_kernel("core_pipe_limit", "3");
	read_by_each_way(5);
	if (audit_take()) {
		tap_skip("what is left", "no audit");
		return;
	}
	read_by_each_way(30);
	unlink("new");
	unlink("report");
	unlink("saved");
	check(audit_same(8), "nothing is left of pipes and programs");
	set_kernel("core_pipe_limit", "0");
}

int main(int argc, char **argv)
{
	if (argc > 2)
		return obey_as_reader(argv);
	tap_find_self(argv[0]);
	if (geteuid() || !set_kernel("core_pattern", "|/nowhere"))
		return tap_skip_all("core_pattern cannot be set");
	limit_core(RLIM_INFINITY);
	tap_scratch("core_reader");
	two_widths();
	bad_readers();
	kill_reader();
	die_together_often();
	ends_twice();
	no_limit();
	hold_dying_process();
	kept_by_child();
	dump_too_many();
	set_sysctl_numbers("core_pipe_limit");
	set_sysctl_numbers("core_uses_pid");
	negative_limit();
	balance_rounds();
	set_kernel("core_pattern", "core");
	unlink("new");
	tap_scratch_end();
	return tap_done();
}
