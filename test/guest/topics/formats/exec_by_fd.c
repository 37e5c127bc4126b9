/* SPDX-License-Identifier: MIT */
/*
 * Programs that are started by a descriptor (rows A9, D15): a memfd that is
 * open for writing, which no other file may be; the name of the task, which is
 * the file's if no name was given; what an interpreter can and cannot open.
 */
#include "texts.h"

#define EMPTY_PATH	0x1000

static char *const sleeper[] = { "zero", "-name", NULL };

/* The child's side: its name goes to standard output. */
static int tell_name(void)
{
	char name[64] = "";

	text_read("/proc/self/comm", name, sizeof(name));
	printf("%s", name);
	return 0;
}

struct start {
	int dir, flags, cloexec;
	const char *path;
};

static void start_by_fd(void *arg)
{
	struct start *s = arg;

	fcntl(s->dir, F_SETFD, s->cloexec);
	syscall(SYS_execveat, s->dir, s->path, sleeper, environ, s->flags);
	_exit(errno);
}

/* => errno, or 0 if the program told `want` */
static int runs_as(struct start s, const char *want)
{
	char out[64];
	int r = output_of(start_by_fd, &s, out, sizeof(out));

	if (!r && strcmp(out, want))
		printf("# its name: %s", out);
	return r ? r : strcmp(out, want) ? -1 : 0;
}

static int runs_by_fd(int fd, int cloexec, const char *want)
{
	struct start s = { fd, EMPTY_PATH, cloexec, "" };

	return runs_as(s, want);
}

static void fill_from_self(int to)
{
	static char buf[65536];
	int from = open(tap_self, O_RDONLY);
	ssize_t n;

	while ((n = read(from, buf, sizeof(buf))) > 0)
		write_all(to, buf, (size_t)n);
	close(from);
}

static void name_files(void)
{
	struct start in_dir = { open(".", O_RDONLY), 0, 0, "prog" };
	struct start script = { in_dir.dir, 0, 0, "script" };
	int fd, w;

	copy_self("prog", 0755);
	put_file("script", "#!./prog -name\n", 15, 0755);
	fd = open("prog", O_RDONLY);
	check_eq(runs_by_fd(fd, 0, "prog\n"), 0, "named as the file");
	check_eq(runs_by_fd(fd, FD_CLOEXEC, "prog\n"), 0, "also close-on-exec");
	check_eq(runs_as(in_dir, "prog\n"), 0, "by a path from a folder");
	check_eq(runs_as(script, "script\n"), 0, "a script by its path");
	w = open("prog", O_WRONLY);
	check_eq(runs_by_fd(fd, 0, ""), ETXTBSY, "open for writing: ETXTBSY");
	close(w);
	rename("prog", "other");
	check_eq(runs_by_fd(fd, 0, "other\n"), 0, "named as it is called now");
	unlink("other");
	check_eq(runs_by_fd(fd, 0, "other\n"), 0, "and when it has gone");
	close(fd);
	close(in_dir.dir);
	copy_self("prog", 0755);
	fd = open("script", O_RDONLY);
	check_eq(runs_by_fd(fd, 0, "prog\n"), 0, "a script: its interpreter");
	check_eq(runs_by_fd(fd, FD_CLOEXEC, ""), ENOENT,
		 "it cannot open what exec closes");
	close(fd);
}

static void run_memfd(void)
{
	int fd = (int)syscall(SYS_memfd_create, "thing", 0), w;
	char path[32];

	if (tap_lacks(fd, "mappings"))
		return;
	fill_from_self(fd);
	check_eq(runs_by_fd(fd, 0, "memfd:thing\n"), 0,
		 "a memfd that is open for writing");
	check_eq(runs_by_fd(fd, FD_CLOEXEC, "memfd:thing\n"), 0,
		 "also close-on-exec");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	w = open(path, O_WRONLY);
	check_eq(runs_by_fd(fd, 0, ""), ETXTBSY, "opened to write once more");
	close(w);
	check_eq(runs_by_fd(fd, 0, "memfd:thing\n"), 0, "and closed");
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "-name"))
		return tell_name();
	tap_find_self(argv[0]);
	tap_scratch("exec_by_fd");
	name_files();
	run_memfd();
	unlink("prog");
	unlink("script");
	tap_scratch_end();
	return tap_done();
}
