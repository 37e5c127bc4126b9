/* SPDX-License-Identifier: MIT */
/*
 * The child: makes the calls of one program.  A program may unmap, protect
 * and overwrite whatever it likes; what dies of it is this process.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <thread.h>
#include <unistd.h>
#include "executor.h"

#define USER		1000
#define SYNC_MS		30	/* how long one waits for another thread */

#define WNOHANG_EXITED_NOWAIT	(1 | 4 | 0x1000000)
#define CLONE_NEWNS	0x20000

static struct thread threads[MAX_THREADS];
static sigjmp_buf fault_env[MAX_WORKERS];
static volatile int touching[MAX_WORKERS];
static uint32_t give_out;
static int own_mounts[MAX_WORKERS];	/* it left the executor's */

__attribute__((noreturn)) static void *worker_main(void *arg);

static int self(void)
{
	int tid = (int)raw_syscall(SYS_gettid);

	for (int t = 1; t < MAX_WORKERS; t++)
		if (shared->tid[t] == tid)
			return t;
	return 0;
}

/* Memory of the program's that is not there (any more) is passed over. */
static void on_fault(int sig)
{
	int t = self();

	if (touching[t])
		siglongjmp(fault_env[t], 1);
	_exit(128 + sig);
}

static void on_kick(int sig)
{
	(void)sig;
}

int run_copy(int t, void *to, const void *from, unsigned long n)
{
	int ok = 0;

	if (!sigsetjmp(fault_env[t], 1)) {
		touching[t] = 1;
		memcpy(to, from, n);
		ok = 1;
	}
	touching[t] = 0;
	return ok;
}

static void fill_bytes(int t, void *to, unsigned long n)
{
	if (!sigsetjmp(fault_env[t], 1)) {
		touching[t] = 1;
		memset(to, FILL_BYTE, n);
	}
	touching[t] = 0;
}

static uint64_t value_of(uint64_t kind, uint64_t v)
{
	return kind == VALUE_SLOT ? (uint64_t)shared->slot[v % MAX_SLOTS] : v;
}

/* The n-th allocation from now fails; 0: none. */
static void inject(unsigned n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u\n", n);

	for (int tries = 0; inject_fd >= 0 && tries < 9; tries++)
		if (pwrite(inject_fd, text, (size_t)len, 0) == len)
			return;
}

/* In the process that a fork made. */
__attribute__((noreturn)) static void after_fork(int thread, uint64_t how)
{
	for (int t = MAX_THREADS; t < MAX_WORKERS; t++)
		own_mounts[t] = own_mounts[thread];
	if (how == CHILD_IN_ROOM && keep_confine())
		_exit(8);
	if (how == CHILD_WORKS || how == CHILD_IN_ROOM)
		worker_main((void *)(long)(MAX_THREADS + how - CHILD_WORKS));
	if (how == CHILD_STOPS)
		raw_syscall(SYS_kill, raw_syscall(SYS_getpid), SIGSTOP);
	while (how)
		pause();
	_exit(7);
}

static int is_fork(long nr)
{
#ifdef SYS_fork
	if (nr == SYS_fork || nr == SYS_vfork)
		return 1;
#endif
	return nr == SYS_clone || nr == SYS_clone3;
}

/* Would root mount, or unmount, what is outside of the program's folder? */
static int leaves_folder(int thread, unsigned long target)
{
	static const char folder[] = "/tmp/calls";
	char here[64] = "", name[2] = "";

	raw_syscall(SYS_getcwd, here, sizeof(here));
	run_copy(thread, name, (void *)target, sizeof(name));
	return strncmp(here, folder, sizeof(folder) - 1) || name[0] == '/' ||
	       (name[0] == '.' && name[1] == '.');
}

/*
 * A signal for everyone would end the executor, too, and its mounts and its
 * root are what it needs: such calls are for nobody.
 */
static void spare_us(int thread, long nr, unsigned long *a)
{
	if (as_user)
		return;
	if (nr == SYS_kill && (int)a[0] == -1 && raw_syscall(SYS_getpid) != 1)
		a[0] = 0x7fffffff;
	if (own_mounts[thread])
		return;
	if (nr == SYS_pivot_root ||
	    (nr == SYS_umount2 && leaves_folder(thread, a[0])))
		a[0] = 0;
	if (nr == SYS_mount && leaves_folder(thread, a[1]))
		a[1] = 0;
}

/* => how the child goes on: as a worker once, and if its parent is none */
static uint64_t child_of(int thread, uint64_t how)
{
	if (how < CHILD_WORKS)
		return how;
	return thread < MAX_THREADS && how <= CHILD_IN_ROOM &&
	       !shared->pid[MAX_THREADS + how - CHILD_WORKS] ? how :
							CHILD_WAITS;
}

/* What a call that went well means to the executor. */
static void note_call(int thread, long nr, const unsigned long *a,
		      uint64_t how, long r)
{
	if (nr == SYS_unshare && a[0] & CLONE_NEWNS)
		own_mounts[thread] = 1;
	if (nr == SYS_setns)
		own_mounts[thread] = 0;
	if (is_fork(nr) && how >= CHILD_WORKS)
		shared->pid[MAX_THREADS + how - CHILD_WORKS] = (int)r;
}

/* `w`: behind OP_CALL */
static long make_call(const struct group *g, const uint64_t *w)
{
	struct call_result *c = &shared->call[g->call];
	unsigned long a[6] = { 0 };
	long nr = (long)w[0], r;
	uint64_t fail = w[2], how = w[3], n = w[4];

	for (uint64_t i = 0; i < n && i < 6; i++)
		a[i] = (unsigned long)value_of(w[5 + 2 * i], w[6 + 2 * i]);
	spare_us(g->thread, nr, a);
	how = child_of(g->thread, how);
	c->state = CALL_RUNS;
	shared->runs[g->thread] = g->call + 1;
	shared->progress++;
	cover_clear(g->thread);
	if (fail)
		inject((unsigned)fail);
	r = raw_syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (r == 0 && is_fork(nr))
		after_fork(g->thread, how);
	if (fail)
		inject(0);
	if (r >= 0)
		note_call(g->thread, nr, a, how, r);
	keep_confined(r);
	cover_collect(g->thread);
	c->result = r;
	c->state = CALL_DONE;
	shared->runs[g->thread] = 0;
	shared->progress++;
	cover_note((uint32_t)nr + 0x8000, r < 0 && r > -4096 ? (uint32_t)-r : 0);
	if (w[1] != NO_SLOT && r >= 0)
		shared->slot[w[1] % MAX_SLOTS] = r;
	return r;
}

/* Bytes that the call wrote, with where: call, address, length, bytes. */
static void put_out(const struct group *g, uint64_t at, uint64_t n)
{
	uint32_t head[3] = { (uint32_t)g->call, (uint32_t)at, (uint32_t)n };
	uint32_t old = shared->nr_out;

	if (!give_out || old + sizeof(head) + n > MAX_OUT)
		return;
	memcpy(shared->out + old, head, sizeof(head));
	if (run_copy(g->thread, shared->out + old + sizeof(head),
		  (void *)(unsigned long)at, (unsigned long)n))
		shared->nr_out = old + (uint32_t)(sizeof(head) + n);
}

static void load_slot(const struct group *g, const uint64_t *w)
{
	int32_t v32;
	int64_t v64 = 0;
	void *at = (void *)(unsigned long)w[0];

	if (w[1] == 8) {
		if (!run_copy(g->thread, &v64, at, 8))
			return;
	} else {
		if (!run_copy(g->thread, &v32, at, 4))
			return;
		v64 = v32;
	}
	shared->slot[w[2] % MAX_SLOTS] = v64;
}

static void store_value(const struct group *g, const uint64_t *w)
{
	uint64_t v = value_of(w[2], w[3]);

	run_copy(g->thread, (void *)(unsigned long)w[0], &v,
	      w[1] > 8 ? 8 : (unsigned long)w[1]);
}

/* One operation.  => where the next one is, NULL: none */
static const uint64_t *step(const struct group *g, const uint64_t *w, long *r)
{
	switch (*w++) {
	case OP_BYTES:
		run_copy(g->thread, (void *)(unsigned long)w[0], w + 2,
		      (unsigned long)w[1]);
		return w + 2 + (w[1] + 7) / 8;
	case OP_STORE:
		store_value(g, w);
		return w + 4;
	case OP_FILL:
		fill_bytes(g->thread, (void *)(unsigned long)w[0],
		     (unsigned long)w[1]);
		return w + 2;
	case OP_CALL:
		*r = make_call(g, w);
		return w + 5 + 2 * w[4];
	case OP_OUT:
		put_out(g, w[0], w[1]);
		return w + 2;
	case OP_LOAD:
		if (*r >= 0 || *r < -4095)
			load_slot(g, w);
		return w + 3;
	}
	return NULL;
}

static void run_group(const struct group *g)
{
	const uint64_t *w = g->at;
	long r = 0;

	if (g->flags & GROUP_CHECK)
		keep_check(g->thread);
	while (w && w < g->end)
		w = step(g, w, &r);
}

/* ---- threads and processes ----------------------------------------------- */

/* arg: its number */
static void *worker_main(void *arg)
{
	int t = (int)(long)arg, done = 0;
	struct worker *me = &shared->worker[t];

	shared->tid[t] = (int)raw_syscall(SYS_gettid);
	if (t < MAX_THREADS)
		cover_enable(t);
	for (;;) {
		while (me->posted == done)
			futex(&me->posted, FUTEX_WAIT, done, NULL, NULL, 0);
		run_group((const struct group *)&me->group);
		me->done = ++done;
		futex(&me->done, FUTEX_WAKE, 1, NULL, NULL, 0);
	}
}

static int idle(const struct worker *w)
{
	return w->posted == w->done;
}

static void await(struct worker *w)
{
	struct timespec t = { 0, 1000000 };

	for (int i = 0; i < SYNC_MS && !idle(w); i++)
		futex(&w->done, FUTEX_WAIT, w->posted - 1, &t, NULL, 0);
}

/* Was it made, and is it there still? */
static int works(int t)
{
	int info[32] = { 0 };

	if (t < MAX_THREADS)
		return shared->tid[t];
	return shared->pid[t] &&
	       !raw_syscall(SYS_waitid, 1, shared->pid[t], info,
			    WNOHANG_EXITED_NOWAIT, 0) && !info[0];
}

/* A worker that is busy still, or cannot be, leaves its group undone. */
static void dispatch(const struct group *g)
{
	struct worker *w = &shared->worker[g->thread];

	if (!g->thread) {
		run_group(g);
		return;
	}
	if (!works(g->thread))
		return;
	await(w);
	if (!idle(w))
		return;
	w->group = *g;
	__sync_synchronize();
	w->posted++;
	futex(&w->posted, FUTEX_WAKE, 1, NULL, NULL, 0);
	if (!(g->flags & GROUP_ASYNC))
		await(w);
}

static void start_threads(void)
{
	for (long t = 1; t < MAX_THREADS; t++) {
		if (thread_create(&threads[t], worker_main, (void *)t))
			return;
		while (!shared->tid[t])
			raw_syscall(SYS_sched_yield);
	}
}

/* Threads have what the first one has, but for a while. */
static void check_workers(int threads_too)
{
	for (int t = 1; t < MAX_THREADS && threads_too; t++)
		await(&shared->worker[t]);
	for (int t = MAX_THREADS; t < MAX_WORKERS + 1; t++) {
		struct group g = { .thread = t % MAX_WORKERS,
				   .flags = GROUP_CHECK };

		dispatch(&g);
	}
}

/* ---- the process --------------------------------------------------------- */

static void limit(int what, unsigned long n)
{
	struct rlimit r = { n, n };

	setrlimit(what, &r);
}

static void restrain(void)
{
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_SIGPENDING, 200);	/* else it follows the memory */
	limit(RLIMIT_FSIZE, 8 << 20);
	limit(RLIMIT_NOFILE, 128);
	limit(RLIMIT_AS, 256UL << 20);
	limit(RLIMIT_NPROC, 40);
	if (!as_user)
		return;
	raw_syscall(SYS_setgroups, 0, NULL);
	if (setgid(USER) || setuid(USER))
		_exit(9);
	/* an exec may follow: a change of user made it undumpable */
	raw_syscall(SYS_prctl, 4, 1, 0, 0, 0);
}

static void map_area(unsigned long at, unsigned long n)
{
	mmap((void *)at, n, PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static void handlers(void)
{
	struct sigaction fault = { .sa_handler = on_fault,
				   .sa_flags = SA_NODEFER };
	struct sigaction kick = { .sa_handler = on_kick };
	sigset_t none = 0;

	sigaction(SIGSEGV, &fault, NULL);
	sigaction(SIGBUS, &fault, NULL);
	sigaction(KICK_SIGNAL, &kick, NULL);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void furnish(void)
{
	int null = open("/dev/null", O_RDWR);

	map_area(DATA_AT, DATA_SIZE);
	map_area(ARENA_AT, ARENA_SIZE);
	dup2(null, 0);
	dup2(null, 1);
	dup2(null, 2);
}

__attribute__((noreturn)) void run_child(const struct program *p)
{
	const uint64_t *w = p->words, *end = w + p->nr_words;
	int call = 0;

	give_out = p->flags & PROGRAM_OUT;
	setpgid(0, 0);
	furnish();
	handlers();
	shared->tid[0] = (int)raw_syscall(SYS_gettid);
	restrain();
	cover_enable(0);
	if (p->flags & PROGRAM_THREADS)
		start_threads();
	/* the way to make allocations fail stays open, at a high number */
	raw_syscall(SYS_close_range, 3, inject_fd >= 0 ?
		    (unsigned)inject_fd - 1 : ~0u, 0);
	if (inject_fd >= 0)
		raw_syscall(SYS_close_range, inject_fd + 1, ~0u, 0);
	for (; w + 4 <= end && w[0] == OP_GROUP && call < MAX_CALLS; call++) {
		struct group g = { w + 4, w + 4 + w[3],
				   (int)w[1] % MAX_WORKERS,
				   (int)w[2] & GROUP_ASYNC, call };

		if (g.end > end)
			break;
		dispatch(&g);
		w = g.end;
	}
	check_workers(p->flags & PROGRAM_THREADS);
	if (p->flags & PROGRAM_STATE)
		state_write();
	shared->finished = 1;
	_exit(0);
}
