/* SPDX-License-Identifier: MIT */
/*
 * procstat(1) of this process (rows C2, C3): each flag comes and goes with what
 * it stands for; the arguments and the vector are those on the stack.
 */
#include <elf.h>
#include <stdint.h>
#include "texts.h"

#define PROCSTAT	"/usr/lectern/bin/procstat"
#define MIB		(1ul << 20)

static char out[32768];
static char *procstat_args[8];

static void exec_procstat(void *arg)
{
	(void)arg;
	execv(PROCSTAT, procstat_args);
	_exit(127);
}

/* What it prints of process pid, or of none for 0.  => its status */
static int procstat(const char *option, int pid)
{
	static char number[16];

	snprintf(number, sizeof(number), "%d", pid);
	procstat_args[0] = (char *)"procstat";
	procstat_args[1] = (char *)option;
	procstat_args[2] = pid ? number : NULL;
	return output_of(exec_procstat, NULL, out, sizeof(out));
}

/* A row of -v. */
struct row {
	unsigned long start, end, res, pres, ref, shadow;
	char prot[4], flags[6], type[3], path[128];
};

static const char *parse_word(const char *at, char *to, size_t size)
{
	size_t n = 0;

	while (*at == ' ')
		at++;
	while (*at && *at != ' ' && *at != '\n') {
		if (n + 1 < size)
			to[n++] = *at;
		at++;
	}
	to[n] = '\0';
	return at;
}

static const char *parse_number(const char *at, unsigned long *to)
{
	char text[32];

	at = parse_word(at, text, sizeof(text));
	*to = strtoul(text, NULL, 0);
	return at;
}

/* The row of process pid that an address lies in. */
static struct row row_of(int pid, const volatile void *p)
{
	struct row r = { 0 };
	const char *at;
	unsigned long n;

	procstat("-v", pid);
	for (at = strchr(out, '\n'); at && at[1]; at = strchr(at + 1, '\n')) {
		const char *w = parse_number(at + 1, &n);

		w = parse_number(parse_number(w, &r.start), &r.end);
		w = parse_word(w, r.prot, sizeof(r.prot));
		w = parse_number(parse_number(w, &r.res), &r.pres);
		w = parse_number(parse_number(w, &r.ref), &r.shadow);
		w = parse_word(w, r.flags, sizeof(r.flags));
		w = parse_word(w, r.type, sizeof(r.type));
		parse_word(w, r.path, sizeof(r.path));
		if (n == (unsigned long)pid && r.start <= (uintptr_t)p &&
		    (uintptr_t)p < r.end)
			return r;
	}
	memset(&r, 0, sizeof(r));
	return r;
}

static int row_flags_are(const struct row *r, const char *want)
{
	if (!strcmp(r->flags, want))
		return 1;
	printf("# flags %s, want %s\n", r->flags, want);
	return 0;
}

/* ---- a child that is looked at ------------------------------------------- */

/* It maps, then does a step for each byte. */
static volatile char *anon, *file, *big, *noted;
static int go[2], done[2];
static pid_t looked_at, its_child;
static char told;			/* what the child's last step said */

static void step_of_child(int step)
{
	char c = 0;

	if (step == 1) {
		file[0] = 'x';			/* a copy in front of the file */
		memset((void *)big, 1, 8 * MIB);
		c = syscall(SYS_mlock, noted, PG) == 0;
	} else if (step == 2) {
		its_child = fork();
		if (!its_child) {
			anon[3 * PG] = 1;	/* tables of its own */
			write(done[1], &c, 1);
			pause();
		}
		return;				/* the child tells */
	} else if (step == 3) {
		anon[0] = 2;			/* copies one of two */
	} else if (step == 4) {
		kill(its_child, SIGKILL);
		waitpid(its_child, NULL, 0);
	}
	write(done[1], &c, 1);
}

static void steps(void)
{
	char c;

	while (read(go[0], &c, 1) == 1)
		step_of_child(c);
	_exit(0);
}

static void next_step(int step)
{
	char c = (char)step;

	write(go[1], &c, 1);
	read(done[0], &told, 1);
}

static void begin_looked_at(void)
{
	int fd = open("mapped", O_RDWR | O_CREAT, 0600);

	ftruncate(fd, 2 * PG);
	pipe(go);
	pipe(done);
	looked_at = fork();
	if (!looked_at) {
		close(go[1]);
		anon = anon_pages(4, PROT_READ | PROT_WRITE);
		anon[0] = anon[PG] = 1;
		/* in between, or the two would be one */
		noted = anon_pages(1, PROT_READ);
		big = anon_pages(8 * MIB / PG, PROT_READ | PROT_WRITE);
		file = mmap(NULL, 2 * PG, PROT_READ | PROT_WRITE, MAP_PRIVATE,
			    fd, 0);
		write(done[1], &(char){ file[0] }, 1);
		write(done[1], &anon, sizeof(anon));
		write(done[1], &big, sizeof(big));
		write(done[1], &noted, sizeof(noted));
		write(done[1], &file, sizeof(file));
		steps();
	}
	close(fd);
	read(done[0], &(char){ 0 }, 1);
	read_all(done[0], &anon, sizeof(anon));
	read_all(done[0], &big, sizeof(big));
	read_all(done[0], &noted, sizeof(noted));
	read_all(done[0], &file, sizeof(file));
}

/* ---- flags --------------------------------------------------------------- */

static int has_space_file(void)
{
	return access("/proc/self/space", R_OK) == 0;
}

static void before_anything(void)
{
	struct row r = row_of(looked_at, anon);

	check(!strcmp(r.prot, "rw-") && r.res == 2 && r.pres == 2 &&
	      r.ref == 1 && !strcmp(r.type, "df") && !r.path[0],
	      "memory of its own: two pages");
	check(row_flags_are(&r, "-----"), "and no flag");
	r = row_of(looked_at, file);
	check(!strcmp(r.type, "vn") && strstr(r.path, "/mapped"),
	      "a file by its path");
	check(row_flags_are(&r, "CN---"), "C, N: private, nothing copied yet");
	r = row_of(looked_at, big);
	check(r.res == 0 && row_flags_are(&r, "-----"),
	      "nothing used: no page");
	r = row_of(looked_at, __builtin_frame_address(0));
	check(r.flags[3] == 'D', "D: the stack grows down");
	check(row_of(looked_at, anon).flags[3] == '-', "other memory does not");
}

static void after_stores(void)
{
	struct row r;

	next_step(1);
	r = row_of(looked_at, file);
	check(row_flags_are(&r, "C----"), "no N: a page was copied");
	check(r.pres >= 1 && r.shadow == 0, "which is private");
	r = row_of(looked_at, noted);
	check(row_flags_are(&r, told ? "----W" : "-----"),
	      "W: locked, if it may be");
	r = row_of(looked_at, big);
	check_eq(r.res, 8 * MIB / PG, "eight megabytes");
	if (has_space_file())
		check(r.flags[2] == 'S', "S: in superpages");
	check(row_of(looked_at, anon).flags[2] == '-', "not those in tables");
}

static void after_fork(void)
{
	struct row r;

	next_step(2);
	r = row_of(looked_at, anon);
	check(row_flags_are(&r, "CN---"), "C, N: a child has the same pages");
	check(r.res == 2 && r.pres == 0, "none is private");
	if (has_space_file() || geteuid() == 0)
		check_eq(r.ref, 2, "two processes have them");
	next_step(3);
	r = row_of(looked_at, anon);
	check(row_flags_are(&r, "C----"), "no N: one was copied");
	check(r.res == 2 && r.pres == 1, "that one is private");
	next_step(4);
	r = row_of(looked_at, anon);
	check(row_flags_are(&r, "-----") && r.pres == 2 && r.ref == 1,
	      "no C: the child is gone");
}

/* Two mappings of a file, one with a copy in front. */
static void show_file_mappings(void)
{
	int fd = open("mapped", O_RDWR);
	volatile char *p = mmap(NULL, PG, PROT_READ, MAP_SHARED, fd, 0);
	struct row r = row_of(getpid(), p);

	check(row_flags_are(&r, "-----") && !strcmp(r.type, "vn"),
	      "shared: no copies");
	if (has_space_file())
		check(r.ref == 2 && r.shadow == 1,
		      "REF: two mappings of it, SHD: one with copies");
	munmap((void *)p, PG);
	close(fd);
}

/* ---- the stack ----------------------------------------------------------- */

/* The vector that lies behind the environment. */
static void show_auxv(char **envp)
{
	unsigned long *v;
	char line[80], *at;
	int same = 1;

	while (*envp)
		envp++;
	check_eq(procstat("-x", getpid()), 0, "procstat -x");
	check(!strncmp(out, "  PID COMM             AUXV", 27), "its head");
	for (v = (unsigned long *)(envp + 1); v[0] != AT_NULL; v += 2) {
		snprintf(line, sizeof(line), " %lu\n", v[1]);
		at = strstr(out, line);
		snprintf(line, sizeof(line), " %#lx\n", v[1]);
		same &= at || strstr(out, line);
	}
	check(same, "every value of it");
	snprintf(line, sizeof(line), "AT_PAGESZ            %lu\n", PG);
	check(strstr(out, line) != NULL, "by name");
}

static void show_procstat_args(void)
{
	char line[80];

	check_eq(procstat("-c", getpid()), 0, "procstat -c");
	snprintf(line, sizeof(line), "%5d %-16s ", getpid(),
		 "procstat_column");
	check(!strncmp(out, "  PID COMM             ARGS\n", 28) &&
	      strstr(out, line), "its process");
	check(strstr(out, "procstat_columns\n") != NULL, "and its arguments");
}

static void fail_procstat(void)
{
	check_eq(procstat("-v", 4000000), 1, "no such process");
	check_eq(procstat("-q", getpid()), 2, "no such option");
	check_eq(procstat("-v", 0), 2, "of which?");
	check(procstat("-ac", 0) == 0 && strstr(out, "procstat_columns"),
	      "of all");
	check(procstat("-hc", getpid()) == 0 && !strstr(out, "COMM"),
	      "without a head");
}

int main(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	if (access(PROCSTAT, X_OK))
		return tap_skip_all("no procstat");
	tap_scratch("procstat");
	begin_looked_at();
	before_anything();
	after_stores();
	after_fork();
	show_file_mappings();
	close(go[1]);
	waitpid(looked_at, NULL, 0);
	show_auxv(envp);
	show_procstat_args();
	fail_procstat();
	unlink("mapped");
	tap_scratch_end();
	return tap_done();
}
