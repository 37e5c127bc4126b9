/* SPDX-License-Identifier: MIT */
/*
 * Everything of which there can be too much, taken until there is no more:
 * memory, page tables, processes, threads, pipes, descriptors, mappings,
 * queued signals, locks, names, attributes.  The taker gets an errno or is
 * killed, others go on, and all comes back (rows A9, B5, D13).
 * Only on a small machine, as `./lectern run --mem 48M` makes it: on a large
 * one it would take long.
 */
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <thread.h>
#include <time.h>
#include "audit.h"
#include "texts.h"

#define MiB		(1UL << 20)
#define TAKE_S		8	/* a slow taker has taken enough by then */
#define LIMIT_S		60
#define SLACK		63	/* pages that page tables and the like keep */
#define SMALL_KIB	(160L << 10)
#define LEFT_KIB	(6L << 10)	/* memory that is left to be taken */
#define PR_SET_CHILD_SUBREAPER	36

static char junk[65536];

/* ---- takers: each returns when it can take no more ----------------------- */

static void exhaust_memory(void)
{
	for (;;) {
		char *p = mmap(NULL, MiB, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			return;
		memset(p, 1, MiB);
	}
}

static void exhaust_shared_memory(void)
{
	for (;;) {
		char *p = mmap(NULL, MiB, PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			return;
		memset(p, 1, MiB);
	}
}

/* One page in each leaf table. */
static void page_tables(void)
{
	unsigned long step = sizeof(long) == 8 ? 2 * MiB : 4 * MiB;

	for (;;) {
		char *p = mmap(NULL, step, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
			       -1, 0);

		if (p == MAP_FAILED)
			return;
		*(volatile char *)p;
	}
}

static void fork_tree(void)
{
	memset(anon_pages(64, PROT_READ | PROT_WRITE), 1, 64 * PG);
	for (;;) {
		pid_t pid = fork();

		if (pid < 0)
			return;
		if (pid == 0)
			memset(anon_pages(64, PROT_READ | PROT_WRITE), 1,
			       64 * PG);
	}
}

static void exhaust_zombies(void)
{
	pid_t pid;

	while ((pid = fork()) > 0)
		;
	if (pid == 0)
		_exit(0);
}

static void exhaust_threads(void)
{
	for (;;) {
		struct thread *t = malloc(sizeof(*t));

		if (!t || thread_create(t, pause_thread, NULL))
			return;
	}
}

static void exhaust_pipes(void)
{
	int p[2];

	set_limit(RLIMIT_NOFILE, 1 << 20);
	while (pipe2(p, O_NONBLOCK) == 0) {
		fcntl(p[1], F_SETPIPE_SZ, 1 << 20);
		while (write(p[1], junk, sizeof(junk)) > 0)
			;
	}
}

static void exhaust_descriptors(void)
{
	set_limit(RLIMIT_NOFILE, 1 << 20);
	while (open("/dev/null", O_RDONLY) >= 0)
		;
}

static void duplicates(void)
{
	set_limit(RLIMIT_NOFILE, 1 << 20);
	while (dup(0) >= 0)
		;
	fcntl(0, F_DUPFD, (1 << 20) - 1);
}

static void exhaust_mappings(void)
{
	char *p = mmap(NULL, 200000 * PG, PROT_READ, MAP_PRIVATE |
		       MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	for (unsigned long i = 1; i < 200000; i += 2)
		if (mprotect(p + i * PG, PG, PROT_NONE))
			return;
}

static void queued_signals(void)
{
	sigset_t block = sigmask(SIGRTMIN + 1);

	sigprocmask(SIG_BLOCK, &block, NULL);
	set_limit(11, RLIM_INFINITY);	/* RLIMIT_SIGPENDING */
	while (sigqueue(getpid(), SIGRTMIN + 1, (union sigval){ 1 }) == 0)
		;
}

static void record_locks(void)
{
	struct { short type, whence; long start, len; int pid; } l = { 1, 0, 0,
								      0, 0 };
	int fd = open("locked", O_RDWR | O_CREAT, 0600);

	l.len = 1;
	for (l.start = 0; fcntl(fd, 6, &l) == 0; l.start += 2)
		;
}

static void exhaust_names(void)
{
	char name[300];

	memset(name, 'n', sizeof(name));
	for (unsigned int i = 0;; i++) {
		snprintf(name + 200, 40, "%u", i);
		if (mkdir(name, 0700))
			return;
	}
}

/* Names that are not there: the cache of them must give way. */
static void absent_names(void)
{
	struct timespec t = { 0, 0 };
	char name[300];

	memset(name, 'a', sizeof(name));
	for (unsigned int i = 0; i < 200000; i++) {
		snprintf(name + 200, 40, "%u", i);
		access(name, F_OK);
		if (i % 1000 == 0)
			nanosleep(&t, NULL);
	}
}

static void exhaust_files(void)
{
	char name[16];

	for (unsigned int i = 0;; i++) {
		int fd;

		snprintf(name, sizeof(name), "f%u", i);
		fd = open(name, O_WRONLY | O_CREAT, 0600);
		if (fd < 0 || write(fd, junk, sizeof(junk)) < 0)
			return;
		close(fd);
	}
}

/* A full file system, and then processes that want memory as well. */
static void files_then_memory(void)
{
	exhaust_files();
	exhaust_memory();
}

static void exhaust_attributes(void)
{
	char name[32];

	close(open("x", O_WRONLY | O_CREAT, 0600));
	for (unsigned int i = 0;; i++) {
		snprintf(name, sizeof(name), "user.a%u", i);
		if (syscall(SYS_setxattr, "x", name, junk, 60000, 0))
			return;
	}
}

static void exhaust_links(void)
{
	char name[16];

	memset(junk, 'l', 4000);
	junk[4000] = '\0';
	for (unsigned int i = 0;; i++) {
		snprintf(name, sizeof(name), "l%u", i);
		if (symlink(junk, name))
			return;
	}
}

static void exhaust_groups(void)
{
	static gid_t list[65536];
	pid_t pid;

	for (int i = 0; i < 65536; i++)
		list[i] = (gid_t)i;
	do {
		if (setgroups(65536, list))
			return;
		pid = fork();
	} while (pid == 0);
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

static void exhaust_timers(void)
{
	pid_t pid;
	int id;

	do {
		while (syscall(SYS_timer_create, CLOCK_MONOTONIC, 0, &id) == 0)
			;
		pid = fork();
	} while (pid == 0);
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

static void exhaust_events(void)
{
	int fd;

	set_limit(RLIMIT_NOFILE, 1 << 20);
	do {
		fd = (int)syscall(SYS_epoll_create1, 0);
		for (int i = 0; i < 10; i++) {
			struct { unsigned int e; uint64_t d; } ev = { 1, 0 };

			syscall(SYS_epoll_ctl, fd, 1,
				syscall(SYS_eventfd2, 0, 0), &ev);
		}
	} while (fd >= 0);
}

static void exhaust_arguments(void)
{
	char **argv = malloc(40000 * sizeof(*argv));

	memset(junk, 'a', 100);
	junk[100] = '\0';
	for (int i = 0; i < 10000; i++)
		argv[i] = junk;
	argv[1] = "-hold";
	argv[10000] = NULL;
	set_limit(RLIMIT_STACK, 64 * MiB);
	for (;;) {
		pid_t pid = fork();

		if (pid < 0)
			return;
		if (pid == 0) {
			execv(tap_self, argv);
			_exit(0);
		}
	}
}

static void locked_memory(void)
{
	set_limit(RLIMIT_MEMLOCK, RLIM_INFINITY);
	for (;;) {
		char *p = mmap(NULL, MiB, PROT_READ | PROT_WRITE, MAP_PRIVATE |
			       MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED || syscall(SYS_mlock, p, MiB))
			return;
	}
}

static const struct taker {
	const char *name;
	void (*fn)(void);
} takers[] = {
	{ "memory", exhaust_memory }, { "shared memory",
				       exhaust_shared_memory },
	{ "page tables", page_tables }, { "a tree of forks", fork_tree },
	{ "zombies", exhaust_zombies }, { "threads", exhaust_threads },
	{ "pipes", exhaust_pipes }, { "descriptors", exhaust_descriptors },
	{ "duplicates", duplicates }, { "mappings", exhaust_mappings },
	{ "queued signals", queued_signals },
	{ "record locks", record_locks }, { "names", exhaust_names },
	{ "absent names", absent_names }, { "files", exhaust_files },
	{ "files, then memory", files_then_memory },
	{ "attributes", exhaust_attributes }, { "links", exhaust_links },
	{ "groups", exhaust_groups }, { "timers", exhaust_timers },
		{ "events", exhaust_events },
	{ "arguments", exhaust_arguments }, { "locked memory", locked_memory },
};

/* ---- around them --------------------------------------------------------- */

/*
 * All who are left, whoever their parent is now: on a busy host they take their
 * time.  They are told at once: those who fork leave corpses faster than these
 * are counted.  => 0; -1: none of them ended for LIMIT_S
 */
static int reap_exhausted(void)
{
	uint64_t end = now_ns() + LIMIT_S * 1000000000ULL;

	kill(0, SIGTERM);		/* this program ignores it */
	for (;;) {
		pid_t pid = waitpid(-1, NULL, WNOHANG | __WALL);

		if (pid < 0 && errno == ECHILD)
			return 0;
		if (pid > 0)
			end = now_ns() + LIMIT_S * 1000000000ULL;
		if (now_ns() > end)
			return -1;
		if (pid == 0) {
			kill(0, SIGTERM);
			usleep(1000);
		}
	}
}

static void run_one(const struct taker *t)
{
	int st, ok;
	pid_t pid;

	if (mkdir("m", 0755) || mount("tmpfs", "m", "tmpfs", 0, "size=1g"))
		tap_bail("mount");
	audit_take();
	pid = fork();
	if (pid == 0) {
		signal(SIGTERM, SIG_DFL);
		text_set("/proc/self/oom_score_adj", "500");
		alarm(TAKE_S);
		if (chdir("m"))
			_exit(1);
		t->fn();
		_exit(42);
	}
	waitpid(pid, &st, 0);
	ok = st == 42 << 8 || st == SIGKILL || st == SIGBUS || st == SIGTERM ||
		st == SIGALRM;
	if (!check(ok, "%s: an error or a signal", t->name))
		printf("# status %#x\n", st);
	check(reap_exhausted() == 0, "%s: all who took part end", t->name);
	check(umount2("m", 0) == 0 || umount2("m", 2) == 0, "%s: unmounted",
	      t->name);
	mount("tmpfs", "m", "tmpfs", 0, "size=1g");
	check(audit_same(SLACK), "%s: all comes back", t->name);
	umount2("m", 0);
	rmdir("m");
}

/*
 * Leave little memory to the takers, who are slow: this program, whom the OOM
 * killer spares, has the rest.
 */
static void leave_little(void)
{
	while (text_number("/proc/meminfo", "MemFree:") > LEFT_KIB) {
		char *p = mmap(NULL, MiB, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			tap_bail("memory");
		memset(p, 1, MiB);
	}
}

int main(int argc, char **argv)
{
	long total = text_number("/proc/meminfo", "MemTotal:");

	if (argc > 1 && !strcmp(argv[1], "-hold"))
		pause_thread(NULL);
	if (getuid() != 0 || on_other_kernel())
		return tap_skip_all("for root on Lectern");
	if (total > SMALL_KIB)
		return tap_skip_all("only with little memory (--mem 48M)");
	tap_find_self(argv[0]);
	text_set("/proc/self/oom_score_adj", "-1000");
	syscall(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1);
	setpgid(0, 0);
	signal(SIGTERM, SIG_IGN);
	tap_scratch("exhaustion");
	leave_little();
	for (int i = 0; i < COUNT(takers); i++)
		if (argc < 2 || !strcmp(argv[1], takers[i].name))
			run_one(&takers[i]);
	tap_scratch_end();
	return tap_done();
}
