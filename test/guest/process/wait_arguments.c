/* SPDX-License-Identifier: MIT */
/*
 * Waiting for children: which of two bad arguments is told, what is written
 * when there is nothing to tell, and which children each flag means (rows B3,
 * B16).
 */
#include "arguments.h"

#define B	BAD_AT
#define P	PAGES_AT
#define FILLED	0xa5

static const struct call_row rows[] = {
	{ "wait4: flag, nobody",
	  SYS_wait4,
	  { NO_PROCESS, B, NO_FLAG >> 2, B },
	  EINVAL },
	{ "flag, the least number",
	  SYS_wait4,
	  { 0x80000000L, 0, 4, 0 },
	  EINVAL },
	{ "the least number", SYS_wait4, { 0x80000000L, B, 0, B }, ESRCH },
	{ "nobody, bad pointer", SYS_wait4, { NO_PROCESS, B, 1, B }, ECHILD },
	{ "waitid: flag, bad kind", SYS_waitid, { 99, 0, 0, 64, 0 }, EINVAL },
	{ "asks for nothing, nobody",
	  SYS_waitid,
	  { 1, NO_PROCESS, P, 0, 0 },
	  EINVAL },
	{ "asks for nothing, bad pointer",
	  SYS_waitid,
	  { 0, 0, B, 0, 0 },
	  EFAULT },
	{ "no number, bad pointer", SYS_waitid, { 1, 0, B, 4, 0 }, EFAULT },
	{ "no number, bad usage", SYS_waitid, { 1, 0, P, 4, B }, EINVAL },
	{ "bad descriptor, bad pointer",
	  SYS_waitid,
	  { 3, 99, B, 4, 0 },
	  EFAULT },
	{ "bad descriptor, bad usage", SYS_waitid, { 3, 99, P, 4, B }, EBADF },
	{ "negative descriptor", SYS_waitid, { 3, -1, P, 4, 0 }, EINVAL },
	{ "no descriptor of a process", SYS_waitid, { 3, 1, P, 4, 0 }, EBADF },
	{ "nobody, bad pointer",
	  SYS_waitid,
	  { 1, NO_PROCESS, B, 4, 0 },
	  EFAULT },
	{ "nobody, bad usage", SYS_waitid, { 1, NO_PROCESS, P, 4, B }, ECHILD },
	{ "any, asks for nothing", SYS_waitid, { 0, 0, 0, 1, 0 }, EINVAL },
};


static void clear_information(void)
{
	unsigned char info[128];
	long r;

	memset(info, FILLED, sizeof(info));
	r = raw_syscall(SYS_waitid, 1, 0x7fffffff, info, 8, NULL);
	check_eq(r, -ECHILD, "waitid finds no such child");
	check_eq(info[0] | info[4] | info[8], 0, "its structure is cleared");
	check_eq(info[sizeof(long) == 8 ? 27 : 23], 0, "as far as it tells");
	check_eq(info[28], FILLED, "and no further");
	r = raw_syscall(SYS_waitid, 1, 0x7fffffff, BAD, 0, NULL);
	check_eq(r, -EFAULT, "it is written even when options are wrong");
}

static void wait_for_the_dead(void)
{
	char info[128];
	int child = fork();

	if (!child)
		_exit(0);
	/* WEXITED | WNOWAIT: it has ended; then WNOHANG | WCONTINUED */
	raw_syscall(SYS_waitid, 1, child, info, 0x1000004, NULL);
	check_eq(raw_syscall(SYS_waitid, 1, child, info, 9, NULL), -ECHILD,
		 "waitid: who ended is nobody to wait for otherwise");
	waitpid(child, NULL, 0);
}

static volatile int children;

static void count_children(int sig)
{
	(void)sig;
	children++;
}

static void wait_by_each_flag(void)
{
	struct sigaction sa = { .sa_handler = count_children,
				.sa_flags = SA_NOCLDSTOP | SA_RESTART };
	pid_t pid;
	int st;

	sigaction(SIGCHLD, &sa, NULL);
	pid = fork();
	if (pid == 0) {
		raise(SIGSTOP);
		_exit(3);
	}
	check_eq(waitpid(pid, &st, WUNTRACED), pid, "it stops");
	check_eq(children, 0, "SA_NOCLDSTOP: silently");
	kill(pid, SIGCONT);
	check_eq(syscall(SYS_wait4, pid, &st, 0x20000000, NULL), pid,
		 "__WNOTHREAD");
	check_eq(children, 1, "its end is told");
	signal(SIGCHLD, SIG_DFL);
	pid = (int)syscall(SYS_clone, 0, 0, 0, 0, 0);
	if (pid == 0)
		_exit(4);
	check_err(ECHILD, syscall(SYS_wait4, pid, &st, 0, NULL),
		  "no child without a signal");
	check_eq(syscall(SYS_wait4, pid, &st, 0x80000000u, NULL), pid,
		 "__WCLONE: but of that kind");
	pid = (int)syscall(SYS_clone, 0, 0, 0, 0, 0);
	if (pid == 0)
		_exit(4);
	check_eq(syscall(SYS_wait4, pid, &st, 0x40000000, NULL), pid,
		 "__WALL: of any");
	check_err(EINVAL, syscall(SYS_wait4, -1, &st, 4, NULL), "no flag");
}

int main(void)
{
	ask_rows(rows, COUNT(rows));
	clear_information();
	wait_for_the_dead();
	wait_by_each_flag();
	return tap_done();
}
