/* SPDX-License-Identifier: MIT */
/*
 * The tree of control groups (row D9): directories, who is in them, what may be
 * moved and by whom, kinds of groups, limits of the tree, and what is told.
 */
#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <sys/types.h>
#include "cg.h"
#include "texts.h"

#define OTHER	1234
#define CLONE_PIDFD	0x1000ull
#define CLONE_INTO_CGROUP 0x200000000ull

static void list_group_files(void)
{
	static const char *const all[] = {
		"cgroup.procs", "cgroup.threads", "cgroup.controllers",
		"cgroup.subtree_control", "cgroup.events", "cgroup.type",
		"cgroup.stat", "cgroup.max.depth", "cgroup.max.descendants",
		"cgroup.freeze", "cgroup.kill", "cpu.stat",
	};
	struct stat st;
	int there = 0;

	for (int i = 0; i < COUNT(all); i++)
		there += !access(cg_path(all[i]), F_OK);
	check_eq(there, COUNT(all), "every file is there");
	check(stat(cg_path("cgroup.procs"), &st) == 0 && st.st_size == 0 &&
	      (st.st_mode & 07777) == 0644, "cgroup.procs: mode, size");
	check(stat(cg_path("cgroup.kill"), &st) == 0 &&
	      (st.st_mode & 07777) == 0200, "cgroup.kill is for writing");
	check(stat(cg_path("cgroup.events"), &st) == 0 &&
	      (st.st_mode & 07777) == 0444, "cgroup.events is for reading");
	check(access(CG_TOP "/cgroup.events", F_OK) && errno == ENOENT,
	      "the root has no events");
	check(access(CG_TOP "/cgroup.type", F_OK) && errno == ENOENT,
	      "nor a type");
	check(cg_is("cgroup.type", "domain\n"), "a domain");
	check(cg_is("cgroup.events", "populated 0\nfrozen 0\n"), "empty");
	check(cg_is("cgroup.procs", ""), "nobody in it");
	check(cg_is("cgroup.max.depth", "max\n"), "no limit of depth");
	check(cg_is("cgroup.max.descendants", "max\n"), "nor of number");
	check(cg_is("cgroup.freeze", "0\n"), "not to be frozen");
	check(cg_field("cgroup.stat", "nr_descendants") == 0, "none below it");
	check(cg_field("cpu.stat", "usage_usec") == 0, "no time used");
	check_eq(open(cg_path("new"), O_WRONLY | O_CREAT, 0644), -1,
		 "no files can be made");
	check_eq(errno, EACCES, "EACCES");
	check_err(EPERM, unlink(cg_path("cgroup.procs")), "nor removed");
	check_err(EPERM, symlink("x", cg_path("l")), "nor links");
}

static void make_groups(void)
{
	struct stat st;

	check_eq(cg_make("a"), 0, "a group in a group");
	check_eq(cg_make("a"), EEXIST, "twice");
	check_eq(cg_make("a/b"), 0, "one below");
	check_eq(cg_make("x\ny"), EINVAL, "a name with a line's end");
	check(!stat(cg_path("a"), &st) && st.st_nlink == 3, "its links");
	check_eq(cg_field("cgroup.stat", "nr_descendants"), 2, "two below");
	check_eq(cg_drop("a"), EBUSY, "not while one is below it");
	check_eq(cg_drop("a/b"), 0, "from the leaf up");
	check_eq(cg_drop("a"), 0, "then it");
	check_eq(cg_drop("a"), ENOENT, "not twice");
	check_eq(cg_field("cgroup.stat", "nr_descendants"), 0, "none");
}

/* A file of a group that is gone. */
static void use_removed_group(void)
{
	char buf[8];
	int rd, wr;

	cg_make("gone");
	rd = open(cg_path("gone/cgroup.procs"), O_RDONLY);
	wr = open(cg_path("gone/cgroup.procs"), O_WRONLY);
	check(rd >= 0 && wr >= 0, "open files of a group");
	check_eq(cg_drop("gone"), 0, "which goes");
	check_err(ENODEV, read(rd, buf, sizeof(buf)), "read: ENODEV");
	check_err(ENODEV, write(wr, "0", 1), "write: ENODEV");
	close(rd);
	close(wr);
	check_eq(cg_make("gone"), 0, "the name comes again");
	check_eq(cg_drop("gone"), 0, "and goes");
}

static void limit_tree(void)
{
	check_eq(cg_put("cgroup.max.descendants", "1"), 0, "one at most");
	check_eq(cg_make("a"), 0, "the first");
	check_eq(cg_make("b"), EAGAIN, "the second");
	check_eq(cg_make("a/b"), EAGAIN, "nor below the first");
	check_eq(cg_put("cgroup.max.descendants", "max"), 0, "any number");
	check_eq(cg_put("cgroup.max.depth", "1"), 0, "one level");
	check_eq(cg_make("a/b"), EAGAIN, "not two");
	check_eq(cg_make("b"), 0, "but two of one");
	check(cg_is("cgroup.max.depth", "1\n"), "as it was set");
	check_eq(cg_put("cgroup.max.depth", "max\n"), 0, "any depth");
	check_eq(cg_put("cgroup.max.depth", "-1"), ERANGE, "less than none");
	check_eq(cg_put("cgroup.max.depth", "2147483648"), ERANGE, "too many");
	check_eq(cg_put("cgroup.max.depth", "x"), EINVAL, "no number");
	check_eq(cg_put("cgroup.max.depth", "1 2"), EINVAL, "two");
	check_eq(cg_put("cgroup.max.depth", ""), 0, "nothing is written");
	cg_drop("a");
	cg_drop("b");
}

/* ---- members ------------------------------------------------------------- */

static int in_group(pid_t pid, const char *group)
{
	char want[128], got[128];
	const char *path = task_file(pid, "cgroup");

	snprintf(want, sizeof(want), "0::%s%s\n",
		 cg_dir + strlen(CG_TOP), group);
	text_read(path, got, sizeof(got));
	/* Linux may have other hierarchies as well */
	if (!strstr(got, want))
		printf("# %s: \"%s\", want \"%s\"\n", path, got, want);
	return strstr(got, want) != NULL;
}

static void moving(void)
{
	pid_t pid = start_child(cg_pause, NULL);
	char text[32];

	cg_make("a");
	cg_make("b");
	check_eq(cg_put_number("a/cgroup.procs", pid), 0, "into a");
	check(cg_lists("a/cgroup.procs", pid), "it is listed");
	check(cg_lists("a/cgroup.threads", pid), "as a thread, too");
	check(in_group(pid, "/a"), "/proc/PID/cgroup");
	check(cg_is("a/cgroup.events", "populated 1\nfrozen 0\n"), "populated");
	check(cg_is("cgroup.events", "populated 1\nfrozen 0\n"), "above, too");
	check_eq(cg_drop("a"), EBUSY, "it cannot be removed");
	snprintf(text, sizeof(text), " %d\n", pid);
	check_eq(cg_put("b/cgroup.procs", text), 0, "on to b, with spaces");
	check(cg_is("a/cgroup.procs", ""), "not in a any more");
	check(cg_lists("b/cgroup.procs", pid), "in b");
	check(cg_is("a/cgroup.events", "populated 0\nfrozen 0\n"), "a: empty");
	cg_end(pid);
	check(cg_is("b/cgroup.events", "populated 0\nfrozen 0\n"), "b: empty");
	check(cg_is("cgroup.events", "populated 0\nfrozen 0\n"), "and above");
	check_eq(cg_put_number("a/cgroup.procs", pid), ESRCH, "it has gone");
	check_eq(cg_put("a/cgroup.procs", "-1"), EINVAL, "no number of one");
	check_eq(cg_put("a/cgroup.procs", "self"), EINVAL, "no number");
	check_eq(cg_put("a/cgroup.procs", "99999999999"), EINVAL, "too large");
	check_eq(cg_drop("a"), 0, "a goes");
	check_eq(cg_drop("b"), 0, "b goes");
}

static void move_self(void *arg)
{
	pid_t pid;
	int st;

	(void)arg;
	if (cg_put("a/cgroup.procs", "0"))
		_exit(1);
	pid = fork();
	if (pid == 0)
		_exit(in_group(getpid(), "/a") ? 0 : 3);
	if (waitpid(pid, &st, 0) != pid || st)
		_exit(2);
	_exit(in_group(getpid(), "/a") ? 0 : 4);
}

/* A zombie is in no list, but is still said to be of its group. */
static void end_in_group(void *arg)
{
	(void)arg;
	_exit(cg_put("a/cgroup.procs", "0"));
}

static void keep_zombies(void)
{
	siginfo_t si;
	pid_t pid;

	pid = start_child(end_in_group, NULL);
	waitid(P_PID, pid, &si, WEXITED | WNOWAIT);
	check_eq(si.si_status, 0, "it moved and ended");
	check(cg_is("a/cgroup.procs", ""), "a zombie is not listed");
	check(cg_is("a/cgroup.events", "populated 0\nfrozen 0\n"),
	      "nor does it populate");
	check(in_group(pid, "/a"), "but it has a group");
	check_eq(cg_drop("a"), 0, "which can go");
	check(in_group(pid, "/a (deleted)"), "and is said to have gone");
	cg_end(pid);
}

static void inheriting(void)
{
	cg_make("a");
	check_eq(in_child(move_self, NULL), 0, "0 is the writer; forks stay");
	keep_zombies();
}

/* ---- threads ------------------------------------------------------------- */

static int thread_pipe[2];
static volatile int thread_tid;

static void *read_in_group_thread(void *arg)
{
	char c;

	(void)arg;
	thread_tid = (int)syscall(SYS_gettid);
	return (void *)(long)read(thread_pipe[0], &c, 1);
}

static void thread_a_group(void)
{
	pthread_t t;

	cg_make("d");
	cg_make("d/t");
	check_eq(cg_put("d/t/cgroup.type", "domain"), EINVAL, "no way back");
	check_eq(cg_put("d/t/cgroup.type", "threaded"), 0, "threaded");
	check(cg_is("d/t/cgroup.type", "threaded\n"), "it is told");
	check(cg_is("d/cgroup.type", "domain threaded\n"), "and above");
	cg_make("d/x");
	check(cg_is("d/x/cgroup.type", "domain invalid\n"), "a domain beside");
	check_eq(cg_put("d/x/cgroup.procs", "0"), EOPNOTSUPP,
		 "can have nobody");
	check_err(EOPNOTSUPP, (errno = 0, cg_get("d/t/cgroup.procs"),
			       errno ? -1 : 0), "no processes there");
	if (pipe(thread_pipe) || pthread_create(&t, NULL, read_in_group_thread,
						NULL))
		tap_bail("thread");
	(void)eventually(thread_tid);
	check_eq(cg_put_number("d/t/cgroup.threads", thread_tid), EOPNOTSUPP,
		 "not from another domain");
	check_eq(cg_put("d/cgroup.procs", "0"), 0, "the process into d");
	check_eq(cg_put_number("d/t/cgroup.threads", thread_tid), 0,
		 "its thread into d/t");
	check(cg_lists("d/t/cgroup.threads", thread_tid), "there it is");
	check(!cg_lists("d/cgroup.threads", thread_tid), "and not in d");
	check(cg_lists("d/cgroup.procs", getpid()), "the process is in d");
	check_eq(cg_put_number("d/t/cgroup.threads", 0x7fffffff), ESRCH,
		 "no such thread");
	if (write(thread_pipe[1], "x", 1) != 1 || pthread_join(t, NULL))
		tap_bail("join");
	(void)eventually(cg_is("d/t/cgroup.threads", ""));
	check(cg_is("d/t/cgroup.events", "populated 0\nfrozen 0\n"),
	      "it has ended");
	snprintf(cg_dir + strlen(cg_dir), 4, "/..");
	check_eq(cg_put("cgroup.procs", "0"), 0, "back");
	cg_dir[strlen(cg_dir) - 3] = '\0';
	cg_drop("d/x");
	cg_drop("d/t");
	cg_drop("d");
}

/* ---- by whom ------------------------------------------------------------- */

static void use_delegated(void *arg)
{
	pid_t mine;
	int err;

	(void)arg;
	if (setresuid(OTHER, OTHER, OTHER))
		_exit(1);
	mine = start_child(cg_pause, NULL);
	/* a file of its own, but where the ways meet is not */
	err = cg_put_number("del/cgroup.procs", mine);
	cg_end(mine);
	_exit(err == EACCES ? cg_make("del/sub") : 2);
}

/* What was made in it is its own, and it may move within. */
static void within(void *arg)
{
	pid_t pid;
	int err;

	(void)arg;
	if (cg_put("del/sub/cgroup.procs", "0") ||
	    setresuid(OTHER, OTHER, OTHER))
		_exit(1);
	pid = start_child(cg_pause, NULL);
	if (cg_make("del/two"))
		_exit(2);
	err = cg_put_number("del/two/cgroup.procs", pid);
	cg_end(pid);
	_exit(err ? 3 : cg_drop("del/two") ? 4 : 0);
}

static void delegation(void)
{
	struct stat st;

	cg_make("del");
	check_ok(chown(cg_path("del"), OTHER, OTHER), "give a group away");
	check_ok(chown(cg_path("del/cgroup.procs"), OTHER, OTHER), "its list");
	check_eq(in_child(use_delegated, NULL), 0,
		 "moving in from outside: EACCES");
	check(!stat(cg_path("del/sub/cgroup.procs"), &st) &&
	      st.st_uid == OTHER, "what it makes is its own");
	check_eq(in_child(within, NULL), 0, "moving within is allowed");
	cg_drop("del/sub");
	cg_drop("del");
}

/* ---- clone3 -------------------------------------------------------------- */

struct args {
	unsigned long long flags, pidfd, child_tid, parent_tid, exit_signal,
		 stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

static void cloning(void)
{
	struct args a = { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD };
	int fd, st = -1;
	long pid;

	cg_make("c");
	fd = open(cg_path("c"), O_RDONLY | O_DIRECTORY);
	a.cgroup = (unsigned long long)fd;
	pid = syscall(SYS_clone3, &a, sizeof(a));
	if (pid == 0)
		_exit(in_group(getpid(), "/c") ? 0 : 1);
	check(pid > 0 && waitpid((pid_t)pid, &st, 0) == pid && st == 0,
	      "INTO_CGROUP: born there");
	check(!in_group(getpid(), "/c"), "the parent is not");
	pid = syscall(SYS_clone3, &a, 80);
	check(pid == -1 && errno == EINVAL, "too old a structure");
	close(fd);
	fd = open("/", O_RDONLY);
	a.cgroup = (unsigned long long)fd;
	pid = syscall(SYS_clone3, &a, sizeof(a));
	check(pid == -1 && errno == EBADF, "no group");
	close(fd);
	fd = open(cg_path("c"), O_RDONLY | O_DIRECTORY);
	cg_drop("c");
	a.cgroup = (unsigned long long)fd;
	pid = syscall(SYS_clone3, &a, sizeof(a));
	check_eq(pid == -1 ? errno : 0, ENOENT, "one that has gone");
	close(fd);
}

/* As OTHER, whose list of processes "d" has.  Ends with the clone's errno. */
static void clones_as_other(void *arg)
{
	struct args a = { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD };
	const char *const *way = arg;		/* from, to */
	long pid;

	if (*way[0] && cg_put_number(way[0], getpid()))
		_exit(90);
	a.cgroup = (unsigned long long)open(cg_path(way[1]),
					    O_RDONLY | O_DIRECTORY);
	if (setresgid(OTHER, OTHER, OTHER) || setresuid(OTHER, OTHER, OTHER))
		_exit(91);
	pid = syscall(SYS_clone3, &a, sizeof(a));
	if (pid > 0)
		waitpid((pid_t)pid, NULL, 0);
	_exit(pid < 0 ? errno : 0);
}

static void cloning_by_right(void)
{
	const char *outside[] = { "", "d" };
	const char *below[] = { "d/cgroup.procs", "d/e" };

	cg_make("d");
	cg_make("d/e");
	check_ok(chown(cg_path("d/cgroup.procs"), OTHER, OTHER), "a list");
	check_eq(in_child(clones_as_other, outside), EACCES << 8,
		 "INTO_CGROUP from outside");
	check_eq(in_child(clones_as_other, below), EACCES << 8,
		 "... into what one may not write to");
	chown(cg_path("d/e/cgroup.procs"), OTHER, OTHER);
	check_eq(in_child(clones_as_other, below), 0, "... but where one may");
	cg_drop("d/e");
	cg_drop("d");
}

/* ---- telling ------------------------------------------------------------- */

static void telling(void)
{
	struct pollfd p = { .events = POLLPRI };
	char buf[64];
	pid_t pid;

	cg_make("e");
	p.fd = open(cg_path("e/cgroup.events"), O_RDONLY);
	check(read(p.fd, buf, sizeof(buf)) > 0, "cgroup.events is read");
	check_eq(poll(&p, 1, 0), 0, "nothing new");
	pid = start_child(cg_pause, NULL);
	cg_put_number("e/cgroup.procs", pid);
	check_eq(poll(&p, 1, -1), 1, "somebody came");
	check_eq(p.revents, POLLPRI | POLLERR, "as an exception");
	lseek(p.fd, 0, SEEK_SET);
	check(read(p.fd, buf, sizeof(buf)) > 0 &&
	      !strncmp(buf, "populated 1\n", 12), "which it says");
	check_eq(poll(&p, 1, 0), 0, "nothing new again");
	cg_end(pid);
	check_eq(poll(&p, 1, -1), 1, "it went");
	close(p.fd);
	cg_drop("e");
}

int main(void)
{
	if (!cg_begin("tree"))
		return tap_skip_all("no cgroup2 in " CG_TOP);
	list_group_files();
	make_groups();
	use_removed_group();
	limit_tree();
	moving();
	inheriting();
	thread_a_group();
	delegation();
	cloning();
	cloning_by_right();
	telling();
	cg_finish();
	return tap_done();
}
