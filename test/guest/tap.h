/* SPDX-License-Identifier: MIT */
/*
 * The frame of a guest test: TAP lines on standard output, and the helpers
 * that most tests share.  Each program must pass on Linux as well, which is
 * the judge of what a test may claim.
 */
#ifndef TEST_TAP_H
#define TEST_TAP_H

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PG		4096UL
#define COUNT(a)	((int)(sizeof(a) / sizeof((a)[0])))
#define UNUSED		__attribute__((unused))

/* No address of a program; volatile, so that the compiler cannot know. */
static volatile unsigned long tap_bad = 8;
#define BAD	((void *)tap_bad)

/* Times and offsets as the oldest calls of this machine's ABI have them. */
#ifdef __riscv
typedef int64_t tap_word;	/* of 32 bits, too */
#else
typedef long tap_word;
#endif

static int tap_n, tap_failed;

/*
 * How often to do what is only done again and again, n times where nothing is
 * slow: a kernel that checks itself is, ten times.
 */
UNUSED static int tap_rounds(int n)
{
	return getenv("TAP_LIGHT") ? n / 10 : n;
}

/* One result line.  => ok, so that a test can stop when it must */
#define check(ok, ...)	tap_check((ok) != 0, __LINE__, __VA_ARGS__)

UNUSED __attribute__((format(printf, 3, 4)))
static int tap_check(int ok, int line, const char *fmt, ...)
{
	char what[256], *sharp;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	/* in a result line # would begin a directive */
	while ((sharp = strchr(what, '#')))
		*sharp = ' ';
	if (ok)
		printf("ok %d - %s\n", ++tap_n, what);
	else
		printf("not ok %d - %s (line %d)\n", ++tap_n, what, line);
	tap_failed += !ok;
	return ok;
}

/* got == want, both shown when they differ */
#define check_eq(got, want, ...)	\
	tap_eq((long long)(got), (long long)(want), __LINE__, __VA_ARGS__)

UNUSED __attribute__((format(printf, 4, 5)))
static int tap_eq(long long got, long long want, int line,
		  const char *fmt, ...)
{
	char what[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (got != want)
		printf("# got %lld (0x%llx), want %lld (0x%llx)\n",
		       got, got, want, want);
	return tap_check(got == want, line, "%s", what);
}

/* The expression must give -1 and this errno. */
#define check_err(err, expr, ...)	do {				\
	errno = 0;							\
	long __r = (long)(expr);					\
	int __e = errno;						\
	if (__r != -1 || __e != (err))					\
		printf("# result %ld errno %d (%s), want %s\n", __r,	\
		       __e, strerror(__e), #err);			\
	tap_check(__r == -1 && __e == (err), __LINE__, __VA_ARGS__);	\
} while (0)

/* The expression must not give -1. */
#define check_ok(expr, ...)	do {					\
	errno = 0;							\
	long __r = (long)(expr);					\
	if (__r == -1)							\
		printf("# errno %d (%s)\n", errno, strerror(errno));	\
	tap_check(__r != -1, __LINE__, __VA_ARGS__);			\
} while (0)

UNUSED static void tap_skip(const char *what, const char *why)
{
	printf("ok %d - %s # SKIP %s\n", ++tap_n, what, why);
}

/*
 * The result of a first call that an extension makes: is the kernel built
 * without it?  Then a part of the program is skipped by the extension's name.
 */
UNUSED static int tap_lacks(long result, const char *extension)
{
	if (result != -1 || errno != ENOSYS)
		return 0;
	tap_skip("part", extension);
	return 1;
}

UNUSED static int tap_skip_all(const char *why)
{
	printf("1..0 # SKIP %s\n", why);
	return 0;
}

/* Last line of a test.  => exit status of main */
UNUSED static int tap_done(void)
{
	printf("1..%d\n", tap_n);
	return tap_failed != 0;
}

/* No way to go on: the harness counts a missing plan as a failure. */
UNUSED __attribute__((noreturn)) static void tap_bail(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	_exit(2);
}

/* An empty folder of this test's own, made the current one. */
static char tap_dir[64];

UNUSED static void tap_scratch(const char *name)
{
	snprintf(tap_dir, sizeof(tap_dir), "/tmp/%s.%d", name, getpid());
	if (mkdir(tap_dir, 0755) || chdir(tap_dir))
		tap_bail(tap_dir);
}

UNUSED static void tap_scratch_end(void)
{
	if (chdir("/") || rmdir(tap_dir))
		printf("# %s is not empty: %s\n", tap_dir, strerror(errno));
}

UNUSED static int exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* => 0, or -1 with errno */
UNUSED static int touch_file(const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY, 0600);

	return fd < 0 ? -1 : close(fd);
}

/* The bits that chmod(2) sets, or -1. */
UNUSED static int mode_bits(const char *path)
{
	struct stat st;

	return stat(path, &st) ? -1 : (int)(st.st_mode & 07777);
}

/* The path of a process's file in /proc, until the next one is asked for. */
UNUSED static const char *task_file(int pid, const char *name)
{
	static char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return path;
}

UNUSED static int set_limit(int what, uint64_t n)
{
	struct rlimit r = { n, n };

	return setrlimit(what, &r);
}

/* Nanoseconds of a clock, or -1. */
UNUSED static int64_t clock_ns(int clock)
{
	struct timespec t;

	if (clock_gettime(clock, &t))
		return -1;
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* Absolute path of this program, so that it can run itself elsewhere. */
static char tap_self[512];

UNUSED static void tap_find_self(const char *argv0)
{
	char cwd[256];

	if (argv0[0] == '/' || !getcwd(cwd, sizeof(cwd)))
		snprintf(tap_self, sizeof(tap_self), "%s", argv0);
	else
		snprintf(tap_self, sizeof(tap_self), "%s/%s", cwd, argv0);
}

/* In a child: it goes on only if this is so. */
UNUSED static void need(int ok, int code)
{
	if (!ok)
		_exit(code);
}

/* For signals that are only to interrupt. */
UNUSED static void ignore_signal(int sig)
{
	(void)sig;
}

UNUSED static void do_nothing(void *arg)
{
	(void)arg;
}

UNUSED static void *return_argument(void *arg)
{
	return arg;
}

UNUSED static void spin_forever(void *arg)
{
	(void)arg;
	for (;;)
		;
}

UNUSED static void pause_forever(void *arg)
{
	(void)arg;
	for (;;)
		pause();
}

UNUSED static void *pause_thread(void *arg)
{
	pause_forever(arg);
	return arg;
}

/* A child that sleeps until it is killed.  => its number, or -1 */
UNUSED static pid_t start_pausing(void)
{
	pid_t pid = fork();

	if (pid == 0)
		pause_forever(NULL);
	return pid;
}

/* => the wait status of a child that ends by itself */
UNUSED static int wait_status(pid_t pid)
{
	int status = -1;

	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* In a child: it is this user from now on, in the group of that number. */
UNUSED static void become_user(unsigned id)
{
	if (setgid(id) || setuid(id))
		_exit(100);
}

/* A child that does fn(arg) and exits with 0. */
UNUSED static pid_t start_child(void (*fn)(void *), void *arg)
{
	pid_t pid = fork();

	if (pid < 0)
		tap_bail("fork");
	if (pid == 0) {
		fn(arg);
		_exit(0);
	}
	return pid;
}

/* => the wait status of a child that does fn(arg) */
UNUSED static int in_child(void (*fn)(void *), void *arg)
{
	return wait_status(start_child(fn, arg));
}

/*
 * Waiting for what others do.  The limit is only met by a hang: no result may
 * depend on how fast the machine is.  Looks are rarer the longer it takes, so
 * that they disturb little what is looked at.
 * => was the condition met?
 */
#define eventually(condition) ({					\
	unsigned look_ = 0, met_;					\
	while (!(met_ = !!(condition)) && look_ < 1200)			\
		usleep(look_++ < 100 ? 1000 : 100000);			\
	met_;								\
})

/* The state letter of a process, or of a thread of it; 0: it is gone. */
UNUSED static char tap_state(pid_t pid, pid_t tid)
{
	char text[256], *end;
	ssize_t n = 0;
	int fd;

	snprintf(text, sizeof(text), "/proc/%d/task/%d/stat", pid, tid);
	fd = open(text, O_RDONLY);
	if (fd >= 0) {
		n = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	text[n > 0 ? n : 0] = '\0';
	end = strrchr(text, ')');
	return end && end[1] == ' ' ? end[2] : 0;
}

/* => does the process come to be in one of these states? */
UNUSED static int comes_to(pid_t pid, const char *states)
{
	char state;

	if (eventually((state = tap_state(pid, pid)) && strchr(states, state)))
		return 1;
	printf("# %d is in state %c, not one of %s\n", pid, state ?: '?',
	       states);
	return 0;
}

/* Until thread tid of this process sleeps. */
UNUSED static void wait_asleep(int tid)
{
	(void)eventually(tap_state(getpid(), tid) == 'S');
}

/* Faults of fn(arg) in this process: the signal, or 0; details in *si. */
static sigjmp_buf tap_fault_env;
static siginfo_t tap_fault_info;

UNUSED static void tap_fault_handler(int sig, siginfo_t *si, void *uc)
{
	(void)uc;
	tap_fault_info = *si;
	siglongjmp(tap_fault_env, sig);
}

UNUSED static int catch_fault(void (*fn)(void *), void *arg, siginfo_t *si)
{
	static const int sigs[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP };
	struct sigaction sa = { .sa_sigaction = tap_fault_handler,
				.sa_flags = SA_SIGINFO | SA_ONSTACK };
	struct sigaction old[COUNT(sigs)];
	volatile int sig;

	for (int i = 0; i < COUNT(sigs); i++)
		sigaction(sigs[i], &sa, &old[i]);
	sig = sigsetjmp(tap_fault_env, 1);
	if (!sig)
		fn(arg);
	for (int i = 0; i < COUNT(sigs); i++)
		sigaction(sigs[i], &old[i], NULL);
	if (sig && si)
		*si = tap_fault_info;
	return sig;
}

UNUSED static void load_byte(void *p)
{
	*(volatile char *)p;
}

UNUSED static void store_byte(void *p)
{
	*(volatile char *)p = 1;
}

UNUSED static void jump_to(void *p)
{
	((void (*)(void))p)();
}

/* Signal of one access; 0 if it was allowed. */
UNUSED static int load_fault(const volatile void *p)
{
	return catch_fault(load_byte, (void *)p, NULL);
}

UNUSED static int store_fault(volatile void *p)
{
	return catch_fault(store_byte, (void *)p, NULL);
}

UNUSED static char *anon_pages(unsigned long n, int prot)
{
	void *p = mmap(NULL, n * PG, prot, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);

	if (p == MAP_FAILED)
		tap_bail("mmap");
	return p;
}

/* How many of n pages are in memory; ~0: mincore(2) does not tell. */
UNUSED static unsigned long pages_in_memory(const volatile void *p,
					    unsigned long n)
{
	static unsigned char vec[4096];
	unsigned long in = 0;

	if (n > sizeof(vec) || syscall(SYS_mincore, p, n * PG, vec))
		return ~0UL;
	for (unsigned long i = 0; i < n; i++)
		in += vec[i] & 1;
	return in;
}

UNUSED static void put_file(const char *path, const void *text, size_t n,
			    mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);

	if (fd < 0 || write_all(fd, text, n) || fchmod(fd, mode) || close(fd))
		tap_bail(path);
}

/* What fn(arg) prints in a child.  => its exit status, or - its signal */
UNUSED static int output_of(void (*fn)(void *), void *arg, char *out,
			    size_t size)
{
	int p[2], st = -1;
	ssize_t n, have = 0;
	pid_t pid;

	if (pipe(p) || (pid = fork()) < 0)
		tap_bail("output_of");
	if (pid == 0) {
		dup2(p[1], 1);
		close(p[0]);
		close(p[1]);
		fn(arg);
		_exit(0);
	}
	close(p[1]);
	while ((n = read(p[0], out + have, size - 1 - (size_t)have)) > 0)
		have += n;
	out[have] = '\0';
	close(p[0]);
	waitpid(pid, &st, 0);
	return WIFEXITED(st) ? WEXITSTATUS(st) : -WTERMSIG(st);
}

/* Makes a copy of this program. */
UNUSED static void copy_self(const char *to, mode_t mode)
{
	static char buf[65536];
	int in = open(tap_self, O_RDONLY);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0700);
	ssize_t n;

	while ((n = read(in, buf, sizeof(buf))) > 0)
		write_all(out, buf, (size_t)n);
	close(in);
	if (close(out) || chmod(to, mode))
		tap_bail(to);
}

/* => true on a kernel that is not Lectern itself, such as the judge */
UNUSED static int on_other_kernel(void)
{
	struct stat st;

	return stat("/proc/lectern", &st) != 0;
}

/* => true on a Linux older than this version: Debian's differ by machine */
UNUSED static int on_older_linux(unsigned long major, unsigned long minor)
{
	struct utsname name;
	unsigned long its;
	char *end;

	if (!on_other_kernel() || uname(&name))
		return 0;
	its = strtoul(name.release, &end, 10);
	return its < major ||
	       (its == major && strtoul(end + 1, NULL, 10) < minor);
}

/* => the line behind /dev/console: Linux is told its name, "console=NAME" */
UNUSED static const char *console_line(void)
{
	static char words[1024];
	int fd = open("/proc/cmdline", O_RDONLY);
	ssize_t n = read(fd, words, sizeof(words) - 1);
	char *name;

	close(fd);
	words[n > 0 ? n : 0] = 0;
	name = strstr(words, "console=");
	if (!name)
		return "ttyS0";
	name += strlen("console=");
	name[strcspn(name, " ,\n")] = 0;
	return name;
}

#endif
