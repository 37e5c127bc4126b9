/* SPDX-License-Identifier: MIT */
/*
 * The controller memory (row D9): limits that hold to the page at every level,
 * who dies of them and who does not, what is counted, where charges go.
 */
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include "cg.h"

#define MIB		(1l << 20)

static long page;

static void values(void)
{
	cg_make("v");
	check(cg_is("v/memory.max", "max\n"), "no limit at first");
	check(cg_is("v/memory.high", "max\n"), "nor a high mark");
	check(cg_is("v/memory.min", "0\n"), "nothing promised");
	check(cg_is("v/memory.low", "0\n"), "nor nearly so");
	check(cg_is("v/memory.current", "0\n"), "nothing is charged");
	check(cg_is("v/memory.oom.group", "0\n"), "one dies alone");
	check_eq(cg_field("v/memory.events", "max"), 0, "nothing refused");
	check_eq(cg_field("v/memory.events", "oom_kill"), 0, "nobody killed");
	check_eq(cg_field("v/memory.events.local", "oom"), 0, "nor near it");
	check_eq(cg_put("v/memory.max", "2M\n"), 0, "a limit");
	check_eq(cg_number("v/memory.max"), 2 * MIB, "it is told in bytes");
	check_eq(cg_put("v/memory.max", "0x10000"), 0, "in another base");
	check_eq(cg_number("v/memory.max"), 65536, "of 16");
	check_eq(cg_put("v/memory.max", "8191"), 0, "no whole pages");
	check_eq(cg_number("v/memory.max"), page, "are cut off");
	check_eq(cg_put("v/memory.high", "64k"), 0, "a high mark");
	check_eq(cg_number("v/memory.high"), 65536, "of 64 KiB");
	check_eq(cg_put("v/memory.min", "max"), 0, "all is promised");
	check(cg_is("v/memory.min", "max\n"), "without bounds");
	check_eq(cg_put("v/memory.low", "1m"), 0, "a MiB nearly so");
	check_eq(cg_number("v/memory.low"), MIB, "of that size");
	check_eq(cg_put("v/memory.max", "-1"), EINVAL, "less than nothing");
	check_eq(cg_put("v/memory.max", "1Q"), EINVAL, "no such letter");
	check_eq(cg_put("v/memory.max", "1MB"), EINVAL, "more behind it");
	check_eq(cg_put("v/memory.max", "maximum"), EINVAL, "a word");
	check_eq(cg_number("v/memory.max"), page, "nothing changed");
	check_eq(cg_put("v/memory.oom.group", "1"), 0, "all die as one");
	check(cg_is("v/memory.oom.group", "1\n"), "it is told");
	check_eq(cg_put("v/memory.oom.group", "2"), EINVAL, "neither");
	check_eq(cg_put("v/memory.current", "1"), EINVAL, "not to be written");
	check_eq(cg_put("v/memory.max", "max"), 0, "no limit again");
	check_eq(cg_put("v/memory.reclaim", "1x"), EINVAL, "not a number");
	check_eq(cg_drop("v"), 0, "it goes");
}

/* ---- children ------------------------------------------------------------ */

struct order {
	const char *group;
	long touch;			/* bytes */
	int stay;
};

static int told[2];			/* a child has touched all of it */

static char *fresh(long size)
{
	char *p = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		_exit(11);
	/* pages, one by one */
	madvise(p, (size_t)size, MADV_NOHUGEPAGE);
	return p;
}

static void touch(char *p, long size)
{
	for (long i = 0; i < size; i += page)
		p[i] = 1;
}

static void enter(const char *group)
{
	char file[64];

	snprintf(file, sizeof(file), "%s/cgroup.procs", group);
	if (cg_put(file, "0"))
		_exit(12);
}

static void tell(char c)
{
	if (write(told[1], &c, 1) != 1)
		_exit(13);
}

static char heard(void)
{
	char c = 0;

	return read(told[0], &c, 1) == 1 ? c : 0;
}

static void hog(void *arg)
{
	const struct order *o = arg;
	char *p = fresh(o->touch);

	enter(o->group);
	touch(p, o->touch);
	if (!o->stay)
		_exit(0);
	tell('.');
	cg_pause(NULL);
}

/* => the child's status */
static int runs(const char *group, long size)
{
	struct order o = { group, size, 0 };

	return in_child(hog, &o);
}

static pid_t stays(const char *group, long size)
{
	struct order o = { group, size, 1 };
	pid_t pid = start_child(hog, &o);

	if (heard() != '.')
		tap_bail("a child");
	return pid;
}

/* ---- limits -------------------------------------------------------------- */

static void counted(void)
{
	pid_t pid;
	long now;

	cg_make("c");
	pid = stays("c", 4 * MIB);
	now = cg_number("c/memory.current");
	check(now >= 4 * MIB && now < 5 * MIB, "what is touched is charged");
	check(cg_field("c/memory.stat", "anon") >= 4 * MIB, "as its own");
	check(cg_field("c/memory.stat", "pagetables") >= 2 * page,
	      "with page tables");
	check(cg_number("c/memory.peak") >= now, "at most so much yet");
	cg_end(pid);
	check(cg_number("c/memory.current") < MIB / 2,
	      "with its end it is given back");
	check(cg_number("c/memory.peak") >= 4 * MIB, "the most is remembered");
	check_eq(cg_drop("c"), 0, "it goes");
}

static void killed(void)
{
	pid_t bystander;
	int st;

	cg_make("k");
	cg_make("s");
	cg_put("k/memory.max", "4M");
	cg_put("k/memory.swap.max", "0");
	bystander = stays("s", 8 * MIB);
	st = runs("k", 3 * MIB);
	check(WIFEXITED(st) && WEXITSTATUS(st) == 0, "within it is well");
	check_eq(cg_field("k/memory.events", "oom_kill"), 0, "nobody dies");
	st = runs("k", 8 * MIB);
	check(WIFSIGNALED(st) && WTERMSIG(st) == SIGKILL, "beyond it dies");
	check_eq(cg_field("k/memory.events", "oom_kill"), 1, "it is counted");
	check(cg_field("k/memory.events", "oom") >= 1, "and why");
	check(cg_field("k/memory.events", "max") >= 1, "and where");
	check_eq(cg_field("k/memory.events.local", "oom_kill"), 1, "there");
	check(cg_number("k/memory.peak") <= 4 * MIB,
	      "it never had a page more");
	check_eq(cg_field("s/memory.events", "oom_kill"), 0,
		 "nobody else is");
	check_eq(kill(bystander, 0), 0, "a larger one beside it lives");
	cg_end(bystander);
	check_eq(cg_drop("k"), 0, "it goes");
	check_eq(cg_drop("s"), 0, "and its sibling");
}

int main(void)
{
	page = sysconf(_SC_PAGESIZE);
	cg_want("memory");
	if (!cg_begin("memory"))
		return tap_skip_all("no cgroup2 in " CG_TOP);
	if (access(cg_path("memory.max"), F_OK)) {
		rmdir(cg_dir);
		return tap_skip_all("no controller memory");
	}
	cg_put("cgroup.subtree_control", "+memory");
	if (pipe(told))
		tap_bail("pipe");
	values();
	counted();
	killed();
	cg_put("cgroup.subtree_control", "-memory");
	cg_finish();
	return tap_done();
}
