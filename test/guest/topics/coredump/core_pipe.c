/* SPDX-License-Identifier: MIT */
/*
 * kernel.core_pattern that begins with a | (row B6): which program is started,
 * with which words, and what it has.  How it reads is core_reader's.
 */
#include <dirent.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <time.h>
#include "audit.h"
#include "reader.h"

#define PR_SET_NAME	15
#define PR_SET_DUMPABLE	4

/* ---- the program that is started ----------------------------------------- */

/* The lines of a file that begin with one of these words. */
static void tell_lines(const char *name, const char *const *word)
{
	static char text[8192];
	int fd = open(name, O_RDONLY);
	ssize_t n = read_all(fd, text, sizeof(text) - 1);
	char *line, *state;

	close(fd);
	text[n > 0 ? n : 0] = '\0';
	for (line = strtok_r(text, "\n", &state); line;
	     line = strtok_r(NULL, "\n", &state))
		for (int i = 0; word[i]; i++)
			if (!strncmp(line, word[i], strlen(word[i])))
				dprintf(report_fd, "%s\n", line);
}

static void tell_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	struct dirent *e;
	struct stat st;
	int others = 0;

	while (d && (e = readdir(d)))
		others += e->d_name[0] != '.';
	closedir(d);
	fstat(0, &st);
	/* but 0, the report and the directory */
	tell("descriptors", "%d", others - 3);
	tell("input", "%d %d", S_ISFIFO(st.st_mode), st.st_uid);
	tell("input_flags", "%d", fcntl(0, F_GETFL) & ~O_LARGEFILE);
	tell("input_cloexec", "%d", fcntl(0, F_GETFD));
}

static void tell_link(const char *key, const char *path)
{
	char to[256];
	ssize_t n = readlink(path, to, sizeof(to) - 1);

	to[n > 0 ? n : 0] = '\0';
	dprintf(report_fd, "%s %s\n", key, to);
}

static void tell_spaces(void)
{
	static const char *const kind[] = { "uts", "pid", "user", "ipc", "mnt",
		"net" };
	char path[32], mine[64], first[64];
	int same = 1;

	for (int i = 0; i < COUNT(kind); i++) {
		ssize_t n;

		snprintf(path, sizeof(path), "/proc/self/ns/%s", kind[i]);
		n = readlink(path, mine, sizeof(mine) - 1);
		mine[n > 0 ? n : 0] = '\0';
		snprintf(path, sizeof(path), "/proc/1/ns/%s", kind[i]);
		n = readlink(path, first, sizeof(first) - 1);
		first[n > 0 ? n : 0] = '\0';
		same &= !strcmp(mine, first);
	}
	tell("spaces", "%d", same);
}

static void tell_limits(void)
{
	struct rlimit r;

	getrlimit(RLIMIT_CORE, &r);
	tell("limit_core", "%lu %lu", (unsigned long)r.rlim_cur,
	     (unsigned long)r.rlim_max);
	getrlimit(RLIMIT_STACK, &r);
	tell("limit_stack", "%lu", (unsigned long)r.rlim_cur);
	getrlimit(RLIMIT_NOFILE, &r);
	tell("limit_nofile", "%lu %lu", (unsigned long)r.rlim_cur,
	     (unsigned long)r.rlim_max);
}

static void report_ids(void)
{
	tell("ids", "%d %d %d %d %d", getuid(), geteuid(), getgid(), getegid(),
	     getgroups(0, NULL));
	tell("pid", "%d", getpid());
	tell("tree", "%d %d %d", getppid(), getpgrp(), getsid(0));
	tell("threads_group", "%d", (int)syscall(SYS_gettid) == getpid());
}

static volatile int signals;

static void count_sighup(int sig)
{
	(void)sig;
	signals++;
}

/* Last, as they change what was told. */
static void tell_group(void)
{
	int st = -1;
	pid_t pid;

	signal(SIGUSR1, count_sighup);
	/* on Linux the first process may be in it, and all that it started */
	if (!on_other_kernel())
		tell("signal_group", "%d", kill(0, SIGUSR1));
	tell("signals", "%d", signals);
	pid = fork();
	if (!pid)
		_exit(getpgrp() == 0 && getsid(0) == 0 ? 5 : 6);
	waitpid(pid, &st, 0);
	tell("child", "%d", WEXITSTATUS(st));
	/* Linux lets it, and it stops for good */
	if (!on_other_kernel())
		tell("trace_me", "%ld", syscall(SYS_ptrace, 0, 0, 0, 0));
	pid = (pid_t)syscall(SYS_setsid);
	tell("new_session", "%d %d %d", pid == getpid(), getpgrp() == pid,
	     getsid(0) == pid);
}

static int report_as_reader(int argc, char **argv, char **envp)
{
	static const char *const lines[] = { "SigBlk", "SigIgn", "SigCgt",
		"CapEff", "CapPrm", "CapBnd", "CapInh", "Umask", "PPid",
		"NSsid", "NSpgid", "TracerPid", NULL };
	struct utsname host;

	open_report_file(argv[2]);
	tell("argc", "%d", argc);
	for (int i = 0; i < argc; i++)
		dprintf(report_fd, "arg%d %s\n", i, argv[i]);
	tell("environment", "%d", envp[0] != NULL);
	tell_descriptors();
	tell_link("cwd", "/proc/self/cwd");
	tell_link("root", "/proc/self/root");
	tell_link("exe", "/proc/self/exe");
	tell_link("first_cwd", "/proc/1/cwd");
	tell_spaces();
	tell_limits();
	report_ids();
	tell("nice", "%ld", syscall(SYS_getpriority, 0, 0));
	uname(&host);
	dprintf(report_fd, "host %s\n", host.nodename);
	tell_lines("/proc/self/status", lines);
	tell("bytes", "%ld", drain_input());
	if (argv[1][0] == 'w')
		tell_group();
	publish_report(argv[2]);
	return 0;
}

/* ---- words --------------------------------------------------------------- */

static int crash_once(void (*fn)(void *), void *arg)
{
	int st;

	unlink("report");
	st = in_child(fn, arg);
	return st;
}

/* => the report is there, of a process that died of it */
static int starts_helper(void (*fn)(void *), void *arg, const char *what)
{
	int st = crash_once(fn, arg);

	if (!dumped(st))
		printf("# status %#x\n", (unsigned)st);
	return check(dumped(st) && reported(), "%s", what);
}

static int starts_none(void (*fn)(void *), void *arg)
{
	int st = crash_once(fn, arg);

	if (!not_dumped(st))
		printf("# status %#x\n", (unsigned)st);
	return not_dumped(st) && access("report", F_OK);
}

static void crash_named(void *name)
{
	syscall(SYS_prctl, PR_SET_NAME, name, 0, 0, 0);
	crash_plainly(NULL);
}

static void split_words(void)
{
	read_by("r", " a\t\tb%%c  -%e- %e%%");
	if (!starts_helper(crash_named, "a b", "a program is started"))
		return;
	check(is_number("argc", 7), "words by spaces of the pattern");
	check(is_fact("arg0", tap_self) && is_fact("arg1", "r") &&
	      is_fact("arg2", tap_dir) && is_fact("arg3", "a") &&
	      is_fact("arg4", "b%c"), "... as they stand there");
	check(is_fact("arg5", "-a b-") && is_fact("arg6", "a b%"),
	      "and none by those of what is put in");
	check(atol(fact("bytes")) > 4096, "it reads a file");
	read_by("r", "%q x%qy %q %");
	starts_helper(crash_plainly, NULL, "unknown specifiers");
	check(is_number("argc", 7) && is_fact("arg3", "") &&
	      is_fact("arg4", "xy") && is_fact("arg5", "") &&
	      is_fact("arg6", ""), "stand for nothing, as does a last %%");
	read_by("r", "a\xa0" "b \v\f\rc ");
	starts_helper(crash_plainly, NULL, "other spaces");
	check(is_number("argc", 6) && is_fact("arg3", "a") &&
	      is_fact("arg4", "b") && is_fact("arg5", "c"),
	      "part words, too; the last ones part nothing");
	read_by("r", "%e");
	starts_helper(crash_named, "", "an empty name");
	check(is_fact("arg3", "!"), "... is one");
	starts_helper(crash_named, ".", "a name of a dot");
	check(is_fact("arg3", "!"), "... is another");
	starts_helper(crash_named, "..", "two dots");
	check(is_fact("arg3", "!."), "... are as well");
	starts_helper(crash_named, "../x/", "slashes");
	check(is_fact("arg3", "..!x!"), "... are none");
}

/* A child whose numbers its parent knows before it dies. */
static int crash_known(pid_t *pid, void (*fn)(void *), void *arg)
{
	int st;

	unlink("report");
	*pid = start_child(fn, arg);
	waitpid(*pid, &st, 0);
	return st;
}

static void crash_limited(void *arg)
{
	limit_core(*(int *)arg);
	crash_plainly(NULL);
}

static void crash_other_user(void *arg)
{
	if (setresgid(1001, 1001, 1001) || setresuid(1000, 1000, 1000))
		_exit(1);
	syscall(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
	crash_plainly(arg);
}

static void specifiers(void)
{
	char want[256], *t;
	struct utsname host;
	long before = time(NULL);
	int limit = 5000;
	pid_t pid;

	read_by("r", "%p %P %i %I %s %d %c");
	check(dumped(crash_known(&pid, crash_limited, &limit)) && reported(),
	      "numbers of a process");
	snprintf(want, sizeof(want), "%d", pid);
	check(is_fact("arg3", want) && is_fact("arg4", want) &&
	      is_fact("arg5", want) && is_fact("arg6", want),
	      "%%p %%P %%i %%I");
	check(is_fact("arg7", "11") && is_fact("arg8", "1") &&
	      is_fact("arg9", "5000"), "%%s %%d %%c");
	read_by("r", "%t %h %u %g %C");
	starts_helper(crash_other_user, NULL, "a process of another user");
	check(atol(fact("arg3")) >= before && atol(fact("arg3")) <= time(NULL),
	      "%%t");
	uname(&host);
	check(is_fact("arg4", host.nodename) && is_fact("arg5", "1000") &&
	      is_fact("arg6", "1001"), "%%h %%u %%g");
	check(is_fact("ids", "0 0 0 0 0"), "... is seen to by root");
	if (on_other_kernel() && is_fact("arg7", ""))
		tap_skip("%C", "unknown to Linux 6.1");
	else
		check(fact("arg7")[0] >= '0' && fact("arg7")[0] <= '9', "%%C");
	read_by("r", "%E %f");
	starts_helper(crash_named, "other", "a program of another name");
	snprintf(want, sizeof(want), "%s", tap_self);
	for (t = want; *t; t++)
		if (*t == '/')
			*t = '!';
	check(is_fact("arg3", want), "%%E is the program's whole name");
	check(is_fact("arg4", strrchr(tap_self, '/') + 1), "%%f its last part");
}

/* Run from a copy that is gone by then. */
static void crash_unlinked(void *name)
{
	char *argv[] = { name, "crash", NULL };

	execv(name, argv);
}

static void crash_without_file(void)
{
	char want[160], *t;

	copy_self("copy", 0755);
	read_by("r", "%E %f");
	starts_helper(crash_unlinked, "copy", "a program that is gone");
	snprintf(want, sizeof(want), "%s/copy (deleted)", tap_dir);
	for (t = want; *t; t++)
		if (*t == '/')
			*t = '!';
	check(is_fact("arg3", want) && is_fact("arg4", "copy (deleted)"),
	      "... is told to be");
	unlink("copy");
}

/* ---- what it has --------------------------------------------------------- */

static void start_clean_helper(void)
{
	char all[32];

	read_by("w", "x");
	umask(077);
	signal(SIGHUP, SIG_IGN);
	setenv("LEFT", "over", 1);
	starts_helper(crash_plainly, NULL, "a program that looks around");
	signal(SIGHUP, SIG_DFL);
	umask(022);
	check(is_number("environment", 0), "has no environment");
	check(is_number("descriptors", 0) && is_fact("input", "1 0"),
	      "but one descriptor, a pipe of root's");
	check(is_number("input_flags", O_RDONLY) &&
	      is_number("input_cloexec", 0), "... a plain one");
	check(is_fact("root", "/") && is_fact("cwd", fact("first_cwd")),
	      "the first process's root and working directory");
	check(is_fact("exe", tap_self), "its program");
	check(is_fact("ids", "0 0 0 0 0"), "root's ids, no groups");
	check(is_fact("tree", "2 0 0"),
	      "the parent 2, the group and session 0");
	check(is_fact("limit_core", "1 1"), "RLIMIT_CORE of 1");
	check(is_fact("limit_stack", "8388608") &&
	      is_fact("limit_nofile", "1024 4096"), "the others as at boot");
	check(is_number("spaces", 1), "the first name spaces");
	check(is_number("nice", 20), "no nice value");
	check(strstr(report, "SigBlk:\t0000000000000000\n") &&
	      strstr(report, "SigIgn:\t0000000000000000\n") &&
	      strstr(report, "SigCgt:\t0000000000000000\n"),
	      "no signals blocked, ignored, caught");
	check(strstr(report, "Umask:\t0022\n") != NULL, "umask 022");
	snprintf(all, sizeof(all), "CapEff:\t%016llx\n", (1ull << 41) - 1);
	check(strstr(report, all) != NULL, "all capabilities");
	if (on_other_kernel())
		tap_skip("its group", "others are in it");
	else
		check(is_number("signal_group", 0) && is_number("signals", 1),
		      "it can signal its group, which is no one else");
	if (!on_other_kernel())
		check(is_number("trace_me", -1),
		      "its parent, which is no program, does not trace it");
	check(is_number("child", 5), "its children are in them, too");
	check(is_fact("new_session", "1 1 1"), "it can begin a session");
	check(eventually(kill(atoi(fact("pid")), 0) && errno == ESRCH),
	      "nobody need wait for it");
}

static void crash_elsewhere(void *arg)
{
	if (syscall(SYS_unshare, CLONE_NEWUTS) ||
	    syscall(SYS_sethostname, "in/side", 7L) || chroot(tap_dir) ||
	    chdir("/"))
		_exit(1);
	crash_plainly(arg);
}

static void crash_numbered(void *arg)
{
	int st;
	pid_t pid;

	if (syscall(SYS_unshare, CLONE_NEWPID))
		_exit(1);
	pid = fork();
	if (!pid) {
		/* what is 1 there has no default actions; its child has */
		pid = fork();
		if (!pid)
			crash_plainly(arg);
		waitpid(pid, &st, 0);
		_exit(!dumped(st));
	}
	waitpid(pid, &st, 0);
	_exit(st != 0);
}

static void elsewhere(void)
{
	struct utsname host;

	read_by("r", "%h");
	if (crash_once(crash_elsewhere, NULL) == 1 << 8) {
		tap_skip("name spaces", "there are none");
		return;
	}
	check(reported(), "a process with a root and a host of its own");
	uname(&host);
	check(is_fact("arg3", "in!side"), "its host's name");
	check(is_fact("host", host.nodename) && is_number("spaces", 1) &&
	      is_fact("root", "/"), "nothing of them is the program's");
	read_by("r", "%p %i %P");
	check(crash_once(crash_numbered, NULL) == 0 && reported(),
	      "one with numbers of its own");
	check(is_fact("arg3", "2") && is_fact("arg4", "2") &&
	      atoi(fact("arg5")) > 2, "%%p and %%i are those, %%P is not");
}

/* ---- who, and which ------------------------------------------------------ */

static void crash_undumpable(void *arg)
{
	syscall(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
	crash_plainly(arg);
}

/* Its memory is not its user's to see. */
static void crash_former_root(void *arg)
{
	if (setresgid(1000, 1000, 1000) || setresuid(1000, 1000, 1000))
		_exit(1);
	crash_plainly(arg);
}

static void crash_by_limits(void)
{
	int limit = 0;

	read_by("r", "%d");
	starts_helper(crash_limited, &limit,
		      "RLIMIT_CORE 0 is no limit for it");
	check(starts_none(crash_limited, (limit = 1, &limit)), "1 is");
	starts_helper(crash_limited, (limit = 2, &limit), "2 is none");
	check(starts_none(crash_undumpable, NULL),
	      "what is not dumpable starts none");
	set_kernel("../fs/suid_dumpable", "0");
	check(starts_none(crash_former_root, NULL), "nor who changed its user");
	set_kernel("../fs/suid_dumpable", "2");
	starts_helper(crash_former_root, NULL, "but with suid_dumpable 2");
	check(is_fact("arg3", "2"), "... which %%d tells");
	set_kernel("../fs/suid_dumpable", "0");
}

static void pattern_none(const char *pattern, const char *what)
{
	set_kernel("core_pattern", pattern);
	check(starts_none(crash_plainly, NULL), "%s", what);
}

static void no_program(void)
{
	char pattern[160];

	pattern_none("|", "| alone starts none");
	pattern_none("|  ", "nor with spaces");
	pattern_none("|%", "nor with %%");
	pattern_none("|%q x", "nor with a name that is empty");
	pattern_none("|/nowhere/at/all %p", "nor a program that is not there");
	pattern_none("|/", "nor a directory");
	put_file("text", "no program", 10, 0755);
	snprintf(pattern, sizeof(pattern), "|%s/text", tap_dir);
	pattern_none(pattern, "nor what is no program");
	copy_self("closed", 0644);
	snprintf(pattern, sizeof(pattern), "|%s/closed r %s", tap_dir, tap_dir);
	pattern_none(pattern, "nor what is not executable");
	unlink("text");
	unlink("closed");
}

static void which(void)
{
	char text[256], cwd[8] = "";
	int n;

	n = snprintf(text, sizeof(text), "|%s r %s ", tap_self, tap_dir);
	memset(text + n, 'x', sizeof(text) - 1 - (size_t)n);
	text[sizeof(text) - 1] = '\0';
	set_kernel("core_pattern", text);
	starts_helper(crash_plainly, NULL, "a pattern that is too long");
	check_eq(strlen(fact("arg3")), 127 - n, "is cut off at 127 bytes");
	snprintf(text, sizeof(text), "#!%s r\n", tap_self);
	put_file("script", text, strlen(text), 0755);
	snprintf(text, sizeof(text), "|%s/script %s x", tap_dir, tap_dir);
	set_kernel("core_pattern", text);
	/* the script's own name comes where the directory should be */
	snprintf(text, sizeof(text), "#!%s s\n", tap_self);
	put_file("script", text, strlen(text), 0755);
	starts_helper(crash_plainly, NULL, "a script");
	check(is_number("argc", 4) && is_fact("arg3", "x"), "has its words");
	unlink("script");
	if (readlink("/proc/1/cwd", cwd, sizeof(cwd)) != 1) {
		tap_skip("a relative name", "init is elsewhere");
		return;
	}
	snprintf(text, sizeof(text), "|%s r %s", tap_self + 1, tap_dir);
	set_kernel("core_pattern", text);
	starts_helper(crash_plainly, NULL,
		      "a relative name is looked up where init is");
	set_kernel("core_uses_pid", "1");
	read_by("r", "x");
	starts_helper(crash_plainly, NULL, "core_uses_pid");
	check(is_number("argc", 4) && is_fact("arg3", "x"),
	      "adds nothing to a command");
	set_kernel("core_uses_pid", "0");
}

static void one_crash(void)
{
	crash_once(crash_plainly, NULL);
	reported();
	eventually(kill(atoi(fact("pid")), 0));
}

static void balance_helpers(void)
{
	read_by("r", "x");
	one_crash();
	if (audit_take()) {
		tap_skip("what is left", "no audit");
		return;
	}
	for (int i = 0; i < 10; i++)
		one_crash();
	set_kernel("core_pattern", "|/nowhere");
	for (int i = 0; i < 10; i++)
		crash_once(crash_plainly, NULL);
	check(audit_same(4), "nothing is left of programs that were started");
}

int main(int argc, char **argv, char **envp)
{
	if (argc > 3 && !strcmp(argv[1], "s")) {
		argv[2] = argv[3];
		argv[3] = argv[4];
		return report_as_reader(argc - 1, argv, envp);
	}
	if (argc > 2)
		return report_as_reader(argc, argv, envp);
	if (argc > 1) {
		unlink(argv[0]);
		crash_plainly(NULL);
	}
	tap_find_self(argv[0]);
	if (geteuid() || !set_kernel("core_pattern", "|/nowhere"))
		return tap_skip_all("core_pattern cannot be set");
	tap_scratch("core_pipe");
	split_words();
	specifiers();
	crash_without_file();
	start_clean_helper();
	elsewhere();
	crash_by_limits();
	no_program();
	which();
	balance_helpers();
	set_kernel("core_pattern", "core");
	tap_scratch_end();
	return tap_done();
}
