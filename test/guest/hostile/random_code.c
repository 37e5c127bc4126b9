/* SPDX-License-Identifier: MIT */
/*
 * Pages of random bytes run as programs, with random registers and stacks,
 * and random sequences of system calls, all as an unprivileged user: the
 * kernel survives and nothing leaks (rows B2, B3).
 */
#include <dirent.h>
#include <sched.h>
#include <sys/resource.h>
#include "audit.h"
#include "random.h"

#define CHILDREN	300
#define SEQUENCES	60
#define CALLS		150

static void confine(void)
{
	static const int catch[] = { SIGINT, SIGTERM, SIGHUP };
	struct itimerval soon = { { 0, 20000 }, { 0, 20000 } };
	struct rlimit few = { 30, 30 }, none = { 0, 0 };

	for (int i = 0; i < COUNT(catch); i++)
		signal(catch[i], SIG_DFL);
	setsid();
	setrlimit(RLIMIT_CORE, &none);
	setrlimit(RLIMIT_NPROC, &few);
	few.rlim_cur = few.rlim_max = 64 << 20;
	setrlimit(RLIMIT_AS, &few);
	few.rlim_cur = few.rlim_max = 1 << 20;
	setrlimit(RLIMIT_FSIZE, &few);
	if (setgroups(0, NULL) || setresgid(7777, 7777, 7777) ||
	    setresuid(7777, 7777, 7777))
		_exit(0);
	setitimer(ITIMER_REAL, &soon, NULL);
}

/* Jumps to p with every register from the same random page. */
static void jump_random(unsigned char *p)
{
#if defined(__riscv)
	__asm__ volatile("mv t0, %0\n"
		"ld ra, 8(t0)\n ld a0, 16(t0)\n ld a1, 24(t0)\n"
		"ld a2, 32(t0)\n ld a3, 40(t0)\n ld a4, 48(t0)\n"
		"ld a5, 56(t0)\n ld a7, 64(t0)\n ld gp, 72(t0)\n"
		"ld tp, 80(t0)\n ld sp, 88(t0)\n ld s0, 96(t0)\n"
		"jr t0" : : "r"(p) : "memory");
#elif defined(__aarch64__)
	__asm__ volatile("mov x9, %0\n"
		"ldp x30, x0, [x9, #8]\n ldp x1, x2, [x9, #24]\n"
		"ldp x3, x4, [x9, #40]\n ldp x5, x8, [x9, #56]\n"
		"ldp x18, x29, [x9, #72]\n ldr x10, [x9, #88]\n"
		"mov sp, x10\n br x9" : : "r"(p) : "memory");
#else
	__asm__ volatile("mov %0, %%eax\n"
		"mov 4(%%eax), %%ebx\n mov 8(%%eax), %%ecx\n"
		"mov 12(%%eax), %%edx\n mov 16(%%eax), %%esi\n"
		"mov 20(%%eax), %%edi\n mov 24(%%eax), %%ebp\n"
		"mov 28(%%eax), %%esp\n jmp *%%eax" : : "r"(p) : "memory");
#endif
}

static void random_code(void *arg)
{
	unsigned char *p = (unsigned char *)anon_pages(1, PROT_READ |
						       PROT_WRITE);

	seed = (unsigned int)(long)arg;
	for (unsigned long i = 0; i < PG; i++)
		p[i] = (unsigned char)random_16();
	mprotect(p, PG, PROT_READ | PROT_WRITE | PROT_EXEC);
	__builtin___clear_cache(p, p + PG);
	confine();
	jump_random(p);
}

/* A stack pointer that is no memory: system calls work, signals kill. */
static void run_on_bad_stack(void *arg)
{
#if defined(__riscv)
	__asm__ volatile("mv sp, %0\n li a7, 172\n ecall\n"
			 "li a1, 10\n li a7, 129\n ecall\n"
			 "li a0, 3\n li a7, 93\n ecall" : : "r"(arg));
#elif defined(__aarch64__)
	__asm__ volatile("mov sp, %0\n mov x8, #172\n svc #0\n"
			 "mov x1, #10\n mov x8, #129\n svc #0\n"
			 "mov x0, #3\n mov x8, #93\n svc #0" : : "r"(arg));
#else
	__asm__ volatile("mov %0, %%esp\n mov $20, %%eax\n int $0x80\n"
			 "mov %%eax, %%ebx\n mov $10, %%ecx\n"
			 "mov $37, %%eax\n int $0x80\n"
			 "mov $3, %%ebx\n mov $1, %%eax\n int $0x80"
			 : : "r"(arg));
#endif
}

static void run_on_bad_stacks(void)
{
	static const unsigned long sps[] = {
		0, 1, 8, 0xfff, ~0UL, ~0UL << (sizeof(long) * 8 - 2),
		~0UL >> 1, ~0xfUL,
	};
	int bad = 0;

	for (int i = 0; i < COUNT(sps); i++) {
		int st;

		signal(SIGUSR1, SIG_IGN);
		st = in_child(run_on_bad_stack, (void *)sps[i]);
		bad += st != 3 << 8;
		signal(SIGUSR1, ignore_signal);
		st = in_child(run_on_bad_stack, (void *)sps[i]);
		bad += !WIFSIGNALED(st) || WTERMSIG(st) != SIGSEGV;
		signal(SIGUSR1, SIG_DFL);
	}
	check_eq(bad, 0, "system calls and signals with bad stacks");
}

static void code(void)
{
	/* how code may die of itself; QEMU reads the stack of an i386's far
	 * return with the kernel's rights, for which Linux sends SIGKILL */
	const int deaths[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP,
			       SIGALRM, on_other_kernel() ? SIGKILL : SIGALRM };
	int ended = 0, died = 0;

	for (long i = 1; i <= CHILDREN; i++) {
		unsigned int s = (unsigned int)i * 40503u;
		int st = in_child(random_code, (void *)(long)s);
		int k = 0;

		ended += WIFEXITED(st);
		while (k < COUNT(deaths) &&
		       !(WIFSIGNALED(st) && WTERMSIG(st) == deaths[k]))
			k++;
		died += k < COUNT(deaths);
		if (!WIFEXITED(st) && k == COUNT(deaths))
			printf("# program %ld: status 0x%x\n", i, st);
	}
	check_eq(ended + died, CHILDREN,
		 "%d random programs: %d ended, %d died of their own doing",
		 CHILDREN, ended, died);
}

/* Calls that reach outside the child's own few objects are left out. */
static int may_use(long nr)
{
	static const long no[] = {
		SYS_kill, SYS_tkill, SYS_tgkill, SYS_rt_sigqueueinfo,
		SYS_rt_tgsigqueueinfo, SYS_ptrace, SYS_reboot, SYS_syslog,
		SYS_setitimer, SYS_rt_sigreturn, SYS_process_vm_writev,
		SYS_pidfd_send_signal, SYS_clone, SYS_clone3, SYS_vhangup,
		SYS_setpriority, SYS_prlimit64, SYS_setrlimit, SYS_keyctl,
		SYS_add_key,
		SYS_shmget, SYS_semget, SYS_msgget, SYS_io_uring_setup,
		SYS_sched_setscheduler, SYS_sched_setattr, SYS_io_setup,
		SYS_sched_setparam, SYS_rt_sigsuspend,
#ifdef SYS_fork
		SYS_fork, SYS_vfork, SYS_alarm, SYS_pause,
#endif
#ifdef SYS_sigreturn
		SYS_sigreturn, SYS_ipc, SYS_nice, SYS_sigsuspend,
#endif
	};

	for (int i = 0; i < COUNT(no); i++)
		if (no[i] == nr)
			return 0;
	return 1;
}

static unsigned long argument_near(char *page)
{
	static char *const names[] = { "a", "b", "d", "d/a", ".", "/", "" };

	switch (random_16() % 8) {
	case 0: return random_16() % 8;
	case 1: return (unsigned long)names[random_16() % COUNT(names)];
	case 2: return (unsigned long)page + random_16() % PG;
	case 3: return (unsigned long)page + PG * (random_16() % 8);
	case 4: return PG * (1 + random_16() % 4);
	case 5: return 1UL << random_16() % (8 * sizeof(long));
	case 6: return -(unsigned long)(random_16() % 200);
	default: return random_16() << 16 | random_16();
	}
}

/* A long life of random calls on files, pipes, mappings of its own. */
static void random_calls(void *arg)
{
	char *page = anon_pages(8, PROT_READ | PROT_WRITE);
	int p[2];

	seed = (unsigned int)(long)arg * 7919;
	close(0);
	pipe2(p, O_NONBLOCK);
	open("a", O_RDWR | O_CREAT, 0666);
	open(".", O_RDONLY);
	open("/dev/null", O_RDWR);
	dup2(4, 1);
	dup2(4, 2);
	confine();
	for (int i = 0; i < CALLS; i++) {
		long nr = (long)(random_16() % 440);

		if (may_use(nr))
			raw_syscall(nr, argument_near(page),
				    argument_near(page), argument_near(page),
				    argument_near(page), argument_near(page),
				    argument_near(page));
	}
}

/* Removes what the calls made, two levels deep. */
static void clean_directory(const char *dir, int depth)
{
	char path[600];
	struct dirent *e;
	DIR *d = opendir(dir);

	while (d && (e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (unlink(path) && depth < 3) {
			clean_directory(path, depth + 1);
			rmdir(path);
		}
	}
	if (d)
		closedir(d);
}

static void sequences(void)
{
	int ended = 0, st;

	mkdir("d", 0777);
	chmod("d", 0777);
	chmod(".", 0777);
	for (long i = 1; i <= SEQUENCES; i++) {
		st = in_child(random_calls, (void *)i);
		/* by its timer, its limits, its memory; or to the end */
		ended += WIFEXITED(st) ||
			(WIFSIGNALED(st) && WTERMSIG(st) != SIGKILL);
	}
	check_eq(ended, SEQUENCES, "%d sequences of %d random calls",
		 SEQUENCES, CALLS);
	clean_directory(".", 0);
}

int main(void)
{
	int audited;
	pid_t pid;

	if (getuid() != 0)
		return tap_skip_all("needs root, to become nobody");
	tap_scratch("random_code");
	sequences();		/* fills caches */
	audited = audit_take() == 0;
	run_on_bad_stacks();
	code();
	sequences();
	if (audited)
		check(audit_same(32), "the audit balances");
	pid = fork();
	if (pid == 0)
		_exit(5);
	check(pid > 0 && waitpid(pid, NULL, 0) == pid, "the kernel lives");
	tap_scratch_end();
	return tap_done();
}
