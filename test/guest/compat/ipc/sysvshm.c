/* SPDX-License-Identifier: MIT */
/*
 * System V shared memory (row D10): segments, where and how they are attached,
 * what fork, exec, exit and munmap do to the count of attachments, removal
 * while in use, permissions, limits.
 */
#include <sys/resource.h>
#include "sysv.h"

#define SHM_LOCK	11
#define SHM_UNLOCK	12
#define SHM_STAT	13
#define SHM_INFO	14
#define SHM_RDONLY	010000
#define SHM_RND		020000
#define SHM_REMAP	040000
#define NORESERVE	010000
#define SHM_EXEC	0100000
#define SHM_DEST	01000
#define SHM_LOCKED	02000

struct ds {
	int key;
	unsigned int uid, gid, cuid, cgid, mode;
	unsigned short seq, pad;
	unsigned long unused[2];
	unsigned long size;
#if __SIZEOF_LONG__ == 4
	unsigned long atime, atime_high, dtime, dtime_high, ctime, ctime_high;
#else
	unsigned long atime, dtime, ctime;
#endif
	int cpid, lpid;
	unsigned long attached, more[2];
};

static long shmget(int key, unsigned long size, int flags)
{
	return syscall(SYS_shmget, key, size, flags);
}

static char *shmat(long id, const void *at, int flags)
{
	return (char *)syscall(SYS_shmat, id, at, flags);
}

static long shmdt(const void *at)
{
	return syscall(SYS_shmdt, at);
}

static long shmctl(long id, int cmd, void *buf)
{
	return syscall(SYS_shmctl, id, cmd, buf);
}

#define NOWHERE	((char *)-1)

static long attach_count(long id)
{
	struct ds d;

	return shmctl(id, IPC_STAT, &d) ? -errno : (long)d.attached;
}

static long id;

/* A key is no secret; what is asked for with it must be allowed. */
static void find_segment_as_other(void *arg)
{
	int key = *(int *)arg;

	become_other();
	if (shmget(key, 0, 0) < 0)
		_exit(1);
	refused(EACCES, 2, shmget(key, 0, 0400));
	refused(EACCES, 3, shmget(key, 0, 0200));
}

/* Membership goes by the group of the file system. */
static void finds_as_group(void *arg)
{
	int key = *(int *)arg;

	if (setgroups(0, NULL) || setresgid(1000, 1000, 0) ||
	    setresuid(1000, 1000, 1000))
		_exit(1);
	refused(EACCES, 2, shmget(key, 0, 0040));
	syscall(SYS_setfsgid, 0);
	if (shmget(key, 0, 0040) < 0)
		_exit(3);
}

/* ---- segments ------------------------------------------------------------ */

static void make_segments(void)
{
	int key = 0x4c540000 + getpid();
	long a, b;

	a = shmget(key, 5000, IPC_CREAT | 0600);
	check(a >= 0, "shmget makes a segment");
	check_eq(shmget(key, 0, 0), a, "its key finds it");
	if (!geteuid())
		check_eq(in_child(find_segment_as_other, &key), 0,
			 "another user finds it, but without rights");
	b = shmget(key + 1, 5000, IPC_CREAT | 0040);
	if (!geteuid()) {
		int other = key + 1;

		check_eq(in_child(finds_as_group, &other), 0, "its group may");
	}
	shmctl(b, IPC_RMID, NULL);
	check_eq(shmget(key, 5000, IPC_CREAT), a, "with IPC_CREAT, too");
	check_err(EEXIST, shmget(key, 5000, IPC_CREAT | IPC_EXCL), "IPC_EXCL");
	check_err(EINVAL, shmget(key, 5001, 0), "it is not as large");
	check_err(ENOENT, shmget(key + 1, 1, 0), "no such key");
	check_err(EINVAL, shmget(key + 1, 0, IPC_CREAT), "of no size");
	check_err(EINVAL, shmget(key + 1, ~0ul, IPC_CREAT), "of any size");
	b = shmget(IPC_PRIVATE, 1, 0600);
	check(b >= 0 && b != a, "IPC_PRIVATE: a new one");
	check_eq(shmctl(b, IPC_RMID, NULL), 0, "IPC_RMID");
	check_eq(attach_count(b), -EINVAL, "it is gone");
	check_err(EINVAL, shmctl(-1, IPC_STAT, NULL), "no id");
	check_err(EINVAL, shmctl(a, 999, NULL), "no such command");
	check_err(EINVAL, shmctl(a, -1, NULL), "nor this one");
	check_err(EINVAL, shmat(b, NULL, 0), "nothing to attach");
	check_err(EINVAL, shmat(-1, NULL, 0), "no id");
	shmctl(a, IPC_RMID, NULL);
	check_err(ENOENT, shmget(key, 0, 0), "nor has the key one now");
}

/* ---- attaching ----------------------------------------------------------- */

static int signal_of_child(void (*fn)(void *), void *arg)
{
	int st = in_child(fn, arg);

	return WIFSIGNALED(st) ? WTERMSIG(st) : 0;
}

static void store_to_segment(void *at)
{
	*(volatile char *)at = 1;
}

static void choose_attach_places(void)
{
	char *a, *b, *room;
	long other;

	a = shmat(id, NULL, 0);
	check(a != NOWHERE && !((unsigned long)a & (PG - 1)), "shmat");
	check(a[0] == 0 && a[3 * PG - 1] == 0, "it begins as zeros");
	a[0] = 7;
	b = shmat(id, NULL, 0);
	check(b != NOWHERE && b != a && b[0] == 7, "twice: the same memory");
	check_eq(attach_count(id), 2, "two attachments");
	check_eq(shmdt(b), 0, "shmdt");
	check_err(EINVAL, shmdt(b), "it is not there any more");
	check_err(EINVAL, shmdt(a + PG), "not from its middle");
	check_err(EINVAL, shmdt(a + 1), "nor at an odd place");
	check_eq(attach_count(id), 1, "one is left");
	check_err(EINVAL, shmat(id, a, 0), "where something is: no");
	check_err(EINVAL, shmat(id, b + 1, 0), "at an odd place: no");
	other = shmget(IPC_PRIVATE, ~0ul / 2 + 1, NORESERVE | 0600);
	if (sizeof(long) == 8) {
		check_eq(other, -1, "of half of all bytes: no");
		check_eq(errno, EINVAL, "... as no file is as large");
		other = shmget(IPC_PRIVATE, ~0ul / 2, NORESERVE | 0600);
	}
	check(other >= 0, "of as many as there may be");
	check_err(EINVAL, shmat(other, a, 0),
		  "where something is, and beyond all addresses");
	check_eq(shmctl(other, IPC_RMID, NULL), 0, "IPC_RMID");
	check_err(EINVAL, shmat(id, NULL, SHM_REMAP), "SHM_REMAP of nothing");
	check_eq((long)shmat(id, b + 100, SHM_RND), (long)b, "SHM_RND");
	shmdt(b);
	room = mmap(NULL, 5 * PG, PROT_READ | PROT_WRITE, MAP_PRIVATE |
		    MAP_ANONYMOUS, -1, 0);
	room[0] = 1;
	check_eq((long)shmat(id, room, SHM_REMAP), (long)room, "SHM_REMAP");
	check_eq(room[0], 7, "replaces what was there");
	check_eq(room[4 * PG], 0, "... as far as it goes");
	shmdt(room);
	check_eq(signal_of_child(store_to_segment, room), SIGSEGV,
		 "nothing is left there");
	munmap(room + 3 * PG, 2 * PG);
	shmdt(a);
}

static void attach_by_rights(void)
{
	char *a = shmat(id, NULL, SHM_RDONLY);

	check(a != NOWHERE && a[0] == 7, "SHM_RDONLY: it can be read");
	check_eq(signal_of_child(store_to_segment, a), SIGSEGV, "not written");
	check_err(EACCES, mprotect(a, PG, PROT_READ | PROT_WRITE),
		  "nor made writable");
	shmdt(a);
	a = shmat(id, NULL, SHM_EXEC);
	check(a != NOWHERE, "SHM_EXEC");
	shmdt(a);
}

/* ---- the count ----------------------------------------------------------- */

static void look_at_attached(void *arg)
{
	long *seen = arg;

	*seen = attach_count(id);
	_exit(0);
}

static void exec_after_attach(void *arg)
{
	char *argv[] = { "sysvshm", "-after", NULL };

	(void)arg;
	execv("/proc/self/exe", argv);
	_exit(9);
}

static void count_attachments(void)
{
	char *a = shmat(id, NULL, 0);
	long *seen = (long *)(a + 64);
	struct ds d;

	in_child(look_at_attached, seen);
	check_eq(*seen, 2, "fork attaches");
	check_eq(attach_count(id), 1, "exit detaches");
	check_eq(in_child(exec_after_attach, NULL), 3 << 8, "exec, too");
	check_eq(attach_count(id), 1, "... which counts");
	munmap(a + PG, PG);
	check_eq(attach_count(id), 2, "a hole: two parts");
	check_eq(shmdt(a), 0, "shmdt finds them both");
	check_eq(attach_count(id), 0, "none is left");
	a = shmat(id, NULL, 0);
	munmap(a, 3 * PG);
	check_eq(attach_count(id), 0, "munmap detaches");
	a = shmat(id, NULL, 0);
	a = mremap(a, 3 * PG, 5 * PG, MREMAP_MAYMOVE);
	check(a != MAP_FAILED && attach_count(id) == 1, "mremap keeps one");
	check_eq(a[0], 7, "with its memory");
	check_eq(signal_of_child(store_to_segment, a + 4 * PG), SIGBUS,
		 "but no more than there is");
	munmap(a, 5 * PG);
	shmctl(id, IPC_STAT, &d);
	check(d.attached == 0 && d.lpid == getpid() && d.cpid == getpid() &&
	      d.atime && d.dtime && d.ctime && d.size == 3 * PG - 10,
	      "IPC_STAT tells it all");
}

static void remove_attached(void)
{
	long a = shmget(0x4c550000 + getpid(), PG, IPC_CREAT | 0600);
	char *p = shmat(a, NULL, 0), *q;
	struct ds d;

	check_eq(shmctl(a, IPC_RMID, NULL), 0, "IPC_RMID while attached");
	p[5] = 9;
	check(!shmctl(a, IPC_STAT, &d) && d.mode & SHM_DEST && !d.key,
	      "it is marked, and has lost its key");
	check_err(ENOENT, shmget(0x4c550000 + getpid(), 0, 0), "not found");
	q = shmat(a, NULL, 0);
	check(q != NOWHERE && q[5] == 9, "who knows the id may attach it");
	shmdt(q);
	check_eq(attach_count(a), 1, "it lives with its last");
	shmdt(p);
	check_eq(attach_count(a), -EINVAL, "and goes with it");
}

/* ---- status, limits, others ---------------------------------------------- */

static void check_segment_status(void)
{
	unsigned long info[9];
	struct ds d;
	long highest;

	memset(&d, 0, sizeof(d));
	check_eq(shmctl(id, IPC_STAT, &d), 0, "IPC_STAT");
	check((d.mode & 0777) == 0600 && d.uid == geteuid() &&
	      d.cuid == geteuid(), "owner and mode");
	d.mode = 0640;
	check_eq(shmctl(id, IPC_SET, &d), 0, "IPC_SET");
	shmctl(id, IPC_STAT, &d);
	check_eq(d.mode & 0777, 0640, "the new mode");
	check_eq(shmctl(id, SHM_LOCK, NULL), 0, "SHM_LOCK");
	shmctl(id, IPC_STAT, &d);
	check(d.mode & SHM_LOCKED, "it is told");
	shmctl(id, SHM_UNLOCK, NULL);
	shmctl(id, IPC_STAT, &d);
	check(!(d.mode & SHM_LOCKED), "SHM_UNLOCK");
	check(shmctl(0, IPC_INFO, info) >= 0 && info[0] > 1ul << 30 &&
	      info[1] == 1 && info[2] == 4096 && info[3] == 4096,
	      "IPC_INFO: the limits");
	memset(info, 0, sizeof(info));
	highest = shmctl(0, SHM_INFO, info);
	check(highest >= 0 && *(int *)info >= 1 && info[1] >= 3,
	      "SHM_INFO: what is in use");
	for (long i = 0; i <= highest; i++)
		if (shmctl(i, SHM_STAT, &d) == id)
			return (void)check(d.size == 3 * PG - 10, "SHM_STAT");
	check(0, "SHM_STAT finds it");
}

/* One after the other until there may be no more. */
static void make_too_many(void)
{
	static int ids[5000];
	int n = 0;

	while (n < COUNT(ids) && (ids[n] = (int)syscall(SYS_shmget, 0, PG,
							 0600)) >= 0)
		n++;
	check(n < COUNT(ids) && errno == ENOSPC, "no more segments");
	check(n > 4000 && n <= 4096, "%d were made", n);
	for (int i = 0; i < n; i++)
		shmctl(ids[i], IPC_RMID, NULL);
	n = (int)syscall(SYS_shmget, 0, PG, 0600);
	check(n >= 0, "one again");
	shmctl(n, IPC_RMID, NULL);
}

static void pass_bad_pointers(void)
{
	check_err(EFAULT, shmctl(id, IPC_STAT, BAD), "IPC_STAT to nowhere");
	check_err(EFAULT, shmctl(id, IPC_SET, BAD), "IPC_SET from nowhere");
	check_err(EFAULT, shmctl(0, IPC_INFO, BAD), "IPC_INFO to nowhere");
	check_err(EFAULT, shmctl(0, SHM_INFO, BAD), "SHM_INFO to nowhere");
	check(shmat(id, (void *)-PG, 0) == NOWHERE, "no attaching up there");
}

/* The line of /proc/sysvipc/shm that tells of a segment. */
static void find_segment_line(void)
{
	char text[4096], want[32], *at;
	int fd = open("/proc/sysvipc/shm", O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	close(fd);
	text[n > 0 ? n : 0] = '\0';
	snprintf(want, sizeof(want), "\n         0 %10ld ", id);
	at = strstr(text, want);
	check(at && strtoul(at + strlen(want) + 5, NULL, 10) == 3 * PG - 10,
	      "/proc/sysvipc/shm");
}

static void use_segment_as_other(void *arg)
{
	(void)arg;
	become_other();
	refused(EACCES, 2, shmat(id, NULL, SHM_RDONLY));
	refused(EACCES, 3, shmat(id, NULL, 0));
	refused(EPERM, 4, shmctl(id, IPC_RMID, NULL));
	refused(EPERM, 5, shmctl(id, SHM_LOCK, NULL));
}

/* What a user locked counts together, whichever process did it. */
static void count_locked_segments(void *arg)
{
	struct rlimit four = { 4 * PG, 4 * PG };
	long a, b, c;
	int bad = 0;

	(void)arg;
	become_other();
	a = shmget(IPC_PRIVATE, 3 * PG, 0600);
	b = shmget(IPC_PRIVATE, 2 * PG, 0600);
	c = shmget(IPC_PRIVATE, PG, 0600);
	if (setrlimit(RLIMIT_MEMLOCK, &four) || a < 0 || b < 0 || c < 0)
		_exit(1);
	if (shmctl(a, SHM_LOCK, NULL) || shmctl(a, SHM_LOCK, NULL))
		bad = 2;
	else if (shmctl(b, SHM_LOCK, NULL) != -1 || errno != ENOMEM)
		bad = 3;
	else if (shmctl(c, SHM_LOCK, NULL))
		bad = 4;
	else if (shmctl(c, SHM_UNLOCK, NULL) || shmctl(a, IPC_RMID, NULL))
		bad = 5;
	else if (shmctl(b, SHM_LOCK, NULL))
		bad = 6;
	shmctl(a, IPC_RMID, NULL);
	shmctl(b, IPC_RMID, NULL);
	shmctl(c, IPC_RMID, NULL);
	_exit(bad);
}

static void set_segment_mode(unsigned mode)
{
	struct ds d;

	shmctl(id, IPC_STAT, &d);
	d.mode = mode;
	shmctl(id, IPC_SET, &d);
}

#ifdef __i386__
/* ipc(2): the older number for all of it. */
static void call_segment_by_ipc(void)
{
	unsigned long at = 0;
	struct ds d;
	long a = syscall(SYS_ipc, 23, IPC_PRIVATE, PG, 0600, 0, 0);

	check(a >= 0, "ipc: shmget");
	check_eq(syscall(SYS_ipc, 21, a, 0, &at, 0, 0), 0, "ipc: shmat");
	*(volatile char *)at = 1;
	check_eq(syscall(SYS_ipc, 24, a, IPC_STAT | 0x100, 0, &d, 0), 0,
		 "ipc: shmctl");
	check_eq(d.attached, 1, "it is attached");
	check_eq(syscall(SYS_ipc, 22, 0, 0, 0, at, 0), 0, "ipc: shmdt");
	check_err(EINVAL, syscall(SYS_ipc, 21 | 1 << 16, a, 0, &at, 0, 0),
		  "ipc: a version that no program has");
	check_err(EFAULT, syscall(SYS_ipc, 21, a, 0, BAD, 0, 0),
		  "ipc: shmat that cannot tell where");
	shmctl(a, IPC_RMID, NULL);
	check_err(ENOSYS, syscall(SYS_ipc, 99, 0, 0, 0, 0, 0), "ipc: no call");
}
#endif

int main(int argc, char **argv)
{
	if (argc > 1)
		return strcmp(argv[1], "-after") ? 4 : 3;
	make_segments();
	id = shmget(IPC_PRIVATE, 3 * PG - 10, 0600);
	choose_attach_places();
	attach_by_rights();
	count_attachments();
	remove_attached();
	check_segment_status();
	make_too_many();
	pass_bad_pointers();
	find_segment_line();
	other_users(use_segment_as_other, set_segment_mode, 0644, "read");
	if (!geteuid())
		check_eq(in_child(count_locked_segments, NULL), 0,
			 "RLIMIT_MEMLOCK of a user");
	shmctl(id, IPC_RMID, NULL);
#ifdef __i386__
	call_segment_by_ipc();
#endif
	return tap_done();
}
