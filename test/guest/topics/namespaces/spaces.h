/* SPDX-License-Identifier: MIT */
/* What the tests of name spaces have in common. */
#ifndef TEST_GUEST_TOPICS_NAMESPACES_SPACES_H
#define TEST_GUEST_TOPICS_NAMESPACES_SPACES_H

#include <sched.h>
#include <stdint.h>
#include "texts.h"

/* A descriptor of one of pid's. */
static inline int opened(int pid, const char *kind)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, kind);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static inline int same_ns(int a, int b)
{
	struct stat x, y;

	return !fstat(a, &x) && !fstat(b, &y) && x.st_dev == y.st_dev &&
		x.st_ino == y.st_ino;
}

static inline int exit_of(int pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ?
		WEXITSTATUS(status) : -1;
}

/* What runs as a child with exit status 0; its checks print nothing. */
#define IN_CHILD(...)	__extension__ ({			\
	int pid_ = fork();					\
	if (!pid_) {						\
		__VA_ARGS__;					\
		_exit(0);					\
	}							\
	exit_of(pid_);						\
})
/* Its status is never 0, whatever the line. */
#define NEED(ok)	do { if (!(ok)) _exit(__LINE__ % 127 + 1); } while (0)

/* => what fn returns in a child of clone(2) with these flags; or -errno */
UNUSED static int in_clone(int flags, int (*fn)(void *))
{
	static char stack[16384] __attribute__((aligned(16)));
	int pid = (int)__clone(fn, stack + sizeof(stack),
			       flags | SIGCHLD, NULL, NULL, NULL, NULL);

	return pid > 0 ? exit_of(pid) : pid;
}

/* Likewise of clone3(2). */
UNUSED static int in_clone3(uint64_t flags, int (*fn)(void *))
{
	struct {
		uint64_t flags, pidfd, child_tid, parent_tid, exit_signal,
			stack, stack_size, tls;
	} a = { .flags = flags, .exit_signal = SIGCHLD };
	int pid = (int)syscall(SYS_clone3, &a, sizeof(a));

	if (!pid)
		_exit(fn(NULL));
	return pid > 0 ? exit_of(pid) : -errno;
}

static inline void write_text(const char *path, const char *text)
{
	if (text_set(path, text))
		tap_bail(path);
}

/* => what is read at once, ended by a null; "": nothing */
static inline const char *read_text(const char *path)
{
	static char text[4096];

	text_read(path, text, sizeof(text));
	return text;
}

/*
 * A space of that kind is refused beyond the limit, which that file has, and to
 * others than root, who may not enter that of fd either.
 */
UNUSED static void refuses_space(const char *limit, unsigned long kind, int fd)
{
	char old[32];

	snprintf(old, sizeof(old), "%s", read_text(limit));
	write_text(limit, "0");
	check_eq(IN_CHILD(
		NEED(syscall(SYS_unshare, kind) == -1 && errno == ENOSPC)),
		0, "beyond the limit");
	write_text(limit, old);
	check_eq(IN_CHILD(
		NEED(!setuid(1000));
		NEED(syscall(SYS_unshare, kind) == -1 && errno == EPERM);
		NEED(syscall(SYS_setns, fd, 0) == -1 && errno == EPERM)),
		0, "others than root");
}

#endif
