/* SPDX-License-Identifier: MIT */
/*
 * What /proc and /sys tell beside what ps and top read (rows B5, D1): the bytes
 * of a process's memory, what a descriptor waits for, a process's settings by
 * file, the kernel's own tables, and the machine's CPUs.
 */
#include <dirent.h>
#include <stdint.h>
#include "epoll.h"
#include "numbers.h"

#define IN_MODIFY	2
#define IN_CREATE	0x100
#define CPU		"/sys/devices/system/cpu/"
#define WATCHES		20
#ifdef SYS_timerfd_settime64
#define TIMERFD_SETTIME	SYS_timerfd_settime64
#else
#define TIMERFD_SETTIME	SYS_timerfd_settime
#endif
#define IPC_PRIVATE	0
#define IPC_RMID	0

static int begins(const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/* => how many lines */
static int count_lines(void)
{
	int n = 0;

	for (const char *s = text; *s; s++)
		n += *s == '\n';
	return n;
}

/* ---- a process's memory -------------------------------------------------- */

/* The position of /proc/PID/mem is an address; its file has no end. */
static void read_memory_file(void)
{
	static char here[] = "abc";
	int fd = open("/proc/self/mem", O_RDWR);
	off_t at = (off_t)(uintptr_t)here;
	char c = 0;

	check_eq(lseek(fd, at, SEEK_SET), at, "to an address");
	check(read(fd, &c, 1) == 1 && c == 'a', "what is there");
	check_eq(lseek(fd, 1, SEEK_CUR), at + 2, "on from where it was");
	check(write(fd, "x", 1) == 1 && !strcmp(here, "abx"), "written");
	check_err(EINVAL, lseek(fd, 0, SEEK_END), "without an end");
	close(fd);
}

#define AT_SYSINFO_EHDR	33

/* The kernel's own page in a process: who looks at it gives nothing back. */
static void kernel_page(void)
{
	char *page = (char *)(uintptr_t)getauxval(AT_SYSINFO_EHDR);
	static char seen[PG];
	int fd, wrong = 0;

	if (!page) {
		tap_skip("the vdso", "there is none");
		return;
	}
	fd = open("/proc/self/mem", O_RDONLY);
	for (int i = 0; i < 100; i++)
		wrong += pread(fd, seen, PG, (off_t)(uintptr_t)page) != PG;
	close(fd);
	check_eq(wrong, 0, "the vdso is read as often as one likes");
	for (int i = 0; i < 200; i++) {
		char *p = anon_pages(1, PROT_READ | PROT_WRITE);

		memset(p, 0xff, PG);
		munmap(p, PG);
	}
	check(!memcmp(seen, page, PG), "... and nobody else gets its page");
}

/* ---- a process ----------------------------------------------------------- */

static void core_filter(void)
{
	const char *path = "/proc/self/coredump_filter";
	int fd;

	slurp(path);
	check(!strcmp(text, "00000033\n"), "what a core holds");
	set_and_keep(path, "0x1F\n");
	slurp(path);
	check(!strcmp(text, "0000001f\n"), "in hexadecimal");
	write_text_file(path, "37");
	slurp(path);
	check(!strcmp(text, "00000025\n"), "in decimal");
	check_err(EINVAL, write_text_file(path, "7x"), "no number");
	check_err(EINVAL, write_text_file(path, "0xg"), "nor that");
	check_err(EINVAL, write_text_file(path, "\n"), "nor nothing");
	slurp(path);
	check(!strcmp(text, "00000025\n"), "which change nothing");
	fd = open(path, O_WRONLY);
	check_eq(write(fd, "51\0x", 4), 4, "a 0 ends the number");
	close(fd);
	slurp(path);
	check(!strcmp(text, "00000033\n"), "which is set");
	fd = open("/proc/self/oom_score_adj", O_WRONLY);
	check_eq(write(fd, "7\0", 2), 2, "of oom_score_adj, too");
	check_eq(write(fd, "0", 1), 1, "which is set again");
	close(fd);
}

static void zombie(void)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(0);
	check(comes_to(pid, "Z"), "a zombie");
	slurp(task_file(pid, "statm"));
	check(!strcmp(text, "0 0 0 0 0 0 0\n"), "has no memory");
	check_eq(slurp(task_file(pid, "maps")), 0, "and no areas");
	check_err(EINVAL, write_text_file(task_file(pid, "comm"), "other"),
		  "nobody names another process");
	waitpid(pid, &status, 0);
}

static void name_threads(void)
{
	struct stat st;

	set_and_keep("/proc/self/comm", "sixteen letters and more");
	slurp("/proc/self/comm");
	check(!strcmp(text, "sixteen letters\n"), "a name, as much as fits");
	write_text_file("/proc/self/comm", "a\\b\n");
	slurp("/proc/self/comm");
	check(!strcmp(text, "a\\b\n\n"), "a line's end may be part of it");
	slurp("/proc/self/status");
	check(begins("Name:\ta\\\\b\\n\nUmask:"), "which status hides");
	write_text_file("/proc/self/comm", "proc_details");
	check(slurp("/proc/self/wchan") > 0, "where it waits");
	slurp("/proc/self/timerslack_ns");
	check(!strcmp(text, "50000\n"), "its timers' slack");
	snprintf(before, sizeof(before), "%d/task/%d", getpid(), getpid());
	check_eq(readlink("/proc/thread-self", text, sizeof(text)),
		 (long)strlen(before), "its thread's folder");
	check(!memcmp(text, before, strlen(before)), "by both numbers");
	check_ok(stat("/proc/self/task", &st), "its threads' folder");
	check_eq(st.st_nlink, 3, "has a link for each of them");
}

static void spaces(void)
{
	DIR *d = opendir("/proc/self/ns");
	struct dirent *e;
	int links = 0, uts = 0;

	while (d && (e = readdir(d)) != NULL) {
		links += e->d_type == DT_LNK;
		uts += !strcmp(e->d_name, "uts");
	}
	check(links >= 6 && uts == 1, "its name spaces, in a folder");
	closedir(d);
}

/* ---- descriptors --------------------------------------------------------- */

static const char *fdinfo_of(int fd)
{
	char name[32];

	snprintf(name, sizeof(name), "fdinfo/%d", fd);
	slurp(task_file(getpid(), name));
	return text;
}

static const char *link_of_fd(int fd)
{
	static char to[64];
	char path[32];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, to, sizeof(to) - 1);
	to[n > 0 ? n : 0] = '\0';
	return to;
}

/* What epoll_wait and timerfd_settime were asked for. */
static void show_timerfd(void)
{
	struct { uint64_t every[2], first[2]; } when = { { 7, 8 }, { 0, 0 } };
	struct epoll_event watched = { .events = 1, .data = 0x1234 };
	int t = (int)syscall(SYS_timerfd_create, 1, 0);
	int set = (int)syscall(SYS_epoll_create1, 0);
	char want[64];

	check(strstr(fdinfo_of(t), "clockid: 1\nticks: 0\nsettime flags: 00\n"
		     "it_value: (0, 0)\nit_interval: (0, 0)\n") != NULL,
	      "a timer at rest");
	when.first[0] = 1ul << 30;
	syscall(TIMERFD_SETTIME, t, 0, &when, NULL);
	check(strstr(fdinfo_of(t), "it_value: (1073741823, ") != NULL,
	      "one that runs");
	check(strstr(text, "it_interval: (7, 8)\n") != NULL, "again and again");
	syscall(SYS_epoll_ctl, set, 1, t, &watched);
	snprintf(want, sizeof(want), "tfd: %8d events: %8x data: %16x  pos:0 "
		 "ino:", t, 0x19, 0x1234);
	check(strstr(fdinfo_of(set), want) != NULL,
	      "a set says what it watches");
	close(t);
	close(set);
}

/* More than a few watches are all told of. */
static void show_watches(void)
{
	int in = (int)syscall(SYS_inotify_init1, 0), n = 0;
	char name[16];

	for (int i = 0; i < WATCHES; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		mkdir(name, 0700);
		syscall(SYS_inotify_add_watch, in, name, IN_CREATE);
	}
	for (const char *s = fdinfo_of(in); (s = strstr(s, "inotify wd:")); s++)
		n++;
	check_eq(n, WATCHES, "%d watches", WATCHES);
	close(in);
	for (int i = 0; i < WATCHES; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		rmdir(name);
	}
}

static void show_fdinfo(void)
{
	uint64_t mask = 1ull << (SIGUSR1 - 1);
	int sig = (int)syscall(SYS_signalfd4, -1, &mask, 8, 0);
	int in = (int)syscall(SYS_inotify_init1, 0), wd;
	int ev = (int)syscall(SYS_eventfd2, 42, 0);
	int s = (int)syscall(SYS_socket, 1, 1, 0);
	char want[64];
	struct stat st;

	check(strstr(fdinfo_of(sig), "sigmask:\t0000000000000200\n") != NULL,
	      "signals that are waited for");
	wd = (int)syscall(SYS_inotify_add_watch, in, ".",
			  IN_CREATE | IN_MODIFY);
	stat(".", &st);
	snprintf(want, sizeof(want), "inotify wd:%x ino:%llx sdev:", wd,
		 (unsigned long long)st.st_ino);
	check(strstr(fdinfo_of(in), want) != NULL, "a watch");
	check(strstr(text, " mask:102 ") != NULL, "of two kinds");
	check(strstr(fdinfo_of(ev), "eventfd-count:               2a\n") !=
	      NULL,
	      "a counter");
	fstat(s, &st);
	snprintf(want, sizeof(want), "socket:[%llu]",
		 (unsigned long long)st.st_ino);
	check(!strcmp(link_of_fd(s), want), "a socket is known by its number");
	check(!strcmp(link_of_fd(ev), "anon_inode:[eventfd]"),
	      "others by their kind");
	close(sig);
	close(in);
	close(ev);
	close(s);
}

/* ---- the kernel's tables ------------------------------------------------- */

static void read_symbols_as_nobody(void *arg)
{
	(void)arg;
	if (syscall(SYS_setresuid, 1000, 1000, 1000))
		_exit(2);
	slurp("/proc/kallsyms");
	_exit(strtoull(text, NULL, 16) == 0 ? 0 : 1);
}

/* kptr_restrict 2: nobody learns where anything lies. */
static void hidden_symbols(void)
{
	int fd = open("/proc/sys/kernel/kptr_restrict", O_RDWR);
	char was[8];
	long n;

	if (fd < 0) {
		tap_skip("kptr_restrict", "not root, or nobody sets it");
		return;
	}
	n = pread(fd, was, sizeof(was), 0);
	check_eq(pwrite(fd, "1", 1, 0), 1, "for the privileged");
	slurp("/proc/kallsyms");
	check(strtoull(text, NULL, 16), "root is");
	check_eq(in_child(read_symbols_as_nobody, NULL), 0, "others are not");
	check_eq(pwrite(fd, "2", 1, 0), 1, "for nobody");
	slurp("/proc/kallsyms");
	check_eq(strtoull(text, NULL, 16), 0, "root neither");
	check_err(EINVAL, pwrite(fd, "3", 1, 0), "no such choice");
	check_eq(pwrite(fd, was, (size_t)n, 0), n, "as it was");
	close(fd);
}

static void symbols(void)
{
	size_t word = 2 * sizeof(long);

	slurp("/proc/kallsyms");
	check_eq(strspn(text, "0123456789abcdef"), word,
		 "symbols: a place as long as a word");
	check(text[word] == ' ' && text[word + 1] > ' ' &&
	      text[word + 2] == ' ' && text[word + 3] > ' ',
	      "a kind, a name");
	check_eq(in_child(read_symbols_as_nobody, NULL), 0,
		 "and not for everybody");
	hidden_symbols();
}

static void read_kernel_tables(void)
{
	slurp("/proc/slabinfo");
	check(begins("slabinfo - version: 2.1\n# name ") && count_lines() > 10,
	      "caches of objects");
	slurp("/proc/buddyinfo");
	check(begins("Node 0, zone "), "free blocks");
	slurp("/proc/net/raw");
	check(begins("  sl  local_address rem_address ") && count_lines() == 1,
	      "no raw sockets");
	slurp("/proc/net/raw6");
	check(begins("  sl  local_address   ") && count_lines() == 1,
	      "of either kind");
	slurp("/proc/net/route");
	check(begins("Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\t"),
	      "routes");
}

static void list_semaphores(void)
{
	long id = syscall(SYS_semget, IPC_PRIVATE, 3, 0640);
	char want[64];

	slurp("/proc/sysvipc/sem");
	check(begins("       key      semid perms      nsems   uid   gid  cuid"
		     "  cgid      otime      ctime\n"), "semaphores");
	snprintf(want, sizeof(want), "%10d %10ld  %4o %10u ", 0, id, 0640, 3);
	check(strstr(text, want) != NULL, "a set of three");
	check_ok(syscall(SYS_semctl, id, 0, IPC_RMID, 0), "removed");
	slurp("/proc/sysvipc/sem");
	check(!strstr(text, want), "is gone");
}

/* ---- the machine --------------------------------------------------------- */

static void read_cpu_files(void)
{
	slurp(CPU "kernel_max");
	check(text[0] >= '0' && text[0] <= '9', "CPUs there may be");
	check(slurp(CPU "offline") >= 1, "that are off");
	check(slurp(CPU "isolated") >= 1, "that are kept apart");
	slurp(CPU "cpu0/topology/core_id");
	check(text[0] == '0', "the first one's core");
	check(slurp(CPU "cpu0/topology/physical_package_id") >= 2,
	      "its package");
	slurp(CPU "cpu0/topology/thread_siblings");
	check_eq(strtoul(text, NULL, 16), 1, "shared with no other");
	slurp(CPU "cpu0/topology/core_siblings");
	check(strtoul(text, NULL, 16) & 1, "one of those of its package");
}

/* What madvise(2) set of a page stands among the flags of its mapping. */
static void show_advice(void)
{
	static const struct {
		int advice;
		char flag[3];
		int back;
	} kinds[] = {
		{ 1, "rr", 0 }, { 2, "sr", 0 }, { 2, "sr", 1 }, { 1, "rr", 2 },
		{ 10, "dc", 11 }, { 16, "dd", 17 }, { 18, "wf", 19 },
	};
	char *p = anon_pages(3, PROT_READ | PROT_WRITE), key[32], *line, *end;

	snprintf(key, sizeof(key), "%08lx-", (unsigned long)p + PG);
	for (int k = 0; k < COUNT(kinds); k++) {
		madvise(p + PG, PG, kinds[k].advice);
		slurp("/proc/self/smaps");
		line = strstr(text, key);
		line = line ? strstr(line, "VmFlags:") : NULL;
		end = line ? strchr(line, '\n') : NULL;
		if (end)
			*end = '\0';
		check(end && strstr(line, kinds[k].flag), "VmFlags: %s",
		      kinds[k].flag);
		madvise(p + PG, PG, kinds[k].back);
		slurp("/proc/self/smaps");
		line = strstr(text, key);
		check(!line || !strstr(strstr(line, "VmFlags:"),
				       kinds[k].flag) ||
		      strstr(strstr(line, "VmFlags:"), kinds[k].flag) >
		      strchr(strstr(line, "VmFlags:"), '\n'),
		      "and not once it is taken back");
	}
	munmap(p, 3 * PG);
}

/* => the flags of the mapping at p, in text; its first line in *line */
static const char *flags_of(void *p, char **line)
{
	char key[32], *flags, *end;

	snprintf(key, sizeof(key), "%08lx-", (unsigned long)p);
	slurp("/proc/self/smaps");
	*line = strstr(text, key);
	flags = *line ? strstr(*line, "VmFlags:") : NULL;
	end = flags ? strchr(flags, '\n') : NULL;
	if (!end)
		return "";
	*end = '\0';
	*strchr(*line, '\n') = '\0';
	return flags;
}

static void show_shared_flags(void)
{
	char *line, *p = mmap(NULL, PG, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const char *flags = flags_of(p, &line);

	check(strstr(flags, " sh mr mw me ms"), "VmFlags of shared memory");
	check(line && strstr(line, " /dev/zero (deleted)"), "and its name");
	munmap(p, PG);
	p = anon_pages(1, PROT_READ | PROT_WRITE);
	flags = flags_of(p, &line);
	check(strstr(flags, " mr mw me ac "), "of private memory");
	munmap(p, PG);
	p = anon_pages(1, PROT_READ);
	flags = flags_of(p, &line);
	check(strstr(flags, " mr mw me") && !strstr(flags, " ac"),
	      "of memory that is read only");
	munmap(p, PG);
}

static void read_thp_files(void)
{
	const char *path = "/sys/kernel/mm/transparent_hugepage/enabled";

	if (slurp(path) < 0) {
		tap_skip("superpages", "the kernel tells nothing of them");
		return;
	}
	check(strstr(text, "always") && strstr(text, "madvise") &&
	      strstr(text, "never") && strchr(text, '['),
	      "superpages: three ways, one in use");
}

/* ---- the load ------------------------------------------------------------- */

#define MOST_SPINNERS	200

/* In hundredths, of the last minute. */
static long load_now(void)
{
	slurp("/proc/loadavg");
	return atol(text) * 100 + atol(strchr(text, '.') + 1);
}

/*
 * It is looked at every five seconds, whether or not somebody asks: what ran
 * then counts when it does not run any more.  A look takes 8 % of what there
 * was and adds 8 % of what runs: twice as much as before, so that the load grows
 * even if one look comes before all of them run.
 */
static void raise_load(void)
{
	pid_t pid[MOST_SPINNERS];
	struct timespec start, now;
	long was = load_now(), is, n = was / 50 + 16;

	if (n > MOST_SPINNERS)
		n = MOST_SPINNERS;
	for (int k = 0; k < n; k++)
		pid[k] = start_child(spin_forever, NULL);
	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		usleep(100000);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec - start.tv_sec < 7);
	for (int k = 0; k < n; k++) {
		kill(pid[k], SIGKILL);
		waitpid(pid[k], NULL, 0);
	}
	is = load_now();
	printf("# the load was %ld, is %ld hundredths\n", was, is);
	check(is > was + 50, "the load of what ran meanwhile");
}

/* There is nothing in a folder, for one who looks for data. */
static void without_data(int fd, const char *name)
{
	check_err(ENXIO, lseek(fd, 0, 3), "SEEK_DATA of %s", name);
	check_err(ENXIO, lseek(fd, 0, 4), "SEEK_HOLE of %s", name);
}

/* Folders of a task that has ended, and was open; seeks in any. */
static void folders_of_ended(void)
{
	static const char *const names[] = { ".", "fd", "fdinfo", "ns", "task" };
	static char list[4096];
	int fds[COUNT(names)], net, st;
	char path[64];
	pid_t pid = fork();

	if (!pid)
		for (;;)
			pause();
	for (size_t i = 0; i < COUNT(names); i++) {
		snprintf(path, sizeof(path), "/proc/%d/%s", pid, names[i]);
		fds[i] = open(path, O_RDONLY);
		check_eq(lseek(fds[i], 0, SEEK_END), 0, "the end of %s",
			 names[i]);
		lseek(fds[i], 0, SEEK_SET);
		without_data(fds[i], names[i]);
	}
	snprintf(path, sizeof(path), "/proc/%d/net", pid);
	net = open(path, O_RDONLY);
	check_eq(lseek(net, 0, SEEK_END), 0, "the end of net");
	lseek(net, 0, SEEK_SET);
	without_data(net, "net");
	kill(pid, SIGKILL);
	waitpid(pid, &st, 0);
	check_err(ESRCH, fchdir(fds[0]), "no way into the ended");
	for (size_t i = 0; i < COUNT(names); i++) {
		check_err(ENOENT, syscall(SYS_getdents64, fds[i], list,
					  sizeof(list)), "ended: %s", names[i]);
		close(fds[i]);
	}
	check_err(EINVAL, syscall(SYS_getdents64, net, list, sizeof(list)),
		  "ended: net");
	close(net);
}

int main(void)
{
	tap_scratch("proc_details");
	read_memory_file();
	kernel_page();
	core_filter();
	zombie();
	name_threads();
	spaces();
	show_fdinfo();
	show_timerfd();
	show_watches();
	symbols();
	read_kernel_tables();
	list_semaphores();
	read_cpu_files();
	read_thp_files();
	show_advice();
	show_shared_flags();
	raise_load();
	tap_scratch_end();
	folders_of_ended();
	return tap_done();
}
