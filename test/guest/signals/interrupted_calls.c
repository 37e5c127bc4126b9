/* SPDX-License-Identifier: MIT */
/*
 * Every call that sleeps, disturbed while it does: killed, stopped and
 * continued, interrupted by a handler; and all of them at once, in threads,
 * when the process exits, is killed or runs another program (rows B6, B8,
 * B11).
 */
#include <sched.h>
#include <thread.h>
#include "blocking.h"
#include "sleepers.h"

#define SETTLE_MS	100000

/* Is word one of those in the list, which blanks separate? */
static int in_list(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (; *list; list += strcspn(list, " "), list += *list == ' ')
		if (!strncmp(list, word, n) &&
		    (list[n] == ' ' || list[n] == '\0'))
			return 1;
	return 0;
}

/* Every call of this ABI is disturbed here or known not to sleep. */
static void all_covered(void)
{
	static const struct { int nr; const char *name, *args; } calls[] = {
#include "fuzz_calls.h"
	};
	int missing = 0;

	for (int i = 0; i < COUNT(calls); i++) {
		int found = in_list(never_sleeps, calls[i].name);

		for (int k = 0; k < COUNT(sleepers); k++)
			found |= in_list(sleepers[k].covers, calls[i].name);
		if (!found)
			printf("# %s: if it may sleep it gets a row of "
			       "sleepers.h; else: ./lectern update\n",
			       calls[i].name);
		missing += !found;
	}
	check_eq(missing, 0, "of %d calls those that sleep are known",
		 COUNT(calls));
}

static volatile int handled;

static void count_interruptions(int sig)
{
	(void)sig;
	handled++;
}

static void with_handler(unsigned long flags)
{
	struct sigaction sa = { .sa_handler = count_interruptions,
			       .sa_flags = flags };

	sigaction(SIGUSR1, &sa, NULL);
}

/* Exit status of a sleeper: 0 EINTR, 1 something else, 2 no handler ran. */
static void sleep_as(const struct sleeper *s, unsigned long flags)
{
	long r;

	setpgid(0, 0);
	with_handler(flags);
	if (s->how & WANTS_CHILD)
		child = start_pausing();
	errno = 0;
	r = s->fn();
	if (r != -1 || errno != EINTR) {
		printf("# %s: result %ld errno %d\n", s->name, r, errno);
		_exit(1);
	}
	_exit(handled ? 0 : 2);
}

static pid_t start_asleep(const struct sleeper *s, unsigned long flags)
{
	pid_t pid = fork();

	if (pid < 0)
		tap_bail("fork");
	if (pid == 0)
		sleep_as(s, flags);
	if (!comes_to(pid, "SD"))
		printf("# %s: does not sleep\n", s->name);
	return pid;
}

/* => wait status, or -1 if it does not end */
static int status_in_time(pid_t pid)
{
	uint64_t end = now_ns() + SETTLE_MS * 1000000ULL;
	int st;

	while (now_ns() < end) {
		if (waitpid(pid, &st, WNOHANG) == pid)
			return st;
		usleep(500);
	}
	return -1;
}

static void kill_sleeper(const struct sleeper *s)
{
	pid_t pid = start_asleep(s, 0);

	kill(pid, SIGKILL);
	check_eq(status_in_time(pid), SIGKILL, "%s: killed", s->name);
	kill(-pid, SIGKILL);
}

/* Asleep again; as for signal(7), a few calls end with EINTR instead. */
static int asleep_again(const struct sleeper *s, pid_t pid)
{
	if (s->how & HANDLER_LATE)
		return comes_to(pid, "D");
	return comes_to(pid, "S");
}

static void stop_sleeper(const struct sleeper *s)
{
	pid_t pid = start_asleep(s, 0);
	int ok = 1;

	if (s->how & STOP_ENDS) {
		kill(pid, SIGSTOP);
		ok = comes_to(pid, "T");
		kill(pid, SIGCONT);
		check(ok && status_in_time(pid) == 2 << 8,
		      "%s: ends with EINTR after SIGCONT", s->name);
		return;
	}
	for (int i = 0; i < 3; i++) {
		kill(pid, SIGSTOP);
		if (!(s->how & HANDLER_LATE))	/* that one sleeps deeply */
			ok &= comes_to(pid, "T");
		kill(pid, SIGCONT);
		ok &= asleep_again(s, pid);
	}
	check(ok, "%s: sleeps on after SIGCONT", s->name);
	kill(pid, SIGSTOP);
	kill(pid, SIGKILL);
	check_eq(status_in_time(pid), SIGKILL, "%s: killed while stopped",
		 s->name);
	kill(-pid, SIGKILL);
}

static void interrupt_sleeper(const struct sleeper *s)
{
	pid_t pid;
	int ok;

	if (s->how & HANDLER_LATE)
		return;
	pid = start_asleep(s, 0);
	kill(pid, SIGUSR1);
	check_eq(status_in_time(pid), 0, "%s: EINTR", s->name);
	kill(-pid, SIGKILL);
	pid = start_asleep(s, SA_RESTART);
	for (int i = 0; i < 3; i++) {
		kill(pid, SIGUSR1);
		usleep(1000);
	}
	if (!(s->how & RESTARTS)) {
		check_eq(status_in_time(pid), 0,
			 "%s: EINTR with SA_RESTART too",
			 s->name);
	} else {
		ok = comes_to(pid, "S");
		check(ok, "%s: goes on with SA_RESTART", s->name);
		kill(pid, SIGKILL);
		check_eq(status_in_time(pid), SIGKILL, "%s: and can be killed",
			 s->name);
	}
	kill(-pid, SIGKILL);
}

/* ---- all at once --------------------------------------------------------- */

static void *call_in_thread(void *arg)
{
	const struct sleeper *s = arg;
	volatile long r;

	do {
		r = s->fn();
	} while (r != -12345);
	return NULL;
}

static void end_with_sleepers(void)
{
	static struct thread t[COUNT(sleepers)];
	sigset_t all = ~(sigset_t)0;

	sigprocmask(SIG_SETMASK, &all, NULL);
	child = start_pausing();
	for (int i = 0; i < COUNT(sleepers); i++) {
		if (sleepers[i].how & NOT_IN_THREAD || !is_here(&sleepers[i]))
			continue;
		thread_create(&t[i], call_in_thread, (void *)&sleepers[i]);
		wait_asleep(t[i].tid);
	}
}

static void *exec_exit(void *arg)
{
	char *argv[] = { tap_self, "-exit", NULL };

	(void)arg;
	execv(tap_self, argv);
	_exit(3);
}

static void end_by_exit(void *arg)
{
	(void)arg;
	setpgid(0, 0);
	end_with_sleepers();
	_exit(7);
}

static void end_by_exec(void *arg)
{
	(void)arg;
	setpgid(0, 0);
	end_with_sleepers();
	exec_exit(NULL);
}

/* Not the first thread execs; that one sleeps. */
static void end_by_exec_of_thread(void *arg)
{
	static struct thread t;

	(void)arg;
	setpgid(0, 0);
	end_with_sleepers();
	thread_create(&t, exec_exit, NULL);
	for (;;)
		s_read();
}

static void end_by_signal(void *arg)
{
	(void)arg;
	setpgid(0, 0);
	end_with_sleepers();
	kill(getpid(), SIGKILL);
	for (;;)
		;
}

static void end_by_fault(void *arg)
{
	(void)arg;
	setpgid(0, 0);
	end_with_sleepers();
	sigprocmask(SIG_SETMASK, &(sigset_t){ 0 }, NULL);
	load_byte(BAD);
}

static void all_end(const char *what, void (*fn)(void *), int want)
{
	pid_t pid = fork();

	if (pid == 0)
		fn(NULL);
	check_eq(status_in_time(pid), want, "threads asleep everywhere, %s",
		 what);
	kill(-pid, SIGKILL);
}

/* Stops and continues as fast as can be while it works and sleeps. */
static void stop_and_go(void)
{
	pid_t pid = fork();
	int st, n = 0;

	if (pid == 0) {
		struct timespec t = { 0, 100000 };

		for (int i = 0; i < 400; i++) {
			nanosleep(&t, NULL);
			if (fork() == 0)
				_exit(0);
			wait(NULL);
		}
		_exit(5);
	}
	while (waitpid(pid, &st, WNOHANG) == 0) {
		kill(pid, n & 1 ? SIGCONT : SIGSTOP);
		if (++n % 64 == 0) {
			kill(pid, SIGCONT);
			usleep(2000);
		}
	}
	check_eq(st, 5 << 8, "a storm of SIGSTOP and SIGCONT is survived");
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return 7;
	tap_find_self(argv[0]);
	tap_scratch("interrupted_calls");
	set_sleepers_up();
	all_covered();
	for (int i = 0; i < COUNT(sleepers); i++) {
		if (!is_here(&sleepers[i])) {
			tap_skip(sleepers[i].name, "not in this kernel");
			continue;
		}
		kill_sleeper(&sleepers[i]);
		stop_sleeper(&sleepers[i]);
		interrupt_sleeper(&sleepers[i]);
	}
	all_end("exit", end_by_exit, 7 << 8);
	all_end("exec", end_by_exec, 7 << 8);
	all_end("exec by another", end_by_exec_of_thread, 7 << 8);
	all_end("killed", end_by_signal, SIGKILL);
	all_end("a fault", end_by_fault, SIGSEGV);
	stop_and_go();
	syscall(SYS_semctl, semaphores, 0, 0, 0);
	syscall(SYS_msgctl, messages, 0, 0);
	syscall(SYS_msgctl, full_messages, 0, 0);
	unlink("fifo");
	unlink("fifo2");
	unlink("held");
	unlink("records");
	tap_scratch_end();
	return tap_done();
}
