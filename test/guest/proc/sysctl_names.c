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
static void file_tells(const char *path, const char *word)
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

static unsigned long read_sysctl(const char *path)
{
	unsigned long n = ~0ul;

	check_eq(numbers_of(path, &n), 1, "%s is a number", path);
	return n;
}

static void compare_uname(void)
{
	uname(&name);
	file_tells("/proc/sys/kernel/ostype", name.sysname);
	file_tells("/proc/sys/kernel/osrelease", name.release);
	file_tells("/proc/sys/kernel/version", name.version);
	file_tells("/proc/sys/kernel/hostname", name.nodename);
	check_err(EACCES, write_text_file("/proc/sys/kernel/ostype", "x"),
		  "some cannot be set, by nobody");
}

static void set_host_lines(void)
{
	char much[101], kept[65];

	memset(much, 'n', 100);
	much[100] = '\0';
	memcpy(kept, much, 64);
	kept[64] = '\0';
	set_and_keep("/proc/sys/kernel/hostname", "probe\nnot this\n");
	file_tells("/proc/sys/kernel/hostname", "probe");
	uname(&name);
	check(!strcmp(name.nodename, "probe"), "uname tells it as well");
	check_eq(write_text_file("/proc/sys/kernel/hostname", much), 100,
		 "too long");
	file_tells("/proc/sys/kernel/hostname", kept);
	put_back("/proc/sys/kernel/hostname");
	set_and_keep("/proc/sys/kernel/domainname", "of.a.test");
	file_tells("/proc/sys/kernel/domainname", "of.a.test");
	put_back("/proc/sys/kernel/domainname");
	set_and_keep("/proc/sys/kernel/core_pattern", "core of %e\nnot this");
	file_tells("/proc/sys/kernel/core_pattern", "core of %e");
	put_back("/proc/sys/kernel/core_pattern");
}

static void constants(void)
{
	unsigned long last = read_sysctl("/proc/sys/kernel/cap_last_cap");

	check(syscall(SYS_prctl, CAPBSET_READ, last) >= 0 &&
	      syscall(SYS_prctl, CAPBSET_READ, last + 1) < 0,
	      "the last capability");
	file_tells("/proc/sys/kernel/ngroups_max", "65536");
	file_tells("/proc/sys/vm/overcommit_memory", "0");
	read_sysctl("/proc/sys/kernel/tainted");
	read_sysctl("/proc/sys/vm/swappiness");
	read_sysctl("/proc/sys/vm/mmap_min_addr");
	read_sysctl("/proc/sys/kernel/yama/ptrace_scope");
	read_sysctl("/proc/sys/kernel/random/entropy_avail");
}

/* Counts of what is open, and of names that are known. */
static void read_counts(void)
{
	unsigned long first = 0, then = 0;
	int fd[MANY];

	check(read_sysctl("/proc/sys/fs/file-max") > 1000,
	      "many files at once");
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
	check_err(EINVAL, write_text_file(path, what), "%s: not %s", path,
		  what);
}

static void set_rt_quota(void)
{
	static const char period[] = "/proc/sys/kernel/sched_rt_period_us",
		runtime[] = "/proc/sys/kernel/sched_rt_runtime_us";

	file_tells(period, "1000000");
	file_tells(runtime, "950000");
	bad(period, "0");
	bad(period, "100");
	bad(period, "x");
	bad(runtime, "1000001");
	bad(runtime, "-2");
	bad(runtime, "x");
	set_and_keep(period, "2000000");
	check_eq(write_text_file(runtime, "1000001"), 7,
		 "the share of a longer period");
	file_tells(runtime, "1000001");
	check_eq(write_text_file(runtime, "-1"), 2, "all of it");
	file_tells(runtime, "-1");
	check_eq(write_text_file(runtime, "950000"), 6, "as before");
	put_back(period);
}

static void limit_tasks(void)
{
	static const char most[] = "/proc/sys/kernel/threads-max";
	unsigned long was = read_sysctl(most);
	char word[24];

	bad(most, "0");
	bad(most, "x");
	snprintf(word, sizeof(word), "%lu", was - 1);
	set_and_keep(most, word);
	file_tells(most, word);
	put_back(most);
	bad("/proc/sys/kernel/pid_max", "300");
	bad("/proc/sys/kernel/yama/ptrace_scope", "4");
}

/* An order, not a number: there is nothing to read. */
static void drop_caches(void)
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

		check_eq(write_text_file(order, word), 1, "dropped: %d", k);
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
	compare_uname();
	set_host_lines();
	constants();
	read_counts();
	set_rt_quota();
	limit_tasks();
	drop_caches();
	trigger();
	return tap_done();
}
