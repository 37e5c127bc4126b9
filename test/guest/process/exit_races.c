/* SPDX-License-Identifier: MIT */
/*
 * The ends of a process, from any of its threads and from several at once:
 * exit, exit_group, exec, a fatal signal, a fault, the last thread leaving;
 * each against each other, again and again.  One of those that race decides
 * the status, and nothing hangs or stays (rows B11, B16, D1, D10).
 */
#include <sched.h>
#include <thread.h>
#include <time.h>
#include "tap.h"

#define CROWD	6
#define ROUNDS	12

enum { EXIT_GROUP, EXEC, KILL, FAULT, LEAVE, VFORK_EXEC, BAD_EXEC, WAYS };

static const char *const names[WAYS] = {
	"exit_group", "exec", "SIGKILL", "a fault", "exit", "vfork and exec",
	"an exec that fails",
};

static volatile int gate;
static int how[2];
static char *exec_argv[3];

static int exec_other(void *arg)
{
	(void)arg;
	execv(tap_self, exec_argv);
	_exit(99);
}

static void end_by(int way)
{
	char stack[4096] __attribute__((aligned(16)));
	char *none[] = { NULL };

	switch (way) {
	case EXIT_GROUP:
		raw_syscall(SYS_exit_group, 40 + EXIT_GROUP);
		break;
	case EXEC:
		exec_other(NULL);
		break;
	case KILL:
		kill(getpid(), SIGKILL);
		break;
	case FAULT:
		load_byte(BAD);
		break;
	case VFORK_EXEC:
		__clone(exec_other, stack + sizeof(stack), CLONE_VM |
			CLONE_VFORK | SIGCHLD, NULL, NULL, NULL, NULL);
		break;
	case BAD_EXEC:
		execv("/", none);
		break;
	}
	raw_syscall(SYS_exit, 0);	/* only this thread */
}

/* Even threads end in the first way, odd ones in the second. */
static void *racer(void *arg)
{
	long i = (long)arg;

	while (!gate)
		sched_yield();
	for (volatile int n = 0; n < i * 50; n++)
		;
	end_by(how[i & 1]);
	return NULL;
}

static void race(void *arg)
{
	static struct thread t[CROWD];

	gate = 0;
	for (long i = 0; i < CROWD; i++)
		if (thread_create(&t[i], racer, (void *)i))
			_exit(98);
	gate = 1;
	end_by(how[(long)arg & 1]);
}

/* => may a process whose threads end in these ways have this status? */
static int possible(int st, int way)
{
	switch (way) {
	case EXIT_GROUP:
		return st == (40 + EXIT_GROUP) << 8;
	case EXEC:
		return st == (40 + EXEC) << 8;
	case KILL:
		return st == SIGKILL;
	case FAULT:
		return st == SIGSEGV;
	default:
		return st == 0;
	}
}

/* These end one thread only: they decide where nobody ends all. */
static int ends_one_thread(int way)
{
	return way >= LEAVE;
}

static int decides(int way, int other)
{
	return !ends_one_thread(way) || ends_one_thread(other);
}

static void all_pairs(void)
{
	for (int a = 0; a < WAYS; a++) {
		for (int b = a; b < WAYS; b++) {
			int bad = 0;

			how[0] = a;
			how[1] = b;
			for (long n = 0; n < ROUNDS; n++) {
				int st = in_child(race, (void *)n);

				if (!(decides(a, b) && possible(st, a)) &&
				    !(decides(b, a) && possible(st, b))) {
					printf("# status %#x\n", st);
					bad++;
				}
			}
			check_eq(bad, 0, "%s against %s", names[a], names[b]);
		}
	}
}

/* ---- from each thread in turn -------------------------------------------- */

static int chosen;

static void *end_if_chosen(void *arg)
{
	while (!gate)
		sched_yield();
	if ((long)arg == chosen)
		end_by(how[0]);
	for (;;)
		pause();
	return NULL;
}

static void from_one(void *arg)
{
	static struct thread t[CROWD];

	(void)arg;
	gate = 0;
	for (long i = 1; i < CROWD; i++)
		if (thread_create(&t[i], end_if_chosen, (void *)i))
			_exit(98);
	gate = 1;
	end_if_chosen(NULL);
}

static void each_thread(void)
{
	static const int ways[] = { EXIT_GROUP, EXEC, KILL, FAULT };

	for (int w = 0; w < COUNT(ways); w++) {
		int bad = 0;

		how[0] = ways[w];
		for (chosen = 0; chosen < CROWD; chosen++)
			bad += !possible(in_child(from_one, NULL), ways[w]);
		check_eq(bad, 0, "%s by each of %d threads",
			 names[ways[w]], CROWD);
	}
}

/* ---- while threads are made ---------------------------------------------- */

static void *makes_more(void *arg)
{
	struct thread *t = malloc(sizeof(*t));

	(void)arg;
	if (t)
		thread_create(t, makes_more, NULL);
	for (;;)
		sched_yield();
	return NULL;
}

static void end_while_growing(void *arg)
{
	static struct thread t;

	thread_create(&t, makes_more, NULL);
	usleep((unsigned int)(long)arg * 300);
	end_by(how[0]);
	for (;;)
		pause();
}

static void ends_while_growing(void)
{
	static const int ways[] = { EXIT_GROUP, EXEC, KILL, FAULT };

	for (int w = 0; w < COUNT(ways); w++) {
		int bad = 0;

		how[0] = ways[w];
		for (long n = 0; n < 6; n++)
			bad += !possible(in_child(end_while_growing, (void *)n),
					 ways[w]);
		check_eq(bad, 0, "%s while threads make threads",
			 names[ways[w]]);
	}
}

/* Killed from outside at any moment of an exec. */
static void execs_for_ever(void *arg)
{
	char *argv[] = { tap_self, "-again", NULL };

	(void)arg;
	execv(tap_self, argv);
}

static void kill_while_executing(void)
{
	int bad = 0, st;

	for (unsigned int n = 0; n < 40; n++) {
		pid_t pid = fork();

		if (pid == 0) {
			execs_for_ever(NULL);
			_exit(1);
		}
		usleep(n * 97);
		kill(pid, SIGKILL);
		waitpid(pid, &st, 0);
		bad += st != SIGKILL;
	}
	check_eq(bad, 0, "killed somewhere in an exec");
}

int main(int argc, char **argv)
{
	tap_find_self(argv[0]);
	if (argc > 1 && !strcmp(argv[1], "-again"))
		execs_for_ever(NULL);
	if (argc > 1)
		return 40 + EXEC;
	exec_argv[0] = tap_self;
	exec_argv[1] = "-exec";
	all_pairs();
	each_thread();
	ends_while_growing();
	kill_while_executing();
	check_err(ECHILD, waitpid(-1, NULL, __WALL), "nobody is left");
	return tap_done();
}
