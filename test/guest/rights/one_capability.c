/* SPDX-License-Identifier: MIT */
/*
 * What asks for a capability, by an ordinary user who has no other, and by one
 * who has all but it: one capability allows each call, and nothing else does
 * (capabilities(7), row B17).
 */
#include "one_capability.h"
#include "sysv.h"

/* Objects of System V's, root's. */
static long queue, segment;
static struct queue_ds before;

/* ---- the calls; each gives -1 and errno, or not -------------------------- */

static long names_host(void)
{
	return syscall(SYS_sethostname, "name", 4);
}

static long names_domain(void)
{
	return syscall(SYS_setdomainname, "(none)", 6);
}

/* Without the magic numbers: nothing happens. */
static long reboot_without_magic(void)
{
	return syscall(SYS_reboot, 0, 0, 0, NULL);
}

static long locks_all(void)
{
	set_limit(RLIMIT_MEMLOCK, 0);
	return syscall(SYS_mlockall, 2);
}

static long locks_one(void)
{
	static char page[PG];

	set_limit(RLIMIT_MEMLOCK, 0);
	return syscall(SYS_mlock, page, 1);
}

static long locks_more(void)
{
	return syscall(SYS_mlock, anon_pages(2, PROT_READ), 2 * PG);
}

static long locks_current(void)
{
	return syscall(SYS_mlockall, 1);
}

static long maps_locked(void)
{
	void *p = mmap(NULL, 2 * PG, PROT_READ,
		       MAP_PRIVATE | MAP_ANONYMOUS | 0x2000, -1, 0);

	return p == MAP_FAILED ? -1 : 0;
}

static long maps_low(void)
{
	void *p = mmap(NULL, PG, PROT_READ,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	return p == MAP_FAILED ? -1 : 0;
}

static long set_groups_of_user(void)
{
	gid_t g = USER;

	return syscall(SYS_setgroups, 1, &g);
}

static long old_groups(void)
{
#ifdef __i386__
	unsigned short g = USER;

	return syscall(81, 1, &g);
#else
	return set_groups_of_user();
#endif
}

static long takes_uid(void)
{
	return setresuid(OTHER, -1, -1);
}

static long takes_gid(void)
{
	return setresgid(OTHER, -1, -1);
}

static long kills(void)
{
	return kill(other, 0);
}

static long drops_bound(void)
{
	return syscall(SYS_prctl, 24, SYS_PACCT, 0, 0, 0);
}

static long sets_bits(void)
{
	return syscall(SYS_prctl, 28, 0, 0, 0, 0);
}

static long asks_log(void)
{
	return syscall(SYS_syslog, 9, NULL, 0);
}

static long first_class_io(void)
{
	return syscall(SYS_ioprio_set, 1, 0, 1 << 13);
}

static long io_of_other(void)
{
	return syscall(SYS_ioprio_set, 1, other, 2 << 13 | 4);
}

static long fork_over_limit(void)
{
	pid_t pid;

	if (set_limit(RLIMIT_NPROC, 1))
		return 0;
	pid = fork();
	if (pid == 0)
		_exit(0);
	return pid;
}

static long nicer(void)
{
	return syscall(SYS_setpriority, 0, 0, -1);
}

static long nice_to_other(void)
{
	return syscall(SYS_setpriority, 0, other, 19);
}

static long schedules_other(void)
{
	int none = 0;

	return syscall(SYS_sched_setscheduler, other, 3, &none);
}

static long become_realtime(void)
{
	int lowest = 1;

	return syscall(SYS_sched_setscheduler, 0, 2, &lowest);
}

static long moves_other(void)
{
	unsigned long mask[16] = { 1 };

	return syscall(SYS_sched_setaffinity, other, sizeof(mask), mask);
}

static long sets_clock(void)
{
	long ts[2];

	syscall(SYS_clock_gettime, 0, ts);
	return syscall(SYS_clock_settime, 0, ts);
}

static long asks_for_id(void)
{
	int fd = open("/proc/sys/kernel/msg_next_id", O_RDWR);

	return fd < 0 ? -1 : close(fd);
}

static long changes_queue(void)
{
	return msgctl(queue, IPC_SET, &before);
}

static long asks_queue(void)
{
	struct queue_ds d;

	return msgctl(queue, IPC_STAT, &d);
}

static long locks_segment(void)
{
	return syscall(SYS_shmctl, segment, 11, NULL);	/* SHM_LOCK */
}

static long locks_own_segment(void)
{
	long id = syscall(SYS_shmget, IPC_PRIVATE, PG, 0600), r;
	int err;

	set_limit(RLIMIT_MEMLOCK, 0);
	r = syscall(SYS_shmctl, id, 11, NULL);
	err = errno;
	syscall(SYS_shmctl, id, IPC_RMID, NULL);
	errno = err;
	return r;
}

/* More bytes than msgmnb allows. */
static long large_queue(void)
{
	long id = syscall(SYS_msgget, IPC_PRIVATE, 0600), r;
	struct queue_ds d;
	int err;

	msgctl(id, IPC_STAT, &d);
	d.room = 100000;
	r = msgctl(id, IPC_SET, &d);
	err = errno;
	msgctl(id, IPC_RMID, NULL);
	errno = err;
	return r;
}

static long raises_limit(void)
{
	struct rlimit l;

	getrlimit(RLIMIT_CORE, &l);
	set_limit(RLIMIT_CORE, 0);
	return set_limit(RLIMIT_CORE, 1);
}

static long limit_of_other(void)
{
	struct rlimit l;

	return syscall(SYS_prlimit64, other, RLIMIT_CORE, NULL, &l);
}

static long attaches(void)
{
	return syscall(SYS_ptrace, 0x4206, other, 0, 0);	/* SEIZE */
}

static long reads_other(void)
{
	char c, *at = (char *)&before;
	unsigned long to[2] = { (unsigned long)&c, 1 };
	unsigned long from[2] = { (unsigned long)at, 1 };

	return syscall(SYS_process_vm_readv, other, to, 1, from, 1, 0);
}

static long change_root(void)
{
	return syscall(SYS_chroot, "/");
}

/* A child with a number of its choice: CLONE_ARGS_SIZE_VER1 has it. */
static long numbers_child(void)
{
	int tid = 30000;
	unsigned long long a[10] = { [4] = SIGCHLD, [9] = 1,
		[8] = (unsigned long)&tid };
	long pid = syscall(SYS_clone3, a, sizeof(a));

	if (pid == 0)
		_exit(0);
	return pid;
}

/* ---- ids, one call each --------------------------------------------------- */

static long sets_uid(void)
{
	return setuid(OTHER);
}

static long sets_gid(void)
{
	return setgid(OTHER);
}

static long sets_real_uid(void)
{
	return syscall(SYS_setreuid, OTHER, -1);
}

static long sets_real_gid(void)
{
	return syscall(SYS_setregid, OTHER, -1);
}

/* These two have no errors: what holds afterwards is asked. */
static long sets_fs_uid(void)
{
	syscall(SYS_setfsuid, OTHER);
	errno = EPERM;
	return syscall(SYS_setfsuid, -1) == OTHER ? 0 : -1;
}

static long sets_fs_gid(void)
{
	syscall(SYS_setfsgid, OTHER);
	errno = EPERM;
	return syscall(SYS_setfsgid, -1) == OTHER ? 0 : -1;
}

/* ---- another process ------------------------------------------------------ */

static long queues_signal(void)
{
	siginfo_t si = { .si_signo = SIGCHLD, .si_code = SI_QUEUE };

	return syscall(SYS_rt_sigqueueinfo, other, SIGCHLD, &si);
}

static long signals_by_fd(void)
{
	int fd = (int)syscall(SYS_pidfd_open, other, 0);

	return syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0);
}

static long asks_locks(void)
{
	unsigned long head, n;

	return syscall(SYS_get_robust_list, other, &head, &n);
}

static long compares(void)
{
	return syscall(SYS_kcmp, other, getpid(), 1, 0, 0);
}

static long takes_file(void)
{
	int fd = (int)syscall(SYS_pidfd_open, other, 0);

	return syscall(SYS_pidfd_getfd, fd, 0, 0);
}

static long harder_to_kill(void)
{
	int fd;

	syscall(SYS_prctl, 4, 1, 0, 0, 0);	/* its files are its own */
	fd = open("/proc/self/oom_score_adj", O_WRONLY);
	return fd < 0 ? 0 : write(fd, "-1", 2);
}

/* ---- all of them ---------------------------------------------------------- */

static const struct probe probes[] = {
	{ "sethostname", names_host, EPERM, C(SYS_ADMIN) },
	{ "setdomainname", names_domain, EPERM, C(SYS_ADMIN) },
	{ "reboot", reboot_without_magic, EPERM, C(SYS_BOOT) },
	{ "mlockall without a limit", locks_all, EPERM, C(IPC_LOCK) },
	{ "mlock without a limit", locks_one, EPERM, C(IPC_LOCK) },
	{ "mlock past the limit", locks_more, ENOMEM, C(IPC_LOCK) },
	{ "mlockall past the limit", locks_current, ENOMEM, C(IPC_LOCK) },
	{ "MAP_LOCKED past the limit", maps_locked, EAGAIN, C(IPC_LOCK) },
	{ "mmap of low addresses", maps_low, EPERM, C(SYS_RAWIO) },
	{ "setgroups", set_groups_of_user, EPERM, C(SETGID) | INSIDE },
	{ "setgroups of old", old_groups, EPERM, C(SETGID) | INSIDE },
	{ "setresuid", takes_uid, EPERM, C(SETUID) | INSIDE },
	{ "setresgid", takes_gid, EPERM, C(SETGID) | INSIDE },
	{ "kill", kills, EPERM, C(KILL) },
	{ "PR_CAPBSET_DROP", drops_bound, EPERM, C(SETPCAP) | INSIDE },
	{ "PR_SET_SECUREBITS", sets_bits, EPERM, C(SETPCAP) | INSIDE },
	{ "the kernel's log", asks_log, EPERM, C(SYSLOG) | OR_ADMIN },
	{ "ioprio_set of the first class", first_class_io, EPERM,
	  C(SYS_ADMIN) | C(SYS_NICE) },
	{ "ioprio_set of another", io_of_other, EPERM, C(SYS_NICE) },
	{ "fork past RLIMIT_NPROC", fork_over_limit, EAGAIN,
	  C(SYS_RESOURCE) | C(SYS_ADMIN) },
	{ "a negative nice value", nicer, EACCES, C(SYS_NICE) },
	{ "setpriority of another", nice_to_other, EPERM, C(SYS_NICE) },
	{ "sched_setscheduler of another", schedules_other, EPERM,
	  C(SYS_NICE) },
	{ "sched_setscheduler, SCHED_RR", become_realtime, EPERM, C(SYS_NICE) },
	{ "sched_setaffinity of another", moves_other, EPERM, C(SYS_NICE) },
	{ "clock_settime", sets_clock, EPERM, C(SYS_TIME) },
	{ "msg_next_id", asks_for_id, EACCES,
	  C(CHECKPOINT_RESTORE) | C(SYS_ADMIN) },
	{ "msgctl, IPC_SET", changes_queue, EPERM, C(SYS_ADMIN) },
	{ "msgctl, IPC_STAT", asks_queue, EACCES, C(IPC_OWNER) },
	{ "a queue of more than msgmnb", large_queue, EPERM,
	  C(SYS_RESOURCE) },
	{ "shmctl, SHM_LOCK", locks_segment, EPERM, C(IPC_LOCK) },
	{ "SHM_LOCK without a limit", locks_own_segment, EPERM, C(IPC_LOCK) },
	{ "a higher hard limit", raises_limit, EPERM, C(SYS_RESOURCE) },
	{ "prlimit of another", limit_of_other, EPERM, C(SYS_RESOURCE) },
	{ "ptrace", attaches, EPERM, C(SYS_PTRACE) },
	{ "process_vm_readv", reads_other, EPERM, C(SYS_PTRACE) },
	{ "chroot", change_root, EPERM, C(SYS_CHROOT) | INSIDE },
	{ "a child's number", numbers_child, EPERM,
	  C(SYS_ADMIN) | C(CHECKPOINT_RESTORE) },
	{ "setuid", sets_uid, EPERM, C(SETUID) | INSIDE },
	{ "setgid", sets_gid, EPERM, C(SETGID) | INSIDE },
	{ "setreuid", sets_real_uid, EPERM, C(SETUID) | INSIDE },
	{ "setregid", sets_real_gid, EPERM, C(SETGID) | INSIDE },
	{ "setfsuid", sets_fs_uid, EPERM, C(SETUID) | INSIDE },
	{ "setfsgid", sets_fs_gid, EPERM, C(SETGID) | INSIDE },
	{ "rt_sigqueueinfo", queues_signal, EPERM, C(KILL) },
	{ "pidfd_send_signal", signals_by_fd, EPERM, C(KILL) },
	{ "get_robust_list", asks_locks, EPERM, C(SYS_PTRACE) },
	{ "kcmp", compares, EPERM, C(SYS_PTRACE) },
	{ "pidfd_getfd", takes_file, EPERM, C(SYS_PTRACE) },
	{ "a lower oom_score_adj", harder_to_kill, EACCES, C(SYS_RESOURCE) },
};

/* ---- what root may not without one ---------------------------------------- */

static void scope_without(void *arg)
{
	int fd = open("/proc/sys/kernel/yama/ptrace_scope", O_RDWR);
	char now;

	(void)arg;
	if (fd < 0 || read(fd, &now, 1) != 1)
		_exit(0);
	lseek(fd, 0, SEEK_SET);
	if (caps_set(ALL & ~C(SYS_PTRACE)))
		_exit(1);
	_exit(write(fd, &now, 1) == -1 && errno == EPERM ? 0 : 2);
}

static int inherits(unsigned long long keep, unsigned inheritable)
{
	struct { unsigned version; int pid; } h = { 0x20080522, 0 };
	struct caps c[2] = { { (unsigned)keep, (unsigned)keep, inheritable },
			     { 0, 0, 0 } };

	return syscall(SYS_capset, &h, c) ? errno : 0;
}

/* What may be inherited: what one has, by SETPCAP all that is bounded. */
static void inheritable(void *arg)
{
	unsigned kills = (unsigned)C(KILL), all = kills | (unsigned)C(CHOWN);

	(void)arg;
	syscall(SYS_prctl, 24, SYS_PACCT, 0, 0, 0);
	if (inherits(C(SETPCAP) | C(KILL), (unsigned)C(SYS_PACCT)) != EPERM)
		_exit(1);
	if (inherits(C(SETPCAP) | C(KILL), all))
		_exit(2);
	if (inherits(C(SETPCAP) | C(KILL), kills) || inherits(C(KILL), kills))
		_exit(3);
	_exit(inherits(C(KILL), all) != EPERM);
}

static void make_objects(void)
{
	queue = syscall(SYS_msgget, IPC_PRIVATE, 0600);
	segment = syscall(SYS_shmget, IPC_PRIVATE, PG, 0600);
	if (queue < 0 || segment < 0 || msgctl(queue, IPC_STAT, &before))
		tap_bail("objects");
}

int main(void)
{
	if (geteuid())
		return tap_skip_all("only root can become somebody with one");
	make_other();
	make_objects();
	for (int i = 0; i < COUNT(probes); i++)
		probe_one(&probes[i]);
	check_eq(in_child(scope_without, NULL), 0, "root, and ptrace_scope");
	check_eq(in_child(inheritable, NULL), 0, "capset, what is inherited");
	end_other();
	msgctl(queue, IPC_RMID, NULL);
	syscall(SYS_shmctl, segment, IPC_RMID, NULL);
	return tap_done();
}
