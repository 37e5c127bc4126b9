/* SPDX-License-Identifier: MIT */
/*
 * startbench NAME SETTING PROGRAM [NAME SETTING PROGRAM]... - what it takes to
 * start a program, from vfork() to its end, with one setting in its
 * environment, "-" for none: the least of some runs, as the first ones find
 * caches cold.  With the setting "!", NAME is a command that is to be run on
 * PROGRAM, and is not measured.
 */
#include "bench.h"
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define RUNS	4

static u64 start_once(const char *program, char *setting, char *word)
{
	char *argv[] = { (char *)program, word, NULL };
	char *envp[] = { strcmp(setting, "-") ? setting : NULL, NULL };
	u64 begin = now();
	int status = -1;
	pid_t pid = vfork();

	if (pid == 0) {
		execve(program, argv, envp);
		_exit(99);
	}
	if (waitpid(pid, &status, 0) != pid || status) {
		fprintf(stderr, "%s ended with %x\n", program, status);
		exit(1);
	}
	return now() - begin;
}

int main(int argc, char **argv)
{
	for (int i = 1; i + 2 < argc; i += 3) {
		u64 least = 0;

		if (!strcmp(argv[i + 1], "!")) {
			start_once(argv[i], "-", argv[i + 2]);
			continue;
		}
		for (int n = 0; n < RUNS; n++) {
			u64 took = start_once(argv[i + 2], argv[i + 1],
						    NULL);

			if (!n || took < least)
				least = took;
		}
		printf("%s\t%llu\n", argv[i], least);
		fflush(stdout);
	}
	return 0;
}
