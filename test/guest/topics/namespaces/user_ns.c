/* SPDX-License-Identifier: MIT */
/*
 * Name spaces of users (rows B17, D8): who may make one, what one is inside,
 * the maps of ids and who may write them, nesting, limits, setns(2) and what
 * ioctl(2) tells.
 */
#include <thread.h>
#include "users.h"

#define NS_GET_USERNS	0xb701
#define NS_GET_PARENT	0xb702
#define NS_GET_OWNER_UID 0xb704
#define LIMIT		"/proc/sys/user/max_user_namespaces"
#define CAP_SYS_RESOURCE 24
#define NAMES_LIMIT	"/proc/sys/user/max_uts_namespaces"

/* ---- making one ---------------------------------------------------------- */

static int live_unmapped(void *arg)
{
	struct stat st;

	(void)arg;
	NEED(getuid() == NOBODY && geteuid() == NOBODY && getgid() == NOBODY);
	NEED(effective() == ALL_CAPS);
	NEED(!stat("/proc/self/fd", &st) && st.st_uid == NOBODY);
	NEED(!stat("/etc", &st) && st.st_uid == NOBODY);
	NEED(syscall(SYS_setuid, 0) == -1 && errno == EINVAL);
	NEED(setresgid(0, 0, 0) == -1 && errno == EINVAL);
	NEED(setgroups(0, NULL) == -1 && errno == EPERM);
	NEED(!strcmp(read_text("/proc/self/uid_map"), ""));
	NEED(!strcmp(read_text("/proc/self/setgroups"), "allow\n"));
	NEED(strstr(read_text("/proc/self/status"), "Uid:\t65534\t65534"));
	NEED(syscall(SYS_unshare, CLONE_NEWUSER) == -1 && errno == EPERM);
	return 0;
}

static void made(void)
{
	int mine = opened(getpid(), "user");

	check_eq(IN_CHILD(
		become_dumpable(USER);
		NEED(!effective());
		NEED(!syscall(SYS_unshare, CLONE_NEWUSER));
		NEED(!same_ns(mine, opened(getpid(), "user")));
		NEED(syscall(SYS_prctl, GET_DUMPABLE, 0, 0, 0, 0) == 1);
		_exit(live_unmapped(NULL))), 0,
		"unshare: all capabilities, and no id");
	check_eq(IN_CHILD(
		become_dumpable(USER);
		_exit(in_clone(CLONE_NEWUSER, live_unmapped))), 0, "clone(2)");
	check_eq(IN_CHILD(
		become_dumpable(USER);
		_exit(in_clone3(CLONE_NEWUSER, live_unmapped))), 0,
			"clone3(2)");
	check(same_ns(mine, opened(getpid(), "user")), "its caller stays");
	close(mine);
}

static int return_quietly(void *arg)
{
	(void)arg;
	return 0;
}

static void *wait_for_byte(void *fd)
{
	char c;

	return (void *)(long)read(*(int *)fd, &c, 1);
}

static void refuse_user_spaces(void)
{
	struct thread t;
	int p[2];

	check_eq(in_clone(CLONE_NEWUSER | CLONE_FS, return_quietly), -EINVAL,
		 "with CLONE_FS");
	check_eq(in_clone(CLONE_NEWUSER | CLONE_VM | CLONE_SIGHAND |
			  CLONE_THREAD, return_quietly), -EINVAL,
		 "with CLONE_THREAD");
	if (pipe(p) || thread_create(&t, wait_for_byte, &p[0]))
		tap_bail("a thread");
	check_err(EINVAL, syscall(SYS_unshare, CLONE_NEWUSER), "with threads");
	check_err(EINVAL, syscall(SYS_unshare, CLONE_NEWUSER | CLONE_NEWUTS),
		  "nor with others");
	close(p[1]);
	thread_join(&t);
	close(p[0]);
	mkdir("/tmp/user_ns.root", 0755);
	check_eq(IN_CHILD(
		NEED(!chroot("/tmp/user_ns.root"));
		NEED(syscall(SYS_unshare, CLONE_NEWUSER) == -1);
		NEED(errno == EPERM)), 0, "in a root of its own");
	rmdir("/tmp/user_ns.root");
}

static void limit_user_spaces(void)
{
	char was[32];

	snprintf(was, sizeof(was), "%s", read_text(LIMIT));
	check(atoi(was) > 0, "the limit");
	write_text(LIMIT, "0");
	check_eq(IN_CHILD(
		NEED(syscall(SYS_unshare, CLONE_NEWUSER) == -1);
		NEED(errno == ENOSPC)), 0, "ENOSPC beyond it");
	write_text(LIMIT, was);
	check_eq(IN_CHILD(NEED(!syscall(SYS_unshare, CLONE_NEWUSER))), 0,
		 "what is over does not count");
}

static int limit_of_names(void)
{
	return atoi(read_text(NAMES_LIMIT));
}

/* => written; else errno says why not */
static int write_to_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	int done = fd >= 0 && write(fd, text, strlen(text)) > 0;

	if (fd >= 0)
		close(fd);
	return done;
}

static void without_resource(void)
{
	struct { unsigned version; int pid; } h = { 0x20080522, 0 };
	unsigned c[2][3] = { { ~(1u << CAP_SYS_RESOURCE), ~0u, 0 },
			     { 0x1ff, 0x1ff, 0 } };

	c[0][1] = c[0][0];
	NEED(!syscall(SYS_capset, &h, c));
}

/* A file opened by root of a space is no way to the limits around it. */
static void carried_out(void)
{
	int outside = limit_of_names();

	/* with the descriptors of its parent, the child is in a space below */
	check_eq(IN_CHILD(
		int fd = -1;
		long pid;

		become_dumpable(USER);
		pid = syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
		if (!pid) {
			NEED(!syscall(SYS_unshare, CLONE_NEWUSER));
			NEED(!map_root(USER));
			fd = open(NAMES_LIMIT, O_WRONLY);
			NEED(write(fd, "5", 1) == 1 && limit_of_names() == 5);
			_exit(100 + fd);
		}
		fd = exit_of((int)pid) - 100;
		NEED(fd >= 0);
		lseek(fd, 0, SEEK_SET);
		(void)!write(fd, "5", 1)),
		0, "a file that was opened inside sets nothing outside");
	check_eq(limit_of_names(), outside, "and leaves it");
}

/* What another user made in the same space does not count. */
static int makes_names(void *arg)
{
	(void)arg;
	NEED(write_to_file(NAMES_LIMIT, "1"));
	NEED(!syscall(SYS_unshare, CLONE_NEWUTS));
	return IN_CHILD(
		NEED(!setresuid(-1, 5, -1));
		lay_down(0);
		NEED(!syscall(SYS_unshare, CLONE_NEWUTS));
		NEED(syscall(SYS_unshare, CLONE_NEWUTS) == -1);
		NEED(errno == ENOSPC));
}

/* One counts for its maker, and for the maker of the space around. */
static void own_limits(void)
{
	int outside = limit_of_names();

	check_eq(IN_CHILD(
		NEED(!syscall(SYS_unshare, CLONE_NEWUSER) && !map_root(0));
		NEED(limit_of_names() == 0x7fffffff);
		write_text(NAMES_LIMIT, "1");
		NEED(limit_of_names() == 1);
		NEED(!syscall(SYS_unshare, CLONE_NEWUTS));
		NEED(syscall(SYS_unshare, CLONE_NEWUTS) == -1);
		NEED(errno == ENOSPC)), 0, "a space has limits of its own");
	check_eq(limit_of_names(), outside, "and leaves those of others");
	check_eq(IN_CHILD(
		NEED(!syscall(SYS_unshare, CLONE_NEWUSER) && !map_root(0));
		write_text(NAMES_LIMIT, "1");
		NEED(!syscall(SYS_unshare, CLONE_NEWUSER) && !map_root(0));
		NEED(limit_of_names() == 0x7fffffff);
		NEED(!syscall(SYS_unshare, CLONE_NEWUTS));
		NEED(syscall(SYS_unshare, CLONE_NEWUTS) == -1);
		NEED(errno == ENOSPC)), 0, "nobody below has more");
	check_eq(IN_CHILD(
		NEED(!syscall(SYS_unshare, CLONE_NEWUSER) && !map_root(0));
		write_text(NAMES_LIMIT, "1");
		for (int i = 0; i < 3; i++)
			NEED(IN_CHILD(NEED(!syscall(SYS_unshare,
						    CLONE_NEWUTS))) == 0 &&
			     eventually(IN_CHILD(NEED(!syscall(
				SYS_unshare, CLONE_NEWUTS))) == 0))), 0,
		"what is over does not count");
	check_eq(IN_CHILD(
		become_dumpable(USER);
		NEED(!write_to_file(NAMES_LIMIT, "1") && errno == EACCES);
		NEED(access(NAMES_LIMIT, W_OK) == -1 && errno == EACCES);
		NEED(!syscall(SYS_unshare, CLONE_NEWUSER) && !map_root(USER));
		NEED(!access(NAMES_LIMIT, W_OK));
		NEED(write_to_file(NAMES_LIMIT, "1") && limit_of_names() == 1);
		NEED(!syscall(SYS_unshare, CLONE_NEWUSER) && !map_root(0));
		without_resource();
		NEED(!write_to_file(NAMES_LIMIT, "2") && errno == EACCES)),
		0, "the root of a space sets its limits, with CAP_SYS_RESOURCE");
	check_eq(IN_SPACE(0, "0 0 10", "0 0 10", makes_names, NULL), 0,
		 "as many for each user");
}

static void nest_user_spaces(void)
{
	int depth = IN_CHILD(
		int n = 0;

		become_dumpable(USER);
		NEED(!syscall(SYS_unshare, CLONE_NEWUSER));
		NEED(!map_root(USER));
		for (n = 1; !syscall(SYS_unshare, CLONE_NEWUSER); n++)
			NEED(!map_root(0));
		NEED(errno == ENOSPC);
		NEED(n < 64 && getuid() == 0);
		_exit(n));

	check_eq(depth, 33, "nested, then ENOSPC");
}

/* ---- maps ---------------------------------------------------------------- */

static void own_map(void)
{
	check_eq(IN_CHILD(
		become_dumpable(USER);
		NEED(!syscall(SYS_unshare, CLONE_NEWUSER));
		NEED(write_proc_file(getpid(), "gid_map", "0 1000 1") == EPERM);
		NEED(write_proc_file(getpid(), "uid_map", "0 1001 1") == EPERM);
		NEED(write_proc_file(getpid(), "uid_map", "0 0 1") == EPERM);
		NEED(write_proc_file(getpid(), "uid_map", "0 1000 2") == EPERM);
		NEED(write_proc_file(getpid(), "uid_map",
				     "0 1000 1\n7 7 1\n") == EPERM);
		NEED(!write_proc_file(getpid(), "setgroups", "deny"));
		NEED(write_proc_file(getpid(), "gid_map", "0 1001 1") == EPERM);
		NEED(!map_root(USER));
		NEED(write_proc_file(getpid(), "uid_map", "0 1000 1") == EPERM);
		NEED(!getuid() && !getegid());
		NEED(!strcmp(read_text("/proc/self/uid_map"),
			     "         0       1000          1\n"));
		NEED(!strcmp(read_text("/proc/self/setgroups"), "deny\n"));
		NEED(write_proc_file(getpid(), "setgroups", "allow") == EPERM);
		NEED(write_proc_file(getpid(), "setgroups", "deny") == EPERM);
		NEED(setgroups(0, NULL) == -1 && errno == EPERM);
		NEED(setresuid(1, 1, 1) == -1 && errno == EINVAL);
		NEED(syscall(SYS_sethostname, "x", 1) == -1);
		NEED(errno == EPERM)), 0, "one's own id");
	check_eq(write_proc_file(getpid(), "uid_map", "0 0 1"), EPERM,
		 "of the first");
	check_eq(write_proc_file(getpid(), "setgroups", "deny"), EPERM,
		 "its groups");
	check_eq(write_proc_file(getpid(), "setgroups", "allow"), 0,
		 "which may be set");
	check(!strcmp(read_text("/proc/self/gid_map"),
		      "         0          0 4294967295\n"), "it has all ids");
}

/* A child whose maps are not written yet. */
static int start_unmapped(int *release)
{
	int to[2], back[2], pid;
	char c = 0;

	if (pipe(to) || pipe(back))
		tap_bail("pipe");
	pid = fork();
	if (!pid) {
		close(to[1]);
		become_dumpable(USER);
		if (syscall(SYS_unshare, CLONE_NEWUSER) ||
		    write(back[1], &c, 1) != 1)
			_exit(1);
		_exit(read(to[0], &c, 1) != 0);
	}
	close(to[0]);
	close(back[1]);
	if (read(back[0], &c, 1) != 1)
		tap_bail("a child");
	close(back[0]);
	*release = to[1];
	return pid;
}

/* => errno of root's write to a file of pid's, without these capabilities */
static int put_without(unsigned long long caps, int pid, const char *file,
		       const char *text)
{
	return IN_CHILD(
		lay_down(caps);
		_exit(write_proc_file(pid, file, text)));
}

/* Of whoever opens the file and of whoever writes to it, each has the right. */
static void two_writers(int pid)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	check_eq(IN_CHILD(
		fd = open(path, O_WRONLY);
		lay_down(CAP_BIT(SETUID));
		NEED(write(fd, "0 1 1", 5) == -1 && errno == EPERM)), 0,
		"who writes has no CAP_SETUID");
	check_eq(IN_CHILD(
		lay_down(CAP_BIT(SETUID));
		fd = open(path, O_WRONLY);
		lay_down(0);
		NEED(write(fd, "0 1 1", 5) == -1 && errno == EPERM)), 0,
		"who opened it had none");
}

/* Each right that root needs to map ids of another's name space. */
static void rights_of_writers(void)
{
	int release, pid = start_unmapped(&release);

	check_eq(put_without(CAP_BIT(SYS_ADMIN), pid, "setgroups", "allow"),
		 EACCES, "setgroups without CAP_SYS_ADMIN");
	check_eq(put_without(CAP_BIT(SYS_ADMIN), pid, "uid_map", "0 1 1"),
		 EPERM, "nor uid_map");
	check_eq(put_without(CAP_BIT(SETUID), pid, "uid_map", "0 1 1"), EPERM,
		 "without CAP_SETUID");
	check_eq(put_without(CAP_BIT(SETUID), pid, "uid_map", "0 0 1"), EPERM,
		 "its own id, of a space that another made");
	check_eq(put_without(CAP_BIT(SETGID), pid, "gid_map", "0 1 1"), EPERM,
		 "without CAP_SETGID");
	check_eq(put_without(CAP_BIT(SETFCAP), pid, "uid_map", "0 0 1"), EPERM,
		 "root without CAP_SETFCAP");
	two_writers(pid);
	check_eq(put_without(CAP_BIT(SETFCAP), pid, "uid_map", "0 1 1"), 0,
		 "which only root's id wants");
	check_eq(put_without(CAP_BIT(SETUID), pid, "gid_map", "0 1 1"), 0,
		 "nor groups CAP_SETUID");
	close(release);
	check_eq(exit_of(pid), 0, "that was all");
}

static void refuse_map_lines(void)
{
	static const struct { const char *text; int err; } wrong[] = {
		{ "", EINVAL }, { "\n", EINVAL }, { "0", EINVAL },
		{ "0 0", EINVAL }, { "0 0 0", EINVAL }, { "0 0 1 1", EINVAL },
		{ "x 0 1", EINVAL }, { "0 0 1x", EINVAL }, { "-1 0 1", EINVAL },
		{ "0 100 1\n\n1 200 1", EINVAL },
		{ "4294967295 0 1", EINVAL }, { "0 4294967295 1", EINVAL },
		{ "4294967294 0 2", EINVAL }, { "0 4294967290 10", EINVAL },
		{ "0 100 10\n9 200 1", EINVAL },
			{ "0 100 10\n20 109 1", EINVAL },
		{ "5 100 10\n0 200 6", EINVAL },
			{ "0 105 1\n1 100 10", EINVAL },
	};
	int release, pid = start_unmapped(&release), bad = 0;

	for (int i = 0; i < COUNT(wrong); i++)
		if (write_proc_file(pid, "uid_map", wrong[i].text) !=
		    wrong[i].err) {
			printf("# '%s'\n", wrong[i].text);
			bad++;
		}
	check_eq(bad, 0, "wrong lines");
	check_eq(write_proc_file(pid, "uid_map", " 10\t100   5 \n0 200 10"), 0,
		 "two lines");
	check_eq(write_proc_file(pid, "uid_map", "0 200 10"), EPERM,
		 "written once");
	check_eq(write_proc_file(pid, "setgroups", "denied"), EINVAL,
		 "no word");
	check_eq(write_proc_file(pid, "setgroups", "deny \n"), 0, "deny");
	check_eq(write_proc_file(pid, "setgroups", "deny    "), EINVAL,
		 "too long");
	check_eq(write_proc_file(pid, "gid_map", "0 4294967294 1"), 0,
		 "the last id");
	check_eq(write_proc_file(pid, "projid_map", "0 0 4294967295"), 0,
		 "projects");
	close(release);
	check_eq(exit_of(pid), 0, "that was all");
}

static char text[8192];

static int write_many_maps(int n, int from)
{
	char *p = text;

	for (int i = 0; i < n; i++) {
		int k = from < 0 ? n - 1 - i : i;

		p += snprintf(p, 24, "%d %d 1\n", k, 1000 + k);
	}
	return (int)(p - text);
}

static void long_maps(void)
{
	int release, pid = start_unmapped(&release), fd, len;
	char path[64], sorted[64];

	write_many_maps(341, 0);
	check_eq(write_proc_file(pid, "uid_map", text), EINVAL, "341 lines");
	len = write_many_maps(340, 0);
	snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	fd = open(path, O_RDWR);
	check_eq(lseek(fd, 1, SEEK_SET), 1, "a place in it");
	check_err(EINVAL, write(fd, text, (size_t)len), "not at 0");
	lseek(fd, 0, SEEK_SET);
	check_err(EINVAL, write(fd, text, 4096), "a page");
	check_eq(write(fd, text, (size_t)len), len, "340 lines");
	check_eq(pread(fd, sorted, 66, 33 * 339), 33, "the last is there");
	close(fd);
	write_many_maps(6, -1);
	check_eq(write_proc_file(pid, "gid_map", text), 0, "six, backwards");
	snprintf(path, sizeof(path), "/proc/%d/gid_map", pid);
	check_eq(strncmp(read_text(path),
		"         0       1000          1\n"
		"         1       1001          1\n", 66), 0, "in order");
	close(release);
	check_eq(exit_of(pid), 0, "that was all");
}

/* In a map of 0..99 onto 2000..2099. */
static int outer(void *arg)
{
	int to[2], back[2], pid;
	char c = 0, path[64];

	(void)arg;
	NEED(setresgid(15, 15, 15) == 0 && setresuid(15, 15, 15) == 0);
	NEED(!syscall(SYS_prctl, SET_DUMPABLE, 1, 0, 0, 0));
	NEED(!pipe(to) && !pipe(back) && getuid() == 15);
	pid = fork();
	if (!pid) {
		close(to[1]);
		NEED(!syscall(SYS_unshare, CLONE_NEWUSER));
		NEED(write_proc_file(getpid(), "uid_map", "5 2015 1") == EPERM);
		NEED(!write_proc_file(getpid(), "setgroups", "deny"));
		NEED(!write_proc_file(getpid(), "uid_map", "5 15 1"));
		NEED(!write_proc_file(getpid(), "gid_map", "5 15 1"));
		NEED(getuid() == 5 && getgid() == 5);
		NEED(!strcmp(read_text("/proc/self/uid_map"),
			     "         5         15          1\n"));
		NEED(write(back[1], &c, 1) == 1);
		_exit(read(to[0], &c, 1) != 0);
	}
	close(to[0]);
	close(back[1]);
	NEED(read(back[0], &c, 1) == 1);
	snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	NEED(!strcmp(read_text(path), "         5         15          1\n"));
	NEED(write_proc_file(pid, "uid_map", "5 15 1") == EPERM);
	close(to[1]);
	return exit_of(pid);
}

static void relative(void)
{
	check_eq(IN_SPACE(0, "0 2000 100", "0 2000 100", outer, NULL), 0,
		 "ids of the space around; a reader's own");
}

/* ---- setns and ioctl ----------------------------------------------------- */

static void *tries(void *fd)
{
	return (void *)(long)(syscall(SYS_setns, *(int *)fd, 0) ? errno : 0);
}

static void enter_user_space(void)
{
	int release, pid = start_unmapped(&release), fd = opened(pid, "user");
	int mine = opened(getpid(), "user"), owner, pidfd;
	unsigned uid = 7;
	struct thread t;

	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	check_err(EINVAL, syscall(SYS_setns, mine, 0), "where one is");
	check_eq(IN_CHILD(
		NEED(!syscall(SYS_setns, fd, CLONE_NEWUSER));
		NEED(getuid() == NOBODY && effective() == ALL_CAPS);
		NEED(syscall(SYS_prctl, GET_DUMPABLE, 0, 0, 0, 0) != 1);
		NEED(syscall(SYS_setns, fd, 0) == -1 && errno == EINVAL);
		NEED(syscall(SYS_setns, mine, 0) == -1 && errno == EPERM)),
		0, "setns: by root; not back");
	check_eq(IN_CHILD(
		become_dumpable(USER);
		NEED(!syscall(SYS_setns, fd, 0) && effective() == ALL_CAPS);
		NEED(syscall(SYS_prctl, GET_DUMPABLE, 0, 0, 0, 0) == 1)),
		0, "by its maker");
	check_eq(IN_CHILD(
		become_dumpable(USER + 1);
		NEED(syscall(SYS_setns, fd, 0) == -1 && errno == EPERM)),
		0, "not by others");
	check_eq(IN_CHILD(
		NEED(!syscall(SYS_setns, pidfd, CLONE_NEWUSER | CLONE_NEWUTS));
		NEED(getuid() == NOBODY)), 0, "by a pidfd, with others");
	check_eq(IN_CHILD(
		become_dumpable(USER);
		NEED(syscall(SYS_setns, pidfd, CLONE_NEWUSER |
			     CLONE_NEWUTS) == -1 && errno == EPERM);
		NEED(getuid() == USER && !effective())), 0, "all or none");
	check_eq(IN_CHILD(
		lay_down(CAP_BIT(SYS_PTRACE));
		NEED(syscall(SYS_setns, pidfd, CLONE_NEWUTS) == -1);
		NEED(errno == EPERM);
		lay_down(0);
		NEED(!syscall(SYS_setns, pidfd, CLONE_NEWUTS))), 0,
		"nor by a pidfd of what one may not look into");
	check_eq(IN_CHILD(
		NEED(!thread_create(&t, tries, &fd));
		NEED((long)thread_join(&t) == EINVAL)), 0, "threads");
	check_eq(IN_CHILD(
		NEED(in_clone(CLONE_FS,
			      (int (*)(void *))(void *)return_quietly) == 0)),
		0, "sharers come and go");
	owner = (int)syscall(SYS_ioctl, fd, NS_GET_USERNS);
	check(same_ns(owner, mine), "NS_GET_USERNS: that around");
	close(owner);
	owner = (int)syscall(SYS_ioctl, fd, NS_GET_PARENT);
	check(same_ns(owner, mine), "NS_GET_PARENT: likewise");
	check_eq(syscall(SYS_ioctl, fd, NS_GET_OWNER_UID, &uid), 0, "a maker");
	check_eq(uid, USER, "which it is");
	check_err(EPERM, syscall(SYS_ioctl, mine, NS_GET_PARENT), "none");
	check_eq(IN_CHILD(
		NEED(!syscall(SYS_setns, fd, 0));
		NEED(syscall(SYS_ioctl, fd, NS_GET_PARENT) == -1);
		NEED(errno == EPERM);
		NEED(!syscall(SYS_ioctl, fd, NS_GET_OWNER_UID, &uid));
		NEED(uid == NOBODY)), 0, "from inside");
	close(owner);
	close(fd);
	close(mine);
	close(pidfd);
	close(release);
	exit_of(pid);
}

static void owns(void)
{
	int user = -1, uts = -1, ipc = -1;

	check_eq(IN_CHILD(
		become_dumpable(USER);
		NEED(!syscall(SYS_unshare, CLONE_NEWUSER | CLONE_NEWUTS));
		NEED(!syscall(SYS_unshare, CLONE_NEWIPC));
		user = opened(getpid(), "user");
		uts = (int)syscall(SYS_ioctl, opened(getpid(), "uts"),
				   NS_GET_USERNS);
		ipc = (int)syscall(SYS_ioctl, opened(getpid(), "ipc"),
				   NS_GET_USERNS);
		NEED(same_ns(user, uts) && same_ns(user, ipc));
		NEED(!syscall(SYS_sethostname, "inner", 5));
		uts = (int)syscall(SYS_ioctl, opened(getppid(), "uts"),
				   NS_GET_USERNS);
		NEED(uts == -1)), 0,
			"it owns those that come with it or later");
	check_eq(IN_CHILD(
		become_dumpable(USER);
		NEED(syscall(SYS_unshare, CLONE_NEWUTS) == -1);
		NEED(errno == EPERM)), 0, "which else want a right");
	check_eq(IN_CHILD(
		int told[2];
		int pid;
		char c = 0;

		become_dumpable(USER);
		NEED(!pipe(told));
		pid = fork();
		if (!pid) {
			if (!syscall(SYS_unshare, CLONE_NEWUSER | CLONE_NEWUTS))
				(void)!write(told[1], &c, 1);
			pause();
		}
		close(told[1]);
		NEED(read(told[0], &c, 1) == 1);
		uts = opened(pid, "uts");
		user = opened(pid, "user");
		NEED(uts >= 0 && user >= 0);
		NEED(syscall(SYS_setns, uts, CLONE_NEWUTS) == -1);
		NEED(errno == EPERM);
		NEED(!syscall(SYS_setns, user, CLONE_NEWUSER));
		NEED(!syscall(SYS_setns, uts, CLONE_NEWUTS));
		kill(pid, SIGKILL)), 0,
		"its maker enters them after it, not from outside");
}

int main(void)
{
	made();
	refuse_user_spaces();
	limit_user_spaces();
	own_limits();
	carried_out();
	nest_user_spaces();
	own_map();
	rights_of_writers();
	refuse_map_lines();
	long_maps();
	relative();
	enter_user_space();
	owns();
	return tap_done();
}
