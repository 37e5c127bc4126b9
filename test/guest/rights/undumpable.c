/* SPDX-License-Identifier: MIT */
/*
 * Who may look into a process that is not dumpable (rows B7, B17, D1): its
 * files in /proc belong to root, and no call that reads another's memory,
 * files or state is for its user.
 */
#include <dirent.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include "ptrace.h"

#define GET_DUMPABLE	3
#define SET_DUMPABLE	4
#define USER		1000

static char marker[16] = "what I know";
static pid_t victim;
static int *told;

static void drop_but_dumpable(void)
{
	if (setgroups(0, NULL) || setresgid(USER, USER, USER) ||
	    setresuid(USER, USER, USER))
		tap_bail("drop");
	syscall(SYS_prctl, SET_DUMPABLE, 1, 0, 0, 0);
}

static const char *in_proc(const char *name)
{
	static char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", victim, name);
	return path;
}

static int owner_in_proc(const char *name)
{
	struct stat st;

	return lstat(in_proc(name), &st) ? -1 : (int)st.st_uid;
}

/* 0: it can be opened and read; the errno of what failed first */
static int errno_of_read(const char *name)
{
	char buf[64];
	int fd = open(in_proc(name), O_RDONLY), err = 0;

	if (fd < 0)
		return errno;
	if (read(fd, buf, sizeof(buf)) < 0)
		err = errno;
	close(fd);
	return err;
}

static int look_at_memory(void)
{
	int fd = open(in_proc("mem"), O_RDONLY), err;
	char buf[16];

	if (fd < 0)
		return errno;
	err = pread(fd, buf, sizeof(buf), (off_t)(unsigned long)marker) ==
		sizeof(buf) && !strcmp(buf, marker) ? 0 : EIO;
	close(fd);
	return err;
}

static int follow(const char *name)
{
	char buf[256];

	return readlink(in_proc(name), buf, sizeof(buf)) < 0 ? errno : 0;
}

static int errno_of_list(const char *name)
{
	DIR *d = opendir(in_proc(name));
	int err = errno;

	if (!d)
		return err;
	errno = 0;
	err = readdir(d) ? 0 : errno;
	closedir(d);
	return err;
}

/* => the type that a folder's last name has */
static int type_in(const char *name)
{
	DIR *d = opendir(in_proc(name));
	int type = -1;

	if (!d)
		return -1;
	for (struct dirent *e; (e = readdir(d));)
		type = e->d_type;
	closedir(d);
	return type;
}

/* ---- in /proc ------------------------------------------------------------ */

static void look_at_files(int open_to_us)
{
	static const char *const guarded[] = {
		"environ", "auxv", "maps", "smaps", "smaps_rollup",
		"pagemap",
	};
	static const char *const shown[] = {
		"stat", "statm", "status", "cmdline", "comm", "limits",
		"oom_score_adj",
	};
	static const char *const links[] = { "exe", "cwd", "root", "fd/0",
					     "ns/uts" };
	int want = open_to_us ? 0 : EACCES, uid = open_to_us ? USER : 0;

	for (int i = 0; i < COUNT(guarded); i++) {
		check_eq(errno_of_read(guarded[i]), want, "%s", guarded[i]);
		check_eq(owner_in_proc(guarded[i]), uid, "... its owner");
	}
	for (int i = 0; i < COUNT(shown); i++) {
		check_eq(errno_of_read(shown[i]), 0, "%s is for all", shown[i]);
		check_eq(owner_in_proc(shown[i]), uid, "... its owner");
	}
	for (int i = 0; i < COUNT(links); i++)
		check_eq(follow(links[i]), want, "%s", links[i]);
	check_eq(owner_in_proc("exe"), uid, "the owner of a link");
	check_eq(look_at_memory(), want, "mem");
	check_eq(errno_of_list("fd"), want, "fd");
	check_eq(owner_in_proc("fd"), uid, "... its owner");
	check_eq(errno_of_read("syscall"), open_to_us ? 0 : EACCES, "syscall");
	check_eq(errno_of_read("personality"), open_to_us ? 0 : EACCES,
		 "personality");
	check_eq(owner_in_proc("."), USER, "its folder is its user's");
	check_eq(owner_in_proc("task"), USER, "and that of its threads");
	check_eq(errno_of_list("task"), 0, "which all may list");
}

/* ---- calls --------------------------------------------------------------- */

static int read_memory(void)
{
	char buf[16];
	struct iovec mine = { buf, sizeof(buf) };
	struct iovec its = { marker, sizeof(buf) };

	return syscall(SYS_process_vm_readv, victim, &mine, 1, &its, 1, 0) < 0 ?
		errno : 0;
}

static int take_descriptor(void)
{
	int pidfd = (int)syscall(SYS_pidfd_open, victim, 0), fd, err;

	fd = (int)syscall(SYS_pidfd_getfd, pidfd, 0, 0);
	err = fd < 0 ? errno : 0;
	close(fd);
	close(pidfd);
	return err;
}

static int errno_of_kcmp(int type)
{
	return syscall(SYS_kcmp, getpid(), victim, type, 0, 0) < 0 ? errno : 0;
}

static int robust_list(void)
{
	unsigned long head, len;

	return syscall(SYS_get_robust_list, victim, &head, &len) ? errno : 0;
}

static int errno_of_seize(void)
{
	if (ptrace(PTRACE_SEIZE, victim, 0, 0))
		return errno;
	ptrace(PTRACE_INTERRUPT, victim, 0, 0);
	next_stop(victim);
	ptrace(PTRACE_DETACH, victim, 0, 0);
	return 0;
}

static int errno_of_prlimit(void)
{
	struct { unsigned long long cur, max; } l;

	return syscall(SYS_prlimit64, victim, RLIMIT_NOFILE, NULL, &l) ?
		errno : 0;
}

static void call_on_victim(int open_to_us)
{
	int want = open_to_us ? 0 : EPERM;

	check_eq(read_memory(), want, "process_vm_readv");
	check_eq(take_descriptor(), want, "pidfd_getfd");
	check_eq(errno_of_kcmp(1), want, "kcmp of memory");
	check_eq(errno_of_kcmp(0), want, "kcmp of a descriptor");
	check_eq(robust_list(), want, "get_robust_list");
	check_eq(errno_of_seize(), want, "ptrace");
	check_eq(errno_of_prlimit(), 0, "prlimit asks for ids alone");
	check_eq(kill(victim, 0), 0, "so does kill");
}

/* ---- what was opened before ---------------------------------------------- */

static int gate[2], answer[2];

static void hide_on_request(void)
{
	char c;

	while (read(gate[0], &c, 1) == 1) {
		syscall(SYS_prctl, SET_DUMPABLE, c == '1', 0, 0, 0);
		write(answer[1], &c, 1);
	}
	_exit(0);
}

static void set_dumpable(char c)
{
	write(gate[1], &c, 1);
	read(answer[0], &c, 1);
}

/* A descriptor keeps the right that it was opened with. */
static void opened_before(void)
{
	int maps = open(in_proc("maps"), O_RDONLY);
	int env = open(in_proc("environ"), O_RDONLY);
	char c;

	set_dumpable('0');
	check_eq(read(maps, &c, 1), 1, "maps that was opened before");
	check(read(env, &c, 1) >= 0, "environ that was opened before");
	close(maps);
	close(env);
}

/* What a process may do to itself, whoever owns its files. */
static void itself(void *arg)
{
	char buf[64];
	int fd;

	(void)arg;
	drop_but_dumpable();
	victim = getpid();
	syscall(SYS_prctl, SET_DUMPABLE, 0, 0, 0, 0);
	check_eq(errno_of_list("fd"), 0, "its own descriptors");
	check_eq(type_in("fd"), DT_LNK, "which are links");
	check_eq(type_in("fdinfo"), DT_REG, "and what is told of them");
	check_eq(follow("fd/1"), 0, "and what they are");
	check_eq(follow("exe"), 0, "its own program");
	check_eq(errno_of_read("maps"), 0, "its own maps");
	check_eq(errno_of_read("environ"), EACCES,
		 "not by a mode that is root's");
	check_eq(errno_of_read("mem"), EACCES, "nor its memory");
	check_eq(read_memory(), 0, "but by a call");
	fd = open("/proc/self/status", O_RDONLY);
	check(read(fd, buf, sizeof(buf)) > 0, "its own status");
	close(fd);
	told[0] = tap_n;
	told[1] = tap_failed;
}

static void try_as_user(void *arg)
{
	(void)arg;
	drop_but_dumpable();
	pipe(gate);
	pipe(answer);
	victim = fork();
	if (victim == 0)
		hide_on_request();
	look_at_files(1);
	call_on_victim(1);
	opened_before();
	look_at_files(0);
	call_on_victim(0);
	set_dumpable('1');
	check_eq(errno_of_read("environ"), 0, "dumpable again");
	check_eq(owner_in_proc("environ"), USER, "its user's again");
	set_dumpable('0');
	kill(victim, SIGKILL);
	waitpid(victim, NULL, 0);
	told[0] = tap_n;
	told[1] = tap_failed;
}

/* A change of ids, done: is the program dumpable? */
/* Its maker rules over a new space of users, but not over older memory there. */
static void made_space(void *arg)
{
	(void)arg;
	drop_but_dumpable();
	for (int open_to_us = 0; open_to_us < 2; open_to_us++) {
		syscall(SYS_prctl, SET_DUMPABLE, open_to_us, 0, 0, 0);
		victim = (pid_t)syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0,
					0, 0, 0);
		if (!victim)
			for (;;)
				pause();
		check(victim > 0, "a child in a space of its own");
		call_on_victim(open_to_us);
		kill(victim, SIGKILL);
		waitpid(victim, NULL, 0);
	}
	told[0] = tap_n;
	told[1] = tap_failed;
}

static int dumpable_after(int change)
{
	if (change)
		tap_bail("no change of ids");
	return (int)syscall(SYS_prctl, GET_DUMPABLE, 0, 0, 0, 0);
}

/* Each id alone: those for files have changed before. */
static void changes_ids(void *arg)
{
	(void)arg;
	syscall(SYS_setfsgid, USER);
	syscall(SYS_setfsuid, USER);
	syscall(SYS_prctl, SET_DUMPABLE, 1, 0, 0, 0);
	check_eq(dumpable_after(setresgid(-1, USER, -1)), 0,
		 "the effective group alone");
	syscall(SYS_prctl, SET_DUMPABLE, 1, 0, 0, 0);
	check_eq(dumpable_after(setresuid(-1, USER, -1)), 0,
		 "the effective user alone");
	told[0] = tap_n;
	told[1] = tap_failed;
}

/* ---- whose ids differ in one --------------------------------------------- */

static const uid_t alike[6] = { USER, USER, USER, USER, USER, USER };
#define KEEP_CAPS	8

/* ids: real, effective and saved, of group and user; caps: keeps some */
static void become_ids(const uid_t *ids, int caps)
{
	syscall(SYS_prctl, KEEP_CAPS, caps, 0, 0, 0);
	if (setgroups(0, NULL) || setresgid(ids[0], ids[1], ids[2]) ||
	    setresuid(ids[3], ids[4], ids[5]))
		_exit(1);
	syscall(SYS_prctl, SET_DUMPABLE, 1, 0, 0, 0);
}

/* => the errno of a user's look at such a process */
static int errno_of_look(const uid_t *ids, int caps)
{
	int ready[2], status = -1;
	char c = 0;
	pid_t looks;

	if (pipe(ready))
		tap_bail("pipe");
	victim = fork();
	if (victim == 0) {
		become_ids(ids, caps);
		if (write(ready[1], &c, 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1)
		tap_bail("another user's process");
	close(ready[0]);
	looks = fork();
	if (looks == 0) {
		become_ids(alike, 0);
		_exit(follow("cwd"));
	}
	waitpid(looks, &status, 0);
	kill(victim, SIGKILL);
	waitpid(victim, NULL, 0);
	return WEXITSTATUS(status);
}

static void each_id(void *arg)
{
	static const char *const names[6] = {
		"real group", "effective group", "saved group", "real user",
		"effective user", "saved user",
	};
	uid_t ids[6];

	check_eq(errno_of_look(alike, 0), 0,
		 "a process with all six ids is seen");
	check_eq(errno_of_look(alike, 1), EACCES,
		 "but not with a capability more");
	for (int i = 0; i < 6; i++) {
		memcpy(ids, alike, sizeof(ids));
		ids[i]++;
		check_eq(errno_of_look(ids, 0), EACCES, "nor with another %s",
			 names[i]);
	}
	told[0] = tap_n;
	told[1] = tap_failed;
}

/* ---- root without the right to look -------------------------------------- */

#define CAP_SYS_PTRACE	19

static int look_as_user(const char *name)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		become_ids(alike, 0);
		_exit(errno_of_read(name));
	}
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

/* The files' modes stop nobody here: what is in them does. */
static void root_in_part(void *arg)
{
	static const struct { const char *name; int err; } look_at_files[] = {
		{ "environ", EACCES }, { "maps", EACCES }, { "mem", EACCES },
		{ "io", EACCES }, { "syscall", EPERM },
		{ "personality", EPERM }, { "stack", EPERM },
		{ "timerslack_ns", 0 }, { "status", 0 },
	};
	unsigned head[2] = { 0x20080522, 0 }, caps[6];

	victim = fork();
	if (victim == 0) {
		become_ids(alike, 0);
		for (;;)
			pause();
	}
	check(eventually(owner_in_proc("status") == USER), "a user's process");
	check_ok(syscall(SYS_capget, head, caps), "the capabilities");
	caps[0] = caps[1] &= ~(1u << CAP_SYS_PTRACE);
	check_ok(syscall(SYS_capset, head, caps), "one less");
	check_eq(look_as_user("timerslack_ns"), EPERM,
		 "a user reads no slack but its own");
	for (int i = 0; i < COUNT(look_at_files); i++)
		check_eq(errno_of_read(look_at_files[i].name),
			 look_at_files[i].err, "root reads %s",
			 look_at_files[i].name);
	check_eq(follow("exe"), EACCES, "... and sees its program");
	check_eq(errno_of_list("fd"), 0, "... its descriptors' numbers");
	check_eq(follow("fd/0"), EACCES, "... what one of them is");
	check_eq(errno_of_list("fdinfo"), EACCES, "... the folder beside");
	check_eq(errno_of_read("fdinfo/0"), EACCES, "... more of it");
	kill(victim, SIGKILL);
	waitpid(victim, NULL, 0);
	told[0] = tap_n;
	told[1] = tap_failed;
}

static void run_counted(void (*fn)(void *), const char *what)
{
	int st = in_child(fn, NULL);

	tap_n = told[0];
	tap_failed = told[1];
	check_eq(st, 0, "%s", what);
}

int main(void)
{
	if (getuid() != 0)
		return tap_skip_all("needs root");
	told = mmap(NULL, PG, PROT_READ | PROT_WRITE, MAP_SHARED |
		    MAP_ANONYMOUS, -1, 0);
	run_counted(try_as_user, "by a process of the same user");
	run_counted(itself, "by itself");
	run_counted(made_space, "by the maker of its space of users");
	run_counted(changes_ids, "changes of ids");
	run_counted(each_id, "ids that differ");
	run_counted(root_in_part, "root without CAP_SYS_PTRACE");
	check_err(EINVAL, syscall(SYS_prctl, SET_DUMPABLE, 2, 0, 0, 0),
		  "what is for root's eyes alone the kernel says");
	check_err(EINVAL, syscall(SYS_prctl, SET_DUMPABLE, 3, 0, 0, 0),
		  "there is no 3");
	return tap_done();
}
