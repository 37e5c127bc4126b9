/* SPDX-License-Identifier: MIT */
/*
 * Swap of groups (rows D9, D13): pages that go out stay their group's,
 which has
 * them go before anybody dies; limits of swap; where the charges end up.
 */
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include "../swap/swap.h"
#include "cgmem.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT	21
#endif

static void set_swap_values(void)
{
	cg_make("v");
	check(cg_is("v/memory.swap.max", "max\n"), "no limit at first");
	check(cg_is("v/memory.swap.current", "0\n"), "nothing is out");
	check(!cg_field("v/memory.swap.events", "max") &&
	      !cg_field("v/memory.swap.events", "fail"), "nothing was refused");
	check_eq(cg_field("v/memory.stat", "swapcached"), 0,
		 "nothing is both in and out");
	check_eq(cg_put("v/memory.swap.max", "2M\n"), 0, "a limit");
	check_eq(cg_number("v/memory.swap.max"), 2 * MIB, "it is told");
	check_eq(cg_put("v/memory.swap.max", "8191"), 0, "no whole pages");
	check_eq(cg_number("v/memory.swap.max"), page, "are cut off");
	check_eq(cg_put("v/memory.swap.max", "-1"), EINVAL, "less than none");
	check_eq(cg_put("v/memory.swap.max", "1MB"), EINVAL, "more behind it");
	check_eq(cg_number("v/memory.swap.max"), page, "nothing changed");
	check_eq(cg_put("v/memory.swap.current", "1"), EINVAL,
		 "not to be written");
	check_eq(cg_drop("v"), 0, "it goes");
}

/*
 * Are all of the group's slots free, at the latest when whoever had them has
 * ended on another CPU?  Linux frees them in batches of 64 for each CPU, with
 * their charge, and keeps pages that were being written when nobody wanted them
 * any more, until they are reclaimed.
 */
static int none_out(const char *group)
{
	char name[64], reclaim[64];
	long most = 0, now;
	int tries = 0;

	if (on_other_kernel())
		most = 64 * page * sysconf(_SC_NPROCESSORS_ONLN);
	snprintf(name, sizeof(name), "%s/memory.swap.current", group);
	snprintf(reclaim, sizeof(reclaim), "%s/memory.reclaim", group);
	while ((now = cg_number(name)) > most && tries++ < 200) {
		if (on_other_kernel())
			cg_put(reclaim, "64M");
		nanosleep(&(struct timespec){ 0, 20000000 }, NULL);
	}
	if (now > most)
		printf("# %s: %ld\n", name, now);
	return now <= most;
}

/* ---- children ------------------------------------------------------------ */

/* What a page has: never all zeros. */
static void fill_with_words(char *p, long size)
{
	for (long i = 0; i < size; i += page)
		*(long *)(p + i) = i * 3 + 1;
}

static int words_intact(const char *p, long size)
{
	for (long i = 0; i < size; i += page)
		if (*(const long *)(p + i) != i * 3 + 1)
			return 0;
	return 1;
}

static void fills(void *arg)
{
	const struct order *o = arg;
	char *p = fresh_memory(o->touch);

	enter_group(o->group);
	fill_with_words(p, o->touch);
	_exit(!words_intact(p, o->touch));
}

static int fills_in(const char *group, long size)
{
	struct order o = { group, size, 0 };

	return in_child(fills, &o);
}

static int asked[2];			/* what a child is to do next */

/* Has pages out; then by letter: i: in again; f: fork. */
static void swap_out_and_obey(void *arg)
{
	const struct order *o = arg;
	char c, *p = fresh_memory(o->touch);

	enter_group(o->group);
	fill_with_words(p, o->touch);
	madvise(p, (size_t)o->touch, MADV_PAGEOUT);
	tell_test('.');
	while (read(asked[0], &c, 1) == 1) {
		if (c == 'i') {
			if (!words_intact(p, o->touch))
				_exit(3);
			fill_with_words(p, o->touch);
		}
		if (c == 'f' && fork() == 0)
			cg_pause(NULL);
		tell_test('.');
	}
	_exit(0);
}

static pid_t goes_out(const char *group, long size)
{
	struct order o = { group, size, 0 };
	pid_t pid = start_child(swap_out_and_obey, &o);

	if (heard_from_child() != '.')
		tap_bail("a child");
	return pid;
}

static void ask_group_child(char c)
{
	if (write(asked[1], &c, 1) != 1 || heard_from_child() != '.')
		tap_bail("a child does not answer");
}

/* ---- out and in ---------------------------------------------------------- */

static void charged(void)
{
	pid_t pid;

	cg_make("c");
	pid = goes_out("c", 4 * MIB);
	check(cg_number("c/memory.swap.current") >= 3 * MIB,
	      "what went out is charged as swap");
	check(cg_number("c/memory.swap.current") <= 4 * MIB, "once");
	check(cg_field("c/memory.stat", "anon") < 2 * MIB, "not as memory");
	ask_group_child('i');
	check(cg_number("c/memory.current") >= 4 * MIB,
	      "what came in is memory");
	/* Linux keeps some slots for the next time */
	check(on_other_kernel() || cg_is("c/memory.swap.current", "0\n"),
	      "and swap no more");
	cg_end(pid);
	check(none_out("c"), "nothing is left");
	if (cg_has("c/memory.swap.peak"))
		check(cg_number("c/memory.swap.peak") >= 3 * MIB,
		      "the most is remembered");
	pid = goes_out("c", 2 * MIB);
	cg_end(pid);
	check(none_out("c"),
	      "nor of one that ends while it is out");
	check_eq(cg_drop("c"), 0, "it goes");
}

/* Two that have the same page out have it once. */
static void share_swapped(void)
{
	pid_t pid;
	long was;

	cg_make("f");
	pid = goes_out("f", 2 * MIB);
	was = cg_number("f/memory.swap.current");
	ask_group_child('f');
	check(cg_number("f/memory.swap.current") <= was + MIB / 4,
	      "fork has no page charged twice");
	cg_end(pid);
	check(cg_number("f/memory.swap.current") >= was - MIB / 2,
	      "the child keeps them");
	cg_put("f/cgroup.kill", "1");
	for (int i = 0; i < 500 && *cg_get("f/cgroup.procs"); i++)
		nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
	check(none_out("f"), "until it ends");
	check_eq(cg_drop("f"), 0, "it goes");
}

/* ---- limits -------------------------------------------------------------- */

static void instead_of_death(void)
{
	pid_t beside;
	int st;

	cg_make("d");
	cg_make("z");
	beside = start_staying("z", 4 * MIB);
	cg_put("d/memory.max", "8M");
	check_eq(fills_in("d", 14 * MIB), 0, "much more than the limit");
	check_eq(cg_field("d/memory.events", "oom_kill"), 0, "nobody dies");
	check(cg_field("d/memory.events", "max") >= 1, "though at the limit");
	check(never_beyond("d/memory.peak", 8 * MIB), "never a page more");
	if (cg_has("d/memory.swap.peak"))
		check(cg_number("d/memory.swap.peak") >= 5 * MIB,
		      "the rest was out");
	check(none_out("d"), "all is back");
	check(cg_is("z/memory.swap.current", "0\n"), "nobody else's goes");
	cg_end(beside);
	cg_drop("z");

	cg_put("d/memory.swap.max", "4M");
	/* Linux looks at no page that is clean once all slots are taken */
	check(on_other_kernel() || fills_in("d", 9 * MIB) == 0,
	      "less than both limits");
	st = fills_in("d", 14 * MIB);
	check(WIFSIGNALED(st) && WTERMSIG(st) == SIGKILL,
	      "more than both have it die");
	check_eq(cg_field("d/memory.events", "oom_kill"), 1, "it is told");
	check_eq(cg_drop("d"), 0, "it goes");
}

static void limit_swap(void)
{
	pid_t pid;

	cg_make("l");
	cg_put("l/cgroup.subtree_control", "+memory");
	cg_make("l/a");
	cg_put("l/a/memory.swap.max", "1M");
	pid = goes_out("l/a", 4 * MIB);
	check(cg_number("l/a/memory.swap.current") > MIB / 2, "some is out");
	check(cg_number("l/a/memory.swap.current") <= MIB,
	      "not a page more than it may");
	check(cg_field("l/a/memory.swap.events", "max") >= 1, "it is told");
	check(cg_field("l/a/memory.swap.events", "fail") >= 1, "as refused");
	check(cg_number("l/memory.swap.current") > MIB / 2, "and above");
	check(cg_field("l/memory.swap.events", "max") >= 1, "told there, too");
	cg_put("l/a/memory.swap.max", "64k");
	check(cg_number("l/a/memory.swap.current") > MIB / 2,
	      "a lower limit brings nothing in");
	cg_end(pid);
	cg_put("l/a/memory.swap.max", "max");
	cg_put("l/memory.swap.max", "1M");
	pid = goes_out("l/a", 4 * MIB);
	check(cg_number("l/a/memory.swap.current") <= MIB,
	      "a limit above is one");
	cg_end(pid);
	/* Linux looks at no page while there is no room in swap */
	cg_put("l/memory.swap.max", "max");
	check(none_out("l/a"), "nothing is left of it");
	cg_put("l/a/memory.swap.max", "0");
	pid = goes_out("l/a", 4 * MIB);
	check(none_out("l/a"), "0: nothing goes out");
	check(cg_number("l/a/memory.current") >= 4 * MIB, "all stays");
	cg_end(pid);
	cg_drop("l/a");
	check_eq(cg_drop("l"), 0, "it goes");
}

/* Within a group that reclaims, one that may not is passed over. */
static void passed_over(void)
{
	pid_t pid;

	cg_make("o");
	cg_put("o/cgroup.subtree_control", "+memory");
	cg_make("o/a");
	cg_make("o/b");
	cg_put("o/memory.max", "8M");
	cg_put("o/a/memory.swap.max", "0");
	pid = start_staying("o/a", 3 * MIB);
	check_eq(fills_in("o/b", 12 * MIB), 0, "one beside it goes out");
	check(cg_field("o/a/memory.stat", "anon") >= 3 * MIB,
	      "what may not go stays");
	check_eq(cg_field("o/a/memory.swap.events", "fail"), 0,
		 "and is not even tried");
	check_eq(cg_field("o/memory.events", "oom_kill"), 0, "nobody dies");
	cg_end(pid);
	cg_drop("o/a");
	cg_drop("o/b");
	check_eq(cg_drop("o"), 0, "it goes");
}

static void reclaim_when_asked(void)
{
	pid_t pid;

	cg_make("r");
	pid = start_staying("r", 4 * MIB);
	check_eq(cg_put("r/memory.reclaim", "2M"), 0, "reclaim");
	check(cg_number("r/memory.swap.current") >= 3 * MIB / 2,
	      "has its pages go out");
	check(cg_number("r/memory.current") < 3 * MIB, "which wins memory");
	cg_end(pid);
	check(none_out("r"), "nothing is left");
	check_eq(cg_drop("r"), 0, "it goes");
}

/* ---- where charges go ---------------------------------------------------- */

static void move_swapped_task(void)
{
	pid_t pid;
	long was;

	cg_make("m");
	cg_put("m/cgroup.subtree_control", "+memory");
	cg_make("m/x");
	cg_make("m/y");
	pid = goes_out("m/x", 4 * MIB);
	put_pid("m/y", pid);
	ask_group_child('i');
	/* Linux 6.1 sums up some seconds later, and not to the page */
	check(eventually(cg_field("m/x/memory.stat", "anon") >= 4 * MIB -
			 on_older_linux(6, 2) * MIB / 4),
	      "what comes in is its group's, whoever needs it");
	check(cg_field("m/y/memory.stat", "anon") < MIB, "not its process's");
	cg_end(pid);

	pid = goes_out("m/x", 4 * MIB);
	put_pid("m/y", pid);
	was = cg_number("m/memory.swap.current");
	check_eq(cg_drop("m/x"), 0, "a group goes before its slots");
	check_eq(cg_number("m/memory.swap.current"), was, "its parent's now");
	check(cg_is("m/y/memory.swap.current", "0\n"), "not its sibling's");
	ask_group_child('i');
	check(eventually(cg_field("m/memory.stat", "anon") >= 4 * MIB),
	      "they come in all the same");
	check(on_other_kernel() || cg_is("m/memory.swap.current", "0\n"),
	      "and are free");
	cg_end(pid);
	check(none_out("m"), "nothing is left");
	cg_drop("m/y");
	check_eq(cg_drop("m"), 0, "the parent goes");
}

static int swap_disk_off(void)
{
	return (int)syscall(SYS_swapoff, DISK);
}

static int swap_disk_on(void)
{
	return (int)syscall(SYS_swapon, DISK, 0);
}

static void turned_off(void)
{
	pid_t pid;

	cg_make("t");
	pid = goes_out("t", 4 * MIB);
	check_eq(swap_disk_off(), 0, "swapoff");
	check(cg_field("t/memory.stat", "anon") >= 4 * MIB,
	      "brings in what is its group's");
	check(none_out("t"), "and no slot's");
	check_eq(swap_disk_on(), 0, "swapon");
	ask_group_child('i');
	cg_end(pid);
	check(cg_number("t/memory.current") < MIB / 2, "until it ends");
	check_eq(cg_drop("t"), 0, "it goes");
}

/* ---- telling ------------------------------------------------------------- */

static void poll_swap_events(void)
{
	struct pollfd p = { .events = POLLPRI };
	char text[256];
	pid_t pid;

	cg_make("e");
	cg_put("e/memory.swap.max", "0");
	p.fd = open(cg_path("e/memory.swap.events"), O_RDONLY);
	check(read(p.fd, text, sizeof(text)) > 0, "events are read");
	check_eq(poll(&p, 1, 0), 0, "nothing new");
	pid = goes_out("e", MIB);
	check_eq(poll(&p, 1, 1000), 1, "something new");
	check(p.revents & POLLPRI, "of that kind");
	close(p.fd);
	cg_end(pid);
	check_eq(cg_drop("e"), 0, "it goes");
}

int main(void)
{
	if (access(DISK, R_OK))
		return tap_skip_all("no disk");
	write_header(good_header());
	if (swap_disk_on())
		return tap_skip_all("no swap");
	if (!mem_begin("swap"))
		return tap_skip_all("no controller memory");
	cg_make("n");
	if (access(cg_path("n/memory.swap.max"), F_OK) || pipe(asked))
		tap_bail("memory.swap.max");
	cg_drop("n");
	set_swap_values();
	charged();
	share_swapped();
	instead_of_death();
	limit_swap();
	passed_over();
	reclaim_when_asked();
	move_swapped_task();
	turned_off();
	poll_swap_events();
	check_eq(swap_disk_off(), 0, "no slot is in use");
	return mem_finish();
}
