// SPDX-License-Identifier: MIT
/*
 * driver LIMIT LANES PROGRAM... - runs programs of googletest in the guest,
 * LANES at a time, and prints one line for each of their tests:
 *
 *	R pass|fail|skip|hang|crash PROGRAM TEST
 *
 * with what a test that did not pass said above it.  A program that ends or
 * stops in a test, for LIMIT seconds, starts again without the tests that are
 * behind it.  PROGRAM:FILTER runs the tests of a filter alone.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define AT_MOST_STARTS	60
#define WORDS		1500	/* of a test that failed */

/* One program that is being run. */
struct run {
	const char *path, *name, *filter;
	char *behind;		/* its tests that have ended, with colons */
	size_t behind_len;
	char test[512];		/* that runs now; "" between two */
	char said[WORDS + 512];
	size_t said_len;
	int ended;		/* all tests ran */
};

static int limit;

static void quote(struct run *r, const char *line)
{
	if (r->said_len < WORDS)
		r->said_len += snprintf(r->said + r->said_len, 400,
					"    | %.300s\n", line);
}

/* Print a test's result in one write, so that lanes do not mix. */
static void result(struct run *r, const char *how)
{
	char line[sizeof(r->said) + sizeof(r->test) + 200];
	size_t len = strlen(r->test);
	int n = 0;

	if (strcmp(how, "pass"))
		n = snprintf(line, sizeof(line), "%s", r->said);
	n += snprintf(line + n, sizeof(line) - n, "R %s %s %s\n", how, r->name,
		      r->test);
	if (write(1, line, n) != n)
		exit(1);
	r->behind = realloc(r->behind, r->behind_len + len + 2);
	r->behind_len += sprintf(r->behind + r->behind_len, ":%s", r->test);
	r->test[0] = 0;
	r->said_len = r->said[0] = 0;
}

/* Is this line googletest's word about the present test?  => the result */
static const char *verdict(struct run *r, const char *line)
{
	static const char *const words[][2] = {
		{ "[       OK ] ", "pass" }, { "[  FAILED  ] ", "fail" },
		{ "[  SKIPPED ] ", "skip" } };
	size_t len = strlen(r->test);

	for (int i = 0; i < 3 && len; i++) {
		const char *at = strstr(line, words[i][0]);

		if (at && !strncmp(at + 13, r->test, len))
			return words[i][1];
	}
	return NULL;
}

/* => 1 if the line is news of the test */
static int hear(struct run *r, const char *line)
{
	const char *at = strstr(line, "[ RUN      ] ");
	const char *how = verdict(r, line);

	if (at) {
		snprintf(r->test, sizeof(r->test), "%s", at + 13);
		r->said_len = r->said[0] = 0;
		return 1;
	}
	if (how) {
		result(r, how);
		return 1;
	}
	if (strstr(line, "[==========]") && strstr(line, " ran."))
		r->ended = 1;
	else
		quote(r, line);
	return 0;
}

static int parent_of(const char *pid)
{
	char path[300], text[512], *at;
	int fd, n, parent = 0;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	fd = open(path, O_RDONLY);
	n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = 0;
	at = strrchr(text, ')');
	if (at)
		sscanf(at + 2, "%*c %d", &parent);
	return parent;
}

/*
 * Kill all that the program left.  This process is a subreaper: what a child of
 * it leaves becomes its child.
 */
static void kill_children(void)
{
	for (int round = 0; round < 100; round++) {
		DIR *dir = opendir("/proc");
		struct dirent *d;

		while (dir && (d = readdir(dir)))
			if (parent_of(d->d_name) == getpid())
				kill(atoi(d->d_name), SIGKILL);
		closedir(dir);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (waitpid(-1, NULL, WNOHANG) < 0)
			return;
		usleep(50000);
	}
	printf("## what it left does not die\n");
}

/* In the child: become the program, without the tests that are behind it. */
static void become(struct run *r, int out, int start)
{
	char folder[64], flags[80], option[100];
	FILE *f;

	snprintf(folder, sizeof(folder), "/tmp/%d.%d", getppid(), start);
	mkdir(folder, 0777);
	chmod(folder, 0777);
	setenv("TEST_TMPDIR", folder, 1);
	snprintf(flags, sizeof(flags), "/tmp/flags.%d", getppid());
	f = fopen(flags, "w");
	if (!f || chdir(folder))
		exit(1);
	fprintf(f, "--gtest_filter=%s%s%s\n", r->filter,
		strchr(r->filter, '-') || !r->behind_len ? "" : "-",
		r->behind_len ? r->behind : "");
	fclose(f);
	snprintf(option, sizeof(option), "--gtest_flagfile=%s", flags);
	setpgid(0, 0);
	dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
	dup2(out, 1);
	dup2(out, 2);
	execl(r->path, r->path, option, "--gtest_color=no", (char *)NULL);
	exit(127);
}

/*
 * Hear a started program until it closes its output, ends, or says no news for
 * the limit.  => 1 if it was too slow
 */
static int listen_to(struct run *r, int in, pid_t child, int *status)
{
	char line[4096], text[4096];
	time_t since = time(NULL);
	size_t len = 0;
	int gone = 0;

	for (;;) {
		struct pollfd p = { .fd = in, .events = POLLIN };
		int ready = poll(&p, 1, gone ? 0 : 500);
		ssize_t n = ready > 0 ? read(in, text, sizeof(text)) : -1;

		if ((gone && ready <= 0) || n == 0)
			break;
		for (ssize_t i = 0; i < n; i++) {
			if (text[i] != '\n' && len < sizeof(line) - 1) {
				line[len++] = text[i];
				continue;
			}
			line[len] = 0;
			len = 0;
			if (hear(r, line))
				since = time(NULL);
		}
		if (!gone)
			gone = waitpid(child, status, WNOHANG) == child;
		if (!gone && time(NULL) - since > limit)
			return 1;
	}
	if (!gone)
		waitpid(child, status, 0);
	return 0;
}

static void run_program(char *word)
{
	char path[200], *colon = strchr(word, ':');
	struct run r = { .path = path, .filter = colon ? colon + 1 : "*" };

	if (colon)
		*colon = 0;
	r.name = word;
	snprintf(path, sizeof(path), "/gv/%s", word);
	for (int start = 0; start < AT_MOST_STARTS; start++) {
		int io[2], status = 0, slow;
		pid_t child;

		r.ended = 0;
		r.said_len = r.said[0] = 0;
		if (pipe2(io, O_CLOEXEC))
			exit(1);
		child = fork();
		if (child == 0)
			become(&r, io[1], start);
		close(io[1]);
		slow = listen_to(&r, io[0], child, &status);
		close(io[0]);
		kill_children();
		if (!r.test[0]) {
			if (slow || !r.ended)
				printf("%s## %s ends with %x\n", r.said, word,
				       status);
			break;
		}
		result(&r, slow ? "hang" : "crash");
	}
	printf("## end %s\n", word);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	int lanes = argc > 3 ? atoi(argv[2]) : 0;
	int next[2];

	if (lanes < 1 || pipe(next))
		return 2;
	limit = atoi(argv[1]);
	signal(SIGPIPE, SIG_IGN);
	/* what is still to be run stands in a pipe, from which all lanes read */
	for (int i = 3; i < argc; i++)
		if (write(next[1], &i, sizeof(i)) != sizeof(i))
			return 1;
	close(next[1]);
	fcntl(next[0], F_SETFD, FD_CLOEXEC);
	for (int lane = 0; lane < lanes; lane++) {
		int i;

		if (fork())
			continue;
		prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
		while (read(next[0], &i, sizeof(i)) == sizeof(i))
			run_program(argv[i]);
		return 0;
	}
	while (wait(NULL) > 0)
		;
	return 0;
}
