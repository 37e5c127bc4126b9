/* SPDX-License-Identifier: MIT */
/*
 * lt-personality NAME -- PROGRAM [ARGUMENT]...: start a program of another
 * system; programs that it starts get the same personality.  The only NAME is
 * xv6 (docs/xv6.md): 16 descriptors at most, and no signal for a pipe without
 * readers, as on xv6.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PER_XV6		0x78
#define XV6_FILES	16

static int usage(void)
{
	fputs("usage: lt-personality xv6 -- PROGRAM [ARGUMENT]...\n", stderr);
	return 2;
}

static const char *reason(int err)
{
	return err == EINVAL ? "not a program of xv6's" :
		err == EPERM ? "needs CAP_SYS_RAWIO, and no set-id bits" :
		err == E2BIG ? "arguments: 31 at most, in a page" :
		strerror(err);
}

int main(int argc, char **argv)
{
	struct rlimit files = { XV6_FILES, XV6_FILES };

	if (argc < 4 || strcmp(argv[1], "xv6") || strcmp(argv[2], "--"))
		return usage();
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	setrlimit(RLIMIT_NOFILE, &files);
	if (syscall(SYS_personality, PER_XV6) < 0) {
		perror("lt-personality");
		return 126;
	}
	execv(argv[3], argv + 3);
	fprintf(stderr, "lt-personality: %s: %s\n", argv[3], reason(errno));
	return errno == ENOENT ? 127 : 126;
}
