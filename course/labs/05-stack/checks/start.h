/* SPDX-License-Identifier: MIT */
/* How both check programs of lab 5 start the other program. */
#ifndef LABS_START_H
#define LABS_START_H

#include "check.h"
#include "report.h"

#define CHILD	"/lab/child"

static struct report report;
static char strings[1 << 20];	/* what the program said of its strings */

/* Read what a program tells, up to its end.  Return: the bytes of strings. */
static inline size_t read_report(int fd)
{
	size_t n = 0;
	ssize_t got = 1;

	memset(&report, 0, sizeof(report));
	while (got > 0 && n < sizeof(report)) {
		got = read(fd, (char *)&report + n, sizeof(report) - n);
		if (got > 0)
			n += (size_t)got;
	}
	if (n < sizeof(report))
		report.magic = 0;
	for (n = 0; got > 0 && n < sizeof(strings);) {
		got = read(fd, strings + n, sizeof(strings) - n);
		if (got > 0)
			n += (size_t)got;
	}
	return n;
}

static inline void start_in_child(int to, const char *path, char **argv,
				  char **envp)
{
	dup2(to, REPORT_FD);
	execve(path, argv, envp);
	memset(&report, 0, sizeof(report));
	report.magic = REPORT_REFUSED;
	report.error = (unsigned long)errno;
	(void)!write(REPORT_FD, &report, sizeof(report));
	_exit(0);
}

/* Start a program.  Return: 0 with its report; the errno of execve. */
static inline int start(const char *path, char **argv, char **envp)
{
	int ends[2], status = 0;
	size_t n;
	pid_t pid;

	lab_must(pipe(ends), "pipe");
	pid = fork();
	lab_must(pid, "fork");
	if (pid == 0)
		start_in_child(ends[1], path, argv, envp);
	close(ends[1]);
	n = read_report(ends[0]);
	close(ends[0]);
	lab_equal(waitpid(pid, &status, 0), pid, "waitpid");
	lab_check(!WIFSIGNALED(status), "the program was killed by signal %d",
		  WTERMSIG(status));
	lab_equal(WEXITSTATUS(status), 0, "exit status of the program");
	if (report.magic == REPORT_REFUSED)
		return (int)report.error;
	lab_check(report.magic == REPORT_STARTED,
		  "the program ended without a report");
	lab_equal(n, report.size, "bytes of strings in the report");
	return 0;
}

/* Compare strings with the report's.  Return: the report's rest. */
static inline const char *compare(const char *at, char **wanted,
				  const char *what)
{
	for (unsigned i = 0; wanted[i]; i++) {
		lab_check(at < strings + report.size, "%s %u is missing", what,
			  i);
		lab_check(!strcmp(at, wanted[i]), "%s %u: expected \"%.40s\", "
			  "found \"%.40s\"", what, i, wanted[i], at);
		at += strlen(at) + 1;
	}
	return at;
}

static inline unsigned long count_of(char **list)
{
	unsigned long n = 0;

	while (list[n])
		n++;
	return n;
}

/* The last program must have had these strings. */
static inline void must_have(char **argv, char **envp)
{
	const char *at;

	lab_equal(report.argc, count_of(argv), "argc");
	lab_equal(report.envc, count_of(envp), "strings of the environment");
	at = compare(strings, argv, "argument");
	compare(at, envp, "string of the environment");
}

static inline void must_start(const char *path, char **argv, char **envp)
{
	int err = start(path, argv, envp);

	lab_check(!err, "execve failed: %s", strerror(err));
}

static inline void must_refuse(int wanted, char **argv, char **envp,
			       const char *what)
{
	int err = start(CHILD, argv, envp);

	lab_check(err == wanted, "%s: expected \"%s\", found \"%s\"", what,
		  strerror(wanted), err ? strerror(err) : "success");
}

#endif
