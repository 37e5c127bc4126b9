/* SPDX-License-Identifier: MIT */
/*
 * Memory policy on a machine with one node (row D4): set_mempolicy,
 * get_mempolicy, mbind, move_pages, migrate_pages; which masks they take, what
 * is wrong with others, who inherits what.
 */
#include "texts.h"
#include "sysv.h"

enum { DEFAULT, PREFERRED, BIND, INTERLEAVE, LOCAL, PREFERRED_MANY, WEIGHTED,
       UNKNOWN };
#define STATIC_NODES	(1 << 15)
#define RELATIVE_NODES	(1 << 14)
#define BALANCING	(1 << 13)
/* of mbind and move_pages */
#define STRICT		1
#define MOVE		2
#define MOVE_ALL	4
/* of get_mempolicy */
#define F_NODE		1
#define F_ADDR		2
#define F_MEMS_ALLOWED	4

#define USER		1000
#define MOST_NODES	(PG * 8)	/* of a mask, in bits */

/* 64 bits on either machine */
typedef unsigned long long mask_t;
static mask_t node0[1] = { 1 }, node1[1] = { 2 }, both[1] = { 3 },
	none[1] = { 0 };

/* Of the kernel, which a program of 32 bits may have as two. */
#ifdef __riscv
typedef unsigned long long word_t;
#else
typedef unsigned long word_t;
#endif

static long set_policy_of_task(int mode, const void *mask, unsigned long n)
{
	return syscall(SYS_set_mempolicy, mode, mask, n);
}

static long get_policy_of(int *mode, void *mask, unsigned long n,
			  const void *at, unsigned long flags)
{
	return syscall(SYS_get_mempolicy, mode, mask, n, at, flags);
}

static long area(const void *at, unsigned long len, unsigned long mode,
		 const void *mask, unsigned long n, unsigned flags)
{
	return syscall(SYS_mbind, at, len, mode, mask, n, flags);
}

/* The task's mode, or that of an address, with *mask; -errno. */
static int policy_at(const void *at, mask_t *mask)
{
	mask_t dummy;
	int mode = -1;

	if (get_policy_of(&mode, mask ? mask : &dummy, 65, at, at ? F_ADDR : 0))
		return -errno;
	return mode;
}

/* ---- the task's ---------------------------------------------------------- */

static void set_and_check(int mode, mask_t *mask, int want, mask_t nodes,
			  const char *what)
{
	mask_t seen = ~0ull;

	check_ok(set_policy_of_task(mode, mask, 65), "%s", what);
	check_eq(policy_at(NULL, &seen), want, "%s: its mode", what);
	check_eq(seen, nodes, "%s: its nodes", what);
}

static void task_modes(void)
{
	check_eq(policy_at(NULL, NULL), DEFAULT, "a task begins with none");
	set_and_check(BIND, node0, BIND, 1, "bind");
	set_and_check(PREFERRED, node0, PREFERRED, 1, "preferred");
	set_and_check(PREFERRED, NULL, LOCAL, 0,
		      "preferred without a node is local");
	set_and_check(PREFERRED, none, LOCAL, 0, "nor with an empty mask");
	set_and_check(INTERLEAVE, both, INTERLEAVE, 1,
		      "nodes that are not there go");
	set_and_check(LOCAL, NULL, LOCAL, 0, "local");
	set_and_check(PREFERRED_MANY, node0, PREFERRED_MANY, 1,
		      "preferred many");
	if (!on_older_linux(6, 9))
		set_and_check(WEIGHTED, node0, WEIGHTED, 1,
			      "weighted interleave");
	set_and_check(BIND | STATIC_NODES, both, BIND | STATIC_NODES, 3,
		      "static nodes are kept as they were given");
	set_and_check(INTERLEAVE | RELATIVE_NODES, node1,
		      INTERLEAVE | RELATIVE_NODES,
		      2, "relative ones are counted round");
	set_and_check(BIND | BALANCING, node0, BIND | BALANCING, 1,
		      "balancing");
	if (!on_older_linux(6, 9))
		set_and_check(PREFERRED_MANY | BALANCING | STATIC_NODES, node0,
			      PREFERRED_MANY |
			      BALANCING | STATIC_NODES, 1, "and static");
	set_and_check(DEFAULT, NULL, DEFAULT, 0, "the default again");
	set_and_check(DEFAULT, none, DEFAULT, 0, "with an empty mask");
	set_and_check(DEFAULT | STATIC_NODES, NULL, DEFAULT, 0,
		      "a flag says nothing");
}

static void task_errors(void)
{
	check_ok(set_policy_of_task(BIND, node0, 65), "bind");
	check_err(EINVAL, set_policy_of_task(UNKNOWN, node0, 65),
		  "an unknown mode");
	check_err(EINVAL, set_policy_of_task(-1, node0, 65), "a negative one");
	check_err(EINVAL, set_policy_of_task(BIND | STATIC_NODES |
					     RELATIVE_NODES, node0, 65),
		  "static and relative");
	check_err(EINVAL, set_policy_of_task(INTERLEAVE | BALANCING, node0, 65),
		  "balancing is for bind alone");
	check_err(EINVAL, set_policy_of_task(UNKNOWN, BAD, 65),
		  "the mode is looked at first");
	check_err(EFAULT, set_policy_of_task(DEFAULT, BAD, 65),
		  "a bad mask, even for none");
	check_err(EINVAL, set_policy_of_task(DEFAULT, node0, 65),
		  "the default has no nodes");
	check_err(EINVAL, set_policy_of_task(BIND, none, 65), "bind to none");
	check_err(EINVAL, set_policy_of_task(BIND, NULL, 0),
		  "nor without a mask");
	check_err(EINVAL, set_policy_of_task(BIND, node1, 65),
		  "bind to one that is not there");
	check_err(EINVAL, set_policy_of_task(PREFERRED, node1, 65),
		  "prefer it");
	check_err(EINVAL, set_policy_of_task(LOCAL, node0, 65),
		  "local has no nodes");
	check_err(EINVAL, set_policy_of_task(LOCAL | STATIC_NODES, NULL, 0),
		  "nor flags");
	check_err(EINVAL, set_policy_of_task(PREFERRED | RELATIVE_NODES, none,
					     65),
		  "nor preferred without a node");
	check_eq(policy_at(NULL, NULL), BIND, "all as before");
	set_policy_of_task(DEFAULT, NULL, 0);
}

/* A mask of n bits, of which the kernel looks at n - 1. */
static void check_mask_lengths(void)
{
	static word_t big[PG / sizeof(word_t) + 2];
	unsigned bits = 8 * sizeof(word_t);

	big[0] = 1;
	check_err(EINVAL, set_policy_of_task(BIND, big, 0),
		  "a mask of length 0");
	check_err(EINVAL, set_policy_of_task(BIND, big, 1),
		  "of length 1: nothing is left");
	check_ok(set_policy_of_task(BIND, big, 2), "of 2: one node");
	check_ok(set_policy_of_task(DEFAULT, big, 1),
		 "nothing is an empty mask");
	check_ok(set_policy_of_task(BIND, big, MOST_NODES + 1),
		 "as long as a page");
	check_err(EINVAL, set_policy_of_task(BIND, big, MOST_NODES + 2),
		  "one bit longer");
	check_err(EINVAL, set_policy_of_task(BIND, BAD, MOST_NODES + 2),
		  "is told first");
	big[0] = 1 | (word_t)1 << (bits - 1);
	check_err(EINVAL, set_policy_of_task(BIND, big, 65),
		  "a node that cannot be");
	check_ok(set_policy_of_task(BIND, big, 6),
		 "which a shorter mask leaves out");
	big[0] = 1;
	big[1] = 1;
	check_err(EINVAL, set_policy_of_task(BIND, big, 2 * bits + 1),
		  "in the second word");
	check_ok(set_policy_of_task(BIND, big, bits + 1),
		 "which is not looked at");
	big[1] = (word_t)1 << (bits - 1);
	check_err(EINVAL, set_policy_of_task(BIND, big, bits + 3),
		  "the last word counts whole");
	big[1] = 0;
	big[0] = 1 | (word_t)1 << (bits - 1);
	check_ok(set_policy_of_task(BIND, big, bits + 3),
		 "and the first a little less");
	set_policy_of_task(DEFAULT, NULL, 0);
}

/* ---- get_mempolicy ------------------------------------------------------- */

static void get_masks(void)
{
	word_t seen[PG / sizeof(word_t) + 2];
	unsigned words = 128 / 8 / sizeof(word_t);
	int mode = -1;

	set_policy_of_task(BIND, node0, 65);
	memset(seen, 0xff, sizeof(seen));
	check_ok(get_policy_of(&mode, seen, 129, NULL, 0), "a longer mask");
	check_eq(seen[0], 1, "has the nodes");
	check(!seen[1] && !seen[words - 1] && seen[words] == ~(word_t)0,
	      "and zeros behind them");
	seen[0] = 7;
	check_ok(get_policy_of(&mode, seen, 1, NULL, 0), "of length 1");
	check_eq(seen[0], sizeof(long) < sizeof(word_t) ? 1 : 7,
		 "is left alone, but for a shorter word");
	check_err(EINVAL, get_policy_of(&mode, seen, 0, NULL, 0),
		  "of length 0");
	check_ok(get_policy_of(&mode, NULL, 0, NULL, 0), "none at all");
	check_ok(get_policy_of(NULL, seen, 65, NULL, 0), "no mode");
	check_ok(get_policy_of(NULL, NULL, 0, NULL, 0), "neither");
	check_ok(get_policy_of(&mode, seen, MOST_NODES + 1, NULL, 0),
		 "of a page");
	check_err(EINVAL, get_policy_of(&mode, seen, MOST_NODES + 66, NULL, 0),
		  "longer than a page");
	check_err(EFAULT, get_policy_of(BAD, seen, 65, NULL, 0), "a bad mode");
	check_err(EFAULT, get_policy_of(&mode, BAD, 65, NULL, 0), "a bad mask");
	set_policy_of_task(DEFAULT, NULL, 0);
}

static void get_flags(void)
{
	volatile char *p = anon_pages(2, PROT_READ | PROT_WRITE);
	mask_t seen = 0;
	int mode = -1;

	check_err(EINVAL, get_policy_of(&mode, &seen, 65, NULL, 8),
		  "an unknown flag");
	check_err(EINVAL, get_policy_of(&mode, &seen, 65, (void *)p, 0),
		  "an address without its flag");
	check_err(EFAULT, get_policy_of(&mode, &seen, 65, NULL, F_ADDR),
		  "no mapping");
	check_ok(get_policy_of(&mode, &seen, 65, NULL, F_MEMS_ALLOWED),
		 "allowed nodes");
	check(mode == 0 && seen == 1, "are node 0");
	check_err(EINVAL, get_policy_of(&mode, &seen, 65, NULL,
					F_MEMS_ALLOWED | F_NODE),
		  "allowed nodes and a node");
	check_err(EINVAL, get_policy_of(&mode, &seen, 65, (void *)p,
					F_MEMS_ALLOWED |
					F_ADDR),
		  "allowed nodes and an address");
	mode = -1;
	check_ok(get_policy_of(&mode, NULL, 0, (char *)p + 9, F_NODE | F_ADDR),
		 "where is a page");
	check_eq(mode, 0, "on node 0");
	mprotect((void *)(p + PG), PG, PROT_NONE);
	check_err(EFAULT, get_policy_of(&mode, NULL, 0, (char *)p + PG,
					F_NODE | F_ADDR),
		  "where is one that cannot be touched");
	check_err(EINVAL, get_policy_of(&mode, NULL, 0, NULL, F_NODE),
		  "where is the next, but not interleaved");
	set_policy_of_task(INTERLEAVE, node0, 65);
	mode = -1;
	check_ok(get_policy_of(&mode, NULL, 0, NULL, F_NODE),
		 "where is the next");
	check_eq(mode, 0, "on node 0");
	set_policy_of_task(DEFAULT, NULL, 0);
	munmap((void *)p, 2 * PG);
}

/* ---- mbind --------------------------------------------------------------- */

/* Lines of /proc/self/maps of [from, to). */
static int pieces(char *from, char *to)
{
	static char text[65536];
	unsigned long start, end;
	int n = 0;
	char *at;

	text_read("/proc/self/maps", text, sizeof(text));
	for (at = text; at && *at; at = strchr(at, '\n'), at += !!at) {
		start = strtoul(at, &at, 16);
		end = strtoul(at + 1, NULL, 16);
		n += start < (unsigned long)to && end > (unsigned long)from;
	}
	return n;
}

static void bind_areas(void)
{
	char *p = anon_pages(8, PROT_READ | PROT_WRITE), *q;
	mask_t seen = 0;

	p[0] = p[3 * PG] = 1;
	check_eq(policy_at(p, NULL), DEFAULT, "an area has none");
	check_ok(area(p + PG, 6 * PG, BIND, node0, 65, 0), "bind a part");
	check_eq(policy_at(p + PG, &seen), BIND, "which it has then");
	check_eq(seen, 1, "with its node");
	check(policy_at(p, NULL) == DEFAULT && policy_at(p + 7 * PG, NULL) ==
	      DEFAULT, "but not beside it");
	check_eq(pieces(p, p + 8 * PG), 3, "three areas");
	check_ok(area(p + 2 * PG, 2 * PG - 5, INTERLEAVE | RELATIVE_NODES,
		      node1, 65, 0), "interleave a part of that");
	check_eq(policy_at(p + 3 * PG, &seen), INTERLEAVE | RELATIVE_NODES,
		 "the length is rounded up");
	check_eq(seen, 2, "relative to node 1");
	check_eq(pieces(p, p + 8 * PG), 5, "five areas");
	q = mremap(p + 2 * PG, 2 * PG, 4 * PG, MREMAP_MAYMOVE);
	check_eq(policy_at(q + 3 * PG, NULL), INTERLEAVE | RELATIVE_NODES,
		 "it moves with its area");
	munmap(q, 4 * PG);
	mmap(p + 2 * PG, 2 * PG, PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	check_eq(policy_at(p + 2 * PG, NULL), DEFAULT, "a new one has none");
	munmap(p, 8 * PG);
	p = anon_pages(8, PROT_READ | PROT_WRITE);
	mprotect(p, PG, PROT_NONE);
	area(p + 2 * PG, PG, BIND, node0, 65, 0);
	check_eq(pieces(p + PG, p + 8 * PG), 3, "an area in three");
	check_ok(area(p, 8 * PG, DEFAULT, NULL, 0, 0), "the default for all");
	check_eq(pieces(p + PG, p + 8 * PG), 1, "makes it one again");
	munmap(p, 8 * PG);
}

static void area_errors(void)
{
	char *p = anon_pages(8, PROT_READ | PROT_WRITE);
	/* of a length of 32 bits no end wraps in a kernel of 64 */
	int wraps = sizeof(long) == sizeof(word_t);

	munmap(p + 3 * PG, PG);
	check_err(EINVAL, area(p, PG, BIND, node0, 65, 8), "an unknown flag");
	check_err(EINVAL, area(p + 1, PG, BIND, node0, 65, 0),
		  "an odd address");
	check_err(wraps ? EINVAL : EFAULT, area(p, -2 * PG, BIND, node0, 65, 0),
		  "a wrapped end");
	check_ok(area(p, 0, BIND, node0, 65, 0), "no length");
	check_ok(area(p, 0, BIND, none, 65, 0), "before the nodes are weighed");
	check_eq(area(p, ~0ul, BIND, node0, 65, 0), wraps ? 0 : -1,
		 "nor one that wraps to 0");
	check_err(EFAULT, area(p, 0, BIND, BAD, 65, 0), "but for a bad mask");
	check_err(EINVAL, area(p, PG, UNKNOWN, node0, 65, 0), "a mode");
	check_err(EINVAL, area(p, PG, BIND, node1, 65, 0), "a missing node");
	check_err(EINVAL, area(p, PG, BIND, NULL, 0, 0), "no node");
	check_err(EINVAL, area(p + 3 * PG, PG, DEFAULT, node0, 65, 0),
		  "the default with a node");
	check_err(EFAULT, area(p + PG, 4 * PG, BIND, node0, 65, 0), "a hole");
	check_err(EFAULT, area(p + 3 * PG, 2 * PG, BIND, node0, 65, 0),
		  "a hole first");
	check_err(EFAULT, area(p + 2 * PG, 2 * PG, BIND, node0, 65, 0),
		  "a hole last");
	check_eq(policy_at(p + PG, NULL), DEFAULT, "nothing has changed");
	check_ok(area(p + PG, 4 * PG, DEFAULT, NULL, 0, 0),
		 "the default passes over holes");
	check_err(EFAULT, area(p + 3 * PG, PG, DEFAULT, NULL, 0, 0),
		  "but not over a hole alone");
	munmap(p, 8 * PG);
}

/* Are pages where the policy wants them? */
static void strict(void)
{
	char *p = anon_pages(4, PROT_READ | PROT_WRITE);

	check_ok(area(p, 4 * PG, BIND | RELATIVE_NODES, node1, 65, STRICT),
		 "strict, without pages");
	p[0] = 1;
	check_ok(area(p, 4 * PG, BIND, node0, 65, STRICT), "where they are");
	check_err(EIO, area(p, 4 * PG, BIND | RELATIVE_NODES, node1, 65,
			    STRICT), "not by the mask as it was given");
	check_eq(policy_at(p, NULL), BIND, "nothing has changed");
	check_err(EIO, area(p, 4 * PG, LOCAL, NULL, 0, STRICT), "nor by none");
	check_ok(area(p + PG, 3 * PG, LOCAL, NULL, 0, STRICT), "without pages");
	check_ok(area(p, 4 * PG, DEFAULT, NULL, 0, STRICT), "by default");
	check_ok(area(p, 4 * PG, BIND, node0, 65, STRICT | MOVE), "moved");
	check_ok(area(p, 4 * PG, BIND, node0, 65, MOVE_ALL), "all of them");
	munmap(p, 4 * PG);
}

/* ---- who has it ---------------------------------------------------------- */

static char *inherited;

static void child_looks(void *arg)
{
	mask_t seen = 0;

	(void)arg;
	if (policy_at(NULL, &seen) != (BIND | STATIC_NODES) || seen != 3)
		_exit(1);
	if (policy_at(inherited, NULL) != INTERLEAVE)
		_exit(2);
	area(inherited, PG, PREFERRED, node0, 65, 0);
	set_policy_of_task(LOCAL, NULL, 0);
}

__attribute__((noreturn)) static void exec_itself(void *arg)
{
	char *args[] = { tap_self, "after exec", NULL };

	(void)arg;
	execv(tap_self, args);
	_exit(9);
}

static void heirs(void)
{
	inherited = anon_pages(1, PROT_READ | PROT_WRITE);
	area(inherited, PG, INTERLEAVE, node0, 65, 0);
	set_policy_of_task(BIND | STATIC_NODES, both, 65);
	check_eq(in_child(child_looks, NULL), 0, "a child has both");
	check_eq(policy_at(NULL, NULL), BIND | STATIC_NODES,
		 "what it sets is its own");
	check_eq(policy_at(inherited, NULL), INTERLEAVE, "also for an area");
	check_eq(in_child(exec_itself, NULL), 0, "the task's outlives exec");
	set_policy_of_task(DEFAULT, NULL, 0);
	munmap(inherited, PG);
}

/* A segment keeps it, whoever maps it. */
static void bind_segments(void)
{
	int id = (int)syscall(SYS_shmget, IPC_PRIVATE, 8 * PG, 0600);
	char *a, *b;

	if (tap_lacks(id, "sysvipc"))
		return;
	a = (char *)syscall(SYS_shmat, id, NULL, 0);
	b = (char *)syscall(SYS_shmat, id, NULL, 0);
	check_ok(area(a + PG, 2 * PG, BIND, node0, 65, 0), "bind a segment");
	check_eq(policy_at(b + 2 * PG, NULL), BIND, "it is seen elsewhere");
	check(policy_at(b, NULL) == DEFAULT && policy_at(b + 3 * PG, NULL) ==
	      DEFAULT, "but for that part alone");
	check_ok(area(b + 2 * PG, 3 * PG, INTERLEAVE, node0, 65, 0),
		 "another, from there");
	check(policy_at(a + PG, NULL) == BIND && policy_at(a + 2 * PG, NULL) ==
	      INTERLEAVE && policy_at(a + 4 * PG, NULL) == INTERLEAVE &&
	      policy_at(a + 5 * PG, NULL) == DEFAULT, "seen here");
	syscall(SYS_shmdt, a);
	syscall(SYS_shmdt, b);
	a = (char *)syscall(SYS_shmat, id, NULL, 0);
	check_eq(policy_at(a + 4 * PG, NULL), INTERLEAVE, "it stays");
	check_ok(area(a, 8 * PG, DEFAULT, NULL, 0, 0), "the default");
	check_eq(policy_at(a + 4 * PG, NULL), INTERLEAVE,
		 "is nothing new for this attachment");
	check_ok(area(a, 8 * PG, LOCAL, NULL, 0, 0), "another");
	check_ok(area(a, 8 * PG, DEFAULT, NULL, 0, 0), "and the default");
	check_eq(policy_at(a + 4 * PG, NULL), DEFAULT, "which is new then");
	syscall(SYS_shmdt, a);
	syscall(SYS_shmctl, id, IPC_RMID, NULL);
}

/* ---- move_pages ---------------------------------------------------------- */

static long move_pages(int pid, unsigned long n, void *const *pages,
		       const int *nodes, int *status, int flags)
{
	return syscall(SYS_move_pages, pid, n, pages, nodes, status, flags);
}

/* What is told of a page that was never touched. */
static int absent(void)
{
	return on_older_linux(6, 9) ? -EFAULT : -ENOENT;
}

static void move_between_nodes(void)
{
	char *p = anon_pages(4, PROT_READ | PROT_WRITE);
	void *at[] = { p, p + PG, p + 2 * PG + 5, BAD };
	int status[4] = { 9, 9, 9, 9 }, zeros[4] = { 0 };
	int there[4] = { 0, 0, 1, 0 }, wild[4] = { 64, 0, 0, 0 };

	p[0] = p[2 * PG] = 1;
	check_eq(move_pages(0, 4, at, NULL, status, MOVE), 0,
		 "where are four pages");
	check(status[0] == 0 && status[2] == 0, "two on node 0");
	check_eq(status[1], absent(), "one was never touched");
	check_eq(status[3], -EFAULT, "one cannot be");
	load_fault(p + PG);
	check_eq(move_pages(0, 2, at, NULL, status, 0), 0, "after a load");
	check_eq(status[1], -EFAULT, "the page of zeros is nowhere");
	memset(status, 9, sizeof(status));
	check_eq(move_pages(0, 4, at, zeros, status, MOVE), 0,
		 "move them to node 0");
	check(status[0] == 0 && status[1] == -EFAULT && status[2] == 0 &&
	      status[3] == -EFAULT, "they are there");
	memset(status, 0x22, sizeof(status));
	check_err(ENODEV, move_pages(0, 4, at, there, status, MOVE),
		  "to a node that is not there");
	check(status[0] == 0 && status[2] == 0x22222222,
	      "two were done before");
	check_err(ENODEV, move_pages(0, 1, at, wild, status, MOVE),
		  "a wild node");
	wild[0] = -1;
	check_err(ENODEV, move_pages(0, 1, at, wild, status, MOVE),
		  "a negative one");
	check_eq(move_pages(0, 0, NULL, NULL, NULL, 0), 0, "none at all");
	munmap(p, 4 * PG);
}

/* Many are told in pieces of sixteen. */
static void tells_many(void)
{
	char *p = anon_pages(3, PROT_READ | PROT_WRITE);
	int status[40], bad = 0;
	void *at[40];

	munmap(p + 2 * PG, PG);
	p[0] = 1;
	for (int i = 0; i < 40; i++)
		at[i] = p + i % 2 * PG;
	check_eq(move_pages(0, 39, at, NULL, status, 0), 0,
		 "where are 39 pages");
	for (int i = 0; i < 39; i++)
		bad |= status[i] != (i % 2 ? absent() : 0);
	check(!bad, "each its own answer");
	status[16] = 9;
	check_err(EFAULT, move_pages(0, 17,
				     (void *)(p + 2 * PG - 16 * sizeof(*at)),
				     NULL, status, 0), "sixteen can be read");
	check_eq(status[16], 9, "nothing is told of the next");
	munmap(p, 2 * PG);
}

static void move_errors(void)
{
	char *p = anon_pages(1, PROT_READ | PROT_WRITE);
	void *at[1] = { p };
	int status[1], nodes[1] = { 0 };

	p[0] = 1;
	check_err(EINVAL, move_pages(0, 1, at, nodes, status, STRICT),
		  "a flag");
	check_err(ESRCH, move_pages(0x3fffffff, 0, NULL, NULL, NULL, 0),
		  "nobody's pages");
	check_err(EFAULT, move_pages(0, 1, BAD, NULL, status, 0),
		  "bad addresses");
	check_err(EFAULT, move_pages(0, 1, at, BAD, status, 0), "bad nodes");
	check_err(EFAULT, move_pages(0, 1, at, NULL, BAD, 0),
		  "no room for a result");
	check_err(EFAULT, move_pages(0, 1, at, nodes, BAD, 0),
		  "of a move either");
	check_eq(move_pages(getpid(), 1, at, nodes, status, MOVE_ALL), 0,
		 "all of one's own, by number");
	munmap(p, PG);
	p = anon_pages(3, PROT_READ | PROT_WRITE);
	munmap(p + PG, PG);
	check_err(EFAULT, move_pages(0, ~0ul >> 3, (void *)p, NULL,
				     (void *)(p + 2 * PG), 0),
		  "more addresses than there are");
	munmap(p, PG);
	munmap(p + 2 * PG, PG);
}

static void move_others_pages(void *arg)
{
	void *at[1] = { arg };
	int status[1] = { 9 }, r;

	if (setuid(USER))
		_exit(1);
	errno = 0;
	r = (int)move_pages(getppid(), 1, at, NULL, status, 0);
	if (r != -1 || errno != EPERM)
		_exit(2);
	r = (int)move_pages(0, 1, at, NULL, status, MOVE_ALL);
	if (r != -1 || errno != EPERM)
		_exit(3);
	r = (int)area(arg, PG, BIND, node0, 65, MOVE_ALL);
	if (r != -1 || errno != EPERM)
		_exit(4);
	r = (int)syscall(SYS_migrate_pages, getppid(), 65, node0, node0);
	if (r != -1 || errno != EPERM)
		_exit(5);
	r = (int)syscall(SYS_migrate_pages, 0, 65, node0, node1);
	if (r != -1 || errno != EPERM)
		_exit(6);
}

static void migrates(void)
{
	long nobody = 0x3fffffff;

#define migrate(pid, n, from, to) syscall(SYS_migrate_pages, pid, n, from, to)
	check_eq(migrate(0, 65, node0, node0), 0, "migrate to node 0");
	check_eq(migrate(getpid(), 65, node1, node0), 0, "from another");
	check_err(EINVAL, migrate(0, 65, node0, node1), "to another");
	check_eq(migrate(0, 65, node0, both), 0, "to any");
	check_err(EINVAL, migrate(0, 65, node0, NULL), "to none");
	check_eq(migrate(0, 65, NULL, node0), 0, "from none");
	check_err(ESRCH, migrate(nobody, 65, node0, node0), "nobody");
	check_err(EFAULT, migrate(nobody, 65, BAD, node0), "a bad mask");
	check_err(EFAULT, migrate(nobody, 65, node0, BAD), "or the other");
	check_err(EINVAL, migrate(nobody, 0, node0, node0), "a mask of 0");
	check_eq(in_child(move_others_pages,
			  anon_pages(1, PROT_READ | PROT_WRITE)), 0,
		 "a user does none of it to others");
}

/* ---- /proc --------------------------------------------------------------- */

/* The line of /proc/self/numa_maps for an area. */
static const char *maps_line(const void *at)
{
	char key[32];

	snprintf(key, sizeof(key), "%08lx ", (unsigned long)at);
	return text_behind("/proc/self/numa_maps", key) ?: "none";
}

static void shown(void)
{
	char *p = anon_pages(8, PROT_READ | PROT_WRITE);
	const char *line;

	memset(p + PG, 1, 2 * PG);
	area(p + PG, 4 * PG, BIND | STATIC_NODES, node0, 65, 0);
	line = maps_line(p + PG);
	printf("# %.60s\n", line);
	check(!strncmp(line, "bind=static:0 anon=2 dirty=2 ", 29), "numa_maps");
	line = strstr(line, " N0=2 kernelpagesize_kB=4\n");
	check(line, "which pages are on which node");
	check(!strncmp(maps_line(p + 5 * PG), "default\n", 8),
	      "none, no pages");
	set_policy_of_task(PREFERRED_MANY, node0, 65);
	check(!strncmp(maps_line(p + 5 * PG), "prefer (many):0\n", 16),
	      "the task's goes for the rest");
	set_policy_of_task(INTERLEAVE | RELATIVE_NODES, node0, 65);
	line = maps_line(p + 5 * PG);
	printf("# %.60s\n", line);
	check(!strncmp(line, "interleave=relative:0\n", 22),
	      "with its flag");
	if (!on_older_linux(6, 9)) {
		set_policy_of_task(WEIGHTED, node0, 65);
		check(!strncmp(maps_line(p + 5 * PG),
			       "weighted interleave:0\n", 22), "weighted");
	}
	set_policy_of_task(DEFAULT, NULL, 0);
	munmap(p, 8 * PG);
	check_eq(text_number("/proc/self/status", "Mems_allowed:\t"), 1,
		 "Mems_allowed");
	check_eq(text_number("/proc/self/status", "Mems_allowed_list:\t"), 0,
		 "Mems_allowed_list");
}

int main(int argc, char **argv)
{
	int mode = -1;

	tap_find_self(argv[0]);
	if (argc > 1)
		return policy_at(NULL, NULL) != (BIND | STATIC_NODES);
	if (get_policy_of(&mode, NULL, 0, NULL, 0) && errno == ENOSYS)
		return tap_skip_all("this kernel knows of no nodes");
	task_modes();
	task_errors();
	check_mask_lengths();
	get_masks();
	get_flags();
	bind_areas();
	area_errors();
	strict();
	heirs();
	bind_segments();
	move_between_nodes();
	tells_many();
	move_errors();
	migrates();
	shown();
	return tap_done();
}
