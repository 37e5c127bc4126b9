/* SPDX-License-Identifier: MIT */
/* What all workers use: numbers from a seed, steps, failures, children. */
#include "stress.h"

static unsigned long state;

unsigned rnd_of(unsigned long *s, unsigned n)
{
	*s = *s * 1103515245ul + 12345;
	return (unsigned)(*s >> 8 & 0xffffff) % n;
}

void rnd_seed(unsigned long seed)
{
	state = seed;
}

unsigned rnd(unsigned n)
{
	return rnd_of(&state, n);
}

void step_at(const char *file, int line)
{
	slot->file = file;
	slot->line = (unsigned)line;
	__atomic_fetch_add(&slot->steps, 1, __ATOMIC_RELAXED);
}

void failed(const char *what, const char *file, int line)
{
	int e = errno;
	char text[sizeof(shared->first)];

	snprintf(text, sizeof(text), "%s:%d: %s (errno %d)", file, line, what,
		 e);
	printf("# FAILED pid %d %s\n", getpid(), text);
	if (__atomic_fetch_add(&shared->failures, 1, __ATOMIC_SEQ_CST) == 0)
		memcpy(shared->first, text, sizeof(text));
	_exit(99);
}

pid_t branch(void)
{
	unsigned long seed = rnd(1 << 24) * 65537ul + 3;
	pid_t pid = fork();

	need(pid >= 0);
	if (pid == 0)
		rnd_seed(seed);
	return pid;
}

pid_t wait_for(pid_t pid, int *status, int options)
{
	pid_t got;

	do {
		got = waitpid(pid, status, options);
	} while (got < 0 && errno == EINTR);
	return got;
}

void reap(pid_t pid, int code)
{
	int status;

	need(wait_for(pid, &status, 0) == pid);
	need(WIFEXITED(status) && WEXITSTATUS(status) == code);
	step();
}

void nap(long long ns)
{
	struct timespec t = { ns / SEC, ns % SEC };

	nanosleep(&t, NULL);
}
