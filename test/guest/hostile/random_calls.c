/* SPDX-License-Identifier: MIT */
/*
 * Random system calls with arguments that are nearly right: open descriptors,
 * mapped and half-mapped buffers, plausible flags and lengths.  The machine
 * must survive, every process must die when killed, and the audit must
 * balance (rows A9, B3).
 *	random_calls [SEED [SECONDS [each]]]		(default 1, 4)
 * Workers run a few at a time, each with its own seed: some as root, who may
 * do more, some as nobody, who may signal everyone.  Numbers and kinds of
 * arguments come from the kernel's own table.
 */
#include <dirent.h>
#include <sched.h>
#include <sys/resource.h>
#include <time.h>
#include "audit.h"

#define WORKERS		3		/* at the same time */
#define WORKER_MS	300		/* how long one may run */
#define DIE_MS		100000		/* how long it may take to die */
#define CALLS		3000		/* at most, by one worker */
#define ARENA		(64 * PG)	/* what mmap and friends play with */
#define NOBODY		4711
#define PR_SET_CHILD_SUBREAPER	36
#define SLACK		16	/* pages that tables and slabs keep for reuse */

struct call {
	long nr;
	const char *name;
	const char *kinds;		/* a letter an argument word */
};

static const struct call calls[] = {
#include "fuzz_calls.h"
};

/* These end the machine, or change what outlives the worker. */
static const char *const never[] = {
	"vhangup", "reboot", "settimeofday", "clock_settime", "clock_settime64",
		"stime",
	"mount", "umount", "umount2", "move_mount", "pivot_root", "chroot",
	"fsopen", "fsmount", "semget", "shmget", "msgget", "ipc", "syslog",
	"sethostname", "setdomainname",
};

/* Root must not reach those who watch. */
static const char *const not_root[] = {
	"kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo",
	"pidfd_send_signal", "setpriority", "sched_setscheduler",
	"sched_setparam", "sched_setattr", "sched_setaffinity", "prlimit64",
	"ptrace", "process_vm_writev", "nice", "fcntl", "fcntl64", "ioctl",
	"fchmod", "fchown", "fchown32", "pidfd_getfd", "ioprio_set",
};

/* Code run out of place: any call may come of it. */
static const char *const wild[] = {
	"clone", "clone3", "vfork", "rt_sigreturn", "sigreturn",
	"rt_sigaction", "sigaction", "signal", "set_thread_area",
};

/* A worker that makes these often does not make many others. */
static const char *const rare[] = {
	"exit", "exit_group", "execve", "execveat", "rt_sigreturn",
	"sigreturn", "rt_sigsuspend", "sigsuspend", "pause", "kill", "tkill",
	"tgkill", "rt_sigaction", "sigaction", "signal", "prlimit64",
	"setrlimit", "close_range",
};

static unsigned int seed;
static volatile long *made;	/* calls; shared, counted roughly */
static char *arena, *buf;
static const char zeros[2048];
static int is_root, nested;
static const struct call *single;	/* only this one, or NULL: all */
static pid_t kids[8];
static char missing[COUNT(calls)];	/* this kernel has none */

static unsigned int random_under(unsigned int n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % n;
}

static int one_in(unsigned int n)
{
	return random_under(n) == 0;
}

static unsigned long random_argument_word(void)
{
	unsigned long v = 0;

	for (unsigned int i = 0; i < sizeof(v); i += 2)
		v = v << 16 ^ random_under(0x10000);
	return v;
}

static int is_in_list(const char *const *list, int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(list[i], name))
			return 1;
	return 0;
}

static const unsigned long edges[] = {
	0, 1, 2, 7, 8, 63, 64, 255, 256, 4095, 4096, 4097, 65535, 65536,
	0x7fffffffUL, 0x80000000UL, 0xbffff000UL, 0xc0000000UL, 0xfffff000UL,
	0xffffffffUL, ~0UL, ~0UL - 4095, ~0UL >> 1, (~0UL >> 1) + 1,
	~0UL << (sizeof(long) == 8 ? 38 : 30),
};

static unsigned long random_edge(void)
{
	return edges[random_under(COUNT(edges))];
}

/* Any address of the arena, mostly of a page's start. */
static unsigned long arena_addr(void)
{
	unsigned long a = (unsigned long)arena + random_under(ARENA / PG) * PG;

	return one_in(8) ? a + random_under(PG) : a;
}

static unsigned long bad_addr(void)
{
	switch (random_under(6)) {
	case 0: return random_edge();
	case 1: return random_argument_word();
	case 2: return (unsigned long)buf +
		4 * PG - random_under(64);	/* runs off */
	case 3: return (unsigned long)arena_addr() + PG - random_under(16);
	case 4:			/* read-only; root's must stay as it is */
		return is_root ? 0 : (unsigned long)edges + random_under(64);
	default: return 0;
	}
}

static unsigned long length(void)
{
	switch (random_under(8)) {
	case 0: return random_edge();
	case 1: return random_argument_word();
	case 2: return random_under(65536);
	case 3: return PG * random_under(32);
	default: return random_under(300);
	}
}

static unsigned long random_flags(void)
{
	unsigned long v = 0;

	switch (random_under(5)) {
	case 0: return 0;
	case 1: return random_edge();
	case 2: return random_under(16);
	default:
		for (unsigned int n = 1 + random_under(4); n; n--)
			v |= 1UL << random_under(32);
		return v;
	}
}

static unsigned long descriptor(void)
{
	if (one_in(12))
		return random_edge();
	if (one_in(10))
		return (unsigned long)AT_FDCWD;
	return random_under(40);
}

static unsigned long some_pid(void)
{
	switch (random_under(is_root ? 4 : 6)) {
	case 0: return 0;
	case 1: return (unsigned long)getpid();
	case 2: return (unsigned long)kids[random_under(COUNT(kids))];
	case 3: return (unsigned long)gettid();
	case 4: return 1 + random_under(200);
	default: return random_edge();
	}
}

/* Nothing here waits long. */
static unsigned long time_value(void)
{
	long *t = (long *)(buf + 3 * PG + random_under(PG / 2) / 8 * 8);

	if (one_in(10))
		return bad_addr();
	memset(t, 0, 32);
	t[0] = one_in(20) ? (long)random_edge() : 0;
	t[8 / sizeof(long)] = (long)random_under(3000000);
	if (sizeof(long) == 4 && one_in(2))
		t[1] = t[2];
	return (unsigned long)t;
}

static const char *const paths[] = {
	"f0", "f1", "d", "d/f", "d/e", "link", "loop", "fifo", "script", ".",
	"d/..", "..", "/", "", "nope", "f0/x", "/proc/self/maps",
		"/proc/self/fd", "/proc/self",
	"/proc/self/status", "/proc/self/mem", "/proc/self/exe", "/proc/1/stat",
	"/proc/self/task", "/proc/self/fd/3", "/proc/self/fd/8",
	"/proc/self/fd/9", "/proc/self/oom_score_adj",
	"/proc", "/proc/1/maps", "/proc/meminfo", "/dev/null", "/dev/zero",
	"/dev/full", "/dev/urandom", "/dev/tty", "/bin/busybox",
	"/proc/self/stat", "/proc/self/smaps", "/proc/self/pagemap",
	"/proc/self/environ", "/proc/self/cmdline", "/proc/slabinfo",
};
#define OWN_PATHS	11	/* these lie in the worker's folder */

static unsigned long path(void)
{
	if (one_in(20))
		return bad_addr();
	if (one_in(20)) {			/* too long, or just not */
		memset(buf + 2 * PG, is_root || random_under(2) ? 'a' : '/',
		       2 * PG);
		buf[2 * PG + 256 + random_under(PG)] = '\0';
		return (unsigned long)buf + 2 * PG;
	}
	return (unsigned long)paths[random_under(is_root ?
						 OWN_PATHS : COUNT(paths))];
}

static unsigned long buffer(void)
{
	switch (random_under(8)) {
	case 0: return bad_addr();
	case 1: return arena_addr();
	case 2: return 0;
	default: return (unsigned long)buf + random_under(3 * PG) / 4 * 4;
	}
}

static unsigned long random_argument(int kind);

/* n words at a place in the buffer, each an argument of its own. */
static unsigned long random_words(const char *kinds, unsigned int n)
{
	unsigned long *w = (unsigned long *)(buf + random_under(PG) / 8 * 8);
	unsigned int k = (unsigned int)strlen(kinds);

	nested++;
	for (unsigned int i = 0; i < n; i++)
		w[i] = random_argument(kinds[i % k]);
	nested--;
	return (unsigned long)w;
}

static unsigned long random_strings(void)
{
	unsigned long *w = (unsigned long *)random_words("s",
							 1 + random_under(6));

	if (!one_in(10))
		w[random_under(6)] = 0;
	return (unsigned long)w;
}

/* Memory with something in it that a call may take for its structure. */
static unsigned long structure(void)
{
	/* within a structure, pointers are plain: this must end */
	switch (nested ? 4 : random_under(5)) {
	case 0: return random_words("pzif", 8);
	case 1: return random_words("i", 16);
	case 2: return random_words("dfAza", 6);
	case 3: return random_words("zp", 8);
	default: return buffer();
	}
}

static unsigned long random_argument(int kind)
{
	switch (kind) {
	case 'd': return descriptor();
	case 'i': return one_in(3) ? random_flags() : random_under(12);
	case 'P': return some_pid();
	case 'g': return one_in(8) ? random_edge() : random_under(66);
	case 'c': return one_in(4) ? random_edge() : random_under(12);
	case 'u': return one_in(4) ? random_edge() : (unsigned long)getuid();
	case 'm': return one_in(4) ? random_argument_word() : 0777;
	case 'f': return random_flags();
	case 'l':
	case 'a': return one_in(2) ? random_under(20) : one_in(2) ?
		buffer() : random_flags();
	case 'z': return length();
	case 'A': return one_in(8) ? bad_addr() : arena_addr();
	case 'p': return structure();
	case 's': return path();
	case 't': return time_value();
	case 'v': return random_words("pz", 2 * (1 + random_under(4)));
	case 'V': return one_in(6) ? bad_addr() : random_strings();
	case 'o': return one_in(2) ? random_under(3 * PG) : length();
	default: return one_in(4) ?
		random_edge() : 0;		/* a high half */
	}
}

static void one_call(const struct call *c)
{
	unsigned long a[6] = { 0 };
	long r;

	for (int i = 0; i < 6 && c->kinds[i]; i++)
		a[i] = random_argument(c->kinds[i]);
	++*made;
	r = raw_syscall(c->nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (r == -ENOSYS && !random_under(4))
		missing[c - calls] = 1;
	if (!is_root && !made[1] && (raw_syscall(SYS_getuid) == 0 ||
				     raw_syscall(SYS_geteuid) == 0))
		made[1] = 1 + c - calls;	/* this made nobody root */
	if (r > 1 && (strstr(c->name, "clone") || strstr(c->name, "fork")))
		kids[random_under(COUNT(kids))] = (pid_t)r;
}

/* Files, pipes, devices on the descriptors that calls will draw. */
static void furnish(void)
{
	int p[2];

	close(0);
	open("/dev/null", O_RDWR);
	dup2(0, 1);
	dup2(0, 2);
	put_file("f0", zeros, sizeof(zeros), 0755);
	put_file("script", "#!/bin/busybox true\n", 20, 0755);
	mkdir("d", 0777);
	symlink("f0", "link");
	symlink("loop", "loop");
	mknod("fifo", S_IFIFO | 0666, 0);
	open("f0", O_RDWR);
	open("f1", O_RDWR | O_CREAT, 0666);
	open("d", O_RDONLY);
	open(".", O_RDONLY);
	open("fifo", O_RDWR | O_NONBLOCK);
	pipe2(p, O_NONBLOCK);
	pipe(p);
	open("/dev/zero", O_RDWR);
	open("/proc/self/maps", O_RDONLY);
	open("/proc/self", O_RDONLY);
	open("d", O_PATH);
	for (int fd = 0; fd < 10; fd++)
		dup2(fd + 3, 20 + fd);
}

static void map_arena(void)
{
	arena = anon_pages(ARENA / PG, PROT_READ | PROT_WRITE);
	buf = anon_pages(8, PROT_READ | PROT_WRITE);
	munmap(buf + 4 * PG, 4 * PG);
	mprotect(arena + 5 * PG, 3 * PG, PROT_READ);
	mprotect(arena + 9 * PG, PG, PROT_NONE);
	munmap(arena + 12 * PG, 2 * PG);
	mmap(arena + 20 * PG, 4 * PG, PROT_READ | PROT_WRITE,
	     MAP_SHARED | MAP_FIXED, 3,
	     0);	/* its end lies past the file's */
	mmap(arena + 30 * PG, 4 * PG, PROT_READ | PROT_WRITE,
	     MAP_SHARED | MAP_FIXED | MAP_ANONYMOUS, -1, 0);
}

/* No call blocks for long, and what survives dies of the parent. */
static void restrain(void)
{
	struct itimerval often = { { 0, 10000 }, { 0, 10000 } };
	struct sigaction sa = { .sa_handler = ignore_signal };

	for (int i = 1; i < NSIG; i++)
		if (i != SIGSEGV && i != SIGBUS && i != SIGILL && !one_in(5))
			signal(i, i % 2 ? SIG_IGN : ignore_signal);
	signal(SIGTTIN, SIG_IGN);
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	set_limit(RLIMIT_CORE, 0);
	set_limit(RLIMIT_FSIZE, 1 << 20);
	set_limit(RLIMIT_NPROC, 20);
	set_limit(RLIMIT_AS, 256UL << 20);
	if (!is_root && setuid(NOBODY))
		_exit(9);
}

static int may_call(const struct call *c)
{
	if (missing[c - calls] || is_in_list(never, COUNT(never), c->name))
		return 0;
	if (is_in_list(rare, COUNT(rare), c->name) && !one_in(20))
		return 0;
	return !is_root || (!is_in_list(not_root, COUNT(not_root), c->name) &&
			    !is_in_list(wild, COUNT(wild), c->name));
}

static void call_at_random(unsigned int my_seed, const char *name)
{
	seed = my_seed * 2654435761U;
	is_root = one_in(4);
	setpgid(0, 0);
	mkdir(name, 0777);
	chmod(name, 0777);
	if (chdir(name))
		_exit(8);
	furnish();
	map_arena();
	restrain();
	for (int i = 0; i < CALLS; i++) {
		const struct call *c = single;

		if (!c)
			c = &calls[random_under(COUNT(calls))];

		if (may_call(c))
			one_call(c);
		if (one_in(100))
			setpgid(0, 0);
	}
	_exit(0);
}

static long ms_now(void)
{
	return (long)(now_ns() / 1000000 % 1000000000);
}

/* The parent of a process, as /proc says; 0 if it has none or is gone. */
static pid_t parent_of(pid_t pid)
{
	char name[32], text[256], *p;
	ssize_t n;
	int fd;

	snprintf(name, sizeof(name), "/proc/%d/stat", pid);
	fd = open(name, O_RDONLY);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	p = strrchr(text, ')');
	return p ? (pid_t)strtol(p + 4, NULL, 10) : 0;
}

/* Calls fn for every process whose parent this one is. */
static void each_child(void (*fn)(pid_t))
{
	int fd = open("/proc", O_RDONLY | O_DIRECTORY);
	struct dirent *e;
	char text[4096] __attribute__((aligned(8)));
	ssize_t n;

	while ((n = getdents64(fd, text, sizeof(text))) > 0)
		for (ssize_t at = 0; at < n; at += e->d_reclen) {
			pid_t pid;

			e = (struct dirent *)(text + at);
			pid = (pid_t)atoi(e->d_name);
			if (pid > 1 && parent_of(pid) == getpid())
				fn(pid);
		}
	close(fd);
}

static void end_it(pid_t pid)
{
	kill(pid, SIGKILL);
}

/* All of them at once: some fork faster than others kill one by one. */
static void end_nobody(void)
{
	if (fork() == 0) {
		if (!setuid(NOBODY))
			kill(-1, SIGKILL);
		_exit(0);
	}
}

/* Who would not die, and where in the kernel it is. */
static void show(pid_t pid)
{
	static const char *const files[] = { "stat", "wchan", "status" };
	char name[40], text[600];

	for (int i = 0; i < COUNT(files); i++) {
		int fd;
		ssize_t n;

		snprintf(name, sizeof(name), "/proc/%d/%s", pid, files[i]);
		fd = open(name, O_RDONLY);
		n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
		text[n > 0 ? n : 0] = '\0';
		printf("# %s: %s\n", name, text);
		close(fd);
	}
}

/* Kills whatever the workers left.  => 0, or -1 if someone would not die */
static int reap_workers(void)
{
	long end = ms_now() + DIE_MS;

	for (;;) {
		pid_t pid = waitpid(-1, NULL, WNOHANG | __WALL);

		if (pid < 0 && errno == ECHILD)
			return 0;
		if (pid > 0)
			continue;
		if (ms_now() > end) {
			each_child(show);
			return -1;
		}
		end_nobody();
		each_child(end_it);
		usleep(2000);
	}
}

static void remove_tree(const char *name)
{
	char text[2048] __attribute__((aligned(8)));
	ssize_t n;
	int fd;

	if (unlink(name) == 0)
		return;
	chmod(name, 0700);
	fd = open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	if (fd < 0)
		return;
	if (chdir(name) == 0) {
		while ((n = getdents64(fd, text, sizeof(text))) > 0)
			for (ssize_t at = 0; at < n;) {
				struct dirent *e = (struct dirent *)(text + at);

				at += e->d_reclen;
				if (strcmp(e->d_name, ".") &&
				    strcmp(e->d_name, ".."))
					remove_tree(e->d_name);
			}
		chdir("..");
	}
	close(fd);
	rmdir(name);
}

/* What workers made where chdir("..") had taken them. */
static void clean_outside(void)
{
	static const char *const where[] = { "/", "/tmp", tap_dir };

	for (int i = COUNT(where); i-- > 0;) {
		if (chdir(where[i]))
			continue;
		for (int k = 0; k < OWN_PATHS; k++)
			if (!strchr(paths[k], '.'))
				remove_tree(paths[k]);
	}
	chdir(tap_dir);
}

/* One round of workers side by side.  => 0, or -1 if one does not die */
static int round_of(unsigned int first)
{
	char name[24];
	int bad;

	for (unsigned int i = 0; i < WORKERS; i++)
		if (fork() == 0) {
			snprintf(name, sizeof(name), "w%u", first + i);
			call_at_random(first + i, name);
		}
	for (long end = ms_now() + (single ? WORKER_MS / 5 : WORKER_MS);
	     ms_now() < end; usleep(5000))
		if (waitpid(-1, NULL, WNOHANG | __WALL) < 0)
			break;
	bad = reap_workers();
	for (unsigned int i = 0; i < WORKERS; i++) {
		snprintf(name, sizeof(name), "w%u", first + i);
		remove_tree(name);
	}
	clean_outside();
	return bad;
}

/*
 * What has a file locked once stays with it; so that it does not look like a
 * leak, all that workers may lock is locked before the count.
 */
static void lock_all(void)
{
	for (int i = OWN_PATHS - 2; i < COUNT(paths); i++) {
		int fd = open(paths[i], O_RDONLY | O_NONBLOCK);

		syscall(SYS_flock, fd, 2);
		close(fd);
	}
	for (int i = 0; i < 6; i++) {		/* all of a kind are one file */
		int fd = i == 0 ? (int)syscall(SYS_epoll_create1, 0) :
			 i == 1 ? (int)syscall(SYS_eventfd2, 0, 0) :
			 i == 2 ? (int)syscall(SYS_timerfd_create, 1, 0) :
			 i == 3 ? (int)syscall(SYS_inotify_init1, 0) :
			 i == 4 ? (int)syscall(SYS_signalfd4, -1,
					       &(uint64_t){ 1 }, 8, 0) :
				  (int)syscall(SYS_pidfd_open, getpid(), 0);

		syscall(SYS_flock, fd, 2);
		close(fd);
	}
}

/* Call by call, to find the one that does not give back what it took. */
static int one_by_one(unsigned int first)
{
	for (int i = 0; i < COUNT(calls); i++) {
		single = &calls[i];
		printf("# %s\n", single->name);
		for (int k = 0; k < 2; k++) {
			audit_take();
			if (round_of(first * 100000 + (unsigned int)i))
				return 1;
		}
		check(audit_same(SLACK), "%s: the audit balances",
		      single->name);
	}
	return tap_done();
}

int main(int argc, char **argv)
{
	unsigned int first = argc > 1 ? (unsigned int)atol(argv[1]) : 1;
	long seconds = argc > 2 ? atol(argv[2]) : 4, end;
	unsigned int rounds = 0;
	int audited, stuck = 0;
	if (getuid() != 0)
		return tap_skip_all("needs root");
	/* far from where workers unmap and overwrite */
	made = mmap((void *)0x23456000UL, PG, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	syscall(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1);
	tap_scratch("random_calls");
	round_of(first * 100000);
	lock_all();
	if (argc > 3)
		return one_by_one(first);
	audited = audit_take() == 0;
	end = ms_now() + seconds * 1000;
	do {
		stuck = round_of(first * 100000 + ++rounds * WORKERS);
	} while (!stuck && ms_now() < end);
	check(!made[1], "nobody becomes root by %s",
	      made[1] ? calls[made[1] - 1].name : "any call");
	check(!stuck, "%ld calls; all who were killed died", *made);
	if (audited && !stuck)
		check(audit_same(SLACK), "the audit balances");
	tap_scratch_end();
	return tap_done();
}
