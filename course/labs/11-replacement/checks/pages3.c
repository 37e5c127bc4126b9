/* SPDX-License-Identifier: MIT */
/* Lab 11, hidden: the policy of the machine, when memory is short. */
#include "pages.h"

#define HOT	24			/* pages that are always in use */
#define EVERY	8			/* pages filled between two uses */
#define MORE	500			/* pages that do not fit */

static ssize_t read_of(int pid, const char *name, char *text, size_t size)
{
	char path[40];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return 0;
	n = read(fd, text, size - 1);
	close(fd);
	text[n > 0 ? n : 0] = 0;
	return n;
}

/* The time that the daemon has used. */
static unsigned long long daemon_time(void)
{
	char text[80];

	for (int pid = 2; pid < 100; pid++) {
		if (read_of(pid, "comm", text, sizeof(text)) <= 0 ||
		    strncmp(text, "kswapd0", 7))
			continue;
		lab_check(read_of(pid, "schedstat", text, sizeof(text)) > 0,
			  "kswapd0 has no schedstat");
		return strtoull(text, NULL, 10);
	}
	lab_fail("there is no kswapd0");
}

static volatile char *wide;

static void use_hot(void)
{
	for (unsigned i = 0; i < HOT; i++)
		lab_check(wide[i * LAB_PAGE] == (char)(i + 1),
			  "page %u came back with other contents", i);
}

/*
 * While the machine waits for its disk with nothing to do, virtual time jumps,
 * and the kernel's patience is over at once.  So somebody always has to do.
 */
static pid_t start_spinning(void)
{
	pid_t pid = fork();

	lab_must(pid, "fork");
	if (pid == 0)
		for (volatile unsigned i = 0;; i++)
			;
	return pid;
}

/* Fill pages, make them old, and use the first ones again and again. */
static long fill_pages(unsigned long pages)
{
	long majors = 0;

	for (unsigned long i = 0; i < pages; i++) {
		wide[i * LAB_PAGE] = (char)(i + 1);
		if (i < HOT || i % EVERY)
			continue;
		madvise((void *)(wide + (i - EVERY + 1) * LAB_PAGE),
			EVERY * LAB_PAGE, MAKE_OLD);
		majors -= major_faults();
		use_hot();
		majors += major_faults();
	}
	return majors;
}

static void check_pages(unsigned long pages)
{
	for (unsigned long i = 0; i < pages; i++)
		lab_check(wide[i * LAB_PAGE] == (char)(i + 1),
			  "page %lu came back with other contents", i);
}

/* Fill more memory than there is, and use a few pages all the time. */
static void shortage(void)
{
	unsigned long pages;
	unsigned long long took;
	pid_t spinning;
	long majors;

	prepare();
	pages = (unsigned long)mem_free() / 4 + MORE;
	wide = mmap(NULL, pages * LAB_PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	lab_check(wide != MAP_FAILED, "mmap failed: %s", strerror(errno));
	spinning = start_spinning();
	took = daemon_time();
	majors = fill_pages(pages);
	took = daemon_time() - took;
	check_pages(pages);
	kill(spinning, SIGKILL);
	waitpid(spinning, NULL, 0);
	munmap((void *)wide, pages * LAB_PAGE);
	lab_note("%ld major faults", majors);
	lab_check(majors < HOT / 2, "%d pages are used all the time, and all "
		  "others once: expected fewer than %d major faults in them, "
		  "found %ld", HOT, HOT / 2, majors);
	lab_within_budget(took);
}

static const struct lab_case cases[] = {
	{ "shortage", shortage },
	{ "window", shortage },
};

LAB_MAIN(cases)
