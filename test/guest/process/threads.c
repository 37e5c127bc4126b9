/* SPDX-License-Identifier: MIT */
/*
 * Threads and futexes: what CLONE_THREAD shares, ids, TLS and registers
 * over switches, exit_group and exec from a thread, and every futex
 * operation that libraries use (rows B11, D1, D10).
 */
#include <sched.h>
#include <thread.h>
#include <time.h>
#include "tap.h"

#define N	8

static volatile int tids[N], stop;

static void *return_pid(void *arg)
{
	int i = (int)(long)arg;

	tids[i] = gettid();
	return (void *)(long)(getpid());
}

static void share_ids(void)
{
	struct thread t[N];
	int ok = 1, distinct = 1;

	for (long i = 0; i < N; i++)
		ok &= thread_create(&t[i], return_pid, (void *)i) == 0;
	for (int i = 0; i < N; i++)
		ok &= (pid_t)(long)thread_join(&t[i]) == getpid();
	for (int i = 0; i < N; i++)
		for (int k = 0; k < i; k++)
			distinct &= tids[i] != tids[k] && tids[i] != getpid();
	check(ok, "threads share the pid");
	check(distinct, "each has its own tid");
}

/* A function per thread that keeps registers and TLS busy. */
static __thread unsigned long tls_sum;

static void *compute_own_sum(void *arg)
{
	unsigned long x = (unsigned long)arg;
	double d = (double)x;

	for (int i = 0; i < 20000; i++) {
		x = x * 31 + 7;
		tls_sum += x;
		d = d * 1.0000001 + 0.5;
		if (i % 1000 == 0)
			sched_yield();
	}
	return (void *)(tls_sum ^ (unsigned long)d);
}

static void keep_thread_registers(void)
{
	struct thread t[N];
	void *want[N];
	int ok = 1;

	for (unsigned long i = 0; i < N; i++) {
		thread_create(&t[0], compute_own_sum, (void *)i);
		want[i] = thread_join(&t[0]);
	}
	for (unsigned long i = 0; i < N; i++)
		thread_create(&t[i], compute_own_sum, (void *)i);
	for (int i = 0; i < N; i++)
		ok &= thread_join(&t[i]) == want[i];
	check(ok, "registers, FPU and TLS survive switches");
}

static int shared_fd;

static void *open_one(void *arg)
{
	shared_fd = open("/", O_RDONLY);
	chdir("/tmp");
	umask(0111);
	return NULL;
}

static void shared_state(void)
{
	struct thread t;
	char cwd[100];

	thread_create(&t, open_one, NULL);
	thread_join(&t);
	check(fcntl(shared_fd, F_GETFD) == 0, "descriptors are shared");
	getcwd(cwd, sizeof(cwd));
	check(!strcmp(cwd, "/tmp"), "the working folder is shared");
	check_eq(umask(022), 0111, "the umask is shared");
	close(shared_fd);
}

static volatile int handled_by;

static void note_handling_thread(int sig)
{
	handled_by = gettid();
}

static void *yield_until_stop(void *arg)
{
	while (!stop)
		sched_yield();
	return NULL;
}

static void *signal_the_process(void *arg)
{
	kill(getpid(), SIGUSR1);
	return NULL;
}

static void signal_threads(void)
{
	struct sigaction sa = { .sa_handler = note_handling_thread };
	sigset_t usr = sigmask(SIGUSR1), old;
	struct thread t;

	sigaction(SIGUSR1, &sa, NULL);
	stop = 0;
	thread_create(&t, yield_until_stop, NULL);
	tgkill(getpid(), t.tid, SIGUSR1);
	while (!handled_by)
		sched_yield();
	check_eq(handled_by, t.tid, "tgkill reaches that thread");
	sigprocmask(SIG_BLOCK, &usr, &old);
	handled_by = 0;
	kill(getpid(), SIGUSR1);
	while (!handled_by)
		sched_yield();
	check_eq(handled_by, t.tid,
		 "kill finds a thread that does not block it");
	sigprocmask(SIG_SETMASK, &old, NULL);
	check_err(ESRCH, tgkill(getpid() + 1, t.tid, 0),
		  "tgkill checks the group");
	stop = 1;
	thread_join(&t);
	handled_by = 0;
	thread_create(&t, signal_the_process, NULL);
	thread_join(&t);
	check_eq(handled_by, getpid(), "the first thread comes before the "
		 "sender, which does not block the signal either");
}

static volatile int word;

static void *errno_of_futex_wait(void *arg)
{
	long r = futex(&word, FUTEX_WAIT, 0, NULL, NULL, 0);

	return (void *)(r ? (long)errno : 0);
}

static void futex_wait_wake(void)
{
	struct timespec soon = { 0, 20000000 }, bad = { 0, 2000000000 };
	struct thread t;
	uint64_t t0 = now_ns();

	word = 0;
	check_err(EAGAIN, futex(&word, FUTEX_WAIT, 1, NULL, NULL, 0),
		  "another value: EAGAIN");
	check_err(ETIMEDOUT, futex(&word, FUTEX_WAIT, 0, &soon, NULL, 0),
		  "timeout");
	check(now_ns() - t0 >= 20000000, "not too early");
	check_err(EINVAL, futex(&word, FUTEX_WAIT, 0, &bad, NULL, 0),
		  "bad time");
	check_err(EINVAL, futex((int *)((char *)&word + 1), FUTEX_WAIT, 0,
				NULL, NULL, 0), "unaligned");
	check_err(ENOSYS, futex(&word, 99, 0, NULL, NULL, 0), "unknown");
	check_eq(futex(&word, FUTEX_WAKE, 9, NULL, NULL, 0), 0,
		 "nobody to wake");
	thread_create(&t, errno_of_futex_wait, NULL);
	while (futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0) == 0)
		sched_yield();
	check_eq((long)thread_join(&t), 0, "woken");
}

static void *bit_waiter(void *arg)
{
	return (void *)futex(&word, FUTEX_WAIT_BITSET, 0, NULL, NULL,
			     (int)(long)arg);
}

/* The waiter comes in its own time.  => how many were woken */
static long wake_at_last(int op, int bits)
{
	long n = 0;

	(void)eventually((n = futex(&word, op, 9, NULL, NULL, bits)) != 0);
	return n;
}

static void futex_more(void)
{
	static volatile int other;
	struct thread t[4];
	long n = 0;

	for (int i = 0; i < 4; i++)
		thread_create(&t[i], errno_of_futex_wait, NULL);
	/* they come to wait in their own time */
	(void)eventually((n += futex(&word, FUTEX_REQUEUE, 0, (void *)4L,
				     &other, 0)) >= 4);
	check_eq(n, 4, "FUTEX_REQUEUE moves waiters");
	check_eq(futex(&word, FUTEX_WAKE, 9, NULL, NULL, 0), 0, "all of them");
	check_eq(futex(&other, FUTEX_WAKE, 9, NULL, NULL, 0), 4,
		 "here they are");
	for (int i = 0; i < 4; i++)
		thread_join(&t[i]);
	check_err(EAGAIN, futex(&word, FUTEX_CMP_REQUEUE, 1, (void *)1L,
				&other, 5), "FUTEX_CMP_REQUEUE compares");
	thread_create(&t[0], bit_waiter, (void *)2L);
	wait_asleep(t[0].tid);
	check_eq(futex(&word, FUTEX_WAKE_BITSET, 9, NULL, NULL, 1), 0,
		 "FUTEX_WAKE_BITSET: other bits");
	check_eq(wake_at_last(FUTEX_WAKE_BITSET, 3), 1, "its bit");
	thread_join(&t[0]);
	thread_create(&t[0], errno_of_futex_wait, NULL);
	wait_asleep(t[0].tid);
	other = 5;			/* other += 1; was it > 4? wake there */
	n = futex(&other, FUTEX_WAKE_OP, 0, (void *)1L, &other,
		  1 << 28 | 4 << 24 | 1 << 12 | 4);
	check(n == 0 && other == 6, "FUTEX_WAKE_OP adds and compares");
	check_eq(wake_at_last(FUTEX_WAKE, 0), 1, "the last");
	thread_join(&t[0]);
}

/* Two processes, one shared page: the key is the page, not the address. */
static void futex_shared(void)
{
	volatile int *p = mmap(NULL, PG, PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid = fork();
	int st;

	if (pid == 0) {
		/* at another address, where the kernel can move it */
		volatile int *q = mremap((void *)p, PG, PG,
			MREMAP_MAYMOVE | MREMAP_FIXED, (char *)p + 64 * PG);

		if (q == MAP_FAILED && errno == ENOSYS)
			q = p;
		while (!*q)
			futex(q, FUTEX_WAIT, 0, NULL, NULL, 0);
		_exit(3);
	}
	comes_to(pid, "S");
	*p = 1;
	futex(p, FUTEX_WAKE, 1, NULL, NULL, 0);
	waitpid(pid, &st, 0);
	check_eq(st, 3 << 8, "a futex in shared memory");
	munmap((void *)p, PG);
}

static void *exit_all(void *arg)
{
	_exit(21);
}

static void *exec_with_pid(void *arg)
{
	char pid[16];

	snprintf(pid, sizeof(pid), "%d", getpid());
	execv(tap_self, (char *[]){ tap_self, "-exec", pid, NULL });
	return NULL;
}

static void in_threads(void *fn)
{
	struct thread t[2];

	stop = 0;
	thread_create(&t[0], yield_until_stop, NULL);
	thread_create(&t[1], (void *(*)(void *))fn, NULL);
	for (;;)
		pause();
}

static void *leader_gone(void *arg)
{
	usleep(20000);
	raw_syscall(SYS_exit_group, 17);
	return NULL;
}

static void *leader_gone_alone(void *arg)
{
	usleep(20000);
	raw_syscall(SYS_exit, 18);
	return NULL;
}

static void exit_leader_first(void *fn)
{
	static struct thread t;

	thread_create(&t, (void *(*)(void *))fn, NULL);
	raw_syscall(SYS_exit, 5);
}

static void *fault(void *arg)
{
	return (void *)(long)*(volatile char *)BAD;
}

/* => how many there are, or -1 */
static int tasks(void)
{
	union {
		long words[64];
		unsigned short halves[1];
	} info;

	if (syscall(SYS_sysinfo, &info))
		return -1;
	return info.halves[10 * sizeof(long) / sizeof(short)];
}

/* The first thread is gone and so is its number: it is counted no more. */
static void count_processes(void)
{
	int before = tasks();

	if (tap_lacks(before, "sysinfo"))
		return;
	for (int i = 0; i < 40; i++)
		in_child(in_threads, (void *)exec_with_pid);
	check(tasks() < before + 20, "who ended by a thread's exec is gone");
}

static void end_processes(void)
{
	int st;

	check_eq(in_child(in_threads, (void *)exit_all), 21 << 8,
		 "exit_group by a thread ends all");
	check_eq(in_child(in_threads, (void *)exec_with_pid), 22 << 8,
		 "exec by a thread: the others end, the pid stays");
	count_processes();
	check_eq(in_child(exit_leader_first, (void *)leader_gone), 17 << 8,
		 "the group outlives its leader");
	check_eq(in_child(exit_leader_first, (void *)leader_gone_alone),
		 18 << 8,
		 "... and ends as the last of it does");
	st = in_child(in_threads, (void *)fault);
	check(WIFSIGNALED(st) && WTERMSIG(st) == SIGSEGV,
	      "a fault in a thread kills all");
}

static int return_zero(void *arg)
{
	return 0;
}

static void refuse_thread_flags(void)
{
	static char stack[4096] __attribute__((aligned(16)));
	char *top = stack + sizeof(stack);

	check_eq(__clone(return_zero, top, CLONE_THREAD | SIGCHLD, NULL, NULL,
			 NULL, NULL), -EINVAL, "THREAD without SIGHAND");
	check_eq(__clone(return_zero, top, CLONE_SIGHAND | SIGCHLD, NULL, NULL,
			 NULL, NULL), -EINVAL, "SIGHAND without VM");
	check_eq(__clone(return_zero, top, CLONE_NEWNS | CLONE_FS, NULL, NULL,
			 NULL, NULL), -EINVAL, "NEWNS with FS");
}

int main(int argc, char **argv)
{
	if (argc > 2)
		return getpid() == atoi(argv[2]) && gettid() == getpid()
			? 22 : 23;
	tap_find_self(argv[0]);
	share_ids();
	keep_thread_registers();
	shared_state();
	signal_threads();
	futex_wait_wake();
	futex_more();
	futex_shared();
	end_processes();
	refuse_thread_flags();
	return tap_done();
}
