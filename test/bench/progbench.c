/* SPDX-License-Identifier: MIT */
/*
 * progbench FILE RUNS - how long Debian's programs take, from the first fork
 * to the end.  A line of FILE is a row: its name, what its folder lies on
 * ("memory", or a disk's node with ext2), the program's words, with tabs
 * between them.  Printed is the least of RUNS runs, in ns.
 *
 * Each run has an empty folder and is nobody's: some of stress-ng's classes
 * refuse root.  Between two of them the machine rests, so that what a kernel
 * puts off does not count for the next.
 */
#define _GNU_SOURCE
#include "bench.h"
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define REST	100000		/* us */
#define USER	65534
#define FOLDER	"/bench/work"
#define SAID	"/bench/out"
#define WORDS	64

static void become_nobody(char *const argv[])
{
	int out = open(SAID, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	int in = open("/dev/null", O_RDONLY);

	if (in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 ||
	    dup2(out, 2) < 0 || chdir(FOLDER) || setgid(USER) || setuid(USER))
		_exit(98);
	execvp(argv[0], argv);
	_exit(99);
}

static void tell_failure(const char *name, int status)
{
	char said[2048];
	int fd = open(SAID, O_RDONLY);
	ssize_t n = read(fd, said, sizeof(said) - 1);

	said[n > 0 ? n : 0] = '\0';
	fprintf(stderr, "%s ended with %x: %s\n", name, status, said);
	close(fd);
}

/* => ns; less than 0: it failed */
static long long run_in_folder(const char *name, const char *place,
			       char *const argv[])
{
	int disk = strcmp(place, "memory"), status = -1;
	u64 begin, took;
	pid_t pid;

	must(!mount(place, FOLDER, disk ? "ext2" : "tmpfs", 0, NULL), place);
	must(!chmod(FOLDER, 01777), FOLDER);
	usleep(REST);
	begin = now();
	pid = fork();
	if (pid == 0)
		become_nobody(argv);
	must(waitpid(pid, &status, 0) == pid, "waitpid");
	took = now() - begin;
	if (status)
		tell_failure(name, status);
	must(!umount2(FOLDER, 0), "umount");
	return status ? -1 : (long long)took;
}

static void measure_row(char *line, int runs)
{
	char *word[WORDS] = { NULL };
	long long least = -1, took;
	int n = 0;

	for (char *at = strtok(line, "\t\n"); at && n < WORDS - 1;
	     at = strtok(NULL, "\t\n"))
		word[n++] = at;
	if (n < 3)
		return;
	for (int i = 0; i < runs; i++) {
		took = run_in_folder(word[0], word[1], word + 2);
		if (took < 0) {
			printf("%s\tn/a\n", word[0]);
			break;
		}
		if (!i || took < least)
			least = took;
	}
	if (took >= 0)
		printf("%s\t%lld\n", word[0], least);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	FILE *rows = argc == 3 ? fopen(argv[1], "r") : NULL;
	char line[4096];

	must(!!rows, "progbench FILE RUNS");
	must(!setenv("PATH", "/usr/bin:/bin", 1) &&
	     !setenv("HOME", FOLDER, 1), "setenv");
	must(!mkdir(FOLDER, 0755), FOLDER);
	/* what a kernel still does after starting init is not measured */
	sleep(3);
	while (fgets(line, sizeof(line), rows))
		measure_row(line, atoi(argv[2]));
	return 0;
}
