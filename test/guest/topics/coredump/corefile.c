/* SPDX-License-Identifier: MIT */
/*
 * Core files (row B6): who leaves one, where, and what is in it.  The same
 * file is read by gdb in test/run/core_test.py.
 */
#include <sys/utsname.h>
#include <thread.h>
#include "core_image.h"
#include "cores.h"
#include "sched_calls.h"

#define BUSY		3
#define PR_SET_DUMPABLE	4
#define NT_PRPSINFO	3
#define NT_AUXV		6
#define NT_FILE		0x46494c45
#define NT_SIGINFO	0x53494749
/* among the registers, in bytes */
#define PC_AT		(ARCH_PC_WORD * sizeof(long))

/* Mapped files: text, and the first pages of a program. */
static void *plain, *program;

static volatile long marker = 0x600d5eed;

/* Six arguments: i386 passes the last in ebp, where a frame would be sought. */
static void *sleep_with_arguments(void *arg)
{
	for (;;)
		syscall(ABI_pselect6, 0, NULL, NULL, NULL, NULL, NULL);
	return arg;
}

static void *computing(void *arg)
{
	for (;;)
		(*(volatile long *)arg)++;
	return arg;
}

/* Who dies gets the processor as soon as the last of them lets it go on. */
static void start_busy(void)
{
	static struct thread t[BUSY];
	static long counts[BUSY];

	for (int i = 0; i < BUSY; i++)
		thread_create(&t[i], computing, &counts[i]);
	set_policy(0, SCHED_FIFO, 1);
	usleep(20000);
}

/*
 * arg: 'n' no limit, '0' none, 'd' not dumpable, 't' with a thread that sleeps,
 * 'b' with some that compute, 's' small
 */
static void crash_in_way(void *arg)
{
	static struct thread t;
	volatile char how = *(char *)arg;	/* on the stack for GDB */

	limit_core(how == '0' ? 0 : how == 's' ? 8192 : RLIM_INFINITY);
	if (how == 'd')
		syscall(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (how == 't') {
		thread_create(&t, sleep_with_arguments, NULL);
		usleep(20000);
	}
	if (how == 'b')
		start_busy();
	marker = 0x0badcafe;
	*(volatile int *)BAD = 1;
}

/* ---- what is in it ------------------------------------------------------- */

/* The rights of the mapping where an address lies. */
static unsigned rights_at(unsigned long at)
{
	const phdr *p;

	for (unsigned i = 1; (p = core_segment(i)) != NULL; i++)
		if (at >= p->p_vaddr && at < p->p_vaddr + p->p_memsz)
			return p->p_flags;
	return ~0u;
}

/* How much the file has of the mapping that begins there. */
static long bytes_at(unsigned long at)
{
	const phdr *p;

	for (unsigned i = 1; (p = core_segment(i)) != NULL; i++)
		if (p->p_vaddr == at)
			return (long)p->p_filesz;
	return -1;
}

static void *map_core(const char *name)
{
	int fd = open(name, O_RDONLY);
	void *p = mmap(NULL, 2 * PG, PROT_READ, MAP_PRIVATE, fd, 0);

	close(fd);
	return p;
}

static void check_core(const char *name, int threads)
{
	const char *d = NULL;
	unsigned long pc, at;
	unsigned n = 0;
	int ids[4];

	if (!check(load_image(name), "it can be read"))
		return;
	check(!memcmp(image, "\177ELF", 4) &&
	      ((const ehdr *)image)->e_type == 4, "an ELF core file");
	check_eq(image[4], sizeof(long) == 8 ? ELFCLASS64 : ELFCLASS32,
		 "of the program's class");
	check_eq(count_notes(NT_PRSTATUS, &d, &n), threads,
		 "registers a thread");
	memcpy(&pc, d + (sizeof(long) == 8 ? 112 : 72) + PC_AT, sizeof(pc));
	check(pc > (unsigned long)crash_in_way &&
	      pc < (unsigned long)crash_in_way + 1024,
	      "of where it was");
	check_eq(*(const short *)(d + 12), SIGSEGV, "the signal");
	memcpy(ids, d + 16 + 2 * sizeof(long), sizeof(ids));
	check(ids[0] > 0 && ids[1] == getpid() && ids[2] == getpgrp() &&
	      ids[3] == getsid(0), "whose child, group and session it was");
	check_eq(count_notes(NT_PRPSINFO, &d, &n), 1, "the process");
	check(d && !strcmp(d + n - 96, "corefile"), "... its name");
	check(d && strstr(d + n - 80, "corefile"), "... its words");
	check_eq(count_notes(NT_SIGINFO, &d, &n), 1, "the siginfo");
	check_eq(*(const int *)(d + 8), SEGV_MAPERR, "... its code");
	memcpy(&at, d + (sizeof(long) == 8 ? 16 : 12), sizeof(at));
	check_eq(at, (unsigned long)BAD, "... its address");
	check(count_notes(NT_AUXV, &d, &n) == 1 && n > 100,
	      "the auxiliary vector");
	check(count_notes(NT_FILE, &d, &n) == 1 &&
	      *(const unsigned long *)d >= 1, "the mapped files");
	check_eq(word_at((unsigned long)&marker), 0x0badcafe,
		 "memory as it was");
	check_eq(rights_at((unsigned long)&marker), 6, "... its rights");
	check_eq(rights_at((unsigned long)check_core), 5, "the code's");
	check_eq(rights_at((unsigned long)plain), 4, "a file's");
	check_eq(bytes_at((unsigned long)plain), 0, "no plain file's");
	check_eq(bytes_at((unsigned long)program), PG, "a program's header");
	munmap(image, size);
}

/* ---- who, and where ------------------------------------------------------ */

static void patterns(void)
{
	struct utsname host;
	char name[100], wide[100];
	int st;
	pid_t pid;

	if (geteuid() || !set_kernel("core_pattern", "x.%p.%s.%e.%%")) {
		tap_skip("core_pattern", "cannot be set");
		return;
	}
	pid = fork();
	if (pid == 0)
		crash_in_way("n");
	waitpid(pid, &st, 0);
	snprintf(name, sizeof(name), "x.%d.11.corefile.%%", pid);
	check(dumped(st) && !unlink(name), "core_pattern makes the name");
	set_kernel("core_pattern", "x.%P.%i.%I.%u.%g.%d.%c.%q%");
	pid = fork();
	if (pid == 0)
		crash_in_way("n");
	waitpid(pid, &st, 0);
	/* the kernel's words may be twice as wide */
	snprintf(name, sizeof(name), "x.%d.%d.%d.0.0.1.%lu.", pid, pid, pid,
		 ~0ul);
	snprintf(wide, sizeof(wide), "x.%d.%d.%d.0.0.1.%llu.", pid, pid, pid,
		 ~0ull);
	check(dumped(st) && (!unlink(name) || !unlink(wide)), "more of it: %s",
	      name);
	set_kernel("core_pattern", "x.%h");
	st = in_child(crash_in_way, "n");
	uname(&host);
	snprintf(name, sizeof(name), "x.%s", host.nodename);
	check(dumped(st) && !unlink(name), "the host's name");
	set_kernel("core_pattern", "core");
	set_kernel("core_uses_pid", "1");
	pid = fork();
	if (pid == 0)
		crash_in_way("n");
	waitpid(pid, &st, 0);
	snprintf(name, sizeof(name), "core.%d", pid);
	check(dumped(st) && !unlink(name), "core_uses_pid adds the number");
	set_kernel("core_uses_pid", "0");
	set_kernel("core_pattern", "core");
}

/* It was root: its memory is not its user's to see. */
static void crash_as_other(void *arg)
{
	if (setresgid(1000, 1000, 1000) || setresuid(1000, 1000, 1000))
		_exit(1);
	crash_in_way(arg);
}

static void crash_in_root(void *arg)
{
	if (chroot(tap_dir) || chdir("/"))
		_exit(1);
	crash_as_other(arg);
}

static void crash_masked(void *arg)
{
	umask(0277);
	crash_in_way(arg);
}

static int set_suid_dumpable(const char *text)
{
	return set_kernel("../fs/suid_dumpable", text);
}

static void others_rights(void)
{
	char pattern[80], inside[160];
	struct stat file;
	int st;

	if (geteuid() || !set_suid_dumpable("0")) {
		tap_skip("fs.suid_dumpable", "cannot be set");
		return;
	}
	chmod(".", 0777);
	st = in_child(crash_as_other, "n");
	check(!dumped(st) && access("core", F_OK),
	      "a process that changed its user leaves none");
	set_suid_dumpable("2");
	st = in_child(crash_as_other, "n");
	check(!dumped(st) && access("core", F_OK),
	      "suid_dumpable 2: none without an absolute name");
	snprintf(pattern, sizeof(pattern), "%s/root", tap_dir);
	set_kernel("core_pattern", pattern);
	mkdir("tmp", 0777);
	snprintf(inside, sizeof(inside), "%s%s", tap_dir, tap_dir);
	mkdir(inside, 0777);
	st = in_child(crash_in_root, "n");
	check(dumped(st) && !unlink("root"),
	      "with one it is the first process's root's");
	rmdir(inside);
	rmdir("tmp");
	st = in_child(crash_as_other, "n");
	check(dumped(st) && !stat("root", &file) && file.st_uid == 0 &&
	      (file.st_mode & 0777) == 0600, "with one it is root's");
	st = in_child(crash_as_other, "n");
	check(!dumped(st), "which replaces no file");
	unlink("root");
	set_suid_dumpable("1");
	st = in_child(crash_as_other, "n");
	check(dumped(st) && !stat("root", &file) && file.st_uid == 1000,
	      "suid_dumpable 1: its user's");
	unlink("root");
	set_suid_dumpable("0");
	set_kernel("core_pattern", "core");
}

static void refuse_cores(void)
{
	struct stat file;
	int st = in_child(crash_in_way, "0");

	check(!dumped(st) && WTERMSIG(st) == SIGSEGV && access("core", F_OK),
	      "RLIMIT_CORE 0: none");
	st = in_child(crash_in_way, "d");
	check(!dumped(st) && access("core", F_OK), "not dumpable: none");
	st = in_child(crash_masked, "n");
	check(!dumped(st) && !unlink("core"),
	      "one that its owner could not write to is not written");
	mkdir("core", 0700);
	st = in_child(crash_in_way, "n");
	check(!dumped(st) && WTERMSIG(st) == SIGSEGV,
	      "where no file can be: it dies as it would");
	rmdir("core");
	st = in_child(crash_in_way, "s");
	check(dumped(st) && !stat("core", &file) && file.st_size <= 8192,
	      "RLIMIT_CORE cuts it off");
	unlink("core");
	symlink("target", "core");
	st = in_child(crash_in_way, "n");
	check(dumped(st) && access("target", F_OK) && !lstat("core", &file) &&
	      S_ISREG(file.st_mode), "a link of that name is replaced");
	unlink("core");
	limit_core(RLIM_INFINITY);
}

int main(int argc, char **argv)
{
	int st;

	if (argc > 1)
		crash_in_way(argv[1]);
	tap_find_self(argv[0]);
	program = map_core(tap_self);
	tap_scratch("corefile");
	put_file("plain", tap_dir, sizeof(tap_dir), 0600);
	plain = map_core("plain");
	unlink("plain");
	st = in_child(crash_in_way, "n");
	check(dumped(st), "SIGSEGV: a core file, and the status says so");
	check_core("core", 1);
	unlink("core");
	st = in_child(crash_in_way, "t");
	check(dumped(st), "with two threads");
	check_core("core", 2);
	unlink("core");
	st = in_child(crash_in_way, "b");
	check(dumped(st), "with threads that compute");
	check_core("core", 1 + BUSY);
	unlink("core");
	refuse_cores();
	patterns();
	others_rights();
	tap_scratch_end();
	return tap_done();
}
