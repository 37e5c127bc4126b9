/* SPDX-License-Identifier: MIT */
/*
 * ldd FILE...: list the libraries that a program or library needs, and where
 * they are found.  Only the runtime linker that will search for them knows, so
 * it is run with --list, which starts no program: the linker that the program
 * names, or Lectern's for a library.
 *
 * Exit status: 1 if a file needs no runtime linker or is for another machine.
 * A library that is not found is reported, but does not change the status.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "elf/elf.h"

#define OURS	"/usr/lectern/lib/ld-lectern.so.1"

/* True if the file is for the machine that this program runs on. */
static int is_native(const struct elf *e)
{
	struct elf self;
	int same;

	if (elf_open(&self, "/proc/self/exe"))
		return 1;
	same = self.machine == e->machine && self.wide == e->wide;
	elf_close(&self);
	return same;
}

/* Return: the runtime linker for the file; NULL: none needed. */
static const char *linker_of(const struct elf *e)
{
	uint64_t at;

	for (uint32_t i = 0; i < e->segments; i++) {
		struct segment s = elf_segment(e, i);

		if (s.type == P_INTERP)
			return elf_bytes_string(e, s.offset, s.filesz, 0);
	}
	if (e->type != T_DYN)
		return NULL;
	for (uint32_t i = 0, n = elf_dynamics(e, &at); i < n; i++)
		if (elf_dynamic(e, at, i).tag == D_NEEDED)
			return OURS;
	return NULL;
}

static int ask(const char *linker, const char *path)
{
	char here[4096];
	char *argv[] = { (char *)linker, "--list", (char *)path, NULL };
	int status;
	pid_t pid;

	/* the linker would search for a name without a slash as a library */
	if (!strchr(path, '/')) {
		snprintf(here, sizeof(here), "./%s", path);
		argv[2] = here;
	}
	pid = fork();
	if (!pid) {
		execv(linker, argv);
		dprintf(2, "ldd: %s: %s: %s\n", path, linker, strerror(errno));
		_exit(1);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0) {
		perror("ldd");
		return 1;
	}
	return !WIFEXITED(status) || WEXITSTATUS(status);
}

static int one_file(const char *path)
{
	const char *why, *linker;
	struct elf e;
	int status = 1;

	why = elf_open(&e, path);
	if (why) {
		dprintf(2, "ldd: %s: %s\n", path, why);
		return 1;
	}
	linker = linker_of(&e);
	if (!is_native(&e))
		dprintf(2, "ldd: %s: for another machine, %s\n", path,
			machine_name(e.machine));
	else if (!linker)
		printf("\tnot a dynamic executable\n");
	else
		status = ask(linker, path);
	elf_close(&e);
	return status;
}

int main(int argc, char **argv)
{
	int status = 0;

	if (argc < 2 || argv[1][0] == '-') {
		dprintf(2, "usage: ldd FILE...\n");
		return 2;
	}
	for (int i = 1; i < argc; i++) {
		if (argc > 2)
			printf("%s:\n", argv[i]);
		status |= one_file(argv[i]);
	}
	return status;
}
