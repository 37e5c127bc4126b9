/* SPDX-License-Identifier: MIT */
/*
 * Limits and floods: rlimits and who may raise them, a fork bomb under
 * RLIMIT_NPROC, a file system that is full (rows D14, B5).
 */
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include "tap.h"
#include "texts.h"

#define PR_SET_CHILD_SUBREAPER	36
#define NPROC	40

static void rlimits(void *arg)
{
	struct rlimit r = { 10, 5 }, old;

	need(setrlimit(RLIMIT_CORE, &r) == -1 && errno == EINVAL, 1);
	need(getrlimit(99, &r) == -1 && errno == EINVAL, 2);
	need(getrlimit(RLIMIT_NOFILE, &old) == 0, 3);
	r = (struct rlimit){ 50, 100 };
	need(setrlimit(RLIMIT_NOFILE, &r) == 0, 4);
	need(setuid(1000) == 0, 5);
	r = (struct rlimit){ 100, 100 };
	need(setrlimit(RLIMIT_NOFILE, &r) == 0, 6);
	r = (struct rlimit){ 50, 101 };
	need(setrlimit(RLIMIT_NOFILE, &r) == -1 && errno == EPERM, 7);
	need(fork() >= 0, 8);
	need(getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur == 100, 9);
}

/* Forks as fast as it can and so does every child. */
static void fork_without_end(volatile int *stop)
{
	/* stop[1]: how many there are */
	__atomic_add_fetch(&stop[1], 1, __ATOMIC_RELAXED);
	while (!*stop) {
		pid_t pid = fork();

		if (pid == 0)
			__atomic_add_fetch(&stop[1], 1, __ATOMIC_RELAXED);
		if (pid < 0)
			sched_yield();
	}
	_exit(0);
}

static void fork_bomb(void)
{
	volatile int *stop = mmap(NULL, PG, PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct rlimit r = { NPROC, NPROC };
	int n = 0;
	pid_t pid;

	syscall(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1);
	pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		setrlimit(RLIMIT_NPROC, &r);
		if (setuid(4321))
			_exit(1);
		fork_without_end(stop);
	}
	check(eventually(stop[1] > NPROC / 2), "the bomb is burning");
	pid = fork();
	if (pid == 0)
		_exit(0);
	check(pid > 0, "others can still fork");
	waitpid(pid, NULL, 0);
	*stop = 1;
	while (wait(NULL) > 0)
		n++;
	check(n > NPROC / 2 && n < 100000, "it ended; %d reaped", n);
	munmap((void *)stop, PG);
}

static void exact_nproc(void *arg)
{
	struct rlimit r = { 10, 10 };
	int n = 0;

	setrlimit(RLIMIT_NPROC, &r);
	need(setuid(4322) == 0, 1);
	for (; n < 100; n++) {
		pid_t pid = fork();

		if (pid == 0)
			for (;;)
				pause();
		if (pid < 0)
			break;
	}
	need(errno == EAGAIN, 2);
	need(n == 9, 3);
	signal(SIGTERM, SIG_IGN);
	kill(-1, SIGTERM);
	while (wait(NULL) > 0)
		;
}

/* A child that is the user's, or was and is root's again; waits. */
static pid_t comes_and(int stays)
{
	pid_t pid = fork();

	if (pid) {
		comes_to(pid, "S");
		return pid;
	}
	need(!setresuid(4325, 4325, 0), 1);
	need(stays || !setresuid(0, 0, 0), 1);
	for (;;)
		pause();
}

/* One more of the user's, who may have three tasks, forks.  Status: errno. */
static void forks_as_third(void *arg)
{
	struct rlimit r = { 3, 3 };
	pid_t pid;

	need(!setrlimit(RLIMIT_NPROC, &r), 1);
	need(!setresuid(4325, 4325, 4325), 1);
	pid = fork();
	_exit(pid < 0 ? errno : 0);
}

/* Tasks count for whose they are now, not for who forked them. */
static void counted_user(void)
{
	pid_t one = comes_and(1), two = comes_and(1), gone;

	check_eq(in_child(forks_as_third, NULL), EAGAIN << 8,
		 "RLIMIT_NPROC counts who came by setresuid");
	gone = comes_and(0);
	kill(one, SIGKILL);
	waitpid(one, NULL, 0);
	check_eq(in_child(forks_as_third, NULL), 0,
		 "and nobody who left, or was waited for");
	kill(two, SIGKILL);
	kill(gone, SIGKILL);
	waitpid(two, NULL, 0);
	waitpid(gone, NULL, 0);
}

/*
 * Their kernel stacks, of 16 KiB at most, could take an eighth of memory, and
 * those of one user half of that.
 */
static void default_limits(void)
{
	long most = text_number("/proc/sys/kernel/threads-max", "");
	long stack = sizeof(long) == 8 ? 16 : 8;
	struct rlimit r;

	if (tap_lacks(most < 0 ? -1 : 0, "sysctl"))
		return;
	check(most > 20 && most * stack * 8 <=
	      text_number("/proc/meminfo", "MemTotal:") * 5 / 4,
	      "threads-max: %ld", most);
	getrlimit(RLIMIT_NPROC, &r);
	check_eq(r.rlim_cur, most / 2, "RLIMIT_NPROC, half of that");
	check_eq(r.rlim_max, most / 2, "which is hard, too");
	getrlimit(RLIMIT_SIGPENDING, &r);
	check_eq(r.rlim_cur, most / 2, "RLIMIT_SIGPENDING, the same");
	check_eq(r.rlim_max, most / 2, "likewise");
}

static void fill_up_file(const char *path, long want)
{
	static char buf[8192];
	long total = 0;
	ssize_t n;
	int fd = open(path, O_RDWR | O_CREAT, 0600);
	char *p;

	memset(buf, 'f', sizeof(buf));
	while ((n = write(fd, buf, sizeof(buf))) > 0)
		total += n;
	check(n == -1 && errno == ENOSPC, "write until ENOSPC");
	check(total <= want && total >= want / 2, "%ld bytes went in", total);
	check_err(ENOSPC, write(fd, buf, 1), "still full");
	check_ok(ftruncate(fd, (off_t)total + 100 * (off_t)PG),
		 "a hole costs nothing");
	p = mmap(NULL, PG, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		 (off_t)(total + 50 * (long)PG) & ~(off_t)(PG - 1));
	check_eq(store_fault(p), SIGBUS, "a mapped store with no room: SIGBUS");
	munmap(p, PG);
	check_ok(ftruncate(fd, 0), "truncate frees");
	check_eq(write(fd, buf, 100), 100, "room again");
	close(fd);
}

static void full_tmpfs(void)
{
	int fd;

	mkdir("m", 0755);
	if (mount("tmpfs", "m", "tmpfs", 0, "size=1m")) {
		tap_skip("a full tmpfs", strerror(errno));
		rmdir("m");
		return;
	}
	fill_up_file("m/f", 1 << 20);
	fd = open("m/f", O_RDONLY);
	check_err(EBUSY, umount2("m", 0), "busy while a file is open");
	close(fd);
	check_ok(umount2("m", 0), "unmounted");
	check_err(ENOENT, access("m/f", F_OK), "its files are gone");
	check_err(EINVAL, umount2("m", 0), "not mounted any more");
	check_err(ENODEV, mount("x", "m", "nosuchfs", 0, NULL),
		  "unknown file system");
	check_err(ENOENT, mount("x", "nowhere", "tmpfs", 0, NULL),
		  "nowhere to mount");
	rmdir("m");
}

/* The user's own process, but for one id of six. */
static pid_t with_id(int which)
{
	unsigned id[6];
	pid_t pid = fork();

	if (pid)
		return pid;
	for (int i = 0; i < 6; i++)
		id[i] = i == which ? 4324 : 4323;
	if (setresgid(id[3], id[4], id[5]) || setresuid(id[0], id[1], id[2]))
		_exit(1);
	for (;;)
		pause();
}

/* prlimit(2): real, effective and saved, of user and group */
static void limit_of(void *arg)
{
	struct rlimit l;

	need(!setresgid(4323, 4323, 4323) && !setresuid(4323, 4323, 4323),
	     1);
	_exit(syscall(SYS_prlimit64, *(pid_t *)arg, RLIMIT_CORE, NULL, &l) ?
	      errno : 0);
}

/* The address space of another process enforces what it was given. */
static void space_of_another(void)
{
	unsigned long long l[2] = { PG, PG };
	int tell[2], status = -1;
	char c = 'l';
	pid_t pid;

	if (!check(pipe(tell) == 0, "a pipe"))
		return;
	pid = fork();
	if (!pid) {
		if (read(tell[0], &c, 1) != 1)
			_exit(1);
		_exit(mmap(NULL, PG, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			   0) == MAP_FAILED ? errno : 0);
	}
	check_ok(syscall(SYS_prlimit64, pid, RLIMIT_AS, l, NULL),
		 "RLIMIT_AS of a child");
	check(write(tell[1], &c, 1) == 1, "it is told");
	waitpid(pid, &status, 0);
	check_eq(status, ENOMEM << 8, "and can map nothing any more");
	close(tell[0]);
	close(tell[1]);
}

static void limits_of_others(void)
{
	static const char *const names[] = { "user", "effective user",
		"saved user", "group", "effective group", "saved group",
		"nothing" };

	if (tap_lacks(setresuid(-1u, -1u, -1u), "identity"))
		return;
	for (int i = 0; i < COUNT(names); i++) {
		pid_t pid = with_id(i);

		comes_to(pid, "S");
		check_eq(in_child(limit_of, &pid), i < 6 ? EPERM << 8 : 0,
			 "prlimit where %s differs", names[i]);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
}

int main(void)
{
	if (getuid() != 0)
		return tap_skip_all("needs root");
	tap_scratch("rlimits");
	check_eq(in_child(rlimits, NULL), 0, "rlimits and who may raise them");
	check_eq(in_child(exact_nproc, NULL), 0, "RLIMIT_NPROC to the process");
	counted_user();
	default_limits();
	space_of_another();
	limits_of_others();
	fork_bomb();
	full_tmpfs();
	tap_scratch_end();
	return tap_done();
}
