/* SPDX-License-Identifier: MIT */
/*
 * cgroup.freeze and cgroup.kill (row D9): a group that stands still and goes on
 * as if nothing had been, however its members wait; and one that ends.
 */
#include <sched.h>
#include <time.h>
#include "cg.h"

static volatile unsigned *counter;	/* shared with the children */

static void count_until_frozen(void *arg)
{
	(void)arg;
	for (;;)
		++*counter;
}

/* => does the group come to say so? */
static int group_comes_to_say(const char *file, const char *text)
{
	return eventually(strstr(cg_get(file), text));
}

static int counter_stands(void)
{
	unsigned was = *counter;

	for (int i = 0; i < 200; i++)
		sched_yield();
	usleep(20000);
	return *counter == was;
}

static void running(void)
{
	pid_t pid = start_child(count_until_frozen, NULL);

	cg_make("f");
	cg_put_number("f/cgroup.procs", pid);
	(void)eventually(*counter);
	check_eq(cg_put("f/cgroup.freeze", "1"), 0, "freeze one that runs");
	check(group_comes_to_say("f/cgroup.events", "frozen 1"),
	      "it is frozen");
	check(cg_is("f/cgroup.freeze", "1\n"), "as was asked");
	check(counter_stands(), "and does nothing");
	kill(pid, SIGUSR1);		/* its end, once it goes on */
	check(counter_stands(), "nor for a signal");
	check(group_comes_to_say("f/cgroup.events", "frozen 1"),
	      "it is still frozen");
	check_eq(cg_put("f/cgroup.freeze", "0"), 0, "thaw");
	check(group_comes_to_say("f/cgroup.events", "frozen 0"),
	      "it is not frozen");
	check(waitpid(pid, NULL, 0) == pid, "the signal came through");
	cg_drop("f");
}

/* Calls that sleep: made again, and what was waited for comes. */
static int pipes[2];

static void read_one_byte(void *arg)
{
	char c = 0;

	(void)arg;
	_exit(read(pipes[0], &c, 1) == 1 ? c : 99);
}

static long nap_ms;

static long ms_by_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void sleep_frozen(void *arg)
{
	struct timespec left, t = {
		.tv_sec = nap_ms / 1000, .tv_nsec = nap_ms % 1000 * 1000000
	};

	(void)arg;
	_exit(nanosleep(&t, &left) ? 98 : 0);
}

struct sleepers {
	pid_t reader, napper;
	int err;			/* of freezing them */
	int frozen;
};

/* Freeze two that sleep.  => 0: that took so long that the nap may be over */
static int freeze_sleepers(struct sleepers *s)
{
	long begun = ms_by_clock();

	s->reader = start_child(read_one_byte, NULL);
	s->napper = start_child(sleep_frozen, NULL);
	cg_put_number("s/cgroup.procs", s->reader);
	cg_put_number("s/cgroup.procs", s->napper);
	(void)eventually(tap_state(s->reader, s->reader) == 'S');
	(void)eventually(tap_state(s->napper, s->napper) == 'S');
	s->err = cg_put("s/cgroup.freeze", "1");
	s->frozen = group_comes_to_say("s/cgroup.events", "frozen 1");
	return ms_by_clock() - begun < nap_ms;
}

static void freeze_sleeping(void)
{
	struct sleepers s;
	int st;

	if (pipe(pipes))
		tap_bail("pipe");
	cg_make("s");
	for (nap_ms = 50; !freeze_sleepers(&s); nap_ms *= 4) {
		cg_put("s/cgroup.freeze", "0");
		cg_end(s.reader);
		cg_end(s.napper);
	}
	check_eq(s.err, 0, "freeze those who sleep");
	check(s.frozen, "they are frozen");
	if (write(pipes[1], "\x07", 1) != 1)
		tap_bail("write");
	usleep((unsigned)nap_ms * 1000 + 10000);
	check_eq(waitpid(-1, &st, WNOHANG), 0, "neither goes on");
	cg_put("s/cgroup.freeze", "0");
	check(waitpid(s.reader, &st, 0) == s.reader && WEXITSTATUS(st) == 7,
	      "the read was made again");
	check(waitpid(s.napper, &st, 0) == s.napper && st == 0,
	      "and the sleep went on");
	close(pipes[0]);
	close(pipes[1]);
	cg_drop("s");
}

static void fork_in_group(void *arg)
{
	(void)arg;
	if (fork() < 0)
		_exit(1);
	cg_pause(NULL);
}

static void hierarchy(void)
{
	pid_t a = start_child(fork_in_group, NULL),
		b = start_child(cg_pause, NULL);
	pid_t c = start_child(count_until_frozen, NULL);

	cg_make("h");
	cg_make("h/i");
	check(group_comes_to_say("h/cgroup.events", "frozen 0"), "not frozen");
	cg_put_number("h/i/cgroup.procs", a);
	check_eq(cg_put("h/cgroup.freeze", "1"), 0, "freeze the upper one");
	check(group_comes_to_say("h/i/cgroup.events", "frozen 1"),
	      "the lower one is");
	check(group_comes_to_say("h/cgroup.events", "frozen 1"),
	      "and then the upper one");
	check(cg_is("h/i/cgroup.freeze", "0\n"), "that was not asked");
	cg_put_number("h/cgroup.procs", b);
	check(group_comes_to_say("h/cgroup.events", "frozen 1"),
	      "who comes freezes");
	cg_put_number("h/i/cgroup.procs", c);
	(void)eventually(*counter);
	check(group_comes_to_say("h/i/cgroup.events", "frozen 1"),
	      "also into the lower one");
	check(counter_stands(), "and does nothing there");
	check_eq(cg_make("h/new"), 0, "a new group below");
	check(cg_is("h/new/cgroup.events", "populated 0\nfrozen 1\n"),
	      "is frozen, too");
	cg_drop("h/new");
	cg_make("out");
	cg_put_number("out/cgroup.procs", b);
	check(eventually(tap_state(b, b) == 'S'), "who leaves thaws");
	kill(b, SIGTERM);
	check(waitpid(b, NULL, 0) == b, "and acts");
	check(group_comes_to_say("h/cgroup.events", "frozen 1"),
	      "the rest is frozen");
	check_eq(cg_put("h/cgroup.kill", "1"), 0, "kill those in a frozen one");
	check(waitpid(a, NULL, 0) == a, "they end");
	check(waitpid(c, NULL, 0) == c, "who came, too");
	check(group_comes_to_say("h/cgroup.events", "populated 0"),
	      "all of them");
	check_eq(cg_put("h/cgroup.freeze", "2"), ERANGE, "neither 0 nor 1");
	check_eq(cg_put("h/cgroup.freeze", "-1"), ERANGE, "nor less");
	check_eq(cg_put("h/cgroup.freeze", "yes"), EINVAL, "no number");
	cg_drop("out");
	cg_drop("h/i");
	cg_drop("h");
}

static void freeze_stopped(void)
{
	pid_t pid = start_child(cg_pause, NULL);

	cg_make("st");
	cg_put_number("st/cgroup.procs", pid);
	kill(pid, SIGSTOP);
	check(comes_to(pid, "T"), "one that is stopped");
	cg_put("st/cgroup.freeze", "1");
	check(group_comes_to_say("st/cgroup.events", "frozen 1"),
	      "counts as frozen");
	kill(pid, SIGKILL);
	check(waitpid(pid, NULL, 0) == pid, "and can be killed");
	cg_drop("st");
}

static void killing(void)
{
	pid_t a = start_child(fork_in_group, NULL),
		b = start_child(cg_pause, NULL);
	int st = 0;

	cg_make("k");
	cg_make("k/l");
	cg_put_number("k/cgroup.procs", a);
	cg_put_number("k/l/cgroup.procs", b);
	check_eq(cg_put("k/cgroup.kill", "0"), ERANGE, "only 1");
	check_eq(cg_put("k/cgroup.kill", "x"), EINVAL, "a number");
	check_eq(cg_put("k/cgroup.kill", "1"), 0, "kill");
	check(waitpid(a, &st, 0) == a && WTERMSIG(st) == SIGKILL, "one");
	check(waitpid(b, &st, 0) == b && WTERMSIG(st) == SIGKILL,
	      "and one below");
	check(group_comes_to_say("k/cgroup.events", "populated 0"),
	      "none is left");
	cg_drop("k/l");
	cg_drop("k");
}

int main(void)
{
	if (!cg_begin("freeze"))
		return tap_skip_all("no cgroup2 in " CG_TOP);
	counter = mmap(NULL, PG, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	running();
	freeze_sleeping();
	hierarchy();
	freeze_stopped();
	killing();
	cg_finish();
	return tap_done();
}
