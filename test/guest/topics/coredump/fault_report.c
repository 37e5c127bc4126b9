/* SPDX-License-Identifier: MIT */
/*
 * What the kernel's log says of a program that dies by its own instruction
 * (rows E3, B6), and of which it says nothing.  With the name of a mistake as
 * argument the program makes it, for who asks what the driver makes of it.
 */
#include <elf.h>
#include <time.h>
#include "tap.h"

#define PR_SET_DUMPABLE	4
#define PR_SET_NAME	15

static int kmsg;
static char line[1024];		/* the last record, without its head */

/* ---- mistakes ------------------------------------------------------------ */

static const char constant[PG] __attribute__((aligned(4096))) = { 1 };

static void store_nowhere(void *arg)
{
	volatile char own = 1;		/* on the stack: this fault is mended */

	(void)arg;
	*(volatile char *)BAD = own;
}

static void store_constant(void *arg)
{
	volatile char *p = (volatile char *)(unsigned long)constant;

	(void)arg;
	(void)*p;		/* has an entry now */
	*p = 2;
}

static void fetch_data(void *arg)
{
	(void)arg;
	((void (*)(void))BAD)();
}

static void load_past_end(void *arg)
{
	int fd = open("/tmp/fault_report", O_RDWR | O_CREAT, 0600);
	volatile char *p = mmap(NULL, PG, PROT_READ, MAP_SHARED, fd, 0);

	(void)arg;
	unlink("/tmp/fault_report");
	(void)*p;
}

static void store_in_secret(void *arg)
{
	syscall(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
	store_nowhere(arg);
}

static void store_under_a_name(void *arg)
{
	syscall(SYS_prctl, PR_SET_NAME, "a\nb\033[1m", 0, 0, 0);
	store_nowhere(arg);
}

static void store_ignoring(void *arg)
{
	signal(SIGSEGV, SIG_IGN);
	store_nowhere(arg);
}

static const struct mistake {
	const char *name;
	void (*make)(void *arg);
	const char *says[4];
} mistakes[] = {
	{ "nowhere", store_nowhere,
	  { "segfault at 0x8 pc 0x", "(fault_report+0x", ") write,",
	    "VMA none, entry none;" } },
	{ "constant", store_constant,
	  { "segfault at 0x", ") write,", " fault_report, entry r-", ";" } },
	{ "fetch", fetch_data,
	  { "segfault at 0x8 pc 0x8 (?) ", "VMA none, entry none;" } },
	{ "past_end", load_past_end,
	  { "bus error at 0x", ") read,", " r--s fault_report",
	   "entry none;" } },
	{ "ignored", store_ignoring, { "segfault at 0x8 pc 0x" } },
};

/* ---- the log ------------------------------------------------------------- */

/* => is there one more record?  It is in line then. */
static int next_report_line(void)
{
	char *text;
	ssize_t n = read(kmsg, line, sizeof(line) - 1);

	if (n < 0)
		return errno == EPIPE ? next_report_line() : 0;
	line[n] = '\0';
	text = strchr(line, ';');
	memmove(line, text + 1, strlen(text));
	return 1;
}

/* Three more records belong to the first of a report. */
static char report[1024];

static int find_report(const char *name, pid_t pid)
{
	char head[64];

	snprintf(head, sizeof(head), "fault: %s[%d]: ", name, pid);
	while (next_report_line())
		if (!strncmp(line, head, strlen(head))) {
			strcpy(report, line + strlen(head));
			for (int i = 0; i < 3 && strchr(report, '(') &&
			     next_report_line(); i++)
				strcat(report, line);
			return 1;
		}
	return 0;
}

static void skip_log(void)
{
	while (next_report_line())
		;
}

/* Others may have used up what may be told in a while: then once more. */
static int dies_and_is_told(void (*make)(void *), const char *name)
{
	pid_t pid = start_child(make, NULL);

	waitpid(pid, NULL, 0);
	return find_report(name, pid);
}

/* ---- the tests ----------------------------------------------------------- */

static void tells_mistake(const struct mistake *m)
{
	const char *at = report;

	if (!check(eventually(dies_and_is_told(m->make, "fault_report")),
		   "%s: is told", m->name))
		return;
	for (int i = 0; i < 4 && m->says[i]; i++) {
		at = strstr(at, m->says[i]);
		if (!check(at, "%s: says %s in its place", m->name,
			   m->says[i])) {
			printf("# %s\n", report);
			return;
		}
	}
}

static void tells_the_fault_before(void)
{
	char *found;

	check(eventually(dies_and_is_told(store_nowhere, "fault_report")) &&
	      (found = strstr(report, "mended before: 0x")) &&
	      strtoul(found + 15, NULL, 16) > PG,
	      "the fault before, by address");
	check(strstr(strstr(report, "mended") ?: "", "rw-p ") &&
	      strstr(report, "entry rw"), "that was a store's: area and entry");
}

static void keeps_secrets(void)
{
	check(eventually(dies_and_is_told(store_in_secret, "fault_report")) &&
	      !strstr(report, "0x") && strstr(report, "segfault"),
	      "no address of a program nobody may look into");
	check(eventually(dies_and_is_told(store_under_a_name, "a?b?[1m")),
	      "a name has no control characters in it");
}

/* ---- what the parent has, too -------------------------------------------- */

static volatile char *both;
static int gate[2];

/* The parent has touched the page before. */
static void store_after_shared(void *arg)
{
	char c;

	(void)arg;
	syscall(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
	(void)!read(gate[0], &c, 1);
	(void)*both;
	*(volatile char *)BAD = 1;
}

/* => is the child's report found? */
static int shares_with(int dumpable)
{
	pid_t pid;
	int found;

	both = mmap(NULL, PG, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	syscall(SYS_prctl, PR_SET_DUMPABLE, dumpable, 0, 0, 0);
	pid = start_child(store_after_shared, NULL);
	*both = 1;
	(void)!write(gate[1], "x", 1);
	waitpid(pid, NULL, 0);
	syscall(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
	found = find_report("fault_report", pid);
	munmap((void *)both, PG);
	return found;
}

static void tells_of_parent(void)
{
	if (pipe(gate))
		tap_bail("pipe");
	check(eventually(shares_with(1)) && strstr(report, "also in fault_r"),
	      "that the parent has the page");
	check(eventually(shares_with(0)) && !strstr(report, "also in"),
	      "not of one that nobody may look into");
	close(gate[0]);
	close(gate[1]);
}

static int catch_in_child;

static void catch_it(void *arg)
{
	(void)arg;
	catch_in_child = catch_fault(store_nowhere, NULL, NULL);
	_exit(catch_in_child != SIGSEGV);
}

static void is_silent_of_handled(void)
{
	pid_t pid = start_child(catch_it, NULL);
	int status = -1;

	waitpid(pid, &status, 0);
	check_eq(status, 0, "a handler takes its fault");
	check(!find_report("fault_report", pid), "and nothing is told of it");
}

#define CHILDREN 200

/* However fast they die, and however slow the machine is. */
static void is_not_flooded(void)
{
	struct timespec from, to;
	long told = 0, most;

	clock_gettime(CLOCK_MONOTONIC, &from);
	for (int i = 0; i < CHILDREN; i++) {
		in_child(store_nowhere, NULL);
		while (next_report_line())
			told += !!strstr(line, "fault_report[");
	}
	clock_gettime(CLOCK_MONOTONIC, &to);
	most = 10 * (2 + (to.tv_sec - from.tv_sec + 1) / 5);
	if (!check(told <= most, "of many deaths few are told"))
		printf("# %ld of %d, at most %ld\n", told, CHILDREN, most);
}

/* ---- no loader ----------------------------------------------------------- */

#define PROGRAM		"/tmp/no_loader"
#define LOADER		"/none/such\nfile"

static void exec_without_loader(void *arg)
{
	char *argv[] = { PROGRAM, NULL };

	(void)arg;
	execve(PROGRAM, argv, argv + 1);
	_exit(errno);
}

static int is_told_of_loader(void)
{
	if (in_child(exec_without_loader, NULL) != ENOENT << 8)
		return 0;
	while (next_report_line())
		if (strstr(line, "]: cannot start " PROGRAM
			   ": its loader /none/such?file is missing"))
			return 1;
	return 0;
}

/* A program with one segment and the name of a loader that is not there. */
static void misses_loader(void)
{
	struct {
		Elf_Ehdr eh;
		Elf_Phdr ph[2];
		char loader[sizeof(LOADER)];
	} im = { .loader = LOADER };

	memcpy(&im.eh, (void *)(getauxval(AT_PHDR) & ~(PG - 1)), sizeof(im.eh));
	im.eh.e_type = ET_DYN;
	im.eh.e_phoff = sizeof(im.eh);
	im.eh.e_phnum = 2;
	im.ph[0] = (Elf_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R | PF_X,
			       .p_filesz = sizeof(im), .p_memsz = sizeof(im),
			       .p_align = PG };
	im.ph[1] = (Elf_Phdr){ .p_type = PT_INTERP, .p_flags = PF_R,
			       .p_offset = (char *)im.loader - (char *)&im,
			       .p_filesz = sizeof(LOADER) };
	put_file(PROGRAM, &im, sizeof(im), 0755);
	check(eventually(is_told_of_loader()), "a loader that is missing");
	unlink(PROGRAM);
}

int main(int argc, char **argv)
{
	for (int i = 0; argc > 1 && i < COUNT(mistakes); i++)
		if (!strcmp(argv[1], mistakes[i].name))
			mistakes[i].make(NULL);
	if (argc > 1)
		return 2;
	if (access("/proc/lectern", F_OK))
		return tap_skip_all("Linux has a line of its own");
	kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	if (kmsg < 0)
		tap_bail("/dev/kmsg");
	skip_log();
	for (int i = 0; i < COUNT(mistakes); i++)
		tells_mistake(&mistakes[i]);
	tells_the_fault_before();
	keeps_secrets();
	tells_of_parent();
	misses_loader();
	is_silent_of_handled();
	is_not_flooded();
	return tap_done();
}
