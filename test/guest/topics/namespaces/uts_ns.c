/* SPDX-License-Identifier: MIT */
/*
 * Name spaces of host names (rows D8, D10): clone(2), unshare(2) and setns(2)
 * by a file and by a pidfd, their identity in /proc, the limit of a user, and
 * what is refused.
 */
#include <sched.h>
#include <stdint.h>
#include <sys/utsname.h>
#include <thread.h>
#include "spaces.h"

#define NEWTIME		0x80
#define NS_GET_USERNS	0xb701
#define NS_GET_NSTYPE	0xb703
#define LIMIT		"/proc/sys/user/max_uts_namespaces"
#define KINDS		(CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNET | \
			 CLONE_NEWPID | NEWTIME)

static const char *node_name(void)
{
	static struct utsname u;

	return uname(&u) ? "?" : u.nodename;
}

static int set_node_name(const char *to)
{
	return (int)syscall(SYS_sethostname, to, strlen(to));
}

static int node_name_is(const char *want)
{
	return !strcmp(node_name(), want);
}

/* ---- the three calls ----------------------------------------------------- */

static void unshare_name(void)
{
	int mine = opened(getpid(), "uts");

	check_eq(IN_CHILD(
		NEED(!syscall(SYS_unshare, CLONE_NEWUTS));
		NEED(node_name_is("outer"));
		NEED(!set_node_name("inner") && node_name_is("inner"));
		NEED(!same_ns(mine, opened(getpid(), "uts")));
		NEED(IN_CHILD(NEED(node_name_is("inner"))) == 0);
		NEED(!syscall(SYS_setns, mine, 0));
		NEED(node_name_is("outer") &&
		     same_ns(mine, opened(getpid(), "uts")))),
		0, "unshare: a copy, which forks share; and back");
	check(node_name_is("outer"), "nothing of it is seen outside");
	close(mine);
}

static int rename_in_space(void *arg)
{
	(void)arg;
	return !node_name_is("outer") || set_node_name("cloned") ||
	       !node_name_is("cloned");
}

static void clone_into_names(void)
{
	check_eq(in_clone(CLONE_NEWUTS, rename_in_space), 0,
		 "clone(2) with CLONE_NEWUTS");
	check_eq(in_clone3(CLONE_NEWUTS, rename_in_space), 0, "and clone3(2)");
	check(node_name_is("outer"), "its caller stays");
}

/* A child in a space of its own that waits; *out: a pidfd. */
static int start_in_names(int *out)
{
	int ready[2], pid;
	char c;

	if (pipe(ready))
		tap_bail("pipe");
	pid = fork();
	if (!pid) {
		if (syscall(SYS_unshare, CLONE_NEWUTS) ||
		    set_node_name("inhabited"))
			_exit(1);
		close(ready[1]);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (read(ready[0], &c, 1))
		tap_bail("the inhabitant");
	close(ready[0]);
	*out = (int)syscall(SYS_pidfd_open, pid, 0);
	return pid;
}

static void set_by_file(int fd)
{
	int path = -1;

	check_err(EINVAL, syscall(SYS_setns, fd, CLONE_NEWIPC), "another kind");
	check_eq(IN_CHILD(
		NEED(!syscall(SYS_setns, fd, CLONE_NEWUTS));
		NEED(node_name_is("inhabited"))), 0, "setns: of this kind");
	check_eq(IN_CHILD(
		path = open("/proc/self/fd", O_RDONLY);
		NEED(path >= 0);
		NEED(syscall(SYS_setns, path, 0) == -1 && errno == EINVAL)),
		0, "no file of a name space");
	check_eq(IN_CHILD(
		path = open("/proc/self/ns/uts", O_PATH);
		NEED(syscall(SYS_setns, path, 0) == -1 && errno == EBADF)),
		0, "O_PATH");
	check_eq(syscall(SYS_ioctl, fd, NS_GET_NSTYPE), CLONE_NEWUTS,
		 "NS_GET_NSTYPE");
}

static void set_by_pidfd(int pidfd)
{
	check_err(EINVAL, syscall(SYS_setns, pidfd, 0), "no kind");
	check_err(EINVAL, syscall(SYS_setns, pidfd, 1), "an unknown kind");
	check_err(EINVAL, syscall(SYS_setns, pidfd, CLONE_NEWUTS | CLONE_FS),
		  "one among them");
	check_err(EINVAL, syscall(SYS_setns, pidfd, CLONE_NEWUSER),
		  "the users' that one is in");
	check_eq(IN_CHILD(
		NEED(!syscall(SYS_setns, pidfd, CLONE_NEWUTS));
		NEED(node_name_is("inhabited"))), 0, "setns: by a pidfd");
	check_eq(IN_CHILD(
		NEED(!syscall(SYS_setns, pidfd, CLONE_NEWUTS | KINDS));
		NEED(node_name_is("inhabited"))), 0, "several at once");
	check_eq(IN_CHILD(
		NEED(syscall(SYS_setns, pidfd, CLONE_NEWUTS | CLONE_NEWUSER) ==
		     -1 && errno == EINVAL);
		NEED(node_name_is("outer"))), 0, "all or none");
}

static void enter_uts_space(void)
{
	int pidfd, pid = start_in_names(&pidfd), fd = opened(pid, "uts");
	int user = (int)syscall(SYS_ioctl, fd, NS_GET_USERNS);
	int mine = opened(getpid(), "user");

	check(same_ns(user, mine), "owned by the users'");
	close(user);
	close(mine);
	set_by_file(fd);
	set_by_pidfd(pidfd);
	kill(pid, SIGKILL);
	if (eventually(tap_state(pid, pid) == 'Z'))
		check_err(ENOENT, opened(pid, "uts"), "a zombie has none");
	waitpid(pid, NULL, 0);
	check_err(ESRCH, syscall(SYS_setns, pidfd, CLONE_NEWUTS), "gone");
	check_eq(IN_CHILD(
		NEED(!syscall(SYS_setns, fd, 0));
		NEED(node_name_is("inhabited"))), 0, "an open file keeps it");
	close(pidfd);
	close(fd);
}

/* ---- threads ------------------------------------------------------------- */

static void *name_in_thread(void *arg)
{
	*(int *)arg = !syscall(SYS_unshare, CLONE_NEWUTS) &&
		!set_node_name("thread") &&
		node_name_is("thread");
	return NULL;
}

static void unshare_name_in_thread(void)
{
	struct thread t;
	int good = 0;

	if (thread_create(&t, name_in_thread, &good))
		tap_bail("thread");
	thread_join(&t);
	check(good && node_name_is("outer"), "a thread may have its own");
}

/* ---- refused ------------------------------------------------------------- */

static void limit_uts_spaces(void)
{
	char old[32] = "";
	int fd = open(LIMIT, O_RDONLY);

	check(fd >= 0 && read(fd, old, sizeof(old) - 1) > 0, "the limit");
	close(fd);
	write_text(LIMIT, "2");
	check_eq(IN_CHILD(
		int keep = -1;
		NEED(!syscall(SYS_unshare, CLONE_NEWUTS));
		keep = opened(getpid(), "uts");
		NEED(keep >= 0);
		NEED(!syscall(SYS_unshare, CLONE_NEWUTS));
		NEED(syscall(SYS_unshare, CLONE_NEWUTS) == -1);
		NEED(errno == ENOSPC);
		close(keep);
		NEED(!syscall(SYS_unshare, CLONE_NEWUTS))),
		0, "ENOSPC beyond it; what goes makes room");
	write_text(LIMIT, old);
}

static void unshare_as_stranger(void)
{
	int fd = opened(getpid(), "uts");

	check_eq(IN_CHILD(
		NEED(!setuid(1000));
		NEED(syscall(SYS_unshare, CLONE_NEWUTS) == -1);
		NEED(errno == EPERM);
		NEED(syscall(SYS_setns, fd, 0) == -1 && errno == EPERM);
		NEED(syscall(SYS_unshare, CLONE_NEWUTS | CLONE_FS) == -1);
		NEED(errno == EPERM)), 0, "others than root");
	close(fd);
}

int main(void)
{
	char before[80];

	snprintf(before, sizeof(before), "%s", node_name());
	if (set_node_name("outer"))
		return tap_skip_all("sethostname: not root");
	unshare_name();
	clone_into_names();
	enter_uts_space();
	unshare_name_in_thread();
	limit_uts_spaces();
	unshare_as_stranger();
	set_node_name(before);
	return tap_done();
}
