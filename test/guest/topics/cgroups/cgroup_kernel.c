/* SPDX-License-Identifier: MIT */
/*
 * What the kernel takes for a group (row D9): pages that only a system call can
 * take, and what becomes of the call, or of its caller,
 at the limit; stacks and
 * objects of the kernel.
 */
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "cgmem.h"

static void fills_pipes(void *arg)
{
	static char block[4096];
	int p[2];

	enter_group(arg);
	for (int i = 0; i < 16; i++) {
		if (pipe(p))
			_exit(3);
		fcntl(p[1], F_SETFL, O_NONBLOCK);
		while (write(p[1], block, sizeof(block)) > 0)
			;
	}
	tell_test('.');
	cg_pause(NULL);
}

static void of_the_kernel(void)
{
	pid_t pid;

	cg_make("q");
	pid = start_child(fills_pipes, "q");
	check_eq(heard_from_child(), '.', "pipes are full");
	check(cg_number("q/memory.current") >= MIB, "what is in them counts");
	check(cg_field("q/memory.stat", "kernel") >= MIB, "as the kernel's");
	cg_end(pid);
	check(cg_number("q/memory.current") < MIB / 2, "until they are gone");
	check_eq(cg_drop("q"), 0, "it goes");
}

static int was_killed(int st)
{
	return WIFSIGNALED(st) && WTERMSIG(st) == SIGKILL;
}

/* ---- at the limit -------------------------------------------------------- */

/* Pipes without end, or until a call fails. */
static void only_pipes(void *arg)
{
	static char block[65536];
	int p[2];

	enter_group(arg);
	for (int i = 0; i < 200; i++) {
		if (pipe(p))
			_exit(3);
		fcntl(p[1], F_SETFL, O_NONBLOCK);
		while (write(p[1], block, sizeof(block)) > 0)
			;
		if (errno != EAGAIN)
			_exit(4);
	}
	_exit(0);
}

/* A file in memory of three MiB, in as many writes as it takes. */
static void write_in_group(void *arg)
{
	static char block[65536];
	int fd = (int)syscall(SYS_memfd_create, "file", 0);
	long all = 0, n;

	if (fd < 0)
		_exit(5);
	enter_group(arg);
	while (all < 3 * MIB) {
		n = write(fd, block, sizeof(block));
		if (n <= 0)
			_exit(6);
		all += n;
	}
	if (lseek(fd, 0, SEEK_END) != all)
		_exit(7);
	_exit(0);
}

static void at_the_limit(void)
{
	pid_t big;
	int st;

	cg_make("l");
	cg_put("l/memory.max", "4M");
	cg_put("l/memory.swap.max", "0");
	check_eq(in_child(write_in_group, "l"), 0, "a file below the limit");
	check_eq(cg_field("l/memory.events", "oom_kill"), 0, "nobody dies");
	cg_put("l/memory.max", "2M");
	check(was_killed(in_child(write_in_group, "l")),
	      "who writes beyond it dies");
	check_eq(cg_field("l/memory.events", "oom_kill"), 1, "it is told");
	check(cg_field("l/memory.events", "oom") >= 1, "and why");
	check(was_killed(in_child(only_pipes, "l")), "and who fills pipes");
	check_eq(cg_field("l/memory.events", "oom_kill"), 2, "of that");
	check(cg_number("l/memory.peak") <= 4 * MIB + MIB / 4,
	      "what a call takes beyond it is little");
	check(cg_number("l/memory.current") < MIB, "and given back");

	cg_put("l/memory.max", "6M");
	big = start_staying("l", 4 * MIB);
	check_eq(in_child(write_in_group, "l"), 0,
		 "a call that is refused goes on after another has died");
	check_eq(waitpid(big, &st, 0), big, "who had more");
	check(was_killed(st), "was killed");
	check_eq(cg_field("l/memory.events", "oom_kill"), 3, "for the limit");
	check_eq(cg_drop("l"), 0, "it goes");
}

/* ---- stacks, objects ----------------------------------------------------- */

static void has_children(void *arg)
{
	enter_group(arg);
	for (int i = 0; i < 20; i++) {
		pid_t pid = fork();

		if (pid < 0)
			_exit(3);
		if (!pid)
			cg_pause(NULL);
	}
	tell_test('.');
	cg_pause(NULL);
}

static void charge_stacks(void)
{
	long stack = 4096, now;
	pid_t pid;

	cg_make("s");
	check_eq(cg_field("s/memory.stat", "kernel_stack"), 0, "no task");
	pid = start_child(has_children, "s");
	check_eq(heard_from_child(), '.', "twenty children");
	now = (long)cg_field("s/memory.stat", "kernel_stack");
	check(now >= 20 * stack, "have a stack each");
	check(cg_field("s/memory.stat", "kernel") >= now +
	      cg_field("s/memory.stat", "pagetables"), "of the kernel");
	check(cg_field("s/memory.stat", "slab") > 0, "and its objects");
	check_eq(cg_put("s/cgroup.kill", "1"), 0, "all die");
	cg_end(pid);
	for (int i = 0; i < 500 && *cg_get("s/cgroup.procs"); i++)
		nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
	/* Linux keeps a few, and their charge */
	check(cg_field("s/memory.stat", "kernel_stack") <=
	      (on_other_kernel() ? now / 2 : 0), "none is left");
	check_eq(cg_drop("s"), 0, "it goes");
}

#ifndef SYS_socketpair
#define SYS_socketpair 199
#endif

/* Data that waits in sockets. */
static void fills_sockets(void *arg)
{
	static char block[4096];
	int p[2];

	enter_group(arg);
	for (int i = 0; i < 40; i++) {
		/* AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK */
		if (syscall(SYS_socketpair, 1, 1 | 04000, 0, p))
			_exit(8);
		while (write(p[1], block, sizeof(block)) > 0)
			;
		if (errno != EAGAIN)
			_exit(9);
	}
	tell_test('.');
	cg_pause(NULL);
}

static void charge_sockets(void)
{
	pid_t pid;

	if (syscall(SYS_socketpair, 1, 1, 0, NULL) && errno == ENOSYS) {
		tap_skip("sockets", "there are none");
		return;
	}
	cg_make("k");
	pid = start_child(fills_sockets, "k");
	check_eq(heard_from_child(), '.', "sockets are full");
	check(cg_number("k/memory.current") >= 3 * MIB, "what waits counts");
	check(cg_field("k/memory.stat", "kernel") >= 3 * MIB,
	      "as the kernel's");
	cg_end(pid);
	check(cg_number("k/memory.current") < MIB, "until it is gone");
	cg_put("k/memory.max", "2M");
	cg_put("k/memory.swap.max", "0");
	check(was_killed(in_child(fills_sockets, "k")), "and is limited");
	check_eq(cg_field("k/memory.events", "oom_kill"), 1, "by a death");
	check_eq(cg_drop("k"), 0, "it goes");
}

int main(void)
{
	if (!mem_begin("kernel"))
		return tap_skip_all("no controller memory");
	of_the_kernel();
	at_the_limit();
	charge_stacks();
	charge_sockets();
	return mem_finish();
}
