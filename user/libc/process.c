/* SPDX-License-Identifier: MIT */
/* Processes, identities, limits, waiting, reboot. */
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include "internal.h"

/* fork is a clone that shares nothing and reports by SIGCHLD. */
pid_t fork(void)
{
	pid_t pid;

	if (__malloc_before_fork)
		__malloc_before_fork();
	pid = (pid_t)syscall(SYS_clone, SIGCHLD);
	if (__malloc_after_fork)
		__malloc_after_fork();
	return pid;
}

int execve(const char *path, char *const argv[], char *const envp[])
{
	return (int)syscall(SYS_execve, path, argv, envp);
}

int execv(const char *path, char *const argv[])
{
	return execve(path, argv, environ);
}

/* Prefer the error of a file that may not be run to that of a missing one. */
int execvp(const char *name, char *const argv[])
{
	const char *dirs = getenv("PATH");
	int err = ENOENT;
	char path[4096];

	if (strchr(name, '/') || !dirs || !*name)
		return execv(name, argv);
	for (;;) {
		int n = (int)strcspn(dirs, ":");

		if (snprintf(path, sizeof(path), "%.*s%s%s", n, dirs,
			     n ? "/" : "", name) < (int)sizeof(path))
			execv(path, argv);
		else
			errno = ENAMETOOLONG;
		if (errno == EACCES)
			err = EACCES;
		else if (errno != ENOENT && errno != ENOTDIR)
			return -1;
		if (!dirs[n])
			break;
		dirs += n + 1;
	}
	errno = err;
	return -1;
}

#ifdef SYS_wait4
pid_t wait4(pid_t pid, int *status, int options, struct rusage *ru)
{
	return (pid_t)syscall(SYS_wait4, pid, status, options, ru);
}
#else
/* Return: the status in the encoding of wait4. */
static int status_of(const siginfo_t *si)
{
	switch (si->si_code) {
	case CLD_EXITED:
		return (si->si_status & 0xff) << 8;
	case CLD_KILLED:
		return si->si_status;
	case CLD_DUMPED:
		return si->si_status | 0x80;
	case CLD_CONTINUED:
		return 0xffff;
	}
	return si->si_status << 8 | 0x7f;
}

pid_t wait4(pid_t pid, int *status, int options, struct rusage *ru)
{
	int which = pid == -1 ? P_ALL : pid > 0 ? P_PID : P_PGID;
	siginfo_t si = { .si_pid = 0 };

	/* -INT_MIN is not a valid group number */
	if (pid == INT_MIN) {
		errno = ESRCH;
		return -1;
	}
	if (syscall(SYS_waitid, which, pid < -1 ? -pid : pid, &si,
		    options | WEXITED, ru))
		return -1;
	if (status && si.si_pid)
		*status = status_of(&si);
	return si.si_pid;
}
#endif

pid_t waitpid(pid_t pid, int *status, int options)
{
	return wait4(pid, status, options, NULL);
}

pid_t wait(int *status)
{
	return waitpid(-1, status, 0);
}

int waitid(int which, pid_t id, siginfo_t *info, int options)
{
	return (int)syscall(SYS_waitid, which, id, info, options, 0);
}

pid_t getpid(void)
{
	return (pid_t)raw_syscall(SYS_getpid);
}

pid_t getppid(void)
{
	return (pid_t)raw_syscall(SYS_getppid);
}

pid_t gettid(void)
{
	return (pid_t)raw_syscall(SYS_gettid);
}

pid_t getpgid(pid_t pid)
{
	return (pid_t)syscall(SYS_getpgid, pid);
}

pid_t getpgrp(void)
{
	return getpgid(0);
}

int setpgid(pid_t pid, pid_t pgid)
{
	return (int)syscall(SYS_setpgid, pid, pgid);
}

pid_t setsid(void)
{
	return (pid_t)syscall(SYS_setsid);
}

pid_t getsid(pid_t pid)
{
	return (pid_t)syscall(SYS_getsid, pid);
}

/* The system call getpriority returns 20 - nice, which is never negative. */
int nice(int inc)
{
	long now = syscall(SYS_getpriority, 0, 0);

	if (now < 0 || syscall(SYS_setpriority, 0, 0, 20 - now + inc) < 0)
		return -1;
	return (int)(20 - now + inc);
}

int sched_yield(void)
{
	return (int)syscall(SYS_sched_yield);
}

uid_t getuid(void)
{
	return (uid_t)raw_syscall(ABI_getuid);
}

uid_t geteuid(void)
{
	return (uid_t)raw_syscall(ABI_geteuid);
}

gid_t getgid(void)
{
	return (gid_t)raw_syscall(ABI_getgid);
}

gid_t getegid(void)
{
	return (gid_t)raw_syscall(ABI_getegid);
}

int setuid(uid_t uid)
{
	return (int)syscall(ABI_setuid, uid);
}

int setgid(gid_t gid)
{
	return (int)syscall(ABI_setgid, gid);
}

int setreuid(uid_t r, uid_t e)
{
	return (int)syscall(ABI_setreuid, r, e);
}

int setresuid(uid_t r, uid_t e, uid_t s)
{
	return (int)syscall(ABI_setresuid, r, e, s);
}

int setresgid(gid_t r, gid_t e, gid_t s)
{
	return (int)syscall(ABI_setresgid, r, e, s);
}

int getresuid(uid_t *r, uid_t *e, uid_t *s)
{
	return (int)syscall(ABI_getresuid, r, e, s);
}

int getgroups(int n, gid_t *list)
{
	return (int)syscall(ABI_getgroups, n, list);
}

int setgroups(size_t n, const gid_t *list)
{
	return (int)syscall(ABI_setgroups, n, list);
}

int getrlimit(int what, struct rlimit *r)
{
	return (int)syscall(SYS_prlimit64, 0, what, 0, r);
}

int setrlimit(int what, const struct rlimit *r)
{
	return (int)syscall(SYS_prlimit64, 0, what, r, 0);
}

int getrusage(int who, struct rusage *u)
{
	return (int)syscall(SYS_getrusage, who, u);
}

int uname(struct utsname *u)
{
	return (int)syscall(SYS_uname, u);
}

/* Two magic numbers guard the call: the authors' birthdays, by tradition. */
int reboot(unsigned int how)
{
	return (int)syscall(SYS_reboot, 0xfee1dead, 672274793, how, 0);
}

int tcgetattr(int fd, struct termios *t)
{
	return ioctl(fd, TCGETS, t);
}

int tcsetattr(int fd, int when, const struct termios *t)
{
	return ioctl(fd, TCSETS + (unsigned long)when, t);
}

int isatty(int fd)
{
	struct termios t;

	return tcgetattr(fd, &t) == 0;
}

pid_t tcgetpgrp(int fd)
{
	pid_t pg;

	return ioctl(fd, TIOCGPGRP, &pg) < 0 ? -1 : pg;
}

int tcsetpgrp(int fd, pid_t pg)
{
	return ioctl(fd, TIOCSPGRP, &pg);
}
