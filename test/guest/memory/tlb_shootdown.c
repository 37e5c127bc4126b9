/* SPDX-License-Identifier: MIT */
/*
 * Two threads on two CPUs: one changes memory that the other has used, which
 * then finds it as it is now (rows A5, A12, B13).  The other runs meanwhile,
 * or sleeps, and its CPU idles with the space or runs somebody else's.  The
 * checker of translations (docs/checkers.md) sees what emulation hides.
 */
#include <thread.h>
#include "sched_calls.h"
#include "tap.h"

#define RW	(PROT_READ | PROT_WRITE)
#define RX	(PROT_READ | PROT_EXEC)
#define ANON	(MAP_PRIVATE | MAP_ANONYMOUS)
#define SUPER	(4ul << 20)		/* at least a superpage */
#define MANY	40ul			/* pages, more than are flushed singly */
#define ROUNDS	3

/* What the other thread does next, and how it waits for it. */
enum how { SPINS, SLEEPS, KINDS };

static const char *how_names[KINDS] = { "runs", "sleeps" };
static unsigned long cpus[2];		/* masks; the same where there is one */
static struct thread other;
static volatile int asked, done, stop;
static enum how volatile how;
static int wake[2];
static volatile char *volatile look_at;
static volatile unsigned long look_len;
static volatile int faults, sum;
static int mem_fd, file;

/* Every page of what is looked at: how many fault, and what they hold. */
static void read_each_page(void)
{
	volatile char *p = look_at;

	faults = sum = 0;
	for (unsigned long at = 0; at < look_len; at += PG)
		if (load_fault(p + at))
			faults++;
		else
			sum += p[at];
}

static void await_request(int n)
{
	char c;

	if (how == SLEEPS && n)
		read(wake[0], &c, 1);
	while (asked <= n && !stop)
		;
}

static void *be_other(void *arg)
{
	(void)arg;
	set_cpus(0, cpus[1]);
	for (int n = 0; ; n++) {
		await_request(n);
		if (stop)
			return NULL;
		read_each_page();
		done = n + 1;
	}
}

/* The other thread looks once. */
static void other_looks(volatile char *p, unsigned long len)
{
	look_at = p;
	look_len = len;
	asked++;
	if (how == SLEEPS && asked > 1)
		write(wake[1], "", 1);
	while (done < asked)
		if (cpus[0] == cpus[1])
			usleep(1000);
}

/* It waits for the next request, as it is to. */
static void other_waits(void)
{
	if (how == SLEEPS)
		wait_asleep(other.tid);
}

static void begin_shootdown(enum how kind)
{
	how = kind;
	asked = done = stop = 0;
	pipe(wake);
	if (thread_create(&other, be_other, NULL))
		tap_bail("thread_create");
}

static void end_shootdown(void)
{
	stop = 1;
	write(wake[1], "", 1);
	thread_join(&other);
	close(wake[0]);
	close(wake[1]);
}

static volatile char *map_or_bail(unsigned long len, int prot, int flags,
				  int fd)
{
	void *p = mmap(NULL, len, prot, flags, fd, 0);

	if (p == MAP_FAILED)
		tap_bail("mmap");
	return p;
}

/* Memory that both have used, each page of which holds a 1. */
static volatile char *map_used(unsigned long len, int flags, int fd)
{
	volatile char *p = map_or_bail(len, RW, flags, fd);

	for (unsigned long at = 0; at < len; at += PG)
		p[at] = 1;
	other_looks(p, len);
	check_eq(sum, len / PG, "the other has used it, and %s",
		 how_names[how]);
	other_waits();
	return p;
}

/* ---- what is taken away -------------------------------------------------- */

static void test_unmap(unsigned long len)
{
	volatile char *p = map_used(len, ANON, -1);

	munmap((void *)p, len);
	other_looks(p, len);
	check_eq(faults, len / PG, "%lu pages unmapped", len / PG);
}

static void test_discard(unsigned long len)
{
	volatile char *p = map_used(len, ANON, -1);

	madvise((void *)p, len, MADV_DONTNEED);
	other_looks(p, len);
	check_eq(faults + sum, 0, "%lu pages are zeros again", len / PG);
	munmap((void *)p, len);
}

static void test_protect_shootdown(unsigned long len)
{
	volatile char *p = map_used(len, ANON, -1);

	mprotect((void *)p, len, PROT_NONE);
	other_looks(p, len);
	check_eq(faults, len / PG, "%lu pages without rights", len / PG);
	mprotect((void *)p, len, RW);
	other_looks(p, len);
	check_eq(sum, len / PG, "which come back");
	munmap((void *)p, len);
}

static void test_move(unsigned long len)
{
	volatile char *p = map_used(len, ANON, -1),
		*to = map_or_bail(len, 0, ANON, -1);

	if (tap_lacks((long)mremap((void *)p, len, len, 0), "mremap"))
		return;
	to = mremap((void *)p, len, len, MREMAP_MAYMOVE | MREMAP_FIXED,
		    (void *)to);
	other_looks(p, len);
	check_eq(faults, len / PG, "%lu pages moved away", len / PG);
	other_looks(to, len);
	check_eq(sum, len / PG, "and are there");
	munmap((void *)to, len);
}

/* The parent's pages are no longer its own alone: each store copies. */
static void test_fork(unsigned long len)
{
	volatile char *p = map_used(len, ANON, -1);
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		for (unsigned long at = 0; at < len; at += PG)
			p[at] = 2;
		_exit(0);
	}
	other_looks(p, len);
	waitpid(pid, &status, 0);
	check_eq(sum, len / PG, "a child's stores are its own");
	for (unsigned long at = 0; at < len; at += PG)
		p[at] = 3;
	other_looks(p, len);
	check_eq(sum, 3 * len / PG, "a thread's are everybody's");
	munmap((void *)p, len);
}

/* Zeros that were read are replaced by the first store. */
static void test_zeros(void)
{
	volatile char *p = map_or_bail(PG, RW, ANON, -1);

	other_looks(p, PG);
	other_waits();
	*p = 7;
	other_looks(p, PG);
	check_eq(sum, 7, "a store to what was all zeros");
	munmap((void *)p, PG);
}

/* A superpage, of which a piece goes, or another's rights, or all. */
static void test_superpage(void)
{
	unsigned long len = 3 * SUPER;
	volatile char *p = map_or_bail(len, RW, ANON, -1);

	for (unsigned long at = 0; at < len; at += PG)
		p[at] = 1;
	other_looks(p, len);
	other_waits();
	munmap((void *)(p + SUPER), PG);
	other_looks(p, len);
	check(faults == 1 && sum == (int)(len / PG) - 1, "a page cut out");
	other_waits();
	mprotect((void *)(p + SUPER / 2 + 5 * PG), PG, PROT_NONE);
	other_looks(p, len);
	check_eq(faults, 2, "one without rights");
	other_waits();
	munmap((void *)p, len);
	other_looks(p, len);
	check_eq(faults, len / PG, "all");
}

/* ---- files --------------------------------------------------------------- */

static void test_truncate(void)
{
	volatile char *p;

	ftruncate(file, MANY * PG);
	p = map_used(MANY * PG, MAP_SHARED, file);
	ftruncate(file, 2 * PG);
	other_looks(p, MANY * PG);
	check(faults == MANY - 2 && sum == 2, "a file is cut");
	other_waits();
	ftruncate(file, MANY * PG);
	other_looks(p, MANY * PG);
	check(!faults && sum == 2, "what grows again is zeros");
	munmap((void *)p, MANY * PG);
	ftruncate(file, 0);
}

/* Private pages that were only read are the file's; the others stay. */
static void test_truncate_private(void)
{
	volatile char *p;

	ftruncate(file, 4 * PG);
	pwrite(file, "a", 1, 0);
	p = map_or_bail(4 * PG, RW, MAP_PRIVATE, file);
	p[PG] = 1;
	other_looks(p, 4 * PG);
	other_waits();
	ftruncate(file, 0);
	other_looks(p, 4 * PG);
	check_eq(faults, 4, "private pages go, too");
	munmap((void *)p, 4 * PG);
}

/* Each store is found by a write-back after it, whoever stores. */
static void test_write_back(void)
{
	int fd = open("/dev/vda", O_RDWR);
	volatile char *p;
	char was;

	if (fd < 0 || pread(fd, &was, 1, 5 * PG) != 1) {
		tap_skip("stores after a write-back", "no disk to write to");
		return;
	}
	p = mmap(NULL, PG, RW, MAP_SHARED, fd, 5 * PG);
	for (int i = 1; i <= ROUNDS; i++) {
		*p = (char)i;
		other_looks(p, PG);
		other_waits();
		check_ok(msync((void *)p, PG, MS_SYNC), "store %d", i);
	}
	*p = was;
	msync((void *)p, PG, MS_SYNC);
	munmap((void *)p, PG);
	close(fd);
}

/* ---- instructions -------------------------------------------------------- */

/* As a debugger does: past the rights, and told to all who fetch. */
static void poke_text(volatile char *p, char c)
{
	check_eq(pwrite(mem_fd, &c, 1, (off_t)(unsigned long)p), 1,
		 "text is written over");
}

static void test_fetch(void)
{
	volatile char *p = map_or_bail(PG, RX, ANON, -1);

	for (int i = 0; i < ROUNDS; i++) {
		other_looks(p, PG);
		check_eq(sum, i, "the other sees it");
		other_waits();
		poke_text(p, (char)(i + 1));
	}
	munmap((void *)p, PG);
}

/* A child inherits what its parent's other CPUs are still to be told. */
static void test_fetch_fork(void)
{
	volatile char *p = map_or_bail(PG, RX, ANON, -1);
	int status = -1;
	pid_t pid;

	poke_text(p, 1);
	poke_text(p, 2);
	pid = fork();
	if (pid == 0) {
		set_cpus(0, cpus[1]);
		_exit(*p == 2 ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	check_eq(status, 0, "a child on the other CPU");
	munmap((void *)p, PG);
}

/* It ends on one CPU while the other, idle, has its tables loaded still. */
static void test_exit(void)
{
	volatile char *p = map_or_bail(MANY * PG, RW, ANON, -1);
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		set_cpus(0, cpus[1]);
		for (unsigned long at = 0; at < MANY * PG; at += PG)
			p[at] = 1;
		set_cpus(0, cpus[0]);
		_exit(p[0] == 1 ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	check_eq(status, 0, "a child that ends on another CPU than it ran on");
	munmap((void *)p, MANY * PG);
}

/*
 * A superpage's memory is made executable, and no single page beside it, whose
 * announcement would do for both.
 */
static void test_fetch_superpage(void)
{
	volatile char *p = map_or_bail(3 * SUPER, RW, ANON, -1), *at;

	at = p + (-(unsigned long)p & (SUPER - 1));
	at[0] = 1;
	check_ok(mprotect((void *)at, SUPER, RX), "made executable");
	check_eq(at[0], 1, "and kept");
	munmap((void *)p, 3 * SUPER);
}

/* ---- all of them --------------------------------------------------------- */

static void test_all(enum how kind)
{
	static const unsigned long lens[] = { PG, 3 * PG, MANY * PG };

	begin_shootdown(kind);
	for (int i = 0; i < COUNT(lens); i++) {
		test_unmap(lens[i]);
		test_discard(lens[i]);
		test_protect_shootdown(lens[i]);
		test_move(lens[i]);
		test_fork(lens[i]);
	}
	test_zeros();
	test_superpage();
	test_truncate();
	test_truncate_private();
	test_write_back();
	test_fetch();
	end_shootdown();
}

/* => masks of the first two CPUs we may run on */
static void find_cpus(void)
{
	unsigned long all = get_cpus(0);

	cpus[0] = all & -all;
	cpus[1] = all & ~cpus[0];
	cpus[1] = cpus[1] ? cpus[1] & -cpus[1] : cpus[0];
}

int main(void)
{
	tap_scratch("tlb_shootdown");
	find_cpus();
	set_cpus(0, cpus[0]);
	mem_fd = open("/proc/self/mem", O_RDWR);
	file = open("file", O_RDWR | O_CREAT, 0600);
	unlink("file");
	check(mem_fd >= 0 && file >= 0, "files");
	if (cpus[0] != cpus[1])
		test_all(SPINS);
	test_all(SLEEPS);
	test_fetch_fork();
	test_exit();
	test_fetch_superpage();
	close(file);
	tap_scratch_end();
	return tap_done();
}
