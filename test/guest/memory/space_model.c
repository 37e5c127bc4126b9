/* SPDX-License-Identifier: MIT */
/*
 * Address spaces against a model (rows C6, D3-D5, D11, E1-E6): a program and
 * its children map, unmap, protect, move, store, discard, page out and fork at
 * random, one thread or two in each space, and every page must hold what the
 * model says.
 *
 *	space_model [OPERATIONS [SEED]]
 *
 * All processes together do so many, twice.  Children run at the same time as
 * their parents.  In a page of the shared
 * file each process has a word of its own, and knows what it wrote there.
 */
#include <thread.h>
#include "space_model.h"

#define RW		(PROT_READ | PROT_WRITE)
#define MADV_DONTNEED	4
#define MADV_DONTFORK	10
#define MADV_DOFORK	11
#define MADV_WIPEONFORK	18
#define MADV_KEEPONFORK	19
#define MADV_COLD	20
#define MADV_PAGEOUT	21
#define MADV_COLLAPSE	25
#define MREMAP_MAYMOVE	1
#define MREMAP_FIXED	2

/* ---- one operation each -------------------------------------------------- */

static void set_pages(unsigned i, unsigned n, const struct page *like)
{
	unsigned batch = new_batch();

	for (unsigned k = 0; k < n; k++) {
		model[i + k] = *like;
		model[i + k].at = like->at + k;
		model[i + k].batch = batch;
	}
}

static void map_anon(struct actor *a)
{
	unsigned n = 1 + random_choice(a, random_choice(a, 8) ? 16 : 1024);
	unsigned i = choose(a, &n);
	struct page p = { .kind = ANON,
			  .prot = random_choice(a, 4) ? RW : PROT_READ };
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;

	if (random_choice(a, 4) == 0)
		flags |= MAP_POPULATE;
	if (mmap(words_of(i), n * PG, p.prot, flags, -1, 0) != words_of(i))
		tell_difference(a, i, "mmap");
	set_pages(i, n, &p);
}

static void map_some_file(struct actor *a)
{
	unsigned n = 1 + random_choice(a, 32), i = choose(a, &n);
	struct page p = { .kind = random_choice(a, 2) ? PRIVATE : SHARED,
			  .prot = random_choice(a, 4) ? RW : PROT_READ,
			  .at = random_choice(a, FILE_PAGES - 32) };
	int flags = MAP_FIXED | (p.kind == SHARED ? MAP_SHARED : MAP_PRIVATE);

	if (mmap(words_of(i), n * PG, p.prot, flags, file, p.at * PG) !=
	    words_of(i))
		tell_difference(a, i, "mmap of a file");
	set_pages(i, n, &p);
}

static void unmap_area(struct actor *a)
{
	unsigned n = 1 + random_choice(a, random_choice(a, 8) ? 16 : 700);
	unsigned i = choose(a, &n);

	if (munmap(words_of(i), n * PG))
		tell_difference(a, i, "munmap");
	memset(&model[i], 0, n * sizeof(model[0]));
}

/* mprotect(2) goes as far as the first hole. */
static void protect_some(struct actor *a)
{
	static const unsigned char rights[] = { PROT_NONE, PROT_READ, RW, RW };
	unsigned n = 1 + random_choice(a, random_choice(a, 8) ? 16 : 700);
	unsigned i = choose(a, &n), prot = rights[random_choice(a, 4)], k;
	int err = mprotect(words_of(i), n * PG, prot), want = 0;

	for (k = 0; k < n && model[i + k].kind; k++)
		model[i + k].prot = prot;
	if (k < n)
		want = -1;
	cut_out(i, k);
	if (err != want || (err && errno != ENOMEM))
		tell_difference(a, i, "mprotect");
}

/* Holes are told at the end, and what is mapped loses its contents. */
static void discard_area(struct actor *a)
{
	unsigned n = 1 + random_choice(a, 24), i = choose(a, &n);
	int err = madvise(words_of(i), n * PG, MADV_DONTNEED);

	if (err != -!is_mapped(i, n) || (err && errno != ENOMEM))
		tell_difference(a, i, "MADV_DONTNEED");
	for (unsigned k = i; k < i + n; k++) {
		model[k].own = 0;
		model[k].value = 0;
	}
}

/* Whether pages go, and which, is the kernel's choice; what is in them stays. */
static void page_out_some(struct actor *a)
{
	unsigned n = 1 + random_choice(a, 400), i = choose(a, &n);

	madvise(words_of(i), n * PG, random_choice(a, 3) ?
		MADV_PAGEOUT : MADV_COLD);
}

/* Of another thread's pages, too: whoever uses them sees nothing of it. */
static void collapse_anywhere(struct actor *a)
{
	unsigned long at = random_choice(a, ARENA) * PG / ALIGN * ALIGN;

	madvise(arena + at, ALIGN, MADV_COLLAPSE);
}

static void advise_fork(struct actor *a)
{
	unsigned n = 1 + random_choice(a, 16), i = choose(a, &n),
		what = random_choice(a, 4);
	static const int advice[] = { MADV_DONTFORK, MADV_DOFORK,
				      MADV_WIPEONFORK, MADV_KEEPONFORK };

	for (unsigned k = i; k < i + n; k++)
		if (model[k].kind != ANON)
			return;
	if (madvise(words_of(i), n * PG, advice[what])) {
		if (errno == ENOSYS || errno == EINVAL)
			return;		/* a kernel without */
		tell_difference(a, i, "madvise");
	}
	for (unsigned k = i; k < i + n; k++) {
		if (what < 2)
			model[k].no_fork = what == 0;
		else
			model[k].wipe = what == 2;
	}
	cut_out(i, n);
}

static void move_area(struct actor *a)
{
	unsigned n = 1 + random_choice(a, 40), m, from = choose(a, &n), to;

	if (!model[from].kind)
		return;
	for (m = 1; m < n && model[from + m].batch == model[from].batch &&
	     model[from + m].at == (unsigned short)(model[from].at + m); m++)
		;
	n = m;
	to = choose(a, &m);
	if (m < n || (to < from + n && from < to + n))
		return;
	if (syscall(SYS_mremap, words_of(from), n * PG, n * PG,
		    MREMAP_MAYMOVE | MREMAP_FIXED, words_of(to)) == -1) {
		if (errno == ENOSYS)
			return;
		tell_difference(a, from, "mremap");
	}
	memcpy(&model[to], &model[from], n * sizeof(model[0]));
	memset(&model[from], 0, n * sizeof(model[0]));
	cut_out(to, n);
}

/* Store to a page that can be written: directly, or as a debugger does. */
static void store_to(struct actor *a, unsigned i)
{
	struct page *p = &model[i];
	unsigned v = new_stamp(a);

	if (p->kind == SHARED) {
		*own_word(a, i) = v;
		a->written[p->at] = v;
		return;
	}
	if (random_choice(a, 16) == 0) {
		off_t at = (off_t)(unsigned long)words_of(i);

		if (pwrite(mem_fd, &v, 4, at) != 4 ||
		    pwrite(mem_fd, &v, 4, at + (off_t)PG - 4) != 4)
			tell_difference(a, i, "a store through /proc/self/mem");
	} else {
		words_of(i)[0] = words_of(i)[WORDS - 1] = v;
	}
	p->value = v;
	p->own = 1;
}

static void store_somewhere(struct actor *a)
{
	unsigned n = 1, i = choose(a, &n);
	struct page *p = &model[i];
	int sig;

	if (p->kind && p->prot & PROT_WRITE) {
		store_to(a, i);
		return;
	}
	if (a->actors > 1 || random_choice(a, 8))
		return;
	sig = store_fault(words_of(i));
	if (sig != SIGSEGV || tap_fault_info.si_code !=
	    (p->kind ? SEGV_ACCERR : SEGV_MAPERR))
		tell_difference(a, i, "a store that must fault");
}

static void store_run(struct actor *a)
{
	unsigned n = 200, i = choose(a, &n);

	for (unsigned k = i; k < i + n; k++)
		if (model[k].kind && model[k].prot & PROT_WRITE)
			store_to(a, k);
}

static void load_somewhere(struct actor *a)
{
	unsigned n = 1, i = choose(a, &n);

	if (model[i].kind && model[i].prot & PROT_READ)
		compare_page(a, i);
	else if (a->actors == 1 && random_choice(a, 8) == 0 &&
		 load_fault(words_of(i)) != SIGSEGV)
		tell_difference(a, i, "a load that must fault");
}

/* ---- processes ----------------------------------------------------------- */

static void act(struct actor *a);

/* Take note of children that have ended: of all, if wait. */
static void reap_children(struct actor *a, int wait)
{
	for (int i = 0; i < SLOTS; i++) {
		int st = 0;

		if (!a->child[i] ||
		    waitpid(a->child[i], &st, wait ? 0 : WNOHANG) <= 0)
			continue;
		a->child[i] = 0;
		if (st) {
			printf("# a child ended with %#x\n", (unsigned)st);
			tell_difference(a, 0, "a child");
		}
		__atomic_store_n(&slots->taken[i], 0, __ATOMIC_SEQ_CST);
	}
}

static void run_child(struct actor *a, int mine)
{
	a->ops = 1 + random_choice(a, a->ops / 4 + 1);
	slot = mine;
	model_forked(a);
	close(mem_fd);
	mem_fd = open("/proc/self/mem", O_RDWR);
	act(a);
	_exit(0);
}

static void new_child(struct actor *a)
{
	int mine = take_slot();
	pid_t pid;

	if (!mine)
		return;
	pid = fork();
	if (pid < 0)
		tell_difference(a, 0, "fork");
	if (pid == 0)
		run_child(a, mine);
	a->child[mine] = pid;
	__atomic_add_fetch(&slots->forks, 1, __ATOMIC_RELAXED);
}

/* Is one more operation to be done? */
static int take_operation(void)
{
	return __atomic_add_fetch(&slots->done, 1, __ATOMIC_RELAXED) <=
		slots->total;
}

static void act(struct actor *a)
{
	static void (*const operations[])(struct actor *) = {
		map_anon, map_some_file, unmap_area, protect_some, discard_area,
			page_out_some, collapse_anywhere,
		move_area, advise_fork, store_somewhere, store_somewhere,
			store_somewhere, store_run, load_somewhere,
			load_somewhere, load_somewhere,
	};
	for (; a->ops && take_operation(); a->ops--) {
		if (random_choice(a, 100) == 0) {
			new_child(a);
			reap_children(a, 0);
		} else if (random_choice(a, 500) == 0) {
			compare_all(a);
		} else {
			operations[random_choice(a, COUNT(operations))](a);
		}
	}
	reap_children(a, 1);
	compare_all(a);
}

static void *thread_acts(void *arg)
{
	act(arg);
	return NULL;
}

/* ---- runs ---------------------------------------------------------------- */

static void run_actors(unsigned actors, unsigned long ops, unsigned seed)
{
	static struct actor a[2];
	struct thread t;

	memset(slots, 0, sizeof(*slots));
	slots->taken[0] = 1;
	slots->total = ops;
	for (unsigned i = 0; i < 2; i++)
		a[i] = (struct actor){ .which = i, .actors = actors,
				       .random = seed * 2 + i + 1,
				       .ops = ops / actors };
	if (actors > 1 && thread_create(&t, thread_acts, &a[1]))
		tell_difference(a, 0, "a thread");
	act(&a[0]);
	if (actors > 1)
		thread_join(&t);
	_exit(0);
}

static void make_model_file(void)
{
	static unsigned page[WORDS];

	file = open("f", O_CREAT | O_RDWR | O_TRUNC, 0600);
	for (unsigned i = 0; i < FILE_PAGES; i++) {
		page[0] = page[WORDS - 1] = base_of(i);
		if (write(file, page, PG) != (ssize_t)PG)
			tap_bail("file");
	}
	unlink("f");
}

/* At the bottom of a large hole, where the kernel places nothing else. */
static void make_arena(void)
{
	char *p = mmap(NULL, ROOM, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		tap_bail("mmap");
	munmap(p, ROOM);
	arena = (char *)(((unsigned long)p + ALIGN - 1) & ~(ALIGN - 1));
}

int main(int argc, char **argv)
{
	unsigned long ops = argc > 1 ? strtoul(argv[1], NULL, 0) : 20000;
	unsigned seed = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 0) : 1;
	int st;

	tap_scratch("space_model");
	make_model_file();
	make_arena();
	mem_fd = open("/proc/self/mem", O_RDWR);
	slots = mmap(NULL, PG, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (slots == MAP_FAILED)
		tap_bail("mmap");
	for (unsigned actors = 1; actors <= 2; actors++) {
		pid_t pid;

		pid = fork();
		if (pid == 0) {
			close(mem_fd);
			mem_fd = open("/proc/self/mem", O_RDWR);
			run_actors(actors, ops, seed);
		}
		waitpid(pid, &st, 0);
		check_eq(st, 0, "%lu operations, seed %u, %u thread%s", ops,
			 seed, actors, actors > 1 ? "s" : "");
		printf("# %u forks\n", slots->forks);
	}
	close(file);
	close(mem_fd);
	tap_scratch_end();
	return tap_done();
}
