/* SPDX-License-Identifier: MIT */
/* Rows of pipes, switches, futexes, threads and signals. */
#include "kbench.h"
#include <pthread.h>

/* Answers each byte of a on b until one that is not 0. */
static void echo_child(int a, int b)
{
	char c;

	for (;;) {
		if (syscall(SYS_read, a, &c, 1) != 1 || c)
			raw_exit(0);
		syscall(SYS_write, b, &c, 1);
	}
}

static void switch_row(long n)
{
	long pid = raw_fork();
	u64 t, spent;

	if (pid == 0)
		for (;;)
			syscall(SYS_sched_yield);
	syscall(SYS_sched_yield);
	t = now();
	ROW_BEGINS("sched_yield_2proc_per_own_yield");
	for (long i = 0; i < n; i++)
		syscall(SYS_sched_yield);
	ROW_ENDS("sched_yield_2proc_per_own_yield");
	spent = now() - t;
	syscall(SYS_kill, pid, SIGKILL);
	raw_wait(pid);
	row("sched_yield_2proc_per_own_yield", spent, n);
}

void bench_pipe(void)
{
	long n = times(2000), pid;
	int a[2], b[2];
	char c = 0;
	u64 t;

	if (pipe2(a, 0) || pipe2(b, 0)) {
		not_done("pipe_pingpong", "pipe2");
		return;
	}
	t = now();
	ROW_BEGINS("pipe_self_write_read_1b");
	for (long i = 0; i < n; i++) {
		put_byte(a[1], &c);
		get_byte(a[0], &c);
	}
	ROW_ENDS("pipe_self_write_read_1b");
	row("pipe_self_write_read_1b", now() - t, n);
	pid = raw_fork();
	if (pid == 0)
		echo_child(a[0], b[1]);
	put_byte(a[1], &c);
	get_byte(b[0], &c);
	t = now();
	ROW_BEGINS("pipe_pingpong_2proc_rt");
	for (long i = 0; i < n; i++) {
		put_byte(a[1], &c);
		get_byte(b[0], &c);
	}
	ROW_ENDS("pipe_pingpong_2proc_rt");
	row("pipe_pingpong_2proc_rt", now() - t, n);
	c = 1;
	put_byte(a[1], &c);
	raw_wait(pid);
	for (int i = 0; i < 2; i++) {
		close(a[i]);
		close(b[i]);
	}
	switch_row(n);
}

/* Two flags, each set by one side and taken by the other. */
static volatile int flag[2];
static long exchanges;

static long futex(volatile int *word, int op, int value)
{
	return syscall(SYS_futex, word, op, value, 0, 0, 0);
}

static void take(volatile int *word)
{
	while (__atomic_load_n(word, __ATOMIC_ACQUIRE) == 0)
		futex(word, 0, 0);
	__atomic_store_n(word, 0, __ATOMIC_RELEASE);
}

static void post(volatile int *word)
{
	__atomic_store_n(word, 1, __ATOMIC_RELEASE);
	futex(word, 1, 1);
}

static void *partner(void *arg)
{
	for (long i = 0; i < exchanges; i++) {
		take(&flag[0]);
		post(&flag[1]);
	}
	return arg;
}

static void *at_once(void *arg)
{
	return arg;
}

static void pingpong_row(void)
{
	long n = times(2000);
	pthread_t h;
	u64 t;

	exchanges = n + 1;
	flag[0] = flag[1] = 0;
	if (pthread_create(&h, NULL, partner, NULL)) {
		not_done("futex_pingpong", "pthread");
		return;
	}
	post(&flag[0]);
	take(&flag[1]);
	t = now();
	ROW_BEGINS("futex_pingpong_2thr_rt");
	for (long i = 0; i < n; i++) {
		post(&flag[0]);
		take(&flag[1]);
	}
	ROW_ENDS("futex_pingpong_2thr_rt");
	row("futex_pingpong_2thr_rt", now() - t, n);
	pthread_join(h, NULL);
}

static int raw_child(void *arg)
{
	(void)arg;
	return 0;
}

/* clone with CHILD_CLEARTID, joined on that word; no libc in the child. */
static void raw_thread_row(long n)
{
	static char stack[16384] __attribute__((aligned(16)));
	static volatile int tid;
	int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
		    CLONE_THREAD | CLONE_SYSVSEM | CLONE_CHILD_CLEARTID |
		    CLONE_PARENT_SETTID;
	u64 t = now();

	ROW_BEGINS("clone_thread_join_raw");
	for (long i = 0; i < n; i++) {
		int v;

		tid = 1;
		if (clone(raw_child, stack + sizeof(stack), flags, NULL,
			  (int *)&tid, NULL, (int *)&tid) < 0) {
			not_done("clone_thread_join_raw", "clone");
			return;
		}
		while ((v = tid) != 0)
			futex(&tid, 0, v);
	}
	ROW_ENDS("clone_thread_join_raw");
	row("clone_thread_join_raw", now() - t, n);
}

void bench_thread(void)
{
	long n = times(2000);
	pthread_t h;
	u64 t = now();

	ROW_BEGINS("futex_wake_none");
	for (long i = 0; i < n; i++)
		futex(&flag[0], 1, 1);
	ROW_ENDS("futex_wake_none");
	row("futex_wake_none", now() - t, n);
	pingpong_row();
	n = times(200);
	pthread_create(&h, NULL, at_once, NULL);
	pthread_join(h, NULL);
	t = now();
	ROW_BEGINS("pthread_create_join");
	for (long i = 0; i < n; i++) {
		pthread_create(&h, NULL, at_once, NULL);
		pthread_join(h, NULL);
	}
	ROW_ENDS("pthread_create_join");
	row("pthread_create_join", now() - t, n);
	raw_thread_row(n);
}

static volatile long handled;

static void on_usr(int sig)
{
	(void)sig;
	handled++;
}

static void on_segv(int sig, siginfo_t *si, void *uc)
{
	(void)sig;
	(void)uc;
	handled++;
	mprotect((void *)((uintptr_t)si->si_addr & ~(PG - 1)), PG,
		 PROT_READ | PROT_WRITE);
}

/* A store to a read-only page, whose handler makes it writable. */
static void fixup_rows(long n)
{
	char *p = anon((size_t)n * PG);
	u64 t;

	nohuge(p, (size_t)n * PG);
	touch(p, (size_t)n * PG);
	mprotect(p, (size_t)n * PG, PROT_READ);
	handled = 0;
	t = now();
	ROW_BEGINS("segv_mprotect_fixup_seq");
	touch(p, (size_t)n * PG);
	ROW_ENDS("segv_mprotect_fixup_seq");
	row("segv_mprotect_fixup_seq", now() - t, n);
	if (handled != n)
		not_done("segv_mprotect_fixup_seq", "count");
	t = now();
	ROW_BEGINS("segv_protect_fault_fixup_1p");
	for (long i = 0; i < n; i++) {
		mprotect(p + 4 * PG, PG, PROT_READ);
		*(volatile char *)(p + 4 * PG) = 2;
	}
	ROW_ENDS("segv_protect_fault_fixup_1p");
	row("segv_protect_fault_fixup_1p", now() - t, n);
	munmap(p, (size_t)n * PG);
}

void bench_sig(void)
{
	long n = times(2000), pid = getpid();
	struct sigaction sa;
	u64 t;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_usr;
	sigaction(SIGUSR1, &sa, NULL);
	t = now();
	ROW_BEGINS("sigaction");
	for (long i = 0; i < n; i++)
		sigaction(SIGUSR1, &sa, NULL);
	ROW_ENDS("sigaction");
	row("sigaction", now() - t, n);
	handled = 0;
	t = now();
	ROW_BEGINS("signal_self_deliver_return");
	for (long i = 0; i < n; i++)
		syscall(SYS_kill, pid, SIGUSR1);
	ROW_ENDS("signal_self_deliver_return");
	row("signal_self_deliver_return", now() - t, n);
	if (handled != n)
		not_done("signal_self_deliver_return", "count");
	sa.sa_flags = SA_SIGINFO;
	sa.sa_sigaction = on_segv;
	sigaction(SIGSEGV, &sa, NULL);
	fixup_rows(times(500));
	signal(SIGSEGV, SIG_DFL);
}
