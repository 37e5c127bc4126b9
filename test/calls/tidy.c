/* SPDX-License-Identifier: MIT */
/*
 * What a program may leave behind goes: processes, files, mounts, System V's
 * objects.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "executor.h"

#define USER		1000
#define DEPTH		16
#define DIE_MS		20000
#define DIE_LOOKS	4000	/* on a busy host time goes by without us */
#define IPC_RMID	0
#define IPC_OLD		0		/* semctl's bits: none are needed */
#define SHM_INFO	14
#define SEM_INFO	19
#define MSG_INFO	12
#define SHM_STAT_ANY	15
#define SEM_STAT_ANY	20
#define MSG_STAT_ANY	13
#define MNT_DETACH	2
#define AF_UNIX		1
#define SOCK_STREAM	1
#define UMOUNT_NOFOLLOW	8

/* ---- files --------------------------------------------------------------- */

static void write_letters(const char *name, unsigned n)
{
	static char text[4096];
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0666);

	for (unsigned i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + i % 26);
	if (fd < 0)
		return;
	write_all(fd, text, n);
	if (as_user)
		fchown(fd, USER, USER);
	close(fd);
}

/* A fresh folder, the current one from now on, with a little in it. */
void tidy_folder_make(const char *name)
{
	if (mkdir(name, 0777) || chdir(name))
		return;
	umask(0);
	write_letters("f0", 3000);
	mkdir("d", 0777);
	write_letters("d/f", 10);
	symlink("f0", "link");
	if (as_user) {
		chown(".", USER, USER);
		chown("d", USER, USER);
	}
	umask(022);
}

/*
 * Folders above the program's.  It may go up and leave names there, which a
 * later program would find, or take away: what the audit of a batch says would
 * depend on those before it.
 */
static struct outside {
	const char *name;
	char first[2048] __attribute__((aligned(8)));	/* entries, at first */
	ssize_t n;
} outside[] = { { .name = "/" }, { .name = "/tmp" } };

static int was_outside(const struct outside *o, const char *name)
{
	for (ssize_t at = 0; at < o->n;) {
		const struct dirent *e = (const struct dirent *)(o->first + at);

		if (!strcmp(e->d_name, name))
			return 1;
		at += e->d_reclen;
	}
	return 0;
}

static void remove_at(int dir, const char *name, int depth);

/* `but`: what stays there, NULL: nothing */
static void remove_in(int fd, int depth, const struct outside *but)
{
	char text[2048] __attribute__((aligned(8)));
	ssize_t n;

	while ((n = getdents64(fd, text, sizeof(text))) > 0)
		for (ssize_t at = 0; at < n;) {
			struct dirent *e = (struct dirent *)(text + at);

			at += e->d_reclen;
			if (but && was_outside(but, e->d_name))
				continue;
			if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
				remove_at(fd, e->d_name, depth + 1);
		}
}

static void remove_at(int dir, const char *name, int depth)
{
	int fd;

	if (unlinkat(dir, name, 0) == 0 || depth > DEPTH)
		return;
	if (unlinkat(dir, name, 0x200) == 0)
		return;
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
		    O_NONBLOCK);
	if (fd < 0)
		return;
	remove_in(fd, depth, NULL);
	close(fd);
	unlinkat(dir, name, 0x200);
}

void tidy_folder(const char *name)
{
	chdir("/");
	remove_at(AT_FDCWD, name, 0);
}

void tidy_outside_note(void)
{
	for (int i = 0; i < COUNT(outside); i++) {
		struct outside *o = &outside[i];
		int fd = open(o->name, O_RDONLY | O_DIRECTORY);
		ssize_t got;

		while ((got = getdents64(fd, o->first + o->n,
					 sizeof(o->first) - (size_t)o->n)) > 0)
			o->n += got;
		close(fd);
	}
}

void tidy_outside(void)
{
	for (int i = 0; i < COUNT(outside); i++) {
		int fd = open(outside[i].name, O_RDONLY | O_DIRECTORY);

		remove_in(fd, 0, &outside[i]);
		close(fd);
	}
}

/* ---- mounts, objects with keys, queues ----------------------------------- */

/* The last mount first, until none is left below the folder. */
static int unmount_last(const char *folder)
{
	static char text[16384];
	char *line, *rest, *last = NULL;
	size_t len = strlen(folder);

	file_text("/proc/self/mounts", text, sizeof(text));
	for (line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		char *place = strchr(line, ' '), *end;

		end = place ? strchr(++place, ' ') : NULL;
		if (!end)
			continue;
		*end = '\0';
		if (!strncmp(place, folder, len))
			last = place;
	}
	return last ? (int)raw_syscall(SYS_umount2, last,
				       MNT_DETACH | UMOUNT_NOFOLLOW) : -1;
}

/* Up to the highest index, which *_INFO tells: a program rarely made one. */
static void remove_ids(void)
{
	static char buf[256];
	long id;

	for (long i = raw_syscall(SYS_shmctl, 0, SHM_INFO, buf); i >= 0; i--) {
		id = raw_syscall(SYS_shmctl, i, SHM_STAT_ANY, buf);
		if (id >= 0)
			raw_syscall(SYS_shmctl, id, IPC_RMID, 0);
	}
	for (long i = raw_syscall(SYS_msgctl, 0, MSG_INFO, buf); i >= 0; i--) {
		id = raw_syscall(SYS_msgctl, i, MSG_STAT_ANY, buf);
		if (id >= 0)
			raw_syscall(SYS_msgctl, id, IPC_RMID, 0);
	}
	for (long i = raw_syscall(SYS_semctl, 0, 0, SEM_INFO, buf); i >= 0;
	     i--) {
		id = raw_syscall(SYS_semctl, i, 0, SEM_STAT_ANY, buf);
		if (id >= 0)
			raw_syscall(SYS_semctl, id, 0, IPC_RMID, 0);
	}
}

/* Files of no kind share a node: mode and owner as at first. */
static void restore_nameless(void)
{
	unsigned long long none = 0;
	long fd[] = {
		raw_syscall(SYS_eventfd2, 0, 0),
		raw_syscall(SYS_epoll_create1, 0),
		raw_syscall(SYS_timerfd_create, 1, 0),
		raw_syscall(SYS_signalfd4, -1, &none, 8, 0),
		raw_syscall(SYS_inotify_init1, 0),
		raw_syscall(SYS_pidfd_open, raw_syscall(SYS_getpid), 0),
	};

	for (int i = 0; i < COUNT(fd); i++) {
		if (fd[i] < 0)
			continue;
		fchown((int)fd[i], 0, 0);
		fchmod((int)fd[i], 0600);
		close((int)fd[i]);
	}
}

void tidy_kernel(const char *folder)
{
	for (int i = 0; i < 32 && unmount_last(folder) == 0; i++)
		;
	remove_ids();
	if (!as_user)
		restore_nameless();
}

/* ---- processes ----------------------------------------------------------- */

static pid_t parent_of(pid_t pid)
{
	char name[32], text[256], *p;

	snprintf(name, sizeof(name), "/proc/%d/stat", pid);
	p = strrchr(file_text(name, text, sizeof(text)), ')');
	return p ? (pid_t)strtol(p + 4, NULL, 10) : 0;
}

/* Those that left the child's group: they are ours since it died. */
static void kill_strays(void)
{
	int fd = open("/proc", O_RDONLY | O_DIRECTORY);
	char text[4096] __attribute__((aligned(8)));
	ssize_t n;

	while ((n = getdents64(fd, text, sizeof(text))) > 0)
		for (ssize_t at = 0; at < n;) {
			struct dirent *e = (struct dirent *)(text + at);
			pid_t pid = (pid_t)atoi(e->d_name);

			at += e->d_reclen;
			if (pid > 1 && parent_of(pid) == getpid())
				kill(pid, SIGKILL);
		}
	close(fd);
}

int tidy_processes(pid_t child, int *status)
{
	uint64_t end = now_ns() + DIE_MS * 1000000ull;
	int ended, seen = 0;

	kill(-child, SIGKILL);
	kill(child, SIGKILL);
	for (int looks = 0; looks < DIE_LOOKS || now_ns() < end; looks++) {
		pid_t pid = waitpid(-1, &ended, WNOHANG | __WALL);

		if (pid < 0 && errno == ECHILD)
			break;
		if (pid == child) {
			*status = ended;
			seen = 1;
		}
		if (pid > 0)
			continue;
		if (looks > 3)
			kill_strays();
		if (looks)
			usleep(500);
	}
	return seen;
}

/* Sockets in messages at each other: the end of any socket looks for them. */
void tidy_sockets(void)
{
	int fd = raw_syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0);

	if (fd >= 0)
		close(fd);
}
