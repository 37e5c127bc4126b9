/* SPDX-License-Identifier: MIT */
/* The frame of a lab's check program: cases, keyed lines, the limit. */
#include "check.h"
#include "counter.h"
#include "sha256.h"
#include <setjmp.h>
#include <stdarg.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>

#define TEXT_MAX	200
#define LIMIT_MILLION	200
#define CHILD_FAILED	97

/*
 * The grader overwrites all of this with random bytes, in the program's file:
 * the key is made of them.  It is volatile so that the compiler does not use
 * the text that stands here.
 */
#define SECRET_SIZE	48
static volatile const char lab_secret[SECRET_SIZE] = "lectern-lab-key:unset";

static const char *nonce = "";
static unsigned sequence;
static const char *running;		/* the case */
static unsigned long long budget;	/* of the case, 0: none */
static pid_t self;
static jmp_buf end_of_case;
static int to_parent = -1;		/* in a child of lab_fork() */
static int texts[2] = { -1, -1 };	/* a pipe from all children */

/* ---- keyed lines --------------------------------------------------------- */

static void key_make(unsigned char *key)
{
	unsigned char secret[SECRET_SIZE];

	for (int i = 0; i < SECRET_SIZE; i++)
		secret[i] = (unsigned char)lab_secret[i];
	sha256(key, secret, sizeof(secret));
}

static int key_is_set(void)
{
	static const char unset[] = "unset";

	for (int i = 0; i < (int)sizeof(unset); i++)
		if (lab_secret[SECRET_SIZE / 3 + i] != unset[i])
			return 1;
	return 0;
}

/* Write it all: a line that is cut counts for nothing. */
static void put(const char *s, size_t n)
{
	while (n) {
		ssize_t done = write(1, s, n);

		if (done <= 0)
			return;
		s += done;
		n -= (size_t)done;
	}
}

/* "lab: NONCE SEQUENCE KIND CASE TEXT MAC": the MAC is over what is between. */
static void say(const char *kind, const char *text)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char key[SHA256_SIZE], mac[SHA256_SIZE];
	char line[TEXT_MAX + 256];
	int n = snprintf(line, sizeof(line) - 80, "\nlab: %s %u %s %s %s",
			 nonce, ++sequence, kind, running ? running : "-",
			 text);

	if (n > (int)sizeof(line) - 81)
		n = (int)sizeof(line) - 81;
	key_make(key);
	hmac_sha256(mac, key, sizeof(key), line + 6, (size_t)n - 6);
	n += snprintf(line + n, 4, " ");
	/* the same instructions for each code: the clock may show them */
	for (int i = 0; i < SHA256_SIZE; i++) {
		line[n++] = hex[mac[i] >> 4];
		line[n++] = hex[mac[i] & 15];
	}
	line[n++] = '\n';
	put(line, (size_t)n);
}

/* The text of a report: printable, of one line. */
static void fill_text(char *text, const char *format, va_list ap)
{
	vsnprintf(text, TEXT_MAX, format, ap);
	for (char *c = text; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
}

void lab_note(const char *format, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	va_start(ap, format);
	fill_text(text, format, ap);
	va_end(ap);
	if (getpid() == self)
		say("note", text);
}

/* ---- cases --------------------------------------------------------------- */

__attribute__((noreturn)) static void end_machine(void)
{
	reboot(RB_POWER_OFF);
	_exit(0);
}

void lab_fail(const char *format, ...)
{
	char text[TEXT_MAX];
	va_list ap;

	va_start(ap, format);
	fill_text(text, format, ap);
	va_end(ap);
	if (getpid() != self) {
		/* a copy of this process: it has no voice of its own */
		if (to_parent >= 0)
			(void)!write(to_parent, text, strlen(text) + 1);
		_exit(CHILD_FAILED);
	}
	say("fail", text);
	longjmp(end_of_case, 1);
}

static void fill_number(char *text, size_t size, long long n, int error)
{
	if (error && n < 0)
		snprintf(text, size, "%lld (%s)", n, strerror((int)-n));
	else
		snprintf(text, size, "%lld", n);
}

void lab_differ(long long found, long long expected, const char *what)
{
	char texts[2][64];

	fill_number(texts[0], sizeof(texts[0]), expected, expected < 0);
	fill_number(texts[1], sizeof(texts[1]), found, expected < 0);
	lab_fail("%s: expected %s, found %s", what, texts[0], texts[1]);
}

static void at_limit(int sig)
{
	(void)sig;
	if (getpid() != self)
		return;
	say("fail", "the case did not end within its limit of instructions");
	end_machine();
}

void lab_limit(unsigned million)
{
	struct itimerval t = { { 0, 0 }, { million / 1000,
					   million % 1000 * 1000 } };

	setitimer(ITIMER_REAL, &t, NULL);
}

/* Not the kernel's clock, which a student's code may set. */
unsigned long long lab_clock(void)
{
	return counter_ns();
}

void lab_within_budget(unsigned long long instructions)
{
	lab_check(budget, "lab.tbl gives this case no budget");
	lab_check(instructions <= budget,
		  "took %llu instructions, the budget is %llu", instructions,
		  budget);
	lab_note("took %llu instructions of %llu", instructions, budget);
}

static void forget_texts(void)
{
	for (int i = 0; i < 2 && texts[i] >= 0; i++) {
		close(texts[i]);
		texts[i] = -1;
	}
}

pid_t lab_fork(void (*fn)(void *), void *arg)
{
	pid_t child;

	if (texts[0] < 0)
		lab_must(pipe2(texts, O_NONBLOCK), "pipe2");
	child = fork();
	lab_must(child, "fork");
	if (child == 0) {
		to_parent = dup(texts[1]);
		forget_texts();
		fn(arg);
		_exit(0);
	}
	return child;
}

void lab_join(pid_t child)
{
	char text[TEXT_MAX];
	int status = 0;
	pid_t found = waitpid(child, &status, 0);

	lab_check(found == child, "waitpid(%d) returned %d", child, found);
	if (WIFSIGNALED(status))
		lab_fail("the child was killed by signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status) == CHILD_FAILED) {
		/* each text ends with a 0; the first one is the cause */
		ssize_t n = read(texts[0], text, sizeof(text) - 1);

		text[n > 0 ? n : 0] = 0;
		lab_fail("in a child: %s", text);
	}
	lab_equal(WEXITSTATUS(status), 0, "exit status of the child");
}

static void run_case(const struct lab_case *c)
{
	running = c->name;
	forget_texts();
	say("begin", "");
	if (setjmp(end_of_case) == 0) {
		lab_limit(LIMIT_MILLION);
		c->run();
		if (getpid() != self)
			_exit(CHILD_FAILED);
		lab_limit(0);
		say("pass", "");
	}
	lab_limit(0);
	running = NULL;
}

/* The file systems that a case may look at; a kernel may lack them. */
static void mount_usual(void)
{
	mkdir("/proc", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	mkdir("/dev", 0755);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	mkdir("/tmp", 0777);
	mount("tmpfs", "/tmp", "tmpfs", 0, NULL);
}

/* An argument is CASE or CASE:BUDGET. */
static void run_argument(char *word, const struct lab_case *cases, int count)
{
	char *colon = strchr(word, ':');

	budget = 0;
	if (colon) {
		*colon = 0;
		budget = strtoull(colon + 1, NULL, 10);
	}
	for (int i = 0; i < count; i++)
		if (!strcmp(cases[i].name, word))
			run_case(&cases[i]);
}

int lab_main(int argc, char **argv, const struct lab_case *cases, int count)
{
	struct sigaction sa;

	self = getpid();
	if (argc < 2) {
		for (int i = 0; i < count; i++)
			puts(cases[i].name);
		return 2;
	}
	nonce = argv[1];
	if (!key_is_set()) {
		puts("lab: this program has no key, so its results count for "
		     "nothing; start it by `lectern lab check`");
		return 2;
	}
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = at_limit;
	sigaction(SIGALRM, &sa, NULL);
	mount_usual();
	for (int i = 2; i < argc; i++)
		run_argument(argv[i], cases, count);
	say("end", "");
	end_machine();
}
