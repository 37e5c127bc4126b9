/* SPDX-License-Identifier: MIT */
/*
 * /proc in Linux's formats: what ps, top, free and debuggers read about this
 * process, its children and the system.
 */
#include <dirent.h>
#include "numbers.h"

/* The number after "key" at the start of a line, or -1. */
static long value_in_text(const char *key)
{
	char *s = text;
	size_t n = strlen(key);

	for (; s; s = strchr(s, '\n')) {
		s += *s == '\n';
		if (!strncmp(s, key, n))
			return strtol(s + n, NULL, 0);
	}
	return -1;
}

static int is_line(const char *line)
{
	char *s = strstr(text, line);

	return s && (s == text || s[-1] == '\n');
}

static void remove_as_user(void *arg UNUSED)
{
	if (!getuid() && setuid(1000))
		_exit(1);
	_exit(rmdir("/proc/self/task") != -1 || errno != EACCES);
}

static void identity(void)
{
	char b[512];
	ssize_t n = readlink("/proc/self", b, sizeof(b) - 1);

	b[n > 0 ? n : 0] = '\0';
	check_eq(atoi(b), getpid(), "self");
	n = readlink("/proc/self/exe", b, sizeof(b) - 1);
	b[n > 0 ? n : 0] = '\0';
	check(!strcmp(b, tap_self), "exe");
	n = readlink("/proc/self/cwd", b, sizeof(b) - 1);
	b[n > 0 ? n : 0] = '\0';
	check(!strcmp(b, tap_dir), "cwd");
	mkdir("gone", 0755);
	chdir("gone");
	rmdir("../gone");
	n = readlink("/proc/self/cwd", b, sizeof(b) - 1);
	b[n > 0 ? n : 0] = '\0';
	check(strstr(b, "/gone (deleted)") != NULL, "cwd of a removed folder");
	chdir(tap_dir);
	check_eq(readlink("/proc/self/root", b, sizeof(b)), 1, "root");
	n = slurp("/proc/self/cmdline");
	check(n > 0 && !strcmp(text + n - 6, "given"), "cmdline");
	slurp("/proc/self/comm");
	check(!strcmp(text, "procfs\n"), "comm");
	check_ok(slurp("/proc/self/environ"), "environ");
	check_err(ENOENT, open("/proc/999999", O_RDONLY), "no such process");
	check_err(ENOENT, open("/proc/self/nothing", O_RDONLY), "no such file");
	check_err(ENOENT, open("/proc/new", O_WRONLY | O_CREAT, 0600),
		  "nothing is made here");
	check(mkdir("/proc/new", 0755) == -1 && errno == ENOENT, "nor folders");
	check(unlink("/proc/version") == -1, "nor removed");
	check_eq(in_child(remove_as_user, NULL), 0, "by a user: no permission");
}

/* Field n (from 1) of a stat line; the name may hold blanks. */
static long long field_in_text(int n)
{
	char *s = strrchr(text, ')');

	for (s += 2, n -= 3; s && n > 0; n--) {
		s = strchr(s, ' ');
		s += s != NULL;
	}
	return s ? strtoll(s, NULL, 10) : -1;
}

static char state_in_stat(int pid)
{
	return slurp(task_file(pid, "stat")) > 0 ? strrchr(text, ')')[2] : '?';
}

/* Whoever is told of a stop finds it: SIGCONT, and a stop again. */
static void stopped_when_told(pid_t pid)
{
	int told = 0, st;

	for (int i = 0; i < 50; i++) {
		kill(pid, SIGCONT);
		kill(pid, SIGSTOP);
		waitpid(pid, &st, WUNTRACED);
		told += state_in_stat(pid) == 'T';
	}
	check_eq(told, 50, "stopped each time its parent is told so");
}

static void read_stat_lines(void)
{
	int st, p[2];
	char c;
	pid_t pid;

	slurp("/proc/self/stat");
	check(atoi(text) == getpid() && strstr(text, "(procfs)"),
	      "stat: pid and name");
	check(strrchr(text, ')')[2] == 'R', "stat: running");
	check(field_in_text(4) == getppid() && field_in_text(5) == getpgrp() &&
	      field_in_text(6) == getsid(0), "stat: parent, group, session");
	check(field_in_text(20) == 1, "stat: one thread");
	check(field_in_text(23) > 0 && field_in_text(24) >= 0, "stat: memory");
	check(field_in_text(22) > 0, "stat: start time");
	pipe2(p, 0);
	pid = fork();
	if (!pid) {
		read(p[0], &c, 1);
		_exit(0);
	}
	check(comes_to(pid, "S") && state_in_stat(pid) == 'S', "a sleeper");
	kill(pid, SIGSTOP);
	waitpid(pid, &st, WUNTRACED);
	check_eq(state_in_stat(pid), 'T', "stopped");
	stopped_when_told(pid);
	kill(pid, SIGCONT);
	write(p[1], "x", 1);
	check(comes_to(pid, "Z") && state_in_stat(pid) == 'Z', "a zombie");
	check_eq(slurp(task_file(pid, "cmdline")), 0, "has no cmdline");
	slurp(task_file(pid, "status"));
	check(strstr(text, "State:\tZ (zombie)") != NULL, "status says so");
	waitpid(pid, &st, 0);
	check_err(ENOENT, open(task_file(pid, "stat"), O_RDONLY),
		  "then nothing");
	close(p[0]);
	close(p[1]);
}

static void read_status_file(void)
{
	char want[64];

	slurp("/proc/self/status");
	check(is_line("Name:\tprocfs\n"), "status: Name");
	check_eq(value_in_text("Pid:"), getpid(), "status: Pid");
	check_eq(value_in_text("Tgid:"), getpid(), "status: Tgid");
	check_eq(value_in_text("PPid:"), getppid(), "status: PPid");
	snprintf(want, sizeof(want), "Uid:\t%u\t%u\t%u\t%u\n", getuid(),
		 geteuid(), geteuid(), geteuid());
	check(is_line(want), "status: Uid");
	check_eq(value_in_text("Threads:"), 1, "status: Threads");
	check(value_in_text("VmSize:") > 0 && value_in_text("VmRSS:") > 0 &&
	      value_in_text("VmRSS:") <= value_in_text("VmSize:"),
	      "status: VmSize, VmRSS");
	check(strstr(text, "SigCgt:\t") && strstr(text, "CapEff:\t"),
	      "status: signals, capabilities");
	slurp("/proc/self/statm");
	check(strtol(text, NULL, 10) > 0, "statm");
	slurp("/proc/self/limits");
	check(strstr(text, "\nMax open files ") != NULL, "limits");
	check_ok(slurp("/proc/self/oom_score"), "oom_score");
	slurp("/proc/self/oom_score_adj");
	check_eq(atoi(text), 0, "oom_score_adj");
}

static void read_fd_links(void)
{
	char b[64], name[64];
	struct stat st;
	ssize_t n;
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC), p[2];

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	n = readlink(name, b, sizeof(b) - 1);
	b[n > 0 ? n : 0] = '\0';
	check(!strcmp(b, "/dev/null"), "fd: where it leads");
	check(!lstat(name, &st) && (st.st_mode & 0777) == 0700, "fd: its mode");
	snprintf(name, sizeof(name), "/proc/self/fdinfo/%d", fd);
	slurp(name);
	check(strstr(text, "pos:\t0\n") && value_in_text("flags:") & O_CLOEXEC,
	      "fdinfo");
	close(fd);
	check_err(ENOENT, open(name, O_RDONLY), "fdinfo of a closed one");
	pipe2(p, 0);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", p[0]);
	n = readlink(name, b, sizeof(b) - 1);
	check(n > 6 && !strncmp(b, "pipe:[", 6), "fd: a pipe");
	close(p[0]);
	close(p[1]);
}

/* Every number in the folder.  => how many; *me: is mine there? */
static int count_numbers(const char *path, int mine, int *me)
{
	DIR *d = opendir(path);
	struct dirent *e;
	int n = 0;

	*me = 0;
	while (d && (e = readdir(d))) {
		if (e->d_name[0] < '0' || e->d_name[0] > '9')
			continue;
		n++;
		*me |= atoi(e->d_name) == mine;
	}
	if (d)
		closedir(d);
	return n;
}

static void list_processes(void)
{
	int me, n;
	char path[64];

	n = count_numbers("/proc", getpid(), &me);
	check(n >= 2 && me, "all processes");
	n = count_numbers("/proc/self/task", getpid(), &me);
	check(n == 1 && me, "task");
	n = count_numbers("/proc/self/fd", 1, &me);
	check(n >= 3 && me, "fd");
	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", getpid());
	check(slurp(path) > 0 && atoi(text) == getpid(), "task/TID/stat");
	snprintf(path, sizeof(path), "/proc/self/task/%d", getppid());
	check_err(ENOENT, open(path, O_RDONLY), "no task of another process");
}

static int target = 0x12345;

static void use_proc_mem(void)
{
	int fd = open("/proc/self/mem", O_RDWR), v = 0;
	unsigned long at = (unsigned long)&target, word[2];
	char want[32];

	check(pread(fd, &v, sizeof(v), (off_t)at) == (ssize_t)sizeof(v) &&
	      v == 0x12345, "mem: read");
	v = 77;
	check(pwrite(fd, &v, sizeof(v), (off_t)at) == (ssize_t)sizeof(v) &&
	      *(volatile int *)&target == 77, "mem: write");
	check_err(EIO, pread(fd, &v, sizeof(v), 0), "mem: where nothing is");
	close(fd);
	slurp("/proc/self/maps");
	check(strstr(text, "[stack]") && strstr(text, tap_self),
	      "maps: stack and program");
	snprintf(want, sizeof(want), "%08lx-", at & ~(PG - 1));
	check(strstr(text, " rw-p ") && strstr(text, " r-xp "),
	      "maps: protections");
	check(slurp("/proc/self/smaps") > 0 && value_in_text("Rss:") > 0,
	      "smaps");
	fd = open("/proc/self/auxv", O_RDONLY);
	v = 0;
	while (read(fd, word, sizeof(word)) == (ssize_t)sizeof(word) && word[0])
		if (word[0] == 6)	/* AT_PAGESZ */
			v = (int)word[1];
	check_eq(v, PG, "auxv");
	close(fd);
}

static void read_as_other(void *arg)
{
	int pid = *(int *)arg;

	if (setuid(1234))
		_exit(1);
	if (open(task_file(pid, "environ"), O_RDONLY) != -1 || errno != EACCES)
		_exit(2);
	if (open(task_file(pid, "mem"), O_RDONLY) != -1 || errno != EACCES)
		_exit(3);
	if (readlink(task_file(pid, "exe"), text, 64) != -1 || errno != EACCES)
		_exit(4);
	if (slurp(task_file(pid, "stat")) <= 0)
		_exit(5);
}

static long faults_of_all(void)
{
	slurp("/proc/vmstat");
	return value_in_text("pgfault ");
}

static void counts_faults(void)
{
	long before = faults_of_all();
	char *p = anon_pages(16, PROT_READ | PROT_WRITE);

	for (int i = 0; i < 16; i++)
		p[i * PG] = 1;
	check(before > 0 && faults_of_all() > before, "vmstat: faults");
	munmap(p, 16 * PG);
}

static void whole_system(void)
{
	const char *maker;

	slurp("/proc/meminfo");
	check(value_in_text("MemTotal:") > value_in_text("MemFree:") &&
	      value_in_text("MemFree:") > 0,
	      "meminfo: MemTotal, MemFree");
	check(value_in_text("MemAvailable:") > 0 &&
	      value_in_text("Cached:") >= 0 &&
	      value_in_text("Buffers:") >= 0 &&
	      value_in_text("SwapTotal:") >= 0,
	      "meminfo: what free reads");
	slurp("/proc/stat");
	check(is_line("cpu  ") && is_line("cpu0 ") && is_line("ctxt ") &&
	      is_line("btime ") && is_line("processes "), "stat");
	slurp("/proc/uptime");
	check(strchr(text, '.') && strchr(text, ' '), "uptime");
	slurp("/proc/loadavg");
	check(strchr(text, '/') != NULL, "loadavg");
	slurp("/proc/version");
	check(!strncmp(text, "Linux version ", 14), "version");
	slurp("/proc/filesystems");
	check(strstr(text, "nodev\ttmpfs\n") && strstr(text, "nodev\tproc\n"),
	      "filesystems");
	check(slurp("/proc/cpuinfo") > 0 && is_line("processor\t: 0\n"),
	      "cpuinfo");
	maker = strstr(text, "vendor_id\t: ");		/* i386 */
	if (maker)
		check_eq(strcspn(maker + 12, "\n"), 12, "by a whole name");
	check(slurp("/proc/mounts") > 0 && strstr(text, " /proc proc "),
	      "mounts");
	check(slurp("/proc/self/mountinfo") > 0 &&
	      strstr(text, " - proc "), "mountinfo");
	slurp("/proc/sys/kernel/ostype");
	check(!strcmp(text, "Linux\n"), "sys/kernel/ostype");
	check(slurp("/proc/sys/kernel/random/uuid") == 37 &&
	      text[8] == '-' && text[14] == '4', "sys/kernel/random/uuid");
	check(slurp("/proc/sys/kernel/random/boot_id") == 37,
	      "sys/kernel/random/boot_id");
	check(slurp("/proc/sys/kernel/threads-max") > 0 && atoi(text) > 0,
	      "sys/kernel/threads-max");
	check(slurp("/proc/swaps") > 0 && !strncmp(text, "Filename", 8),
	      "swaps");
	check(slurp("/proc/devices") > 0 && is_line("Character devices:\n") &&
	      is_line("  1 mem\n"), "devices");
}

static void tunable(void)
{
	int fd, old;
	char b[16];

	if (geteuid() || slurp("/proc/sys/vm/max_map_count") <= 0) {
		tap_skip("max_map_count", "needs the superuser");
		return;
	}
	old = atoi(text);
	fd = open("/proc/sys/vm/max_map_count", O_WRONLY);
	if (fd < 0 || write(fd, "70000", 5) != 5) {
		tap_skip("max_map_count", "read-only here");
		return;
	}
	close(fd);
	slurp("/proc/sys/vm/max_map_count");
	check_eq(atoi(text), 70000, "max_map_count is writable");
	fd = open("/proc/sys/vm/max_map_count", O_WRONLY);
	check_err(EINVAL, write(fd, "many", 4), "by numbers");
	snprintf(b, sizeof(b), "%d\n", old);
	check_ok(write(fd, b, strlen(b)), "and put back");
	close(fd);
}

static int write_number(const char *path, int value)
{
	char b[16];

	snprintf(b, sizeof(b), "%d\n", value);
	return !text_set(path, b);
}

/* Numbers of processes begin anew at a limit that can be set. */
static void pid_max(void)
{
	static const char path[] = "/proc/sys/kernel/pid_max";
	int old, limit = getpid() + 20, below = 1, pid, fd;

	slurp(path);
	old = atoi(text);
	check(old >= 32768, "pid_max");
	if (limit < 400)
		limit = 400;
	if (geteuid() || !write_number(path, limit)) {
		tap_skip("another pid_max", "read-only here");
		return;
	}
	slurp(path);
	check_eq(atoi(text), limit, "another pid_max");
	for (int i = 0; i < 500 && below; i++) {
		pid = fork();
		if (!pid)
			_exit(0);
		below = pid > 0 && pid < limit;
		waitpid(pid, NULL, 0);
	}
	check(below, "all new processes are below");
	fd = open(path, O_WRONLY);
	check_err(EINVAL, write(fd, "300", 3), "too few");
	check_err(EINVAL, write(fd, "99999999", 8), "too many");
	close(fd);
	check(write_number(path, old), "put back");
}

/* The numbers of a line in text.  => how many there are */
static int parse_line(unsigned long *n, int most)
{
	char *at = text, *end;
	int got = 0;

	for (; got < most && *at && *at != '\n'; at = end, got++) {
		n[got] = strtoul(at, &end, 0);
		if (end == at)
			return -1;
	}
	return got;
}

/* Number, arguments, stack and place of the call that one is in. */
static void show_own_call(void)
{
	unsigned long n[10];
	char b[4];
	int p[2];
	pid_t pid;

	check(slurp("/proc/self/syscall") > 0, "one's own call");
	check(parse_line(n, 10) == 9 && n[0] == SYS_read &&
	      n[2] == (unsigned long)text, "is that read");
	pipe(p);
	pid = fork();
	if (pid == 0) {
		read(p[0], b, 3);
		_exit(0);
	}
	comes_to(pid, "S");
	slurp(task_file(pid, "syscall"));
	check(parse_line(n, 10) == 9 && n[0] == SYS_read, "a sleeper's");
	check(n[1] == (unsigned long)p[0] && n[2] == (unsigned long)b &&
	      n[3] == 3, "what it waits for");
	check(n[7] <= (unsigned long)b && n[7] + 65536 > (unsigned long)b,
	      "its stack");
	write(p[1], "x", 1);
	comes_to(pid, "Z");
	slurp(task_file(pid, "syscall"));
	check(!strcmp(text, "-1 0x0 0x0\n"), "of who has ended: %s", text);
	waitpid(pid, NULL, 0);
	close(p[0]);
	close(p[1]);
}

/* Root may open for writing what nobody can write. */
static void unwritable(void)
{
	static const struct {
		const char *name;
		int open, write;	/* errno */
	} task_file[] = {
		{ "/proc/self/stat", 0, EINVAL },
		{ "/proc/self/maps", 0, EINVAL },
		{ "/proc/self/mounts", 0, EINVAL },
		{ "/proc/self/auxv", 0, EINVAL },
		{ "/proc/uptime", 0, EIO },
		{ "/proc/meminfo", 0, EIO },
		{ "/proc/stat", 0, EIO },
		{ "/proc/sys/kernel/ostype", EACCES, 0 },
		{ "/sys/devices/system/cpu/online", EACCES, 0 },
	};

	for (size_t i = 0; i < sizeof(task_file) / sizeof(task_file[0]); i++) {
		int fd = open(task_file[i].name, O_WRONLY);

		if (fd < 0) {
			check_eq(errno, task_file[i].open, "%s: open",
				 task_file[i].name);
			continue;
		}
		check_eq(0, task_file[i].open, "%s: opened", task_file[i].name);
		check(write(fd, "1", 1) < 0 && errno == task_file[i].write,
		      "%s: write: %d", task_file[i].name, errno);
		close(fd);
	}
}

int main(int argc, char **argv)
{
	char *again[] = { argv[0], "given", NULL };
	int pid = getpid();

	tap_find_self(argv[0]);
	if (argc < 2) {
		execv(tap_self, again);
		tap_bail("exec");
	}
	tap_scratch("procfs");
	identity();
	read_stat_lines();
	read_status_file();
	show_own_call();
	read_fd_links();
	list_processes();
	use_proc_mem();
	if (geteuid() == 0)
		check_eq(in_child(read_as_other, &pid), 0,
			 "others may not pry");
	whole_system();
	counts_faults();
	tunable();
	pid_max();
	if (geteuid() == 0)
		unwritable();
	tap_scratch_end();
	return tap_done();
}
