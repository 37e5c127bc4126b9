/* SPDX-License-Identifier: MIT */
/*
 * Programs that the kernel starts by a personality or with words of another
 * width: one that says "passed", its file changed, and a tracer of it.
 */
#ifndef TEST_IMAGE_H
#define TEST_IMAGE_H

#include "audit.h"
#include "ptrace.h"

static char out[8192];			/* what the last one said */
static char *image;			/* the file of one that passes */
static long image_size;

/* The caller becomes the program in that file. */
static void (*become_program_in)(void *path);

static void read_image(const char *path)
{
	int fd = open(path, O_RDONLY);

	image = malloc(1 << 20);
	image_size = fd < 0 || !image ? -1 : read_all(fd, image, 1 << 20);
	if (image_size <= 0)
		tap_bail(path);
	close(fd);
}

/* => 0 if it runs and passes, or the errno of exec; -signal */
static int starts(const char *path)
{
	int r = output_of(become_program_in, (void *)path, out, sizeof(out));

	return r == 0 && strcmp(out, "passed\n") ? 1000 : r;
}

static int starts_image(void)
{
	put_file("bad", image, (size_t)image_size, 0755);
	return starts("./bad");
}

/*
 * Each call of traced() is seen twice, and is made nevertheless; it writes to
 * `said`, and has `least` stops or more.
 */
static void try_trace(void (*traced)(void), int least)
{
	pid_t pid = traced_child(traced);
	int stops = 0, stop, execs = 0, fd;

	ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD | O(EXEC));
	do {
		ptrace(PTRACE_SYSCALL, pid, 0, 0);
		stop = next_stop(pid);
		execs += stop == EVENT(PTRACE_EVENT_EXEC);
		stops += execs && stop == SYSGOOD;
	} while (stop > 0 && stops < 1000);
	printf("# %d stops\n", stops);
	/* the end of exec and the beginning of exit, pairs between them */
	check(execs == 1 && stops >= least && stops % 2 == 0,
	      "a tracer sees its calls");
	check_eq(stop, EXITED(0), "it ends well");
	fd = open("said", O_RDONLY);
	memset(out, 0, 16);
	read(fd, out, 15);
	close(fd);
	check(!strcmp(out, "passed\n"), "and has passed");
	unlink("said");
}

#endif
