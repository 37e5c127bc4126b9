/* SPDX-License-Identifier: MIT */
/*
 * What is told to whom (rows B17, D4, D7, E12): which pages of a file are in
 * memory, where the working directory is, what may be executed from a mount
 * that forbids it, how much memory a process and its children had, and what
 * only root reads.
 */
#include <dirent.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include "tap.h"
#include "texts.h"

#define USER	1000
#define MIB	(1ul << 20)

static void drop_rights(void)
{
	if (setgroups(0, NULL) || setresgid(USER, USER, USER) ||
	    setresuid(USER, USER, USER))
		_exit(98);
}

/* ---- mincore ------------------------------------------------------------- */

#define HOLES	64

/* Pages of a file of holes that are said to be in memory; arg: by the user */
static void count_pages(void *arg)
{
	unsigned char vec[HOLES];
	int n = 0, fd = open("sparse", O_RDONLY);
	void *p = mmap(NULL, HOLES * PG, PROT_READ, MAP_SHARED, fd, 0);

	if (arg)
		drop_rights();
	if (p == MAP_FAILED || syscall(SYS_mincore, p, HOLES * PG, vec))
		_exit(99);
	for (int i = 0; i < HOLES; i++)
		n += vec[i] & 1;
	_exit(n);
}

static int pages_seen(int by_user)
{
	return in_child(count_pages, by_user ? &by_user : NULL) >> 8;
}

static void in_core(void)
{
	int fd = open("sparse", O_RDWR | O_CREAT, 0644);

	ftruncate(fd, HOLES * PG);
	close(fd);
	check_eq(pages_seen(0), 0, "mincore: no page of a file of holes");
	check_eq(pages_seen(1), HOLES, "who may not write it learns nothing");
	chmod("sparse", 0646);
	check_eq(pages_seen(1), 0, "who may write it does");
	chmod("sparse", 0444);
	chown("sparse", USER, USER);
	check_eq(pages_seen(1), 0, "and so does its owner");
	unlink("sparse");
}

/* ---- mounts without execution -------------------------------------------- */

static void *map_disclosed(int fd, int prot, int flags)
{
	return mmap(NULL, PG, prot, flags, fd, 0);
}

static void no_execution(void)
{
	void *p, *later;
	int fd;

	mkdir("m", 0755);
	if (mount("none", "m", "tmpfs", MS_NOEXEC, NULL))
		return tap_skip("a mount without execution", "cannot mount");
	put_file("m/f", "#!/bin/true\n", 12, 0755);
	fd = open("m/f", O_RDWR);
	check_err(EPERM, map_disclosed(fd, PROT_READ | PROT_EXEC, MAP_PRIVATE),
		  "mmap with PROT_EXEC");
	p = map_disclosed(fd, PROT_READ, MAP_PRIVATE);
	check_err(EACCES, mprotect(p, PG, PROT_READ | PROT_EXEC),
		  "mprotect to PROT_EXEC, private");
	check_err(EACCES, mprotect(p, PG, PROT_EXEC), "of nothing else");
	check_ok(mprotect(p, PG, PROT_READ | PROT_WRITE), "but to others");
	*(char *)p = 1;
	check_err(EACCES, mprotect(p, PG, PROT_READ | PROT_EXEC),
		  "nor of a page that was copied");
	p = map_disclosed(fd, PROT_READ, MAP_SHARED);
	check_err(EACCES, mprotect(p, PG, PROT_READ | PROT_EXEC), "shared");
	check_err(EACCES, execv("m/f", (char *[]){ "f", NULL }), "execve");
	check_err(EACCES, access("m/f", X_OK), "access");
	check_ok(mount(NULL, "m", NULL, MS_REMOUNT, NULL), "remounted");
	check_err(EACCES, mprotect(p, PG, PROT_READ | PROT_EXEC),
		  "what was mapped before stays");
	later = map_disclosed(fd, PROT_READ, MAP_PRIVATE);
	check_ok(mprotect(later, PG, PROT_READ | PROT_EXEC), "what is new may");
	munmap(p, PG);
	munmap(later, PG);
	close(fd);
	umount2("m", MNT_DETACH);
	rmdir("m");
}

/* ---- the working directory ----------------------------------------------- */

static int cwd_is(const char *want)
{
	char buf[256] = "";
	long n = syscall(SYS_getcwd, buf, sizeof(buf));

	if (n != (long)strlen(want) + 1 || strcmp(buf, want))
		printf("# %ld \"%s\", want \"%s\"\n", n, buf, want);
	return n == (long)strlen(want) + 1 && !strcmp(buf, want);
}

static void stand_outside_root(void *arg)
{
	char want[128];

	(void)arg;
	mkdir("root", 0755);
	if (syscall(SYS_chroot, "root"))
		_exit(1);
	snprintf(want, sizeof(want), "(unreachable)%s", tap_dir);
	if (!cwd_is(want))
		_exit(2);
	chdir("/");
	_exit(!cwd_is("/"));
}

static void stand_on_detached(void *arg)
{
	(void)arg;
	mkdir("m", 0755);
	if (mount("none", "m", "tmpfs", 0, NULL) || mkdir("m/d", 0755) ||
	    chdir("m/d") || umount2("../../m", MNT_DETACH))
		_exit(1);
	if (!cwd_is("(unreachable)/d"))
		_exit(2);
	chdir("..");
	_exit(!cwd_is("(unreachable)/"));
}

static void hide_directories(void)
{
	check(cwd_is(tap_dir), "getcwd");
	check_eq(in_child(stand_outside_root, NULL), 0, "outside the root");
	check_eq(in_child(stand_on_detached, NULL), 0,
		 "in a mount that was taken away");
	rmdir("root");
	rmdir("m");
}

/* ---- memory -------------------------------------------------------------- */

static long status_kb(const char *key)
{
	return text_number("/proc/self/status", key);
}

static void show_vm_sizes(void)
{
	long size = status_kb("VmSize:"), data = status_kb("VmData:"), now;
	long lib = status_kb("VmLib:");
	char *p = anon_pages(16 * MIB / PG, PROT_READ | PROT_WRITE), *x;

	now = status_kb("VmSize:");
	check_eq(now - size, 16 << 10, "VmSize counts 16 MiB more");
	check_eq(status_kb("VmData:") - data, 16 << 10, "so does VmData");
	check_eq(status_kb("VmPeak:"), now, "VmPeak is as much");
	memset(p, 1, 8 * MIB);
	check(status_kb("VmHWM:") >= 7 << 10, "VmHWM: what was touched");
	munmap(p, 16 * MIB);
	check_eq(status_kb("VmSize:"), size, "VmSize falls");
	check_eq(status_kb("VmPeak:"), now, "VmPeak does not");
	check(status_kb("VmHWM:") >= 7 << 10, "nor does VmHWM");
	check_eq(status_kb("VmData:"), data, "VmData does");
	x = anon_pages(4, PROT_READ | PROT_EXEC);
	check_eq(status_kb("VmLib:") - lib, 16, "VmLib: code");
	munmap(x, 4 * PG);
	check(status_kb("VmExe:") > 0, "VmExe: the program's");
	check(status_kb("VmStk:") >= 128, "VmStk: a stack's first 132 KiB");
	check_eq(status_kb("VmPin:"), 0, "VmPin: nothing");
	check_eq(status_kb("Seccomp:"), 0, "Seccomp: no filters");
}

static long maxrss(int who)
{
	struct rusage u;

	return getrusage(who, &u) ? -1 : u.ru_maxrss;
}

static void touch_much(void *arg)
{
	unsigned long n = (unsigned long)arg * MIB;

	memset(anon_pages(n / PG, PROT_READ | PROT_WRITE), 1, n);
}

static void grandparent(void *arg)
{
	in_child(touch_much, arg);
}

static void unwaited(void *arg)
{
	long before = maxrss(RUSAGE_CHILDREN);
	struct rusage u;
	pid_t pid;

	signal(SIGCHLD, SIG_IGN);
	pid = fork();
	if (pid == 0) {
		touch_much(arg);
		_exit(0);
	}
	waitpid(pid, NULL, 0);		/* ECHILD, when it is gone */
	getrusage(RUSAGE_CHILDREN, &u);
	_exit(before || u.ru_maxrss || u.ru_minflt);
}

/* Figures may lag by some pages: Linux counts in batches. */
static void show_maxrss(void)
{
	long own = maxrss(RUSAGE_SELF), seen;
	char *p = anon_pages(8 * MIB / PG, PROT_READ | PROT_WRITE);

	memset(p, 1, 8 * MIB);
	check(maxrss(RUSAGE_SELF) >= own && maxrss(RUSAGE_SELF) >= 7 << 10,
	      "ru_maxrss counts what is there now");
	munmap(p, 8 * MIB);
	check_eq(in_child(unwaited, (void *)24), 0,
		 "a child that nobody waits for does not count");
	in_child(touch_much, (void *)16);
	seen = maxrss(RUSAGE_CHILDREN);
	check(seen >= 15 << 10 && seen < 48 << 10, "a child of 16 MiB");
	in_child(grandparent, (void *)48);
	check(maxrss(RUSAGE_CHILDREN) >= 47 << 10, "and its child of 48");
}

/* ---- root's files -------------------------------------------------------- */

static int open_refused(const char *path)
{
	int fd = open(path, O_RDONLY), err = errno;

	if (fd >= 0)
		close(fd);
	if (fd >= 0 || err != EACCES)
		printf("# %s can be opened\n", path);
	return fd < 0 && err == EACCES;
}

static void pry(void *arg)
{
	DIR *d = opendir("/proc/lectern");
	int bad = 0;
	struct dirent *e;
	char path[300];

	(void)arg;
	drop_rights();
	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.') {
			snprintf(path, sizeof(path), "/proc/lectern/%s",
				 e->d_name);
			bad |= !open_refused(path);
		}
	if (access("/proc/slabinfo", F_OK) == 0)
		bad |= !open_refused("/proc/slabinfo") << 1;
	_exit(bad);
}

int main(int argc, char **argv)
{
	(void)argc;
	if (getuid() != 0)
		return tap_skip_all("needs root");
	tap_find_self(argv[0]);
	tap_scratch("disclosure");
	show_maxrss();
	in_core();
	no_execution();
	hide_directories();
	show_vm_sizes();
	check_eq(in_child(pry, NULL), 0, "what only root reads");
	tap_scratch_end();
	return tap_done();
}
