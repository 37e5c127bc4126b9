/* SPDX-License-Identifier: MIT */
/*
 * boxbench PROGRAM - what it takes to leave the machine's name spaces, by
 * Debian's programs: `unshare` with a process in numbers of its own, until it
 * has ended, and two containers from the first fork to the first word of the
 * shell inside.  The mean of some runs and the least; between two of them the
 * machine rests, so that what a kernel puts off does not count for the next.
 */
#define _GNU_SOURCE
#include "bench.h"
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define RUNS	20
#define REST	100000		/* us */
#define USER	1000
#define GROUP	"/sys/fs/cgroup/boxbench"

static void become_program(char *const argv[], int out, uid_t user)
{
	if (out >= 0)
		dup2(out, 1);
	if (user && (setgid(user) || setuid(user)))
		_exit(98);
	execvp(argv[0], argv);
	_exit(99);
}

/* From fork() to the first byte that it says, or to its end if it says none. */
static u64 run_once(char *const argv[], uid_t user)
{
	int out[2], status = -1;
	u64 begin, took;
	ssize_t said;
	char c;
	pid_t pid;

	must(!pipe2(out, O_CLOEXEC), "pipe");
	begin = now();
	pid = fork();
	if (pid == 0)
		become_program(argv, out[1], user);
	close(out[1]);
	said = read(out[0], &c, 1);
	took = now() - begin;
	if (waitpid(pid, &status, 0) != pid || status) {
		fprintf(stderr, "%s ended with %x\n", argv[0], status);
		exit(1);
	}
	close(out[0]);
	return said == 1 ? took : now() - begin;
}

static void print_row(const char *name, char *const argv[], uid_t user)
{
	u64 least = 0, all = 0, took;

	run_once(argv, user);		/* files come into memory */
	for (int i = 0; i < RUNS; i++) {
		usleep(REST);
		took = run_once(argv, user);
		all += took;
		if (!i || took < least)
			least = took;
	}
	printf("%s\t%llu\n%s_least\t%llu\n", name, all / RUNS, name, least);
	fflush(stdout);
}

/* pivot_root(2) wants another root than the initial file system. */
static void leave_initial_root(void)
{
	must(!unshare(CLONE_NEWNS), "unshare");
	must(!mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private");
	mkdir("/root2", 0755);
	must(!mount("/", "/root2", NULL, MS_BIND | MS_REC, NULL), "bind");
	must(!chdir("/root2") && !mount(".", "/", NULL, MS_MOVE, NULL) &&
	     !chroot("."), "move");
}

/* The group and the root of docs/container.md. */
static void make_box(void)
{
	unsigned long only = MS_REMOUNT | MS_BIND | MS_RDONLY;

	must(!mkdir(GROUP, 0755), GROUP);
	mkdir("/box", 0755);
	must(!mount("/", "/box", NULL, MS_BIND, NULL) &&
	     !mount(NULL, "/box", NULL, only, NULL) &&
	     !mount("tmp", "/box/tmp", "tmpfs", 0, NULL) &&
	     !mount("/dev", "/box/dev", NULL, MS_BIND, NULL), "/box");
}

int main(int argc, char **argv)
{
	char *alone[] = { "unshare", "--pid", "--fork", "--mount-proc",
		argv[1], NULL };
	char *by_hand[] = { "sh", "-c", "echo 0 >" GROUP "/cgroup.procs; "
		"exec unshare -m -p -f -u -i -n -C sh -c 'cd /box; "
		"mount --move . /; exec chroot . sh -c echo'", NULL };
	char *bwrap[] = { "bwrap", "--ro-bind", "/", "/", "--proc", "/proc",
		"--dev", "/dev", "--tmpfs", "/tmp", "--unshare-all",
		"sh", "-c", "echo", NULL };

	must(argc == 2, "boxbench PROGRAM");
	sleep(3);
	leave_initial_root();
	make_box();
	print_row("unshare_and_back", alone, 0);
	print_row("container_to_shell", by_hand, 0);
	print_row("bwrap_to_shell", bwrap, USER);
	return 0;
}
