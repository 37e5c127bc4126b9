/* SPDX-License-Identifier: MIT */
/*
 * activations [-p PROCESSORS]: three threads that this program schedules
 * itself, and the events that the kernel reports (row C12,
 * docs/activations.md).  One thread sleeps, one reads from a pipe, and the
 * third computes and writes to it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <uthread.h>

#define LINES	200
#define LINE	80

static char lines[LINES][LINE];		/* each is written once, see note() */
static unsigned nr;
static struct timespec start;
static int ends[2];

/* Keep a line for the end, because printing may sleep. */
static void note(const char *text)
{
	unsigned i = __atomic_fetch_add(&nr, 1, __ATOMIC_RELAXED);
	struct timespec t;
	long us;

	clock_gettime(CLOCK_MONOTONIC, &t);
	us = (long)(t.tv_sec - start.tv_sec) * 1000000 +
		(t.tv_nsec - start.tv_nsec) / 1000;
	if (i < LINES)
		snprintf(lines[i], LINE, "%6ld us  %s", us, text);
}

static void heard(uint32_t self, const struct activation_event *e)
{
	static const char *const names[] = { "?", "ADDED", "BLOCKED",
		"UNBLOCKED", "PREEMPTED" };
	char text[LINE];

	snprintf(text, sizeof(text), "    upcall in activation %u: %s%s", self,
		 names[e->what], e->id == self ? "" : " ");
	if (e->id != self)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "%u", e->id);
	note(text);
}

static void sleeper(void *arg)
{
	struct timespec t = { 0, 20000000 };

	(void)arg;
	note("sleeper: sleeps for 20 ms");
	nanosleep(&t, NULL);
	note("sleeper: goes on");
}

static void reader(void *arg)
{
	char c;

	(void)arg;
	note("reader: reads an empty pipe");
	if (read(ends[0], &c, 1) == 1)
		note("reader: has a byte");
}

static void writer(void *arg)
{
	volatile unsigned long n = 0;

	(void)arg;
	note("writer: writes a byte");
	if (write(ends[1], "x", 1) != 1)
		exit(1);
	note("writer: computes, and never asks who is ready");
	while (n < 30000000)
		n = n + 1;
	note("writer: has finished");
}

static void first(void *arg)
{
	(void)arg;
	if (uthread_create(sleeper, NULL) || uthread_create(reader, NULL) ||
	    uthread_create(writer, NULL))
		exit(1);
}

int main(int argc, char **argv)
{
	unsigned processors = 1;

	if (argc == 3 && !strcmp(argv[1], "-p"))
		processors = (unsigned)atoi(argv[2]);
	else if (argc != 1)
		processors = 0;
	if (processors < 1 || processors > ACTIVATIONS_MAX) {
		fprintf(stderr, "usage: activations [-p PROCESSORS], 1 to %d\n",
			ACTIVATIONS_MAX);
		return 2;
	}
	uthread_heard = heard;
	clock_gettime(CLOCK_MONOTONIC, &start);
	if (pipe(ends) || uthread_run(processors, processors + 2, first, NULL)) {
		perror("activations");
		return 1;
	}
	for (unsigned i = 0; i < nr && i < LINES; i++)
		puts(lines[i]);
	return 0;
}
