/* SPDX-License-Identifier: MIT */
/*
 * The controller cpu (row D9): groups share by weight, however many tasks they
 * have, at every level and on all CPUs; none has more of a period than cpu.max.
 * Shares are of what was used, so a slow host changes nothing; what must come
 * right is waited for.
 */
#include <sched.h>
#include <time.h>
#include "cg.h"

static void set_cpu_values(void)
{
	cg_make("v");
	check(cg_is("v/cpu.weight", "100\n"), "the usual weight");
	check(cg_is("v/cpu.weight.nice", "0\n"), "which is nice 0");
	check(cg_is("v/cpu.max", "max 100000\n"), "no limit");
	check_eq(cg_put("v/cpu.weight", "300\n"), 0, "another weight");
	check(cg_is("v/cpu.weight", "300\n"), "it is told");
	check_eq(cg_put("v/cpu.weight", "1"), 0, "the least");
	check(cg_is("v/cpu.weight", "1\n"), "it is told");
	check_eq(cg_put("v/cpu.weight", "0"), ERANGE, "none");
	check_eq(cg_put("v/cpu.weight", "10001"), ERANGE, "too much");
	check_eq(cg_put("v/cpu.weight", "-1"), EINVAL, "less than none");
	check_eq(cg_put("v/cpu.weight", "heavy"), EINVAL, "a word");
	check_eq(cg_put("v/cpu.weight.nice", "-20"), 0, "as a nice value");
	check(cg_is("v/cpu.weight.nice", "-20\n"), "it is told");
	check_eq(cg_put("v/cpu.weight.nice", "20"), ERANGE, "no nice value");
	check_eq(cg_put("v/cpu.weight.nice", "5"), 0, "another");
	check(cg_is("v/cpu.weight.nice", "5\n"), "it is told");
	check_eq(cg_put("v/cpu.max", "50000"), 0, "a limit");
	check(cg_is("v/cpu.max", "50000 100000\n"), "of the usual period");
	check_eq(cg_put("v/cpu.max", "5000 20000\n"), 0, "of another");
	check(cg_is("v/cpu.max", "5000 20000\n"), "it is told");
	check_eq(cg_put("v/cpu.max", "max"), 0, "none");
	check(cg_is("v/cpu.max", "max 20000\n"), "the period stays");
	check_eq(cg_put("v/cpu.max", "999"), EINVAL, "too little");
	check_eq(cg_put("v/cpu.max", "5000 999"), EINVAL, "too short");
	check_eq(cg_put("v/cpu.max", "5000 1000001"), EINVAL, "too long");
	check_eq(cg_put("v/cpu.max", "some"), EINVAL, "a word");
	check_eq(cg_put("v/cpu.max", "-1"), EINVAL, "less than none");
	check(cg_is("v/cpu.max", "max 20000\n"), "nothing changed");
	check(cg_field("v/cpu.stat", "nr_throttled") == 0, "never stopped");
	cg_drop("v");
}

static void idle_values(void)
{
	cg_make("i");
	check(cg_is("i/cpu.idle", "0\n"), "not idle at first");
	cg_put("i/cpu.weight", "300");
	check_eq(cg_put("i/cpu.idle", "0"), 0, "as it is");
	check(cg_is("i/cpu.weight", "300\n"), "changes nothing");
	check_eq(cg_put("i/cpu.idle", "1"), 0, "idle");
	check(cg_is("i/cpu.idle", "1\n"), "it is told");
	/* Linux 6.1 rounds it to 0 */
	check((on_other_kernel() && cg_is("i/cpu.weight", "0\n")) ||
	      cg_is("i/cpu.weight", "1\n"), "with the least weight");
	check(cg_is("i/cpu.weight.nice", "19\n"), "as nice as can be");
	check_eq(cg_put("i/cpu.weight", "100"), EINVAL, "and no other");
	check_eq(cg_put("i/cpu.weight.nice", "0"), EINVAL, "by either name");
	check_eq(cg_put("i/cpu.idle", "2"), EINVAL, "more than idle");
	check_eq(cg_put("i/cpu.idle", "-1"), EINVAL, "less");
	check_eq(cg_put("i/cpu.idle", "x"), EINVAL, "a word");
	check_eq(cg_put("i/cpu.idle", "0"), 0, "not idle any more");
	check(cg_is("i/cpu.weight", "100\n"), "the usual weight again");
	cg_drop("i");
}

static void burst_values(void)
{
	cg_make("u");
	check(cg_is("u/cpu.max.burst", "0\n"), "no burst at first");
	check_eq(cg_put("u/cpu.max.burst", "1000"), 0, "without a limit");
	check(cg_is("u/cpu.max.burst", "1000\n"), "it is told");
	check_eq(cg_put("u/cpu.max", "50000 100000"), 0, "with one");
	check_eq(cg_put("u/cpu.max.burst", "50000"), 0, "as much as that");
	check_eq(cg_put("u/cpu.max.burst", "50001"), EINVAL, "not more");
	check_eq(cg_put("u/cpu.max.burst", "-1"), EINVAL, "nor less than none");
	check_eq(cg_put("u/cpu.max.burst", "max"), EINVAL, "nor a word");
	check(cg_is("u/cpu.max.burst", "50000\n"), "nothing changed");
	check_eq(cg_put("u/cpu.max", "20000 100000"), EINVAL,
		 "nor is the limit less than it");
	check(cg_is("u/cpu.max", "50000 100000\n"), "which stays");
	check_eq(cg_put("u/cpu.max", "max"), 0, "no limit");
	check_eq(cg_field("u/cpu.stat", "nr_bursts"), 0, "nothing was used");
	check_eq(cg_field("u/cpu.stat", "burst_usec"), 0, "of it");
	cg_drop("u");
}

/* Does a little, sleeps a little. */
static void doze(void *arg)
{
	struct timespec nap = { .tv_nsec = 1000000 };

	(void)arg;
	for (;;) {
		for (volatile int i = 0; i < 100000; i++)
			;
		nanosleep(&nap, NULL);
	}
}

#define MOST 32
static pid_t pids[MOST];
static int nr_pids;

static void add_tasks(const char *group, int n, void (*fn)(void *))
{
	char file[64];

	snprintf(file, sizeof(file), "%s/cgroup.procs", group);
	while (n-- && nr_pids < MOST) {
		pids[nr_pids] = start_child(fn, NULL);
		if (cg_put_number(file, pids[nr_pids]))
			tap_bail(file);
		nr_pids++;
	}
}

static void end_tasks(void)
{
	while (nr_pids)
		cg_end(pids[--nr_pids]);
}

static long long cpu_used(const char *group)
{
	char file[64];

	snprintf(file, sizeof(file), "%s/cpu.stat", group);
	return cg_field(file, "usage_usec");
}

/* us used, or gone by, before anything is said about shares. */
#define LEAST tap_rounds(1000000)

static int is_near(long long a, long long b, int part, int percent)
{
	return a + b > LEAST &&
		a * 1000 > (a + b) * part * (100 - percent) / 100 &&
		a * 1000 < (a + b) * part * (100 + percent) / 100;
}

/*
 * => does a come to have part/1000 of what a and b use, within so many %?  What
 * was used while the host took a CPU away is left behind after some seconds.
 */
static int near(const char *a, const char *b, int part, int percent)
{
	long long a0 = cpu_used(a), b0 = cpu_used(b), na = 0, nb = 0;
	int ok = eventually((na + nb > 6000000 ? a0 += na, b0 += nb : 0,
			     na = cpu_used(a) - a0, nb = cpu_used(b) - b0,
			     is_near(na, nb, part, percent)));

	printf("# %s %lld us, %s %lld us: %lld of 1000\n", a, na, b, nb,
	       na + nb ? na * 1000 / (na + nb) : 0);
	return ok;
}

/* => has a less than part/1000 of both? */
static int gets_less(const char *a, const char *b, int part)
{
	long long a0 = cpu_used(a), b0 = cpu_used(b), na = 0, nb = 0;
	int ok = eventually((na = cpu_used(a) - a0, nb = cpu_used(b) - b0,
			     na + nb > LEAST && na * 1000 < (na + nb) * part));

	printf("# %s %lld us, %s %lld us\n", a, na, b, nb);
	return ok;
}

static int shares_part(const char *a, const char *b, int part)
{
	return near(a, b, part, 5);
}

/*
 * The same in a window of its own, one of a few, on all CPUs: one that the host
 * spoils says nothing, and a share that only passes by the right one is none.
 */
static int steady(const char *a, const char *b, int part)
{
	long long na = 0, nb = 0;

	for (int i = 0; i < 16 && !is_near(na, nb, part, 7); i++) {
		long long a0 = cpu_used(a), b0 = cpu_used(b);

		(void)eventually((na = cpu_used(a) - a0, nb = cpu_used(b) - b0,
				  na + nb > 4 * LEAST));
		printf("# %s %lld us, %s %lld us: %lld of 1000\n", a, na, b,
		       nb, na * 1000 / (na + nb));
	}
	return is_near(na, nb, part, 7);
}

/* One CPU: all are bound to it. */
static void one_cpu(int cpu)
{
	unsigned long mask = 1ul << cpu;

	for (int i = 0; i < nr_pids; i++)
		syscall(SYS_sched_setaffinity, pids[i], sizeof(mask), &mask);
}

static void weights(void)
{
	cg_make("a");
	cg_make("b");
	cg_put("b/cpu.weight", "300");
	add_tasks("a", 1, spin_forever);
	add_tasks("b", 1, spin_forever);
	one_cpu(0);
	check(shares_part("a", "b", 250), "100 to 300, one task each");
	add_tasks("a", 2, spin_forever);
	one_cpu(0);
	check(shares_part("a", "b", 250),
	      "three tasks against one are no more");
	check_eq(cg_put("a/cpu.weight", "300"), 0, "while they run");
	check(shares_part("a", "b", 500), "as much");
	end_tasks();
	add_tasks("a", 1, spin_forever);
	add_tasks("a", 2, doze);
	add_tasks("b", 1, spin_forever);
	cg_put("a/cpu.weight", "100");
	one_cpu(0);
	check(near("a", "b", 250, 15), "beside some that come and go");
	end_tasks();
	add_tasks("a", 1, spin_forever);
	add_tasks("b", 1, spin_forever);
	one_cpu(0);
	cg_put("a/cpu.weight", "100");
	cg_put("b/cpu.weight", "100");
	check_eq(cg_put("a/cpu.idle", "1"), 0, "while they run: idle");
	check(gets_less("a", "b", 10), "next to nothing is left to it");
	check_eq(cg_put("a/cpu.idle", "0"), 0, "not any more");
	check(shares_part("a", "b", 500), "as much as the other");
	end_tasks();
	cg_drop("a");
	cg_drop("b");
}

/* A group's part is shared by its groups; nice values count within. */
static void share_in_levels(void)
{
	cg_make("a");
	cg_make("b");
	cg_put("a/cgroup.subtree_control", "+cpu");
	cg_make("a/x");
	cg_make("a/y");
	cg_put("a/y/cpu.weight", "200");
	add_tasks("a/x", 2, spin_forever);
	add_tasks("a/y", 1, spin_forever);
	add_tasks("b", 1, spin_forever);
	one_cpu(0);
	check(shares_part("a", "b", 500), "a and b have as much");
	check(shares_part("a/x", "a/y", 333), "within a it is one to two");
	check(shares_part("a/x", "b", 250), "a/x has a sixth, b half");
	end_tasks();
	cg_drop("a/x");
	cg_drop("a/y");
	cg_drop("a");
	cg_drop("b");
}

/*
 * On several CPUs whole tasks give no CPU the same load: four against two of
 * each CPU may lie as { bbb } { b aaaaaaaa }, from where no move of one task is
 * any better; of one against two on two CPUs a has two fifths of a CPU, not
 * half.  Shares hold all the same.
 */
static void all_cpus(void)
{
	int n = (int)sysconf(_SC_NPROCESSORS_ONLN);

	n = n < 1 ? 1 : n > 4 ? 4 : n;
	cg_make("a");
	cg_make("b");
	cg_put("b/cpu.weight", "300");
	add_tasks("a", 4 * n, spin_forever);
	add_tasks("b", 2 * n, spin_forever);
	check(near("a", "b", 250, n > 1 ? 10 : 5), "on %d CPUs: %d to %d tasks",
	      n, 4 * n, 2 * n);
	end_tasks();
	add_tasks("a", (n + 1) / 2, spin_forever);
	add_tasks("b", n, spin_forever);
	/* on one CPU no balance passes by, and a host's pauses even out */
	check(n > 1 ? steady("a", "b", 250) : shares_part("a", "b", 250),
	      "on %d CPUs: %d to %d tasks", n, (n + 1) / 2, n);
	end_tasks();
	cg_drop("a");
	cg_drop("b");
}

/* ---- cpu.max ------------------------------------------------------------- */

static long long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000ll + t.tv_nsec / 1000;
}

/*
 * => does it come to have used so many 1000ths of the time, and 5 % more at
 * most?  It is less where a host that stands still lets periods pass unused.
 */
static int uses_part(const char *group, int part)
{
	long long t0 = now_us(), u0 = cpu_used(group), t = 0, u = 0;
	int ok = eventually((t = now_us() - t0, u = cpu_used(group) - u0,
			     t > LEAST && u * 1000 > t * part / 2 &&
			     u * 1000 < t * part * 105 / 100));

	printf("# %s %lld us of %lld us: %lld of 1000\n", group, u, t,
	       t ? u * 1000 / t : 0);
	return ok;
}

static void bandwidth(void)
{
	int n = (int)sysconf(_SC_NPROCESSORS_ONLN);
	long long stops = 0;

	cg_make("m");
	cg_put("m/cpu.max", "20000 100000");
	add_tasks("m", 1, spin_forever);
	check(uses_part("m", 200), "a fifth of a CPU");
	/* where the host stood still, the first period may yet go on */
	check(eventually((stops = cg_field("m/cpu.stat", "nr_throttled")) > 0),
	      "it was stopped");
	check(eventually(cg_field("m/cpu.stat", "throttled_usec") > 0),
	      "for a time");
	check(cg_field("m/cpu.stat", "nr_periods") >= stops, "in some periods");
	add_tasks("m", n < 4 ? n : 4, spin_forever);
	check(uses_part("m", 200), "the same with several tasks");
	check_eq(cg_put("m/cpu.max", "10000 20000"), 0, "while they run");
	check(uses_part("m", 500), "half a CPU");
	check_eq(cg_put("m/cpu.max", "1000 1000000"), 0, "next to nothing");
	check(eventually(cg_field("m/cpu.stat", "nr_throttled") > 0),
	      "they are stopped");
	end_tasks();
	check(cg_is("m/cgroup.events", "populated 0\nfrozen 0\n"),
	      "who is stopped can be killed");
	/* the limit above counts for all below it */
	cg_put("m/cpu.max", "30000 100000");
	cg_put("m/cgroup.subtree_control", "+cpu");
	cg_make("m/x");
	cg_make("m/y");
	cg_put("m/x/cpu.max", "10000 100000");
	add_tasks("m/x", 1, spin_forever);
	add_tasks("m/y", 1, spin_forever);
	check(uses_part("m", 300), "both together");
	check(uses_part("m/x", 100), "the narrower limit below");
	check_eq(cg_put("m/cpu.max", "max"), 0, "no limit above");
	check(uses_part("m/x", 100), "that below stays");
	end_tasks();
	cg_drop("m/x");
	cg_drop("m/y");
	cg_drop("m");
}

/* Sleeps for some periods, then wants more than one has. */
static void bursts(void *arg)
{
	struct timespec nap = { .tv_nsec = 250000000 }, t;

	(void)arg;
	for (;;) {
		long long end = 60000;

		nanosleep(&nap, NULL);
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
		end += t.tv_sec * 1000000ll + t.tv_nsec / 1000;
		do {
			clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
		} while (t.tv_sec * 1000000ll + t.tv_nsec / 1000 < end);
	}
}

static void burst(void)
{
	cg_make("t");
	cg_put("t/cpu.max", "20000 100000");
	add_tasks("t", 1, bursts);
	check(eventually(cpu_used("t") > 500000), "with a limit alone");
	check_eq(cg_field("t/cpu.stat", "nr_bursts"), 0, "no burst");
	check_eq(cg_put("t/cpu.max.burst", "20000"), 0, "what is not used");
	check(eventually(cg_field("t/cpu.stat", "nr_bursts") > 0),
	      "is used later");
	check(cg_field("t/cpu.stat", "burst_usec") > 0, "for a time");
	check(cg_field("t/cpu.stat", "burst_usec") <=
	      20000 * cg_field("t/cpu.stat", "nr_bursts"), "of so much each");
	end_tasks();
	cg_drop("t");
}

int main(void)
{
	cg_want("cpu");
	if (!cg_begin("cpu"))
		return tap_skip_all("no cgroup2 in " CG_TOP);
	if (access(cg_path("cpu.max"), F_OK)) {
		rmdir(cg_dir);
		return tap_skip_all("no controller cpu");
	}
	cg_put("cgroup.subtree_control", "+cpu");
	set_cpu_values();
	idle_values();
	burst_values();
	weights();
	share_in_levels();
	all_cpus();
	bandwidth();
	burst();
	cg_put("cgroup.subtree_control", "-cpu");
	cg_finish();
	return tap_done();
}
