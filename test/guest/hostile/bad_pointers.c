/* SPDX-License-Identifier: MIT */
/*
 * Every system call number with hostile arguments: the kernel must answer
 * with an error or do what was asked, and stay alive.  Then the calls that
 * take a pointer, each with an address that must give EFAULT (row B3).
 * A child makes the calls, so that one that kills it costs one number.
 */
#include <sched.h>
#include <sys/resource.h>
#include <time.h>
#include "texts.h"

#define LAST	450
#define BEHIND	500

/*
 * Calls that would end the test or the machine when they succeed, that
 * signal or trace others, or that make another process.
 */
static const long dangerous[] = {
	SYS_exit, SYS_exit_group, SYS_reboot, SYS_rt_sigreturn, SYS_vhangup,
	SYS_kexec_load, SYS_pivot_root, SYS_chroot, SYS_umount2, SYS_mount,
	SYS_sethostname, SYS_setdomainname, SYS_init_module,
	SYS_finit_module, SYS_delete_module, SYS_acct, SYS_swapon,
	SYS_swapoff, SYS_settimeofday, SYS_clock_settime, SYS_adjtimex,
	SYS_clock_adjtime, SYS_kill, SYS_tkill, SYS_tgkill,
	SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo, SYS_syslog,
	SYS_move_mount, SYS_fsopen, SYS_open_tree, SYS_mount_setattr,
	SYS_quotactl, SYS_bpf, SYS_ptrace, SYS_clone, SYS_clone3,
	SYS_seccomp, SYS_landlock_restrict_self, SYS_setpriority,
	SYS_ioprio_set, SYS_sched_setscheduler, SYS_sched_setattr,
	SYS_prlimit64, SYS_pidfd_send_signal, SYS_keyctl, SYS_add_key,
#ifdef SYS_waitpid			/* the older calls of i386 */
	SYS_fork, SYS_vfork, SYS_stime, SYS_umount, SYS_sigreturn,
	SYS_clock_settime64, SYS_clock_adjtime64, SYS_pause, SYS_ipc,
	SYS_nice,
#endif
};

static int is_dangerous(long nr)
{
	for (int i = 0; i < COUNT(dangerous); i++)
		if (dangerous[i] == nr)
			return 1;
	return 0;
}

static void limit_time(void)
{
	struct rlimit none = { 0, 0 };
	struct itimerval soon = { { 0, 0 }, { 0, 300000 } };
	sigset_t all = 0;

	setrlimit(RLIMIT_CORE, &none);
	for (int i = 1; i < 32; i++)
		if (i != SIGCHLD)
			signal(i, SIG_DFL);
	sigprocmask(SIG_SETMASK, &all, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
}

/* Values that programs get wrong, and some that attackers choose. */
static const unsigned long values[] = {
	0, 1, 8, 4095, 4096, 0x7fffffffUL, 0x80000000UL, 0xc0000000UL,
	~0UL, ~0xfffUL, ~0x1fffUL, ~0UL >> 1, (~0UL >> 1) + 1,
	~0UL << (sizeof(long) == 8 ? 38 : 30),
};

static unsigned int seed;

static unsigned long next_value(char *page)
{
	seed = seed * 1103515245 + 12345;
	unsigned int k = seed >> 16 & 31;

	if (k < COUNT(values))
		return values[k];
	if (k < 22)
		return (unsigned long)page + PG - (k & 3);
	if (k < 26)
		return k & 7;		/* a descriptor that may be open */
	return (unsigned long)page + (seed >> 8 & 0xff8);
}

/* System V's objects outlive who made them, and later tests would meet them. */
static void remove_object(long nr, long id)
{
	if (id < 0)
		return;
	if (nr == SYS_msgget)
		syscall(SYS_msgctl, id, 0, NULL);
	else if (nr == SYS_semget)
		syscall(SYS_semctl, id, 0, 0, NULL);
	else if (nr == SYS_shmget)
		syscall(SYS_shmctl, id, 0, NULL);
}

/* => how many there are, with the heads of three tables */
static int count_objects(void)
{
	static const char *const names[] = { "msg", "sem", "shm" };
	char path[32], text[4096];
	int lines = 0;

	for (int i = 0; i < COUNT(names); i++) {
		snprintf(path, sizeof(path), "/proc/sysvipc/%s", names[i]);
		text_read(path, text, sizeof(text));
		for (char *at = text; (at = strchr(at, '\n')); at++)
			lines++;
	}
	return lines;
}

/* The page's end borders on nothing: objects there run off it. */
static void attack(void *arg)
{
	char *page = anon_pages(2, PROT_READ | PROT_WRITE);
	long nr = (long)arg;

	munmap(page + PG, PG);
	limit_time();
	close(0);
	open("/dev/null", O_RDWR);
	dup2(0, 1);
	dup2(0, 2);
	for (int round = 0; round < 16; round++) {
		unsigned long a[6];

		seed = (unsigned int)(nr * 97 + round * 7 + 1);
		for (int i = 0; i < 6; i++)
			a[i] = next_value(page);
		remove_object(nr, raw_syscall(nr, a[0], a[1], a[2], a[3], a[4],
					      a[5]));
	}
}

static void every_number(void)
{
	int calls = 0, killed = 0, unknown = 0, before = count_objects();

	for (long nr = 0; nr <= LAST; nr++) {
		int st;

		if (is_dangerous(nr))
			continue;
		st = in_child(attack, (void *)nr);
		calls++;
		killed += WIFSIGNALED(st) != 0;
	}
	check_eq(count_objects(), before, "no object of System V stays");
	check(calls > 300, "%d numbers attacked; %d children died of it",
	      calls, killed);
	for (long nr = BEHIND; nr < 2 * BEHIND; nr++)
		unknown += raw_syscall(nr) == -ENOSYS;
	check_eq(unknown, BEHIND, "numbers behind all that there are: ENOSYS");
	check(raw_syscall(0x7fffffff) == -ENOSYS, "number 2^31-1: ENOSYS");
	check(raw_syscall(-1L) == -ENOSYS, "number -1: ENOSYS");
	check(raw_syscall(100000) == -ENOSYS, "number 100000: ENOSYS");
}

static int in_fd, out_fd;

#define FAULTS(call)	check_err(EFAULT, call, #call)

static void paths(void *bad)
{
	FAULTS(openat(AT_FDCWD, bad, O_RDONLY));
	FAULTS(syscall(SYS_faccessat, AT_FDCWD, bad, 0));
	FAULTS(chdir(bad));
	FAULTS(mkdir(bad, 0700));
	FAULTS(unlink(bad));
	FAULTS(rmdir(bad));
	FAULTS(link(bad, "x"));
	FAULTS(link("/", bad));
	FAULTS(symlink(bad, "x"));
	FAULTS(symlink("x", bad));
	FAULTS(rename(bad, "x"));
	FAULTS(chmod(bad, 0));
	FAULTS(chown(bad, 0, 0));
	FAULTS(truncate(bad, 0));
	FAULTS(mknod(bad, S_IFIFO, 0));
	FAULTS(readlink(bad, (char[8]){ 0 }, 8));
	FAULTS(readlink("link", bad, 8));
	FAULTS(execve(bad, NULL, NULL));
	FAULTS(utimensat(AT_FDCWD, bad, NULL, 0));
	FAULTS(syscall(SYS_statfs, "/", bad, bad));
}

static void buffers(void *bad)
{
	FAULTS(read(in_fd, bad, 1));
	FAULTS(write(out_fd, bad, 1));
	FAULTS(pread(in_fd, bad, 1, 0));
	FAULTS(syscall(SYS_readv, in_fd, bad, 1));
	FAULTS(syscall(SYS_writev, out_fd, bad, 1));
	FAULTS(syscall(SYS_getcwd, bad, 100));
	FAULTS(pipe2(bad, 0));
	FAULTS(fstatat(AT_FDCWD, "/", bad, 0));
	FAULTS(fstat(in_fd, bad));
	FAULTS(syscall(SYS_getdents64, open("/", O_RDONLY), bad, 4096));
	FAULTS(syscall(ABI_ppoll, bad, 1, 0, 0, 8));
	FAULTS(syscall(SYS_statx, AT_FDCWD, "/", 0, 0x7ff, bad));
	FAULTS(syscall(SYS_sendfile, out_fd, in_fd, bad, 1));
}

static void information(void *bad)
{
	FAULTS(syscall(SYS_uname, bad));
	FAULTS(syscall(SYS_sysinfo, bad));
	FAULTS(syscall(SYS_times, bad));
	FAULTS(syscall(SYS_getrusage, 0, bad));
	FAULTS(syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, bad));
	FAULTS(syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, bad, 0));
	FAULTS(syscall(ABI_clock_gettime, CLOCK_REALTIME, bad));
	FAULTS(syscall(SYS_gettimeofday, bad, 0));
	FAULTS(syscall(ABI_clock_nanosleep, CLOCK_REALTIME, 0, bad, 0));
	FAULTS(syscall(SYS_getitimer, 0, bad));
	FAULTS(syscall(SYS_setitimer, 0, bad, 0));
	FAULTS(syscall(ABI_getresuid, bad, bad, bad));
	FAULTS(syscall(ABI_setgroups, 1, bad));
	FAULTS(syscall(SYS_getcpu, bad, 0, 0));
	FAULTS(syscall(SYS_sched_getaffinity, 0, 128, bad));
	FAULTS(syscall(SYS_sched_getparam, 0, bad));
}

static void pass_to_signal_calls(void *bad)
{
	FAULTS(syscall(SYS_rt_sigaction, SIGUSR1, bad, 0, 8));
	FAULTS(syscall(SYS_rt_sigaction, SIGUSR1, 0, bad, 8));
	FAULTS(syscall(SYS_rt_sigprocmask, 0, bad, 0, 8));
	FAULTS(syscall(SYS_rt_sigprocmask, 0, 0, bad, 8));
	FAULTS(syscall(SYS_rt_sigpending, bad, 8));
	FAULTS(syscall(SYS_rt_sigsuspend, bad, 8));
	FAULTS(syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, bad));
	FAULTS(syscall(SYS_sigaltstack, bad, 0));
	FAULTS(syscall(ABI_futex, bad, 0, 0, 0, 0, 0));
	FAULTS(syscall(ABI_futex, bad, 1 | 0, 1, 0, 0, 0));
}

/* The kernel's half, the last page, a hole, an odd address. */
static void every_pointer(void)
{
	static const unsigned long where[] = {
		~0xfffUL, ~0UL - 15, (~0UL >> 1) & ~7UL,
	};

	in_fd = open("in", O_RDWR | O_CREAT, 0600);
	out_fd = in_fd;
	write(in_fd, "data", 4);
	lseek(in_fd, 0, SEEK_SET);
	symlink("in", "link");
	paths(BAD);
	buffers(BAD);
	information(BAD);
	pass_to_signal_calls(BAD);
	for (int i = 0; i < COUNT(where); i++) {
		if (sizeof(long) == 4 && where[i] < 0xc0000000UL)
			continue;	/* user space may reach so far */
		buffers((void *)where[i]);
		information((void *)where[i]);
	}
	close(in_fd);
	unlink("in");
	unlink("link");
}

int main(void)
{
	tap_scratch("bad_pointers");
	every_pointer();
	every_number();
	tap_scratch_end();
	return tap_done();
}
