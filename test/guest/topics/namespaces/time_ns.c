/* SPDX-License-Identifier: MIT */
/*
 * Time name spaces (rows B10, D8): offsets of the clocks that began with the
 * machine, which are set before anybody is inside, and what follows them: reads
 * with and without a system call, absolute sleeps, timers and futexes, /proc.
 */
#include <elf.h>
#include <sched.h>
#include <stdint.h>
#include <thread.h>
#include "spaces.h"

#define NEWTIME		0x80
#define LIMIT		"/proc/sys/user/max_time_namespaces"
#define OFFSETS		"/proc/self/timens_offsets"
#define DAY		86400ll
#define REALTIME	0
#define MONOTONIC	1
#define RAW		4
#define COARSE		6
#define BOOTTIME	7
#define ABSTIME		1
#define WAIT_BITSET	9
#define OLD		"not in Linux 6.1"

struct span {
	int64_t sec, nsec;
};

static int mine;			/* the first space */
static const char *self;		/* this program */

static int unshare_time(void)
{
	return !syscall(SYS_unshare, NEWTIME);
}

/* => 0 or errno */
static int set_offsets(const char *text)
{
	return text_set(OFFSETS, text);
}

#ifdef SYS_clock_gettime64
#define GETTIME	SYS_clock_gettime64
#define SLEEP	SYS_clock_nanosleep_time64
#define FUTEX	SYS_futex_time64
#define TIMERFD	SYS_timerfd_settime64
#define SETTIME	SYS_timer_settime64
#else
#define GETTIME	SYS_clock_gettime
#define SLEEP	SYS_clock_nanosleep
#define FUTEX	SYS_futex
#define TIMERFD	SYS_timerfd_settime
#define SETTIME	SYS_timer_settime
#endif

static int64_t clock_in_space(int clock)
{
	struct span t;

	return syscall(GETTIME, clock, &t) ? -1 :
		t.sec * 1000000000 + t.nsec;
}

static int64_t days(int clock)
{
	return clock_in_space(clock) / 1000000000 / DAY;
}

/* ---- without a system call ----------------------------------------------- */

#if __SIZEOF_LONG__ == 8
struct symbol {
	unsigned name;
	unsigned char info, other;
	unsigned short section;
	unsigned long value, size;
};
#else
struct symbol {
	unsigned name;
	unsigned long value, size;
	unsigned char info, other;
	unsigned short section;
};
#endif

static int (*reader)(int clock, struct span *to);

static int by_call(int clock, struct span *to)
{
	return syscall(GETTIME, clock, to) ? -1 : 0;
}

/* The vDSO's function, by its symbols; who is told of no vDSO calls. */
static void find_reader(char **envp)
{
	const unsigned long *v = (void *)envp, *dyn = NULL;
	const Elf_Ehdr *eh;
	const Elf_Phdr *ph;
	const struct symbol *sym = NULL;
	const unsigned *hash = NULL;
	const char *str = NULL;

	while (*v++)
		;
	while (v[0] && v[0] != 33)	/* AT_SYSINFO_EHDR */
		v += 2;
	if (!v[0]) {
		reader = by_call;
		return;
	}
	eh = (const void *)v[1];
	ph = (const void *)(v[1] + eh->e_phoff);
	for (int i = 0; i < eh->e_phnum; i++)
		if (ph[i].p_type == PT_DYNAMIC)
			dyn = (const void *)(v[1] + ph[i].p_vaddr);
	for (; dyn && dyn[0]; dyn += 2) {
		const void *p = (const void *)(v[1] + dyn[1]);

		if (dyn[0] == 4)
			hash = p;
		if (dyn[0] == 5)
			str = p;
		if (dyn[0] == 6)
			sym = p;
	}
	for (unsigned i = 1; hash && sym && str && i < hash[1]; i++)
		if (!strcmp(str + sym[i].name, ARCH_VDSO_CLOCK))
			reader = (void *)(v[1] + sym[i].value);
}

static int64_t seen_by_reader(int clock)
{
	struct span t;

	return reader(clock, &t) ? -1 : t.sec * 1000000000 + t.nsec;
}

/* ---- setting ------------------------------------------------------------- */

static void write_offsets(void)
{
	static const char none[] = "monotonic           0         0\n"
		"boottime            0         0\n";
	static const char some[] = "monotonic       86400         5\n"
		"boottime       172800         0\n";

	check(!strcmp(read_text(OFFSETS), none), "those of the first");
	check_eq(set_offsets("monotonic 1 0"), EACCES, "are as they are");
	check_eq(IN_CHILD(
		NEED(unshare_time() && !strcmp(read_text(OFFSETS), none));
		NEED(!set_offsets("monotonic 86400 5\nboottime 172800 0\n"));
		NEED(!strcmp(read_text(OFFSETS), some));
		NEED(!set_offsets("7 172801 0") &&
		     !set_offsets("1 -0 999999999\n"));
		NEED(unshare_time() && !set_offsets("1 86400 5\n7 172800 0"));
		NEED(unshare_time() && !strcmp(read_text(OFFSETS), some));
		NEED(set_offsets("raw 1 0") == EINVAL &&
		     set_offsets("4 1 0") == EINVAL);
		NEED(set_offsets("monotonic 1") == EINVAL &&
		     set_offsets("") == EINVAL);
		NEED(set_offsets("monotonic x 0") == EINVAL);
		NEED(set_offsets("monotonic 1 1000000000") == EINVAL);
		NEED(set_offsets("boottime 1 0\nx 1 0") == EINVAL);
		NEED(set_offsets("monotonic -1000000 0") == ERANGE);
		NEED(set_offsets("monotonic 9223372037 0") == ERANGE);
		NEED(set_offsets("monotonic 4611686019 0") == ERANGE);
		NEED(set_offsets("monotonic 1 0\nboottime -1000000 0") ==
		     ERANGE);
		NEED(!strcmp(read_text(OFFSETS), some));
		NEED(!set_offsets("monotonic 4000000000 0"))),
		0, "set before somebody is inside; wrong ones change nothing");
	check_eq(IN_CHILD(
		NEED(unshare_time() && !set_offsets("monotonic 86400 0"));
		NEED(IN_CHILD(NEED(days(MONOTONIC) == 1)) == 0);
		NEED(set_offsets("monotonic 1 0") == EACCES);
		NEED(days(MONOTONIC) == 0)), 0, "and not later");
	check_eq(IN_CHILD(
		NEED(unshare_time() && !setuid(1000));
		NEED(open(OFFSETS, O_WRONLY) < 0 && errno == EACCES)),
		0, "not by anybody");
}

/* ---- reading ------------------------------------------------------------- */

#define AHEAD(...)	IN_CHILD(					\
	NEED(unshare_time());						\
	NEED(!set_offsets("monotonic 86400 0\nboottime 172800 0"));	\
	NEED(IN_CHILD(__VA_ARGS__) == 0))

static int same_time(int clock)
{
	int64_t a = clock_in_space(clock), b = seen_by_reader(clock),
		c = clock_in_space(clock);

	return a <= b && b <= c && a > 0;
}

static void shift_clocks(void)
{
	int64_t wall = clock_in_space(REALTIME);

	check_eq(AHEAD(
		NEED(days(MONOTONIC) == 1 && days(RAW) == 1);
		NEED(days(COARSE) == 1 && days(BOOTTIME) == 2);
		NEED(clock_in_space(REALTIME) - wall < DAY * 1000000000)),
		0, "five clocks are ahead, that of the day is not");
	check_eq(AHEAD(
		NEED(same_time(MONOTONIC) && same_time(BOOTTIME));
		NEED(same_time(REALTIME))), 0, "the vDSO agrees");
	check_eq(IN_CHILD(
		NEED(same_time(MONOTONIC));
		NEED(unshare_time() && !set_offsets("monotonic 86400 0"));
		NEED(same_time(MONOTONIC) && days(MONOTONIC) == 0);
		NEED(IN_CHILD(NEED(same_time(MONOTONIC))) == 0);
		NEED(same_time(MONOTONIC))),
		0, "after a fork; who made it stays outside");
	check_eq(IN_CHILD(
		int fd = -1;
		NEED(same_time(MONOTONIC));
		NEED(unshare_time() && !set_offsets("monotonic 86400 0"));
		fd = open("/proc/self/ns/time_for_children", O_RDONLY);
		NEED(!syscall(SYS_setns, fd, NEWTIME));
		NEED(same_time(MONOTONIC) && days(MONOTONIC) == 1);
		NEED(!syscall(SYS_setns, mine, 0));
		NEED(same_time(MONOTONIC) && days(MONOTONIC) == 0)),
		0, "setns: into it, and back");
}

/* As near to 0 as a clock may be set: its second has just begun. */
static void beginning(void)
{
	check_eq(IN_CHILD(
		char line[64];
		int clocks[] = { MONOTONIC, RAW, COARSE, BOOTTIME };
		int64_t sec = clock_in_space(BOOTTIME) / 1000000000;
		NEED(unshare_time());
		snprintf(line, sizeof(line), "1 -%d 0\n7 -%d 0", (int)sec,
			 (int)sec);
		NEED(!set_offsets(line));
		NEED(IN_CHILD(
			for (unsigned k = 0; k < 4; k++) {
				int64_t t = clock_in_space(clocks[k]);
				if (t < -1000000000 || t > 600000000000)
					printf("# clock %d: %lld\n", clocks[k],
						(long long)t);
				NEED(t > -1000000000 && t < 600000000000);
			}
			NEED(same_time(MONOTONIC) && same_time(BOOTTIME));
			NEED(strtol(read_text("/proc/uptime"), NULL,
				    10) < 600)) == 0)),
		0, "a clock that begins");
}

/* This program anew, which is to find that day. */
static void exec_on_day(const char *day)
{
	char *argv[] = { (char *)self, (char *)day, NULL };

	execve(self, argv, environ);
}

static int64_t first_number(const char *path)
{
	return strtol(read_text(path), NULL, 10);
}

/* The field behind the name of /proc/self/stat. */
static long long start_in_stat(void)
{
	const char *at = strrchr(read_text("/proc/self/stat"), ')');
	long long n;

	for (int k = 0; at && k < 20; k++)
		at = strchr(at + 1, ' ');
	n = at ? strtol(at + 1, NULL, 10) : -1;
	return n / 100 / DAY;
}

static void read_time_files(void)
{
	struct {
		long uptime;
		char rest[200];
	} s;

	check_eq(AHEAD(
		NEED(first_number("/proc/uptime") / DAY == 2);
		NEED(start_in_stat() == 2);
		NEED(!syscall(SYS_sysinfo, &s) && s.uptime / DAY == 2)),
		0, "uptime, sysinfo(2), when a task began");
}

/* ---- waiting ------------------------------------------------------------- */

static struct span span_from_now(int clock, int64_t ns)
{
	int64_t t = clock_in_space(clock) + ns;

	return (struct span){ t / 1000000000, t % 1000000000 };
}

/* Did it take about as long?  Never less; a day would be too much. */
static int took(int64_t since, int64_t ns)
{
	int64_t t = clock_in_space(MONOTONIC) - since;

	return t >= ns && t < 600000000000;
}

#define MS	1000000ll

static int slept(int clock)
{
	int64_t since = clock_in_space(MONOTONIC);
	struct span t = span_from_now(clock, 20 * MS);

	return !syscall(SLEEP, clock, ABSTIME, &t, NULL) &&
		took(since, 19 * MS);
}

static int waited(void)
{
	int64_t since = clock_in_space(MONOTONIC);
	struct span t = span_from_now(MONOTONIC, 20 * MS);
	int word = 0;

	return syscall(FUTEX, &word, WAIT_BITSET, 0, &t, NULL, ~0u) == -1 &&
		errno == ETIMEDOUT && took(since, 19 * MS);
}

static int expired(int clock)
{
	int fd = (int)syscall(SYS_timerfd_create, clock, 0);
	int64_t since = clock_in_space(MONOTONIC);
	uint64_t n = 0;
	struct {
		struct span interval, value;
	} s = { { 0, 0 }, span_from_now(clock, 20 * MS) };

	return !syscall(TIMERFD, fd, ABSTIME, &s, NULL) &&
		read(fd, &n, sizeof(n)) == 8 && n == 1 && took(since, 19 * MS);
}

static int signalled(int clock)
{
	int64_t since = clock_in_space(MONOTONIC);
	uint64_t set = 1ull << (SIGALRM - 1);
	int id = -1;
	struct {
		struct span interval, value;
	} s = { { 0, 0 }, span_from_now(clock, 20 * MS) };

	syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, 8);
	return !syscall(SYS_timer_create, clock, NULL, &id) &&
		!syscall(SETTIME, id, ABSTIME, &s, NULL) &&
#ifdef SYS_rt_sigtimedwait
		syscall(SYS_rt_sigtimedwait, &set, NULL, NULL, 8) == SIGALRM &&
#else
		syscall(SYS_rt_sigtimedwait_time64, &set, NULL, NULL, 8) ==
			SIGALRM &&
#endif
		took(since, 19 * MS);
}

static void wait_by_clocks(void)
{
	check_eq(AHEAD(NEED(slept(MONOTONIC) && slept(BOOTTIME));
		       NEED(slept(REALTIME))), 0, "clock_nanosleep(2)");
	check_eq(AHEAD(NEED(waited())), 0, "futex(2)");
	check_eq(AHEAD(NEED(expired(MONOTONIC) && expired(BOOTTIME));
		       NEED(expired(REALTIME))), 0, "timerfd");
	check_eq(AHEAD(NEED(signalled(MONOTONIC) && signalled(BOOTTIME));
		       NEED(signalled(REALTIME))), 0, "timer_settime(2)");
	check_eq(IN_CHILD(
		NEED(unshare_time() && !set_offsets("monotonic -1 900000000"));
		NEED(IN_CHILD(
			struct span t = { 0, 1 };
			NEED(slept(MONOTONIC) && expired(MONOTONIC));
			NEED(waited() && signalled(MONOTONIC));
			NEED(!syscall(SLEEP, MONOTONIC, ABSTIME, &t, NULL))) ==
			0)), 0, "a clock that is behind");
}

/* ---- who is inside ------------------------------------------------------- */

static int opened_children(void)
{
	return open("/proc/self/ns/time_for_children", O_RDONLY);
}

static int check_inside(void *arg)
{
	int own = opened(getpid(), "time");

	(void)arg;
	return same_ns(own, mine) || !same_ns(own, opened_children());
}

static int check_outside(void *arg)
{
	int own = opened(getpid(), "time");

	(void)arg;
	return !same_ns(own, mine) || same_ns(own, opened_children());
}

/*
 * Before 6.3 no thread, no child by vfork(2) and no program entered the space
 * for children: the first two were refused.
 */
static int is_old_linux(void)
{
	struct thread t;

	return on_other_kernel() && IN_CHILD(
		NEED(unshare_time());
		NEED(!thread_create(&t, return_argument, NULL));
		thread_join(&t)) != 0;
}

static void start_thread_unshared(void)
{
	struct thread t;
	int stop[2], pid, pidfd;
	char c;

	if (is_old_linux())
		tap_skip("a thread after unshare", OLD);
	else
		check_eq(IN_CHILD(
			NEED(unshare_time());
			NEED(!thread_create(&t, return_argument, NULL));
			thread_join(&t)), 0, "a thread after unshare");
	if (pipe(stop))
		tap_bail("pipe");
	pid = fork();
	if (!pid) {
		close(stop[1]);
		if (read(stop[0], &c, 1) < 0)
			_exit(1);
		_exit(0);
	}
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	check_eq(IN_CHILD(
		NEED(unshare_time());
		NEED(!syscall(SYS_setns, pidfd, NEWTIME));
		NEED(same_ns(mine, opened_children()))), 0,
		"setns(2) by a pidfd");
	close(stop[1]);
	close(stop[0]);
	waitpid(pid, NULL, 0);
	close(pidfd);
}

static int stays;

static void *waits_for_end(void *arg)
{
	char c;

	if (read(stays, &c, 1) < 0)
		return NULL;
	return arg;
}

static int shares_memory(void *arg)
{
	(void)arg;
	return syscall(SYS_setns, mine, 0) != -1 || errno != EUSERS;
}

static void enter_time_space(void)
{
	struct thread t;
	int stop[2];

	check_eq(in_clone3(NEWTIME, check_inside), 0, "clone3(2)");
	check_eq(IN_CHILD(
		NEED(unshare_time());
		NEED(!same_ns(mine, opened_children()));
		NEED(same_ns(mine, opened(getpid(), "time")));
		NEED(is_old_linux() ||
		     in_clone(CLONE_VM | CLONE_VFORK, check_outside) == 0);
		NEED(in_clone(0, check_inside) == 0)), 0,
			"unshare(2): children");
	start_thread_unshared();
	check_eq(IN_CHILD(
		NEED(!pipe(stop));
		stays = stop[0];
		NEED(!thread_create(&t, waits_for_end, NULL));
		NEED(syscall(SYS_setns, mine, 0) == -1 && errno == EUSERS);
		NEED(!setuid(1000));
		NEED(syscall(SYS_setns, mine, 0) == -1 && errno == EUSERS)),
		0, "setns(2) beside other threads");
	check_eq(in_clone(CLONE_VM | CLONE_VFORK, shares_memory), 0,
		 "setns(2) of who shares its maker's memory");
}

/* argv[1] says what is to be: the day of CLOCK_MONOTONIC. */
static int check_day_after_exec(const char *day)
{
	return days(MONOTONIC) == day[0] - '0' && same_time(MONOTONIC) ? 0 : 3;
}

static void exec_in_space(void)
{
	if (is_old_linux())
		tap_skip("a program that its maker becomes is inside", OLD);
	else
		check_eq(IN_CHILD(
			NEED(unshare_time() &&
			     !set_offsets("monotonic 86400 0"));
			exec_on_day("1")), 0,
			"a program that its maker becomes is inside");
	check_eq(AHEAD(exec_on_day("1")), 0,
		 "and one of who is inside");
	check_eq(IN_CHILD(exec_on_day("0")), 0, "others are not");
}

int main(int argc, char **argv, char **envp)
{
	find_reader(envp);
	if (!reader)
		tap_bail("no " ARCH_VDSO_CLOCK);
	if (argc > 1)
		return check_day_after_exec(argv[1]);
	if (geteuid())
		return tap_skip_all("not root");
	tap_find_self(argv[0]);
	self = tap_self;
	mine = opened(getpid(), "time");
	write_offsets();
	shift_clocks();
	beginning();
	read_time_files();
	wait_by_clocks();
	enter_time_space();
	exec_in_space();
	refuses_space(LIMIT, NEWTIME, mine);
	return tap_done();
}
