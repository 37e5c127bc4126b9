/* SPDX-License-Identifier: MIT */
/*
 * The controller pids (row D9): counts, limits at every level, fork bombs that
 * stay within theirs.
 */
#include <poll.h>
#include <pthread.h>
#include "cg.h"

static void set_pids_values(void)
{
	cg_make("v");
	check(cg_is("v/pids.max", "max\n"), "no limit at first");
	check(cg_is("v/pids.current", "0\n"), "nobody");
	check(cg_is("v/pids.events", "max 0\n"), "nothing refused");
	check_eq(cg_put("v/pids.max", "7\n"), 0, "a limit");
	check(cg_is("v/pids.max", "7\n"), "it is told");
	check_eq(cg_put("v/pids.max", "0x10"), 0, "in another base");
	check(cg_is("v/pids.max", "16\n"), "of 16");
	check_eq(cg_put("v/pids.max", "010"), 0, "and another");
	check(cg_is("v/pids.max", "8\n"), "of 8");
	check_eq(cg_put("v/pids.max", "-1"), EINVAL, "less than none");
	check_eq(cg_put("v/pids.max", "4194305000"), EINVAL,
		 "more than numbers");
	check_eq(cg_put("v/pids.max", "9223372036854775808"), ERANGE,
		 "more than a number");
	check_eq(cg_put("v/pids.max", "08"), EINVAL, "no digit of 8");
	check_eq(cg_put("v/pids.max", "0x"), EINVAL, "no digit");
	check_eq(cg_put("v/pids.max", "3 4"), EINVAL, "two");
	check_eq(cg_put("v/pids.max", "maximum"), EINVAL, "a word");
	check_eq(cg_put("v/pids.max", "\n"), EINVAL, "nothing");
	check(cg_is("v/pids.max", "8\n"), "nothing changed");
	check_eq(cg_put("v/pids.current", "1"), EINVAL, "not to be written");
	check_eq(cg_put("v/pids.max", "max"), 0, "no limit again");
	cg_drop("v");
}

/* Forks until it may no more, and tells how many and why. */
static int told[2];

struct result {
	int forks, error;
};

static void count_forks(void *arg)
{
	struct result r = { 0, 0 };
	const char *group = arg;
	pid_t pids[16];

	if (cg_put(group, "0"))
		_exit(1);
	while (r.forks < COUNT(pids)) {
		pid_t pid = fork();

		if (pid == 0)
			cg_pause(NULL);
		if (pid < 0) {
			r.error = errno;
			break;
		}
		pids[r.forks++] = pid;
	}
	if (write(told[1], &r, sizeof(r)) != sizeof(r))
		_exit(2);
	for (int i = 0; i < r.forks; i++)
		cg_end(pids[i]);
	/* what it had is given back */
	cg_end(start_child(cg_pause, NULL));
	_exit(0);
}

static struct result forks_in(const char *group)
{
	struct result r = { -1, -1 };
	char file[64];
	int st;

	snprintf(file, sizeof(file), "%s/cgroup.procs", group);
	st = in_child(count_forks, file);
	check_eq(st, 0, "%s: forked, and forked again", group);
	if (read(told[0], &r, sizeof(r)) != sizeof(r))
		tap_bail("result");
	return r;
}

static void limit_group_pids(void)
{
	struct pollfd p = { .events = POLLPRI };
	struct result r;
	char buf[64];

	if (pipe(told))
		tap_bail("pipe");
	cg_make("a");
	cg_put("a/pids.max", "4");
	p.fd = open(cg_path("a/pids.events"), O_RDONLY);
	if (read(p.fd, buf, sizeof(buf)) < 0)
		tap_bail("pids.events");
	r = forks_in("a");
	check_eq(r.forks, 3, "itself and three");
	check_eq(r.error, EAGAIN, "then EAGAIN");
	check(cg_is("a/pids.current", "0\n"), "all are gone");
	check(cg_is("a/pids.events", "max 1\n"), "one was refused");
	check_eq(cg_number("a/pids.peak"), 4, "four at the most");
	check_eq(poll(&p, 1, -1), 1, "it was told");
	close(p.fd);
	/* the one above counts all below it */
	cg_put("a/cgroup.subtree_control", "+pids");
	cg_make("a/x");
	cg_make("a/y");
	r = forks_in("a/x");
	check_eq(r.forks, 3, "the limit above counts");
	check_eq(cg_put("a/x/pids.max", "2"), 0, "a narrower one");
	r = forks_in("a/x");
	check_eq(r.forks, 1, "the narrower one counts");
	check(cg_is("a/y/pids.current", "0\n"), "none beside");
	cg_drop("a/x");
	cg_drop("a/y");
	cg_drop("a");
}

/* Moves are not refused; zombies count till they are waited for. */
static void count_moves(void)
{
	siginfo_t si;
	pid_t p[3];

	cg_make("c");
	cg_put("c/pids.max", "1");
	for (int i = 0; i < 3; i++) {
		p[i] = start_child(cg_pause, NULL);
		check_eq(cg_put_number("c/cgroup.procs", p[i]), 0,
			 "one comes in");
	}
	check(cg_is("c/pids.current", "3\n"), "three, over the limit");
	kill(p[0], SIGKILL);
	waitid(P_PID, p[0], &si, WEXITED | WNOWAIT);
	check(cg_is("c/pids.current", "3\n"), "a zombie has a number");
	cg_end(p[0]);
	check(cg_is("c/pids.current", "2\n"), "until it is waited for");
	check_eq(cg_put("c/pids.max", "0"), 0, "a limit below what is there");
	check(cg_is("c/pids.current", "2\n"), "takes nobody's life");
	check_eq(cg_put("c/cgroup.kill", "1"), 0, "this does");
	for (int i = 1; i < 3; i++)
		cg_end(p[i]);
	check(cg_is("c/pids.current", "0\n"), "none");
	cg_drop("c");
}

static int gate[2];

static void *read_in_counted_thread(void *arg)
{
	char c;

	return read(gate[0], &c, 1) == 1 ? arg : NULL;
}

static void with_threads(void *arg)
{
	pthread_t t[2];

	(void)arg;
	if (pipe(gate) || cg_put("t/cgroup.procs", "0"))
		_exit(1);
	for (int i = 0; i < 2; i++)
		if (pthread_create(&t[i], NULL, read_in_counted_thread, NULL))
			_exit(2);
	if (!cg_is("t/pids.current", "3\n"))
		_exit(3);
	cg_put("t/pids.max", "3");
	if (pthread_create(&t[1], NULL, read_in_counted_thread, NULL) != EAGAIN)
		_exit(4);
	_exit(fork() == -1 && errno == EAGAIN ? 0 : 5);
}

static void fork_bomb_in_group(void *arg)
{
	(void)arg;
	if (cg_put("bomb/cgroup.procs", "0"))
		_exit(1);
	for (;;)
		fork();
}

/* Forks that fork: as many as may be, and the rest of the machine goes on. */
static void bombs(void)
{
	pid_t pid;

	cg_make("bomb");
	cg_put("bomb/pids.max", "40");
	pid = start_child(fork_bomb_in_group, NULL);
	check(eventually(cg_field("bomb/pids.events", "max") > 100),
	      "a fork bomb is refused often");
	check(cg_number("bomb/pids.current") <= 40, "it stays within");
	check_eq(cg_number("bomb/pids.peak"), 40, "and reached its limit");
	check_eq(in_child(do_nothing, NULL), 0, "others fork as before");
	check_eq(cg_put("bomb/cgroup.kill", "1"), 0, "the end of all of it");
	check(waitpid(pid, NULL, 0) == pid, "the first");
	check(eventually(cg_is("bomb/cgroup.procs", "")), "and the others");
	check(eventually(cg_number("bomb/pids.current") == 0), "reaped");
	cg_drop("bomb");
}

int main(void)
{
	cg_want("pids");
	if (!cg_begin("pids"))
		return tap_skip_all("no cgroup2 in " CG_TOP);
	if (access(cg_path("pids.max"), F_OK)) {
		rmdir(cg_dir);
		return tap_skip_all("no controller pids");
	}
	cg_put("cgroup.subtree_control", "+pids");
	set_pids_values();
	limit_group_pids();
	count_moves();
	cg_make("t");
	check_eq(in_child(with_threads, NULL), 0, "threads count");
	cg_drop("t");
	bombs();
	cg_put("cgroup.subtree_control", "-pids");
	cg_finish();
	return tap_done();
}
