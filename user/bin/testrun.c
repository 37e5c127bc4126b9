/* SPDX-License-Identifier: MIT */
/*
 * testrun: runs test programs one after the other, each with a time limit,
 * so that one boot runs many.
 *	testrun [-t SECONDS] [-w] [PROGRAM...]	(default: /usr/lectern/test)
 * With -w it prints # WAIT before each program and continues when it reads a
 * byte, so that the driver can inspect the machine meanwhile.
 * The word `census` in place of a program prints /proc/lectern/census.
 * Output for each program: # RUN name / its own output / # END name STATUS.
 * STATUS is "exit N", "signal N", "timeout" or, if it cannot be killed,
 * "stuck".  Comments before "timeout" and "stuck" show where each task is;
 * comments before "signal" show the kernel's log of a fault.  Exit status: 0 if
 * all programs exited with 0, otherwise 1.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TESTS		"/usr/lectern/test"
#define MAX_TESTS	256
#define DEATH_TIME	60	/* seconds to wait after SIGKILL */
#define MAX_SHOWN	40	/* tasks of a hanging program to show */

static long limit = 240;	/* seconds a program may take */
static int go = -1;		/* -w: descriptor to read the byte from */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void become(const char *path)
{
	char *argv[] = { (char *)path, NULL };
	sigset_t none = 0;

	setpgid(0, 0);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execv(path, argv);
	printf("Bail out! %s: %s\n", path, strerror(errno));
	_exit(127);
}

/*
 * Wait for SIGCHLD, which is blocked and so cannot be missed, or the deadline.
 * Return: 1 if the program ended by itself, else 0.
 */
static int wait_limited(pid_t pid, int *status, long seconds)
{
	sigset_t chld = sigmask(SIGCHLD);
	uint64_t end = now_ns() + (uint64_t)seconds * 1000000000u;

	for (;;) {
		uint64_t now = now_ns();
		struct timespec left;

		if (waitpid(pid, status, WNOHANG) == pid)
			return 1;
		if (now >= end)
			return 0;
		left.tv_sec = (int64_t)((end - now) / 1000000000u);
		left.tv_nsec = (int64_t)((end - now) % 1000000000u);
		sigtimedwait(&chld, NULL, &left);
	}
}

/* --- where a program hangs ---------------------------------------------- */

/* Print a file of a task as comments, with `words` before each line. */
static void show_file(const char *folder, const char *name, const char *words)
{
	char path[80], text[2048], *line, *save;
	int fd;
	ssize_t n;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return;
	n = read_all(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = 0;
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		printf("#   %s%s\n", words, line);
}

/* Return: how many of the process's threads were shown. */
static int show_threads(int pid)
{
	char folder[40], thread[64];
	struct dirent *e;
	DIR *d;
	int n = 0;

	snprintf(folder, sizeof(folder), "/proc/%d/task", pid);
	d = opendir(folder);
	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(thread, sizeof(thread), "%s/%d", folder,
			 atoi(e->d_name));
		printf("# task %s of %d:\n", e->d_name, pid);
		show_file(thread, "stat", "");
		show_file(thread, "syscall", "syscall ");
		show_file(thread, "stack", "  ");
		n++;
	}
	if (d)
		closedir(d);
	return n;
}

/* Show all tasks created after this process, mostly the program's. */
static void show_tasks(void)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	int shown = 0;

	while (d && shown < MAX_SHOWN && (e = readdir(d)))
		if (atoi(e->d_name) > getpid())
			shown += show_threads(atoi(e->d_name));
	if (d)
		closedir(d);
}

/* End a program that met its limit; its own output may still come between. */
static void end_hanging(const char *name, pid_t pid)
{
	int status;

	printf("# not done in %ld s; where its tasks are:\n", limit);
	show_tasks();
	kill(-pid, SIGKILL);
	if (wait_limited(pid, &status, DEATH_TIME)) {
		printf("# END %s timeout\n", name);
		return;
	}
	printf("# killed, and not dead after %d s:\n", DEATH_TIME);
	show_tasks();
	printf("# END %s stuck\n", name);
}

/* --- what a program died of ---------------------------------------------- */

#define REPORT_LINES	4	/* lines of topics/coredump for one death */

/* Open the kernel's log at its end, before the program starts. */
static int open_log(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0)
		lseek(fd, 0, SEEK_END);
	return fd;
}

/* Print the log's lines on the death of pid, as comments. */
static void show_death(int log, pid_t pid)
{
	char record[512], mark[24], *text;
	int left = 0;
	ssize_t n;

	snprintf(mark, sizeof(mark), "[%d]: ", pid);
	while ((n = read(log, record, sizeof(record) - 1)) > 0 ||
	       (n < 0 && errno == EPIPE)) {
		record[n > 0 ? n : 0] = '\0';
		text = strchr(record, ';');
		if (!text)
			continue;
		if (!strncmp(text, ";fault: ", 8))
			left = strstr(text, mark) ? REPORT_LINES : 0;
		if (left-- > 0)
			printf("# %s", text + 1);
	}
}

/* Keep the standard input for the -w bytes; the programs get /dev/null. */
static void take_input(void)
{
	int null = open("/dev/null", O_RDWR);

	go = fcntl(0, F_DUPFD_CLOEXEC, 10);
	dup2(null, 0);
	close(null);
}

static void wait_for_go(void)
{
	char byte;

	if (go < 0)
		return;
	printf("# WAIT\n");
	if (read(go, &byte, 1) != 1)
		printf("# nobody says go any more\n");
}

/* Return: 1 if the program exited with 0, else 0. */
static int run(const char *path)
{
	const char *name = base_name(path);
	int status = 0, log = open_log();
	pid_t pid;

	printf("# RUN %s\n", name);
	pid = fork();
	if (pid == 0)
		become(path);
	if (pid < 0) {
		printf("# END %s fork: %s\n", name, strerror(errno));
		close(log);
		return 0;
	}
	if (!wait_limited(pid, &status, limit)) {
		end_hanging(name, pid);
		close(log);
		return 0;
	}
	kill(-pid, SIGKILL);		/* processes that it left behind */
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	if (WIFSIGNALED(status)) {
		show_death(log, pid);
		printf("# END %s signal %d\n", name, WTERMSIG(status));
	} else {
		printf("# END %s exit %d\n", name, WEXITSTATUS(status));
	}
	close(log);
	return status == 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Return: the number of programs in TESTS, sorted in list[], or -1. */
static int list_tests(char **list)
{
	DIR *d = opendir(TESTS);
	struct dirent *e;
	char path[300];
	int n = 0;

	if (!d)
		return -1;
	while (n < MAX_TESTS && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", TESTS, e->d_name);
		list[n++] = strdup(path);
	}
	closedir(d);
	qsort(list, (size_t)n, sizeof(*list), by_name);
	return n;
}

/* --- the balance at the end --------------------------------------------- */

#define MAX_KEYS	32

struct counter {
	char key[32];
	long value;
};

/* Return: the number of counters in /proc/lectern/audit, 0 without the file. */
static int read_audit(struct counter *c)
{
	char text[2048], *line, *save, *space;
	int fd = open("/proc/lectern/audit", O_RDONLY);
	ssize_t len = fd < 0 ? -1 : read_all(fd, text, sizeof(text) - 1);
	int n = 0;

	close(fd);
	text[len > 0 ? len : 0] = '\0';
	for (line = strtok_r(text, "\n", &save); line && n < MAX_KEYS;
	     line = strtok_r(NULL, "\n", &save)) {
		space = strchr(line, ' ');
		if (!space)
			continue;
		*space = '\0';
		snprintf(c[n].key, sizeof(c[n].key), "%s", line);
		c[n++].value = atol(space + 1);
	}
	return n;
}

/* Memory may change a little, as the kernel keeps tables and caches. */
static long slack(const char *key)
{
	if (!strcmp(key, "free_pages"))
		return 64;
	return strcmp(key, "slab_objects") ? 0 : 32;
}

/* Return: 1 if nothing leaked since `before` was read, else 0. */
static int audit(const struct counter *before, int n)
{
	struct counter now[MAX_KEYS];
	int bad = 0;

	if (!n || read_audit(now) != n)
		return !n;
	printf("# RUN audit\n");
	for (int i = 0; i < n; i++) {
		long change = now[i].value - before[i].value;
		int ok = labs(change) <= slack(now[i].key);

		printf("%s %d - %s back to %ld (%+ld)\n", ok ? "ok" :
		       "not ok", i + 1, now[i].key, before[i].value, change);
		bad |= !ok;
	}
	printf("1..%d\n# END audit exit %d\n", n, bad);
	return !bad;
}

/* Print the census so far (`trace=census`, topics/inspection/census.c). */
static void census(void)
{
	static char part[4096];
	int fd = open("/proc/lectern/census", O_RDONLY);
	int start = 1;
	ssize_t n;

	if (fd < 0)
		return;
	while ((n = read(fd, part, sizeof(part))) > 0)
		for (ssize_t i = 0; i < n; i++) {
			if (start)
				printf("# CENSUS ");
			start = part[i] == '\n';
			putchar(part[i]);
		}
	close(fd);
}

int main(int argc, char **argv)
{
	static char *all[MAX_TESTS];
	static struct counter before[MAX_KEYS];
	sigset_t chld = sigmask(SIGCHLD);
	char **list = argv + 1;
	int n = argc - 1, bad = 0, keys;

	sigprocmask(SIG_BLOCK, &chld, NULL);
	if (n >= 2 && !strcmp(list[0], "-t")) {
		limit = atol(list[1]);
		list += 2;
		n -= 2;
	}
	if (n >= 1 && !strcmp(list[0], "-w")) {
		take_input();
		list++;
		n--;
	}
	if (n == 0) {
		list = all;
		n = list_tests(all);
	}
	if (n <= 0) {
		dprintf(2, "testrun: %s: nothing to run\n", TESTS);
		return 1;
	}
	keys = read_audit(before);
	for (int i = 0; i < n; i++) {
		wait_for_go();
		if (!strcmp(list[i], "census"))
			census();
		else
			bad |= !run(list[i]);
	}
	wait_for_go();
	return bad | !audit(before, keys);
}
