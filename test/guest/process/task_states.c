/* SPDX-License-Identifier: MIT */
/*
 * The states of a process as /proc shows them, each reached and left: R, S,
 * T, t, Z, and what else status, stat and the other files of a process say
 * (rows B14, D2, B1).
 */
#include <sched.h>
#include <sys/resource.h>
#include "tap.h"
#include "texts.h"

#define PTRACE_TRACEME	0
#define PTRACE_ATTACH	16
#define PTRACE_SEIZE	0x4206

/* One file of a process.  => its text, or "" */
static const char *read_proc_file(pid_t pid, const char *file)
{
	static char buf[16384];
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	text_read(path, buf, sizeof(buf));
	return buf;
}

static char state(pid_t pid)
{
	const char *p = strrchr(read_proc_file(pid, "stat"), ')');

	return p ? p[2] : '?';
}

/* Waits for a state: getting there takes a moment.  => 1 if it came */
static int comes_to_state(pid_t pid, char want)
{
	if (eventually(state(pid) == want))
		return 1;
	printf("# state %c, want %c\n", state(pid), want);
	return 0;
}

static int proc_says(pid_t pid, const char *file, const char *text)
{
	const char *p = read_proc_file(pid, file);

	if (strstr(p, text))
		return 1;
	printf("# /proc/%d/%s lacks \"%s\"\n", pid, file, text);
	return 0;
}

static void spin_and_stay(void)
{
	for (;;)
		;
}

static void stop_traced(void)
{
	pid_t pid = fork();
	char text[64];
	int st;

	if (pid == 0) {
		syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0);
		raise(SIGUSR1);
		_exit(0);
	}
	waitpid(pid, &st, WUNTRACED);
	check(WIFSTOPPED(st) && WSTOPSIG(st) == SIGUSR1,
	      "a traced process stops at a signal");
	check_eq(state(pid), 't', "t: stopped by its tracer");
	check(proc_says(pid, "status", "State:\tt (tracing stop)"), "in words");
	snprintf(text, sizeof(text), "TracerPid:\t%d\n", getpid());
	check(proc_says(pid, "status", text), "status: TracerPid");
	check(proc_says(getpid(), "status", "TracerPid:\t0\n"),
	      "nobody traces us");
	kill(pid, SIGKILL);
	waitpid(pid, &st, 0);
}

static void reach_each_state(void)
{
	pid_t pid = fork();
	int st;

	if (pid == 0)
		spin_and_stay();
	check(comes_to_state(pid, 'R'), "R: running");
	kill(pid, SIGSTOP);
	check(comes_to_state(pid, 'T'), "T: stopped");
	check(proc_says(pid, "status", "State:\tT (stopped)"),
	      "status in words");
	kill(pid, SIGCONT);
	check(comes_to_state(pid, 'R'), "R again");
	kill(pid, SIGKILL);
	check(comes_to_state(pid, 'Z'), "Z: a zombie");
	check(proc_says(pid, "status", "State:\tZ (zombie)"), "in words");
	check_err(EBADF, syscall(SYS_kcmp, pid, pid, 0, 1, 1),
		  "it has no files any more");
	check_err(EBADF, syscall(SYS_kcmp, getpid(), pid, 0, 1, 1),
		  "nor those");
	check(!*read_proc_file(pid, "cmdline") && !*read_proc_file(pid, "maps"),
	      "it has no memory any more");
	waitpid(pid, &st, 0);
	check_eq(state(pid), '?', "reaped: no entry");
	pid = fork();
	if (pid == 0)
		for (;;)
			pause();
	check(comes_to_state(pid, 'S'), "S: sleeping");
	kill(pid, SIGKILL);
	waitpid(pid, &st, 0);
	stop_traced();
}

/* ---- kernel threads ------------------------------------------------------ */

static int can_open_proc(const char *file)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/2/%s", file);
	fd = open(path, O_RDONLY);
	close(fd);
	return fd >= 0;
}

static void look_at_own_as_user(void *arg)
{
	(void)arg;
	if (setresgid(1000, 1000, 1000) || setresuid(1000, 1000, 1000))
		_exit(1);
	if (*read_proc_file(2, "personality") || *read_proc_file(2, "stack") ||
	    can_open_proc("mem") ||
	    can_open_proc("fd") || !can_open_proc("maps") ||
	    *read_proc_file(2, "maps"))
		_exit(2);
	if (strcmp(read_proc_file(2, "wchan"), "0"))
		_exit(3);
	if (syscall(SYS_kcmp, 2, 2, 1, 0, 0) != -1 || errno != EPERM)
		_exit(4);
	/* both must be one's to look into before a file is looked for */
	_exit(syscall(SYS_kcmp, getpid(), 2, 0, 999, 0) == -1 &&
	      errno == EPERM ? 0 : 5);
}

/* What is root's to see of one, and to do to it. */
static void kernel_thread(void)
{
	long r[2], v[2] = { (long)r, sizeof(r) };

	check(comes_to_state(2, 'S'), "a kernel thread sleeps");
	check(proc_says(2, "status", "Name:\tkthreadd"), "kthreadd is one");
	check(on_other_kernel() || proc_says(2, "status", "Kthread:\t1"),
	      "its status says so");
	check(!*read_proc_file(2, "cmdline"), "it has no arguments");
	if (geteuid())
		return;
	check(!*read_proc_file(2, "environ") && !*read_proc_file(2, "maps") &&
	      !*read_proc_file(2, "mem"),
	      "nor memory");
	check(proc_says(2, "personality", "00000000\n"),
	      "it has a personality");
	check(proc_says(2, "stack", "[<0>]"), "and a stack");
	check_err(EPERM, syscall(SYS_ptrace, PTRACE_ATTACH, 2, 0, 0),
		  "it cannot be attached to");
	check_err(EPERM, syscall(SYS_ptrace, PTRACE_SEIZE, 2, 0, 0),
		  "nor seized");
	check_err(ESRCH, syscall(SYS_process_vm_readv, 2, v, 1, v, 1, 0),
		  "no memory to read");
	check_eq(syscall(SYS_kcmp, 2, 2, 1, 0, 0), 0, "kcmp, with itself");
	check_eq(in_child(look_at_own_as_user, NULL), 0, "nothing for others");
}

/* Who is started by the kernel gets strings from its memory. */
static void first_process(void)
{
	check(*read_proc_file(1, "cmdline"), "the first process has a name");
	if (!geteuid())
		check(proc_says(1, "environ", "HOME=/"), "and a home");
}

static int status_number(pid_t pid, const char *key)
{
	const char *p = strstr(read_proc_file(pid, "status"), key);

	return p ? atoi(p + strlen(key)) : -1;
}

static void read_status(void)
{
	pid_t me = getpid();
	char text[64], exe[512];
	ssize_t n;

	check_eq(status_number(me, "\nPid:"), me, "status: Pid");
	check_eq(status_number(me, "\nPPid:"), getppid(), "status: PPid");
	check_eq(status_number(me, "\nThreads:"), 1, "status: Threads");
	check(status_number(me, "\nVmRSS:") > 0, "status: VmRSS");
	snprintf(text, sizeof(text), "Name:\ttask_states\n");
	check(proc_says(me, "status", text), "status: Name");
	check(proc_says(me, "comm", "task_states\n"), "comm");
	snprintf(text, sizeof(text), "%d (task_states) R %d %d %d ", me,
		 getppid(),
		 getpgrp(), getsid(0));
	check(proc_says(me, "stat", text), "stat: pid, name, state, parents");
	n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	exe[n > 0 ? n : 0] = '\0';
	check(strstr(exe, "task_states") != NULL, "exe");
	n = readlink("/proc/self/cwd", exe, sizeof(exe) - 1);
	exe[n > 0 ? n : 0] = '\0';
	check(!strcmp(exe, tap_dir), "cwd");
	check(proc_says(me, "limits", "Max open files"), "limits");
	check(access("/proc/self/fd/1", F_OK) == 0 &&
	      access("/proc/self/fd/99", F_OK) != 0, "fd");
	check_err(ENOENT, open("/proc/0x1/stat", O_RDONLY), "no such process");
	check_err(ENOENT, open("/proc/999999999/stat", O_RDONLY), "nor this");
}

static void show_signals(void)
{
	sigset_t m = sigmask(SIGUSR1), old;

	signal(SIGUSR2, SIG_IGN);
	sigprocmask(SIG_BLOCK, &m, &old);
	raise(SIGUSR1);
	check(proc_says(getpid(), "status", "SigBlk:\t0000000000000200"),
	      "status: blocked");
	check(proc_says(getpid(), "status", "SigIgn:\t0000000000000800"),
	      "status: ignored");
	check(proc_says(getpid(), "status", "SigPnd:\t0000000000000200"),
	      "status: pending");
	signal(SIGUSR1, SIG_IGN);
	sigprocmask(SIG_SETMASK, &old, NULL);
	signal(SIGUSR1, SIG_DFL);
	signal(SIGUSR2, SIG_DFL);
}

static void show_cmdline(void)
{
	static const char want[] = "states\0-show\0two words\0";
	const char *p;
	pid_t pid = fork();
	int st;

	if (pid == 0) {
		execve(tap_self, (char *[]){ "states", "-show", "two words",
		       NULL }, (char *[]){ "ONE=1", NULL });
		_exit(1);
	}
	check(eventually(!memcmp(read_proc_file(pid, "cmdline"), want,
				 sizeof(want) - 1)),
	      "cmdline holds the arguments");
	p = read_proc_file(pid, "environ");
	check(!memcmp(p, "ONE=1", 6), "environ");
	kill(pid, SIGKILL);
	waitpid(pid, &st, 0);
}

static void count_faults(void)
{
	struct rusage a, b;
	char *p = anon_pages(64, PROT_READ | PROT_WRITE), c = 0;
	int pp[2];
	pid_t pid;

	getrusage(RUSAGE_SELF, &a);
	madvise(p, 64 * PG, MADV_NOHUGEPAGE);
	for (unsigned long i = 0; i < 64; i++)
		p[i * PG] = 1;
	getrusage(RUSAGE_SELF, &b);
	check(b.ru_minflt - a.ru_minflt >= 64 &&
	      b.ru_minflt - a.ru_minflt < 100, "64 pages, %ld faults",
	      b.ru_minflt - a.ru_minflt);
	munmap(p, 64 * PG);
	pipe(pp);
	pid = fork();
	if (pid == 0)
		for (;; write(pp[1], &c, 1))
			comes_to(getppid(), "S");
	getrusage(RUSAGE_SELF, &a);
	for (int i = 0; i < 10; i++)
		read(pp[0], &c, 1);
	getrusage(RUSAGE_SELF, &b);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(pp[0]);
	close(pp[1]);
	check(b.ru_nvcsw - a.ru_nvcsw >= 10, "ten sleeps, %ld switches",
	      b.ru_nvcsw - a.ru_nvcsw);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		for (;;)
			pause();
	if (!*read_proc_file(getpid(), "stat"))
		return tap_skip_all("no /proc");
	tap_find_self(argv[0]);
	tap_scratch("task_states");
	reach_each_state();
	kernel_thread();
	first_process();
	read_status();
	show_signals();
	show_cmdline();
	count_faults();
	tap_scratch_end();
	return tap_done();
}
