/* SPDX-License-Identifier: MIT */
/*
 * What /proc/sys tells of the system, and takes: names, counts, the quota of
 * real-time tasks, the most tasks, and an order to drop what is cached (rows
 * B5, D10).
 */
#include <sys/utsname.h>
#include "numbers.h"

#define MANY		200
#define CAPBSET_READ	23

static struct utsname name;

/* The file is this word, a line. */
static void tells(const char *path, const char *word)
{
	size_t n = strlen(word);

	slurp(path);
	check(!strncmp(text, word, n) && !strcmp(text + n, "\n"),
	      "%s is %s", path, word);
}

/* => how many numbers of a file, and the first of them */
static int numbers_of(const char *path, unsigned long *first)
{
	char *at = text, *end;
	int n = 0;

	slurp(path);
	for (;; at = end, n++) {
		unsigned long value = strtoul(at, &end, 10);

		if (end == at)
			return *end && *end != '\n' ? -1 : n;
		if (!n)
			*first = value;
	}
}

static unsigned long number(const char *path)
{
	unsigned long n = ~0ul;

	check_eq(numbers_of(path, &n), 1, "%s is a number", path);
	return n;
}

static void names(void)
{
	uname(&name);
	tells("/proc/sys/kernel/ostype", name.sysname);
	tells("/proc/sys/kernel/osrelease", name.release);
	tells("/proc/sys/kernel/version", name.version);
	tells("/proc/sys/kernel/hostname", name.nodename);
	check_err(EACCES, store("/proc/sys/kernel/ostype", "x"),
		  "some cannot be set, by nobody");
}

static void lines(void)
{
	char much[101], kept[65];

	memset(much, 'n', 100);
	much[100] = '\0';
	memcpy(kept, much, 64);
	kept[64] = '\0';
	set("/proc/sys/kernel/hostname", "probe\nnot this\n");
	tells("/proc/sys/kernel/hostname", "probe");
	uname(&name);
	check(!strcmp(name.nodename, "probe"), "uname tells it as well");
	check_eq(store("/proc/sys/kernel/hostname", much), 100, "too long");
	tells("/proc/sys/kernel/hostname", kept);
	put_back("/proc/sys/kernel/hostname");
	set("/proc/sys/kernel/domainname", "of.a.test");
	tells("/proc/sys/kernel/domainname", "of.a.test");
	put_back("/proc/sys/kernel/domainname");
	set("/proc/sys/kernel/core_pattern", "core of %e\nnot this");
	tells("/proc/sys/kernel/core_pattern", "core of %e");
	put_back("/proc/sys/kernel/core_pattern");
}

static void constants(void)
{
	unsigned long last = number("/proc/sys/kernel/cap_last_cap");

	check(syscall(SYS_prctl, CAPBSET_READ, last) >= 0 &&
	      syscall(SYS_prctl, CAPBSET_READ, last + 1) < 0,
	      "the last capability");
	tells("/proc/sys/kernel/ngroups_max", "65536");
	tells("/proc/sys/vm/overcommit_memory", "0");
	number("/proc/sys/kernel/tainted");
	number("/proc/sys/vm/swappiness");
	number("/proc/sys/vm/mmap_min_addr");
	number("/proc/sys/kernel/yama/ptrace_scope");
	number("/proc/sys/kernel/random/entropy_avail");
}

/* Counts of what is open, and of names that are known. */
static void counts(void)
{
	unsigned long first = 0, then = 0;
	int fd[MANY];

	check(number("/proc/sys/fs/file-max") > 1000, "many files at once");
	check_eq(numbers_of("/proc/sys/fs/file-nr", &first), 3, "file-nr");
	for (int k = 0; k < MANY; k++)
		fd[k] = open("/dev/null", O_RDONLY);
	numbers_of("/proc/sys/fs/file-nr", &then);
	check(then >= first + MANY / 2, "counts open files");
	for (int k = 0; k < MANY; k++)
		close(fd[k]);
	check(numbers_of("/proc/sys/fs/inode-nr", &first) == 2 && first > 0,
	      "inode-nr");
	check(numbers_of("/proc/sys/fs/dentry-state", &first) == 6 &&
	      first > 0, "dentry-state");
}

static void bad(const char *path, const char *what)
{
	check_err(EINVAL, store(path, what), "%s: not %s", path, what);
}

static void real_time(void)
{
	static const char period[] = "/proc/sys/kernel/sched_rt_period_us",
		runtime[] = "/proc/sys/kernel/sched_rt_runtime_us";

	tells(period, "1000000");
	tells(runtime, "950000");
	bad(period, "0");
	bad(period, "100");
	bad(period, "x");
	bad(runtime, "1000001");
	bad(runtime, "-2");
	bad(runtime, "x");
	set(period, "2000000");
	check_eq(store(runtime, "1000001"), 7, "the share of a longer period");
	tells(runtime, "1000001");
	check_eq(store(runtime, "-1"), 2, "all of it");
	tells(runtime, "-1");
	check_eq(store(runtime, "950000"), 6, "as before");
	put_back(period);
}

static void limits(void)
{
	static const char most[] = "/proc/sys/kernel/threads-max";
	unsigned long was = number(most);
	char word[24];

	bad(most, "0");
	bad(most, "x");
	snprintf(word, sizeof(word), "%lu", was - 1);
	set(most, word);
	tells(most, word);
	put_back(most);
	bad("/proc/sys/kernel/pid_max", "300");
	bad("/proc/sys/kernel/yama/ptrace_scope", "4");
}

/* An order, not a number: there is nothing to read. */
static void drop(void)
{
	static const char order[] = "/proc/sys/vm/drop_caches";
	struct stat st;

	check(stat(order, &st) == 0 && (st.st_mode & 07777) == 0200,
	      "drop_caches is to be written");
	check_err(EACCES, open(order, O_RDONLY), "not read, even by root");
	check_err(EACCES, open(order, O_RDWR), "nor both");
	bad(order, "0");
	bad(order, "5");
	bad(order, "x");
	for (int k = 1; k <= 4; k++) {
		char word[2] = { (char)('0' + k), '\0' };

		check_eq(store(order, word), 1, "dropped: %d", k);
	}
	check(slurp("/proc/self/maps") > 0, "and all goes on");
}

static void trigger(void)
{
	int fd = open("/proc/sysrq-trigger", O_RDONLY);
	char c;

	check(fd >= 0, "what asks for help can be opened");
	check_err(EIO, read(fd, &c, 1), "and not read");
	close(fd);
}

int main(void)
{
	if (geteuid())
		return tap_skip_all("sets the kernel's numbers");
	names();
	lines();
	constants();
	counts();
	real_time();
	limits();
	drop();
	trigger();
	return tap_done();
}
