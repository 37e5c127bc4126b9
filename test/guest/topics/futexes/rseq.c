/* SPDX-License-Identifier: MIT */
/*
 * Restartable sequences (rows B9, B14): the CPU's number in memory, a
 * sequence that is begun anew after a signal and after losing the CPU, what
 * fork, threads and exec make of it, and areas and sequences that lie.
 */
#include <sched.h>
#include <thread.h>
#include <uthread.h>
#include "tap.h"

#define UNREGISTER	1
#define SIG		0x53053053u

struct rseq {
	uint32_t cpu_id_start, cpu_id;
	uint64_t rseq_cs;
	uint32_t flags, node_id, mm_cid, end;
} __attribute__((aligned(32)));

struct sequence {
	uint32_t version, flags;
	uint64_t start, length, abort;
} __attribute__((aligned(32)));

static volatile struct rseq area;
static struct sequence sequence;

static long rseq(volatile void *at, long len, long flags, unsigned sig)
{
	return syscall(SYS_rseq, at, len, flags, sig);
}

static long register_area(void)
{
	return rseq(&area, 32, 0, SIG);
}

static long unregister_rseq(void)
{
	return rseq(&area, 32, UNREGISTER, SIG);
}

/*
 * Counts until *stop; => 0, or 1: it was begun anew, which is its end here.
 * The store of the sequence's address is right before its first instruction.
 */
long spin(volatile struct rseq *r, struct sequence *s, volatile long *count,
	  volatile long *stop);
extern char seq_start[], seq_end[], seq_abort[], seq_unsigned[];

#ifdef __riscv
__asm__(".text\n"
	"spin:	sd a1, 8(a0)\n"
	"seq_start:\n"
	"1:	ld t0, 0(a2)\n"
	"	addi t0, t0, 1\n"
	"	sd t0, 0(a2)\n"
	"	ld t1, 0(a3)\n"
	"	beqz t1, 1b\n"
	"seq_end:\n"
	"	sd zero, 8(a0)\n"
	"	li a0, 0\n"
	"	ret\n"
	"	.balign 4\n"
	"	.word 0x53053053\n"
	"seq_abort:\n"
	"	li a0, 1\n"
	"	ret\n"
	"	.word 0\n"
	"seq_unsigned:\n"
	"	li a0, 2\n"
	"	ret\n");
#elif defined(__aarch64__)
__asm__(".text\n"
	"spin:	str x1, [x0, #8]\n"
	"seq_start:\n"
	"1:	ldr x9, [x2]\n"
	"	add x9, x9, #1\n"
	"	str x9, [x2]\n"
	"	ldr x10, [x3]\n"
	"	cbz x10, 1b\n"
	"seq_end:\n"
	"	str xzr, [x0, #8]\n"
	"	mov x0, #0\n"
	"	ret\n"
	"	.word 0x53053053\n"
	"seq_abort:\n"
	"	mov x0, #1\n"
	"	ret\n"
	"	.word 0\n"
	"seq_unsigned:\n"
	"	mov x0, #2\n"
	"	ret\n");
#else
__asm__(".text\n"
	"spin:	movl 4(%esp), %eax\n"
	"	movl 16(%esp), %ecx\n"
	"	movl 8(%esp), %edx\n"
	"	movl %edx, 8(%eax)\n"
	"seq_start:\n"
	"	movl 12(%esp), %edx\n"
	"1:	incl (%edx)\n"
	"	cmpl $0, (%ecx)\n"
	"	je 1b\n"
	"seq_end:\n"
	"	movl $0, 8(%eax)\n"
	"	xorl %eax, %eax\n"
	"	ret\n"
	"	.long 0x53053053\n"
	"seq_abort:\n"
	"	movl $1, %eax\n"
	"	ret\n"
	"	.long 0\n"
	"seq_unsigned:\n"
	"	movl $2, %eax\n"
	"	ret\n");
#endif

static volatile long count, stop;

static long run_sequence(void)
{
	return spin(&area, &sequence, &count, &stop);
}

static void good_sequence(void)
{
	sequence = (struct sequence){ 0, 0, (unsigned long)seq_start,
		(unsigned long)(seq_end - seq_start),
		(unsigned long)seq_abort };
}

/* ---- the call ------------------------------------------------------------ */

static void register_rseq(void)
{
	int nodes;		/* does this kernel tell them? */

	check_err(EINVAL, unregister_rseq(), "not registered yet");
	check_err(EINVAL, rseq(&area, 32, 2, SIG), "no such flag");
	check_err(EINVAL, rseq(&area, 16, 0, SIG), "too small");
	check_err(EINVAL, rseq((char *)&area + 8, 32, 0, SIG), "not aligned");
	check_err(EFAULT, rseq((void *)-4096l, 32, 0, SIG), "the kernel's");
	area.cpu_id = ~0u;
	area.node_id = 77;
	check_ok(register_area(), "registered");
	nodes = area.node_id != 77;
	check(area.cpu_id != ~0u && area.cpu_id == area.cpu_id_start,
	      "the CPU's number is there");
	check_err(EBUSY, register_area(), "once");
	check_err(EPERM, rseq(&area, 32, 0, 1), "another signature");
	check_err(EINVAL, rseq(&sequence, 32, 0, SIG), "another area");
	check_err(EINVAL, rseq(&area, 32, 3, SIG), "no such flag");
	check_err(EINVAL, rseq(&sequence, 32, UNREGISTER, SIG),
		  "not that area");
	check_err(EINVAL, rseq(&area, 64, UNREGISTER, SIG), "nor its size");
	check_err(EPERM, rseq(&area, 32, UNREGISTER, 1), "nor its signature");
	area.node_id = 77;
	check_ok(unregister_rseq(), "no longer registered");
	check_eq(area.cpu_id, ~0u, "and no number");
	check(area.node_id == (nodes ? 0 : 77), "nor a node's");
	check_err(EINVAL, unregister_rseq(), "once");
}

/* What lies behind the numbers is the program's, unless a turn cleared it. */
static void leaves_rest(void)
{
	static struct sequence two[2];
	unsigned long at = (unsigned long)&two[0];

	if (!(at & 0xff))
		at += sizeof(two[0]);
	for (int i = 0; i < 1000; i++) {
		register_area();
		area.rseq_cs = at;
		unregister_rseq();
		if (area.rseq_cs == at)
			break;
	}
	check_eq(area.rseq_cs, at, "the end leaves the sequence's address");
	area.rseq_cs = 0;
}

static void check_cpu_numbers(void)
{
	unsigned long all = 0, one;
	int wrong = 0, n = 0;
	unsigned cpu;

	syscall(SYS_sched_getaffinity, 0, sizeof(all), &all);
	register_area();
	for (int turn = 0; turn < 3; turn++)
		for (unsigned i = 0; i < 8 * sizeof(all); i++) {
			if (!(all >> i & 1))
				continue;
			one = 1ul << i;
			syscall(SYS_sched_setaffinity, 0, sizeof(one), &one);
			syscall(SYS_getcpu, &cpu, NULL, NULL);
			wrong += area.cpu_id != i || area.cpu_id_start != i ||
				cpu != i;
			n++;
		}
	syscall(SYS_sched_setaffinity, 0, sizeof(all), &all);
	check_eq(wrong, 0, "the number of each CPU, %d times", n);
	unregister_rseq();
}

/* ---- sequences ----------------------------------------------------------- */

static volatile int alarms, left;

static void note_interrupted(int sig)
{
	(void)sig;
	alarms++;
	left += area.rseq_cs != 0;
}

/* SIGALRM from now on, again and again. */
static void ring_often(void)
{
	long t[4] = { 0, 10000, 0, 10000 };

	signal(SIGALRM, note_interrupted);
	syscall(SYS_setitimer, 0, t, NULL);
}

static void stop_alarms(void)
{
	long t[4] = { 0 };

	syscall(SYS_setitimer, 0, t, NULL);
}

static void handlers(void)
{
	long r;

	good_sequence();
	register_area();
	stop = 1;
	check_eq(run_sequence(), 0, "undisturbed: to its end");
	check_eq(area.rseq_cs, 0, "it has cleared its address");
	stop = 0;
	ring_often();
	/* whatever else ran may be why, too */
	do
		r = run_sequence();
	while (r == 1 && !alarms);
	check_eq(r, 1, "a handler ran: begun anew");
	check_eq(left, 0, "before the handler");
	check_eq(area.rseq_cs, 0, "the kernel has cleared the address");
	area.rseq_cs = (unsigned long)&sequence;
	for (int seen = alarms; alarms == seen; )
		;
	check_eq(area.rseq_cs, 0, "also when it was not in the sequence");
	stop_alarms();
	unregister_rseq();
}

/* Both on one CPU: who sees it count has taken that from it meanwhile. */
static void preempted(void)
{
	volatile long *shared = mmap(NULL, PG, PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned long all = 0, one = 1;
	pid_t pid;

	good_sequence();
	syscall(SYS_sched_getaffinity, 0, sizeof(all), &all);
	while (!(all & one))
		one <<= 1;
	syscall(SYS_sched_setaffinity, 0, sizeof(one), &one);
	pid = fork();
	if (pid == 0)
		for (;;)
			if (shared[0])
				shared[1] = 1;
	register_area();
	check_eq(spin(&area, &sequence, &shared[0], &shared[1]), 1,
		 "another one ran: begun anew");
	unregister_rseq();
	munmap((void *)shared, PG);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	syscall(SYS_sched_setaffinity, 0, sizeof(all), &all);
}

/* ---- activations --------------------------------------------------------- */

static volatile long ended = -1;

/* Only an upcall gives this thread the processor of the one in the sequence. */
static void stop_sequence(void *arg)
{
	(void)arg;
	do
		usleep(1000);
	while (!count && ended < 0);
	stop = 1;
}

static void begin_sequence(void *arg)
{
	(void)arg;
	register_area();
	ended = run_sequence();
}

static void begin_both(void *arg)
{
	(void)arg;
	uthread_create(stop_sequence, NULL);
	uthread_create(begin_sequence, NULL);
}

static void schedule_sequence(void *arg)
{
	(void)arg;
	good_sequence();
	count = stop = 0;
	alarm(60);
	if (uthread_run(1, 3, begin_both, NULL))
		_exit(9);
	_exit(ended == 1 ? 0 : 1);
}

static void upcalled(void)
{
	if (on_other_kernel()) {
		tap_skip("a sequence that an upcall interrupts", "activations");
		return;
	}
	check_eq(in_child(schedule_sequence, NULL), 0,
		 "an upcall interrupted it: begun anew");
}

/* ---- children ------------------------------------------------------------ */

static void *register_in_thread(void *arg)
{
	static volatile struct rseq own;
	int ok = unregister_rseq() == -1 && errno == EINVAL;

	(void)arg;
	ok &= rseq(&own, 32, 0, SIG) == 0 && own.cpu_id < 4096;
	ok &= rseq(&own, 32, UNREGISTER, SIG) == 0;
	return (void *)(long)ok;
}

static void run_forked_sequence(void *arg)
{
	(void)arg;
	if (area.cpu_id == ~0u)		/* told on its way out of fork */
		_exit(1);
	good_sequence();
	ring_often();
	if (run_sequence() != 1)
		_exit(3);
	_exit(unregister_rseq() ? 2 : 0);
}

static void run_fresh(void *arg)
{
	char *argv[] = { arg, "fresh", NULL };

	execv(arg, argv);
	_exit(9);
}

static void pass_to_children(void)
{
	struct thread t;

	stop = 0;
	register_area();
	area.cpu_id = ~0u;
	check_eq(in_child(run_forked_sequence, NULL), 0, "fork keeps it");
	check(thread_create(&t, register_in_thread, NULL) == 0 &&
	      thread_join(&t),
	      "a thread has its own");
	check_eq(in_child(run_fresh, tap_self), 0, "exec ends it");
	check_ok(unregister_rseq(), "it was this one's all the time");
}

/* ---- lies ---------------------------------------------------------------- */

enum { NOWHERE, KERNEL, VERSION, FLAGS, AREA_FLAGS, NO_SIGNATURE, BEYOND,
       WRAPS, INSIDE, GONE, LIES };

/* A handler's run, or a turn of another one, finds it out. */
static void lie_in_area(void *arg)
{
	static const char *page;

	good_sequence();
	stop = 0;
	ring_often();
	switch ((int)(long)arg) {
	case NOWHERE:
		register_area();
		area.rseq_cs = (unsigned long)BAD;
		for (;;)
			;
	case KERNEL:
		register_area();
		area.rseq_cs = (unsigned long)-4096l;
		for (;;)
			;
	case VERSION:
		sequence.version = 1;
		break;
	case FLAGS:
		sequence.flags = 1;
		break;
	case AREA_FLAGS:
		area.flags = 8;
		break;
	case NO_SIGNATURE:
		sequence.abort = (unsigned long)seq_unsigned;
		break;
	case BEYOND:
		sequence.abort = (unsigned long)-4096l;
		break;
	case WRAPS:
		sequence.length = ~0ull - 16;
		break;
	case INSIDE:
		sequence.abort = sequence.start + 4;
		break;
	case GONE:
		page = anon_pages(1, PROT_READ | PROT_WRITE);
		rseq((void *)page, 32, 0, SIG);
		munmap((void *)page, PG);
		for (;;)
			;
	}
	register_area();
	run_sequence();
	_exit(1);
}

static void tell_lies(void)
{
	int died = 0, st;

	for (long i = 0; i < LIES; i++) {
		st = in_child(lie_in_area, (void *)i);
		died += WIFSIGNALED(st) && WTERMSIG(st) == SIGSEGV;
		if (st != SIGSEGV)
			printf("# lie %ld: status %#x\n", i, st);
	}
	check_eq(died, LIES, "who lies gets SIGSEGV");
}

#define FRAMES	(16 * PG)		/* room for many of a handler */

static void ignore_fault(int sig)
{
}

/* The handler of the lie's SIGSEGV cannot be entered, because of the lie. */
static void lie_in_handler(void *arg)
{
	struct sigaction sa = { .sa_handler = ignore_fault,
				.sa_flags = SA_ONSTACK | SA_NODEFER };
	stack_t ss = { .ss_sp = arg, .ss_size = FRAMES };

	sigaltstack(&ss, NULL);
	sigaction(SIGSEGV, &sa, NULL);
	ring_often();
	register_area();
	area.rseq_cs = (unsigned long)BAD;
	for (;;)
		;
}

static int is_zero(const char *at, size_t size)
{
	while (size && !at[--size])
		;
	return !size;
}

static void lie_to_handler(void)
{
	char *stack = mmap(NULL, FRAMES, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	check_eq(in_child(lie_in_handler, stack), SIGSEGV,
		 "who lies to its handler of SIGSEGV gets SIGSEGV");
	check(is_zero(stack, FRAMES / 2), "... and not one frame after "
	      "another");
	munmap(stack, FRAMES);
}

int main(int argc, char **argv)
{
	if (raw_syscall(SYS_rseq, 0, 0, 0, 0) == -ENOSYS)
		return tap_skip_all("no rseq");
	if (argc > 1)
		return register_area() != 0;
	tap_find_self(argv[0]);
	register_rseq();
	leaves_rest();
	check_cpu_numbers();
	handlers();
	preempted();
	upcalled();
	pass_to_children();
	tell_lies();
	lie_to_handler();
	return tap_done();
}
