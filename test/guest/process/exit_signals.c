/* SPDX-License-Identifier: MIT */
/*
 * How a parent hears of an end (row B16): children whose end sends another
 * signal than SIGCHLD, or none, and ends with a core file, by the signal, by
 * wait4 and by waitid.
 */
#include <sys/resource.h>
#include "tap.h"

#define ALL	0
#define PID	1
#define NOWAIT	0x01000000
#define EXITED	4
#define NOTHREAD 0x20000000
#define CLONE_PARENT 0x8000

static volatile int heard;		/* the last signal, 0: none */
static siginfo_t told;

static void note_child_signal(int sig, siginfo_t *si, void *uc)
{
	heard = sig;
	told = *si;
}

static void listen_for_ends(int sig)
{
	struct sigaction sa = { .sa_sigaction = note_child_signal,
				.sa_flags = SA_SIGINFO | SA_RESTART };

	sigaction(sig, &sa, NULL);
}

/* As fork, but for the signal; what: more flags. */
static pid_t clone_with_signal(unsigned long what)
{
	return (pid_t)syscall(SYS_clone, what, 0, 0, 0, 0);
}

static pid_t start_ending(unsigned long what)
{
	pid_t pid = clone_with_signal(what);

	if (!pid)
		_exit(7);
	return pid;
}

static long await(pid_t pid, siginfo_t *si, unsigned options)
{
	memset(si, 0, sizeof(*si));
	return syscall(SYS_waitid, pid ? PID : ALL, pid, si, options, NULL);
}

static void check_told(pid_t pid, const siginfo_t *si, const char *what)
{
	check(si->si_pid == pid && si->si_code == CLD_EXITED &&
	      si->si_status == 7 && si->si_uid == geteuid(),
	      "%s: who, and how", what);
}

/* Not asked for, it is no child at all. */
static void another_signal(int sig, const char *what)
{
	siginfo_t si;
	pid_t pid;

	heard = 0;
	pid = start_ending(sig);
	check_ok(await(pid, &si, EXITED | NOWAIT | __WCLONE), "%s: __WCLONE",
		 what);
	check_told(pid, &si, "waitid");
	check_eq(si.si_signo, SIGCHLD, "which speaks of SIGCHLD");
	check_err(ECHILD, await(pid, &si, EXITED | WNOHANG), "else: nobody");
	check_err(ECHILD, await(0, &si, EXITED), "nor among all");
	check_err(ECHILD, waitpid(pid, NULL, 0), "wait4 likewise");
	check_ok(await(pid, &si, EXITED | NOWAIT | __WALL), "__WALL");
	check_ok(await(pid, &si, EXITED | NOWAIT | __WALL | __WCLONE), "both");
	check_ok(await(pid, &si, EXITED | NOWAIT | __WCLONE | NOTHREAD),
		 "its own thread's");
	check_eq(waitpid(-1, NULL, (int)__WCLONE), pid, "is reaped");
	check_eq(heard, sig, "the signal that was asked for");
	if (sig)
		check_told(pid, &told, "by it");
}

static void usual(void)
{
	siginfo_t si;
	pid_t pid;

	heard = 0;
	pid = start_ending(SIGCHLD);
	check_ok(await(pid, &si, EXITED | NOWAIT), "the usual child");
	check_err(ECHILD, await(pid, &si, EXITED | __WCLONE), "not __WCLONE");
	check_ok(await(pid, &si, EXITED | __WALL), "__WALL");
	check_eq(heard, SIGCHLD, "SIGCHLD");
	check_told(pid, &told, "by it");
}

/* Ignoring SIGCHLD is about those that send it. */
static void ignored(void)
{
	siginfo_t si;
	pid_t pid;

	signal(SIGCHLD, SIG_IGN);
	pid = start_ending(SIGUSR1);
	check_ok(await(pid, &si, EXITED | __WCLONE), "SIGCHLD is ignored");
	pid = start_ending(0);
	check_ok(await(pid, &si, EXITED | __WCLONE), "and nothing is sent");
	pid = start_ending(SIGCHLD);
	check_err(ECHILD, await(pid, &si, EXITED),
		  "but one that sends it goes");
	listen_for_ends(SIGCHLD);
}

/* The new program's end is told by SIGCHLD. */
static void execed(void)
{
	siginfo_t si;
	pid_t pid;

	heard = 0;
	pid = clone_with_signal(SIGUSR1);
	if (!pid) {
		execv(tap_self, (char *[]){ tap_self, "-exit", NULL });
		_exit(1);
	}
	check(await(pid, &si, EXITED | __WALL) == 0 && si.si_status == 7,
	      "after its exec");
	check_eq(heard, SIGCHLD, "it is the usual child");
}

/* A sister has the signal its sister has; a thread's child is the caller's. */
static void sisters(void)
{
	siginfo_t si;
	pid_t pid;

	heard = 0;
	pid = clone_with_signal(SIGUSR1);
	if (!pid)
		_exit(start_ending(CLONE_PARENT | SIGCHLD) < 0);
	check(await(pid, &si, EXITED | __WCLONE) == 0, "CLONE_PARENT");
	check(await(0, &si, EXITED | __WCLONE) == 0 && si.si_status == 7,
	      "has its sister's signal");
	check_eq(heard, SIGUSR1, "which comes");
}

/* ---- the parent's exec --------------------------------------------------- */

/*
 * The parent has become another program, perhaps with other rights: the
 * child's choice of a signal counts no more.
 */
static int end_after_exec(const char *fd)
{
	siginfo_t si;
	long r;

	listen_for_ends(SIGCHLD);
	listen_for_ends(SIGUSR1);
	close(atoi(fd));
	r = await(0, &si, EXITED | __WCLONE);
	if (r || si.si_status != 7)
		return 10;
	return heard == SIGCHLD ? 0 : heard == SIGUSR1 ? 11 : 12;
}

static void before_exec(void *arg)
{
	char text[16], c;
	int p[2];

	/* it ends when the new program has closed the other end */
	pipe(p);
	signal(SIGUSR1, SIG_IGN);
	if (!clone_with_signal(SIGUSR1)) {
		close(p[1]);
		read(p[0], &c, 1);
		_exit(7);
	}
	close(p[0]);
	snprintf(text, sizeof(text), "%d", p[1]);
	execv(tap_self, (char *[]){ tap_self, "-after", text, NULL });
	_exit(1);
}

/* ---- core files ---------------------------------------------------------- */

static void dump(unsigned long long most, int sig, int code, const char *what)
{
	struct rlimit l = { most, most };
	siginfo_t si;
	pid_t pid;
	int st;

	heard = 0;
	pid = fork();
	if (!pid) {
		setrlimit(RLIMIT_CORE, &l);
		raise(sig);
		_exit(1);
	}
	check_ok(await(pid, &si, EXITED | NOWAIT), "%s", what);
	check(si.si_pid == pid && si.si_code == code && si.si_status == sig,
	      "waitid");
	check(waitpid(pid, &st, 0) == pid && WIFSIGNALED(st) &&
	      WTERMSIG(st) == sig &&
	      !WCOREDUMP(st) == (code != CLD_DUMPED), "wait4");
	check(heard == SIGCHLD && told.si_pid == pid &&
	      told.si_code == code && told.si_status == sig, "SIGCHLD");
	unlink("core");
}

static void cores(void)
{
	tap_scratch("exit_signals");
	dump(RLIM_INFINITY, SIGABRT, CLD_DUMPED, "with a core file");
	dump(RLIM_INFINITY, SIGSEGV, CLD_DUMPED, "of another signal");
	dump(RLIM_INFINITY, SIGTERM, CLD_KILLED, "a signal without");
	dump(0, SIGABRT, CLD_KILLED, "a limit of 0");
	mkdir("core", 0700);
	dump(RLIM_INFINITY, SIGABRT, CLD_KILLED, "no place for it");
	rmdir("core");
	tap_scratch_end();
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "-exit"))
		return 7;
	if (argc > 2)
		return end_after_exec(argv[2]);
	tap_find_self(argv[0]);
	listen_for_ends(SIGCHLD);
	listen_for_ends(SIGUSR1);
	usual();
	another_signal(SIGUSR1, "SIGUSR1");
	another_signal(0, "no signal");
	ignored();
	execed();
	sisters();
	check_eq(in_child(before_exec, NULL), 0,
		 "the parent's exec makes it SIGCHLD");
	cores();
	return tap_done();
}
