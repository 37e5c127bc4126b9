/* SPDX-License-Identifier: MIT */
/*
 * The controller memory (row D9): limits that hold to the page at every level,
 * who dies of them and who does not, what is counted, where charges go.
 */
#include <fcntl.h>
#include <poll.h>
#include "cgmem.h"
#include "texts.h"

static void set_memory_values(void)
{
	cg_make("v");
	check(cg_is("v/memory.max", "max\n"), "no limit at first");
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
	check_eq(cg_put("v/memory.max", "64k"), 0, "or in KiB");
	check_eq(cg_number("v/memory.max"), 65536, "of 64 KiB");
	check_eq(cg_put("v/memory.max", "8191"), 0, "as before");
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

/* ---- limits -------------------------------------------------------------- */

static void count_charged(void)
{
	pid_t pid;
	long now;

	cg_make("c");
	pid = start_staying("c", 4 * MIB);
	now = cg_number("c/memory.current");
	check(now >= 4 * MIB && now < 5 * MIB, "what is touched is charged");
	check(cg_field("c/memory.stat", "anon") >= 4 * MIB, "as its own");
	check(cg_field("c/memory.stat", "pagetables") >= 2 * page,
	      "with page tables");
	check(cg_number("c/memory.peak") >= now, "at most so much yet");
	cg_end(pid);
	check(cg_number("c/memory.current") < MIB / 2,
	      "with its end it is given back");
	check_eq(cg_field("c/memory.stat", "pagetables"), 0,
		 "and its page tables");
	check(cg_number("c/memory.peak") >= 4 * MIB, "the most is remembered");
	check_eq(cg_drop("c"), 0, "it goes");
}

static void kill_over_limit(void)
{
	pid_t bystander;
	int st;

	cg_make("k");
	cg_make("s");
	cg_put("k/memory.max", "4M");
	cg_put("k/memory.swap.max", "0");
	bystander = start_staying("s", 8 * MIB);
	st = status_in_group("k", 3 * MIB);
	check(WIFEXITED(st) && WEXITSTATUS(st) == 0, "within it is well");
	check_eq(cg_field("k/memory.events", "oom_kill"), 0, "nobody dies");
	st = status_in_group("k", 8 * MIB);
	check(WIFSIGNALED(st) && WTERMSIG(st) == SIGKILL, "beyond it dies");
	check_eq(cg_field("k/memory.events", "oom_kill"), 1, "it is counted");
	check(cg_field("k/memory.events", "oom") >= 1, "and why");
	check(cg_field("k/memory.events", "max") >= 1, "and where");
	check_eq(cg_field("k/memory.events.local", "oom_kill"), 1, "there");
	check(never_beyond("k/memory.peak", 4 * MIB),
	      "it never had a page more");
	check_eq(cg_field("s/memory.events", "oom_kill"), 0,
		 "nobody else is");
	check_eq(kill(bystander, 0), 0, "a larger one beside it lives");
	cg_end(bystander);
	check_eq(cg_drop("k"), 0, "it goes");
	check_eq(cg_drop("s"), 0, "and its sibling");
}

/* A limit above is one for all below it, and who has most of them dies. */
static void limit_in_levels(void)
{
	pid_t small, beside;
	int st;

	cg_make("l");
	cg_put("l/cgroup.subtree_control", "+memory");
	cg_make("l/a");
	cg_make("l/b");
	cg_make("n");
	cg_put("l/memory.max", "8M");
	cg_put("l/memory.swap.max", "0");
	small = start_staying("l/a", 2 * MIB);
	beside = start_staying("n", 12 * MIB);
	check(cg_number("l/memory.current") >= 2 * MIB, "charged above, too");
	check_eq(cg_number("l/b/memory.current"), 0, "not beside");
	st = status_in_group("l/b", 16 * MIB);
	check(WIFSIGNALED(st) && WTERMSIG(st) == SIGKILL,
	      "one beyond what both may have dies");
	check(cg_lists("l/a/cgroup.procs", small), "not the small one");
	check(cg_lists("n/cgroup.procs", beside), "nor who has nothing of it");
	check(never_beyond("l/memory.peak", 8 * MIB), "never a page more");
	check_eq(cg_field("l/memory.events", "oom_kill"), 1, "told above");
	check_eq(cg_field("l/memory.events.local", "oom_kill"), 0,
		 "though not of it");
	check_eq(cg_field("l/b/memory.events.local", "oom_kill"), 1,
		 "where it was");
	check(cg_field("l/memory.events.local", "max") >= 1,
	      "the limit is its own");
	check_eq(cg_field("l/b/memory.events", "max"), 0, "not the child's");
	check_eq(cg_field("l/a/memory.events", "oom_kill"), 0, "not the other");
	cg_end(small);
	cg_end(beside);
	cg_drop("l/a");
	cg_drop("l/b");
	check_eq(cg_drop("l"), 0, "it goes");
	cg_drop("n");
}

static void as_one(void)
{
	pid_t first, second, other;
	int st;

	cg_make("o");
	cg_make("p");
	cg_put("o/memory.max", "6M");
	cg_put("o/memory.swap.max", "0");
	cg_put("o/memory.oom.group", "1");
	first = start_staying("o", MIB / 4);
	second = start_staying("o", MIB / 4);
	other = start_staying("p", MIB / 4);
	st = status_in_group("o", 8 * MIB);
	check(WIFSIGNALED(st) && WTERMSIG(st) == SIGKILL, "the one dies");
	check_eq(waitpid(first, &st, 0), first, "another of them");
	check(WIFSIGNALED(st) && WTERMSIG(st) == SIGKILL, "with it");
	check_eq(waitpid(second, &st, 0), second, "and the last");
	check(WIFSIGNALED(st) && WTERMSIG(st) == SIGKILL, "of all");
	check_eq(kill(other, 0), 0, "nobody else");
	/* Linux may count the first one twice */
	check(cg_field("o/memory.events", "oom_kill") >= 3, "three are told");
	check_eq(cg_field("o/memory.events", "oom_group_kill"), 1, "as one");
	cg_end(other);
	check_eq(cg_drop("o"), 0, "it goes");
	cg_drop("p");
}

/* ---- where charges go ---------------------------------------------------- */

static void move_charged(void)
{
	pid_t pid;
	long was;

	cg_make("m");
	cg_make("w");
	pid = start_staying("m", 4 * MIB);
	put_pid("w", pid);
	check(cg_number("m/memory.current") >= 4 * MIB,
	      "what was charged stays where it was");
	check(cg_number("w/memory.current") < MIB / 2, "and does not go along");
	cg_end(pid);
	check(cg_number("m/memory.current") < MIB / 2,
	      "it is given back from afar");
	cg_drop("m");

	cg_make("w/x");
	check_eq(cg_drop("w/x"), 0, "a group comes and goes");
	cg_put("w/cgroup.subtree_control", "+memory");
	cg_make("w/x");
	pid = start_staying("w/x", 4 * MIB);
	was = cg_number("w/memory.current");
	cg_make("w/y");
	put_pid("w/y", pid);
	check_eq(cg_drop("w/x"), 0, "a group goes before its pages");
	check(cg_number("w/memory.current") >= was - MIB / 2,
	      "they are its parent's");
	cg_end(pid);
	check(cg_number("w/memory.current") < MIB / 2, "until they are free");
	cg_drop("w/y");
	check_eq(cg_drop("w"), 0, "and the parent goes");
}

static void fork_and_touch(void *arg)
{
	static char *again[] = { "cgroup_memory", "nothing", NULL };
	char *p = fresh_memory(2 * MIB);
	int st;

	enter_group(arg);
	touch_pages(p, 2 * MIB);
	for (int i = 0; i < 8; i++) {
		pid_t pid = fork();

		if (pid < 0)
			_exit(3);
		if (!pid) {
			touch_pages(p, MIB);
			execv("/proc/self/exe", again);
			_exit(4);
		}
		if (waitpid(pid, &st, 0) != pid || st)
			_exit(5);
	}
	_exit(0);
}

static void balanced(void)
{
	cg_make("b");
	check_eq(in_child(fork_and_touch, "b"), 0,
		 "forks, copies, execs and ends");
	check(cg_field("b/memory.stat", "anon") <= 64 * page,
	      "no page of a program is left");
	check(cg_number("b/memory.peak") >= 2 * MIB, "though there were some");
	check_eq(cg_drop("b"), 0, "it goes");
}

/* ---- other pages --------------------------------------------------------- */

/* Pages of a shared mapping are a file's in memory. */
static void share_in_group(void *arg)
{
	char *p = mmap(NULL, 4 * MIB, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	enter_group(arg);
	touch_pages(p, 4 * MIB);
	tell_test('.');
	cg_pause(NULL);
}

static void charge_shared_memory(void)
{
	pid_t pid;
	int st;

	cg_make("h");
	pid = start_child(share_in_group, "h");
	check_eq(heard_from_child(), '.', "shared memory");
	check(cg_field("h/memory.stat", "shmem") >= 4 * MIB, "is told");
	check(cg_field("h/memory.stat", "file") >= 4 * MIB, "as of a file");
	check(cg_field("h/memory.stat", "anon") < MIB, "not as its own");
	cg_end(pid);
	check(cg_number("h/memory.current") < MIB / 2, "until it is gone");
	cg_put("h/memory.max", "2M");
	cg_put("h/memory.swap.max", "0");
	st = in_child(share_in_group, "h");
	check(WIFSIGNALED(st) && WTERMSIG(st) == SIGKILL, "and limited");
	check_eq(cg_drop("h"), 0, "it goes");
}

#define DISK	"/dev/vda"

/* Reads much of the disk, through the cache. */
static void read_much_of_disk(void *arg)
{
	static char block[65536];
	int fd = open(DISK, O_RDONLY);
	long n, all = 0;

	enter_group(arg);
	while (all < 16 * MIB && (n = read(fd, block, sizeof(block))) > 0)
		all += n;
	_exit(all < 16 * MIB);
}

static void drop_disk(void)
{
	if (text_set("/proc/sys/vm/drop_caches", "1"))
		tap_bail("drop_caches");
}

static void charge_files(void)
{
	/* Linux forgets a disk that nobody has open */
	int held = open(DISK, O_RDONLY);

	drop_disk();
	cg_make("f");
	check_eq(in_child(read_much_of_disk, "f"), 0, "without a limit");
	check(cg_field("f/memory.stat", "file") >= 12 * MIB,
	      "what was read is kept");
	check(cg_number("f/memory.current") >= 12 * MIB, "and counts");
	check_eq(cg_put("f/memory.reclaim", "4M"), 0, "some of it is taken");
	check(cg_number("f/memory.current") <= 14 * MIB, "from it");
	check_eq(cg_put("f/memory.max", "4M"), 0, "a limit below that");
	check(cg_number("f/memory.current") <= 4 * MIB, "takes the rest");
	check_eq(cg_field("f/memory.events", "oom_kill"), 0, "nobody dies");
	drop_disk();
	check_eq(in_child(read_much_of_disk, "f"), 0, "within the limit");
	check(cg_number("f/memory.current") <= 4 * MIB, "old pages go");
	check(cg_field("f/memory.events", "max") >= 1, "at the limit");
	check_eq(cg_field("f/memory.events", "oom_kill"), 0, "still nobody");
	check_eq(status_in_group("f", 3 * MIB), 0,
		 "a program's own page is better");
	check_eq(cg_field("f/memory.events", "oom_kill"), 0, "than a file's");

	close(held);
	drop_disk();
	check_eq(cg_drop("f"), 0, "it goes");
}

/* poll(2) tells of a file that has changed since it was read. */
static void poll_memory_events(void)
{
	struct pollfd p = { .events = POLLPRI };
	char text[256];

	cg_make("e");
	cg_put("e/memory.max", "1M");
	cg_put("e/memory.swap.max", "0");
	p.fd = open(cg_path("e/memory.events"), O_RDONLY);
	check(read(p.fd, text, sizeof(text)) > 0, "events are read");
	check_eq(poll(&p, 1, 0), 0, "nothing new");
	status_in_group("e", 4 * MIB);
	check_eq(poll(&p, 1, 1000), 1, "something new");
	check(p.revents & POLLPRI, "of that kind");
	close(p.fd);
	check_eq(cg_drop("e"), 0, "it goes");
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "nothing"))
		return 0;
	if (!mem_begin("memory"))
		return tap_skip_all("no controller memory");
	set_memory_values();
	count_charged();
	kill_over_limit();
	limit_in_levels();
	as_one();
	move_charged();
	balanced();
	charge_shared_memory();
	if (access(DISK, R_OK) == 0)
		charge_files();
	poll_memory_events();
	return mem_finish();
}
