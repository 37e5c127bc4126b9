/* SPDX-License-Identifier: MIT */
/* Lab 9, hidden checks: parents that wait for vfork(), and many sleepers. */
#include "rseq.h"
#include "sleep.h"

/* A child of vfork() with memory of its own: it sleeps, then ends. */
static void vfork_for(unsigned ms)
{
	long pid = syscall(SYS_clone, CLONE_WAITING | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0) {
		nap(ms);
		_exit(0);
	}
	board->result = pid > 0;
}

static void wait_for_vfork(void *arg)
{
	catch_signal(SIGUSR1);
	board->at = lab_clock();
	vfork_for((unsigned)(uintptr_t)arg);
	board->at = lab_clock() - board->at;
	board->count = 1;
}

/* A parent sleeps until the child of vfork() has ended, whatever comes. */
static void patient(void)
{
	unsigned long long took;
	pid_t pid;

	board_open();
	pid = lab_fork(wait_for_vfork, (void *)30);
	nap(5);
	kill(pid, SIGUSR1);
	lab_join(pid);
	took = board->at;
	lab_equal(board->result, 1, "vfork worked");
	board_close();
	lab_check(took >= 30 * MS, "a signal came after 5 ms, and the parent "
		  "waited for the child of vfork() for only %llu ns", took);
	lab_check(took < 40 * MS, "the child of vfork() ended after 30 ms, the "
		  "parent went on after %llu ns", took);
}

/* But a signal that kills it ends the sleep. */
static void fatal(void)
{
	unsigned long long begin;
	int status = 0;
	pid_t pid;

	board_open();
	pid = lab_fork(wait_for_vfork, (void *)90);
	nap(5);
	begin = lab_clock();
	kill(pid, SIGKILL);
	lab_equal(waitpid(pid, &status, 0), pid, "waitpid");
	begin = lab_clock() - begin;
	while (waitpid(-1, NULL, 0) > 0)
		;
	board_close();
	lab_check(WIFSIGNALED(status) && begin < 20 * MS, "SIGKILL of a parent "
		  "that waits for vfork(): it ended after %llu ns, status %x",
		  begin, (unsigned)status);
}

#define LINKS	8
#define LAPS	60

static int ring_of[LINKS][2];

static void pass_on(void *arg)
{
	unsigned me = (unsigned)(uintptr_t)arg;
	unsigned char byte;

	for (int i = 0; i < LAPS; i++) {
		lab_equal(read(ring_of[me][0], &byte, 1), 1, "bytes read");
		byte++;
		lab_equal(write(ring_of[(me + 1) % LINKS][1], &byte, 1), 1,
			  "bytes written");
	}
}

/* A byte goes round a ring of sleepers. */
static void ring(void)
{
	unsigned char byte = 0, due = 0;
	pid_t pid[LINKS];

	for (unsigned i = 0; i < LINKS; i++)
		lab_must(pipe(ring_of[i]), "pipe");
	for (unsigned i = 1; i < LINKS; i++)
		pid[i] = lab_fork(pass_on, (void *)(uintptr_t)i);
	for (int i = 0; i < LAPS; i++) {
		lab_equal(write(ring_of[1][1], &byte, 1), 1, "bytes written");
		lab_equal(read(ring_of[0][0], &byte, 1), 1, "bytes read");
		due += LINKS - 1;
		lab_equal(byte, due, "the byte after its way round the ring");
	}
	for (unsigned i = 1; i < LINKS; i++)
		lab_equal(waitpid(pid[i], NULL, 0), pid[i], "waitpid");
	for (unsigned i = 0; i < LINKS; i++) {
		close(ring_of[i][0]);
		close(ring_of[i][1]);
	}
}

/* ---- restartable sequences ----------------------------------------------- */

__attribute__((noinline)) static void sequence_ends(void)
{
	_exit(7);
}

/* Wait for a child of vfork() in a sequence: all code behind sequence_ends. */
static void wait_in_sequence(void)
{
	rseq_enter((uintptr_t)sequence_ends + 32, 1 << 24, sequence_ends);
	raw_syscall(SYS_clone, CLONE_WAITING | SIGCHLD, 0, 0, 0, 0);
	_exit(9);
}

/* Who sleeps without a look at signals has left its sequence of rseq(2). */
static void moved(void)
{
	int status = 0;
	pid_t pid = fork();

	lab_must(pid, "fork");
	if (pid == 0)
		wait_in_sequence();
	lab_equal(waitpid(pid, &status, 0), pid, "waitpid");
	lab_check(WIFEXITED(status) && WEXITSTATUS(status) == 7, "a process "
		  "that slept in a sequence of rseq(2): expected status 0x700, "
		  "found %#x", status);
}

static const struct lab_case cases[] = {
	{ "patient", patient },
	{ "fatal", fatal },
	{ "ring", ring },
	{ "moved", moved },
};

LAB_MAIN(cases)
